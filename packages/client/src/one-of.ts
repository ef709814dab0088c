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
 * its answer leaves the next one to the next way.
 */
export function oneOf(
  make: (post: PostRequest, options?: StreamingOptions) => TransportFactory,
  ways: readonly [Way, ...Way[]],
): TransportFactory {
  let current = 0;
  const factories = ways.map(({ post, options }, index) =>
    make((body, isStream, events) => {
      const begunAt = Date.now();
      let isShown = false;
      const missed = (): void => {
        if (!isShown && current === index) current = (index + 1) % ways.length;
      };
      const request = post(body, isStream, {
        chunk(text) {
          isShown = true;
          events.chunk(text);
        },
        end: () => events.end(),
        fail(status, hint, reached) {
          // Whoever tells of a status can read answers.
          if (status === 0) missed();
          events.fail(status, hint, reached);
        },
      });
      return {
        abort() {
          if (Date.now() - begunAt > PATIENCE_MS) missed();
          request.abort();
        },
      };
    }, options),
  );
  const [first] = factories as [TransportFactory, ...TransportFactory[]];
  return { name: first.name, _create: (session) => (factories[current] ?? first)._create(session) };
}
