import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { describeOwn, useEndpoint } from './support/endpoint.js';
import { openExchange, post, RawExchange, RawRequest } from './support/raw-http.js';
import { Reader } from './support/reader.js';
import { contentOf, expectError, newAttach, pause, within, type Attached, type Packet } from './support/wire.js';

describe('section 5.2: streams', () => {
  const endpoint = useEndpoint();

  /** A session of which nothing has been read but the attach answer. */
  async function openUnread(...packets: string[]): Promise<RawExchange> {
    const exchange = new RawExchange(endpoint.url);
    const attach = newAttach({ window: [8_000_000, 4000] });
    exchange.adopt(contentOf<Attached>('a', (await exchange.ask('send', [attach, '@0', ...packets]))[0]));
    return exchange;
  }

  it('are answered at once and stay open: packets are written as they come', async () => {
    const exchange = new RawExchange(endpoint.url);
    const stream = exchange.send('stream', [newAttach(), '@0', 'tone', 't!later 200 two'], { hold: 10_000 });
    expect(await stream.next(1000)).toMatch(/^:\S+ \d+\.0$/);
    const a = exchange.adopt(contentOf<Attached>('a', await stream.next()));
    expect(await stream.find('t')).toBe('tone');
    expect(await stream.find('t')).toBe('ttwo');
    await exchange.ask('send', ['@2', 'tthree']);
    expect(await stream.find('t')).toBe('tthree');
    expect(stream.isEnded).toBe(false);
    expect(a.got).toBe('0');
    stream.cut();
  });

  it('end, whole, when their time is over', async () => {
    const { exchange } = await openExchange(endpoint.url);
    const before = Date.now();
    await exchange.send('stream', [], { hold: 1200 }).whole();
    expect(Date.now() - before).toBeGreaterThan(1000);
    expect(Date.now() - before).toBeLessThan(2200);
    expect(await exchange.ask('poll', ['p'])).toContain('o');
  });

  it('take any time', async () => {
    const { exchange } = await openExchange(endpoint.url);
    const stream = exchange.send('stream', [], { hold: 2 ** 53 - 1 });
    await stream.next();
    await pause(1300);
    expect(stream.isEnded).toBe(false);
    await exchange.ask('send', ['@0', 'tone']);
    expect(await stream.find('t')).toBe('tone');
    stream.cut();
  });

  it('end, whole, when their size is reached, and the next goes on', async () => {
    const exchange = await openUnread('t!big 300000', 't!burst 2000');
    const reader = new Reader();
    let answerCount = 0;
    for (; reader.messages.length < 2001; answerCount++) {
      const answer = await exchange.send('stream', [], { size: 65_536, hold: 1000 }).whole();
      expect(Buffer.byteLength(answer.text)).toBeLessThan(65_536 + 1024);
      reader.begin().take(...answer.packets);
    }
    expect(answerCount).toBeGreaterThan(4);
    expect(reader.messages.at(-1)).toBe('burst 1999');
  });

  it('end when a later stream arrives, which goes on', async () => {
    const { exchange } = await openExchange(endpoint.url);
    const first = exchange.send('stream');
    await first.next();
    const second = exchange.send('stream');
    await first.whole(1000);
    await exchange.ask('send', ['@0', 'tone']);
    expect(await second.find('t')).toBe('tone');
    second.cut();
  });

  it('lose nothing when their connection breaks', async () => {
    const { exchange, a } = await openExchange(endpoint.url, {}, '@0', 't!later 300 late');
    const stream = exchange.send('stream');
    await stream.next();
    stream.cut();
    await pause(600);
    const next = new RawExchange(endpoint.url, a);
    const packets = await next.ask('poll', [
      `r${JSON.stringify({ v: 1, id: a.id, key: a.key, got: '0', ack: '0', choice: 2 })}`,
    ]);
    expect([...packets, ...(await next.ask('poll'))]).toContain('tlate');
  });

  it('keep packets whole when data is more than the connection takes at once', async () => {
    const exchange = await openUnread('t!big 4000000', 't!bigbinary 1000000');
    const reader = new Reader();
    const stream = exchange.send('stream', [], { size: 20_000_000, hold: 20_000 });
    while (reader.messages.length < 2) reader.take(await stream.next());
    expect(reader.messages[0]?.length).toBe(4_000_000);
    expect(reader.messages[1]?.length).toBe(1_000_000);
    stream.cut();
  });

  describe('section 5.4: stream progress', () => {
    it('tells with w how many bytes were written, first line and padding included', async () => {
      for (const pad of [undefined, 2048]) {
        const { exchange } = await openExchange(endpoint.url);
        const stream = exchange.send('stream', [], { pad });
        const bytesOf = (packets: Packet[]): number =>
          Buffer.byteLength(packets.map((packet) => `${packet.toString()}\n`).join(''));
        let seen = bytesOf([await stream.next()]);
        for (let round = 0; round < 4; round++) {
          const answer = await exchange.ask('send', round > 0 ? [`@${round - 1}`, `tä${round}`] : []);
          const progress = answer.find((packet) => packet.startsWith('w'));
          await pause(50);
          seen += bytesOf(stream.drain());
          expect(Number(progress?.slice(1))).toBeLessThanOrEqual(seen);
          const again = (await exchange.ask('send')).find((packet) => packet.startsWith('w'));
          expect(again).toBe(`w${seen}`);
        }
        stream.cut();
      }
    });

    it('sends no w while no stream is open', async () => {
      const { exchange } = await openExchange(endpoint.url);
      expect((await exchange.ask('send', ['p'])).some((packet) => packet.startsWith('w'))).toBe(false);
    });
  });
});

