import type { ClientSession } from '@holdfast/protocol';
import { connectAt, type CoreConnectOptions } from './connect-at.js';
import { resolveUrl } from './endpoint.js';

/**
 * Begins a session over the transports given, and only those: a bundler leaves the others out.
 *
 * @param url - absolute, or relative to the page; `http:`, `https:`, `ws:` and `wss:` are all understood
 * @throws HoldfastError `ERR_URL` or `ERR_OPTION`
 * @example
 * ```ts
 * import { connect, longPolling, websocket } from '@holdfast/client/core';
 *
 * const session = connect('/holdfast', { transports: [websocket(), longPolling()] });
 * ```
 */
export function connect(url: string, options: CoreConnectOptions): ClientSession {
  return connectAt(resolveUrl(url, absolute), options);
}

/** Relative to the page or worker, in engines old and new. */
function absolute(url: string): string {
  let isParser = false;
  try {
    // What old WebKit makes (PhantomJS 2) is no address.
    isParser = 'href' in new URL('http://a');
  } catch {
    // It can't be constructed (IE).
  }
  if (isParser) return new URL(url, location.href).href;
  // These engines have no workers that we could run in.
  const link = document.createElement('a');
  link.href = url;
  return link.href;
}
