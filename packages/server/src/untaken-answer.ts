import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerResponse } from 'node:http2';
import type { Socket } from 'node:net';
import { isHttp2 } from './http-types.js';

/**
 * Ends an answer, and its connection if after that nothing more of it leaves for `timeoutMs` (found after twice that at most). Nobody else would:
 * for the session it has been answered, and Node keeps what a client doesn't read for as long as the client keeps the connection.
 *
 * Most answers are taken by the kernel at once and cost nothing here. For the others there is the timeout of the socket, which Node puts off
 * for as long as what is written gets less.
 */
export function endAnswer(
  request: IncomingMessage,
  response: ServerResponse,
  body: string | Buffer,
  timeoutMs: number,
): void {
  response.end(body);
  if (response.writableFinished) return;
  if (isHttp2(request)) {
    (response as unknown as Http2ServerResponse).stream.setTimeout(timeoutMs, () => response.destroy());
  } else if (response.socket) watch(response, response.socket, timeoutMs);
  // Others of the same connection go first: it is not the client's fault that they take their time.
  else response.once('socket', (socket: Socket) => watch(response, socket, timeoutMs));
}

function watch(response: ServerResponse, socket: Socket, timeoutMs: number): void {
  const before = socket.timeout ?? 0;
  // The application is stricter.
  if (before > 0 && before <= timeoutMs) return;
  const giveUp = (): void => void socket.destroy();
  socket.setTimeout(timeoutMs, giveUp);
  // Before Node's own listener, which may set the time that the connection is kept alive, or let another answer begin that may be held for longer.
  response.prependOnceListener('finish', () => {
    socket.off('timeout', giveUp);
    socket.setTimeout(before);
  });
}
