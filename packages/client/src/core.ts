import { PROTOCOL_VERSION } from '@holdfast/protocol';

/** What {@link describeClient} returns. */
export interface ClientDescription {
  readonly protocolVersion: typeof PROTOCOL_VERSION;
  readonly engine: string;
}

/** Says which engine runs the client, and which protocol it speaks. */
export function describeClient(engine = 'browser'): ClientDescription {
  return { protocolVersion: PROTOCOL_VERSION, engine };
}
