import { CLOSE_FAILED, CLOSE_LOST, CLOSE_NORMAL, CLOSE_TOO_LARGE, isApplicationCode } from './codes.js';
import { ACK_HTTP_MS, ACK_RIDE_MESSAGES, ACK_WEBSOCKET_MS, MESSAGE_OVERHEAD_BYTES, PART_BYTES } from './defaults.js';
import type { Data, Environment, TransportName } from './environment.js';
import { HoldfastError } from './errors.js';
import type { Frame } from './frame.js';
import { Inbox } from './inbox.js';
import { Outbox, type Outgoing } from './outbox.js';
import { makeMessage } from './message.js';
import { formatClose, formatPacket, parseClose, parseClosed, type CloseInfo } from './packets.js';
import { comparePositions, formatPosition, parsePosition, type Position } from './position.js';
import { unescapeText } from './text.js';
import type { CloseEvent, SessionEvents, SessionLimits, SessionState } from './session-types.js';
import type { Transport } from './transport.js';
import { WatchedSession } from './watched-session.js';

export type * from './session-types.js';

const NEVER = Infinity;

/** What the inbox says of a message beyond the limit. @internal */
const TOO_LARGE = 'too large';

/** Beyond this much that waits to be written, pings are answered no more, characters. */
const MAX_CONTROL = 4096;

/** What both ends of a session share: messages, acknowledgement, liveness, closing. Attaching is the ends' own. */
export abstract class Session<Events extends SessionEvents, T extends Transport> extends WatchedSession<Events, T> {
  /** The subprotocol both ends agreed on, or `''`. */
  protocol = '';
  /** Whatever the application wants to keep with the session. */
  data: unknown = undefined;

  /** @internal */ _outbox: Outbox;
  /** @internal */ _inbox: Inbox;
  /** The transport this side sends on. @internal */
  _current: T | null = null;
  /** @internal */ protected readonly _limits: SessionLimits;
  /** Largest message the peer takes. @internal */
  protected abstract _peerMaxBytes: number;

  private _isPaused = false;
  private _isHanding = false;
  private _isFull = false;
  private _hasAsked = false;
  private _mustAck = false;
  /** When the newest acknowledgement was written, by the clock of what had arrived. */
  private _toldAt = 0;
  /** The `c` of this side has gone out, on whichever transport. */
  private _hasToldClose = false;
  private _close: CloseInfo | null = null;
  private _peerClose: CloseInfo | null = null;

  constructor(env: Environment, limits: SessionLimits) {
    super(env);
    this._limits = limits;
    this._outbox = new Outbox(env);
    this._inbox = new Inbox(limits);
  }

  /** Where the session stands. */
  get state(): SessionState {
    return this._state;
  }

  /** The transport that carries the session, or `null` while there is none. */
  get transport(): TransportName | null {
    return this._current?.name ?? null;
  }

  /** Content bytes sent and not yet known to have been handed to the peer's application. */
  get bufferedAmount(): number {
    return this._outbox.bufferedBytes;
  }

  /**
   * Sends a message: text (any well-formed string), or bytes, which are copied. Works before the session is open and while it is away.
   *
   * @returns `false` when `bufferedAmount` has reached the high-water mark: wait for `drain` if you can.
   * @throws {@link HoldfastError} `ERR_CLOSED` after the end, `ERR_DATA` for what is neither, `ERR_TEXT` for a lone surrogate, `ERR_TOO_LARGE` for a message larger than the
   * peer takes, `ERR_BUFFER_FULL` at the hard limit. The session lives on; the message was not sent.
   */
  send(data: Data): boolean {
    // Nothing has fewer bytes than its length says: what is large, and refused anyway, is neither looked through nor copied.
    if (data && data.length > PART_BYTES) this._admit(data.length, data.length);
    return this._send(makeMessage(this._env, data));
  }

  /** @internal */
  _send(message: Outgoing): boolean {
    const { _outbox: outbox, _limits: limits } = this;
    const buffered = this._admit(message.bytes, message.ownBytes);
    outbox.push(message);
    this._account();
    this._current?.wake();
    if (buffered >= limits.highWaterMarkBytes || 2 * outbox.count > limits.maxBufferedMessages) this._isFull = true;
    return !this._isFull;
  }

