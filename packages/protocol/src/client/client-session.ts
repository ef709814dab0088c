import { CLOSE_GOING_AWAY, CLOSE_REFUSED, isFinalError, isRenewable } from '../codes.js';
import { ATTACH_BYTES, ATTACH_MESSAGES } from '../defaults.js';
import type { Environment, TransportName } from '../environment.js';
import {
  formatChoice,
  formatClose,
  formatPacket,
  parseAttached,
  parseError,
  parseGone,
  PROTOCOL_VERSION,
  type Attached,
} from '../packets.js';
import { comparePositions, formatPosition, parseCount, ZERO } from '../position.js';
import { Session, type CloseEvent, type SessionEvents } from '../session.js';
import { takeOut } from '../take-out.js';
import { SILENT } from '../watched-session.js';
import { Chooser, type Memory } from './chooser.js';
import { numbersOf, type ClientNumbers } from './client-numbers.js';
import { pullText, type ClientTransport } from './client-transport.js';
import { Connector } from './connector.js';
import { Tuning } from './tuning.js';

/** A way to make one of the four transports; see `websocket`, `streaming`, `longPolling`, `polling`. */
export interface TransportFactory {
  readonly name: TransportName;
  /** @internal */
  _create(session: ClientSession): ClientTransport;
}

/** An attempt to attach failed, or the transport in use died. */
export interface ProblemEvent {
  /** Failed rounds of attempts since the session was last attached, this one included. */
  readonly attempt: number;
  readonly transport: TransportName;
  /** HTTP status, or 0 if there was none. */
  readonly status: number;
  /** Wait until the next round, ms; 0: the next transport is being tried already. */
  readonly nextTryMs: number;
  /** What was seen, for people. */
  readonly hint: string;
}

/** Events of a session on the client. */
export interface ClientSessionEvents extends SessionEvents {
  /** The session has ended for a reason that trying again mends, and a new one begins; nothing is carried over. */
  reset: CloseEvent;
  /** Something did not work; the session goes on trying. */
  problem: ProblemEvent;
}

/** All options of a client session but its transports have defaults. */
export interface ClientSessionOptions extends Partial<ClientNumbers> {
  /** Best first. */
  readonly transports: readonly TransportFactory[];
  /** For the server's `authorize`: a value, or what makes one for each attach. */
  readonly auth?: unknown;
  /** Subprotocols offered. */
  readonly protocols?: readonly string[] | undefined;
  /** `false`: `close` instead of `reset`. */
  readonly renew?: boolean | undefined;
  readonly memory?: Memory | undefined;
  readonly wallNow?: (() => number) | undefined;
}

/** A probe that must be answered soon: the page came back, or the network changed. */
const CHECK_MS = 2000;

/** What goes with an attach, and with its answer, after a failed round: it has to arrive in time even over 16 kbit/s. */
const RETRY_BYTES = 1024;

/** A successor begins within so many ms: clients of one server don't come in one moment. */
const RENEW_MS = 100;

/** Losses that the application asked for, and that say nothing about the transport. */
const RECONNECT = 'reconnect';
const LET_GO = 'let go';

/** A session on the client: finds a transport, keeps one, and begins anew where that is all that can be done. */
export class ClientSession extends Session<ClientSessionEvents, ClientTransport> {
  /** The secret. @internal */
  _key = '';
  /** @internal */ readonly _chooser: Chooser;
  /** @internal */ readonly _tuning: Tuning = new Tuning();
  /** @internal */ readonly _options: ClientSessionOptions;
  /** @internal */ declare readonly _limits: ClientNumbers;
  private _nonce: string;
  private _instance = '';
  /** The choice made last; they only grow. */
  private _choices = 0;
  /** When messages first rode with an attach of this nonce; 0: never. */
  private _riddenAt = 0;
  /** The attempt that carried them. */
  private _firstRider: ClientTransport | null = null;
  /** The unanswered attach that carries messages. */
  private _rider: ClientTransport | null = null;
  private readonly _connector: Connector;
  private _resumeMs: number;
  /** @internal */ protected override _intervalMs: number;
  /** @internal */ protected override _timeoutMs: number;
  /** @internal */ protected override _peerMaxBytes: number;
  /** What `authorize` was told last. */
  private _auth: unknown = undefined;

