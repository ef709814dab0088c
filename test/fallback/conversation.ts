import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { CloseEvent, Server, ServerOptions, ServerSession } from '@holdfast/server';
import { listen, shut } from '../matrix/pair.js';
import { makeMessage } from './page/content.js';
import { planOf, type Course, type PlannedMessage } from './page/plan.js';
import { Tally, type Count } from './page/tally.js';

/** What the server has seen of a cell. */
export interface ServerResult {
  readonly up: Count;
  readonly sentCount: number;
  /** Sessions that said they are the cell's; more than one: it ended, and began anew, or a ghost of it was raised. */
  readonly sessionCount: number;
  /** Sessions that never said anything. */
  readonly ghostCount: number;
  /** How the cell's sessions ended. */
  readonly closeCodes: readonly number[];
  readonly unconfirmedCount: number;
}

/** What answers requests that aren't for the endpoint. */
type Pages = (request: IncomingMessage, response: ServerResponse) => void;

const TICK_MS = 20;

/** A Holdfast server for one cell: echoes the greeting, sends its part of the plan, and counts what comes. */
export class Conversation {
  readonly #http = createServer();
  readonly #holdfast: Server;
  readonly #plan: readonly PlannedMessage[];
  readonly #up: Tally;
  readonly #sessions: ServerSession[] = [];
  readonly #silent = new Set<ServerSession>();
  readonly #closes: CloseEvent[] = [];
  #sentCount = 0;
  #startedAt = 0;
  #ticking: NodeJS.Timeout | undefined;

  /** Resolves with the port that it listens on. `course` as the page has it. */
  static async start(
    makeServer: new (options: ServerOptions) => Server,
    options: ServerOptions,
    course: Course,
    pages: Pages,
  ): Promise<{ readonly conversation: Conversation; readonly port: number }> {
    const conversation = new Conversation(new makeServer(options), course, pages);
    return { conversation, port: await listen(conversation.#http) };
  }

  private constructor(holdfast: Server, course: Course, pages: Pages) {
    this.#http.on('request', pages);
    this.#plan = planOf('down', course);
    this.#up = new Tally(planOf('up', course).length);
    this.#holdfast = holdfast;
    holdfast.on('session', (session) => this.#begin(session));
    holdfast.attach(this.#http);
  }

  /** What has been counted so far. */
  result(): ServerResult {
    return {
      up: this.#up.count(),
      sentCount: this.#sentCount,
      sessionCount: this.#sessions.length,
      ghostCount: this.#silent.size,
      closeCodes: this.#closes.map(({ code }) => code),
      unconfirmedCount: this.#closes.reduce((sum, { unconfirmed }) => sum + unconfirmed.length, 0),
    };
  }

  async stop(): Promise<void> {
    clearInterval(this.#ticking);
    await this.#holdfast.close({ drainMs: 0, retryAfterMs: 0, spreadMs: 0 });
    await shut(this.#http);
  }

  #begin(session: ServerSession): void {
    this.#silent.add(session);
    session.on('message', (data) => {
      this.#silent.delete(session);
      if (data === 'probe') session.send(data);
      else if (data === 'hello') this.#greet(session);
      else this.#up.add(data, this.#now());
    });
  }

  #greet(session: ServerSession): void {
    session.send('hello');
    this.#sessions.push(session);
    session.on('close', (event) => this.#closes.push(event));
    if (this.#ticking) return;
    this.#startedAt = performance.now();
    this.#ticking = setInterval(() => this.#sendDue(), TICK_MS);
  }

  #now(): number {
    return performance.now() - this.#startedAt;
  }

  #sendDue(): void {
    const session = this.#sessions.at(-1);
    for (;;) {
      const planned = this.#plan[this.#sentCount];
      if (!planned || planned.atMs > this.#now()) return;
      const stamp = { number: this.#sentCount++, sentAtMs: Math.round(this.#now()) };
      const message = makeMessage(stamp, planned, (length) => new Uint8Array(length));
      // What an ended session no longer takes is lost, and counts as such.
      if (session?.state !== 'closed') session?.send(message as string | Uint8Array);
    }
  }
}
