import {
  connect,
  longPolling,
  polling,
  streaming,
  websocket,
  type BrowserTransport,
  type TransportName,
} from '@holdfast/client/core';
import type { Answer, Failure, Handshake, Piece, PostOptions, Socket, Wire } from '../wire.js';

const TRANSPORTS: Readonly<Record<TransportName, () => BrowserTransport>> = {
  websocket,
  streaming,
  'long-polling': longPolling,
  polling,
};

/** The wire of the page. Browsers reuse connections as they like, and don't say why one failed. */
export function browserWire(): Wire {
  return {
    engine: 'browser',
    now: () => performance.now(),
    // A string goes as text/plain.
    post: (url, body, options) => exchange(url, { method: 'POST', body }, options),
    get: (url, timeoutMs) => exchange(url, {}, { timeoutMs }),
    handshake,
    connect: (url, transport, auth) =>
      connect(url, {
        transports: [TRANSPORTS[transport]()],
        memory: false,
        renew: false,
        ...(auth !== undefined && { auth }),
      }),
  };
}

async function exchange(url: string, init: RequestInit, { timeoutMs, onPiece }: PostOptions): Promise<Answer> {
  const startedAt = performance.now();
  const elapsedMs = (): number => Math.round(performance.now() - startedAt);
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), timeoutMs);
  const pieces: Piece[] = [];
  let [status, headers, failure] = [0, {} as Record<string, string>, null as Failure | null];
  try {
    // What is kept is to be found, so the browser's own cache must not be what keeps it; nor may it follow a redirection.
    const response = await fetch(url, { ...init, cache: 'no-store', redirect: 'manual', signal: controller.signal });
    status = response.status;
    headers = Object.fromEntries(response.headers);
    const reader = response.body?.getReader();
    const decoder = new TextDecoder();
    for (;;) {
      const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
      if (done) break;
      const piece = { atMs: elapsedMs(), text: decoder.decode(value, { stream: true }) };
      pieces.push(piece);
      onPiece?.(piece);
    }
  } catch (error) {
    const isLate = controller.signal.aborted;
    failure = isLate
      ? { code: 'TIMEOUT', message: `nothing more within ${timeoutMs} ms` }
      : { code: status === 0 ? 'FETCH' : 'CUT', message: String(error) };
  }
  clearTimeout(timer);
  return {
    status,
    http: '',
    headers,
    text: pieces.map(({ text }) => text).join(''),
    pieces,
    endMs: elapsedMs(),
    failure,
  };
}

function handshake(url: string, timeoutMs: number): Promise<Handshake> {
  const startedAt = performance.now();
  return new Promise((resolve) => {
    const fail = (code: string, message: string): void => resolve({ kind: 'failed', failure: { code, message } });
    let socket: PageSocket;
    try {
      socket = new PageSocket(new WebSocket(url.replace(/^http/, 'ws')));
    } catch (error) {
      fail('CONSTRUCTOR', String(error));
      return;
    }
    const timer = setTimeout(() => {
      socket.close();
      fail('TIMEOUT', `no answer within ${timeoutMs} ms`);
    }, timeoutMs);
    socket.webSocket.onopen = () => {
      clearTimeout(timer);
      resolve({ kind: 'open', ms: Math.round(performance.now() - startedAt), socket });
    };
    socket.webSocket.onerror = () => {
      clearTimeout(timer);
      fail('WEBSOCKET', 'the browser could not open it');
    };
  });
}

class PageSocket implements Socket {
  readonly webSocket: WebSocket;
  #closeCode: number | null = null;
  readonly #frames: string[] = [];
  #wake: () => void = () => undefined;

  constructor(webSocket: WebSocket) {
    this.webSocket = webSocket;
    webSocket.binaryType = 'arraybuffer';
    webSocket.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (typeof data === 'string') this.#frames.push(data);
      this.#wake();
    };
    webSocket.onclose = ({ code }) => {
      this.#closeCode = code;
      this.#wake();
    };
  }

  closeCode(): number | null {
    return this.#closeCode;
  }

  send(frame: string): void {
    this.webSocket.send(frame);
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
    this.webSocket.close();
  }
}
