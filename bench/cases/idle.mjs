import { setTimeout } from 'node:timers/promises';

export const name = 'idle';

/** What connecting leaves behind has gone by then. */
const SETTLE_MS = 2000;

/** The same for all, instead of what V8 makes of what survives in each. */
const SMALL_YOUNG_GENERATION = { and: ', young generation of 8 MiB', serverFlags: ['--max-semi-space-size=4'] };

const WEB_SOCKET = {
  title: 'WebSocket',
  count: 5000,
  floor: { label: 'bare ws', peer: 'bare-ws' },
  holdfast: 'websocket',
  io: 'websocket',
  sockjs: 'websocket',
};

const LONG_POLLING = {
  title: 'long polling',
  count: 2000,
  floor: { label: 'bare node:http, long poll', peer: 'bare-http' },
  holdfast: 'long-polling',
  io: 'polling',
  sockjs: 'xhr-polling',
};

/** Resident memory of the server for each session that does nothing. */
export async function run(bench) {
  return [
    await measure(bench, WEB_SOCKET, { aim: { of: 'ratio', atMost: 1.25 } }),
    await measure(bench, LONG_POLLING, { aim: { of: 'ratio', atMost: 1.4 } }),
    await measure(bench, WEB_SOCKET, SMALL_YOUNG_GENERATION),
    await measure(bench, LONG_POLLING, SMALL_YOUNG_GENERATION),
  ];
}

function measure(bench, { title, count, floor, holdfast, io, sockjs }, { and = '', aim, serverFlags }) {
  const over = (transport) => ({ options: { transports: [transport] } });
  const section = {
    title: `${count} idle sessions over ${title}: memory of the server${and}`,
    unit: 'bytes/session',
    floor: floor.label,
    contenders: [
      floor,
      { label: 'Holdfast', peer: 'holdfast', ...over(holdfast), aim },
      { label: 'Engine.IO', peer: 'engine.io', ...over(io) },
      { label: 'Socket.IO', peer: 'socket.io', ...over(io) },
      { label: 'SockJS', peer: 'sockjs', ...over(sockjs) },
    ],
  };
  return bench.sideBySide(section, (contender) =>
    bench.withEnds({ ...contender, serverFlags }, async ({ server, client, target }) => {
      const before = await server.ask('rssBytes');
      await client.ask('connectAll', { ...target, count });
      await setTimeout(SETTLE_MS);
      return ((await server.ask('rssBytes')) - before) / count;
    }),
  );
}
