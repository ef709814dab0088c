import type { Server, ServerOptions } from '@holdfast/server';
import type { TransportName } from '@holdfast/protocol';
import type { Best, RunningBox } from '../boxes/box.js';
import type { OpenPage, RunningEngine } from '../engines/engine.js';
import type { Column } from './column.js';
import type { Control } from './control.js';
import { Conversation } from './conversation.js';
import type { Lock } from './lock.js';
import type { CellConfig, PageResult, ReloadResult } from './page/cell-config.js';
import type { CellResult } from './result.js';
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

const LADDER: readonly Best[] = ['websocket', 'streaming', 'long-polling', 'polling', 'nothing'];
const DEFAULT_SECONDS = 10;
const DRAIN_MS = 40_000;
const BEST_WAIT_MS = 75_000;
/** A page that says nothing for so long is dead. */
const SILENCE_MS = 60_000;
/** The next cell begins, whether this one has had an echo by then or not. */
const LONGEST_LOCK_MS = 4000;
const CLOSING_MS = 60_000;
let serial = 0;

/** The best of what both the box and the engine allow. */
export function bestOf(row: Row, column: Column, transport: TransportName | null): Best {
  if (column.box.best === 'nothing' || row.profile?.stoppedBy.includes(column.box.name) === true) return 'nothing';
  if (column.box.best === 'websocket' && !canUse(row, 'websocket')) return leastOf(column.bestOfHttp, row);
  return leastOf(
    transport !== null && LADDER.indexOf(transport) > LADDER.indexOf(column.box.best) ? transport : column.box.best,
    row,
  );
}

/** `best`, or the next one that the engine has. */
function leastOf(best: Best, row: Row): Best {
  const rest = LADDER.slice(LADDER.indexOf(best)).filter((each) => each !== 'nothing');
  return rest.find((each) => canUse(row, each)) ?? 'polling';
}

/** Runs one cell: a server, a box and a page of its own. */
export async function runCell(
  work: CellWork,
  engine: RunningEngine,
  { control, Server: MakeServer, lock }: CellSurroundings,
): Promise<CellResult> {
  const { row, column, transport } = work;
  const course = { seconds: work.seconds ?? column.seconds ?? DEFAULT_SECONDS, isQuiet: column.isQuiet };
  const id = `${row.name}-${column.box.name}-${String(++serial)}`;
  const best = bestOf(row, column, transport);
  const ranAt = new Date().toISOString();
  const release = await lock.take(LONGEST_LOCK_MS);
  let conversation: Conversation | undefined;
  let box: RunningBox | undefined;
  let page: OpenPage | undefined;
  let listening: PageReports | undefined;
  let failure: string | null;
  try {
    const options = { origins: [control.origin], ...(row.profile?.options['jsonp'] === true && { jsonp: true }) };
    const started = await Conversation.start(MakeServer, options, course, control.answer);
    conversation = started.conversation;
    box = await column.box.start(started.port);
    const config: Omit<CellConfig, 'load'> = {
      id,
      control: control.origin,
      endpoint: `${box.origin}/holdfast`,
      profile: row.profile?.name ?? '',
      options: { ...row.profile?.options, ...(transport && { transports: [transport] }) },
      course,
      drainMs: column.drainMs ?? DRAIN_MS,
      best: best === 'nothing' || transport !== null ? null : best,
      bestWaitMs: column.bestWaitMs ?? BEST_WAIT_MS,
      probeCount: best === 'nothing' ? 0 : 2,
      isTelling: work.isTelling,
      isReloading: column.isReloading && transport === null && row.profile?.isForgetful !== true,
    };
    listening = new PageReports(config, release);
    const path = control.serve(config, row.client, (kind, detail) => listening?.take(kind, detail));
    page = await engine.open(`${column.isSameOrigin ? box.origin : control.origin}${path}`);
    await listening.finished;
    failure = listening.failure;
  } catch (error) {
    failure = error instanceof Error ? error.message : String(error);
  }
  release();
  control.forget(id);
  const server = conversation?.result() ?? null;
  for (const stop of [() => page?.close(), () => box?.stop(), () => conversation?.stop()]) {
    try {
      await stop();
    } catch (error) {
      console.error(`${id}: ${String(error)}`);
    }
  }
  return {
    row: row.name,
    column: column.box.name,
    transport,
    ranAt,
    engineVersion: engine.version,
    boxVersion: box?.version ?? '',
    seconds: course.seconds,
    best,
    page: listening?.page ?? null,
    reload: listening?.reload ?? null,
    server,
    failure,
    lastReport: listening?.last ?? null,
  };
}

/** Waits for what a page has to say, and notices when it says no more. */
class PageReports {
  page: PageResult | null = null;
  reload: ReloadResult | null = null;
  failure: string | null = null;
  last: unknown = null;
  readonly finished: Promise<void>;
  readonly #echoed: () => void;
  #finish: () => void = () => {};
  #silence: NodeJS.Timeout;
  readonly #deadline: NodeJS.Timeout;

  constructor(config: Omit<CellConfig, 'load'>, echoed: () => void) {
    this.#echoed = echoed;
    this.finished = new Promise((resolve) => (this.#finish = resolve));
    this.#silence = this.#listen();
    const longestMs = config.course.seconds * 1000 + config.drainMs + config.bestWaitMs + CLOSING_MS;
    this.#deadline = setTimeout(() => this.#fail('The page did not come to its end.'), longestMs);
  }

  take(kind: string, detail: unknown): void {
    clearTimeout(this.#silence);
    this.#silence = this.#listen();
    switch (kind) {
      case 'echo':
        this.#echoed();
        break;
      case 'broken':
        this.#fail(String(detail));
        break;
      case 'done':
        this.page = detail as PageResult;
        if (!this.page.isReloading) this.#end();
        break;
      case 'reloaded':
        this.reload = detail as ReloadResult;
        this.#end();
        break;
      default:
        this.last = detail;
    }
  }

  #listen(): NodeJS.Timeout {
    const phase = this.page === null ? '' : ' after it was to load itself again';
    return setTimeout(
      () => this.#fail(`The page said nothing for ${String(SILENCE_MS / 1000)} s${phase}.`),
      SILENCE_MS,
    );
  }

  #fail(reason: string): void {
    this.failure ??= reason;
    this.#end();
  }

  #end(): void {
    clearTimeout(this.#silence);
    clearTimeout(this.#deadline);
    this.#finish();
  }
}
