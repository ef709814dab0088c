import { describe, type Reply } from '../courier.js';
import type { SizeSeen } from '../observations.js';
import { RawSession, type Target } from '../raw-session.js';
import { knockOnce } from './knock.js';

const UPLOAD_SIZES = [1000, 16_000, 64_000, 256_000, 1_000_000] as const;
const DOWNLOAD_SIZES = [1000, 16_000, 60_000, 130_000, 240_000] as const;

const TRIES = 3;

/** How often a limit is halved in on. */
const HALVINGS = 5;

/** How large request bodies may be. The server refuses none of these by itself. */
export async function sizeUp(target: Target, url: string, largest: number): Promise<SizeSeen> {
  let n = 100;
  return search(
    UPLOAD_SIZES.filter((size) => size <= largest),
    (bytes) => knockOnce(target, url, n++, bytes),
  );
}

/** How large answers may be. The doctor's endpoint gives what it is asked for. */
export function sizeDown(target: Target): Promise<SizeSeen> {
  return search(DOWNLOAD_SIZES, async (bytes) => {
    const session = new RawSession(target);
    const begun = await session.begin('poll');
    if (!session.attached) return begun;
    const reply = await session.ask('hold', `@0\ntgive ${bytes}\n`, { hold: 2000 });
    const isAll = (reply.reading?.packets.join('').length ?? 0) >= bytes;
    return { ...reply, isGood: reply.isGood && isAll };
  });
}

async function search(sizes: readonly number[], attempt: (bytes: number) => Promise<Reply>): Promise<SizeSeen> {
  let passedBytes = 0;
  let failed: { bytes: number; reply: Reply } | null = null;
  // What fails once may be chance.
  const insist = async (bytes: number): Promise<Reply> => {
    let reply = await attempt(bytes);
    for (let tries = 1; tries < TRIES && !reply.isGood; tries++) reply = await attempt(bytes);
    return reply;
  };
  for (const bytes of sizes) {
    const reply = await insist(bytes);
    if (!reply.isGood) {
      failed = { bytes, reply };
      break;
    }
    passedBytes = bytes;
  }
  if (!failed) return { passedBytes, failedBytes: null, cutAtBytes: null, answer: null, failure: null };
  for (let count = 0; count < HALVINGS && passedBytes > 0; count++) {
    const bytes = Math.round((passedBytes + failed.bytes) / 2);
    const reply = await insist(bytes);
    if (reply.isGood) passedBytes = bytes;
    else failed = { bytes, reply };
  }
  const { answer, reading } = failed.reply;
  return {
    passedBytes,
    failedBytes: failed.bytes,
    cutAtBytes: reading && !reading.isEnded ? answer.text.length : null,
    answer: reading || answer.status === 0 ? null : describe(answer),
    failure: answer.failure,
  };
}
