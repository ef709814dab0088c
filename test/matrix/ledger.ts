import type { Data } from '@holdfast/protocol';

/** What went wrong between a sender's list of messages and a receiver's. */
export interface Discrepancy {
  readonly lost: number;
  readonly duplicated: number;
  readonly outOfOrder: number;
}

/** Nothing did. */
export const NOTHING_WRONG: Discrepancy = { lost: 0, duplicated: 0, outOfOrder: 0 };

/** Compares by kind and content, byte for byte. */
export function compare(sent: readonly Data[], received: readonly Data[]): Discrepancy {
  const left = new Map<string, number>();
  const sentKeys = sent.map(keyOf);
  for (const key of sentKeys) left.set(key, (left.get(key) ?? 0) + 1);
  let duplicated = 0;
  const firsts: string[] = [];
  for (const key of received.map(keyOf)) {
    const count = left.get(key) ?? 0;
    if (count === 0) duplicated++;
    else {
      left.set(key, count - 1);
      firsts.push(key);
    }
  }
  const lost = [...left.values()].reduce((sum, count) => sum + count, 0);
  return {
    lost,
    duplicated,
    outOfOrder: lost === 0 ? firsts.filter((key, index) => key !== sentKeys[index]).length : 0,
  };
}

function keyOf(data: Data): string {
  return typeof data === 'string' ? `text ${data}` : `bytes ${Buffer.from(data).toString('latin1')}`;
}
