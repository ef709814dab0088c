import type { ClientSession } from '@holdfast/protocol';
import type { CellConfig, ReloadResult } from './cell-config.js';
import { now } from './clock.js';

/** So long is waited for an echo. */
const PROBE_MS = 12_000;

/** Measures the first echo of so many new sessions, one after the other; with the memory of the sessions before them only if it says so. */
export function probe(
  connect: (url: string, options: object) => ClientSession,
  config: CellConfig,
  count: number,
  done: (echoesMs: (number | null)[], last: ReloadResult) => void,
  memory = false,
): void {
  const echoes: (number | null)[] = [];
  let last: ReloadResult = { firstAttempt: '', carriedBy: '', echoMs: null };
  const next = (): void => {
    if (echoes.length >= count) {
      done(echoes, last);
      return;
    }
    const startedAt = now();
    let firstAttempt = '';
    let isOver = false;
    const session = connect(config.endpoint, {
      ...config.options,
      memory,
      trace(event: string, detail?: unknown) {
        if (event === 'attempt' && firstAttempt === '') {
          firstAttempt = (detail as { transport: string }).transport;
        }
      },
    });
    const finish = (echoMs: number | null): void => {
      if (isOver) return;
      isOver = true;
      clearTimeout(guard);
      last = { firstAttempt, carriedBy: session.transport ?? 'none', echoMs };
      echoes.push(echoMs);
      // What still has to tell the server that it ends would be in the way of the next one.
      session.on('close', () => setTimeout(next, 100));
      session.close(1000, 'probed');
    };
    const guard = setTimeout(() => finish(null), PROBE_MS);
    session.on('message', () => finish(now() - startedAt));
    session.send('probe');
  };
  next();
}
