import { MAX_FIRST_BYTES, MAX_UNDRAINED_BYTES, PART_BYTES, TICKET_MS } from '../defaults.js';
import type { Environment, TransportName } from '../environment.js';
import { formatAnswerLine, formatError, type AnswerMode, type RequestEnvelope } from '../packets.js';
import { NONE } from '../queue.js';
import type { Responder, ResponderEvents } from '../seams.js';
import { NO_SLOT, SLOT_MS, type Planned } from './agenda.js';
import { Arriving } from './arriving.js';
import type { Hub } from './hub.js';
import type { Peer } from './hub-host.js';
import type { RequestLines } from './request-lines.js';

/** A held request flushes its headers after this long, so that browsers don't repeat it by themselves. */
const FLUSH_MS = 1000;

/** Requests without a complete answer beside the one that arrives: two under way, of which the older may be about to be released. */
const MAX_OPEN = 2;

/** Most connections that wait for the same answer. Chromium sends a request three times. */
const MAX_COPIES = 8;

/** Parts of a stream that a GET reads: engines show nothing of an event before its end, and over a slow link silence looks like buffering. */
const EVENT_BYTES = 4096;

/** Below this, the rest of an answer isn't worth another part. */
const WORTHWHILE_BYTES = 1024;

const NAMES: Record<AnswerMode, TransportName> = {
  poll: 'polling',
  send: 'polling',
  hold: 'long-polling',
  stream: 'streaming',
};

/** One numbered request and its answer, which every copy of the request gets. */
class Answer {
  readonly n: number;
  readonly as: AnswerMode;
  readonly size: number;
  readonly hold: number;
  readonly pad: number;
  responders: readonly Responder[] = NONE;
  /** All that was written; `null` once it is too much to keep for copies. */
  text: string | null = '';
  bytes = 0;
  isBegun = false;
  isDone = false;
  isOverdue = false;
  /** What a POST gets whose answer is read by a GET: the newest ticket, after those of copies before. */
  tickets: readonly string[] = NONE;
  private _pending = '';

  private readonly _env: Environment;

  constructor(envelope: RequestEnvelope, env: Environment) {
    this._env = env;
    this.n = envelope.n;
    this.as = envelope.as;
    this.size = Math.min(envelope.size, envelope.as === 'stream' ? Infinity : MAX_UNDRAINED_BYTES);
    this.hold = envelope.hold;
    this.pad = envelope.pad;
  }

  get isHeld(): boolean {
    return !this.isDone && (this.as === 'hold' || this.as === 'stream');
  }

  /** Adds to what the next {@link flush} sends. */
  write(text: string): void {
    this.bytes += this._env.utf8Length(text);
    this._pending += text;
  }

  /** Sends in one piece what was written; `false` if a connection is full. */
  flush(): boolean {
    let isTaken = true;
    if (this._pending === '') return isTaken;
    const text = this._take();
    for (const responder of this.responders) isTaken = responder.write(text) && isTaken;
    return isTaken;
  }

  end(): void {
    this.write('.\n');
    this.isDone = true;
    const text = this._take();
    for (const responder of this.responders) responder.end(text);
    this.responders = NONE;
  }

  private _take(): string {
    const text = this._pending;
    this._pending = '';
    if (this.text !== null) this.text += text;
    if (this.as === 'stream' && this.bytes > MAX_FIRST_BYTES) this.text = null;
    return text;
  }
}

/** Hears of one connection that reads an answer. An object, as many thousands wait: closures would cost each of them four times as much. */
class Reader implements ResponderEvents {
  private readonly _exchange: ServerExchange;
  private readonly _answer: Answer;
  private readonly _responder: Responder;

  constructor(exchange: ServerExchange, answer: Answer, responder: Responder) {
    this._exchange = exchange;
    this._answer = answer;
    this._responder = responder;
  }

  closed(): void {
    this._exchange._readerClosed(this._answer, this._responder);
  }

  drained(): void {
    this._exchange._readerDrained();
  }
}

