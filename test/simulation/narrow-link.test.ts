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

const SMALL_BUFFERS = 32_768;
const DEEP_BUFFERS = 2_000_000;

describe.each([2, 4, 8, 16])('a link of %i KB/s that everything shares', (bytesPerMs) => {
  const expectAll = (more: Pick<NarrowLink, 'kernelBytes' | 'isBlind' | 'transports'>): void => {
    for (const [seed, latencyMs] of [
      [1, 20],
      [2, 300],
    ] as const) {
      const outcome = runNarrow({ seed, bytesPerMs, latencyMs, ...more });
      expect(outcome).toMatchObject({ isInOrder: true, resets: 0 });
      expect(outcome.doneMs).toBeLessThan((2.5 * CONTENT_BYTES) / bytesPerMs);
      expect(outcome.lostTransports).toBeLessThanOrEqual(2);
      // Nothing is carried twice but what was under way on a transport that was lost.
      expect(outcome.effort.up).toBeLessThan(1.25);
      expect(outcome.effort.down).toBeLessThan(1.6);
    }
  };

  describe.each(SETS.map((transports) => [transports.join(', '), transports] as const))(
    'by %s',
    (_names, transports) => {
      it.each([
        ['small', SMALL_BUFFERS],
        ['deep', DEEP_BUFFERS],
      ])('takes everything through in time with %s buffers', (_name, kernelBytes) => {
        expectAll({ kernelBytes, isBlind: false, transports });
      });

      // Below, an answer to an attach alone takes longer than silence is waited for.
      if (bytesPerMs < 4) return;
      it('takes everything through in time where an engine shows nothing of an answer before its end', () => {
        expectAll({ kernelBytes: DEEP_BUFFERS, isBlind: true, transports });
      });
    },
  );
});
