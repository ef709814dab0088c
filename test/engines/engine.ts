import type { EngineName } from './parts.mjs';

/** A real browser engine. All of them report by requests of the page itself: most can't be asked from outside. */
export interface Engine {
  /** Short, unique, fit for a command line and a file name: `chromium-21`. */
  readonly name: EngineName;
  /** For a row's head: `Chromium 21 (2012)`. */
  readonly title: string;
  /** Which file of the client a page for it loads: engines without ES modules and `fetch` streams take the ES5 file. */
  readonly client: 'module' | 'es5';
  /** Why no session is possible in it, whatever stands in between; `null` for nearly all. */
  readonly cannot: string | null;
  /** Debian packages that it needs. */
  readonly packages: readonly string[];
  /**
   * Starts it; one process for many pages where the engine can do that.
   *
   * @throws Error which says what to install, or what the engine printed, if it loads no page within 60 s.
   */
  start(): Promise<RunningEngine>;
}

/** An {@link Engine} that runs. */
export interface RunningEngine {
  /** As the engine tells it: `Chromium 156.0.8078.79`. */
  readonly version: string;
  /**
   * Opens a page in a context of its own (no storage shared with another one). Resolves when it has begun to load: what
   * becomes of it then is for the page to report. A dialog that it opens is dismissed (WebKitGTK: left open, the page waits).
   */
  open(url: string): Promise<OpenPage>;
  /** Ends the processes it started, by id, and resolves when they are gone, and so is their folder. */
  stop(): Promise<void>;
}

/** A page that is open. */
export interface OpenPage {
  close(): Promise<void>;
}
