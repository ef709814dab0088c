import {
  longPolling as longPollingOver,
  polling as pollingOver,
  streaming as streamingOver,
  websocket as websocketOver,
  type PostRequest,
  type TransportFactory,
} from '@holdfast/protocol';
import { browserSocket } from './browser-socket.js';
import type { Endpoint } from './endpoint.js';
import { eventStream } from './event-stream.js';
import { canFetch, fetchPost } from './fetch-post.js';
import { xhrPost } from './xhr-post.js';

/** One of the four transports in a browser, made by {@link websocket}, {@link streaming}, {@link longPolling}, {@link polling} and variants. */
export type BrowserTransport = (endpoint: Endpoint) => TransportFactory;

/** One WebSocket connection. */
export function websocket(): BrowserTransport {
  return ({ url }) => websocketOver(browserSocket(url));
}

/** POST requests whose answers are streams, read by `fetch` or, where that can't, by XMLHttpRequest. */
export function streaming(): BrowserTransport {
  return canFetch() ? (endpoint) => streamingOver(fetchPost(endpoint)) : xhrStreaming();
}

/** Streams read by XMLHttpRequest. */
export function xhrStreaming(): BrowserTransport {
  return (endpoint) =>
    streamingOver(xhrPost(endpoint), {
      // Old engines show nothing of an answer before they have this much of it (Android 2: 4 KB, WebKit: 1 KB).
      padBytes: 4096,
      // A stream begins anew after so much, because `responseText` only grows.
      recycleBytes: 262_144,
    });
}

/** Streams read by EventSource, for engines that show nothing of the answer to a POST before its end (Opera before Chromium). */
export function eventStreaming(): BrowserTransport {
  return (endpoint) => streamingOver(post(endpoint), { eventSource: eventStream(endpoint) });
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
