import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HOUR, MINUTE, SECOND, T } from '../testing/choosing.js';
import { Tuning } from './tuning.js';

const KIB = 1024;
const MIB = 1024 * KIB;

/** A stream ended in good order. */
function streamed(tuning: Tuning, livedMs: number, bytes: number, now: number): void {
  tuning._streamMs._passed(livedMs, now);
  tuning._streamBytes._passed(bytes, now);
}

describe('Tuning holds', () => {
  it('begin at 20 s, and follow the server', () => {
    const tuning = new Tuning();
    expect(tuning._hold._get()).toBe(20_000);
    tuning._hold._most = 45_000;
    tuning._body._most = MIB;
    expect(tuning._hold._get()).toBe(45_000);
    tuning._hold._most = 5_000;
    tuning._body._most = MIB;
    expect(tuning._hold._get()).toBe(5_000);
  });

  it('shorten to 0.7 of what was cut', () => {
    const tuning = new Tuning();
    tuning._hold._cut(10_000, T);
    expect(tuning._hold._get()).toBe(7_000);
  });

  it('never grow by a cut', () => {
    const tuning = new Tuning();
    tuning._hold._cut(5_000, T);
    tuning._hold._cut(15_000, T);
    expect(tuning._hold._get()).toBe(3_500);
  });

  it('are 1 s at least', () => {
    const tuning = new Tuning();
    tuning._hold._cut(0, T);
    expect(tuning._hold._get()).toBe(1_000);
  });

  it('grow by a quarter with each that was held to its end, once a minute has passed since the cut', () => {
    const tuning = new Tuning();
    tuning._hold._cut(10_000, T);
    tuning._hold._passed(7_000, T + 59 * SECOND);
    expect(tuning._hold._get()).toBe(7_000);
    tuning._hold._passed(7_000, T + 60 * SECOND);
    expect(tuning._hold._get()).toBe(8_750);
    tuning._hold._passed(8_750, T + 70 * SECOND);
    expect(tuning._hold._get()).toBe(10_937);
  });

  it('do not grow with those answered early', () => {
    const tuning = new Tuning();
    tuning._hold._cut(10_000, T);
    for (let i = 0; i < 9; i++) tuning._hold._passed(5_250, T + HOUR);
    expect(tuning._hold._get()).toBe(7_000);
  });

  it('never grow beyond what the server holds', () => {
    const tuning = new Tuning();
    tuning._hold._cut(25_000, T);
    for (let i = 0; i < 99; i++) tuning._hold._passed(tuning._hold._get(), T + HOUR);
    expect(tuning._hold._get()).toBe(20_000);
  });

  it('stay for ten minutes when cut twice after about the same time', () => {
    const tuning = new Tuning();
    tuning._hold._cut(10_000, T);
    tuning._hold._cut(10_200, T + HOUR);
    tuning._hold._passed(7_000, T + HOUR + 10 * MINUTE - 1);
    expect(tuning._hold._get()).toBe(7_000);
    tuning._hold._passed(7_000, T + HOUR + 10 * MINUTE);
    expect(tuning._hold._get()).toBe(8_750);
  });

  it('meet a proxy that cuts at 10 s no more than once in ten minutes', () => {
    const tuning = new Tuning();
    let cutCount = 0;
    for (let now = T; now < T + 5 * HOUR;) {
      const heldMs = Math.min(tuning._hold._get(), 10_000);
      now += heldMs;
      if (heldMs < 10_000) tuning._hold._passed(heldMs, now);
      else {
        tuning._hold._cut(heldMs, now);
        cutCount++;
      }
    }
    expect(cutCount).toBeLessThanOrEqual(1 + 5 * 6);
    expect(tuning._hold._get()).toBeGreaterThanOrEqual(7_000);
  });

  it('get over a cut by chance within minutes', () => {
    const tuning = new Tuning();
    tuning._hold._cut(50, T);
    let now = T;
    while (tuning._hold._get() < 20_000) tuning._hold._passed(tuning._hold._get(), (now += tuning._hold._get()));
    expect(now - T).toBeLessThan(3 * MINUTE);
  });
});

