import { MAX_FIRST_BYTES } from '../defaults.js';
import type { Environment } from '../environment.js';
import { parseRequest, PROTOCOL_VERSION, type RequestEnvelope } from '../packets.js';

/** The body of a POST, taken apart. */
export interface RequestLines {
  readonly envelope: RequestEnvelope;
  /** The packets between the first and the last. */
  readonly lines: readonly string[];
  /** As many bytes as code units. */
  readonly isAscii: boolean;
}

/** Why a body is answered with an error, whatever its session says. */
export interface BadRequest {
  /** `null` if the body doesn't say whose it is. */
  readonly to: RequestEnvelope | null;
  readonly code: string;
  readonly message: string;
  /** Other members of the error. */
  readonly more?: object;
}

/** Takes a body apart and checks what can be checked without knowing its session (PROTOCOL.md section 5). */
export function readRequest(body: string, isForm: boolean, env: Environment): RequestLines | BadRequest {
  const lines = body.split('\n');
  if (lines.pop() !== '' || lines.pop() !== '.') {
    const message = 'the body does not end with an end packet; something in between has cut it';
    return { to: null, code: 'ERR_BODY_CUT', message };
  }
  const first = lines.shift() ?? '';
  const envelope = first.startsWith('q') ? parseRequest(first.slice(1)) : null;
  if (!envelope) return { to: null, code: 'ERR_PACKET', message: 'a body begins with a q packet' };
  const bad = (code: string, message: string, more?: object): BadRequest => ({
    to: envelope,
    code,
    message,
    ...(more && { more }),
  });
  if (envelope.v !== PROTOCOL_VERSION)
    return bad('ERR_VERSION', 'this server does not speak that version', { versions: [PROTOCOL_VERSION] });
  // Only where the answer can't be read: otherwise a ticket that a client has made badly would be worth guessing.
  if ((typeof envelope.get === 'string') !== isForm)
    return bad('ERR_PACKET', 'a form, and nothing else, brings a ticket of its own');
  const bytes = env.utf8Length(body);
  if (envelope.n === 0 && bytes > MAX_FIRST_BYTES)
    return bad('ERR_BODY_SIZE', 'the first body of a transport has more than 65536 bytes');
  return { envelope, lines, isAscii: bytes === body.length };
}
