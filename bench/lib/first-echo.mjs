/** A peer that has brought no echo by now is said never to. */
const TIMEOUT_MS = 10_000;

/**
 * Milliseconds until the first echo through a middlebox, in fresh processes.
 *
 * @param {import('./bench.mjs').Bench} bench
 * @param {import('./rounds.mjs').Contender} contender
 * @param {'delay' | 'proxy'} kind
 * @param {object} behaviour - of the middlebox
 * @param {{ isWarm?: boolean }} [options] - whether the client's process has made a connection before, straight to the server
 * @returns {Promise<number | null>}
 */
export function measureFirstEcho(bench, contender, kind, behaviour, { isWarm = false } = {}) {
  return bench.withEnds(contender, ({ client, port: targetPort, target }) =>
    bench.withMiddlebox(kind, { targetPort, ...behaviour }, (port) => {
      const warmUp = isWarm ? { warmUpPort: targetPort } : {};
      return client.ask('firstEcho', { ...target, ...warmUp, port, timeoutMs: TIMEOUT_MS });
    }),
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
