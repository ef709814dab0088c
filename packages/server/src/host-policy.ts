import type { IncomingMessage } from 'node:http';
import { isIP, type AddressInfo } from 'node:net';
import { requestedHost } from './http-types.js';

/** Host names that the server answers to; `false` for any. `undefined`: see {@link HostPolicy}. */
export type Hosts = readonly string[] | false | undefined;

/**
 * Refuses requests for foreign host names, against DNS rebinding: a page of `evil.example`, whose name suddenly resolves to 127.0.0.1, is of
 * the same origin as what it asks. Without a list of its own it watches over servers that listen on loopback only, where nobody but this
 * machine's browser should come: there it lets in `localhost`, addresses, and the hosts of allowed origins.
 */
export class HostPolicy {
  readonly #hosts: Hosts;
  readonly #known: ReadonlySet<string>;

  /** `origins` are those that the application has listed; `isProxied` says that a proxy stands in front. */
  constructor(hosts: Hosts, origins: readonly string[], isProxied: boolean) {
    this.#hosts = hosts === undefined && isProxied ? false : hosts;
    this.#known = new Set(
      hosts === undefined ? origins.map((origin) => hostName(origin.replace(/^.*:\/\//, ''))) : hosts || [],
    );
  }

  /** Whether a request may come under the host name it came under. */
  isAllowed(request: IncomingMessage): boolean {
    if (this.#hosts === false) return true;
    const host = requestedHost(request);
    // HTTP/1.0 without a name: no browser of today, so no rebinding.
    if (host === undefined) return true;
    const name = hostName(host);
    if (this.#known.has(name)) return true;
    if (this.#hosts !== undefined) return false;
    return isLocalName(name) || !isOnLoopback(request);
  }
}

/** Without port, brackets and the root's dot. */
function hostName(host: string): string {
  const match = /^\[([^\]]*)\]|^([^:]*)/.exec(host);
  return (match?.[1] ?? match?.[2] ?? '').replace(/\.$/, '');
}

/** An address can't be rebound, and the names of RFC 6761 resolve to this machine only. */
function isLocalName(name: string): boolean {
  return name === 'localhost' || name.endsWith('.localhost') || isIP(name) !== 0;
}

/** Whether the server that took the connection listens on loopback only. */
function isOnLoopback(request: IncomingMessage): boolean {
  const { server } = request.socket as { server?: { address?(): AddressInfo | string | null } };
  const address = server?.address?.();
  if (typeof address !== 'object' || address === null) return false;
  return address.address === '::1' || /^(::ffff:)?127\./.test(address.address);
}
