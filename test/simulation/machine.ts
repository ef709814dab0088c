import { isPlainUnrolled, type Environment } from '@holdfast/protocol';
import type { Random } from './random.js';
import type { Planned, VirtualClock } from './virtual-clock.js';

interface MachineTimer {
  planned: Planned;
  readonly stack: string;
}

/**
 * One of the two computers: gives its end of the core an environment, and can sleep. While it does, its clock goes on, no timer fires, and
 * what arrives waits; on waking up, timers and arrivals come in either order, as they do in real systems.
 */
export class Machine {
  readonly name: string;
  readonly environment: Environment;
  readonly reported: unknown[] = [];
  isTracing = false;
  private readonly _clock: VirtualClock;
  private readonly _random: Random;
  private _awakeAt = 0;
  /** Timers of a hidden tab fire on full seconds only. */
  throttleMs = 0;
  private readonly _timers = new Set<MachineTimer>();
  private _arrivals: (() => void)[] = [];
  private _tokenCount = 0;

  constructor(name: string, clock: VirtualClock, seed: Random, trace: (event: string, detail: unknown) => void) {
    this.name = name;
    this._clock = clock;
    this._random = seed.fork();
    const random = seed.fork();
    this.environment = {
      now: () => clock.now,
      setTimer: (callback, delayMs) => this._setTimer(callback, delayMs),
      clearTimer: (timer) => this._clearTimer(timer as MachineTimer | undefined),
      defer: (callback) => clock.defer(callback),
      random: () => random.next(),
      token: () =>
        `${name}${String(this._tokenCount++)}`.padEnd(12, '-') +
        random.next().toString(36).slice(2).padEnd(10, 'x').slice(0, 10),
      isEncodable: (text) => text.isWellFormed(),
      utf8Length: (text) => Buffer.byteLength(text),
      isPlain: isPlainUnrolled,
      encodeBase64: (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64'),
      decodeBase64,
      report: (error) => this.reported.push(error),
      trace,
    };
  }

  get isAsleep(): boolean {
    return this._clock.now < this._awakeAt;
  }

  get timerCount(): number {
    return this._timers.size;
  }

  /** Where timers that are still set were set, for the failure message. */
  get timerStacks(): string[] {
    return [...this._timers].map(({ stack }) => stack);
  }

  sleep(ms: number): void {
    if (this.isAsleep) return;
    this._awakeAt = this._clock.now + ms;
    const areArrivalsFirst = this._random.chance(0.5);
    // Timers are planned anew when they come due; a moment more or less decides which are first.
    this._clock.plan(ms + (areArrivalsFirst ? 0 : 5), () => this._read());
  }

  /** Reads what has arrived meanwhile, one after the other. What comes now has to wait behind it. */
  private _read(): void {
    const [arrive] = this._arrivals;
    if (!arrive) return;
    if (!this.isAsleep) {
      this._clock.defer(() => {
        this._arrivals.shift();
        this._clock.plan(0, () => this._read());
      });
      arrive();
    }
  }

  /** Something comes in from the network. */
  arrive(callback: () => void): void {
    if (this.isAsleep || this._arrivals.length > 0) this._arrivals.push(callback);
    else callback();
  }

  private _setTimer(callback: () => void, delayMs: number): MachineTimer {
    if (!(delayMs >= 0) || delayMs > 0x7fffffff) throw new Error(`a timer of ${String(delayMs)} ms`);
    const due = (): void => {
      if (this.isAsleep) {
        timer.planned = this._clock.plan(this._awakeAt - this._clock.now + this._random.between(0, 3), due);
        return;
      }
      this._timers.delete(timer);
      callback();
    };
    const until = this.throttleMs === 0 ? delayMs : this._throttled(delayMs);
    const timer: MachineTimer = {
      planned: this._clock.plan(until, due),
      stack: this.isTracing ? (new Error('timer').stack ?? '') : '',
    };
    this._timers.add(timer);
    return timer;
  }

  private _throttled(delayMs: number): number {
    const { now } = this._clock;
    return Math.ceil((now + delayMs) / this.throttleMs) * this.throttleMs - now;
  }

  private _clearTimer(timer: MachineTimer | undefined): void {
    if (!timer) return;
    this._clock.cancel(timer.planned);
    this._timers.delete(timer);
  }
}

function decodeBase64(text: string): Uint8Array | null {
  if (text.length % 4 > 0 || !/^[A-Za-z\d+/]*={0,2}$/.test(text)) return null;
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? new Uint8Array(bytes) : null;
}
