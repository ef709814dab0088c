const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Standard padded base64 (RFC 4648 section 4). */
export function encodeBase64(bytes: Uint8Array): string {
  let text = '';
  for (let index = 0; index < bytes.length; index += 3) {
    const left = bytes.length - index;
    const bits = ((bytes[index] ?? 0) << 16) | ((bytes[index + 1] ?? 0) << 8) | (bytes[index + 2] ?? 0);
    text +=
      ALPHABET.charAt(bits >> 18) +
      ALPHABET.charAt((bits >> 12) & 63) +
      (left > 1 ? ALPHABET.charAt((bits >> 6) & 63) : '=') +
      (left > 2 ? ALPHABET.charAt(bits & 63) : '=');
  }
  return text;
}

/**
 * Bytes of standard padded base64; `null` if malformed. There is one way to write any bytes: padding must be there, and the bits that it
 * leaves over must be zero.
 */
export function decodeBase64(text: string): Uint8Array | null {
  const padding = /^[A-Za-z\d+/]*(={0,2})$/.exec(text)?.[1];
  if (padding === undefined || text.length % 4 > 0) return null;
  const end = text.length - padding.length;
  const bytes = new Uint8Array((end * 3) >> 2);
  let bits = 0;
  let bitCount = 0;
  for (let from = 0, to = 0; from < end; from++) {
    const unit = text.charCodeAt(from);
    // a-z, A-Z, 0-9, + and /, by their code units: a search in the alphabet for each would be much slower.
    bits = (bits << 6) | (unit > 96 ? unit - 71 : unit > 64 ? unit - 65 : unit > 47 ? unit + 4 : unit > 43 ? 63 : 62);
    bitCount += 6;
    if (bitCount > 7) {
      bitCount -= 8;
      bytes[to++] = (bits >> bitCount) & 255;
    }
  }
  return (bits & ((1 << bitCount) - 1)) > 0 ? null : bytes;
}
