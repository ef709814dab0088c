import { answerParent } from '../lib/child.mjs';
import { cpuUs } from '../lib/cpu-time.mjs';
import { Receivers } from '../lib/receivers.mjs';
import { TEXTS } from '../lib/texts.mjs';
import { PEERS } from '../peers/index.mjs';

const FIRST = 'the first message';

/** Connections that {@link connectAll} made, and what they receive. */
let connections = [];
let receivers = new Receivers(0);
let onText = () => {};
let sent = () => 0;

answerParent({
  /** Milliseconds from the call that connects until the first message has come back; `null` if it takes too long. */
  async firstEcho({ warmUpPort, port, ...target }) {
    await firstEcho({ ...target, port: warmUpPort });
    return firstEcho({ ...target, port });
  },

  /** Opens so many connections, one after the other. */
  connectAll,

  /** Asks the server to send to the first connection as fast as it can, but never more than `maxAhead` messages ahead. */
  push({ perTurn, maxAhead }) {
    credit(maxAhead);
    connections[0].send(`push ${JSON.stringify({ perTurn, maxAhead })}`);
  },

  /** Lets the server know how far all connections have got, for a broadcast. */
  takeBroadcast: ({ maxAhead }) => credit(maxAhead),

  /** How many messages have arrived at all connections together, when, and how much processor time this process has used. */
  usage: () => ({ count: receivers.count, atMs: performance.now(), cpuUs: cpuUs() }),

  /** Resolves when so many have arrived at each connection, each as it was sent, in order. */
  expect: (count) => receivers.expect(count),

  /** Begins to keep so many messages under way over the first connection: for each that comes back the next one is sent. */
  startEcho({ outstanding }) {
    let sentCount = 0;
    onText = () => connections[0].send(TEXTS[sentCount++ % TEXTS.length]);
    for (let index = 0; index < outstanding; index++) onText();
    sent = () => sentCount;
  },

  /** Ends that; resolves when all have come back. */
  async stopEcho() {
    onText = () => {};
    await receivers.expect(sent());
  },
});

async function firstEcho({ peer, root, options, port, timeoutMs }) {
  let done = () => {};
  const result = new Promise((resolve) => (done = resolve));
  const events = {
    ready: (connection) => connection.send(FIRST),
    message: (text) => done({ at: performance.now(), text }),
  };
  const connect = await PEERS[peer].prepare(`http://127.0.0.1:${port}`, options, events, root);
  const timer = setTimeout(() => done(null), timeoutMs);
  const startedAt = performance.now();
  const connection = connect();
  const echo = await result;
  clearTimeout(timer);
  connection.close();
  if (echo === null) return null;
  if (echo.text !== FIRST)
    throw new Error(`${peer} brought back something else than was sent: ${echo.text.slice(0, 80)}`);
  return echo.at - startedAt;
}

async function connectAll({ peer, root, options, port, count }) {
  receivers = new Receivers(count);
  connections = [];
  for (let client = 0; client < count; client++) {
    let opened = () => {};
    const open = new Promise((resolve) => (opened = resolve));
    let take = (text) => {
      if (text !== FIRST) throw new Error(`${peer} brought back something else than was sent: ${text.slice(0, 80)}`);
      take = (next) => {
        receivers.take(client, next);
        onText();
      };
      opened();
    };
    const events = {
      ready: (connection) => connection.send(FIRST),
      message: (text) => take(text),
    };
    const connect = await PEERS[peer].prepare(`http://127.0.0.1:${port}`, options, events, root);
    connections.push(connect());
    await open;
  }
}

function credit(maxAhead) {
  receivers.creditEvery(Math.max(1, maxAhead / 8), (count) => connections[0].send(`credit ${count}`));
}
