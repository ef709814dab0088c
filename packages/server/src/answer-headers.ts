import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';

/**
 * Headers of every answer (PROTOCOL.md section 10): nobody may guess its type, keep it, rewrite it, or hold it back; a page of `origin` may read
 * it, with cookies if it likes. They go with those that the application has set.
 */
export function answerHeaders(
  response: ServerResponse,
  contentType: string,
  origin: string | null,
): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = {
    'Content-Type': contentType,
    'X-Content-Type-Options': 'nosniff',
    'Cache-Control': 'no-store, no-transform',
    'X-Accel-Buffering': 'no',
    Vary: varyWith(response, 'Origin'),
  };
  // What isn't printable ASCII can't be set as a header, and is no origin.
  if (origin !== null && /^[\x21-\x7e]+$/.test(origin)) {
    headers['Access-Control-Allow-Origin'] = origin;
    headers['Access-Control-Allow-Credentials'] = 'true';
  }
  return headers;
}

/** Sets {@link answerHeaders}: for answers to which Node adds their length. */
export function setAnswerHeaders(response: ServerResponse, contentType: string, origin: string | null): void {
  for (const [name, value] of Object.entries(answerHeaders(response, contentType, origin)))
    if (value !== undefined) response.setHeader(name, value);
}

/**
 * Answers a preflight. Whether the page may speak is decided when it does, by an answer that it can read; but of the headers that it may set,
 * none tells us anything, so that no page can pretend to be a proxy.
 */
export function answerPreflight(request: IncomingMessage, response: ServerResponse): void {
  setAnswerHeaders(response, 'text/plain', request.headers.origin ?? null);
  response.removeHeader('Content-Type');
  response.setHeader('Access-Control-Allow-Methods', 'GET, POST');
  response.setHeader('Access-Control-Allow-Headers', 'Content-Type');
  response.setHeader('Access-Control-Max-Age', '7200');
  if (request.headers['access-control-request-private-network'] === 'true') {
    response.setHeader('Access-Control-Allow-Private-Network', 'true');
  }
  response.statusCode = 204;
  response.end();
}

/** A `Vary` that the application may have set, with one field more. */
export function varyWith(response: ServerResponse, field: string): string {
  const before = response.getHeader('Vary');
  if (before === undefined) return field;
  const fields = String(before).split(/\s*,\s*/);
  const isIn = fields.includes('*') || fields.some((other) => other.toLowerCase() === field.toLowerCase());
  return (isIn ? fields : [...fields, field]).join(', ');
}
