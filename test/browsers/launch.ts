import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type BrowserContext } from 'playwright-core';
import { launch, type Browser } from 'puppeteer-core';
import { findBrowser } from '../setup.mjs';

const CHROMIUM_FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-dev-shm-usage',
];

/** A browser and how to get rid of it, its profile included. */
export interface Launched<T> {
  readonly browser: T;
  readonly close: () => Promise<void>;
}

/** Starts Debian's Chromium without a window, with a profile of its own. */
export async function launchChromium(flags: readonly string[] = []): Promise<Launched<BrowserContext>> {
  const profile = await mkdtemp(join(tmpdir(), 'holdfast-chromium-'));
  const browser = await chromium.launchPersistentContext(profile, {
    executablePath: pathOf('chromium'),
    headless: true,
    args: [...CHROMIUM_FLAGS, ...flags],
  });
  const close = async (): Promise<void> => {
    await browser.close();
    await rm(profile, { recursive: true, force: true });
  };
  return { browser, close };
}

/** Starts Debian's Firefox without a window, driven over WebDriver BiDi. */
export async function launchFirefox(): Promise<Launched<Browser>> {
  const browser = await launch({ browser: 'firefox', executablePath: pathOf('firefox-esr'), headless: true });
  return { browser, close: () => browser.close() };
}

function pathOf(name: 'chromium' | 'firefox-esr'): string {
  const path = findBrowser(name);
  if (path === null) throw new Error(`${name} is not installed: \`npm test\` installs it.`);
  return path;
}
