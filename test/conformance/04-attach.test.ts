import { describe, expect, it } from 'vitest';
import { describeOwn, useEndpoint } from './support/endpoint.js';
import { attachExchange, openExchange, post, RawExchange } from './support/raw-http.js';
import { attachSocket, openSession, RawSocket, readMessages } from './support/raw-socket.js';
import {
  contentOf,
  expectError,
  freshNonce,
  newAttach,
  pause,
  resume,
  type Attached,
  type Ending,
  type Packet,
} from './support/wire.js';

describe('section 4: attach', () => {
  const endpoint = useEndpoint();

  /** The answer to a first frame. */
  async function answerTo(...packets: string[]): Promise<Packet> {
    const socket = await RawSocket.open(endpoint.url);
    socket.send(...packets);
    const answer = await socket.next();
    socket.cut();
    return answer;
  }

  async function echoes(socket: RawSocket, at: string, text: string): Promise<boolean> {
    socket.send(`@${at}`, `t${text}`);
    return (await socket.barrier()).some((packet) => packet === `t${text}`);
  }

  it.each(['t', 'p', '@0', 'k0', 's1 0', ' ', 'a{}', '', 'hello', 'GET / HTTP/1.1'])(
    'refuses %j before an attach',
    async (packet) => {
      expectError(await answerTo(packet, newAttach()), 'ERR_PACKET');
      const exchange = new RawExchange(endpoint.url);
      expectError((await exchange.ask('poll', [packet, newAttach()]))[0], 'ERR_PACKET');
    },
  );

  it('refuses a binary frame before an attach', async () => {
    const socket = await RawSocket.open(endpoint.url);
    socket.sendFrame(Buffer.from(`${newAttach()}\n`));
    expectError(await socket.next(), 'ERR_PACKET');
    await socket.closed;
  });

  it('refuses a second attach on a transport', async () => {
    const { socket, a } = await openSession(endpoint.url);
    socket.send(newAttach());
    expectError(await socket.next(), 'ERR_PACKET');
    expectError(await answerToSecond(a), 'ERR_PACKET');

    async function answerToSecond(of: Attached): Promise<Packet> {
      const next = await attachSocket(endpoint.url, of);
      next.socket.send(resume(of));
      return next.socket.next();
    }
  });

  it('answers a new session with all that the client must know', async () => {
    const { socket, a } = await openSession(endpoint.url, { choice: undefined });
    const count = expect.any(Number) as number;
    expect(a).toEqual({
      id: expect.stringMatching(/^\S+$/) as string,
      key: expect.stringMatching(/^[\w-]{22}$/) as string,
      got: '0',
      ack: '0',
      instance: expect.any(String) as string,
      window: [count, count],
      max: count,
      body: count,
      heartbeat: [count, count],
      hold: count,
      resume: count,
      protocol: '',
    });
    expect(a.id).not.toContain(a.key);
    socket.cut();
  });

  it('sends the secret in the answer to n only', async () => {
    const { socket, a } = await openSession(endpoint.url);
    const again = await attachSocket(endpoint.url, a);
    expect(again.a.key).toBeUndefined();
    expect(again.a).toEqual({ ...a, key: undefined });
    socket.cut();
    again.socket.cut();
  });

  it('takes the attach and what the application sends in one frame or body', async () => {
    const { socket, reader } = await openSession(endpoint.url, {}, '@0', 'thello');
    await readMessages(socket, reader, 1);
    const { exchange, rest } = await openExchange(endpoint.url, {}, '@0', 'thello');
    expect([...rest, ...(await exchange.ask('poll'))]).toContain('thello');
    socket.cut();
  });

  it('selects a subprotocol that the client offers', async () => {
    for (const [protocols, protocol] of [
      [['echo.v1', 'echo.v2'], 'echo.v1'],
      [['other', 'echo.v2'], 'echo.v2'],
      [['other'], ''],
      [[], ''],
    ] as const) {
      expect(contentOf<Attached>('a', await answerTo(newAttach({ protocols }))).protocol).toBe(protocol);
    }
  });

  it('hands auth to the application', async () => {
    const { socket } = await openSession(endpoint.url, { auth: { user: 'ada' } }, '@0', 't!who');
    expect(JSON.parse((await socket.find('t')).slice(1))).toMatchObject({ user: 'ada', transport: 'websocket' });
    socket.cut();
  });

  describe('version', () => {
    it.each([0, 2, -1, 2 ** 40])('answers v %i with ERR_VERSION and those it speaks', async (v) => {
      const bodies = [
        `n${JSON.stringify({ v, news: 'from the future' })}`,
        `r${JSON.stringify({ v })}`,
        newAttach({ v }),
      ];
      for (const attach of bodies) {
        expect(expectError(await answerTo(attach), 'ERR_VERSION').versions).toContain(1);
        const [packet] = await new RawExchange(endpoint.url).ask('poll', [attach]);
        expect(expectError(packet, 'ERR_VERSION').versions).toContain(1);
      }
      const [packet] = await new RawExchange(endpoint.url).ask('poll', [newAttach()], { v, as: 'telepathy' });
      expect(expectError(packet, 'ERR_VERSION').versions).toContain(1);
    });
  });

  describe('creating', () => {
    it('joins every n with the same nonce to one session', async () => {
      const attach = newAttach({ choice: undefined });
      const answers = await Promise.all([
        answerTo(attach),
        answerTo(attach),
        new RawExchange(endpoint.url).ask('poll', [attach]).then(([packet]) => packet),
      ]);
      const [first, ...others] = answers.map((packet) => contentOf<Attached>('a', packet));
      for (const other of others) expect(other).toMatchObject({ id: first?.id, key: first?.key });
    });

    it('joins them while authorize thinks', async () => {
      const nonce = freshNonce();
      const slow = newAttach({ nonce, auth: { delayMs: 300 } });
      const fast = newAttach({ nonce, auth: { delayMs: 100 } });
      const [a, b, c] = (await Promise.all([answerTo(slow), answerTo(fast), answerTo(slow)])).map((packet) =>
        contentOf<Attached>('a', packet),
      );
      expect([b?.id, c?.id]).toEqual([a?.id, a?.id]);
    });

    it('takes messages that come with two attaches of one session once', async () => {
      const nonce = freshNonce();
      const [one, two] = [await RawSocket.open(endpoint.url), await RawSocket.open(endpoint.url)];
      one.send(newAttach({ nonce }), '@0', 'tonce');
      two.send(newAttach({ nonce, choice: undefined }), '@0', 'tonce');
      const a = contentOf<Attached>('a', await one.next());
      expect(contentOf<Attached>('a', await two.next()).id).toBe(a.id);
      await two.barrier();
      const again = await attachSocket(endpoint.url, a);
      expect(again.a.got).toBe('1');
      for (const socket of [one, two, again.socket]) socket.cut();
    });

    const killers: [string, (a: Attached, socket: RawSocket) => Promise<unknown>][] = [
      ['a resume', (a) => attachSocket(endpoint.url, a)],
      ['the first s', (_a, socket) => (socket.send('s1 0'), socket.barrier())],
      ['a request with the secret', (a) => new RawExchange(endpoint.url, a).ask('poll', [resume(a)])],
    ];
    it.each(killers)('lets the nonce die with %s', async (_name, kill) => {
      const attach = newAttach();
      const socket = await RawSocket.open(endpoint.url);
      socket.send(attach);
      const a = contentOf<Attached>('a', await socket.next());
      expect(contentOf<Attached>('a', await answerTo(attach)).id).toBe(a.id);
      await kill(a, socket);
      expect(contentOf<Ending>('g', await answerTo(attach)).code).toBe(4900);
      expect(contentOf<Ending>('g', (await new RawExchange(endpoint.url).ask('poll', [attach]))[0]).code).toBe(4900);
      socket.cut();
    });

    it('lets the nonce die with the second request of a transport that made the session', async () => {
      const attach = newAttach();
      const exchange = new RawExchange(endpoint.url);
      exchange.adopt(contentOf<Attached>('a', (await exchange.ask('poll', [attach]))[0]));
      await exchange.ask('poll');
      expect(await answerTo(attach)).toMatch(/^g/);
    });

    it('answers g to a dead nonce whose session has ended', async () => {
      const attach = newAttach();
      const socket = await RawSocket.open(endpoint.url);
      socket.send(attach, '@0', 't!close 3000 over');
      const ending = contentOf<Ending>('c', await socket.find('c'));
      socket.send(`x${JSON.stringify({ ack: ending.at })}`);
      await socket.closed;
      expect(await answerTo(attach)).toMatch(/^g/);
    });

    it('answers g to an n that is older than the server', async () => {
      expect(contentOf<Ending>('g', await answerTo(newAttach({ age: 10 * 365 * 86_400_000 }))).code).toBe(4900);
      expect(await answerTo(newAttach({ age: 0 }))).toMatch(/^a/);
      await pause(20);
      expect(await answerTo(newAttach({ age: 10 }))).toMatch(/^a/);
    });

    it('answers an unknown id and a wrong key with the same g', async () => {
      const { socket, a } = await openSession(endpoint.url);
      const answers = [];
      for (const wrong of [
        { id: 'unknown', key: a.key },
        { id: a.id, key: `${a.key.slice(0, -1)}${a.key.endsWith('A') ? 'Q' : 'A'}` },
        { id: a.id, key: '' },
        { id: '', key: '' },
        { id: '__proto__', key: 'x'.repeat(10_000) },
      ]) {
        answers.push(await answerTo(resume(wrong, { choice: 9 }), '@0', 'tghost'));
        answers.push((await new RawExchange(endpoint.url).ask('poll', [resume(wrong, { choice: 9 })]))[0]);
      }
      expect(contentOf<Ending>('g', answers[0]).code).toBe(4900);
      expect(new Set(answers).size).toBe(1);
      // And none of it has touched the session.
      expect(await echoes(socket, '0', 'still here')).toBe(true);
      socket.cut();
    });

    it('ends the connection after g', async () => {
      const socket = await RawSocket.open(endpoint.url);
      socket.send(resume({ id: 'no', key: 'no' }));
      await socket.find('g');
      expect(await socket.closed).toBe(1000);
    });

    it('names the same instance each time', async () => {
      const { socket, a } = await openSession(endpoint.url);
      const { a: other } = await openExchange(endpoint.url);
      expect(other.instance).toBe(a.instance);
      socket.cut();
    });

    it('answers ERR_REFUSED where the application refuses, at once or later', async () => {
      for (const auth of [{ refuse: 'not you' }, { refuse: 'not you', delayMs: 100 }]) {
        expect(expectError(await answerTo(newAttach({ auth })), 'ERR_REFUSED').message).toBe('not you');
        expectError((await new RawExchange(endpoint.url).ask('poll', [newAttach({ auth })]))[0], 'ERR_REFUSED');
      }
    });

    it('refuses a resume that the application refuses, and leaves the session alone', async () => {
      const { socket, a } = await openSession(endpoint.url);
      expectError(await answerTo(resume(a, { auth: { refuse: 'not now' } })), 'ERR_REFUSED');
      expect(await echoes(socket, '0', 'still here')).toBe(true);
      socket.cut();
    });

    it('keeps what comes while authorize thinks', async () => {
      const { socket, reader } = await openSession(endpoint.url, { auth: { delayMs: 200 } }, '@0', 'tone');
      await readMessages(socket, reader, 1);
      const early = await RawSocket.open(endpoint.url);
      early.send(newAttach({ auth: { delayMs: 200 } }), '@0', 'tone');
      early.send('ttwo', 'pthree');
      expect(await early.find('a')).toMatch(/^a/);
      expect(await early.find('o')).toBe('othree');
      for (const each of [socket, early]) each.cut();
    });
  });

  describe('positions in an attach', () => {
    it.each([
      ['more received than was sent', { got: '2', ack: '0' }],
      ['more acknowledged than was sent', { got: '2', ack: '2' }],
      ['more acknowledged than received', { got: '0', ack: '1' }],
    ])('refuses %s', async (_name, positions) => {
      const { socket, a } = await openSession(endpoint.url, {}, '@0', 'tone');
      await socket.find('t');
      expectError(await answerTo(resume(a, { ...positions, choice: 2 })), 'ERR_POSITION');
      expect(await echoes(socket, '1', 'still here')).toBe(true);
      socket.cut();
    });

    it('takes one that acknowledges less than another transport has meanwhile', async () => {
      const { socket, a, reader } = await openSession(endpoint.url, {}, '@0', 't!burst 3');
      await readMessages(socket, reader, 3);
      socket.send('k2');
      await socket.barrier();
      const late = await attachSocket(endpoint.url, a, { got: '1', ack: '1', choice: 2 });
      expect(await late.socket.find('@')).toBe('@2');
      for (const each of [socket, late.socket]) each.cut();
    });

    it('continues over HTTP where the attach says', async () => {
      const { socket, a, reader } = await openSession(endpoint.url, {}, '@0', 't!burst 3');
      await readMessages(socket, reader, 3);
      socket.cut();
      const { exchange, rest } = await attachExchange(endpoint.url, a, { got: '1', ack: '1', choice: 2 });
      const data = [...rest, ...(await exchange.ask('poll'))].filter((packet) => /^[@t]/.test(packet.toString()));
      expect(data).toEqual(['@1', 'tburst 1', 'tburst 2']);
    });
  });

  describeOwn('a server that thinks for too long', { handshakeTimeoutMs: 300 }, (own) => {
    it('answers ERR_HANDSHAKE', async () => {
      const silent = await RawSocket.open(own.url);
      expectError(await silent.next(1500), 'ERR_HANDSHAKE');
      expect(await silent.closed).toBe(1000);
      const slow = await RawSocket.open(own.url);
      slow.send(newAttach({ auth: { delayMs: 1000 } }));
      expectError(await slow.next(900), 'ERR_HANDSHAKE');
      const [packet] = await new RawExchange(own.url).ask('poll', [newAttach({ auth: { delayMs: 1000 } })]);
      expectError(packet, 'ERR_HANDSHAKE');
    });
  });

  describeOwn('a server with room for two sessions', { maxSessions: 2, resumeWindowMs: 1000 }, (own) => {
    it('answers ERR_FULL to the third, with a time to come back, and takes resumes', async () => {
      const [one, two] = [await openSession(own.url), await openSession(own.url)];
      const third = await post(own.url, new RawExchange(own.url).body('poll', [newAttach()])).whole();
      expect(expectError(third.packets[0], 'ERR_FULL').retryAfterMs).toEqual(expect.any(Number));
      const again = await attachSocket(own.url, one.a);
      two.socket.send(`c${JSON.stringify({ code: 1000, reason: '', at: '0', ack: '0' })}`);
      await two.socket.find('x');
      const { socket } = await openSession(own.url);
      for (const each of [socket, one.socket, again.socket]) each.cut();
    });
  });
});
