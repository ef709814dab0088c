import { describe, expect, it } from 'vitest';
import type { CloseEvent } from '../session.js';
import { attached, ClientBench } from '../testing/client-side.js';
import { at, find, type Members } from '../testing/server-side.js';
import type { Memory } from './chooser.js';

function end(bench: ClientBench): CloseEvent[] {
  const events: CloseEvent[] = [];
  bench.session.on('close', (event) => events.push(event));
  bench.session.on('reset', (event) => events.push(event));
  return events;
}

/** Cuts the socket in use and opens the next one, up to its attach. */
function cutAndOpen(bench: ClientBench): string[] {
  bench.socket.cut();
  bench.clock.pass(1000);
  return bench.socket.open().lines;
}

describe('ClientSession: endings', () => {
  const gone = (more: Members = {}): string => `g${JSON.stringify({ code: 4900, reason: 'unknown', ...more })}\n`;

  it('resets with what is not known to have arrived, and begins a successor', () => {
    const bench = new ClientBench().attach();
    const events = end(bench);
    bench.session.send('a');
    bench.clock.flush();
    bench.session.send('b');
    cutAndOpen(bench);
    bench.socket.receive(gone());
    expect(events).toEqual([
      {
        code: 4900,
        reason: 'unknown',
        unconfirmed: [
          { data: 'a', sent: true },
          { data: 'b', sent: true },
        ],
      },
    ]);
    expect(bench.session.state).toBe('connecting');
    expect(bench.session.id).toBe('');
    expect(bench.session.bufferedAmount).toBe(0);
    bench.clock.pass(100);
    const [attach = ''] = bench.socket.open().lines;
    expect(attach).toMatch(/^n\{/);
    expect(attach).not.toContain('age');
    bench.socket.receive(`${attached({ id: 'second', key: 'other' })}\n`);
    expect(bench.session.id).toBe('second');
    expect(bench.events.filter((event) => event === 'open')).toHaveLength(2);
  });

  it('neither moves to what attaches after close, nor remembers it', () => {
    const saved: unknown[] = [];
    const memory: Memory = { load: () => null, save: ({ name }) => saved.push(name) };
    const bench = new ClientBench(['streaming', 'long-polling'], { memory, wallNow: () => 1 });
    bench.clock.flush();
    const stream = bench.request;
    bench.clock.pass(130);
    expect(bench.requests).toHaveLength(2);
    bench.request.answer(attached());
    bench.session.close();
    bench.clock.flush();
    stream.begin(attached(), '.').end();
    expect(bench.session.transport).toBe('long-polling');
    expect(saved).toEqual(['long-polling']);
  });

  it('makes a successor of another nonce', () => {
    const bench = new ClientBench();
    bench.clock.flush();
    const before = find(bench.socket.open().lines, 'n')['nonce'];
    bench.socket.receive(gone());
    bench.clock.pass(100);
    expect(find(bench.socket.open().lines, 'n')['nonce']).not.toBe(before);
  });

  it('is exact about what arrived when the server says how far it came', () => {
    const bench = new ClientBench().attach();
    const events = end(bench);
    for (const text of ['a', 'b']) bench.session.send(text);
    bench.clock.flush();
    cutAndOpen(bench);
    bench.socket.receive(gone({ ack: '1' }));
    expect(events[0]?.unconfirmed).toEqual([{ data: 'b', sent: false }]);
  });

  it('lets the application send on after a reset: drain follows', () => {
    const bench = new ClientBench(['websocket'], { highWaterMarkBytes: 2 }).attach();
    expect(bench.session.send('abc')).toBe(false);
    cutAndOpen(bench);
    bench.socket.receive(gone());
    expect(bench.events.slice(-2)).toEqual(['reset:4900', 'drain']);
    expect(bench.session.send('a')).toBe(true);
  });

  it.each([1012, 1013, 4900, 4901])('resets after %i', (code) => {
    const bench = new ClientBench().attach();
    bench.socket.receive(`c{"code":${code},"reason":"","at":"0","ack":"0"}\n`);
    expect(bench.events.slice(-1)).toEqual([`reset:${code}`]);
  });

  it.each([1000, 1008, 1009, 1011, 3000, 4899, 4902])('closes after %i', (code) => {
    const bench = new ClientBench().attach();
    bench.socket.receive(`c{"code":${code},"reason":"","at":"0","ack":"0"}\n`);
    expect(bench.events.slice(-1)).toEqual([`close:${code}`]);
    bench.clock.pass(60_000);
    expect(bench.sockets).toHaveLength(1);
    expect(bench.clock.timerCount).toBe(0);
  });

  it('closes instead of a reset with renew: false', () => {
    const bench = new ClientBench(['websocket'], { renew: false }).attach();
    bench.socket.receive('c{"code":1012,"reason":"","at":"0","ack":"0"}\n');
    expect(bench.events.slice(-1)).toEqual(['close:1012']);
  });

  it('begins the successor no sooner than the server says', () => {
    const bench = new ClientBench().attach();
    bench.socket.receive('c{"code":1012,"reason":"","at":"0","ack":"0","retryAfterMs":5000}\n');
    bench.session.check();
    bench.clock.pass(4999);
    expect(bench.sockets).toHaveLength(1);
    bench.clock.pass(1001);
    expect(bench.sockets).toHaveLength(2);
  });

  it.each(['ERR_REFUSED', 'ERR_VERSION', 'ERR_ORIGIN', 'ERR_HOST'])('closes with 4902 after %s', (code) => {
    const bench = new ClientBench(['websocket', 'long-polling']);
    bench.clock.flush();
    bench.socket.open().receive(`e{"code":"${code}","message":"no"}\n`);
    expect(bench.events).toEqual(['close:4902']);
    bench.clock.pass(60_000);
    expect(bench.requests).toHaveLength(0);
  });

  it.each(['ERR_PACKET', 'ERR_POSITION', 'ERR_HANDSHAKE', 'ERR_TRANSPORT', 'ERR_LATER'])(
    'tries again after %s',
    (code) => {
      const bench = new ClientBench(['websocket', 'long-polling']);
      bench.clock.flush();
      bench.socket.open().receive(`e{"code":"${code}","message":"no"}\n`);
      expect(bench.session.state).toBe('connecting');
      expect(bench.requests).toHaveLength(1);
    },
  );

  it('leaves what another attempt has made alone when an old attempt is answered gone', () => {
    const bench = new ClientBench(['websocket', 'long-polling']);
    bench.clock.flush();
    bench.socket.open();
    bench.clock.pass(130);
    bench.request.answer(attached());
    bench.socket.receive(gone());
    expect(bench.session.state).toBe('open');
    expect(bench.session.transport).toBe('long-polling');
  });
});

describe('ClientSession: farewell', () => {
  it('closes with 1001 and gives the body of a last POST', () => {
    const bench = new ClientBench(['websocket'], { auth: 'token' }).attach();
    bench.session.send('last');
    const body = bench.session.farewell();
    const lines = (body ?? '').split('\n');
    expect(lines.map((line) => line.charAt(0))).toEqual(['q', 'r', '@', 't', 'c', '.', '']);
    expect(find(lines, 'q')).toMatchObject({ n: 0, as: 'send' });
    expect(find(lines, 'r')).toMatchObject({ id: 'public', key: 'secret', auth: 'token' });
    expect(find(lines, 'c')).toMatchObject({ code: 1001, at: '1' });
    expect(bench.events.slice(-1)).toEqual(['close:1001']);
    expect(bench.socket.isClosed).toBe(true);
  });

  it('says where it ends when not everything fits', () => {
    const bench = new ClientBench().attach();
    for (let index = 0; index < 3; index++) bench.session.send('x'.repeat(10_000));
    const body = bench.session.farewell() ?? '';
    expect(body.length).toBeLessThan(17_000);
    expect(find(body.split('\n'), 'c')['at']).toBe('1');
  });

  it('needs no body before the session is open, and none after it has ended', () => {
    const bench = new ClientBench();
    expect(bench.session.farewell()).toBeNull();
    expect(bench.session.farewell()).toBeNull();
    expect(bench.events).toEqual(['close:1001']);
    bench.clock.pass(1000);
    expect(bench.sockets).toHaveLength(0);
  });
});

describe('ClientSession: ends together', () => {
  it('leaves no timer, socket or request after any end', () => {
    for (const act of [
      (bench: ClientBench) => bench.session.farewell(),
      (bench: ClientBench) => bench.socket.receive('c{"code":1000,"reason":"","at":"0","ack":"0"}\n'),
      (bench: ClientBench) => bench.socket.receive('e{"code":"ERR_REFUSED","message":""}\n'),
    ]) {
      const bench = new ClientBench(['websocket', 'long-polling']).attach();
      act(bench);
      bench.clock.pass(0);
      expect(bench.clock.timerCount).toBe(0);
      expect(at(bench.sockets, 0).isClosed).toBe(true);
    }
  });
});
