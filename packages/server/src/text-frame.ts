import type { RawFrame } from '@holdfast/protocol';
import { textFrame } from '@holdfast/protocol/node';

let newest = { before: '', text: '', frame: textFrame('', false) };

/** A text as a WebSocket frame. The newest is kept, as a broadcast sends the same text to one session after the other. */
export function sharedTextFrame(content: string | RawFrame): Buffer {
  const before = typeof content === 'string' ? '' : content.packets;
  const text = typeof content === 'string' ? content : content.rawText;
  if (text !== newest.text || before !== newest.before)
    newest = { before, text, frame: textFrame(text, false, before) };
  return newest.frame;
}
