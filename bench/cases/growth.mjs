import { setTimeout } from 'node:timers/promises';

export const name = 'growth';

const BARE = { label: 'bare ws', peer: 'bare-ws' };
const HOLDFAST = { label: 'Holdfast', peer: 'holdfast', options: { transports: ['websocket'] } };

/** How costs grow, each as curves. By the name with which `--rows` picks them. */
const ROWS = {
  'cpu-per-message': cpuPerMessage,
  'cpu-idle': cpuIdle,
  memory,
  'broadcast-delay': broadcastDelay,
  storm,
};

export async function run(bench) {
  const sections = [];
  for (const name of Object.keys(ROWS).filter((row) => bench.isWanted(row)))
    sections.push(await ROWS[name](bench, name));
  return sections;
}

/** Every message in a turn of its own, so that none shares a write. */
function cpuPerMessage(bench, name) {
  const section = {
    name,
    title: 'Server CPU for each echo, at 5,000 a second over all sessions',
    x: { title: 'sessions', isLog: true },
    y: { title: 'CPU, us' },
    sizes: [1, 10, 100, 1000, 10_000],
    contenders: [BARE, HOLDFAST],
  };
  return bench.curves(section, (contender, count) =>
    connected(bench, contender, count, async ({ server, client }) => {
      await client.ask('pace', { perSecond: 5000, ms: 1000 });
      const before = await server.ask('usage');
      const echoes = await client.ask('pace', { perSecond: 5000, ms: 4000 });
      return ((await server.ask('usage')).cpuUs - before.cpuUs) / echoes;
    }),
  );
}

function cpuIdle(bench, name) {
  const section = {
    name,
    title: 'Server CPU of sessions that do nothing, with default heartbeats',
    x: { title: 'sessions' },
    y: { title: '% of a core' },
    sizes: [1000, 5000, 10_000],
    contenders: [BARE, HOLDFAST],
  };
  return bench.curves(section, (contender, count) =>
    connected(bench, contender, count, async ({ server }) => {
      await setTimeout(5000);
      const before = await server.ask('usage');
      await setTimeout(45_000);
      const after = await server.ask('usage');
      return (after.cpuUs - before.cpuUs) / (after.atMs - before.atMs) / 10;
    }),
  );
}

/** Clients that don't read, and then do. */
function memory(bench, name) {
  const section = {
    name,
    title: 'Memory of the server for 100 sessions that were sent texts of 1 KB',
    x: { title: 'MiB sent to each' },
    y: { title: 'growth of resident memory, MiB' },
    sizes: [0.5, 1, 2, 3, 4],
    contenders: [
      { ...HOLDFAST, label: 'not acknowledged', isRead: false },
      { ...HOLDFAST, label: 'after they were read', isRead: true },
    ],
  };
  return bench.curves(section, (contender, mib) =>
    connected(bench, { ...contender, kind: 'kilobyte' }, 100, async ({ server, client }) => {
      const before = await server.ask('rssBytes');
      await client.ask('pause');
      const count = await server.ask('offer', { count: mib * 1024 });
      await setTimeout(2000);
      if (contender.isRead) {
        await client.ask('resume');
        await client.ask('expect', count);
        await setTimeout(5000);
      }
      return ((await server.ask('rssBytes')) - before) / 2 ** 20;
    }),
  );
}

function broadcastDelay(bench, name) {
  const section = {
    name,
    title: 'Event-loop delay of the server while it broadcasts 10 times a second, 99.9 %',
    x: { title: 'sessions' },
    y: { title: 'ms' },
    sizes: [500, 1000, 2500, 5000],
    contenders: [BARE, HOLDFAST],
  };
  return bench.curves(section, (contender, count) =>
    connected(bench, contender, count, async ({ server, client }) => {
      await server.ask('broadcastEvery', { everyMs: 100, ms: 1000 });
      await server.ask('watchDelay');
      const sent = await server.ask('broadcastEvery', { everyMs: 100, ms: 10_000 });
      const { p999Ms } = await server.ask('delay');
      await client.ask('expect', sent);
      return p999Ms;
    }),
  );
}

/** The server is gone for three seconds, and with it all sessions: clients begin new ones. */
async function storm(bench, name) {
  const count = 5000;
  return bench.withClient('storm-client.mjs', async (client) => {
    const target = { root: bench.root, count };
    const port = await bench.withEnds(HOLDFAST, async ({ port }) => {
      await client.ask('connectAll', { ...target, port });
      return port;
    });
    await setTimeout(3000);
    return bench.withEnds({ ...HOLDFAST, port }, async ({ server }) => {
      await server.ask('watchDelay');
      const { backMs, longestBeyondBackoffMs } = await client.ask('returned', { sinceMs: Date.now() });
      const { maxMs } = await server.ask('delay');
      return {
        name,
        title: `${count} sessions come back after a restart of the server`,
        x: { title: 'ms after the restart' },
        y: { title: 'sessions' },
        curves: [{ label: 'Holdfast', points: backMs.map((ms, index) => [ms, index + 1]) }],
        facts: { longestBeyondBackoffMs, longestBlockMs: maxMs },
      };
    });
  });
}

function connected(bench, contender, count, use) {
  return bench.withEnds(contender, async (ends) => {
    await ends.client.ask('connectAll', { ...ends.target, count });
    return use(ends);
  });
}
