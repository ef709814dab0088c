import { createHmac, randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { DEFAULTS, Hub, type Data, type Environment, type Peer, type ServerSession } from '@holdfast/protocol';
import type { Admission } from './admission.js';
import { digest, isSameDigest } from './node-environment.js';
import { NodePeer } from './peer.js';
import type { Settings } from './settings.js';

/** What the doctor's endpoint gives away at most (PROTOCOL.md section 12). */
const MAX_GIFT_BYTES = 1_048_576;
const MAX_SESSION_BYTES = 4_194_304;
const MAX_MINUTE_BYTES = 67_108_864;
/** What beginning a session counts towards those of a minute. */
const SESSION_BYTES = 4096;
const MAX_SESSIONS = 64;
const MAX_LIFE_MS = 600_000;
const RESUME_WINDOW_MS = 10_000;
const MINUTE_MS = 60_000;

/** Nothing more for this session. An application's own codes. */
const CLOSE_ENOUGH = 4000;

/** Headers by which proxies show. Their values may name machines that are nobody's business. */
const PROXY_HEADERS = [
  'via',
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-proto',
  'x-real-ip',
  'cf-ray',
  'x-amz-cf-id',
  'x-amzn-trace-id',
  'x-azure-ref',
  'fastly-client-ip',
] as const;

/** What a session of the doctor is told of the request that brought it. */
interface Seen {
  readonly address: string;
  readonly http: string;
  readonly through: readonly string[];
  readonly full: string;
}

/** What `authorize` said, and what was seen of the request. */
interface Patient {
  readonly user: unknown;
  readonly seen: Seen;
}

/**
 * The application behind `<path>/doctor`: it echoes, gives as many bytes as it is asked for, and tells what it sees of a request. Sessions of the
 * doctor are its own; those of the application's handler know nothing of them. Everything about it is bounded.
 */
export class DoctorEndpoint {
  readonly hub: Hub;
  readonly #env: Environment;
  readonly #admission: Admission;
  readonly #application: Pick<Hub, 'whyFull'>;
  /** Makes addresses comparable without telling them. It never leaves. */
  readonly #salt = randomBytes(32);
  /** Compression would hide how much comes through. */
  #noise = '';
  #minuteEndsAt = -Infinity;
  #minuteBytes = 0;

  constructor(
    env: Environment,
    admission: Admission,
    application: Pick<Hub, 'whyFull'>,
    settings: Settings,
    instance: string,
  ) {
    this.#env = env;
    this.#admission = admission;
    this.#application = application;
    this.hub = new Hub(
      env,
      {
        authorize: (peer, auth, done) => this.#authorize(peer, auth, done),
        sameUser: (a, b) => admission.sameUser((a as Patient).user, (b as Patient).user),
        selectProtocol: () => '',
        session: (session) => this.#greet(session),
        ended: () => undefined,
        digest,
        sameDigest: isSameDigest,
      },
      {
        ...settings,
        instance,
        resumeWindowMs: RESUME_WINDOW_MS,
        maxMessageBytes: MAX_GIFT_BYTES,
        windowBytes: DEFAULTS.windowBytes,
        windowMessages: DEFAULTS.windowMessages,
        highWaterMarkBytes: MAX_GIFT_BYTES,
        maxBufferedBytes: MAX_SESSION_BYTES,
        maxTotalBufferedBytes: MAX_MINUTE_BYTES,
        maxSessions: MAX_SESSIONS,
        maxSessionsPerAddress: MAX_SESSIONS / 2,
        maxTombstones: 1000,
      },
    );
  }

  /** Ends every session of the doctor. */
  close(): void {
    this.hub.close({ drainMs: 0, retryAfterMs: 1000, spreadMs: 0 }, () => undefined);
  }

  /** The same people as may speak to the application, and not more of them than can be served. */
  #authorize(peer: Peer, auth: unknown, done: Parameters<Admission['authorize']>[2]): void {
    if (!this.#take(SESSION_BYTES)) {
      const retryAfterMs = Math.ceil(this.#minuteEndsAt - this.#env.now());
      done({ refuse: 'the doctor has given all that it gives in a minute', retryAfterMs });
      return;
    }
    // Now: the request is let go of once it is decided.
    const seen = this.#see(peer);
    this.#admission.authorize(peer, auth, (verdict) => {
      if ('refuse' in verdict) done(verdict);
      else done({ user: { user: verdict.user, seen } satisfies Patient });
    });
  }

  #see(peer: Peer): Seen {
    const request = peer instanceof NodePeer ? peer.request : null;
    const address = peer instanceof NodePeer ? peer.clientAddress : '';
    return {
      address: createHmac('sha256', this.#salt).update(address).digest('base64url').slice(0, 11),
      http: request?.httpVersion ?? '',
      through: PROXY_HEADERS.filter((name) => isSent(request, name)),
      // Its sessions are others than these, so there may be room here and none there.
      full: this.#application.whyFull(peer),
    };
  }

  #greet(session: ServerSession): void {
    let spent = 0;
    session.send(JSON.stringify((session.user as Patient).seen));
    session.on('message', (data) => {
      const gift = this.#giftFor(data);
      spent += gift.length;
      if (spent > MAX_SESSION_BYTES || !this.#take(gift.length)) session.close(CLOSE_ENOUGH, 'that was enough');
      else sendIfRoom(session, gift);
    });
    const end = this.#env.setTimer(() => session.close(CLOSE_ENOUGH, 'that was long enough'), MAX_LIFE_MS);
    session.on('close', () => this.#env.clearTimer(end));
  }

  #giftFor(data: Data): Data {
    const match = typeof data === 'string' ? /^give (\d{1,7})$/.exec(data) : null;
    if (!match) return data;
    const bytes = Math.min(Number(match[1]), MAX_GIFT_BYTES);
    if (this.#noise === '') this.#noise = randomBytes((MAX_GIFT_BYTES / 4) * 3).toString('base64');
    return this.#noise.slice(0, bytes);
  }

  /** Whether so many more bytes may be given in this minute. */
  #take(bytes: number): boolean {
    const now = this.#env.now();
    if (now >= this.#minuteEndsAt) {
      this.#minuteEndsAt = now + MINUTE_MS;
      this.#minuteBytes = 0;
    }
    if (this.#minuteBytes + bytes > MAX_MINUTE_BYTES) return false;
    this.#minuteBytes += bytes;
    return true;
  }
}

function isSent(request: IncomingMessage | null, name: string): boolean {
  return request?.headers[name] !== undefined;
}

/** What does not fit is not sent: whoever asks for more than it reads gets no more. */
function sendIfRoom(session: ServerSession, data: Data): void {
  try {
    session.send(data);
  } catch {
    session.close(CLOSE_ENOUGH, 'more was asked for than was read');
  }
}
