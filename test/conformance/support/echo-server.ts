import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Server, type ServerOptions, type ServerStats } from '@holdfast/server';
import { ECHO_OPTIONS, serveEcho } from './echo-application.js';

/** What the suite may ask of a server of its own; each is answered by a message of the process. */
export type Order =
  | { readonly close: { readonly drainMs: number; readonly retryAfterMs: number; readonly spreadMs: number } }
  /** Everybody is offered messages of `messageBytes` until each was offered `bytes`, with `send` or `broadcast`. */
  | { readonly offer: Offer }
  | { readonly measure: true }
  /** Moves the clock that deadlines are read from. */
  | { readonly skipMs: number };

/** What a server of the suite's own says. */
export interface Report extends Partial<ServerStats> {
  readonly port?: number;
  readonly isClosed?: boolean;
  readonly pid?: number;
  readonly takenBytes?: number;
  readonly refusedBytes?: number;
}

// `node echo-server <port> <options as JSON>`. There is no handler for uncaught exceptions here, and there must be none.
const [port = '0', options = '{}'] = process.argv.slice(2);
const http = createServer((_request, response) => response.writeHead(404).end());
const holdfast = new Server({ ...ECHO_OPTIONS, ...(JSON.parse(options) as ServerOptions) });
serveEcho(holdfast);
holdfast.attach(http);
http.listen(Number(port), '127.0.0.1', () => tell({ port: (http.address() as AddressInfo).port }));

process.on('message', (order: Order) => void obey(order));
// Nobody outlives the suite that started it.
process.on('disconnect', () => process.exit(0));

async function obey(order: Order): Promise<void> {
  if ('close' in order) {
    await holdfast.close(order.close);
    tell({ isClosed: true });
  } else if ('offer' in order) {
    tell(await offer(order.offer));
  } else if ('skipMs' in order) {
    const now = performance.now.bind(performance);
    performance.now = () => now() + order.skipMs;
    tell({});
  } else {
    const stats = holdfast.stats();
    tell({ ...stats, pid: process.pid });
  }
}

/** Texts in ASCII, in Cyrillic, in ASCII but for one Cyrillic letter, or bytes. */
export type MessageKind = 'ascii' | 'wide' | 'mostly ascii' | 'binary';

interface Offer {
  readonly kind: MessageKind;
  readonly messageBytes: number;
  readonly bytes: number;
  readonly isBroadcast: boolean;
}

let messageCount = 0;

/** As applications have them: no two messages share their memory. */
function makeMessage(kind: MessageKind, bytes: number): string | Uint8Array {
  if (kind === 'binary') return new Uint8Array(bytes).fill(messageCount++);
  // Six digits and letters each, so that all have the length that was asked for.
  const number = String(messageCount++).padStart(6, '0');
  if (kind === 'wide') return number.padEnd(6 + (bytes - 6) / 2, '\u0436');
  return kind === 'ascii' ? number.padEnd(bytes, 'x') : `\u0436${number}`.padEnd(bytes - 1, 'x');
}

async function offer({ kind, messageBytes, bytes, isBroadcast }: Offer): Promise<Report> {
  let [takenBytes, refusedBytes] = [0, 0];
  const sessions = Array.from(holdfast.sessions.values());
  const newest = sessions.at(-1);
  // What was refused is offered to the next: nobody keeps it.
  let message = makeMessage(kind, messageBytes);
  for (let offered = 0; offered < bytes; offered += messageBytes) {
    if (isBroadcast) holdfast.broadcast(makeMessage(kind, messageBytes));
    // Whoever reads is given the time to: the newest session.
    while (isBroadcast && (newest?.bufferedAmount ?? 0) > 2 * messageBytes) await turn();
    // V8 lets far more garbage stand than is kept here: the peak would tell of nothing else.
    if (isBroadcast) collectGarbage();
    for (const session of isBroadcast ? [] : sessions) {
      try {
        session.send(message);
        takenBytes += messageBytes;
        message = makeMessage(kind, messageBytes);
      } catch {
        refusedBytes += messageBytes;
      }
    }
    // Sockets get their turn: what they take in makes room for more.
    await turn();
  }
  return { takenBytes, refusedBytes };
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function tell(report: Report): void {
  if (process.send) process.send(report);
  else if (report.port !== undefined) console.log(`The echo is at http://127.0.0.1:${report.port}/holdfast`);
}
