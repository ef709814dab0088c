import type { IncomingMessage } from 'node:http';
import type { Peer } from '@holdfast/protocol';

/** Where a connection comes from, as far as Node can tell. */
export class NodePeer implements Peer {
  /** What per-address limits count. */
  readonly address: string;
  /** IP address of the client, also if it is exempt from the limits. */
  readonly clientAddress: string;
  readonly origin: string | null;
  readonly isForm: boolean;
  #request: IncomingMessage | null;

  constructor(request: IncomingMessage, address: string, clientAddress: string, origin: string | null, isForm = false) {
    this.#request = request;
    this.address = address;
    this.clientAddress = clientAddress;
    this.origin = origin;
    this.isForm = isForm;
  }

  /** `null` once the attach is decided. */
  get request(): IncomingMessage | null {
    return this.#request;
  }

  /** Lets go of the request: a session keeps its first peer, and a request with its headers would cost more than the session. */
  release(): void {
    this.#request = null;
  }
}
