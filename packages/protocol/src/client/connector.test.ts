import { describe, expect, it, vi } from 'vitest';
import { attached, ClientBench } from '../testing/client-side.js';
import { at } from '../testing/server-side.js';

const BUSY = 'e{"code":"ERR_FULL","message":"busy","retryAfterMs":30000}\n';

/** Which transports have been tried. */
function tried(bench: ClientBench): string[] {
  const names: Record<string, string> = { hold: 'long-polling', stream: 'streaming', poll: 'polling' };
  return [
    ...bench.sockets.map(() => 'websocket'),
    ...bench.requests
      .filter(({ envelope }) => envelope['n'] === 0)
      .map(({ envelope }) => names[String(envelope['as'])] ?? '?'),
  ];
}

describe('Connector: rounds', () => {
  it('begins with the best, and the next ones a head start later each', () => {
    const bench = new ClientBench(['websocket', 'streaming', 'long-polling', 'polling']);
    bench.clock.flush();
    expect(tried(bench)).toEqual(['websocket']);
    bench.clock.pass(129);
    expect(tried(bench)).toEqual(['websocket']);
    bench.clock.pass(1);
    expect(tried(bench)).toEqual(['websocket', 'streaming']);
    bench.clock.pass(300);
    expect(tried(bench)).toEqual(['websocket', 'streaming', 'long-polling', 'polling']);
  });

  it('goes on at once when one fails', () => {
    const bench = new ClientBench(['websocket', 'streaming']);
    bench.clock.flush();
    bench.socket.cut();
    expect(tried(bench)).toEqual(['websocket', 'streaming']);
  });

  it('ends when one attaches: what is worse is given up, what is better goes on', () => {
    const bench = new ClientBench(['websocket', 'streaming', 'long-polling']);
    bench.clock.pass(300);
    at(bench.requests, 0).begin(attached());
    expect(bench.session.transport).toBe('streaming');
    expect(at(bench.requests, 1).isAborted).toBe(true);
    expect(bench.socket.isClosed).toBe(false);
    bench.socket.open().receive(`${attached()}\n`);
    expect(bench.session.transport).toBe('websocket');
    expect(at(bench.requests, 0).isAborted).toBe(true);
  });

  it('gives the last silent one a last chance, and begins anew with backoff', () => {
    const bench = new ClientBench(['websocket', 'long-polling']);
    bench.clock.pass(130);
    bench.request.fail();
    bench.clock.pass(1999);
    expect(bench.socket.isClosed).toBe(false);
    bench.clock.pass(1);
    expect(bench.socket.isClosed).toBe(true);
    expect(bench.events.slice(-1)).toEqual(['problem:long-polling:later']);
    bench.clock.pass(250);
    expect(bench.sockets).toHaveLength(2);
  });

  it('waits longer after each failed round, 30 s at most, with jitter', () => {
    const bench = new ClientBench();
    const waits: number[] = [];
    bench.session.on('problem', ({ nextTryMs }) => waits.push(nextTryMs));
    bench.clock.flush();
    for (let index = 0; index < 10; index++) {
      bench.socket.cut();
      bench.clock.pass(waits[index] ?? 0);
    }
    expect(waits).toEqual([250, 500, 1000, 2000, 4000, 8000, 15_000, 15_000, 15_000, 15_000]);
  });

  it.each([
    [9999, 4000],
    [10_000, 250],
  ])('after a transport that lived for %i ms waits %i ms', (livedMs, expectedMs) => {
    const bench = new ClientBench();
    const waits: number[] = [];
    bench.session.on('problem', ({ nextTryMs }) => waits.push(nextTryMs));
    bench.clock.flush();
    for (const waitMs of [250, 500, 1000, 2000]) {
      bench.socket.cut();
      bench.clock.pass(waitMs);
    }
    bench.socket.open().receive(`${attached()}\n`);
    bench.clock.pass(livedMs);
    // This one is lost, and so is the attempt that follows at once.
    bench.socket.cut();
    bench.socket.cut();
    expect(waits.slice(-1)).toEqual([expectedMs]);
  });

  it('counts no time without a transport as stable', () => {
    const bench = new ClientBench();
    const waits: number[] = [];
    bench.session.on('problem', ({ nextTryMs }) => waits.push(nextTryMs));
    bench.clock.flush();
    bench.socket.cut();
    bench.clock.pass(250);
    bench.socket.open().receive(`${attached()}\n`);
    bench.socket.cut();
    bench.session.suspend();
    bench.clock.pass(60_000);
    bench.session.suspend();
    bench.session.wake();
    bench.socket.cut();
    expect(waits.slice(-1)).toEqual([500]);
  });

  it('tells how many rounds have failed', () => {
    const bench = new ClientBench();
    const attempts: number[] = [];
    bench.session.on('problem', ({ attempt }) => attempts.push(attempt));
    bench.clock.flush();
    for (let index = 0; index < 3; index++) {
      bench.socket.cut();
      bench.clock.pass(5000);
    }
    expect(attempts).toEqual([1, 2, 3]);
  });

  it('tries only the last good one at once on a reconnection', () => {
    const bench = new ClientBench(['websocket', 'long-polling']);
    bench.clock.flush();
    bench.socket.cut();
    bench.request.answer(attached());
    bench.request.fail();
    bench.clock.pass(100);
    const before = bench.sockets.length;
    bench.request.fail();
    expect(bench.sockets).toHaveLength(before);
    expect(bench.request.envelope['n']).toBe(0);
    bench.clock.pass(130);
    expect(bench.sockets).toHaveLength(before + 1);
  });
});

