import { HostileProxy } from '../matrix/hostile-proxy.js';
import type { Behaviour } from '../matrix/proxy-behaviour.js';
import type { ProxyCounts } from '../matrix/proxy/counts.js';
import type { Best, Box, RunningBox } from './box.js';

/** A box of our own that runs, with the proxy inside. */
interface RunningHostileBox extends RunningBox {
  readonly proxy: HostileProxy;
}

/** Our own hostile proxy with one behaviour. */
export interface HostileBox extends Box {
  readonly behaviour: Partial<Behaviour>;
  /** What shows that it did strike. */
  readonly evidence: keyof ProxyCounts;
  start(targetPort: number): Promise<RunningHostileBox>;
}

/** What is told of a box: the rest is the same for all. */
type Description = Pick<HostileBox, 'name' | 'title' | 'behaviour' | 'evidence'> & {
  readonly best: Best;
  /** What happens to it while it runs; returns what ends that. */
  readonly play?: (proxy: HostileProxy) => () => void;
};

const REFUSED = { upgrade: 'refuse' } as const;
const AWAY_AFTER_MS = 4000;
const AWAY_FOR_MS = 40_000;

/** The network goes away for 40 s, and the client comes back with another address. */
function goAway(proxy: HostileProxy): () => void {
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  void proxy.firstConnection.then(() => {
    if (isOver) return;
    timer = setTimeout(() => {
      proxy.set({ away: 'reset' });
      timer = setTimeout(() => proxy.set({ away: 'no', sourceAddress: '127.0.0.2' }), AWAY_FOR_MS);
    }, AWAY_AFTER_MS);
  });
  return () => {
    isOver = true;
    clearTimeout(timer);
  };
}

