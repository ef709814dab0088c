import type { Data } from '@holdfast/protocol';
import type { CloseEvent } from '@holdfast/server';
import { compare, type Discrepancy } from './ledger.js';
import type { Pair } from './pair.js';

/** What both ends of a session can do. */
interface End {
  send(data: Data): boolean;
  once(name: 'drain', listener: () => void): unknown;
  once(name: 'close', listener: (event: CloseEvent) => void): unknown;
}

/** What both directions have seen when all is over. */
export interface Outcome {
  readonly up: Discrepancy;
  readonly down: Discrepancy;
  /** Messages that the ends, closing gracefully, did not know to have arrived. */
  readonly unconfirmed: number;
  readonly resets: number;
  readonly closeCodes: readonly number[];
}

/** All is well. */
export const FLAWLESS: Outcome = {
  up: { lost: 0, duplicated: 0, outOfOrder: 0 },
  down: { lost: 0, duplicated: 0, outOfOrder: 0 },
  unconfirmed: 0,
  resets: 0,
  closeCodes: [1000, 1000],
};

/** How the two ends talk. */
export interface ExchangeOptions {
  readonly up: readonly Data[];
  readonly down: readonly Data[];
  /** Messages that each side sends in one go, before it lets the event loop turn. */
  readonly batchSize?: number;
  /** So many of the first messages up go one by one, each when the one before has arrived: time to find out about the path. */
  readonly leadInCount?: number;
  /** Called once for each of these shares of all messages, as soon as they have arrived, both ways together. */
  readonly strikeAt?: readonly number[];
  readonly strike?: (pair: Pair) => void;
}

/** Sends everything both ways at once, waits until it has arrived, closes, and counts. */
export async function exchange(pair: Pair, options: ExchangeOptions): Promise<Outcome> {
  const { client } = pair;
  const up: Data[] = [];
  const down: Data[] = [];
  const total = options.up.length + options.down.length;
  const strikes = (options.strikeAt ?? []).map((share) => Math.floor(share * total));
  let resets = 0;
  client.on('reset', () => resets++);
  client.on('message', (data) => arrived(down, data));

  const waiting: { isDone: () => boolean; resolve: () => void }[] = [];
  const until = (isDone: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      waiting.push({ isDone, resolve });
    });
  function arrived(list: Data[], data: Data): void {
    list.push(data);
    const count = up.length + down.length;
    if (count >= (strikes[0] ?? Infinity)) {
      strikes.shift();
      options.strike?.(pair);
    }
    for (const { isDone, resolve } of waiting) if (isDone()) resolve();
  }

  const finished = until(() => up.length >= options.up.length && down.length >= options.down.length);
  const { leadInCount = 0 } = options;
  const first = options.up.slice(0, leadInCount);
  const leadIn = (async () => {
    for (const [index, message] of first.entries()) {
      client.send(message);
      await until(() => up.length > index);
    }
  })();
  const server = await pair.accepted;
  server.on('message', (data) => arrived(up, data));
  await leadIn;
  const sendingUp = sendAll(client, options.up.slice(leadInCount), options.batchSize);
  await Promise.all([sendingUp, sendAll(server, options.down, options.batchSize), finished]);

  // What is delivered twice comes before the end.
  const ends = Promise.all([closed(client), closed(server)]);
  client.close();
  const events = await ends;
  return {
    up: compare(options.up, up),
    down: compare(options.down, down),
    unconfirmed: events.reduce((sum, { unconfirmed }) => sum + unconfirmed.length, 0),
    resets,
    closeCodes: events.map(({ code }) => code),
  };
}

/** Sends in batches, and waits for `drain` where it is asked to. */
async function sendAll(end: End, messages: readonly Data[], batchSize = 7): Promise<void> {
  for (const [index, message] of messages.entries()) {
    if (!end.send(message)) await new Promise<void>((resolve) => end.once('drain', () => resolve()));
    if (index % batchSize === batchSize - 1) await new Promise((resolve) => setImmediate(resolve));
  }
}

/** How a session ends. */
export function closed(end: End): Promise<CloseEvent> {
  return new Promise((resolve) => end.once('close', resolve));
}

/** Messages as they come; `until(count)` resolves when so many have. */
export function collect(end: { on(name: 'message', listener: (data: unknown) => void): unknown }): {
  readonly messages: unknown[];
  readonly until: (count: number) => Promise<void>;
} {
  const messages: unknown[] = [];
  let look = (): void => {};
  end.on('message', (data) => {
    messages.push(data);
    look();
  });
  const until = (count: number): Promise<void> =>
    new Promise((resolve) => {
      look = () => {
        if (messages.length >= count) resolve();
      };
      look();
    });
  return { messages, until };
}