describe('Connector: retry after', () => {
  it('is obeyed by every transport', () => {
    const bench = new ClientBench(['websocket', 'streaming', 'long-polling']);
    bench.clock.flush();
    bench.socket.open().receive(BUSY);
    bench.clock.pass(29_999);
    expect(tried(bench)).toEqual(['websocket']);
    bench.clock.pass(1);
    expect(tried(bench)).toEqual(['websocket', 'websocket']);
  });

  it.each([
    ['check()', (bench: ClientBench) => bench.session.check()],
    ['reconnect()', (bench: ClientBench) => bench.session.reconnect()],
    ['use()', (bench: ClientBench) => bench.session.use(['websocket'])],
  ])('is obeyed by %s', (_name, act) => {
    const bench = new ClientBench();
    bench.clock.flush();
    bench.socket.open().receive(BUSY);
    act(bench);
    bench.clock.pass(29_999);
    expect(bench.sockets).toHaveLength(1);
    bench.clock.pass(1001);
    expect(bench.sockets).toHaveLength(2);
  });

  it('lengthens head starts to 2 s', () => {
    const bench = new ClientBench(['websocket', 'long-polling']);
    bench.clock.flush();
    bench.socket.open().receive(BUSY);
    bench.clock.pass(31_999);
    expect(bench.requests).toHaveLength(0);
    bench.clock.pass(1);
    expect(bench.requests).toHaveLength(1);
  });
});

describe('Connector: network events', () => {
  it('shorten its own backoff to 1 s at most', () => {
    const bench = new ClientBench();
    bench.clock.flush();
    for (let index = 0; index < 8; index++) {
      bench.socket.cut();
      bench.clock.pass(15_000);
    }
    bench.socket.cut();
    const before = bench.sockets.length;
    bench.session.check();
    bench.clock.pass(1000);
    expect(bench.sockets).toHaveLength(before + 1);
  });

  it('ask the transport in use for a sign of life within 2 s', () => {
    const bench = new ClientBench().attach();
    bench.socket.take();
    bench.session.check();
    bench.clock.flush();
    expect(bench.socket.take()).toEqual(['p']);
    bench.clock.pass(1999);
    expect(bench.session.transport).toBe('websocket');
    bench.clock.pass(1);
    expect(bench.session.transport).toBeNull();
  });

  it('leave a transport alone that answers in time', () => {
    const bench = new ClientBench().attach();
    bench.session.check();
    bench.clock.pass(1000);
    bench.socket.receive('o\n');
    bench.clock.pass(5000);
    expect(bench.session.transport).toBe('websocket');
  });
});

describe('Connector: use', () => {
  it('moves to an allowed transport while the one in use goes on', () => {
    const bench = new ClientBench(['websocket', 'long-polling']).attach();
    bench.session.use(['long-polling']);
    bench.clock.pass(1);
    expect(bench.session.transport).toBe('websocket');
    expect(bench.request.lines[1]).not.toContain('choice');
    bench.request.answer(attached({ key: undefined }));
    expect(bench.session.transport).toBe('long-polling');
    expect(bench.socket.isClosed).toBe(true);
    expect(bench.request.lines[1]).toMatch(/^s\d+ 0$/);
  });

  it('goes on trying when the allowed one fails, and keeps what it has', () => {
    const bench = new ClientBench(['websocket', 'long-polling']).attach();
    bench.session.use(['long-polling']);
    bench.clock.pass(1);
    bench.request.fail();
    bench.socket.receive('o\n');
    const before = bench.requests.length;
    for (let index = 0; index < 4; index++) {
      bench.clock.pass(15_000);
      bench.socket.receive('o\n');
    }
    expect(bench.requests.length).toBeGreaterThan(before);
    expect(bench.session.transport).toBe('websocket');
  });

  it('lets go of the network with nothing allowed, and comes back with the next call', () => {
    const bench = new ClientBench().attach();
    bench.session.use([]);
    bench.clock.pass(60_000);
    expect(bench.socket.isClosed).toBe(true);
    expect(bench.sockets).toHaveLength(1);
    expect(bench.session.state).toBe('away');
    bench.session.use(['websocket']);
    bench.clock.flush();
    expect(bench.sockets).toHaveLength(2);
  });

  it('gives up attempts that are not allowed any more', () => {
    const bench = new ClientBench(['websocket', 'long-polling']);
    bench.clock.flush();
    bench.session.use(['long-polling']);
    expect(bench.socket.isClosed).toBe(true);
    expect(bench.requests).toHaveLength(1);
  });
});

