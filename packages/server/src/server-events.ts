import type { CloseEvent, ErrorCode, ServerSession, TransportName } from '@holdfast/protocol';
import type { Complainant } from './complain.js';

/** Events of a {@link Server}. A listener that throws stops nothing; its error surfaces as uncaught. There is no fatal `error` event. */
export interface ServerEvents {
  /** A session has begun. Its messages wait until it has a `message` listener. */
  session: ServerSession;
  /** A transport has attached to a session: the first one, another one, or again after a loss. */
  attach: { readonly session: ServerSession; readonly transport: TransportName };
  /** A session has ended. */
  close: CloseEvent & { readonly session: ServerSession };
  /**
   * A connection or request was answered with an error of PROTOCOL.md section 7, whatever the reason: what {@link Server.stats} counts in `errors`,
   * one by one. Clients can cause it at will.
   */
  refused: RefusedEvent;
  /** One of the functions in the options threw; whatever it decided about was refused. Without a listener it becomes a process warning. */
  problem: ProblemEvent;
}

/** See {@link ServerEvents.refused}. */
export interface RefusedEvent {
  /** PROTOCOL.md section 7. */
  readonly code: ErrorCode;
  /** IP address of the client; `''` if unknown. */
  readonly address: string;
  /** Origin that it named, or `null`. */
  readonly origin: string | null;
}

/** See {@link ServerEvents.problem}. */
export interface ProblemEvent {
  /** Name of the option, or `body`: another middleware took the body of a request of ours. */
  readonly where: Complainant;
  readonly error: unknown;
}
