import type { PostRequest, StreamingOptions, TransportFactory } from '@holdfast/protocol';

/** A way to POST, and how a stream is done by it. */
export interface Way {
  readonly post: PostRequest;
  readonly options?: StreamingOptions;
}

/** An answer of which nothing has shown after this, ms, is one that the engine shows at its end, if ever. */
const PATIENCE_MS = 2000;

/**
 * One transport that can be done in several ways. Which of them an engine can do shows when it is tried: an attempt that has seen nothing of
 * its answer leaves the next one to the next way, and one that could not even ask leaves the rest to the others.
 */
export function oneOf(
  make: (post: PostRequest, options?: StreamingOptions) => TransportFactory,
  ways: readonly [Way, ...Way[]],
): TransportFactory {
  let usable: readonly Way[] = ways;
  let [current] = ways;
  const create = (way: Way): TransportFactory =>
    make((body, isStream, events) => {
      const begunAt = Date.now();
      let isShown = false;
      const missed = (isAsked: boolean): void => {
        if (isShown) return;
        if (current === way) current = usable[(usable.indexOf(way) + 1) % usable.length] ?? way;
        if (!isAsked && current !== way) usable = usable.filter((other) => other !== way);
      };
      const request = way.post(body, isStream, {
        chunk(text) {
          // That something has come is no sign that it can be read.
          if (text !== '') isShown = true;
          events.chunk(text);
        },
        end: () => events.end(),
        fail(status, hint, reached) {
          // Whoever tells of a status can read answers.
          if (status === 0) missed(reached);
          events.fail(status, hint, reached);
        },
      });
      return {
        abort() {
          if (Date.now() - begunAt > PATIENCE_MS) missed(true);
          request.abort();
        },
      };
    }, way.options);
  return { name: create(current).name, _create: (session) => create(current)._create(session) };
}