describe('Connector: by hand', () => {
  it('reconnects at once', () => {
    const bench = new ClientBench().attach();
    bench.session.reconnect();
    expect(bench.socket.isClosed).toBe(false);
    expect(at(bench.sockets, 0).isClosed).toBe(true);
    expect(bench.sockets).toHaveLength(2);
  });

  it('suspends and wakes, keeping the session', () => {
    const bench = new ClientBench().attach();
    bench.session.suspend();
    expect(bench.socket.isClosed).toBe(true);
    bench.session.send('kept');
    bench.clock.pass(60_000);
    expect(bench.sockets).toHaveLength(1);
    bench.session.wake();
    bench.clock.flush();
    bench.socket.open();
    expect(bench.socket.lines.map((line) => line.charAt(0))).toEqual(['r', '@', 't']);
  });
});

describe('Connector: climbing', () => {
  it('tries what is better within a minute, beside what carries the session', () => {
    const bench = new ClientBench(['websocket', 'long-polling']);
    bench.clock.flush();
    bench.socket.cut();
    bench.request.answer(attached());
    for (let index = 0; index < 4; index++) {
      bench.clock.pass(15_000);
      bench.request.answer();
    }
    expect(bench.sockets.length).toBeGreaterThan(1);
    expect(bench.session.transport).toBe('long-polling');
    bench.socket.open();
    expect(bench.socket.lines).toHaveLength(1);
    expect(bench.socket.lines[0]).not.toContain('choice');
    bench.socket.receive(`${attached({ key: undefined })}\n`);
    expect(bench.session.transport).toBe('websocket');
    expect(bench.socket.lines.slice(1)).toEqual(['s3 0']);
  });

  it('passes nothing over whose penalty ends between two looks at the clock', () => {
    const bench = new ClientBench(['websocket', 'long-polling']);
    bench.clock.flush();
    bench.socket.open().receive(`${attached()}\n`).cut();
    bench.clock.flush();
    bench.socket
      .open()
      .receive(`${attached({ key: undefined })}\n`)
      .cut();
    bench.clock.flush();
    bench.request.answer(attached({ key: undefined }));
    expect(bench.session.transport).toBe('long-polling');
    const until = bench.clock.now() + (bench.session._chooser.climbAfterMs('long-polling', bench.clock.now()) ?? NaN);
    while (bench.clock.now() + 15_000 < until) {
      bench.clock.pass(15_000);
      bench.request.answer();
    }
    // Timers of engines come up to 1 ms too early.
    let looks = 0;
    const now = vi.spyOn(bench.clock, 'now').mockImplementation(() => until - 0.1 + 0.2 * looks++);
    bench.clock.pass(15_000);
    now.mockRestore();
    expect(looks).toBeGreaterThan(1);
    bench.clock.pass(1);
    expect(bench.sockets).toHaveLength(3);
  });

  it('closes a worse one that attaches late, and says nothing on it', () => {
    const bench = new ClientBench(['websocket', 'long-polling']);
    bench.clock.pass(130);
    bench.socket.open().receive(`${attached()}\n`);
    expect(bench.request.isAborted).toBe(true);
    expect(bench.requests).toHaveLength(1);
  });
});

describe('Connector: auth', () => {
  it('is asked for each attach', () => {
    let count = 0;
    const bench = new ClientBench(['websocket'], { auth: () => ++count });
    bench.clock.flush();
    expect(bench.socket.open().lines[0]).toContain('"auth":1');
    bench.socket.cut();
    bench.clock.pass(1000);
    expect(bench.socket.open().lines[0]).toContain('"auth":2');
  });

  it('may be promised', async () => {
    const bench = new ClientBench(['websocket'], { auth: () => Promise.resolve('token') });
    bench.clock.flush();
    expect(bench.sockets).toHaveLength(0);
    await Promise.resolve();
    await Promise.resolve();
    expect(bench.socket.open().lines[0]).toContain('"auth":"token"');
  });

  it('may fail: that is told, and tried again', () => {
    let isBroken = true;
    const bench = new ClientBench(['websocket'], {
      auth: () => {
        if (isBroken) throw new Error('no token');
      },
    });
    bench.clock.flush();
    expect(bench.events).toEqual(['problem:websocket:later']);
    expect(bench.clock.reported).toEqual([new Error('no token')]);
    isBroken = false;
    bench.clock.pass(1000);
    expect(bench.sockets).toHaveLength(1);
  });
});
