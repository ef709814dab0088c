import {
  longPolling as longPollingOver,
  polling as pollingOver,
  streaming as streamingOver,
  websocket as websocketOver,
  type PostRequest,
  type TransportFactory,
} from '@holdfast/protocol';
import type { Endpoint } from './endpoint.js';
import { eventStream } from './event-stream.js';
import { canFetch, fetchPost } from './fetch-post.js';
import { browserSocket } from './browser-socket.js';
import { xhrPost } from './xhr-post.js';

/** One of the four transports in a browser; made by {@link websocket}, {@link streaming}, {@link longPolling} and {@link polling}. */
export type BrowserTransport = (endpoint: Endpoint) => TransportFactory;

/** How `streaming` reads its answers: by `fetch`, XMLHttpRequest or EventSource. */
export type StreamVariant = 'fetch' | 'xhr' | 'event-source';

/** A stream by XMLHttpRequest begins anew after so much, because `responseText` only grows. */
const RECYCLE_BYTES = 262_144;

/** Old engines show nothing of an answer before they have this much of it (Android 2: 4 KB, WebKit: 1 KB). */
const PAD_BYTES = 4096;

/** One WebSocket connection. */
export function websocket(): BrowserTransport {
  return ({ url }) => websocketOver(browserSocket(url));
}

/**
 * POST requests whose answers are streams.
 *
 * @param variant - `fetch` or `xhr` by what the engine can do, unless given
 */
export function streaming(variant: StreamVariant = canFetch() ? 'fetch' : 'xhr'): BrowserTransport {
  return (endpoint) =>
    variant === 'fetch'
      ? streamingOver(fetchPost(endpoint))
      : streamingOver(xhrPost(endpoint), {
          padBytes: PAD_BYTES,
          recycleBytes: RECYCLE_BYTES,
          ...(variant === 'event-source' && { eventSource: eventStream(endpoint) }),
        });
}

/** POST requests that are held until there is something to say. */
export function longPolling(): BrowserTransport {
  return (endpoint) => longPollingOver(post(endpoint));
}

/** POST requests at intervals, answered at once. */
export function polling(): BrowserTransport {
  return (endpoint) => pollingOver(post(endpoint));
}

function post(endpoint: Endpoint): PostRequest {
  return canFetch() ? fetchPost(endpoint) : xhrPost(endpoint);
}
