import { randomInt } from 'node:crypto';
import { request, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http';
import { Inflow } from './inflow.js';
import { contentOf, newAttach, resume, within, type Attached, type Credentials, type Packet } from './wire.js';

/** How an answer is asked for. */
export type Mode = 'poll' | 'hold' | 'stream' | 'send';

/** An answer that has ended. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** Its lines after the first, without the final `.`. */
  readonly packets: string[];
  /** What follows `:` on its first line. */
  readonly first: string;
}

/** One HTTP request on a connection of its own, and its answer as it comes. */
export class RawRequest extends Inflow {
  /** Resolves when the answer's headers have arrived. */
  readonly headers: Promise<IncomingHttpHeaders>;
  /** Resolves when the answer has ended, rejects when it was cut. */
  readonly answer: Promise<Answer>;
  /** Resolves when the request has been handed to the network. */
  readonly sent: Promise<void>;
  readonly #abort: () => void;

  constructor(url: string, method: 'GET' | 'POST', body: string | Buffer, headers: OutgoingHttpHeaders = {}) {
    super();
    const type = method === 'POST' ? { 'Content-Type': 'text/plain' } : {};
    const outgoing = request(url, { method, agent: false, headers: { ...type, ...headers } });
    this.#abort = () => outgoing.destroy();
    let tellHeaders: (headers: IncomingHttpHeaders) => void = () => {};
    this.headers = new Promise((resolve) => {
      tellHeaders = resolve;
    });
    this.answer = new Promise((resolve, reject) => {
      outgoing.on('error', (error) => {
        this.end(error.message);
        reject(error);
      });
      outgoing.on('response', (response) => {
        tellHeaders(response.headers);
        let text = '';
        let from = 0;
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
          for (let to = text.indexOf('\n', from); to >= 0; to = text.indexOf('\n', from)) {
            this.push(text.slice(from, to));
            from = to + 1;
          }
        });
        response.on('error', reject);
        response.on('close', () => {
          this.end('the answer has ended');
          const lines = text.split('\n');
          const [first = '', ...packets] = lines.slice(0, -2);
          const isWhole = response.complete && lines.at(-1) === '' && lines.at(-2) === '.';
          if (isWhole)
            resolve({
              status: response.statusCode ?? 0,
              headers: response.headers,
              text,
              packets,
              first: first.slice(1),
            });
          else reject(new Error(`not a whole answer, status ${response.statusCode ?? 0}: ${text.slice(0, 300)}`));
        });
      });
    });
    // A test that doesn't wait for the answer has its reasons.
    this.answer.catch(() => {});
    this.sent = new Promise((resolve) => outgoing.on('finish', resolve));
    outgoing.end(body);
  }

  /** The answer, in time. */
  whole(withinMs = 5000): Promise<Answer> {
    return within(withinMs, 'an answer', this.answer);
  }

  /** Breaks the connection. */
  cut(): void {
    this.#abort();
  }
}

/** POSTs a body as it is. */
export function post(url: string, body: string | Buffer, headers?: OutgoingHttpHeaders): RawRequest {
  return new RawRequest(url, 'POST', body, headers);
}

/** An HTTP transport: numbers requests, and writes their envelopes. */
export class RawExchange {
  readonly url: string;
  readonly via = randomInt(1, 2 ** 31 - 1);
  /** Of the next request. */
  n = 0;
  credentials: Credentials | null;

  constructor(url: string, credentials: Credentials | null = null) {
    this.url = url;
    this.credentials = credentials;
  }

  /** The first line of a body. */
  envelope(as: Mode, members: object = {}): string {
    const n = this.n++;
    const who = n > 0 ? this.credentials : null;
    return `q${JSON.stringify({ v: 1, via: this.via, n, as, hold: 5000, size: 1_048_576, id: who?.id, key: who?.key, ...members })}`;
  }

  body(as: Mode, packets: readonly string[] = [], members: object = {}): string {
    return [this.envelope(as, members), ...packets, '.', ''].join('\n');
  }

  /** Sends the next request. */
  send(as: Mode, packets: readonly string[] = [], members: object = {}): RawRequest {
    return post(this.url, this.body(as, packets, members));
  }

  /** Sends the next request and waits for its answer's packets. */
  async ask(as: Mode, packets: readonly string[] = [], members: object = {}): Promise<string[]> {
    return (await this.send(as, packets, members).whole()).packets;
  }

  /** Copies an `id` and `key` from an `a`. */
  adopt(a: Attached): Attached {
    this.credentials ??= { id: a.id, key: a.key };
    return a;
  }
}

/** Begins a session over HTTP; `packets` go with the attach, `rest` is what the answer said after `a`. */
export async function openExchange(
  url: string,
  members: object = {},
  ...packets: string[]
): Promise<{ exchange: RawExchange; a: Attached; rest: Packet[] }> {
  const exchange = new RawExchange(url);
  const [first, ...rest] = await exchange.ask('poll', [newAttach(members), ...packets]);
  return { exchange, a: exchange.adopt(contentOf<Attached>('a', first)), rest };
}

/** Attaches another HTTP transport to a session. */
export async function attachExchange(
  url: string,
  to: Credentials,
  members: object = {},
  ...packets: string[]
): Promise<{ exchange: RawExchange; a: Attached; rest: Packet[] }> {
  const exchange = new RawExchange(url, to);
  const [first, ...rest] = await exchange.ask('poll', [resume(to, members), ...packets]);
  return { exchange, a: contentOf<Attached>('a', first), rest };
}

/** Waits until the server has read requests that it doesn't answer yet: others, sent after them, have gone the whole way. */
export async function hasRead(url: string, ...requests: RawRequest[]): Promise<void> {
  await Promise.all(requests.map((each) => each.sent));
  for (let count = 0; count < 3; count++) await post(url, '').whole();
}
