export { connect } from './core-connect.js';
export type { BrowserOptions, CoreConnectOptions } from './connect-at.js';
export {
  eventStreaming,
  longPolling,
  polling,
  streaming,
  websocket,
  xhrLongPolling,
  xhrPolling,
  xhrStreaming,
  type BrowserTransport,
} from './browser-transports.js';
export type { Trace } from './browser-environment.js';
export type { Endpoint } from './endpoint.js';
export type { CommonOptions } from './options.js';
export { HoldfastError } from '@holdfast/protocol';
export type * from './types.js';
