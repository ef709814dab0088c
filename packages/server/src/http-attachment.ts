import type { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { HoldfastError } from '@holdfast/protocol';
import { refuseUpgrade, type FrontDoor } from './front-door.js';
import type { AnyHttpServer } from './http-types.js';
import { pathOf, routeOf, type Route } from './url-path.js';

/** One endpoint on an HTTP server. */
export interface AttachedDoor {
  readonly path: string;
  readonly door: FrontDoor;
  readonly takesRequests: boolean;
  readonly takesUpgrades: boolean;
}

const attachments = new WeakMap<AnyHttpServer, HttpAttachment>();

/** Marks our placeholders, also those of another copy of this package. */
const PLACEHOLDER = Symbol.for('holdfast.placeholder');

type Listener = (...args: never[]) => void;

/**
 * Joins endpoints to an HTTP server. It stands before `emit`, because only there no listener of the application gets to see our requests,
 * whenever and however it is added; everything else passes as it was. All endpoints on one server share one.
 */
export class HttpAttachment {
  readonly #server: AnyHttpServer;
  readonly #emitter: EventEmitter;
  readonly #doors: AttachedDoor[] = [];
  #restore: (() => void) | null = null;

  private constructor(server: AnyHttpServer) {
    this.#server = server;
    this.#emitter = server;
  }

  /** The one of `server`. */
  static of(server: AnyHttpServer): HttpAttachment {
    let attachment = attachments.get(server);
    if (!attachment) {
      attachment = new HttpAttachment(server);
      attachments.set(server, attachment);
    }
    return attachment;
  }

  /**
   * Adds an endpoint.
   *
   * @returns a function that removes it.
   * @throws {@link HoldfastError} `ERR_ATTACHED` if there is one at this path.
   */
  add(door: AttachedDoor): () => void {
    if (this.#doors.some((other) => other.path === door.path)) {
      throw new HoldfastError('ERR_ATTACHED', `this HTTP server has a Holdfast endpoint at ${door.path} already`);
    }
    this.#doors.push(door);
    this.#restore ??= this.#interpose();
    return () => {
      const index = this.#doors.indexOf(door);
      if (index >= 0) this.#doors.splice(index, 1);
      if (this.#doors.length > 0) return;
      this.#restore?.();
      this.#restore = null;
    };
  }

  #interpose(): () => void {
    const emitter = this.#emitter;
    const own = Object.getOwnPropertyDescriptor(emitter, 'emit');
    const emit = emitter.emit.bind(emitter);
    const ours = (event: string | symbol, ...args: unknown[]): boolean =>
      this.#take(event, args) || emit(event, ...args);
    Object.defineProperty(emitter, 'emit', { value: ours, configurable: true, writable: true, enumerable: false });
    const removePlaceholders = this.#addPlaceholders();
    return () => {
      removePlaceholders();
      // If somebody has come before us since, ours stays, and lets everything pass.
      if (emitter.emit !== ours) return;
      if (own) Object.defineProperty(emitter, 'emit', own);
      else delete (emitter as { emit?: unknown }).emit;
    };
  }

  /** Handles an event that is for one of our endpoints. */
  #take(event: unknown, args: unknown[]): boolean {
    if (event === 'upgrade') {
      const [request, socket, head] = args as [IncomingMessage, Duplex, Buffer];
      const found = this.#find(request, true);
      found?.door.handleUpgrade(request, socket, head, found.route);
      return found !== null;
    }
    if (event !== 'request' && event !== 'checkContinue' && event !== 'checkExpectation') return false;
    const [request, response] = args as [IncomingMessage, ServerResponse];
    const found = this.#find(request, false);
    if (!found) return false;
    if (event === 'checkExpectation') response.writeHead(417).end();
    else {
      if (event === 'checkContinue') response.writeContinue();
      found.door.handleRequest(request, response, found.route);
    }
    return true;
  }

  #find(request: IncomingMessage, isUpgrade: boolean): { door: FrontDoor; route: Route } | null {
    const path = pathOf(request.url ?? '/');
    let byTicket: { door: FrontDoor; route: Route } | null = null;
    for (const { path: endpoint, door, takesRequests, takesUpgrades } of this.#doors) {
      const route = routeOf(path, endpoint, door.beside);
      const isTaken = isUpgrade ? takesUpgrades && (route === 'endpoint' || route === 'doctor') : takesRequests;
      if (route === null || !isTaken) continue;
      if (route !== 'ticket') return { door, route };
      // Another endpoint below this one may be called like a ticket.
      byTicket ??= { door, route };
    }
    return byTicket;
  }

  /**
   * Node gives out upgrades only if somebody listens, and HTTP/2 requests in their compatible form likewise. These listen, and answer what
   * would hang for ever because nobody else does.
   */
  #addPlaceholders(): () => void {
    const onUpgrade = (_request: IncomingMessage, socket: Duplex): void => {
      if (this.#isAlone('upgrade', onUpgrade))
        refuseUpgrade(socket, 404, 'Not Found', 'Nobody is here to upgrade to.\n');
    };
    const onRequest = (_request: IncomingMessage, response: ServerResponse): void => {
      // Listeners of HTTP/2 streams may be answering; the compatible interface is one of them.
      if (!this.#isAlone('request', onRequest) || this.#server.listenerCount('stream') > 1) return;
      response.statusCode = 404;
      response.end();
    };
    for (const placeholder of [onUpgrade, onRequest]) Object.defineProperty(placeholder, PLACEHOLDER, { value: true });
    this.#emitter.on('upgrade', onUpgrade);
    this.#emitter.on('request', onRequest);
    return () => {
      this.#emitter.off('upgrade', onUpgrade);
      this.#emitter.off('request', onRequest);
    };
  }

  /** Whether only placeholders listen, and `listener` is the first of them. */
  #isAlone(event: string, listener: Listener): boolean {
    const listeners = this.#emitter.listeners(event);
    return listeners[0] === listener && listeners.every((other) => PLACEHOLDER in other);
  }
}
