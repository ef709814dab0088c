import type { Data, TransportName } from '@holdfast/protocol';
import type { Page } from 'puppeteer-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { compare, NOTHING_WRONG } from '../matrix/ledger.js';
import { conversation } from '../matrix/messages.js';
import { Site } from './site.js';
import { describeInBrowsers, read, until } from './tabs.js';

const NO_FETCH = 'delete window.fetch;';
const COUNT_EVENT_SOURCES = `
  window.eventSourceCount = 0;
  window.EventSource = class extends EventSource {
    constructor(...args) {
      super(...args);
      window.eventSourceCount++;
    }
  };
`;

interface Case {
  readonly name: string;
  readonly transport: TransportName;
  readonly options?: Readonly<Record<string, string>>;
  /** Runs before the page's own scripts. */
  readonly before?: string;
  /** True in the page if it was done in this way. */
  readonly evidence: string;
}

const usedFetch = (initiator: string): string =>
  `performance.getEntriesByType('resource').some(({ name, initiatorType }) =>
    /holdfast$/.test(name) && initiatorType === '${initiator}')`;

const CASES: readonly Case[] = [
  { name: 'websocket', transport: 'websocket', evidence: `!(${usedFetch('fetch')})` },
  { name: 'streaming by fetch', transport: 'streaming', evidence: usedFetch('fetch') },
  {
    name: 'streaming by XMLHttpRequest',
    transport: 'streaming',
    before: NO_FETCH,
    evidence: usedFetch('xmlhttprequest'),
  },
  {
    name: 'streaming by EventSource',
    transport: 'streaming',
    options: { streamVariant: 'event-source' },
    before: NO_FETCH + COUNT_EVENT_SOURCES,
    evidence: 'window.eventSourceCount > 0',
  },
  { name: 'long polling by fetch', transport: 'long-polling', evidence: usedFetch('fetch') },
  {
    name: 'long polling by XMLHttpRequest',
    transport: 'long-polling',
    before: NO_FETCH,
    evidence: usedFetch('xmlhttprequest'),
  },
  { name: 'polling by fetch', transport: 'polling', evidence: usedFetch('fetch') },
  { name: 'polling by XMLHttpRequest', transport: 'polling', before: NO_FETCH, evidence: usedFetch('xmlhttprequest') },
];

interface Encoded {
  readonly text?: string;
  readonly base64?: string;
}

function encode(data: Data): Encoded {
  return typeof data === 'string' ? { text: data } : { base64: Buffer.from(data).toString('base64') };
}

function decode({ text, base64 = '' }: Encoded): Data {
  return text ?? Buffer.from(base64, 'base64');
}

let site: Site;

beforeAll(async () => {
  site = await Site.start();
});

afterAll(() => site.close());

/** Sends every kind of message from the page, has it echoed, and compares at both ends. */
async function echoAll(page: Page, options: object): Promise<void> {
  const sent = conversation('page', 2);
  const accepted = site.nextSession();
  await read(page, `start(${JSON.stringify(options)})`);
  await read(page, `sendAll(${JSON.stringify(sent.map(encode))})`);
  const session = await accepted;
  await until(page, `received.length >= ${sent.length}`);
  const received = await read<Encoded[]>(page, 'receivedMessages()');
  expect(compare(sent, received.map(decode))).toEqual(NOTHING_WRONG);
  expect(compare(sent, site.receivedFrom(session))).toEqual(NOTHING_WRONG);
}

describeInBrowsers('the file for <script>', (tabs) => {
  it.each(CASES)(
    'echoes every kind of message by $name',
    async ({ transport, options = {}, before = '', evidence }) => {
      const page = await tabs.open(site.url(), before);
      await echoAll(page, { ...options, transports: [transport] });
      expect(await read(page, 'session.transport')).toBe(transport);
      expect(await read(page, evidence)).toBe(true);
      await read(page, 'session.close()');
      await until(page, `session.state === 'closed'`);
    },
  );

  it.each(['websocket', 'streaming', 'long-polling', 'polling'] as const)(
    'is content with a strict Content-Security-Policy: %s',
    async (transport) => {
      const page = await tabs.open(site.url('/?strict'));
      await echoAll(page, { transports: [transport] });
      expect((await read<string[]>(page, 'story')).filter((line) => line.startsWith('violated'))).toEqual([]);
    },
  );
});

describeInBrowsers('the ES module', (tabs) => {
  it('is imported by a page as it is, and echoes every kind of message', async () => {
    const page = await tabs.open(site.url('/module?strict'));
    await until(page, `typeof start === 'function'`);
    await echoAll(page, {});
    expect(await read(page, 'session.transport')).toBe('websocket');
  });
});
