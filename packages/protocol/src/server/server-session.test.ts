import { describe, expect, it } from 'vitest';
import { at, Bench, find, newPacket, resumePacket, type RecordedSocket } from '../testing/server-side.js';

/** A session with a chosen socket, and what attaches others to it. */
function open(): ReturnType<Bench['open']> & { bench: Bench; join: (more?: object) => RecordedSocket } {
  const bench = new Bench();
  const opened = bench.open();
  return { bench, ...opened, join: (more = {}) => bench.socket().receive(resumePacket(opened, { ...more })) };
}

describe('ServerSession: choosing', () => {
  it('answers a candidate, and goes on sending on the chosen transport', () => {
    const { bench, socket, session, join } = open();
    const candidate = join();
    session.send('a');
    bench.clock.flush();
    expect(find(candidate.lines, 'a')['id']).toBe(session.id);
    expect(candidate.lines).toHaveLength(1);
    expect(socket.lines).toEqual(['@0', 'ta']);
  });

  it('moves to an attach whose choice is greater than every one before', () => {
    const { bench, socket, session, join } = open();
    const next = join({ choice: 2 });
    session.send('a');
    bench.clock.flush();
    expect(next.lines.slice(1)).toEqual(['@0', 'ta']);
    expect(socket.lines).toEqual([]);
  });

  it.each([1, 0])('does not move to an attach whose choice is not greater (%i)', (choice) => {
    const { bench, socket, session, join } = open();
    join(choice > 0 ? { choice } : {});
    session.send('a');
    bench.clock.flush();
    expect(socket.lines).toEqual(['@0', 'ta']);
  });

  it('moves to any attach while it has no live transport', () => {
    const { socket, session, join } = open();
    socket.cut();
    join();
    expect(session.transport).toBe('websocket');
  });

  it('moves with s, and continues where that says', () => {
    const { bench, socket, session, join } = open();
    const candidate = join();
    session.send('a');
    session.send('b');
    bench.clock.flush();
    candidate.take();
    candidate.receive('s2 1\n');
    expect(candidate.take()).toEqual(['@1', 'tb']);
    socket.take();
    session.send('c');
    bench.clock.flush();
    expect(candidate.take()).toEqual(['tc']);
    expect(socket.take()).toEqual([]);
  });

  it('ignores an s that is not greater', () => {
    const { bench, socket, session, join } = open();
    const candidate = join({ choice: 5 });
    socket.receive('s5 0\n');
    socket.receive('s4 0\n');
    session.send('a');
    bench.clock.flush();
    expect(candidate.lines.slice(-1)).toEqual(['ta']);
    expect(socket.closed).toBeNull();
  });

  it('refuses an s that has received what was never sent', () => {
    const { socket, session } = open();
    socket.receive('s2 1\n');
    expect(find(socket.lines, 'e')['code']).toBe('ERR_POSITION');
    expect(session.state).toBe('open');
  });

  it('does not end a transport because another attached', () => {
    const { socket, join } = open();
    join({ choice: 2 });
    expect(socket.closed).toBeNull();
  });

  it('takes data from every attached transport, by position', () => {
    const { bench, socket, join } = open();
    const candidate = join();
    socket.receive('@0\nta\n');
    candidate.receive('@0\nta\ntb\n');
    socket.receive('@1\ntb\ntc\n');
    expect(bench.messages).toEqual(['a', 'b', 'c']);
  });

  it('waits for the client when the chosen transport dies beside a candidate', () => {
    const { bench, socket, session, join } = open();
    const candidate = join();
    socket.cut();
    expect(session.transport).toBeNull();
    session.send('a');
    bench.clock.flush();
    candidate.take();
    candidate.receive('s2 0\n');
    expect(candidate.take()).toEqual(['@0', 'ta']);
  });
});

