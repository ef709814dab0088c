import type { TransportName } from '@holdfast/client';
import type { Failure } from './wire.js';

/** An answer that was not expected, as far as it helps to tell whose it is. */
export interface AnswerSeen {
  readonly status: number;
  /** Those of `Server`, `Via`, `Location`, `Content-Type` that it had. */
  readonly headers: Readonly<Record<string, string>>;
  /** The first characters of its body. */
  readonly beginning: string;
}

/** How a request went that any Holdfast server answers at once, and of which the application hears nothing. */
export type Knock =
  | { readonly outcome: 'ours'; readonly ms: number }
  /** Our server, but it refuses: `ERR_ORIGIN`, `ERR_VERSION`, ... */
  | { readonly outcome: 'refused'; readonly code: string; readonly message: string }
  /** Somebody else. */
  | { readonly outcome: 'foreign'; readonly answer: AnswerSeen }
  /** Nothing, or not all of it. */
  | { readonly outcome: 'failed'; readonly failure: Failure };

/** How a WebSocket handshake went, and the same request through it. */
export type UpgradeSeen =
  | { readonly outcome: 'ours'; readonly openMs: number; readonly ms: number }
  | { readonly outcome: 'refused'; readonly code: string; readonly message: string }
  /** Our server got a plain GET. */
  | { readonly outcome: 'stripped' }
  | { readonly outcome: 'foreign'; readonly answer: AnswerSeen }
  /** Connected, and no answer to the handshake. */
  | { readonly outcome: 'black-hole'; readonly waitedMs: number }
  /** 101, and then nothing. */
  | { readonly outcome: 'mute'; readonly waitedMs: number }
  /** 101, and then closed without a word. */
  | { readonly outcome: 'closed'; readonly code: number }
  | { readonly outcome: 'failed'; readonly failure: Failure };

/** How a session with one transport alone went. */
export interface TransportSeen {
  readonly name: TransportName;
  readonly works: boolean;
  /** From `connect` until a session was there; `null` if none was tried, or none came. */
  readonly attachMs: number | null;
  /** From `connect` until a message had come back. */
  readonly firstEchoMs: number | null;
  /** A later message and back; the median of five. */
  readonly roundTripMs: number | null;
  /** Why it does not work; `''`. */
  readonly why: string;
}

/** A stream that was read for a while. */
export interface StreamSeen {
  /** How long it was to stay open. */
  readonly askedMs: number;
  /** When its first byte came; `null`: never. */
  readonly firstMs: number | null;
  /** How much longer it took until a message came over the stream than until its request was answered, the fastest of five each; `null`: none came. */
  readonly echoMs: number | null;
  /** The end of it, or when it broke. */
  readonly endMs: number;
  readonly isWhole: boolean;
  /** It came compressed although that was forbidden. */
  readonly encoding: string;
}

/** A request that the server held because there was nothing to say. */
export interface HoldSeen {
  readonly askedMs: number;
  readonly endMs: number;
  readonly isWhole: boolean;
  readonly answer: AnswerSeen | null;
}

/** A WebSocket that was left idle for a while. */
export interface IdleSeen {
  readonly askedMs: number;
  /** When it was closed; `null`: it was open to the end. */
  readonly closedMs: number | null;
  /** Whether it was still answered at the end. */
  readonly isAnswered: boolean;
}

/** Up to which size bodies came through. */
export interface SizeSeen {
  /** The largest that did, bytes. */
  readonly passedBytes: number;
  /** The smallest that did not; `null`: all did. */
  readonly failedBytes: number | null;
  /** Where it was cut, if it came in part. */
  readonly cutAtBytes: number | null;
  /** What happened to it. */
  readonly answer: AnswerSeen | null;
  readonly failure: Failure | null;
}

/** Many small requests, one after another. */
export interface LossSeen {
  readonly requestCount: number;
  /** Without a usable answer. */
  readonly failedCount: number;
  /** Of these, those that the server had processed. */
  readonly processedCount: number;
}

/** Everything that was seen, and nothing that was concluded. */
export interface Observations {
  readonly url: string;
  readonly engine: 'node' | 'browser';
  readonly knock: Knock;
  /** `on`: the server has its endpoint for the doctor. `refused`: but its `authorize` or its limits don't let us in. */
  readonly doctor: 'on' | 'off' | 'refused' | 'not tried';
  /** What a refusal said. */
  readonly refusal: { readonly code: string; readonly message: string } | null;
  /** Whether the server lets in pages of its own address as it is asked for here; `null`: not known. */
  readonly ownPages: 'let in' | 'refused' | null;
  readonly upgrade: UpgradeSeen | null;
  readonly transports: readonly TransportSeen[];
  readonly stream: StreamSeen | null;
  readonly hold: HoldSeen | null;
  readonly idle: IdleSeen | null;
  readonly upload: SizeSeen | null;
  readonly download: SizeSeen | null;
  readonly losses: LossSeen | null;
  /** How long a request took while another one was held, and when that ended; `null`: not tried. */
  readonly beside: { readonly ms: number; readonly heldMs: number } | null;
  /** Whether the answer to a `GET` was kept; `null`: not tried. */
  readonly cached: boolean | null;
  /** Answers that were for another request. */
  readonly swappedCount: number;
  /** Requests and streams that broke off, and did not when they were made again. */
  readonly chanceCount: number;
  /** What was added to an answer; `''`. */
  readonly added: string;
  /** How many addresses the server saw us come from; 0: it doesn't tell. */
  readonly addressCount: number;
  /** How many server processes answered. */
  readonly instanceCount: number;
  /** Version of HTTP in which answers came to us, and in which requests came to the server; `''`: not known. */
  readonly http: { readonly toUs: string; readonly toServer: string };
  /** What showed of proxies: `Via: 1.1 varnish`, headers that the server saw. */
  readonly between: readonly string[];
  /** Heartbeat and hold of the server, if it told. */
  readonly server: { readonly heartbeatMs: number; readonly holdMs: number } | null;
}
