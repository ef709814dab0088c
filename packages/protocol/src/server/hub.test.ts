import { describe, expect, it } from 'vitest';
import { at, Bench, find, newPacket, NONCE, resumePacket } from '../testing/server-side.js';
import type { Verdict } from './hub-host.js';

function errorOf(lines: readonly string[]): unknown {
  return find(lines, 'e')['code'];
}

describe('Hub: creating', () => {
  it('answers an attach with the limits, intervals and names of the server', () => {
    const bench = new Bench();
    const socket = bench.socket().receive(newPacket({ choice: 1, protocols: ['b', 'a'] }));
    const [session] = bench.sessions;
    expect(find(socket.lines, 'a')).toEqual({
      id: session?.id,
      key: expect.any(String) as string,
      got: '0',
      ack: '0',
      instance: 'first',
      window: [1_048_576, 16_384],
      max: 4_194_304,
      body: 1_048_576,
      heartbeat: [20_000, 8000],
      hold: 20_000,
      resume: 120_000,
      protocol: 'b',
    });
  });

  it('makes one session of any number of attaches with one nonce', () => {
    const bench = new Bench();
    const first = bench.open();
    const again = bench.socket().receive(newPacket());
    expect(find(again.lines, 'a')).toMatchObject({ id: first.id, key: first.key });
    expect(bench.sessions).toHaveLength(1);
  });

  it('makes one session of attaches that wait for authorize at the same time', () => {
    const bench = new Bench();
    const waiting: ((verdict: Verdict) => void)[] = [];
    bench.authorize = (_auth, done) => waiting.push(done);
    const sockets = [bench.socket().receive(newPacket()), bench.socket().receive(newPacket())];
    for (const done of waiting) done({ user: 'a' });
    bench.clock.flush();
    expect(bench.sessions).toHaveLength(1);
    expect(find(at(sockets, 1).lines, 'a')['key']).toBe(find(at(sockets, 0).lines, 'a')['key']);
  });

  it('attaches when the host says that it is their turn, and not whoever has gone meanwhile', () => {
    const bench = new Bench();
    const waiting: (() => void)[] = [];
    bench.pace = (attach) => waiting.push(attach);
    let asked = 0;
    bench.authorize = (_auth, done) => {
      asked++;
      done({ user: 'a' });
    };
    const gone = bench.socket().receive(newPacket({ nonce: 'going-0123456789abcdef' }));
    const socket = bench.socket().receive(newPacket()).receive('@0\nta\n');
    const post = bench.post({}, newPacket({ nonce: 'posts-0123456789abcdef' }));
    gone.cut();
    expect([socket.lines, bench.told, post.text]).toEqual([[], [], '']);
    for (const attach of waiting) attach();
    bench.clock.flush();
    expect(bench.told).toEqual(['session', 'websocket', 'session', 'polling']);
    expect(bench.messages).toEqual(['a']);
    expect(post.isEnded).toBe(true);
    expect(asked).toBe(2);
  });

  it('refuses whose turn does not come in time', () => {
    const bench = new Bench();
    bench.pace = () => undefined;
    const socket = bench.socket().receive(newPacket());
    bench.clock.pass(10_000);
    expect(errorOf(socket.lines)).toBe('ERR_HANDSHAKE');
  });

  it('takes the messages of such attaches once', () => {
    const bench = new Bench();
    for (let index = 0; index < 3; index++) bench.socket().receive(`${newPacket()}@0\nta\ntb\n`);
    expect(bench.messages).toEqual(['a', 'b']);
  });

  it.each(['s1 0', 's2 0'])('lets a nonce die with %s', (choice) => {
    const bench = new Bench();
    bench.open().socket.receive(`${choice}\n`);
    const again = bench.socket().receive(newPacket());
    expect(find(again.lines, 'g')['code']).toBe(4900);
    expect(again.closed).toBe(1000);
  });

  it('lets a nonce die with a resume', () => {
    const bench = new Bench();
    bench.socket().receive(resumePacket(bench.open()));
    expect(find(bench.socket().receive(newPacket()).lines, 'g')['code']).toBe(4900);
  });

  it('lets a nonce die with a request that carries the secret', () => {
    const bench = new Bench();
    const { id, key } = find(bench.post({}, newPacket({ choice: 1 })).lines, 'a');
    bench.post({ n: 1, id, key });
    expect(find(bench.socket().receive(newPacket()).lines, 'g')['code']).toBe(4900);
  });

  it('lets a nonce die while authorize thinks', () => {
    const bench = new Bench();
    const { socket } = bench.open();
    let decide: ((verdict: Verdict) => void) | undefined;
    bench.authorize = (_auth, done) => (decide = done);
    const late = bench.socket().receive(newPacket());
    socket.receive('s2 0\n');
    decide?.({ user: 'somebody' });
    bench.clock.flush();
    expect(find(late.lines, 'g')['code']).toBe(4900);
  });

  it('raises no ghost of an ended session by its nonce', () => {
    const bench = new Bench();
    const { socket, session } = bench.open();
    session.close();
    bench.clock.flush();
    socket.receive('x{"ack":"0"}\n');
    expect(find(bench.socket().receive(newPacket()).lines, 'g')['code']).toBe(4900);
    expect(bench.sessions).toHaveLength(1);
  });

  it('remembers a dead nonce for a minute, however short the resume window', () => {
    const bench = new Bench({ resumeWindowMs: 1000 });
    bench.open({ choice: 1 }).session._end(3003, '', false);
    bench.clock.pass(59_999);
    expect(find(bench.socket().receive(newPacket()).lines, 'g')['code']).toBe(4900);
    bench.clock.pass(1);
    expect(find(bench.socket().receive(newPacket()).lines, 'a')['id']).toBeDefined();
  });

  it('takes an age below its uptime, and answers gone to one that may be beyond', () => {
    const bench = new Bench();
    bench.clock.pass(5000);
    expect(find(bench.socket().receive(newPacket({ age: 5000 })).lines, 'g')['code']).toBe(4900);
    expect(
      find(bench.socket().receive(newPacket({ age: 4999, nonce: 'other-0123456789abcdef' })).lines, 'a')['id'],
    ).toBeDefined();
  });

  it('makes no session of a younger attempt that comes after one was too old', () => {
    const bench = new Bench();
    bench.clock.pass(5000);
    bench.socket().receive(newPacket({ age: 5001 }));
    expect(find(bench.socket().receive(newPacket({ age: 4000 })).lines, 'g')['code']).toBe(4900);
    expect(bench.hub.sessions.size).toBe(0);
  });

  it('refuses to join another user to a session by its nonce', () => {
    const bench = new Bench();
    bench.open();
    bench.authorize = (_auth, done) => done({ user: 'another' });
    expect(errorOf(bench.socket().receive(newPacket()).lines)).toBe('ERR_REFUSED');
    expect(bench.hub.sessions.size).toBe(1);
  });
});