describe('Tuning streams', () => {
  it('may grow to 16 MiB and last 10 min', () => {
    const tuning = new Tuning();
    expect([tuning._streamBytes._get(), tuning._streamMs._get()]).toEqual([16 * MIB, 10 * MINUTE]);
  });

  it('last 0.7 of the time after which one was cut', () => {
    const tuning = new Tuning();
    tuning.streamCut(MINUTE, 5_000, T);
    expect([tuning._streamBytes._get(), tuning._streamMs._get()]).toEqual([16 * MIB, 42_000]);
    tuning.streamCut(10, 0, T);
    expect(tuning._streamMs._get()).toBe(1_000);
  });

  it('grow to 0.75 of the size at which two were cut', () => {
    const tuning = new Tuning();
    tuning.streamCut(MINUTE, 25_000, T);
    tuning.streamCut(20 * SECOND, 26_000, T);
    expect([tuning._streamBytes._get(), tuning._streamMs._get()]).toEqual([19_500, 42_000]);
  });

  it('end before the size as well when one that had passed more than 32 KiB was cut', () => {
    const tuning = new Tuning();
    tuning.streamCut(MINUTE, 65_536, T);
    expect([tuning._streamBytes._get(), tuning._streamMs._get()]).toEqual([49_152, 42_000]);
    streamed(tuning, 1_000, 49_000, T + MINUTE);
    expect(tuning._streamBytes._get()).toBe(98_304);
  });

  it('end at 24 KiB after two quick deaths, though nothing of them was shown', () => {
    const tuning = new Tuning();
    tuning.streamCut(5, 0, T);
    expect(tuning._streamBytes._get()).toBe(16_777_216);
    tuning.streamCut(5, 0, T + 100);
    expect(tuning._streamBytes._get()).toBe(24_576);
  });

  it('may always grow to 4 KiB', () => {
    const tuning = new Tuning();
    for (let i = 0; i < 2; i++) tuning.streamCut(MINUTE, 5_000, T);
    expect(tuning._streamBytes._get()).toBe(4 * KIB);
  });

  it('keep their size when next to nothing had been sent before two were cut', () => {
    const tuning = new Tuning();
    tuning.streamCut(MINUTE, 100, T);
    tuning.streamCut(MINUTE, 100, T);
    expect([tuning._streamBytes._get(), tuning._streamMs._get()]).toEqual([16 * MIB, 42_000]);
  });

  it('grow back with each that ended in good order', () => {
    const tuning = new Tuning();
    for (let i = 0; i < 2; i++) tuning.streamCut(MINUTE, 64_000, T);
    streamed(tuning, 42_000, 48_000, T + MINUTE - 1);
    expect([tuning._streamBytes._get(), tuning._streamMs._get()]).toEqual([48_000, 42_000]);
    streamed(tuning, 42_000, 48_000, T + MINUTE);
    expect([tuning._streamBytes._get(), tuning._streamMs._get()]).toEqual([48_000, 52_500]);
    streamed(tuning, 1_000, 48_000, T + 10 * MINUTE);
    expect([tuning._streamBytes._get(), tuning._streamMs._get()]).toEqual([96_000, 52_500]);
  });

  it('never grow beyond their defaults', () => {
    const tuning = new Tuning();
    for (let i = 0; i < 2; i++) tuning.streamCut(9 * MINUTE, 15 * MIB, T);
    for (let i = 0; i < 99; i++) streamed(tuning, tuning._streamMs._get(), tuning._streamBytes._get(), T + HOUR);
    expect([tuning._streamBytes._get(), tuning._streamMs._get()]).toEqual([16 * MIB, 10 * MINUTE]);
  });
});

