import type { Environment } from '../environment.js';
import type { GoneInfo } from '../packets.js';

/** What is kept of an ended session. */
export interface Tombstone {
  readonly digest: string;
  readonly gone: GoneInfo;
  readonly until: number;
}

/** Ended sessions and used nonces, so that a late packet raises no ghost. Bounded in time and number; the oldest go first. */
export class Graveyard {
  private readonly _env: Environment;
  private readonly _keepMs: number;
  private readonly _nonceMs: number;
  private readonly _most: number;
  private readonly _tombstones = new Map<string, Tombstone>();
  private readonly _nonces = new Map<string, { readonly until: number }>();

  constructor(env: Environment, keepMs: number, nonceMs: number, most: number) {
    this._env = env;
    this._keepMs = keepMs;
    this._nonceMs = nonceMs;
    this._most = most;
  }

  bury(id: string, digest: string, gone: GoneInfo): void {
    const until = this._makeRoom(this._tombstones, this._keepMs);
    this._tombstones.set(id, { digest, gone, until });
  }

  find(id: string): Tombstone | null {
    const tombstone = this._tombstones.get(id);
    return tombstone && tombstone.until > this._env.now() ? tombstone : null;
  }

  buryNonce(nonce: string): void {
    const until = this._makeRoom(this._nonces, this._nonceMs);
    this._nonces.set(nonce, { until });
  }

  hasNonce(nonce: string): boolean {
    return (this._nonces.get(nonce)?.until ?? 0) > this._env.now();
  }

  private _makeRoom(graves: Map<string, { readonly until: number }>, keepMs: number): number {
    const now = this._env.now();
    for (const [name, { until }] of graves) {
      if (until > now && graves.size < this._most) break;
      graves.delete(name);
    }
    return now + keepMs;
  }
}
