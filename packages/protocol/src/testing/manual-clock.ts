import { decodeBase64, encodeBase64 } from '../base64.js';
import type { Environment } from '../environment.js';
import { isPlain, isWellFormed, utf8Length } from '../text.js';

interface Planned {
  readonly at: number;
  readonly run: () => void;
}

/** An environment whose time passes only when a test says so. */
export class ManualClock implements Environment {
  /** Errors of listeners. */
  readonly reported: unknown[] = [];
  /** Names of what was traced. */
  readonly traced: string[] = [];
  /** What `random` gives. */
  chance = 0.5;
  private _now = 1000;
  private _tokens = 0;
  private _timers = new Set<Planned>();
  private _deferred: (() => void)[] = [];

  get timerCount(): number {
    return this._timers.size;
  }

  now(): number {
    return this._now;
  }

  setTimer(run: () => void, delayMs: number): Planned {
    const planned = { at: this._now + delayMs, run };
    this._timers.add(planned);
    return planned;
  }

  clearTimer(timer: unknown): void {
    this._timers.delete(timer as Planned);
  }

  defer(callback: () => void): void {
    this._deferred.push(callback);
  }

  random(): number {
    return this.chance;
  }

  token(): string {
    return `token${String(this._tokens++).padStart(17, '0')}`;
  }

  isEncodable(text: string): boolean {
    return isWellFormed(text);
  }

  isPlain(text: string): boolean {
    return isPlain(text);
  }

  utf8Length(text: string): number {
    return utf8Length(text);
  }

  encodeBase64(bytes: Uint8Array): string {
    return encodeBase64(bytes);
  }

  decodeBase64(text: string): Uint8Array | null {
    return decodeBase64(text);
  }

  report(error: unknown): void {
    this.reported.push(error);
  }

  trace(event: string): void {
    this.traced.push(event);
  }

  /** Ends the running turn: what was deferred happens. */
  flush(): void {
    while (this._deferred.length > 0) this._deferred.shift()?.();
  }

  /** Lets time pass, each timer in its own turn. */
  pass(ms: number): void {
    const end = this._now + ms;
    this.flush();
    for (;;) {
      const next = Array.from(this._timers)
        .filter(({ at }) => at <= end)
        .sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this._timers.delete(next);
      this._now = Math.max(this._now, next.at);
      next.run();
      this.flush();
    }
    this._now = end;
  }

  /** The machine sleeps: when it wakes, every timer that is due is late. */
  sleep(ms: number): void {
    this._now += ms;
    this.pass(0);
  }
}
