import type { ClientSession, TransportName } from '@holdfast/client';

/** What stopped a request or handshake: `TIMEOUT`, or a code of the platform's (`ECONNREFUSED`). */
export interface Failure {
  readonly code: string;
  readonly message: string;
}

/** A piece of an answer's body, and when it came, ms since the request began. */
export interface Piece {
  readonly atMs: number;
  readonly text: string;
}

/** An HTTP answer, as far as it came. */
export interface Answer {
  /** 0: there was none. */
  readonly status: number;
  /** Version of HTTP in which it came; `''` where the engine doesn't tell. */
  readonly http: string;
  /** Names in lower case. A page sees few of another origin's. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly pieces: readonly Piece[];
  /** When it ended or failed, ms since the request began. */
  readonly endMs: number;
  readonly failure: Failure | null;
}

/** How a WebSocket handshake went. A page learns of none but the first what exactly happened. */
export type Handshake =
  | { readonly kind: 'open'; readonly ms: number; readonly socket: Socket }
  | { readonly kind: 'answered'; readonly answer: Answer }
  | { readonly kind: 'failed'; readonly failure: Failure };

/** An open WebSocket. */
export interface Socket {
  send(frame: string): void;
  /** The next text frame; `null` if it is closed first, or nothing comes in time. */
  next(timeoutMs: number): Promise<string | null>;
  /** Close code, once it is closed. */
  closeCode(): number | null;
  close(): void;
}

/** What a request may be watched for. */
export interface PostOptions {
  readonly timeoutMs: number;
  /** Speak as a page of this origin would; pages can't but do so. */
  readonly origin?: string;
  /** Called for each piece as it comes. */
  readonly onPiece?: (piece: Piece) => void;
}

/** How the doctor reaches the network: `node:http` and `ws`, or what a page has. Every request has a connection of its own where that can be had. */
export interface Wire {
  readonly engine: 'node' | 'browser';
  now(): number;
  post(url: string, body: string, options: PostOptions): Promise<Answer>;
  get(url: string, timeoutMs: number): Promise<Answer>;
  handshake(url: string, timeoutMs: number): Promise<Handshake>;
  /** A session of the public client with this transport alone. */
  connect(url: string, transport: TransportName, auth: unknown): ClientSession;
}

/** A wait that takes part in no race of its own. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