  constructor(env: Environment, options: ClientSessionOptions) {
    super(env, numbersOf(options));
    this._options = options;
    this._chooser = new Chooser(env, options);
    this._connector = new Connector(this, this._chooser);
    this._nonce = env.token();
    // Until an attach has told them.
    this._peerMaxBytes = this._resumeMs = this._intervalMs = this._timeoutMs = Infinity;
    // Listeners that are added in this turn hear everything.
    env.defer(() => this._connector._start());
  }

  /**
   * Restricts which transports may be used from now on, best first. The session moves to an allowed one as soon as that has
   * attached, and until then stays on what it has, without losing anything; with none
   * allowed it lets go of the network until the next call.
   */
  use(transports: readonly TransportName[]): void {
    const { _chooser: chooser, _connector: connector, _current: current } = this;
    // What can't be made would be a rung of the ladder on which nothing happens.
    chooser.use(transports.filter((name) => this._options.transports.some((factory) => factory.name === name)));
    if (this._state === 'closed') return;
    connector._giveUp((attempt) => chooser.allowed.indexOf(attempt.name) < 0);
    if (chooser.allowed.length === 0) this._letGo();
    else if (current) connector._planClimb();
    else connector._start();
  }

  /** Drops the transport in use, as if the network had cut it, and connects again at once. */
  reconnect(): void {
    const current = this._current;
    if (current) {
      current.drop();
      this._lost(current, RECONNECT);
    } else if (this._state !== 'closed') this._connector._start();
  }

  /** The network may have changed, or the page is visible again: asks the server for a sign of life, or tries again soon. */
  check(): void {
    this._chooser.networkChanged(this._env.now());
    if (this._state === 'closed') return;
    if (this._current) this._probe(this._current, CHECK_MS);
    this._connector._hurry();
  }

  /** The page goes to sleep where it may be woken (`pagehide` with `persisted`): lets go of the network, keeps the session. */
  suspend(): void {
    if (this._state === 'closed') return;
    this._connector._isSuspended = true;
    this._letGo();
  }

  /** The page is back (`pageshow` with `persisted`). */
  wake(): void {
    if (!this._connector._isSuspended) return;
    this._connector._isSuspended = false;
    this._chooser.networkChanged(this._env.now());
    this._connector._start();
  }

  /**
   * The page is going for good (`pagehide` without `persisted`): the session ends with 1001.
   *
   * @returns the body of a POST that says so, for `navigator.sendBeacon`; `null` if the server need not be told.
   */
  farewell(): string | null {
    if (this._state === 'closed') return null;
    let body: string | null = null;
    if (this.id !== '') {
      const via = 1 + Math.floor(this._env.random() * 2147483646);
      const envelope = formatPacket('q', { v: PROTOCOL_VERSION, via, n: 0, as: 'send', size: 1024 });
      body = `${envelope}${this._resumePacket(this._auth, ++this._choices)}${this._farewellPackets()}.\n`;
    }
    this._end(CLOSE_GOING_AWAY, 'the page goes away', false);
    return body;
  }

  /** What still fits, and the close behind it: the rest can't be waited for. */
  private _farewellPackets(): string {
    const packets = this._rideAlong();
    const at = { messages: this._outbox.cursor.messages, bytes: 0 };
    return packets + formatClose({ code: CLOSE_GOING_AWAY, reason: 'the page goes away', at, ack: this._inbox.acked });
  }

  /** As much as an attach may carry of what is not acknowledged: that may not have arrived. */
  private _rideAlong(): string {
    const outbox = this._outbox;
    const most = Math.min(ATTACH_BYTES, this._attachBytes(), this._tuning.bodyBytes);
    outbox.rewind(outbox.acked);
    return pullText(this._env, most, (left) => outbox.pull(false, left));
  }

  /** What may ride with an attach, and with its answer: little if the last round failed, for its link may be slow. @internal */
  _attachBytes(): number {
    return this._connector._failedRounds > 0 ? RETRY_BYTES : Infinity;
  }

  // ---- attempts

