import { PROTOCOL_VERSION } from '@holdfast/protocol';
import { WebSocketServer } from 'ws';

/** The protocol version that this server accepts. */
export const SERVER_PROTOCOL_VERSION: number = PROTOCOL_VERSION;

/** Names the class that accepts WebSocket connections. */
export function acceptKind(): string {
  return WebSocketServer.name;
}
