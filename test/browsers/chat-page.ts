import type { TransportName } from '@holdfast/protocol';
import type { Page } from 'puppeteer-core';
import { read, until, type Tabs } from './tabs.js';

/** What the page shows of one direction. */
export interface Counts {
  readonly sent: number;
  readonly received: number;
  readonly waiting: number;
  readonly lost: number;
  readonly duplicated: number;
  readonly outOfOrder: number;
}

/** The chat's page, by what people see and click. */
export class ChatPage {
  readonly page: Page;

  static async open(tabs: Tabs, url: string, before = ''): Promise<ChatPage> {
    return new ChatPage(await tabs.open(url, before));
  }

  private constructor(page: Page) {
    this.page = page;
  }

  /** Clicks one of the five ways to carry the session. */
  async use(choice: TransportName | 'automatic'): Promise<void> {
    await this.click(`[data-use="${choice}"]`);
  }

  async click(selector: string): Promise<void> {
    await this.page.locator(selector).click();
  }

  /** Waits until the badge tells this transport, and that the session is open. */
  async carriedBy(name: TransportName): Promise<void> {
    await until(this.page, `document.querySelector('#badge[data-transport="${name}"][data-state="open"]') !== null`);
  }

  async badge(): Promise<string> {
    return await read(this.page, `document.getElementById('badge').innerText.replace(/\\s+/g, ' ').trim()`);
  }

  async startNumbers(perSecond = 100): Promise<void> {
    await read(
      this.page,
      `{ const rate = document.getElementById('rate'); rate.value = ${perSecond}; rate.dispatchEvent(new Event('input')); }`,
    );
    await this.click('#numbers-on');
  }

  /** Waits until so many more numbers have arrived, each way. */
  async flows(count = 30): Promise<void> {
    const [up, down] = await this.counts();
    await until(
      this.page,
      `${readCount('up-received')} >= ${up.received + count} && ${readCount('down-received')} >= ${down.received + count}`,
    );
  }

  /** Stops the numbers, waits for those that are on their way, and counts. */
  async stopNumbers(): Promise<readonly [up: Counts, down: Counts]> {
    await this.click('#numbers-on');
    await until(this.page, `document.getElementById('verdict').dataset.rested === 'true'`);
    return await this.counts();
  }

  async counts(): Promise<readonly [up: Counts, down: Counts]> {
    return [await this.#count('up'), await this.#count('down')];
  }

  async #count(direction: string): Promise<Counts> {
    const names = ['sent', 'received', 'waiting', 'lost', 'duplicated', 'outOfOrder'];
    const fields = names.map((name) => `${name}: ${readCount(`${direction}-${name}`)}`);
    return await read(this.page, `({ ${fields.join(', ')} })`);
  }

  async setName(name: string): Promise<void> {
    await this.page.locator('#name').fill(name);
    await this.page.keyboard.press('Tab');
  }

  async say(text: string): Promise<void> {
    await this.page.locator('#text').fill(text);
    await this.click('#compose button');
  }

  /** Waits until a message is in the conversation, delivered. */
  async shows(name: string, text: string): Promise<void> {
    await until(
      this.page,
      `Array.from(document.querySelectorAll('.message:not(.message-waiting)')).some((item) =>
        item.querySelector('.message-name').textContent === ${JSON.stringify(name)} &&
        item.querySelector('.message-text').textContent === ${JSON.stringify(text)})`,
    );
  }

  async texts(selector: string): Promise<string[]> {
    return await read(
      this.page,
      `Array.from(document.querySelectorAll(${JSON.stringify(selector)}), ({ textContent }) => textContent)`,
    );
  }
}

function readCount(id: string): string {
  return `Number(document.getElementById('${id}').textContent.replace(/\\D/g, ''))`;
}
