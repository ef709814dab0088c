import { once } from 'node:events';
import { createServer } from 'node:http';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setInterval } from 'node:timers/promises';
import { answerParent } from '../lib/child.mjs';
import { CREDIT, PUSH, SINK } from '../lib/commands.mjs';
import { makeMessages } from '../lib/messages.mjs';
import { Pacer } from '../lib/pacer.mjs';
import { Receivers } from '../lib/receivers.mjs';
import { cpuUs, rssBytes } from '../lib/usage.mjs';
import { PEERS } from '../peers/index.mjs';

let messages = [];
let broadcast = () => {};
let pacer = null;
let receivers = null;
const connections = new Set();
let broadcastCount = 0;
/** Has its own resolution of a millisecond in all that it says. */
const eventLoop = monitorEventLoopDelay({ resolution: 1 });

answerParent({
  /** Serves a peer on a port of its own, or on one that was left. What a client sends comes back to it. */
  async listen({ peer, root, kind, port }) {
    messages = makeMessages(kind);
    const http = createServer();
    http.keepAliveTimeout = 60_000;
    broadcast = await PEERS[peer].serve(http, accept, root);
    http.listen(port ?? 0, '127.0.0.1');
    await once(http, 'listening');
    return http.address().port;
  },

  /** Sends to all, until told to stop. */
  broadcast: (pace) => send(pace, broadcast),

  /** Sends one message to all, again and again; resolves to how many it sent. */
  async broadcastEvery({ everyMs, ms }) {
    let count = 0;
    for await (const _ of setInterval(everyMs)) {
      broadcast(messages[broadcastCount++ % messages.length]);
      if (++count * everyMs >= ms) return broadcastCount;
    }
  },

  /** Sends so many messages to each, at once. */
  offer({ count }) {
    for (const connection of connections) {
      for (let index = 0; index < count; index++) connection.send(messages[index % messages.length]);
    }
    return count;
  },

  /** Begins to watch how late the event loop is. */
  watchDelay() {
    eventLoop.enable();
    eventLoop.reset();
  },

  /** How late it has been since. */
  delay: () => ({ p999Ms: eventLoop.percentile(99.9) / 1e6, maxMs: eventLoop.max / 1e6 }),

  /** How many messages a connection that is a sink has taken, when, and how much processor time this process has used. */
  usage: () => ({ count: receivers?.count, atMs: performance.now(), cpuUs: cpuUs() }),

  /** Resident memory. */
  rssBytes,

  /** Ends a push or a broadcast; resolves to how many messages it sent. */
  stop: () => pacer.stop(),

  /** Resolves when the sink has had so many, each as it was sent, in order. */
  expect: (count) => receivers.expect([count]),
});

function accept(connection) {
  connections.add(connection);
  let take = (message) => {
    if (typeof message !== 'string') connection.send(message);
    else if (message.startsWith(CREDIT)) pacer.credit(Number(message.slice(CREDIT.length)));
    else if (message.startsWith(PUSH))
      send(JSON.parse(message.slice(PUSH.length)), (pushed) => connection.send(pushed));
    else if (message.startsWith(SINK)) take = makeSink(connection, Number(message.slice(SINK.length)));
    else connection.send(message);
  };
  return (message) => take(message);
}

/** From here on what comes is counted, and the client is told how far that has got. */
function makeSink(connection, creditEvery) {
  const sink = (receivers = new Receivers(1, messages));
  sink.creditEvery(creditEvery, (count) => connection.send(CREDIT + count));
  return (message) => sink.take(0, message);
}

function send(pace, sendOne) {
  pacer = new Pacer({ ...pace, send: (index) => sendOne(messages[index % messages.length]) });
  pacer.start();
}
