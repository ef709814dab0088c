import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'puppeteer-core';
import type { Report } from 'holdfast-doctor';
import { refuse } from '@holdfast/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hostileBoxes } from '../boxes/hostile.js';
import { ENGINES } from '../browsers/launch.js';
import { HostileProxy } from '../matrix/hostile-proxy.js';
import { later, putBehind, startPatient } from './patient.js';

/** Where the pictures are, for people to look at. */
const FOLDER = join(tmpdir(), 'holdfast-screenshots');

const DONE = `document.body.dataset.verdict !== '' && document.body.dataset.verdict !== undefined`;

describe('doctor.html in Chromium', () => {
  let browser: Browser;

  beforeAll(async () => {
    await mkdir(FOLDER, { recursive: true });
    browser = await (ENGINES[0] ?? expect.fail('no engine')).launch();
  });

  afterAll(() => browser.close());

  /** Opens the page, and waits until it has come to a conclusion. */
  async function open(origin: string, width = 1280): Promise<{ page: Page; violations: string[] }> {
    const page = await browser.newPage();
    later(() => page.close());
    const violations: string[] = [];
    page.on('console', (message) => {
      if (/Content Security Policy|Refused to/.test(message.text())) violations.push(message.text());
    });
    await page.setViewport({ width, height: 900 });
    await page.goto(`${origin}/holdfast/doctor.html?watch=1`);
    await page.waitForFunction(DONE, { timeout: 60_000 });
    return { page, violations };
  }

  const reportOf = async (page: Page): Promise<Report> =>
    JSON.parse(String(await page.evaluate(`document.querySelector('.json pre').textContent`))) as Report;

  it('finds nothing to say where everything passes', async () => {
    const patient = await startPatient();
    const { page, violations } = await open(new URL(patient.url).origin);
    const report = await reportOf(page);
    expect(report.findings).toEqual([]);
    expect([report.verdict, report.observations.engine, report.url]).toEqual(['fine', 'browser', patient.url]);
    expect(report.transports.map(({ works }) => works)).toEqual([true, true, true, true]);
    for (const { firstEchoMs, roundTripMs } of report.transports) {
      expect([firstEchoMs, roundTripMs]).toEqual([expect.any(Number), expect.any(Number)]);
    }
    expect(violations).toEqual([]);
    expect(patient.sessionCount).toBe(0);
    await page.screenshot({ path: join(FOLDER, 'doctor-fine.png'), fullPage: true });
  });

  it.each([1280, 390])('shows what to change, on %i pixels', async (width) => {
    const patient = await startPatient();
    const box = hostileBoxes.find(({ name }) => name === 'hostile-buffering') ?? expect.fail('no such box');
    const { origin } = await putBehind(box, patient);
    const { page } = await open(origin, width);
    const report = await reportOf(page);
    expect(report.findings.map(({ id }) => id)).toEqual(
      expect.arrayContaining(['upgrade-failed', 'responses-buffered']),
    );
    expect(report.verdict).toBe('worse');
    await page.evaluate(`document.querySelectorAll('.finding details')[1].open = true`);
    expect(await page.evaluate(`document.querySelectorAll('.finding pre')[1].textContent`)).toContain(
      'proxy_http_version 1.1;',
    );
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    await page.screenshot({ path: join(FOLDER, `doctor-${width}.png`), fullPage: true });
  });

  it('shows what comes from the network as text', async () => {
    const patient = await startPatient();
    const proxy = await HostileProxy.start(patient.port, { isAppendingScript: true });
    later(() => proxy.close());
    const { page } = await open(`http://127.0.0.1:${proxy.port}`);
    const { observations, findings } = await reportOf(page);
    expect(observations.added).toMatch(/<script/);
    expect(findings.map(({ id }) => id)).toContain('answers-altered');
    expect(await page.evaluate(`document.querySelector('#result').textContent`)).toContain(observations.added);
    expect(await page.evaluate(`document.querySelectorAll('#result script').length`)).toBe(0);
  });

  it('says who it is when it is asked', async () => {
    const patient = await startPatient({ authorize: ({ auth }) => (auth === 'sesame' ? true : refuse('say sesame')) });
    const { page } = await open(new URL(patient.url).origin);
    expect((await reportOf(page)).findings[0]).toMatchObject({ id: 'server-refused', severity: 'nothing' });
    await page.evaluate(`
      document.getElementById('auth').value = 'sesame';
      document.getElementById('start').click();
    `);
    await page.waitForFunction(`document.body.dataset.verdict === 'fine'`, { timeout: 60_000 });
  });
});
