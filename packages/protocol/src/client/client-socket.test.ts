import { describe, expect, it } from 'vitest';
import { attached, ClientBench } from '../testing/client-side.js';
import { at } from '../testing/server-side.js';

describe('SocketTransport', () => {
  it('sends the attach and what was sent already in its first frame', () => {
    const bench = new ClientBench();
    bench.session.send('hello');
    bench.clock.flush();
    expect(bench.socket.frames).toEqual([]);
    bench.socket.open();
    expect(bench.socket.frames).toHaveLength(1);
    expect(bench.socket.lines.map((line) => line.charAt(0))).toEqual(['n', '@', 't']);
  });

  it('is no success by a handshake alone: only an attach answer counts', () => {
    const bench = new ClientBench();
    bench.clock.flush();
    bench.socket.open();
    bench.clock.pass(9999);
    expect(bench.session.transport).toBeNull();
    expect(bench.socket.isClosed).toBe(false);
    bench.clock.pass(1);
    expect(bench.socket.isClosed).toBe(true);
    expect(bench.events).toEqual(['problem:websocket:later']);
  });

  it('does not send the rest before it is attached', () => {
    const bench = new ClientBench();
    bench.clock.flush();
    bench.socket.open();
    bench.session.send('later');
    bench.clock.pass(100);
    expect(bench.socket.frames).toHaveLength(1);
    bench.socket.receive(`${attached()}\n`);
    expect(bench.socket.lines.slice(-3)).toEqual(['s2 0', '@0', 'tlater']);
  });

  it('dies of a frame that was cut', () => {
    const bench = new ClientBench().attach();
    bench.socket.receive('@0\nta');
    expect(at(bench.sockets, 0).isClosed).toBe(true);
    expect(bench.messages).toEqual([]);
    expect(bench.session.state).toBe('away');
  });

  it('fails where there are no sockets', () => {
    const bench = new ClientBench(['websocket', 'long-polling']);
    bench.opens = false;
    bench.clock.flush();
    expect(bench.events).toEqual(['problem:websocket:now']);
    expect(bench.requests).toHaveLength(1);
  });

  it('takes binary frames for messages and parts of them', () => {
    const bench = new ClientBench().attach();
    bench.socket.receive('@0\n').receive(new Uint8Array([1]));
    bench.socket
      .receive('B\n')
      .receive(new Uint8Array([2]))
      .receive(new Uint8Array([3]));
    expect(bench.messages).toEqual([new Uint8Array([1]), new Uint8Array([2, 3])]);
  });

  it('hands at most 256 KB to the socket before it drains, and looks again', () => {
    const bench = new ClientBench().attach();
    bench.socket.take();
    bench.socket.buffered = 262_144;
    bench.session.send('x');
    bench.clock.pass(200);
    expect(bench.socket.frames).toEqual([]);
    bench.socket.buffered = 0;
    bench.clock.pass(200);
    expect(bench.socket.lines).toEqual(['@0', 'tx']);
  });

  it('takes progress of its own output for a sign of life', () => {
    const bench = new ClientBench().attach();
    bench.socket.buffered = 1_000_000;
    bench.session.send('x');
    for (let index = 0; index < 30; index++) {
      bench.clock.pass(2000);
      bench.socket.buffered -= 10_000;
    }
    expect(bench.session.transport).toBe('websocket');
  });

  it('counts as dead after interval and timeout of silence', () => {
    const bench = new ClientBench().attach();
    bench.socket.take();
    bench.clock.pass(21_999);
    expect(bench.socket.take()).toEqual([]);
    bench.clock.pass(1);
    expect(bench.socket.take()).toEqual(['p']);
    bench.clock.pass(5999);
    expect(bench.session.transport).toBe('websocket');
    bench.clock.pass(1);
    expect(bench.session.transport).toBeNull();
    expect(bench.events).toContain('problem:websocket:now');
  });
});
