import { cpus, loadavg } from 'node:os';
import { abbreviate, duration, type Grid, type GridCell } from './grid.js';

/** What both kinds of report say in the same words. */

/** What a report is made of. */
export interface ReportContext {
  readonly grid: Grid;
  /** The mechanism that was broken on purpose, in words. */
  readonly fault: string | null;
  /** The one transport that was allowed. */
  readonly transport: string | null;
  /** How to make the same report. */
  readonly command: string;
}

/** `212 of 214 cells are as they must be.` */
export function summaryOf({ grid }: ReportContext): string {
  const badCount = grid.bad.length;
  const { length } = grid.cells;
  const counts = `${length - badCount} of ${length} cells are as they must be`;
  if (badCount > 0) return `${counts}; the others are listed below.`;
  return `${counts}: each got through, on the best transport that its engine and network allow, with nothing lost, duplicated or out of order.`;
}

/** Whether the machine had time for it, as far as that is known when the report is made. */
export function loadOf(): string {
  const [, , load = 0] = loadavg();
  return `In the quarter of an hour before this was written the load average was ${load.toFixed(0)}, on ${cpus().length} cores; cells that ran earlier may have had another. On a machine that does other work as well counts are what they are, but times are longer than they would be.`;
}

/** How to read a cell. */
export const LEGEND: readonly string[] = [
  'Rows are real engines, and profiles: an engine that a script has broken before the page ran, so that it lacks what an older one lacks. Columns are networks: real middleboxes in one configuration each, and a hostile proxy of our own.',
  'A cell: which transport carried the session in the end (WS: WebSocket, ST: HTTP streaming, LP: long polling, PO: polling), the time to the first echo (median of three sessions), and messages lost / duplicated / out of order, both directions together. ✓ is as it must be; ✗ is not, and is explained below the tables.',
  'In each cell the page and the server send numbered text and binary messages, ten a second each way, with three bursts, one of them with a message of 300 KB; content is compared byte for byte, and the session is closed gracefully by the page. Where the network swaps answers or keeps them, a second page does the same at the same time by long polling, and nothing of one session may turn up in the other: both are counted.',
  'Each cell shows its last run. Those that were not as they must be may have been run again, later and with later code, while those that were have not: what goes wrong only now and then can be missing here. Cells without a result are empty.',
];

/** `✓ WS`, `12 ms`, `0/0/0`. */
export function linesOf({ verdict, result }: GridCell): readonly [head: string, time: string, counts: string] {
  const mark = verdict.isGood ? '✓' : '✗';
  if (result.best === 'nothing') return [`${mark} none`, 'says so', ''];
  return [
    `${mark} ${abbreviate(verdict.transport)}`,
    duration(verdict.firstEchoMs),
    `${verdict.lost}/${verdict.duplicated}/${verdict.outOfOrder}`,
  ];
}

/** What is wrong with a cell. */
export function faultsIn({ verdict }: GridCell): string {
  return [...verdict.faults, ...verdict.delays].join(' ');
}

/** `2026-11-20`, or from when to when. */
export function daysOf(grid: Grid): string {
  return grid.days().join(' to ');
}
