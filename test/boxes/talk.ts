import { createServer, type Server as HttpServer } from 'node:http';
import type { Data, TransportName } from '@holdfast/protocol';
import { connect, type ClientSession, type NodeConnectOptions } from '@holdfast/client';
import { Server, type CloseEvent, type ServerOptions, type ServerSession } from '@holdfast/server';
import { closed } from '../matrix/exchange.js';
import { compare, type Discrepancy } from '../matrix/ledger.js';
import { listen, shut } from '../matrix/pair.js';

/** How a session behind a box is used. */
export interface TalkOptions {
  /** Tells the talks with one server apart. */
  readonly name?: string;
  readonly client?: NodeConnectOptions;
  /** Makes the client's end, where `connect` does not. */
  readonly connect?: (url: string) => ClientSession;
  /** Pause between two rounds of messages, ms. */
  readonly everyMs?: number;
  readonly largeBytes?: number;
  /** Asked whenever anything has arrived: has there been enough? Both large messages have to be through as well. */
  readonly isEnough: (talk: Talk) => boolean;
}

/** What became of it. */
export interface TalkOutcome {
  readonly up: Discrepancy;
  readonly down: Discrepancy;
  readonly resets: number;
  readonly unconfirmed: number;
  readonly closeCodes: readonly number[];
}

/** All is well. */
export const ALL_WELL: TalkOutcome = {
  up: { lost: 0, duplicated: 0, outOfOrder: 0 },
  down: { lost: 0, duplicated: 0, outOfOrder: 0 },
  resets: 0,
  unconfirmed: 0,
  closeCodes: [1000, 1000],
};

/** The first message begins with this, and comes back. */
const ECHO = 'echo ';
const BURST = 40;

type Accepted = (session: ServerSession, first: string) => void;

/** The other end of talks. */
export class TalkServer {
  readonly #expected = new Map<string, Accepted>();
  readonly http: HttpServer = createServer();
  readonly holdfast: Server;
  port = 0;

  static async start(options: ServerOptions = {}): Promise<TalkServer> {
    const server = new TalkServer(options);
    server.port = await listen(server.http);
    return server;
  }

  private constructor(options: ServerOptions) {
    this.holdfast = new Server(options);
    this.holdfast.attach(this.http);
    this.holdfast.on('session', (session) => {
      session.once('message', (first) => this.#expected.get(String(first))?.(session, String(first)));
    });
  }

  /** Calls back with the session whose first message is `first`, and that message. */
  expect(first: string, accepted: Accepted): void {
    this.#expected.set(first, accepted);
  }

  async stop(): Promise<void> {
    await this.holdfast.close({ drainMs: 0, retryAfterMs: 0, spreadMs: 0 });
    await shut(this.http);
  }
}

/**
 * One session over a box: numbered texts and bytes both ways at a steady rate, a burst, one large message each way; all counted. Times are
 * taken as well, for those who want to see them: nothing is decided by them.
 */
export class Talk {
  readonly client: ClientSession;
  /** Which transports carried the session, and when, ms after the beginning. */
  readonly carriers: { readonly name: TransportName | null; readonly atMs: number }[] = [];
  readonly problems: string[] = [];
  /** When the first message had gone up and come back, ms after the beginning. */
  firstEchoMs = NaN;
  /** Longest that a small message was under way, ms, and when it had been sent. */
  latest = { ms: 0, sentAtMs: 0, way: '' };
  readonly #options: TalkOptions;
  readonly #server: TalkServer;
  readonly #startedAt = performance.now();
  readonly #up: Ledger = { sent: [], received: [], sentAt: [] };
  readonly #down: Ledger = { sent: [], received: [], sentAt: [] };
  #resets = 0;
  #onArrival: () => void = () => {};

