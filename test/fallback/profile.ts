import type { TransportName } from '@holdfast/protocol';

/** An engine that lacks what another one lacks: broken by a script that its page loads first (`page/profiles.ts`). */
export interface Profile {
  readonly name: string;
  readonly title: string;
  /** The engine that it is made of. */
  readonly base: string;
  readonly client: 'module' | 'es5';
  /** Transports that it can't have. */
  readonly lacks: readonly TransportName[];
  /** Boxes through which nothing of what it has can get. */
  readonly stoppedBy: readonly string[];
  /** Boxes that let streams of others live, but not those it can have. */
  readonly noStreamsThrough: readonly string[];
  /** Nothing is remembered from one page to the next. */
  readonly isForgetful: boolean;
  /** Options of `connect` that such a page needs. */
  readonly options: Readonly<Record<string, unknown>>;
}

const COMMON = {
  base: 'chromium',
  client: 'es5',
  lacks: [],
  stoppedBy: [],
  noStreamsThrough: [],
  isForgetful: false,
  options: {},
} as const;

/** All that there are. */
export const PROFILES: readonly Profile[] = [
  {
    ...COMMON,
    name: 'ie8-9',
    title: 'profile: IE 8/9 (XDomainRequest only, no typed arrays)',
    lacks: ['websocket'],
    // The page is of the server's own origin there: its XMLHttpRequest shows nothing before the end, and XDomainRequest leaves out cookies.
    noStreamsThrough: ['hostile-bare-headers'],
  },
  { ...COMMON, name: 'ie10-11', title: 'profile: IE 10/11 (strict XHR, no fetch, no Promise)' },
  {
    ...COMMON,
    name: 'android-4',
    title: 'profile: Android 4 (no WebSocket, first 4 KB unseen)',
    lacks: ['websocket'],
  },
  {
    ...COMMON,
    name: 'presto',
    title: 'profile: Opera Presto (no progress events, no WebSocket)',
    lacks: ['websocket'],
    // It streams by EventSource, and text/event-stream is kept to its end there.
    noStreamsThrough: ['privoxy'],
  },
  { ...COMMON, name: 'no-storage', title: 'profile: storage throws', client: 'module', isForgetful: true },
  { ...COMMON, name: 'no-csprng', title: 'profile: no CSPRNG' },
  {
    ...COMMON,
    name: 'jsonp-only',
    title: 'profile: nothing but JSONP and forms',
    lacks: ['websocket', 'streaming'],
    // Its answers are scripts, and what is added to one makes it none.
    stoppedBy: ['hostile-script'],
    options: { jsonp: true },
  },
];
