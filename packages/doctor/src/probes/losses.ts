import type { LossSeen, Observations } from '../observations.js';
import { attachedIn, errorIn } from '../reading.js';
import { RawSession, type Target } from '../raw-session.js';
import { urlBelow } from '../url-below.js';
import { knockOnce } from './knock.js';

const REQUEST_COUNT = 24;

/** Sends many small messages, one a request, and looks after each failure whether the server has had it. */
export async function countLosses(target: Target): Promise<LossSeen> {
  const session = new RawSession(target);
  const seen = { requestCount: 0, failedCount: 0, processedCount: 0 };
  for (let tries = 0; tries < 3 && !session.attached; tries++) await session.begin('poll');
  for (let sent = 0; session.attached && seen.requestCount < REQUEST_COUNT;) {
    seen.requestCount++;
    const { isGood } = await session.ask('poll', `@${sent}\ntloss ${sent}\n`);
    if (isGood) {
      sent++;
      continue;
    }
    seen.failedCount++;
    const got = await receivedAfter(session);
    if (got === null) break;
    if (got > sent) seen.processedCount++;
    sent = got;
  }
  return seen;
}

/** How many messages the server has had. */
async function receivedAfter(session: RawSession): Promise<number | null> {
  for (let tries = 0; tries < 4; tries++) {
    const { reading } = await session.resume();
    const attached = reading ? attachedIn(reading.packets) : null;
    if (attached) return attached.got.messages;
  }
  return null;
}

/** The same without a session: whether the server had them nobody knows. */
export async function countFailures(target: Target, url: string): Promise<LossSeen> {
  let failedCount = 0;
  for (let n = 0; n < REQUEST_COUNT; n++) {
    const { isGood } = await knockOnce(target, url, 1000 + n);
    if (!isGood) failedCount++;
  }
  return { requestCount: REQUEST_COUNT, failedCount, processedCount: 0 };
}

/** Whether the answer to a GET is given a second time: a ticket is good for one. */
export async function findCache(target: Target): Promise<Observations['cached']> {
  const { courier, url, timeoutMs } = target;
  const session = new RawSession(target);
  const { reading } = await session.begin('stream', { get: true, hold: 300 });
  const ticket = reading?.packets.find((packet) => packet.startsWith('y'))?.slice(1);
  if (ticket === undefined) return null;
  const address = urlBelow(url, ticket);
  const first = await courier.get(address, timeoutMs);
  if (!first.reading || errorIn(first.reading.packets)) return null;
  const again = await courier.get(address, timeoutMs);
  return again.reading !== null && errorIn(again.reading.packets)?.code !== 'ERR_TICKET';
}
