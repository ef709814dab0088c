import type { IncomingMessage } from 'node:http';
import type { TrustProxy } from './client-address.js';
import type { Hosts } from './host-policy.js';
import type { Origins } from './origin-policy.js';

/** What `authorize` is told. */
export interface AuthorizeContext {
  /** The request that brought the attach: cookies and headers are there. Over HTTP/2 its compatible `Http2ServerRequest`. */
  readonly request: IncomingMessage;
  /** What the client gave as `auth`, as JSON carried it; `undefined` if nothing. Any client can send anything here. */
  readonly auth: unknown;
  /** IP address of the client, as far as `trustProxy` can tell; `''` on a Unix socket. */
  readonly address: string;
  /** Origin of the page, already let in; `null` if the request named none. */
  readonly origin: string | null;
}

/**
 * Says who a client is. See {@link ServerOptions.authorize}.
 *
 * @returns the user, or `refuse('why')`, or a promise of either. `undefined`, `null` and `false` refuse too.
 */
export type Authorize = (context: AuthorizeContext) => unknown;

/** Which subprotocol a session speaks: one of a list, the client's preference first, or what a function chooses (`''`: none). */
export type Protocols = readonly string[] | ((offered: readonly string[], request: IncomingMessage) => string);

/** Whom the server lets in, and where it listens. */
export interface AccessOptions {
  /**
   * Path of the endpoint. Nothing outside of it is touched, except what
   * {@link ServerOptions.serveClient} and {@link ServerOptions.doctor} add below it.
   *
   * @defaultValue `'/holdfast'`
   */
  readonly path?: string;
  /**
   * Pages of which other origins may speak, on every transport. The endpoint's own origin always may, and so may clients that are not browsers.
   * Exact origins as browsers send them (`'https://shop.example'`, no path, no default port), `'null'` for `file:` pages, sandboxed frames and
   * some apps; a function that returns `true`; or `'*'` for everybody: then a page of anybody can act with your user's cookies, so
   * `authorize` must not go by cookies.
   *
   * @defaultValue `[]`
   */
  readonly origins?: Origins;
  /**
   * Host names the server answers to, without port: protects servers in private networks against DNS rebinding. `false` for any.
   *
   * @defaultValue on a server that listens on loopback only: `localhost`, IP addresses, and the hosts of `origins`; any with `trustProxy`, and on
   * other servers
   */
  readonly hosts?: Hosts;
  /**
   * Says who a client is: `session.user` is what it returns. Runs when an attach has arrived, so on every new connection of a session; if it is
   * another user then (see `sameUser`), the session ends with 1008. To refuse, return (or throw) `refuse('why')`. An exception refuses too, and
   * is told by the event `problem`. Takes at most `handshakeTimeoutMs`.
   *
   * @defaultValue lets everybody in, as `null`
   * @example
   * ```ts
   * authorize: async ({ auth }) => (await users.byToken(String(auth))) ?? refuse('log in first')
   * ```
   */
  readonly authorize?: Authorize;
  /**
   * Whether two results of `authorize` are the same user.
   *
   * @defaultValue deep equality: give one if your users carry what changes, such as a time
   */
  readonly sameUser?: (a: unknown, b: unknown) => boolean;
  /**
   * Subprotocols: `session.protocol` is the first offered by the client that is in the list, or what the function returns.
   *
   * @defaultValue `[]`
   */
  readonly protocols?: Protocols;
  /**
   * Which peers are proxies of ours, so that `X-Forwarded-For` and `X-Forwarded-Host` are to be believed: `false` for none, the number of
   * proxies in a row, or a function. Without it nobody behind a proxy in a private network counts for `maxSessionsPerAddress`.
   *
   * @defaultValue `false`
   */
  readonly trustProxy?: TrustProxy;
  /**
   * Lets pages that have nothing else send by forms and read by scripts (PROTOCOL.md section 5.6), if their client has its `jsonp` on as well.
   * What only the page's origin kept others from reading is then kept by tickets alone; such sessions are anonymous: `authorize` sees no cookies
   * and no `Authorization`, only `auth`.
   *
   * @defaultValue `false`
   */
  readonly jsonp?: boolean;
  /**
   * Serves the client for `<script>` at `<path>/client.js`, compressed and with an ETag: `true` for the one of the installed `@holdfast/client`,
   * or the path of another file.
   *
   * @defaultValue `false`
   */
  readonly serveClient?: boolean | string;
  /**
   * Helps to find out what a network does to sessions: an endpoint of its own at `<path>/doctor`, whose sessions the application doesn't see, for
   * the command `holdfast-doctor`, and a page at `<path>/doctor.html` that does the same in a browser. `true` for the page of the installed
   * `holdfast-doctor` (without that there is no page), or the path of another file. Whoever `origins`, `hosts` and `authorize` let in may use
   * it; it gives away at most 64 MiB a minute.
   *
   * @defaultValue `false`
   */
  readonly doctor?: boolean | string;
}

