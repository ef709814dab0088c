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

/** Connections for POST requests, kept alive while their session is; gone once it has ended and its last request is answered. */
export class KeptAgent {
  readonly agent: HttpAgent;
  private _openCount = 0;
  private _isClosed = false;

  constructor(url: string) {
    this.agent = url.startsWith('https:') ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true });
  }

  /** A request begins; call what this returns when it is over. */
  begin(): () => void {
    this._openCount++;
    return () => {
      this._openCount--;
      this._destroyIfIdle();
    };
  }

  /** The session has ended. Requests under way are let finish: one of them may carry its last word. */
  close(): void {
    this._isClosed = true;
    this._destroyIfIdle();
  }

  private _destroyIfIdle(): void {
    if (this._isClosed && this._openCount === 0) this.agent.destroy();
  }
}
