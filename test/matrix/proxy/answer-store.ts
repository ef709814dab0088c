import type { IncomingHttpHeaders } from 'node:http';
import type { Dice } from './dice.js';

/** An answer that was complete. */
export interface StoredAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

const MAX_ANSWERS = 16;
export const MAX_STORED_BYTES = 65_536;

/** Answers that were given to anyone, kept to be given to others. */
export class AnswerStore {
  readonly #posts: StoredAnswer[] = [];
  readonly #gets = new Map<string, StoredAnswer>();

  /** Keeps an answer; those to GET under their path alone. */
  keep(method: string | undefined, url: string, answer: StoredAnswer): void {
    if (answer.status >= 400) return;
    if (method === 'GET') this.#gets.set(pathOf(url), answer);
    else this.#posts.push(answer);
    if (this.#posts.length > MAX_ANSWERS) this.#posts.shift();
  }

  /** Any answer to an earlier POST. */
  anyPost(dice: Dice): StoredAnswer | undefined {
    return this.#posts[Math.floor(dice.roll() * this.#posts.length)];
  }

  /** The answer to a GET whose address differs in its query at most. */
  get(url: string): StoredAnswer | undefined {
    return this.#gets.get(pathOf(url));
  }
}

function pathOf(url: string): string {
  return url.replace(/\?.*/s, '');
}
