import { Server } from '@holdfast/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engines } from '../engines/index.js';
import type { RunningEngine } from '../engines/engine.js';
import { SHORT_ENGINES } from '../engines/parts.mjs';
import { runCell } from './cell.js';
import { columns } from './columns.js';
import { Control } from './control.js';
import { Lock } from './lock.js';
import { makeRows } from './row.js';
import { makeScripts } from './scripts.js';
import { judge } from './verdict.js';

const NETWORKS = [
  'hostile-clean',
  'hostile-ws-refused',
  'hostile-ws-black-holed',
  'hostile-buffering',
  'hostile-ws-cut-2s',
].map((name) => {
  const column = columns.find(({ box }) => box.name === name);
  if (!column) throw new Error(`There is no column ${name}.`);
  return { name: column.box.title, column };
});

const rows = makeRows(engines).filter(({ engine, profile }) => profile === null && SHORT_ENGINES.includes(engine.name));

let control: Control;

beforeAll(async () => {
  control = await Control.start(await makeScripts());
});

afterAll(() => control.stop());

describe.each(rows)('a page in $title', (row) => {
  const lock = new Lock();
  let engine: RunningEngine;

  beforeAll(async () => {
    engine = await row.engine.start();
  });

  afterAll(() => engine.stop());

  it.concurrent.each(NETWORKS)(
    'gets through, and loses, repeats and misplaces nothing: $name',
    async ({ column }) => {
      const work = { row, column, transport: null, seconds: 5, isTelling: false };
      const result = await runCell(work, engine, { control, Server, lock });
      const { faults, transport, lost, duplicated, outOfOrder } = judge(result, column);
      expect({ faults, lost, duplicated, outOfOrder }).toEqual({ faults: [], lost: 0, duplicated: 0, outOfOrder: 0 });
      expect(transport).toBe(column.box.best);
    },
    120_000,
  );
});
