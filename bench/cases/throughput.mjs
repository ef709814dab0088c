import { setTimeout } from 'node:timers/promises';

export const name = 'throughput';

/** A first look: printed, not yet kept. */
export const isKept = false;

const FLOOR = { label: 'bare ws', peer: 'bare-ws' };
const WARM_UP_MS = 1000;
const MEASURE_MS = 2000;

/** How far a sender may be ahead of the receiver: below the number of messages that a Holdfast session buffers by default. */
const MAX_AHEAD = 8000;
const MAX_BROADCASTS_AHEAD = 64;
const CROWD = 1000;

/** By the name with which `--rows` picks them. */
const ROWS = {
  'push-1000': (bench) => push(bench, 1000, 20),
  'push-10': (bench) => push(bench, 10, 5),
  'push-1': (bench) => push(bench, 1, 0.95),
  'echo-64': (bench) => echo(bench, 64, 2.5),
  'broadcast-1': (bench) => broadcast(bench, 1, 1.15),
  'broadcast-10': (bench) => broadcast(bench, 10, 4),
};

/** Texts of 64 bytes over WebSocket; every one is checked. */
export async function run(bench) {
  const sections = [];
  for (const name of Object.keys(ROWS).filter((row) => bench.isWanted(row))) sections.push(await ROWS[name](bench));
  return sections;
}

function push(bench, perTurn, atLeast) {
  const section = { title: `Push to one client, ${perTurn} a turn`, unit: 'messages/s', ...contenders(atLeast) };
  return bench.sideBySide(section, (contender) =>
    bench.withEnds(contender, async ({ server, client, target }) => {
      await client.ask('connectAll', { ...target, count: 1 });
      await client.ask('push', { perTurn, maxAhead: MAX_AHEAD });
      const sample = await measure(server, client);
      await client.ask('expect', await server.ask('stop'));
      return sample;
    }),
  );
}

function echo(bench, outstanding, atLeast) {
  const section = { title: `Echo, 1 client x ${outstanding} outstanding`, unit: 'messages/s', ...contenders(atLeast) };
  return bench.sideBySide(section, (contender) =>
    bench.withEnds(contender, async ({ server, client, target }) => {
      await client.ask('connectAll', { ...target, count: 1 });
      await client.ask('startEcho', { outstanding });
      const sample = await measure(server, client);
      await client.ask('stopEcho');
      return sample;
    }),
  );
}

function broadcast(bench, perTurn, atLeast) {
  const section = { title: `Broadcast to ${CROWD}, ${perTurn} a turn`, unit: 'deliveries/s', ...contenders(atLeast) };
  return bench.sideBySide(section, (contender) =>
    bench.withEnds(contender, async ({ server, client, target }) => {
      await client.ask('connectAll', { ...target, count: CROWD });
      await client.ask('takeBroadcast', { maxAhead: MAX_BROADCASTS_AHEAD });
      await server.ask('broadcast', { perTurn, maxAhead: MAX_BROADCASTS_AHEAD });
      const sample = await measure(server, client);
      await client.ask('expect', await server.ask('stop'));
      return sample;
    }),
  );
}

/** What arrives in a second, and the server's processor time for each. */
async function measure(server, client) {
  const look = async () => ({ ...(await client.ask('usage')), serverCpuUs: await server.ask('cpuUs') });
  await setTimeout(WARM_UP_MS);
  const before = await look();
  await setTimeout(MEASURE_MS);
  const after = await look();
  const count = after.count - before.count;
  return {
    value: (count * 1000) / (after.atMs - before.atMs),
    cpuUs: (after.serverCpuUs - before.serverCpuUs) / count,
  };
}

/** All over WebSocket. Holdfast with its defaults otherwise: numbering, acknowledgement, resumption and limits are on. */
function contenders(atLeast) {
  const options = { transports: ['websocket'] };
  return {
    floor: FLOOR.label,
    contenders: [
      FLOOR,
      { label: 'Holdfast', peer: 'holdfast', options, aim: { of: 'ratio', atLeast } },
      { label: 'Engine.IO', peer: 'engine.io', options },
      { label: 'Socket.IO', peer: 'socket.io', options },
      { label: 'SockJS', peer: 'sockjs', options },
    ],
  };
}
