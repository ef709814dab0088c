import { describe, expect, it } from 'vitest';
import { engines } from '../engines/index.js';
import { bestOf } from './cell.js';
import { columns } from './columns.js';
import { makeRows } from './row.js';

const rows = makeRows(engines);

function best(rowName: string, columnName: string): string {
  const row = rows.find(({ name }) => name === rowName);
  const column = columns.find(({ box }) => box.name === columnName);
  if (!row || !column) throw new Error(`There is no cell ${rowName} x ${columnName}.`);
  return bestOf(row, column, null);
}

describe('what is expected of a cell', () => {
  it.each([
    ['chromium', 'hostile-clean', 'websocket'],
    ['chromium', 'privoxy', 'websocket'],
    ['android-4', 'privoxy', 'streaming'],
    ['ie8-9', 'hostile-clean', 'streaming'],
    ['ie8-9', 'hostile-bare-headers', 'long-polling'],
    ['presto', 'hostile-bare-headers', 'streaming'],
    ['presto', 'privoxy', 'long-polling'],
    ['jsonp-only', 'hostile-clean', 'long-polling'],
    ['jsonp-only', 'hostile-script', 'nothing'],
    ['android-4', 'mitmproxy', 'long-polling'],
  ])('%s behind %s: %s', (row, column, expected) => {
    expect(best(row, column)).toBe(expected);
  });

  it('names boxes that there are', () => {
    const names = columns.map(({ box }) => box.name);
    const named = rows.flatMap(({ profile }) => [...(profile?.stoppedBy ?? []), ...(profile?.noStreamsThrough ?? [])]);
    expect(named.filter((name) => !names.includes(name))).toEqual([]);
    expect(named.length).toBeGreaterThan(0);
  });
});