/** A series of numbered HTTP requests, which together carry packets in order both ways. */
export class ServerExchange extends Arriving implements Planned {
  readonly name: TransportName;
  override isLive = false;
  readonly via: number;
  /** Under which the hub knows it; `''` if it doesn't. @internal */
  _name = '';
  private readonly _env: Environment;
  private _next = 0;
  private _answers: Answer[] = [];
  private _early: { answer: Answer; lines: readonly string[] } | null = null;
  private _isStuck = false;
  /** The newest one. */
  private _stream: Answer | null = null;
  /** The newest request that is held, when it is answered at the latest, and when something is to be done for it next. */
  private _held: Answer | null = null;
  private _overdueAt = 0;
  private _tendAt = 0;
  /** @internal */ _slot: number = NO_SLOT;

  constructor(env: Environment, hub: Hub, peer: Peer, envelope: RequestEnvelope) {
    super(hub, peer);
    this._env = env;
    this.via = envelope.via;
    this.name = NAMES[envelope.as];
    this._expect();
  }

  /** No request of it is under way. */
  override get isAbandoned(): boolean {
    return this._answers.every((answer) => answer.isDone || answer.responders.length === 0);
  }

  /** Takes a request: the next one, one that came too early, or a copy. */
  request({ envelope, lines, isAscii }: RequestLines, responder: Responder): ResponderEvents {
    this._session?._heard(this);
    if (!isAscii) this._isAscii = false;
    const { n } = envelope;
    const known = this._answers.find((answer) => answer.n === n);
    if (known) {
      this._env.trace?.('joined', { n });
      return this._join(known, envelope, responder);
    }
    if (n < this._next)
      return this._hub._reject(
        this._peer,
        responder,
        envelope,
        'ERR_COPY',
        'the answer to this request is no longer kept',
      );
    if (n > this._next + 1 || this._answers.filter((answer) => !answer.isDone).length > MAX_OPEN)
      return this._hub._reject(this._peer, responder, envelope, 'ERR_ORDER', 'more than two requests are under way');
    const answer = new Answer(envelope, this._env);
    const events = this._join(answer, envelope, responder);
    // Nobody could read what it says.
    if (envelope.get !== false && answer.tickets.length === 0) return events;
    // Data goes into the answers in the order of their requests, not in that of their arrival.
    this._answers = this._answers.concat([answer]);
    // The one that came too early stays the last.
    if (this._early) this._answers.sort((a, b) => a.n - b.n);
    if (n > this._next) {
      this._env.trace?.('early request', { n });
      this._early = { answer, lines };
      this._recount();
      return events;
    }
    this._act(answer, lines);
    const early = this._early;
    // Acting may have ended this transport, and what waited with it.
    if (early?.answer.n === this._next && !this._isFinished) {
      this._early = null;
      this._act(early.answer, early.lines);
    }
    return events;
  }

  /** A GET that reads the stream which request `n` asked for. */
  redeem(n: number, responder: Responder): ResponderEvents | null {
    const answer = this._answers.find((other) => other.n === n);
    // Also one that is complete: it may say that there is no such session.
    return answer ? this._listen(answer, responder) : null;
  }

  private _join(answer: Answer, { get }: RequestEnvelope, responder: Responder): ResponderEvents {
    const { tickets, n } = answer;
    if (get === false) return this._listen(answer, responder);
    // A copy of the request gets the ticket that the first one got. A client that makes its own names another one when it asks again, and
    // none is good twice.
    if (get === true ? tickets.length === 0 : tickets.indexOf(get) < 0) {
      const own = get === true ? '' : get;
      const ticket = tickets.length < MAX_COPIES ? this._hub._ticket(this, n, TICKET_MS, own) : null;
      const to = { id: this._session?.id ?? '-', via: this.via, n };
      if (ticket === null)
        return this._hub._reject(this._peer, responder, to, 'ERR_TICKET', 'this ticket belongs to another request');
      answer.tickets = tickets.concat(ticket);
    }
    responder.end(
      `${formatAnswerLine(this._session?.id ?? '-', this.via, n)}y${answer.tickets.slice(-1)[0] ?? ''}\n.\n`,
    );
    return IGNORED;
  }

