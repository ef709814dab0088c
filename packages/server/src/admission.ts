import type { HubHost, Peer, Verdict } from '@holdfast/protocol';
import type { Complain } from './complain.js';
import type { Authorize, Protocols } from './options.js';
import { NodePeer } from './peer.js';
import { Refusal } from './refusal.js';

/** What admission asks of the application. */
export interface AdmissionParts {
  readonly authorize: Authorize | null;
  readonly sameUser: (a: unknown, b: unknown) => boolean;
  readonly protocols: Protocols;
  readonly complain: Complain;
}

/** Told to clients when `authorize` failed: what exactly is none of their business. */
const FAILED = 'not authorized';

/** Asks the application about clients. Its mistakes refuse; they neither let anybody in nor end the process. */
export class Admission implements Pick<HubHost, 'authorize' | 'sameUser' | 'selectProtocol'> {
  readonly #parts: AdmissionParts;

  constructor(parts: AdmissionParts) {
    this.#parts = parts;
  }

  authorize(peer: Peer, auth: unknown, done: (verdict: Verdict) => void): void {
    this.#ask(peer, auth, (verdict) => {
      done(verdict);
      if (peer instanceof NodePeer) peer.release();
    });
  }

  sameUser(a: unknown, b: unknown): boolean {
    try {
      return (this.#parts.sameUser(a, b) as unknown) === true;
    } catch (error) {
      this.#parts.complain('sameUser', error);
      return false;
    }
  }

  selectProtocol(offered: readonly string[], peer: Peer): string {
    const { protocols } = this.#parts;
    if (typeof protocols !== 'function') return offered.find((protocol) => protocols.includes(protocol)) ?? '';
    if (!(peer instanceof NodePeer) || !peer.request) return '';
    try {
      const chosen = protocols(offered, peer.request);
      // What wasn't offered can't be agreed on.
      return offered.includes(chosen) ? chosen : '';
    } catch (error) {
      this.#parts.complain('protocols', error);
      return '';
    }
  }

  #ask(peer: Peer, auth: unknown, done: (verdict: Verdict) => void): void {
    const { authorize } = this.#parts;
    if (!authorize) {
      done({ user: null });
      return;
    }
    if (!(peer instanceof NodePeer) || !peer.request) {
      done({ refuse: FAILED });
      return;
    }
    const { request, clientAddress: address, origin } = peer;
    const settle = (result: unknown): void => done(verdictOf(result));
    const fail = (error: unknown): void => {
      if (!(error instanceof Refusal)) this.#parts.complain('authorize', error);
      settle(error instanceof Refusal ? error : null);
    };
    let result: unknown;
    try {
      result = authorize({ request, auth, address, origin });
    } catch (error) {
      fail(error);
      return;
    }
    // A user that came at once is let in at once: its first messages are answered in this turn.
    if (isPromise(result)) result.then(settle, fail);
    else settle(result);
  }
}

/** `undefined`, `null` and `false` are what looking up nobody gives. */
function verdictOf(result: unknown): Verdict {
  if (result === undefined || result === null || result === false) return { refuse: FAILED };
  if (!(result instanceof Refusal)) return { user: result };
  const { reason, retryAfterMs } = result;
  return { refuse: reason, ...(retryAfterMs !== undefined && { retryAfterMs }) };
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}
