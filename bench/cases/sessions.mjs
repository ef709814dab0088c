import { WARM_UP_MS } from '../lib/traffic.mjs';

export const name = 'sessions';

const FLOOR = { label: 'bare ws', peer: 'bare-ws' };
const AT_ONCE = 50;

/** New sessions, each until its first echo, closed again: with default settings. */
export async function run(bench) {
  const section = {
    title: `New sessions, ${AT_ONCE} at a time, default transports`,
    unit: 'sessions/s',
    floor: FLOOR.label,
    contenders: [
      FLOOR,
      { label: 'Holdfast', peer: 'holdfast', aim: { of: 'ratio', atLeast: 0.8 } },
      { label: 'its frames alone', peer: 'least-ws' },
      { label: 'Engine.IO', peer: 'engine.io' },
      { label: 'Socket.IO', peer: 'socket.io' },
      { label: 'SockJS', peer: 'sockjs' },
    ],
  };
  return [
    await bench.sideBySide(section, (contender) =>
      bench.withEnds(contender, ({ client, target }) =>
        client.ask('sessions', {
          ...target,
          atOnce: AT_ONCE,
          warmUpMs: WARM_UP_MS,
          measureMs: 2000,
          timeoutMs: 10_000,
        }),
      ),
    ),
  ];
}
