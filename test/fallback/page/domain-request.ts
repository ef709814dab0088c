import { nativeText, openNative } from './native-request.js';

/** Nothing of an answer is shown before this much of it is there. */
const HIDDEN_CHARACTERS = 2048;

type Handler = (() => void) | null;

/**
 * `XDomainRequest` with the limits that IE 8 and 9 give it, made of this engine's XMLHttpRequest: GET and POST only, the page's own scheme
 * only, no headers, no cookies, no status, progress after 2 KB only. One whose `onprogress` or `ontimeout` isn't set, or which nothing
 * refers to, may be given up by IE without a word: the first is done here, too.
 */
class EmulatedDomainRequest {
  onload: Handler = null;
  onerror: Handler = null;
  onprogress: Handler = null;
  ontimeout: Handler = null;
  timeout = 0;
  contentType = '';
  responseText = '';
  private readonly _request = new NativeRequest();
  private _isOpen = false;

  open(method: string, url: string): void {
    const verb = method.toUpperCase();
    if (verb !== 'GET' && verb !== 'POST') throw new Error('Invalid argument.');
    if (!url.startsWith(`${location.protocol}//`)) throw new Error('Access is denied.');
    openNative(this._request, verb, url);
    this._isOpen = true;
  }

  send(body?: string): void {
    if (!this._isOpen) throw new Error('Unspecified error.');
    const request = this._request;
    const isForgotten = this.onprogress === null || this.ontimeout === null;
    request.timeout = this.timeout;
    request.ontimeout = () => this.ontimeout?.();
    request.onerror = () => this.onerror?.();
    request.onprogress = () => {
      const text = nativeText(request);
      if (isForgotten || text.length < HIDDEN_CHARACTERS) return;
      this.contentType = request.getResponseHeader('Content-Type') ?? '';
      this.responseText = text;
      this.onprogress?.();
    };
    request.onload = () => {
      if (isForgotten) return;
      this.contentType = request.getResponseHeader('Content-Type') ?? '';
      this.responseText = nativeText(request);
      // Any status but a good one is an error without a number.
      if (request.status >= 200 && request.status < 300) this.onload?.();
      else this.onerror?.();
    };
    // Sent without a type: the engine's own is `text/plain`, IE sends none.
    request.send(body ?? '');
  }

  abort(): void {
    const request = this._request;
    request.onload = request.onerror = request.onprogress = request.ontimeout = null;
    request.abort();
  }
}

const NativeRequest = window.XMLHttpRequest;

/** Makes it a global. */
export function installDomainRequest(): void {
  (window as unknown as Record<string, unknown>)['XDomainRequest'] = EmulatedDomainRequest;
}
