import type { Socket } from 'node:net';
import type { Behaviour } from '../proxy-behaviour.js';
import type { ProxyCounts } from './counts.js';
import type { Dice } from './dice.js';
import type { Lane } from './lane.js';

/** What a link's queue takes before whoever sends has to wait. */
const QUEUE_BYTES = 16_384;

/** A packet's worth. */
const PACKET_BYTES = 1460;

/** How long a piece is held back to be joined with the next. */
const JOIN_MS = 20;

/** What both directions of all connections of a link have in common. */
export interface LinkState {
  readonly behaviour: () => Behaviour;
  readonly counts: ProxyCounts;
  readonly dice: Dice;
}

/** One direction of one connection: takes bytes from a socket, and writes them to another as the link lets them pass. */
export class Flow {
  /** When anything passed last. */
  passedAt = performance.now();
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #lane: Lane;
  readonly #link: LinkState;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #isRunning = false;
  #hasEnded = false;
  #isStopped = false;

  constructor(from: Socket, to: Socket, lane: Lane, link: LinkState) {
    this.#from = from;
    this.#to = to;
    this.#lane = lane;
    this.#link = link;
    from.on('data', (chunk: Buffer) => this.#take(chunk));
    from.once('end', () => {
      this.#hasEnded = true;
      if (!this.#isRunning) this.#end();
    });
  }

  /** Nothing passes any more; both sockets stay as they are. */
  stop(): void {
    this.#isStopped = true;
    this.#from.removeAllListeners('data');
    this.#from.pause();
    this.#waiting = [];
  }

  #take(chunk: Buffer): void {
    this.#waiting.push(chunk);
    this.#waitingBytes += chunk.length;
    if (this.#waitingBytes > QUEUE_BYTES) this.#from.pause();
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#run().then(
      () => {
        this.#isRunning = false;
        if (this.#hasEnded) this.#end();
      },
      () => this.#to.destroy(),
    );
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      const { bitsPerSecond, isChopping } = this.#link.behaviour();
      const piece = isChopping ? await this.#chop() : this.#cut(bitsPerSecond < Infinity ? PACKET_BYTES : Infinity);
      if (bitsPerSecond < Infinity) {
        await this.#lane.carry(piece.length, bitsPerSecond);
        this.#link.counts.slowBytes += piece.length;
      }
      if (this.#isStopped || this.#to.destroyed) return;
      this.passedAt = performance.now();
      if (!this.#to.write(piece)) await this.#drained();
      // Written in one turn, pieces would be read as one.
      if (isChopping) await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** A piece of another size than any that came: half of them single bytes, the others up to 4 KB. */
  async #chop(): Promise<Buffer> {
    const { dice, counts } = this.#link;
    if (dice.strikes(0.05)) {
      counts.joinedPieces++;
      await new Promise((resolve) => setTimeout(resolve, JOIN_MS));
    } else counts.splitPieces++;
    return this.#cut(dice.strikes(0.5) ? 1 : Math.floor(2 ** (12 * dice.roll())));
  }

  /** The first `most` bytes of what waits. */
  #cut(most: number): Buffer {
    const all = this.#waiting.length > 1 ? Buffer.concat(this.#waiting) : (this.#waiting[0] ?? Buffer.alloc(0));
    const piece = all.subarray(0, most);
    this.#waiting = piece.length < all.length ? [all.subarray(piece.length)] : [];
    this.#waitingBytes = all.length - piece.length;
    if (this.#waitingBytes <= QUEUE_BYTES && !this.#isStopped) this.#from.resume();
    return piece;
  }

  #drained(): Promise<void> {
    return new Promise((resolve) => {
      this.#to.once('drain', resolve);
      this.#to.once('close', resolve);
    });
  }

  #end(): void {
    if (!this.#isStopped) this.#to.end();
  }
}
