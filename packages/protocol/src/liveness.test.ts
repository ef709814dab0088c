import { describe, expect, it } from 'vitest';
import { Bench, resumePacket } from './testing/server-side.js';

describe('Session: liveness', () => {
  it('asks after the heartbeat interval of silence, and gives up after the timeout', () => {
    const bench = new Bench();
    const { socket, session } = bench.open();
    bench.clock.pass(19_999);
    expect(socket.take()).toEqual([]);
    bench.clock.pass(1);
    expect(socket.take()).toEqual(['p']);
    bench.clock.pass(7999);
    expect(socket.closed).toBeNull();
    bench.clock.pass(1);
    expect(socket.closed).toBe(1000);
    expect(session.transport).toBeNull();
    expect(session.state).toBe('open');
  });

  it.each(['o', 'k0', ' ', '@0'])('takes any byte for a sign of life (%s)', (line) => {
    const bench = new Bench();
    const { socket } = bench.open();
    for (let index = 0; index < 10; index++) {
      bench.clock.pass(25_000);
      socket.receive(`${line}\n`);
    }
    expect(socket.closed).toBeNull();
  });

  it('takes progress of its own output for a sign of life', () => {
    const bench = new Bench();
    const { socket, session } = bench.open();
    socket.isStuck = true;
    session.send('x'.repeat(1_000_000));
    for (let index = 0; index < 3; index++) {
      bench.clock.pass(25_000);
      socket.drain();
    }
    expect(socket.closed).toBeNull();
  });

  it('asks again after a sleep in which its deadline passed, and gives the whole timeout', () => {
    const bench = new Bench();
    const { socket } = bench.open();
    bench.clock.pass(20_000);
    socket.take();
    bench.clock.sleep(600_000);
    expect(socket.closed).toBeNull();
    expect(socket.take()).toEqual(['p']);
    bench.clock.pass(7999);
    expect(socket.closed).toBeNull();
    bench.clock.pass(1);
    expect(socket.closed).toBe(1000);
  });

  it('lives on when what had arrived during the sleep is read after it', () => {
    const bench = new Bench();
    const { socket } = bench.open();
    bench.clock.pass(20_000);
    bench.clock.sleep(600_000);
    socket.receive('o\n');
    bench.clock.pass(19_000);
    expect(socket.closed).toBeNull();
  });

  it('finds a dead transport at the next timer where timers come once a minute', () => {
    const bench = new Bench();
    const { socket } = bench.open();
    bench.clock.sleep(60_000);
    expect(socket.take()).toEqual(['p']);
    bench.clock.sleep(60_000);
    expect(socket.closed).toBe(1000);
  });

  it('keeps a live transport where timers come once a minute', () => {
    const bench = new Bench();
    const { socket } = bench.open();
    for (let index = 0; index < 10; index++) {
      bench.clock.sleep(60_000);
      socket.receive('o\n');
    }
    expect(socket.closed).toBeNull();
  });

  it('does not end a request series by a sleep', () => {
    const bench = new Bench();
    const first = bench.post(
      { as: 'hold', hold: 20_000 },
      `n{"v":1,"nonce":"${'n'.repeat(22)}","window":[1000,10],"max":1000,"choice":1}`,
    );
    expect(first.isEnded).toBe(true);
    const [session] = bench.sessions;
    bench.clock.sleep(600_000);
    expect(session?.transport).toBe('long-polling');
    bench.clock.pass(8000);
    expect(session?.transport).toBeNull();
  });

  it('does not end a session by a sleep: its client has time to come back', () => {
    const bench = new Bench({ resumeWindowMs: 60_000 });
    const { socket, session, id, key } = bench.open();
    socket.cut();
    bench.clock.sleep(600_000);
    expect(session.state).toBe('open');
    bench.clock.pass(7000);
    bench.socket().receive(resumePacket({ id, key }, { choice: 2 }));
    expect(session.transport).toBe('websocket');
  });

  it('does not cut a close short by a sleep', () => {
    const bench = new Bench({ closeTimeoutMs: 5000 });
    const { socket, session } = bench.open();
    session.close();
    bench.clock.flush();
    bench.clock.sleep(60_000);
    expect(session.state).toBe('closing');
    socket.receive('x{"ack":"0"}\n');
    expect(session.state).toBe('closed');
  });
});