describe('Hub: resuming', () => {
  it('never creates', () => {
    const bench = new Bench();
    const socket = bench.socket().receive(resumePacket({ id: 'unknown', key: 'k' }));
    expect(find(socket.lines, 'g')['code']).toBe(4900);
    expect(bench.hub.sessions.size).toBe(0);
  });

  it('answers a wrong key like an unknown id', () => {
    const bench = new Bench();
    const { id } = bench.open();
    const wrong = bench.socket().receive(resumePacket({ id, key: 'wrong' }));
    const unknown = bench.socket().receive(resumePacket({ id: 'unknown', key: 'wrong' }));
    expect(wrong.lines).toEqual(unknown.lines);
    expect(bench.hub.sessions.size).toBe(1);
  });

  it('answers a wrong key to a tombstone like an unknown id', () => {
    const bench = new Bench();
    const { id, session } = bench.open();
    session._end(3000, 'secret reason', false);
    const wrong = bench.socket().receive(resumePacket({ id, key: 'wrong' }));
    expect(find(wrong.lines, 'g')).toMatchObject({ code: 4900 });
  });

  it('ends a session with 1008 when another user comes with its key', () => {
    const bench = new Bench();
    const { id, key, session } = bench.open();
    bench.authorize = (_auth, done) => done({ user: 'another' });
    const socket = bench.socket().receive(resumePacket({ id, key }));
    expect(find(socket.lines, 'g')['code']).toBe(1008);
    expect(session.state).toBe('closed');
    expect(bench.ended).toEqual([expect.objectContaining({ code: 1008 })]);
  });

  it('answers gone when the session ends while authorize thinks', () => {
    const bench = new Bench();
    const { id, key, session } = bench.open();
    let decide: ((verdict: Verdict) => void) | undefined;
    bench.authorize = (_auth, done) => (decide = done);
    const socket = bench.socket().receive(resumePacket({ id, key }));
    session._end(3000, 'over', false);
    decide?.({ user: 'somebody' });
    bench.clock.flush();
    expect(find(socket.lines, 'g')).toMatchObject({ code: 3000, reason: 'over' });
  });
});

