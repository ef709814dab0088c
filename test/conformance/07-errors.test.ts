import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { describeOwn, useEndpoint } from './support/endpoint.js';
import { openExchange, RawExchange } from './support/raw-http.js';
import { attachSocket, openSession, readMessages } from './support/raw-socket.js';
import { expectError, newAttach, within } from './support/wire.js';

const PROTOCOL = readFileSync(new URL('../../PROTOCOL.md', import.meta.url), 'utf8');

describe('section 7: errors', () => {
  const endpoint = useEndpoint();

  it.each([
    ['a malformed packet', ['?'], 'ERR_PACKET'],
    ['data after a gap', ['@5', 'tx'], 'ERR_POSITION'],
    ['an acknowledgement of what was never sent', ['k9'], 'ERR_POSITION'],
    ['an acknowledgement of part of what was never sent', ['k1.1'], 'ERR_POSITION'],
  ])('ends the transport, not the session, for %s', async (_name, packets, code) => {
    const { socket, a, reader } = await openSession(endpoint.url, {}, '@0', 'tbefore');
    await readMessages(socket, reader, 1);
    socket.send(...packets, 'tafter');
    expectError(await socket.find('e'), code);
    expect(await socket.closed).toBe(1000);
    const again = await attachSocket(endpoint.url, a, { got: '1' });
    // What stood behind the error was not taken.
    expect(again.a.got).toBe('1');
    again.socket.send('@1', 'tagain');
    expect(await again.socket.find('t')).toBe('tagain');
    again.socket.cut();
    const { exchange } = await openExchange(endpoint.url);
    expectError((await exchange.ask('poll', [...packets, '@0', 'tafter'])).at(-1), code);
    expectError((await exchange.ask('poll'))[0], 'ERR_TRANSPORT');
  });

  it('answers what is held on a transport that ends', async () => {
    const { exchange } = await openExchange(endpoint.url);
    const held = exchange.send('hold');
    await held.headers;
    await exchange.send('send', ['?']).whole();
    expectError((await held.whole()).packets.at(-1), 'ERR_PACKET');
  });

  it('ends only the transport that broke a rule', async () => {
    const { socket, a } = await openSession(endpoint.url);
    const other = await attachSocket(endpoint.url, a);
    other.socket.send('?');
    await other.socket.closed;
    socket.send('@0', 'tstill');
    expect(await socket.find('t')).toBe('tstill');
    socket.cut();
  });

  it('says when to try again where the application wants it so', async () => {
    const [packet] = await new RawExchange(endpoint.url).ask('poll', [
      newAttach({ auth: { refuse: 'busy', retryAfterMs: 1234 } }),
    ]);
    expect(expectError(packet, 'ERR_FULL').retryAfterMs).toBe(1234);
  });

  it('disturbs no other session by any of them', async () => {
    const { socket, reader } = await openSession(endpoint.url, {}, '@0');
    for (const packet of ['?', '@7', 'T', 'k9', 'x{}', 's0 0', 'c{']) {
      const { socket: bad } = await openSession(endpoint.url, {}, packet, 'tx');
      await bad.closed;
      socket.send(`t${reader.messages.length}`);
      await readMessages(socket, reader, reader.messages.length + 1);
    }
    expect(reader.messages).toEqual(['0', '1', '2', '3', '4', '5', '6']);
    socket.cut();
  });

  it('names every error code that this suite expects, and no other', () => {
    const [, section = ''] = /\n## 7\. [^\n]*\n([^]*?)\n## /.exec(PROTOCOL) ?? [];
    const documented = new Set(section.match(/`ERR_[A-Z_]+`(?=[^\n]*\|)/g)?.map((code) => code.slice(1, -1)));
    const expected = [
      '01-model',
      '02-packets',
      '02-data',
      '03-limits',
      '04-attach',
      '04-choosing',
      '05-requests',
      '05-copies',
      '05-streams',
      '05-scripts',
      '06-closing',
      '07-errors',
      '10-security',
    ]
      .map((name) => readFileSync(new URL(`./${name}.test.ts`, import.meta.url), 'utf8'))
      .flatMap((text) => text.match(/'ERR_[A-Z_]+'/g) ?? [])
      .map((code) => code.slice(1, -1));
    expect(new Set(expected)).toEqual(documented);
  });

  describeOwn('a body that takes too long', { bodyTimeoutMs: 300 }, (own) => {
    it('is answered ERR_BODY_TIME, and not acted upon', async () => {
      const { exchange } = await openExchange(own.url);
      const body = exchange.body('poll', ['@0', 'tone', 'pslow']);
      const socket = connect(Number(new URL(own.url).port), '127.0.0.1');
      socket.write(
        `POST ${own.path} HTTP/1.1\r\nHost: ${own.host}\r\nContent-Length: ${body.length}\r\n\r\n${body.slice(0, -10)}`,
      );
      let answer = '';
      const isAnswered = new Promise<void>((resolve) => {
        socket.on('data', (chunk: Buffer) => {
          answer += chunk.toString('utf8');
          if (answer.endsWith('.\n')) resolve();
        });
      });
      await within(3000, 'an answer', isAnswered);
      expect(answer).toMatch(/^HTTP\/1\.1 200 [^]*\r\n\r\n:- -\n/);
      expectError(answer.split('\n').at(-3), 'ERR_BODY_TIME');
      socket.destroy();
      expect(await exchange.ask('poll', ['pagain'], { n: 1 })).toEqual(['oagain']);
    });

    it('measures progress, not the whole', async () => {
      const { exchange } = await openExchange(own.url);
      const body = Buffer.from(exchange.body('poll', [' '.repeat(8000), 'pslow']));
      const socket = connect(Number(new URL(own.url).port), '127.0.0.1');
      socket.write(
        `POST ${own.path} HTTP/1.1\r\nHost: ${own.host}\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n`,
      );
      for (let at = 0; at < body.length; at += 1600) {
        socket.write(body.subarray(at, at + 1600));
        await new Promise((resolve) => setTimeout(resolve, 120));
      }
      let answer = '';
      for await (const chunk of socket) answer += (chunk as Buffer).toString('utf8');
      expect(answer).toContain('oslow\n');
    });
  });
});