  /** Whether a message of so many bytes, of which this session keeps `own`, may be sent now: throws, or returns what is buffered with it. */
  private _admit(bytes: number, own: number): number {
    const { _outbox: outbox, _limits: limits } = this;
    if (this._close || this._state === 'closed') {
      throw new HoldfastError('ERR_CLOSED', 'the session is closed: nothing more can be sent');
    }
    const most = Math.min(limits.maxMessageBytes, this._peerMaxBytes);
    if (bytes > most) {
      throw new HoldfastError('ERR_TOO_LARGE', `more than ${most} bytes: split it or raise maxMessageBytes`);
    }
    const buffered = outbox.bufferedBytes + bytes;
    if (
      buffered > limits.maxBufferedBytes ||
      outbox.count >= limits.maxBufferedMessages ||
      !this._mayGrow(own + MESSAGE_OVERHEAD_BYTES)
    ) {
      // Also when it was this message alone that was too much.
      if (outbox.count > 0) this._isFull = true;
      throw new HoldfastError('ERR_BUFFER_FULL', 'too much waits: send again after drain');
    }
    return buffered;
  }

  /**
   * Ends the session once everything sent has been handed over at the other end, or after the close timeout. Nothing more is received.
   *
   * @param code - 1000 (default) or 3000-4899.
   * @param reason - at most 123 UTF-8 bytes.
   * @throws {@link HoldfastError} `ERR_CODE` for another code or a longer reason.
   */
  close(code: number = CLOSE_NORMAL, reason = ''): void {
    if (!isApplicationCode(code) || !this._env.isEncodable(reason) || this._env.utf8Length(reason) > 123) {
      throw new HoldfastError('ERR_CODE', 'a code is 1000 or 3000-4899, a reason at most 123 bytes of UTF-8');
    }
    this._closeWith(code, reason);
  }

  /** @internal */
  _closeWith(code: number, reason: string, retryAfterMs?: number): void {
    if (this._close || this._state === 'closed') return;
    this._close = {
      code,
      reason,
      at: this._outbox.end,
      ack: this._inbox.acked,
      retryAfterMs,
    };
    this._state = 'closing';
    this._inbox.clear();
    this._account();
    this._closeAt = this._env.now() + this._limits.closeTimeoutMs;
    this._plan(this._closeAt);
    this._current?.wake();
    if (this._peerClose && !this._isHanding) this._endByPeer(this._peerClose);
  }

  /** Stops handing over messages; the peer soon has to stop sending. */
  pause(): void {
    this._isPaused = true;
  }

  /** Goes on after {@link pause}. */
  resume(): void {
    this._isPaused = false;
    this._hand();
  }

  // ---- what transports call

  /** A packet, without its terminator: its first character, and the rest; of raw text perhaps how many bytes that is. @internal */
  _packet(transport: T, letter: string, content: string, rawBytes?: number): void {
    if (this._state === 'closed') return;
    let error: string | null = 'ERR_PACKET';
    let text: string | null;
    let bytes: Uint8Array | null;
    let position: Position | null;
    switch (letter) {
      case 't':
      case 'T':
        if ((text = unescapeText(content)) !== null) {
          // Escapes may stand for what is not ASCII.
          const bytes = transport._isAscii && text === content ? text.length : this._env.utf8Length(text);
          error = this._part(transport, text, bytes, letter === 't');
        }
        break;
      case 'u':
      case 'U':
        if (transport.isRaw)
          error = this._part(transport, content, rawBytes ?? this._env.utf8Length(content), letter === 'u');
        break;
      case 'b':
      case 'B':
        if (letter === 'B' && content === '' && transport.isRaw) {
          transport._isPartNext = true;
          error = null;
        } else if ((bytes = this._env.decodeBase64(content)))
          error = this._part(transport, bytes, bytes.length, letter === 'b');
        break;
      case '@':
        if ((position = parsePosition(content))) {
          transport._readMessages = position.messages;
          transport._readBytes = position.bytes;
          error = null;
        }
        break;
      case 'k':
        if ((position = parsePosition(content))) error = this._acked(position) ? null : 'ERR_POSITION';
        break;
      case 'p':
      case 'o':
        if (!/^[0-9a-z]{0,16}$/.test(content)) break;
        if (letter === 'p') {
          // Whoever asks without end and reads nothing gets no more than this.
          if (transport._control.length < MAX_CONTROL) transport._control += `o${content}\n`;
          this._mustAck = true;
          transport.wake();
        }
        error = null;
        break;
      case 'c':
        error = this._peerCloses(parseClose(content));
        break;
      case 'x': {
        const closed = parseClosed(content);
        // Perhaps on another transport than `c` went out on: the peer answers on whatever it has.
        if (closed && this._close && this._hasToldClose) {
          error = null;
          if (this._acked(closed.ack)) this._endAsClosed(this._close, true);
          else error = 'ERR_POSITION';
        }
        break;
      }
      case ' ':
        error = null;
        break;
      default:
        error = this._special(transport, letter, content);
    }
    if (error) this._broken(transport, error);
  }

  /** A binary frame. @internal */
  _binaryFrame(transport: T, bytes: Uint8Array): void {
    if (this._state === 'closed') return;
    const isLast = !transport._isPartNext;
    transport._isPartNext = false;
    const error = this._part(transport, bytes, bytes.length, isLast);
    if (error) this._broken(transport, error);
  }

