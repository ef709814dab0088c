import {
  request,
  type ClientRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type ServerResponse,
} from 'node:http';
import type { Duplex } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { Behaviour } from '../proxy-behaviour.js';
import { Turnstile } from '../turnstile.js';
import { AnswerStore } from './answer-store.js';
import { giveStored, handOn, loseAnswer, reset, type Answering } from './answering.js';
import type { LinkState } from './flow.js';
import { passHeaders, PORTAL_PAGE } from './headers.js';

/** What the parts of a proxy that speak HTTP share. */
export interface Inside extends LinkState {
  readonly targetPort: number;
  /** Holds a socket until the proxy closes. */
  readonly keep: (socket: Duplex) => void;
  /** Does a login page answer now? */
  readonly isPortal: (behaviour: Behaviour) => boolean;
}

/** A request that was taken in, ready to be sent on. */
interface Taken {
  readonly incoming: IncomingMessage;
  /** `null`: passes as it comes. */
  readonly body: Buffer | null;
  readonly behaviour: Behaviour;
}

/** Passes requests on, and what becomes of them back. */
export class Requests {
  readonly #inside: Inside;
  readonly #turnstile = new Turnstile();
  readonly #store = new AnswerStore();
  #queued = 0;
  #lastPassed = 0;
  #repeatLater: Taken[] = [];
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(inside: Inside) {
    this.#inside = inside;
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
  }

  /** Sends what was to be repeated when all is over. */
  repeatOld(): void {
    for (const taken of this.#repeatLater.splice(0)) this.#copy(taken);
  }

  async pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { counts, dice, isPortal } = this.#inside;
    const behaviour = this.#inside.behaviour();
    const number = ++counts.requests;
    const isPost = incoming.method === 'POST';
    outgoing.on('error', () => {});
    if (isPortal(behaviour)) {
      incoming.resume();
      outgoing.writeHead(200, { 'content-type': 'text/html' }).end(PORTAL_PAGE);
      return;
    }
    const isHit = isPost ? dice.strikes(behaviour.cacheShare) : behaviour.isCachingGets;
    const hit = isHit ? (isPost ? this.#store.anyPost(dice) : this.#store.get(incoming.url ?? '/')) : undefined;
    if (hit) {
      counts.cachedAnswers++;
      incoming.resume();
      giveStored(hit, outgoing);
      return;
    }
    const body = mustBeWhole(behaviour) ? await this.#whole(incoming, outgoing, behaviour) : null;
    if (isAnswered(outgoing)) return;
    if (behaviour.maxDelayMs > 0) await this.#delay(number, behaviour.maxDelayMs);
    if (behaviour.isOneAtATime) await this.#queue(outgoing);
    if (!isAnswered(outgoing)) this.#go({ incoming, body, behaviour }, outgoing);
  }

  /** Takes in all of a body, or as much as there may be. */
  async #whole(incoming: IncomingMessage, outgoing: ServerResponse, behaviour: Behaviour): Promise<Buffer | null> {
    const { counts } = this.#inside;
    const { maxRequestBytes, requestOverflow } = behaviour;
    const body = await buffer(incoming);
    if (behaviour.isHoldingBodies) counts.heldBodies++;
    if (body.length <= maxRequestBytes) return body;
    if (requestOverflow === 'cut') {
      counts.cutBodies++;
      return body.subarray(0, maxRequestBytes);
    }
    counts.refusedBodies++;
    if (requestOverflow === 'reset') reset(outgoing);
    else outgoing.writeHead(413, { 'content-type': 'text/html' }).end('<h1>Payload Too Large</h1>');
    return null;
  }

