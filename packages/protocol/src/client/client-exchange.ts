import type { Environment, Timer, TransportName } from '../environment.js';
import { formatPacket, PROTOCOL_VERSION, type AnswerMode } from '../packets.js';
import { comparePositions } from '../position.js';
import type { PostRequest } from '../seams.js';
import { Call } from './client-call.js';
import type { ClientSession, TransportFactory } from './client-session.js';
import { ClientTransport, pullText } from './client-transport.js';
import { RELEARN_MS, SHORT_HOLD_MS } from './tuning.js';

/** How streaming is done where `POST` answers can't be read as they arrive, or not for long. */
export interface StreamingOptions {
  /** End and renew the stream after so many bytes: XHR keeps all of them. */
  readonly recycleBytes?: number;
  /** Begin the stream with so many spaces: some engines show nothing of a small answer. */
  readonly padBytes?: number;
  /** Streams are read by `GET`: see `ticketed`. */
  readonly byTicket?: boolean;
}

/** What a slow link carries at least. */
const BYTES_PER_MS = 2;

/** A body below this is no measure of what the path takes. */
const SMALL_BYTES = 2048;

/** What the first and the last line of a body take, and where its data begins, at most. */
const ENVELOPE_BYTES = 320;

/** Bodies of half of this are sent though larger ones have failed for no reason that was told. */
const SUSPECT_BYTES = 32_768;

/** Makes the `streaming` transport out of a way to POST. */
export function streaming(post: PostRequest, options: StreamingOptions = {}): TransportFactory {
  return exchange('streaming', 'stream', post, options);
}

/** Makes the `long-polling` transport out of a way to POST. */
export function longPolling(post: PostRequest): TransportFactory {
  return exchange('long-polling', 'hold', post, {});
}

/** Makes the `polling` transport out of a way to POST. */
export function polling(post: PostRequest): TransportFactory {
  return exchange('polling', 'poll', post, {});
}

function exchange(name: TransportName, as: AnswerMode, post: PostRequest, options: StreamingOptions): TransportFactory {
  return { name, _create: (session) => new Exchange(session, name, as, post, options) };
}

/** A wait that may be given up; without a timer it is over. */
interface Wait {
  _timer: Timer;
}

/** Like a timer; but of a sleep, or of a time with too much to do, it counts a quarter at most: what has arrived meanwhile is read first. */
function waitAwake(env: Environment, wait: Wait, ms: number, callback: () => void, quarters = 4): void {
  env.clearTimer(wait._timer);
  wait._timer = env.setTimer(() => {
    wait._timer = undefined;
    if (quarters > 1) waitAwake(env, wait, ms, callback, quarters - 1);
    else callback();
  }, ms / 4);
}

/** A series of numbered requests, at most two at a time, that is a transport. */
export class Exchange extends ClientTransport {
  readonly name: TransportName;
  private readonly _as: AnswerMode;
  readonly _post: PostRequest;
  private readonly _options: StreamingOptions;
  private readonly _via: number;
  private _n = 0;
  /** The request whose answer is being read. */
  private _readN = 0;
  private _calls: Call[] = [];
  private _isWoken = false;
  private _pollMs = 0;
  private _pollTimer: Timer;
  private readonly _lag: Wait = { _timer: undefined };
  private readonly _stall: Wait = { _timer: undefined };

  constructor(
    session: ClientSession,
    name: TransportName,
    as: AnswerMode,
    post: PostRequest,
    options: StreamingOptions,
  ) {
    super(session);
    this.name = name;
    this._as = as;
    this._post = post;
    this._options = options;
    this.isLive = as === 'stream';
    this._via = 1 + Math.floor(session._env.random() * 2147483646);
  }

  override start(): void {
    this._call(this._as, this._session._attachPackets(this));
  }

  // ---- sending

  private _call(as: AnswerMode, packets: string): void {
    const session = this._session;
    const tuning = session._tuning;
    const { recycleBytes = Infinity, padBytes, byTicket } = this._options;
    const isStream = as === 'stream';
    const hold = isStream
      ? tuning._streamMs._get()
      : as === 'hold'
        ? this._isShort
          ? SHORT_HOLD_MS
          : tuning._hold._get()
        : 0;
    const n = this._n++;
    const envelope = formatPacket('q', {
      v: PROTOCOL_VERSION,
      via: this._via,
      n,
      as,
      hold: hold || undefined,
      size: isStream
        ? Math.min(tuning._streamBytes._get(), recycleBytes)
        : Math.min(tuning.answerBytes, n === 0 ? session._attachBytes() : Infinity),
      pad: isStream ? padBytes : undefined,
      get: isStream && byTicket ? true : undefined,
      id: n > 0 ? session.id : undefined,
      key: n > 0 ? session._key : undefined,
    });
    const upTo = packets.indexOf('@') < 0 ? null : session._outbox.cursor;
    const call = new Call(this, n, as, hold, `${envelope}${packets}.\n`, upTo, packets !== '');
    this._calls.push(call);
    call._send();
    if (this._calls.length > 1 && as !== 'stream') this._watchStall(call);
  }

