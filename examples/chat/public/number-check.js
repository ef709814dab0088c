import { element } from './elements.js';
import { Tally } from './tally.js';

const WRONG = /** @type {const} */ (['lost', 'duplicated', 'outOfOrder']);
const count = new Intl.NumberFormat();

/** Numbered messages in both directions, counted where they arrive. */
export class NumberCheck {
  #session;
  #switch = element('numbers-on', HTMLInputElement);
  #rate = element('rate', HTMLInputElement);
  #rateValue = element('rate-value', HTMLOutputElement);
  #verdict = element('verdict', HTMLParagraphElement);
  /** Numbers of this page's that the server has counted; it says so in each answer. */
  #up = { sent: 0, received: 0, lost: 0, duplicated: 0, outOfOrder: 0 };
  /** Numbers of the server's that this page has counted. */
  #down = new Tally();
  /** As far as this page can know: the server says the rest when it stops. */
  #downSent = 0;
  #isFull = false;
  /** The server has stopped, and said how many it sent. */
  #isResting = false;
  #roundTripMs = NaN;
  /** When the number was sent whose answer is awaited. @type {{ n: number, at: number } | null} */
  #asked = null;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer;

  /** @param {import('@holdfast/client').ClientSession} session */
  constructor(session) {
    this.#session = session;
    // A reload keeps both as they were left.
    this.#switch.checked = false;
    this.#rateValue.textContent = `${this.#rate.value} a second`;
    this.#switch.addEventListener('change', () => this.#apply());
    this.#rate.addEventListener('input', () => {
      this.#rateValue.textContent = `${this.#rate.value} a second`;
    });
    this.#rate.addEventListener('change', () => this.#apply());
    session.on('drain', () => {
      this.#isFull = false;
    });
    session.on('close', () => clearInterval(this.#timer));
  }

  /** @param {import('./messages.js').NumberMessage} message */
  take(message) {
    switch (message.type) {
      case 'number':
        this.#down.take(message.n);
        this.#downSent = Math.max(this.#downSent, message.n);
        break;
      case 'rested':
        this.#downSent = message.sent;
        this.#isResting = !this.#switch.checked;
        break;
      case 'counted':
        this.#counted(message);
        break;
    }
    this.#show();
  }

  /** @param {Extract<import('./messages.js').NumberMessage, { type: 'counted' }>} message */
  #counted({ n, received, lost, duplicated, outOfOrder }) {
    this.#up = { sent: this.#up.sent, received, lost, duplicated, outOfOrder };
    if (n !== this.#asked?.n) return;
    this.#roundTripMs = performance.now() - this.#asked.at;
    this.#asked = null;
  }

  /** A new session counts from the beginning. */
  begin() {
    this.#up = { sent: 0, received: 0, lost: 0, duplicated: 0, outOfOrder: 0 };
    this.#down = new Tally();
    this.#downSent = 0;
    this.#asked = null;
    this.#isFull = false;
    this.#apply();
  }

  #apply() {
    clearInterval(this.#timer);
    const perSecond = this.#switch.checked ? Number(this.#rate.value) : 0;
    if (this.#session.state === 'closed') return;
    this.#isResting = false;
    this.#session.send(JSON.stringify({ type: 'rate', perSecond }));
    if (perSecond > 0) this.#timer = setInterval(() => this.#next(), 1000 / perSecond);
    this.#show();
  }

  #next() {
    if (this.#isFull || this.#session.state === 'closed') return;
    const n = ++this.#up.sent;
    this.#asked ??= { n, at: performance.now() };
    this.#isFull = !this.#session.send(JSON.stringify({ type: 'number', n }));
    this.#show();
  }

  #show() {
    const up = { ...this.#up, waiting: Math.max(0, this.#up.sent - this.#up.received) };
    const { received, lost, duplicated, outOfOrder } = this.#down;
    const waiting = Math.max(0, this.#downSent - received);
    const down = { sent: this.#downSent, received, waiting, lost, duplicated, outOfOrder };
    for (const [name, value] of Object.entries(up)) setCount(`up-${name}`, value);
    for (const [name, value] of Object.entries(down)) setCount(`down-${name}`, value);
    const isAll = this.#isResting && up.waiting === 0 && waiting === 0;
    this.#judge(
      WRONG.reduce((sum, name) => sum + up[name] + down[name], 0),
      up.received + received,
      isAll,
    );
  }

  /**
   * @param {number} wrongCount
   * @param {number} receivedCount
   * @param {boolean} isAll nothing is on its way any more
   */
  #judge(wrongCount, receivedCount, isAll) {
    if (receivedCount === 0) return;
    this.#verdict.dataset['rested'] = String(isAll);
    const trip = Number.isNaN(this.#roundTripMs) ? '' : ` · ${Math.round(this.#roundTripMs)}\u00a0ms`;
    this.#verdict.dataset['verdict'] = wrongCount === 0 ? 'good' : 'bad';
    this.#verdict.textContent =
      wrongCount === 0
        ? `${isAll ? 'All ' : ''}${count.format(receivedCount)} arrived once and in order${trip}`
        : `${count.format(wrongCount)} of ${count.format(receivedCount)} went wrong${trip}`;
  }
}

/**
 * @param {string} id
 * @param {number | string} value
 */
function setCount(id, value) {
  const cell = document.getElementById(id);
  if (!cell) return;
  cell.textContent = count.format(Number(value));
  cell.classList.toggle('is-wrong', value !== 0 && cell.closest('.count-bad') !== null);
}