  private _listen(answer: Answer, responder: Responder): ResponderEvents {
    if (answer.text === null) {
      return this._hub._reject(
        this._peer,
        responder,
        { id: this._session?.id ?? '-', via: this.via, n: answer.n },
        'ERR_COPY',
        'this stream has gone on too far to be repeated',
      );
    }
    if (answer.isDone) {
      responder.end(answer.text);
      return IGNORED;
    }
    if (answer.text !== '') responder.write(answer.text);
    const [oldest] = answer.responders;
    // Most answers have one reader, and what grows by `push` has room for 17.
    answer.responders = answer.responders.concat([responder]);
    if (answer.responders.length > MAX_COPIES) {
      answer.responders = answer.responders.slice(1);
      oldest?.destroy();
    }
    this.wake();
    return new Reader(this, answer, responder);
  }

  /** A reader of `answer` is gone. @internal */
  _readerClosed(answer: Answer, responder: Responder): void {
    const others = answer.responders.filter((other) => other !== responder);
    answer.responders = others.length > 0 ? others : NONE;
    this._isStuck = false;
    this.wake();
    // A stream can't be taken up again by its client: with it the transport is gone.
    if (answer.as === 'stream' && answer.isBegun && !answer.isDone && answer.responders.length === 0)
      this._gone('closed');
  }

  /** A connection has taken all that was written. @internal */
  _readerDrained(): void {
    this._isStuck = false;
    this._session?._heard(this);
    this._flush();
  }

  private _act(answer: Answer, lines: readonly string[]): void {
    this._next = answer.n + 1;
    if (answer.as === 'stream') this._stream = answer;
    // Two requests are under way at most: whoever sends this one has the answers before the last.
    // A list that `filter` makes has room for 17, and mostly there is nothing to leave out.
    const isKept = (other: Answer): boolean => !other.isDone || other.n > answer.n - 2;
    if (!this._answers.every(isKept)) this._answers = this._answers.filter(isKept);
    this.isLive = this._answers.some((other) => other.as === 'stream' && !other.isDone);
    for (const line of lines) this._takeLine(line);
    if (this._isFinished) return;
    if (answer.isHeld) this._startHold(answer);
    this.wake();
  }

  private _startHold(answer: Answer): void {
    const { holdMs, heartbeatIntervalMs } = this._hub._options;
    // A client that hears nothing for longer than a heartbeat takes the transport for dead; a stream has pings.
    const hold = answer.as === 'hold' ? Math.min(answer.hold, holdMs, heartbeatIntervalMs) : answer.hold;
    const now = this._env.now();
    this._held = answer;
    this._overdueAt = now + hold;
    this._tendAt = now + Math.min(FLUSH_MS, hold);
    this._planTending(now);
  }

  /** Not further ahead than sessions are planned: of the slots in between there would be as many as transports. */
  private _planTending(now: number): void {
    this._hub._agenda.plan(this, Math.min(this._tendAt, now + this._hub._options.heartbeatIntervalMs));
  }

  /** Sees whether something is due for the request that is held. It may be early: a hold is the longest time. @internal */
  _come(): void {
    const answer = this._held;
    // The next one plans for itself.
    if (!answer || answer.isDone) return;
    const now = this._env.now();
    if (now + SLOT_MS >= this._overdueAt) {
      answer.isOverdue = true;
      this._flush();
      return;
    }
    if (now + SLOT_MS >= this._tendAt) {
      this._tendAt = this._overdueAt;
      if (this._session) {
        this._begin(answer);
        answer.flush();
      }
    }
    this._planTending(now);
  }

  private _begin(answer: Answer): void {
    if (answer.isBegun || answer.isDone) return;
    answer.isBegun = true;
    this._session?._newBody(this);
    let text = formatAnswerLine(this._session?.id ?? '-', this.via, answer.n);
    if (answer.pad > 0) text += `${' '.repeat(answer.pad)}\n`;
    answer.write(text);
  }

