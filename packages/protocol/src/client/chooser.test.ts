import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TransportName } from '../environment.js';
import { ALL, flap, HOUR, makeChooser, MINUTE, SECOND, T } from '../testing/choosing.js';
import type { Memory } from './chooser.js';

describe('Chooser.use', () => {
  it('takes over the order it is given', () => {
    const chooser = makeChooser({ transports: ['polling', 'websocket'] });
    expect(chooser.allowed).toEqual(['polling', 'websocket']);
    expect(chooser.ladder(T)).toEqual(['polling', 'websocket']);
  });

  it('leaves out unknown names and repetitions', () => {
    const chooser = makeChooser({ transports: ['telepathy', 'polling', 'polling', 'streaming'] as TransportName[] });
    expect(chooser.allowed).toEqual(['polling', 'streaming']);
  });

  it('lives with a single transport that fails in every way', () => {
    const chooser = makeChooser({ transports: ['websocket'] });
    for (let now = T; now < T + HOUR;) now = flap(chooser, 'websocket', now);
    chooser.demote('websocket', T + HOUR);
    expect(chooser.ladder(T + HOUR)).toEqual(['websocket']);
    expect(chooser.climbAfterMs('websocket', T + HOUR)).toBeNull();
    expect(chooser.climbTargets('websocket', T + HOUR)).toEqual([]);
  });

  it('lives with none', () => {
    const chooser = makeChooser({ transports: [] });
    expect(chooser.ladder(T)).toEqual([]);
    expect(chooser.climbAfterMs('polling', T)).toBeNull();
  });

  it('makes a climb due at once when the current transport is no longer allowed', () => {
    const chooser = makeChooser();
    chooser.attached('websocket', T);
    chooser.use(['long-polling', 'polling']);
    expect(chooser.climbAfterMs('websocket', T + HOUR)).toBe(0);
    expect(chooser.climbTargets('websocket', T + HOUR)).toEqual(['long-polling', 'polling']);
  });

  it('climbs fast afterwards, and not for ever', () => {
    const chooser = makeChooser();
    chooser.attached('streaming', T);
    for (let now = T; now < T + HOUR; now += MINUTE) chooser.climbed(now);
    chooser.use(['websocket', 'streaming']);
    chooser.climbed(T + HOUR);
    expect(chooser.climbAfterMs('streaming', T + HOUR)).toBe(40 * SECOND);
    chooser.climbed(T + HOUR + 12 * MINUTE);
    expect(chooser.climbAfterMs('streaming', T + HOUR + 12 * MINUTE)).toBe(2 * MINUTE);
  });

  it('forgets a last good transport that is no longer allowed', () => {
    const chooser = makeChooser();
    chooser.attached('long-polling', T);
    chooser.use(['websocket', 'streaming']);
    expect(chooser.ladder(T)).toEqual(['websocket', 'streaming']);
  });
});

describe('Chooser.ladder', () => {
  it('begins in order of preference', () => {
    expect(makeChooser().ladder(T)).toEqual(ALL);
  });

  it('puts first what carried the session last', () => {
    const chooser = makeChooser();
    chooser.attached('long-polling', T);
    chooser.lost('long-polling', 2 * MINUTE, T + 2 * MINUTE);
    expect(chooser.ladder(T + HOUR)).toEqual(['long-polling', 'websocket', 'streaming', 'polling']);
  });

  it('puts penalised ones last, in order of preference among themselves', () => {
    const chooser = makeChooser();
    chooser.demote('streaming', T);
    chooser.demote('websocket', T);
    expect(chooser.ladder(T)).toEqual(['long-polling', 'polling', 'websocket', 'streaming']);
  });

  it('never puts a penalised one first, even if it carried the session last', () => {
    const chooser = makeChooser();
    chooser.attached('streaming', T);
    chooser.demote('streaming', T);
    expect(chooser.ladder(T)).toEqual(['websocket', 'long-polling', 'polling', 'streaming']);
  });

  it('stands in plain order when all are penalised', () => {
    const chooser = makeChooser();
    chooser.attached('polling', T);
    for (const name of ['polling', 'websocket', 'long-polling', 'streaming'] as const) chooser.demote(name, T);
    expect(chooser.ladder(T)).toEqual(ALL);
  });
});

