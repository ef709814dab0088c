import { describe, expect, it } from 'vitest';
import { describeOwn, useEndpoint } from './support/endpoint.js';
import { attachExchange, openExchange, RawExchange } from './support/raw-http.js';
import { attachSocket, openSession, RawSocket } from './support/raw-socket.js';
import { contentOf, newAttach, pause, resume, type Attached, type Ending } from './support/wire.js';

describe('section 8: liveness', () => {
  const endpoint = useEndpoint();

  it('announces its heartbeat', async () => {
    const { socket, a } = await openSession(endpoint.url);
    expect(a.heartbeat[0]).toBeGreaterThan(0);
    expect(a.heartbeat[1]).toBeGreaterThan(0);
    socket.cut();
  });

  describeOwn(
    'a heartbeat of a second',
    { heartbeatIntervalMs: 1000, heartbeatTimeoutMs: 600, resumeWindowMs: 2000 },
    (own) => {
      it.concurrent('pings when it has received nothing for the interval', async () => {
        const { socket, a } = await openSession(own.url);
        expect(a.heartbeat).toEqual([1000, 600]);
        const before = Date.now();
        expect(await socket.find('p', 2000)).toMatch(/^p[0-9a-z]{0,16}$/);
        expect(Date.now() - before).toBeGreaterThan(800);
        socket.cut();
      });

      it.concurrent('ends a WebSocket that stays silent for the timeout after a ping', async () => {
        const { socket, a } = await openSession(own.url);
        const before = Date.now();
        await socket.closed;
        expect(Date.now() - before).toBeGreaterThan(1400);
        expect(Date.now() - before).toBeLessThan(2600);
        (await attachSocket(own.url, a)).socket.cut();
      });

      it.concurrent('takes any packet for a sign of life, and needs no pong', async () => {
        const { socket } = await openSession(own.url, {}, '@0');
        for (let count = 0; count < 8; count++) {
          socket.send(' ');
          await pause(400);
        }
        expect(socket.isEnded).toBe(false);
        expect(socket.drain().filter((packet) => packet.toString().startsWith('p'))).toEqual([]);
        socket.cut();
      });

      it.concurrent('goes on when its pings are answered', async () => {
        const { socket } = await openSession(own.url);
        for (let count = 0; count < 3; count++) socket.send((await socket.find('p', 2000)).replace('p', 'o'));
        expect(socket.isEnded).toBe(false);
        socket.cut();
      });

      it.concurrent('pings on a stream, and ends one that is answered by nothing', async () => {
        const exchange = new RawExchange(own.url);
        const stream = exchange.send('stream', [newAttach()], { hold: 60_000 });
        exchange.adopt(contentOf<Attached>('a', (await stream.next(), await stream.next())));
        const ping = await stream.find('p', 2000);
        await exchange.ask('send', [ping.replace('p', 'o')]);
        await stream.find('p', 2000);
        await stream.rest(2000);
        expect((await exchange.ask('poll'))[0]).toMatch(/^e.*ERR_TRANSPORT/);
      });

      it.concurrent(
        'keeps a session whose last transport died for the resume window, then ends it with 4900',
        async () => {
          const { socket, a } = await openSession(own.url);
          socket.cut();
          await pause(1500);
          const again = await attachSocket(own.url, a);
          again.socket.cut();
          await pause(2600);
          const late = await RawSocket.open(own.url);
          late.send(resume(a));
          expect(contentOf<Ending>('g', await late.next()).code).toBe(4900);
        },
      );

      it.concurrent('keeps a session that is carried by polls', async () => {
        const { exchange } = await openExchange(own.url);
        for (let count = 0; count < 4; count++) {
          await pause(1100);
          expect(await exchange.ask('poll', ['p'])).toContain('o');
        }
      });

      it.concurrent('takes progress of its own output for a sign of life', async () => {
        const { socket } = await openSession(
          own.url,
          { window: [10_000_000, 100] },
          '@0',
          't!big 4000000',
          't!big 4000000',
        );
        let bytes = 0;
        // Reads slowly, and says nothing.
        for (let step = 0; step < 30 && bytes < 7_000_000; step++) {
          socket.ws.resume();
          await pause(20);
          socket.ws.pause();
          bytes += socket.drain().reduce((sum, packet) => sum + packet.length, 0);
          await pause(100);
        }
        expect(socket.isEnded).toBe(false);
        socket.cut();
      });
    },
  );

  describeOwn('large messages', { maxBufferedBytes: 64_000_000 }, (own) => {
    it('do not keep a ping from being answered', async () => {
      const { socket } = await openSession(own.url, { window: [100_000_000, 1000] });
      socket.ws.pause();
      socket.send('@0', ...Array.from({ length: 14 }, () => 't!big 4000000'), 'pamong');
      // Echoes of another session: the server has done what it can about this one.
      const other = await openSession(own.url);
      await other.socket.barrier();
      socket.send('pbetween');
      await other.socket.barrier();
      await other.socket.barrier();
      other.socket.cut();
      socket.ws.resume();
      const before = { among: 0, between: 0 };
      let bytes = 0;
      while (bytes < 56_000_000) {
        const packet = await socket.next();
        if (packet === 'oamong') before.among = bytes;
        if (packet === 'obetween') before.between = bytes;
        if (/^[tTuU]/.test(packet.toString().slice(0, 1))) bytes += packet.length - 1;
      }
      expect(before.among).toBe(0);
      // What the sockets of both ends had taken by then.
      expect(before.between).toBeLessThan(20_000_000);
      socket.cut();
    });
  });

  describeOwn(
    'a machine that sleeps',
    { heartbeatIntervalMs: 1000, heartbeatTimeoutMs: 1000, resumeWindowMs: 2000 },
    (own) => {
      it('ends no transport for a deadline that passed meanwhile, but pings and waits again', async () => {
        const { socket, a } = await openSession(own.url);
        const { exchange } = await attachExchange(own.url, a);
        const stream = exchange.send('stream', [], { hold: 60_000 });
        await stream.next();
        own.signal('SIGSTOP');
        await pause(4000);
        own.signal('SIGCONT');
        await socket.find('p', 1000);
        socket.send('o', '@0', 'tawake');
        expect(await socket.find('t')).toBe('tawake');
        await stream.find('p', 1000);
        expect(await exchange.ask('send', ['o'])).toContainEqual(expect.stringMatching(/^w/));
        stream.cut();
        socket.cut();
      });

      it('does not take a session for lost whose resume window it slept through', async () => {
        const { socket, a } = await openSession(own.url);
        socket.cut();
        await pause(200);
        own.signal('SIGSTOP');
        await pause(3500);
        own.signal('SIGCONT');
        await pause(300);
        (await attachSocket(own.url, a)).socket.cut();
      });
    },
  );
});
