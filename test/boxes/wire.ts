import { once } from 'node:events';
import { request as httpRequest, type ClientRequest, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Box } from './box.js';
import { LARGE_BYTES, SILENCE_MS, WireServer } from './wire-server.js';

/** What a box does to what passes through it, as seen on the wire. */
export interface Observation {
  /** What becomes of a WebSocket: `stripped` means that the server sees an ordinary GET. */
  readonly webSocket:
    'passes' | 'cut after 3 s of silence' | 'loses frames' | 'stripped' | 'black-holed' | `refused with ${number}`;
  /** When the first bytes of an answer arrive that is open still, and marked `X-Accel-Buffering: no`. */
  readonly stream: 'at once' | 'at its end';
  /** The same without that header. */
  readonly unmarkedStream: 'at once' | 'at its end';
  /** What becomes of an answer that the server begins after 4.5 s. */
  readonly held: 'arrives' | 'cut after 3 s';
  /** What arrives of an answer of 300,000 bytes. */
  readonly large: 'whole' | 'broken off near 64 KB' | `broken off after ${number} bytes`;
  /** Whether a GET reaches the server again, whose answer was `no-store`. */
  readonly noStore: 'asked again' | 'answered from a cache';
  /** When a request whose body isn't complete reaches the server. */
  readonly body: 'at once' | 'when complete';
  /** Of eight requests that the server acted upon. */
  readonly answers: `${number} of 8`;
  readonly answerVersion: string;
  /** Whether the server sees the name under which it was asked. */
  readonly host: 'kept' | 'replaced';
}

const BLACK_HOLE_MS = 3000;

/** Looks at everything at once. */
export async function observe(box: Box): Promise<Observation> {
  const server = await WireServer.start();
  const running = await box.start(server.port);
  const wire = new Wire(new URL(running.origin), server);
  try {
    const [webSocket, stream, unmarkedStream, held, large, noStore, body, answers, plain] = await Promise.all([
      wire.webSocket(),
      wire.stream('/holdfast/stream'),
      wire.stream('/holdfast/unmarked-stream'),
      wire.held(),
      wire.large(),
      wire.noStore(),
      wire.body(),
      wire.answers(),
      wire.plain(),
    ]);
    return { webSocket, stream, unmarkedStream, held, large, noStore, body, answers, ...plain };
  } finally {
    await running.stop();
    await server.close();
  }
}

/** The client's end. */
class Wire {
  readonly #origin: URL;
  readonly #server: WireServer;

  constructor(origin: URL, server: WireServer) {
    this.#origin = origin;
    this.#server = server;
  }

