import { createServer, type IncomingMessage } from 'node:http';
import { PassThrough } from 'node:stream';
import sinon from 'sinon';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ByteBudget } from './byte-budget.js';
import { PROGRESS_BYTES, readBody, type BodyOutcome } from './request-body.js';
import { listen, open } from './testing/serve.js';

let clock: sinon.SinonFakeTimers;

beforeEach(() => {
  clock = sinon.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});

afterEach(() => clock.restore());

function read(members: object = {}, maxBytes = 100_000, maxTotalBytes = 1_000_000) {
  const stream = new PassThrough();
  const request = Object.defineProperties(stream, Object.getOwnPropertyDescriptors({ headers: {}, ...members }));
  const budget = new ByteBudget(maxTotalBytes);
  const outcomes: BodyOutcome[] = [];
  readBody(request as unknown as IncomingMessage, { maxBytes, timeoutMs: 1000, budget }, (outcome) =>
    outcomes.push(outcome),
  );
  return { stream, budget, outcomes };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('readBody', () => {
  it('puts together what comes in pieces, and gives the budget back', async () => {
    const { stream, budget, outcomes } = read();
    for (const byte of Buffer.from('grüß 😀'.repeat(1000))) stream.write(Buffer.from([byte]));
    await turn();
    expect(budget.used).toBeGreaterThanOrEqual(11_000);
    expect(budget.used).toBeLessThan(2 * 14_000);
    stream.end();
    await turn();
    expect(outcomes).toEqual([{ kind: 'whole', text: 'grüß 😀'.repeat(1000) }]);
    expect(budget.used).toBe(0);
  });

  it('counts nothing for what comes whole at once, and all of it if there is more after all', async () => {
    const { stream, budget, outcomes } = read({ headers: { 'content-length': '5' } });
    stream.write('hello');
    await turn();
    expect(budget.used).toBe(0);
    stream.write(', you');
    await turn();
    expect(budget.used).toBeGreaterThanOrEqual(10);
    stream.end();
    await turn();
    expect(outcomes).toEqual([{ kind: 'whole', text: 'hello, you' }]);
    expect(budget.used).toBe(0);
  });

  it('keeps a byte order mark', async () => {
    const { stream, outcomes } = read();
    stream.end('\ufeffq');
    await turn();
    expect(outcomes).toEqual([{ kind: 'whole', text: '\ufeffq' }]);
  });

  it('takes pieces that somebody had decoded', async () => {
    const { stream, outcomes } = read();
    stream.setEncoding('utf8');
    stream.end('grüß');
    await turn();
    expect(outcomes).toEqual([{ kind: 'whole', text: 'grüß' }]);
  });

  it('needs no timer for what has come with its request', async () => {
    const setTimer = sinon.spy(globalThis, 'setTimeout');
    const http = createServer((request, response) => {
      const limits = { maxBytes: 100, timeoutMs: 1000, budget: new ByteBudget(1000) };
      readBody(request, limits, (outcome) => response.end(JSON.stringify(outcome)));
    });
    const connection = open(await listen(http));
    for (let sent = 0; sent < 3; sent++) {
      expect((await connection.ask('POST', '/', {}, 'hello')).body).toBe('{"kind":"whole","text":"hello"}');
    }
    expect(setTimer.callCount).toBe(0);
    connection.request('POST', '/', { 'Content-Length': '6' }, 'hello');
    while (setTimer.callCount === 0) await turn();
    clock.tick(1000);
    expect((await connection.answer()).body).toBe('{"kind":"failed","code":"ERR_BODY_TIME"}');
    setTimer.restore();
  });

  it.each([
    ['does not come at all', {}, []],
    ['does not say how long it is', {}, ['q']],
    ['has come over HTTP/2 but for its end', { stream: {}, headers: { 'content-length': '1' } }, ['q']],
    ['is longer than it says', { headers: { 'content-length': '1' } }, ['q', 'q']],
  ])('gives up what %s', async (_name, members, pieces) => {
    const { stream, outcomes } = read(members);
    for (const piece of pieces) {
      stream.write(piece);
      await turn();
    }
    await turn();
    clock.tick(1000);
    expect(outcomes).toEqual([{ kind: 'failed', code: 'ERR_BODY_TIME' }]);
  });

  it('gives up what has come whole, but was stopped by somebody ahead', async () => {
    const { stream, outcomes } = read({ headers: { 'content-length': '1' } });
    stream.pause();
    stream.end('q');
    await turn();
    clock.tick(1000);
    expect(outcomes).toEqual([{ kind: 'failed', code: 'ERR_BODY_TIME' }]);
  });

  it('gives up at the end of its time, to the millisecond', async () => {
    const { stream, outcomes } = read();
    stream.write('q');
    await turn();
    clock.tick(999);
    expect(outcomes).toEqual([]);
    clock.tick(1);
    expect(outcomes).toEqual([{ kind: 'failed', code: 'ERR_BODY_TIME' }]);
  });

  it('waits for as long as it makes progress', async () => {
    const { stream, outcomes } = read();
    for (let i = 0; i < 10; i++) {
      stream.write('q'.repeat(PROGRESS_BYTES));
      await turn();
      clock.tick(999);
    }
    expect(outcomes).toEqual([]);
    stream.write('q'.repeat(PROGRESS_BYTES - 1));
    await turn();
    clock.tick(1);
    expect(outcomes).toEqual([{ kind: 'failed', code: 'ERR_BODY_TIME' }]);
  });

  it.each([
    [10, 'whole'],
    [11, 'failed'],
  ])('takes %i bytes of 10: %s', async (bytes, kind) => {
    const { stream, outcomes, budget } = read({}, 10);
    stream.end('q'.repeat(bytes));
    await turn();
    expect(outcomes).toMatchObject([{ kind }]);
    expect(budget.used).toBe(0);
    expect(clock.countTimers()).toBe(0);
  });

  it('does not begin to read what is declared too large', async () => {
    const { stream, outcomes } = read({ headers: { 'content-length': '11' } }, 10);
    expect(outcomes).toEqual([{ kind: 'failed', code: 'ERR_BODY_SIZE' }]);
    expect(stream.listenerCount('data')).toBe(0);
  });

  it.each([
    [5000, 'whole'],
    [4999, 'failed'],
  ])('takes 5000 bytes of a budget of %i: %s', async (total, kind) => {
    const { stream, outcomes, budget } = read({}, 5000, total);
    stream.end('q'.repeat(5000));
    await turn();
    expect(outcomes).toMatchObject([{ kind }]);
    expect(budget.used).toBe(0);
  });

  it('says once that the connection has gone', async () => {
    const { stream, outcomes, budget } = read();
    stream.write('q');
    await turn();
    stream.destroy();
    await turn();
    expect(outcomes).toEqual([{ kind: 'gone' }]);
    expect(budget.used).toBe(0);
    expect(clock.countTimers()).toBe(0);
  });

  it.each([
    ['text', 'grüß'],
    ['bytes', Buffer.from('grüß')],
  ])('uses the %s that a parser has made of it', (_name, body) => {
    expect(read({ body }).outcomes).toEqual([{ kind: 'whole', text: 'grüß' }]);
  });

  it('holds what a parser has made to the same limit', () => {
    expect(read({ body: 'ü'.repeat(5) }, 10).outcomes).toMatchObject([{ kind: 'whole' }]);
    expect(read({ body: 'ü'.repeat(6) }, 10).outcomes).toEqual([{ kind: 'failed', code: 'ERR_BODY_SIZE' }]);
  });

  it('knows a body that a parser has eaten', () => {
    expect(read({ readableEnded: true, body: { a: 1 }, headers: { 'content-length': '7' } }).outcomes).toEqual([
      { kind: 'eaten' },
    ]);
    expect(read({ readableEnded: true, body: {}, headers: { 'content-length': '0' } }).outcomes).toEqual([
      { kind: 'whole', text: '' },
    ]);
  });
});
