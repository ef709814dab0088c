import type { TransportName } from '@holdfast/protocol';
import type { Best } from '../boxes/box.js';
import type { ServerResult } from './conversation.js';
import type { PageResult, ReloadResult } from './page/cell-config.js';

/** What one session of a cell came to. */
export interface SessionResult {
  readonly page: PageResult | null;
  readonly server: ServerResult | null;
  /** Why there is nothing to be judged: no page, no report, no box. */
  readonly failure: string | null;
  /** The page's last sign of life, if it said no more. */
  readonly lastReport: unknown;
}

/** What a cell came to: all that was measured, nothing that is concluded from it. */
export interface CellResult extends SessionResult {
  readonly row: string;
  readonly column: string;
  /** The one transport allowed, or `null` for all. */
  readonly transport: TransportName | null;
  /** ISO 8601, UTC. */
  readonly ranAt: string;
  readonly engineVersion: string;
  readonly boxVersion: string;
  readonly seconds: number;
  /** What box and engine allow together. */
  readonly best: Best;
  readonly reload: ReloadResult | null;
  /** The session that spoke at the same time, if there was one. */
  readonly second?: SessionResult;
}