  private get _isShort(): boolean {
    return this._session._env.now() < this._session._tuning._shortUntil;
  }

  /** How long requests that may not have arrived take over a slow link, which they share, ms. */
  get _underWayMs(): number {
    let bytes = 0;
    for (const call of this._calls) if (!call._isThere) bytes += call._size;
    return bytes / BYTES_PER_MS;
  }

  /** A request that carries data is answered, or releases the one that is held; if neither happens, they get in each other's way. */
  private _watchStall(call: Call): void {
    const { _env: env, _tuning: tuning, _chooser: chooser } = this._session;
    const [held] = this._calls;
    // No less than the attach took: over a slow link even that is long.
    const leastMs = Math.max(2000, 4 * chooser.rttMs, this._attachedAt - this._startedAt);
    const patience = leastMs + this._underWayMs;
    waitAwake(env, this._stall, patience, () => {
      const isStuck = this._calls.indexOf(call) >= 0 && held !== undefined && this._calls.indexOf(held) >= 0;
      if (!isStuck || call._seen > 0 || this._isFinished) return;
      tuning._shortUntil = env.now() + RELEARN_MS;
      if (this._as === 'stream') chooser.demote(this.name, env.now());
      this._die('no answer beside a held request');
    });
  }

  override wake(): void {
    if (this._isWoken || this._isFinished || this._attachedAt === 0) return;
    this._isWoken = true;
    this._session._env.defer(() => {
      this._isWoken = false;
      this._pump();
    });
  }

  /** Sends what has to be sent now. */
  private _pump(): void {
    if (this._isFinished || this._attachedAt === 0) return;
    const session = this._session;
    const count = this._calls.length;
    if (this._as === 'stream') {
      if (!this._calls.some((call) => call._as === 'stream')) this._call('stream', '');
      else if (count < 2 && session._wants(this)) this._call('send', this._packets());
    } else if (count === 0) {
      if (this._as === 'hold' || session._wants(this)) this._next();
      else this._pollLater();
    } else if (count < 2 && this._as === 'hold' && !this._isShort && session._wants(this)) this._next();
  }

  private _next(): void {
    this._session._env.clearTimer(this._pollTimer);
    this._pollTimer = undefined;
    const packets = this._packets();
    // With one request at a time what is left would have to wait until this one has been held.
    const isMore = this._isShort && this._session._wants(this);
    this._call(isMore ? 'poll' : this._as, packets);
  }

  private _pollLater(): void {
    if (this._pollTimer !== undefined) return;
    this._pollTimer = this._session._env.setTimer(() => {
      this._pollTimer = undefined;
      if (!this._isFinished && this._calls.length === 0) this._next();
    }, this._pollMs);
  }

  private _packets(): string {
    const session = this._session;
    const { bodyBytes, partBytes } = session._tuning;
    session._newBody(this);
    return pullText(session._env, bodyBytes - ENVELOPE_BYTES, (left) => session._pull(this, Math.min(partBytes, left)));
  }

  // ---- receiving

  /** Whether an answer that begins so is one to this request: `-` where there is no session yet, or the request was not even read. */
  _isAnswer(call: Call, line: string): boolean {
    const [, id, request] = /^:(\S+) (\S+)$/.exec(line) ?? [];
    return (
      (line === ':- -' || request === `${this._via}.${call._n}`) &&
      (id === '-' || this._session.id === '' || id === this._session.id)
    );
  }

  /** Its data comes after that of an answer which is not complete. */
  _isEarly(call: Call): boolean {
    return call._as !== 'send' && this._calls.some((other) => other._n < call._n && other._as !== 'send');
  }

