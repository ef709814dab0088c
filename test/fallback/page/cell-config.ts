import type { TransportName } from '@holdfast/protocol';
import type { Course } from './plan.js';
import type { Count } from './tally.js';

/** What a page is told about its cell. */
export interface CellConfig {
  readonly id: string;
  /** Origin of the control server. */
  readonly control: string;
  /** Which of the cell's sessions the page has: 0, or 1 for the second one. */
  readonly speaker: number;
  /** 2 after it has loaded itself again. */
  readonly load: number;
  /** The endpoint, as it is reached through the box. */
  readonly endpoint: string;
  /** A name of `profiles.ts` beside it; `''`: the engine as it is. */
  readonly profile: string;
  /** Options of `connect`. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly course: Course;
  /** What is still under way after that may take so long. */
  readonly drainMs: number;
  /** The session has to end up on it; `null`: anything goes. */
  readonly best: TransportName | null;
  /** How long the page waits for {@link CellConfig.best} when all messages are through. */
  readonly bestWaitMs: number;
  /** Sessions that do nothing but measure the first echo once more. */
  readonly probeCount: number;
  /** Keep what the client traces. */
  readonly isTelling: boolean;
  /** Load again at the end, and measure what the memory of the first load is good for. */
  readonly isReloading: boolean;
}

/** When something became so, ms since `connect`. */
export interface Moment {
  readonly atMs: number;
  readonly what: string;
}

/** What a page says in the end. */
export interface PageResult {
  /** It is about to load itself again. */
  readonly isReloading: boolean;
  readonly clock: string;
  readonly isHidden: boolean;
  /** First echo of the session, then of each probe; `null`: there was none. */
  readonly echoesMs: readonly (number | null)[];
  /** Which transport carries the session, at each change. */
  readonly transports: readonly Moment[];
  readonly resets: readonly Moment[];
  readonly problems: readonly Moment[];
  readonly problemCount: number;
  /** Attempts that were begun, in order: the first few. */
  readonly attempts: readonly Moment[];
  readonly attemptCount: number;
  readonly down: Count;
  /** Messages that were handed to `send`. */
  readonly sentCount: number;
  /** Code of `close`; 0 if it did not come. */
  readonly closeCode: number;
  readonly unconfirmedCount: number;
  /** Characters in the longest answer that the engine kept at once; 0 if it isn't known. */
  readonly longestAnswer: number;
  /** Whatever the page threw. */
  readonly errors: readonly string[];
  /** What the client traced, if that was asked for. */
  readonly story: readonly Moment[];
}

/** What a page says after it has loaded again. */
export interface ReloadResult {
  readonly firstAttempt: string;
  readonly carriedBy: string;
  readonly echoMs: number | null;
}
