const TOKEN_BYTES = 16;
const TOKENS_AT_ONCE = 64;

/** Makes tokens of a CSPRNG's bytes, many at once: a call for 16 of them costs as much as one for a thousand. A token's bytes are not kept once it is made. */
export function tokenMaker<Bytes extends Uint8Array>(
  randomBytes: (size: number) => Bytes,
  encode: (bytes: Bytes, from: number, to: number) => string,
): () => string {
  let bytes: Bytes | undefined;
  let next = 0;
  return () => {
    if (bytes === undefined || next === bytes.length) {
      bytes = randomBytes(TOKEN_BYTES * TOKENS_AT_ONCE);
      next = 0;
    }
    const from = next;
    next += TOKEN_BYTES;
    const token = encode(bytes, from, next);
    bytes.fill(0, from, next);
    return token;
  };
}
