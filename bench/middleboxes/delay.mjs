import { once } from 'node:events';
import { connect, createServer } from 'node:net';

/** A timer may fire this much late; the rest is waited for actively. */
const TIMER_SLACK_MS = 2;

/**
 * A TCP relay that keeps every byte for `oneWayMs` in each direction, and makes a connection cost a round trip before its first byte, as the
 * handshake does on a real path (through a relay it takes no time, and the client believes to be connected at once). The relay's own
 * connection to the server takes no time. All who speak first as clients meet a path with a round trip of twice `oneWayMs`.
 *
 * @param {number} targetPort
 * @param {number} oneWayMs
 * @returns {Promise<number>} the port
 */
export async function startDelay(targetPort, oneWayMs) {
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const upstream = connect({ port: targetPort, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    const connectedAt = performance.now() + 2 * oneWayMs;
    carry(client, upstream, oneWayMs, connectedAt);
    carry(upstream, client, oneWayMs, 0);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server.address().port;
}

/** Carries bytes, and the end, from one socket to another: each `delayMs` after it came, or after `notBefore`. */
function carry(from, to, delayMs, notBefore) {
  const waiting = [];
  let isTiming = false;

  const add = (act) => {
    waiting.push({ dueAt: Math.max(performance.now(), notBefore) + delayMs, act });
    if (!isTiming) wait();
  };
  const wait = () => {
    isTiming = waiting.length > 0;
    if (!isTiming) return;
    const leftMs = waiting[0].dueAt - performance.now();
    if (leftMs > TIMER_SLACK_MS) setTimeout(wait, leftMs - TIMER_SLACK_MS);
    else setImmediate(leftMs > 0 ? wait : deliver);
  };
  const deliver = () => {
    const now = performance.now();
    while (waiting.length > 0 && waiting[0].dueAt <= now) waiting.shift().act();
    wait();
  };

  from.on('data', (bytes) => add(() => to.writable && to.write(bytes)));
  from.on('end', () => add(() => to.end()));
  from.on('error', () => add(() => to.destroy()));
}
