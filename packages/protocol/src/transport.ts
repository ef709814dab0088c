import type { TransportName } from './environment.js';
import type { ReadPosition } from './inbox.js';

/**
 * A dumb, mortal carrier of packets in order. It knows nothing of reliability: it says when it can take more by pulling, hands in what
 * arrives, and dies.
 */
export abstract class Transport implements ReadPosition {
  abstract readonly name: TransportName;
  /** Binary messages are frames of their own, and large texts end theirs as they are. */
  readonly isRaw: boolean = false;
  /** Each request is answered: acknowledgements wait longer for company. */
  readonly isHttp: boolean = true;
  /** It can deliver at any time, so its silence means something. */
  isLive = true;

  /** @internal */ _readMessages = 0;
  /** @internal */ _readBytes = 0;
  /** All text that came on it was ASCII so far: as many bytes as code units, and nobody needs to count them. @internal */
  _isAscii = true;
  /** A binary frame announced as a further part of its message. @internal */
  _isPartNext = false;
  /** Control packets to write before anything else. @internal */
  _control = '';
  /** When anything last arrived. @internal */
  _heardAt = 0;
  /** When it counts as dead unless something arrives; 0 while nobody has asked. @internal */
  _deadAt = 0;
  /** Was asked anew after this machine had slept, and has said nothing since. @internal */
  _isSpared = false;
  /** The `c` of this side went out on it. @internal */
  _hasClose = false;

  /** There is something to write: pull it as soon as possible. */
  abstract wake(): void;

  /** Writes what control packets there are, then `last`, and ends in good order. */
  abstract finish(last: string): void;
}
