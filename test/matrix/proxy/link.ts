import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { Flow, type LinkState } from './flow.js';
import { Lane } from './lane.js';

/** How long nobody is connected before the link counts as deserted. */
const DESERTED_MS = 1000;

/** One connection over the link. */
interface Crossing {
  readonly client: Socket;
  readonly inner: Socket;
  readonly up: Flow;
  readonly down: Flow;
  isHalfOpen: boolean;
  timer: NodeJS.Timeout | undefined;
}

/** The network between the clients and a proxy: it passes bytes and knows nothing of HTTP. */
export class Link {
  readonly #link: LinkState;
  readonly #innerPort: number;
  readonly #server: Server;
  readonly #up = new Lane();
  readonly #down = new Lane();
  readonly #open = new Set<Crossing>();
  readonly #waiting = new Set<Socket>();
  readonly #onDeserted: () => void;
  #desertedTimer: NodeJS.Timeout | undefined;

  constructor(innerPort: number, link: LinkState, onDeserted: () => void) {
    this.#innerPort = innerPort;
    this.#link = link;
    this.#onDeserted = onDeserted;
    // A side that has said all may still listen.
    this.#server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true });
    this.#server.on('connection', (client) => this.#arrived(client));
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async listen(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  /** Breaks every connection at whatever byte it is. */
  cut(): void {
    for (const client of this.#waiting) client.destroy();
    for (const { client, inner } of this.#open) {
      client.destroy();
      inner.destroy();
    }
  }

  /** Leaves every connection open, and takes nothing more from it: half-open for both ends. */
  freeze(): void {
    for (const crossing of this.#open) this.#mute(crossing);
  }

  /** The network is here again. */
  returned(isReset: boolean): void {
    for (const crossing of this.#open) if (isReset && crossing.isHalfOpen) crossing.client.resetAndDestroy();
    this.#admit();
  }

  async close(): Promise<void> {
    clearTimeout(this.#desertedTimer);
    this.#server.close();
    this.cut();
    await once(this.#server, 'close');
    clearTimeout(this.#desertedTimer);
  }

  #arrived(client: Socket): void {
    const { behaviour, counts } = this.#link;
    client.on('error', () => {});
    if (behaviour().isDown) {
      client.destroy();
      return;
    }
    counts.connections++;
    clearTimeout(this.#desertedTimer);
    this.#waiting.add(client);
    client.once('close', () => this.#waiting.delete(client));
    this.#admit();
    if (this.#waiting.has(client)) counts.waitingConnections++;
  }

  /** Lets those in for whom there is room. */
  #admit(): void {
    for (const client of this.#waiting) {
      const { away, maxConnections } = this.#link.behaviour();
      if (away !== 'no' || this.#open.size >= maxConnections) return;
      this.#waiting.delete(client);
      this.#cross(client);
    }
  }

  #cross(client: Socket): void {
    const inner = connect({ port: this.#innerPort, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    const up = new Flow(client, inner, this.#up, this.#link);
    const down = new Flow(inner, client, this.#down, this.#link);
    const crossing: Crossing = { client, inner, up, down, isHalfOpen: false, timer: undefined };
    this.#open.add(crossing);
    this.#watch(crossing);
    this.#couple(crossing, inner, client);
    this.#couple(crossing, client, inner);
    client.resume();
  }

  /** When one socket is gone the other goes, in the same way; unless neither hears of the other any more. */
  #couple(crossing: Crossing, socket: Socket, other: Socket): void {
    socket.on('error', () => {});
    socket.once('close', (hadError) => {
      if (!crossing.isHalfOpen) {
        if (hadError) other.resetAndDestroy();
        else if (socket.readableEnded) other.end();
        else other.destroy();
      }
      if (crossing.client.destroyed && (crossing.inner.destroyed || crossing.isHalfOpen)) this.#closed(crossing);
    });
  }

  #closed(crossing: Crossing): void {
    clearTimeout(crossing.timer);
    // The end that was left alone hears nothing, as in life; it goes with the proxy.
    if (crossing.inner.destroyed) this.#open.delete(crossing);
    this.#admit();
    if ([...this.#open].some(({ client }) => !client.destroyed)) return;
    clearTimeout(this.#desertedTimer);
    this.#desertedTimer = setTimeout(this.#onDeserted, DESERTED_MS);
  }

  /** A box that has forgotten a connection which was idle. */
  #watch(crossing: Crossing): void {
    const { maxIdleMs } = this.#link.behaviour();
    const idleMs = performance.now() - Math.max(crossing.up.passedAt, crossing.down.passedAt);
    if (idleMs >= maxIdleMs) this.#mute(crossing);
    else if (maxIdleMs < Infinity) crossing.timer = setTimeout(() => this.#watch(crossing), maxIdleMs - idleMs);
  }

  #mute(crossing: Crossing): void {
    if (crossing.isHalfOpen) return;
    crossing.isHalfOpen = true;
    this.#link.counts.halfOpenConnections++;
    crossing.up.stop();
    crossing.down.stop();
  }
}
