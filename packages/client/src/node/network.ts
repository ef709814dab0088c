import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { SecureContextOptions } from 'node:tls';

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

/** Connections for POST requests: kept alive while somebody uses them, gone when nobody does any more. */
export class KeptAgent {
  readonly agent: HttpAgent;
  private _userCount = 0;

  constructor(agent: HttpAgent) {
    this.agent = agent;
  }

  /** A session, or a request, begins; call what this returns when it is over. A request may be the last word of a session that has ended. */
  use(): () => void {
    this._userCount++;
    return () => {
      if (--this._userCount === 0) this.agent.destroy();
    };
  }
}

const KEEP_ALIVE = { keepAlive: true };
const plain = new KeptAgent(new HttpAgent(KEEP_ALIVE));
const secure = new KeptAgent(new HttpsAgent(KEEP_ALIVE));

/** The one that all sessions of the process share: each needs two connections now and then, and one most of the time. */
export function keptAgent(url: string): KeptAgent {
  return url.startsWith('https:') ? secure : plain;
}
