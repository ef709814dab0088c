import { TEXTS } from './texts.mjs';

/** How long messages may take that are still under way when a measurement ends. */
const REST_MS = 10_000;

/** Clients that all are sent the same texts: counts them, and checks that each is the next for its client. */
export class Receivers {
  /** Messages taken by all of them together. */
  count = 0;
  #counts;
  #nextAt = Infinity;
  #next = () => {};

  constructor(size) {
    this.#counts = new Uint32Array(size);
  }

  take(client, text) {
    const index = this.#counts[client]++;
    if (text !== TEXTS[index % TEXTS.length])
      throw new Error(`message ${index} of client ${client} is wrong: ${text.slice(0, 80)}`);
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

  /** Resolves when every client has had so many, and rejects if that doesn't come true. */
  expect(messages) {
    const expected = messages * this.#counts.length;
    return new Promise((resolve, reject) => {
      const settle = () => {
        clearTimeout(timer);
        if (this.#counts.every((count) => count === messages)) resolve();
        else reject(new Error(`${this.count} messages arrived instead of ${expected}`));
      };
      const timer = setTimeout(settle, REST_MS);
      this.#nextAt = expected;
      this.#next = settle;
      if (this.count >= expected) settle();
    });
  }
}
