import { describe, expect, it } from 'vitest';
import { formatPosition } from '../position.js';
import { held, send, streaming } from '../testing/client-exchanges.js';
import { attached, ClientBench, type ScriptedRequest } from '../testing/client-side.js';
import { at } from '../testing/server-side.js';

describe('Exchange: slow links', () => {
  it('learn from an acknowledgement how long the body of a held request took', () => {
    const bench = heldSlowly();
    const { body } = send(bench, 'x'.repeat(60_000));
    const upTo = formatPosition(bench.session._outbox.cursor);
    bench.clock.pass(1000);
    at(bench.requests, 1).answer(`k${upTo}`);
    expect(bench.session._tuning.bodyBytes).toBe(49_152);
    expect(bench.request.body.length).toBeGreaterThan(2 * body.length);
  });

  it('learn from the first line of its answer that the body of a held request was slow', () => {
    const bench = heldSlowly();
    const { body } = send(bench, 'x'.repeat(60_000));
    bench.clock.pass(10_000);
    bench.request.begin();
    expect(bench.session._tuning.bodyBytes).toBe(Math.floor(body.length / 2));
  });

  it('learn nothing from how long a request was held', () => {
    const bench = heldSlowly();
    send(bench, 'x'.repeat(60_000));
    const { bodyBytes } = bench.session._tuning;
    bench.clock.pass(19_000);
    at(bench.requests, 1).answer();
    expect(bench.session._tuning.bodyBytes).toBe(bodyBytes);
  });

  it('wait longer for an answer while bodies beside it are under way', () => {
    const bench = heldSlowly();
    const { body } = send(bench, 'x'.repeat(60_000));
    bench.clock.pass(1000);
    at(bench.requests, 1).answer();
    const beside = bench.request;
    bench.clock.pass(2000 + (body.length + beside.body.length) / 2 - 500);
    expect(beside.isAborted).toBe(false);
    bench.clock.pass(1000);
    expect(beside.isAborted).toBe(true);
  });

  it('wait as long beside a held request as the attach took', () => {
    const bench = new ClientBench(['long-polling']);
    bench.clock.flush();
    bench.clock.pass(6000);
    bench.request.answer(attached());
    send(bench, 'a');
    bench.clock.pass(5900);
    expect(bench.request.isAborted).toBe(false);
    bench.clock.pass(1000);
    expect(bench.requests.some(({ isAborted }) => isAborted)).toBe(true);
  });

  it.each([
    ['ASCII', 'x'],
    ['wide', '€'],
  ])('are measured in bytes, and filled: %s letters', (_name, letter) => {
    const bench = new ClientBench(['polling']);
    bench.clock.flush();
    bench.request.answer(attached());
    bench.request.answer();
    const bytes = (): number => Buffer.byteLength(send(bench, letter.repeat(100_000)).body);
    const first = bytes();
    expect(first).toBeGreaterThan(15_000);
    bench.clock.pass(10_000);
    bench.request.answer('@0', `t${letter.repeat(8000 / Buffer.byteLength(letter))}`);
    expect(bench.session._tuning.answerBytes).toBeGreaterThan(3900);
    expect(bench.session._tuning.answerBytes).toBeLessThan(4100);
    expect(bench.session._tuning.bodyBytes).toBeGreaterThan(first / 2 - 100);
    expect(bench.session._tuning.bodyBytes).toBeLessThan(first / 2 + 100);
  });

  it('count the time of an answer that shows at once from when its request had arrived', () => {
    const bench = new ClientBench(['polling']);
    bench.clock.flush();
    bench.request.answer(attached());
    send(bench, 'a');
    bench.clock.pass(4000);
    bench.request.chunk('');
    bench.clock.pass(4000);
    bench.request.answer('@0', `t${'y'.repeat(16_000)}`);
    expect(bench.session._tuning.answerBytes).toBeGreaterThan(16_384);
  });

  it('have little ride with an attach, and with its answer, after a failed round', () => {
    const bench = held();
    bench.clock.flush();
    send(bench, 'x'.repeat(60_000));
    bench.session.reconnect();
    bench.clock.flush();
    expect(bench.request.lines[1]).toMatch(/^r\{/);
    expect(bench.request.body.length).toBeGreaterThan(10_000);
    expect(bench.request.envelope['size']).toBeGreaterThan(10_000);
    bench.request.fail();
    bench.clock.pass(1000);
    expect(bench.request.lines[1]).toMatch(/^r\{/);
    expect(bench.request.body.length).toBeLessThan(2000);
    expect(bench.request.body.length).toBeGreaterThan(1000);
    expect(bench.request.envelope['size']).toBe(1024);
    bench.request.answer(attached());
    expect(bench.request.envelope['size']).toBeGreaterThan(10_000);
    expect(bench.request.body.length).toBeGreaterThan(10_000);
  });

  it('are not taken for buffering as long as something comes, and are once nothing does', () => {
    const { bench, stream } = chosenStream();
    const hints = hintsOf(bench);
    send(bench, 'a').answer('k1', `w${stream.seenBytes + 99}`);
    for (let count = 0; count < 30; count++) {
      bench.clock.pass(900);
      stream.chunk('x');
    }
    expect(hints).toEqual([]);
    bench.clock.pass(2100);
    expect(hints[0]).toBe('something in between buffers the stream');
  });

  it('are told from buffering also where something is sent all the time', () => {
    const { bench, stream } = chosenStream();
    const hints = hintsOf(bench);
    for (let count = 1; hints.length === 0 && count < 9; count++) {
      send(bench, 'a').answer(`k${count}`, `w${stream.seenBytes + count}`);
      bench.clock.pass(300);
    }
    expect(hints).toEqual(['something in between buffers the stream']);
  });
});

/** 16 KB take 5 s. */
function heldSlowly(): ClientBench {
  const bench = held();
  bench.session._tuning.sent(16_384, 5000);
  return bench;
}

/** The choice that lets the nonce die has gone out and is answered. */
function chosenStream(): { bench: ClientBench; stream: ScriptedRequest } {
  const { bench, stream } = streaming();
  bench.request.answer();
  return { bench, stream };
}

function hintsOf(bench: ClientBench): string[] {
  const hints: string[] = [];
  bench.session.on('problem', ({ hint }) => hints.push(hint));
  return hints;
}
