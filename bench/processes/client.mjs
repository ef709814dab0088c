import { setTimeout } from 'node:timers/promises';
import { answerParent } from '../lib/child.mjs';
import { CREDIT, PUSH, SINK } from '../lib/commands.mjs';
import { makeMessages } from '../lib/messages.mjs';
import { Pacer } from '../lib/pacer.mjs';
import { Receivers } from '../lib/receivers.mjs';
import { median } from '../lib/rounds.mjs';
import { cpuUs } from '../lib/usage.mjs';
import { PEERS } from '../peers/index.mjs';

const FIRST = 'the first message';

/** A share of what a sender may be ahead: so often it is told how far the receiver is. */
const CREDIT_SHARE = 1 / 8;

let messages = [];
/** Connections that {@link connectAll} made, and what they receive. */
let connections = [];
let receivers = new Receivers(0, messages);
/** Takes what a connection brings. */
let take = (client, message) => receivers.take(client, message);
let pacer = null;
/** How many messages each connection has sent. */
let sentCounts = [];

answerParent({
  /** Milliseconds from the call that connects until the first message has come back; `null` if it takes too long. */
  async firstEcho({ warmUpPort, port, ...target }) {
    await firstEcho(await prepare({ ...target, port: warmUpPort }), target);
    return firstEcho(await prepare({ ...target, port }), target);
  },

  /** Opens so many connections, one after the other. */
  connectAll,

  /** Asks the server to send to the first connection as fast as it can, but never more than `maxAhead` messages ahead. */
  push(pace) {
    credit(pace.maxAhead);
    connections[0].send(PUSH + JSON.stringify(pace));
  },

  /** Sends over the first connection as fast as it can, but never more than `maxAhead` messages ahead, until told to stop. */
  sendAll(pace) {
    connections[0].send(SINK + pace.maxAhead * CREDIT_SHARE);
    take = (_client, text) => pacer.credit(Number(text.slice(CREDIT.length)));
    pacer = new Pacer({ ...pace, send: (index) => connections[0].send(messages[index % messages.length]) });
    pacer.start();
  },

  /** Ends that; resolves to how many messages were sent. */
  stop: () => pacer.stop(),

  /** Lets the server know how far all connections have got, for a broadcast. */
  takeBroadcast: ({ maxAhead }) => credit(maxAhead),

  /** How many messages have arrived at all connections together, when, and how much processor time this process has used. */
  usage: () => ({ count: receivers.count, atMs: performance.now(), cpuUs: cpuUs() }),

  /** Resolves when so many have arrived at each connection, each as it was sent, in order. */
  expect: (count) => receivers.expect(connections.map(() => count)),

  /** Begins to keep so many messages under way over each connection: for each that comes back the next one is sent. */
  startEcho({ outstanding }) {
    echo(sendNext);
    for (let index = 0; index < outstanding; index++) connections.forEach((_, client) => sendNext(client));
  },

  /** Ends that; resolves when all have come back. */
  stopEcho,

  /** Sends so many messages a second, each in a turn of its own, over one connection after the other; resolves to how many came back. */
  async pace({ perSecond, ms }) {
    echo(() => {});
    const countBefore = receivers.count;
    const startedAt = performance.now();
    await new Promise((resolve) => {
      const turn = (count) => {
        const elapsedMs = performance.now() - startedAt;
        if (elapsedMs > ms) return resolve();
        const isDue = count < (elapsedMs * perSecond) / 1000;
        if (isDue) sendNext(count % connections.length);
        setImmediate(turn, isDue ? count + 1 : count);
      };
      turn(0);
    });
    await stopEcho();
    return receivers.count - countBefore;
  },

  /** Stops taking messages, where the peer can. */
  pause: () => connections.forEach((connection) => connection.pause()),
  resume: () => connections.forEach((connection) => connection.resume()),

  /** Microseconds until a message is back, one after the other over the first connection: the median of those sent in so much time. */
  async latency({ warmUpMs, measureMs }) {
    let tookUs = [];
    let sentAt = 0;
    const next = () => {
      sentAt = performance.now();
      sendNext(0);
    };
    echo(() => {
      tookUs.push((performance.now() - sentAt) * 1000);
      next();
    });
    next();
    await setTimeout(warmUpMs);
    tookUs = [];
    await setTimeout(measureMs);
    await stopEcho();
    return median(tookUs);
  },

  /** Sessions a second, so many at a time, each until its first message has come back. */
  async sessions({ atOnce, warmUpMs, measureMs, ...target }) {
    let count = 0;
    let isOver = false;
    const connect = await prepare(target);
    const open = async () => {
      while (!isOver) {
        if ((await firstEcho(connect, target)) === null) throw new Error(`${target.peer} has no session any more`);
        count++;
      }
    };
    const all = Promise.all(Array.from({ length: atOnce }, open));
    await setTimeout(warmUpMs);
    const [countBefore, startedAt] = [count, performance.now()];
    await setTimeout(measureMs);
    const perSecond = ((count - countBefore) * 1000) / (performance.now() - startedAt);
    isOver = true;
    await all;
    return perSecond;
  },
});

/** Loads a peer's client: resolves to a function that connects. */
function prepare({ peer, root, options, port }) {
  return PEERS[peer].prepare(`http://127.0.0.1:${port}`, options, root);
}

async function firstEcho(connect, { timeoutMs, ...target }) {
  let done = () => {};
  const result = new Promise((resolve) => (done = resolve));
  const events = {
    ready: (connection) => connection.send(FIRST),
    message: (text) => done({ at: performance.now(), text }),
  };
  const timer = globalThis.setTimeout(() => done(null), timeoutMs);
  const startedAt = performance.now();
  const connection = connect(events);
  const echo = await result;
  clearTimeout(timer);
  connection.close();
  if (echo === null) return null;
  checkFirst(target, echo.text);
  return echo.at - startedAt;
}

async function connectAll({ kind, count, ...target }) {
  messages = makeMessages(kind);
  receivers = new Receivers(count, messages);
  connections = [];
  sentCounts = [];
  const connect = await prepare(target);
  for (let client = 0; client < count; client++) {
    let opened = () => {};
    const open = new Promise((resolve) => (opened = resolve));
    let handle = (text) => {
      checkFirst(target, text);
      handle = (message) => take(client, message);
      opened();
    };
    const events = {
      ready: (connection) => connection.send(FIRST),
      message: (message) => handle(message),
    };
    connections.push(connect(events));
    sentCounts.push(0);
    await open;
  }
}

function checkFirst({ peer }, text) {
  if (text !== FIRST) throw new Error(`${peer} brought back something else than was sent: ${text.slice(0, 80)}`);
}

function sendNext(client) {
  connections[client].send(messages[sentCounts[client]++ % messages.length]);
}

/** From here on something follows what comes back. */
function echo(next) {
  take = (client, message) => {
    receivers.take(client, message);
    next(client);
  };
}

async function stopEcho() {
  echo(() => {});
  await receivers.expect(sentCounts);
}

function credit(maxAhead) {
  receivers.creditEvery(Math.max(1, maxAhead * CREDIT_SHARE), (count) => connections[0].send(CREDIT + count));
}