/** How long things may take, in milliseconds. */
export interface TimeOptions {
  /**
   * How long a session without any transport is kept: 1,000 to 86,400,000. Its buffers are kept as long, and so is an HTTP answer (at most 256 KB)
   * that has ended while nothing more of it leaves, because its client doesn't read: then, after twice this at most, its connection ends.
   *
   * @defaultValue 120,000
   */
  readonly resumeWindowMs?: number;
  /**
   * Silence after which a side asks for a sign of life: 100 to 3,600,000. Keep it under the idle limits of proxies (30 s and more).
   *
   * @defaultValue 20,000
   */
  readonly heartbeatIntervalMs?: number;
  /**
   * Silence after that which means the connection is dead: 100 to 3,600,000. A half-open connection is found in `heartbeatIntervalMs` +
   * `heartbeatTimeoutMs`.
   *
   * @defaultValue 8,000
   */
  readonly heartbeatTimeoutMs?: number;
  /**
   * Longest hold of a long-polling request: 1,000 to 600,000. Clients ask for less where something cuts such requests.
   *
   * @defaultValue 20,000
   */
  readonly holdMs?: number;
  /**
   * How long a connection may take to attach, `authorize` included: 100 to 600,000. Then `ERR_HANDSHAKE`.
   *
   * @defaultValue 10,000
   */
  readonly handshakeTimeoutMs?: number;
  /**
   * How long a request body may go without 1,024 more bytes or its end: 100 to 600,000. Then `ERR_BODY_TIME`. `http.Server.requestTimeout`
   * (5 minutes) bounds the whole.
   *
   * @defaultValue 10,000
   */
  readonly bodyTimeoutMs?: number;
  /**
   * How long `session.close()` waits for the client to take what was sent: 100 to 600,000.
   *
   * @defaultValue 10,000
   */
  readonly closeTimeoutMs?: number;
}

/** How much of anything there may be. Bytes are UTF-8 bytes of content. */
export interface LimitOptions {
  /**
   * Largest message, either way: 1,024 to 1,073,741,824. A client that knows no better and sends a larger one is closed with 1009.
   *
   * @defaultValue 4,194,304
   */
  readonly maxMessageBytes?: number;
  /**
   * Largest HTTP request body: 65,536 to 67,108,864. Then `ERR_BODY_SIZE`. Clients split what is larger.
   *
   * @defaultValue 1,048,576
   */
  readonly maxBodyBytes?: number;
  /**
   * Largest sum of request bodies that are under way: at least `maxBodyBytes`. Then `ERR_FULL`, and clients try again.
   *
   * @defaultValue 67,108,864
   */
  readonly maxTotalBodyBytes?: number;
  /**
   * What a session takes in before its application has handled it: 16,384 to 67,108,864. The client waits when it is full.
   *
   * @defaultValue 1,048,576
   */
  readonly windowBytes?: number;
  /**
   * The same in messages: 64 to 1,048,576.
   *
   * @defaultValue 16,384
   */
  readonly windowMessages?: number;
  /**
   * `send` returns `false` from here on, and `drain` follows: 1 to `maxBufferedBytes`.
   *
   * @defaultValue 1,048,576
   */
  readonly highWaterMarkBytes?: number;
  /**
   * What may be sent to a session and not yet be acknowledged: at least `maxMessageBytes`. Beyond it `send` throws, and `broadcast` ends the
   * session with 4901.
   *
   * @defaultValue 8,388,608
   */
  readonly maxBufferedBytes?: number;
  /**
   * The same in messages: 1 to 1,048,576.
   *
   * @defaultValue 16,384
   */
  readonly maxBufferedMessages?: number;
  /**
   * What all sessions together may buffer, 128 bytes for each message and what waits in connections included: at least `maxBufferedBytes`. Text
   * that is not ASCII counts for two bytes a character where its UTF-8 is shorter, as V8 keeps it. Beyond it `send` throws, and `broadcast` ends
   * the fullest sessions with 4901, so that those who read don't suffer for those who don't. The content of broadcasts is kept once for all: at
   * most `maxBufferedBytes` more. A process at this limit has grown by a fifth more than it, measured as peak of its resident memory; small
   * limits cost some 100 MB beside them, for garbage that V8 and the allocator are in no hurry to give back.
   *
   * @defaultValue 536,870,912
   */
  readonly maxTotalBufferedBytes?: number;
  /**
   * Sessions in all: 1 to 10,000,000. Then `ERR_FULL`, and clients try again.
   *
   * @defaultValue 100,000
   */
  readonly maxSessions?: number;
  /**
   * Sessions from one address (IPv6: one /64 network); `false` for no limit. Then `ERR_FULL`. Does not apply to loopback and private addresses
   * unless `trustProxy` is set.
   *
   * @defaultValue 1,000
   */
  readonly maxSessionsPerAddress?: number | false;
  /**
   * Ended sessions that are remembered, for twice the resume window, so that clients learn how they ended: 1 to 10,000,000.
   *
   * @defaultValue 100,000
   */
  readonly maxTombstones?: number;
}

/** Options of a {@link Server}. They are copied: changing them later changes nothing. */
export interface ServerOptions extends AccessOptions, TimeOptions, LimitOptions {}

/** Options of {@link Server.attach}. */
export interface AttachOptions {
  /** Another path than the server's `path`, on this HTTP server. */
  readonly path?: string;
  /** `false` leaves requests alone, because the middleware takes them. */
  readonly requests?: boolean;
  /** `false` leaves upgrades alone. */
  readonly upgrades?: boolean;
}

/** Options of {@link Server.close}. */
export interface CloseOptions {
  /**
   * How long sessions may take to deliver what was sent to them, ms: 0 to 600,000.
   *
   * @defaultValue 5,000
   */
  readonly drainMs?: number;
  /**
   * When clients may come back at the earliest, ms: 0 to 3,600,000.
   *
   * @defaultValue 1,000
   */
  readonly retryAfterMs?: number;
  /**
   * Over how long after that their return is spread, ms, so that they don't come all at once: 0 to 3,600,000.
   *
   * @defaultValue 5,000
   */
  readonly spreadMs?: number;
}
