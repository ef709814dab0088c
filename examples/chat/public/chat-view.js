import { changeAtEnd, create, element } from './elements.js';

const MAX_SHOWN_COUNT = 200;
const NAME_KEY = 'holdfast-chat-name';
const time = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });

/** The conversation: what was said, who is here, and what is yet to be delivered. */
export class ChatView {
  #session;
  #list = element('messages', HTMLOListElement);
  #people = element('people', HTMLParagraphElement);
  #name = element('name', HTMLInputElement);
  #text = element('text', HTMLInputElement);
  #lastId = 0;
  #keyCount = 0;
  /** What this page has sent and not yet seen come back, by key. @type {Map<string, HTMLElement>} */
  #waiting = new Map();

  /** @param {import('@holdfast/client').ClientSession} session */
  constructor(session) {
    this.#session = session;
    this.#name.value = recallName();
    this.#name.addEventListener('change', () => {
      rememberName(this.#name.value.trim());
      this.#sendName();
    });
    element('compose', HTMLFormElement).addEventListener('submit', (event) => {
      event.preventDefault();
      this.#say(this.#text.value.trim());
      this.#text.value = '';
      this.#text.focus();
    });
    this.#sendName();
  }

  /** @param {import('./messages.js').ChatMessage} message */
  take(message) {
    switch (message.type) {
      case 'welcome':
        for (const said of message.history) this.#show(said);
        break;
      case 'said':
        this.#show(message);
        break;
      case 'people':
        this.#people.textContent = message.count === 1 ? 'only you here' : `${message.count} people here`;
        this.#people.title = message.names.join(', ');
        break;
    }
  }

  /**
   * A new session has begun. What the old one may not have delivered is marked, and its sender decides.
   *
   * @param {string[]} unconfirmed
   */
  begin(unconfirmed) {
    this.#lastId = 0;
    for (const [key, item] of this.#waiting) {
      if (unconfirmed.some((data) => data.includes(`"key":"${key}"`))) this.#offerAgain(key, item);
    }
    for (const item of [...this.#list.children]) {
      if (!item.classList.contains('message-waiting')) item.remove();
    }
    this.#sendName();
  }

  #sendName() {
    this.#session.send(JSON.stringify({ type: 'name', name: this.#name.value.trim() }));
  }

  /** @param {string} text */
  #say(text) {
    if (text === '') return;
    const key = `${Math.random().toString(36).slice(2)}-${++this.#keyCount}`;
    const item = makeItem(this.#name.value.trim() || 'Guest', text, Date.now());
    item.classList.add('message-mine', 'message-waiting');
    this.#waiting.set(key, item);
    this.#append(item);
    this.#list.scrollTop = this.#list.scrollHeight;
    this.#send(key, text, item);
  }

  /**
   * @param {string} key
   * @param {string} text
   * @param {HTMLElement} item
   */
  #send(key, text, item) {
    try {
      this.#session.send(JSON.stringify({ type: 'say', text, key }));
    } catch {
      this.#offerAgain(key, item);
    }
  }

  /** @param {import('./messages.js').Said} said */
  #show(said) {
    if (said.id <= this.#lastId) return;
    this.#lastId = said.id;
    const waiting = this.#waiting.get(said.key);
    if (waiting) {
      this.#waiting.delete(said.key);
      waiting.remove();
    }
    const item = makeItem(said.name, said.text, said.at);
    if (waiting || said.from === this.#session.id) item.classList.add('message-mine');
    this.#append(item);
  }

  /** @param {HTMLElement} item */
  #append(item) {
    element('empty', HTMLParagraphElement).hidden = true;
    changeAtEnd(this.#list, () => {
      const firstWaiting = item.classList.contains('message-waiting')
        ? null
        : this.#list.querySelector('.message-waiting');
      this.#list.insertBefore(item, firstWaiting);
      while (this.#list.children.length > MAX_SHOWN_COUNT) this.#list.firstElementChild?.remove();
    });
  }

  /**
   * @param {string} key
   * @param {HTMLElement} item
   */
  #offerAgain(key, item) {
    if (item.querySelector('button')) return;
    const button = create('button', 'message-again', 'Not confirmed. Send again');
    button.addEventListener('click', () => {
      button.remove();
      this.#send(key, item.querySelector('.message-text')?.textContent ?? '', item);
    });
    item.append(button);
  }
}

/**
 * @param {string} name
 * @param {string} text
 * @param {number} at
 */
function makeItem(name, text, at) {
  const item = create('li', 'message');
  const head = create('p', 'message-head');
  const when = create('time', 'message-time', time.format(at));
  when.setAttribute('datetime', new Date(at).toISOString());
  head.append(create('b', 'message-name', name), when);
  item.append(head, create('p', 'message-text', text));
  return item;
}

function recallName() {
  try {
    return localStorage.getItem(NAME_KEY) ?? '';
  } catch {
    return '';
  }
}

/** @param {string} name */
function rememberName(name) {
  try {
    localStorage.setItem(NAME_KEY, name);
  } catch {
    // Without storage the name lasts as long as the page.
  }
}
