import { once } from 'node:events';
import { createServer } from 'node:http';
import { answerParent } from '../lib/child.mjs';
import { cpuUs } from '../lib/cpu-time.mjs';
import { Pacer } from '../lib/pacer.mjs';
import { TEXTS } from '../lib/texts.mjs';
import { PEERS } from '../peers/index.mjs';

let broadcast = () => {};
let pacer = null;

/** What clients send that does not come back: how many messages they have had, and that they want to be sent to. */
const CREDIT = 'credit ';
const PUSH = 'push ';

answerParent({
  /** Serves a peer on a port of its own. What a client sends comes back to it. */
  async listen({ peer, root }) {
    const http = createServer();
    http.keepAliveTimeout = 60_000;
    broadcast = await PEERS[peer].serve(http, accept, root);
    http.listen(0, '127.0.0.1');
    await once(http, 'listening');
    return http.address().port;
  },

  /** Sends to all, until told to stop. */
  broadcast({ perTurn, maxAhead }) {
    pacer = new Pacer({ perTurn, maxAhead, send: (index) => broadcast(TEXTS[index % TEXTS.length]) });
    pacer.start();
  },

  cpuUs,

  /** Ends a push or a broadcast; resolves to how many messages it sent. */
  stop: () => pacer.stop(),
});

function accept(connection) {
  return (text) => {
    if (text.startsWith(CREDIT)) pacer.credit(Number(text.slice(CREDIT.length)));
    else if (text.startsWith(PUSH)) push(connection, JSON.parse(text.slice(PUSH.length)));
    else connection.send(text);
  };
}

function push(connection, { perTurn, maxAhead }) {
  pacer = new Pacer({ perTurn, maxAhead, send: (index) => connection.send(TEXTS[index % TEXTS.length]) });
  pacer.start();
}
