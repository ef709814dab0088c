import type {
  ClientRequest,
  ClientSocket,
  RequestEvents,
  Responder,
  ResponderEvents,
  ServerSocketEvents,
  ServerSocketIo,
  SocketEvents,
} from '@holdfast/protocol';
import type { Conditions } from './conditions.js';
import { Lane } from './lane.js';
import type { Machine } from './machine.js';
import type { Random } from './random.js';
import type { VirtualClock } from './virtual-clock.js';
import { VirtualRequest } from './virtual-request.js';
import { VirtualSocket } from './virtual-socket.js';

/** Where connections end up: a hub, and what it is to be told of where they come from. */
export interface Front {
  openSocket(io: ServerSocketIo): ServerSocketEvents;
  openRequest(body: string, responder: Responder): ResponderEvents;
  openTicket(ticket: string, responder: Responder): ResponderEvents;
}

/** What has not been ended by one who holds it. */
export interface Holding {
  /** By whom. */
  readonly who: 'client' | 'server';
  readonly what: string;
}

/** What can be broken from outside. */
export interface Connection {
  /** Ends it; each end learns of it, or not. */
  cut(clientLearns: boolean, serverLearns: boolean): void;
  /** Lets it go silently dead. */
  deaden(up: boolean, down: boolean): void;
}

/** The network between one client and a server. */
export class Network {
  /** While now is before it, nothing gets through. */
  backAt = 0;
  readonly holdings = new Set<Holding>();
  readonly connections = new Set<Connection>();
  /** How often which fault struck. */
  readonly counts: Record<string, number> = {};
  tell: ((story: string) => void) | null = null;
  /** Copies that come later than a tombstone lasts are outside of what is promised. */
  latestMs = Infinity;
  /** Counts the server's processes. */
  epoch = 0;
  /** Faults have stopped. */
  isCalm = false;
  /** What all connections share, each way. */
  readonly up: Lane;
  readonly down: Lane;
  private _queue: (() => void)[] = [];
  private _openCount = 0;

  constructor(
    readonly clock: VirtualClock,
    readonly random: Random,
    readonly client: Machine,
    readonly server: Machine,
    readonly front: Front,
    public conditions: Conditions,
  ) {
    const rate = (): number => this.conditions.linkBytesPerMs;
    this.up = new Lane(clock, rate);
    this.down = new Lane(clock, rate);
  }

  /** What a text takes on the wire; on links that are wide enough, about. */
  sizeOf(text: string): number {
    return this.conditions.linkBytesPerMs < Infinity ? Buffer.byteLength(text) : text.length;
  }

  get isAway(): boolean {
    return this.clock.now < this.backAt;
  }

  openSocket(events: SocketEvents): ClientSocket {
    return new VirtualSocket(this, events);
  }

  post(body: string, events: RequestEvents): ClientRequest {
    return new VirtualRequest(this, body, events, (text, responder) => this.front.openRequest(text, responder));
  }

  get(ticket: string, events: RequestEvents): ClientRequest {
    return new VirtualRequest(this, ticket, events, (text, responder) => this.front.openTicket(text, responder));
  }

  /** One more thing went wrong. */
  strike(fault: string): void {
    this.counts[fault] = (this.counts[fault] ?? 0) + 1;
    this.tell?.(`network: ${fault}`);
  }

  /** Draws whether a fault of this chance strikes. */
  strikes(fault: string, chance: number): boolean {
    if (chance === 0 || !this.random.chance(chance)) return false;
    this.strike(fault);
    return true;
  }

  hold(who: Holding['who'], what: string): () => void {
    const holding = { who, what };
    this.holdings.add(holding);
    return () => this.holdings.delete(holding);
  }

  /** Nothing gets through for `ms`: what is open stalls, or is lost as when the address changes. */
  goAway(ms: number, loses: boolean): void {
    if (this.isAway) return;
    this.strike(loses ? 'away with another address' : 'away');
    this.backAt = this.clock.now + ms;
    if (loses) this.cutAll();
  }

  /** Every connection is lost; each end learns of it, or not. */
  cutAll(): void {
    for (const connection of [...this.connections]) connection.cut(this.random.chance(0.4), this.random.chance(0.3));
  }

  /** With a proxy that lets one connection at a time through, waits for its turn. Returns what to call when it is over. */
  queue(begin: () => void): () => void {
    let isOver = false;
    let isOpen = false;
    const enter = (): void => {
      if (isOver) {
        this._next();
        return;
      }
      isOpen = true;
      this._openCount++;
      begin();
    };
    if (this.conditions.isSingleFile && this._openCount > 0) {
      this.strike('waits for another connection');
      this._queue.push(enter);
    } else enter();
    return () => {
      if (isOver) return;
      isOver = true;
      if (!isOpen) return;
      this._openCount--;
      this._next();
    };
  }

  private _next(): void {
    const next = this._queue.shift();
    if (next) this.clock.plan(0, next);
  }

  /** Nothing new goes wrong from now on. What is half-open stays so. */
  calm(conditions: Conditions): void {
    this.conditions = conditions;
    this.isCalm = true;
    const waiting = this._queue;
    this._queue = [];
    for (const enter of waiting) this.clock.plan(0, enter);
  }
}
