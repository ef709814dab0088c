import type { Data, TransportName } from '@holdfast/protocol';
import type { Page } from 'puppeteer-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { compare, NOTHING_WRONG } from '../matrix/ledger.js';
import { conversation } from '../matrix/messages.js';
import { PROFILES } from './profiles.js';
import { Site } from './site.js';
import { describeInBrowsers, read, until } from './tabs.js';

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
  /** A maker of `@holdfast/client/core`. */
  readonly maker?: string;
  /** Runs before the page's own scripts. */
  readonly before?: string;
  /** True in the page if it was done in this way. */
  readonly evidence: string;
}

const asked = (initiator: string): string =>
  `performance.getEntriesByType('resource').some(({ name, initiatorType }) =>
    /holdfast$/.test(name) && initiatorType === '${initiator}')`;

const FETCHED = asked('fetch');
const BY_XHR = asked('xmlhttprequest');

/** Where there is nothing else, as in engines before 2016. */
const NO_FETCH = 'delete window.fetch;';

const SCRIPT_CASES: readonly Case[] = [
  { name: 'websocket', transport: 'websocket', evidence: `!(${BY_XHR})` },
  { name: 'streaming', transport: 'streaming', before: NO_FETCH, evidence: BY_XHR },
  { name: 'long polling', transport: 'long-polling', before: NO_FETCH, evidence: BY_XHR },
  { name: 'polling', transport: 'polling', before: NO_FETCH, evidence: BY_XHR },
];

const CORE_CASES: readonly Case[] = [
  { name: 'streaming by fetch', transport: 'streaming', maker: 'streaming', evidence: FETCHED },
  { name: 'long polling by fetch', transport: 'long-polling', maker: 'longPolling', evidence: FETCHED },
  { name: 'polling by fetch', transport: 'polling', maker: 'polling', evidence: FETCHED },
  { name: 'streaming by XMLHttpRequest', transport: 'streaming', maker: 'xhrStreaming', evidence: BY_XHR },
  { name: 'long polling by XMLHttpRequest', transport: 'long-polling', maker: 'xhrLongPolling', evidence: BY_XHR },
  { name: 'polling by XMLHttpRequest', transport: 'polling', maker: 'xhrPolling', evidence: BY_XHR },
  {
    name: 'streaming by EventSource',
    transport: 'streaming',
    maker: 'eventStreaming',
    before: COUNT_EVENT_SOURCES,
    evidence: 'window.eventSourceCount > 0',
  },
];

interface Encoded {
  readonly text?: string;
  readonly hex?: string;
}

function encode(data: Data): Encoded {
  return typeof data === 'string' ? { text: data } : { hex: Buffer.from(data).toString('hex') };
}

