import {
  formatNew,
  formatRequest,
  formatResume,
  PROTOCOL_VERSION,
  ZERO,
  type AnswerMode,
  type Attached,
} from '@holdfast/protocol';
import type { Courier, Reply } from './courier.js';
import { attachedIn } from './reading.js';
import type { Piece } from './wire.js';

const WINDOW = [4_194_304, 4096] as const;
const LARGEST_BYTES = 1_048_576;

/** What a request is to be, where it differs from others. */
export interface Wishes {
  readonly hold?: number;
  readonly size?: number;
  readonly get?: boolean;
  readonly timeoutMs?: number;
  readonly onPiece?: (piece: Piece) => void;
}

/** Where a raw session goes, and as whom. */
export interface Target {
  readonly courier: Courier;
  readonly url: string;
  readonly auth: unknown;
  readonly timeoutMs: number;
}

/** A packet that attaches a new session. */
export function newPacket(auth: unknown): string {
  return formatNew({
    v: PROTOCOL_VERSION,
    nonce: token(),
    window: WINDOW,
    max: LARGEST_BYTES,
    protocols: [],
    auth,
    choice: 1,
    age: 0,
  });
}

/** A session over HTTP whose requests the doctor writes itself: the public client would repair what it is to find. */
export class RawSession {
  attached: Attached | null = null;
  readonly #target: Target;
  #via = randomVia();
  #n = 0;
  #choice = 1;

  constructor(target: Target) {
    this.#target = target;
  }

  /** Begins the session. */
  begin(as: AnswerMode, wishes: Wishes = {}): Promise<Reply> {
    return this.#send(as, newPacket(this.#target.auth), wishes);
  }

  /** Sends the next request. */
  ask(as: AnswerMode, packets = '', wishes: Wishes = {}): Promise<Reply> {
    return this.#send(as, packets, wishes);
  }

  /** Attaches again, on another transport, after one has failed. */
  resume(): Promise<Reply> {
    this.#via = randomVia();
    this.#n = 0;
    this.#choice++;
    const { id = '', key = '' } = this.attached ?? {};
    const { auth } = this.#target;
    const choice = this.#choice;
    return this.#send('poll', formatResume({ v: PROTOCOL_VERSION, id, key, got: ZERO, ack: ZERO, auth, choice }), {});
  }

  async #send(as: AnswerMode, packets: string, wishes: Wishes): Promise<Reply> {
    const { courier, url } = this.#target;
    const { hold = 0, size = 2 * LARGEST_BYTES, get = false, timeoutMs = this.#target.timeoutMs, onPiece } = wishes;
    const n = this.#n++;
    const re = `${this.#via}.${n}`;
    const who = n > 0 && this.attached ? this.attached : null;
    const envelope = formatRequest({
      ...{ v: PROTOCOL_VERSION, via: this.#via, n, as, hold, size, pad: 0, get },
      ...{ id: who?.id ?? '', key: who?.key ?? '' },
    });
    const take = (piece: Piece): void => {
      // A stream goes on; what attached it is needed meanwhile.
      if (n === 0) this.#adopt([...piece.text.split('\n')]);
      onPiece?.(piece);
    };
    const reply = await courier.post(url, `${envelope}${packets}.\n`, re, timeoutMs, { onPiece: take });
    if (n === 0) this.#adopt(reply.reading?.packets ?? []);
    return reply;
  }

  #adopt(packets: readonly string[]): void {
    const attached = attachedIn(packets);
    if (attached?.key !== undefined) this.attached ??= attached;
  }
}

function randomVia(): number {
  return 1 + Math.floor(Math.random() * 0x7ffffffe);
}

/** Neither a nonce of the doctor's nor its session protects anything. */
function token(): string {
  return Array.from({ length: 4 }, () => Math.random().toString(36).slice(2, 10).padEnd(8, '0')).join('');
}
