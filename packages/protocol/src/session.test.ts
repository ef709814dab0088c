import { describe, expect, it } from 'vitest';
import { at, Bench, find, last, NONCE, resumePacket } from './testing/server-side.js';

describe('Session: messages', () => {
  it('hands over what arrives, in order', () => {
    const bench = new Bench();
    bench.open().socket.receive('@0\nta\ntb\n');
    expect(bench.messages).toEqual(['a', 'b']);
  });

  it('begins paused and flows at its first message listener', () => {
    const bench = new Bench();
    bench.onSession = () => undefined;
    const { socket, session } = bench.open();
    socket.receive('@0\nta\n');
    session.on('message', (data) => bench.messages.push(data));
    expect(bench.messages).toEqual(['a']);
  });

  it('keeps messages while there is no listener any more, and acknowledges none', () => {
    const bench = new Bench();
    bench.onSession = (session) => session.once('message', (data) => bench.messages.push(data));
    const { socket, session } = bench.open();
    socket.receive('@0\nta\ntb\np\n');
    expect(bench.messages).toEqual(['a']);
    expect(socket.take()).toEqual(['o', 'k1']);
    session.on('message', (data) => bench.messages.push(data));
    expect(bench.messages).toEqual(['a', 'b']);
  });

  it('stops handing over while paused, still answers pings, and goes on', () => {
    const bench = new Bench();
    const { socket, session } = bench.open();
    session.pause();
    socket.receive('@0\nta\np1\n');
    expect(socket.take()).toEqual(['o1']);
    expect(bench.messages).toEqual([]);
    session.resume();
    expect(bench.messages).toEqual(['a']);
  });

  it('keeps the order when a listener pauses and resumes', () => {
    const bench = new Bench();
    bench.onSession = (session) =>
      session.on('message', (data) => {
        session.pause();
        bench.messages.push(data);
        session.resume();
      });
    bench.open().socket.receive('@0\nta\ntb\ntc\n');
    expect(bench.messages).toEqual(['a', 'b', 'c']);
  });

  it('refuses more than its window while paused, the session lives on', () => {
    const bench = new Bench({ windowMessages: 2 });
    const { socket, session } = bench.open();
    session.pause();
    socket.receive('@0\nt\nt\n');
    expect(socket.closed).toBeNull();
    socket.receive('t\n');
    expect(find(socket.take(), 'e')['code']).toBe('ERR_WINDOW');
    expect(session.state).toBe('open');
  });

  it('sends in one frame what was sent in one turn', () => {
    const bench = new Bench();
    const { socket, session } = bench.open();
    session.send('a');
    session.send('b');
    expect(socket.frames).toEqual([]);
    bench.clock.flush();
    expect(socket.frames).toEqual(['@0\nta\ntb\n']);
  });

  it('copies bytes, even those of a Buffer', () => {
    const bench = new Bench();
    const { socket, session } = bench.open();
    for (const bytes of [new Uint8Array([1, 2]), Buffer.from([3, 4])]) {
      session.send(bytes);
      bytes.fill(9);
    }
    bench.clock.flush();
    expect(socket.frames).toEqual(['@0\n', new Uint8Array([1, 2]), new Uint8Array([3, 4])]);
  });

  it.each([undefined, null, 1, {}, [1], new ArrayBuffer(1), new Uint16Array(1)])('refuses to send %s', (data) => {
    const { session } = new Bench().open();
    expect(() => session.send(data as string)).toThrow(expect.objectContaining({ code: 'ERR_DATA' }));
    expect(session.bufferedAmount).toBe(0);
  });

  it('refuses to send a lone surrogate', () => {
    const { session } = new Bench().open();
    expect(() => session.send('\ud800')).toThrow(expect.objectContaining({ code: 'ERR_TEXT' }));
  });

  it('sends a message of the size the peer takes, refuses one beyond, and lives on', () => {
    const { session } = new Bench().open({ choice: 1, max: 5 });
    session.send('12345');
    expect(() => session.send('123456')).toThrow(expect.objectContaining({ code: 'ERR_TOO_LARGE' }));
    expect(session.state).toBe('open');
    expect(session.bufferedAmount).toBe(5);
  });

  it('refuses to send after close()', () => {
    const { session } = new Bench().open();
    session.close();
    expect(() => session.send('x')).toThrow(expect.objectContaining({ code: 'ERR_CLOSED' }));
  });

  it.each([1001, 2999, 4900, 5000, 3000.5, NaN])('refuses to close with %s', (code) => {
    const { session } = new Bench().open();
    expect(() => session.close(code)).toThrow(expect.objectContaining({ code: 'ERR_CODE' }));
    expect(session.state).toBe('open');
  });

  it('takes a reason of 123 bytes, refuses one of 124', () => {
    const { session } = new Bench().open();
    expect(() => session.close(1000, 'é'.repeat(62))).toThrow(expect.objectContaining({ code: 'ERR_CODE' }));
    session.close(1000, `${'é'.repeat(61)}x`);
    expect(session.state).toBe('closing');
  });
});

