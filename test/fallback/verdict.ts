import type { Best } from '../boxes/box.js';
import type { Column } from './column.js';
import type { Count } from './page/tally.js';
import type { Moment } from './page/cell-config.js';
import type { CellResult, SessionResult } from './result.js';

/** What is concluded from a {@link CellResult}. */
export interface Verdict {
  readonly isGood: boolean;
  /** What is not as it must be, in words; empty if all is well. */
  readonly faults: readonly string[];
  /** What took far too long: not the fault of the product on a machine that has too much to do. */
  readonly delays: readonly string[];
  /** Which transport carried the session in the end. */
  readonly transport: string;
  /** Median of the cell's own session and its probes. */
  readonly firstEchoMs: number | null;
  /** When the best transport that box and engine allow first carried the session. */
  readonly bestAfterMs: number | null;
  readonly lost: number;
  readonly duplicated: number;
  readonly outOfOrder: number;
  /** Turned up in another session than their own. */
  readonly foreign: number;
  readonly damaged: number;
  /** The latest message, either way. */
  readonly latestMs: number;
  readonly reconnectionCount: number;
}

const LADDER: readonly string[] = ['websocket', 'streaming', 'long-polling', 'polling'];
/** Not the aim, which is judged over all cells of a column: what takes as long has not been chosen, it was waited for. */
const WAITED_FOR_MS = 5000;
/** Streams by XMLHttpRequest begin anew after 256 KB: padding and the last part on top. */
const MOST_CUTS = 2;
const LONGEST_ANSWER = 300_000;

/** Judges a cell of a column. */
export function judge(result: CellResult, column: Column): Verdict {
  const { best, second } = result;
  const measures = measure(result, best);
  const faults = [...faultsOfSession(result, measures, best, column), ...faultsOfReload(result)];
  const { firstEchoMs } = measures;
  const delays =
    firstEchoMs !== null && firstEchoMs > WAITED_FOR_MS ? [`The first echo took ${Math.round(firstEchoMs)} ms.`] : [];
  const bestOfSecond = best === 'nothing' ? best : 'long-polling';
  const others = second && measure(second, bestOfSecond);
  if (others) {
    const faultsOfSecond = faultsOfSession(second, others, bestOfSecond, column);
    faults.push(...faultsOfSecond.map((words) => `Second session: ${words}`));
  } else if (column.isShared) faults.push('Only one session spoke.');
  const isGood = faults.length + delays.length === 0;
  return { ...(others ? together(measures, others) : measures), faults, delays, isGood };
}

function measure({ page, server }: SessionResult, best: Best): Measures {
  const up = server?.up ?? null;
  const down = page?.down ?? null;
  const sum = (what: What): number => (up?.[what] ?? 0) + (down?.[what] ?? 0);
  const carried = page?.transports.filter(({ what }) => what !== 'none') ?? [];
  return {
    transport: carried.at(-1)?.what ?? 'none',
    firstEchoMs: median(page?.echoesMs ?? []),
    bestAfterMs: carried.find(({ what }) => what === best)?.atMs ?? null,
    lost: missing(up) + missing(down),
    duplicated: sum('duplicated'),
    outOfOrder: sum('outOfOrder'),
    foreign: sum('foreign'),
    damaged: sum('damaged'),
    latestMs: Math.max(up?.latestMs ?? 0, down?.latestMs ?? 0),
    reconnectionCount: page?.transports.filter(({ what }) => what === 'none').length ?? 0,
  };
}

/** Counts of both sessions; times and transport are the first one's. */
function together(first: Measures, second: Measures): Measures {
  return {
    ...first,
    lost: first.lost + second.lost,
    duplicated: first.duplicated + second.duplicated,
    outOfOrder: first.outOfOrder + second.outOfOrder,
    foreign: first.foreign + second.foreign,
    damaged: first.damaged + second.damaged,
  };
}

/** Was this cell asked for a transport that its box doesn't let live? Then it need not get through. */
export function isForcedInVain(result: CellResult): boolean {
  return result.transport !== null && !isAtLeast(result.best, result.transport);
}

type Measures = Omit<Verdict, 'faults' | 'delays' | 'isGood'>;
type What = 'duplicated' | 'outOfOrder' | 'foreign' | 'damaged';

