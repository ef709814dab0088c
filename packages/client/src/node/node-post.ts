import { request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import { urlToHttpOptions } from 'node:url';
import type { PostRequest, RequestEvents } from '@holdfast/protocol';
import { describeAnswer } from '../endpoint.js';
import { describeError } from './describe-error.js';
import type { KeptAgent, Network } from './network.js';

type Target = Pick<RequestOptions, 'protocol' | 'hostname' | 'port' | 'path'>;

/** POST requests by `node:http` and `node:https`. */
export function nodePost({ url, headers, tls, agent }: Network, kept: KeptAgent): PostRequest {
  const send = url.startsWith('https:') ? httpsRequest : httpRequest;
  // Most sessions never send a request.
  let target: Target | undefined;
  return (body, _isStream, events) => {
    target ??= urlToHttpOptions(new URL(url));
    const { protocol, hostname, port, path } = target;
    // Member by member: Node copies these several times for each request, and is much slower at it if they have been put together from others.
    const request = send({
      protocol,
      host: hostname,
      port,
      path,
      ...tls,
      method: 'POST',
      agent: agent ?? kept.agent,
      headers: {
        // Unpacking is not for us.
        'Accept-Encoding': 'identity',
        ...headers,
        'Content-Type': 'text/plain',
        'Content-Length': Buffer.byteLength(body),
      },
    });
    return new NodeRequest(request, send === httpsRequest, kept, body, events);
  };
}

/** One request under way. Whatever happens to its sockets ends in one call of `end` or `fail`, or in none after `abort`. */
class NodeRequest {
  private readonly _request: ClientRequest;
  /** Until the request is over. */
  private _events: RequestEvents | null;
  private _isReached = false;

  constructor(request: ClientRequest, isTls: boolean, kept: KeptAgent, body: string, events: RequestEvents) {
    this._events = events;
    this._request = request;
    request.on('socket', (socket) => {
      if (!socket.connecting) this._isReached = true;
      else socket.once(isTls ? 'secureConnect' : 'connect', () => (this._isReached = true));
    });
    request.on('response', (response) => this._answer(response));
    request.on('error', (error) => this._fail(describeError(error)));
    request.on('close', kept.use());
    // As text, so that it leaves in one piece with the headers.
    request.end(body);
  }

  abort(): void {
    this._events = null;
    this._request.destroy();
  }

  private _answer(response: IncomingMessage): void {
    const status = response.statusCode ?? 0;
    const problem = describeAnswer(status, headerOf(response, 'content-type'));
    if (problem !== '') {
      const location = headerOf(response, 'location');
      this._fail(location === undefined ? problem : `${problem}, redirected to ${location}`, status);
      return;
    }
    response.setEncoding('utf8');
    response.on('data', (text: string) => this._events?.chunk(text));
    // Also after `end`, which comes only if the answer is complete.
    response.on('error', (error) => this._fail(describeError(error)));
    // In the next tick its connection is free again, for the request that follows.
    response.on('end', () => process.nextTick(() => this._end()));
  }

  private _end(): void {
    const events = this._events;
    this._events = null;
    events?.end();
  }

  private _fail(hint: string, status = 0): void {
    const events = this._events;
    this.abort();
    events?.fail(status, hint, this._isReached);
  }
}

/** Asked for `headers`, Node makes an object of all of them, for every answer. */
function headerOf({ rawHeaders }: IncomingMessage, name: string): string | undefined {
  const index = rawHeaders.findIndex((other, at) => at % 2 === 0 && other.toLowerCase() === name);
  return index < 0 ? undefined : rawHeaders[index + 1];
}
