import { ClientSession } from '@holdfast/protocol';
import { browserEnvironment } from './browser-environment.js';
import type { BrowserTransport } from './browser-transports.js';
import type { Endpoint } from './endpoint.js';
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

/** Begins a session with the server at an absolute address. */
export function connectAt(url: string, options: CoreConnectOptions): ClientSession {
  checkOptions(options);
  const endpoint: Endpoint = { url, credentials: options.credentials ?? 'same-origin' };
  const session = new ClientSession(browserEnvironment(options.trace), {
    ...options,
    transports: options.transports.map((transport) => transport(endpoint)),
    memory: options.memory === false ? undefined : transportMemory(url),
    wallNow: Date.now,
  });
  traceSession(session, options.trace);
  watchPage(session, url);
  return session;
}
