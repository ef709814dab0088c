import { describe, expect, it } from 'vitest';
import { open, send } from '../testing/request-series.js';
import { Bench, find, newPacket, resumePacket } from '../testing/server-side.js';

describe('ServerExchange: attaching', () => {
  it.each([
    ['poll', 'polling'],
    ['hold', 'long-polling'],
    ['stream', 'streaming'],
  ])('is with %s the transport %s', (as, name) => {
    expect(open(as).session.transport).toBe(name);
  });

  it('answers with the id, the request, the attach and an end', () => {
    const { first, id } = open();
    expect(first.lines[0]).toBe(`:- 7.0`.replace('-', id));
    expect(first.lines[1]).toMatch(/^a\{/);
    expect(first.lines.slice(2)).toEqual(['.']);
    expect(first.isEnded).toBe(true);
  });

  it.each([
    ['', 'ERR_BODY_CUT'],
    ['q{}\n.', 'ERR_BODY_CUT'],
    ['q{}\n', 'ERR_BODY_CUT'],
    ['.\n', 'ERR_PACKET'],
    ['q{}\n.\n', 'ERR_PACKET'],
    ['p\n.\n', 'ERR_PACKET'],
    ['q{"v":1,"via":1,"n":0,"as":"poll","size":1024}\n.\n', 'ERR_PACKET'],
    ['q{"v":1,"via":1,"n":0,"as":"poll","size":1024}\np\n.\n', 'ERR_PACKET'],
    ['q{"v":3}\n.\n', 'ERR_VERSION'],
  ])('refuses the body %j with %s', (body, code) => {
    const bench = new Bench();
    const answer = bench.body(body);
    expect(find(answer.lines, 'e')['code']).toBe(code);
    expect(answer.text).toMatch(/^:- .*\n\.\n$/s);
    expect(answer.isEnded).toBe(true);
    expect(bench.hub.stats()).toMatchObject({ sessions: 0, arriving: 0 });
  });

  it('does not act on a body that was cut', () => {
    const series = open();
    const body = `q${JSON.stringify({ v: 1, via: 7, n: 1, as: 'poll', size: 1024, id: series.id, key: series.key })}\n@0\nta\n`;
    expect(find(series.bench.body(body).lines, 'e')['code']).toBe('ERR_BODY_CUT');
    expect(series.bench.messages).toEqual([]);
  });

  it('takes a first body of 65,536 bytes, refuses one beyond', () => {
    const envelope = { via: 7, n: 0 };
    const length = (padding: number): number =>
      new Bench().post(envelope, newPacket(), ' '.repeat(padding)).lines.length;
    const bench = new Bench();
    const base = `q${JSON.stringify({ v: 1, via: 7, n: 0, as: 'poll', size: 65_536 })}\n${newPacket()}\n.\n`.length;
    expect(length(65_536 - base)).toBe(3);
    expect(find(bench.post(envelope, newPacket(), ' '.repeat(65_537 - base)).lines, 'e')['code']).toBe('ERR_BODY_SIZE');
  });

  it('refuses a request of a series that it does not know', () => {
    const { raw } = open();
    expect(find(raw({ via: 8, n: 1 }).lines, 'e')['code']).toBe('ERR_TRANSPORT');
  });

  it('answers gone to a request of a session that it does not know', () => {
    expect(find(new Bench().post({ n: 1, id: 'x', key: 'y' }).lines, 'g')['code']).toBe(4900);
  });

  it('lets nobody without the secret take the place of a series', () => {
    const { bench, id, key, session } = open();
    const first = bench.post({ via: 9 }, resumePacket({ id, key }));
    const liar = bench.post({ via: 9 }, resumePacket({ id, key: 'wrong' }));
    expect(find(liar.lines, 'g')['code']).toBe(4900);
    expect(bench.post({ via: 9 }, resumePacket({ id, key })).text).toBe(first.text);
    expect(session._transports).toHaveLength(2);
    expect(bench.post({ via: 9, n: 1, id, key }).lines[0]).toBe(`:${id} 9.1`);
  });

  it('keeps the series of two sessions apart, even of one name', () => {
    const series = open();
    const other = series.bench.post({}, newPacket({ nonce: 'other-0123456789abcdef', choice: 1 }));
    expect(find(other.lines, 'a')['id']).not.toBe(series.id);
    series.ask(1, 'poll', '@0', 'ta');
    expect(series.bench.messages).toEqual(['a']);
  });
});

describe('ServerExchange: copies', () => {
  it('join a request while it is held, and get the same bytes', () => {
    const series = open();
    const held = series.ask(1, 'hold', '@0', 'ta');
    const copy = series.ask(1, 'hold', '@0', 'ta');
    send(series, 'b');
    expect(held.text).toMatch(/\ntb\n\.\n$/);
    expect(copy.text).toBe(held.text);
    expect(copy.isEnded).toBe(true);
    expect(series.bench.messages).toEqual(['a']);
  });

  it('get the same bytes after it was answered', () => {
    const series = open();
    send(series, 'b');
    const answer = series.ask(1, 'poll', '@0', 'ta');
    expect(series.ask(1, 'poll', '@0', 'ta').text).toBe(answer.text);
    expect(series.bench.messages).toEqual(['a']);
  });

  it('join the attach while authorize thinks', () => {
    const bench = new Bench();
    let decide: (() => void) | undefined;
    bench.authorize = (_auth, done) => (decide = () => done({ user: 1 }));
    const first = bench.post({}, newPacket());
    const copy = bench.post({}, newPacket());
    decide?.();
    bench.clock.flush();
    expect(copy.text).toBe(first.text);
    expect(bench.sessions).toHaveLength(1);
  });

  it('are refused once the request after the next has arrived', () => {
    const series = open();
    for (const n of [1, 2, 3]) series.ask(n, 'poll');
    expect(series.ask(2, 'poll').isEnded).toBe(true);
    expect(find(series.ask(1, 'poll').lines, 'e')['code']).toBe('ERR_COPY');
  });

  it('wait eight at most for one answer: the first goes', () => {
    const series = open();
    const copies = Array.from({ length: 9 }, () => series.ask(1, 'hold'));
    expect(copies.map(({ isDestroyed }) => isDestroyed)).toEqual([true, ...Array<boolean>(8).fill(false)]);
  });

  it('of a stream get what it has written, and nothing beyond 65,536 bytes', () => {
    const series = open('stream', {}, { size: 10_000_000, hold: 1e6 });
    send(series, 'x'.repeat(30_000));
    const copy = series.bench.post({ as: 'stream', hold: 1e6, size: 10_000_000 }, newPacket());
    expect(copy.text).toBe(series.first.text);
    send(series, 'x'.repeat(40_000));
    const late = series.bench.post({ as: 'stream', hold: 1e6, size: 10_000_000 }, newPacket());
    expect(find(late.lines, 'e')['code']).toBe('ERR_COPY');
  });
});

describe('ServerExchange: order', () => {
  it('acts on requests in the order of their numbers', () => {
    const series = open();
    const early = series.ask(2, 'poll', '@1', 'tb');
    expect(series.bench.messages).toEqual([]);
    expect(early.isEnded).toBe(false);
    series.ask(1, 'poll', '@0', 'ta');
    expect(series.bench.messages).toEqual(['a', 'b']);
    expect(early.isEnded).toBe(true);
  });

  it('gives data to the answers in that order', () => {
    const series = open();
    series.session.send('a');
    const early = series.ask(2, 'poll');
    const first = series.ask(1, 'poll');
    expect(first.text).toContain('ta\n');
    expect(early.text).not.toContain('ta\n');
  });

  it('refuses a number too far ahead', () => {
    expect(find(open().ask(3, 'poll').lines, 'e')['code']).toBe('ERR_ORDER');
  });

  it('counts a request that came too early towards the total, until it is acted upon', () => {
    const series = open();
    const before = series.bench.hub.stats().bufferedBytes;
    series.ask(2, 'poll', '@0', `t${'x'.repeat(10_000)}`);
    expect(series.bench.hub.stats().bufferedBytes).toBeGreaterThan(before + 10_000);
    series.session._end(1000, '', false);
    expect(series.bench.hub.stats().bufferedBytes).toBe(0);
  });

  it('holds a bounded number of requests while authorize thinks', () => {
    const bench = new Bench();
    const opened = bench.open();
    bench.authorize = () => undefined;
    const codes = [
      bench.post({ n: 0 }, resumePacket(opened)),
      ...[1, 2, 3, 4].map((n) => bench.post({ ...opened, n, session: 0, socket: 0 })),
    ].map(({ lines }) => (lines.some((line) => line.startsWith('e')) ? find(lines, 'e')['code'] : null));
    expect(codes).toEqual([null, null, null, 'ERR_ORDER', 'ERR_ORDER']);
  });
});

describe('ServerExchange: answers', () => {
  it('of a poll bring at once what waits', () => {
    const series = open('poll');
    send(series, 'a');
    const answer = series.ask(1, 'poll');
    expect(answer.lines.slice(1)).toEqual(['@0', 'ta', '.']);
    expect(series.ask(2, 'poll').lines.slice(1)).toEqual(['.']);
  });

  it('of a send bring control packets only', () => {
    const series = open('poll');
    send(series, 'a');
    expect(series.ask(1, 'send', '@0', 'tx', 'pq').lines.slice(1)).toEqual(['oq', 'k1', '.']);
  });

  it('are bounded by the size that was asked for', () => {
    const series = open('poll');
    send(series, 'é'.repeat(4000));
    const answer = series.raw({ n: 1, size: 2000 });
    expect(Buffer.byteLength(answer.text)).toBeLessThanOrEqual(2100);
    expect(answer.lines[2]).toMatch(/^Té+$/);
  });

  it('are bounded to 256 KB, whatever was asked for', () => {
    const series = open('poll');
    send(series, 'x'.repeat(1_000_000));
    const answer = series.raw({ n: 1, size: 9_000_000 });
    expect(answer.text.length).toBeLessThanOrEqual(262_144 + 1024);
    expect(series.bench.hub.stats().bufferedBytes).toBeGreaterThan(1_262_000);
  });

  it('acknowledge what the request brought', () => {
    expect(open().ask(1, 'poll', '@0', 'ta').lines.slice(1)).toEqual(['k1', '.']);
  });
});

describe('ServerExchange: holding', () => {
  it('answers as soon as there is something', () => {
    const series = open();
    const held = series.ask(1, 'hold');
    expect(held.text).toBe('');
    send(series, 'a', 'b');
    expect(held.lines.slice(1)).toEqual(['@0', 'ta', 'tb', '.']);
  });

  it('flushes headers and first line after 1 s', () => {
    const series = open();
    const held = series.ask(1, 'hold');
    series.bench.clock.pass(999);
    expect(held.text).toBe('');
    series.bench.clock.pass(1);
    expect(held.text).toBe(`:${series.id} 7.1\n`);
    expect(held.isEnded).toBe(false);
    send(series, 'a');
    expect(held.lines.slice(1)).toEqual(['@0', 'ta', '.']);
  });

  it('ends when its time is over', () => {
    const series = open();
    const held = series.raw({ n: 1, as: 'hold', hold: 3000 });
    series.bench.clock.pass(2999);
    expect(held.isEnded).toBe(false);
    series.bench.clock.pass(1);
    expect(held.lines.slice(1)).toEqual(['.']);
  });

  it('ends up to a slot before, never later, wherever in a slot it has begun', () => {
    for (const beginAt of [1, 37, 99]) {
      const series = open();
      series.bench.clock.pass(beginAt);
      const held = series.raw({ n: 1, as: 'hold', hold: 3000 });
      series.bench.clock.pass(2899);
      expect(held.isEnded).toBe(false);
      series.bench.clock.pass(101);
      expect(held.isEnded).toBe(true);
    }
  });

  it('sees to the newest request only', () => {
    const series = open();
    series.raw({ n: 1, as: 'hold', hold: 3000 });
    series.bench.clock.pass(2500);
    const next = series.raw({ n: 2, as: 'hold', hold: 3000 });
    series.bench.clock.pass(800);
    expect(next.text).toBe('');
    series.bench.clock.pass(200);
    expect(next.text).not.toBe('');
    series.bench.clock.pass(1899);
    expect(next.isEnded).toBe(false);
    series.bench.clock.pass(101);
    expect(next.isEnded).toBe(true);
  });

  it('takes no timer for it', () => {
    const series = open();
    const before = series.bench.clock.timerCount;
    for (let n = 1; n <= 5; n++) {
      series.ask(n, 'hold');
      expect(series.bench.clock.timerCount).toBe(before);
    }
    series.session._broken(series.session._transports[0] as never, 'ERR_WINDOW');
    series.bench.clock.pass(1000);
    expect(series.bench.clock.timerCount).toBe(before);
  });

  it('holds a stream for hours, and ends it in time', () => {
    const series = open('stream', {}, { size: 100_000, hold: 7_200_000 });
    const beats = 7_200_000 / 10_000;
    for (let n = 1; n <= beats; n++) {
      expect(series.first.isEnded).toBe(false);
      series.ask(n, 'send');
      series.bench.clock.pass(10_000);
    }
    expect(series.first.isEnded).toBe(true);
  });

  it('holds no longer than the server allows', () => {
    const series = open('hold', { holdMs: 5000 });
    const held = series.raw({ n: 1, as: 'hold', hold: 1e15 });
    series.bench.clock.pass(5000);
    expect(held.isEnded).toBe(true);
  });

  it.each(['hold', 'poll'])('is released by a later %s, whose data it acknowledges', (as) => {
    const series = open();
    const held = series.ask(1, 'hold');
    series.ask(2, as, '@0', 'ta');
    expect(held.lines.slice(1)).toEqual(['k1', '.']);
  });

  it('gives no data to a request that was abandoned', () => {
    const series = open();
    const held = series.ask(1, 'hold');
    held.events.closed();
    send(series, 'a');
    expect(held.text).toBe('');
    const next = series.ask(2, 'hold');
    expect(next.lines.slice(1)).toEqual(['@0', 'ta', '.']);
    expect(series.ask(1, 'hold').text).not.toContain('ta');
  });

  it('gives data to a copy of an abandoned request', () => {
    const series = open();
    series.ask(1, 'hold').events.closed();
    const copy = series.ask(1, 'hold');
    send(series, 'a');
    expect(copy.lines.slice(1)).toEqual(['@0', 'ta', '.']);
  });
});

describe('ServerExchange: ending', () => {
  it('is dead when no request of it was open for interval and timeout', () => {
    const series = open('poll');
    series.bench.clock.pass(27_999);
    expect(series.session.transport).toBe('polling');
    series.bench.clock.pass(1);
    expect(series.session.transport).toBeNull();
  });

  it('lives while a request is held', () => {
    const series = open();
    for (let n = 1; n <= 5; n++) {
      series.ask(n, 'hold');
      series.bench.clock.pass(20_000);
    }
    expect(series.session.transport).toBe('long-polling');
  });

  it('answers all open requests when it ends', () => {
    const series = open('stream', {}, { size: 100_000, hold: 1e6 });
    const early = series.ask(2, 'send');
    series.session._broken(series.session._transports[0] as never, 'ERR_WINDOW');
    expect(find(series.first.lines, 'e')['code']).toBe('ERR_WINDOW');
    for (const answer of [series.first, early]) {
      expect(answer.lines.slice(-1)).toEqual(['.']);
      expect(answer.isEnded).toBe(true);
    }
  });

  it('acts on nothing behind a broken packet', () => {
    const series = open();
    const answer = series.ask(1, 'poll', '@0', 'ta', '?', 'tb');
    expect(series.bench.messages).toEqual(['a']);
    expect(find(answer.lines, 'e')['code']).toBe('ERR_PACKET');
    expect(series.session.state).toBe('open');
  });

  it('says close and takes its answer', () => {
    const series = open();
    const held = series.ask(1, 'hold');
    series.session.close(3000);
    series.bench.clock.flush();
    expect(find(held.lines, 'c')['code']).toBe(3000);
    series.ask(2, 'send', 'x{"ack":"0"}');
    expect(series.bench.ended).toEqual([expect.objectContaining({ code: 3000 })]);
  });

  it('leaves nothing behind', () => {
    const series = open('stream', {}, { size: 100_000, hold: 1e6 });
    send(series, 'abc');
    series.session._end(1000, '', false);
    expect(series.first.isEnded).toBe(true);
    expect(series.bench.hub.stats().bufferedBytes).toBe(0);
    expect(series.bench.clock.timerCount).toBe(0);
  });
});
