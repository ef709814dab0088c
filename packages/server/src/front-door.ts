import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { formatAnswerLine, formatError, type ErrorCode, type Hub } from '@holdfast/protocol';
import { answerPreflight, setAnswerHeaders } from './answer-headers.js';
import type { ByteBudget } from './byte-budget.js';
import type { AddressFinder } from './client-address.js';
import type { ClientFile } from './client-file.js';
import type { Complain } from './complain.js';
import type { DoctorPage } from './doctor-page.js';
import type { HostPolicy } from './host-policy.js';
import { EVENT_STREAM, HttpResponder, PLAIN, type AnswerForm } from './http-responder.js';
import { isHttp2 } from './http-types.js';
import { bodyOfForm, boundaryOf, forgetUser, scriptForm, wantsScript } from './jsonp.js';
import type { OriginPolicy } from './origin-policy.js';
import { NodePeer } from './peer.js';
import { readBody, type BodyOutcome } from './request-body.js';
import { endUnread } from './unread-answer.js';
import { ticketOf, type Beside, type Route } from './url-path.js';
import type { WebSockets } from './web-sockets.js';

/** Tells of a connection that was turned away before the hub heard of it. */
type Refused = (code: ErrorCode, request: IncomingMessage, origin: string | null) => void;

/** What the front door is made of. */
export interface FrontDoorParts {
  readonly hub: Hub;
  readonly origins: OriginPolicy;
  readonly hosts: HostPolicy;
  readonly addresses: AddressFinder;
  readonly webSockets: WebSockets;
  readonly clientFile: ClientFile | null;
  readonly doctor: { readonly door: FrontDoor; readonly page: DoctorPage } | null;
  readonly jsonp: boolean;
  readonly bodies: ByteBudget;
  readonly maxBodyBytes: number;
  readonly bodyTimeoutMs: number;
  /** How long an answer that has ended is kept while nothing more of it leaves. */
  readonly resumeWindowMs: number;
  readonly refused: Refused;
  readonly complain: Complain;
}

/** Takes requests and upgrades, decides who may speak, and hands the hub what it can work with. */
export class FrontDoor {
  /** What else than the endpoint is ours. */
  readonly beside: Beside;
  readonly #parts: FrontDoorParts;

  constructor(parts: FrontDoorParts) {
    this.#parts = parts;
    const beside = new Map<string, Route>();
    if (parts.clientFile) beside.set('/client.js', 'client');
    if (parts.doctor) beside.set('/doctor', 'doctor').set('/doctor.html', 'doctor-page');
    this.beside = beside;
  }

  /** Answers a request. It never throws, whatever the request. */
  handleRequest(request: IncomingMessage, response: ServerResponse, route: Route): void {
    // A connection that breaks is told by `close`; without listeners its error would end the process.
    request.on('error', ignore);
    response.on('error', ignore);
    const { clientFile, doctor, resumeWindowMs } = this.#parts;
    switch (route) {
      case 'endpoint':
        this.#handle(request, response);
        break;
      case 'ticket':
        this.#handleTicket(request, response);
        break;
      case 'client':
        clientFile?.handle(request, response, resumeWindowMs);
        break;
      case 'doctor':
        doctor?.door.handleRequest(request, response, 'endpoint');
        break;
      case 'doctor-ticket':
        doctor?.door.handleRequest(request, response, 'ticket');
        break;
      case 'doctor-page':
        doctor?.page.handle(request, response, resumeWindowMs);
    }
  }