describe('Tuning answers', () => {
  it('begin at 16 KiB, have 48 once that came in time, and double with each full one up to 1 MiB', () => {
    const tuning = new Tuning();
    const sizes = [];
    for (let i = 0; i < 7; i++) {
      sizes.push(tuning.answerBytes / KIB);
      tuning.answered(tuning.answerBytes, 100, T);
    }
    expect(sizes).toEqual([16, 48, 96, 192, 384, 768, 1024]);
  });

  it('do not grow with small ones', () => {
    const tuning = new Tuning();
    for (let i = 0; i < 99; i++) tuning.answered(36 * KIB, 100, T);
    expect(tuning.answerBytes).toBe(48 * KIB);
  });

  it('shrink to 0.75 of where one was cut, and no further than 4 KiB', () => {
    const tuning = new Tuning();
    tuning._answer._cut(20_000, T);
    expect(tuning.answerBytes).toBe(15_000);
    tuning._answer._cut(1, T);
    expect(tuning.answerBytes).toBe(4 * KIB);
  });

  it('grow no more for a minute after a cut', () => {
    const tuning = new Tuning();
    tuning._answer._cut(20_000, T);
    tuning.answered(15_000, 100, T + MINUTE - 1);
    expect(tuning.answerBytes).toBe(15_000);
    tuning.answered(15_000, 100, T + MINUTE);
    expect(tuning.answerBytes).toBe(30_000);
  });

  it('grow no more for ten minutes when cut twice at about the same size', () => {
    const tuning = new Tuning();
    tuning._answer._cut(65_536, T);
    tuning._answer._cut(64_000, T + MINUTE);
    tuning.answered(48_000, 100, T + 11 * MINUTE - 1);
    expect(tuning.answerBytes).toBe(48_000);
    tuning.answered(48_000, 100, T + 11 * MINUTE);
    expect(tuning.answerBytes).toBe(96_000);
  });

  it('grow before their time when eight full ones came through', () => {
    const tuning = new Tuning();
    tuning._answer._cut(20_000, T);
    for (let i = 0; i < 7; i++) tuning.answered(15_000, 100, T);
    expect(tuning.answerBytes).toBe(15_000);
    tuning.answered(15_000, 100, T);
    expect(tuning.answerBytes).toBe(30_000);
  });

  it('lose one in ten at most where a proxy cuts them, and ever fewer', () => {
    const tuning = new Tuning();
    let cutCount = 0;
    for (let i = 0; i < 10_000; i++) {
      const bytes = tuning.answerBytes;
      if (bytes < 65_536) tuning.answered(bytes, 100, T);
      else {
        tuning._answer._cut(65_536, T);
        cutCount++;
      }
      expect(cutCount).toBeLessThanOrEqual(2 + i / 10);
    }
    expect(cutCount).toBeLessThanOrEqual(20);
  });

  it('are large again soon after a proxy that cut them has gone', () => {
    const tuning = new Tuning();
    for (let i = 0; i < 50; i++) tuning._answer._cut(Math.min(tuning.answerBytes, 5_000), T);
    let count = 0;
    for (; tuning.answerBytes < MIB; count++) tuning.answered(tuning.answerBytes, 100, T);
    expect(count).toBeLessThan(100);
  });

  it('take no more than 5 s on a slow path', () => {
    const tuning = new Tuning();
    tuning.answered(48 * KIB, 24_000, T);
    expect(tuning.answerBytes).toBe(10 * KIB);
  });
});

