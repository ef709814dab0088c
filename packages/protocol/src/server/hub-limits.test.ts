import { describe, expect, it } from 'vitest';
import { open as openSeries } from '../testing/request-series.js';
import { at, Bench, find, newPacket, NONCE, resumePacket } from '../testing/server-side.js';

const OTHER_NONCE = 'other-0123456789abcdef';

function errorOf(lines: readonly string[]): unknown {
  return find(lines, 'e')['code'];
}

describe('Hub: limits', () => {
  it('takes as many sessions as it may, refuses one beyond with a time to come back', () => {
    const bench = new Bench({ maxSessions: 2 });
    bench.open();
    bench.open({ nonce: OTHER_NONCE, choice: 1 });
    const socket = bench.socket().receive(newPacket({ nonce: `${NONCE}3` }));
    expect(find(socket.lines, 'e')).toMatchObject({ code: 'ERR_FULL', retryAfterMs: 5000 });
    at(bench.sessions, 0)._end(1000, '', false);
    expect(find(bench.socket().receive(newPacket({ nonce: `${NONCE}3` })).lines, 'a')['id']).toBeDefined();
  });

  it('lets a known nonce join while it is full', () => {
    const bench = new Bench({ maxSessions: 1 });
    bench.open();
    expect(find(bench.socket().receive(newPacket()).lines, 'a')['id']).toBeDefined();
  });

  it('takes as many sessions of one address as it may, refuses one beyond, and others not', () => {
    const bench = new Bench({ maxSessionsPerAddress: 1 });
    const { session } = bench.open();
    const nonce = OTHER_NONCE;
    expect(errorOf(bench.socket().receive(newPacket({ nonce })).lines)).toBe('ERR_FULL');
    expect(find(bench.socket('192.0.2.2').receive(newPacket({ nonce })).lines, 'a')['id']).toBeDefined();
    session._end(1000, '', false);
    expect(find(bench.socket().receive(newPacket({ nonce: `${NONCE}3` })).lines, 'a')['id']).toBeDefined();
  });

  it('does not count an address without a name', () => {
    const bench = new Bench({ maxSessionsPerAddress: 1 });
    for (const nonce of [NONCE, OTHER_NONCE])
      expect(find(bench.socket('').receive(newPacket({ nonce })).lines, 'a')['id']).toBeDefined();
  });

  it('counts what all sessions buffer, 128 bytes for each message included, and refuses beyond', () => {
    const bench = new Bench({ maxTotalBufferedBytes: 2 * (128 + 10) });
    const one = bench.open();
    const other = bench.open({ nonce: OTHER_NONCE, choice: 1 });
    one.session.send('0123456789');
    other.session.send('0123456789');
    expect(bench.hub.stats().bufferedBytes).toBe(276);
    expect(() => one.session.send('')).toThrow(expect.objectContaining({ code: 'ERR_BUFFER_FULL' }));
    bench.clock.flush();
    one.socket.receive('k1\n');
    expect(one.session.send('0123456789')).toBe(true);
  });

  it('counts what a paused session has received', () => {
    const bench = new Bench();
    const { socket, session } = bench.open();
    session.pause();
    socket.receive('@0\nt12345\nT123\n');
    expect(bench.hub.stats().bufferedBytes).toBe(128 + 2 * 8);
    session.resume();
    expect(bench.hub.stats().bufferedBytes).toBe(2 * 3);
  });

  it('counts two bytes for each character of a text that may need them', () => {
    const bench = new Bench();
    const { socket, session } = bench.open();
    session.send('ж23456789');
    session.send('漢字');
    session.send('ascii');
    expect(bench.hub.stats().bufferedBytes).toBe(3 * 128 + 18 + 6 + 5);
    bench.clock.flush();
    socket.receive('k2\n');
    expect(bench.hub.stats().bufferedBytes).toBe(128 + 5);
  });

  it('counts what a connection has not taken, until it has drained or is gone', () => {
    const bench = new Bench();
    const [first, second] = [bench.open(), bench.open({ nonce: OTHER_NONCE, choice: 1 })];
    for (const { socket } of [first, second]) socket.isStuck = true;
    for (const { session } of [first, second]) session.send('x'.repeat(50_000));
    bench.clock.flush();
    const written = first.socket.buffered;
    expect(written).toBeGreaterThan(50_000);
    expect(bench.hub.stats().bufferedBytes).toBe(2 * (128 + 50_000 + written));
    first.socket.drain();
    second.socket.cut();
    expect(bench.hub.stats().bufferedBytes).toBe(2 * (128 + 50_000));
  });

  it('counts nothing of a session that has ended, whichever way', () => {
    const bench = new Bench();
    const ended = bench.open();
    ended.session.send('abc');
    ended.session._end(1000, '', false);
    const closed = bench.open({ nonce: OTHER_NONCE, choice: 1 });
    closed.session.pause();
    closed.session.send('abc');
    closed.socket.receive('@0\nta\nc{"code":1000,"reason":"","at":"2","ack":"0"}\n');
    closed.session.resume();
    closed.socket.receive('tb\n');
    expect(closed.session.state).toBe('closed');
    expect(bench.hub.stats().bufferedBytes).toBe(0);
  });

  it('counts no less for a lie about what was received', () => {
    const bench = new Bench();
    const { socket, session } = bench.open();
    session.send('abc');
    session.send('d');
    bench.clock.flush();
    socket.receive('k0.9007199254740991\n');
    expect(errorOf(socket.lines)).toBe('ERR_POSITION');
    expect(bench.hub.stats().bufferedBytes).toBe(260);
  });
});