  /** What `transport` should write next, of about `budget` bytes: nothing, if it is empty. @internal */
  _pull(transport: T, budget: number): Frame {
    const outbox = this._outbox;
    const isCurrent = transport === this._current;
    // A frame that belongs to the text before it goes first.
    const control = isCurrent && outbox._hasFrame ? '' : this._pullControl(transport);
    const pulled = isCurrent ? outbox.pull(transport.isRaw, budget, control) : control;
    if (typeof pulled !== 'string') return pulled;
    if (!isCurrent) return pulled;
    if (pulled === control && !outbox.isDrained && !outbox._hasFrame) this._env.trace?.('window', outbox.canSend);
    return pulled + this._pullAsk() + this._pullClose(transport);
  }

  /** Whether the next pull may bring more than `pulled`, which was the last: what ends with a packet has all that may follow it. @internal */
  _hasMore(pulled: Frame): boolean {
    return pulled !== '' && (typeof pulled !== 'string' || this._outbox.canSend);
  }

  /** Control packets only. @internal */
  _pullControl(transport: T): string {
    let text = transport._control;
    transport._control = '';
    const inbox = this._inbox;
    const isCurrent = transport === this._current;
    // With data that leaves anyway, so that a question now and then, and its answer, are not followed by a frame each, and so that what the peer
    // keeps for us is few and dies young; but not with every frame of many.
    const mayRide =
      this._ackAt < NEVER &&
      isCurrent &&
      (inbox._untold >= ACK_RIDE_MESSAGES || transport._heardAt - this._toldAt >= ACK_WEBSOCKET_MS / 2) &&
      this._outbox.canSend;
    if (this._close || !(this._mustAck || transport.isHttp || mayRide)) return text;
    if (!isCurrent) {
      // Here it may well be lost without a new attach, so it will be told again.
      return inbox.isUnshown ? `${text}k${formatPosition(inbox.show())}\n` : text;
    }
    if (inbox.isUntold) {
      text += `k${formatPosition(inbox.tell())}\n`;
      this._mustAck = false;
      this._ackAt = NEVER;
      this._toldAt = transport._heardAt;
    }
    return text;
  }

  /** What `transport` pulls next begins a body: the first data in it must say where it begins. @internal */
  _newBody(transport: T): void {
    if (transport === this._current) this._outbox._announce = true;
  }

  /** The application waits for room: the peer is asked to acknowledge at once, instead of when it would by itself. */
  private _pullAsk(): string {
    if (!this._isFull || this._hasAsked || this._outbox.canSend) return '';
    this._hasAsked = true;
    return 'p\n';
  }

  private _pullClose(transport: T): string {
    if (!this._close || transport._hasClose || !this._outbox.isDrained) return '';
    transport._hasClose = this._hasToldClose = true;
    return formatClose(this._close);
  }

  /** `transport` has something to write. @internal */
  _wants(transport: T): boolean {
    if (transport._control !== '') return true;
    if (transport !== this._current) return false;
    return (
      this._outbox.canSend ||
      (this._mustAck && this._inbox.isUntold) ||
      (this._close !== null && !transport._hasClose && this._outbox.isDrained)
    );
  }

  /** `transport` did what it must not, or carried what its peer can't have sent: it ends, the session goes on. @internal */
  _broken(transport: T, error: string): void {
    if (error === TOO_LARGE) {
      this._inbox.clear();
      this._closeWith(CLOSE_TOO_LARGE, `a message exceeds ${this._limits.maxMessageBytes} bytes`);
      return;
    }
    this._refuse(transport, error);
  }

  // ---- what the ends fill in

  /** A packet that only one end understands: its error, or `null`. @internal */
  protected abstract _special(transport: T, letter: string, content: string): string | null;
  /** Ends a transport because of an error on it. @internal */
  protected abstract _refuse(transport: T, error: string): void;
  /** The session is over. @internal */
  protected abstract _over(event: CloseEvent, retryAfterMs: number): void;
  /** May this much more be buffered? @internal */
  protected _mayGrow(_bytes: number): boolean {
    return true;
  }
  /** What is buffered has changed. @internal */
  protected _account(): void {
    // Only a server keeps a total.
  }

  // ---- receiving

  private _part(transport: T, part: Data, bytes: number, isLast: boolean): string | null {
    if (bytes > PART_BYTES || (bytes === 0 && !isLast)) return 'ERR_PACKET';
    if (this._close) return null;
    const error = this._inbox.take(transport, part, bytes, isLast);
    if (error) return error;
    this._hand();
    return null;
  }

