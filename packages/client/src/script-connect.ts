import type { ClientSession } from '@holdfast/protocol';
import { eventStreaming, streaming, xhrStreaming } from './browser-transports.js';
import { connectByName, type ConnectOptions } from './connect.js';

/** Options of `Holdfast.connect` of the file for `<script>`. */
export interface ScriptConnectOptions extends ConnectOptions {
  /**
   * How `streaming` reads its answers: `fetch` (where it can), `xhr` or `event-source`. For engines about which the library is mistaken.
   *
   * @defaultValue the best that the engine seems to have
   */
  readonly streamVariant?: 'fetch' | 'xhr' | 'event-source';
}

const STREAMS = { fetch: streaming, xhr: xhrStreaming, 'event-source': eventStreaming };

/** `connect` for pages without modules; all variants are in the file. */
export function connect(url: string, options: ScriptConnectOptions = {}): ClientSession {
  return connectByName(url, options, STREAMS[options.streamVariant ?? 'fetch']);
}
