/** What a path lets through, at best. */
export type Best = 'websocket' | 'streaming' | 'long-polling' | 'polling' | 'nothing';

/** Something that stands between an engine and the server: a real middlebox in one configuration, or our own hostile proxy. */
export interface Box {
  /** Short, unique, fit for a command line and a file name: `nginx-default`. */
  readonly name: string;
  /** What it is and does, for a column's head: `nginx, as it comes`. */
  readonly title: string;
  /** The best transport that can live here for long: what a session that always has something to say has to end up on. */
  readonly best: Best;
  /** Debian packages that it needs. */
  readonly packages: readonly string[];
  /** Starts it in front of `127.0.0.1:targetPort`, on a port of its own. Resolves when it answers. */
  start(targetPort: number): Promise<RunningBox>;
}

/** A {@link Box} that runs. */
export interface RunningBox {
  /**
   * Where an engine finds the server through it: `http://127.0.0.1:40123`. A forward proxy has an adapter in front of it that speaks to it as
   * a browser would: absolute URIs for requests, CONNECT for WebSockets.
   */
  readonly origin: string;
  /** The forward proxy itself, for engines that can be told of one; `null` for reverse proxies. */
  readonly forwardProxy: string | null;
  /** `nginx 1.22.1`. */
  readonly version: string;
  /** Ends what it started, by id, and resolves when its port is free and its folder gone. */
  stop(): Promise<void>;
}
