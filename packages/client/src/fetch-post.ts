import type { PostRequest } from '@holdfast/protocol';
import { describeAnswer, type Endpoint } from './endpoint.js';
import { guardRequest } from './guarded-request.js';

/** Whether `fetch` here can be read while the answer comes, and given up before it does. Without either, XMLHttpRequest does it better. */
export function canFetch(): boolean {
  try {
    new TextDecoder();
    new AbortController();
    return typeof fetch === 'function' && !!new Response(' ').body?.getReader();
  } catch {
    return false;
  }
}

/** POST by `fetch`, its answer read as it arrives. */
export function fetchPost({ url, credentials }: Endpoint): PostRequest {
  return (body, _isStream, events) => {
    const controller = new AbortController();
    const decoder = new TextDecoder();
    const request = guardRequest(events, () => controller.abort());
    const fail = (error: unknown): void => request.fail(0, String(error), true);

    // A string goes as text/plain, which needs no preflight.
    fetch(url, { method: 'POST', body, credentials, cache: 'no-store', signal: controller.signal }).then((response) => {
      const problem = describeAnswer(response.status, response.headers.get('content-type'));
      const reader = response.body?.getReader();
      // Its promise is not returned: a chain of them would hold as many as the stream has pieces.
      const read = (): void => {
        reader?.read().then(({ done, value }) => {
          if (done) request.end();
          else {
            request.chunk(decoder.decode(value, { stream: true }));
            read();
          }
        }, fail);
      };
      if (problem === '') read();
      else request.fail(response.status, problem, true);
    }, fail);
    return request;
  };
}
