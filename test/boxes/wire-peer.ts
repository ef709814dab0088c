import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type Server } from 'node:http';
import { connect, type Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { listen, shut } from '../matrix/pair.js';

/** What arrived at a {@link PlainServer}. */
export interface Arrived {
  readonly incoming: IncomingMessage;
  readonly address: string | undefined;
  readonly body: Buffer;
}

const STREAM_PIECES = 5;
const PIECE_EVERY_MS = 40;

/**
 * A server that knows nothing of Holdfast: it echoes bodies with their length, streams five pieces at `/stream`, gives `/large` 200 KB, and
 * echoes what comes over an upgraded connection.
 */
export class PlainServer {
  readonly arrived: Arrived[] = [];
  upgradeCount = 0;
  port = 0;
  /** Requests whose head has come. */
  headCount = 0;
  readonly #server: Server = createServer((incoming, outgoing) => {
    this.headCount++;
    void buffer(incoming).then((body) => {
      this.arrived.push({ incoming, address: incoming.socket.remoteAddress, body });
      const type = { 'content-type': 'text/plain', 'x-own': 'yes' };
      if (incoming.url === '/stream') {
        outgoing.writeHead(200, type);
        let count = 0;
        const timer = setInterval(() => {
          outgoing.write(`piece ${++count}\n`);
          if (count < STREAM_PIECES) return;
          clearInterval(timer);
          outgoing.end();
        }, PIECE_EVERY_MS);
        outgoing.once('close', () => clearInterval(timer));
        return;
      }
      const answer =
        incoming.url === '/large' ? Buffer.alloc(200_000, 'x') : Buffer.concat([Buffer.from('echo '), body]);
      outgoing.writeHead(200, { ...type, 'content-length': answer.length }).end(answer);
    }, noMatter);
  });

  static async start(): Promise<PlainServer> {
    const server = new PlainServer();
    server.#server.on('upgrade', (_incoming: IncomingMessage, socket: Socket) => {
      server.upgradeCount++;
      socket.on('error', noMatter);
      socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n');
      socket.pipe(socket);
    });
    server.port = await listen(server.#server);
    return server;
  }

  stop(): Promise<void> {
    return shut(this.#server);
  }
}

/** What became of one request. */
export interface Got {
  /** 0 without an answer. */
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
  readonly pieceCount: number;
  readonly isWhole: boolean;
}

/** One request on a connection of its own. */
export async function ask(
  port: number,
  path: string,
  body?: string,
  method = body === undefined ? 'GET' : 'POST',
): Promise<Got> {
  const asked = request({ host: '127.0.0.1', port, path, method, agent: false, headers: { 'x-own': 'yes' } });
  asked.end(body);
  const answer = await new Promise<IncomingMessage | null>((resolve) => {
    asked.on('response', resolve);
    asked.on('error', () => resolve(null));
    // With neither 'Upgrade' asked for nor given, this is the end of a connection without an answer.
    asked.on('close', () => resolve(null));
  });
  if (!answer) return { status: 0, headers: {}, text: '', pieceCount: 0, isWhole: false };
  const pieces: Buffer[] = [];
  answer.on('data', (piece: Buffer) => pieces.push(piece));
  const isWhole = await new Promise<boolean>((resolve) => {
    answer.on('end', () => resolve(answer.complete));
    answer.on('error', () => resolve(false));
    answer.on('close', () => resolve(answer.complete));
  });
  const { statusCode: status = 0, headers } = answer;
  return { status, headers, text: Buffer.concat(pieces).toString(), pieceCount: pieces.length, isWhole };
}

/** A connection over which a WebSocket handshake, or whatever else, has been sent. */
export class RawConnection {
  readonly socket: Socket;
  readonly pieces: Buffer[] = [];
  /** Resolves to the code of an error, or to `end`. */
  readonly ended: Promise<string>;

  constructor(port: number, text: string) {
    this.socket = connect(port, '127.0.0.1');
    this.socket.write(text);
    this.socket.on('data', (piece: Buffer) => this.pieces.push(piece));
    this.ended = new Promise((resolve) => {
      this.socket.on('error', ({ code = '' }: NodeJS.ErrnoException) => resolve(code));
      this.socket.on('close', () => resolve('end'));
    });
  }

  get text(): string {
    return Buffer.concat(this.pieces).toString();
  }

  /** Waits until what has come fits. */
  async until(pattern: RegExp): Promise<string> {
    while (!pattern.test(this.text)) await once(this.socket, 'data');
    return this.text;
  }
}

export const HANDSHAKE: string = [
  'GET /socket HTTP/1.1',
  'Host: 127.0.0.1',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
  '\r\n',
].join('\r\n');

function noMatter(): void {
  // Connections break here all the time.
}