  async webSocket(): Promise<Observation['webSocket']> {
    const headers = {
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAAAA==',
      'Sec-WebSocket-Version': '13',
    };
    const request = this.#ask('/holdfast/socket', { method: 'GET', headers });
    request.end();
    const socket = await new Promise<Duplex | IncomingMessage | null>((resolve) => {
      request.once('upgrade', (_, duplex: Duplex) => resolve(duplex));
      request.once('response', resolve);
      request.setTimeout(BLACK_HOLE_MS, () => resolve(null));
    });
    try {
      if (socket === null) return 'black-holed';
      if ('statusCode' in socket) {
        if (this.#server.arrived('/holdfast/socket').length > 0) return 'stripped';
        return `refused with ${socket.statusCode ?? 0}`;
      }
      return await talk(socket as Duplex);
    } finally {
      request.destroy();
    }
  }

  async stream(path: '/holdfast/stream' | '/holdfast/unmarked-stream'): Promise<Observation['stream']> {
    const answer = await this.#post(path);
    let text = '';
    answer.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text === 'first\n') this.#server.seen(path);
    });
    const first = once(answer, 'data').then(() => text);
    await once(answer, 'end');
    return (await first) === 'first\n' ? 'at once' : 'at its end';
  }

  async held(): Promise<Observation['held']> {
    try {
      const answer = await this.#post('/holdfast/held');
      return answer.statusCode === 200 ? 'arrives' : 'cut after 3 s';
    } catch {
      return 'cut after 3 s';
    }
  }

  async large(): Promise<Observation['large']> {
    const size = await sizeOf(await this.#post('/holdfast/large'));
    if (size === LARGE_BYTES) return 'whole';
    // The last piece may be a network packet more or less.
    return size > 60_000 && size < 90_000 ? 'broken off near 64 KB' : `broken off after ${size} bytes`;
  }

  async noStore(): Promise<Observation['noStore']> {
    for (let count = 0; count < 2; count++) {
      const request = this.#ask('/holdfast/kept', { method: 'GET' });
      request.end();
      await sizeOf(await answerTo(request));
    }
    return this.#server.arrived('/holdfast/kept').length === 2 ? 'asked again' : 'answered from a cache';
  }

  async body(): Promise<Observation['body']> {
    const request = this.#ask('/holdfast/half', { method: 'POST', headers: { 'Content-Length': '20000' } });
    request.write('x'.repeat(10_000));
    const deadline = Date.now() + 1500;
    while (this.#server.arrived('/holdfast/half').length === 0 && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const hasArrived = this.#server.arrived('/holdfast/half').length > 0;
    request.end('x'.repeat(10_000));
    await sizeOf(await answerTo(request));
    return hasArrived ? 'at once' : 'when complete';
  }

  async answers(): Promise<Observation['answers']> {
    let count = 0;
    for (let index = 0; index < 8; index++) {
      try {
        if ((await sizeOf(await this.#post('/holdfast/counted'))) > 0) count++;
      } catch {
        // No answer.
      }
    }
    if (this.#server.arrived('/holdfast/counted').length !== 8)
      throw new Error('the server was not asked as often as it was');
    return `${count} of 8`;
  }

  async plain(): Promise<Pick<Observation, 'answerVersion' | 'host'>> {
    const answer = await this.#post('/holdfast/plain');
    await sizeOf(answer);
    const [seen] = this.#server.arrived('/holdfast/plain');
    return {
      answerVersion: answer.httpVersion,
      host: seen?.headers.host === this.#origin.host ? 'kept' : 'replaced',
    };
  }

  async #post(path: string): Promise<IncomingMessage> {
    const request = this.#ask(path, { method: 'POST', headers: { 'Content-Type': 'text/plain' } });
    request.end('body');
    return answerTo(request);
  }

  /** Each on a connection of its own, which it says may be kept, as browsers do. */
  #ask(path: string, { method, headers }: { method: string; headers?: OutgoingHttpHeaders }): ClientRequest {
    const request = httpRequest(new URL(path, this.#origin), {
      agent: false,
      method,
      headers: { Connection: 'keep-alive', ...headers },
    });
    request.on('error', () => {});
    return request;
  }
}

async function answerTo(request: ClientRequest): Promise<IncomingMessage> {
  const [answer] = (await once(request, 'response')) as [IncomingMessage];
  return answer;
}

/** Bytes of an answer, however it ends. */
function sizeOf(answer: IncomingMessage): Promise<number> {
  let size = 0;
  answer.on('data', (chunk: Buffer) => (size += chunk.length));
  return new Promise((resolve) => {
    answer.on('error', () => {});
    answer.once('close', () => resolve(size));
  });
}

/** `hello` as a masked text frame; the mask is 0. */
const HELLO = Buffer.from([0x81, 0x85, 0, 0, 0, 0, ...Buffer.from('hello')]);

/** Says something, and then nothing for a while. */
async function talk(socket: Duplex): Promise<'passes' | 'cut after 3 s of silence' | 'loses frames'> {
  socket.on('error', () => {});
  socket.write(HELLO);
  const echo = await Promise.race([
    once(socket, 'data').then(([chunk]) => String(chunk as Buffer)),
    new Promise<string>((resolve) => setTimeout(resolve, BLACK_HOLE_MS, '')),
  ]);
  if (!echo.includes('echo of hello')) return 'loses frames';
  const closed = new Promise((resolve) => {
    socket.on('end', resolve);
    socket.on('close', resolve);
  });
  socket.resume();
  const wasCut = await Promise.race([
    closed.then(() => true),
    new Promise<boolean>((resolve) => setTimeout(resolve, SILENCE_MS, false)),
  ]);
  return wasCut ? 'cut after 3 s of silence' : 'passes';
}
