import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { ProxyCounts } from './counts.js';

/** Any HTTP message would be another one without these. */
const KNOWN = new Set([
  'host',
  'connection',
  'upgrade',
  'content-type',
  'content-length',
  'transfer-encoding',
  'sec-websocket-key',
  'sec-websocket-version',
  'sec-websocket-accept',
  'location',
  'date',
]);

/** What of `headers` gets through. How long a connection lasts is a matter of each by itself. */
export function passHeaders(
  headers: IncomingHttpHeaders,
  isDropping: boolean,
  counts: ProxyCounts,
): IncomingHttpHeaders {
  const entries = Object.entries(headers).filter(([name]) => name !== 'connection' && name !== 'keep-alive');
  const kept = entries.filter(([name]) => !isDropping || KNOWN.has(name));
  counts.droppedHeaders += entries.length - kept.length;
  return Object.fromEntries(kept);
}

/** A request's first line and headers as they came, but for those that `isKept` says no to. */
export function formatHead(
  { method = 'GET', url = '/', rawHeaders }: IncomingMessage,
  isKept: (name: string) => boolean,
): string {
  let lines = `${method} ${url} HTTP/1.1\r\n`;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    if (isKept(name.toLowerCase())) lines += `${name}: ${rawHeaders[index + 1] ?? ''}\r\n`;
  }
  return lines;
}

export function isKnown(name: string): boolean {
  return KNOWN.has(name);
}

/** What a network says that wants to be paid first. */
export const PORTAL_PAGE = '<!doctype html>\n<title>Welcome</title>\n<p>Please log in to use this network.</p>\n';

/** Those who sell advertisements can't leave a text alone. */
export const SCRIPT = '\n<script src="http://advertisements.example/insert.js"></script>\n';