  /** The attach for an attempt that can send now, with what may ride along. @internal */
  _attachPackets(attempt: ClientTransport): string {
    const outbox = this._outbox;
    const holdsNone = !this._current;
    if (holdsNone) attempt._choice = ++this._choices;
    this._auth = attempt._auth;
    attempt._isCreating = this.id === '';
    let packets = '';
    // A later one must not take from the first what would ride on it a moment later: over a slow link WebSocket opens after its head start.
    const mayCarry = holdsNone && !this._rider && !this._isClosing && this._connector._isFirst(attempt);
    if (mayCarry) {
      // Before the first answer: what any server takes.
      if (this.id === '') [outbox.windowBytes, outbox.windowMessages] = [ATTACH_BYTES, ATTACH_MESSAGES];
      packets = this._rideAlong();
      if (packets !== '') {
        this._rider = attempt;
        attempt._rode = outbox.cursor;
      }
    }
    const now = this._env.now();
    const attach =
      this.id === ''
        ? formatPacket('n', {
            v: PROTOCOL_VERSION,
            nonce: this._nonce,
            window: [this._limits.windowBytes, this._limits.windowMessages],
            max: this._limits.maxMessageBytes,
            protocols: this._options.protocols,
            auth: attempt._auth,
            choice: attempt._choice || undefined,
            age: this._riddenAt > 0 ? Math.ceil(now - this._riddenAt) : undefined,
          })
        : this._resumePacket(attempt._auth, attempt._choice);
    if (packets !== '' && this.id === '' && this._riddenAt === 0) {
      this._riddenAt = now;
      this._firstRider = attempt;
    }
    return attach + packets;
  }

  private _resumePacket(auth: unknown, choice: number): string {
    return formatPacket('r', {
      v: PROTOCOL_VERSION,
      id: this.id,
      key: this._key,
      got: formatPosition(this._inbox.received),
      ack: formatPosition(this._inbox.show()),
      auth,
      choice: choice || undefined,
    });
  }

  /** An attempt or the transport in use is no more. @internal */
  _gone(transport: ClientTransport, why: string, status: number, isReached: boolean): void {
    if (!this._connector._remove(transport)) {
      this._problem(transport, why, status, 0);
      this._lost(transport, why);
      return;
    }
    // Certainly never arrived: no server can have handed over what rode.
    if (this._firstRider === transport && !isReached) this._riddenAt = 0;
    this._release(transport);
    this._trace('failed', transport, { why, status });
    if (this._state !== 'closed') this._connector._failed(transport, why, status);
  }

  /** `attempt` is answered or given up: another may carry messages. @internal */
  _release(attempt: ClientTransport): void {
    if (this._rider === attempt) this._rider = null;
  }

  /** @internal */
  _problem(transport: ClientTransport, hint: string, status: number, nextTryMs: number): void {
    this._emit('problem', {
      attempt: this._connector._failedRounds,
      transport: transport.name,
      status,
      nextTryMs,
      hint,
    });
  }

  private _letGo(): void {
    this._connector._stop();
    for (const transport of this._transports.slice()) {
      transport.drop();
      this._lost(transport, LET_GO);
    }
  }

  // ---- what the server says

  /** @internal */
  protected override _special(transport: ClientTransport, letter: string, content: string): string | null {
    switch (letter) {
      case 'a': {
        const answer = parseAttached(content);
        return answer && transport._attachedAt === 0 ? this._attached(transport, answer) : 'ERR_PACKET';
      }
      case 'g': {
        const gone = parseGone(content);
        if (!gone) return 'ERR_PACKET';
        // The nonce is dead, because another attempt has made the session meanwhile: that one lives.
        if (transport._isCreating && transport._attachedAt === 0 && this.id !== '') {
          transport.drop();
          this._gone(transport, gone.reason, 200, true);
          return null;
        }
        if (gone.ack && !this._acked(gone.ack)) return 'ERR_POSITION';
        this._env.trace?.('gone', { session: this.id, code: gone.code, reason: gone.reason });
        this._end(gone.code, gone.reason, gone.ack !== undefined, gone.retryAfterMs ?? 0);
        return null;
      }
      case 'e': {
        const error = parseError(content);
        if (!error) return 'ERR_PACKET';
        if (isFinalError(error.code)) {
          this._end(CLOSE_REFUSED, `${error.code}: ${error.message}`, false);
          return null;
        }
        if (error.retryAfterMs !== undefined) {
          this._connector._notBefore = this._env.now() + error.retryAfterMs;
          this._chooser.busy();
        }
        transport.drop();
        this._gone(transport, `${error.code}: ${error.message}`, 200, true);
        return null;
      }
      case 'w': {
        const count = parseCount(content);
        if (count === null) return 'ERR_PACKET';
        transport.progress(count);
        return null;
      }
      default:
        return 'ERR_PACKET';
    }
  }

