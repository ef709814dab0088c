import type { Aim, Column } from './column.js';
import { duration, type Grid, type GridCell } from './grid.js';
import { median } from './verdict.js';

/** What a column's cells say of how a transport is chosen, over all engines. */
export interface Proof {
  readonly column: Column;
  readonly firstEchoMs: number | null;
  readonly slowestFirstEcho: GridCell | null;
  readonly bestAfterMs: number | null;
  readonly latestMs: number | null;
  readonly latest: GridCell | null;
  readonly reloadEchoMs: number | null;
  readonly aims: readonly { readonly aim: Aim; readonly isMet: boolean; readonly words: string }[];
}

const FIRST_ECHO_MS = 300;
const GAP_MS = 1000;
const RESTORED_MS = 60_000;

/** One for each column with a result. */
export function proofs(grid: Grid): Proof[] {
  return grid.groups.flatMap(({ columns }) => columns.map((column) => proofOf(grid, column)));
}

function proofOf(grid: Grid, column: Column): Proof {
  const cells = grid.cells.filter((cell) => cell.column === column);
  const reloads = cells.flatMap(({ result }) => (result.reload ? [result.reload.echoMs] : []));
  const known = (values: (number | null)[]): number[] => values.filter((value) => value !== null);
  const proof = {
    column,
    firstEchoMs: median(known(cells.map(({ verdict }) => verdict.firstEchoMs))),
    slowestFirstEcho: largest(cells, ({ verdict }) => verdict.firstEchoMs ?? 0),
    bestAfterMs: median(known(cells.map(({ verdict }) => verdict.bestAfterMs))),
    latestMs: median(cells.map(({ verdict }) => verdict.latestMs)),
    latest: largest(cells, ({ verdict }) => verdict.latestMs),
    reloadEchoMs: median(known(reloads)),
  };
  return { ...proof, aims: column.aims.map((aim) => ({ aim, ...meets(aim, cells, proof) })) };
}

function meets(
  aim: Aim,
  cells: readonly GridCell[],
  proof: Omit<Proof, 'aims'>,
): { readonly isMet: boolean; readonly words: string } {
  const count = (isGood: (cell: GridCell) => boolean): string =>
    `${cells.filter(isGood).length} of ${cells.length} engines`;
  switch (aim) {
    case 'first echo':
      return {
        isMet: (proof.firstEchoMs ?? Infinity) < FIRST_ECHO_MS,
        words: `under 300 ms in ${count(({ verdict }) => (verdict.firstEchoMs ?? Infinity) < FIRST_ECHO_MS)}`,
      };
    case 'no gap':
      return {
        isMet: (proof.latestMs ?? Infinity) < GAP_MS,
        words: `no message later than 1 s in ${count(({ verdict }) => verdict.latestMs < GAP_MS)}`,
      };
    case 'restored':
      return {
        isMet: cells.every(({ verdict }) => (verdict.bestAfterMs ?? Infinity) < RESTORED_MS),
        words: `used again within a minute in ${count(({ verdict }) => (verdict.bestAfterMs ?? Infinity) < RESTORED_MS)}`,
      };
  }
}

/** `12 ms`, and whose the largest was if that differs much. */
export function withLargest(medianMs: number | null, cell: GridCell | null, ms: number): string {
  return cell && ms > 2 * (medianMs ?? 0) && ms > 100
    ? `${duration(medianMs)} (${duration(ms)} in ${cell.row.name})`
    : duration(medianMs);
}

function largest(cells: readonly GridCell[], valueOf: (cell: GridCell) => number): GridCell | null {
  return cells.reduce<GridCell | null>((most, cell) => (most && valueOf(most) >= valueOf(cell) ? most : cell), null);
}
