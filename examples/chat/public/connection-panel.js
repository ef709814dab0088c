import { create, element } from './elements.js';

const MAX_LOG_COUNT = 12;
const time = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' });

/** @typedef {import('@holdfast/client').TransportName} TransportName */

/** @type {readonly TransportName[]} */
const ALL = ['websocket', 'streaming', 'long-polling', 'polling'];

/** @type {Readonly<Record<TransportName, string>>} */
const TITLES = {
  websocket: 'WebSocket',
  streaming: 'Streaming',
  'long-polling': 'Long polling',
  polling: 'Polling',
};

/** Shows what carries the session and what happened to it, and lets people interfere. */
export class ConnectionPanel {
  #session;
  #badge = element('badge', HTMLParagraphElement);
  #badgeName = element('badge-name', HTMLSpanElement);
  #badgeState = element('badge-state', HTMLSpanElement);
  #offline = element('offline', HTMLButtonElement);
  #drop = element('drop', HTMLButtonElement);
  #log = element('log', HTMLOListElement);
  /** @type {HTMLButtonElement[]} */
  #rungs = [...document.querySelectorAll('button')].filter(({ dataset }) => dataset['use'] !== undefined);
  #choice = 'automatic';
  #isOffline = false;
  #awaySince = performance.now();

  /** @param {import('@holdfast/client').ClientSession} session */
  constructor(session) {
    this.#session = session;
    for (const rung of this.#rungs) rung.addEventListener('click', () => this.#choose(rung.dataset['use'] ?? ''));
    this.#drop.addEventListener('click', () => {
      this.tell('You dropped the connection.');
      session.reconnect();
    });
    this.#offline.addEventListener('click', () => this.#setOffline(!this.#isOffline));
    session.on('transport', ({ name }) => this.#tellTransport(name));
    session.on('problem', ({ transport, hint }) => this.tell(`${titleOf(transport)}: ${hint}`, 'problem'));
    session.on('open', () => this.#show());
    session.on('reset', () => this.#show());
    session.on('close', ({ code, reason }) => {
      this.tell(`The session ended with ${code}${reason === '' ? '' : `: ${reason}`}.`, 'problem');
      this.#show();
    });
    this.#show();
  }

  /**
   * Adds a line to the story.
   *
   * @param {string} text
   * @param {string} [kind]
   */
  tell(text, kind = 'note') {
    const item = create('li', `log-${kind}`);
    item.append(create('time', 'log-time', time.format(new Date())), create('span', 'log-text', text));
    this.#log.prepend(item);
    while (this.#log.children.length > MAX_LOG_COUNT) this.#log.lastElementChild?.remove();
  }

  /** @param {TransportName | null} name */
  #tellTransport(name) {
    const now = performance.now();
    if (name === null) {
      this.#awaySince = now;
      this.tell('No transport. What is sent now waits.', 'away');
    } else {
      const gap = Number.isNaN(this.#awaySince) ? 'without a gap' : `after ${formatDuration(now - this.#awaySince)}`;
      this.#awaySince = NaN;
      this.tell(`${titleOf(name)}, ${gap}.`, name);
    }
    this.#show();
  }

  /** @param {string} choice */
  #choose(choice) {
    this.#choice = choice;
    this.#isOffline = false;
    this.#apply();
  }

  /** @param {boolean} isOffline */
  #setOffline(isOffline) {
    this.#isOffline = isOffline;
    this.tell(isOffline ? 'You went offline.' : 'You came back online.');
    this.#apply();
  }

  #apply() {
    const chosen = ALL.filter((name) => this.#choice === 'automatic' || this.#choice === name);
    this.#session.use(this.#isOffline ? [] : chosen);
    this.#show();
  }

  #show() {
    const { transport, state } = this.#session;
    this.#badge.dataset['transport'] = transport ?? 'none';
    this.#badge.dataset['state'] = state;
    this.#badgeName.textContent = titleOf(transport);
    this.#badgeState.textContent = this.#isOffline ? 'offline' : state;
    for (const rung of this.#rungs) {
      const use = rung.dataset['use'];
      rung.setAttribute('aria-pressed', String(!this.#isOffline && use === this.#choice));
      rung.classList.toggle('rung-carries', use === transport);
    }
    this.#offline.textContent = this.#isOffline ? 'Go online' : 'Go offline';
    this.#offline.setAttribute('aria-pressed', String(this.#isOffline));
    this.#drop.disabled = this.#isOffline || state === 'closed';
  }
}

/** @param {TransportName | null} name */
function titleOf(name) {
  return name === null ? 'No transport' : TITLES[name];
}

/** @param {number} ms */
function formatDuration(ms) {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}
