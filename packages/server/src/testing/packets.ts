import { randomBytes } from 'node:crypto';
import { formatNew, formatRequest, type AnswerMode, type RequestEnvelope } from '@holdfast/protocol';

/** What a request says of itself, where it differs from an attach that polls. */
export type EnvelopeChanges = Partial<RequestEnvelope>;

/** An `n` packet. */
export function newPacket(auth?: unknown, protocols: readonly string[] = []): string {
  const nonce = randomBytes(16).toString('base64url');
  return formatNew({ v: 1, nonce, window: [1_048_576, 1024], max: 1_048_576, protocols, auth, choice: 1, age: 0 });
}

/** A `q` packet. */
export function envelope(changes: EnvelopeChanges = {}): string {
  const via = 1 + (randomBytes(4).readUInt32LE() % 0x7ffffffe);
  return formatRequest({
    v: 1,
    via,
    n: 0,
    as: 'poll',
    hold: 0,
    size: 1_048_576,
    pad: 0,
    get: false,
    id: '',
    key: '',
    ...changes,
  });
}

/** Body of a request that attaches and brings `packets`. */
export function attachBody(
  as: AnswerMode = 'poll',
  packets = '',
  changes: EnvelopeChanges = {},
  auth?: unknown,
): string {
  return `${envelope({ as, hold: as === 'hold' || as === 'stream' ? 20_000 : 0, ...changes })}${newPacket(auth)}${packets}.\n`;
}

/** Members of the `a` packet in an answer. */
export function attachedOf(text: string): { id: string; key: string; protocol: string } {
  const line = /^a(\{.*\})$/m.exec(text)?.[1];
  if (line === undefined) throw new Error(`no attach answer in ${text}`);
  return JSON.parse(line) as { id: string; key: string; protocol: string };
}

/** Code of the `e` packet in an answer; `null` if there is none. */
export function errorOf(text: string): string | null {
  const line = /^e(\{.*\})$/m.exec(text)?.[1];
  return line === undefined ? null : (JSON.parse(line) as { code: string }).code;
}
