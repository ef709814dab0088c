import { CLOSE } from '../codes.js';
import { MESSAGE_OVERHEAD_BYTES } from '../defaults.js';
import type { Data, Environment } from '../environment.js';
import { HoldfastError } from '../errors.js';
import {
  formatAnswerLine,
  formatError,
  formatGone,
  parseNew,
  parseResume,
  PROTOCOL_VERSION,
  type GoneInfo,
  type NewAttach,
  type RequestEnvelope,
  type ResumeAttach,
} from '../packets.js';
import { ZERO, type Position } from '../position.js';
import type { Responder, ResponderEvents, ServerSocketEvents, ServerSocketIo } from '../seams.js';
import type { CloseEvent } from '../session.js';
import { AddressCounts } from './address-counts.js';
import { Agenda } from './agenda.js';
import type { Arriving } from './arriving.js';
import { Graveyard } from './graveyard.js';
import type { HubCloseOptions, HubHost, HubOptions, Peer } from './hub-host.js';
import { readRequest, type RequestLines } from './request-lines.js';
import { IGNORED, ServerExchange } from './server-exchange.js';
import { ServerSession } from './server-session.js';
import { ServerSocket } from './server-socket.js';
import { SharedMessage } from './shared-message.js';
import { Statistics, type HubStats } from './statistics.js';
import { Tickets } from './tickets.js';

const RETRY_FULL_MS = 5000;

/** Dead nonces are remembered for so long at least: an attempt may wait in a proxy for longer than a short resume window. */
const LEAST_NONCE_MS = 6e4;

/** All sessions of a server: the deterministic middle between sockets and the application. */
export class Hub {
  /** @internal */ readonly _env: Environment;
  /** @internal */ readonly _options: HubOptions;
  /** @internal */ readonly _agenda: Agenda;
  /** What all sessions buffer, overhead included. @internal */
  _totalBytes = 0;
  /** Sessions that were refused a message because of that, and wait for `drain`. @internal */
  readonly _refused: Set<ServerSession> = new Set<ServerSession>();
  private readonly _host: HubHost;
  private readonly _startedAt: number;
  private readonly _sessions = new Map<string, ServerSession>();
  /** Nonces that still make a client's attach join its session. */
  private readonly _nonces = new Map<string, ServerSession>();
  /** HTTP transports by what a copy of their first request tells of them. */
  private readonly _exchanges = new Map<string, ServerExchange>();
  private readonly _tickets: Tickets;
  private readonly _addresses = new AddressCounts();
  private readonly _nonceMs: number;
  private readonly _graveyard: Graveyard;
  private readonly _statistics = new Statistics();
  /** Transports whose attach has not been answered. */
  private readonly _arriving = new Set<Arriving>();
  private _closing: { readonly options: HubCloseOptions; readonly done: () => void } | null = null;

  constructor(env: Environment, host: HubHost, options: HubOptions) {
    this._env = env;
    this._agenda = new Agenda(env);
    this._host = host;
    this._options = options;
    this._startedAt = env.now();
    const keepMs = 2 * options.resumeWindowMs;
    this._nonceMs = Math.max(keepMs, LEAST_NONCE_MS);
    this._graveyard = new Graveyard(env, keepMs, this._nonceMs, options.maxTombstones);
    this._tickets = new Tickets(env, options.maxTombstones);
  }

  /** Every session that has not ended, by id. */
  get sessions(): ReadonlyMap<string, ServerSession> {
    return this._sessions;
  }

  /** What a metrics exporter needs. */
  stats(): HubStats {
    return this._statistics.read(this._sessions, this._arriving.size, this._totalBytes);
  }

  /** A WebSocket whose handshake succeeded. */
  openSocket(io: ServerSocketIo, peer: Peer): ServerSocketEvents {
    return new ServerSocket(this, io, peer);
  }

  /** A POST whose body has arrived. */
  openRequest(body: string, responder: Responder, peer: Peer): ResponderEvents {
    const read = readRequest(body, peer.isForm === true, this._env);
    if ('code' in read) return this._reject(peer, responder, read.to, read.code, read.message, read.more);
    return read.envelope.n === 0
      ? this._attachRequest(read, responder, peer)
      : this._nextRequest(read, responder, peer);
  }

