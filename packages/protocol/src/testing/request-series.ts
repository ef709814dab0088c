import type { HubOptions } from '../server/hub-host.js';
import type { ServerSession } from '../server/server-session.js';
import { Bench, find, newPacket, type Members, type RecordedResponder } from './server-side.js';

/** A session on a series of requests. */
export interface Series {
  readonly bench: Bench;
  readonly session: ServerSession;
  readonly id: string;
  readonly key: string;
  readonly first: RecordedResponder;
  /** A further request. */
  readonly ask: (n: number, as: string, ...packets: string[]) => RecordedResponder;
  readonly raw: (envelope: Members, ...packets: string[]) => RecordedResponder;
}

/** A session on a series of requests, of which the first has attached. */
export function open(as = 'hold', options: Partial<HubOptions> = {}, more: Members = {}): Series {
  const bench = new Bench(options);
  const first = bench.post({ as, hold: 20_000, ...more }, newPacket({ choice: 1 }));
  const { id, key } = find(first.lines, 'a') as { id: string; key: string };
  const [session] = bench.sessions;
  if (!session) throw new Error('no session');
  const raw: Series['raw'] = (envelope, ...packets) => bench.post({ id, key, ...envelope }, ...packets);
  return {
    bench,
    session,
    id,
    key,
    first,
    raw,
    ask: (n, mode, ...packets) => raw({ n, as: mode, hold: 20_000 }, ...packets),
  };
}

/** Sends, and ends the turn. */
export function send({ bench, session }: Series, ...messages: string[]): void {
  for (const message of messages) session.send(message);
  bench.clock.flush();
}
