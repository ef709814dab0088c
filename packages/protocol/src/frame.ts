import type { Environment } from './environment.js';

/** A text frame that ends with raw text (PROTOCOL.md section 2). Put together the two would be copied, which can take as long as making bytes of them. */
export interface RawFrame {
  /** Packets, then the letter of the raw one. */
  readonly packets: string;
  /** Never empty. */
  readonly rawText: string;
}

/** What is sent as one WebSocket frame. */
export type Frame = string | Uint8Array | RawFrame;

export function isRawFrame(frame: Exclude<Frame, string>): frame is RawFrame {
  // Not by `in`: the client's build shortens names.
  return Boolean((frame as RawFrame).rawText);
}

/** A frame as its receiver gets it. */
export function wholeFrame(frame: Frame): string | Uint8Array {
  return typeof frame === 'string' || !isRawFrame(frame) ? frame : frame.packets + frame.rawText;
}

/** Code units of a text frame, bytes of a binary one. */
export function frameLength(frame: Frame): number {
  return typeof frame === 'string' || !isRawFrame(frame) ? frame.length : frame.packets.length + frame.rawText.length;
}

/**
 * Cuts a WebSocket text frame of so many `bytes` into its packets. `take` is told the letter and the content, of raw text (PROTOCOL.md section 2)
 * its bytes as well, and says whether to go on. Returns `false` if the last packet was cut.
 */
export function cutFrame(
  env: Environment,
  frame: string,
  bytes: number,
  take: (letter: string, content: string, rawBytes?: number) => boolean,
): boolean {
  for (let at = 0, end; at < frame.length; at = end + 1) {
    const letter = frame.charAt(at);
    if (letter === 'u' || letter === 'U') {
      const from = at + 1;
      // All before it is short as a rule.
      take(letter, frame.slice(from), bytes - env.utf8Length(frame.slice(0, from)));
      return true;
    }
    end = frame.indexOf('\n', at);
    if (end < 0) return false;
    if (!take(letter, frame.slice(at + 1, end))) return true;
  }
  return true;
}
