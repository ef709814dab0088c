import { describe, expect, it } from 'vitest';
import { ManualClock } from '../testing/manual-clock.js';
import { Bench, NONCE } from '../testing/server-side.js';
import { Agenda, NO_SLOT, type Planned } from './agenda.js';

/** Writes down who was called when. */
class Diary {
  readonly clock = new ManualClock();
  readonly agenda = new Agenda(this.clock);
  readonly calls: [string, number][] = [];

  planned(name: string, andThen: () => void = () => undefined): Planned {
    return {
      _slot: NO_SLOT,
      _come: () => {
        this.calls.push([name, this.clock.now()]);
        andThen();
      },
    };
  }
}

describe('Agenda', () => {
  it('calls all of a slot when it begins, by one timer', () => {
    const diary = new Diary();
    diary.agenda.plan(diary.planned('a'), 2001);
    diary.agenda.plan(diary.planned('b'), 2099.9);
    diary.agenda.plan(diary.planned('c'), 2100);
    expect(diary.clock.timerCount).toBe(1);
    diary.clock.pass(999);
    expect(diary.calls).toEqual([]);
    diary.clock.pass(1);
    expect(diary.calls).toEqual([
      ['a', 2000],
      ['b', 2000],
    ]);
    diary.clock.pass(100);
    expect(diary.calls.slice(2)).toEqual([['c', 2100]]);
    expect(diary.clock.timerCount).toBe(0);
  });

  it('lets an earlier time replace a later one, and not the other way round', () => {
    const diary = new Diary();
    const planned = diary.planned('a');
    for (const at of [5000, 3000, 4000]) diary.agenda.plan(planned, at);
    diary.clock.pass(10_000);
    expect(diary.calls).toEqual([['a', 3000]]);
  });

  it('takes one that was called again', () => {
    const diary = new Diary();
    const planned: Planned = diary.planned('a', () => {
      if (diary.calls.length < 3) diary.agenda.plan(planned, diary.clock.now() + 500);
    });
    diary.agenda.plan(planned, 1500);
    diary.clock.pass(10_000);
    expect(diary.calls.map(([, at]) => at)).toEqual([1500, 2000, 2500]);
  });

  it('forgets who is cancelled, and keeps no timer for nobody', () => {
    const diary = new Diary();
    const [a, b] = [diary.planned('a'), diary.planned('b')];
    diary.agenda.plan(a, 2000);
    diary.agenda.plan(b, 3000);
    diary.agenda.cancel(a);
    diary.agenda.cancel(a);
    diary.clock.pass(1500);
    expect(diary.calls).toEqual([]);
    diary.agenda.cancel(b);
    expect(diary.clock.timerCount).toBe(0);
  });

  it('does not call one that another of its slot has cancelled or put off', () => {
    const diary = new Diary();
    const [b, c] = [diary.planned('b'), diary.planned('c')];
    const a = diary.planned('a', () => {
      diary.agenda.cancel(b);
      diary.agenda.cancel(c);
      diary.agenda.plan(c, 4000);
    });
    for (const planned of [a, b, c]) diary.agenda.plan(planned, 2000);
    diary.clock.pass(5000);
    expect(diary.calls).toEqual([
      ['a', 2000],
      ['c', 4000],
    ]);
  });

  it('calls the earlier first when several slots have begun during a sleep', () => {
    const diary = new Diary();
    for (const at of [4000, 2000, 3000]) diary.agenda.plan(diary.planned(String(at)), at);
    diary.clock.sleep(60_000);
    expect(diary.calls.map(([name]) => name)).toEqual(['2000', '3000', '4000']);
  });
});

describe('Sessions in an agenda', () => {
  function open(bench: Bench, index: number): ReturnType<Bench['open']> {
    return bench.open({ choice: 1, nonce: NONCE + String(index) });
  }

  it('ask a little before their time, together, and give the peer the whole timeout', () => {
    const bench = new Bench({ heartbeatTimeoutMs: 8050 });
    bench.clock.pass(30);
    const first = open(bench, 1).socket;
    bench.clock.pass(40);
    const second = open(bench, 2).socket;
    bench.clock.pass(19_929);
    expect([first.take(), second.take()]).toEqual([[], []]);
    bench.clock.pass(1);
    expect([first.take(), second.take()]).toEqual([['p'], ['p']]);
    bench.clock.pass(8049);
    expect(first.closed).toBeNull();
    bench.clock.pass(1);
    expect([first.closed, second.closed]).toEqual([1000, 1000]);
  });

  it('have no timers of their own', () => {
    const bench = new Bench();
    for (let count = 0; count < 20; count++) open(bench, count);
    expect(bench.clock.timerCount).toBeLessThan(3);
  });

  it('never end before the resume window has passed', () => {
    const bench = new Bench({ resumeWindowMs: 5000 });
    bench.clock.pass(50);
    const { socket, session } = bench.open();
    bench.clock.pass(77);
    socket.cut();
    bench.clock.pass(4999);
    expect(session.state).toBe('open');
    bench.clock.pass(1);
    expect(session.state).toBe('closed');
    expect(bench.clock.timerCount).toBe(0);
  });
});
