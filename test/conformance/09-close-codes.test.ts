import { describe, expect, it } from 'vitest';
import { describeOwn, useEndpoint } from './support/endpoint.js';
import { attachSocket, openSession, RawSocket } from './support/raw-socket.js';
import { close, contentOf, resume, type Ending } from './support/wire.js';

// 1009 is shown with section 3, 1012 with section 6, 4900 with sections 4, 6 and 8; 4902 is a client's own.
describe('section 9: close codes', () => {
  const endpoint = useEndpoint();

  it.each([1000, 3000, 3456, 4899])('closes with the application code %i', async (code) => {
    const { socket } = await openSession(endpoint.url, {}, '@0', `t!close ${code} why`);
    expect(contentOf<Ending>('c', await socket.find('c'))).toMatchObject({ code, reason: 'why' });
    socket.cut();
  });

  it.each([1000, 1001, 3000, 4899])('takes %i from a client, and tells it to who comes later', async (code) => {
    const { socket, a } = await openSession(endpoint.url, {}, close({ code, reason: 'why' }));
    await socket.find('x');
    const late = await RawSocket.open(endpoint.url);
    late.send(resume(a));
    expect(contentOf<Ending>('g', await late.next())).toMatchObject({ code, reason: 'why' });
  });

  it('ends a session with 1008 when another user comes with its key', async () => {
    const { socket, a } = await openSession(endpoint.url, { auth: { user: 'ada' } });
    (await attachSocket(endpoint.url, a, { auth: { user: 'ada' } })).socket.cut();
    const thief = await RawSocket.open(endpoint.url);
    thief.send(resume(a, { auth: { user: 'eve' }, choice: 2 }), '@0', 'tstolen');
    const gone = contentOf<Ending>('g', await thief.next());
    expect(gone.code).toBe(1008);
    await thief.closed;
    await socket.closed;
    const owner = await RawSocket.open(endpoint.url);
    owner.send(resume(a, { auth: { user: 'ada' } }));
    expect(contentOf<Ending>('g', await owner.next()).code).toBe(1008);
  });

  describeOwn('a small buffer', { maxBufferedBytes: 10_000, maxMessageBytes: 2000 }, (own) => {
    it('ends a session with 4901 when a broadcast meets it full, and no other', async () => {
      const full = await openSession(own.url, { window: [100, 1] });
      const other = await openSession(own.url, {}, '@0');
      const text = 'x'.repeat(1900);
      for (let count = 0; count < 6; count++) {
        other.socket.send(`t!broadcast ${text}`);
        expect(await other.socket.find('t')).toBe(`t${text}`);
        other.socket.send(`k${count + 1}`);
      }
      await full.socket.closed;
      const late = await RawSocket.open(own.url);
      late.send(resume(full.a));
      expect(contentOf<Ending>('g', await late.next()).code).toBe(4901);
      other.socket.cut();
    });
  });
});