describe('Hub: what the host is told', () => {
  it('is a session, then its first transport, then others, and none that was refused or has ended', () => {
    const bench = new Bench();
    const { id, key } = bench.open();
    bench.socket().receive(resumePacket({ id, key }));
    bench.socket().receive(resumePacket({ id, key }, { got: '7' }));
    bench.onSession = (session) => session._end(3000, 'at once', false);
    bench.socket().receive(newPacket({ nonce: 'another_nonce_that_is_long' }));
    expect(bench.told).toEqual(['session', 'websocket', 'websocket', 'session']);
  });
});

describe('Hub: tombstones', () => {
  it('answer with code, reason and the final acknowledgement', () => {
    const bench = new Bench();
    const { socket, session, id, key } = bench.open();
    socket.receive('@0\nta\ntb\n');
    session.close(3003, 'enough');
    bench.clock.flush();
    socket.receive('x{"ack":"0"}\n');
    const late = bench.socket().receive(resumePacket({ id, key }));
    expect(find(late.lines, 'g')).toEqual({ code: 3003, reason: 'enough', ack: '2' });
  });

  it('answer every request', () => {
    const bench = new Bench();
    const { id, key, session } = bench.open();
    session._end(3003, 'enough', false);
    const late = bench.post({ n: 4, id, key });
    expect(find(late.lines, 'g')).toEqual({ code: 3003, reason: 'enough', ack: '0' });
    expect(late.isEnded).toBe(true);
  });

  it('last for twice the resume window', () => {
    const bench = new Bench({ resumeWindowMs: 1000 });
    const { id, key, session } = bench.open();
    session._end(3003, '', false);
    bench.clock.pass(1999);
    expect(find(bench.socket().receive(resumePacket({ id, key })).lines, 'g')['code']).toBe(3003);
    bench.clock.pass(1);
    expect(find(bench.socket().receive(resumePacket({ id, key })).lines, 'g')['code']).toBe(4900);
  });

  it('are bounded: the oldest goes first', () => {
    const bench = new Bench({ maxTombstones: 2 });
    const ended = [1, 2, 3].map((index) => {
      const opened = bench.open({ choice: 1, nonce: `${NONCE}${index}` });
      opened.session._end(3000 + index, '', false);
      return opened;
    });
    const codes = ended.map((one) => find(bench.socket().receive(resumePacket(one)).lines, 'g')['code']);
    expect(codes).toEqual([4900, 3002, 3003]);
  });
});

