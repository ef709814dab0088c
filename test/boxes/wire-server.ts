import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { listen, shut } from '../matrix/pair.js';

/** What Holdfast's own answers carry. */
const HEADERS = { 'Content-Type': 'text/plain', 'Cache-Control': 'no-store, no-transform' };

/** How long it waits for word that its client has seen something, before it takes it that something is in between. */
const PATIENCE_MS = 1500;

/** Beyond the 3 s after which some boxes cut. */
export const SILENCE_MS = 4500;

export const LARGE_BYTES = 300_000;

/** The end behind a box: answers each path in another way, and tells what has reached it. */
export class WireServer {
  readonly #server: Server;
  readonly #webSockets = new WebSocketServer({ noServer: true });
  readonly #arrived = new Map<string, IncomingMessage[]>();
  readonly #waiting = new Map<string, () => void>();
  readonly port: number;

  static async start(): Promise<WireServer> {
    const server = createServer();
    return new WireServer(server, await listen(server));
  }

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.port = port;
    server.on('request', (request: IncomingMessage, response: ServerResponse) => this.#answer(request, response));
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      this.#note(request);
      this.#webSockets.handleUpgrade(request, socket, head, (webSocket) => {
        webSocket.on('message', (data: Buffer) => webSocket.send(`echo of ${data.toString()}`));
        webSocket.on('error', () => {});
      });
    });
  }

  /** Requests that have come for a path. */
  arrived(path: string): readonly IncomingMessage[] {
    return this.#arrived.get(path) ?? [];
  }

  /** Tells a path's answer that its client has seen what has left so far. */
  seen(path: string): void {
    this.#waiting.get(path)?.();
  }

  async close(): Promise<void> {
    for (const socket of this.#webSockets.clients) socket.terminate();
    await shut(this.#server);
  }

  #note(request: IncomingMessage): void {
    const path = request.url ?? '';
    this.#arrived.set(path, [...this.arrived(path), request]);
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    this.#note(request);
    const path = request.url ?? '';
    request.resume();
    switch (path) {
      case '/holdfast/stream':
      case '/holdfast/unmarked-stream':
        response.writeHead(200, path === '/holdfast/stream' ? { ...HEADERS, 'X-Accel-Buffering': 'no' } : HEADERS);
        response.write('first\n');
        void this.#wait(path).then(() => response.end('last\n'));
        return;
      case '/holdfast/half':
        // Answers when its client says so, or has sent all of its body.
        void Promise.race([this.#wait(path), new Promise((resolve) => request.once('end', resolve))]).then(() =>
          response.writeHead(200, HEADERS).end('answer'),
        );
        return;
      case '/holdfast/held':
        setTimeout(() => response.writeHead(200, HEADERS).end('at last'), SILENCE_MS);
        return;
      case '/holdfast/large':
        response.writeHead(200, HEADERS).end('x'.repeat(LARGE_BYTES));
        return;
      default:
        response.writeHead(path === '/holdfast/socket' ? 426 : 200, HEADERS).end('answer');
    }
  }

  #wait(path: string): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.set(path, resolve);
      setTimeout(resolve, PATIENCE_MS).unref();
    });
  }
}
