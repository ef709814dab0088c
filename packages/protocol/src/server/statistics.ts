import type { TransportName } from '../environment.js';
import type { ServerSession } from './server-session.js';

/** A snapshot of a hub: gauges, and counters since its start. */
export interface HubStats {
  /** Sessions that have not ended. */
  readonly sessions: number;
  /** Of these, by the transport that carries them; `none` are away. */
  readonly transports: Readonly<Record<TransportName | 'none', number>>;
  /** Transports whose attach is not answered yet. */
  readonly arriving: number;
  /** What all sessions buffer, at what it costs in memory, bytes: bounded by `maxTotalBufferedBytes`. */
  readonly bufferedBytes: number;
  /** Attaches answered, by transport. */
  readonly attaches: Readonly<Record<TransportName, number>>;
  /** Sessions ended, by close code. */
  readonly closes: Readonly<Record<string, number>>;
  /** Errors answered, by code. */
  readonly errors: Readonly<Record<string, number>>;
  readonly messagesReceived: number;
  readonly messagesSent: number;
  readonly bytesReceived: number;
  readonly bytesSent: number;
}

/** Counts what happens in a hub. */
export class Statistics {
  private readonly _attaches = none();
  private readonly _closes: Record<string, number> = {};
  private readonly _errors: Record<string, number> = {};
  private readonly _past = { messagesReceived: 0, messagesSent: 0, bytesReceived: 0, bytesSent: 0 };

  attached(name: TransportName): void {
    this._attaches[name]++;
  }

  ended(session: ServerSession, code: number): void {
    this._closes[code] = (this._closes[code] ?? 0) + 1;
    add(this._past, session);
  }

  refused(error: string): void {
    this._errors[error] = (this._errors[error] ?? 0) + 1;
  }

  read(sessions: ReadonlyMap<string, ServerSession>, arriving: number, bufferedBytes: number): HubStats {
    const transports = { ...none(), none: 0 };
    const traffic = { ...this._past };
    for (const session of sessions.values()) {
      transports[session.transport ?? 'none']++;
      add(traffic, session);
    }
    return {
      sessions: sessions.size,
      transports,
      arriving,
      bufferedBytes,
      attaches: { ...this._attaches },
      closes: { ...this._closes },
      errors: { ...this._errors },
      ...traffic,
    };
  }
}

function none(): Record<TransportName, number> {
  return { websocket: 0, streaming: 0, 'long-polling': 0, polling: 0 };
}

function add(
  to: { messagesReceived: number; messagesSent: number; bytesReceived: number; bytesSent: number },
  { _inbox: inbox, _outbox: outbox }: ServerSession,
): void {
  to.messagesReceived += inbox.acked.messages;
  to.bytesReceived += inbox._handedTotal;
  to.messagesSent += outbox.end.messages;
  to.bytesSent += outbox._pushedTotal;
}
