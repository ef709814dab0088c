import type { Timer } from '../environment.js';
import type { AnswerMode } from '../packets.js';
import type { Position } from '../position.js';
import type { ClientRequest, RequestEvents } from '../seams.js';
import type { Exchange } from './client-exchange.js';

/**
 * How long an answer may make no progress beyond its hold, ms; a request's own bytes count as well. Held requests are repeated before the
 * transport counts as silent.
 */
const PATIENCE_MS = 7000;

/** What is acknowledged so soon was not kept waiting by a slow link. */
const PROMPT_MS = 2000;

/** One numbered request of an exchange, until its answer is complete: sends it, again if it must, and cuts its answer into packets. */
export class Call implements RequestEvents {
  readonly _n: number;
  readonly _as: AnswerMode;
  readonly _hold: number;
  /** Bytes of the body. */
  readonly _size: number;
  /** How far the data in it goes; `null` if there is none. */
  readonly _upTo: Position | null;
  /** Brought something for the application. */
  _hasData: boolean;
  _request: ClientRequest | null = null;
  _tries = 0;
  _sentAt = 0;
  /** What came before the answer to an earlier request was complete. */
  _early: string[] = [];
  _bytes = 0;
  /** How often something came. */
  _pieces = 0;
  /** When the first byte came that was not its first line, or a sign of it; 0 before. */
  _firstAt = 0;
  /** Packets seen. From the first one on it is known to be an answer of ours. */
  _seen = 0;
  _isEnded = false;
  /** All of it is known to have arrived at the server. */
  _isThere = false;
  /** All of the answer is here, but that to an earlier request is not. */
  _isWaiting = false;
  _timer: Timer;
  private readonly _exchange: Exchange;
  private readonly _body: string;
  /** The packet that is not complete. Nobody looks into it before, so that engines need not join its pieces one by one. */
  private _rest = '';

  constructor(
    exchange: Exchange,
    n: number,
    as: AnswerMode,
    hold: number,
    body: string,
    upTo: Position | null,
    hasData: boolean,
  ) {
    this._exchange = exchange;
    this._n = n;
    this._as = as;
    this._hold = hold;
    this._body = body;
    this._size = exchange._session._env.utf8Length(body);
    this._upTo = upTo;
    this._hasData = hasData;
  }

  /** Sends the request, or a copy of it: nothing of an answer counts that came before. */
  _send(): void {
    const exchange = this._exchange;
    this._tries++;
    this._sentAt = exchange._session._env.now();
    this._rest = '';
    this._bytes = this._pieces = this._seen = this._firstAt = 0;
    this._isEnded = this._isThere = false;
    this._early = [];
    this._guard();
    this._request = exchange._post(this._body, this._as === 'stream', this);
  }

  /** Gives up on an answer that makes no progress. */
  private _guard(): void {
    const exchange = this._exchange;
    const env = exchange._session._env;
    const isStream = this._as === 'stream';
    env.clearTimer(this._timer);
    this._timer = env.setTimer(
      () => {
        // One that has begun has its pings.
        if (isStream && this._seen > 0) return;
        this._giveUp('no answer', 0);
      },
      (isStream ? 0 : this._hold) + PATIENCE_MS + exchange._underWayMs,
    );
  }

  private _giveUp(why: string, status: number): void {
    this._request?.abort();
    this.fail(status, why, true);
  }

  /**
   * The request has arrived, at this time or before: so long took its body at most. An acknowledgement may have waited behind an answer that is
   * long: it can show that a link is fast, but not that it is slow.
   */
  _arrived(isAcknowledged: boolean): void {
    if (this._isThere) return;
    this._isThere = true;
    const { _env: env, _tuning: tuning } = this._exchange._session;
    const tookMs = env.now() - this._sentAt;
    if (!isAcknowledged || tookMs < PROMPT_MS) tuning.sent(this._size, tookMs);
  }

  chunk(text: string): void {
    const exchange = this._exchange;
    const { _session: session } = exchange;
    const env = session._env;
    if (!exchange._isLive(this)) return;
    session._heard(exchange);
    this._arrived(false);
    this._guard();
    // Without text it is a sign that the request has arrived, or that a line is coming.
    if ((this._seen > 0 || text === '') && this._firstAt === 0) this._firstAt = env.now();
    const bytes = env.utf8Length(text);
    if (bytes > text.length) exchange._isAscii = false;
    this._bytes += bytes;
    this._pieces++;
    const rest = (this._rest += text);
    if (text.indexOf('\n') < 0) return;
    // Nothing that a packet does completes another answer.
    const isEarly = exchange._isEarly(this);
    let at = 0;
    for (let end; (end = rest.indexOf('\n', at)) >= 0; at = end + 1) {
      // Some boxes add a script element to all that is text.
      if (exchange._isOver(this) || this._isEnded) return;
      const letter = rest.charAt(at);
      const content = rest.slice(at + 1, end);
      if (this._seen === 0 && !exchange._isAnswer(this, letter + content)) {
        this._giveUp("not the server's answer", 200);
        return;
      }
      if (this._seen++ === 0) continue;
      if (letter === '.' && content === '') this._isEnded = true;
      // The end of the transport, or of the session, waits for nothing.
      else if (isEarly && 'eg'.indexOf(letter) < 0) this._early.push(letter + content);
      else exchange._deliver(this, letter, content);
    }
    this._rest = rest.slice(at);
  }

  end(): void {
    this._exchange._ended(this);
  }

  fail(status: number, hint: string, isReached: boolean): void {
    this._exchange._failed(this, hint, status, isReached);
  }
}
