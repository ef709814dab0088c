import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TransportName } from '../environment.js';
import type { Chooser } from './chooser.js';
import { ALL, HOUR, makeChooser, MINUTE, SECOND, seeded, T } from '../testing/choosing.js';

/** A network: after how long a transport that attaches now dies; 0 when it does not attach at all. */
type World = (name: TransportName, now: number) => number;

interface Run {
  attaches: { name: TransportName; at: number }[];
  climbs: number[];
  /** How long each transport carried the session. */
  carriedMs: Record<TransportName, number>;
}

/** A client in small: rounds, climbs and deaths, as the session drives them. */
function live(chooser: Chooser, world: World, endAt: number): Run {
  const run: Run = {
    attaches: [],
    climbs: [],
    carriedMs: { websocket: 0, streaming: 0, 'long-polling': 0, polling: 0 },
  };
  let now = T;
  let current: { name: TransportName; at: number; diesAt: number; isStable: boolean } | null = null;
  const attach = (names: TransportName[]): boolean => {
    for (const name of names) {
      const livesMs = world(name, now);
      if (livesMs > 0) {
        if (current) run.carriedMs[current.name] += now - current.at;
        current = { name, at: now, diesAt: now + livesMs, isStable: false };
        chooser.attached(name, now);
        run.attaches.push({ name, at: now });
        return true;
      }
    }
    return false;
  };
  while (now < endAt) {
    const carrier = current as { name: TransportName; at: number; diesAt: number; isStable: boolean } | null;
    if (!carrier) {
      now += 200;
      if (!attach(chooser.ladder(now))) now += chooser.backoffMs();
      continue;
    }
    const climbAfterMs = chooser.climbAfterMs(carrier.name, now);
    const climbAt = climbAfterMs === null ? Infinity : now + climbAfterMs;
    const stableAt = carrier.isStable ? Infinity : carrier.at + MINUTE;
    now = Math.min(climbAt, carrier.diesAt, stableAt, endAt);
    if (now === carrier.diesAt) {
      run.carriedMs[carrier.name] += now - carrier.at;
      current = null;
      chooser.lost(carrier.name, now - carrier.at, now);
    } else if (now === climbAt) {
      const targets = chooser.climbTargets(carrier.name, now);
      expect(targets).not.toEqual([]);
      run.climbs.push(now);
      chooser.climbed(now);
      attach(targets);
    } else if (now === stableAt) {
      carrier.isStable = true;
      chooser.stable();
    }
  }
  const last = current as { name: TransportName; at: number } | null;
  if (last) run.carriedMs[last.name] += now - last.at;
  return run;
}

describe('Chooser over a day', () => {
  const DAY = 24 * HOUR;

  it('stays on streaming when WebSocket is black-holed, and finds out within 15 min when it no longer is', () => {
    const opensAt = T + 13 * HOUR;
    const world: World = (name, now) => (name === 'websocket' && now < opensAt ? 0 : Infinity);
    const run = live(makeChooser({ random: seeded(1) }), world, T + DAY);
    expect(run.attaches.map(({ name }) => name)).toEqual(['streaming', 'websocket']);
    const switchedAt = run.attaches[1]?.at ?? Infinity;
    expect(switchedAt - opensAt).toBeLessThanOrEqual(15 * MINUTE);
    expect(run.climbs.filter((at) => at < T + 10 * MINUTE).length).toBeGreaterThanOrEqual(14);
    expect(run.climbs.length).toBeLessThan(30 + 14 * 8);
  });

  it.each([2, 3, 59])('does not flap when WebSocket dies after %d s for ever', (seconds) => {
    const world: World = (name) => (name === 'websocket' ? seconds * SECOND : Infinity);
    const run = live(makeChooser({ random: seeded(2) }), world, T + DAY);
    const flapCount = run.attaches.filter(({ name }) => name === 'websocket').length;
    expect(flapCount).toBeLessThan(6 + (24 * 60) / 12);
    expect(flapCount).toBeGreaterThan((24 * 60) / 20);
    expect(run.carriedMs.streaming / DAY).toBeGreaterThan(0.9);
  });

  it('settles on the one that lives when all others die young', () => {
    const world: World = (name) => (name === 'long-polling' ? Infinity : 5 * SECOND);
    const run = live(makeChooser({ random: seeded(3) }), world, T + DAY);
    expect(run.carriedMs['long-polling'] / DAY).toBeGreaterThan(0.95);
  });

  it('spends its time on the best when the network as a whole dies every few seconds', () => {
    const random = seeded(4);
    const run = live(makeChooser({ random: seeded(5) }), () => 1000 + random() * 20_000, T + HOUR);
    expect(run.carriedMs.websocket).toBeGreaterThan(run.carriedMs.polling);
    // When that is over, it is back on the best within a quarter of an hour.
    const calm: World = (_name, now) => (now < T + HOUR ? 1000 + random() * 20_000 : Infinity);
    const { attaches } = live(makeChooser({ random: seeded(5) }), calm, T + 2 * HOUR);
    expect(attaches[attaches.length - 1]?.name).toBe('websocket');
    expect(attaches[attaches.length - 1]?.at).toBeLessThan(T + HOUR + 15 * MINUTE);
  });
});