describe('Session: back-pressure', () => {
  it('returns false at the high-water mark, and drains at half of it', () => {
    const bench = new Bench({ highWaterMarkBytes: 10 });
    const { socket, session } = bench.open();
    let drains = 0;
    session.on('drain', () => drains++);
    expect(session.send('123456789')).toBe(true);
    expect(session.send('0')).toBe(false);
    expect(session.send('1')).toBe(false);
    bench.clock.flush();
    socket.receive('k0.5\n');
    expect(drains).toBe(0);
    socket.receive('k1\n');
    expect(drains).toBe(1);
    expect(session.send('x')).toBe(true);
  });

  it('takes as many bytes as its hard limit, throws beyond, and lives on', () => {
    const bench = new Bench({ maxBufferedBytes: 10 });
    const { socket, session } = bench.open();
    session.send('1234567890');
    expect(() => session.send('x')).toThrow(expect.objectContaining({ code: 'ERR_BUFFER_FULL' }));
    bench.clock.flush();
    socket.receive('k1\n');
    session.send('y');
    bench.clock.flush();
    expect(last(socket.take())).toBe('ty');
  });

  it('takes as many messages as its hard limit, throws beyond', () => {
    const { session } = new Bench({ maxBufferedMessages: 4 }).open();
    for (let index = 0; index < 4; index++) session.send('');
    expect(() => session.send('')).toThrow(expect.objectContaining({ code: 'ERR_BUFFER_FULL' }));
  });

  it('hands at most 256 KB in parts of 64 KB to a socket before it drains', () => {
    const bench = new Bench();
    const { socket, session } = bench.open();
    socket.isStuck = true;
    session.send('x'.repeat(1_000_000));
    bench.clock.flush();
    expect(socket.frames).toHaveLength(4);
    for (const frame of socket.frames) expect(frame.length).toBeLessThan(65_600);
    socket.frames.length = 0;
    socket.drain();
    expect(socket.frames.length).toBeGreaterThan(0);
  });

  it('writes a heartbeat ahead of what waits', () => {
    const bench = new Bench();
    const { socket, session } = bench.open();
    socket.isStuck = true;
    session.send('x'.repeat(1_000_000));
    bench.clock.flush();
    socket.receive('pnow\n');
    socket.frames.length = 0;
    socket.drain();
    expect(at(socket.lines, 0)).toBe('onow');
  });

  it('answers a flood of pings with a bounded number of pongs', () => {
    const bench = new Bench();
    const { socket } = bench.open();
    socket.isStuck = true;
    socket.buffered = 300_000;
    for (let index = 0; index < 1000; index++) socket.receive('p0123456789abcdef\n'.repeat(100));
    socket.drain();
    expect(socket.lines.join('').length).toBeLessThan(5000);
  });
});

