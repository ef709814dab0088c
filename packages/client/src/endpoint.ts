import { HoldfastError } from '@holdfast/protocol';

/** Where the server is, and whether requests to another origin bring its cookies. */
export interface Endpoint {
  /** Absolute, `http:` or `https:`. */
  readonly url: string;
  readonly credentials: 'same-origin' | 'include';
}

/**
 * Makes an absolute `http:` or `https:` address of what the application gave, which may be `ws:`, `wss:` or relative to `base`.
 *
 * @throws HoldfastError `ERR_URL`
 */
export function resolveUrl(url: string, resolve: (url: string) => string): string {
  let href = '';
  let cause: unknown;
  try {
    href = resolve(url).replace(/^ws/, 'http').replace(/#.*/, '');
  } catch (error) {
    cause = error;
  }
  // No user name: browsers refuse to fetch such addresses.
  if (!/^https?:\/\/[^/@]+\//.test(href)) {
    throw new HoldfastError(
      'ERR_URL',
      `"${url}" is not a server's address: give one like https://example.com/holdfast.`,
      cause,
    );
  }
  return href;
}

/** What speaks against an answer's being one of a Holdfast server (PROTOCOL.md section 5.3), or `''`. A captive portal says 200 to anything. */
export function describeAnswer(status: number, type: string | null | undefined): string {
  return status !== 200 ? `HTTP status ${status}` : /^text\/plain/.test(type ?? '') ? '' : `content type ${type}`;
}

/** Where the answer is that a ticket is for (PROTOCOL.md sections 5.5, 5.6). In the path: caches that ignore queries know each for another. */
export function ticketUrl({ url }: Endpoint, ticket: string): string {
  return url.replace(/\/?(\?|$)/, `/${ticket}$1`);
}
