import type { PostRequest } from '@holdfast/protocol';
import { randomToken } from './browser-environment.js';
import { ticketUrl, type Endpoint } from './endpoint.js';
import { guardRequest } from './guarded-request.js';

/**
 * POST by a form in a hidden frame, whose answer a script brings (PROTOCOL.md section 5.6): for pages that have nothing else. The server must
 * have it switched on.
 */
export function jsonpPost(endpoint: Endpoint): PostRequest {
  return (body, _isStream, events) => {
    const ticket = randomToken();
    const name = `holdfast_${ticket}`;
    const page = window as unknown as Record<string, unknown>;
    const parts: HTMLElement[] = [];
    const request = guardRequest(events, () => {
      for (const part of parts) part.parentNode?.removeChild(part);
      // What is being loaded may still run, and looks for it first.
      page[name] = undefined;
      try {
        // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- there is one for each request, and nothing else forgets it
        delete page[name];
      } catch {
        // Old engines delete no properties of a window.
      }
    });
    const make = <Tag extends keyof HTMLElementTagNameMap>(tag: Tag): HTMLElementTagNameMap[Tag] => {
      const element = document.createElement(tag);
      element.style.display = 'none';
      parts.push(element);
      return element;
    };
    // The page may have no body yet.
    const add = (element: HTMLElement): unknown =>
      (document.querySelector('body') ?? document.documentElement).appendChild(element);
    const fail = (hint: string): void => request.fail(0, `${hint}; is the server's option jsonp on?`, true);
    let isAsked = false;

    const ask = (): void => {
      isAsked = true;
      // The body has arrived. Nothing else tells of that, nor of the answer before its end.
      request.chunk('');
      const script = make('script');
      // Without cookies, and with our origin, where the engine knows of that.
      script.crossOrigin = 'anonymous';
      script.onerror = () => fail('no script');
      // All calls have been made by now.
      script.onload = () => fail('a script without an end');
      const url = ticketUrl(endpoint, ticket);
      script.src = `${url + (url.indexOf('?') < 0 ? '?' : '&')}callback=${name}`;
      add(script);
    };
    page[name] = (text: string): void => {
      request.chunk(text);
      if (/(^|\n)\.\n$/.test(text)) request.end();
    };

    try {
      const frame = make('iframe');
      const form = make('form');
      const field = make('textarea');
      // Before it is part of the page: old WebKit looks at it only then.
      frame.name = form.target = name;
      form.method = 'POST';
      // The default makes three characters of each that is no ASCII letter or digit.
      form.enctype = 'multipart/form-data';
      form.acceptCharset = 'UTF-8';
      form.action = endpoint.url;
      field.name = 'd';
      // The ticket comes first: `q` is all the same an object.
      field.value = body.replace('{', `{"get":"${ticket}",`);
      form.appendChild(field);
      add(frame);
      add(form);
      frame.onload = () => {
        try {
          // Engines tell of the empty page that a frame begins with, too. One of another origin can't be asked.
          if (isAsked || frame.contentWindow?.location.href === 'about:blank') return;
        } catch {
          // It has left that page.
        }
        ask();
      };
      form.submit();
    } catch (error) {
      setTimeout(() => fail(String(error)), 0);
    }
    return request;
  };
}
