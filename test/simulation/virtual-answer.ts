import type { Responder, ResponderEvents } from '@holdfast/protocol';
import { Flow } from './flow.js';
import { PACKET_BYTES } from './lane.js';
import type { Network } from './network.js';
import type { VirtualRequest } from './virtual-request.js';

/** A proxy that buffers until nothing came for so long. */
const IDLE_FLUSH_MS = 400;

/** Texts longer than this are not taken apart to single characters, for speed. */
const MAX_SINGLE_CHARACTERS = 600;

/** The answer to one copy of a request, on its way from the server to whoever reads it, or to nobody. */
export class VirtualAnswer implements Responder {
  /** `null`: nobody reads it. */
  reader: VirtualRequest | null;
  private readonly _network: Network;
  private readonly _down: Flow;
  private _server: ResponderEvents | null = null;
  private _letGo: (() => void) | null = null;
  private _isEnded = false;
  private _isCut = false;
  private _bytes = 0;
  /** Where it will be cut. */
  private _maxBytes: number;
  private _kept = '';
  private _keptSince = 0;
  private _buffering: 'none' | 'whole' | 'idle';
  private readonly _isLost: boolean;

  constructor(network: Network, reader: VirtualRequest | null) {
    this._network = network;
    this.reader = reader;
    this._down = new Flow(network, network.down);
    const { conditions, random } = network;
    this._maxBytes = conditions.maxResponseBytes;
    if (network.strikes('answer will be cut', conditions.cut)) this._maxBytes = Math.floor(random.spread(1, 20_000));
    this._buffering = conditions.buffering;
    this._isLost = network.strikes('answer will be lost', conditions.lostResponse);
  }

  begin(deliver: (responder: Responder) => ResponderEvents): void {
    this._letGo = this._network.hold('server', `an answer since ${String(this._network.clock.now)}`);
    this._server = deliver(this);
    this._down.onDrained = () => this._tellServer((server) => server.drained());
    if (this._isCut || this._isEnded) this._finished();
  }

  // ---- what the server calls

  write(text: string): boolean {
    const { conditions, random } = this._network;
    if (this._isEnded) throw new Error('written to an answer that was ended');
    if (this._isCut) return true;
    if (this._network.strikes('answer goes dead', conditions.dead)) this._down.isDead = true;
    if (this._isLost) {
      this._lose();
      return true;
    }
    const room = this._maxBytes - this._bytes;
    this._bytes += text.length;
    if (text.length > room) {
      this._send(whole(text, room));
      this._network.strike('answer cut');
      this._isCut = true;
      const isQuiet = random.chance(0.3);
      this._flush();
      this._down.send(1, () => {
        if (isQuiet) this.reader?.end();
        else this.reader?._cutOrRetry(true);
        this._finished();
      });
      return true;
    }
    this._send(text);
    return this._down.bufferedAmount === 0;
  }

  bufferedAmount(): number {
    return this._down.bufferedAmount;
  }

  end(text = ''): void {
    if (text !== '') this.write(text);
    if (this._isEnded) throw new Error('an answer was ended twice');
    this._isEnded = true;
    this._letGo?.();
    if (this._isCut) return;
    this._flush();
    this._down.send(5, () => {
      this.reader?.end();
      this._finished();
    });
  }

  destroy(): void {
    if (this._isEnded) return;
    this._isEnded = true;
    this._letGo?.();
    if (this._isCut) return;
    this._isCut = true;
    this._down.send(1, () => {
      this.reader?._cutOrRetry(true);
      this._finished();
    });
  }

  // ---- what happens to it

  /** The client has given up, and the server learns of it. */
  abandon(): void {
    const { clock, conditions } = this._network;
    this.reader = null;
    clock.plan(conditions.latencyMs, () => {
      // Nobody takes what is still under way: others have the link to themselves.
      if (conditions.linkBytesPerMs < Infinity) this._down.isDead = true;
      this._finished();
    });
  }

  cut(serverLearns: boolean): void {
    this.reader = null;
    this._down.isDead = true;
    if (serverLearns) this._finished();
  }

  deaden(): void {
    this._down.isDead = true;
  }

  private _lose(): void {
    const { random, conditions } = this._network;
    this._isCut = true;
    this._down.send(1, () => {
      if (random.chance(0.7)) this.reader?._cutOrRetry(random.chance(conditions.notice));
      this._finished();
    });
  }

  private _send(text: string): void {
    if (this._buffering === 'none') {
      this._pass(text);
      return;
    }
    this._kept += text;
    const { clock } = this._network;
    this._keptSince = clock.now;
    if (this._buffering === 'idle') {
      clock.plan(IDLE_FLUSH_MS, () => {
        if (clock.now - this._keptSince >= IDLE_FLUSH_MS) this._flush();
      });
    }
  }

  private _flush(): void {
    const kept = this._kept;
    this._kept = '';
    if (kept !== '') this._pass(kept);
  }

  /** Lets it travel in pieces of any size. */
  private _pass(text: string): void {
    const { conditions, random } = this._network;
    const { chunks } = conditions;
    if (chunks === 'as they come' || !this.reader) {
      this._piece(text);
      return;
    }
    const singles = chunks === 'single' ? MAX_SINGLE_CHARACTERS : 0;
    for (let at = 0; at < text.length;) {
      const size = at < singles ? 1 : Math.ceil(random.spread(1, text.length));
      const piece = whole(text.slice(at), size);
      this._piece(piece);
      at += piece.length;
    }
  }

  private _piece(text: string): void {
    const { linkBytesPerMs } = this._network.conditions;
    const most = linkBytesPerMs < Infinity ? PACKET_BYTES : text.length;
    for (let rest = text; rest !== '';) {
      const packet = whole(rest, most);
      rest = rest.slice(packet.length);
      this._down.send(this._network.sizeOf(packet), () => this.reader?.chunk(packet));
    }
  }

  private _finished(): void {
    this._tellServer((server) => {
      this._server = null;
      this._letGo?.();
      server.closed();
    });
  }

  private _tellServer(tell: (server: ResponderEvents) => void): void {
    this._network.server.arrive(() => {
      if (this._server) tell(this._server);
    });
  }
}

/** The beginning of a text, without taking a character apart; at least one character. */
function whole(text: string, size: number): string {
  if (size >= text.length) return text;
  const isInside = (text.charCodeAt(size) & 0xfc00) === 0xdc00;
  return text.slice(0, isInside ? size + 1 : size);
}
