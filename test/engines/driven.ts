import type { Browser } from 'puppeteer-core';
import { ENGINES } from '../browsers/launch.js';
import { describeEngine } from './describe.js';
import { clearHome, environmentIn, makeHome, within } from './engine-process.js';
import { Gate } from './gate.js';
import type { Engine, OpenPage, RunningEngine } from './engine.js';

/** A browser of today, started as the tests of the client in browsers start it. */
export const drivenEngine = (name: 'chromium' | 'firefox', title: string): Engine => ({
  ...describeEngine({ name, title }),
  start: async () => {
    const engine = ENGINES.find((each) => each.name.toLowerCase() === name);
    if (!engine) throw new Error(`No browser is called ${name}.`);
    const home = await makeHome(name);
    try {
      const browser = await engine.launch({ env: environmentIn(home), userDataDir: `${home}/profile` });
      // Firefox says `firefox/153.7.0`, Chromium `HeadlessChrome/156.0.1.2` or `Chrome/...`.
      const version = (await browser.version()).replace(/^.*\//, `${engine.name} `);
      return new Running(home, browser, version, await Gate.open());
    } catch (error) {
      await clearHome(home);
      throw error;
    }
  },
});

class Running implements RunningEngine {
  readonly version: string;
  readonly #home: string;
  readonly #browser: Browser;
  readonly #gate: Gate;

  constructor(home: string, browser: Browser, version: string, gate: Gate) {
    this.#home = home;
    this.#browser = browser;
    this.version = version;
    this.#gate = gate;
  }

  open(url: string): Promise<OpenPage> {
    return within(this.#open(url), () => `${this.version} has not loaded a page within 60 s.`);
  }

  async stop(): Promise<void> {
    const session = this.#browser.process()?.pid;
    await this.#browser.close().catch(() => undefined);
    await clearHome(this.#home, session);
    await this.#gate.close();
  }

  async #open(url: string): Promise<OpenPage> {
    const context = await this.#browser.createBrowserContext();
    const page = await context.newPage();
    page.on('dialog', (dialog) => {
      dialog.dismiss().catch(() => undefined);
    });
    const { address, arrival } = this.#gate.expect(url);
    // Settled when the page has loaded or failed to: what it becomes is told by the page itself.
    page.goto(address).catch(() => undefined);
    await arrival;
    return { close: () => context.close() };
  }
}
