import { describe, expect, it } from 'vitest';
import { useEndpoint } from './support/endpoint.js';
import { attachExchange, openExchange } from './support/raw-http.js';
import { attachSocket, openSession, RawSocket, readMessages } from './support/raw-socket.js';
import { Reader } from './support/reader.js';
import { expectError, newAttach, type Packet } from './support/wire.js';

describe('section 2: packets, data', () => {
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

  describe('raw text over WebSocket', () => {
    const document = '"Grüße"\n\\ \u0000\u2028\ufeff 😀\r\n.\n@5\nk9\n';

    it('takes everything to the end of the frame as it is', async () => {
      const { socket, reader } = await openSession(endpoint.url, {}, '@0');
      socket.sendFrame(`u${document}`);
      socket.sendFrame('u');
      socket.sendFrame('tä\nUfirst\n');
      socket.send('Tsecond\\n');
      socket.sendFrame('uthird');
      await readMessages(socket, reader, 4);
      expect(reader.messages).toEqual([document, '', 'ä', 'first\nsecond\nthird']);
      socket.cut();
    });

    it('takes it behind an attach, too', async () => {
      const socket = await RawSocket.open(endpoint.url);
      socket.sendFrame(`${newAttach()}\n@0\nu${document}`);
      const reader = new Reader();
      await readMessages(socket, reader, 1);
      expect(reader.messages).toEqual([document]);
      socket.cut();
    });

    it('counts its bytes, whatever stands before it in its frame', async () => {
      const { socket, a } = await openSession(endpoint.url, {}, '@0', 'T€');
      socket.sendFrame(`Tßx\nU${'ä'.repeat(32_768)}`);
      await socket.barrier();
      const again = await attachSocket(endpoint.url, a);
      expect(again.a.got).toBe(`0.${3 + 3 + 65_536}`);
      again.socket.cut();
      socket.cut();
    });

    it.each([`U${'x'.repeat(65_537)}`, `u${'ä'.repeat(32_769)}`, 'U'])(
      'refuses more than 65,536 bytes, and none that are not the last (%#)',
      async (frame) => {
        const { socket } = await openSession(endpoint.url, {}, '@0');
        socket.sendFrame(frame);
        expectError(await socket.find('e'), 'ERR_PACKET');
        await socket.closed;
      },
    );

    it('refuses it over HTTP', async () => {
      const { exchange } = await openExchange(endpoint.url);
      expectError((await exchange.ask('poll', ['@0', 'utext'])).at(-1), 'ERR_PACKET');
    });

    it('sends a large text so over WebSocket, and escaped over HTTP', async () => {
      const text = document.repeat(2000);
      const { socket, a, reader } = await openSession(endpoint.url, {}, '@0');
      for (const part of text.match(/[^]{1,15000}/gu) ?? []) socket.sendFrame(`U${part}`);
      socket.send('t');
      const packets: Packet[] = [];
      while (reader.messages.length === 0) {
        packets.push(await socket.next());
        reader.take(...packets.slice(-1));
      }
      expect(reader.messages).toEqual([text]);
      expect(packets.filter((packet) => /^[tTuU]/.test(packet.toString())).map((packet) => packet.at(0))).toEqual([
        'U',
        'u',
      ]);
      const { exchange, rest } = await attachExchange(endpoint.url, a, { choice: 2 });
      const second = new Reader().take(...rest);
      // It throws at what is not escaped.
      while (second.messages.length === 0) second.begin().take(...(await exchange.ask('poll')));
      expect(second.messages).toEqual([text]);
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
      const isData = (packet: string | Buffer): boolean => /^[@t]/.test(packet.toString());
      const { socket, a, reader } = await openSession(endpoint.url, {}, '@0', 'tone', 'p');
      expect((await socket.barrier()).filter(isData)).toEqual(['@0', 'tone']);
      socket.send('ttwo', 'p');
      expect((await socket.barrier()).filter(isData)).toEqual(['ttwo']);
      socket.cut();
      const { exchange, rest } = await attachExchange(endpoint.url, a, { got: '2', choice: 2 }, '@2', 'tthree');
      const later = await exchange.ask('poll', ['@3', 'tfour', 'tfive']);
      const data = [...rest, ...later].filter(isData);
      reader
        .take('@0', 'tone', 'ttwo')
        .begin()
        .take(...data);
      expect(reader.messages).toEqual(['one', 'two', 'three', 'four', 'five']);
      const next = await exchange.ask('poll', ['@5', 'tsix']);
      expect(next.filter(isData)).toEqual(['@5', 'tsix']);
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
});
