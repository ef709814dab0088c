import { describe, expect, it } from 'vitest';
import { flap, HOUR, makeChooser, MINUTE, SECOND, T } from '../testing/choosing.js';

describe('Chooser climbing', () => {
  it('has nowhere to climb from the best', () => {
    const chooser = makeChooser();
    chooser.attached('websocket', T);
    expect(chooser.climbAfterMs('websocket', T)).toBeNull();
    expect(chooser.climbTargets('websocket', T)).toEqual([]);
  });

  it.each([
    [0, 20],
    [1, 40],
  ])('begins 20 to 40 s after the first attach (random %d)', (random, seconds) => {
    const chooser = makeChooser({ random: () => random });
    chooser.attached('long-polling', T);
    expect(chooser.climbAfterMs('long-polling', T)).toBe(seconds * SECOND);
    expect(chooser.climbAfterMs('long-polling', T + 5 * SECOND)).toBe((seconds - 5) * SECOND);
    expect(chooser.climbAfterMs('long-polling', T + MINUTE)).toBe(0);
  });

  it('tries all that is better, best first', () => {
    const chooser = makeChooser();
    chooser.attached('polling', T);
    expect(chooser.climbTargets('polling', T)).toEqual(['websocket', 'streaming', 'long-polling']);
  });

  it('backs off to 15 min after ten minutes', () => {
    const chooser = makeChooser();
    chooser.attached('polling', T);
    const waits: number[] = [];
    let now = T;
    while (now < T + 2 * HOUR) {
      const waitMs = chooser.climbAfterMs('polling', now) ?? 0;
      waits.push(Math.round(waitMs / SECOND));
      chooser.climbed((now += waitMs));
    }
    expect(waits.slice(0, 16)).toEqual(Array<number>(16).fill(40));
    expect(waits.slice(16, 22)).toEqual([40, 80, 160, 320, 640, 900]);
    expect(Math.max(...waits)).toBe(900);
  });

  it('is fast again for ten minutes after a loss', () => {
    const chooser = makeChooser();
    chooser.attached('polling', T);
    chooser.climbed(T + HOUR);
    chooser.lost('polling', HOUR, T + HOUR);
    chooser.attached('polling', T + HOUR + SECOND);
    expect(chooser.climbAfterMs('polling', T + HOUR)).toBe(40 * SECOND);
    chooser.climbed(T + HOUR + 9 * MINUTE);
    expect(chooser.climbAfterMs('polling', T + HOUR + 9 * MINUTE)).toBe(40 * SECOND);
  });

  it('is fast again after the first young death of a better one', () => {
    const chooser = makeChooser();
    chooser.attached('streaming', T);
    chooser.climbed(T + HOUR);
    const now = flap(chooser, 'websocket', T + HOUR);
    chooser.attached('streaming', now);
    expect(chooser.climbAfterMs('streaming', now)).toBe(40 * SECOND);
  });

  it.each([
    [0, 20],
    [1, 40],
  ])('is fast again for ten minutes after a network event (random %d)', (random, seconds) => {
    const chooser = makeChooser({ random: () => random });
    chooser.attached('polling', T);
    chooser.climbed(T + HOUR);
    expect(chooser.climbAfterMs('polling', T + HOUR)).toBeGreaterThanOrEqual(7 * MINUTE);
    chooser.networkChanged(T + HOUR);
    expect(chooser.climbAfterMs('polling', T + HOUR)).toBe(seconds * SECOND);
    chooser.climbed(T + HOUR + 9 * MINUTE);
    expect(chooser.climbAfterMs('polling', T + HOUR + 9 * MINUTE)).toBe(seconds * SECOND);
  });

  it('is never put off by a stream of network events', () => {
    const chooser = makeChooser();
    chooser.attached('polling', T);
    for (let now = T; now < T + 40 * SECOND; now += SECOND) {
      chooser.networkChanged(now);
      expect(chooser.climbAfterMs('polling', now)).toBe(T + 40 * SECOND - now);
    }
  });

  it('does not happen in the moment of attaching, because it came due before', () => {
    const chooser = makeChooser();
    chooser.attached('websocket', T);
    chooser.lost('websocket', 5 * HOUR, T + 5 * HOUR);
    chooser.attached('streaming', T + 5 * HOUR + SECOND);
    expect(chooser.climbAfterMs('streaming', T + 5 * HOUR + SECOND)).toBe(40 * SECOND);
  });

  it('tries a penalised one when its penalty is over', () => {
    const chooser = makeChooser();
    const now = flap(chooser, 'websocket', flap(chooser, 'websocket', T));
    chooser.attached('streaming', now);
    expect(chooser.climbAfterMs('streaming', now)).toBe(MINUTE);
    expect(chooser.climbTargets('streaming', now)).toEqual([]);
    expect(chooser.climbTargets('streaming', now + MINUTE)).toEqual(['websocket']);
  });

  it('tries a penalised one when its penalty is over, also while climbing is slow', () => {
    const chooser = makeChooser();
    chooser.attached('long-polling', T);
    for (let now = T; now < T + HOUR; now += MINUTE) chooser.climbed(now);
    // On trial since it was found bad: not a reason to climb fast.
    chooser.demote('websocket', T);
    chooser.climbed(T + HOUR);
    chooser.demote('websocket', T + HOUR);
    expect(chooser.climbAfterMs('long-polling', T + HOUR)).toBe(2 * MINUTE);
    chooser.climbed(T + HOUR + 2 * MINUTE);
    expect(chooser.climbAfterMs('long-polling', T + HOUR + 2 * MINUTE)).toBe(15 * MINUTE);
  });

  it('is not made due by a penalty that ended before what carries the session attached', () => {
    const chooser = makeChooser();
    chooser.demote('streaming', T);
    chooser.attached('websocket', T + 30 * SECOND);
    chooser.lost('websocket', 5 * HOUR, T + 5 * HOUR);
    chooser.attached('long-polling', T + 5 * HOUR);
    expect(chooser.climbAfterMs('long-polling', T + 5 * HOUR)).toBe(40 * SECOND);
  });

  it.each([
    [0, 20],
    [1, 40],
  ])('retries a penalised one 20 to 40 s after a network event (random %d)', (random, seconds) => {
    const chooser = makeChooser({ random: () => random });
    let now = T;
    for (let i = 0; i < 9; i++) now = flap(chooser, 'websocket', now + 15 * MINUTE);
    chooser.attached('streaming', now);
    expect(chooser.climbAfterMs('streaming', now)).toBeGreaterThanOrEqual(12 * MINUTE);
    chooser.networkChanged(now);
    expect(chooser.climbAfterMs('streaming', now)).toBe(seconds * SECOND);
    expect(chooser.climbTargets('streaming', now + seconds * SECOND - 1)).toEqual([]);
    expect(chooser.climbTargets('streaming', now + seconds * SECOND)).toEqual(['websocket']);
  });

  it('is due at once when what carries the session is found bad', () => {
    const chooser = makeChooser();
    chooser.attached('streaming', T);
    chooser.demote('streaming', T + HOUR);
    expect(chooser.climbAfterMs('streaming', T + HOUR)).toBe(0);
    expect(chooser.climbTargets('streaming', T + HOUR)).toEqual(['websocket', 'long-polling', 'polling']);
  });

  it('never makes a penalty longer by network events', () => {
    const chooser = makeChooser();
    chooser.attached('streaming', T);
    chooser.demote('websocket', T);
    for (let now = T; now < T + MINUTE; now += SECOND) chooser.networkChanged(now);
    expect(chooser.climbTargets('streaming', T + 40 * SECOND)).toEqual(['websocket']);
  });

  it('is not made fast by what is known to die young', () => {
    const chooser = makeChooser();
    let now = T;
    for (let i = 0; i < 9; i++) now = flap(chooser, 'streaming', now + 15 * MINUTE);
    chooser.attached('long-polling', now);
    chooser.climbed(now);
    expect(chooser.climbAfterMs('long-polling', now)).toBeGreaterThan(10 * MINUTE);
  });
});

