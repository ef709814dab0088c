import { launch, type Browser, type LaunchOptions } from 'puppeteer-core';
import { findBrowser } from '../debian.mjs';

const CHROMIUM_FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-dev-shm-usage',
  // It asks for its maker's hosts all the same.
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1',
];

/** What the driver passes to make tests convenient, and browsers unlike those of people: hidden tabs, and pages that come back. */
const UNREAL_FLAGS = [
  '--disable-back-forward-cache',
  '--disable-background-timer-throttling',
  '--disable-backgrounding-occluded-windows',
  '--disable-renderer-backgrounding',
];

const VIEWPORT = { width: 1280, height: 900 };

/** A browser that tests can drive. One driver for both: of the two that can, the other keeps hidden pages visible. */
export interface Engine {
  readonly name: string;
  /** Starts it without a window, with a profile of its own that goes with it unless the caller has one and takes care of that. */
  launch(place?: Pick<LaunchOptions, 'env' | 'userDataDir'>): Promise<Browser>;
}

export const ENGINES: readonly Engine[] = [
  {
    name: 'Chromium',
    launch: (place) =>
      launch({
        ...place,
        browser: 'chrome',
        executablePath: pathOf('chromium'),
        headless: true,
        defaultViewport: VIEWPORT,
        args: CHROMIUM_FLAGS,
        ignoreDefaultArgs: UNREAL_FLAGS,
      }),
  },
  {
    name: 'Firefox',
    launch: (place) =>
      launch({
        ...place,
        browser: 'firefox',
        // Its maker's hosts are looked for here, and not found.
        extraPrefsFirefox: { 'network.dns.forceResolve': '127.0.0.1' },
        executablePath: pathOf('firefox-esr'),
        headless: true,
        defaultViewport: VIEWPORT,
      }),
  },
];

function pathOf(name: 'chromium' | 'firefox-esr'): string {
  const path = findBrowser(name);
  if (path === null) throw new Error(`${name} is not installed: \`npm test\` installs it.`);
  return path;
}
