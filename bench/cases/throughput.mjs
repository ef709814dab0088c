import { broadcast, echo, latency, push, send } from '../lib/traffic.mjs';

export const name = 'throughput';

const FLOOR = { label: 'bare ws', peer: 'bare-ws' };
const CROWD = 1000;

/** By the name with which `--rows` picks them: 64-byte texts unless the name says otherwise. */
const ROWS = {
  'push-1000': (bench) => push(bench, field({ atLeast: 20 }), 1000),
  'push-10': (bench) => push(bench, field({ atLeast: 5 }), 10),
  'push-1': (bench) => push(bench, field({ atLeast: 0.95 }), 1),
  'send-1000': (bench) => send(bench, field({ atLeast: 12 }), 1000),
  'echo-64': (bench) => echo(bench, field({ atLeast: 2.5 }), 1, 64),
  'echo-100x8': (bench) => echo(bench, field({ atLeast: 3 }), 100, 8),
  latency: (bench) => latency(bench, field({ atMost: 1.05 })),
  'broadcast-1': (bench) => broadcast(bench, field({ atLeast: 1.15 }), CROWD, 1),
  'broadcast-10': (bench) => broadcast(bench, field({ atLeast: 4 }), CROWD, 10),
  'binary-64k': (bench) => large(bench, 'binary', 0.95),
  'text-64k': (bench) => large(bench, 'text', 0.9),
  'document-64k': (bench) => large(bench, 'document', 0.9),
};

/** Over WebSocket; every message is checked. */
export async function run(bench) {
  const sections = [];
  for (const name of Object.keys(ROWS).filter((row) => bench.isWanted(row))) sections.push(await ROWS[name](bench));
  return sections;
}

async function large(bench, kind, atLeast) {
  const all = field({ atLeast });
  // One has no bytes, the other makes one frame of all.
  const isFit = ({ peer }) => peer !== 'least-ws' && (kind !== 'binary' || peer !== 'sockjs');
  const contenders = all.contenders.filter(isFit);
  const section = await echo(bench, { ...all, contenders, kind }, 1, 8);
  return { ...section, title: `${section.title}, ${kind} of 64 KB` };
}

/** Holdfast has its defaults, but for the transport: numbering, acknowledgement, resumption and limits are on. */
function field(aim) {
  const options = { transports: ['websocket'] };
  return {
    floor: FLOOR.label,
    contenders: [
      FLOOR,
      { label: 'Holdfast', peer: 'holdfast', options, aim: { of: 'ratio', ...aim } },
      { label: 'its frames alone', peer: 'least-ws' },
      { label: 'Engine.IO', peer: 'engine.io', options },
      { label: 'Socket.IO', peer: 'socket.io', options },
      { label: 'SockJS', peer: 'sockjs', options },
    ],
  };
}