describe('Chooser memory', () => {
  function memory(saved: string | null): Memory & { text: string | null } {
    return {
      text: saved,
      load() {
        return JSON.parse(this.text ?? '') as unknown;
      },
      save(value) {
        this.text = JSON.stringify(value);
      },
    };
  }

  it('remembers the last good transport for the next page', () => {
    const shared = memory(null);
    makeChooser({ memory: shared, wallNow: () => 5 * HOUR }).attached('long-polling', T);
    const next = makeChooser({ memory: shared, wallNow: () => 5 * HOUR + 29 * MINUTE });
    expect(next.ladder(0)[0]).toBe('long-polling');
  });

  it('forgets it after 30 minutes', () => {
    const shared = memory(null);
    makeChooser({ memory: shared, wallNow: () => 5 * HOUR }).attached('long-polling', T);
    expect(makeChooser({ memory: shared, wallNow: () => 5 * HOUR + 30 * MINUTE }).ladder(0)).toEqual(ALL);
  });

  it('forgets it when the clock was set back', () => {
    const shared = memory(null);
    makeChooser({ memory: shared, wallNow: () => 5 * HOUR }).attached('long-polling', T);
    expect(makeChooser({ memory: shared, wallNow: () => 4 * HOUR }).ladder(0)).toEqual(ALL);
  });

  it('remembers for longer what still carries the session when it climbs', () => {
    const shared = memory(null);
    let wall = 0;
    const chooser = makeChooser({ memory: shared, wallNow: () => wall });
    chooser.attached('long-polling', T);
    wall = 3 * HOUR;
    chooser.climbed(T + 3 * HOUR);
    expect(makeChooser({ memory: shared, wallNow: () => wall + MINUTE }).ladder(0)[0]).toBe('long-polling');
  });

  it('prefers what carried the session on this page', () => {
    const chooser = makeChooser({ memory: memory('{"name":"polling","at":0}'), wallNow: () => 1 });
    chooser.attached('streaming', T);
    expect(chooser.ladder(T)[0]).toBe('streaming');
  });

  it.each([
    '',
    'null',
    '7',
    '"polling"',
    '[]',
    '{}',
    '{"name":"polling"}',
    '{"name":"polling","at":"soon"}',
    '{"name":"constructor","at":1}',
    '{"name":{"at":1},"at":1}',
    '{"name":',
    '\u0000',
  ])('ignores garbage: %j', (saved) => {
    const chooser = makeChooser({ memory: memory(saved), wallNow: () => 1 });
    expect(chooser.ladder(T)).toEqual(ALL);
    chooser.stable();
    chooser.climbed(T);
    expect(chooser.ladder(T)).toEqual(ALL);
  });

  it('ignores any garbage', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (saved) => {
        const chooser = makeChooser({ memory: memory(saved), wallNow: () => 1 });
        expect(chooser.ladder(T).slice().sort()).toEqual(ALL.slice().sort());
      }),
    );
  });

  it('lives with a memory that throws', () => {
    const broken = (): never => {
      throw new Error('SecurityError');
    };
    const chooser = makeChooser({ memory: { load: broken, save: broken }, wallNow: () => 1 });
    chooser.attached('polling', T);
    expect(chooser.ladder(T)[0]).toBe('polling');
  });

  it('uses none without a wall clock, because nothing would ever expire', () => {
    const shared = memory('{"name":"polling","at":0}');
    const chooser = makeChooser({ memory: shared });
    expect(chooser.ladder(T)).toEqual(ALL);
    chooser.attached('streaming', T);
    expect(shared.text).toBe('{"name":"polling","at":0}');
  });
});

describe('Chooser.isBetter', () => {
  it('follows the order of preference', () => {
    expect(makeChooser().isBetter('websocket', 'streaming', T)).toBe(true);
    expect(makeChooser().isBetter('streaming', 'websocket', T)).toBe(false);
    expect(makeChooser().isBetter('streaming', 'streaming', T)).toBe(false);
  });

  it('never prefers a penalised one to an unpenalised one', () => {
    const chooser = makeChooser();
    chooser.demote('websocket', T);
    expect(chooser.isBetter('websocket', 'polling', T)).toBe(false);
    expect(chooser.isBetter('polling', 'websocket', T)).toBe(true);
  });

  it('follows the order of preference among penalised ones', () => {
    const chooser = makeChooser();
    chooser.demote('websocket', T);
    chooser.demote('streaming', T);
    expect(chooser.isBetter('websocket', 'streaming', T)).toBe(true);
  });

  it('puts what is not allowed last', () => {
    const chooser = makeChooser({ transports: ['polling'] });
    chooser.demote('polling', T);
    expect(chooser.isBetter('polling', 'websocket', T)).toBe(true);
    expect(chooser.isBetter('websocket', 'polling', T)).toBe(false);
    expect(chooser.isBetter('websocket', 'streaming', T)).toBe(false);
  });
});

describe('Chooser.headStartMs', () => {
  it('is 130 ms at least', () => {
    const chooser = makeChooser();
    expect(chooser.headStartMs()).toBe(130);
    chooser.sample(10);
    expect(chooser.headStartMs()).toBe(130);
  });

  it('is three round trips', () => {
    const chooser = makeChooser();
    chooser.sample(200);
    expect(chooser.headStartMs()).toBe(600);
  });

  it('is 5 s at most, whatever was measured', () => {
    const chooser = makeChooser();
    chooser.sample(8 * HOUR);
    expect(chooser.headStartMs()).toBe(5000);
  });

  it('is 2 s at least from "busy" until something has attached', () => {
    const chooser = makeChooser();
    chooser.busy();
    chooser.sample(500);
    expect(chooser.headStartMs()).toBe(2000);
    chooser.sample(2500);
    expect(chooser.headStartMs()).toBe(3000);
    chooser.sample(0);
    chooser.sample(0);
    expect(chooser.headStartMs()).toBe(2000);
    chooser.attached('websocket', T + 1);
    expect(chooser.headStartMs()).toBe(1687.5);
  });
});

describe('Chooser.sample', () => {
  it('takes the first round trip as it is and smooths the others', () => {
    const chooser = makeChooser();
    expect(chooser.rttMs).toBe(0);
    chooser.sample(100);
    expect(chooser.rttMs).toBe(100);
    chooser.sample(200);
    expect(chooser.rttMs).toBe(125);
  });

  it('ignores what no round trip can be', () => {
    const chooser = makeChooser();
    chooser.sample(100);
    chooser.sample(NaN);
    chooser.sample(-5);
    expect(chooser.rttMs).toBe(100);
  });

  it('gets over a suspended laptop', () => {
    const chooser = makeChooser();
    chooser.sample(50);
    chooser.sample(8 * HOUR);
    for (let i = 0; i < 15; i++) chooser.sample(50);
    expect(chooser.headStartMs()).toBeLessThan(350);
  });
});
