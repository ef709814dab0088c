import { ClientSession } from '@holdfast/protocol';
import { browserEnvironment } from './browser-environment.js';
import type { BrowserTransport } from './browser-transports.js';
import { resolveUrl, type Endpoint } from './endpoint.js';
import { checkOptions, type CommonOptions } from './options.js';
import { traceSession } from './trace-session.js';
import { transportMemory } from './transport-memory.js';
import { watchPage } from './watch-page.js';

/** Options of `connect` in every browser entry. */
export interface BrowserOptions extends CommonOptions {
  /**
   * Whether requests to another origin bring its cookies: `include`, for which that server has to allow this page's origin. WebSockets
   * always bring them.
   *
   * @defaultValue 'same-origin'
   */
  readonly credentials?: Endpoint['credentials'];
}

/** Options of `connect` of `@holdfast/client/core`. */
export interface CoreConnectOptions extends BrowserOptions {
  /** What may carry the session, best first: made by `websocket()`, `streaming()`, `longPolling()`, `polling()` and variants. */
  readonly transports: readonly BrowserTransport[];
}

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
  checkOptions(options);
  const endpoint: Endpoint = { url: resolveUrl(url, absolute), credentials: options.credentials ?? 'same-origin' };
  const session = new ClientSession(browserEnvironment(options.trace), {
    ...options,
    transports: options.transports.map((transport) => transport(endpoint)),
    memory: options.memory === false ? undefined : transportMemory(endpoint.url),
    wallNow: Date.now,
  });
  traceSession(session, options.trace);
  watchPage(session, endpoint.url);
  return session;
}

/** Relative to the page or worker. */
function absolute(url: string): string {
  try {
    new URL('http://a');
  } catch {
    // Engines where it can't be constructed (IE, PhantomJS); they have no workers that we could run in.
    const link = document.createElement('a');
    link.href = url;
    return link.href;
  }
  return new URL(url, location.href).href;
}
