import type { Data } from '@holdfast/protocol';

const KIB = 1024;

/** One message of each kind that has ever given a transport trouble. */
const MESSAGE_KINDS: Readonly<Record<string, Data>> = {
  'empty text': '',
  'line breaks': 'one\ntwo\r\nthree\r.\n\n',
  'a record separator': 'a\u001eb\u0000c',
  'line separators of JavaScript': '\u2028\u2029\u0085\ufeff',
  emoji: '🪸 kelp 👩‍👩‍👧 \u{10ffff}',
  'what looks like a packet': 't1\nc{"code":1000}\n.\n\\n\\u0041\\',
  '1 KB of text': text(KIB),
  '300 KB of text': text(300 * KIB),
  'empty binary': new Uint8Array(0),
  '1 KB of binary': bytes(KIB),
  '300 KB of binary': bytes(300 * KIB),
};

/** Characters of one to four bytes in turn, so that parts meet every boundary. */
function text(byteCount: number): string {
  return 'aä€🪸'.repeat(Math.ceil(byteCount / 10));
}

/** Every byte there is, in a pattern without a short period. */
function bytes(byteCount: number): Uint8Array {
  return Uint8Array.from({ length: byteCount }, (_, index) => (index * index + (index >> 8)) & 255);
}

/** All kinds, with numbered messages before, between and behind them; `side` tells the directions apart. */
export function conversation(side: string, numberedBetween: number): Data[] {
  const messages: Data[] = [];
  const addNumbered = (): void => {
    for (let index = 0; index < numberedBetween; index++) messages.push(`${side} ${messages.length}`);
  };
  for (const kind of Object.values(MESSAGE_KINDS)) {
    addNumbered();
    messages.push(kind);
  }
  addNumbered();
  return messages;
}
