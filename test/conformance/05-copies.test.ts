import { describe, expect, it } from 'vitest';
import { useEndpoint } from './support/endpoint.js';
import { hasRead, openExchange, post, RawExchange } from './support/raw-http.js';
import { contentOf, expectError, newAttach, resume, type Attached } from './support/wire.js';

describe('section 5.2: copies of requests', () => {
  const endpoint = useEndpoint();

  it('get the same bytes afterwards', async () => {
    const { exchange } = await openExchange(endpoint.url);
    for (const as of ['poll', 'send', 'hold'] as const) {
      const body = exchange.body(as, ['@0', 'tone', `p${as}`]);
      const first = await post(endpoint.url, body).whole();
      for (let copy = 0; copy < 3; copy++) expect((await post(endpoint.url, body).whole()).text).toBe(first.text);
      expect(first.packets).toContain(`o${as}`);
    }
  });

  it('get the same bytes while the first is held', async () => {
    const { exchange } = await openExchange(endpoint.url, {}, '@0', 't!later 300 one');
    await exchange.ask('poll');
    const body = exchange.body('hold');
    const copies = [post(endpoint.url, body), post(endpoint.url, body), post(endpoint.url, body)];
    const texts = (await Promise.all(copies.map((copy) => copy.whole()))).map(({ text }) => text);
    expect(texts[0]).toContain('tone\n');
    expect(new Set(texts).size).toBe(1);
  });

  it('get the same bytes, and the rest as it comes, when they join a stream', async () => {
    const { exchange } = await openExchange(endpoint.url, {}, '@0', 't!burst 3', 't!later 400 last');
    await exchange.ask('send');
    const body = exchange.body('stream', [], { hold: 1000 });
    const first = post(endpoint.url, body);
    await first.find('t');
    const copy = post(endpoint.url, body);
    const [one, two] = await Promise.all([first.whole(), copy.whole()]);
    expect(one.text).toContain('tlast\n');
    expect(two.text).toBe(one.text);
  });

  it('of an attach get the same bytes, the secret too', async () => {
    const exchange = new RawExchange(endpoint.url);
    const body = exchange.body('poll', [newAttach(), '@0', 'tone']);
    const [one, two] = await Promise.all([post(endpoint.url, body).whole(), post(endpoint.url, body).whole()]);
    expect(two.text).toBe(one.text);
    expect((await post(endpoint.url, body).whole()).text).toBe(one.text);
    const a = contentOf<Attached>('a', one.packets[0]);
    const again = await new RawExchange(endpoint.url).ask('poll', [resume(a)]);
    expect(contentOf<Attached>('a', again[0]).got).toBe('1');
  });

  it('of an attach join it while authorize thinks', async () => {
    const body = new RawExchange(endpoint.url).body('poll', [newAttach({ auth: { delayMs: 300 } }), '@0', 'tone']);
    const [one, two] = await Promise.all([post(endpoint.url, body).whole(), post(endpoint.url, body).whole()]);
    contentOf<Attached>('a', one.packets[0]);
    expect(two.text).toBe(one.text);
  });

  it('of a resume get the same bytes', async () => {
    const { a } = await openExchange(endpoint.url, {}, '@0', 't!burst 3');
    const body = new RawExchange(endpoint.url, a).body('poll', [resume(a, { choice: 2 })]);
    const [one, two] = await Promise.all([post(endpoint.url, body).whole(), post(endpoint.url, body).whole()]);
    expect(one.text).toContain('tburst 2\n');
    expect(two.text).toBe(one.text);
  });

  it('of a request that is too early wait with it', async () => {
    const { exchange } = await openExchange(endpoint.url);
    const skipped = exchange.body('poll');
    const early = exchange.body('poll', ['@0', 'tone', 'pearly']);
    const copies = [post(endpoint.url, early), post(endpoint.url, early)];
    await hasRead(endpoint.url, ...copies);
    const { packets } = await post(endpoint.url, skipped).whole();
    const [one, two] = await Promise.all(copies.map((copy) => copy.whole()));
    expect([...packets, ...(one?.packets ?? [])]).toContain('oearly');
    expect(two?.text).toBe(one?.text);
  });

  it('are not acted upon, whatever they say', async () => {
    const { exchange, a } = await openExchange(endpoint.url);
    const first = await exchange.send('poll', ['@0', 'tone']).whole();
    const other = await exchange.send('poll', ['@1', 'ttwo', 'p'], { n: 1 }).whole();
    expect(other.text).toBe(first.text);
    const again = await new RawExchange(endpoint.url).ask('poll', [resume(a)]);
    expect(contentOf<Attached>('a', again[0]).got).toBe('1');
  });

  it('are told ERR_COPY, or get the same bytes, after two more requests', async () => {
    const { exchange } = await openExchange(endpoint.url);
    const body = exchange.body('poll', ['pone']);
    const first = await post(endpoint.url, body).whole();
    await exchange.ask('poll');
    expect((await post(endpoint.url, body).whole()).text).toBe(first.text);
    await exchange.ask('poll');
    await exchange.ask('poll');
    const late = await post(endpoint.url, body).whole();
    if (late.text !== first.text) expectError(late.packets[0], 'ERR_COPY');
    expect(await exchange.ask('poll', ['p'])).toContain('o');
  });

  it('of a stream are told ERR_COPY, or get the same bytes, once it has gone beyond 65,536 bytes', async () => {
    const { exchange } = await openExchange(endpoint.url, {}, '@0', 't!big 100000', 't!later 500 last');
    await exchange.ask('send');
    const body = exchange.body('stream', [], { hold: 1000 });
    const first = post(endpoint.url, body);
    await first.find('t');
    const copy = await post(endpoint.url, body).whole();
    const whole = await first.whole();
    expect(whole.text).toContain('tlast\n');
    if (copy.text !== whole.text) expectError(copy.packets[0], 'ERR_COPY');
  });
});
