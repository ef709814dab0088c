import type { ClientRequest, RequestEvents } from '@holdfast/protocol';

/** A request under way, as the adapters see it: they tell it what happens. */
export type GuardedRequest = ClientRequest & RequestEvents;

/** Sees to it that nothing follows the end, the failure or the abortion of a request. Whichever comes first calls `release`. */
export function guardRequest(events: RequestEvents, release: () => void): GuardedRequest {
  let live: RequestEvents | undefined = events;
  const stop = (): RequestEvents | undefined => {
    const target = live;
    live = undefined;
    if (target) release();
    return target;
  };
  return {
    chunk: (text) => live?.chunk(text),
    end: () => stop()?.end(),
    fail: (status, hint, reached) => stop()?.fail(status, hint, reached),
    abort: stop,
  };
}
