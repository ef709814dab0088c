import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A TCP server that answers each whole HTTP request with whatever `answer` writes. */
export class RawServer {
  readonly requests: string[] = [];
  /** Connections that there ever were. */
  acceptedCount = 0;
  /** The connection of the first request. */
  readonly firstSocket: Promise<Socket>;
  private readonly _server: Server;
  private readonly _sockets = new Set<Socket>();

  private constructor(answer: (socket: Socket, request: string) => void) {
    let isAsked: (socket: Socket) => void;
    this.firstSocket = new Promise((resolve) => (isAsked = resolve));
    this._server = createServer((socket) => {
      this._sockets.add(socket);
      this.acceptedCount++;
      socket.on('close', () => this._sockets.delete(socket));
      socket.on('error', () => {
        // Resets are part of the tests.
      });
      let received = '';
      socket.on('data', (data) => {
        received += data.toString();
        if (!isWhole(received)) return;
        const request = received;
        received = '';
        this.requests.push(request);
        isAsked(socket);
        answer(socket, request);
      });
    });
  }

  static async start(answer: (socket: Socket, request: string) => void): Promise<RawServer> {
    const server = new RawServer(answer);
    server._server.listen(0, '127.0.0.1');
    await once(server._server, 'listening');
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this._server.address() as AddressInfo).port}/holdfast`;
  }

  /** Connections open now. */
  get socketCount(): number {
    return this._sockets.size;
  }

  /** Resolves when so many connections are open. */
  async untilSocketCount(count: number): Promise<void> {
    while (this._sockets.size !== count) await new Promise((resolve) => setImmediate(resolve));
  }

  async close(): Promise<void> {
    if (!this._server.listening) return;
    for (const socket of this._sockets) socket.destroy();
    this._server.close();
    await once(this._server, 'close');
  }
}

function isWhole(received: string): boolean {
  const end = received.indexOf('\r\n\r\n');
  if (end < 0) return false;
  const length = Number(/content-length: (\d+)/i.exec(received)?.[1] ?? 0);
  return Buffer.byteLength(received.slice(end + 4)) >= length;
}

/** The beginning of an answer as a Holdfast server makes it. */
export const OUR_HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\n';

/** A port on which nobody listens. */
export async function closedPort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