  #handle(request: IncomingMessage, response: ServerResponse): void {
    switch (request.method) {
      case 'POST':
        this.#post(request, response);
        break;
      case 'GET':
        this.#answerPlainGet(request, response);
        break;
      case 'OPTIONS':
        answerPreflight(request, response);
        break;
      case undefined:
      default:
        this.#refuseMethod(
          request,
          response,
          'GET, OPTIONS, POST',
          'This is a Holdfast endpoint. It takes POST, and GET for WebSocket.\n',
        );
    }
  }

  #handleTicket(request: IncomingMessage, response: ServerResponse): void {
    switch (request.method) {
      case 'GET':
        this.#getByTicket(request, response);
        break;
      case 'OPTIONS':
        answerPreflight(request, response);
        break;
      case undefined:
      default:
        this.#refuseMethod(request, response, 'GET, OPTIONS', 'This takes GET.\n');
    }
  }

  /** Answers a WebSocket handshake. It never throws, whatever the request. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer, route: Route = 'endpoint'): void {
    const { hub, webSockets, doctor } = this.#parts;
    if (route === 'doctor') {
      doctor?.door.handleUpgrade(request, socket, head);
      return;
    }
    socket.on('error', ignore);
    const { code, origin } = this.#admit(request);
    if (code !== null) {
      this.#parts.refused(code, request, origin);
      refuseUpgrade(socket, 403, 'Forbidden', `${code}: ${MESSAGES[code]}\n`);
      return;
    }
    const peer = this.#peer(request, origin);
    if (peer) webSockets.accept(request, socket, head, peer, (io) => hub.openSocket(io, peer));
    else socket.destroy();
  }

  #post(request: IncomingMessage, response: ServerResponse): void {
    const { maxBodyBytes, bodyTimeoutMs, bodies, jsonp } = this.#parts;
    const { code, origin } = this.#admit(request);
    if (code !== null) {
      this.#refuse(request, response, code, origin, PLAIN);
      return;
    }
    // Now, because the address is lost when the connection is.
    const isJsonp = jsonp && boundaryOf(request) !== null;
    const peer = this.#peer(request, origin, isJsonp);
    if (!peer) return;
    if (isJsonp) forgetUser(request);
    const limits = { maxBytes: maxBodyBytes, timeoutMs: bodyTimeoutMs, budget: bodies };
    readBody(request, limits, (outcome) => this.#bodyRead(request, response, peer, outcome));
  }

  #bodyRead(request: IncomingMessage, response: ServerResponse, peer: NodePeer, outcome: BodyOutcome): void {
    const { origin } = peer;
    switch (outcome.kind) {
      case 'whole': {
        const boundary = boundaryOf(request);
        const form = boundary === null ? null : bodyOfForm(outcome.text, boundary);
        if (form !== null && !peer.isForm) {
          this.#refuse(request, response, 'ERR_JSONP', origin, PLAIN);
          break;
        }
        const responder = new HttpResponder(request, response, PLAIN, origin, this.#parts.resumeWindowMs);
        responder.bind(this.#parts.hub.openRequest(form ?? outcome.text, responder, peer));
        break;
      }
      case 'failed':
        this.#refuse(request, response, outcome.code, origin, PLAIN);
        break;
      case 'eaten':
        this.#parts.complain('body', new Error(EATEN));
        this.#refuse(request, response, 'ERR_PACKET', origin, PLAIN);
        break;
      case 'gone':
        // There is nobody to answer.
        break;
    }
  }

  #getByTicket(request: IncomingMessage, response: ServerResponse): void {
    const ticket = ticketOf(request.url ?? '');
    const isScript = wantsScript(request);
    const form = !isScript ? EVENT_STREAM : this.#parts.jsonp ? scriptForm(request) : null;
    const { code, origin } = this.#admit(request);
    if (code !== null || form === null) {
      this.#refuse(request, response, code ?? 'ERR_JSONP', origin, form ?? PLAIN);
      return;
    }
    const responder = new HttpResponder(request, response, form, origin, this.#parts.resumeWindowMs);
    const peer = this.#peer(request, origin);
    if (peer) responder.bind(this.#parts.hub.openTicket(ticket, responder, peer, isScript));
  }

  /** The rules of PROTOCOL.md section 10, the same for whatever comes. */
  #admit(request: IncomingMessage): { code: 'ERR_HOST' | 'ERR_ORIGIN' | null; origin: string | null } {
    const { isAllowed, origin } = this.#parts.origins.decide(request);
    if (!this.#parts.hosts.isAllowed(request)) return { code: 'ERR_HOST', origin };
    return { code: isAllowed ? null : 'ERR_ORIGIN', origin };
  }

  /** An answer that is always the same, and that the page may read, or it would try for ever. */
  #refuse(
    request: IncomingMessage,
    response: ServerResponse,
    code: RefusalCode,
    origin: string | null,
    form: AnswerForm,
  ): void {
    this.#parts.refused(code, request, origin);
    response.statusCode = 200;
    setAnswerHeaders(response, form.contentType, origin);
    const error = formatError({
      code,
      message: MESSAGES[code],
      ...(code === 'ERR_FULL' && { retryAfterMs: RETRY_FULL_MS }),
    });
    const text = form.frame(`${formatAnswerLine('-', 0, -1)}${error}.\n`);
    endUnread(request, response, text, this.#parts.resumeWindowMs);
  }

  /** Somebody looks at the address, or a proxy has taken the handshake's `Upgrade` away. */
  #answerPlainGet(request: IncomingMessage, response: ServerResponse): void {
    const isStripped = request.headers['sec-websocket-key'] !== undefined;
    const text = isStripped
      ? 'This handshake for a WebSocket has come without its Upgrade header: a proxy on the way has removed it.\n'
      : 'This is a Holdfast endpoint. Clients speak to it by WebSocket or POST.\n';
    if (isHttp2(request)) {
      this.#answerText(request, response, 400, text);
      return;
    }
    response.setHeader('Upgrade', 'websocket');
    this.#answerText(request, response, 426, text);
  }

  #refuseMethod(request: IncomingMessage, response: ServerResponse, allowed: string, text: string): void {
    response.setHeader('Allow', allowed);
    this.#answerText(request, response, 405, text);
  }

  #answerText(request: IncomingMessage, response: ServerResponse, status: number, text: string): void {
    response.statusCode = status;
    setAnswerHeaders(response, 'text/plain; charset=utf-8', null);
    endUnread(request, response, text, this.#parts.resumeWindowMs);
  }

  /** `null` if the connection is gone already: it would have no address, and count for nobody. */
  #peer(request: IncomingMessage, origin: string | null, isFromForm = false): NodePeer | null {
    const { addresses } = this.#parts;
    const { socket } = request;
    // Node keeps what it was asked for with the socket: the port only where it matters.
    if (socket.destroyed || (socket.remoteAddress === undefined && socket.localPort !== undefined)) return null;
    const { address, limitKey } = addresses.find(request);
    return new NodePeer(request, limitKey, address, origin, isFromForm);
  }
}

