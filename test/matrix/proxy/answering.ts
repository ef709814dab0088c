import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import type { Behaviour } from '../proxy-behaviour.js';
import { MAX_STORED_BYTES, type StoredAnswer } from './answer-store.js';
import type { ProxyCounts } from './counts.js';
import { passHeaders, SCRIPT } from './headers.js';

/** How long an answer that will be lost is listened to: by then the server has done what it was asked. */
const LOSE_AFTER_MS = 500;

/** Where an answer without a length is reset, at the latest. */
const MAX_INTACT_PIECES = 3;

/** One answer on its way through a proxy. */
export interface Answering {
  readonly answer: IncomingMessage;
  readonly outgoing: ServerResponse;
  readonly behaviour: Behaviour;
  readonly counts: ProxyCounts;
  /** 0 to 1 for an answer that is to be reset: where. */
  readonly resetAt: number | null;
  /** What to do with it when all has passed. */
  readonly keep: (answer: StoredAnswer) => void;
}

/** The server has done what was asked; its answer doesn't arrive. */
export function loseAnswer({ answer, outgoing, counts }: Answering): void {
  counts.lostAnswers++;
  answer.resume();
  const lose = (): unknown => outgoing.socket?.destroy();
  const timer = setTimeout(lose, LOSE_AFTER_MS);
  outgoing.once('close', () => clearTimeout(timer));
  answer.once('end', lose);
  answer.once('error', lose);
}

/** Something else instead. */
export function giveStored(stored: StoredAnswer, outgoing: ServerResponse): void {
  outgoing.writeHead(stored.status, ownLength(stored.headers, stored.body.length)).end(stored.body);
}

/** Hands an answer on, with all that a behaviour does to it. */
export function handOn(answering: Answering): void {
  const { answer, outgoing, behaviour } = answering;
  answer.on('error', () => outgoing.destroy());
  if (behaviour.maxAnswerMs < Infinity) cutAfter(answering);
  if (behaviour.isBuffering) bufferAnswer(answering);
  else streamAnswer(answering);
}

function cutAfter({ outgoing, behaviour, counts }: Answering): void {
  const timer = setTimeout(() => {
    counts.cuts++;
    reset(outgoing);
  }, behaviour.maxAnswerMs);
  outgoing.once('close', () => clearTimeout(timer));
}

/** Nothing passes before all is there. */
function bufferAnswer({ answer, outgoing, behaviour, counts }: Answering): void {
  buffer(answer).then(
    (body) => {
      counts.bufferedAnswers++;
      const script = scriptFor(answer, behaviour, counts);
      const headers = passHeaders(answer.headers, behaviour.isDroppingHeaders, counts);
      outgoing.writeHead(answer.statusCode ?? 502, ownLength(headers, body.length + script.length));
      outgoing.end(Buffer.concat([body, Buffer.from(script)]));
    },
    () => outgoing.destroy(),
  );
}

function streamAnswer(answering: Answering): void {
  const { answer, outgoing, behaviour, counts } = answering;
  const script = scriptFor(answer, behaviour, counts);
  const length = Number(answer.headers['content-length'] ?? NaN);
  const headers: OutgoingHttpHeaders = passHeaders(answer.headers, behaviour.isDroppingHeaders, counts);
  if (script !== '' && length >= 0) headers['content-length'] = length + script.length;
  if (behaviour.maxConnections < Infinity) headers.connection = 'close';
  outgoing.writeHead(answer.statusCode ?? 502, headers);
  outgoing.flushHeaders();
  const passed: Buffer[] = [];
  let passedBytes = 0;
  let isBroken = false;
  const limit = cutLimit(answering, length);
  answer.on('data', (chunk: Buffer) => {
    if (isBroken) return;
    const most = limit(passedBytes, chunk);
    const part = chunk.subarray(0, most);
    const canTakeMore = outgoing.write(part);
    passedBytes += part.length;
    if (passedBytes <= MAX_STORED_BYTES) passed.push(part);
    if (most < chunk.length) {
      isBroken = true;
      counts.cuts++;
      // What was let through arrives first, then the connection breaks.
      if (answering.resetAt === null) outgoing.socket?.destroySoon();
      else outgoing.write('', () => reset(outgoing));
      answer.destroy();
    } else if (!canTakeMore) {
      answer.pause();
      outgoing.once('drain', () => answer.resume());
    }
  });
  answer.on('end', () => {
    if (isBroken) return;
    if (answering.resetAt !== null && !outgoing.destroyed) {
      counts.cuts++;
      reset(outgoing);
      return;
    }
    if (passedBytes <= MAX_STORED_BYTES)
      answering.keep({ status: answer.statusCode ?? 502, headers: answer.headers, body: Buffer.concat(passed) });
    outgoing.end(script);
  });
}

/** Says how much of a chunk still passes. */
function cutLimit({ behaviour, resetAt }: Answering, length: number): (passedBytes: number, chunk: Buffer) => number {
  const most = Math.min(behaviour.maxAnswerBytes, resetAt === null ? Infinity : length >= 0 ? length / 2 : Infinity);
  let piecesLeft = resetAt === null || length >= 0 ? Infinity : Math.floor(resetAt * MAX_INTACT_PIECES);
  return (passedBytes, chunk) => {
    if (piecesLeft-- <= 0) return Math.floor(chunk.length / 2);
    return Math.max(0, Math.floor(most) - passedBytes);
  };
}

function scriptFor(
  { headers, statusCode }: IncomingMessage,
  { isAppendingScript }: Behaviour,
  counts: ProxyCounts,
): string {
  if (!isAppendingScript || statusCode !== 200 || !(headers['content-type'] ?? '').startsWith('text/')) return '';
  counts.appendedScripts++;
  return SCRIPT;
}

function ownLength(headers: OutgoingHttpHeaders, length: number): OutgoingHttpHeaders {
  const own: OutgoingHttpHeaders = { ...headers, 'content-length': length };
  delete own['transfer-encoding'];
  delete own.connection;
  return own;
}

/** Not even a FIN. */
export function reset({ socket }: ServerResponse): void {
  socket?.resetAndDestroy();
}
