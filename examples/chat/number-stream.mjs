import { Tally } from './public/tally.js';

const MAX_PER_SECOND = 100;

/**
 * The server's half of the numbered messages that make the promise visible: counts those of the page and says at each one what it has
 * counted so far; sends its own at the rate that the page asks for.
 */
export class NumberStream {
  #session;
  #tally = new Tally();
  #sentCount = 0;
  #isFull = false;
  /** @type {NodeJS.Timeout | undefined} */
  #timer;

  /** @param {import('@holdfast/server').ServerSession} session */
  constructor(session) {
    this.#session = session;
    session.on('drain', () => {
      this.#isFull = false;
    });
  }

  /** @param {number} n the number in a message of the page's */
  take(n) {
    this.#tally.take(n);
    const { received, lost, duplicated, outOfOrder } = this.#tally;
    this.#send({ type: 'counted', n, received, lost, duplicated, outOfOrder });
  }

  /** @param {number} perSecond none if it is 0 */
  setRate(perSecond) {
    this.stop();
    if (perSecond > 0) this.#timer = setInterval(() => this.#next(), 1000 / Math.min(perSecond, MAX_PER_SECOND));
    else this.#send({ type: 'rested', sent: this.#sentCount });
  }

  stop() {
    clearInterval(this.#timer);
  }

  #next() {
    // While the page is away its numbers wait here, up to the high-water mark: then the stream waits too.
    if (this.#isFull) return;
    this.#sentCount++;
    this.#send({ type: 'number', n: this.#sentCount });
  }

  /** @param {object} message */
  #send(message) {
    if (this.#session.state === 'closing' || this.#session.state === 'closed') return;
    this.#isFull = !this.#session.send(JSON.stringify(message));
  }
}
