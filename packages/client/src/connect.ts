import type { ClientSession, TransportName } from '@holdfast/protocol';
import { longPolling, polling, streaming, websocket, type BrowserTransport } from './browser-transports.js';
import { connectAt, type BrowserOptions } from './connect-at.js';
import { resolveUrl } from './endpoint.js';
import { makeTransports } from './options.js';

/** Options of `connect` in a browser. */
export interface ConnectOptions extends BrowserOptions {
  /**
   * What may carry the session, best first. `session.use(...)` changes it later, among those given here.
   *
   * @defaultValue ['websocket', 'streaming', 'long-polling', 'polling']
   */
  readonly transports?: readonly TransportName[];
}

/**
 * Begins a session with a Holdfast server, over whatever the network lets through. Returns at once: messages may be sent before the session
 * is open, and while it is away.
 *
 * @param url - absolute, or relative to the page; `http:`, `https:`, `ws:` and `wss:` are all understood
 * @throws HoldfastError `ERR_URL` or `ERR_OPTION`
 * @example
 * ```ts
 * const session = connect('/holdfast', { auth: () => token });
 * session.on('message', (data) => render(data));
 * session.send('hello');
 * ```
 */
export function connect(url: string, options: ConnectOptions = {}): ClientSession {
  const makers = { websocket, streaming, 'long-polling': longPolling, polling };
  return connectAt(
    resolveUrl(url, (relative) => new URL(relative, location.href).href),
    { ...options, transports: makeTransports<BrowserTransport>(makers, options.transports) },
  );
}
