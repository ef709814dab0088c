import { connect, type ClientSession } from '@holdfast/client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ChatProcess } from '../browsers/chat-process.js';
import { closed } from './exchange.js';

type Message = Readonly<Record<string, unknown>>;

/** Somebody in the chat who is not a browser. */
class Guest {
  readonly session: ClientSession;
  readonly #messages: Message[] = [];
  #look = (): void => {};

  constructor(port: number) {
    this.session = connect(`http://localhost:${port}/holdfast`, { memory: false });
    this.session.on('message', (data) => {
      this.#messages.push(JSON.parse(String(data)) as Message);
      this.#look();
    });
  }

  tell(message: unknown): void {
    this.session.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  /** The first message, past or to come, that has all of this. */
  hears(wanted: Message): Promise<Message> {
    return new Promise((resolve) => {
      this.#look = () => {
        const found = this.#messages.find((message) =>
          Object.entries(wanted).every(([name, value]) => message[name] === value),
        );
        if (found) resolve(found);
      };
      this.#look();
    });
  }

  async leave(): Promise<void> {
    const ended = closed(this.session);
    this.session.close();
    await ended;
  }
}

describe('examples/chat', () => {
  let chat: ChatProcess;

  beforeEach(async () => {
    chat = await ChatProcess.start();
  });

  afterEach(() => chat.stop());

  it('serves its page, its files and the client', async () => {
    const get = (path: string): Promise<Response> => fetch(`http://localhost:${chat.port}${path}`);
    const page = await get('/');
    expect(page.headers.get('content-security-policy')).toContain("default-src 'self'");
    const paths = [...(await page.text()).matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path = '']) => path);
    expect(paths).toContain('/holdfast/client.js');
    for (const path of paths) {
      const answer = await get(`/${path.replace(/^\//, '')}`);
      expect([path, answer.status]).toEqual([path, 200]);
      await answer.arrayBuffer();
    }
  });

  it('passes on what is said, keeps the last of it for newcomers, and counts people', async () => {
    const ada = new Guest(chat.port);
    ada.tell({ type: 'name', name: ' Ada '.repeat(20) });
    for (let count = 1; count <= 60; count++) ada.tell({ type: 'say', text: `line ${count}`, key: String(count) });
    const last = await ada.hears({ type: 'said', text: 'line 60' });
    expect(String(last['name']).length).toBeLessThanOrEqual(32);
    const ben = new Guest(chat.port);
    const welcome = await ben.hears({ type: 'welcome' });
    const history = welcome['history'] as Message[];
    expect(history.map(({ text }) => text)).toEqual(Array.from({ length: 50 }, (_, index) => `line ${index + 11}`));
    await ada.hears({ type: 'people', count: 2 });
    await ben.leave();
    await ada.leave();
  });

  it('is not disturbed by what its page would never send', async () => {
    const ada = new Guest(chat.port);
    for (const nonsense of ['', '{', 'null', '[]', '7', '{"type":"say"}', '{"type":"say","text":{}}', '{"type":7}']) {
      ada.tell(nonsense);
    }
    ada.session.send(new Uint8Array([0, 255]));
    ada.tell({ type: 'number', n: 1e300 });
    ada.tell({ type: 'rate', perSecond: 'many' });
    ada.tell({ type: 'say', text: 'x'.repeat(5000), key: 'k' });
    const said = await ada.hears({ type: 'said', key: 'k' });
    expect(String(said['text']).length).toBe(2000);
    await ada.leave();
  });

  it('counts numbers up, sends numbers down, and says how many when it stops', async () => {
    const ada = new Guest(chat.port);
    for (const n of [1, 2, 4, 3, 4]) ada.tell({ type: 'number', n });
    const wanted = { type: 'counted', received: 5, lost: 0, duplicated: 1, outOfOrder: 1 };
    expect(await ada.hears(wanted)).toMatchObject(wanted);
    ada.tell({ type: 'rate', perSecond: 100 });
    await ada.hears({ type: 'number', n: 5 });
    ada.tell({ type: 'rate', perSecond: 0 });
    expect((await ada.hears({ type: 'rested' }))['sent']).toBeGreaterThanOrEqual(5);
    await ada.leave();
  });

  it('tells its pages to come back, and ends, when it is stopped', async () => {
    const ada = new Guest(chat.port);
    await ada.hears({ type: 'welcome' });
    const reset = new Promise<number>((resolve) => ada.session.once('reset', ({ code }) => resolve(code)));
    expect(await chat.stop()).toBe(0);
    expect(await reset).toBe(1012);
    const ended = closed(ada.session);
    ada.session.use([]);
    ada.session.farewell();
    await ended;
  });
});
