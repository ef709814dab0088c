const ASCII = 'abcdefgh';

/** A line of text that isn't all ASCII: 65 bytes. */
const DOCUMENT = '"Grüße an alle", schrieb sie: \\ – und das war\'s, für heute.\n';

/** Makers of messages that are all different, by kind. */
const KINDS = {
  small: () => makeTexts(1024, 64),
  kilobyte: () => makeTexts(256, 1024),
  text: () => makeTexts(16, 65_536),
  document: () => makeTexts(16, 65_536, DOCUMENT),
  binary: () => makeTexts(16, 65_536).map((text) => Buffer.from(text)),
};

/** @typedef {keyof typeof KINDS} Kind - texts of 64 bytes, of 1 KB, of 64 KB, the same with line breaks and letters that are not ASCII, and bytes of 64 KB */

/**
 * What is sent: message number i is message i modulo their number, so that order and content are checked by one comparison.
 *
 * @param {Kind} kind
 * @returns {readonly (string | Buffer)[]}
 */
export function makeMessages(kind) {
  return KINDS[kind]();
}

/** Whether what has come is what was sent. */
export function isSame(got, expected) {
  return typeof expected === 'string' ? got === expected : expected.equals(got);
}

/** Each begins with its number, in the place of eight letters. */
function makeTexts(length, bytes, unit = ASCII) {
  const rest = unit.repeat(bytes / Buffer.byteLength(unit)).slice(8);
  return Array.from({ length }, (_, index) => `${String(index).padStart(8, '0')}${rest}`);
}
