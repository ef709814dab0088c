import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { CLEAN, type Behaviour } from './proxy-behaviour.js';
import { noCounts, type ProxyCounts } from './proxy/counts.js';
import { Dice } from './proxy/dice.js';
import { Link } from './proxy/link.js';
import { Requests, type Inside } from './proxy/requests.js';
import { passUpgrade } from './proxy/upgrades.js';

/**
 * A proxy on loopback, in front of one server, that does what proxies and networks of this world do; see {@link Behaviour}. Clients reach it
 * over a link that knows only bytes; behind that it speaks HTTP.
 */
export class HostileProxy {
  readonly counts: ProxyCounts = noCounts();
  /** Resolves when the first client has connected. */
  readonly firstConnection: Promise<void>;
  #behaviour: Behaviour;
  readonly #server: Server;
  readonly #sockets = new Set<Duplex>();
  readonly #requests: Requests;
  readonly #dice: Dice;
  readonly #inside: Inside;
  #link!: Link;
  #firstAt = NaN;

  /** Begins to listen on a port of its own in front of `targetPort`. Chance is the same for the same seed. */
  static async start(targetPort: number, behaviour: Partial<Behaviour> = {}, seed = 1): Promise<HostileProxy> {
    const proxy = new HostileProxy(targetPort, behaviour, seed);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    const { port } = proxy.#server.address() as AddressInfo;
    proxy.#link = new Link(port, proxy.#inside, () => proxy.#requests.repeatOld());
    await proxy.#link.listen();
    return proxy;
  }

  private constructor(targetPort: number, behaviour: Partial<Behaviour>, seed: number) {
    this.#behaviour = { ...CLEAN, ...behaviour };
    this.#dice = new Dice(seed);
    this.#inside = {
      targetPort,
      behaviour: () => this.#behaviour,
      counts: this.counts,
      dice: this.#dice,
      keep: (socket) => this.#keep(socket),
      isPortal: (now) => this.#isPortal(now),
    };
    this.#requests = new Requests(this.#inside);
    this.#server = createServer({ requestTimeout: 0, keepAliveTimeout: 60_000, noDelay: true });
    this.#server.on('connection', (socket) => this.#keep(socket));
    this.firstConnection = new Promise((resolve) => {
      this.#server.once('connection', () => {
        this.#firstAt = performance.now();
        resolve();
      });
    });
    this.#server.on('request', (incoming: IncomingMessage, outgoing: ServerResponse) => {
      this.#requests.pass(incoming, outgoing).catch(() => outgoing.destroy());
    });
    this.#server.on('upgrade', (incoming: IncomingMessage, socket: Duplex, head: Buffer) => {
      passUpgrade(this.#inside, incoming, socket, head);
    });
  }

  get port(): number {
    return this.#link.port;
  }

  /** Changes what becomes of later requests and connections. Those under way go on as they were, unless the network itself goes. */
  set(behaviour: Partial<Behaviour>): void {
    const before = this.#behaviour;
    this.#behaviour = { ...before, ...behaviour };
    const { away, isDown } = this.#behaviour;
    if (isDown && !before.isDown) this.cut();
    if (away !== 'no' && before.away === 'no') this.freeze();
    if (away === 'no' && before.away !== 'no') this.#link.returned(before.away === 'reset');
  }

  /** Breaks every connection at whatever byte it is. */
  cut(): void {
    if (this.#sockets.size > 0) this.counts.cuts++;
    this.#link.cut();
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Leaves every connection open, and takes nothing more from it: half-open for both ends. */
  freeze(): void {
    this.#link.freeze();
  }

  async close(): Promise<void> {
    this.#requests.close();
    await this.#link.close();
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await once(this.#server, 'close');
  }

  #keep(socket: Duplex): void {
    this.#sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => this.#sockets.delete(socket));
  }

  #isPortal({ portalMs, portalShare }: Behaviour): boolean {
    const isPortal = performance.now() - this.#firstAt < portalMs || this.#dice.strikes(portalShare);
    if (isPortal) this.counts.portals++;
    return isPortal;
  }
}
