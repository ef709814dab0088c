import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Readable, Transform } from 'node:stream';
import { constants, createGunzip, createInflate } from 'node:zlib';
import { connect } from '@holdfast/client';
import { WebSocket } from 'ws';
import type { Answer, Failure, Handshake, Piece, PostOptions, Socket, Wire } from '../wire.js';

/** Of an answer that isn't ours this much is read. */
const MAX_FOREIGN_BYTES = 4_194_304;

/** The wire of the command: every request on a connection of its own, so that it can't profit from another. */
export function nodeWire(headers: Readonly<Record<string, string>>): Wire {
  return {
    engine: 'node',
    now: () => performance.now(),
    post: (url, body, options) => exchange(url, 'POST', body, headersFor(headers, options), options),
    get: (url, timeoutMs) => exchange(url, 'GET', '', headers, { timeoutMs }),
    handshake: (url, timeoutMs) => handshake(url, headers, timeoutMs),
    connect: (url, transport, auth) =>
      connect(url, {
        transports: [transport],
        headers,
        memory: false,
        renew: false,
        ...(auth !== undefined && { auth }),
      }),
  };
}

function headersFor(headers: Readonly<Record<string, string>>, { origin }: PostOptions): Record<string, string> {
  return { ...headers, 'Content-Type': 'text/plain', ...(origin !== undefined && { Origin: origin }) };
}

function exchange(
  url: string,
  method: string,
  body: string,
  headers: Readonly<Record<string, string>>,
  { timeoutMs, onPiece }: PostOptions,
): Promise<Answer> {
  const startedAt = performance.now();
  return new Promise((resolve) => {
    const send = url.startsWith('https:') ? httpsRequest : httpRequest;
    const length = method === 'POST' ? { 'Content-Length': Buffer.byteLength(body) } : {};
    const request = send(url, {
      method,
      agent: false,
      // As browsers do: only who offers that is shown a compressor.
      headers: { 'Accept-Encoding': 'gzip, deflate', ...headers, ...length },
    });
    const reader = new AnswerReader(startedAt, onPiece);
    const finish = (failure: Failure | null): void => {
      clearTimeout(timer);
      resolve(reader.finish(failure));
      request.destroy();
    };
    const timer = setTimeout(
      () => finish({ code: 'TIMEOUT', message: `nothing more within ${timeoutMs} ms` }),
      timeoutMs,
    );
    request.on('error', (error) => finish(failureOf(error)));
    request.on('response', (response) => reader.read(response, finish));
    request.end(body);
  });
}

/** Collects an answer. */
class AnswerReader {
  readonly #startedAt: number;
  readonly #onPiece: ((piece: Piece) => void) | undefined;
  readonly #pieces: Piece[] = [];
  #response: IncomingMessage | null = null;
  #body: Readable | null = null;
  #bytes = 0;

  constructor(startedAt: number, onPiece?: (piece: Piece) => void) {
    this.#startedAt = startedAt;
    this.#onPiece = onPiece;
  }

  read(response: IncomingMessage, finish: (failure: Failure | null) => void): void {
    this.#response = response;
    let failure: Failure | null = null;
    const decoder = decoderFor(response.headers['content-encoding']);
    const body = decoder ? response.pipe(decoder) : response;
    this.#body = body;
    body.setEncoding('utf8');
    body.on('data', (text: string) => {
      const piece = { atMs: this.#elapsedMs(), text };
      this.#pieces.push(piece);
      this.#bytes += text.length;
      this.#onPiece?.(piece);
      if (this.#bytes > MAX_FOREIGN_BYTES) finish({ code: 'TOO_LARGE', message: 'the answer does not end' });
    });
    body.on('end', () => {
      finish(failure ?? (response.complete ? null : { code: 'CUT', message: 'the answer was cut' }));
    });
    response.on('error', (error) => {
      failure = failureOf(error);
      // What came is still to be unpacked.
      if (decoder) decoder.end();
      else finish(failure);
    });
    decoder?.on('error', (error) => finish(failureOf(error)));
  }

  finish(failure: Failure | null): Answer {
    const response = this.#response;
    this.#body?.destroy();
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(response?.headers ?? {})) headers[name] = String(value);
    return {
      status: response?.statusCode ?? 0,
      http: response?.httpVersion ?? '',
      headers,
      text: this.#pieces.map(({ text }) => text).join(''),
      pieces: this.#pieces,
      endMs: this.#elapsedMs(),
      failure,
    };
  }

  #elapsedMs(): number {
    return Math.round(performance.now() - this.#startedAt);
  }
}

/** Unpacks as bytes come, and what was cut as far as it goes. */
function decoderFor(encoding: string | undefined): Transform | null {
  const options = { finishFlush: constants.Z_SYNC_FLUSH };
  if (encoding === 'gzip') return createGunzip(options);
  return encoding === 'deflate' ? createInflate(options) : null;
}

function failureOf(error: NodeJS.ErrnoException): Failure {
  // `localhost` is two addresses: then it is an AggregateError without a message.
  return { code: error.code ?? error.name, message: error.message || (error.code ?? error.name) };
}

function handshake(url: string, headers: Readonly<Record<string, string>>, timeoutMs: number): Promise<Handshake> {
  const startedAt = performance.now();
  return new Promise((resolve) => {
    const webSocket = new WebSocket(url.replace(/^http/, 'ws'), { headers, perMessageDeflate: false });
    const socket = new NodeSocket(webSocket);
    const finish = (outcome: Handshake): void => {
      clearTimeout(timer);
      resolve(outcome);
      if (outcome.kind !== 'open') webSocket.terminate();
    };
    const giveUp = (): void =>
      finish({ kind: 'failed', failure: { code: 'TIMEOUT', message: `no answer within ${timeoutMs} ms` } });
    const timer = setTimeout(giveUp, timeoutMs);
    webSocket.on('error', (error) => finish({ kind: 'failed', failure: failureOf(error) }));
    webSocket.on('open', () => finish({ kind: 'open', ms: Math.round(performance.now() - startedAt), socket }));
    webSocket.on('unexpected-response', (_request, response) => {
      const reader = new AnswerReader(startedAt);
      reader.read(response, (failure) => finish({ kind: 'answered', answer: reader.finish(failure) }));
    });
  });
}

class NodeSocket implements Socket {
  readonly #webSocket: WebSocket;
  readonly #frames: string[] = [];
  #wake: () => void = () => undefined;
  #closeCode: number | null = null;

  constructor(webSocket: WebSocket) {
    this.#webSocket = webSocket;
    webSocket.on('message', (data: Buffer, isBinary) => {
      if (!isBinary) this.#frames.push(data.toString());
      this.#wake();
    });
    webSocket.on('close', (code) => {
      this.#closeCode = code;
      this.#wake();
    });
  }

  closeCode(): number | null {
    return this.#closeCode;
  }

  send(frame: string): void {
    this.#webSocket.send(frame);
  }

  async next(timeoutMs: number): Promise<string | null> {
    if (this.#frames.length === 0 && this.#closeCode === null) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, timeoutMs);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    return this.#frames.shift() ?? null;
  }

  close(): void {
    this.#webSocket.terminate();
  }
}
