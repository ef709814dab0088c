import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { CloseEvent, Data, Server, ServerOptions, ServerSession } from '@holdfast/server';
import { listen, shut } from '../matrix/pair.js';
import { greeterOf, makeMessage, readMessage } from './page/content.js';
import { planOf, type Course, type PlannedMessage } from './page/plan.js';
import { Tally, type Count } from './page/tally.js';

/** What the server has seen of a session of a cell. */
export interface ServerResult {
  readonly up: Count;
  readonly sentCount: number;
  /** Sessions that said they are this one; more than one: it ended, and began anew, or a ghost of it was raised. */
  readonly sessionCount: number;
  /** Sessions that never said anything. Whose they are isn't known: they count with the first one. */
  readonly ghostCount: number;
  /** How its sessions ended. */
  readonly closeCodes: readonly number[];
  readonly unconfirmedCount: number;
}

/** What answers requests that aren't for the endpoint. */
type Pages = (request: IncomingMessage, response: ServerResponse) => void;

const TICK_MS = 20;

/** A Holdfast server for one cell; speaks with each of its sessions. */
export class Conversation {
  readonly #http = createServer();
  readonly #holdfast: Server;
  readonly #partners: readonly Partner[];
  readonly #silent = new Set<ServerSession>();

  /** Resolves with the port that it listens on. `course` as the pages have it. */
  static async start(
    makeServer: new (options: ServerOptions) => Server,
    options: ServerOptions,
    course: Course,
    speakerCount: number,
    pages: Pages,
  ): Promise<{ readonly conversation: Conversation; readonly port: number }> {
    const partners = Array.from({ length: speakerCount }, (_, speaker) => new Partner(speaker, course));
    const conversation = new Conversation(new makeServer(options), partners, pages);
    return { conversation, port: await listen(conversation.#http) };
  }

  private constructor(holdfast: Server, partners: readonly Partner[], pages: Pages) {
    this.#http.on('request', pages);
    this.#partners = partners;
    this.#holdfast = holdfast;
    holdfast.on('session', (session) => this.#begin(session));
    holdfast.attach(this.#http);
  }

  /** What has been counted so far of one session. */
  result(speaker: number): ServerResult | null {
    return this.#partners[speaker]?.result(speaker === 0 ? this.#silent.size : 0) ?? null;
  }

  async stop(): Promise<void> {
    for (const partner of this.#partners) partner.stop();
    await this.#holdfast.close({ drainMs: 0, retryAfterMs: 0, spreadMs: 0 });
    await shut(this.#http);
  }

  #begin(session: ServerSession): void {
    let partner: Partner | undefined;
    this.#silent.add(session);
    session.on('message', (data) => {
      this.#silent.delete(session);
      if (data === 'probe') session.send(data);
      else {
        // One that began anew greets no more: it is whose its first message is.
        partner ??= this.#partners[greeterOf(data) ?? readMessage(data)?.speaker ?? 0];
        partner?.take(session, data);
      }
    });
  }
}

/** Answers the greeting of one session, sends its part of the plan, and counts what comes. */
class Partner {
  readonly #speaker: number;
  readonly #plan: readonly PlannedMessage[];
  readonly #up: Tally;
  readonly #sessions: ServerSession[] = [];
  readonly #closes: CloseEvent[] = [];
  #sentCount = 0;
  #startedAt = 0;
  #ticking: NodeJS.Timeout | undefined;

  constructor(speaker: number, course: Course) {
    this.#speaker = speaker;
    this.#plan = planOf('down', course);
    this.#up = new Tally(planOf('up', course).length, speaker);
  }

  result(ghostCount: number): ServerResult {
    return {
      up: this.#up.count(),
      sentCount: this.#sentCount,
      sessionCount: this.#sessions.length,
      ghostCount,
      closeCodes: this.#closes.map(({ code }) => code),
      unconfirmedCount: this.#closes.reduce((sum, { unconfirmed }) => sum + unconfirmed.length, 0),
    };
  }

  stop(): void {
    clearInterval(this.#ticking);
  }

  take(session: ServerSession, data: Data): void {
    if (greeterOf(data) === this.#speaker) this.#greet(session, data);
    else this.#up.add(data, this.#now());
  }

  #greet(session: ServerSession, greeting: Data): void {
    session.send(greeting);
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
      const stamp = { speaker: this.#speaker, number: this.#sentCount++, sentAtMs: Math.round(this.#now()) };
      const message = makeMessage(stamp, planned, (length) => new Uint8Array(length));
      // What an ended session no longer takes is lost, and counts as such.
      if (session?.state !== 'closed') session?.send(message as Data);
    }
  }
}
