import { once } from 'node:events';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { programOf } from './describe.js';
import { EngineProcess, within } from './engine-process.js';
import { FeatureServer } from './features.js';
import { engines } from './index.js';
import { PARTS, SHORT_ENGINES } from './parts.mjs';
import type { OpenPage, RunningEngine } from './engine.js';

/** What an engine of the short matrix calls itself, and what it lacks of what the page looks for. */
const EXPECTED: Readonly<Record<string, { userAgent: RegExp; lacks: readonly string[] }>> = {
  chromium: { userAgent: /Chrome\/1\d\d/, lacks: [] },
  firefox: { userAgent: /Firefox\/1\d\d/, lacks: [] },
  phantomjs: {
    userAgent: /PhantomJS\/2\.1\.1/,
    lacks: ['AbortController', 'Promise', 'TextDecoder', 'fetch', 'fetch streams'],
  },
  'chromium-21': {
    userAgent: /Chrome\/21\.0\.1180\.0/,
    lacks: ['AbortController', 'Promise', 'TextDecoder', 'fetch', 'fetch streams'],
  },
};

let server: FeatureServer;
beforeAll(async () => {
  server = await FeatureServer.start();
});
afterAll(() => server.close());

describe.each(SHORT_ENGINES)('engine %s', (name) => {
  const engine = engines.find((each) => each.name === name);
  let running: RunningEngine | null = null;
  const pages: OpenPage[] = [];

  const open = async (url: string): Promise<void> => {
    if (!running) throw new Error('The engine does not run.');
    pages.push(await running.open(url));
  };

  beforeAll(async () => {
    running = (await engine?.start()) ?? null;
  });
  afterEach(async () => {
    for (const page of pages.splice(0)) await page.close();
  });
  afterAll(() => running?.stop());

  it('is what its name says, and has what its age allows', async () => {
    const { url, report } = server.visit();
    await open(url);
    const { userAgent, features } = await report;
    expect(userAgent).toMatch(EXPECTED[name]?.userAgent ?? '');
    const lacks = Object.keys(features).filter((each) => features[each] === false);
    expect(lacks.sort()).toEqual(EXPECTED[name]?.lacks);
    expect(Object.keys(features)).toContain('readyState 3');
    expect(running?.version).toMatch(/^[A-Z][A-Za-z]+ \d+(\.\d+)+$/);
  });

  it('shares no storage between pages, open or closed', async () => {
    const visits = [server.visit(), server.visit(), server.visit()];
    const found: (string | null)[] = [];
    for (const [index, { url, report }] of visits.entries()) {
      if (index === 2) await pages.shift()?.close();
      await open(url);
      const { stored, features } = await report;
      expect(features['localStorage']).toBe(true);
      found.push(stored);
    }
    expect(found).toEqual([null, null, null]);
  });

  it('dismisses dialogs', async () => {
    const { url, passed } = server.dialogs();
    await open(url);
    await passed;
  });

  it('is not held up by pages that do not load', async () => {
    const silent = createServer();
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    await open(`http://127.0.0.1:${port}/`);
    await open('http://127.0.0.1:1/');
    const { url, report } = server.visit();
    await open(url);
    await report;
    for (const page of pages.splice(0)) await page.close();
    silent.close();
  });

  it('leaves no process and no folder when it stops', async () => {
    const { url, report } = server.visit();
    await open(url);
    await report;
    const below = processes().filter(({ pid }) => isBelow(pid, process.pid));
    const homes = new Set(
      below.flatMap(({ text }) => text.match(new RegExp(`/[^=\\0]*/holdfast-${name}-\\w{6}`, 'g')) ?? []),
    );
    const isIn = (text: string): boolean => [...homes].some((home) => text.includes(home));
    const own = processes().filter(({ pid, text }) => below.some((each) => each.pid === pid) || isIn(text));
    expect(homes.size).toBeGreaterThan(0);
    expect(own.length).toBeGreaterThan(0);

    pages.splice(0);
    await running?.stop();
    running = null;
    const left = processes().map(({ pid }) => pid);
    expect(own.filter(({ pid }) => left.includes(pid)).map(({ text }) => text.slice(0, 100))).toEqual([]);
    expect([...homes].filter((home) => existsSync(home))).toEqual([]);
  });
});

describe('engines that fail', () => {
  it('say what they printed when they end early', async () => {
    const ending = await EngineProcess.start({ name: 'ending', title: 'Ending 1' }, '/bin/sh', [
      '-c',
      'echo no lib >&2',
    ]);
    const arrival = new Promise<never>(() => undefined);
    await expect(ending.until(arrival, 'loaded a page')).rejects.toThrow(
      'Ending 1 ended before it loaded a page. It printed:\nno lib',
    );
    await ending.stop();
    expect(existsSync(ending.home)).toBe(false);
  });

  it('are given up after a while', async () => {
    await expect(within(new Promise(() => undefined), () => 'Too late.', 10)).rejects.toThrow('Too late.');
  });

  it('say how they are installed', () => {
    expect(() => programOf('wpe', 'no-such-program')).toThrow(
      'no-such-program is missing. `node test/engines/install.mjs wpe` installs it.',
    );
  });

  it('have all a launcher, and parts to be installed', () => {
    expect(engines.map(({ name }) => name).sort()).toEqual(Object.keys(PARTS).sort());
  });
});

/** What runs on this machine; `text` is its command line and its environment. */
function processes(): { pid: number; text: string }[] {
  return readdirSync('/proc')
    .filter((each) => /^\d+$/.test(each))
    .map((each) => ({ pid: Number(each), text: read(each, 'cmdline') + read(each, 'environ') }))
    .filter(({ text }) => text !== '');
}

function isBelow(pid: number, ancestor: number): boolean {
  const parent = Number(/^PPid:\s*(\d+)/m.exec(read(String(pid), 'status'))?.[1] ?? 0);
  return parent === ancestor || (parent > 0 && isBelow(parent, ancestor));
}

function read(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return ''; // It has ended.
  }
}
