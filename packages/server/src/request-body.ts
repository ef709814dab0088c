import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { decodeUtf8 } from '@holdfast/protocol/node';
import type { ByteBudget } from './byte-budget.js';
import { isHttp2 } from './http-types.js';

/** What bounds the reading of bodies. */
export interface BodyLimits {
  /** Largest body, bytes. */
  readonly maxBytes: number;
  /** A body of which fewer than {@link PROGRESS_BYTES} arrive in this time is given up. */
  readonly timeoutMs: number;
  /** Bytes of all bodies that are under way. */
  readonly budget: ByteBudget;
}

type BodyError = 'ERR_BODY_CUT' | 'ERR_BODY_SIZE' | 'ERR_BODY_TIME' | 'ERR_PACKET' | 'ERR_FULL';

/** How reading a body ended. `gone`: so did its connection. */
export type BodyOutcome =
  | { readonly kind: 'whole'; readonly text: string }
  | { readonly kind: 'failed'; readonly code: BodyError }
  | { readonly kind: 'eaten' }
  | { readonly kind: 'gone' };

/** A body makes progress when this many bytes, or its end, have arrived. */
export const PROGRESS_BYTES = 1024;

/** The end packet, in a line of its own. */
const END = Buffer.from('\n.\n');

const FIRST_CAPACITY_BYTES = 4096;

const NONE = Buffer.alloc(0);

/**
 * Reads a body as UTF-8 text and calls `done` once. After `failed` the rest of it is left unread. `eaten`: a body parser took it and left nothing
 * that could be used.
 */
export function readBody(request: IncomingMessage, limits: BodyLimits, done: (outcome: BodyOutcome) => void): void {
  const parsed = parsedBody(request);
  if (parsed !== null)
    done(parsed.length > limits.maxBytes ? { kind: 'failed', code: 'ERR_BODY_SIZE' } : decode(parsed));
  else if (declaredBytes(request) > limits.maxBytes) done({ kind: 'failed', code: 'ERR_BODY_SIZE' });
  else if (request.readableEnded) done(request.headers['content-length'] === '0' ? decode(NONE) : { kind: 'eaten' });
  else if (request.destroyed) done({ kind: 'gone' });
  else new BodyReader(request, limits, done).start();
}

/** How long the client says the body is, bytes; 0 if it doesn't. */
function declaredBytes(request: IncomingMessage): number {
  return Number(request.headers['content-length'] ?? 0);
}

/** What a parser ahead of us (`express.text()`, `express.raw()`) made of the body; `null` if there was none. */
function parsedBody(request: IncomingMessage): Buffer | null {
  const { body } = request as { body?: unknown };
  if (typeof body === 'string') return Buffer.from(body);
  return body instanceof Uint8Array ? Buffer.from(body.buffer, body.byteOffset, body.byteLength) : null;
}

function decode(bytes: Buffer): BodyOutcome {
  if (isUtf8(bytes)) return { kind: 'whole', text: decodeUtf8(bytes) };
  // What cuts bodies does not look whether it is inside a character; the client has to learn the size.
  return { kind: 'failed', code: bytes.subarray(-END.length).equals(END) ? 'ERR_PACKET' : 'ERR_BODY_CUT' };
}

/** One body under way. It is kept in one buffer: a body that comes byte by byte must not cost an object for each. */
class BodyReader {
  readonly #request: IncomingMessage;
  readonly #limits: BodyLimits;
  readonly #done: (outcome: BodyOutcome) => void;
  #buffer: Buffer = NONE;
  #receivedBytes = 0;
  /** What the budget counts for it. */
  #takenBytes = 0;
  #progressBytes = 0;
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;

  constructor(request: IncomingMessage, limits: BodyLimits, done: (outcome: BodyOutcome) => void) {
    this.#request = request;
    this.#limits = limits;
    this.#done = done;
  }

  start(): void {
    this.#request.on('data', this.#onData);
    this.#request.on('end', this.#onEnd);
    this.#request.on('close', this.#onClose);
    // After the tick that hands out what is here already.
    process.nextTick(() => this.#limitTime());
  }

  /** Most bodies come with the headers of their request, and only their end is missing then: a timer would cost as much as all else here. */
  #limitTime(): void {
    // Over HTTP/2 the end is the client's to send, and nothing that its length brings.
    if (this.#isOver || this.#timer || (this.#isWhole(this.#receivedBytes) && !isHttp2(this.#request))) return;
    const expire = (): void => this.#finish({ kind: 'failed', code: 'ERR_BODY_TIME' });
    this.#timer = setTimeout(expire, this.#limits.timeoutMs);
  }

  readonly #onData = (chunk: Buffer | string): void => {
    // Somebody ahead of us may have called setEncoding().
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    const received = this.#receivedBytes + bytes.length;
    if (received > this.#limits.maxBytes) {
      this.#finish({ kind: 'failed', code: 'ERR_BODY_SIZE' });
      return;
    }
    // Most come whole, in a piece that the socket has read. It need not be copied, nor counted, for the end comes next.
    if (this.#receivedBytes === 0 && this.#isWhole(received)) this.#buffer = bytes;
    else if (this.#makeRoom(received)) bytes.copy(this.#buffer, this.#receivedBytes);
    else {
      this.#finish({ kind: 'failed', code: 'ERR_FULL' });
      return;
    }
    this.#receivedBytes = received;
    // A lenient parser, or what somebody ahead has put in the place of the request, may bring more than was declared.
    this.#limitTime();
    if (received - this.#progressBytes < PROGRESS_BYTES) return;
    this.#progressBytes = received;
    this.#timer?.refresh();
  };

  readonly #onEnd = (): void => this.#finish(decode(this.#buffer.subarray(0, this.#receivedBytes)));

  readonly #onClose = (): void => this.#finish({ kind: 'gone' });

  #isWhole(bytes: number): boolean {
    return bytes > 0 && bytes === declaredBytes(this.#request);
  }

  #makeRoom(bytes: number): boolean {
    const before = this.#takenBytes;
    if (bytes <= before) return true;
    const capacity = Math.min(Math.max(FIRST_CAPACITY_BYTES, 2 * before, bytes), this.#limits.maxBytes);
    if (!this.#limits.budget.take(capacity - before)) return false;
    this.#takenBytes = capacity;
    const larger = Buffer.allocUnsafeSlow(capacity);
    this.#buffer.copy(larger, 0, 0, this.#receivedBytes);
    this.#buffer = larger;
    return true;
  }

  #finish(outcome: BodyOutcome): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#request.off('data', this.#onData);
    this.#request.off('end', this.#onEnd);
    this.#request.off('close', this.#onClose);
    if (outcome.kind === 'failed') this.#request.pause();
    this.#limits.budget.giveBack(this.#takenBytes);
    this.#takenBytes = 0;
    this.#buffer = NONE;
    this.#done(outcome);
  }
}