const DESCRIPTIONS: readonly Description[] = [
  { name: 'hostile-clean', title: 'clean', best: 'websocket', behaviour: {}, evidence: 'connections' },

  // What happens to WebSockets.
  {
    name: 'hostile-ws-refused',
    title: 'WebSocket refused',
    best: 'streaming',
    behaviour: REFUSED,
    evidence: 'spoiltUpgrades',
  },
  {
    name: 'hostile-ws-stripped',
    title: 'Upgrade header stripped',
    best: 'streaming',
    behaviour: { upgrade: 'strip' },
    evidence: 'spoiltUpgrades',
  },
  {
    name: 'hostile-ws-black-holed',
    title: 'WebSocket handshake never answered',
    best: 'streaming',
    behaviour: { upgrade: 'black-hole' },
    evidence: 'spoiltUpgrades',
  },
  {
    name: 'hostile-ws-mute',
    title: 'WebSocket silent after its 101',
    best: 'streaming',
    behaviour: { upgrade: 'mute' },
    evidence: 'spoiltUpgrades',
  },
  {
    name: 'hostile-ws-cut-3s',
    title: 'WebSocket reset every 3 s',
    best: 'streaming',
    behaviour: { upgradeLifeMs: 3000 },
    evidence: 'cuts',
  },
  {
    name: 'hostile-ws-cut-2s',
    title: 'WebSocket reset every 2 s',
    best: 'streaming',
    behaviour: { upgradeLifeMs: 2000 },
    evidence: 'cuts',
  },

  // What happens to answers.
  {
    name: 'hostile-buffering',
    title: 'answers buffered to the end, no WebSocket',
    best: 'long-polling',
    behaviour: { ...REFUSED, isBuffering: true },
    evidence: 'bufferedAnswers',
  },
  {
    name: 'hostile-inspecting',
    title: 'inspecting box: HTTP buffered both ways, WebSocket passes',
    best: 'websocket',
    behaviour: { isBuffering: true, isHoldingBodies: true },
    evidence: 'upgrades',
  },
  {
    name: 'hostile-answers-2s',
    title: 'answers cut at 2 s, no WebSocket',
    best: 'streaming',
    behaviour: { ...REFUSED, maxAnswerMs: 2000 },
    evidence: 'cuts',
  },
  {
    name: 'hostile-answers-reset',
    title: '5 % of answers reset half-way, no WebSocket',
    best: 'streaming',
    behaviour: { ...REFUSED, resetAnswerShare: 0.05 },
    evidence: 'cuts',
  },
  {
    name: 'hostile-answers-lost',
    title: '5 % of POST answers lost after processing, no WebSocket',
    best: 'streaming',
    behaviour: { ...REFUSED, loseAnswerShare: 0.05 },
    evidence: 'lostAnswers',
  },
  {
    name: 'hostile-64k',
    title: 'bodies cut at 64 KB each way, no WebSocket',
    best: 'streaming',
    behaviour: { ...REFUSED, maxAnswerBytes: 65_536, maxRequestBytes: 65_536, requestOverflow: 'cut' },
    evidence: 'cuts',
  },
  {
    name: 'hostile-cache',
    title: 'cache that ignores the query string, no WebSocket',
    best: 'streaming',
    behaviour: { ...REFUSED, isCachingGets: true },
    evidence: 'requests',
  },
  {
    name: 'hostile-cached-posts',
    title: '10 % of POSTs answered from a cache, no WebSocket',
    best: 'streaming',
    behaviour: { ...REFUSED, isCachingGets: true, cacheShare: 0.1 },
    evidence: 'cachedAnswers',
  },
  {
    name: 'hostile-swapped',
    title: '10 % of POSTs get the answer to another one, no WebSocket',
    best: 'streaming',
    behaviour: { ...REFUSED, swapShare: 0.1 },
    evidence: 'swappedAnswers',
  },
  {
    name: 'hostile-script',
    title: 'script element added to every text, no WebSocket',
    best: 'streaming',
    behaviour: { ...REFUSED, isAppendingScript: true },
    evidence: 'appendedScripts',
  },
  {
    name: 'hostile-portal-first',
    title: 'login page with status 200 for the first 3 s',
    best: 'websocket',
    behaviour: { portalMs: 3000 },
    evidence: 'portals',
  },
  {
    name: 'hostile-portal-some',
    title: 'login page with status 200 for 10 % of requests, no WebSocket',
    best: 'streaming',
    behaviour: { ...REFUSED, portalShare: 0.1 },
    evidence: 'portals',
  },

  // What happens to requests.
  {
    name: 'hostile-repeats-at-once',
    title: 'half of POSTs repeated at once, no WebSocket',
    best: 'streaming',
    behaviour: { ...REFUSED, repeatShare: 0.5 },
    evidence: 'repeatedRequests',
  },
  {
    name: 'hostile-repeats-together',
    title: 'half of POSTs sent twice at the same time, no WebSocket',
    best: 'streaming',
    behaviour: { ...REFUSED, repeatShare: 0.5, isRepeatRaced: true },
    evidence: 'repeatedRequests',
  },
  {
    name: 'hostile-repeats-2s',
    title: 'half of POSTs repeated after 2 s, no WebSocket',
    best: 'streaming',
    behaviour: { ...REFUSED, repeatShare: 0.5, repeatAfterMs: 2000 },
    evidence: 'repeatedRequests',
  },
  {
    name: 'hostile-repeats-after-end',
    title: 'half of POSTs repeated after the session ended, no WebSocket',
    best: 'streaming',
    behaviour: { ...REFUSED, repeatShare: 0.5, repeatAfterMs: Infinity },
    evidence: 'requests',
  },
  {
    name: 'hostile-delays',
    title: 'requests delayed by up to 2 s and reordered, no WebSocket',
    best: 'streaming',
    behaviour: { ...REFUSED, maxDelayMs: 2000 },
    evidence: 'reorderedRequests',
  },
  {
    name: 'hostile-holds-bodies',
    title: 'request bodies held until complete, no WebSocket',
    best: 'streaming',
    behaviour: { ...REFUSED, isHoldingBodies: true },
    evidence: 'heldBodies',
  },
  {
    name: 'hostile-bare-headers',
    title: 'unknown headers dropped, no WebSocket',
    best: 'streaming',
    behaviour: { ...REFUSED, isDroppingHeaders: true },
    evidence: 'droppedHeaders',
  },
  {
    name: 'hostile-one-connection',
    title: 'one connection at a time',
    best: 'websocket',
    behaviour: { maxConnections: 1 },
    evidence: 'connections',
  },
  {
    name: 'hostile-one-connection-http',
    title: 'one connection at a time, no WebSocket',
    best: 'long-polling',
    behaviour: { ...REFUSED, maxConnections: 1 },
    evidence: 'waitingConnections',
  },

  // What happens to bytes.
  {
    name: 'hostile-chopped',
    title: 'bytes split and joined anywhere',
    best: 'websocket',
    behaviour: { isChopping: true },
    evidence: 'splitPieces',
  },
  {
    name: 'hostile-chopped-http',
    title: 'bytes split and joined anywhere, no WebSocket',
    best: 'streaming',
    behaviour: { ...REFUSED, isChopping: true },
    evidence: 'splitPieces',
  },
  {
    name: 'hostile-half-open',
    title: 'silently half-open after 5 s idle',
    best: 'websocket',
    behaviour: { maxIdleMs: 5000 },
    evidence: 'connections',
  },
  {
    name: 'hostile-slow',
    title: 'slow link, 32 kbit/s',
    best: 'websocket',
    behaviour: { bitsPerSecond: 32_000 },
    evidence: 'slowBytes',
  },
  {
    name: 'hostile-slow-http',
    title: 'slow link, 32 kbit/s, no WebSocket',
    best: 'streaming',
    behaviour: { ...REFUSED, bitsPerSecond: 32_000 },
    evidence: 'slowBytes',
  },
  {
    name: 'hostile-away-40s',
    title: 'network away for 40 s, back with another address',
    best: 'websocket',
    behaviour: {},
    evidence: 'halfOpenConnections',
    play: goAway,
  },
];

function boxOf({ play, ...description }: Description): HostileBox {
  return {
    ...description,
    packages: [],
    start: async (targetPort) => {
      const proxy = await HostileProxy.start(targetPort, description.behaviour);
      const stopPlay = play?.(proxy);
      return {
        proxy,
        origin: `http://127.0.0.1:${proxy.port}`,
        forwardProxy: null,
        version: `Node ${process.version}`,
        stop: async () => {
          stopPlay?.();
          await proxy.close();
        },
      };
    },
  };
}

/** Our own hostile proxy, once with each of the behaviours that the fallback matrix has a column for. */
export const hostileBoxes: readonly HostileBox[] = DESCRIPTIONS.map(boxOf);
