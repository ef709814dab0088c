import type { IncomingMessage } from 'node:http';
import type { AnswerForm } from './http-responder.js';
import { queryOf } from './url-path.js';

/** What a function must be called for an answer to call it: no page has others of this kind. */
const CALLBACK = /^holdfast_\w{1,64}$/;

const BOUNDARY = /^multipart\/form-data;(?:.*;)?\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i;

const FIELD = /^content-disposition:\s*form-data;\s*name="d"$/i;

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
    frame: (lines) => `/**/window.${callback}&&${callback}(${literal(lines)});\n`,
  };
}

/** What parts the fields of a form; `null` if a request is none. Whoever sent a form can't read the answer. */
export function boundaryOf(request: IncomingMessage): string | null {
  const [, quoted, plain] = BOUNDARY.exec(request.headers['content-type'] ?? '') ?? [];
  return quoted ?? plain ?? null;
}

/** The body that a form's only field `d` holds; `null` if there is none. Forms have their own idea of line breaks. */
export function bodyOfForm(text: string, boundary: string): string | null {
  const begin = text.indexOf('\r\n\r\n');
  const [delimiter, ...headers] = text.slice(0, Math.max(begin, 0)).split('\r\n');
  if (delimiter !== `--${boundary}` || !headers.some((header) => FIELD.test(header))) return null;
  const end = text.indexOf(`\r\n--${boundary}`, begin + 4);
  // Cut short, it shows by its last line, as in any body.
  return text.slice(begin + 4, end < 0 ? undefined : end).replaceAll('\r\n', '\n');
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
