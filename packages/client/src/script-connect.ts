import type { ClientSession } from '@holdfast/protocol';
import { websocket, xhrLongPolling, xhrPolling, xhrStreaming, type BrowserTransport } from './browser-transports.js';
import type { ConnectOptions } from './connect.js';
import { connect as connectOver } from './core-connect.js';
import { makeTransports } from './options.js';

/** `connect` for pages without modules: by XMLHttpRequest, which every engine has and can stream. */
export function connect(url: string, options: ConnectOptions = {}): ClientSession {
  const makers = { websocket, streaming: xhrStreaming, 'long-polling': xhrLongPolling, polling: xhrPolling };
  return connectOver(url, { ...options, transports: makeTransports<BrowserTransport>(makers, options.transports) });
}
