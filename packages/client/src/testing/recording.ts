import type { PostRequest, RequestEvents } from '@holdfast/protocol';

/** What became of a request: its chunks, joined, and how it ended. */
export interface Outcome {
  readonly text: string;
  readonly end: 'end' | { readonly status: number; readonly hint: string; readonly reached: boolean };
}

/** Sends a request and waits for its end. Fails if anything follows the end. */
export async function outcomeOf(post: PostRequest, body: string, isStream = false): Promise<Outcome> {
  let text = '';
  let endCount = 0;
  const end = await new Promise<Outcome['end']>((resolve) => {
    const over = (outcome: Outcome['end']): void => {
      endCount++;
      resolve(outcome);
    };
    const events: RequestEvents = {
      chunk(piece) {
        if (endCount > 0) throw new Error('chunk after the end');
        text += piece;
      },
      end: () => over('end'),
      fail: (status, hint, reached) => over({ status, hint, reached }),
    };
    post(body, isStream, events);
  });
  // What would come too late comes within the next turns.
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
  if (endCount !== 1) throw new Error(`the request ended ${endCount} times`);
  return { text, end };
}

/** Events of a request that must not come. */
export function noEvents(): RequestEvents {
  const unexpected = (): never => {
    throw new Error('an event after abort');
  };
  return { chunk: unexpected, end: unexpected, fail: unexpected };
}
