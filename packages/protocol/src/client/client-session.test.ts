import { describe, expect, it } from 'vitest';
import type { CloseEvent } from '../session.js';
import { attached, ClientBench } from '../testing/client-side.js';
import { find } from '../testing/server-side.js';

const RESUMED = { key: undefined };

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

describe('ClientSession: states', () => {
  it("goes 'connecting -> open'", () => {
    const bench = new ClientBench();
    expect(bench.session.state).toBe('connecting');
    expect(bench.session.id).toBe('');
    bench.attach({ protocol: 'chat' });
    expect(bench.session.state).toBe('open');
    expect(bench.session.id).toBe('public');
    expect(bench.session.protocol).toBe('chat');
    expect(bench.events).toEqual(['open', 'transport:websocket']);
  });

  it("goes 'open -> away -> open' without another open event", () => {
    const bench = new ClientBench().attach();
    bench.socket.cut();
    expect(bench.session.state).toBe('away');
    expect(bench.session.transport).toBeNull();
    bench.clock.pass(1000);
    bench.socket.open().receive(`${attached(RESUMED)}\n`);
    expect(bench.session.state).toBe('open');
    expect(bench.events.filter((event) => event === 'open')).toHaveLength(1);
  });

  it("goes 'open -> closing -> closed'", () => {
    const bench = new ClientBench().attach();
    bench.socket.take();
    bench.session.send('last');
    bench.session.close(3000, 'bye');
    expect(bench.session.state).toBe('closing');
    bench.clock.flush();
    expect(bench.socket.take()).toEqual(['@0', 'tlast', 'c{"code":3000,"reason":"bye","at":"1","ack":"0"}']);
    bench.socket.receive('x{"ack":"1"}\n');
    expect(bench.session.state).toBe('closed');
    expect(bench.events.slice(-1)).toEqual(['close:3000']);
    expect(bench.clock.timerCount).toBe(0);
  });

  it('delivers what was sent before it closed before it was open', () => {
    const bench = new ClientBench();
    bench.session.send('a');
    bench.session.close();
    bench.attach();
    expect(bench.socket.take().slice(1)).toEqual(['s2 0', '@0', 'ta', 'c{"code":1000,"reason":"","at":"1","ack":"0"}']);
    bench.socket.receive('x{"ack":"1"}\n');
    expect(bench.events.slice(-1)).toEqual(['close:1000']);
  });

  it('ends after the close timeout when it never was open', () => {
    const bench = new ClientBench();
    const events = end(bench);
    bench.session.send('a');
    bench.session.close();
    bench.clock.pass(10_000);
    expect(events).toEqual([{ code: 1000, reason: '', unconfirmed: [{ data: 'a', sent: false }] }]);
    expect(bench.clock.timerCount).toBe(0);
  });

  it('repeats its close with a new attach', () => {
    const bench = new ClientBench().attach();
    bench.session.close();
    bench.clock.flush();
    cutAndOpen(bench);
    bench.socket.receive(`${attached(RESUMED)}\n`);
    expect(find(bench.socket.lines, 'c')['code']).toBe(1000);
  });

  it('declares loss by itself once resume window and detection time have passed', () => {
    const bench = new ClientBench(['websocket'], { renew: false }).attach({ resume: 60_000 });
    bench.socket.cut();
    bench.clock.pass(87_999);
    expect(bench.session.state).toBe('away');
    bench.clock.pass(1);
    expect(bench.events.slice(-1)).toEqual(['close:4900']);
  });
});

