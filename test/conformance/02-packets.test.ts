import { describe, expect, it } from 'vitest';
import { useEndpoint } from './support/endpoint.js';
import { attachExchange, openExchange, RawExchange } from './support/raw-http.js';
import { attachSocket, openSession, RawSocket, readMessages } from './support/raw-socket.js';
import { Reader } from './support/reader.js';
import { close, expectError, newAttach, type Packet } from './support/wire.js';

const code = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

function range(from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_, index) => String.fromCharCode(from + index));
}

describe('section 2: packets', () => {
  const endpoint = useEndpoint();

  /** What a server answers when a session sends these packets. */
  async function echoOf(...packets: string[]): Promise<Packet | undefined> {
    const { socket, reader } = await openSession(endpoint.url, {}, '@0', ...packets);
    await readMessages(socket, reader, 1);
    socket.cut();
    return reader.messages[0];
  }

  async function refusalOf(...packets: string[]): Promise<Packet | undefined> {
    const { socket } = await openSession(endpoint.url, {}, ...packets);
    const answer = await socket.find('e');
    await socket.closed;
    return answer;
  }

  it('ends a transport, not its session, for a line without terminator over WebSocket', async () => {
    const { socket, a } = await openSession(endpoint.url);
    socket.sendFrame('@0\ntcut');
    expectError(await socket.find('e'), 'ERR_PACKET');
    const again = await attachSocket(endpoint.url, a);
    expect(again.a.got).toBe('0');
    again.socket.cut();
  });

  it('ignores padding', async () => {
    expect(await echoOf(' any \\thing', ' ', 'tafter')).toBe('after');
  });

  it.each([
    'z',
    '',
    'N{}',
    '0',
    '!',
    '\u{1F600}',
    '.',
    ':- -',
    'w1',
    'yticket',
    'a{}',
    'g{}',
    'e{}',
    'q{}',
    'x{"ack":"0"}',
    'n{}',
    'r{}',
  ])('refuses %j, unknown or out of place', async (packet) => {
    expectError(await refusalOf(packet), 'ERR_PACKET');
  });

  it.each([
    'pA',
    'p12345678901234567',
    'p-',
    'o ',
    'k',
    'k-1',
    's',
    's1',
    's0 0',
    's1  0',
    's1 0 ',
    'sx 0',
    'b=',
    'bA',
    'bAA',
    'bAB==',
    'bA-_=',
    'b AAA',
    'BAAA',
  ])('refuses %j, whose content does not fit', async (packet) => {
    expectError(await refusalOf('@0', packet), 'ERR_PACKET');
  });

  it.each([
    'c',
    'c{',
    'c[]',
    'cnull',
    'c"x"',
    'c{"code":1000}',
    close({ code: '1000' }),
    close({ code: 999 }),
    close({ reason: 'x'.repeat(124) }),
    close({ at: 0 }),
    close({ ack: '01' }),
  ])('refuses %j, whose JSON does not fit', async (packet) => {
    expectError(await refusalOf(packet), 'ERR_PACKET');
  });

  it('answers a ping with its content at once', async () => {
    const { socket } = await openSession(endpoint.url);
    for (const content of ['', '0', 'az09', 'abcdefghijklmnop']) {
      socket.send(`p${content}`);
      expect(await socket.next()).toBe(`o${content}`);
    }
    socket.cut();
    const { exchange } = await openExchange(endpoint.url);
    expect(await exchange.ask('poll', ['pseven'])).toContain('oseven');
    expect(await exchange.ask('send', ['peight'])).toContain('oeight');
    expect(await exchange.ask('hold', ['pnine'])).toContain('onine');
  });

  describe('escaping', () => {
    const mandatory = [
      ...range(0x00, 0x08),
      '\u000b',
      '\u000c',
      ...range(0x0e, 0x1f),
      ...range(0x7f, 0x9f),
      '\u00ad',
      '\u061c',
      ...range(0x200b, 0x200f),
      ...range(0x2028, 0x202f),
      ...range(0x2060, 0x206f),
      '\ufeff',
      ...range(0xfff0, 0xffff),
    ];

    it('writes every mangled character as an escape, on each carrier', async () => {
      const text = `\\${mandatory.join('')}\n\r`;
      const line = `t\\\\${mandatory.map(code).join('')}\\n\\r`;
      const { socket } = await openSession(endpoint.url, {}, '@0', line);
      expect(await socket.find('t')).toBe(line);
      socket.cut();
      const { exchange, rest } = await openExchange(endpoint.url, {}, '@0', line);
      const packets = [...rest, ...(await exchange.ask('poll'))];
      expect(packets).toContain(line);
      expect(new Reader().take(...packets).messages).toEqual([text]);
    });

    it('writes everything else as it is', async () => {
      const text =
        '\t !"/~\u00a0\u00ac\u00ae\u0378\u200a\u2010\u2027\u2030\u205f\u2070\ud7ff\ue000\ufefe\uff00\uffef\u{1F600}\u{10FFFF}';
      const { socket } = await openSession(endpoint.url, {}, '@0', `t${text}`);
      expect(await socket.find('t')).toBe(`t${text}`);
      socket.cut();
    });

    it('accepts any character but a surrogate as an escape, in either case', async () => {
      expect(await echoOf('t\\u0041\\u00e4\\u00E4\\u20ac\\uABCD\\uabcd\\uE000\\u0009')).toBe(
        'Aää€\uabcd\uabcd\ue000\t',
      );
    });

    it('accepts characters that should have been escaped', async () => {
      expect(await echoOf('t\u0001\u2028\ufeff')).toBe('\u0001\u2028\ufeff');
    });

    it.each([
      '\\',
      '\\a',
      '\\t',
      '\\"',
      '\\/',
      '\\N',
      '\\u',
      '\\u123',
      '\\u12g4',
      '\\U0041',
      '\\x41',
      '\\u{41}',
      '\\ud800',
      '\\udc00',
      '\\uD83D\\uDE00',
      'end\\',
    ])('refuses the escape in %j', async (content) => {
      expectError(await refusalOf('@0', `t${content}`), 'ERR_PACKET');
      expectError(await refusalOf('@0', `T${content}`), 'ERR_PACKET');
    });

    it('carries what looks like framing', async () => {
      for (const text of ['.', ':x 1.0', '@5', 't', '', ' ', 'data: x', 'k1', '\n.\n', '\r\n\r\n', '\u001e4hello']) {
        const escaped = text.replace(/[\n\r\u001e]/g, (c) => (c === '\n' ? '\\n' : c === '\r' ? '\\r' : '\\u001e'));
        expect(await echoOf(`t${escaped}`)).toBe(text);
        const { exchange, rest } = await openExchange(endpoint.url, {}, '@0', `t${escaped}`);
        expect(new Reader().take(...rest, ...(await exchange.ask('poll'))).messages).toEqual([text]);
      }
    });
  });

  describe('parts', () => {
    it('joins parts of any sizes', async () => {
      expect(await echoOf('Ta', 'Tbc', 'tdef')).toBe('abcdef');
      expect(await echoOf('Ta', 't')).toBe('a');
      expect(await echoOf('t')).toBe('');
      expect(await echoOf('BAQ==', 'BAgM=', 'bBAUG')).toEqual(Buffer.from([1, 2, 3, 4, 5, 6]));
      expect(await echoOf('b')).toEqual(Buffer.alloc(0));
    });

    it('takes a part of 65,536 content bytes, however many characters or escapes it has', async () => {
      const { socket, a } = await openSession(endpoint.url);
      // The attach and the answer to it bound the first frame only.
      socket.send('@0', `T${'x'.repeat(65_536)}`, `T${'€'.repeat(21_845)}y`, `T${'\\n'.repeat(65_536)}`);
      socket.send('@0.196608', `T${'😀'.repeat(16_384)}`);
      await socket.barrier();
      const again = await attachSocket(endpoint.url, a);
      expect(again.a.got).toBe(`0.${4 * 65_536}`);
      socket.cut();
      again.socket.cut();
    });

    it.each([
      `T${'x'.repeat(65_537)}`,
      `t${'x'.repeat(65_537)}`,
      `T${'€'.repeat(21_846)}`,
      `b${Buffer.alloc(65_537).toString('base64')}`,
      `B${Buffer.alloc(65_537).toString('base64')}`,
    ])('refuses a part of more than 65,536 content bytes (%#)', async (packet) => {
      const { socket } = await openSession(endpoint.url);
      socket.send('@0', packet);
      expectError(await socket.find('e'), 'ERR_PACKET');
      await socket.closed;
    });

    it('refuses a binary frame of more than 65,536 bytes, takes one of 65,536', async () => {
      const { socket, a } = await openSession(endpoint.url, {}, '@0');
      socket.send('B');
      socket.sendFrame(Buffer.alloc(65_536));
      await socket.barrier();
      socket.sendFrame(Buffer.alloc(65_537));
      expectError(await socket.find('e'), 'ERR_PACKET');
      const again = await attachSocket(endpoint.url, a);
      expect(again.a.got).toBe('0.65536');
      again.socket.cut();
    });

    it('refuses an empty part that is not the last', async () => {
      expectError(await refusalOf('@0', 'T'), 'ERR_PACKET');
      const { exchange } = await openExchange(endpoint.url);
      expectError((await exchange.ask('poll', ['@0', 'B'])).at(-1), 'ERR_PACKET');
    });

    it('refuses a message of two kinds', async () => {
      expectError(await refusalOf('@0', 'Ttext', 'bAAAA'), 'ERR_PACKET');
      expectError(await refusalOf('@0', 'BAAAA', 'ttext'), 'ERR_PACKET');
    });

    it('continues a message on another transport, between any two characters, with parts of another size', async () => {
      const text = 'a😀€ä\\b'.repeat(40);
      const escaped = text.replaceAll('\\', '\\\\');
      const size = Buffer.byteLength('a😀€ä\\b');
      const { socket, a } = await openSession(endpoint.url, {}, '@0', `T${escaped.slice(0, 7 * 8)}`);
      await socket.barrier();
      // Here it is in mid-message, and goes on one character at a time over HTTP.
      const { exchange, a: second } = await attachExchange(endpoint.url, a);
      expect(second.got).toBe(`0.${size * 7}`);
      const characters = ['a', '😀', '€', 'ä', '\\\\', 'b'];
      await exchange.ask('poll', [`@${second.got}`, ...characters.map((character) => `T${character}`)]);
      const third = await attachSocket(endpoint.url, a, { choice: 2 });
      expect(third.a.got).toBe(`0.${size * 8}`);
      // What was there before comes again, cut elsewhere: only what is new of it counts.
      third.socket.send('@0.1', `t${escaped.slice(1)}`);
      await readMessages(third.socket, third.reader, 1);
      expect(third.reader.messages[0]).toBe(text);
      socket.cut();
      third.socket.cut();
    });

    it('continues its own messages at any position between two characters', async () => {
      const { socket, a } = await openSession(endpoint.url, {}, '@0', 'ta😀€äb');
      await socket.find('t');
      for (const [position, rest, choice] of [
        ['0.1', '😀€äb', 2],
        ['0.5', '€äb', 3],
        ['0.8', 'äb', 4],
        ['0.10', 'b', 5],
        ['0.11', '', 6],
      ] as const) {
        const next = await attachSocket(endpoint.url, a, { got: position, choice });
        expect(await next.socket.find('@')).toBe(`@${position}`);
        expect(await next.socket.next()).toBe(`t${rest}`);
        next.socket.cut();
        await next.socket.closed;
      }
      socket.cut();
    });

    it('refuses a received position inside a character, or beyond its message', async () => {
      const { socket, a } = await openSession(endpoint.url, {}, '@0', 'ta😀b', 'tmore');
      await readMessages(socket, new Reader(), 2);
      for (const got of ['0.2', '0.3', '0.4', '0.7', '0.4000000']) {
        const next = await RawSocket.open(endpoint.url);
        next.send(`r${JSON.stringify({ v: 1, id: a.id, key: a.key, got, ack: '0', choice: 2 })}`);
        expectError(await next.next(), 'ERR_POSITION');
        await next.closed;
      }
      for (const ack of ['0.7', '0.9007199254740991']) {
        const next = await attachSocket(endpoint.url, a);
        next.socket.send(`k${ack}`);
        expectError(await next.socket.find('e'), 'ERR_POSITION');
      }
      const chosen = await attachSocket(endpoint.url, a);
      chosen.socket.send('s2 0.3');
      expectError(await chosen.socket.find('e'), 'ERR_POSITION');
      socket.send('ptwo');
      expect(await socket.find('o')).toBe('otwo');
      socket.cut();
    });

    it('sends its own in parts of at most 65,536 bytes that end between two characters', async () => {
      const { socket, reader } = await openSession(endpoint.url, {}, '@0', 't!big 200000');
      // The reader throws at a part that is too large.
      await readMessages(socket, reader, 1);
      expect(reader.messages[0]).toBe('x'.repeat(200_000));
      const text = 'x😀€'.repeat(20_000);
      socket.send('@1', `T${text.slice(0, 32_000)}`, `T${text.slice(32_000, 64_000)}`, `t${text.slice(64_000)}`, 'k1');
      await readMessages(socket, reader, 2);
      expect(reader.messages[1]).toBe(text);
      socket.cut();
    });
  });

  describe('binary over WebSocket', () => {
    it('takes a binary frame as the last part, or as a further one after an empty B', async () => {
      const { socket, reader } = await openSession(endpoint.url, {}, '@0');
      socket.sendFrame(Buffer.from([1, 2]));
      socket.send('B');
      socket.sendFrame(Buffer.from([3]));
      socket.send('BBA==', 'B');
      socket.sendFrame(Buffer.from([5]));
      socket.sendFrame(Buffer.from([6]));
      socket.send('bBwg=', 'tend');
      await readMessages(socket, reader, 4);
      expect(reader.messages).toEqual([Buffer.from([1, 2]), Buffer.from([3, 4, 5, 6]), Buffer.from([7, 8]), 'end']);
      socket.cut();
    });

    it('sends binary as binary frames over WebSocket and as base64 over HTTP', async () => {
      const { socket, a, reader } = await openSession(endpoint.url, {}, '@0', 't!bigbinary 150000');
      const packets: Packet[] = [];
      while (reader.messages.length === 0) {
        const packet = await socket.next();
        packets.push(packet);
        reader.take(packet);
      }
      expect(packets.filter((packet) => typeof packet !== 'string').length).toBeGreaterThan(2);
      expect(packets.some((packet) => typeof packet === 'string' && /^[bB]./.test(packet))).toBe(false);
      const expected = Buffer.from(Uint8Array.from({ length: 150_000 }, (_, index) => index % 251));
      expect(reader.messages[0]).toEqual(expected);
      socket.cut();
      const { exchange, rest } = await attachExchange(endpoint.url, a, { got: '0.65536', choice: 2 });
      const bytes = [...rest, ...(await exchange.ask('poll'))]
        .filter((packet) => typeof packet === 'string' && /^[bB]/.test(packet))
        .map((packet) => Buffer.from(packet.toString().slice(1), 'base64'));
      expect(Buffer.concat(bytes)).toEqual(expected.subarray(65_536));
    });
  });

  describe('numbering', () => {
    it('writes @ before the first data of every transport and answer, and again only after a jump', async () => {
      const { socket, a, reader } = await openSession(endpoint.url, {}, '@0', 'tone');
      expect([await socket.next(), await socket.next()]).toEqual(['@0', 'tone']);
      socket.send('ttwo', 'p');
      expect((await socket.barrier()).filter((packet) => /^[@t]/.test(packet.toString()))).toEqual(['ttwo']);
      socket.cut();
      const { exchange, rest } = await attachExchange(endpoint.url, a, { got: '2', choice: 2 }, '@2', 'tthree');
      const later = await exchange.ask('poll', ['@3', 'tfour', 'tfive']);
      const data = [...rest, ...later].filter((packet) => /^[@t]/.test(packet.toString()));
      reader
        .take('@0', 'tone', 'ttwo')
        .begin()
        .take(...data);
      expect(reader.messages).toEqual(['one', 'two', 'three', 'four', 'five']);
      const next = await exchange.ask('poll', ['@5', 'tsix']);
      expect(next.filter((packet) => /^[@t]/.test(packet))).toEqual(['@5', 'tsix']);
    });

    it('takes a jump back for what was received already', async () => {
      const { socket, reader } = await openSession(
        endpoint.url,
        {},
        '@0',
        'tone',
        '@0',
        'tother',
        'ttwo',
        '@1',
        'tTWO',
        '@0.1',
        'tx',
        'tx',
        'tthree',
      );
      await readMessages(socket, reader, 3);
      expect(reader.messages).toEqual(['one', 'two', 'three']);
      socket.cut();
    });

    it.each([['@1'], ['@0.1'], ['@9007199254740991']])('refuses data after the gap that %s makes', async (at) => {
      const { socket, a } = await openSession(endpoint.url, {}, at, 'tgap');
      expectError(await socket.find('e'), 'ERR_POSITION');
      await socket.closed;
      const { exchange, a: again } = await attachExchange(endpoint.url, a);
      expect(again.got).toBe('0');
      expectError((await exchange.ask('poll', [at, 'tgap'])).at(-1), 'ERR_POSITION');
    });
  });

  describe('JSON', () => {
    it('ignores members that it does not know', async () => {
      const { socket, reader, a } = await openSession(endpoint.url, { future: { deep: [1] }, toString: 1 }, '@0', 'tx');
      await readMessages(socket, reader, 1);
      const exchange = new RawExchange(endpoint.url, a);
      const packets = await exchange.ask(
        'poll',
        [`r${JSON.stringify({ v: 1, id: a.id, key: a.key, got: '1', ack: '1', more: true })}`],
        { later: 'member' },
      );
      expect(packets[0]).toMatch(/^a/);
      socket.send(close({ at: '1', ack: '1', mood: 'good' }));
      expect(await socket.find('x')).toMatch(/^x/);
    });

    it.each([
      { nonce: 5 },
      { nonce: 'short' },
      { nonce: 'x'.repeat(65) },
      { nonce: `${'x'.repeat(22)}!` },
      { window: 1 },
      { window: [1] },
      { window: [1, 2, 3] },
      { window: [-1, 1] },
      { window: ['1', 1] },
      { max: '1' },
      { max: 1.5 },
      { max: undefined },
      { window: undefined },
      { protocols: 'echo.v1' },
      { protocols: [1] },
      { choice: 0 },
      { choice: '1' },
      { choice: 1.5 },
      { age: -1 },
      { age: 'old' },
      { v: '1' },
      { v: undefined },
    ])('refuses an n with %j', async (members) => {
      const socket = await RawSocket.open(endpoint.url);
      socket.send(newAttach(members));
      expectError(await socket.next(), 'ERR_PACKET');
      await socket.closed;
    });

    it('takes nonces of 22 to 64 characters', async () => {
      for (const length of [22, 64]) {
        const nonce = `${Math.random().toString(36)}${'_-Az09'.repeat(11)}`.replace('.', '').slice(0, length);
        const { socket } = await openSession(endpoint.url, { nonce });
        socket.cut();
      }
    });
  });

  it('writes control packets before waiting data', async () => {
    const { socket } = await openSession(endpoint.url, {}, '@0');
    socket.send('t!burst 500', 'pahead');
    const packets: Packet[] = [];
    do packets.push(await socket.next());
    while (packets.at(-1) !== 'oahead');
    expect(packets.filter((packet) => packet.toString().startsWith('t'))).toEqual([]);
    socket.cut();
  });
});
