import {
  longPolling as longPollingOver,
  polling as pollingOver,
  streaming as streamingOver,
  ticketed,
  websocket as websocketOver,
  type StreamingOptions,
  type TransportFactory,
} from '@holdfast/protocol';
import { browserSocket } from './browser-socket.js';
import type { Endpoint } from './endpoint.js';
import { eventStream } from './event-stream.js';
import { fetchPost } from './fetch-post.js';
import { xhrPost } from './xhr-post.js';

/** One of the four transports in a browser, made by {@link websocket}, {@link streaming}, {@link longPolling}, {@link polling} and variants. */
export type BrowserTransport = (endpoint: Endpoint) => TransportFactory;

/** How streams are done that an engine shows as one text which grows. */
export const XHR_STREAMS: StreamingOptions = {
  // Old engines show nothing of an answer before they have this much of it (Android 2: 4 KB, WebKit: 1 KB).
  padBytes: 4096,
  // A stream begins anew after so much, because `responseText` only grows.
  recycleBytes: 262_144,
};

/** One WebSocket connection. */
export function websocket(): BrowserTransport {
  return ({ url }) => websocketOver(browserSocket(url));
}

/** POST requests whose answers are streams, read by `fetch`. */
export function streaming(): BrowserTransport {
  return (endpoint) => streamingOver(fetchPost(endpoint));
}

/** POST requests that are held until there is something to say, by `fetch`. */
export function longPolling(): BrowserTransport {
  return (endpoint) => longPollingOver(fetchPost(endpoint));
}

/** POST requests at intervals, answered at once, by `fetch`. */
export function polling(): BrowserTransport {
  return (endpoint) => pollingOver(fetchPost(endpoint));
}

/** Streams read by XMLHttpRequest, for engines without `fetch`, or whose `fetch` can't be read while the answer comes. */
export function xhrStreaming(): BrowserTransport {
  return (endpoint) => streamingOver(xhrPost(endpoint), XHR_STREAMS);
}

/** {@link longPolling} by XMLHttpRequest. */
export function xhrLongPolling(): BrowserTransport {
  return (endpoint) => longPollingOver(xhrPost(endpoint));
}

/** {@link polling} by XMLHttpRequest. */
export function xhrPolling(): BrowserTransport {
  return (endpoint) => pollingOver(xhrPost(endpoint));
}

/** Streams read by EventSource, for engines that show nothing of the answer to a POST before its end (Opera before Chromium). */
export function eventStreaming(): BrowserTransport {
  return (endpoint) => streamingOver(ticketed(xhrPost(endpoint), eventStream(endpoint)), { byTicket: true });
}
