import { echo, latency, push } from '../lib/traffic.mjs';

export const name = 'http';

const LONG_POLL = { label: 'bare node:http, long poll', peer: 'bare-http' };
const STREAM = { label: 'bare node:http, stream', peer: 'bare-http', options: { isStream: true } };

/** The same on the wire as Holdfast, without a session: how far it could come. */
const LEAST_EXCHANGE = { label: 'its requests alone', peer: 'least-http' };
const LEAST_STREAM = { label: 'its writes alone', peer: 'least-http', options: { isStream: true } };

/** By the name with which `--rows` picks them. */
const ROWS = {
  'poll-latency': (bench) => latency(bench, longPolling({ atMost: 1.1 })),
  'poll-echo-100': (bench) => echo(bench, longPolling({ atLeast: 1.5 }), 100, 1),
  'poll-push-1000': (bench) => push(bench, longPolling({ atLeast: 0.9 }), 1000),
  'poll-push-10': (bench) => push(bench, longPolling({ atLeast: 0.9 }), 10),
  'stream-push-1000': (bench) => push(bench, streaming({ atLeast: 4 }), 1000),
  'stream-push-10': (bench) => push(bench, streaming({ atLeast: 4 }), 10),
};

/** 64-byte texts by long polling and streaming; every one is checked. */
export async function run(bench) {
  const sections = [];
  for (const name of Object.keys(ROWS).filter((row) => bench.isWanted(row))) sections.push(await ROWS[name](bench));
  return sections;
}

function longPolling(aim) {
  return {
    floor: LONG_POLL.label,
    contenders: [
      LONG_POLL,
      over('Holdfast', 'holdfast', 'long-polling', { of: 'ratio', ...aim }),
      LEAST_EXCHANGE,
      over('Engine.IO', 'engine.io', 'polling'),
      over('Socket.IO', 'socket.io', 'polling'),
      over('SockJS', 'sockjs', 'xhr-polling'),
    ],
  };
}

/** Neither Engine.IO nor Socket.IO has streams. */
function streaming(aim) {
  return {
    floor: STREAM.label,
    contenders: [
      STREAM,
      over('Holdfast', 'holdfast', 'streaming', { of: 'ratio', ...aim }),
      LEAST_STREAM,
      over('SockJS', 'sockjs', 'xhr-streaming'),
    ],
  };
}

function over(library, peer, transport, aim) {
  return { label: `${library} ${transport}`, peer, options: { transports: [transport] }, aim };
}
