import type { Best, Box } from '../boxes/box.js';

/** A column of the matrix: a box, and what its cells need. */
export interface Column {
  readonly box: Box;
  readonly group: string;
  /** Length of the traffic; the matrix's own unless given. */
  readonly seconds?: number;
  /** What is best for those who have no WebSocket, where WebSocket is the best. */
  readonly bestOfHttp: Best;
  /** Messages come in bursts of a second, with silence of five seconds between. */
  readonly isQuiet: boolean;
  /** How long what is still under way after that may take. */
  readonly drainMs?: number;
  /** How long the session may take to find the best transport when all messages are through. */
  readonly bestWaitMs?: number;
  /** A second page has a session of its own at the same time: nothing of one may turn up in the other. */
  readonly isShared: boolean;
  /** The page comes through the box as well: what takes headers away takes those that allow other origins. */
  readonly isSameOrigin: boolean;
  /** Whether the page loads again at the end: the memory of the first load must be of use. */
  readonly isReloading: boolean;
  /** What is expected of it beyond that nothing is lost, repeated or misplaced; judged over all engines. */
  readonly aims: readonly Aim[];
}

/**
 * `first echo`: under 300 ms on loopback, although the path refuses WebSocket, swallows it or buffers. `no gap`: a transport that is cut again
 * and again is left within two cuts, and no message is later than a second. `restored`: a path that is restored is used within a minute.
 */
export type Aim = 'first echo' | 'no gap' | 'restored';
