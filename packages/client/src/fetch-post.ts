import type { PostRequest } from '@holdfast/protocol';
import { describeAnswer, type Endpoint } from './endpoint.js';
import { guardRequest } from './guarded-request.js';

/**
 * POST by `fetch`, its answer read as it arrives. Engines that read our modules as they are can all do that; one that can't (they were
 * compiled for it) has its requests fail, with a hint that says why: there, use the XMLHttpRequest variants.
 */
export function fetchPost({ url, credentials }: Endpoint): PostRequest {
  return (body, _isStream, events) => {
    let controller: AbortController | undefined;
    const request = guardRequest(events, () => controller?.abort());
    const fail = (error: unknown): void => request.fail(0, String(error), true);

    try {
      controller = new AbortController();
      const decoder = new TextDecoder();
      // A string goes as text/plain, which needs no preflight.
      fetch(url, { method: 'POST', body, credentials, cache: 'no-store', signal: controller.signal }).then(
        (response) => {
          const problem = describeAnswer(response.status, response.headers.get('content-type'));
          const reader = response.body?.getReader();
          if (problem !== '' || !reader) {
            request.fail(response.status, problem || 'fetch has no streams here', true);
            return;
          }
          // Its promise is not returned: a chain of them would hold as many as the stream has pieces.
          const read = (): void => {
            reader.read().then(({ done, value }) => {
              if (done) request.end();
              else {
                request.chunk(decoder.decode(value, { stream: true }));
                read();
              }
            }, fail);
          };
          read();
        },
        fail,
      );
    } catch (error) {
      setTimeout(() => request.fail(0, String(error), false));
    }
    return request;
  };
}
