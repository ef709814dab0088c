import type { Server as HttpServer, IncomingMessage, ServerResponse } from 'node:http';
import type { Http2SecureServer, Http2Server, Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import type { Server as HttpsServer } from 'node:https';

/** A server of `node:http`, `node:https`, or `node:http2` (with `allowHTTP1`, or no WebSocket gets through). */
export type AnyHttpServer = HttpServer | HttpsServer | Http2Server | Http2SecureServer;

/** A request of `node:http`, or of `node:http2`'s compatible interface. */
export type AnyRequest = IncomingMessage | Http2ServerRequest;

/** A response of `node:http`, or of `node:http2`'s compatible interface. */
export type AnyResponse = ServerResponse | Http2ServerResponse;

/**
 * Whether it came over HTTP/2, where connections are not ours to speak of. What it says of its version proves nothing: `POST / HTTP/2.0` over HTTP/1
 * says the same.
 */
export function isHttp2(request: IncomingMessage): boolean {
  return 'stream' in request;
}

/** A header that must not be repeated: the one value, or `undefined`. */
export function singleHeader(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** Host and port that the client asked for, in lower case; `undefined` from clients that don't say (HTTP/1.0). */
export function requestedHost(request: IncomingMessage): string | undefined {
  return (singleHeader(request, 'host') ?? singleHeader(request, ':authority'))?.toLowerCase();
}
