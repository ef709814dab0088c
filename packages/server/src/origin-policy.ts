import type { IncomingMessage } from 'node:http';
import type { AddressFinder } from './client-address.js';
import type { Complain } from './complain.js';
import { requestedHost, singleHeader } from './http-types.js';

/**
 * Who besides the endpoint's own pages may speak: exact origins (`'https://shop.example'`; `'null'` for sandboxed frames, `file:` pages and
 * some apps), a function, or everybody.
 */
export type Origins = '*' | readonly string[] | ((origin: string, request: IncomingMessage) => boolean);

/** Whether a request is let in, and the origin that it named, if any. */
export interface OriginVerdict {
  readonly isAllowed: boolean;
  readonly origin: string | null;
}

/** The origin rule of PROTOCOL.md section 10: the same for every transport, decided before a body is read. */
export class OriginPolicy {
  readonly #origins: Origins;
  readonly #addresses: AddressFinder;
  readonly #complain: Complain;

  constructor(origins: Origins, addresses: AddressFinder, complain: Complain) {
    this.#origins = origins;
    this.#addresses = addresses;
    this.#complain = complain;
  }

  /** Decides about a request or handshake. */
  decide(request: IncomingMessage): OriginVerdict {
    const origin = originOf(request);
    if (origin !== undefined) return { isAllowed: this.#isAllowed(origin, request), origin };
    return { isAllowed: this.#isAllowedWithoutOrigin(request), origin: null };
  }

  #isAllowedWithoutOrigin(request: IncomingMessage): boolean {
    const site = singleHeader(request, 'sec-fetch-site');
    if (site !== undefined) return site === 'same-origin' || site === 'none';
    // No cookie, nothing to steal: not a browser, or one with nothing that a page could abuse.
    if (request.headers.cookie === undefined) return true;
    const referrer = originOfUrl(singleHeader(request, 'referer') ?? '');
    return referrer !== null && this.#isAllowed(referrer, request);
  }

  #isAllowed(origin: string, request: IncomingMessage): boolean {
    return this.#isOwn(origin, request) || this.#isListed(origin, request);
  }

  #isListed(origin: string, request: IncomingMessage): boolean {
    const origins = this.#origins;
    if (origins === '*') return true;
    if (typeof origins !== 'function') return origins.includes(origin);
    try {
      // A promise or another truthy mistake must not let anybody in.
      return (origins(origin, request) as unknown) === true;
    } catch (error) {
      this.#complain('origins', error);
      return false;
    }
  }

  #isOwn(origin: string, request: IncomingMessage): boolean {
    const match = /^(https?):\/\/([^/]+)$/.exec(origin);
    const host = this.#hostOf(request);
    if (!match || host === undefined) return false;
    const [, scheme = '', originHost = ''] = match;
    if (withoutDefaultPort(host, scheme) !== originHost) return false;
    // Behind a proxy that ends TLS without saying so, pages are https and we see http. The other way round would let a page that was
    // tampered with on its way reach an endpoint that was protected. No page can set X-Forwarded-Proto: the preflight doesn't allow it.
    return scheme === 'https' || !isSecure(request);
  }

  #hostOf(request: IncomingMessage): string | undefined {
    const forwarded = singleHeader(request, 'x-forwarded-host');
    if (forwarded === undefined || !this.#addresses.isProxied(request)) return requestedHost(request);
    return forwarded.split(',')[0]?.trim().toLowerCase();
  }
}

function originOf(request: IncomingMessage): string | undefined {
  // Drafts of the WebSocket protocol up to version 8 had a header of their own.
  return singleHeader(request, 'origin') ?? singleHeader(request, 'sec-websocket-origin');
}

function originOfUrl(url: string): string | null {
  try {
    return new URL(url).origin;
  } catch {
    return null;
  }
}

function withoutDefaultPort(host: string, scheme: string): string {
  const port = scheme === 'https' ? ':443' : ':80';
  return host.endsWith(port) ? host.slice(0, -port.length) : host;
}

function isSecure(request: IncomingMessage): boolean {
  const scheme = singleHeader(request, 'x-forwarded-proto')?.split(',')[0]?.trim().toLowerCase();
  return scheme === 'https' || scheme === 'wss' || (request.socket as { encrypted?: boolean }).encrypted === true;
}
