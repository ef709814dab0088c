import { WebSocket } from 'ws';
import { describeClient as describe, type ClientDescription } from '../core.js';

/** Says which engine runs the client, and which protocol it speaks. */
export function describeClient(): ClientDescription {
  return describe(`node ${process.versions.node}, ${WebSocket.name}`);
}
