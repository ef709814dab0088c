import type { IncomingMessage } from 'node:http';
import type { AnswerForm } from './http-responder.js';
import { queryOf } from './url-path.js';

/** What a function must be called for an answer to call it: no page has others of this kind. */
const CALLBACK = /^holdfast_\w{1,64}$/;

/** Whether a GET wants its answer as a script (PROTOCOL.md section 5.6). */
export function wantsScript(request: IncomingMessage): boolean {
  return queryOf(request.url ?? '', 'callback') !== null;
}

/** The form of a script that calls the function that a GET names; `null` if no function is called like that. */
export function scriptForm(request: IncomingMessage): AnswerForm | null {
  const callback = queryOf(request.url ?? '', 'callback') ?? '';
  if (!CALLBACK.test(callback)) return null;
  return {
    contentType: 'text/javascript; charset=utf-8',
    // The comment comes before anything that the asker has a say in: else a plugin could take the answer for something else than a script.
    // A cache may bring the script again when the page that it was made for, or the request, is long over: that must not throw.
    frame: (lines) => `/**/self.${callback}&&${callback}(${literal(lines)});\n`,
  };
}

/** Whether a request is a form's, so that whoever sent it can't read the answer. */
export function isForm(request: IncomingMessage): boolean {
  return /^application\/x-www-form-urlencoded\b/i.test(request.headers['content-type'] ?? '');
}

/** The body that a form's field `d` holds; `null` if there is none. Forms have their own idea of line breaks. */
export function bodyOfForm(text: string): string | null {
  return text.startsWith('d=') ? (new URLSearchParams(text).get('d') ?? '').replaceAll('\r\n', '\n') : null;
}

/**
 * Makes a request anonymous: any page can have a browser send a form, and later load a script, with the cookies of whoever sits there.
 */
export function forgetUser(request: IncomingMessage): void {
  delete request.headers.cookie;
  delete request.headers.authorization;
}

/** As JSON, which becomes part of JavaScript by escaping what ends a line there; and what could end a script element, to be sure. */
function literal(text: string): string {
  return JSON.stringify(text).replace(
    /[<\u2028\u2029]/g,
    (unsafe) => `\\u${unsafe.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
