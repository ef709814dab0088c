import type { TransportName } from '@holdfast/protocol';
import { describe, expect, it } from 'vitest';
import { closed, collect, exchange, FLAWLESS } from './exchange.js';
import { conversation } from './messages.js';
import { Pair } from './pair.js';
import type { Behaviour } from './proxy-behaviour.js';
import type { ProxyCounts } from './proxy/counts.js';

const ALL: readonly TransportName[] = ['websocket', 'streaming', 'long-polling', 'polling'];
const HTTP = ALL.slice(1);

interface Fault {
  readonly name: string;
  readonly behaviour?: Partial<Behaviour>;
  /** Each of these is tried alone. */
  readonly alone: readonly TransportName[];
  readonly strikeAt?: readonly number[];
  readonly strike?: (pair: Pair) => void;
  /** What shows that the fault has happened. */
  readonly evidence?: keyof ProxyCounts;
}

const FAULTS: readonly Fault[] = [
  { name: 'nothing wrong', alone: ALL },
  {
    name: 'connections cut in mid-stream',
    alone: ALL,
    strikeAt: [0.1, 0.3, 0.5, 0.7, 0.9],
    strike: ({ proxy }) => proxy.cut(),
    evidence: 'cuts',
  },
  {
    name: 'answers buffered until their end',
    behaviour: { isBuffering: true },
    alone: ['websocket', 'long-polling', 'polling'],
  },
  { name: 'answers cut at 64 KB', behaviour: { maxAnswerBytes: 65_536 }, alone: HTTP, evidence: 'cuts' },
  {
    name: 'request bodies above 64 KB refused',
    behaviour: { maxRequestBytes: 65_536 },
    alone: HTTP,
    evidence: 'refusedBodies',
  },
  {
    name: 'answers lost after processing',
    behaviour: { loseAnswerShare: 0.25 },
    alone: HTTP,
    evidence: 'lostAnswers',
  },
  { name: 'requests repeated at once', behaviour: { repeatShare: 0.5 }, alone: HTTP, evidence: 'repeatedRequests' },
  {
    name: 'requests repeated a moment later',
    behaviour: { repeatShare: 0.5, repeatAfterMs: 10 },
    alone: HTTP,
    evidence: 'repeatedRequests',
  },
  {
    name: 'requests delayed and reordered by up to 2 s',
    behaviour: { maxDelayMs: 2000 },
    alone: HTTP,
  },
  { name: 'one request at a time', behaviour: { isOneAtATime: true }, alone: ['long-polling', 'polling'] },
];

/** What the default choice of transports makes of a path where not all of them get through. */
interface Ladder {
  readonly name: string;
  readonly behaviour: Partial<Behaviour>;
  /** What opens the session; where several could, the machine's other work decides. */
  readonly first?: TransportName;
  /** What carries it when all has arrived. */
  readonly last?: TransportName;
}

const LADDERS: readonly Ladder[] = [
  { name: 'nothing wrong', behaviour: {}, last: 'websocket' },
  { name: 'WebSocket refused', behaviour: { upgrade: 'refuse' }, first: 'streaming', last: 'streaming' },
  { name: 'WebSocket black-holed', behaviour: { upgrade: 'black-hole' }, first: 'streaming', last: 'streaming' },
  { name: 'WebSocket silent after its 101', behaviour: { upgrade: 'mute' }, first: 'streaming', last: 'streaming' },
  {
    // A stream that is full ends, and then it is seen: it may carry some of a large message.
    name: 'WebSocket refused, answers buffered until their end',
    behaviour: { upgrade: 'refuse', isBuffering: true },
    first: 'long-polling',
  },
  {
    name: 'WebSocket refused, one request at a time',
    behaviour: { upgrade: 'refuse', isOneAtATime: true },
    first: 'streaming',
    last: 'long-polling',
  },
];

describe.concurrent('every kind of message, both ways', () => {
  for (const { name, behaviour = {}, alone, strikeAt = [], strike = () => {}, evidence } of FAULTS) {
    for (const transport of alone) {
      it(`arrives once and in order over ${transport}: ${name}`, async () => {
        const pair = await Pair.start({ behaviour, client: { transports: [transport] } });
        try {
          const up = conversation('up', 5);
          const down = conversation('down', 5);
          expect(await exchange(pair, { up, down, strikeAt, strike })).toEqual(FLAWLESS);
          if (evidence) expect(pair.proxy.counts[evidence]).toBeGreaterThan(0);
        } finally {
          await pair.end();
        }
      });
    }
  }
});

describe.concurrent('the default choice', () => {
  for (const { name, behaviour, first, last } of LADDERS) {
    it(`opens by ${first ?? 'any'} and gets everything through: ${name}`, async () => {
      const pair = await Pair.start({ behaviour });
      try {
        const carriers: TransportName[] = [];
        pair.client.on('transport', (event) => {
          if (event.name) carriers.push(event.name);
        });
        const up = conversation('up', 5);
        const down = conversation('down', 5);
        expect(await exchange(pair, { up, down, leadInCount: 3 })).toEqual(FLAWLESS);
        if (first) expect(carriers[0]).toBe(first);
        if (last) expect(carriers.at(-1)).toBe(last);
      } finally {
        await pair.end();
      }
    });
  }

  it('leaves a WebSocket that keeps dying at its second death, and loses nothing', async () => {
    // One connection at a time: which attempt gets through is decided by their order, not by their speed.
    const pair = await Pair.start({ behaviour: { maxConnections: 1 } });
    let timer: NodeJS.Timeout | undefined;
    try {
      const carriers: (TransportName | null)[] = [];
      const down = collect(pair.client);
      const left = new Promise<void>((resolve) => {
        pair.client.on('transport', ({ name }) => {
          carriers.push(name);
          if (carriers.length === 5) {
            pair.proxy.set({ maxConnections: Infinity });
            resolve();
          } else if (name === 'websocket') void down.until(down.messages.length + 20).then(() => pair.proxy.cut());
        });
      });
      const server = await pair.accepted;
      const up = collect(server);
      let sentCount = 0;
      timer = setInterval(() => {
        sentCount++;
        for (const end of [pair.client, server]) end.send(String(sentCount));
      }, 10);
      await left;
      clearInterval(timer);
      expect(carriers).toEqual(['websocket', null, 'websocket', null, 'streaming']);
      const ends = [closed(pair.client), closed(server)];
      await Promise.all([up.until(sentCount), down.until(sentCount)]);
      pair.client.close();
      await Promise.all(ends);
      const sent = Array.from({ length: sentCount }, (_, index) => String(index + 1));
      expect([up.messages, down.messages]).toEqual([sent, sent]);
    } finally {
      clearInterval(timer);
      await pair.end();
    }
  });
});