describe('Hub: total', () => {
  it('tells a session that waits for others when they have made room', () => {
    const bench = new Bench({ maxTotalBufferedBytes: 1000 });
    const { session, socket } = bench.open();
    const other = bench.open({ nonce: OTHER_NONCE, choice: 1 });
    const drained: string[] = [];
    other.session.on('drain', () => drained.push('drain'));
    session.send('x'.repeat(800));
    expect(() => other.session.send('y'.repeat(100))).toThrow(expect.objectContaining({ code: 'ERR_BUFFER_FULL' }));
    bench.clock.flush();
    expect(drained).toEqual([]);
    socket.receive('k1\n');
    bench.clock.flush();
    expect(drained).toEqual(['drain']);
    expect(other.session.send('y'.repeat(100))).toBe(true);
  });
});

describe('Hub: broadcast', () => {
  it('sends to every session', () => {
    const bench = new Bench();
    const one = bench.open();
    const other = bench.open({ nonce: OTHER_NONCE, choice: 1 });
    bench.hub.broadcast('news\n');
    bench.hub.broadcast(new Uint8Array([1]));
    bench.clock.flush();
    expect(one.socket.frames).toEqual(['@0\ntnews\\n\n', new Uint8Array([1])]);
    expect(other.socket.frames).toEqual(one.socket.frames);
  });

  it('keeps one copy for all', () => {
    const bench = new Bench();
    const { socket } = bench.open();
    const other = bench.open({ nonce: OTHER_NONCE, choice: 1 });
    bench.hub.broadcast(new Uint8Array([1]));
    bench.clock.flush();
    expect(socket.frames[1]).toBe(other.socket.frames[1]);
  });

  it('sends the bytes that were given, whatever becomes of them', () => {
    const bench = new Bench();
    const { socket } = bench.open();
    const bytes = new Uint8Array([1]);
    bench.hub.broadcast(bytes);
    bytes[0] = 2;
    bench.clock.flush();
    expect(socket.frames[1]).toEqual(new Uint8Array([1]));
  });

  it('sends a large text raw over WebSocket, escaped over HTTP', () => {
    const { bench, ask } = openSeries();
    const { socket } = bench.open({ nonce: OTHER_NONCE, choice: 1 });
    bench.hub.broadcast('\n'.repeat(5000));
    bench.clock.flush();
    expect(socket.frames).toEqual([`@0\nu${'\n'.repeat(5000)}`]);
    expect(ask(1, 'poll').lines).toContain(`t${'\\n'.repeat(5000)}`);
  });

  it('comes behind what a session that resumes is sent again', () => {
    const bench = new Bench();
    const { socket, session, id, key } = bench.open();
    session.send('a');
    bench.clock.flush();
    socket.cut();
    const next = bench.socket();
    next.receive(resumePacket({ id, key }, { choice: 2 }));
    bench.hub.broadcast('b');
    bench.clock.flush();
    expect(next.lines.slice(1)).toEqual(['@0', 'ta', 'tb']);
  });

  it('ends a session that is full with 4901, and no other', () => {
    const bench = new Bench({ maxBufferedBytes: 3 });
    const { session } = bench.open();
    const other = bench.open({ nonce: OTHER_NONCE, choice: 1 });
    session.send('abc');
    bench.hub.broadcast('d');
    expect(session.state).toBe('closed');
    expect(bench.ended.map(({ code }) => code)).toEqual([4901]);
    expect(other.session.state).toBe('open');
  });

  it('ends the fullest sessions when the server is at its total, not those that read', () => {
    const bench = new Bench({ maxTotalBufferedBytes: 1000 });
    const { session } = bench.open();
    const other = bench.open({ nonce: OTHER_NONCE, choice: 1 });
    session.send('x'.repeat(700));
    bench.hub.broadcast('d');
    bench.clock.flush();
    expect(bench.ended.map(({ code }) => code)).toEqual([4901]);
    expect(session.state).toBe('closed');
    expect(other.socket.frames).toEqual(['@0\ntd\n']);
  });

  it('counts what all share once, however many wait for it', () => {
    const bench = new Bench({ maxTotalBufferedBytes: 1000 });
    bench.open();
    bench.open({ nonce: OTHER_NONCE, choice: 1 });
    bench.hub.broadcast('x'.repeat(600));
    expect(bench.ended).toEqual([]);
    expect(bench.hub.stats().bufferedBytes).toBe(256);
  });

  it('ends a session whose client takes no message so large with 1009', () => {
    const bench = new Bench();
    bench.open({ choice: 1, max: 2 });
    bench.hub.broadcast('abc');
    expect(bench.ended.map(({ code }) => code)).toEqual([1009]);
  });

  it('passes over a session that closes', () => {
    const bench = new Bench();
    const { session } = bench.open();
    session.close();
    bench.hub.broadcast('x');
    expect(session.state).toBe('closing');
    expect(session.bufferedAmount).toBe(0);
  });

  it.each([
    ['\ud800', 'ERR_TEXT'],
    ['x'.repeat(11), 'ERR_TOO_LARGE'],
    [5 as unknown as string, 'ERR_DATA'],
  ])('refuses what nobody could be sent (%#)', (data, code) => {
    const bench = new Bench({ maxMessageBytes: 10 });
    const { session } = bench.open();
    expect(() => bench.hub.broadcast(data)).toThrow(expect.objectContaining({ code }));
    expect(session.state).toBe('open');
  });
});

