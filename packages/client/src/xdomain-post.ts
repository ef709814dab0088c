import type { PostRequest } from '@holdfast/protocol';
import type { Endpoint } from './endpoint.js';
import { growingText } from './growing-text.js';
import { guardRequest } from './guarded-request.js';

/** What IE 8 and 9 have for other origins: text/plain, no headers, no cookies, the same scheme as the page. */
interface XDomainRequest {
  readonly responseText: string;
  readonly contentType: string;
  onload: () => void;
  onerror: () => void;
  onprogress: () => void;
  ontimeout: () => void;
  timeout: number;
  open(method: string, url: string): void;
  send(body: string): void;
  abort(): void;
}

/** Whether this engine claims to have it. */
export const hasXDomain = (): boolean => typeof XDomainRequest !== 'undefined';

declare const XDomainRequest: new () => XDomainRequest;

/** POST by XDomainRequest. It shows nothing before 2 KB have come, which the padding of streams is for. */
export function xdomainPost({ url }: Endpoint): PostRequest {
  return (body, isStream, events) => {
    let xdr: XDomainRequest | undefined;
    // One that nobody holds is collected, and so aborted: the request below holds it.
    const request = guardRequest(events, () => {
      clearTimeout(begin);
      xdr?.abort();
    });
    const grown = growingText(request);
    const fail = (error: unknown): void => request.fail(0, `XDomainRequest: ${String(error)}`, xdr !== undefined);
    // One is aborted if it is sent in the turn in which it is made, or lacks any of these.
    const begin = setTimeout(() => {
      try {
        xdr = new XDomainRequest();
        xdr.onerror = xdr.ontimeout = () => fail('no answer');
        const read = (isDone: boolean) => () => {
          if (xdr) grown(xdr.responseText, isDone, 200, xdr.contentType);
        };
        xdr.onprogress = isStream ? read(false) : () => undefined;
        xdr.onload = read(true);
        xdr.open('POST', url);
        xdr.timeout = 0x7fffffff;
        xdr.send(body);
      } catch (error) {
        xdr = undefined;
        fail(error);
      }
    }, 0);
    return request;
  };
}
