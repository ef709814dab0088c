import { describe, expect, it } from 'vitest';
import type { CloseEvent } from './session.js';
import { Bench, find, resumePacket } from './testing/server-side.js';

function watch(bench: Bench): { bench: Bench; events: CloseEvent[] } & ReturnType<Bench['open']> {
  const opened = bench.open();
  const events: CloseEvent[] = [];
  opened.session.on('close', (event) => events.push(event));
  return { bench, events, ...opened };
}

describe('Session: closing', () => {
  it("goes 'open -> closing -> closed', delivering what was sent first", () => {
    const { bench, events, socket, session } = watch(new Bench());
    session.send('last');
    session.close(3000, 'done');
    expect(session.state).toBe('closing');
    bench.clock.flush();
    expect(socket.take()).toEqual(['@0', 'tlast', 'c{"code":3000,"reason":"done","at":"1","ack":"0"}']);
    socket.receive('x{"ack":"1"}\n');
    expect(session.state).toBe('closed');
    expect(events).toEqual([{ code: 3000, reason: 'done', unconfirmed: [] }]);
    expect(socket.closed).toBe(1000);
    expect(bench.clock.timerCount).toBe(0);
  });

  it('says what its peer did not take', () => {
    const { bench, events, socket, session } = watch(new Bench());
    session.send('a');
    session.send('b');
    session.close();
    bench.clock.flush();
    socket.receive('x{"ack":"1"}\n');
    expect(events[0]?.unconfirmed).toEqual([{ data: 'b', sent: false }]);
  });

  it('does not send its close before all data is written', () => {
    const { bench, socket, session } = watch(new Bench());
    socket.receive('k0\n');
    session.send('x'.repeat(1_048_577));
    session.close();
    bench.clock.flush();
    expect(socket.take().filter((line) => line.startsWith('c'))).toEqual([]);
    socket.receive('k0.1000000\n');
    expect(find(socket.take(), 'c')['at']).toBe('1');
  });

  it('sends its close right behind a binary message', () => {
    const { bench, socket, session } = watch(new Bench());
    session.send(new Uint8Array([1, 2]));
    session.close();
    bench.clock.flush();
    const [, bytes, close] = socket.frames;
    expect(bytes).toEqual(new Uint8Array([1, 2]));
    expect(close).toBe('c{"code":1000,"reason":"","at":"1","ack":"0"}\n');
  });

  it('sends its close right behind a raw text, in a frame of its own', () => {
    const { bench, socket, session } = watch(new Bench());
    const text = '\n'.repeat(5000);
    session.send(text);
    session.close();
    bench.clock.flush();
    expect(socket.frames.slice(-2)).toEqual([`@0\nu${text}`, 'c{"code":1000,"reason":"","at":"1","ack":"0"}\n']);
  });

  it('answers the close of its peer once everything before it was handed over', () => {
    const { bench, events, socket, session } = watch(new Bench());
    socket.receive('c{"code":1000,"reason":"bye","at":"1","ack":"0"}\n');
    expect(session.state).toBe('open');
    socket.receive('@0\ntlast\n');
    expect(bench.messages).toEqual(['last']);
    expect(socket.take()).toEqual(['x{"ack":"1"}']);
    expect(events).toEqual([{ code: 1000, reason: 'bye', unconfirmed: [] }]);
  });

  it('waits with the close of its peer while it is paused', () => {
    const { bench, events, socket, session } = watch(new Bench());
    session.pause();
    socket.receive('@0\ntlast\nc{"code":1000,"reason":"","at":"1","ack":"0"}\n');
    bench.clock.pass(5000);
    expect(events).toEqual([]);
    session.resume();
    expect(bench.messages).toEqual(['last']);
    expect(events).toHaveLength(1);
  });

  it('ends at once when both sides close', () => {
    const { bench, events, socket, session } = watch(new Bench());
    session.send('lost');
    session.close(3001);
    bench.clock.flush();
    socket.receive('c{"code":3002,"reason":"","at":"5","ack":"0"}\n');
    expect(session.state).toBe('closed');
    expect(events).toEqual([{ code: 3001, reason: '', unconfirmed: [{ data: 'lost', sent: false }] }]);
    expect(find(socket.take(), 'x')).toEqual({ ack: '0' });
  });

  it('hands over and acknowledges nothing after close()', () => {
    const { bench, socket, session } = watch(new Bench());
    session.close();
    bench.clock.flush();
    socket.take();
    socket.receive('@0\nta\np\n');
    bench.clock.pass(2000);
    expect(bench.messages).toEqual([]);
    expect(socket.take()).toEqual(['o']);
  });

  it('acknowledges the message whose listener closes, and none after it', () => {
    const bench = new Bench();
    bench.onSession = (session) =>
      session.on('message', (data) => {
        bench.messages.push(data);
        session.close();
      });
    const { socket } = bench.open();
    socket.receive('@0\nta\ntb\n');
    expect(bench.messages).toEqual(['a']);
    expect(find(socket.take(), 'c')['ack']).toBe('1');
  });

  it('acknowledges that message also when the peer has closed behind it', () => {
    const bench = new Bench();
    bench.onSession = (session) =>
      session.on('message', () => {
        if (session.state === 'open') session.close();
      });
    const { socket, session } = bench.open();
    session.pause();
    socket.receive('@0\nta\ntb\nc{"code":1000,"reason":"","at":"2","ack":"0"}\n');
    session.resume();
    bench.clock.flush();
    expect(find(socket.take(), 'x')).toEqual({ ack: '1' });
    expect(session.state).toBe('closed');
  });

  it('repeats its close with each attach, and delivers before it', () => {
    const { bench, socket, session, id, key } = watch(new Bench());
    socket.cut();
    expect(session.state).toBe('open');
    session.send('kept');
    session.close();
    for (const choice of [2, 3]) {
      const next = bench.socket().receive(resumePacket({ id, key }, { choice }));
      expect(next.take().slice(1)).toEqual(['@0', 'tkept', 'c{"code":1000,"reason":"","at":"1","ack":"0"}']);
      next.cut();
    }
  });

  it('ends after the close timeout, with what may have arrived', () => {
    const { bench, events, session } = watch(new Bench({ closeTimeoutMs: 4000 }));
    session.send('a');
    session.close();
    bench.clock.pass(3999);
    expect(events).toEqual([]);
    bench.clock.pass(1);
    expect(events).toEqual([{ code: 1000, reason: '', unconfirmed: [{ data: 'a', sent: true }] }]);
  });

  it('ends after the close timeout while away, with what was never sent', () => {
    const { bench, events, socket, session } = watch(new Bench({ closeTimeoutMs: 4000 }));
    socket.cut();
    session.send('a');
    session.close();
    bench.clock.pass(4000);
    expect(events[0]?.unconfirmed).toEqual([{ data: 'a', sent: false }]);
  });

  it('closes with 1009 when its peer sends too large a message', () => {
    const { bench, events, socket, session } = watch(new Bench({ maxMessageBytes: 5 }));
    socket.receive('@0\ntsmall\ntbigger\ntmore\n');
    expect(bench.messages).toEqual(['small']);
    expect(session.state).toBe('closing');
    expect(find(socket.take(), 'c')).toMatchObject({ code: 1009, ack: '1' });
    socket.receive('x{"ack":"0"}\n');
    expect(events[0]?.code).toBe(1009);
  });

  it('refuses a close that acknowledges what was never sent', () => {
    const { socket, session } = watch(new Bench());
    socket.receive('c{"code":1000,"reason":"","at":"0","ack":"1"}\n');
    expect(find(socket.take(), 'e')['code']).toBe('ERR_POSITION');
    expect(session.state).toBe('open');
  });

  it('closes once, however often it is asked', () => {
    const { bench, socket, session } = watch(new Bench());
    session.close(3000);
    session.close(3001);
    bench.clock.flush();
    expect(socket.take()).toHaveLength(1);
    socket.receive('x{"ack":"0"}\n');
    session.close(3002);
    expect(bench.ended).toHaveLength(1);
  });
});

