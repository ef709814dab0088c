import type { ClientSession } from '@holdfast/protocol';
import type { Trace } from './browser-environment.js';

/** Tells a trace what the application is told, messages excepted: the core traces only what goes on beneath. */
export function traceSession(session: ClientSession, trace: Trace | undefined): void {
  if (trace) {
    for (const name of ['open', 'transport', 'problem', 'drain', 'reset', 'close'] as const) {
      session.on(name, (detail) => trace(name, detail));
    }
  }
}
