import { describe, expect, it } from 'vitest';
import { useEndpoint } from './support/endpoint.js';
import { openExchange, RawExchange } from './support/raw-http.js';
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
        const escaped = text.replaceAll('\n', '\\n').replaceAll('\r', '\\r').replaceAll('\u001e', '\\u001e');
        expect(await echoOf(`t${escaped}`)).toBe(text);
        const { exchange, rest } = await openExchange(endpoint.url, {}, '@0', `t${escaped}`);
        expect(new Reader().take(...rest, ...(await exchange.ask('poll'))).messages).toEqual([text]);
      }
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