describe('Tuning bodies and parts', () => {
  it('begin at 16 KiB and are what leaves in 5 s as soon as one has arrived', () => {
    const tuning = new Tuning();
    expect([tuning.bodyBytes, tuning.partBytes]).toEqual([16 * KIB, 16 * KIB]);
    // A small one tells nothing of a link that needs less than its round trip.
    tuning.sent(300, 150);
    expect(tuning.bodyBytes).toBe(16 * KIB);
    tuning.sent(16 * KIB, 2500);
    expect(tuning.bodyBytes).toBe(32 * KIB);
  });

  it('are 48 KiB at most at first and double with each full one, up to what is allowed before the server has spoken and then by the server', () => {
    const tuning = new Tuning();
    tuning.sent(16 * KIB, 1);
    expect([tuning.bodyBytes, tuning.partBytes]).toEqual([48 * KIB, 24 * KIB]);
    tuning._body._passed(48 * KIB, T);
    expect([tuning.bodyBytes, tuning.partBytes]).toEqual([64 * KIB, 32 * KIB]);
    tuning._body._most = 10 * MIB;
    for (let i = 0; i < 8; i++) tuning._body._passed(tuning.bodyBytes, T);
    expect([tuning.bodyBytes, tuning.partBytes]).toEqual([10 * MIB, 64 * KIB]);
  });

  it('are no larger than what leaves in 5 s', () => {
    const tuning = new Tuning();
    tuning.sent(48 * KIB, 12_000);
    expect(tuning.bodyBytes).toBe(20 * KIB);
    tuning.sent(20 * KIB, 1_000);
    expect(tuning.bodyBytes).toBe(48 * KIB);
  });

  it('halve when refused, and are 1 KiB at least', () => {
    const tuning = new Tuning();
    tuning._hold._most = 20_000;
    tuning._body._most = MIB;
    tuning.sent(MIB, 100);
    tuning.bodyRefused(80 * KIB, T);
    expect([tuning._body._get(), tuning.partBytes]).toEqual([40 * KIB, 20 * KIB]);
    tuning.bodyRefused(1, T);
    expect([tuning._body._get(), tuning.partBytes]).toEqual([KIB, KIB]);
  });

  it('keep what was learned when the server repeats its limits', () => {
    const tuning = new Tuning();
    tuning._hold._most = 20_000;
    tuning._body._most = MIB;
    tuning.bodyRefused(80 * KIB, T);
    tuning._hold._cut(10_000, T);
    tuning._hold._most = 20_000;
    tuning._body._most = MIB;
    expect([tuning._body._get(), tuning._hold._get()]).toEqual([40 * KIB, 7_000]);
  });

  it('double again with each full one, a minute after the first refusal and ten after a second at that size', () => {
    const tuning = new Tuning();
    tuning._hold._most = 20_000;
    tuning._body._most = MIB;
    tuning.bodyRefused(80 * KIB, T);
    tuning._body._passed(40 * KIB, T + MINUTE - 1);
    expect(tuning._body._get()).toBe(40 * KIB);
    tuning._body._passed(40 * KIB, T + MINUTE);
    expect(tuning._body._get()).toBe(80 * KIB);
    tuning.bodyRefused(80 * KIB, T + 2 * MINUTE);
    tuning._body._passed(40 * KIB, T + 12 * MINUTE - 1);
    expect(tuning._body._get()).toBe(40 * KIB);
    tuning._body._passed(40 * KIB, T + 12 * MINUTE);
    expect(tuning._body._get()).toBe(80 * KIB);
  });

  it('pass at once where 64 KB do, however large the one that was refused', () => {
    const tuning = new Tuning();
    tuning._hold._most = 20_000;
    tuning._body._most = MIB;
    tuning.bodyRefused(MIB, T);
    expect(tuning._body._get()).toBe(48 * KIB);
  });

  it('keep a part to what leaves in 5 s', () => {
    const tuning = new Tuning();
    tuning._hold._most = 20_000;
    tuning._body._most = MIB;
    tuning.sent(100 * KIB, 50_000);
    expect(tuning.partBytes).toBe(10 * KIB);
    tuning.sent(10 * KIB, 10_000);
    expect(tuning.partBytes).toBe(5 * KIB);
    tuning.sent(3 * KIB, 10_000);
    expect(tuning.partBytes).toBe(1.5 * KIB);
    tuning.sent(2 * KIB, 100_000);
    expect(tuning.partBytes).toBe(KIB);
  });

  it('take latency for no slowness', () => {
    const tuning = new Tuning();
    tuning._body._most = MIB;
    tuning.sent(MIB, 100);
    while (tuning.bodyBytes < MIB) tuning._body._passed(tuning.bodyBytes, T);
    tuning.sent(50, 1_500);
    tuning.sent(50, 4_500);
    expect(tuning.partBytes).toBe(64 * KIB);
    tuning.sent(100 * KIB, 50_000);
    tuning.sent(50, 1_500);
    expect(tuning.partBytes).toBe(10 * KIB);
  });

  it('grow at once when it goes faster again', () => {
    const tuning = new Tuning();
    tuning._body._most = MIB;
    tuning.sent(MIB, 100);
    while (tuning.bodyBytes < MIB) tuning._body._passed(tuning.bodyBytes, T);
    tuning.sent(100 * KIB, 500_000);
    tuning.sent(KIB, 100);
    expect(tuning.partBytes).toBe(50 * KIB);
    tuning.sent(KIB, 0);
    expect(tuning.partBytes).toBe(64 * KIB);
  });
});

describe('Tuning in any sequence of events', () => {
  it('stays within its bounds, in whole numbers', () => {
    const anySize = fc.oneof(fc.nat({ max: 20 * MIB }), fc.nat({ max: 5000 }));
    const anyMs = fc.oneof(
      fc.nat({ max: 15 * MINUTE }),
      fc.nat({ max: 5000 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
    );
    const anyEvent = fc.tuple(fc.nat({ max: 7 }), anySize, anyMs, fc.nat({ max: 5 * MINUTE }));
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 100 }), (events) => {
        const tuning = new Tuning();
        tuning._hold._most = 25_000;
        tuning._body._most = 2 * MIB;
        let now = T;
        for (const [kind, bytes, ms, waitMs] of events) {
          now += waitMs;
          [
            () => tuning._hold._cut(ms, now),
            () => tuning._hold._passed(ms, now),
            () => tuning.streamCut(ms, bytes, now),
            () => streamed(tuning, ms, bytes, now),
            () => tuning._answer._cut(bytes, now),
            () => tuning.answered(bytes, ms, now),
            () => tuning.bodyRefused(bytes, now),
            () => {
              tuning.sent(bytes, ms);
              tuning._body._passed(bytes, now);
            },
          ][kind]?.();
          for (const [value, least, most] of [
            [tuning._hold._get(), 1_000, 25_000],
            [tuning._streamMs._get(), 1_000, 10 * MINUTE],
            [tuning._streamBytes._get(), 4 * KIB, 16 * MIB],
            [tuning.answerBytes, KIB, MIB],
            [tuning._body._get(), KIB, 2 * MIB],
            [tuning.partBytes, KIB, 64 * KIB],
          ] as const) {
            expect(Number.isInteger(value) && value >= least && value <= most).toBe(true);
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});