function faultsOfSession(session: SessionResult, measures: Measures, best: Best, column: Column): string[] {
  if (best === 'nothing') return faultsWithoutPath(session, measures);
  const { page, server, failure } = session;
  if (!page) return [failure ?? 'The page did not come to its end.'];
  const faults = failure === null ? [] : [failure];
  const add = (isFault: boolean, words: string): void => {
    if (isFault) faults.push(words);
  };
  const { lost, duplicated, outOfOrder, foreign, damaged, firstEchoMs, transport } = measures;
  add(page.echoesMs[0] === null, `No echo: it did not get through. ${page.problems[0]?.what ?? ''}`);
  if (page.echoesMs[0] === null) return faults;
  add(lost > 0, `${lost} lost (${missing(server?.up ?? null)} up, ${missing(page.down)} down).`);
  add(duplicated > 0, `${duplicated} duplicated.`);
  add(outOfOrder > 0, `${outOfOrder} out of order.`);
  add(foreign > 0, crossTalk(foreign));
  add(damaged > 0, `${damaged} damaged.`);
  for (const note of [...(server?.up.notes ?? []), ...page.down.notes]) faults.push(note);
  for (const { atMs, what } of page.resets) faults.push(`Session reset at ${atMs} ms: ${what}.`);
  add(page.closeCode !== 1000, `The page's session ended with ${page.closeCode}, not 1000.`);
  add(page.unconfirmedCount > 0, `${page.unconfirmedCount} unconfirmed at the page's end.`);
  if (server) {
    add(
      server.closeCodes.some((code) => code !== 1000),
      `The server's end closed with ${server.closeCodes.join(', ')}.`,
    );
    add(server.unconfirmedCount > 0, `${server.unconfirmedCount} unconfirmed at the server's end.`);
    add(server.sessionCount !== 1, `${server.sessionCount} sessions said they were this one.`);
    add(server.ghostCount > 0, `${server.ghostCount} sessions that nobody used.`);
  }
  add(firstEchoMs === null, 'A further session had no echo.');
  // A box that lets through more than it is said to makes the column another one.
  const isBetter = transport !== best && isAtLeast(transport, best);
  add(isBetter, `It ended on ${transport}, which should not live here.`);
  add(!isAtLeast(transport, best), `It ended on ${transport}; ${best} should do here.`);
  add(page.longestAnswer > LONGEST_ANSWER, `The page kept an answer of ${page.longestAnswer} characters.`);
  for (const error of page.errors) faults.push(`The page threw: ${error}`);
  if (column.aims.includes('no gap')) faults.push(...faultsOfLeaving(page.transports));
  return faults;
}

function crossTalk(count: number): string {
  return `Cross-talk: ${count} of the other session's messages.`;
}

/** A transport that is cut again and again is left within two cuts. */
function faultsOfLeaving(transports: readonly Moment[]): string[] {
  return LADDER.flatMap((name) => {
    const cuts = transports.filter(({ what }, index) => what === 'none' && transports[index - 1]?.what === name).length;
    return cuts > MOST_CUTS ? [`${name} was cut ${cuts} times before it was left.`] : [];
  });
}

function faultsOfReload({ reload, page }: CellResult): string[] {
  if (!reload || !page) return [];
  if (reload.echoMs === null) return ['Loaded again, it had no echo.'];
  const known = page.transports.filter(({ what }) => what !== 'none').at(-1)?.what ?? '';
  return reload.firstAttempt === known ? [] : [`Loaded again, it tried ${reload.firstAttempt} first, not ${known}.`];
}

/** Where nothing gets through, nothing must be claimed, and the page must be told. */
function faultsWithoutPath({ page, failure, server }: SessionResult, { foreign }: Measures): string[] {
  if (!page) return [failure ?? 'The page did not come to its end.'];
  const faults: string[] = [];
  if (page.echoesMs[0] !== null) faults.push('It got through where nothing should.');
  if (page.problemCount === 0) faults.push('The page was told of no problem.');
  if (page.down.received + (server?.up.received ?? 0) > 0) faults.push('Messages came from nowhere.');
  if (foreign > 0) faults.push(crossTalk(foreign));
  return faults;
}

function missing(count: Count | null): number {
  return count ? count.planned - count.received : 0;
}

function isAtLeast(transport: string, best: string): boolean {
  const place = LADDER.indexOf(transport);
  return place >= 0 && place <= LADDER.indexOf(best);
}

/** The middle one; `null` if one is missing. */
export function median(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null).sort((a, b) => a - b);
  return known.length < values.length ? null : (known[Math.floor((known.length - 1) / 2)] ?? null);
}
