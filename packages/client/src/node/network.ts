import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { SecureContextOptions } from 'node:tls';
import { originOf } from '../transport-memory.js';

/** What of a TLS connection may be set: certificates, and whether the server's is checked. */
export interface TlsOptions extends SecureContextOptions {
  /** @defaultValue true */
  readonly rejectUnauthorized?: boolean;
  /** The name the server's certificate must be for, if it isn't the one in the address. */
  readonly servername?: string;
}

/** How requests and WebSockets of one client go out. */
export interface Network {
  /** Absolute, `http:` or `https:`. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: TlsOptions;
  /** The application's own, if it gave one. */
  readonly agent: HttpAgent | undefined;
}

const keptAgents = new Map<string, KeptAgent>();

/** Connections for POST requests to one server: kept alive while somebody uses them, gone when nobody does any more. */
export class KeptAgent {
  readonly agent: HttpAgent;
  readonly origin: string;
  private _userCount = 0;

  private constructor(origin: string) {
    this.origin = origin;
    this.agent = new (origin.startsWith('https:') ? HttpsAgent : HttpAgent)({ keepAlive: true });
  }

  /** The one that all sessions of the process with this server share: each needs two connections now and then, and one most of the time. */
  static of(url: string): KeptAgent {
    const origin = originOf(url);
    const kept = keptAgents.get(origin) ?? new KeptAgent(origin);
    keptAgents.set(origin, kept);
    return kept;
  }

  /** A session, or a request, begins; call what this returns when it is over. A request may be the last word of a session that has ended. */
  use(): () => void {
    this._userCount++;
    return () => {
      if (--this._userCount > 0) return;
      keptAgents.delete(this.origin);
      this.agent.destroy();
    };
  }
}
