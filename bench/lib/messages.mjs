/** Makers of messages that are all different, by kind. */
const KINDS = {
  small: () => makeTexts(1024, 64),
  kilobyte: () => makeTexts(256, 1024),
  text: () => makeTexts(16, 65_536),
  binary: () => makeTexts(16, 65_536).map((text) => Buffer.from(text)),
};

/** @typedef {keyof typeof KINDS} Kind - texts of 64 bytes, of 1 KB, of 64 KB, and bytes of 64 KB */

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

function makeTexts(length, bytes) {
  const rest = 'abcdefgh'.repeat(bytes / 8 - 1);
  return Array.from({ length }, (_, index) => `${String(index).padStart(8, '0')}${rest}`);
}
