import { parseAttached, parseError, parseGone, type Attached, type ErrorInfo } from '@holdfast/protocol';
import type { Answer } from './wire.js';

/** What an answer says, if it is one of a Holdfast server (PROTOCOL.md section 5.3). */
export interface Reading {
  /** `<via>.<n>` of the request it answers, or `-`. */
  readonly re: string;
  /** Whole packets after the first line, without the end packet. */
  readonly packets: readonly string[];
  /** The end packet was there. */
  readonly isEnded: boolean;
  /** What came after the end packet: somebody has added it. */
  readonly tail: string;
}

/** Reads an answer; `null` if no Holdfast server can have given it. */
export function read({ status, headers, text }: Answer): Reading | null {
  if (status !== 200 || !(headers['content-type'] ?? '').startsWith('text/plain')) return null;
  const first = /^:\S* (\S+)\n/.exec(text);
  if (!first) return null;
  const body = text.slice(first[0].length);
  const end = /^\.\n/m.exec(body);
  const lines = (end ? body.slice(0, end.index) : body).split('\n');
  lines.pop();
  return {
    re: first[1] ?? '',
    packets: lines,
    isEnded: end !== null,
    tail: end ? body.slice(end.index + 2) : '',
  };
}

/** The packets' `a`. */
export function attachedIn(packets: readonly string[]): Attached | null {
  const line = packets.find((packet) => packet.startsWith('a'));
  return line === undefined ? null : parseAttached(line.slice(1));
}

/** The packets' `e`. */
export function errorIn(packets: readonly string[]): ErrorInfo | null {
  const line = packets.find((packet) => packet.startsWith('e'));
  return line === undefined ? null : parseError(line.slice(1));
}

/** Whether the packets say that there is no such session: what a knock is answered. */
export function isGoneIn(packets: readonly string[]): boolean {
  return packets.some((packet) => packet.startsWith('g') && parseGone(packet.slice(1)) !== null);
}
