import type { IncomingMessage, ServerResponse } from 'node:http';

/** Headers of every answer (PROTOCOL.md section 10): nobody may guess its type, keep it, rewrite it, or hold it back. */
export function setAnswerHeaders(response: ServerResponse, contentType: string): void {
  response.setHeader('Content-Type', contentType);
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('Cache-Control', 'no-store, no-transform');
  response.setHeader('X-Accel-Buffering', 'no');
}

/** Lets the page that asked read the answer, with cookies if it likes. */
export function setCorsHeaders(response: ServerResponse, origin: string | null): void {
  appendVary(response, 'Origin');
  // What isn't printable ASCII can't be set as a header, and is no origin.
  if (origin === null || !/^[\x21-\x7e]+$/.test(origin)) return;
  response.setHeader('Access-Control-Allow-Origin', origin);
  response.setHeader('Access-Control-Allow-Credentials', 'true');
}

/**
 * Answers a preflight. Whether the page may speak is decided when it does, by an answer that it can read; but of the headers that it may set,
 * none tells us anything, so that no page can pretend to be a proxy.
 */
export function answerPreflight(request: IncomingMessage, response: ServerResponse): void {
  setAnswerHeaders(response, 'text/plain');
  response.removeHeader('Content-Type');
  setCorsHeaders(response, request.headers.origin ?? null);
  response.setHeader('Access-Control-Allow-Methods', 'GET, POST');
  response.setHeader('Access-Control-Allow-Headers', 'Content-Type');
  response.setHeader('Access-Control-Max-Age', '7200');
  if (request.headers['access-control-request-private-network'] === 'true') {
    response.setHeader('Access-Control-Allow-Private-Network', 'true');
  }
  response.statusCode = 204;
  response.end();
}

/** Adds to a `Vary` that the application may have set. */
export function appendVary(response: ServerResponse, field: string): void {
  const before = response.getHeader('Vary');
  const fields = before === undefined ? [] : String(before).split(/\s*,\s*/);
  if (fields.includes('*') || fields.some((other) => other.toLowerCase() === field.toLowerCase())) return;
  response.setHeader('Vary', [...fields, field].join(', '));
}