describe('Chooser.backoffMs', () => {
  it('doubles from 500 ms up to 30 s', () => {
    const chooser = makeChooser();
    const waits = Array.from({ length: 9 }, () => chooser.backoffMs());
    expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
  });

  it('is full jitter', () => {
    const chooser = makeChooser({ random: () => 0.25 });
    expect(chooser.backoffMs()).toBe(125);
    expect(makeChooser({ random: () => 0 }).backoffMs()).toBe(0);
  });

  it('keeps its cap for ever', () => {
    const chooser = makeChooser();
    for (let i = 0; i < 5000; i++) chooser.backoffMs();
    expect(chooser.backoffMs()).toBe(30_000);
  });

  it('begins anew after a stable period only', () => {
    const chooser = makeChooser();
    for (let i = 0; i < 9; i++) chooser.backoffMs();
    chooser.attached('websocket', T);
    chooser.networkChanged(T);
    expect(chooser.backoffMs()).toBe(30_000);
    chooser.stable();
    expect(chooser.backoffMs()).toBe(500);
  });
});

describe('Chooser.shorten', () => {
  it('is a random part of a second', () => {
    expect(makeChooser({ random: () => 0 }).shorten(T)).toBe(0);
    expect(makeChooser({ random: () => 0.5 }).shorten(T)).toBe(500);
  });

  it('starts no more than one round in 5 s when events come in swarms', () => {
    const chooser = makeChooser({ random: () => 0 });
    const starts = [];
    for (let now = T; now < T + 20 * SECOND; now += 100) if (chooser.shorten(now) === 0) starts.push(now - T);
    expect(starts).toEqual([0, 5000, 10_000, 15_000]);
  });

  it('does not put off a later event by more than those 5 s', () => {
    const chooser = makeChooser({ random: () => 0 });
    chooser.shorten(T);
    expect(chooser.shorten(T + 100)).toBe(4900);
    expect(chooser.shorten(T + 4000)).toBe(1000);
  });
});
