import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest } from 'node:http2';
import { isHttp2 } from './http-types.js';
import { endAnswer } from './untaken-answer.js';

/** How long, and how much of, a body that nobody wants is read after its request was answered. */
const LINGER_MS = 1000;
const LINGER_BYTES = 2_097_152;

/**
 * Answers a request whose body may still be coming. Closing at once would reset the connection, and the answer could be lost on its way; so
 * the rest is thrown away for a moment, until it ends or has been too much. Of the answer, something must leave every `untakenMs`.
 */
export function endUnread(request: IncomingMessage, response: ServerResponse, text: string, untakenMs: number): void {
  response.setHeader('Content-Length', Buffer.byteLength(text));
  if (!hasBody(request) || request.readableEnded || request.destroyed) {
    endAnswer(request, response, text, untakenMs);
    return;
  }
  const giveUp = isHttp2(request)
    ? (): void => (request as unknown as Http2ServerRequest).stream.close()
    : (): void => void request.destroy();
  if (isHttp2(request)) endAnswer(request, response, text, untakenMs);
  else {
    // Whole by its length. To end it would be to close the connection, so that waits.
    response.setHeader('Connection', 'close');
    response.write(text);
    request.on('end', () => {
      // Node fails an assertion when an answer whose connection is gone ends behind the others of that connection.
      if (!request.socket.destroyed) endAnswer(request, response, '', untakenMs);
    });
  }
  let discardedBytes = 0;
  const timer = setTimeout(giveUp, LINGER_MS);
  request.on('data', (chunk: Buffer) => {
    discardedBytes += chunk.length;
    if (discardedBytes > LINGER_BYTES) giveUp();
  });
  request.on('end', () => clearTimeout(timer));
  request.on('close', () => clearTimeout(timer));
  request.resume();
}

function hasBody(request: IncomingMessage): boolean {
  if (isHttp2(request)) return !(request as unknown as Http2ServerRequest).stream.endAfterHeaders;
  const { 'content-length': length = '0', 'transfer-encoding': encoding } = request.headers;
  return length !== '0' || encoding !== undefined;
}
