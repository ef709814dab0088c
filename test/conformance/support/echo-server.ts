import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server, type ServerOptions } from '@holdfast/server';
import { ECHO_OPTIONS, serveEcho } from './echo-application.js';

/** What the suite may ask of a server of its own; each is answered by a message of the process. */
export type Order =
  | { readonly close: { readonly drainMs: number; readonly retryAfterMs: number; readonly spreadMs: number } }
  /** Everybody is offered texts of `messageBytes` until each was offered `bytes`, with `send` or `broadcast`. */
  | { readonly offer: { readonly messageBytes: number; readonly bytes: number; readonly isBroadcast: boolean } }
  | { readonly measure: true }
  /** Moves the clock that deadlines are read from. */
  | { readonly skipMs: number };

/** What a server of the suite's own says. */
export interface Report {
  readonly port?: number;
  readonly isClosed?: boolean;
  readonly pid?: number;
  readonly bufferedBytes?: number;
  readonly sessions?: number;
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
    // With `--expose-gc`: garbage is no cost of a session's, and V8 takes its time to collect it.
    (globalThis as { gc?: () => void }).gc?.();
    const { bufferedBytes, sessions } = holdfast.stats();
    tell({ bufferedBytes, sessions, pid: process.pid });
  }
}

interface Offer {
  readonly messageBytes: number;
  readonly bytes: number;
  readonly isBroadcast: boolean;
}

async function offer({ messageBytes, bytes, isBroadcast }: Offer): Promise<Report> {
  let [takenBytes, refusedBytes, textCount] = [0, 0, 0];
  // As applications have them: no two messages share their memory.
  const makeText = (): string => `${textCount++} `.padEnd(messageBytes, 'x');
  const sessions = Array.from(holdfast.sessions.values());
  // What was refused is offered to the next: nobody keeps it.
  let text = makeText();
  for (let offered = 0; offered < bytes; offered += messageBytes) {
    if (isBroadcast) holdfast.broadcast(makeText());
    for (const session of isBroadcast ? [] : sessions) {
      try {
        session.send(text);
        takenBytes += messageBytes;
        text = makeText();
      } catch {
        refusedBytes += messageBytes;
      }
    }
    // Sockets get their turn: what they take in makes room for more.
    await new Promise((resolve) => setImmediate(resolve));
  }
  return { takenBytes, refusedBytes };
}

function tell(report: Report): void {
  if (process.send) process.send(report);
  else if (report.port !== undefined) console.log(`The echo is at http://127.0.0.1:${report.port}/holdfast`);
}