  private _attachRequest(request: RequestLines, responder: Responder, peer: Peer): ResponderEvents {
    const { envelope, lines } = request;
    const attach = readAttach(lines[0] ?? '');
    if (!attach)
      return this._reject(
        peer,
        responder,
        envelope,
        'ERR_PACKET',
        'the first request of a transport carries an attach',
      );
    // A copy is found by what only its sender knows: the secret, or a nonce that still lives.
    const isKnown = 'nonce' in attach || this._find(attach.id, attach.key) !== null;
    const name = exchangeName('nonce' in attach ? attach.nonce : attach.id, envelope.via);
    let exchange = isKnown ? this._exchanges.get(name) : undefined;
    if (!exchange) {
      exchange = new ServerExchange(this._env, this, peer, envelope);
      // One without the secret must not stand where copies of another's requests are looked for.
      if (isKnown) {
        exchange._name = name;
        this._exchanges.set(name, exchange);
      }
    }
    return exchange.request(request, responder);
  }

  private _nextRequest(request: RequestLines, responder: Responder, peer: Peer): ResponderEvents {
    const { envelope } = request;
    const session = this._find(envelope.id, envelope.key);
    if (!session) return this._answer(responder, envelope, formatGone(this._gone(envelope.id, envelope.key)));
    session._confirm();
    const { id, via } = envelope;
    const isIt = (other: Arriving): other is ServerExchange => other instanceof ServerExchange && other.via === via;
    // Or one that resumes, and waits for `authorize`.
    const exchange = session._transports.find(isIt) ?? this._exchanges.get(exchangeName(id, via));
    if (!exchange)
      return this._reject(
        peer,
        responder,
        envelope,
        'ERR_TRANSPORT',
        'this transport is not attached (any more); attach anew',
      );
    return exchange.request(request, responder);
  }

  /** A GET that reads what a POST asked for; `isScript` if a form did (PROTOCOL.md section 5.6). */
  openTicket(ticket: string, responder: Responder, peer: Peer, isScript = false): ResponderEvents {
    const found = this._tickets.take(ticket, isScript);
    const events = found?.exchange.redeem(found.n, responder) ?? null;
    return events ?? this._reject(peer, responder, null, 'ERR_TICKET', 'this ticket is unknown, used or expired');
  }

  /** Sends to every session: encoded once, kept by reference. A session that is full ends with 4901, one whose client takes no message so large with 1009. */
  broadcast(data: Data): void {
    const message = new SharedMessage(this._env, data);
    const { maxMessageBytes } = this._options;
    if (message.bytes > maxMessageBytes) {
      throw new HoldfastError(
        'ERR_TOO_LARGE',
        `the message has ${message.bytes} bytes, the limit is ${maxMessageBytes}`,
      );
    }
    this._makeRoom(MESSAGE_OVERHEAD_BYTES * this._sessions.size);
    for (const session of this._sessions.values()) session._broadcast(message);
  }

  /** Those that read must not suffer for those that don't: at the server's total the fullest sessions give way to a broadcast. */
  private _makeRoom(bytes: number): void {
    const most = this._options.maxTotalBufferedBytes - bytes;
    if (this._totalBytes <= most) return;
    const fullest = Array.from(this._sessions.values()).sort((a, b) => b._cost - a._cost);
    for (const session of fullest) {
      if (this._totalBytes <= most) return;
      session._overflow();
    }
  }

  /** Why a new session of this peer would be refused with `ERR_FULL` now; `''` if there is room for it. */
  whyFull({ address }: Peer): string {
    const { maxSessions, maxSessionsPerAddress } = this._options;
    if (this._closing) return 'the server restarts';
    if (this._sessions.size >= maxSessions || this._arriving.size > maxSessions)
      return 'the server holds as many sessions as it may';
    if (address !== '' && this._addresses.of(address) >= maxSessionsPerAddress)
      return 'this address holds as many sessions as it may';
    return '';
  }

  /** Ends every session with 1012 and a time to come back; calls `done` when all have ended, at the latest after `drainMs`. */
  close(options: HubCloseOptions, done: () => void): void {
    if (this._closing) return;
    this._closing = { options, done };
    const retryAfterMs = (): number => Math.round(options.retryAfterMs + this._env.random() * options.spreadMs);
    for (const session of this._sessions.values())
      session._closeWith(CLOSE.restart, 'the server restarts', retryAfterMs());
    this._env.setTimer(() => {
      for (const session of Array.from(this._sessions.values())) {
        session._end(CLOSE.restart, 'the server restarts', false, retryAfterMs());
      }
      for (const arriving of Array.from(this._arriving))
        arriving._refuse('ERR_FULL', 'the server restarts', { retryAfterMs: retryAfterMs() });
    }, options.drainMs);
    if (this._sessions.size === 0) this._env.defer(done);
  }

