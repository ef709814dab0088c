import type { ClientSession } from '@holdfast/protocol';
import { websocket, xhrLongPolling, xhrPolling, xhrStreaming } from './browser-transports.js';
import { connectByName, type ConnectOptions } from './connect.js';

/** `connect` for pages without modules: by XMLHttpRequest, which every engine has and can stream. */
export function connect(url: string, options: ConnectOptions = {}): ClientSession {
  return connectByName(url, options, {
    websocket,
    streaming: xhrStreaming,
    'long-polling': xhrLongPolling,
    polling: xhrPolling,
  });
}
