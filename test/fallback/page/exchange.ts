import type { ClientSession, CloseEvent, Data } from '@holdfast/protocol';
import type { Moment, PageResult } from './cell-config.js';
import { greetingOf, makeMessage, type Bytes } from './content.js';
import { clockName, now } from './clock.js';
import { planOf } from './plan.js';
import type { CellPage } from './prepare.js';
import { probe } from './probe.js';
import { Tally } from './tally.js';

type Connect = (url: string, options: object) => ClientSession;

const { config, report, errors, longestAnswer } = (window as unknown as { CELL_PAGE: CellPage }).CELL_PAGE;

const TICK_MS = 20;
const ALIVE_EVERY_MS = 2000;
/** What is repeated comes later than what it repeats: so long after the last message is waited for more. */
const SETTLE_MS = 1500;
const CLOSE_WAIT_MS = 25_000;
const MOST_STORY = 500;
const MOST_MOMENTS = 40;

/** Runs the cell: an echo, the plan both ways, a graceful close. */
function run(connect: Connect): void {
  const { speaker } = config;
  const greeting = greetingOf(speaker);
  const up = planOf('up', config.course);
  const down = new Tally(planOf('down', config.course).length, speaker);
  const transports: Moment[] = [];
  const resets: Moment[] = [];
  const problems: Moment[] = [];
  const attempts: Moment[] = [];
  const story: Moment[] = [];
  let problemCount = 0;
  let attemptCount = 0;
  let sentCount = 0;
  let echoMs: number | null = null;
  let trafficFrom = 0;
  let completeAt = 0;
  let isClosing = false;
  let isHidden = false;

  const connectedAt = now();
  const since = (): number => Math.round(now() - connectedAt);
  const add = (moments: Moment[], what: string): void => {
    if (moments.length < MOST_MOMENTS) moments.push({ atMs: since(), what });
  };
  const session = connect(config.endpoint, {
    ...config.options,
    trace(event: string, detail?: unknown) {
      if (config.isTelling && story.length < MOST_STORY) {
        story.push({ atMs: since(), what: `${event} ${JSON.stringify(detail ?? '')}` });
      }
      if (event !== 'attempt') return;
      attemptCount++;
      add(attempts, (detail as { transport: string }).transport);
    },
  });
  session.on('transport', ({ name }) => {
    // What was held back arrives when streams end: the session has found its transport by then.
    if (!isClosing) add(transports, name ?? 'none');
  });
  session.on('reset', ({ code, reason }) => add(resets, `${String(code)} ${reason}`));
  session.on('problem', ({ transport, status, hint }) => {
    problemCount++;
    add(problems, `${transport} ${String(status)} ${hint}`);
  });
  session.on('message', (data: Data) => {
    if (data === greeting && echoMs === null) {
      echoMs = now() - connectedAt;
      trafficFrom = now();
      report('echo', { ms: echoMs, clock: clockName });
    } else down.add(data, now() - connectedAt);
  });
  session.send(greeting);

  const sendDue = (): void => {
    const sinceTraffic = now() - trafficFrom;
    for (;;) {
      const planned = up[sentCount];
      if (!planned || planned.atMs > sinceTraffic) return;
      const stamp = { speaker, number: sentCount, sentAtMs: Math.round(sinceTraffic) };
      session.send(makeMessage(stamp, planned, freshBytes) as Data);
      sentCount++;
    }
  };
  // Not on what is better either: that lives for moments only.
  const isOnBest = (): boolean => config.best === null || session.transport === config.best;
  const lengthMs = config.course.seconds * 1000;
  const isOver = (): boolean => {
    const lateMs = trafficFrom > 0 ? now() - trafficFrom - lengthMs : since() - lengthMs;
    if (lateMs < 0) return false;
    const isThrough = sentCount >= up.length && down.isComplete && session.bufferedAmount === 0;
    if (isThrough && completeAt === 0) completeAt = now();
    if (!isThrough) return lateMs > config.drainMs;
    if (now() - completeAt < SETTLE_MS) return false;
    return isOnBest() || now() - completeAt > config.bestWaitMs;
  };

  const finish = (event: CloseEvent | null): void => {
    const result = {
      clock: clockName,
      isHidden,
      echoesMs: [echoMs],
      transports,
      resets,
      problems,
      problemCount,
      attempts,
      attemptCount,
      down: down.count(),
      sentCount,
      closeCode: event?.code ?? 0,
      unconfirmedCount: event?.unconfirmed.length ?? 0,
      longestAnswer: longestAnswer(),
      errors,
      story,
    };
    // It said so on its own feet: what the page does from here on is measured for itself.
    probe(connect, config, config.probeCount, (more) => {
      clearInterval(alive);
      const isReloading = config.isReloading && canRemember();
      const whole: PageResult = { ...result, isReloading, echoesMs: result.echoesMs.concat(more) };
      report('done', whole);
      if (isReloading) reload();
    });
  };
  const close = (): void => {
    isClosing = true;
    clearInterval(ticking);
    const guard = setTimeout(() => finish(null), CLOSE_WAIT_MS);
    session.on('close', (event) => {
      clearTimeout(guard);
      finish(event);
    });
    session.close(1000, 'done');
  };
  const ticking = setInterval(() => {
    if (document.hidden) isHidden = true;
    try {
      if (trafficFrom > 0) sendDue();
      if (!isClosing && isOver()) close();
    } catch (error) {
      errors.push(String((error as { stack?: string }).stack ?? error));
      close();
    }
  }, TICK_MS);
  const alive = setInterval(() => {
    const { received } = down.count();
    report('alive', { atMs: since(), transport: session.transport, state: session.state, sentCount, received });
  }, ALIVE_EVERY_MS);
}

function freshBytes(length: number): Bytes & Record<number, number> {
  // The ES5 files bring what stands for it where there is none.
  const { Uint8Array: Own } = (window as unknown as { Holdfast: { Uint8Array?: Uint8ArrayConstructor } }).Holdfast;
  return new (Own ?? Uint8Array)(length);
}

/** Some engines have a storage that throws when it is looked at. */
function canRemember(): boolean {
  try {
    localStorage.setItem('matrix', '1');
    return localStorage.getItem('matrix') === '1';
  } catch {
    return false;
  }
}

function reload(): void {
  // What the report needs is on its way by then.
  setTimeout(() => location.replace(`/cell?id=${config.id}&load=2`), 300);
}

function start(): void {
  const holdfast = (window as unknown as { Holdfast?: { connect: Connect } }).Holdfast;
  if (!holdfast) report('broken', `The client did not load. ${errors.join('; ')}`);
  else if (config.load === 1) run(holdfast.connect);
  else {
    probe(
      holdfast.connect,
      config,
      1,
      (_echoes, reloaded) => {
        report('reloaded', reloaded);
      },
      true,
    );
  }
}

// After `load`: WebKit shows that a page is loading for as long as a request lasts that began before.
if (document.readyState === 'complete') start();
else window.onload = start;