describe('Session: away', () => {
  it("goes 'open -> away -> open' on the server without a word to the application but transport", () => {
    const bench = new Bench();
    const { socket, session, id, key } = bench.open();
    const names: (string | null)[] = [];
    session.on('transport', ({ name }) => names.push(name));
    socket.receive('@0\nta\n');
    socket.cut();
    expect(session.transport).toBeNull();
    session.send('meanwhile');
    const next = bench.socket().receive(resumePacket({ id, key }, { choice: 2 }));
    const lines = next.take();
    expect(find(lines, 'a')).toMatchObject({ got: '1', ack: '1' });
    expect(find(lines, 'a')).not.toHaveProperty('key');
    expect(lines.slice(-2)).toEqual(['@0', 'tmeanwhile']);
    expect(names).toEqual([null, 'websocket']);
  });

  it('sends again only what its peer has not received', () => {
    const bench = new Bench();
    const { socket, session, id, key } = bench.open();
    session.send('a');
    session.send('bcd');
    bench.clock.flush();
    socket.cut();
    const next = bench.socket().receive(resumePacket({ id, key }, { choice: 2, got: '1.2', ack: '1' }));
    expect(next.take().slice(1)).toEqual(['@1.2', 'td']);
    expect(session.bufferedAmount).toBe(3);
  });

  it('ends with 4900 once the resume window has passed, and not before', () => {
    const bench = new Bench({ resumeWindowMs: 60_000 });
    const { socket, session } = bench.open();
    session.send('a');
    socket.cut();
    bench.clock.pass(59_999);
    expect(session.state).toBe('open');
    bench.clock.pass(1);
    expect(bench.ended).toEqual([expect.objectContaining({ code: 4900, unconfirmed: [{ data: 'a', sent: false }] })]);
    expect(bench.clock.timerCount).toBe(0);
  });

  it('forgets the resume window as soon as a transport attaches', () => {
    const bench = new Bench({ resumeWindowMs: 60_000 });
    const { socket, session, id, key } = bench.open();
    socket.cut();
    bench.clock.pass(59_000);
    const next = bench.socket().receive(resumePacket({ id, key }, { choice: 2 }));
    for (let index = 0; index < 10; index++) {
      bench.clock.pass(10_000);
      next.receive('p\n');
    }
    expect(session.state).toBe('open');
  });
});
