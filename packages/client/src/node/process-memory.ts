import type { Memory } from '@holdfast/protocol';
import { originOf } from '../transport-memory.js';

/** A process that talks to more servers forgets the oldest. */
const MAX_ORIGINS = 100;

const remembered = new Map<string, string>();

/** Remembers, while the process lives, which transport worked with a server. */
export function processMemory(url: string): Memory {
  const origin = originOf(url);
  return {
    load: () => remembered.get(origin) ?? null,
    save(value) {
      remembered.delete(origin);
      remembered.set(origin, value);
      for (const oldest of remembered.keys()) {
        if (remembered.size <= MAX_ORIGINS) break;
        remembered.delete(oldest);
      }
    },
  };
}
