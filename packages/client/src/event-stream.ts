import type { ClientRequest, RequestEvents } from '@holdfast/protocol';
import { ticketUrl, type Endpoint } from './endpoint.js';
import { guardRequest } from './guarded-request.js';

/** Reads a stream by GET (PROTOCOL.md section 5.5), for engines that show nothing of a POST before its end. */
export function eventStream(endpoint: Endpoint): (ticket: string, events: RequestEvents) => ClientRequest {
  return (ticket, events) => {
    let source: EventSource | undefined;
    // After the end, too, it must be closed, or it would ask again with a used ticket.
    const request = guardRequest(events, () => source?.close());
    try {
      source = new EventSource(ticketUrl(endpoint, ticket), { withCredentials: endpoint.credentials === 'include' });
      source.onmessage = ({ data }: MessageEvent<string>) => {
        request.chunk(`${data}\n`);
        if (/(^|\n)\.$/.test(data)) request.end();
      };
      source.onerror = () => request.fail(0, 'event stream cut', true);
    } catch (error) {
      setTimeout(() => request.fail(0, String(error), true), 0);
    }
    return request;
  };
}
