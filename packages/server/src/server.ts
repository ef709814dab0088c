import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import {
  Emitter,
  Hub,
  type Data,
  type ErrorCode,
  type HubStats,
  type Peer,
  type ServerSession,
} from '@holdfast/protocol';
import { Admission } from './admission.js';
import { ByteBudget } from './byte-budget.js';
import { AddressFinder } from './client-address.js';
import { ClientFile } from './client-file.js';
import type { Complainant } from './complain.js';
import { DoctorEndpoint } from './doctor-endpoint.js';
import { DoctorPage } from './doctor-page.js';
import { FrontDoor, type FrontDoorParts } from './front-door.js';
import { HostPolicy } from './host-policy.js';
import { HttpAttachment } from './http-attachment.js';
import type { AnyHttpServer, AnyRequest, AnyResponse } from './http-types.js';
import { digest, isSameDigest, nodeEnvironment, report } from './node-environment.js';
import type { AttachOptions, CloseOptions, ServerOptions } from './options.js';
import { OriginPolicy } from './origin-policy.js';
import { NodePeer } from './peer.js';
import type { ServerEvents } from './server-events.js';
import { checkPath, settle, settleClose, type Settings } from './settings.js';
import { TurnShare } from './turn-share.js';
import { mountedRouteOf, pathOf, ticketOf, type Route } from './url-path.js';
import { WebSockets } from './web-sockets.js';

/** A snapshot of a server: gauges, and counters since its start. What a metrics exporter needs. */
export interface ServerStats extends HubStats {
  /** Open WebSockets, attached or not. */
  readonly webSockets: number;
  /** Bytes of request bodies that are under way. */
  readonly bodyBytes: number;
}

/** Middleware as Express and Connect take it. */
export type Middleware = (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void) => void;

/** Warnings about the application's functions are given at most this often: clients could cause them at will. */
const WARNING_INTERVAL_MS = 60_000;

/**
 * A Holdfast server: sessions with clients, over whatever the network lets through.
 *
 * @example
 * ```ts
 * const http = createServer(app);
 * const holdfast = new Server({ origins: ['https://shop.example'] });
 * holdfast.on('session', (session) => {
 *   session.on('message', (data) => session.send(data));
 * });
 * holdfast.attach(http);
 * http.listen(3000);
 * ```
 */
export class Server extends Emitter<ServerEvents> {
  readonly #settings: Settings;
  readonly #hub: Hub;
  readonly #door: FrontDoor;
  readonly #doctor: DoctorEndpoint | null;
  readonly #webSockets: WebSockets;
  readonly #bodies: ByteBudget;
  readonly #detachers = new Set<() => void>();
  /** Errors that the hub has not heard of. */
  readonly #errors: Record<string, number> = {};
  #warnedAt = -Infinity;
  #closing: Promise<void> | null = null;