describe('Session: acknowledging', () => {
  it('acknowledges within 1 s over WebSocket, several messages at once', () => {
    const bench = new Bench();
    const { socket } = bench.open();
    socket.receive('@0\nta\n');
    bench.clock.pass(500);
    socket.receive('tb\n');
    bench.clock.pass(499);
    expect(socket.take()).toEqual([]);
    bench.clock.pass(1);
    expect(socket.take()).toEqual(['k2']);
    bench.clock.pass(5000);
    expect(socket.take()).toEqual([]);
  });

  it('acknowledges a question with its answer, and many with a few of theirs', () => {
    const bench = new Bench();
    bench.onSession = (session) => session.on('message', (data) => session.send(`${String(data)}!`));
    const { socket } = bench.open();
    socket.receive('@0\nta\n');
    expect(socket.take()).toEqual(['k1', '@0', 'ta!']);
    bench.clock.pass(499);
    socket.receive('tb\n');
    expect(socket.take()).toEqual(['tb!']);
    bench.clock.pass(1);
    socket.receive('tc\n');
    expect(socket.take()).toEqual(['k3', 'tc!']);
    bench.clock.pass(5000);
    expect(socket.take()).toEqual([]);
  });

  it('acknowledges sixteen messages with what leaves next, however soon they came', () => {
    const bench = new Bench();
    bench.onSession = (session) => session.on('message', (data) => session.send(data));
    const { socket } = bench.open();
    socket.receive('@0\ntx\n');
    expect(socket.take()).toEqual(['k1', '@0', 'tx']);
    for (let count = 2; count <= 49; count++) {
      socket.receive('tx\n');
      expect(socket.take(), `message ${count}`).toEqual(count % 16 === 1 ? [`k${count}`, 'tx'] : ['tx']);
    }
  });

  it('acknowledges alone where nothing can leave with it', () => {
    const bench = new Bench();
    bench.onSession = (session) => session.on('message', (data) => session.send(data));
    const { socket } = bench.open({ choice: 1, window: [1_000_000, 0] });
    socket.receive('@0\nta\n');
    expect(socket.take()).toEqual([]);
    bench.clock.pass(1000);
    expect(socket.take()).toEqual(['k1']);
  });

  it('acknowledges at once at half a window', () => {
    const bench = new Bench({ windowBytes: 10 });
    const { socket } = bench.open();
    socket.receive('@0\ntabcd\n');
    expect(socket.take()).toEqual([]);
    socket.receive('te\n');
    expect(socket.take()).toEqual(['k2']);
  });

  it('acknowledges with a pong', () => {
    const { socket } = new Bench().open();
    socket.receive('@0\nta\np\n');
    expect(socket.take()).toEqual(['o', 'k1']);
  });

  it('acknowledges far fewer times than messages come', () => {
    const { socket } = new Bench().open();
    socket.receive('@0\n');
    for (let index = 0; index < 10_000; index++) socket.receive('tx\n');
    expect(socket.lines.length).toBeLessThanOrEqual(20);
  });

  it('does not acknowledge what a paused session holds', () => {
    const bench = new Bench();
    const { socket, session } = bench.open();
    session.pause();
    socket.receive('@0\nta\n');
    bench.clock.pass(10_000);
    expect(socket.take()).toEqual([]);
  });

  it('ends with 1011 when a listener throws, and does not acknowledge that message', () => {
    const bench = new Bench();
    bench.onSession = (session) =>
      session.on('message', (data) => {
        bench.messages.push(data);
        if (data === 'b') throw new Error('broken');
      });
    const { socket } = bench.open();
    socket.receive('@0\nta\ntb\ntc\n');
    expect(bench.messages).toEqual(['a', 'b']);
    expect(find(socket.take(), 'c')).toMatchObject({ code: 1011, ack: '1' });
    expect(bench.clock.reported).toEqual([new Error('broken')]);
  });

  it('refuses an acknowledgement of what was never sent', () => {
    const { socket, session } = new Bench().open();
    socket.receive('k1\n');
    expect(find(socket.take(), 'e')['code']).toBe('ERR_POSITION');
    expect(session.state).toBe('open');
  });

  it('tells again on another transport what it acknowledged on the one before', () => {
    const bench = new Bench();
    const { socket, id, key } = bench.open();
    const other = bench.socket().receive(resumePacket({ id, key }));
    socket.receive('@0\nta\np\n');
    expect(socket.take()).toEqual(['o', 'k1']);
    other.take();
    other.receive('s2 0\n');
    bench.clock.pass(1000);
    expect(other.take()).toEqual(['k1']);
  });
});

describe('Session: packets', () => {
  it.each([
    '?',
    'z',
    'a{}',
    'g{}',
    'e{}',
    'w1',
    'q{}',
    ':a',
    'y1',
    '.',
    'x{"ack":"0"}',
    '@',
    '@01',
    '@1.0',
    'k-1',
    'pA',
    `p${'1'.repeat(17)}`,
    's1',
    's0 0',
    'c{}',
    'b*',
    'T',
    't\\x',
    NONCE,
    `n{}`,
    'r{}',
  ])('ends a transport that says %s, not the session', (line) => {
    const bench = new Bench();
    const { socket, session } = bench.open();
    socket.receive(`${line}\n`);
    expect(find(socket.take(), 'e')['code']).toBe('ERR_PACKET');
    expect(socket.closed).toBe(1000);
    expect(session.state).toBe('open');
    expect(session.transport).toBeNull();
  });

  it('ends a transport whose frame is cut', () => {
    const { socket } = new Bench().open();
    socket.receive('p\np');
    expect(find(socket.take(), 'e')['code']).toBe('ERR_PACKET');
  });

  it('takes padding and nothing behind a broken packet', () => {
    const bench = new Bench();
    const { socket } = bench.open();
    socket.receive('   \n');
    expect(socket.closed).toBeNull();
    socket.receive('@0\n?\nta\n');
    expect(bench.messages).toEqual([]);
  });

  it('joins a binary message of an announced part and a last one', () => {
    const bench = new Bench();
    const { socket } = bench.open();
    socket
      .receive('@0\nB\n')
      .receive(new Uint8Array([1]))
      .receive(new Uint8Array([2]));
    expect(bench.messages).toEqual([new Uint8Array([1, 2])]);
  });
});