  // ---- attaching

  /** The first packet of a transport. @internal */
  _arrive(transport: Arriving, line: string): void {
    this._arriving.add(transport);
    const attach = (): void => {
      if (!transport._isFinished) this._attach(transport, line);
    };
    if (this._host.pace) this._host.pace(attach);
    else attach();
  }

  private _attach(transport: Arriving, line: string): void {
    const attach = readAttach(line);
    if (!attach) transport._refuse('ERR_PACKET', 'the first packet must be an attach');
    else if (attach.v !== PROTOCOL_VERSION) {
      transport._refuse('ERR_VERSION', 'this server does not speak that version', { versions: [PROTOCOL_VERSION] });
    } else if ('nonce' in attach) this._arriveNew(transport, attach);
    else this._arriveResume(transport, attach);
  }

  private _arriveNew(transport: Arriving, attach: NewAttach): void {
    const gone = (): boolean => {
      // What is older than this server, or than its memory of used nonces, may have made a session that nobody knows of any more.
      const memoryMs = this._nonces.has(attach.nonce) ? Infinity : this._nonceMs;
      // Clocks tell whole milliseconds, so that what has the same age may be older.
      const isTooOld = attach.age > 0 && attach.age >= Math.min(this._env.now() - this._startedAt, memoryMs);
      if (!isTooOld && !this._graveyard.hasNonce(attach.nonce)) return false;
      // An attempt that was sent earlier, and looks younger, may still be on its way.
      if (isTooOld) this._graveyard.buryNonce(attach.nonce);
      this._env.trace?.('tombstone', { isNonce: true });
      transport.finish(formatGone({ code: CLOSE.lost, reason: 'this session was created before, and is gone' }));
      return true;
    };
    if (gone()) return;
    if (!this._nonces.has(attach.nonce) && this._isFull(transport)) return;
    this._authorize(transport, attach.auth, (user) => {
      if (gone()) return;
      const known = this._nonces.get(attach.nonce);
      if (known && !this._host.sameUser(known.user, user)) {
        transport._refuse('ERR_REFUSED', 'another user has begun this session');
        return;
      }
      if (!known && this._isFull(transport)) return;
      const session = known ?? this._create(transport._peer, user, attach);
      this._settle(transport, session);
      session._attach(transport, { got: ZERO, ack: ZERO, choice: attach.choice }, true);
      if (!known) {
        this._env.trace?.('session', { session: session.id });
        this._host.session(session);
      }
      this._joined(transport, session);
    });
  }

  private _arriveResume(transport: Arriving, attach: ResumeAttach): void {
    const session = this._find(attach.id, attach.key);
    if (!session) {
      transport.finish(formatGone(this._gone(attach.id, attach.key)));
      return;
    }
    session._confirm();
    this._authorize(transport, attach.auth, (user) => {
      if (session.state === 'closed') {
        transport.finish(formatGone(this._gone(attach.id, attach.key)));
        return;
      }
      if (!this._host.sameUser(session.user, user)) {
        session._end(CLOSE.policy, 'another user came with this session', false);
        transport.finish(formatGone({ code: CLOSE.policy, reason: 'another user came with this session' }));
        return;
      }
      this._settle(transport, session);
      session._attach(transport, attach, false);
      this._joined(transport, session);
    });
  }

  private _authorize(transport: Arriving, auth: unknown, then: (user: unknown) => void): void {
    let isDecided = false;
    this._host.authorize(transport._peer, auth, (verdict) => {
      if (isDecided || transport._isFinished) return;
      isDecided = true;
      if ('refuse' in verdict) {
        const { refuse, retryAfterMs } = verdict;
        if (retryAfterMs === undefined) transport._refuse('ERR_REFUSED', refuse);
        else transport._refuse('ERR_FULL', refuse, { retryAfterMs });
      } else then(verdict.user);
    });
  }

  private _isFull(transport: Arriving): boolean {
    const why = this.whyFull(transport._peer);
    if (why === '') return false;
    const retryAfterMs = this._closing
      ? Math.round(this._closing.options.retryAfterMs + this._env.random() * this._closing.options.spreadMs)
      : RETRY_FULL_MS;
    transport._refuse('ERR_FULL', why, { retryAfterMs });
    return true;
  }

