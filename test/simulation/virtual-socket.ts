import {
  wholeFrame,
  type ClientSocket,
  type Frame,
  type ServerSocketEvents,
  type ServerSocketIo,
  type SocketEvents,
} from '@holdfast/protocol';
import type { Connection, Network } from './network.js';
import { Flow } from './flow.js';
import { shorten } from './virtual-request.js';

/** What a frame costs on the wire beside its content. */
const FRAME_BYTES = 8;

/** How long an end waits for the other's part of the closing handshake. */
const CLOSE_TIMEOUT_MS = 30_000;

/** A WebSocket connection: both of its ends, and all that can happen between them. */
export class VirtualSocket implements ClientSocket, Connection {
  private readonly _network: Network;
  private readonly _up: Flow;
  private readonly _down: Flow;
  /** `null` once nothing more is to be told. */
  private _client: SocketEvents | null;
  private _server: ServerSocketEvents | null = null;
  private _isOpen = false;
  private _isCut = false;
  private _clientLearns = true;
  private _serverLearns = true;
  private _hasServerClosed = false;
  private readonly _letGo: () => void;
  private _letGoServer: (() => void) | null = null;
  private readonly _leave: () => void;

  constructor(network: Network, events: SocketEvents) {
    this._network = network;
    this._client = events;
    this._up = new Flow(network, network.up);
    this._down = new Flow(network, network.down);
    this._letGo = network.hold('client', 'a WebSocket');
    network.connections.add(this);
    this._leave = network.queue(() => this._connect());
  }

  private _connect(): void {
    const { _network: network } = this;
    const { clock, random, conditions } = network;
    if (network.isAway) {
      if (random.chance(0.5)) this._refuse('unreachable', random.between(0, 100));
      return;
    }
    const { webSocket, latencyMs } = conditions;
    if (webSocket !== 'fine') network.strike(`WebSocket ${webSocket}`);
    if (webSocket === 'refused') {
      this._refuse('refused', 3 * latencyMs);
      return;
    }
    if (webSocket === 'black hole') return;
    if (webSocket === 'mute' || webSocket === 'deaf') this._up.isDead = true;
    const isUnheard = webSocket === 'mute' && random.chance(0.5);
    const open = (): void =>
      this._later(latencyMs, () => {
        this._isOpen = true;
        this._tellClient((client) => client.open());
        if (webSocket === 'mute' || webSocket === 'dumb') this._down.isDead = true;
      });
    clock.plan(3 * latencyMs + 1, () => {
      if (isUnheard) open();
      else this._accept(open);
    });
    if (conditions.socketLifeMs < Infinity) {
      this._later(random.between(0.5, 1) * conditions.socketLifeMs, () => {
        if (network.isCalm || this._isCut) return;
        network.strike('WebSocket cut after a time');
        this.cut(random.chance(conditions.notice), random.chance(conditions.notice));
      });
    }
  }

  private _refuse(hint: string, ms: number): void {
    this._later(ms, () => {
      this._tellClient((client) => {
        this._client = null;
        this._letGo();
        client.close(hint, false);
      });
      this._forget();
    });
  }

  /** A server that sleeps answers no handshake. */
  private _accept(open: () => void): void {
    const { _network: network } = this;
    network.server.arrive(() => {
      open();
      // The client may have gone; then the server sees it come and go.
      const io: ServerSocketIo = {
        send: (frames) => {
          for (const frame of frames) this._serverSends(wholeFrame(frame));
        },
        bufferedAmount: () => this._down.bufferedAmount,
        close: (_code, text) => {
          if (text !== '') this._serverSends(text);
          this._serverCloses();
        },
      };
      this._letGoServer = network.hold('server', 'a WebSocket');
      this._server = network.front.openSocket(io);
      this._down.onDrained = () => this._tellServer((server) => server.drained());
    });
  }

  send(sent: Frame): void {
    const frame = wholeFrame(sent);
    if (!this._isOpen) throw new Error('a WebSocket that is not open was sent to');
    this._network.tell?.(`client frame ${shorten(String(frame))}`);
    if (this._client)
      this._pass(this._up, frame, () => this._tellServer((server) => server.message(frame, Buffer.byteLength(frame))));
    if (this._isCut) this._learnByWriting();
  }

  bufferedAmount(): number {
    return this._up.bufferedAmount;
  }

  close(): void {
    if (!this._client) return;
    this._client = null;
    this._letGo();
    this._leave();
    this._up.send(FRAME_BYTES, () => {
      this._serverGone();
      this._forget();
    });
  }

  private _serverSends(frame: string | Uint8Array): void {
    if (this._hasServerClosed) throw new Error('a WebSocket that the server has closed was sent to');
    this._network.tell?.(`server frame ${shorten(String(frame))}`);
    this._pass(this._down, frame, () => this._tellClient((client) => client.message(frame, Buffer.byteLength(frame))));
    if (this._isCut) this._learnByWriting();
  }

  private _serverCloses(): void {
    if (this._hasServerClosed) return;
    this._hasServerClosed = true;
    this._letGoServer?.();
    this._down.send(FRAME_BYTES, () => {
      this._clientGone('closed by the server');
      this._serverGone();
      this._forget();
    });
    this._later(CLOSE_TIMEOUT_MS, () => this._serverGone());
  }

  private _pass(flow: Flow, frame: string | Uint8Array, arrive: () => void): void {
    const { _network: network } = this;
    const { conditions, random } = network;
    if (network.strikes('WebSocket goes dead', conditions.dead)) this.deaden(random.chance(0.7), random.chance(0.7));
    // In the middle of the frame: all of it is lost.
    if (network.strikes('WebSocket cut in mid-frame', conditions.cut)) {
      flow.send(FRAME_BYTES + Math.floor(frame.length * random.next()), () =>
        this.cut(random.chance(conditions.notice), random.chance(conditions.notice)),
      );
    } else flow.send(FRAME_BYTES + frame.length, arrive);
  }

  deaden(up: boolean, down: boolean): void {
    this._up.isDead ||= up;
    this._down.isDead ||= down;
  }

  cut(clientLearns: boolean, serverLearns: boolean): void {
    if (this._isCut) return;
    this._isCut = true;
    this.deaden(true, true);
    this._forget();
    if (clientLearns) this._clientGone('cut');
    else this._clientLearns = this._network.random.chance(0.5);
    if (serverLearns) this._serverGone();
    else this._serverLearns = this._network.random.chance(0.5);
  }

  /** Something was sent on a connection that the other end knows nothing of: a reset comes back, unless that is filtered. */
  private _learnByWriting(): void {
    this._later(2 * this._network.conditions.latencyMs + 1, () => {
      if (this._clientLearns) this._clientGone('reset');
      if (this._serverLearns) this._serverGone();
    });
  }

  private _clientGone(hint: string): void {
    this._tellClient((client) => {
      this._client = null;
      this._letGo();
      client.close(hint, this._isOpen);
    });
  }

  private _serverGone(): void {
    this._tellServer((server) => {
      this._server = null;
      this._hasServerClosed = true;
      this._letGoServer?.();
      server.closed();
    });
  }

  private _tellClient(tell: (client: SocketEvents) => void): void {
    this._network.client.arrive(() => {
      if (this._client) tell(this._client);
    });
  }

  private _tellServer(tell: (server: ServerSocketEvents) => void): void {
    this._network.server.arrive(() => {
      if (this._server) tell(this._server);
    });
  }

  private _later(ms: number, run: () => void): void {
    this._network.clock.plan(ms, run);
  }

  private _forget(): void {
    this._network.connections.delete(this);
    this._leave();
  }
}
