import { measureFirstEcho } from '../lib/first-echo.mjs';

export const name = 'delay';

const ONE_WAY_MS = 50;

const FLOOR = { label: 'bare ws', peer: 'bare-ws' };

const DEFAULT = [
  FLOOR,
  { label: 'Holdfast', peer: 'holdfast', aim: { of: 'ratio', atMost: 1.01 } },
  { label: 'Engine.IO', peer: 'engine.io' },
  { label: 'Socket.IO', peer: 'socket.io' },
  { label: 'SockJS', peer: 'sockjs' },
];

const ALONE = [
  FLOOR,
  { label: 'Holdfast websocket', ...holdfastOver('websocket'), aim: { of: 'ratio', atMost: 1.01 } },
  { label: 'Holdfast streaming', ...holdfastOver('streaming'), aim: { of: 'ratio', atMost: 0.7 } },
  { label: 'Holdfast long-polling', ...holdfastOver('long-polling'), aim: { of: 'ratio', atMost: 0.7 } },
  { label: 'Holdfast polling', ...holdfastOver('polling'), aim: { of: 'ratio', atMost: 0.7 } },
  { label: 'Engine.IO websocket', peer: 'engine.io', options: { transports: ['websocket'] } },
  { label: 'Engine.IO polling', peer: 'engine.io', options: { transports: ['polling'] } },
  { label: 'Socket.IO websocket', peer: 'socket.io', options: { transports: ['websocket'] } },
  { label: 'Socket.IO polling', peer: 'socket.io', options: { transports: ['polling'] } },
  { label: 'SockJS websocket', peer: 'sockjs', options: { transports: ['websocket'] } },
  { label: 'SockJS xhr-streaming', peer: 'sockjs', options: { transports: ['xhr-streaming'] } },
  { label: 'SockJS xhr-polling', peer: 'sockjs', options: { transports: ['xhr-polling'] } },
];

/** A clean path with a round trip of 100 ms. A bare WebSocket needs three: TCP, the handshake, the echo. HTTP needs two. */
export async function run(bench) {
  return [
    await measure(bench, `First echo, ${ONE_WAY_MS} ms one way, default transports`, DEFAULT),
    await measure(bench, `First echo, ${ONE_WAY_MS} ms one way, one transport alone`, ALONE),
  ];
}

function measure(bench, title, contenders) {
  return bench.sideBySide({ title, unit: 'ms', contenders, floor: FLOOR.label }, (contender) =>
    measureFirstEcho(bench, contender, 'delay', { oneWayMs: ONE_WAY_MS }),
  );
}

function holdfastOver(transport) {
  return { peer: 'holdfast', options: { transports: [transport] } };
}
