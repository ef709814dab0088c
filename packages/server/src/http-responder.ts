import type { IncomingMessage, ServerResponse } from 'node:http';
import { MAX_UNDRAINED_BYTES, type Responder, type ResponderEvents } from '@holdfast/protocol';
import { encodeUtf8 } from '@holdfast/protocol/node';
import { answerHeaders } from './answer-headers.js';
import { watchConnection } from './connection-watch.js';
import { LARGE_TEXT_LENGTH } from './node-environment.js';
import { endAnswer } from './untaken-answer.js';

/** How an answer looks on the wire. */
export interface AnswerForm {
  readonly contentType: string;
  /** Makes whole lines into what is sent. */
  frame(lines: string): string;
}

/** Answers to a POST: the lines as they are. */
export const PLAIN: AnswerForm = { contentType: 'text/plain; charset=utf-8', frame: (lines) => lines };

/** Answers to a GET by ticket (PROTOCOL.md section 5.5). The type without a charset, which Cloudflare would take for another type. */
export const EVENT_STREAM: AnswerForm = {
  contentType: 'text/event-stream',
  frame: (lines) => `data: ${lines.slice(0, -1).replaceAll('\n', '\ndata: ')}\n\n`,
};

/** Most answers never have any: a list of its own would cost each that is held. */
const NONE: readonly Buffer[] = [];

/** `fresh`: no headers sent; `flowing`: something was; `ended`: all was handed over; `closed`: so is the connection. */
type State = 'fresh' | 'flowing' | 'ended' | 'closed';

/** One HTTP answer. What is written in one turn leaves in one piece, and with its length if that is all. */
export class HttpResponder implements Responder {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #form: AnswerForm;
  readonly #origin: string | null;
  readonly #untakenMs: number;
  #state: State = 'fresh';
  #pending = '';
  /** What was too large to wait as text, written before it. */
  #chunks: readonly Buffer[] = NONE;
  #chunksBytes = 0;
  #isFlushPlanned = false;
  /** `write` has returned `false`: `drained` is due. */
  #owesDrained = false;
  #awaitsDrain = false;
  #events: ResponderEvents | null = null;

  /** `origin` is the one that may read the answer. Once it has ended, something of it must leave every `untakenMs`. */
  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    form: AnswerForm,
    origin: string | null,
    untakenMs: number,
  ) {
    this.#request = request;
    this.#response = response;
    this.#form = form;
    this.#origin = origin;
    this.#untakenMs = untakenMs;
  }

  write(text: string): boolean {
    if (this.#isOver()) return true;
    this.#add(text);
    if (!this.#isFlushPlanned) {
      this.#isFlushPlanned = true;
      process.nextTick(() => {
        this.#isFlushPlanned = false;
        this.#flush();
      });
    }
    const hasRoom = this.bufferedAmount() < MAX_UNDRAINED_BYTES;
    if (!hasRoom) this.#owesDrained = true;
    return hasRoom;
  }

  bufferedAmount(): number {
    return this.#response.writableLength + this.#chunksBytes + this.#pending.length;
  }

  end(text = ''): void {
    if (this.#isOver()) return;
    if (text !== '') this.#add(text);
    if (this.#state === 'fresh') this.#writeHead(this.#chunksBytes + Buffer.byteLength(this.#pending));
    this.#state = 'ended';
    const pieces = this.#take();
    const last = pieces.pop() ?? '';
    for (const piece of pieces) this.#response.write(piece);
    endAnswer(this.#request, this.#response, last, this.#untakenMs);
  }

  destroy(): void {
    if (this.#state === 'closed') return;
    this.#forget();
    this.#response.destroy();
  }

  /** Tells `events` from now on what happens to the connection. */
  bind(events: ResponderEvents): void {
    this.#events = events;
    const { socket } = this.#request;
    const close = (): void => this.#close();
    this.#response.on('close', close);
    // Of requests that were sent ahead, Node tells only the first that its connection is gone; this one's answer has to wait for others.
    if (this.#response.socket === null) this.#response.on('close', watchConnection(socket, close));
    // It may be too late for the event.
    if (this.#response.destroyed || socket.destroyed) process.nextTick(close);
  }

  #isOver(): boolean {
    return this.#state === 'ended' || this.#state === 'closed';
  }

  #close(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#forget();
    this.#events?.closed();
  }

  #add(text: string): void {
    this.#pending += this.#form.frame(text);
    if (this.#pending.length < LARGE_TEXT_LENGTH) return;
    // Texts that are put together first, and made into bytes then, would be garbage of three times their size.
    const bytes = encodeUtf8(this.#pending);
    this.#pending = '';
    this.#chunks = [...this.#chunks, bytes];
    this.#chunksBytes += bytes.length;
  }

  #forget(): void {
    this.#pending = '';
    this.#chunks = NONE;
    this.#chunksBytes = 0;
  }

  /** All that waits, and no more does. Written in one turn, it leaves in one piece: Node sees to that. */
  #take(): (string | Buffer)[] {
    const text = this.#pending;
    const pieces = text === '' ? [...this.#chunks] : [...this.#chunks, text];
    this.#forget();
    return pieces;
  }

  /** Writes all that waits; `false` if the connection is full. */
  #writePieces(): boolean {
    let hasLeft = true;
    for (const piece of this.#take()) hasLeft = this.#response.write(piece);
    return hasLeft;
  }

  #flush(): void {
    if (this.#isOver() || this.#chunksBytes + this.#pending.length === 0) return;
    const hasLeft = this.#state === 'fresh' ? this.#begin() : this.#writePieces();
    this.#state = 'flowing';
    flushCompression(this.#response);
    if (hasLeft) {
      if (this.#owesDrained) process.nextTick(() => this.#drained());
      this.#owesDrained = false;
    } else if (!this.#awaitsDrain) {
      this.#awaitsDrain = true;
      this.#response.once('drain', () => this.#drained());
    }
  }

  /** Writes the first piece of an answer that goes on. */
  #begin(): boolean {
    const response = this.#response;
    this.#writeHead(null);
    // In one piece with the body, but as a text of their own: else Node keeps the dozens of strings that they were put together from for as
    // long as the answer is held.
    const { socket } = response;
    socket?.cork();
    response.flushHeaders();
    const hasLeft = this.#writePieces();
    socket?.uncork();
    return hasLeft;
  }

  #drained(): void {
    this.#owesDrained = this.#awaitsDrain = false;
    if (!this.#isOver()) this.#events?.drained();
  }

  /** `bytes` are all that the answer has, if that is known. */
  #writeHead(bytes: number | null): void {
    const headers = answerHeaders(this.#response, this.#form.contentType, this.#origin);
    if (bytes !== null) headers['Content-Length'] = bytes;
    this.#response.writeHead(200, headers);
  }
}

/** Middleware that compresses against our `no-transform` holds data back until told otherwise. */
function flushCompression(response: ServerResponse): void {
  const { flush } = response as { flush?: unknown };
  if (typeof flush === 'function') Reflect.apply(flush, response, []);
}
