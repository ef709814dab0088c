/** A peer that has brought no echo by now is said never to. */
const TIMEOUT_MS = 10_000;

/**
 * Milliseconds until the first echo through a middlebox, in fresh processes, of which the client's has made a connection straight to the server
 * before: else the code that Node loads and compiles at the first would be measured.
 *
 * @param {import('./bench.mjs').Bench} bench
 * @param {import('./rounds.mjs').Contender} contender
 * @param {'delay' | 'proxy'} kind
 * @param {object} behaviour - of the middlebox
 * @returns {Promise<number | null>}
 */
export function measureFirstEcho(bench, contender, kind, behaviour) {
  return bench.withEnds(contender, ({ client, port: targetPort, target }) =>
    bench.withMiddlebox(kind, { targetPort, ...behaviour }, (port) =>
      client.ask('firstEcho', { ...target, warmUpPort: targetPort, port, timeoutMs: TIMEOUT_MS }),
    ),
  );
}

/** With their default settings, and Socket.IO as its manual says to reach WebSocket first. */
export const DEFAULTS = [
  { label: 'SockJS', peer: 'sockjs' },
  { label: 'Socket.IO', peer: 'socket.io' },
  {
    label: 'Socket.IO, websocket first, tryAllTransports',
    peer: 'socket.io',
    options: { transports: ['websocket', 'polling'], tryAllTransports: true },
  },
];
