import { describe, expect, it } from 'vitest';
import { open, send } from '../testing/request-series.js';
import { at, Bench, find, newPacket } from '../testing/server-side.js';
import type { Peer } from './hub-host.js';

const PEER: Peer = { address: '', origin: null, request: null };

describe('ServerExchange: streaming', () => {
  const WIDE = { size: 10_000_000, hold: 1_000_000 };

  it('is answered at once and stays open', () => {
    const series = open('stream', {}, WIDE);
    expect(series.first.isEnded).toBe(false);
    send(series, 'a');
    send(series, 'b');
    expect(series.first.lines.slice(2)).toEqual(['@0', 'ta', 'tb']);
  });

  it('begins with the padding that was asked for', () => {
    const { first } = open('stream', {}, { ...WIDE, pad: 2048 });
    expect(first.lines[1]).toBe(' '.repeat(2048));
  });

  it('ends when its size is reached', () => {
    const series = open('stream', {}, { size: 4000, hold: 1e6 });
    send(series, 'x'.repeat(10_000));
    expect(series.first.isEnded).toBe(true);
    expect(series.first.text.length).toBeLessThan(4300);
    const next = series.raw({ n: 1, as: 'stream', ...WIDE });
    expect(next.lines[1]).toMatch(/^@0\.\d+$/);
    expect(next.isEnded).toBe(false);
  });

  it('ends when its time is over', () => {
    const series = open('stream', {}, { size: 4000, hold: 5000 });
    series.bench.clock.pass(5000);
    expect(series.first.isEnded).toBe(true);
  });

  it('brings the attach answer even if its time was over before that was decided', () => {
    const bench = new Bench();
    let letIn: () => void = () => undefined;
    bench.authorize = (_auth, done) => (letIn = () => done({ user: 'late' }));
    const answer = bench.post({ as: 'stream', hold: 1000, size: 10_000 }, newPacket({ choice: 1 }));
    bench.clock.pass(2000);
    letIn();
    bench.clock.flush();
    expect(find(answer.lines, 'a')['id']).toBeDefined();
    expect(answer.isEnded).toBe(true);
  });

  it('takes any hold without ending at once', () => {
    const series = open('stream', {}, { size: 4000, hold: 9_007_199_254_740_991 });
    series.bench.clock.pass(15_000);
    expect(series.first.isEnded).toBe(false);
  });

  it('is released by a later stream', () => {
    const series = open('stream', {}, WIDE);
    const next = series.raw({ n: 1, as: 'stream', ...WIDE });
    expect(series.first.isEnded).toBe(true);
    send(series, 'a');
    expect(next.lines.slice(1)).toEqual(['@0', 'ta']);
  });

  it('tells with each send how many bytes it has written', () => {
    const series = open('stream', {}, WIDE);
    expect(series.ask(1, 'send').lines).toContain(`w${series.first.text.length}`);
    send(series, 'a', 'ä');
    expect(series.ask(2, 'send').lines).toContain(`w${series.first.text.length + 1}`);
    series.session.close();
    series.bench.clock.flush();
    expect(series.ask(3, 'send').lines).toContain(`w${series.first.text.length + 1}`);
  });

  it('counts its padding, too', () => {
    const series = open('stream', {}, { ...WIDE, pad: 10 });
    expect(series.ask(1, 'send').lines).toContain(`w${series.first.text.length}`);
  });

  it('stops writing to a full connection until that has drained', () => {
    const series = open('stream', {}, WIDE);
    series.first.isFull = true;
    send(series, 'x'.repeat(200_000));
    const { length } = series.first.text;
    expect(length).toBeLessThan(70_000);
    send(series, 'more');
    expect(series.first.text.length).toBe(length);
    series.first.isFull = false;
    series.first.events.drained();
    expect(series.first.lines.slice(-1)).toEqual(['tmore']);
  });

  it('goes on for a copy when the full connection ends', () => {
    const series = open('stream', {}, WIDE);
    const copy = series.bench.post({ as: 'stream', ...WIDE }, newPacket());
    series.first.isFull = true;
    send(series, 'a');
    send(series, 'b');
    expect(copy.lines).not.toContain('tb');
    series.first.events.closed();
    series.bench.clock.flush();
    expect(copy.lines).toContain('tb');
  });

  it('is dead when its connection ends', () => {
    const series = open('stream', {}, WIDE);
    series.first.events.closed();
    expect(series.session.transport).toBeNull();
    expect(find(series.ask(1, 'send').lines, 'e')['code']).toBe('ERR_TRANSPORT');
  });

  it('is asked for a sign of life, and answered by a send', () => {
    const series = open('stream', {}, WIDE);
    series.bench.clock.pass(20_000);
    expect(series.first.lines.slice(-1)).toEqual(['p']);
    series.ask(1, 'send', 'o');
    series.bench.clock.pass(15_000);
    expect(series.session.transport).toBe('streaming');
    series.bench.clock.pass(13_000);
    expect(series.session.transport).toBeNull();
  });
});

describe('ServerExchange: event streams', () => {
  it('gives a ticket for a GET that reads the stream', () => {
    const bench = new Bench();
    const post = bench.post({ as: 'stream', get: true, hold: 1e6 }, newPacket({ choice: 1 }));
    const ticket = (post.lines[1] ?? '').slice(1);
    expect(post.lines.map((line) => line.charAt(0))).toEqual([':', 'y', '.']);
    const get = bench.body('');
    get.text = '';
    get.isEnded = false;
    get.events = bench.hub.openTicket(ticket, get, PEER);
    bench.clock.flush();
    expect(find(get.lines, 'a')['id']).toBeDefined();
    expect(get.isEnded).toBe(false);
    const again = bench.body('');
    again.text = '';
    bench.hub.openTicket(ticket, again, PEER);
    expect(find(again.lines, 'e')['code']).toBe('ERR_TICKET');
  });

  it('has parts of 4 KB at most, since nothing of an event is shown before its end', () => {
    const bench = new Bench();
    const post = bench.post({ as: 'stream', get: true, hold: 1e6 }, newPacket({ choice: 1 }));
    const get = bench.body('');
    get.text = '';
    get.isEnded = false;
    get.events = bench.hub.openTicket((post.lines[1] ?? '').slice(1), get, PEER);
    bench.clock.flush();
    at(bench.sessions, 0).send('x'.repeat(100_000));
    bench.clock.flush();
    const parts = get.lines.filter((line) => /^t/i.test(line));
    expect(parts.length).toBeGreaterThan(10);
    for (const part of parts) expect(part.length).toBeLessThanOrEqual(4097);
  });

  it('takes a ticket for 30 s', () => {
    const bench = new Bench();
    const post = bench.post({ as: 'stream', get: true, hold: 1e6 }, newPacket({ choice: 1 }));
    bench.clock.pass(30_000);
    const get = bench.body('');
    get.text = '';
    bench.hub.openTicket((post.lines[1] ?? '').slice(1), get, PEER);
    expect(find(get.lines, 'e')['code']).toBe('ERR_TICKET');
  });

  it('does not take what is no ticket', () => {
    const bench = new Bench();
    const get = bench.body('');
    get.text = '';
    bench.hub.openTicket('', get, PEER);
    expect(find(get.lines, 'e')['code']).toBe('ERR_TICKET');
  });
});
