import { HOLD_MS, MAX_FIRST_BYTES, PART_BYTES } from '../defaults.js';

/** Holds while requests of one client get in each other's way ({@link Tuning._shortUntil}), ms. */
export const SHORT_HOLD_MS = 1000;

const LONGEST_PART_MS = 5e3;
const LEAST_STREAM_MS = 1e3;
const CHANCE_MS = 6e4;
/** Boxes that count bytes let more than this pass. */
const MANY_BYTES = 32_768;
/** How long what was learned counts. */
export const RELEARN_MS = 6e5;
/** How often what fills a limit of bytes has to come through before more is tried; each time twice as often. */
const TRIALS = 8;

/** A limit of the path, found by running into it: it shrinks when something is cut, and grows again when all of it came through. */
class Limit {
  /** Never above, whatever was learned. */
  _most: number;
  private readonly _least: number;
  private readonly _shrink: number;
  private readonly _grow: number;
  private _value: number;
  private _cutAt = 0;
  private _fixedUntil = 0;
  private _failedAt = 0;
  private readonly _firstTrials: number;
  private _trials: number;
  private _passedCount = 0;

  /** With `trials` it may grow before its time when so many that filled it came through. */
  constructor(most: number, least: number, shrink: number, grow: number, trials?: number, start?: number) {
    this._most = most;
    this._least = least;
    this._shrink = shrink;
    this._grow = grow;
    this._firstTrials = this._trials = trials ?? Infinity;
    this._value = start ?? Infinity;
  }

  /** The limit, a whole number. */
  _get(): number {
    return Math.floor(Math.min(this._value, this._most));
  }

  /**
   * Cut at `size`. Once may be chance, so a minute later it may grow again; twice at about the same size (then this returns `true`) is a rule,
   * for ten minutes.
   */
  _cut(size: number, now: number): boolean {
    const isAgain = this._isAgain(size);
    this._fixedUntil = now + (isAgain ? RELEARN_MS : CHANCE_MS);
    this._failedAt = size;
    this._passedCount = 0;
    this._value = Math.max(this._least, Math.min(this._value, this._shrink * size));
    return isAgain;
  }

  /** Was the cut before this one at about this size, too? */
  _isAgain(size: number): boolean {
    const ratio = size / this._cutAt;
    this._cutAt = size;
    return ratio > 0.8 && ratio < 1.25;
  }

  /** `size` came through. */
  _passed(size: number, now: number): void {
    if (size <= 0.75 * this._value) return;
    if (size > 1.25 * this._failedAt) this._trials = this._firstTrials;
    else if (++this._passedCount < this._trials && now < this._fixedUntil) return;
    else this._trials *= 2;
    this._passedCount = 0;
    this._value *= this._grow;
  }
}

/**
 * What a client has learned about its HTTP paths: how long a request may be held, and how large bodies, parts and answers may be. Kept across
 * the transports of a session. Times in ms, sizes in bytes of the HTTP body.
 */
export class Tuning {
  /** Holds of requests; {@link SHORT_HOLD_MS} instead until `_shortUntil`. The server's limit is `_most`, as for bodies. */
  readonly _hold: Limit = new Limit(HOLD_MS, 1e3, 0.7, 1.25);
  /** How long a stream may stay open before it is ended in good order. */
  readonly _streamMs: Limit = new Limit(6e5, LEAST_STREAM_MS, 0.7, 1.25);
  /** How large it may become. */
  readonly _streamBytes: Limit = new Limit(16_777_216, 4096, 0.75, 2, TRIALS);
  // Boxes that cut bodies at 64 KB are common, and what was cut has to be sent again: begin below, then double.
  readonly _answer: Limit = new Limit(1_048_576, 4096, 0.75, 2, TRIALS, 49_152);
  // Before the server has told its own limit, PROTOCOL.md section 3 allows no larger body.
  readonly _body: Limit = new Limit(MAX_FIRST_BYTES, 1024, 0.5, 2, TRIALS, 49_152);
  /** Until then holds are short, and there is one request at a time. */
  _shortUntil = 0;
  /** What can be sent, and received, in {@link LONGEST_PART_MS}. It begins with little: nothing tells how far a body has come, nor an answer in some engines. */
  private _sendable = 16_384;
  private _receivable = 16_384;

  /** Largest answer to ask for: what the path takes, and what arrives in 5 s. */
  get answerBytes(): number {
    return within(this._answer._get(), this._receivable);
  }

  /** Largest request body to send: what the path takes, and what leaves in 5 s. */
  get bodyBytes(): number {
    return within(this._body._get(), this._sendable);
  }

  /** Largest part to cut messages into: half a body, so that it fits as base64, and what leaves in 5 s; 1 KiB to 64 KiB. */
  get partBytes(): number {
    return within(Math.min(PART_BYTES, this._body._get() / 2), this._sendable);
  }

  /**
   * A stream was cut after `livedMs` and `bytes`, while the path as a whole lives. Most boxes count time; one that cut at about the same
   * size before counts bytes. After many bytes it may be either: the next stream ends before both, for a second death would cost the transport.
   * Two quick deaths are bytes as well, of which the engine may have shown none: no time that may be asked for is as short.
   */
  streamCut(livedMs: number, bytes: number, now: number): void {
    const limit = this._streamBytes;
    const size = livedMs < LEAST_STREAM_MS ? Math.max(bytes, MANY_BYTES) : bytes;
    const isCounted = bytes > MANY_BYTES || (size > 4096 && limit._isAgain(size));
    if (!(isCounted && limit._cut(size, now))) this._streamMs._cut(livedMs, now);
  }

  /** A complete answer of `bytes` took `elapsedMs` from its first byte to its last; where an engine shows both at once, from its request on. */
  answered(bytes: number, elapsedMs: number, now: number): void {
    this._answer._passed(bytes, now);
    this._receivable = fit(this._receivable, bytes, elapsedMs);
  }

  /** A body of `bytes` was refused with 413, or failed twice. However large it was, the next passes where 64 KB do. */
  bodyRefused(bytes: number, now: number): void {
    this._body._cut(Math.min(bytes, 98_304), now);
  }

  /** A body of `bytes` was answered at once, `elapsedMs` after its request began. */
  sent(bytes: number, elapsedMs: number): void {
    this._sendable = fit(this._sendable, bytes, elapsedMs);
  }
}

function within(most: number, fitting: number): number {
  return Math.max(1024, Math.floor(Math.min(most, fitting)));
}

/**
 * What fits into {@link LONGEST_PART_MS} after `bytes` took `elapsedMs`. At least what the measured rate gives, because latency is in it as
 * well; so only what was large and slow lowers it.
 */
function fit(limit: number, bytes: number, elapsedMs: number): number {
  const fitting = (bytes * LONGEST_PART_MS) / Math.max(elapsedMs, 1);
  return fitting > limit || (elapsedMs > 2e3 && (bytes >= 4096 || 2 * bytes > limit)) ? fitting : limit;
}
