import type { ExamineOptions, Observations } from 'holdfast-doctor';
import { expect } from 'vitest';
import type { Behaviour } from '../matrix/proxy-behaviour.js';

/** What is found behind our own hostile proxy. */
export interface HostileCase {
  readonly title: string;
  readonly behaviour: Partial<Behaviour>;
  readonly finds: readonly string[];
  /** Chance may add others. */
  readonly isAmongOthers?: boolean;
  readonly seen?: Partial<{ readonly [Name in keyof Observations]: unknown }>;
  readonly options?: ExamineOptions;
}

/** Without WebSocket, and quick. */
export const HTTP: ExamineOptions = { transports: ['streaming', 'long-polling', 'polling'], watchMs: 1500 };

const WEBSOCKET = { transports: ['websocket'] } as const;

/** Each in front of a server of its own, by {@link HTTP} unless told otherwise. */
export const HOSTILE_CASES: readonly HostileCase[] = [
  {
    title: 'request bodies cut at 64 KB',
    behaviour: { maxRequestBytes: 65_536, requestOverflow: 'cut' },
    finds: ['requests-limited'],
    seen: {
      upload: expect.toSatisfy(
        ({ passedBytes, failedBytes }: NonNullable<Observations['upload']>) =>
          passedBytes <= 65_536 && Number(failedBytes) > 65_536,
      ),
    },
  },
  {
    title: 'a proxy that lets one connection through at a time',
    behaviour: { maxConnections: 1 },
    finds: ['one-at-a-time'],
    isAmongOthers: true,
  },
  {
    title: 'what was added to answers',
    behaviour: { isAppendingScript: true },
    finds: ['answers-altered'],
    seen: { added: expect.stringMatching(/^<script/) },
  },
  {
    title: 'answers that come to the wrong requests',
    behaviour: { swapShare: 0.2 },
    finds: ['answers-swapped'],
    isAmongOthers: true,
  },
  {
    title: 'answers that are lost after they were processed',
    behaviour: { loseAnswerShare: 0.2 },
    finds: ['answers-lost'],
    isAmongOthers: true,
    seen: { losses: expect.toSatisfy(({ processedCount }: { processedCount: number }) => processedCount > 0) },
  },
  {
    title: 'a cache that ignores the query string',
    behaviour: { isCachingGets: true },
    finds: ['gets-cached'],
    seen: { cached: true },
  },
  {
    title: 'streams and held requests that are cut at 1 s',
    behaviour: { maxAnswerMs: 1000 },
    finds: ['stream-cut', 'hold-cut'],
    options: { ...HTTP, watchMs: 3500 },
  },
  {
    title: 'WebSockets that are forgotten while nothing is said',
    behaviour: { maxIdleMs: 1000 },
    finds: ['websocket-goes-silent'],
    options: { ...WEBSOCKET, watchMs: 2500 },
  },
  {
    title: 'a WebSocket that is reset after 2 s though it is used',
    behaviour: { upgradeLifeMs: 2000 },
    finds: ['websocket-cut'],
    options: { ...WEBSOCKET, watchMs: 3500 },
  },
  { title: 'a login page', behaviour: { portalMs: 600_000 }, finds: ['not-holdfast'] },
];
