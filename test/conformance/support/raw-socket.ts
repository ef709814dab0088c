import { WebSocket, type ClientOptions } from 'ws';
import { Inflow } from './inflow.js';
import { Reader } from './reader.js';
import { contentOf, newAttach, resume, within, type Attached, type Credentials, type Packet } from './wire.js';

/** A WebSocket whose frames the test writes and reads itself. */
export class RawSocket extends Inflow {
  readonly ws: WebSocket;
  /** How many frames have come. */
  frameCount = 0;
  /** RFC 6455 close code, once it is closed. */
  readonly closed: Promise<number>;
  #pingCount = 0;

  private constructor(ws: WebSocket) {
    super();
    this.ws = ws;
    ws.on('message', (data: Buffer, isBinary) => {
      this.frameCount++;
      if (isBinary) this.push(data);
      else for (const packet of packetsOf(data.toString('utf8'))) this.push(packet);
    });
    ws.on('error', () => {});
    this.closed = new Promise((resolve) => {
      ws.on('close', (code) => {
        this.end(`the socket was closed with ${code}`);
        resolve(code);
      });
    });
  }

  /** Connects; without an attach so far. */
  static async open(url: string, options: ClientOptions = {}): Promise<RawSocket> {
    const ws = new WebSocket(url.replace(/^http/, 'ws'), { perMessageDeflate: false, ...options });
    const socket = new RawSocket(ws);
    await within(5000, 'a WebSocket', new Promise((resolve, reject) => ws.once('open', resolve).once('error', reject)));
    return socket;
  }

  /** Writes packets as one text frame. */
  send(...packets: string[]): void {
    this.ws.send(packets.map((packet) => `${packet}\n`).join(''));
  }

  /** Writes one frame as it is. */
  sendFrame(frame: string | Uint8Array): void {
    this.ws.send(frame);
  }

  /**
   * Everything that the server writes because of what it has got so far. Pings are answered ahead of waiting data, so it takes two of them to be
   * sure.
   */
  async barrier(withinMs = 5000): Promise<Packet[]> {
    return [...(await this.#round(withinMs)), ...(await this.#round(withinMs))];
  }

  async #round(withinMs: number): Promise<Packet[]> {
    const content = `barrier${this.#pingCount++}`;
    this.send(`p${content}`);
    const packets: Packet[] = [];
    for (;;) {
      const packet = await this.next(withinMs);
      if (packet === `o${content}`) return packets;
      packets.push(packet);
    }
  }

  /** Ends it without a word, as a cut cable would. */
  cut(): void {
    this.ws.terminate();
  }
}

/** A session over WebSocket, with what has been read of it. */
export interface SocketSession {
  readonly socket: RawSocket;
  readonly a: Attached;
  readonly reader: Reader;
}

/** Begins a session over WebSocket; `packets` go with the attach. */
export async function openSession(url: string, members: object = {}, ...packets: string[]): Promise<SocketSession> {
  const socket = await RawSocket.open(url);
  socket.send(newAttach(members), ...packets);
  const a = contentOf<Attached>('a', await socket.next());
  return { socket, a, reader: new Reader() };
}

/** Attaches another WebSocket to a session. */
export async function attachSocket(
  url: string,
  to: Credentials,
  members: object = {},
  ...packets: string[]
): Promise<SocketSession> {
  const socket = await RawSocket.open(url);
  socket.send(resume(to, members), ...packets);
  const a = contentOf<Attached>('a', await socket.next());
  return { socket, a, reader: new Reader() };
}

/** Reads until `reader` has so many messages. */
export async function readMessages(from: Inflow, reader: Reader, count: number, withinMs = 10_000): Promise<Packet[]> {
  while (reader.messages.length < count) reader.take(await from.next(withinMs));
  return reader.messages;
}

/** The packets of a text frame. One that carries raw text goes to the end of its frame. */
function packetsOf(frame: string): string[] {
  const { lines = '', raw } = /^(?<lines>(?:[^uU\n].*\n)*)(?<raw>[uU][^]*)?$/.exec(frame)?.groups ?? {};
  return [...lines.split('\n').slice(0, -1), ...(raw === undefined ? [] : [raw])];
}
