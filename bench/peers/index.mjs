import * as bareHttp from './bare-http.mjs';
import * as bareWs from './bare-ws.mjs';
import * as engineIo from './engine-io.mjs';
import * as holdfast from './holdfast.mjs';
import * as leastHttp from './least-http.mjs';
import * as leastWs from './least-ws.mjs';
import * as socketIo from './socket-io.mjs';
import * as sockjs from './sockjs.mjs';

/**
 * One end of a conversation, as the cases use it.
 *
 * @typedef {{ send(message: string | Buffer): void, close(): void, pause?(): void, resume?(): void }} Connection - bytes are sent only where
 * the peer can; `close` delivers first
 *
 * What a peer has to bring. To add one: write a file like the others here, and name it below and in the cases.
 * @typedef {object} Peer
 * @property {(http: import('node:http').Server, accept: Accept, root: string) => Promise<(message: string | Buffer) => void>} serve - puts the peer's server
 * on an HTTP server; resolves to a function that broadcasts
 * @property {(url: string, options: object, root: string) => Promise<(events: ClientEvents) => Connection>} prepare - loads the peer's client;
 * resolves to a function that connects
 *
 * @typedef {(connection: Connection) => (message: string | Uint8Array) => void} Accept - returns what is to be done with messages
 *
 * @typedef {object} ClientEvents
 * @property {(connection: Connection) => void} ready - from here on `send` may be called: at once, where the peer keeps what is sent too early
 * @property {(message: string | Uint8Array) => void} message
 */

/** @type {Readonly<Record<string, Peer>>} */
export const PEERS = {
  'bare-http': bareHttp,
  'bare-ws': bareWs,
  'engine.io': engineIo,
  holdfast,
  'least-http': leastHttp,
  'least-ws': leastWs,
  'socket.io': socketIo,
  sockjs,
};
