// The page: one session, and three parts that show it.
import { ChatView } from './chat-view.js';
import { ConnectionPanel } from './connection-panel.js';
import { NumberCheck } from './number-check.js';

const session = Holdfast.connect('/holdfast', {
  // Everything that happens, in the console at its most talkative level.
  trace: (event, detail) => console.debug(event, detail),
});

const chat = new ChatView(session);
const panel = new ConnectionPanel(session);
const numbers = new NumberCheck(session);

session.on('message', (data) => {
  const parsed = /** @type {unknown} */ (JSON.parse(String(data)));
  const message = /** @type {import('./messages.js').ServerMessage} */ (parsed);
  switch (message.type) {
    case 'welcome':
    case 'said':
    case 'people':
      chat.take(message);
      break;
    case 'number':
    case 'counted':
    case 'rested':
      numbers.take(message);
      break;
  }
});

// The server no longer knows the session. A new one has begun; what it is to know has to be said again.
session.on('reset', ({ code, reason, unconfirmed }) => {
  panel.tell(`A new session: the old one ended with ${code}${reason === '' ? '' : ` (${reason})`}.`);
  chat.begin(unconfirmed.map(({ data }) => String(data)));
  numbers.begin();
});

// For the console, and for tests.
Object.assign(window, { session });