describe('ServerSession: transports', () => {
  it('attaches four, refuses a fifth that is a candidate', () => {
    const { join } = open();
    for (let index = 0; index < 3; index++) expect(join().closed).toBeNull();
    const fifth = join();
    expect(find(fifth.lines, 'e')['code']).toBe('ERR_TRANSPORTS');
    expect(fifth.closed).toBe(1000);
  });

  it('makes room for one that holds no other, by ending the one heard from least recently', () => {
    const { bench, socket, join } = open();
    const others = [join(), join(), join()];
    bench.clock.pass(1000);
    socket.receive('p\n');
    at(others, 0).receive('p\n');
    at(others, 2).receive('p\n');
    const newest = join({ choice: 2 });
    expect(newest.closed).toBeNull();
    expect(others.map(({ closed }) => closed)).toEqual([null, 1000, null]);
  });

  it('makes room for a candidate by ending an HTTP transport that was left', () => {
    const { bench, id, key, join } = open();
    for (const via of [1, 2, 3]) bench.post({ via }, resumePacket({ id, key }));
    expect(join().closed).toBeNull();
  });

  it.each([
    { got: '1', ack: '0' },
    { got: '0', ack: '1' },
    { got: '0.1', ack: '0' },
  ])('refuses an attach that lies about positions (%j)', (positions) => {
    const { session, join } = open();
    expect(find(join({ ...positions, choice: 2 }).lines, 'e')['code']).toBe('ERR_POSITION');
    expect(session.transport).toBe('websocket');
  });

  it('takes an attach that was overtaken by acknowledgements', () => {
    const { bench, socket, session, join } = open();
    session.send('a');
    bench.clock.flush();
    socket.receive('k1\n');
    const late = join({ got: '0', ack: '0', choice: 2 });
    session.send('b');
    bench.clock.flush();
    expect(late.lines.slice(1)).toEqual(['@1', 'tb']);
  });

  it('takes an acknowledgement with the attach', () => {
    const { bench, session, join } = open();
    session.send('a');
    bench.clock.flush();
    join({ got: '1', ack: '1' });
    expect(session.bufferedAmount).toBe(0);
  });

  it('ends all of them with the session', () => {
    const { socket, session, join } = open();
    const candidate = join();
    session._end(1000, '', false);
    expect([socket.closed, candidate.closed]).toEqual([1000, 1000]);
  });
});

describe('ServerSession: window of the client', () => {
  it('is kept in bytes and messages', () => {
    const bench = new Bench();
    const { socket, session } = bench.open({ choice: 1, window: [10, 2] });
    for (const text of ['a', 'b', 'c']) session.send(text);
    bench.clock.flush();
    expect(socket.take()).toEqual(['@0', 'ta', 'tb']);
    socket.receive('k1\n');
    expect(socket.take()).toEqual(['tc']);
  });

  it('of nothing lets nothing through', () => {
    const bench = new Bench();
    const { socket, session } = bench.open({ choice: 1, window: [0, 0] });
    session.send('a');
    bench.clock.flush();
    expect(socket.lines).toEqual([]);
  });

  it('begins where an attach has acknowledged, on either side', () => {
    const bench = new Bench({ windowBytes: 2 });
    const opened = bench.open();
    opened.session.pause();
    opened.socket.receive('@0\ntab\n').cut();
    opened.session.resume();
    const next = bench.socket().receive(resumePacket(opened, { choice: 2 }));
    expect(find(next.take(), 'a')).toMatchObject({ got: '1', ack: '1' });
    next.receive('@1\ntcd\n');
    expect(next.closed).toBeNull();
    expect(bench.messages).toEqual(['ab', 'cd']);
  });
});

describe('ServerSession: secrets', () => {
  it('keeps only a digest of the secret once the nonce is dead', () => {
    const { socket, session, key } = open();
    expect(JSON.stringify([session._key, session._digest])).toContain(key);
    socket.receive('s2 0\n');
    expect(session._key).toBe('');
    expect(session._nonce).toBe('');
  });

  it('tells the secret in answers to n only', () => {
    const { bench, key, join } = open();
    expect(find(bench.socket().receive(newPacket()).lines, 'a')['key']).toBe(key);
    expect(find(join().lines, 'a')).not.toHaveProperty('key');
  });
});
