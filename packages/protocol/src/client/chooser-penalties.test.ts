import { describe, expect, it } from 'vitest';
import { ALL, flap, HOUR, makeChooser, MINUTE, SECOND, T } from '../testing/choosing.js';

describe('Chooser penalties', () => {
  it('forgives a single young death', () => {
    const chooser = makeChooser();
    const now = flap(chooser, 'websocket', T);
    expect(chooser.ladder(now)).toEqual(ALL);
  });

  it('penalises the second young death in a row for 60 s', () => {
    const chooser = makeChooser();
    const now = flap(chooser, 'websocket', flap(chooser, 'websocket', T));
    expect(chooser.ladder(now)).toEqual(['streaming', 'long-polling', 'polling', 'websocket']);
    expect(chooser.ladder(now + 59_999)).toEqual(['streaming', 'long-polling', 'polling', 'websocket']);
    expect(chooser.ladder(now + 60_000)).toEqual(ALL);
  });

  it('shortens a penalty by up to a fifth at random, so that clients which lost together do not come back together', () => {
    const chooser = makeChooser({ random: () => 0 });
    const now = flap(chooser, 'websocket', flap(chooser, 'websocket', T));
    expect(chooser.ladder(now + 47_999)[0]).toBe('streaming');
    expect(chooser.ladder(now + 48_000)[0]).toBe('websocket');
  });

  it('does not count deaths after 60 s', () => {
    const chooser = makeChooser();
    let now = T;
    for (let i = 0; i < 9; i++) now = flap(chooser, 'websocket', now, MINUTE);
    expect(chooser.ladder(now)).toEqual(ALL);
  });

  it('starts counting anew after a stable period between two young deaths', () => {
    const chooser = makeChooser();
    let now = flap(chooser, 'websocket', T);
    chooser.attached('websocket', now);
    now = flap(chooser, 'websocket', now + MINUTE);
    expect(chooser.ladder(now)).toEqual(ALL);
  });

  it('counts two young deaths in a row even if another transport was stable between them', () => {
    const chooser = makeChooser();
    let now = flap(chooser, 'websocket', T);
    chooser.attached('streaming', now);
    now += HOUR;
    now = flap(chooser, 'websocket', now);
    expect(chooser.isBetter('polling', 'websocket', now)).toBe(true);
  });

  it('takes nothing shorter than 60 s for a stable period', () => {
    const chooser = makeChooser();
    let now = flap(chooser, 'websocket', T);
    chooser.attached('websocket', now);
    now += MINUTE - 1;
    chooser.lost('websocket', MINUTE - 1, now);
    expect(chooser.ladder(now)[0]).toBe('streaming');
  });

  it('doubles the penalty up to 15 min each time it dies young again', () => {
    const chooser = makeChooser();
    let now = flap(chooser, 'websocket', T);
    for (const penalty of [1, 2, 4, 8, 15, 15]) {
      now = flap(chooser, 'websocket', now);
      expect(chooser.isBetter('websocket', 'polling', now + penalty * MINUTE - 1)).toBe(false);
      now += penalty * MINUTE;
      expect(chooser.isBetter('websocket', 'polling', now)).toBe(true);
    }
  });

  it('does not double for a death during the penalty: it was used because nothing else went', () => {
    const chooser = makeChooser();
    let now = flap(chooser, 'websocket', T);
    for (let i = 0; i < 9; i++) now = flap(chooser, 'websocket', now);
    expect(chooser.isBetter('websocket', 'polling', now + MINUTE)).toBe(true);
  });

  it('is cleared by a stable period', () => {
    const chooser = makeChooser();
    let now = flap(chooser, 'websocket', flap(chooser, 'websocket', T));
    chooser.attached('websocket', now);
    now += MINUTE;
    expect(chooser.ladder(now)).toEqual(ALL);
    now = flap(chooser, 'websocket', now);
    expect(chooser.ladder(now)).toEqual(ALL);
  });

  it('is cleared by a death after 60 s', () => {
    const chooser = makeChooser();
    let now = flap(chooser, 'websocket', flap(chooser, 'websocket', T));
    now = flap(chooser, 'websocket', now, MINUTE);
    expect(chooser.ladder(now)).toEqual(ALL);
  });

  it('is imposed at once on what is known to be bad', () => {
    const chooser = makeChooser();
    chooser.demote('streaming', T);
    expect(chooser.ladder(T + MINUTE - 1)).toEqual(['websocket', 'long-polling', 'polling', 'streaming']);
    expect(chooser.ladder(T + MINUTE)).toEqual(ALL);
  });

  it('doubles for what is found bad again', () => {
    const chooser = makeChooser();
    chooser.demote('streaming', T);
    chooser.demote('streaming', T + MINUTE);
    expect(chooser.isBetter('streaming', 'polling', T + 3 * MINUTE - 1)).toBe(false);
    expect(chooser.isBetter('streaming', 'polling', T + 3 * MINUTE)).toBe(true);
  });

  it('is not cleared by the stable time before what carries the session was found bad', () => {
    const chooser = makeChooser();
    chooser.attached('streaming', T);
    chooser.demote('streaming', T + HOUR);
    chooser.stable();
    expect(chooser.isBetter('polling', 'streaming', T + HOUR + SECOND)).toBe(true);
  });

  it('is not cleared by the death of what was found bad, however long it lived before', () => {
    const chooser = makeChooser();
    chooser.attached('streaming', T);
    chooser.demote('streaming', T + HOUR);
    chooser.lost('streaming', HOUR, T + HOUR);
    expect(chooser.ladder(T + HOUR + MINUTE - 1)[0]).toBe('websocket');
    expect(chooser.isBetter('polling', 'streaming', T + HOUR + MINUTE - 1)).toBe(true);
    expect(chooser.isBetter('polling', 'streaming', T + HOUR + MINUTE)).toBe(false);
  });

  it('is 60 s again for what was found bad, after it had carried the session for an hour', () => {
    const chooser = makeChooser();
    chooser.demote('streaming', T);
    chooser.attached('streaming', T + MINUTE);
    chooser.demote('streaming', T + HOUR);
    expect(chooser.isBetter('streaming', 'polling', T + HOUR + MINUTE)).toBe(true);
  });

  it('starts counting anew for what carried the session for 60 s before another took over', () => {
    const chooser = makeChooser();
    let now = flap(chooser, 'streaming', T);
    chooser.attached('streaming', now);
    chooser.attached('websocket', (now += MINUTE));
    now = flap(chooser, 'streaming', now);
    expect(chooser.ladder(now)[0]).toBe('streaming');
  });

  it('is not cleared by stability of a session that has no transport', () => {
    const chooser = makeChooser();
    const now = flap(chooser, 'websocket', flap(chooser, 'websocket', T, 50 * SECOND), 50 * SECOND);
    chooser.stable();
    expect(chooser.ladder(now + 20 * SECOND)[0]).toBe('streaming');
  });

  it('counts half a death when nothing else got through either', () => {
    const chooser = makeChooser();
    let now = T;
    for (let i = 0; i < 2; i++) {
      now = flap(chooser, 'websocket', now);
      chooser.backoffMs();
      chooser.backoffMs();
    }
    expect(chooser.ladder(now)).toEqual(ALL);
    now = flap(chooser, 'websocket', now);
    expect(chooser.ladder(now)[0]).toBe('streaming');
  });

  it('counts a whole one when something else has got through since', () => {
    const chooser = makeChooser();
    let now = flap(chooser, 'websocket', T);
    chooser.attached('streaming', now);
    chooser.backoffMs();
    now = flap(chooser, 'websocket', now);
    expect(chooser.ladder(now)[0]).toBe('streaming');
  });

  it('leaves the order as it was when the network as a whole keeps dying', () => {
    const chooser = makeChooser();
    let now = T;
    for (let i = 0; i < 30; i++) now = flap(chooser, chooser.ladder(now)[0] ?? 'polling', now);
    expect(chooser.ladder(now)).toEqual(ALL);
    // ... and the best one is not punished for that once it carries the session again.
    chooser.attached('websocket', now);
    now += MINUTE;
    expect(chooser.ladder(now)[0]).toBe('websocket');
    expect(chooser.climbTargets('websocket', now)).toEqual([]);
  });
});