  /**
   * @throws {@link HoldfastError} `ERR_OPTION` for an option that makes no sense, naming option, value and range.
   */
  constructor(options: ServerOptions = {}) {
    super();
    const settings = settle(options);
    const complain = (where: Complainant, error: unknown): void => this.#complain(where, error);
    const { origins, trustProxy, serveClient, authorize, sameUser, protocols } = settings;
    const admission = new Admission({ authorize, sameUser, protocols, complain });
    const addresses = new AddressFinder(trustProxy, complain);
    const attaches = new TurnShare();
    const environment = nodeEnvironment();
    const instance = environment.token();
    this.#settings = settings;
    this.#bodies = new ByteBudget(settings.maxTotalBodyBytes);
    const refused = (code: string, peer: Peer): void => {
      const address = peer instanceof NodePeer ? peer.clientAddress : '';
      this._emit('refused', { code: code as ErrorCode, address, origin: peer.origin });
    };
    this.#webSockets = new WebSockets((code, peer) => {
      this.#count(code);
      refused(code, peer);
    });
    this.#hub = new Hub(
      environment,
      {
        pace: (attach) => attaches.run(attach),
        authorize: (peer, auth, done) => admission.authorize(peer, auth, done),
        sameUser: (a, b) => admission.sameUser(a, b),
        selectProtocol: (offered, peer) => admission.selectProtocol(offered, peer),
        session: (session) => this._emit('session', session),
        attached: (session, transport) => this._emit('attach', { session, transport }),
        ended: (session, { code, reason, unconfirmed }) => this._emit('close', { code, reason, unconfirmed, session }),
        refused,
        digest,
        sameDigest: isSameDigest,
      },
      { ...settings, instance },
    );
    const parts: FrontDoorParts = {
      hub: this.#hub,
      origins: new OriginPolicy(origins, addresses, complain),
      hosts: new HostPolicy(settings.hosts, Array.isArray(origins) ? origins : [], trustProxy !== false),
      addresses,
      webSockets: this.#webSockets,
      clientFile: serveClient === false ? null : new ClientFile(serveClient),
      doctor: null,
      jsonp: settings.jsonp,
      bodies: this.#bodies,
      maxBodyBytes: settings.maxBodyBytes,
      bodyTimeoutMs: settings.bodyTimeoutMs,
      resumeWindowMs: settings.resumeWindowMs,
      refused: (code, request, origin) => {
        this.#count(code);
        this._emit('refused', { code, address: addresses.find(request).address, origin });
      },
      complain,
    };
    const { doctor } = settings;
    this.#doctor =
      doctor === false ? null : new DoctorEndpoint(nodeEnvironment(), admission, this.#hub, settings, instance);
    this.#door = new FrontDoor({
      ...parts,
      ...(doctor !== false &&
        this.#doctor && {
          doctor: {
            door: new FrontDoor({ ...parts, hub: this.#doctor.hub, clientFile: null }),
            page: new DoctorPage(doctor),
          },
        }),
    });
  }

  /** Every session that has not ended, by id. */
  get sessions(): ReadonlyMap<string, ServerSession> {
    return this.#hub.sessions;
  }

  /** Counts of what is and what was. */
  stats(): ServerStats {
    const stats = this.#hub.stats();
    const errors: Record<string, number> = { ...stats.errors };
    for (const [code, count] of Object.entries(this.#errors)) errors[code] = (errors[code] ?? 0) + count;
    return { ...stats, errors, webSockets: this.#webSockets.count, bodyBytes: this.#bodies.used };
  }

  /**
   * Sends to every session; encoded once. A session whose buffer is full ends with 4901.
   *
   * @throws {@link HoldfastError} `ERR_TEXT` for a lone surrogate, `ERR_TOO_LARGE` beyond `maxMessageBytes`.
   */
  broadcast(data: Data): void {
    this.#hub.broadcast(data);
  }

  /**
   * Takes requests and upgrades for the endpoint's path from an HTTP server (`node:http`, `node:https`, or `node:http2` with `allowHTTP1`), before
   * any listener of the application, whenever that is added. All others are left alone; but upgrades that nobody else listens for get 404, as do
   * requests, because they would hang.
   *
   * @returns a function that undoes it. `close` does so too.
   * @throws {@link HoldfastError} `ERR_ATTACHED` if a Holdfast endpoint is at that path already, `ERR_OPTION` for a bad path.
   */
  attach(httpServer: AnyHttpServer, options: AttachOptions = {}): () => void {
    const { path = this.#settings.path, requests = true, upgrades = true } = options;
    const remove = HttpAttachment.of(httpServer).add({
      path: checkPath(path),
      door: this.#door,
      takesRequests: requests,
      takesUpgrades: upgrades,
    });
    const detach = (): void => {
      this.#detachers.delete(detach);
      remove();
    };
    this.#detachers.add(detach);
    return detach;
  }

  /**
   * Middleware for Express or Connect, at the top or under a mount path: it takes requests for `path`, for `path` below the mount, and for the mount
   * itself if that ends with `path`. WebSockets don't come through middleware: attach for those.
   *
   * @example
   * ```ts
   * app.use('/api', holdfast.middleware());
   * holdfast.attach(http, { path: '/api/holdfast', requests: false });
   * ```
   */
  middleware(): Middleware {
    return (request, response, next) => {
      const route = mountedRouteOf(request, this.#settings.path, this.#door.beside);
      if (route === null) next();
      else this.#door.handleRequest(request, response, route);
    };
  }

  /**
   * Answers a request that is for the endpoint, whatever its path. Hand it what comes for `<path>/<ticket>` as well: a `GET` whose path ends with 22
   * to 64 of `[A-Za-z0-9_-]` is one with a ticket. With the option `doctor`, what ends with `/doctor` or `/doctor.html` is the doctor's.
   */
  handleRequest(request: AnyRequest, response: AnyResponse): void {
    // HTTP/2's compatible objects do what is asked of them here.
    const { method, url = '/' } = request;
    const path = pathOf(url);
    const ticket = method === 'GET' ? ticketOf(path) : '';
    let route = this.#routeByEnd(ticket === '' ? path : path.slice(0, -ticket.length - 1));
    if (ticket !== '') route = route === 'doctor' ? 'doctor-ticket' : 'ticket';
    this.#door.handleRequest(request as IncomingMessage, response as ServerResponse, route);
  }

  /** Answers a WebSocket handshake that is for the endpoint, whatever its path. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#door.handleUpgrade(request, socket, head, this.#routeByEnd(pathOf(request.url ?? '/')));
  }

  /** Where paths are the application's business, only their ends can tell what is served beside the endpoint. */
  #routeByEnd(path: string): Route {
    const end = /\/[^/]*$/.exec(path)?.[0] ?? '';
    return (this.#doctor && this.#door.beside.get(end)) ?? 'endpoint';
  }

  /**
   * Ends every session with 1012, after what was sent has been delivered, and tells each client when to come back. New sessions are refused from
   * now on. When all is done the server is detached from its HTTP servers, which are the application's to close.
   */
  close(options: CloseOptions = {}): Promise<void> {
    const settled = settleClose(options);
    this.#closing ??= new Promise((resolve) => {
      // The hub's timers let the process end; this promise must not.
      this.#doctor?.close();
      const keepAlive = setInterval(() => undefined, 2 ** 31 - 1);
      this.#hub.close(settled, () => {
        clearInterval(keepAlive);
        this.#webSockets.close();
        for (const detach of this.#detachers) detach();
        resolve();
      });
    });
    return this.#closing;
  }

  /** @internal */
  protected override _listening(): void {
    // Nothing waits for a listener.
  }

  /** @internal */
  protected override _threw(error: unknown): void {
    report(error);
  }

  #count(code: ErrorCode): void {
    this.#errors[code] = (this.#errors[code] ?? 0) + 1;
  }

  #complain(where: Complainant, error: unknown): void {
    if (this._has('problem')) {
      this._emit('problem', { where, error });
      return;
    }
    const now = performance.now();
    if (now - this.#warnedAt < WARNING_INTERVAL_MS) return;
    this.#warnedAt = now;
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
    process.emitWarning(`Holdfast: ${where} failed; listen for 'problem' to see all of these.`, {
      type: 'HoldfastWarning',
      detail,
    });
  }
}
