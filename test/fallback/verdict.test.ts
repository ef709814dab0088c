import { describe, expect, it } from 'vitest';
import type { Best } from '../boxes/box.js';
import type { Column } from './column.js';
import { columns } from './columns.js';
import type { PageResult } from './page/cell-config.js';
import type { Count } from './page/tally.js';
import type { CellResult, SessionResult } from './result.js';
import { judge } from './verdict.js';

const COUNT: Count = {
  planned: 2,
  received: 2,
  duplicated: 0,
  outOfOrder: 0,
  foreign: 0,
  damaged: 0,
  latestMs: 5,
  notes: [],
};

const PAGE: PageResult = {
  isReloading: false,
  clock: 'Date.now',
  isHidden: false,
  echoesMs: [10],
  transports: [],
  resets: [],
  problems: [],
  problemCount: 0,
  attempts: [],
  attemptCount: 1,
  down: COUNT,
  sentCount: 2,
  closeCode: 1000,
  unconfirmedCount: 0,
  longestAnswer: 0,
  errors: [],
  story: [],
};

/** A session that went well, and was carried by these, one after the other. */
function session(transports: readonly string[], down: Partial<Count> = {}): SessionResult {
  return {
    page: { ...PAGE, transports: transports.map((what, atMs) => ({ atMs, what })), down: { ...COUNT, ...down } },
    server: {
      up: COUNT,
      sentCount: 2,
      sessionCount: 1,
      ghostCount: 0,
      closeCodes: [1000],
      unconfirmedCount: 0,
    },
    failure: null,
    lastReport: null,
  };
}

function column(name: string): Column {
  const found = columns.find(({ box }) => box.name === name);
  if (!found) throw new Error(`There is no column ${name}.`);
  return found;
}

function cell(best: Best, first: SessionResult, second?: SessionResult): CellResult {
  return {
    ...first,
    row: 'chromium',
    column: '',
    transport: null,
    ranAt: '',
    engineVersion: '',
    boxVersion: '',
    seconds: 1,
    best,
    reload: null,
    ...(second && { second }),
  };
}

describe('judge', () => {
  const REFUSED = column('hostile-ws-refused');
  const SWAPPED = column('hostile-swapped');

  it('is content with a session that ends on what lives best', () => {
    expect(judge(cell('streaming', session(['long-polling', 'streaming'])), REFUSED)).toMatchObject({
      isGood: true,
      transport: 'streaming',
      bestAfterMs: 1,
    });
  });

  it.each([
    ['long-polling', 'It ended on long-polling; streaming should do here.'],
    ['websocket', 'It ended on websocket, which should not live here.'],
  ])('finds fault with an end on %s where streaming is the best', (transport, words) => {
    expect(judge(cell('streaming', session(['streaming', transport])), REFUSED).faults).toEqual([words]);
  });

  it('lets what is better live for a moment', () => {
    expect(judge(cell('streaming', session(['websocket', 'none', 'streaming'])), REFUSED).faults).toEqual([]);
  });

  it('wants a second session where answers are swapped', () => {
    expect(judge(cell('streaming', session(['streaming'])), SWAPPED).faults).toEqual(['Only one session spoke.']);
    expect(judge(cell('streaming', session(['streaming']), session(['long-polling'])), SWAPPED).faults).toEqual([]);
  });

  it('finds fault with what turns up in the other session, and counts what either has lost', () => {
    const first = session(['streaming'], { foreign: 1 });
    const second = session(['long-polling'], { received: 1 });
    expect(judge(cell('streaming', first, second), SWAPPED)).toMatchObject({
      faults: ["Cross-talk: 1 of the other session's messages.", 'Second session: 1 lost (0 up, 1 down).'],
      foreign: 1,
      lost: 1,
    });
  });
});
