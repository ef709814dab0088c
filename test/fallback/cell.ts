import type { Server, ServerOptions } from '@holdfast/server';
import type { TransportName } from '@holdfast/protocol';
import type { Best, RunningBox } from '../boxes/box.js';
import type { OpenPage, RunningEngine } from '../engines/engine.js';
import type { Column } from './column.js';
import type { Control } from './control.js';
import { Conversation } from './conversation.js';
import type { Lock } from './lock.js';
import type { CellConfig } from './page/cell-config.js';
import { PageReports } from './page-reports.js';
import type { CellResult, SessionResult } from './result.js';
import { canUse, type Row } from './row.js';

/** One cell to be run. */
export interface CellWork {
  readonly row: Row;
  readonly column: Column;
  readonly transport: TransportName | null;
  /** Length of the traffic, if not the column's own. */
  readonly seconds: number | null;
  /** The page tells everything that its client traced. */
  readonly isTelling: boolean;
}

/** What cells share. */
export interface CellSurroundings {
  readonly control: Control;
  readonly Server: new (options: ServerOptions) => Server;
  /** Held from the start of a cell's box until the first echo: cells that begin must not be in each other's way. */
  readonly lock: Lock;
}

type Config = Omit<CellConfig, 'load' | 'endpoint'>;

const LADDER: readonly Best[] = ['websocket', 'streaming', 'long-polling', 'polling', 'nothing'];
const DEFAULT_SECONDS = 10;
const DRAIN_MS = 40_000;
const BEST_WAIT_MS = 75_000;
/** The next cell begins, whether this one has had an echo by then or not. */
const LONGEST_LOCK_MS = 4000;
/** By long polling: its answers bring all that it is told, so that those which get lost or are kept are worth reading. The first one measures. */
const SECOND = { speaker: 1, best: null, probeCount: 0, isReloading: false } as const;
const BY_LONG_POLLING = { transports: ['long-polling'] };
let serial = 0;

/** The best of what both the box and the engine allow. */
export function bestOf(row: Row, column: Column, transport: TransportName | null): Best {
  const { name, best: bestOfBox } = column.box;
  if (bestOfBox === 'nothing' || row.profile?.stoppedBy.includes(name) === true) return 'nothing';
  const isHttpOnly = bestOfBox === 'websocket' && !canUse(row, 'websocket', name);
  const best = isHttpOnly ? column.bestOfHttp : bestOfBox;
  const most = transport !== null && LADDER.indexOf(transport) > LADDER.indexOf(best) ? transport : best;
  const rest = LADDER.slice(LADDER.indexOf(most)).filter((each) => each !== 'nothing');
  return rest.find((each) => canUse(row, each, name)) ?? 'polling';
}

/** Runs one cell: a server, a box and a page of its own; two pages where a second session speaks at the same time. */
export async function runCell(
  work: CellWork,
  engine: RunningEngine,
  { control, Server: MakeServer, lock }: CellSurroundings,
): Promise<CellResult> {
  const { row, column, transport } = work;
  // The second one's page first: what its answers bring is ahead of the first one, which could take it for its own.
  const speakers = column.isShared ? [1, 0] : [0];
  const ranAt = new Date().toISOString();
  const release = await lock.take(LONGEST_LOCK_MS);
  let conversation: Conversation | undefined;
  let box: RunningBox | undefined;
  const pages: OpenPage[] = [];
  const listening = new Map<number, PageReports>();
  let failure: string | null = null;
  const config = configOf(work, control.origin);
  try {
    const options = { origins: [control.origin], ...(row.profile?.options['jsonp'] === true && { jsonp: true }) };
    const started = await Conversation.start(MakeServer, options, config.course, speakers.length, control.answer);
    conversation = started.conversation;
    box = await column.box.start(started.port);
    const endpoint = `${box.origin}/holdfast`;
    for (const speaker of speakers) {
      const second = { ...SECOND, id: `${config.id}-second`, options: { ...config.options, ...BY_LONG_POLLING } };
      const own = { ...config, endpoint, ...(speaker > 0 && second) };
      const reports = new PageReports(own, release);
      listening.set(speaker, reports);
      void reports.finished.then(() => control.forget(own.id));
      const path = control.serve(own, row.client, (kind, detail) => reports.take(kind, detail));
      pages.push(await engine.open(`${column.isSameOrigin ? box.origin : control.origin}${path}`));
    }
    await Promise.all([...listening.values()].map(({ finished }) => finished));
  } catch (error) {
    failure = error instanceof Error ? error.message : String(error);
  }
  release();
  for (const reports of listening.values()) reports.end();
  const resultOf = (speaker: number): SessionResult => ({
    page: listening.get(speaker)?.page ?? null,
    server: conversation?.result(speaker) ?? null,
    failure: failure ?? listening.get(speaker)?.failure ?? null,
    lastReport: listening.get(speaker)?.last ?? null,
  });
  const result: CellResult = {
    row: row.name,
    column: column.box.name,
    transport,
    ranAt,
    engineVersion: engine.version,
    boxVersion: box?.version ?? '',
    seconds: config.course.seconds,
    best: bestOf(row, column, transport),
    ...resultOf(0),
    reload: listening.get(0)?.reload ?? null,
    ...(column.isShared && { second: resultOf(1) }),
  };
  for (const stop of [...pages.map((page) => () => page.close()), () => box?.stop(), () => conversation?.stop()]) {
    try {
      await stop();
    } catch (error) {
      console.error(`${config.id}: ${String(error)}`);
    }
  }
  return result;
}

/** What the first page is told, but for the endpoint, which is not known before the box runs. */
function configOf({ row, column, transport, seconds, isTelling }: CellWork, control: string): Config {
  const best = bestOf(row, column, transport);
  return {
    id: `${row.name}-${column.box.name}-${String(++serial)}`,
    speaker: 0,
    control,
    profile: row.profile?.name ?? '',
    options: { ...row.profile?.options, ...(transport && { transports: [transport] }) },
    course: { seconds: seconds ?? column.seconds ?? DEFAULT_SECONDS, isQuiet: column.isQuiet },
    drainMs: column.drainMs ?? DRAIN_MS,
    best: best === 'nothing' || transport !== null ? null : best,
    bestWaitMs: column.bestWaitMs ?? BEST_WAIT_MS,
    probeCount: best === 'nothing' ? 0 : 2,
    isTelling,
    isReloading: column.isReloading && transport === null && row.profile?.isForgetful !== true,
  };
}
