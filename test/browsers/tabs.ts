import type { Browser, BrowserContext, Page } from 'puppeteer-core';
import { afterAll, afterEach, beforeAll, describe } from 'vitest';
import { ENGINES } from './launch.js';

/** Firefox tells as an error of the page that a WebSocket broke, which is what some tests are about. */
const NO_ERROR = /establish a connection to the server|interrupted while the page was loading/;

/** The tabs of one test: they share storage with each other and with no other test. */
export class Tabs {
  readonly name: string;
  #browser: Browser | null = null;
  #context: BrowserContext | null = null;
  /** What pages of this test threw and nobody caught. */
  readonly errors: string[] = [];

  constructor(name: string) {
    this.name = name;
  }

  async launch(start: () => Promise<Browser>): Promise<void> {
    this.#browser = await start();
  }

  /** A new tab, in front of the others; `before` runs in each of its pages before their own scripts. */
  async open(url: string, before = ''): Promise<Page> {
    if (!this.#browser) throw new Error('The browser has not started.');
    this.#context ??= await this.#browser.createBrowserContext();
    const page = await this.#context.newPage();
    page.on('pageerror', (error) => {
      if (!NO_ERROR.test(String(error))) this.errors.push(String(error));
    });
    if (before !== '') await page.evaluateOnNewDocument(before);
    await page.goto(url);
    return page;
  }

  async closeAll(): Promise<void> {
    await this.#context?.close();
    this.#context = null;
    const errors = this.errors.splice(0);
    if (errors.length > 0) throw new Error(`A page threw: ${errors.join('; ')}`);
  }

  async quit(): Promise<void> {
    await this.#browser?.close();
  }
}

/** Runs the same tests in each browser. */
export function describeInBrowsers(name: string, define: (tabs: Tabs) => void): void {
  for (const engine of ENGINES) {
    describe(`${name}, ${engine.name}`, () => {
      const tabs = new Tabs(engine.name);
      beforeAll(() => tabs.launch(() => engine.launch()));
      afterEach(() => tabs.closeAll());
      afterAll(() => tabs.quit());
      define(tabs);
    });
  }
}

/** Waits until an expression is true in the page, which may be hidden. */
export async function until(page: Page, expression: string): Promise<void> {
  try {
    await page.waitForFunction(expression, { polling: 50, timeout: 60_000 });
  } catch (error) {
    throw new Error(`In the page, this did not become true: ${expression}`, { cause: error });
  }
}

/** The value of an expression in the page. */
export async function read<T>(page: Page, expression: string): Promise<T> {
  return (await page.evaluate(expression)) as T;
}
