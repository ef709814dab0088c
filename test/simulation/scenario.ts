import { WINDOW_MESSAGES, type HubOptions, type SessionLimits, type TransportName } from '@holdfast/protocol';
import { clean, hostile, type Conditions } from './conditions.js';
import type { Sizes } from './payload.js';
import { Random } from './random.js';

export const ALL: readonly TransportName[] = ['websocket', 'streaming', 'long-polling', 'polling'];

/** What happens at some time while things go wrong. */
export type Act =
  | { readonly what: 'weather'; readonly conditions: Conditions }
  | { readonly what: 'away'; readonly ms: number; readonly loses: boolean }
  | { readonly what: 'cut all' | 'reconnect' | 'check' | 'broadcast' | 'deaden' }
  | { readonly what: 'use'; readonly transports: readonly TransportName[] }
  | {
      readonly what: 'client sleeps' | 'server sleeps' | 'suspend' | 'client pauses' | 'server pauses' | 'hidden';
      readonly ms: number;
    }
  | { readonly what: 'burst up' | 'burst down'; readonly count: number }
  | { readonly what: 'client closes' | 'server closes' | 'both close' | 'farewell' | 'restart' };

interface Timed {
  readonly at: number;
  readonly act: Act;
}

/** All that a seed decides beforehand. */
export interface Scenario {
  readonly seed: number;
  readonly faultMs: number;
  readonly start: Conditions;
  readonly timeline: readonly Timed[];
  readonly allowed: readonly TransportName[];
  readonly ending: 'client closes' | 'server closes' | 'both close' | 'farewell' | 'restart';
  /** The resume window is so short that a session may be lost to an outage. */
  readonly isShortLived: boolean;
  readonly server: Omit<HubOptions, 'instance'>;
  readonly client: Partial<SessionLimits> & { attachTimeoutMs?: number; pollMinMs?: number; pollMaxMs?: number };
  readonly usesEventSource: boolean;
  readonly recycleBytes: number;
  /** How long `authorize` takes, and how long the client's `auth`. */
  readonly authorizeMs: number;
  /** How long an attach waits for its turn. */
  readonly paceMs: number;
  readonly authMs: number;
  /** How long until the server's application listens. */
  readonly listenMs: number;
  /** Answers each message with one. */
  readonly isEchoing: boolean;
  readonly sizes: Sizes;
  readonly messageCount: number;
  /** How long the calm lasts until the end: so long that no connection is half-open any more, or not at all. */
  readonly settleMs: number;
  /** A second client on the same server. */
  readonly hasBystander: boolean;
}

/** Least number of messages each way, in each run. */
const MESSAGES = 200;

