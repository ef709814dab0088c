import type { Environment } from './environment.js';

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