type Step =
  | { do: 'wait'; ms: number }
  | { do: 'attach' | 'lose' | 'demote' | 'fail'; name: TransportName }
  | { do: 'event' | 'stable' | 'round' | 'climb' | 'busy' }
  | { do: 'use'; names: TransportName[] };

const anyName = fc.constantFrom(...ALL);
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.nat({ max: 3 * MINUTE }) }) },
  // A laptop that slept.
  fc.record({ do: fc.constant('wait' as const), ms: fc.nat({ max: 12 * HOUR }) }),
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('attach', 'lose', 'demote', 'fail'), name: anyName }) },
  fc.record({ do: fc.constantFrom('event', 'stable', 'round', 'climb', 'busy') }),
  fc.record({ do: fc.constant('use' as const), names: fc.shuffledSubarray(ALL) }),
);

describe('Chooser in any sequence of events', () => {
  it('keeps its promises', () => {
    fc.assert(
      fc.property(fc.integer(), fc.array(anyStep, { maxLength: 200 }), (seed, steps) => {
        const chooser = makeChooser({ random: seeded(seed) });
        let now = T;
        let current: TransportName = 'polling';
        let attachedAt = now;
        let promisedAt = Infinity;
        chooser.attached(current, now);
        for (const step of steps) {
          let isNew = true;
          switch (step.do) {
            case 'wait':
              isNew = false;
              now += step.ms;
              break;
            case 'attach':
              chooser.attached(step.name, now);
              current = step.name;
              attachedAt = now;
              break;
            case 'lose':
              chooser.lost(step.name, step.name === current ? now - attachedAt : 1, now);
              break;
            case 'demote':
              chooser.demote(step.name, now);
              break;
            case 'fail':
              isNew = false;
              break;
            case 'event':
              isNew = false;
              chooser.networkChanged(now);
              break;
            case 'stable':
              chooser.stable();
              break;
            case 'round': {
              isNew = false;
              const waitMs = chooser.backoffMs();
              expect(waitMs >= 0 && waitMs <= 30_000).toBe(true);
              break;
            }
            case 'climb':
              chooser.climbed(now);
              break;
            case 'busy':
              isNew = false;
              chooser.busy();
              break;
            case 'use':
              chooser.use(step.names);
              break;
          }

          // Every round tries everything, once.
          const ladder = chooser.ladder(now);
          expect(ladder.slice().sort()).toEqual(chooser.allowed.slice().sort());
          const headStartMs = chooser.headStartMs();
          expect(headStartMs >= 130 && headStartMs <= 5000).toBe(true);

          // What is tried is better, best first.
          const targets = chooser.climbTargets(current, now);
          targets.forEach((name, i) => {
            expect(chooser.isBetter(name, current, now)).toBe(true);
            const next = targets[i + 1];
            if (next) expect(chooser.isBetter(name, next, now)).toBe(true);
          });

          // No climb is later than it was said before, nor than 15 min, unless there is nothing better any more; and what is due can be done.
          const waitMs = chooser.climbAfterMs(current, now);
          if (waitMs === null) {
            expect(targets).toEqual([]);
            promisedAt = Infinity;
          } else {
            expect(waitMs >= 0 && waitMs <= 15 * MINUTE).toBe(true);
            if (waitMs === 0) expect(targets).not.toEqual([]);
            if (step.do === 'event') expect(waitMs).toBeLessThanOrEqual(MINUTE);
            if (!isNew) expect(now + waitMs).toBeLessThanOrEqual(Math.max(promisedAt, now) + 1e-6);
            // While what carries the session is penalised, worse ones may be better than it, and cease to be when the penalty ends.
            const place = chooser.allowed.indexOf(current);
            const isFirm = place < 0 || targets.every((name) => chooser.allowed.indexOf(name) < place);
            promisedAt = isFirm ? now + waitMs : Infinity;
          }
        }
      }),
      { numRuns: 1000 },
    );
  });
});
