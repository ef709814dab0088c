import type { ClientRequest, PostRequest, RequestEvents } from '../seams.js';

/**
 * Reads streams by `GET` (PROTOCOL.md section 5.5): the answer to the `POST` is a ticket, and `open` brings the stream for it. Goes with
 * {@link StreamingOptions.byTicket}.
 */
export function ticketed(
  post: PostRequest,
  open: (ticket: string, events: RequestEvents) => ClientRequest,
): PostRequest {
  return (body, isStream, events) => {
    if (!isStream) return post(body, false, events);
    let answer = '';
    let request = post(body, false, {
      chunk(text) {
        answer += text;
      },
      end() {
        const ticket = /\ny(.*)\n\.\n/.exec(answer)?.[1];
        if (ticket !== undefined) request = open(ticket, events);
        else {
          // Refused, gone or cut: it speaks for itself.
          events.chunk(answer);
          events.end();
        }
      },
      fail: (status, hint, reached) => events.fail(status, hint, reached),
    });
    return { abort: () => request.abort() };
  };
}