  /** Answers what can be answered, in the order of the requests. */
  protected override _flush(): void {
    const session = this._session;
    if (!session || this._isFinished) return;
    const newest = this._answers.reduce((n, { as, n: other }) => (as !== 'send' && other < this._next ? other : n), -1);
    for (const answer of this._answers) {
      if (answer.isDone || answer.n >= this._next) continue;
      const isSuperseded = answer.n < newest;
      const isDue = answer.as === 'poll' || answer.isOverdue;
      // Whoever has the ticket will come for it.
      const isUnread = answer.tickets.length > 0 && answer.responders.length === 0;
      if (answer.as === 'send') this._answerSend(answer);
      else if (answer.as === 'stream') this._answerStream(answer, isSuperseded, isSuperseded || isDue);
      else if (isSuperseded || (isDue && !isUnread) || (answer.responders.length > 0 && session._wants(this)))
        this._answerOnce(answer);
    }
    this._recount();
  }

  /** Answers kept for copies, what their connections have not taken, and the request that came too early. */
  private _recount(): void {
    if (!this._session) return;
    let bytes = (this._early?.lines ?? []).reduce((sum, line) => sum + line.length, 0);
    let unsent = 0;
    for (const { text, responders } of this._answers) {
      bytes += text?.length ?? 0;
      for (const responder of responders) unsent += responder.bufferedAmount();
    }
    if (!this._isFinished) this._countsUnsent(unsent, bytes);
  }

  private _answerSend(answer: Answer): void {
    this._begin(answer);
    const stream = this._stream;
    const progress = stream?.isBegun ? `w${stream.bytes}\n` : '';
    answer.write((this._session?._pullControl(this) ?? '') + progress);
    answer.end();
  }

  private _answerOnce(answer: Answer): void {
    this._begin(answer);
    // What nobody reads any more is not given data: its copy would have to bring it.
    if (answer.responders.length > 0) this._fill(answer);
    answer.end();
  }

  private _answerStream(answer: Answer, isSuperseded: boolean, isReleased: boolean): void {
    if (answer.responders.length === 0 && !isReleased) return;
    this._begin(answer);
    // One whose time is over has perhaps had no chance: `authorize` may have taken longer.
    if (!isSuperseded) this._fill(answer);
    answer.flush();
    if (isReleased || answer.size - answer.bytes < WORTHWHILE_BYTES) answer.end();
  }

  private _fill(answer: Answer): void {
    const session = this._session;
    const most = answer.as === 'stream' && answer.tickets.length > 0 ? EVENT_BYTES : PART_BYTES;
    let left = answer.size - answer.bytes;
    // However small the answer, something goes with it.
    let isWorthwhile = true;
    while (session && !this._isStuck && isWorthwhile) {
      const text = session._pull(this, Math.min(most, Math.max(left, WORTHWHILE_BYTES)));
      if (typeof text !== 'string' || text === '') return;
      answer.write(text);
      this._isStuck = !answer.flush() && answer.as === 'stream';
      left = answer.size - answer.bytes;
      isWorthwhile = left >= WORTHWHILE_BYTES && session._hasMore(text);
    }
  }

  override finish(last: string): void {
    if (this._isFinished) return;
    this._isFinished = true;
    let text = this._control + last;
    this._control = '';
    for (const answer of this._answers) {
      if (answer.isDone) continue;
      this._begin(answer);
      answer.write(text);
      answer.end();
      if (answer.as !== 'send') text = '';
    }
    this._gone('finished');
  }

  protected override _gone(why: string): void {
    this._hub._agenda.cancel(this);
    // Whoever still waits must not hang on to a transport that is no more.
    for (const answer of this._answers)
      if (!answer.isDone) for (const responder of answer.responders) responder.destroy();
    super._gone(why);
  }

  override _refuse(code: string, message: string, more: object = {}): void {
    this._hub._count(code, this._peer);
    this.finish(formatError({ code, message, ...more }));
  }
}

/** For answers that are complete: nothing that happens to their connection matters any more. */
export const IGNORED: ResponderEvents = { closed: () => undefined, drained: () => undefined };
