import { describe, expect, it } from 'vitest';
import { runNarrow, type NarrowLink } from './narrow-link.js';

const SETS: readonly NarrowLink['transports'][] = [
  ['streaming', 'long-polling', 'polling'],
  ['streaming'],
  ['long-polling'],
  ['polling'],
];

/** Content alone is 320 KB each way, binary as base64: what it takes if nothing is sent twice, and nothing waits. */
const CONTENT_BYTES = 450_000;

describe.each([2, 4, 8, 16])('a link of %i KB/s that everything shares', (bytesPerMs) => {
  describe.each([
    ['small', 32_768],
    ['deep', 2_000_000],
  ])('with %s buffers', (_name, kernelBytes) => {
    it.each(SETS.map((transports) => [transports.join(', '), transports] as const))(
      'takes everything through in time by %s',
      (_names, transports) => {
        for (const [seed, latencyMs] of [
          [1, 20],
          [2, 300],
        ] as const) {
          const outcome = runNarrow({ seed, bytesPerMs, latencyMs, kernelBytes, transports });
          expect(outcome).toMatchObject({ isInOrder: true, resets: 0 });
          expect(outcome.doneMs).toBeLessThan((2.5 * CONTENT_BYTES) / bytesPerMs);
          expect(outcome.lostTransports).toBeLessThanOrEqual(2);
          // Nothing is carried twice but what was under way on a transport that was lost.
          expect(outcome.effort.up).toBeLessThan(1.25);
          expect(outcome.effort.down).toBeLessThan(1.6);
        }
      },
    );
  });
});