  /** Hands over what waits, in order, and acknowledges what the listeners returned from. @internal */
  protected _hand(): void {
    // A listener may call resume(), or have the peer's next frame read.
    if (this._isHanding) return;
    this._isHanding = true;
    while (this._has('message') && !this._isPaused && !this._close && this._state !== 'closed') {
      const inbox = this._inbox;
      const message = inbox.next();
      if (!message) break;
      if (this._emit('message', message.data)) inbox.handed(message.bytes);
      else this._closeWith(CLOSE_FAILED, 'a message listener threw');
    }
    this._isHanding = false;
    this._account();
    // What the listener returned from after it had called close() was handed over all the same.
    if (this._close) this._close.ack = this._inbox.acked;
    this._planAck();
    const peer = this._peerClose;
    if (peer && (this._close || this._inbox.acked.messages >= peer.at.messages)) this._endByPeer(peer);
  }

  private _planAck(): void {
    const inbox = this._inbox;
    if (!inbox.isUntold || this._close) return;
    if (inbox.isUrgent) this._ack();
    else if (this._ackAt === NEVER)
      this._plan((this._ackAt = this._env.now() + (this._current?.isHttp ? ACK_HTTP_MS : ACK_WEBSOCKET_MS)));
  }

  /** Another transport is in use while the one before may still live: what was acknowledged there may never be read. @internal */
  protected _reack(): void {
    this._inbox.retell();
    this._planAck();
  }

  /** @internal */
  protected override _ack(): void {
    this._mustAck = true;
    this._ackAt = NEVER;
    this._current?.wake();
  }

  /** The peer acknowledges; `false` if it can't. @internal */
  protected _acked(position: Position): boolean {
    const outbox = this._outbox;
    const couldSend = outbox.canSend;
    const { acked } = outbox;
    if (!outbox.ack(position)) return false;
    if (outbox.acked !== acked) this._hasAsked = false;
    this._account();
    if (!couldSend && this._current && this._wants(this._current)) this._current.wake();
    if (
      this._isFull &&
      2 * outbox.bufferedBytes <= this._limits.highWaterMarkBytes &&
      4 * outbox.count <= this._limits.maxBufferedMessages
    ) {
      this._isFull = false;
      if (!this._close) this._emit('drain', undefined);
    }
    return true;
  }

  /** @internal */
  protected override _listening(name: keyof Events): void {
    if (name === 'message') this._hand();
  }

  /** @internal */
  protected override _threw(error: unknown): void {
    this._env.report(error);
  }

  // ---- closing

  private _peerCloses(info: CloseInfo | null): string | null {
    if (!info) return 'ERR_PACKET';
    if (comparePositions(info.ack, this._outbox.acked) >= 0 && !this._acked(info.ack)) return 'ERR_POSITION';
    this._peerClose = info;
    if (this._close) this._endByPeer(info);
    else this._hand();
    return null;
  }

  private _endByPeer(peer: CloseInfo): void {
    if (this._state === 'closed') return;
    const last = formatPacket('x', { ack: formatPosition(this._close?.ack ?? this._inbox.acked) });
    const { code, reason } = this._close ?? peer;
    this._end(code, reason, true, peer.retryAfterMs ?? 0, last);
  }

  private _endAsClosed({ code, reason, retryAfterMs }: CloseInfo, isFinal: boolean): void {
    this._end(code, reason, isFinal, retryAfterMs);
  }

  /** @internal */
  protected override _closeTimedOut(): void {
    if (this._close) this._endAsClosed(this._close, false);
  }

  /** @internal */
  protected override _expired(): void {
    this._end(CLOSE_LOST, 'the resume window passed', false);
  }

  /**
   * Ends the session on this side. `isFinal`: the peer has said what it handed over. `last` is the packet that every transport still gets.
   *
   * @internal
   */
  _end(code: number, reason: string, isFinal: boolean, retryAfterMs = 0, last = ''): void {
    if (this._state === 'closed') return;
    this._state = 'closed';
    this._unplan();
    const transports = this._transports;
    this._transports = [];
    this._current = null;
    const unconfirmed = this._outbox.unconfirmed(isFinal);
    for (const transport of transports) transport.finish(last);
    this._over({ code, reason, unconfirmed }, retryAfterMs);
  }

  /** Begins anew, as another session: nothing is carried over. @internal */
  protected _renew(): void {
    this._outbox = new Outbox(this._env);
    this._inbox = new Inbox(this._limits);
    this.id = this.protocol = '';
    this._state = 'connecting';
    this._close = this._peerClose = null;
    this._ackAt = this._closeAt = this._expireAt = NEVER;
    this._mustAck = this._hasAsked = false;
  }

  /** @internal */
  protected get _isClosing(): boolean {
    return this._close !== null;
  }
}
