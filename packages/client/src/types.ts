export type {
  ClientSession,
  ClientSessionEvents,
  CloseEvent,
  Data,
  Listener,
  ProblemEvent,
  SessionState,
  TransportName,
  Unconfirmed,
} from '@holdfast/protocol';
