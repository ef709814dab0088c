import { setTimeout } from 'node:timers/promises';

/** By then V8 has compiled what a thousand requests or new sessions a second run through: it takes the longest for these. */
export const WARM_UP_MS = 4000;
const MEASURE_MS = 2000;

/** How far a sender may be ahead of the receiver: below the number of messages that a Holdfast session buffers by default. */
const MAX_AHEAD = 8000;
const MAX_BROADCASTS_AHEAD = 64;

/**
 * Contenders, and what is sent.
 *
 * @typedef {object} Field
 * @property {string} floor - label of one of them
 * @property {readonly import('./rounds.mjs').Contender[]} contenders
 * @property {import('./messages.mjs').Kind} [kind]
 */

/** From the server to one client. */
export function push(bench, field, perTurn) {
  return row(bench, field, `Push to one client, ${perTurn} a turn`, 'messages/s', 1, async ({ server, client }) => {
    await client.ask('push', { perTurn, maxAhead: MAX_AHEAD });
    const sample = await measure(client, server);
    await client.ask('expect', await server.ask('stop'));
    return sample;
  });
}

/** From one client to the server. */
export function send(bench, field, perTurn) {
  return row(bench, field, `Client to server, ${perTurn} a turn`, 'messages/s', 1, async ({ server, client }) => {
    await client.ask('sendAll', { perTurn, maxAhead: MAX_AHEAD });
    const sample = await measure(server, server);
    await server.ask('expect', await client.ask('stop'));
    return sample;
  });
}

/** There and back. */
export function echo(bench, field, count, outstanding) {
  const title = `Echo, ${count} x ${outstanding} outstanding`;
  return row(bench, field, title, 'messages/s', count, async ({ server, client }) => {
    await client.ask('startEcho', { outstanding });
    const sample = await measure(client, server);
    await client.ask('stopEcho');
    return sample;
  });
}

/** There and back, one by one: how long each takes. */
export function latency(bench, field) {
  return row(bench, field, 'Echo, 1 x 1: median latency', 'us', 1, ({ client }) =>
    client.ask('latency', { warmUpMs: WARM_UP_MS, measureMs: MEASURE_MS }),
  );
}

/** From the server to all at once. */
export function broadcast(bench, field, count, perTurn) {
  const title = `Broadcast to ${count}, ${perTurn} a turn`;
  return row(bench, field, title, 'deliveries/s', count, async ({ server, client }) => {
    await client.ask('takeBroadcast', { maxAhead: MAX_BROADCASTS_AHEAD });
    await server.ask('broadcast', { perTurn, maxAhead: MAX_BROADCASTS_AHEAD });
    const sample = await measure(client, server);
    await client.ask('expect', await server.ask('stop'));
    return sample;
  });
}

function row(bench, { floor, contenders, kind = 'small' }, title, unit, count, sample) {
  return bench.sideBySide({ title, unit, floor, contenders }, (contender) =>
    bench.withEnds({ ...contender, kind }, async (ends) => {
      await ends.client.ask('connectAll', { ...ends.target, count });
      return sample(ends);
    }),
  );
}

/** What arrives in a second, and the server's processor time for each. */
async function measure(receiver, server) {
  const look = async () => ({ ...(await receiver.ask('usage')), serverCpuUs: (await server.ask('usage')).cpuUs });
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
