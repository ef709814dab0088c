import { CLOSE } from '../codes.js';
import { MAX_TRANSPORTS, MESSAGE_OVERHEAD_BYTES } from '../defaults.js';
import type { Environment } from '../environment.js';
import type { HoldfastError } from '../errors.js';
import type { Outgoing } from '../outbox.js';
import { formatAttached, formatError, parseChoice } from '../packets.js';
import { comparePositions, type Position } from '../position.js';
import { Session, type CloseEvent, type SessionEvents } from '../session.js';
import { NO_SLOT, SLOT_MS, type Planned } from './agenda.js';
import type { Arriving } from './arriving.js';
import type { Hub } from './hub.js';
import type { HubOptions, Peer } from './hub-host.js';

/** What an attach of either kind says of the client's side. */
export interface Arrival {
  readonly got: Position;
  readonly ack: Position;
  /** 0: the client holds another transport. */
  readonly choice: number;
}

/** A session on the server. */
export class ServerSession extends Session<SessionEvents, Arriving> implements Planned {
  /** @internal */ declare protected readonly _limits: HubOptions;
  /** Whom `authorize` let in. */
  readonly user: unknown;
  /** @internal */ readonly _digest: string;
  /** Where the first attach came from: what per-address limits count. @internal */
  readonly _peer: Peer;
  /** The creating nonce, until the client has shown that it knows the secret. @internal */
  _nonce: string;
  /** The secret, for as long as an attach by nonce may still have to be told. @internal */
  _key: string;
  /** Greatest choice so far. */
  private _choice = 0;
  private readonly _hub: Hub;
  /** What the hub's total counts for this session. @internal */
  _counted = 0;
  /** @internal */
  _slot: number = NO_SLOT;
  /** @internal */ protected override _intervalMs: number;
  /** @internal */ protected override _timeoutMs: number;
  /** @internal */ protected override _peerMaxBytes = 0;

  /** @internal */
  constructor(
    env: Environment,
    hub: Hub,
    options: HubOptions,
    peer: Peer,
    user: unknown,
    nonce: string,
    id: string,
    key: string,
    digest: string,
  ) {
    super(env, options);
    this._hub = hub;
    this._peer = peer;
    this.user = user;
    this._nonce = nonce;
    this._key = key;
    this._digest = digest;
    this.id = id;
    this._state = 'open';
    this._intervalMs = options.heartbeatIntervalMs;
    this._timeoutMs = options.heartbeatTimeoutMs;
  }

  /** @internal */
  _offer(window: readonly [number, number], max: number, protocol: string): void {
    this._outbox.windowBytes = window[0];
    this._outbox.windowMessages = window[1];
    this._peerMaxBytes = max;
    this.protocol = protocol;
  }

  /** Joins `transport` to the session and answers it. @internal */
  _attach(transport: Arriving, arrival: Arrival, isNew: boolean): void {
    const isNewer = arrival.choice > this._choice;
    const outbox = this._outbox;
    // The answer to a slow attach may have been overtaken by acknowledgements on another transport; a lie is beyond what was sent.
    if (comparePositions(arrival.ack, arrival.got) > 0 || !outbox.has(arrival.got) || !outbox.has(arrival.ack)) {
      this._broken(transport, 'ERR_POSITION');
      return;
    }
    if (this._transports.length >= MAX_TRANSPORTS && !this._evict(isNewer)) {
      this._broken(transport, 'ERR_TRANSPORTS');
      return;
    }
    if (comparePositions(arrival.ack, outbox.acked) > 0) this._acked(arrival.ack);
    this._transports = this._transports.concat(transport);
    this._expireAt = Infinity;
    this._watch(transport);
    const { received } = this._inbox;
    const { _limits: options } = this;
    transport._control =
      formatAttached({
        id: this.id,
        key: isNew ? this._key : undefined,
        got: received,
        ack: this._inbox.show(),
        instance: options.instance,
        window: [options.windowBytes, options.windowMessages],
        max: options.maxMessageBytes,
        body: options.maxBodyBytes,
        heartbeat: [options.heartbeatIntervalMs, options.heartbeatTimeoutMs],
        hold: Math.min(options.holdMs, options.heartbeatIntervalMs),
        resume: options.resumeWindowMs,
        protocol: this.protocol,
      }) + transport._control;
    this._env.trace?.('attached', {
      session: this.id,
      transport: transport.name,
      isCandidate: this._current !== null && !isNewer,
      isRaced: isNew && this._transports.length > 1,
      isMidMessage: arrival.got.bytes > 0 || received.bytes > 0,
      isLate: !isNewer && arrival.choice > 0,
    });
    if (isNewer) this._choice = arrival.choice;
    if (isNewer || !this._current) this._moveTo(transport, arrival.got);
    transport.wake();
  }

  /**
   * Half-open leftovers must not keep a client out. One that says it holds no other transport has given up those before: the one heard from
   * least recently makes room. For a candidate, an HTTP transport that was not chosen and has no request under way does: its client can't
   * say that it has left it, as it can with a connection.
   */
  private _evict(isNewer: boolean): boolean {
    const leftovers = isNewer
      ? this._transports
      : this._transports.filter((other) => other !== this._current && other.isAbandoned);
    if (leftovers.length === 0) return false;
    const oldest = leftovers.reduce((a, b) => (b._heardAt < a._heardAt ? b : a));
    oldest.finish('');
    this._lost(oldest, 'given up by the client');
    return true;
  }

