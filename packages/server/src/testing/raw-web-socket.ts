import { WebSocket, type ClientOptions } from 'ws';
import { later } from './serve.js';

/** How a connection ended. */
export interface Ending {
  readonly code: number;
  /** Status of the answer, if the handshake was refused. */
  readonly status: number | null;
  readonly text: string;
}

/** A WebSocket that speaks packets by hand. */
export class RawWebSocket {
  readonly socket: WebSocket;
  readonly frames: (string | Buffer)[] = [];
  ending: Ending | null = null;
  #refusal: { status: number; text: string } | null = null;
  #wake: () => void = () => undefined;

  constructor(url: string, options: ClientOptions = {}, protocols: string[] = []) {
    this.socket = new WebSocket(url, protocols, { rejectUnauthorized: false, ...options });
    later(() => this.socket.terminate());
    this.socket.on('message', (data: Buffer, isBinary) => {
      this.frames.push(isBinary ? data : data.toString());
      this.#wake();
    });
    this.socket.on('unexpected-response', (_request, response) => {
      response.setEncoding('utf8').on('data', (text: string) => {
        this.#refusal = { status: response.statusCode ?? 0, text: (this.#refusal?.text ?? '') + text };
      });
      response.on('end', () => {
        this.#refusal ??= { status: response.statusCode ?? 0, text: '' };
        this.socket.terminate();
      });
    });
    this.socket.on('error', () => undefined);
    this.socket.on('close', (code, reason) => {
      this.ending = { code, status: this.#refusal?.status ?? null, text: this.#refusal?.text ?? reason.toString() };
      this.#wake();
    });
  }

  opened(): Promise<void> {
    return new Promise((resolve) => this.socket.once('open', resolve));
  }

  /** All text that came, once it holds `text`. */
  async until(text: string): Promise<string> {
    while (!this.text.includes(text)) {
      if (this.ending) throw new Error(`closed after ${this.text}`);
      await this.#more();
    }
    return this.text;
  }

  async closed(): Promise<Ending> {
    while (!this.ending) await this.#more();
    return this.ending;
  }

  /** All text that came. */
  get text(): string {
    return this.frames.filter((frame) => typeof frame === 'string').join('');
  }

  #more(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}
