import {
  longPolling,
  polling,
  streaming,
  ticketed,
  type ClientSession,
  type PostRequest,
  type TransportFactory,
} from '@holdfast/protocol';
import { websocket, XHR_STREAMS, type BrowserTransport } from './browser-transports.js';
import type { ConnectOptions } from './connect.js';
import { connect as connectOver } from './core-connect.js';
import type { Endpoint } from './endpoint.js';
import { eventStream } from './event-stream.js';
import { jsonpPost } from './jsonp-post.js';
import { oneOf, type Way } from './one-of.js';
import { makeTransports } from './options.js';
import { hasXDomain, xdomainPost } from './xdomain-post.js';
import { xhrPost } from './xhr-post.js';

/** Options of `connect` in the ES5 files. */
export interface ScriptOptions extends ConnectOptions {
  /**
   * Whether the page may send by forms and read by scripts where its requests get no answers (PROTOCOL.md section 5.6): it then runs what comes
   * from the server as code. The server must have its `jsonp` on, too. Such sessions are anonymous: only `auth` tells who it is.
   *
   * @defaultValue false
   */
  readonly jsonp?: boolean;
}

/** `connect` for pages without modules. What their engine can do is found out by trying. */
export function connect(url: string, options: ScriptOptions = {}): ClientSession {
  const byPost = (make: (post: PostRequest) => TransportFactory) => (): BrowserTransport => (endpoint) => {
    const ways: [Way, ...Way[]] = [{ post: plainPost(endpoint) }];
    if (options.jsonp) ways.push({ post: jsonpPost(endpoint) });
    return oneOf(make, ways);
  };
  const makers = {
    websocket,
    streaming: (): BrowserTransport => (endpoint) => {
      const post = plainPost(endpoint);
      return oneOf(streaming, [
        { post, options: XHR_STREAMS },
        { post: ticketed(post, eventStream(endpoint)), options: { byTicket: true } },
      ]);
    },
    'long-polling': byPost(longPolling),
    polling: byPost(polling),
  };
  return connectOver(url, { ...options, transports: makeTransports<BrowserTransport>(makers, options.transports) });
}

/** By XMLHttpRequest, which every engine has; IE 8 and 9 throw where it is to go to another origin, and have another one for that. */
function plainPost(endpoint: Endpoint): PostRequest {
  try {
    new XMLHttpRequest().open('POST', endpoint.url, true);
  } catch {
    if (hasXDomain() && endpoint.credentials !== 'include') return xdomainPost(endpoint);
  }
  return xhrPost(endpoint);
}