describe('Hub: authorize', () => {
  it('gets what the attach says, again on each new connection', () => {
    const bench = new Bench();
    const auths: unknown[] = [];
    bench.authorize = (auth, done) => {
      auths.push(auth);
      done({ user: 'a' });
    };
    const { id, key } = bench.open({ choice: 1, auth: { token: 1 } });
    bench.socket().receive(resumePacket({ id, key }, { auth: 'again' }));
    expect(auths).toEqual([{ token: 1 }, 'again']);
  });

  it('refuses', () => {
    const bench = new Bench();
    bench.authorize = (_auth, done) => done({ refuse: 'no entry' });
    const socket = bench.socket().receive(newPacket());
    expect(find(socket.lines, 'e')).toEqual({ code: 'ERR_REFUSED', message: 'no entry' });
    expect(socket.closed).toBe(1000);
    expect(bench.hub.stats()).toMatchObject({ sessions: 0, arriving: 0, errors: { ERR_REFUSED: 1 } });
  });

  it('refuses for a while', () => {
    const bench = new Bench();
    bench.authorize = (_auth, done) => done({ refuse: 'busy', retryAfterMs: 700 });
    const socket = bench.socket().receive(newPacket());
    expect(find(socket.lines, 'e')).toEqual({ code: 'ERR_FULL', message: 'busy', retryAfterMs: 700 });
  });

  it('is heard once', () => {
    const bench = new Bench();
    bench.authorize = (_auth, done) => {
      done({ user: 'a' });
      done({ refuse: 'changed my mind' });
      done({ user: 'b' });
    };
    expect(bench.open().socket.closed).toBeNull();
    expect(bench.sessions).toHaveLength(1);
  });

  it('may take its time: what came meanwhile is taken then, in order', () => {
    const bench = new Bench();
    let decide: ((verdict: Verdict) => void) | undefined;
    bench.authorize = (_auth, done) => (decide = done);
    const socket = bench.socket().receive(`${newPacket({ choice: 1 })}@0\nta\nB\n`);
    socket.receive(new Uint8Array([1]));
    socket.receive(new Uint8Array([2]));
    expect(bench.messages).toEqual([]);
    decide?.({ user: 'a' });
    expect(bench.messages).toEqual(['a', new Uint8Array([1, 2])]);
  });

  it('has the handshake time, and is not heard after that', () => {
    const bench = new Bench();
    let decide: ((verdict: Verdict) => void) | undefined;
    bench.authorize = (_auth, done) => (decide = done);
    const socket = bench.socket().receive(newPacket());
    bench.clock.pass(9999);
    expect(socket.closed).toBeNull();
    bench.clock.pass(1);
    expect(errorOf(socket.lines)).toBe('ERR_HANDSHAKE');
    decide?.({ user: 'a' });
    expect(bench.sessions).toHaveLength(0);
  });

  it('is not heard after the connection has ended', () => {
    const bench = new Bench();
    let decide: ((verdict: Verdict) => void) | undefined;
    bench.authorize = (_auth, done) => (decide = done);
    bench.socket().receive(newPacket()).cut();
    decide?.({ user: 'a' });
    expect(bench.sessions).toHaveLength(0);
    expect(bench.hub.stats().arriving).toBe(0);
  });

  it('keeps 64 KB before it has decided, and refuses one byte more', () => {
    const bench = new Bench();
    bench.authorize = () => undefined;
    const socket = bench.socket().receive(newPacket());
    socket.receive(new Uint8Array(65_535));
    socket.receive(' \n');
    expect(socket.closed).toBeNull();
    expect(bench.hub.stats().bufferedBytes).toBe(65_536);
    socket.receive(' \n');
    expect(errorOf(socket.lines)).toBe('ERR_BODY_SIZE');
    expect(bench.hub.stats().bufferedBytes).toBe(0);
  });
});

describe('Hub: handshake', () => {
  it('ends a connection on which no attach arrives in time', () => {
    const bench = new Bench();
    const socket = bench.socket();
    bench.clock.pass(10_000);
    expect(errorOf(socket.lines)).toBe('ERR_HANDSHAKE');
    expect(socket.closed).toBe(1000);
  });

  it('leaves an attached one alone', () => {
    const bench = new Bench();
    const { socket } = bench.open();
    bench.clock.pass(15_000);
    expect(socket.closed).toBeNull();
  });

  it.each(['p', 't', '', 'n{}', 'n', 'r{"v":1}', 'x{"ack":"0"}'])('refuses %s for a first packet', (line) => {
    expect(errorOf(new Bench().socket().receive(`${line}\n`).lines)).toBe('ERR_PACKET');
  });

  it('refuses a binary first frame', () => {
    expect(errorOf(new Bench().socket().receive(new Uint8Array(1)).lines)).toBe('ERR_PACKET');
  });

  it('takes a first frame of 65,536 bytes, refuses one beyond', () => {
    const attach = newPacket();
    const fit = new Bench().socket().receive(`${attach}${' '.repeat(65_535 - attach.length)}\n`);
    expect(find(fit.lines, 'a')['id']).toBeDefined();
    const beyond = new Bench().socket().receive(`${attach}${' '.repeat(65_536 - attach.length)}\n`);
    expect(errorOf(beyond.lines)).toBe('ERR_BODY_SIZE');
  });

  it('names the versions that it speaks', () => {
    const socket = new Bench().socket().receive('n{"v":2,"whatever":[]}\n');
    expect(find(socket.lines, 'e')).toMatchObject({ code: 'ERR_VERSION', versions: [1] });
  });
});