describe('ClientSession: attaching', () => {
  it('shows what it has received and acknowledges when it resumes', () => {
    const bench = new ClientBench().attach();
    bench.socket.receive('@0\nta\nTbc\n');
    expect(find(cutAndOpen(bench), 'r')).toMatchObject({ id: 'public', key: 'secret', got: '1.2', ack: '1.2' });
  });

  it('sends again what the server has not received, and nothing else', () => {
    const bench = new ClientBench().attach();
    for (const text of ['a', 'b', 'c']) bench.session.send(text);
    bench.clock.flush();
    bench.socket.receive('k1\n');
    expect(cutAndOpen(bench).slice(1)).toEqual(['@1', 'tb', 'tc']);
    bench.socket.take();
    bench.session.send('d');
    bench.socket.receive(`${attached({ ...RESUMED, got: '3', ack: '1' })}\n`);
    bench.clock.flush();
    expect(bench.socket.take().filter((line) => !line.startsWith('s'))).toEqual(['td']);
  });

  it('does not repeat what rode with the attach', () => {
    const bench = new ClientBench();
    bench.session.send('a');
    bench.clock.flush();
    bench.socket.open().take();
    bench.session.send('b');
    bench.socket.receive(`${attached()}\n`);
    expect(bench.socket.take()).toEqual(['s2 0', 'tb']);
  });

  it('has messages ride on one attempt at a time', () => {
    const bench = new ClientBench(['websocket', 'streaming', 'long-polling']);
    bench.session.send('a');
    bench.clock.flush();
    bench.socket.open();
    bench.clock.pass(300);
    expect(bench.socket.lines).toContain('ta');
    expect(bench.requests.map(({ lines }) => lines.includes('ta'))).toEqual([false, false]);
  });

  it('has them ride on the next attempt once the one before is given up', () => {
    const bench = new ClientBench(['websocket', 'long-polling']);
    bench.session.send('a');
    bench.clock.flush();
    bench.socket.open().cut();
    expect(bench.request.lines).toContain('ta');
  });

  it('lets no more ride than any server takes, in bytes and messages', () => {
    const bench = new ClientBench();
    for (let index = 0; index < 100; index++) bench.session.send('é');
    bench.clock.flush();
    expect(bench.socket.open().lines.filter((line) => line.startsWith('t'))).toHaveLength(64);
  });

  it.each(['€', 'x', new Uint8Array(1)])('lets at most 16,384 content bytes ride when it resumes (%#)', (unit) => {
    const bench = new ClientBench().attach();
    bench.socket.buffered = 1e9;
    for (let index = 0; index < 100; index++)
      bench.session.send(typeof unit === 'string' ? unit.repeat(1000) : new Uint8Array(1000));
    const lines = cutAndOpen(bench).slice(2);
    const bytes = lines.map((line) =>
      line.charAt(0).toLowerCase() === 't' ? Buffer.byteLength(line) - 1 : Buffer.from(line.slice(1), 'base64').length,
    );
    const total = bytes.reduce((a, b) => a + b, 0);
    expect(total).toBeLessThanOrEqual(16_384);
    expect(total).toBeGreaterThan(11_000);
  });

  it('says how long ago messages first rode', () => {
    const bench = new ClientBench();
    bench.session.send('a');
    bench.clock.flush();
    expect(find(bench.socket.open().lines, 'n')).not.toHaveProperty('age');
    bench.socket.cut();
    bench.clock.pass(1000);
    expect(find(bench.socket.open().lines, 'n')['age']).toBe(1000);
  });

  it('says nothing of that when they certainly never arrived', () => {
    const bench = new ClientBench();
    bench.session.send('a');
    bench.clock.flush();
    bench.socket.open().cut(false);
    bench.clock.pass(1000);
    expect(find(bench.socket.open().lines, 'n')).not.toHaveProperty('age');
  });

  it('remembers an attempt that may have arrived when a later one certainly did not', () => {
    const bench = new ClientBench();
    bench.session.send('a');
    bench.clock.flush();
    bench.socket.open().cut(true);
    bench.clock.pass(250);
    bench.socket.open().cut(false);
    bench.clock.pass(500);
    expect(find(bench.socket.open().lines, 'n')['age']).toBe(750);
  });

  it('numbers its choices upwards, and leaves them out while it holds a transport', () => {
    const bench = new ClientBench(['websocket', 'long-polling']);
    bench.clock.flush();
    expect(find(bench.socket.open().lines, 'n')['choice']).toBe(1);
    bench.clock.pass(130);
    expect(find(bench.request.lines, 'n')['choice']).toBe(2);
    bench.request.answer(attached());
    expect(bench.request.lines[1]).toBe('s3 0');
  });

  it('sends no s where the attach carried its newest choice', () => {
    const bench = new ClientBench().attach();
    cutAndOpen(bench);
    bench.socket.take();
    bench.socket.receive(`${attached(RESUMED)}\n`);
    expect(bench.socket.take()).toEqual([]);
  });

  it.each([
    ['a{}', 'malformed'],
    [attached({ key: undefined }), 'without secret'],
    [attached({ got: '1' }), 'that has received what was never sent'],
    [attached({ ack: '1' }), 'that acknowledges what was never sent'],
    ['w1', 'before the attach is answered'],
  ])('takes %s for a failure', (line) => {
    const bench = new ClientBench();
    bench.clock.flush();
    bench.socket.open().receive(`${line}\n`);
    if (line === 'w1') expect(bench.socket.isClosed).toBe(false);
    else expect(bench.socket.isClosed).toBe(true);
    expect(bench.session.state).toBe('connecting');
  });

  it('takes an answer that names another session for a failure', () => {
    const bench = new ClientBench().attach();
    cutAndOpen(bench);
    bench.socket.receive(`${attached({ ...RESUMED, id: 'other' })}\n`);
    expect(bench.session.state).toBe('away');
  });

  it('tells in its trace that it has met another server', () => {
    const bench = new ClientBench().attach();
    cutAndOpen(bench);
    bench.socket.receive(`${attached({ ...RESUMED, instance: 'second' })}\n`);
    expect(bench.clock.traced).toContain('instance');
  });

  it('begins the window where the attach acknowledges', () => {
    const bench = new ClientBench(['websocket'], { windowBytes: 2 }).attach();
    bench.socket.receive('@0\ntab\n');
    cutAndOpen(bench);
    bench.socket.receive(`${attached(RESUMED)}\n@1\ntcd\n`);
    expect(bench.messages).toEqual(['ab', 'cd']);
    expect(bench.session.state).toBe('open');
  });
});
