import { ClientSession, type ClientSessionOptions } from '../client/client-session.js';
import { longPolling, polling, streaming, type StreamingOptions } from '../client/client-exchange.js';
import { websocket } from '../client/client-socket.js';
import type { Data, TransportName } from '../environment.js';
import { wholeFrame, type Frame } from '../frame.js';
import type { ClientRequest, ClientSocket, RequestEvents, SocketEvents } from '../seams.js';
import { utf8Length } from '../text.js';
import { ManualClock } from './manual-clock.js';
import { packetsOf } from './packets-of.js';
import { bytesOf, find, last, type Members } from './server-side.js';

/** The client's end of a WebSocket that a test drives. */
export class ScriptedSocket implements ClientSocket {
  readonly frames: (string | Uint8Array)[] = [];
  isClosed = false;
  buffered = 0;
  private readonly _clock: ManualClock;
  private readonly _events: SocketEvents;

  constructor(clock: ManualClock, events: SocketEvents) {
    this._clock = clock;
    this._events = events;
  }

  send(frame: Frame): void {
    this.frames.push(wholeFrame(frame));
  }

  bufferedAmount(): number {
    return this.buffered;
  }

  close(): void {
    this.isClosed = true;
  }

  /** The handshake succeeds. */
  open(): this {
    this._events.open();
    this._clock.flush();
    return this;
  }

  receive(frame: string | Uint8Array): this {
    this._events.message(frame, bytesOf(frame));
    this._clock.flush();
    return this;
  }

  /** Fails or ends. */
  cut(isReached = true): void {
    this._events.close('cut', isReached);
    this._clock.flush();
  }

  get lines(): string[] {
    return packetsOf(this.frames);
  }

  take(): string[] {
    const { lines } = this;
    this.frames.length = 0;
    return lines;
  }
}

/** A POST that a test answers. */
export class ScriptedRequest implements ClientRequest {
  readonly body: string;
  readonly lines: string[];
  readonly envelope: Members;
  isAborted = false;
  /** How many bytes of its answer have come. */
  seenBytes = 0;
  private readonly _clock: ManualClock;
  private readonly _events: RequestEvents;

  constructor(clock: ManualClock, body: string, events: RequestEvents) {
    this.body = body;
    this.lines = body.split('\n').slice(0, -1);
    this.envelope = body === '' ? {} : find(this.lines, 'q');
    this._clock = clock;
    this._events = events;
  }

  abort(): void {
    this.isAborted = true;
  }

  chunk(text: string): this {
    this.seenBytes += utf8Length(text);
    this._events.chunk(text);
    this._clock.flush();
    return this;
  }

  /** First line and packets, of an answer that goes on. */
  begin(...packets: string[]): this {
    const { via, n } = this.envelope as { via: number; n: number };
    return this.chunk([`:public ${via}.${n}`, ...packets, ''].join('\n'));
  }

  end(): void {
    this._events.end();
    this._clock.flush();
  }

  /** The whole answer. */
  answer(...packets: string[]): void {
    this.begin(...packets, '.').end();
  }

  fail(status = 0, isReached = true): void {
    this._events.fail(status, 'failed', isReached);
    this._clock.flush();
  }
}

/** An `a` packet without its line end. */
export function attached(more: Members = {}): string {
  return `a${JSON.stringify({
    id: 'public',
    key: 'secret',
    got: '0',
    ack: '0',
    instance: 'first',
    window: [1_048_576, 1024],
    max: 4_194_304,
    body: 1_048_576,
    heartbeat: [20_000, 8000],
    hold: 20_000,
    resume: 120_000,
    protocol: '',
    ...more,
  })}`;
}

/** A client session over wires that a test drives. */
export class ClientBench {
  readonly clock: ManualClock = new ManualClock();
  readonly sockets: ScriptedSocket[] = [];
  readonly requests: ScriptedRequest[] = [];
  readonly tickets: { ticket: string; request: ScriptedRequest }[] = [];
  readonly messages: Data[] = [];
  /** Events but messages, as `name` or `name:detail`. */
  readonly events: string[] = [];
  readonly session: ClientSession;
  opens = true;

  constructor(
    names: readonly TransportName[] = ['websocket'],
    options: Partial<ClientSessionOptions> = {},
    streams: StreamingOptions = {},
  ) {
    const post = (body: string, _isStream: boolean, events: RequestEvents): ClientRequest => {
      const request = new ScriptedRequest(this.clock, body, events);
      this.requests.push(request);
      return request;
    };
    const factories = {
      websocket: websocket((events) => {
        if (!this.opens) throw new Error('no sockets here');
        const socket = new ScriptedSocket(this.clock, events);
        this.sockets.push(socket);
        return socket;
      }),
      streaming: streaming(post, streams),
      'long-polling': longPolling(post),
      polling: polling(post),
    };
    const session = new ClientSession(this.clock, { transports: names.map((name) => factories[name]), ...options });
    this.session = session;
    session.on('message', (data) => this.messages.push(data));
    session.on('open', () => this.events.push('open'));
    session.on('drain', () => this.events.push('drain'));
    session.on('transport', ({ name }) => this.events.push(`transport:${name ?? 'none'}`));
    session.on('close', ({ code }) => this.events.push(`close:${code}`));
    session.on('reset', ({ code }) => this.events.push(`reset:${code}`));
    session.on('problem', ({ transport, nextTryMs }) =>
      this.events.push(`problem:${transport}:${nextTryMs > 0 ? 'later' : 'now'}`),
    );
  }

  get socket(): ScriptedSocket {
    return last(this.sockets);
  }

  get request(): ScriptedRequest {
    return last(this.requests);
  }

  /** Attaches the newest attempt, whatever it is. */
  attach(more: Members = {}): this {
    this.clock.flush();
    if (this.sockets.length > 0) this.socket.open().receive(`${attached(more)}\n`);
    else this.request.begin(attached(more));
    return this;
  }
}
