import { type Agent as HttpAgent, validateHeaderName, validateHeaderValue } from 'node:http';
import {
  ClientSession,
  longPolling,
  polling,
  streaming,
  websocket,
  type TransportFactory,
  type TransportName,
} from '@holdfast/protocol';
import { resolveUrl } from '../endpoint.js';
import { checkOptions, demand, makeTransports, type CommonOptions } from '../options.js';
import { traceSession } from '../trace-session.js';
import { KeptAgent, type Network, type TlsOptions } from './network.js';
import { nodeEnvironment } from './node-environment.js';
import { nodePost } from './node-post.js';
import { nodeSocket } from './node-socket.js';
import { processMemory } from './process-memory.js';

/** Options of `connect` on Node. */
export interface NodeConnectOptions extends CommonOptions {
  /**
   * What may carry the session, best first. `session.use(...)` changes it later, among those given here.
   *
   * @defaultValue ['websocket', 'streaming', 'long-polling', 'polling']
   */
  readonly transports?: readonly TransportName[];

  /**
   * Headers for every request and WebSocket handshake, such as `Cookie` or `User-Agent`. The server's `authorize` sees them; `auth` is the
   * place for tokens. A client that sends no `Origin` and no `Cookie` counts as no browser, and is let in.
   */
  readonly headers?: Readonly<Record<string, string>>;

  /**
   * Makes the connections of all transports, for instance through a proxy. An `https.Agent` where the address is `https:`. It is yours to
   * destroy.
   *
   * @defaultValue one that all sessions of the process with this server share, which keeps connections alive until the last of them has ended
   */
  readonly agent?: HttpAgent;

  /** Certificates and checks of `https:` connections, where no `agent` brings its own. */
  readonly tls?: TlsOptions;
}

/**
 * Begins a session with a Holdfast server, over whatever the network lets through. Returns at once: messages may be sent before the session
 * is open, and while it is away. The process lives as long as the session: `close()` it to end.
 *
 * @param url - absolute; `http:`, `https:`, `ws:` and `wss:` are all understood
 * @throws HoldfastError `ERR_URL` or `ERR_OPTION`
 * @example
 * ```ts
 * const session = connect('https://shop.example/holdfast', { auth: token });
 * session.on('message', (data) => console.log(data));
 * session.send('hello');
 * ```
 */
export function connect(url: string, options: NodeConnectOptions = {}): ClientSession {
  const { headers = {}, agent, tls = {} } = options;
  checkOptions(options);
  checkHeaders(headers);
  const network: Network = { url: resolveUrl(url, (text) => new URL(text).href), headers, tls, agent };
  const kept = KeptAgent.of(network.url);
  const post = nodePost(network, kept);
  const transports = makeTransports<TransportFactory>(
    {
      websocket: () => websocket(nodeSocket(network)),
      streaming: () => streaming(post),
      'long-polling': () => longPolling(post),
      polling: () => polling(post),
    },
    options.transports,
  );
  const session = new ClientSession(nodeEnvironment(options.trace), {
    ...options,
    transports,
    memory: options.memory === false ? undefined : processMemory(kept.origin),
    wallNow: Date.now,
  });
  traceSession(session, options.trace);
  session.on('close', kept.use());
  return session;
}

function checkHeaders(headers: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(headers)) {
    let isFit = true;
    try {
      validateHeaderName(name);
      validateHeaderValue(name, value);
    } catch {
      isFit = false;
    }
    // The value may be a secret, so it isn't told.
    demand(isFit, `headers: ${name}`, 'a header that HTTP can carry', 'not');
  }
}
