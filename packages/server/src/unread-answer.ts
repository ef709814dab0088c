import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest } from 'node:http2';
import { isHttp2 } from './http-types.js';

/** How long, and how much of, a body that nobody wants is read after its request was answered. */
const LINGER_MS = 1000;
const LINGER_BYTES = 2_097_152;

/**
 * Answers a request whose body may still be coming. Closing at once would reset the connection, and the answer could be lost on its way; so
 * the rest is thrown away for a moment, until it ends or has been too much.
 */
export function endUnread(request: IncomingMessage, response: ServerResponse, text: string): void {
  response.setHeader('Content-Length', Buffer.byteLength(text));
  if (request.readableEnded || request.destroyed) {
    response.end(text);
    return;
  }
  if (isHttp2(request)) {
    const { stream } = request as unknown as Http2ServerRequest;
    response.end(text, () => stream.close());
    return;
  }
  response.setHeader('Connection', 'close');
  response.write(text);
  let discardedBytes = 0;
  const timer = setTimeout(() => request.destroy(), LINGER_MS);
  request.on('data', (chunk: Buffer) => {
    discardedBytes += chunk.length;
    if (discardedBytes > LINGER_BYTES) request.destroy();
  });
  request.on('end', () => response.end());
  request.on('close', () => clearTimeout(timer));
  request.resume();
}
