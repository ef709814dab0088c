import type { Environment } from '../environment.js';
import type { ServerExchange } from './server-exchange.js';

interface Ticket {
  readonly exchange: ServerExchange;
  readonly n: number;
  readonly until: number;
  /** The client has made it. */
  readonly isOwn: boolean;
}

/** What a GET shows to read the answer of a POST: each good once, and for a while. Bounded in number; the oldest go first. */
export class Tickets {
  private readonly _env: Environment;
  private readonly _most: number;
  private readonly _tickets = new Map<string, Ticket>();

  constructor(env: Environment, most: number) {
    this._env = env;
    this._most = most;
  }

  /** Makes one for the answer to request `n`, or takes the one of a client's `own`. `null`: that is the ticket of something else. */
  issue(exchange: ServerExchange, n: number, ms: number, own: string): string | null {
    const now = this._env.now();
    for (const [old, { until }] of this._tickets) {
      if (until > now && this._tickets.size < this._most) break;
      this._tickets.delete(old);
    }
    const ticket = own || this._env.token();
    const holder = this._tickets.get(ticket);
    if (holder && (holder.exchange !== exchange || holder.n !== n)) return null;
    this._tickets.set(ticket, { exchange, n, until: now + ms, isOwn: own !== '' });
    return ticket;
  }

  /** Uses it up. `null` if it is not good, or of the other kind. */
  take(ticket: string, isOwn: boolean): Ticket | null {
    const found = this._tickets.get(ticket);
    this._tickets.delete(ticket);
    return found && found.until > this._env.now() && found.isOwn === isOwn ? found : null;
  }
}
