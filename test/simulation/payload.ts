import type { Data } from '@holdfast/protocol';
import { Random } from './random.js';

const SPECIAL = [
  '\n',
  '\r\n',
  '\\',
  '\\n',
  '\u001e',
  '\u2028',
  '\u0000',
  '.\n',
  '@0\n',
  '\ufeff',
  '"',
  '\t',
  '\u200b',
  '\uffff',
];
const LETTERS = ['a', 'Z', '0', ' ', 'é', 'ß', 'ж', '漢', '語', '😀', '👩‍👩‍👧', '‮', 'k12\n', 'x{}', '~'];

/** Text and bytes that all messages are cut from: one for all seeds, so that drawing a message costs next to nothing. */
const plain = corpus(1_400_000, 0.02);
const dense = corpus(200_000, 0.5);
const bytes = new Uint8Array(1_400_000);
{
  const random = new Random(4711);
  for (let i = 0; i < bytes.length; i++) bytes[i] = random.integer(0, 255);
}

function corpus(length: number, special: number): string {
  const random = new Random(length);
  const pieces: string[] = [];
  let total = 0;
  while (total < length) {
    const piece = random.chance(special)
      ? random.pick(SPECIAL)
      : random.chance(0.1)
        ? random.pick(LETTERS)
        : 'the quick brown fox '.slice(random.integer(0, 10));
    pieces.push(piece);
    total += piece.length;
  }
  // One flat string: a slice of a rope would flatten it again and again.
  return Buffer.from(pieces.join('')).toString();
}

/** How large messages are, drawn for a run. */
export interface Sizes {
  readonly huge: number;
  readonly hugeBytes: number;
}

/** A message that says which one it is, unless it is too short for that. */
export function drawMessage(random: Random, label: string, sizes: Sizes): Data {
  const size = drawSize(random, sizes);
  if (random.chance(0.6)) return drawText(random, label, size);
  if (size === 0) return new Uint8Array(0);
  const from = random.integer(0, bytes.length - size - 1);
  const message = bytes.slice(from, from + size);
  if (size > 2 * label.length) for (let i = 0; i < label.length; i++) message[i] = label.charCodeAt(i);
  return message;
}

function drawText(random: Random, label: string, size: number): string {
  if (size === 0) return '';
  const source = random.chance(0.2) && size < 100_000 ? dense : plain;
  let from = random.integer(0, source.length - size - 4);
  let to = from + size;
  // Not in the middle of a character.
  if (isLow(source, from)) from++;
  if (isLow(source, to)) to++;
  return size > 2 * label.length ? label + source.slice(from, to) : source.slice(from, to);
}

function isLow(text: string, index: number): boolean {
  return (text.charCodeAt(index) & 0xfc00) === 0xdc00;
}

function drawSize(random: Random, { huge, hugeBytes }: Sizes): number {
  const draw = random.next();
  if (draw < huge) return Math.floor(random.between(0.5, 1) * hugeBytes);
  if (draw < 0.06) return 0;
  if (draw < 0.8) return random.integer(1, 120);
  if (draw < 0.95) return Math.floor(random.spread(100, 3000));
  return Math.floor(random.spread(2000, 20_000));
}

export function isSame(a: Data, b: Data): boolean {
  if (typeof a === 'string' || typeof b === 'string') return a === b;
  return a.length === b.length && Buffer.compare(a, b) === 0;
}

export function describeMessage(data: Data | undefined): string {
  if (data === undefined) return 'nothing';
  const begin =
    typeof data === 'string' ? JSON.stringify(data.slice(0, 24)) : Buffer.from(data.slice(0, 16)).toString('latin1');
  return `${typeof data === 'string' ? 'text' : 'bytes'} of ${String(data.length)} ${begin}`;
}
