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
  // What was under way when a stream that lags was given up is in deep buffers, and takes its time.
  const mostDown = bytesPerMs < 4 ? 2.2 : 1.6;
  const expectAll = (more: Pick<NarrowLink, 'kernelBytes' | 'sight' | 'transports'>): void => {
    for (const [seed, latencyMs] of [
      [1, 20],
      [2, 300],
    ] as const) {
      const outcome = runNarrow({ seed, bytesPerMs, latencyMs, ...more });
      expect(outcome).toMatchObject({ isInOrder: true, resets: 0 });
      expect(outcome.doneMs).toBeLessThan((2.8 * CONTENT_BYTES) / bytesPerMs);
      expect(outcome.lostTransports).toBeLessThanOrEqual(2);
      // Nothing is carried twice but what was under way on a transport that was lost.
      expect(outcome.effort.up).toBeLessThan(1.3);
      expect(outcome.effort.down).toBeLessThan(mostDown);
    }
  };

  describe.each(SETS.map((transports) => [transports.join(', '), transports] as const))(
    'by %s',
    (_names, transports) => {
      it.each([
        ['small buffers', SMALL_BUFFERS],
        ['deep buffers', DEEP_BUFFERS],
      ] as const)('takes everything through in time with %s', (_name, kernelBytes) => {
        expectAll({ kernelBytes, sight: 'all', transports });
      });
    },
  );

  // Alone these two wait 7 s, beyond the hold, for an answer that shows nothing: 16 KB take longer at 2 KB/s.
  const blindSets = SETS.filter(([first, second]) => bytesPerMs >= 4 || second !== undefined || first === 'polling');
  it.each(blindSets.map((transports) => [transports.join(', '), transports] as const))(
    'takes everything through by %s in an engine that shows nothing of an answer before its end',
    (_names, transports) => {
      expectAll({ kernelBytes: DEEP_BUFFERS, sight: 'streams', transports });
    },
  );

  // A form and a script for each exchange take twice the round trips.
  const formSets = bytesPerMs < 4 ? [] : SETS.filter((transports) => !transports.includes('streaming'));
  it.each(formSets.map((transports) => [transports.join(', '), transports] as const))(
    'takes everything through by forms and scripts, %s',
    (_names, transports) => {
      expectAll({ kernelBytes: DEEP_BUFFERS, sight: 'none', transports });
    },
  );
});
