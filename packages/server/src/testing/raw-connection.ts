import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

/** An HTTP answer as it came. */
export interface RawAnswer {
  readonly status: number;
  /** Names in lower case; repeated ones joined by a comma. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A TCP connection that is written to byte by byte and read as HTTP. */
export class RawConnection {
  readonly socket: Socket;
  /** Number of pieces in which it arrived. */
  pieces = 0;
  isClosed = false;
  #chunks: Buffer[] = [];
  #wake: () => void = () => undefined;

  constructor(port: number, isTls = false) {
    this.socket = isTls
      ? connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] })
      : connect(port, '127.0.0.1');
    this.socket.setNoDelay();
    this.socket.on('data', (chunk: Buffer) => {
      this.#chunks.push(chunk);
      this.pieces++;
      this.#wake();
    });
    this.socket.on('error', () => undefined);
    this.socket.on('close', () => {
      this.isClosed = true;
      this.#wake();
    });
  }

  /** Everything that arrived and was not read as an answer yet. */
  get received(): Buffer {
    const all = Buffer.concat(this.#chunks);
    this.#chunks = [all];
    return all;
  }

  set received(bytes: Buffer) {
    this.#chunks = [bytes];
  }

  write(bytes: string | Uint8Array): this {
    this.socket.write(bytes);
    return this;
  }

  /** Writes a request, with a length if it has a body, and reads the answer. */
  async ask(
    method: string,
    path: string,
    headers: Record<string, string> = {},
    body?: string | Buffer,
  ): Promise<RawAnswer> {
    this.request(method, path, headers, body);
    return this.answer(method === 'HEAD');
  }

  /** Writes a request, with a length if it has a body. */
  request(method: string, path: string, headers: Record<string, string> = {}, body?: string | Buffer): this {
    const all: Record<string, string> = {
      Host: `localhost:${this.socket.remotePort ?? 0}`,
      ...(body !== undefined && { 'Content-Type': 'text/plain', 'Content-Length': String(Buffer.byteLength(body)) }),
      ...headers,
    };
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
    this.write(
      Buffer.concat([Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`), Buffer.from(body ?? '')]),
    );
    return this;
  }

  /** Reads the next answer, whole. */
  async answer(isBodyless = false): Promise<RawAnswer> {
    for (;;) {
      const parsed = this.#parse(isBodyless);
      if (parsed) return parsed;
      if (this.isClosed) throw new Error(`closed after ${JSON.stringify(this.received.toString('latin1'))}`);
      await this.#more();
    }
  }

  /** Waits until `text` has arrived, and gives all that has. */
  async until(text: string): Promise<string> {
    while (!this.received.includes(text)) {
      if (this.isClosed) throw new Error(`closed after ${JSON.stringify(this.received.toString('latin1'))}`);
      await this.#more();
    }
    return this.received.toString('utf8');
  }

  async closed(): Promise<void> {
    while (!this.isClosed) await this.#more();
  }

  #more(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #parse(isBodyless: boolean): RawAnswer | null {
    const end = this.received.indexOf('\r\n\r\n');
    if (end < 0) return null;
    const [first = '', ...lines] = this.received.subarray(0, end).toString('latin1').split('\r\n');
    const status = Number(first.split(' ')[1]);
    const headers: Record<string, string> = {};
    for (const line of lines) {
      const name = line.slice(0, line.indexOf(':')).toLowerCase();
      const value = line.slice(line.indexOf(':') + 1).trim();
      headers[name] = name in headers ? `${headers[name] ?? ''}, ${value}` : value;
    }
    const rest = this.received.subarray(end + 4);
    const found =
      isBodyless || status === 304 || status < 200 ? { body: Buffer.alloc(0), used: 0 } : this.#body(headers, rest);
    if (!found) return null;
    this.received = rest.subarray(found.used);
    if (status === 100) return this.#parse(isBodyless);
    return { status, headers, body: found.body.toString('utf8') };
  }

  #body(headers: Record<string, string>, rest: Buffer): { body: Buffer; used: number } | null {
    const length = headers['content-length'];
    if (length !== undefined) {
      return rest.length < Number(length) ? null : { body: rest.subarray(0, Number(length)), used: Number(length) };
    }
    if (headers['transfer-encoding'] !== 'chunked') {
      if (headers['connection'] === 'keep-alive') return { body: Buffer.alloc(0), used: 0 };
      return this.isClosed ? { body: rest, used: rest.length } : null;
    }
    const parts: Buffer[] = [];
    for (let at = 0; ;) {
      const lineEnd = rest.indexOf('\r\n', at);
      if (lineEnd < 0) return null;
      const size = parseInt(rest.subarray(at, lineEnd).toString('latin1'), 16);
      const start = lineEnd + 2;
      if (rest.length < start + size + 2) return null;
      if (size === 0) return { body: Buffer.concat(parts), used: start + 2 };
      parts.push(rest.subarray(start, start + size));
      at = start + size + 2;
    }
  }
}
