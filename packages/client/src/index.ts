export { connect, type ConnectOptions } from './connect.js';
export type { Trace } from './browser-environment.js';
export type { BrowserOptions } from './connect-at.js';
export type { CommonOptions } from './options.js';
export { HoldfastError } from '@holdfast/protocol';
export type * from './types.js';
