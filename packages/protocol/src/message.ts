import { LONG_TEXT_LENGTH } from './defaults.js';
import type { Data, Environment } from './environment.js';
import { HoldfastError } from './errors.js';
import type { Outgoing } from './outbox.js';
import { escapeText } from './text.js';

/** What the application sends, checked and copied: a later change of its bytes must not change the message. @internal */
export function makeMessage(env: Environment, data: Data): Outgoing {
  if (typeof data === 'string') {
    const isPlain = data.length < LONG_TEXT_LENGTH && env.isPlain(data);
    const bytes = isPlain ? data.length : env.utf8Length(data);
    // What is ASCII holds no surrogates.
    if (bytes > data.length && !env.isEncodable(data)) {
      throw new HoldfastError('ERR_TEXT', 'a lone surrogate is no text: send bytes');
    }
    // One character beyond Latin-1, and engines keep all of them in two bytes.
    return { data, bytes, ownBytes: Math.max(bytes, bytes > data.length ? 2 * data.length : 0), isPlain };
  }
  if (!(data as Uint8Array | null) || data.BYTES_PER_ELEMENT !== 1)
    throw new HoldfastError('ERR_DATA', 'send a string or a Uint8Array');
  // Not `slice`: that of Node's Buffer copies nothing.
  const bytes = data.byteLength;
  return { data: new Uint8Array(data), bytes, ownBytes: bytes, isPlain: false };
}

/** The content of a `t` or `T` packet for a part of a text message. */
export function escapePart(env: Environment, { isPlain }: Outgoing, part: string): string {
  return isPlain || env.isPlain(part) ? part : escapeText(part);
}