  private _moveTo(transport: Arriving, got: Position): void {
    const before = this._current?.name ?? null;
    this._current = transport;
    // What the client has received by now may be acknowledged and gone: rewind goes no further back than that.
    this._outbox.rewind(got);
    if (before !== transport.name) this._emit('transport', { name: transport.name });
    transport.wake();
  }

  /** The client has the secret: the nonce has done its work. @internal */
  _confirm(): void {
    if (this._nonce === '') return;
    this._hub._forgetNonce(this._nonce);
    this._nonce = this._key = '';
  }

  /** @internal */
  protected override _special(transport: Arriving, letter: string, content: string): string | null {
    if (letter !== 's') return 'ERR_PACKET';
    const choice = parseChoice(content);
    if (!choice) return 'ERR_PACKET';
    this._confirm();
    if (!this._outbox.has(choice.got)) return 'ERR_POSITION';
    if (choice.choice > this._choice) {
      this._choice = choice.choice;
      if (transport !== this._current) {
        this._moveTo(transport, choice.got);
        this._reack();
      }
    } else this._env.trace?.('stale choice', { session: this.id });
    return null;
  }

  /** @internal */
  protected override _refuse(transport: Arriving, error: string): void {
    this._trace('broken', transport, { error });
    this._hub._count(error, transport._peer);
    transport.finish(formatError({ code: error, message: EXPLAINED[error] ?? error }));
    this._lost(transport, error);
  }

  /** @internal */
  protected override _detached(transport: Arriving, _why: string): void {
    if (this._current === transport) {
      this._current = null;
      this._emit('transport', { name: null });
    }
    if (this._transports.length > 0 || this._state === 'closed') return;
    this._expireAt = this._env.now() + this._limits.resumeWindowMs;
    this._plan(this._expireAt);
  }

  /** @internal */
  protected override _over(event: CloseEvent, retryAfterMs: number): void {
    this._confirm();
    this._hub._refused.delete(this);
    this._hub._ended(this, event, retryAfterMs, this._inbox.acked);
    this._account();
    this._emit('close', event);
  }

  /** A broadcast's share of this session: kept by reference; a session at its hard limit ends. @internal */
  _broadcast(message: Outgoing): void {
    if (this._state === 'closed' || this._isClosing) return;
    try {
      this._send(message);
    } catch (error) {
      if ((error as HoldfastError).code === 'ERR_TOO_LARGE')
        this._end(CLOSE.tooLarge, 'a broadcast is larger than this client takes', false);
      else this._overflow();
      return;
    }
    if (comparePositions(this._outbox.cursor, this._outbox._sent) < 0)
      this._env.trace?.('broadcast during replay', { session: this.id });
  }

  /** Ends a session that does not read, for the sake of a broadcast. @internal */
  _overflow(): void {
    this._end(CLOSE.full, 'a broadcast met a full buffer', false);
  }

  /** @internal */
  protected override _sweepBy(at: number): void {
    // What must not come early gets a timer of its own in the end.
    if (at - this._env.now() > SLOT_MS) this._hub._agenda.plan(this, at);
    else super._sweepBy(at);
  }

  /** @internal */
  protected override _unplan(): void {
    super._unplan();
    this._hub._agenda.cancel(this);
  }

  /** @internal */
  _come(): void {
    if (this._sweepAt - this._env.now() > SLOT_MS) this._hub._agenda.plan(this, this._sweepAt);
    else this._sweep(SLOT_MS);
  }

  /** @internal */
  protected override _mayGrow(bytes: number): boolean {
    if (this._hub._totalBytes + bytes <= this._limits.maxTotalBufferedBytes) return true;
    // Whoever has nothing of its own to wait for is told when the others have made room.
    if (this._outbox.count === 0) this._hub._refused.add(this);
    return false;
  }

  /** There is room again for what the server's total had no room for. @internal */
  _drained(): void {
    if (this._state !== 'closed' && !this._isClosing) this._emit('drain', undefined);
  }

  /** What would be given back if it ended, bytes. @internal */
  get _cost(): number {
    return this._transports.reduce((sum, transport) => sum + transport._counted, this._counted);
  }

  /** @internal */
  protected override _account(): void {
    const { _outbox: outbox, _inbox: inbox } = this;
    // What has come is held twice for a moment, in parts and as a whole, and text beyond Latin-1 takes two bytes a character.
    const counted =
      this._state === 'closed'
        ? 0
        : outbox.ownBytes + 2 * inbox.bufferedBytes + MESSAGE_OVERHEAD_BYTES * (outbox.count + inbox.waiting);
    const more = counted - this._counted;
    this._counted = counted;
    this._hub._grow(more);
  }
}

const EXPLAINED: Record<string, string> = {
  ERR_PACKET: 'malformed packet, or one that may not stand here',
  ERR_POSITION: 'a position that cannot be: data after a gap, or more received than was sent',
  ERR_WINDOW: 'more in flight than the window allows',
  ERR_TRANSPORTS: 'four transports are attached to this session already',
  ERR_BODY_SIZE: 'the body or frame is larger than allowed',
};
