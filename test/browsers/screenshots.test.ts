import { mkdir, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '@holdfast/client';
import { ChatProcess } from './chat-process.js';
import { ENGINES } from './launch.js';
import { read, until } from './tabs.js';

/** Where the pictures are, for people to look at. */
const FOLDER = join(tmpdir(), 'holdfast-screenshots');

const VIEWS = [
  { name: 'desktop-light', width: 1280, height: 800, scheme: 'light' },
  { name: 'desktop-dark', width: 1280, height: 800, scheme: 'dark' },
  { name: 'phone', width: 390, height: 844, scheme: 'light' },
  { name: 'small-phone', width: 360, height: 640, scheme: 'dark' },
] as const;

const SAID = [
  ['Marta', 'The ferry is in. Can you hear me from the pier?'],
  ['Jonas', 'Every word. I am on plain polling now, and nothing went missing.'],
  ['Marta', 'Then hold fast: https://example.com/an/address/that/is/so/long/that/it/fits/on/no/phone/whatever/you/do'],
] as const;

describe('the chat, looked at', () => {
  let chat: ChatProcess;
  let browser: Browser;

  beforeAll(async () => {
    await mkdir(FOLDER, { recursive: true });
    chat = await ChatProcess.start();
    browser = await (ENGINES[0] ?? expect.fail('no engine')).launch();
    const guest = connect(`http://localhost:${chat.port}/holdfast`);
    for (const [index, [name, text]] of SAID.entries()) {
      guest.send(JSON.stringify({ type: 'name', name }));
      guest.send(JSON.stringify({ type: 'say', text, key: String(index) }));
    }
    const ended = new Promise((resolve) => guest.once('close', resolve));
    guest.close();
    await ended;
  });

  afterAll(async () => {
    await browser.close();
    await chat.stop();
  });

  async function open(view: (typeof VIEWS)[number]): Promise<Page> {
    const page = await browser.newPage();
    await page.setViewport({ width: view.width, height: view.height });
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: view.scheme }]);
    await page.goto(`http://localhost:${chat.port}/`);
    await until(page, `document.querySelectorAll('.message').length === ${SAID.length}`);
    return page;
  }

  it.each(VIEWS)('fits into $width x $height, $scheme', async (view) => {
    const page = await open(view);
    await read(page, `document.getElementById('numbers-on').click()`);
    await until(page, `Number(document.getElementById('down-received').textContent) > 20`);
    await read(page, `session.use(['polling'])`);
    await until(page, `document.querySelector('#badge[data-transport="polling"]') !== null`);
    await read(page, `session.use(['long-polling'])`);
    await until(page, `document.querySelector('#badge[data-transport="long-polling"]') !== null`);
    expect(await read(page, 'document.documentElement.scrollWidth')).toBe(view.width);
    const path = join(FOLDER, `${view.name}.png`);
    await page.screenshot({ path, fullPage: true, captureBeyondViewport: true });
    expect((await stat(path)).size).toBeGreaterThan(10_000);
    await page.close();
  });

  it('can be used with the keyboard alone, in the order in which it reads', async () => {
    const page = await open(VIEWS[0]);
    await until(page, `session.state === 'open'`);
    const visited: string[] = [];
    for (let count = 0; count < 13; count++) {
      await page.keyboard.press('Tab');
      visited.push(
        await read(
          page,
          `document.activeElement.id || document.activeElement.dataset.use || document.activeElement.type`,
        ),
      );
      const outline = await read(
        page,
        `getComputedStyle(document.activeElement.id === 'numbers-on' ? document.activeElement.nextElementSibling : document.activeElement).outlineStyle`,
      );
      expect([visited.at(-1), outline]).toEqual([visited.at(-1), 'solid']);
    }
    expect(visited).toEqual([
      ...['messages', 'name', 'text', 'submit'],
      ...['automatic', 'websocket', 'streaming', 'long-polling', 'polling', 'drop', 'offline'],
      ...['numbers-on', 'rate'],
    ]);
  });
});