describe('section 5.5: event streams', () => {
  const endpoint = useEndpoint();

  async function ticketFor(
    exchange: RawExchange,
    packets: string[] = [newAttach()],
    members: object = {},
  ): Promise<string> {
    const answer = await exchange.send('stream', packets, { get: true, hold: 10_000, ...members }).whole(1000);
    const [y] = answer.packets;
    expect(y).toMatch(/^y[\w-]{22,64}$/);
    return (y ?? '').slice(1);
  }

  const listen = (ticket: string, headers = {}): RawRequest =>
    new RawRequest(`${endpoint.url}/${ticket}`, 'GET', '', headers);

  it('are got with a ticket, and say what the stream would have said', async () => {
    const exchange = new RawExchange(endpoint.url);
    const ticket = await ticketFor(exchange, [newAttach(), '@0', 'tone']);
    const stream = listen(ticket);
    expect((await stream.headers)['content-type']).toBe('text/event-stream');
    expect(await stream.next()).toMatch(new RegExp(`^data: :\\S+ ${exchange.via}\\.0$`));
    const attached = (await stream.next()).toString().replace('data: ', '');
    exchange.adopt(contentOf<Attached>('a', attached));
    const lines = [];
    while (lines.at(-1) !== '') lines.push(await stream.next());
    expect(lines.slice(-3)).toEqual(['data: @0', 'data: tone', '']);
    await exchange.ask('send', ['@1', 'ttwo']);
    const batch = [];
    while (batch.at(-1) !== '') batch.push(await stream.next());
    expect(batch.slice(-2)).toEqual(['data: ttwo', '']);
    stream.cut();
  });

  it('end with the event that ends the stream', async () => {
    const exchange = new RawExchange(endpoint.url);
    const stream = listen(await ticketFor(exchange, [newAttach()], { hold: 700 }));
    const lines = await stream.rest();
    expect(lines.slice(-2)).toEqual(['data: .', '']);
  });

  it('open the transport to sends, which tell their progress without what makes events of it', async () => {
    const exchange = new RawExchange(endpoint.url);
    const stream = listen(await ticketFor(exchange));
    const lines = [await stream.next(), await stream.next()];
    exchange.adopt(contentOf<Attached>('a', lines[1]?.slice(6)));
    const answer = await exchange.ask('send', ['px']);
    while (lines.at(-1) !== 'data: ox') lines.push(await stream.next());
    const written = lines.filter((line) => line !== '').map((line) => `${line.slice(6).toString()}\n`);
    expect(answer).toContain(`w${Buffer.byteLength(written.join(''))}`);
    stream.cut();
  });

  async function expectTicketError(stream: RawRequest): Promise<void> {
    const lines = await stream.rest();
    expect(lines[0]).toBe('data: :- -');
    expectError(lines[1]?.toString().replace('data: ', ''), 'ERR_TICKET');
    expect(lines.slice(2)).toEqual(['data: .', '']);
  }

  it('refuse a ticket that is used', async () => {
    const ticket = await ticketFor(new RawExchange(endpoint.url));
    const stream = listen(ticket);
    await stream.next();
    await expectTicketError(listen(ticket));
    expect(stream.isEnded).toBe(false);
    stream.cut();
  });

  it.each([22, 64])('refuse an unknown ticket of %i characters', async (count) => {
    await expectTicketError(listen('x'.repeat(count)));
  });

  it.each([
    '',
    'unknown',
    '%00',
    '..%2f..',
    'client.js',
    'doctor',
    `${'x'.repeat(22)}.js`,
    'x'.repeat(65),
    'x'.repeat(2000),
  ])('do not answer for %j, which is no ticket', async (name) => {
    const { 'content-type': type = '' } = await listen(name).headers;
    expect(type).not.toContain('event-stream');
  });

  it('do not take a ticket from the query', async () => {
    const ticket = await ticketFor(new RawExchange(endpoint.url));
    const { 'content-type': type = '' } = await new RawRequest(`${endpoint.url}?ticket=${ticket}`, 'GET', '').headers;
    expect(type).not.toContain('event-stream');
    const stream = listen(ticket);
    expect(await stream.next()).toMatch(/^data: :\S+ \d+\.\d+$/);
    stream.cut();
  });

  it('ignore the query', async () => {
    const ticket = await ticketFor(new RawExchange(endpoint.url));
    const stream = new RawRequest(`${endpoint.url}/${ticket}?any=thing/${'x'.repeat(22)}`, 'GET', '');
    expect(await stream.next()).toMatch(/^data: :\S+ \d+\.\d+$/);
    stream.cut();
  });

  it('do not let the secret into the URL', async () => {
    const exchange = new RawExchange(endpoint.url);
    const ticket = await ticketFor(exchange);
    const stream = listen(ticket);
    await stream.next();
    const a = contentOf<Attached>('a', (await stream.next()).toString().replace('data: ', ''));
    expect(ticket).not.toContain(a.key);
    expect(ticket).not.toContain(a.id);
    stream.cut();
  });

  it('get the same ticket for a copy of the request', async () => {
    const exchange = new RawExchange(endpoint.url);
    const body = exchange.body('stream', [newAttach()], { get: true, hold: 10_000 });
    const first = await post(endpoint.url, body).whole();
    expect((await post(endpoint.url, body).whole()).packets).toEqual(first.packets);
    listen((first.packets[0] ?? '').slice(1)).cut();
  });

  it('do not make a plain GET anything but an answer that is not ours', async () => {
    const outgoing = request(endpoint.url, { agent: false });
    outgoing.end();
    const [response] = (await within(5000, 'an answer', once(outgoing, 'response'))) as [IncomingMessage];
    response.resume();
    expect(response.statusCode).not.toBe(200);
  });

  describeOwn('a clock that jumps', {}, (own) => {
    it('lets a ticket expire after 30 s', async () => {
      const [kept, lost] = [new RawExchange(own.url), new RawExchange(own.url)];
      const ask = async (exchange: RawExchange) =>
        ((await exchange.send('stream', [newAttach()], { get: true, hold: 60_000 }).whole()).packets[0] ?? '').slice(1);
      const [young, old] = [await ask(kept), await ask(lost)];
      await own.order({ skipMs: 29_000 });
      const stream = new RawRequest(`${own.url}/${young}`, 'GET', '');
      expect(await stream.next()).toMatch(/^data: :/);
      stream.cut();
      await own.order({ skipMs: 1100 });
      await expectTicketError(new RawRequest(`${own.url}/${old}`, 'GET', ''));
    });
  });
});
