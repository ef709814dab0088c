/** One message of a {@link planOf | plan}. */
export interface PlannedMessage {
  /** When it is due, since the plan's begin. */
  readonly atMs: number;
  /** Size of its pattern. */
  readonly bytes: number;
  readonly isBinary: boolean;
}

/** From the page to the server, or back. */
export type Direction = 'up' | 'down';

const EVERY_MS = 100;
const QUIET_EVERY_MS = 6000;
const SPOKEN_MS = 1000;
const BIG_BYTES = 300 * 1024;

/** How much a {@link planOf | plan} asks for, and when. */
export interface Course {
  readonly seconds: number;
  /** One second of messages, five of silence, and so on. */
  readonly isQuiet: boolean;
}

/**
 * What one side sends in a cell, the same in each: ten messages a second, text and binary in turn, and three bursts, one of them with 300 KB
 * in one message (text up, binary down).
 */
export function planOf(direction: Direction, { seconds, isQuiet }: Course): PlannedMessage[] {
  const plan: PlannedMessage[] = [];
  const lengthMs = seconds * 1000;
  const add = (atMs: number, bytes: number, isBinary = plan.length % 2 === 1): void => {
    plan.push({ atMs, bytes, isBinary });
  };
  const burst = (atMs: number, count: number, bytes: number): void => {
    for (let index = 0; index < count; index++) add(atMs, bytes);
  };
  const gridMs = isQuiet ? QUIET_EVERY_MS : EVERY_MS;
  const burstsAt = [0.25, 0.5, 0.75].map((share) => Math.floor((share * lengthMs) / gridMs) * gridMs);
  for (let atMs = 0; atMs < lengthMs; atMs += EVERY_MS) {
    if (isQuiet && atMs % QUIET_EVERY_MS >= SPOKEN_MS) continue;
    add(atMs, 20 + ((plan.length * 37) % 180));
    if (atMs === burstsAt[0]) burst(atMs, 30, 40);
    if (atMs === burstsAt[1]) {
      burst(atMs, 5, 100);
      add(atMs, BIG_BYTES, direction === 'down');
      burst(atMs, 5, 100);
    }
    if (atMs === burstsAt[2]) burst(atMs, 30, 1024);
  }
  return plan;
}
