import { cutFrame } from '../frame.js';
import { ManualClock } from './manual-clock.js';

/** The packets of text frames, without their terminators. */
export function packetsOf(frames: readonly (string | Uint8Array)[]): string[] {
  const packets: string[] = [];
  for (const frame of frames)
    if (typeof frame === 'string')
      cutFrame(new ManualClock(), frame, frame.length, (letter, content) => packets.push(letter + content) > 0);
  return packets;
}
