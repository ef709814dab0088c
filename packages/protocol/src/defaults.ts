/** How long a server keeps a session that has no transport, ms. */
export const RESUME_WINDOW_MS = 120_000;
/** Silence after which a side pings, ms (PROTOCOL.md section 8). */
export const HEARTBEAT_INTERVAL_MS = 20_000;
/** Silence after a ping that makes a transport dead, ms (PROTOCOL.md section 8). */
export const HEARTBEAT_TIMEOUT_MS = 8_000;
/** Longest hold of an HTTP request, ms. Below the idle limits of common proxies, the shortest of which is 30 s. */
export const HOLD_MS = 20_000;
/** Receive window, content bytes (PROTOCOL.md section 3). */
export const WINDOW_BYTES = 1_048_576;
/** Receive window, messages (PROTOCOL.md section 3). */
export const WINDOW_MESSAGES = 16_384;
/** Most content bytes in one part of a message (PROTOCOL.md section 2). */
export const PART_BYTES = 65_536;
/** A text that may need escapes is sent raw over WebSocket from this size on, bytes: below, a frame of its own costs more than they do. */
export const RAW_TEXT_BYTES = 4096;
/** From this length on nobody looks whether a text needs escapes before it is written in a form that has some, code units. */
export const LONG_TEXT_LENGTH = 16_384;
/** Most content bytes that an attach carries before it is answered (PROTOCOL.md section 3). */
export const ATTACH_BYTES = 16_384;
/** Most messages that an attach carries before it is answered, and so the smallest window of a server (PROTOCOL.md section 3). */
export const ATTACH_MESSAGES = 64;
/** Largest first body or frame of an attach, bytes (PROTOCOL.md section 3). */
export const MAX_FIRST_BYTES = 65_536;
/** What a WebSocket frame is filled up to, bytes: the largest part fits whole behind a few control packets. */
export const FRAME_BYTES: number = PART_BYTES + 512;
/** Largest WebSocket frame, bytes (PROTOCOL.md section 3). */
export const MAX_FRAME_BYTES = 1_048_576;
/** Largest HTTP request body, bytes. */
export const MAX_BODY_BYTES = 1_048_576;
/** Largest whole message that a side takes, bytes; a larger one closes the session with 1009. */
export const MAX_MESSAGE_BYTES = 4_194_304;
/** Hard limit of what is sent and not yet acknowledged, bytes: beyond it `send` throws. Holds two of the largest messages. */
export const MAX_BUFFERED_BYTES = 8_388_608;
/** What is sent and not yet acknowledged, bytes, from which on `send` returns `false`. */
export const HIGH_WATER_MARK_BYTES = 1_048_576;
/** Most bytes handed to a socket before it has drained, so that heartbeats get through. */
export const MAX_UNDRAINED_BYTES = 262_144;
/** Longest `reason` of a close, UTF-8 bytes (PROTOCOL.md section 6). */
export const MAX_REASON_BYTES = 123;
/** Most transports attached to a session (PROTOCOL.md section 4). */
export const MAX_TRANSPORTS = 4;
/** Longest wait before an acknowledgement over WebSocket, ms (PROTOCOL.md section 3). */
export const ACK_WEBSOCKET_MS = 1000;
/** Messages handed over since the last acknowledgement, from which on one goes with the next data over WebSocket. */
export const ACK_RIDE_MESSAGES = 16;
/** Longest wait before an acknowledgement over HTTP, where one usually finds company sooner, ms (PROTOCOL.md section 3). */
export const ACK_HTTP_MS = 5000;
/** What a waiting message costs beside its content, bytes: counted towards totals. */
export const MESSAGE_OVERHEAD_BYTES = 128;
/** Most messages sent and not yet acknowledged: beyond it `send` throws. */
export const MAX_BUFFERED_MESSAGES = 16_384;
/** How long a closing session waits for its peer, ms. */
export const CLOSE_TIMEOUT_MS = 10_000;
/** How long a transport may take to attach, ms. */
export const ATTACH_TIMEOUT_MS = 10_000;
/** Life of a ticket, ms (PROTOCOL.md section 5.5). */
export const TICKET_MS = 30_000;

/** All defaults and limits under the names of the options; whoever counts bytes imports the constants one by one. */
export const DEFAULTS = {
  resumeWindowMs: RESUME_WINDOW_MS as number,
  heartbeatIntervalMs: HEARTBEAT_INTERVAL_MS as number,
  heartbeatTimeoutMs: HEARTBEAT_TIMEOUT_MS as number,
  holdMs: HOLD_MS as number,
  windowBytes: WINDOW_BYTES as number,
  windowMessages: WINDOW_MESSAGES as number,
  partBytes: PART_BYTES as number,
  attachBytes: ATTACH_BYTES as number,
  maxFirstBytes: MAX_FIRST_BYTES as number,
  maxFrameBytes: MAX_FRAME_BYTES as number,
  maxBodyBytes: MAX_BODY_BYTES as number,
  maxMessageBytes: MAX_MESSAGE_BYTES as number,
  maxBufferedBytes: MAX_BUFFERED_BYTES as number,
  highWaterMarkBytes: HIGH_WATER_MARK_BYTES as number,
  maxUndrainedBytes: MAX_UNDRAINED_BYTES as number,
  maxReasonBytes: MAX_REASON_BYTES as number,
  maxTransports: MAX_TRANSPORTS as number,
  maxBufferedMessages: MAX_BUFFERED_MESSAGES as number,
  closeTimeoutMs: CLOSE_TIMEOUT_MS as number,
  attachTimeoutMs: ATTACH_TIMEOUT_MS as number,
  ticketMs: TICKET_MS as number,
};
