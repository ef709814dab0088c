import type { PostRequest } from '@holdfast/protocol';
import type { Endpoint } from './endpoint.js';
import { growingText } from './growing-text.js';
import { guardRequest } from './guarded-request.js';

/** POST by XMLHttpRequest, which every engine has; `responseText` only grows, so streams must be recycled. */
export function xhrPost({ url, credentials }: Endpoint): PostRequest {
  return (body, _isStream, events) => {
    let xhr: XMLHttpRequest | undefined;
    const request = guardRequest(events, () => xhr?.abort());
    const grown = growingText(request);

    const read = (): void => {
      const isDone = xhr?.readyState === 4;
      if (!xhr || xhr.readyState < 3) return;
      let text: string;
      let status: number;
      try {
        // IE up to 9 throws while the answer is incomplete.
        text = xhr.responseText;
        status = xhr.status;
      } catch {
        return;
      }
      // Network errors are 12xxx in old IE.
      grown(text, isDone, status > 999 ? 0 : status, xhr.getResponseHeader('content-type'));
    };

    try {
      xhr = new XMLHttpRequest();
      xhr.open('POST', url, true);
      xhr.withCredentials = credentials === 'include';
      // The default of old WebKit is not text/plain, which needs no preflight.
      xhr.setRequestHeader('Content-Type', 'text/plain');
      // Firefox doesn't report each piece as a change of state.
      xhr.onreadystatechange = xhr.onprogress = read;
      xhr.send(body);
    } catch (error) {
      setTimeout(() => request.fail(0, String(error), false), 0);
    }
    return request;
  };
}
