import { NumberStream } from './number-stream.mjs';

const MAX_HISTORY_COUNT = 50;
const MAX_NAME_LENGTH = 32;
const MAX_TEXT_LENGTH = 2000;
const MAX_KEY_LENGTH = 40;
/** Names shown beside the number of people. */
const MAX_NAMES_SHOWN = 20;

/**
 * @typedef {import('@holdfast/server').ServerSession} Session
 *
 * @typedef {object} Said what somebody said
 * @property {'said'} type
 * @property {number} id counts up; tells a page what it already shows
 * @property {string} from the public id of the session that said it
 * @property {string} name
 * @property {string} text
 * @property {string} key given by the page that sent it, which shows it already
 * @property {number} at ms since 1970
 */

/** Everybody in one room. What anybody says goes to all of them; newcomers get the last of it. */
export class ChatRoom {
  /** @type {Said[]} */
  #history = [];
  #lastId = 0;
  /** @type {Map<Session, string>} names, by session */
  #people = new Map();
  /** What everybody was told last about who is here. */
  #told = '';
  #broadcast;

  /** @param {(text: string) => void} broadcast sends to every session */
  constructor(broadcast) {
    this.#broadcast = broadcast;
  }

  /** @param {Session} session */
  enter(session) {
    const numbers = new NumberStream(session);
    this.#people.set(session, 'Guest');
    session.send(JSON.stringify({ type: 'welcome', history: this.#history }));
    this.#told = '';
    session.on('message', (data) => this.#take(session, numbers, data));
    session.on('transport', () => this.#tellPeople());
    session.on('close', () => {
      numbers.stop();
      this.#people.delete(session);
      this.#tellPeople();
    });
    this.#tellPeople();
  }

  /**
   * @param {Session} session
   * @param {NumberStream} numbers
   * @param {string | Uint8Array} data
   */
  #take(session, numbers, data) {
    const message = parse(data);
    switch (message?.['type']) {
      case 'name':
        this.#people.set(session, limit(message['name'], MAX_NAME_LENGTH) || 'Guest');
        this.#tellPeople();
        break;
      case 'say':
        this.#say(session, limit(message['text'], MAX_TEXT_LENGTH), limit(message['key'], MAX_KEY_LENGTH));
        break;
      case 'number':
        numbers.take(Number(message['n']));
        break;
      case 'rate':
        numbers.setRate(Number(message['perSecond']));
        break;
      default:
        // Nothing that this page sends.
        break;
    }
  }

  /**
   * @param {Session} session
   * @param {string} text
   * @param {string} key
   */
  #say(session, text, key) {
    if (text === '') return;
    const name = this.#people.get(session) ?? 'Guest';
    /** @type {Said} */
    const said = { type: 'said', id: ++this.#lastId, from: session.id, name, text, key, at: Date.now() };
    this.#history = [...this.#history, said].slice(-MAX_HISTORY_COUNT);
    this.#broadcast(JSON.stringify(said));
  }

  /** Those who are away may come back: they count again then. */
  #tellPeople() {
    const here = [...this.#people].filter(([session]) => session.transport !== null);
    const names = here.slice(0, MAX_NAMES_SHOWN).map(([, name]) => name);
    const told = JSON.stringify({ type: 'people', count: here.length, names });
    if (told === this.#told) return;
    this.#told = told;
    this.#broadcast(told);
  }
}

/**
 * What a page sent, or `null` if it can't have been ours.
 *
 * @param {string | Uint8Array} data
 * @returns {Record<string, unknown> | null}
 */
function parse(data) {
  try {
    const value = /** @type {unknown} */ (JSON.parse(String(data)));
    return typeof value === 'object' ? /** @type {Record<string, unknown> | null} */ (value) : null;
  } catch {
    return null;
  }
}

/**
 * A text without the spaces around it, cut between two code points.
 *
 * @param {unknown} value
 * @param {number} maxLength
 */
function limit(value, maxLength) {
  return typeof value === 'string' ? Array.from(value.trim()).slice(0, maxLength).join('') : '';
}
