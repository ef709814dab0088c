import type { RunningEngine } from '../engines/engine.js';
import { runCell, type CellSurroundings, type CellWork } from './cell.js';
import type { CellResult } from './result.js';
import type { Row } from './row.js';

/** Runs the cells of one row, so many at a time, the longest first; its engine runs as long as that takes. */
export async function runRow(
  row: Row,
  cells: readonly CellWork[],
  surroundings: CellSurroundings,
  parallelCount: number,
  done: (result: CellResult) => void,
): Promise<void> {
  const waiting = [...cells].sort((a, b) => lengthOf(b) - lengthOf(a));
  const holder = new EngineHolder(row);
  const work = async (): Promise<void> => {
    for (;;) {
      const cell = waiting.shift();
      if (!cell) return;
      done(await runCell(cell, await holder.get(), surroundings));
    }
  };
  try {
    await Promise.all(Array.from({ length: parallelCount }, work));
  } finally {
    await holder.stop();
  }
}

function lengthOf({ column }: CellWork): number {
  return (column.seconds ?? 0) * 1000 + (column.drainMs ?? 0);
}

class EngineHolder {
  readonly #row: Row;
  #running: Promise<RunningEngine> | undefined;

  constructor(row: Row) {
    this.#row = row;
  }

  get(): Promise<RunningEngine> {
    this.#running ??= this.#row.engine.start();
    return this.#running;
  }

  async stop(): Promise<void> {
    await (await this.#running)?.stop();
  }
}
