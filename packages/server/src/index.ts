export {
  CLOSE,
  HoldfastError,
  type CloseEvent,
  type Data,
  type ErrorCode,
  type ServerSession,
  type SessionEvents,
  type SessionState,
  type TransportName,
  type Unconfirmed,
} from '@holdfast/protocol';
export type { TrustProxy } from './client-address.js';
export type { Complainant } from './complain.js';
export type { Hosts } from './host-policy.js';
export type { AnyHttpServer, AnyRequest, AnyResponse } from './http-types.js';
export type {
  AccessOptions,
  AttachOptions,
  Authorize,
  AuthorizeContext,
  CloseOptions,
  LimitOptions,
  Protocols,
  ServerOptions,
  TimeOptions,
} from './options.js';
export type { Origins } from './origin-policy.js';
export { refuse, Refusal } from './refusal.js';
export { Server, type Middleware, type ServerStats } from './server.js';
export type { ProblemEvent, RefusedEvent, ServerEvents } from './server-events.js';
