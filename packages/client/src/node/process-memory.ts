import type { Memory, Remembered } from '@holdfast/protocol';

/** A process that talks to more servers forgets the oldest. */
const MAX_ORIGINS = 100;

const remembered = new Map<string, Remembered>();

/** Remembers, while the process lives, which transport worked with a server. */
export function processMemory(origin: string): Memory {
  return {
    load: () => remembered.get(origin),
    save(value) {
      remembered.delete(origin);
      remembered.set(origin, value);
      if (remembered.size <= MAX_ORIGINS) return;
      const [oldest = ''] = remembered.keys();
      remembered.delete(oldest);
    },
  };
}
