import { once } from 'node:events';
import {
  createServer,
  request,
  type ClientRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { CLEAN, type Behaviour } from './proxy-behaviour.js';
import { Turnstile } from './turnstile.js';

/** What has happened in a proxy: shows that a fault did strike. */
export interface ProxyCounts {
  requests: number;
  upgrades: number;
  cuts: number;
  lostAnswers: number;
  repeatedRequests: number;
  reorderedRequests: number;
  refusedBodies: number;
}

/** A proxy on loopback, in front of one server, that does what proxies of this world do; see {@link Behaviour}. */
export class HostileProxy {
  readonly counts: ProxyCounts = {
    requests: 0,
    upgrades: 0,
    cuts: 0,
    lostAnswers: 0,
    repeatedRequests: 0,
    reorderedRequests: 0,
    refusedBodies: 0,
  };
  #behaviour: Behaviour;
  readonly #targetPort: number;
  readonly #server: Server;
  readonly #sockets = new Set<Duplex>();
  readonly #turnstile = new Turnstile();
  #randomState = 1;
  #lastPassed = 0;

  /** Begins to listen on a port of its own in front of `targetPort`. */
  static async start(targetPort: number, behaviour: Partial<Behaviour> = {}): Promise<HostileProxy> {
    const proxy = new HostileProxy(targetPort, behaviour);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  private constructor(targetPort: number, behaviour: Partial<Behaviour>) {
    this.#targetPort = targetPort;
    this.#behaviour = { ...CLEAN, ...behaviour };
    this.#server = createServer({ requestTimeout: 0, keepAliveTimeout: 60_000 });
    this.#server.on('connection', (socket: Socket) => {
      if (this.#behaviour.isDown) socket.destroy();
      else this.#keep(socket);
    });
    this.#server.on('request', (incoming: IncomingMessage, outgoing: ServerResponse) => {
      this.#pass(incoming, outgoing).catch(() => outgoing.destroy());
    });
    this.#server.on('upgrade', (incoming: IncomingMessage, socket: Duplex, head: Buffer) => {
      this.#upgrade(incoming, socket, head);
    });
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Changes what becomes of later requests and connections. Those under way go on as they were. */
  set(behaviour: Partial<Behaviour>): void {
    this.#behaviour = { ...this.#behaviour, ...behaviour };
    if (behaviour.isDown === true) this.cut();
  }

  /** Breaks every connection at whatever byte it is. */
  cut(): void {
    if (this.#sockets.size > 0) this.counts.cuts++;
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Leaves every connection open, and takes nothing more from it: half-open for both ends. */
  freeze(): void {
    for (const socket of this.#sockets) {
      socket.unpipe();
      socket.removeAllListeners('data');
      socket.pause();
    }
  }

  async close(): Promise<void> {
    this.#server.close();
    this.cut();
    await once(this.#server, 'close');
  }

  #keep(socket: Duplex): void {
    this.#sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => this.#sockets.delete(socket));
  }

  // ---- requests

  async #pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const number = ++this.counts.requests;
    const behaviour = this.#behaviour;
    const body = await text(incoming);
    if (Buffer.byteLength(body) > behaviour.maxRequestBytes) {
      this.counts.refusedBodies++;
      outgoing.writeHead(413, { 'content-type': 'text/html' }).end('<h1>Payload Too Large</h1>');
      return;
    }
    if (behaviour.maxDelayMs > 0) await this.#delay(number, behaviour.maxDelayMs);
    const leave = behaviour.isOneAtATime ? await this.#turnstile.enter() : () => {};
    if (outgoing.destroyed) {
      leave();
      return;
    }
    outgoing.once('close', leave);
    const isPost = incoming.method === 'POST';
    const isStruck = (every: number): boolean => isPost && every > 0 && number % every === 0;
    if (isStruck(behaviour.repeatEvery)) this.#repeat(incoming, body, behaviour.repeatAfterMs);
    const upstream = this.#forward(incoming, body);
    upstream.on('error', () => outgoing.destroy());
    outgoing.once('close', () => upstream.destroy());
    upstream.on('response', (answer) => {
      if (isStruck(behaviour.loseAnswerEvery)) this.#lose(answer, outgoing);
      else if (behaviour.isBuffering) this.#buffer(answer, outgoing);
      else this.#stream(answer, outgoing, behaviour.maxAnswerBytes);
    });
  }

  /** A random wait, the same in every run. */
  async #delay(number: number, maxMs: number): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, this.#random() * maxMs));
    if (number < this.#lastPassed) this.counts.reorderedRequests++;
    this.#lastPassed = Math.max(this.#lastPassed, number);
  }

  #forward({ method, url, headers }: IncomingMessage, body: string): ClientRequest {
    const upstream = request({
      host: '127.0.0.1',
      port: this.#targetPort,
      agent: false,
      method,
      path: url,
      headers: { ...headers, connection: 'close' },
    });
    upstream.on('socket', (socket) => this.#keep(socket));
    return upstream.end(body);
  }

  /** The same request once more; whoever sent it learns nothing of the second answer. */
  #repeat(incoming: IncomingMessage, body: string, afterMs: number): void {
    this.counts.repeatedRequests++;
    setTimeout(() => {
      const copy = this.#forward(incoming, body);
      copy.on('error', () => {});
      copy.on('response', (answer) => answer.resume());
    }, afterMs).unref();
  }

  /** The server has done what was asked; its answer doesn't arrive. */
  #lose(answer: IncomingMessage, outgoing: ServerResponse): void {
    this.counts.lostAnswers++;
    answer.resume();
    const lose = (): unknown => outgoing.socket?.destroy();
    answer.on('end', lose);
    answer.on('error', lose);
  }

  /** Nothing passes before all is there. */
  #buffer(answer: IncomingMessage, outgoing: ServerResponse): void {
    buffer(answer).then(
      (all) => {
        const headers = { ...answer.headers, 'content-length': all.length };
        delete headers['transfer-encoding'];
        outgoing.writeHead(answer.statusCode ?? 502, headers);
        outgoing.end(all);
      },
      () => outgoing.destroy(),
    );
  }

  #stream(answer: IncomingMessage, outgoing: ServerResponse, maxBytes: number): void {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    outgoing.flushHeaders();
    let left = maxBytes;
    answer.on('data', (chunk: Buffer) => {
      const isTooMuch = chunk.length > left;
      const canTakeMore = outgoing.write(isTooMuch ? chunk.subarray(0, left) : chunk);
      left -= chunk.length;
      if (isTooMuch) {
        this.counts.cuts++;
        // What was let through arrives first, then the connection breaks.
        outgoing.socket?.destroySoon();
        answer.destroy();
      } else if (!canTakeMore) {
        answer.pause();
        outgoing.once('drain', () => answer.resume());
      }
    });
    answer.on('end', () => outgoing.end());
    answer.on('error', () => outgoing.destroy());
  }

  // ---- upgrades

  #upgrade(incoming: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.counts.upgrades++;
    this.#keep(socket);
    const { upgrade, upgradeLifeMs } = this.#behaviour;
    switch (upgrade) {
      case 'refuse':
        socket.end(
          'HTTP/1.1 403 Forbidden\r\nContent-Type: text/html\r\nContent-Length: 9\r\nConnection: close\r\n\r\nForbidden',
        );
        return;
      case 'black-hole':
        socket.resume();
        return;
      case 'pass':
      case 'mute':
        this.#tunnel(incoming, socket, head, upgrade === 'mute');
        if (upgradeLifeMs < Infinity) this.#breakAfter(socket, upgradeLifeMs);
        return;
    }
  }

  #tunnel(incoming: IncomingMessage, socket: Duplex, head: Buffer, isMute: boolean): void {
    const server = connect(this.#targetPort, '127.0.0.1');
    server.setNoDelay(true);
    this.#keep(server);
    server.write(formatHead(incoming));
    server.write(head);
    server.once('close', () => socket.destroy());
    socket.once('close', () => server.destroy());
    if (!isMute) {
      server.pipe(socket);
      socket.pipe(server);
      return;
    }
    // The 101 passes, nothing after it does.
    server.once('data', (answer: Buffer) => {
      socket.write(answer.subarray(0, answer.indexOf('\r\n\r\n') + 4));
      server.resume();
      socket.resume();
    });
  }

  #breakAfter(socket: Duplex, ms: number): void {
    const timer = setTimeout(() => {
      this.counts.cuts++;
      socket.destroy();
    }, ms);
    socket.once('close', () => clearTimeout(timer));
  }

  #random(): number {
    this.#randomState = (Math.imul(this.#randomState, 1_664_525) + 1_013_904_223) >>> 0;
    return this.#randomState / 2 ** 32;
  }
}

/** A request's first line and headers as they came. */
function formatHead({ method = 'GET', url = '/', rawHeaders }: IncomingMessage): string {
  let lines = `${method} ${url} HTTP/1.1\r\n`;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    lines += `${rawHeaders[index] ?? ''}: ${rawHeaders[index + 1] ?? ''}\r\n`;
  }
  return `${lines}\r\n`;
}
