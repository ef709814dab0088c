import { isSame } from './messages.mjs';

/** How long messages may take that are still under way when a measurement ends. */
const REST_MS = 10_000;

/** Clients that all are sent the same messages: counts them, and checks that each is the next for its client. */
export class Receivers {
  /** Messages taken by all of them together. */
  count = 0;
  #messages;
  #counts;
  #nextAt = Infinity;
  #next = () => {};

  /**
   * @param {number} size
   * @param {readonly (string | Buffer)[]} messages
   */
  constructor(size, messages) {
    this.#messages = messages;
    this.#counts = Array.from({ length: size }, () => 0);
  }

  take(client, message) {
    const index = this.#counts[client]++;
    if (!isSame(message, this.#messages[index % this.#messages.length]))
      throw new Error(`message ${index} of client ${client} is wrong: ${String(message).slice(0, 80)}`);
    if (++this.count >= this.#nextAt) this.#next();
  }

  /** Tells each time when so many more have arrived, as a number of messages for each client. */
  creditEvery(messages, credit) {
    let credited = messages;
    this.#nextAt = credited * this.#counts.length;
    this.#next = () => {
      credit(credited);
      credited += messages;
      this.#nextAt = credited * this.#counts.length;
    };
  }

  /**
   * Resolves when every client has had as many as it should, and rejects if that doesn't come true.
   *
   * @param {readonly number[]} counts - by client
   */
  expect(counts) {
    const expected = counts.reduce((sum, count) => sum + count, 0);
    return new Promise((resolve, reject) => {
      const settle = () => {
        clearTimeout(timer);
        if (counts.every((count, client) => count === this.#counts[client])) resolve();
        else reject(new Error(`${this.count} messages arrived instead of ${expected}`));
      };
      const timer = setTimeout(settle, REST_MS);
      this.#nextAt = expected;
      this.#next = settle;
      if (this.count >= expected) settle();
    });
  }
}
