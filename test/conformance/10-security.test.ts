import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { request, type IncomingHttpHeaders, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import { describe, expect, it } from 'vitest';
import { describeOwn, useEndpoint } from './support/endpoint.js';
import { openExchange, post, RawExchange, RawRequest, type Answer } from './support/raw-http.js';
import { contentOf, expectError, newAttach, within, type Attached } from './support/wire.js';

interface Handshake {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
}

function handshake(url: string, headers: OutgoingHttpHeaders): Promise<Handshake> {
  const upgrade = {
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
  };
  const outgoing = request(url, { agent: false, headers: { ...upgrade, ...headers } });
  outgoing.end();
  const answered = new Promise<Handshake>((resolve, reject) => {
    outgoing.on('error', reject);
    outgoing.on('upgrade', (response, socket) => {
      socket.destroy();
      resolve({ status: 101, headers: response.headers });
    });
    outgoing.on('response', (response) => {
      response.resume();
      resolve({ status: response.statusCode ?? 0, headers: response.headers });
    });
  });
  return within(5000, 'a handshake', answered);
}

describe('section 10: security', () => {
  const endpoint = useEndpoint();
  const own = (): string => new URL(endpoint.url).origin;

  async function ticket(): Promise<string> {
    const answer = await new RawExchange(endpoint.url).send('stream', [newAttach()], { get: true, hold: 3000 }).whole();
    return (answer.packets[0] ?? '').slice(1);
  }

  /** The same request by POST, by GET with a ticket, and as a handshake. */
  async function knock(
    headers: OutgoingHttpHeaders,
  ): Promise<{ posted: Answer; streamed: string[]; shaken: Handshake }> {
    const posted = await post(endpoint.url, new RawExchange(endpoint.url).body('poll', [newAttach()]), headers).whole();
    const stream = new RawRequest(`${endpoint.url}/${await ticket()}`, 'GET', '', headers);
    const streamed = [(await stream.next()).toString(), (await stream.next()).toString()];
    stream.cut();
    return { posted, streamed, shaken: await handshake(endpoint.url, headers) };
  }

  describe('origin', () => {
    const allowed: [string, () => OutgoingHttpHeaders][] = [
      ['its own origin', () => ({ Origin: own() })],
      ['an origin that is allowed', () => ({ Origin: 'https://friend.example' })],
      [
        'an origin that is allowed, with cookies and another site',
        () => ({ Origin: 'https://friend.example', Cookie: 'a=b', 'Sec-Fetch-Site': 'cross-site' }),
      ],
      ['no Origin, same-origin', () => ({ 'Sec-Fetch-Site': 'same-origin', Cookie: 'a=b' })],
      ['no Origin, asked for by the user', () => ({ 'Sec-Fetch-Site': 'none', Cookie: 'a=b' })],
      ['no Origin, cookies, and a Referer of its own', () => ({ Cookie: 'a=b', Referer: `${own()}/page` })],
      [
        'no Origin, cookies, and a Referer that is allowed',
        () => ({ Cookie: 'a=b', Referer: 'https://friend.example/' }),
      ],
      ['nothing that tells of a browser', () => ({})],
    ];
    it.each(allowed)('lets in: %s', async (_name, headers) => {
      const { posted, streamed, shaken } = await knock(headers());
      contentOf<Attached>('a', posted.packets[0]);
      expect(streamed[1]).toMatch(/^data: a\{/);
      expect(shaken.status).toBe(101);
    });

    const refused: [string, () => OutgoingHttpHeaders][] = [
      ['a foreign origin', () => ({ Origin: 'https://evil.example' })],
      [
        'a foreign origin that says same-origin',
        () => ({ Origin: 'https://evil.example', 'Sec-Fetch-Site': 'same-origin' }),
      ],
      ['the origin null', () => ({ Origin: 'null' })],
      ['its own host on another port', () => ({ Origin: 'http://127.0.0.1:1' })],
      ['its own host under another scheme', () => ({ Origin: own().replace('http:', 'ftp:') })],
      ['an origin that begins like one that is allowed', () => ({ Origin: 'https://friend.example.evil.example' })],
      ['an origin that ends like one that is allowed', () => ({ Origin: 'https://evilfriend.example' })],
      ['an empty Origin', () => ({ Origin: '' })],
      ['no Origin, cross-site', () => ({ 'Sec-Fetch-Site': 'cross-site' })],
      ['no Origin, same-site', () => ({ 'Sec-Fetch-Site': 'same-site' })],
      [
        'no Origin, cross-site, with a good Referer',
        () => ({ 'Sec-Fetch-Site': 'cross-site', Cookie: 'a=b', Referer: `${own()}/` }),
      ],
      ['no Origin, cookies', () => ({ Cookie: 'a=b' })],
      ['no Origin, cookies, and a foreign Referer', () => ({ Cookie: 'a=b', Referer: 'https://evil.example/' })],
      ['no Origin, cookies, and a broken Referer', () => ({ Cookie: 'a=b', Referer: 'friend.example' })],
    ];
    it.each(refused)('refuses: %s', async (_name, headers) => {
      const { posted, streamed, shaken } = await knock(headers());
      expect(posted.status).toBe(200);
      expect(posted.first).toBe('- -');
      expectError(posted.packets[0], 'ERR_ORIGIN');
      expect(posted.packets.length).toBe(1);
      expect(streamed[0]).toBe('data: :- -');
      expectError(streamed[1]?.replace('data: ', ''), 'ERR_ORIGIN');
      expect(shaken.status).toBe(403);
    });

    it('lets the page read its refusal, which is always the same', async () => {
      const texts = [];
      for (const body of [new RawExchange(endpoint.url).body('poll', [newAttach()]), 'garbage', '', '.\n']) {
        const answer = await post(endpoint.url, body, { Origin: 'https://evil.example' }).whole();
        expect(answer.headers['access-control-allow-origin']).toMatch(/^(?:\*|https:\/\/evil\.example)$/);
        texts.push(answer.text);
      }
      expect(new Set(texts).size).toBe(1);
    });

    it('decides before the body is parsed, or even there', async () => {
      const outgoing = request(endpoint.url, {
        method: 'POST',
        agent: false,
        headers: { Origin: 'https://evil.example', 'Content-Length': 500_000 },
      });
      outgoing.on('error', () => {});
      outgoing.flushHeaders();
      const [response] = (await within(3000, 'a refusal', once(outgoing, 'response'))) as [IncomingMessage];
      response.resume();
      expect(response.statusCode).toBe(200);
      outgoing.destroy();
    });

    it('lets pages that are allowed read the answers', async () => {
      const answer = await post(endpoint.url, new RawExchange(endpoint.url).body('poll', [newAttach()]), {
        Origin: 'https://friend.example',
      }).whole();
      expect(answer.headers['access-control-allow-origin']).toMatch(/^(?:\*|https:\/\/friend\.example)$/);
    });
  });

  it('lets the secret into no header, and no answer but that to n', async () => {
    const { exchange, a } = await openExchange(endpoint.url);
    for (const as of ['poll', 'send', 'hold'] as const) {
      const answer = await exchange.send(as, ['p', '@0']).whole();
      expect(answer.text).not.toContain(a.key);
      expect(JSON.stringify(answer.headers)).not.toContain(a.key);
    }
    const [error] = await exchange.ask('poll', ['?']);
    expect(error).not.toContain(a.key);
  });

  it('takes no secret from a URL', async () => {
    const { exchange, a } = await openExchange(endpoint.url);
    const body = exchange.body('poll', [], { id: undefined, key: undefined });
    const answer = await post(`${endpoint.url}?id=${a.id}&key=${a.key}`, body, {
      Authorization: `Bearer ${a.key}`,
    }).whole();
    expect(answer.packets[0]).toMatch(/^g/);
  });

  it('gives every answer the headers that keep others from touching it', async () => {
    const exchange = new RawExchange(endpoint.url);
    const answers = [
      (await exchange.send('poll', [newAttach()]).whole()).headers,
      (await post(endpoint.url, 'garbage').whole()).headers,
      (await post(endpoint.url, '', { Origin: 'https://evil.example' }).whole()).headers,
      await new RawRequest(`${endpoint.url}/${'x'.repeat(22)}`, 'GET', '').headers,
      await new RawRequest(`${endpoint.url}/${await ticket()}`, 'GET', '').headers,
    ];
    for (const headers of answers) {
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'cache-control': 'no-store, no-transform',
        'x-accel-buffering': 'no',
        'content-type': expect.stringMatching(/^text\/(?:plain|event-stream)/) as string,
      });
      expect(headers['content-encoding']).toBeUndefined();
      expect(headers['set-cookie']).toBeUndefined();
    }
  });

  describe('section 5.3: HTTP answers', () => {
    it('are 200 text/plain, begin with session and request, end with the end packet', async () => {
      const exchange = new RawExchange(endpoint.url);
      const first = await exchange.send('poll', [newAttach()]).whole();
      expect(first.status).toBe(200);
      expect(first.headers['content-type']).toMatch(/^text\/plain/);
      const a = exchange.adopt(contentOf<Attached>('a', first.packets[0]));
      expect(first.first).toBe(`${a.id} ${exchange.via}.0`);
      for (const as of ['poll', 'send', 'hold'] as const) {
        const n = exchange.n;
        const answer = await exchange.send(as, ['p']).whole();
        expect(answer.first).toBe(`${a.id} ${exchange.via}.${n}`);
        expect(answer.text).toMatch(/\n\.\n$/);
      }
    });

    it('name the request that they refuse, if that could be read, and no session that is not there', async () => {
      const exchange = new RawExchange(endpoint.url);
      const refused = await exchange.send('poll', [newAttach({ auth: { refuse: 'no' } })]).whole();
      expect(refused.first).toBe(`- ${exchange.via}.0`);
      const unread = await post(endpoint.url, 'garbage\n.\n').whole();
      expect(unread.first).toBe('- -');
    });
  });

  describeOwn('a server on loopback', {}, (local) => {
    it('refuses foreign host names', async () => {
      const body = new RawExchange(local.url).body('poll', [newAttach()]);
      const answer = await post(local.url, body, { Host: 'evil.example' }).whole();
      expect(answer.first).toBe('- -');
      expectError(answer.packets[0], 'ERR_HOST');
      expect((await handshake(local.url, { Host: 'evil.example' })).status).toBe(403);
      expect((await handshake(local.url, { Host: 'localhost' })).status).toBe(101);
    });
  });
});