  private _create(peer: Peer, user: unknown, attach: NewAttach): ServerSession {
    const id = this._env.token();
    const key = this._env.token();
    const session = new ServerSession(
      this._env,
      this,
      this._options,
      peer,
      user,
      attach.nonce,
      id,
      key,
      this._host.digest(key),
    );
    session._offer(attach.window, attach.max, this._host.selectProtocol(attach.protocols, peer));
    this._sessions.set(id, session);
    this._nonces.set(attach.nonce, session);
    this._addresses.add(peer.address);
    return session;
  }

  private _settle(transport: Arriving, session: ServerSession): void {
    this._arriving.delete(transport);
    this._statistics.attached(transport.name);
    transport._belong(session);
  }

  private _joined(transport: Arriving, session: ServerSession): void {
    if (!transport._isFinished) this._host.attached?.(session, transport.name);
    transport._release();
  }

  private _find(id: string, key: string): ServerSession | null {
    const session = this._sessions.get(id);
    return session && this._host.sameDigest(session._digest, this._host.digest(key)) ? session : null;
  }

  private _gone(id: string, key: string): GoneInfo {
    const tombstone = this._graveyard.find(id);
    if (!tombstone || !this._host.sameDigest(tombstone.digest, this._host.digest(key))) {
      return {
        code: CLOSE.lost,
        reason: 'no such session here: the server was restarted, it is another server, or the resume window passed',
      };
    }
    this._env.trace?.('tombstone', { isNonce: false });
    return tombstone.gone;
  }

  // ---- what transports and sessions report

  /** @internal */
  _left(transport: Arriving): void {
    this._arriving.delete(transport);
    if (!(transport instanceof ServerExchange)) return;
    this._exchanges.delete(transport._name);
  }

  /** @internal */
  _forgetNonce(nonce: string): void {
    this._nonces.delete(nonce);
    this._graveyard.buryNonce(nonce);
  }

  /** @internal */
  _ended(session: ServerSession, event: CloseEvent, retryAfterMs: number, ack: Position): void {
    const { id, _digest: digest } = session;
    this._sessions.delete(id);
    this._graveyard.bury(id, digest, {
      code: event.code,
      reason: event.reason,
      ack,
      retryAfterMs: retryAfterMs || undefined,
    });
    this._addresses.remove(session._peer.address);
    this._statistics.ended(session, event.code);
    this._env.trace?.('ended', { session: id, code: event.code, reason: event.reason });
    this._host.ended(session, event);
    if (this._closing && this._sessions.size === 0) this._env.defer(this._closing.done);
  }

  /** So much more, or less, is buffered. @internal */
  _grow(bytes: number): void {
    this._totalBytes += bytes;
    if (this._refused.size === 0 || 4 * this._totalBytes > 3 * this._options.maxTotalBufferedBytes) return;
    const refused = Array.from(this._refused);
    this._refused.clear();
    this._env.defer(() => {
      for (const session of refused) session._drained();
    });
  }

  /** @internal */
  _count(error: string, peer: Peer): void {
    this._statistics.refused(error);
    this._host.refused?.(error, peer);
  }

  /** Makes a ticket, or takes the one of a client's `own`. `null`: that is the ticket of something else. @internal */
  _ticket(exchange: ServerExchange, n: number, ms: number, own = ''): string | null {
    return this._tickets.issue(exchange, n, ms, own);
  }

  /** Answers a request that belongs to no transport. @internal */
  _reject(
    peer: Peer,
    responder: Responder,
    to: Pick<RequestEnvelope, 'id' | 'via' | 'n'> | null,
    code: string,
    message: string,
    more: object = {},
  ): ResponderEvents {
    this._count(code, peer);
    return this._answer(responder, to, formatError({ code, message, ...more }));
  }

  private _answer(
    responder: Responder,
    to: Pick<RequestEnvelope, 'id' | 'via' | 'n'> | null,
    line: string,
  ): ResponderEvents {
    const first = to ? formatAnswerLine(to.id === '' ? '-' : to.id, to.via, to.n) : formatAnswerLine('-', 0, -1);
    responder.end(`${first}${line}.\n`);
    return IGNORED;
  }
}

function readAttach(line: string): NewAttach | ResumeAttach | null {
  if (line.startsWith('n')) return parseNew(line.slice(1));
  return line.startsWith('r') ? parseResume(line.slice(1)) : null;
}

function exchangeName(owner: string, via: number): string {
  // What is put together otherwise may stay in pieces for as long as it lives.
  return [owner, via].join('/');
}