  constructor(server: TalkServer, origin: string, options: TalkOptions) {
    this.#server = server;
    this.#options = options;
    const url = `${origin}/holdfast`;
    this.client = options.connect?.(url) ?? connect(url, { memory: false, ...options.client });
    this.client.on('transport', ({ name }) => {
      this.carriers.push({ name, atMs: this.nowMs });
      this.#onArrival();
    });
    this.client.on('reset', () => this.#resets++);
    this.client.on('problem', ({ transport, hint }) => this.problems.push(`${transport}: ${hint}`));
    this.client.on('message', (data) => {
      this.#arrived(this.#down, data);
    });
  }

  get nowMs(): number {
    return performance.now() - this.#startedAt;
  }

  async run(): Promise<TalkOutcome> {
    const { name = 'one' } = this.#options;
    const accepted = new Promise<ServerSession>((resolve) => {
      this.#server.expect(ECHO + name, (session, first) => {
        session.on('message', (data) => this.#arrived(this.#up, data));
        this.#arrived(this.#up, first);
        this.#send(this.#down, session, first);
        resolve(session);
      });
    });
    this.#send(this.#up, this.client, ECHO + name);
    const server = await accepted;
    await this.#talk(server);
    const ends: Promise<readonly CloseEvent[]> = Promise.all([closed(this.client), closed(server)]);
    this.client.close();
    const events = await ends;
    return {
      up: compare(this.#up.sent, this.#up.received),
      down: compare(this.#down.sent, this.#down.received),
      resets: this.#resets,
      unconfirmed: events.reduce((sum, { unconfirmed }) => sum + unconfirmed.length, 0),
      closeCodes: events.map(({ code }) => code),
    };
  }

  /** For a talk that has failed: lets go of everything. */
  end(): void {
    if (this.client.state === 'closed') return;
    this.client.use([]);
    this.client.farewell();
  }

  #talk(server: ServerSession): Promise<void> {
    const { name = 'one', everyMs = 50, largeBytes = 300 * 1024, isEnough } = this.#options;
    return new Promise((resolve) => {
      let round = 0;
      let isOver = false;
      const timer = setInterval(() => {
        round++;
        for (const [ledger, end] of [[this.#up, this.client] as const, [this.#down, server] as const]) {
          for (let count = round === 10 ? BURST : 1; count > 0; count--)
            this.#send(ledger, end, numbered(name, ledger.sent.length));
          if (round === 20) this.#send(ledger, end, largeText(largeBytes));
        }
      }, everyMs);
      this.#onArrival = () => {
        const isThrough = round > 20 && [this.#up, this.#down].every(({ received }) => received.length > 20 + BURST);
        if (!isOver && isThrough && isEnough(this)) {
          isOver = true;
          clearInterval(timer);
        }
        const isDone = [this.#up, this.#down].every(({ sent, received }) => received.length >= sent.length);
        if (isOver && isDone) resolve();
      };
    });
  }

  #send(ledger: Ledger, end: { send(data: Data): boolean }, data: Data): void {
    ledger.sent.push(data);
    ledger.sentAt.push(performance.now());
    end.send(data);
  }

  #arrived(ledger: Ledger, data: Data): void {
    const at = performance.now();
    const sentAt = ledger.sentAt[ledger.received.length] ?? at;
    ledger.received.push(data);
    if (typeof data === 'string' && data.startsWith(ECHO) && ledger === this.#down)
      this.firstEchoMs = at - this.#startedAt;
    if (data.length < 1000 && at - sentAt > this.latest.ms) {
      const way = ledger === this.#down ? 'down' : 'up';
      this.latest = { ms: at - sentAt, sentAtMs: sentAt - this.#startedAt, way };
    }
    this.#onArrival();
  }
}

interface Ledger {
  readonly sent: Data[];
  readonly received: Data[];
  readonly sentAt: number[];
}

/** Texts and bytes in turn. */
function numbered(name: string, number: number): Data {
  const text = `${name} ${number}`;
  return number % 2 === 0 ? text : new TextEncoder().encode(text);
}

/** Characters of one to four bytes, so that parts meet every boundary. */
function largeText(byteCount: number): string {
  return 'aä€🪸'.repeat(Math.ceil(byteCount / 10));
}