  private _attached(attempt: ClientTransport, answer: Attached): string | null {
    const { _outbox: outbox, _env: env, _chooser: chooser, _tuning: tuning } = this;
    const isNew = this.id === '';
    if (isNew ? answer.key === undefined : answer.id !== this.id) return 'ERR_PACKET';
    if (comparePositions(answer.got, outbox._sent) > 0 || !this._acked(answer.ack)) return 'ERR_POSITION';
    const now = env.now();
    this._connector._remove(attempt);
    this._release(attempt);
    this._transports.push(attempt);
    attempt._attachedAt = now;
    attempt._got = answer.got;
    if (isNew) {
      this.id = answer.id;
      this._key = answer.key ?? '';
      this.protocol = answer.protocol;
    }
    [outbox.windowBytes, outbox.windowMessages] = answer.window;
    [this._intervalMs, this._timeoutMs] = answer.heartbeat;
    // The server's ping usually comes first; what is dead is found in the same time.
    const laterMs = this._timeoutMs / 4;
    this._intervalMs += laterMs;
    this._timeoutMs -= laterMs;
    this._peerMaxBytes = answer.max;
    this._resumeMs = answer.resume;
    tuning._hold._most = Math.min(answer.hold, answer.heartbeat[0]);
    tuning._body._most = answer.body;
    this._trace('attached', attempt, { isRaced: this._current !== null, ms: now - attempt._startedAt });
    if (this._instance !== '' && this._instance !== answer.instance)
      env.trace?.('instance', { was: this._instance, is: answer.instance });
    this._instance = answer.instance;
    this._watch(attempt);
    const current = this._current;
    // A buffering proxy hands over what it held back when the server ends: that is nothing to go on, or to remember.
    if (current && (this._isClosing || !chooser.isBetter(attempt.name, current.name, now))) {
      this._trace('late worse transport', attempt);
      this._drop(attempt);
    } else this._choose(attempt, isNew);
    return null;
  }

  private _drop(transport: ClientTransport): void {
    takeOut(this._transports, transport);
    transport.drop();
  }

  private _choose(transport: ClientTransport, isNew: boolean): void {
    const outbox = this._outbox;
    const before = this._current;
    this._current = transport;
    this._expireAt = Infinity;
    if (isNew || transport._choice !== this._choices) {
      transport._choice = ++this._choices;
      transport._control = formatChoice({ choice: transport._choice, got: this._inbox.received }) + transport._control;
    }
    // What rode with the attach is on its way; what the server had before need not be sent again.
    const got = transport._got;
    const rode = transport._rode;
    if (got && !(rode && comparePositions(rode, outbox.cursor) === 0 && comparePositions(got, rode) <= 0))
      outbox.rewind(got);
    if (before) this._drop(before);
    // What was acknowledged since this attach began went to others, and may be lost with them.
    this._reack();
    this._connector._chosen(transport);
    if (!this._isClosing) this._state = 'open';
    if (isNew) this._emit('open', undefined);
    this._emit('transport', { name: transport.name });
    transport.wake();
  }

  /** @internal */
  protected override _refuse(transport: ClientTransport, error: string): void {
    // Only servers explain themselves: the client leaves and comes back.
    transport.drop();
    this._gone(transport, error, 200, true);
  }

  /** @internal */
  protected override _detached(transport: ClientTransport, why: string): void {
    const now = this._env.now();
    if (this._current !== transport || this._state === 'closed') return;
    this._current = null;
    if (why === SILENT) this._problem(transport, why, 0, 0);
    this._connector._settle();
    if (why !== RECONNECT && why !== LET_GO && !transport._isExcused)
      this._chooser.lost(transport.name, now - transport._attachedAt, now);
    if (!this._isClosing) this._state = 'away';
    this._expireAt = now + this._resumeMs + this._intervalMs + this._timeoutMs;
    this._plan(this._expireAt);
    this._emit('transport', { name: null });
    if (why !== LET_GO) this._connector._start();
  }

  /** @internal */
  protected override _over(event: CloseEvent, retryAfterMs: number): void {
    this._connector._stop();
    if (this._options.renew === false || this._isClosing || !isRenewable(event.code)) {
      this._emit('close', event);
      return;
    }
    this._renew();
    this._key = this._instance = '';
    this._nonce = this._env.token();
    this._riddenAt = 0;
    this._peerMaxBytes = this._resumeMs = Infinity;
    this._connector._notBefore = this._env.now() + retryAfterMs;
    if (retryAfterMs > 0) this._chooser.busy();
    this._emit('reset', event);
    // Nothing is left of what `send` returned false for.
    this._acked(ZERO);
    this._connector._plan(Math.max(retryAfterMs, this._env.random() * RENEW_MS));
  }
}
