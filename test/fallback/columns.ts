import type { Box } from '../boxes/box.js';
import { hostileBoxes } from '../boxes/hostile.js';
import { boxes } from '../boxes/index.js';
import { HostileProxy } from '../matrix/hostile-proxy.js';
import type { Column } from './column.js';

const RESTORED_AFTER_MS = 6000;

/** WebSocket is refused at first; then the path is as good as any. */
const restored: Box = {
  name: 'hostile-ws-restored',
  title: 'WebSocket refused for 6 s, then let through',
  best: 'websocket',
  packages: [],
  start: async (targetPort) => {
    const proxy = await HostileProxy.start(targetPort, { upgrade: 'refuse' });
    const timer = setTimeout(() => proxy.set({ upgrade: 'pass' }), RESTORED_AFTER_MS);
    return {
      origin: `http://127.0.0.1:${proxy.port}`,
      forwardProxy: null,
      version: `Node ${process.version}`,
      stop: async () => {
        clearTimeout(timer);
        await proxy.close();
      },
    };
  },
};

type Details = Partial<Omit<Column, 'box' | 'group'>>;

/** Silence is what is cut: there has to be some. */
const QUIET: Details = { isQuiet: true, seconds: 40 };
/** Requests wait for each other, or answers for their end: a stream is no good here. */
const NO_STREAMS: Details = { bestOfHttp: 'long-polling' };
/** The content takes 112 s over this link; all of it is there after at most 2.8 times as long (`test/simulation/narrow-link.test.ts`). */
const SLOW: Details = { seconds: 10, drainMs: 305_000 };
/** Where the first choice fails. */
const CHOOSING: Details = { aims: ['first echo'], isReloading: true };

/** Where answers may go to those who did not ask. */
const SHARED: Details = { isShared: true };

/** Chance may end two streams in a row, and so the climb of a minute later. The one after that comes within another minute. */
const CHANCE: Details = { bestWaitMs: 135_000 };

/** What cells of a column need beyond the ordinary. */
const DETAILS: Readonly<Record<string, Details>> = {
  'nginx-default': CHOOSING,
  'nginx-cut-3s': { ...QUIET, aims: ['no gap'] },
  'nginx-caching': SHARED,
  'nginx-buffering': CHOOSING,
  'haproxy-strip': CHOOSING,
  'haproxy-deny': CHOOSING,
  'haproxy-tarpit': CHOOSING,
  'haproxy-tunnel-3s': { ...QUIET, aims: ['no gap'] },
  'apache-http10': CHOOSING,
  'varnish-buffering': CHOOSING,
  'squid-allow': {},
  'squid-deny': CHOOSING,
  'squid-64kb': CHOOSING,
  'squid-caching': SHARED,
  tinyproxy: CHOOSING,
  'mitmproxy-drop-frames': CHOOSING,
  'hostile-ws-refused': CHOOSING,
  'hostile-ws-stripped': CHOOSING,
  'hostile-ws-black-holed': CHOOSING,
  'hostile-ws-mute': CHOOSING,
  'hostile-buffering': CHOOSING,
  'hostile-ws-cut-3s': { seconds: 15, aims: ['no gap'] },
  'hostile-ws-cut-2s': { seconds: 15, aims: ['no gap'] },
  'hostile-answers-2s': { seconds: 15, aims: ['no gap'] },
  'hostile-cache': SHARED,
  'hostile-answers-reset': CHANCE,
  'hostile-cached-posts': { ...SHARED, ...CHANCE },
  'hostile-swapped': { ...SHARED, ...CHANCE },
  'hostile-portal-some': CHANCE,
  'hostile-bare-headers': { isSameOrigin: true },
  mitmproxy: NO_STREAMS,
  'hostile-inspecting': NO_STREAMS,
  'hostile-one-connection': NO_STREAMS,
  'hostile-half-open': { ...QUIET, ...NO_STREAMS, drainMs: 90_000 },
  'hostile-slow': SLOW,
  'hostile-slow-http': SLOW,
  'hostile-away-40s': { seconds: 50, drainMs: 90_000 },
  'hostile-ws-restored': { seconds: 10, aims: ['restored'] },
  'hostile-one-connection-http': { drainMs: 90_000 },
  'hostile-delays': { drainMs: 90_000 },
};

const GROUPS: readonly (readonly [RegExp, string])[] = [
  [/^(nginx|haproxy)/, 'Reverse proxies: nginx and HAProxy'],
  [/^(apache|varnish|caddy)/, 'Reverse proxies: Apache, Varnish and Caddy'],
  [/^(squid|privoxy|tinyproxy|mitmproxy)/, 'Forward and inspecting proxies'],
  [/^hostile-(clean|ws-)/, 'Nothing in between; what happens to WebSockets'],
  [/^hostile-(repeats|delays|holds|bare|one-)/, 'Our hostile proxy: what happens to requests'],
  [/^hostile-(chopped|half|slow|away)/, 'Our hostile proxy: what happens to bytes and links'],
  [/^hostile-/, 'Our hostile proxy: what happens to answers'],
];

function groupOf(name: string): string {
  return GROUPS.find(([pattern]) => pattern.test(name))?.[1] ?? 'Others';
}

/** All columns: a path with nothing in it first. */
export const columns: readonly Column[] = [
  ...hostileBoxes.slice(0, 1),
  ...boxes,
  ...hostileBoxes.slice(1),
  restored,
].map((box) => ({
  bestOfHttp: 'streaming',
  isReloading: false,
  isShared: false,
  isQuiet: false,
  isSameOrigin: false,
  aims: [],
  ...DETAILS[box.name],
  box,
  group: groupOf(box.name),
}));
