import { describeAnswer } from './endpoint.js';
import type { GuardedRequest } from './guarded-request.js';

/** Hands on an answer that an engine shows as one text that grows; `isDone`: it is complete. */
export type Grown = (text: string, isDone: boolean, status: number, type: string | null) => void;

/** Makes the one of a request. */
export function growingText(request: GuardedRequest): Grown {
  let seen = 0;
  let last = '';
  return (text, isDone, status, type) => {
    const problem = describeAnswer(status, type);
    if (problem === '') {
      // Whole lines only: the engine may have decoded half a character. But over a slow link one takes long, and is no silence.
      const from = seen;
      const isLonger = text.length > last.length;
      last = text;
      seen = text.lastIndexOf('\n') + 1;
      if (isLonger) request.chunk(text.slice(from, seen));
      if (isDone) request.end();
    } else {
      // Engines forget an answer that was cut. How far it came is what can be learned of it, and half a line is no packet.
      if (last.length > seen) request.chunk(last.slice(seen));
      request.fail(status, problem, true);
    }
  };
}