  /** A random wait, the same in every run. */
  async #delay(number: number, maxMs: number): Promise<void> {
    const { counts, dice } = this.#inside;
    await new Promise<void>((resolve) => this.#later(resolve, dice.roll() * maxMs));
    if (number < this.#lastPassed) counts.reorderedRequests++;
    this.#lastPassed = Math.max(this.#lastPassed, number);
  }

  async #queue(outgoing: ServerResponse): Promise<void> {
    if (this.#queued++ > 0) this.#inside.counts.queuedRequests++;
    const leave = await this.#turnstile.enter();
    const done = (): void => {
      this.#queued--;
      leave();
    };
    if (outgoing.destroyed) done();
    else outgoing.once('close', done);
  }

  #go(taken: Taken, outgoing: ServerResponse): void {
    const { dice } = this.#inside;
    const { behaviour, incoming } = taken;
    const isPost = incoming.method === 'POST';
    const isRepeated = isPost && dice.strikes(behaviour.repeatShare);
    const rivals = [this.#forward(taken)];
    if (isRepeated && behaviour.isRepeatRaced) {
      this.#inside.counts.repeatedRequests++;
      rivals.push(this.#forward(taken));
    } else if (isRepeated) this.#repeat(taken);
    let isAnswered = false;
    let failures = 0;
    for (const upstream of rivals) {
      upstream.on('error', () => {
        if (!isAnswered && ++failures === rivals.length) outgoing.destroy();
      });
      outgoing.once('close', () => upstream.destroy());
      upstream.on('response', (answer) => {
        if (isAnswered) answer.resume();
        else this.#answer(taken, answer, outgoing);
        isAnswered = true;
      });
    }
  }

  #answer({ incoming, behaviour }: Taken, answer: IncomingMessage, outgoing: ServerResponse): void {
    const { counts, dice } = this.#inside;
    const { method, url = '/' } = incoming;
    const isPost = method === 'POST';
    const isReset = dice.strikes(behaviour.resetAnswerShare);
    const answering: Answering = {
      answer,
      outgoing,
      behaviour,
      counts,
      resetAt: isReset ? dice.roll() : null,
      keep: (stored) => this.#store.keep(method, url, stored),
    };
    const other = isPost && dice.strikes(behaviour.swapShare) ? this.#store.anyPost(dice) : undefined;
    if (isPost && dice.strikes(behaviour.loseAnswerShare)) loseAnswer(answering);
    else if (other) {
      counts.swappedAnswers++;
      answer.resume();
      giveStored(other, outgoing);
    } else handOn(answering);
  }

  #forward({ incoming, body, behaviour }: Taken): ClientRequest {
    const { counts, keep, targetPort } = this.#inside;
    const headers: OutgoingHttpHeaders = passHeaders(incoming.headers, behaviour.isDroppingHeaders, counts);
    headers.connection = 'close';
    if (body) {
      headers['content-length'] = body.length;
      delete headers['transfer-encoding'];
    }
    const upstream = request({
      host: '127.0.0.1',
      port: targetPort,
      localAddress: behaviour.sourceAddress,
      agent: false,
      method: incoming.method,
      path: incoming.url,
      headers,
    });
    upstream.on('socket', keep);
    return body ? upstream.end(body) : incoming.pipe(upstream);
  }

  /** The same request once more; whoever sent it learns nothing of the second answer. */
  #repeat(taken: Taken): void {
    const { repeatAfterMs } = taken.behaviour;
    if (repeatAfterMs < Infinity) this.#later(() => this.#copy(taken), repeatAfterMs);
    else this.#repeatLater.push(taken);
  }

  #copy(taken: Taken): void {
    this.#inside.counts.repeatedRequests++;
    const copy = this.#forward(taken);
    copy.on('error', () => {});
    copy.on('response', (answer) => answer.resume());
  }

  #later(callback: () => void, ms: number): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      callback();
    }, ms);
    this.#timers.add(timer);
  }
}

/** There is nothing more to say, or nobody to say it to. */
function isAnswered({ destroyed, headersSent }: ServerResponse): boolean {
  return destroyed || headersSent;
}

function mustBeWhole(behaviour: Behaviour): boolean {
  const { isHoldingBodies, isOneAtATime, maxDelayMs, maxRequestBytes, repeatShare } = behaviour;
  return isHoldingBodies || isOneAtATime || maxDelayMs > 0 || maxRequestBytes < Infinity || repeatShare > 0;
}
