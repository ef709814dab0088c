import type { TransportName } from '@holdfast/protocol';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { HostileProxy } from '../matrix/hostile-proxy.js';
import type { Behaviour } from '../matrix/proxy-behaviour.js';
import { ChatPage, type Counts } from './chat-page.js';
import { ChatProcess } from './chat-process.js';
import { describeInBrowsers, until } from './tabs.js';

const DOWN_AND_UP: readonly TransportName[] = [
  'websocket',
  'streaming',
  'long-polling',
  'polling',
  'long-polling',
  'streaming',
  'websocket',
];

let chat: ChatProcess;

beforeAll(async () => {
  chat = await ChatProcess.start();
});

afterAll(async () => {
  expect(await chat.stop()).toBe(0);
});

/** A path to the chat that something hostile stands in. */
async function withProxy(behaviour: Partial<Behaviour>, use: (proxy: HostileProxy) => Promise<void>): Promise<void> {
  const proxy = await HostileProxy.start(chat.port, behaviour);
  try {
    await use(proxy);
  } finally {
    await proxy.close();
  }
}

/** Everything that was sent has arrived, each once and in order, and there was something. */
function expectFlawless(counts: readonly Counts[]): void {
  for (const { sent, ...arrived } of counts) {
    expect(arrived).toEqual({ received: sent, waiting: 0, lost: 0, duplicated: 0, outOfOrder: 0 });
    expect(sent).toBeGreaterThan(0);
  }
}

describeInBrowsers('the chat', (tabs) => {
  const open = (port = chat.port, before = ''): Promise<ChatPage> =>
    ChatPage.open(tabs, `http://localhost:${port}/`, before);

  it('moves by hand from WebSocket down to polling and back while messages flow', async () => {
    const page = await open();
    await page.carriedBy('websocket');
    await page.startNumbers();
    for (const transport of DOWN_AND_UP) {
      await page.use(transport);
      await page.carriedBy(transport);
      await page.flows();
      expect(await page.badge()).toMatch(/open$/);
    }
    await page.use('polling');
    await page.carriedBy('polling');
    await page.use('automatic');
    await page.carriedBy('websocket');
    expectFlawless(await page.stopNumbers());
    const log = (await page.texts('.log-text')).join('\n');
    for (const title of ['WebSocket', 'Streaming', 'Long polling', 'Polling'])
      expect(log).toContain(`${title}, without a gap.`);
  });

  it('carries a conversation between two tabs, and tells newcomers what was said', async () => {
    const ada = await open();
    await ada.carriedBy('websocket');
    await ada.setName('Ada');
    const hostile = `<img src=x onerror="throw 1"> & "${tabs.name}"`;
    await ada.say(hostile);
    await ada.shows('Ada', hostile);
    const ben = await open();
    await ben.shows('Ada', hostile);
    await ben.setName('Ben');
    await ben.say('Over plain polling?');
    await ada.shows('Ben', 'Over plain polling?');
    await until(ben.page, `document.getElementById('people').textContent === '2 people here'`);
  });

  it('keeps what is said offline, and delivers it', async () => {
    const page = await open();
    await page.carriedBy('websocket');
    await page.setName('Cleo');
    await page.startNumbers();
    await page.flows();
    await page.click('#offline');
    expect(await page.badge()).toBe('No transport offline');
    await page.say('from far away');
    expect(await page.texts('.message-waiting .message-text')).toEqual(['from far away']);
    await page.click('#offline');
    await page.shows('Cleo', 'from far away');
    await page.flows();
    expectFlawless(await page.stopNumbers());
  });

  it('resumes when connections are dropped by hand and cut by the network', async () => {
    await withProxy({}, async (proxy) => {
      const page = await open(proxy.port);
      await page.carriedBy('websocket');
      await page.startNumbers();
      for (let count = 0; count < 3; count++) {
        await page.click('#drop');
        await page.flows();
        proxy.cut();
        await page.flows();
      }
      for (const transport of ['streaming', 'long-polling', 'polling'] as const) {
        await page.use(transport);
        await page.carriedBy(transport);
        await page.flows();
        proxy.cut();
        await page.flows();
      }
      expectFlawless(await page.stopNumbers());
    });
  });

  it.each<{ path: string; behaviour: Partial<Behaviour> }>([
    { path: 'refuses WebSocket', behaviour: { upgrade: 'refuse' } },
    { path: 'black-holes WebSocket', behaviour: { upgrade: 'black-hole' } },
    { path: 'lets nothing pass after the 101', behaviour: { upgrade: 'mute' } },
  ])('opens by streaming on a path that $path', async ({ behaviour }) => {
    await withProxy(behaviour, async (proxy) => {
      const page = await open(proxy.port);
      await page.carriedBy('streaming');
      await page.startNumbers();
      await page.flows();
      expectFlawless(await page.stopNumbers());
      expect(proxy.counts.upgrades).toBeGreaterThan(0);
    });
  });

  it('opens by long polling on a path that buffers answers and refuses WebSocket', async () => {
    await withProxy({ upgrade: 'refuse', isBuffering: true }, async (proxy) => {
      const page = await open(proxy.port);
      await page.carriedBy('long-polling');
      await page.startNumbers();
      await page.flows();
      expectFlawless(await page.stopNumbers());
    });
  });

  it.each([
    { engine: 'whose WebSocket throws', before: 'window.WebSocket = function () { throw new Error("forbidden"); };' },
    { engine: 'without WebSocket', before: 'delete window.WebSocket;' },
  ])('opens by streaming in an engine $engine', async ({ before }) => {
    const page = await open(chat.port, before);
    await page.carriedBy('streaming');
    await page.startNumbers();
    await page.flows();
    expectFlawless(await page.stopNumbers());
  });
});
