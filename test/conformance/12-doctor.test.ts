import { describe, expect, it } from 'vitest';
import { describeOwn, useEndpoint } from './support/endpoint.js';
import { openExchange, post, RawExchange } from './support/raw-http.js';
import { openSession, readMessages } from './support/raw-socket.js';
import { contentOf, expectError, newAttach, type Ending, type Packet } from './support/wire.js';

interface Seen {
  readonly address: string;
  readonly http: string;
  readonly through: readonly string[];
  readonly full: string;
}

function seenIn(packets: readonly unknown[]): Seen {
  return JSON.parse(String(packets.find((packet) => String(packet).startsWith('t'))).slice(1)) as Seen;
}

describe('section 12: the doctor is off by default', () => {
  const endpoint = useEndpoint();

  it('has no endpoint unless the operator asks for it', async () => {
    const { status } = await fetch(`${endpoint.url}/doctor`, { method: 'POST', body: '' });
    expect(status).toBe(404);
  });
});

describeOwn('section 12: the doctor', { doctor: true, trustProxy: 1 }, (endpoint) => {
  const url = (): string => `${endpoint.url}/doctor`;

  it('tells what it sees of a request, and no address', async () => {
    const headers = { Via: '1.1 secret-proxy', 'X-Forwarded-For': '192.0.2.7' };
    const answer = await post(url(), new RawExchange(url()).body('poll', [newAttach()]), headers).whole();
    const seen = seenIn(answer.packets);
    const address = expect.any(String) as string;
    expect(seen).toEqual({ address, http: '1.1', through: ['via', 'x-forwarded-for'], full: '' });
    expect(answer.packets.join('\n')).not.toMatch(/192\.0\.2\.7|secret-proxy/);
  });

  it('names an address the same each time, and another one otherwise', async () => {
    const names = new Map<string, string[]>();
    for (const from of ['192.0.2.7', '192.0.2.8', '192.0.2.7']) {
      const body = new RawExchange(url()).body('poll', [newAttach()]);
      const { packets } = await post(url(), body, { 'X-Forwarded-For': from }).whole();
      names.set(from, [...(names.get(from) ?? []), seenIn(packets).address]);
    }
    const [first, again] = names.get('192.0.2.7') ?? [];
    expect(first).toBe(again);
    expect(names.get('192.0.2.8')).not.toContain(first);
  });

  it('sends back what comes, text and binary', async () => {
    const { socket, reader } = await openSession(url(), {}, '@0', 'tgive me an echo', 'bAQID');
    const [, text, bytes] = await readMessages(socket, reader, 3);
    expect([text, bytes]).toEqual(['give me an echo', Buffer.from([1, 2, 3])]);
    socket.cut();
  });

  it('gives as many characters as it is asked for, up to a MiB', async () => {
    const { socket, reader } = await openSession(
      url(),
      { window: [4_194_304, 1024] },
      '@0',
      'tgive 300000',
      'tgive 9999999',
    );
    const [, some, most] = await readMessages(socket, reader, 3);
    expect([some?.length, most?.length]).toEqual([300_000, 1_048_576]);
    expect(new Set(some?.toString().slice(0, 2000)).size).toBeGreaterThan(40);
    socket.cut();
  });

  it('gives 4 MiB to a session and then closes it, however well that reads', async () => {
    const { socket, reader } = await openSession(url(), { window: [8_388_608, 1024] });
    let closing: Packet | undefined;
    for (let count = 0; count < 6 && closing === undefined; count++) {
      socket.send(`@${count}`, 'tgive 1000000', `k${reader.messages.length}`);
      while (reader.messages.length < count + 2 && closing === undefined) {
        const packet = await socket.next();
        if (packet.toString().startsWith('c')) closing = packet;
        else reader.take(packet);
      }
    }
    expect(contentOf<Ending>('c', closing).code).toBe(4000);
    // What it was told at first, and four gifts.
    expect(reader.messages.length).toBe(5);
    socket.cut();
  });

  it('has sessions that the application and the other endpoint know nothing of', async () => {
    const { a } = await openExchange(url());
    const elsewhere = new RawExchange(endpoint.url, a);
    const [answer] = await elsewhere.ask('poll', [
      `r${JSON.stringify({ v: 1, id: a.id, key: a.key, got: '0', ack: '0' })}`,
    ]);
    expect(contentOf<Ending>('g', answer).code).toBe(4900);
    const { sessions } = await endpoint.order({ measure: true });
    expect(sessions).toBe(0);
  });

  it('asks authorize', async () => {
    const [answer] = await new RawExchange(url()).ask('poll', [newAttach({ auth: { refuse: 'not you' } })]);
    expect(expectError(answer, 'ERR_REFUSED').message).toBe('not you');
  });

  it('refuses foreign origins', async () => {
    const answer = await post(url(), new RawExchange(url()).body('poll', [newAttach()]), {
      Origin: 'https://foe.example',
    }).whole();
    expectError(answer.packets[0], 'ERR_ORIGIN');
  });

  it('has 64 sessions and refuses more of them for a time', async () => {
    const answers = await Promise.all(
      Array.from({ length: 70 }, () => new RawExchange(url()).ask('poll', [newAttach()])),
    );
    const refused = answers.filter(([first]) => String(first).startsWith('e'));
    expect(refused.length).toBeGreaterThanOrEqual(6);
    expect(expectError(refused[0]?.[0], 'ERR_FULL').retryAfterMs).toBeGreaterThan(0);
  });
});
