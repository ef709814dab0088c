import type { IncomingMessage } from 'node:http';
import { BlockList, isIP, isIPv6 } from 'node:net';
import type { Complain } from './complain.js';

/**
 * Which peers are our own proxies, whose `X-Forwarded-*` headers say where a request came from: none (`false`), the last so many, or those for
 * which the function says so. It gets an address and how many hops away that is: 0 is whoever connected to us.
 */
export type TrustProxy = false | number | ((address: string, hop: number) => boolean);

/** Where a request comes from. */
export interface ClientAddress {
  /** The client's IP address as far as our own proxies can be believed; `''` on a Unix socket. */
  readonly address: string;
  /** What per-address limits count it under, `''` if they don't apply. */
  readonly limitKey: string;
}

/** So many addresses are known at a time. */
const MAX_KNOWN = 10_000;

/** Finds where requests come from. */
export class AddressFinder {
  readonly #trustProxy: TrustProxy;
  readonly #complain: Complain;
  /** What was found for those that connected, where nobody is trusted: to look into an address takes Node several microseconds. */
  readonly #known = new Map<string, ClientAddress>();

  constructor(trustProxy: TrustProxy, complain: Complain) {
    this.#trustProxy = trustProxy;
    this.#complain = complain;
  }

  find(request: IncomingMessage): ClientAddress {
    const { remoteAddress = '' } = request.socket;
    if (this.#trustProxy !== false) return this.#look(this.#beyondProxies(request, plainAddress(remoteAddress) ?? ''));
    let found = this.#known.get(remoteAddress);
    if (!found) {
      if (this.#known.size >= MAX_KNOWN) this.#known.clear();
      found = this.#look(plainAddress(remoteAddress) ?? '');
      this.#known.set(remoteAddress, found);
    }
    return found;
  }

  #look(address: string): ClientAddress {
    return { address, limitKey: this.#limitKey(address) };
  }

  #beyondProxies(request: IncomingMessage, direct: string): string {
    const forwarded = String(request.headers['x-forwarded-for'] ?? '').split(',');
    let address = direct;
    // The last entry was added by the nearest proxy, so the list is read from its end, for as long as whoever wrote it is one of ours.
    for (let hop = 0; hop < forwarded.length && this.#isTrusted(address, hop); hop++) {
      const next = plainAddress(forwarded[forwarded.length - 1 - hop] ?? '');
      if (next === null) break;
      address = next;
    }
    return address;
  }

  /**
   * One that owns an IPv6 network owns all of its addresses, so those are counted by /64. Behind a proxy that we don't know of, everybody has the
   * proxy's address: private ones don't count.
   */
  #limitKey(address: string): string {
    if (address === '' || (this.#trustProxy === false && isPrivate(address))) return '';
    return isIPv6(address) ? network64(address) : address;
  }

  /** Whether whoever connected to us is a proxy of ours. */
  isProxied(request: IncomingMessage): boolean {
    return this.#isTrusted(plainAddress(request.socket.remoteAddress ?? '') ?? '', 0);
  }

  #isTrusted(address: string, hop: number): boolean {
    const trust = this.#trustProxy;
    if (typeof trust !== 'function') return trust !== false && hop < trust;
    try {
      return trust(address, hop);
    } catch (error) {
      this.#complain('trustProxy', error);
      return false;
    }
  }
}

const PRIVATE = new BlockList();
PRIVATE.addSubnet('10.0.0.0', 8);
PRIVATE.addSubnet('100.64.0.0', 10);
PRIVATE.addSubnet('127.0.0.0', 8);
PRIVATE.addSubnet('169.254.0.0', 16);
PRIVATE.addSubnet('172.16.0.0', 12);
PRIVATE.addSubnet('192.168.0.0', 16);
PRIVATE.addAddress('::1', 'ipv6');
PRIVATE.addSubnet('fc00::', 7, 'ipv6');
PRIVATE.addSubnet('fe80::', 10, 'ipv6');

function isPrivate(address: string): boolean {
  return PRIVATE.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}

/** Without port, brackets, zone, and the IPv6 form of an IPv4 address; `null` if it is none. */
function plainAddress(text: string): string | null {
  let address = text.trim();
  const bracketed = /^\[([^\]]*)\](?::\d+)?$/.exec(address);
  if (bracketed) address = bracketed[1] ?? '';
  else if (/^[\d.]+:\d+$/.test(address)) address = address.slice(0, address.indexOf(':'));
  address = address
    .toLowerCase()
    .replace(/%.*$/, '')
    .replace(/^::ffff:(?=[\d.]+$)/, '');
  return isIP(address) === 0 ? null : address;
}

/** The first half of an IPv6 address, written out. */
function network64(address: string): string {
  const [head = '', tail] = address.split('::');
  const groups = head === '' ? [] : head.split(':');
  if (tail !== undefined) {
    // A dotted end stands for two groups.
    const after = tail === '' ? 0 : tail.split(':').length + (tail.includes('.') ? 1 : 0);
    const missing = 8 - groups.length - after;
    groups.push(...Array.from({ length: missing }, () => '0'), ...tail.split(':'));
  }
  return `${groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`;
}
