/** Texts of 64 bytes, all different: message number i is text i modulo their number, so order and content are checked by one comparison. */
export const TEXTS = Array.from(
  { length: 1024 },
  (_, index) => `${String(index).padStart(8, '0')}${'abcdefgh'.repeat(7)}`,
);
