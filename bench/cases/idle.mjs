import { setTimeout } from 'node:timers/promises';

export const name = 'idle';

/** What connecting leaves behind has gone by then. */
const SETTLE_MS = 2000;

/** Resident memory of the server for each session that does nothing. */
export async function run(bench) {
  return [
    await measure(bench, 'WebSocket', 5000, 1.25, {
      floor: { label: 'bare ws', peer: 'bare-ws' },
      holdfast: 'websocket',
      io: 'websocket',
      sockjs: 'websocket',
    }),
    await measure(bench, 'long polling', 2000, 1.4, {
      floor: { label: 'bare node:http, long poll', peer: 'bare-http' },
      holdfast: 'long-polling',
      io: 'polling',
      sockjs: 'xhr-polling',
    }),
  ];
}

function measure(bench, title, count, atMost, { floor, holdfast, io, sockjs }) {
  const over = (transport) => ({ options: { transports: [transport] } });
  const section = {
    title: `${count} idle sessions over ${title}: memory of the server`,
    unit: 'bytes/session',
    floor: floor.label,
    contenders: [
      floor,
      { label: 'Holdfast', peer: 'holdfast', ...over(holdfast), aim: { of: 'ratio', atMost } },
      { label: 'Engine.IO', peer: 'engine.io', ...over(io) },
      { label: 'Socket.IO', peer: 'socket.io', ...over(io) },
      { label: 'SockJS', peer: 'sockjs', ...over(sockjs) },
    ],
  };
  return bench.sideBySide(section, (contender) =>
    bench.withEnds(contender, async ({ server, client, target }) => {
      const before = await server.ask('rssBytes');
      await client.ask('connectAll', { ...target, count });
      await setTimeout(SETTLE_MS);
      return ((await server.ask('rssBytes')) - before) / count;
    }),
  );
}
