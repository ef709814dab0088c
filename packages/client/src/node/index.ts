export { connect, type NodeConnectOptions } from './node-connect.js';
export type { TlsOptions } from './network.js';
export type { Trace } from '../browser-environment.js';
export type { CommonOptions } from '../options.js';
export { HoldfastError } from '@holdfast/protocol';
export type * from '../types.js';
