import type { Environment, Timer } from '../environment.js';
import type { Frame } from '../frame.js';
import type { Position } from '../position.js';
import { Transport } from '../transport.js';
import type { ClientSession } from './client-session.js';

/** A transport on the client: an attempt at first, attached once the server has answered. */
export abstract class ClientTransport extends Transport {
  /** When the attempt began, and when it was answered; 0 before. @internal */
  _startedAt = 0;
  /** @internal */ _attachedAt = 0;
  /** The choice its attach or an `s` on it carried; 0: none. @internal */
  _choice = 0;
  /** Its attach was to make the session. @internal */
  _isCreating = false;
  /** What the server had received when it answered. @internal */
  _got: Position | null = null;
  /** How far the messages came that rode with the attach. @internal */
  _rode: Position | null = null;
  /** Its death says nothing about the transport. @internal */
  _isExcused = false;
  /** For `authorize`. @internal */
  _auth: unknown = undefined;
  /** Gives up the attempt. @internal */
  _timer: Timer;
  /** @internal */ readonly _session: ClientSession;
  protected _isFinished = false;

  constructor(session: ClientSession) {
    super();
    this._session = session;
  }

  /** Connects, and sends what {@link ClientSession._attachPackets} says. */
  abstract start(): void;

  /** Lets go of the network without a word. */
  abstract drop(): void;

  /** The server says how many bytes it has written to the stream. */
  progress(_bytes: number): void {
    // Only streams have that.
  }

  /** It failed, or died. */
  protected _die(why: string, status = 0, isReached = true): void {
    if (this._isFinished) return;
    this.drop();
    this._session._gone(this, why, status, isReached);
  }
}

/** What `pull` gives for about `most` bytes, joined. It is told how many are left; what is empty, or no text, is all that it has. */
export function pullText(env: Environment, most: number, pull: (left: number) => Frame): string {
  let text = '';
  for (let left = most; left > 0;) {
    const packets = pull(left);
    if (typeof packets !== 'string' || packets === '') break;
    text += packets;
    left -= env.utf8Length(packets);
  }
  return text;
}
