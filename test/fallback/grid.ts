import { bestOf } from './cell.js';
import type { Column } from './column.js';
import type { CellResult } from './result.js';
import type { Row } from './row.js';
import { isForcedInVain, judge, type Verdict } from './verdict.js';

/** A cell that has been run. */
export interface GridCell {
  readonly row: Row;
  readonly column: Column;
  readonly result: CellResult;
  readonly verdict: Verdict;
}

/** A table of columns that belong together. */
export interface Group {
  readonly name: string;
  readonly columns: readonly Column[];
}

/** All that a report shows. */
export class Grid {
  readonly rows: readonly Row[];
  readonly groups: readonly Group[];
  readonly cells: readonly GridCell[];
  readonly #byPlace: ReadonlyMap<string, GridCell>;

  /** Rows and columns without a result are left out. */
  constructor(rows: readonly Row[], columns: readonly Column[], results: readonly CellResult[]) {
    const cells: GridCell[] = [];
    for (const result of results) {
      const row = rows.find(({ name }) => name === result.row);
      const column = columns.find(({ box }) => box.name === result.column);
      if (!row || !column) continue;
      // What can be expected is known better now than when it was run, perhaps.
      const current = { ...result, best: bestOf(row, column, result.transport) };
      cells.push({ row, column, result: current, verdict: judge(current, column) });
    }
    this.cells = cells;
    this.#byPlace = new Map(cells.map((cell) => [`${cell.row.name} ${cell.column.box.name}`, cell]));
    this.rows = rows.filter((row) => cells.some((cell) => cell.row === row));
    const shown = columns.filter((column) => cells.some((cell) => cell.column === column));
    this.groups = [...new Set(shown.map(({ group }) => group))].map((name) => ({
      name,
      columns: shown.filter(({ group }) => group === name),
    }));
  }

  at(row: Row, column: Column): GridCell | null {
    return this.#byPlace.get(`${row.name} ${column.box.name}`) ?? null;
  }

  /** Cells that are not as they must be, in the order of the tables. */
  get bad(): GridCell[] {
    return this.groups.flatMap(({ columns }) =>
      this.rows.flatMap((row) =>
        columns.flatMap((column) => {
          const cell = this.at(row, column);
          return cell && !cell.verdict.isGood && !isForcedInVain(cell.result) ? [cell] : [];
        }),
      ),
    );
  }

  /** What was measured, by name: engines and boxes with their versions. */
  versions(): { readonly engines: readonly string[]; readonly boxes: readonly string[] } {
    const unique = (values: string[]): string[] => [...new Set(values)].filter((value) => value !== '').sort();
    return {
      engines: unique(this.cells.map(({ result }) => result.engineVersion)),
      boxes: unique(this.cells.map(({ result }) => result.boxVersion)),
    };
  }

  /** First and last day on which a cell was run. */
  days(): readonly string[] {
    const days = this.cells.map(({ result }) => result.ranAt.slice(0, 10)).sort();
    return [...new Set([days[0] ?? '', days.at(-1) ?? ''])];
  }
}

/** `WS`, `ST`, `LP`, `PO`; `--` for none. */
export function abbreviate(transport: string): string {
  const names: Readonly<Record<string, string>> = {
    websocket: 'WS',
    streaming: 'ST',
    'long-polling': 'LP',
    polling: 'PO',
  };
  return names[transport] ?? '--';
}

/** `12 ms`, `1.2 s`, `-`. */
export function duration(ms: number | null): string {
  if (ms === null) return '-';
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** A column's name, as short as it is unique. */
export function shortName({ box }: Column): string {
  return box.name.replace(/^hostile-/, '');
}