function decode({ text, hex = '' }: Encoded): Data {
  return text ?? Buffer.from(hex, 'hex');
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

/** Echoes over one transport, and sees to it that it was done in the way meant. */
async function echoBy({ transport, maker, evidence }: Case, page: Page): Promise<void> {
  await echoAll(page, maker === undefined ? { transports: [transport] } : { maker });
  expect(await read(page, 'session.transport')).toBe(transport);
  expect(await read(page, evidence)).toBe(true);
  await read(page, 'session.close()');
  await until(page, `session.state === 'closed'`);
}

describeInBrowsers('the file for <script>', (tabs) => {
  it.each(SCRIPT_CASES)('echoes every kind of message by $name', async (way) => {
    await echoBy(way, await tabs.open(site.url(), way.before));
  });

  it.each(['websocket', 'streaming', 'long-polling', 'polling'] as const)(
    'is content with a strict Content-Security-Policy: %s',
    async (transport) => {
      const page = await tabs.open(site.url('/?strict'));
      await echoAll(page, { transports: [transport] });
      expect((await read<string[]>(page, 'story')).filter((line) => line.startsWith('violated'))).toEqual([]);
    },
  );
});

const LOADED_SCRIPT = `performance.getEntriesByType('resource').some(({ name, initiatorType }) =>
  name.includes('callback=holdfast_') && initiatorType === 'script')`;

interface ProfileCase {
  readonly profile: keyof typeof PROFILES;
  readonly options: object;
  readonly elsewhere?: boolean;
  readonly transport: TransportName;
  readonly evidence: string;
}

const PROFILE_CASES: readonly ProfileCase[] = [
  { profile: 'like IE 9', options: {}, transport: 'long-polling', evidence: 'true' },
  { profile: 'with another self', options: {}, transport: 'websocket', evidence: 'true' },
  {
    profile: 'with another self, without requests',
    options: { jsonp: true },
    transport: 'long-polling',
    evidence: LOADED_SCRIPT,
  },
  { profile: 'with additions to all objects', options: {}, transport: 'websocket', evidence: 'true' },
  ...(['websocket', 'streaming', 'long-polling', 'polling'] as const).map((transport) => ({
    profile: 'like Prototype 1.6' as const,
    options: { transports: [transport], protocols: ['one', 'two'] },
    transport,
    evidence: 'true',
  })),
  { profile: 'like IE 9', options: { transports: ['polling'] }, transport: 'polling', evidence: 'true' },
  ...(['streaming', 'long-polling', 'polling'] as const).map((transport) => ({
    profile: 'like IE 9, to another origin' as const,
    options: { transports: [transport] },
    elsewhere: true,
    transport,
    evidence: 'window.xdrCount > 0',
  })),
  {
    profile: 'like Opera 12',
    options: { transports: ['streaming'], attachTimeoutMs: 2500 },
    transport: 'streaming',
    evidence: 'window.eventSourceCount > 0',
  },
  { profile: 'without requests', options: { jsonp: true }, transport: 'long-polling', evidence: LOADED_SCRIPT },
  {
    profile: 'without requests',
    options: { jsonp: true, transports: ['polling'] },
    transport: 'polling',
    evidence: LOADED_SCRIPT,
  },
  {
    profile: 'without requests',
    options: { jsonp: true, transports: ['polling'] },
    elsewhere: true,
    transport: 'polling',
    evidence: LOADED_SCRIPT,
  },
];

describeInBrowsers('the file for <script> in profiles', (tabs) => {
  it.each(PROFILE_CASES)(
    'echoes every kind of message $profile: $transport (to another origin: $elsewhere)',
    async ({ profile, options, elsewhere = false, transport, evidence }) => {
      const page = await tabs.open(site.url(), PROFILES[profile]);
      const url = `http://127.0.0.1:${site.port}/holdfast`;
      await echoAll(page, elsewhere ? { ...options, url } : options);
      expect(await read(page, 'session.transport')).toBe(transport);
      expect(await read(page, evidence)).toBe(true);
      await read(page, 'session.close()');
      await until(page, `session.state === 'closed'`);
    },
  );

  it('does not load scripts unless it is told to', async () => {
    const page = await tabs.open(site.url(), PROFILES['without requests']);
    await read(page, `start({ transports: ['polling'] }), story.push(session.state)`);
    await read(
      page,
      `new Promise((resolve) => { let count = 0; session.on('problem', () => ++count === 3 && resolve(count)); })`,
    );
    expect(await read(page, LOADED_SCRIPT)).toBe(false);
    expect(await read(page, `document.querySelectorAll('iframe, form').length`)).toBe(0);
  });
});

describeInBrowsers('the ES module', (tabs) => {
  it('is imported by a page as it is, and echoes every kind of message', async () => {
    const page = await tabs.open(site.url('/module?strict'));
    await until(page, `typeof start === 'function'`);
    await echoAll(page, {});
    expect(await read(page, 'session.transport')).toBe('websocket');
  });

  it.each(['with another self', 'with additions to all objects', 'like Prototype 1.6'] as const)(
    'echoes every kind of message by fetch %s',
    async (profile) => {
      const page = await tabs.open(site.url('/module'), PROFILES[profile]);
      await until(page, `typeof start === 'function'`);
      await echoAll(page, { transports: ['long-polling'] });
      expect(await read(page, FETCHED)).toBe(true);
    },
  );

  it.each(CORE_CASES)('of core echoes every kind of message by $name', async (way) => {
    const page = await tabs.open(site.url('/module'), way.before);
    await until(page, `typeof start === 'function'`);
    await echoBy(way, page);
  });
});