type RefusalCode = keyof typeof MESSAGES;

const MESSAGES = {
  ERR_ORIGIN: "pages of this origin may not speak to this server; its option 'origins' says which may",
  ERR_HOST: "this server does not answer to this host name; its option 'hosts' says to which",
  ERR_BODY_SIZE: 'the request body is larger than allowed',
  ERR_BODY_CUT: 'the body ends inside a character; something in between has cut it',
  ERR_BODY_TIME: 'the request body did not arrive in time',
  ERR_PACKET: 'the request body is not UTF-8 text',
  ERR_FULL: 'too many request bodies are under way',
  ERR_JSONP: "the option 'jsonp' of this server is off, or the callback has another name than the client gives it",
} as const satisfies Partial<Record<ErrorCode, string>>;

const RETRY_FULL_MS = 2000;

const EATEN =
  'a body parser ahead of Holdfast has taken the request body: mount Holdfast before it, or let it be express.text() or express.raw()';

/** Answers a handshake with an error, and closes. */
export function refuseUpgrade(socket: Duplex, status: number, statusText: string, text: string): void {
  socket.on('error', ignore);
  socket.once('finish', () => socket.destroy());
  socket.end(
    [
      `HTTP/1.1 ${status} ${statusText}`,
      'Connection: close',
      'Content-Type: text/plain; charset=utf-8',
      'X-Content-Type-Options: nosniff',
      'Cache-Control: no-store, no-transform',
      `Content-Length: ${Buffer.byteLength(text)}`,
      '',
      text,
    ].join('\r\n'),
  );
}

function ignore(): void {
  // `close` follows every error of a connection, and is all that matters.
}
