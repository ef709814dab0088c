import type { TransportName } from '@holdfast/protocol';
import type { ServerSession } from '@holdfast/server';
import type { Page } from 'puppeteer-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { HostileProxy } from '../matrix/hostile-proxy.js';
import { endOf, Site } from './site.js';
import { describeInBrowsers, read, until, type Tabs } from './tabs.js';

const ALL: readonly TransportName[] = ['websocket', 'streaming', 'long-polling', 'polling'];

let site: Site;

beforeAll(async () => {
  site = await Site.start();
});

afterAll(() => site.close());

/** A page with a session that is open, and the server's end of it. */
async function openSession(
  tabs: Tabs,
  url: string,
  transport: TransportName,
  server: Site = site,
): Promise<[Page, ServerSession]> {
  const page = await tabs.open(url);
  const accepted = server.nextSession();
  // Polls far enough from each other that a page can be left between two of them.
  await read(page, `start({ transports: ['${transport}'], pollMinMs: 1000 })`);
  await until(page, `session.state === 'open'`);
  return [page, await accepted];
}

/** Sends numbered messages from the server. */
function sendNumbers(session: ServerSession, from: number, to: number): void {
  for (let number = from; number <= to; number++) session.send(String(number));
}

async function hasNumbers(page: Page, upTo: number): Promise<void> {
  await until(page, `received.length >= ${upTo}`);
  const numbers = Array.from({ length: upTo }, (_, index) => String(index + 1));
  expect(await read(page, 'received')).toEqual(numbers);
}

/** Resolves when nothing, or something, carries the session. */
function carried(session: ServerSession, isCarried: boolean): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if ((session.transport !== null) === isCarried) {
        session.off('transport', look);
        resolve();
      }
    };
    session.on('transport', look);
    look();
  });
}

describeInBrowsers('a page that is hidden', (tabs) => {
  it.each(ALL)('behind another tab goes on, and when it is shown again: %s', async (transport) => {
    const [page, session] = await openSession(tabs, site.url(), transport);
    sendNumbers(session, 1, 10);
    const other = await tabs.open(site.url('/elsewhere'));
    await other.bringToFront();
    await until(page, `document.visibilityState === 'hidden'`);
    sendNumbers(session, 11, 20);
    await hasNumbers(page, 20);
    await page.bringToFront();
    await until(page, `document.visibilityState === 'visible'`);
    sendNumbers(session, 21, 30);
    await hasNumbers(page, 30);
    expect(await read(page, '[session.id, session.state]')).toEqual([session.id, 'open']);
    const changes = (await read<string[]>(page, 'story')).filter((line) => /^(hidden|visible)$/.test(line));
    expect(changes).toEqual(['hidden', 'visible']);
  });

  it('finds out when it is shown that its connection is dead, long before the next heartbeat', async () => {
    const patient = await Site.start({ heartbeatIntervalMs: 600_000, heartbeatTimeoutMs: 600_000 });
    const proxy = await HostileProxy.start(patient.port);
    try {
      const [page, session] = await openSession(tabs, `http://localhost:${proxy.port}/`, 'websocket', patient);
      sendNumbers(session, 1, 10);
      await hasNumbers(page, 10);
      const other = await tabs.open(patient.url('/elsewhere'));
      await other.bringToFront();
      await until(page, `document.visibilityState === 'hidden'`);
      proxy.freeze();
      sendNumbers(session, 11, 20);
      await page.bringToFront();
      await hasNumbers(page, 20);
      expect(await read(page, 'session.id')).toBe(session.id);
    } finally {
      await proxy.close();
      await patient.close();
    }
  });
});

describeInBrowsers('a page that is left', (tabs) => {
  // Firefox decides before it tells the page: with a connection open, or a request under way, it keeps nothing.
  const kept = tabs.name === 'Firefox' ? ALL.slice(3) : ALL;

  it.each(kept)('and comes back out of the bfcache has the same session: %s', async (transport) => {
    const [page, session] = await openSession(tabs, site.url(), transport);
    sendNumbers(session, 1, 10);
    await hasNumbers(page, 10);
    await page.goto(site.url('/elsewhere'));
    if (transport === 'websocket') await carried(session, false);
    sendNumbers(session, 11, 20);
    // Firefox's driver waits for a `load` that a page out of the bfcache doesn't have.
    await read(page, 'history.back()');
    await until(page, `typeof story !== 'undefined' && story.indexOf('pageshow true') >= 0`);
    sendNumbers(session, 21, 30);
    await hasNumbers(page, 30);
    expect(await read(page, '[session.id, session.state]')).toEqual([session.id, 'open']);
    expect((await read<string[]>(page, 'story')).filter((line) => line.startsWith('reset'))).toEqual([]);
  });

  it.each(ALL.filter((name) => !kept.includes(name)))('and is not kept tells the server so: %s', async (transport) => {
    const [page, session] = await openSession(tabs, site.url(), transport);
    const ended = endOf(session);
    await page.goto(site.url('/elsewhere'));
    expect((await ended).code).toBe(1001);
    await read(page, 'history.back()');
    await until(page, `typeof story !== 'undefined' && story.indexOf('pageshow false') >= 0`);
    expect(await read(page, 'session')).toBeUndefined();
  });

  it.each(ALL)('for good tells the server so: %s', async (transport) => {
    const [page, session] = await openSession(tabs, site.url('/leaving'), transport);
    const ended = endOf(session);
    await read(page, `session.send('last words')`);
    await page.goto(site.url('/elsewhere'));
    expect((await ended).code).toBe(1001);
    expect(site.receivedFrom(session)).toEqual(['last words']);
  });
});