export function drawScenario(seed: number): Scenario {
  const random = new Random(seed);
  const isShortLived = random.chance(0.12);
  const faultMs = random.spread(4000, 70_000);
  const isCalmSeed = random.chance(0.08);
  const faults = (): number => (isCalmSeed ? 0 : random.pick([0, 1, 1, 2, 2, 3, 4, 6]));
  const start = hostile(random, faults());
  const allowed = random.chance(0.7) ? ALL : subset(random);
  const messageCount = MESSAGES + random.integer(0, 60);
  const timeline: Timed[] = [];
  const add = (act: Act, at = random.between(0, faultMs)): void => void timeline.push({ at, act });
  for (let i = random.integer(0, 5); i > 0; i--) add({ what: 'weather', conditions: hostile(random, faults()) });
  if (!isCalmSeed) disturb(random, faultMs, add, allowed);
  for (const what of ['burst up', 'burst down'] as const) {
    let left = messageCount;
    while (left > 0) {
      const count = Math.min(left, Math.ceil(random.spread(1, 120)));
      left -= count;
      // The first often before anything is open.
      const isFirst = left + count === messageCount && random.chance(0.6);
      add({ what, count }, isFirst ? 0 : random.between(0, faultMs * 0.95));
    }
  }
  for (let i = random.integer(0, 6); i > 0; i--) add({ what: 'broadcast' });
  if (random.chance(0.2))
    add({ what: random.pick(['client closes', 'server closes', 'both close', 'farewell', 'restart']) });
  // Messages that wait to be handed over when the end comes: what is said of them then is easily wrong.
  const aside = new Random(seed ^ 0x1e55);
  for (const { at, act } of timeline.slice()) {
    if (!/close|farewell|restart/.test(act.what) || aside.chance(0.3)) continue;
    const before = Math.max(0, at - aside.between(0, 1500));
    const what = aside.pick(['client pauses', 'server pauses'] as const);
    add({ what, ms: aside.between(3000, 20_000) }, before);
    add({ what: 'burst up', count: 5 }, aside.between(before, at));
    add({ what: 'burst down', count: 5 }, aside.between(before, at));
  }
  // Minds changed faster than the network delivers: one choice overtakes another.
  if (!isCalmSeed && aside.chance(0.2)) {
    let at = aside.between(0, faultMs);
    for (let i = aside.integer(3, 8); i > 0; i--) {
      add({ what: 'use', transports: [aside.pick(allowed)] }, at);
      at += aside.spread(5, 1500);
    }
  }
  timeline.sort((a, b) => a.at - b.at);
  const small = random.chance(0.4);
  const huge = random.pick([0, 0.003, 0.01, 0.02]);
  // What a window lets through in each round trip must be enough for the calm phase.
  const windowBytes = random.pick([1_048_576, 1_048_576, 65_536, huge === 0 ? 1500 : 8192]);
  const hugeBytes =
    windowBytes < 20_000 ? 60_000 : random.pick([80_000, 150_000, 300_000, random.chance(0.1) ? 1_200_000 : 60_000]);
  const maxBufferedBytes = random.pick([2 * hugeBytes + 20_000, 3_000_000, 8_388_608]);
  const resumeWindowMs = isShortLived ? Math.floor(random.spread(1500, 15_000)) : 120_000;
  return {
    seed,
    faultMs,
    start,
    timeline,
    allowed,
    ending: random.pick(['client closes', 'server closes', 'both close', 'farewell', 'restart']),
    isShortLived,
    server: {
      windowBytes: small ? random.pick([16_384, 40_000]) : 1_048_576,
      windowMessages: small ? random.pick([64, 100]) : WINDOW_MESSAGES,
      maxMessageBytes: 4_194_304,
      highWaterMarkBytes: Math.floor(maxBufferedBytes / random.pick([4, 16])),
      maxBufferedBytes,
      maxBufferedMessages: random.pick([40, 300, 16_384]),
      closeTimeoutMs: 10_000,
      resumeWindowMs,
      heartbeatIntervalMs: random.pick([20_000, 20_000, 5000, 1500]),
      heartbeatTimeoutMs: random.pick([8000, 8000, 3000]),
      holdMs: random.pick([20_000, 20_000, 3000, 1000]),
      maxBodyBytes: random.pick([1_048_576, 65_536, 20_000]),
      maxTotalBufferedBytes: random.pick([1e9, 4 * maxBufferedBytes]),
      maxSessions: 100,
      maxSessionsPerAddress: 100,
      maxTombstones: 1000,
      handshakeTimeoutMs: 10_000,
    },
    client: {
      windowBytes,
      windowMessages: random.pick([WINDOW_MESSAGES, WINDOW_MESSAGES, 50, 8]),
      maxBufferedBytes: random.pick([2 * hugeBytes + 20_000, 8_388_608]),
      highWaterMarkBytes: random.pick([hugeBytes, 20_000]),
      maxBufferedMessages: random.pick([30, 300, 16_384]),
      ...(random.chance(0.3) ? { attachTimeoutMs: random.pick([2000, 5000]) } : {}),
      ...(random.chance(0.3) ? { pollMinMs: random.pick([10, 500]), pollMaxMs: random.pick([500, 2000]) } : {}),
    },
    usesEventSource: random.chance(0.15),
    recycleBytes: random.chance(0.2) ? random.pick([16_384, 30_000]) : 16_777_216,
    authorizeMs: random.chance(0.3) ? random.spread(1, 3000) : 0,
    paceMs: random.chance(0.3) ? random.spread(1, 100) : 0,
    authMs: random.chance(0.15) ? random.spread(1, 500) : 0,
    listenMs: random.chance(0.3) ? random.spread(1, 500) : 0,
    isEchoing: random.chance(0.3),
    // Through a small window on a slow poll a large message takes longer than a run.
    sizes: { huge, hugeBytes: small ? Math.min(hugeBytes, 80_000) : hugeBytes },
    settleMs: random.chance(0.5) ? 45_000 : 0,
    messageCount,
    hasBystander: random.chance(0.1),
  };
}

/** Everything but the network's own weather. */
function disturb(
  random: Random,
  faultMs: number,
  add: (act: Act, at?: number) => void,
  allowed: readonly TransportName[],
): void {
  const some = (most: number): number => (random.chance(0.5) ? 0 : random.integer(1, most));
  const away = (): number => random.spread(50, Math.min(40_000, faultMs / 2));
  for (let i = some(2); i > 0; i--) add({ what: 'away', ms: away(), loses: random.chance(0.5) });
  for (let i = some(4); i > 0; i--) add({ what: 'cut all' });
  for (let i = some(3); i > 0; i--) add({ what: 'deaden' });
  for (let i = some(5); i > 0; i--) add({ what: 'reconnect' });
  for (let i = some(4); i > 0; i--) add({ what: 'check' });
  for (let i = some(8); i > 0; i--) {
    add({
      what: 'use',
      transports: random.chance(0.05) ? [] : random.chance(0.5) ? [random.pick(allowed)] : subset(random),
    });
  }
  for (let i = some(3); i > 0; i--) {
    add({
      what: random.chance(0.7) ? 'client sleeps' : 'server sleeps',
      ms: random.spread(20, Math.min(30_000, faultMs / 3)),
    });
  }
  for (let i = some(2); i > 0; i--) add({ what: 'suspend', ms: random.spread(20, Math.min(20_000, faultMs / 3)) });
  for (let i = some(4); i > 0; i--) {
    add({
      what: random.pick(['client pauses', 'server pauses']),
      ms: random.spread(20, Math.min(10_000, faultMs / 3)),
    });
  }
  if (random.chance(0.15)) add({ what: 'hidden', ms: random.spread(1000, 30_000) });
}

function subset(random: Random): TransportName[] {
  const chosen = ALL.filter(() => random.chance(0.5));
  if (chosen.length === 0) return [random.pick(ALL)];
  return random.chance(0.2) ? chosen.reverse() : chosen;
}

/** How it is once nothing goes wrong any more. */
export function calmWeather(random: Random): Conditions {
  return clean(random);
}