describe('Hub: close', () => {
  const OPTIONS = { drainMs: 5000, retryAfterMs: 1000, spreadMs: 2000 };

  it('tells every session when to come back, spread over time, and is done when all have ended', () => {
    const bench = new Bench();
    const one = bench.open();
    const other = bench.open({ nonce: OTHER_NONCE, choice: 1 });
    let isDone = false;
    let chance = 0;
    bench.clock.random = () => (chance += 0.25);
    bench.hub.close(OPTIONS, () => (isDone = true));
    bench.clock.flush();
    expect(find(one.socket.lines, 'c')).toMatchObject({ code: 1012, retryAfterMs: 1500 });
    expect(find(other.socket.lines, 'c')).toMatchObject({ code: 1012, retryAfterMs: 2000 });
    one.socket.receive('x{"ack":"0"}\n');
    expect(isDone).toBe(false);
    other.socket.receive('x{"ack":"0"}\n');
    expect(isDone).toBe(true);
  });

  it('delivers what was sent first', () => {
    const bench = new Bench();
    const { socket, session } = bench.open();
    session.send('last words');
    bench.hub.close(OPTIONS, () => undefined);
    bench.clock.flush();
    expect(socket.lines.slice(0, 2)).toEqual(['@0', 'tlast words']);
  });

  it('is done after drainMs at the latest, and tombstones know when to come back', () => {
    const bench = new Bench();
    const { id, key } = bench.open();
    let isDone = false;
    bench.hub.close(OPTIONS, () => (isDone = true));
    bench.clock.pass(4999);
    expect(isDone).toBe(false);
    bench.clock.pass(1);
    expect(isDone).toBe(true);
    const late = bench.socket().receive(resumePacket({ id, key }));
    expect(find(late.lines, 'g')).toMatchObject({ code: 1012, retryAfterMs: 2000 });
  });

  it('keeps the time to come back also when the close timeout is the shorter', () => {
    const bench = new Bench({ closeTimeoutMs: 1000 });
    const { id, key } = bench.open();
    bench.hub.close(OPTIONS, () => undefined);
    bench.clock.pass(1000);
    const late = bench.socket().receive(resumePacket({ id, key }));
    expect(find(late.lines, 'g')).toMatchObject({ code: 1012, retryAfterMs: 2000 });
  });

  it('takes no new session, and lets those that are there come back', () => {
    const bench = new Bench();
    const { socket, id, key } = bench.open();
    bench.hub.close(OPTIONS, () => undefined);
    socket.cut();
    const fresh = bench.socket().receive(newPacket({ nonce: OTHER_NONCE }));
    expect(find(fresh.lines, 'e')).toMatchObject({ code: 'ERR_FULL', retryAfterMs: 2000 });
    const next = bench.socket().receive(resumePacket({ id, key }, { choice: 2 }));
    expect(find(next.lines, 'c')['code']).toBe(1012);
  });

  it('refuses what still waits for authorize in the end', () => {
    const bench = new Bench();
    bench.authorize = () => undefined;
    const socket = bench.socket().receive(newPacket());
    bench.hub.close(OPTIONS, () => undefined);
    bench.clock.pass(5000);
    expect(errorOf(socket.lines)).toBe('ERR_FULL');
  });

  it('is done at once without sessions, and leaves no timer but its own', () => {
    const bench = new Bench();
    let count = 0;
    bench.hub.close(OPTIONS, () => count++);
    bench.hub.close(OPTIONS, () => count++);
    bench.clock.pass(6000);
    expect(count).toBe(1);
    expect(bench.clock.timerCount).toBe(0);
  });
});

describe('Hub: stats', () => {
  it('counts sessions, transports, traffic, errors and closes', () => {
    const bench = new Bench();
    const { socket, session } = bench.open();
    const away = bench.open({ nonce: OTHER_NONCE, choice: 1 });
    away.socket.cut();
    socket.receive('@0\nté\n');
    session.send('abc');
    bench.socket().receive('?\n');
    expect(bench.hub.stats()).toEqual({
      sessions: 2,
      transports: { websocket: 1, streaming: 0, 'long-polling': 0, polling: 0, none: 1 },
      arriving: 0,
      bufferedBytes: 131,
      attaches: { websocket: 2, streaming: 0, 'long-polling': 0, polling: 0 },
      closes: {},
      errors: { ERR_PACKET: 1 },
      messagesReceived: 1,
      messagesSent: 1,
      bytesReceived: 2,
      bytesSent: 3,
    });
    session._end(3000, '', false);
    expect(bench.hub.stats()).toMatchObject({ sessions: 1, closes: { 3000: 1 }, messagesSent: 1, bytesReceived: 2 });
  });
});