  _deliver(call: Call, letter: string, content: string): void {
    if ('tTbB'.indexOf(letter) >= 0) call._hasData = true;
    // The server got less than was sent, or more than it takes.
    if (letter === 'e' && /"ERR_BODY_[CS]/.test(content)) this._refused(call._size);
    this._readN = call._n;
    const session = this._session;
    session._packet(this, letter, content);
    if (letter !== 'k') return;
    for (const other of this._calls) {
      if (other._upTo && comparePositions(session._outbox.acked, other._upTo) >= 0) other._arrived(true);
    }
  }

  _ended(call: Call): void {
    if (this._isOver(call)) return;
    if (!call._isEnded) {
      this._failed(call, 'the answer was cut', 200, true);
      return;
    }
    const { _env: env, _tuning: tuning, _chooser: chooser } = this._session;
    if (this._isEarly(call)) {
      env.clearTimer(call._timer);
      call._isWaiting = true;
      return;
    }
    const now = env.now();
    const tookMs = now - call._sentAt;
    if (call._as === 'stream') {
      tuning._streamMs._passed(tookMs, now);
      tuning._streamBytes._passed(call._bytes, now);
    } else if (call._as === 'hold') tuning._hold._passed(tookMs, now);
    // A large body measures the rate, not the round trip.
    else if (call._size < SMALL_BYTES) chooser.sample(tookMs);
    tuning._body._passed(call._size, now);
    if (call._as !== 'stream') tuning.answered(call._bytes, now - (call._firstAt || call._sentAt), now);
    if (this._attachedAt > 0) this._done(call);
    else this._die('an answer without attach');
  }

  /** Nothing that happens to `call` matters any more. */
  _isOver(call: Call): boolean {
    // Written with a local variable, since QtWebKit's compiler loses `this` in a branch that was never taken before.
    const calls = this._calls;
    // The last one of a session: what it waited for may go now.
    if (this._isFinished && call === calls[calls.length - 1]) this._abort();
    return !this._isLive(call);
  }

  /** What comes for `call` still matters. */
  _isLive(call: Call): boolean {
    return !this._isFinished && this._calls.indexOf(call) >= 0;
  }

  private _done(call: Call): void {
    const { _env: env, _limits: limits, _tuning: tuning } = this._session;
    env.clearTimer(call._timer);
    this._calls = this._calls.filter((other) => other !== call);
    const [next] = this._calls;
    if (next && next._early.length > 0) {
      const early = next._early;
      next._early = [];
      for (const line of early) if (!this._isFinished) this._deliver(next, line.charAt(0), line.slice(1));
    }
    if (next?._isWaiting) this._ended(next);
    // What fills its answer leaves more behind, which is fetched at once.
    const isFull = 2 * call._bytes > tuning.answerBytes;
    this._pollMs = call._hasData
      ? isFull
        ? 0
        : limits.pollMinMs
      : Math.min(limits.pollMaxMs, Math.max(limits.pollMinMs, this._pollMs * 1.5));
    this._pump();
  }

  _failed(call: Call, why: string, status: number, isReached: boolean): void {
    if (this._isOver(call)) return;
    const { _env: env, _tuning: tuning } = this._session;
    const now = env.now();
    const tookMs = now - call._sentAt;
    env.clearTimer(call._timer);
    if (call._as === 'stream') {
      if (call._seen > 0) tuning.streamCut(tookMs, call._bytes, now);
    } else if (call._seen > 0 && call._bytes > 1024) tuning._answer._cut(call._bytes, now);
    else if (call._as === 'hold' && tookMs > SHORT_HOLD_MS) tuning._hold._cut(tookMs, now);
    // Some engines don't tell how far an answer came: 64 KB is a limit that boxes have. An attach has no copy that could fail again.
    else if (status === 0 && (call._tries > 1 || call._n === 0)) tuning._answer._cut(65_536, now);
    const isTooLarge = status === 413;
    if (isTooLarge || call._tries > 1) {
      // Two failures may have another cause: they alone never lead to bodies that crawl.
      if (call._size > SMALL_BYTES) this._refused(Math.max(call._size, isTooLarge ? 0 : SUSPECT_BYTES));
    } else if (call._as !== 'stream' && call._n > 0) {
      // Copies join the request they repeat: nothing is done twice.
      call._request = null;
      call._timer = env.setTimer(() => {
        if (!this._isFinished) call._send();
      }, env.random() * 100);
      return;
    }
    this._die(why, status, isReached);
  }

  /** A body was too large for the path. Where smaller ones will do, that is no reason to leave the transport. */
  private _refused(bytes: number): void {
    this._session._tuning.bodyRefused(bytes, this._session._env.now());
    if (bytes > SUSPECT_BYTES) this._isExcused = true;
  }

  /** What the server has written but we don't see in time is kept by something in between. */
  override progress(bytes: number): void {
    const { _env: env, _chooser: chooser } = this._session;
    const stream = this._calls.filter((call) => call._as === 'stream')[0];
    // It may be told of the one before; and who sends all the time must not put off the look that is planned.
    if (!stream || stream._n > this._readN || stream._bytes >= bytes || this._lag._timer !== undefined) return;
    const { _pieces: pieces } = stream;
    waitAwake(env, this._lag, Math.max(1000, 3 * chooser.rttMs), () => {
      if (this._isFinished || this._calls.indexOf(stream) < 0 || stream._bytes >= bytes) return;
      // A slow link brings it bit by bit; what holds it back brings nothing.
      if (stream._pieces > pieces) {
        this._readN = stream._n;
        this.progress(bytes);
        return;
      }
      chooser.demote(this.name, env.now());
      this._die('something in between buffers the stream');
    });
  }

  // ---- ending

  override finish(last: string): void {
    if (last === '' || this._attachedAt === 0 || this._isFinished) {
      this.drop();
      return;
    }
    // What is under way is let be until this is answered: a server that sees its stream end, or misses a request, would not read this one.
    for (const call of this._calls) if (!call._request) call._send();
    this._call('send', this._control + last);
    this._clearTimers();
    this._isFinished = true;
  }

  override drop(): void {
    this._isFinished = true;
    this._abort();
  }

  private _abort(): void {
    this._clearTimers();
    for (const call of this._calls) {
      this._session._env.clearTimer(call._timer);
      call._request?.abort();
    }
    this._calls = [];
  }

  private _clearTimers(): void {
    for (const timer of [this._pollTimer, this._lag._timer, this._stall._timer]) this._session._env.clearTimer(timer);
  }
}
