import { randomBytes } from 'node:crypto';
import type { Environment } from '../environment.js';
import { ownBytes } from '../own-bytes.js';
import { isPlainUnrolled, surrogateIndex } from '../text.js';
import { tokenMaker } from '../token-maker.js';

type Codecs = Pick<Environment, 'token' | 'isEncodable' | 'utf8Length' | 'isPlain' | 'encodeBase64' | 'decodeBase64'>;

/** What the core has Node do for it, at either end. */
export const nodeCodecs: Codecs = {
  token: tokenMaker<Buffer>(randomBytes, (bytes, from, to) => bytes.toString('base64url', from, to)),
  isEncodable: (text) => text.slice(surrogateIndex(text)).isWellFormed(),
  utf8Length: (text) => Buffer.byteLength(text),
  isPlain: isPlainUnrolled,
  encodeBase64: (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64'),
  decodeBase64(text) {
    // `Buffer` skips what is not base64, so what it made is written again to see whether that is what came.
    const bytes = Buffer.from(text, 'base64');
    return bytes.toString('base64') === text ? ownBytes(bytes) : null;
  },
};
