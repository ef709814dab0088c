import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

const HEAD_END = '\r\n\r\n';

/** Most bytes of a request's head. */
const MAX_HEAD_BYTES = 65_536;

/**
 * Speaks to a forward proxy as browsers do, for engines that can't be told of one: requests get the absolute form of their address, and those
 * that ask for a WebSocket go through a tunnel. It looks at heads of requests only. What follows a head passes as it comes, both ways, and
 * one side's end or reset becomes the other's.
 */
export class ForwardAdapter {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #proxyPort: number;
  readonly #target: string;

  /** Begins to listen in front of the proxy at `proxyPort`, for the server at `targetPort`. */
  static async start(proxyPort: number, targetPort: number): Promise<ForwardAdapter> {
    const adapter = new ForwardAdapter(proxyPort, targetPort);
    adapter.#server.listen(0, '127.0.0.1');
    await once(adapter.#server, 'listening');
    return adapter;
  }

  private constructor(proxyPort: number, targetPort: number) {
    this.#proxyPort = proxyPort;
    this.#target = `127.0.0.1:${targetPort}`;
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => this.#accept(client));
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await once(this.#server, 'close');
  }

  #accept(client: Socket): void {
    const proxy = connect({ port: this.#proxyPort, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    for (const [socket, other] of [
      [client, proxy],
      [proxy, client],
    ] as const) {
      this.#sockets.add(socket);
      socket.on('error', () => other.resetAndDestroy());
      socket.once('close', () => {
        this.#sockets.delete(socket);
        other.destroySoon();
      });
    }
    const requests = new Requests(this.#target, proxy, client);
    client.on('data', (chunk: Buffer) => requests.take(chunk));
    client.on('end', () => requests.end());
  }
}

/** `head`: reads a request's head; `length`, `chunked`: passes a body; `tunnel`: waits for the proxy's 200; `open`: passes everything. */
type State = 'head' | 'length' | 'chunked' | 'tunnel' | 'open';

/** What a client asks on one connection, put as the proxy wants it. */
class Requests {
  readonly #target: string;
  readonly #proxy: Socket;
  readonly #client: Socket;
  #state: State = 'head';
  #pending: Buffer = Buffer.alloc(0);
  #bodyLeft = 0;
  #hasEnded = false;

  constructor(target: string, proxy: Socket, client: Socket) {
    this.#target = target;
    this.#proxy = proxy;
    this.#client = client;
    // In the other direction nothing has to be understood, but for the proxy's word on a tunnel.
    proxy.on('data', this.#passAnswer);
    proxy.on('end', () => client.end());
  }

  take(chunk: Buffer): void {
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    this.#work();
  }

  end(): void {
    this.#hasEnded = true;
    this.#work();
  }

  #work(): void {
    while (this.#step());
    if (this.#hasEnded && this.#pending.length === 0) this.#proxy.end();
  }

  /** Does the next thing that can be done; `false` if more has to come first. */
  #step(): boolean {
    if (this.#pending.length === 0) return false;
    switch (this.#state) {
      case 'head':
        return this.#readHead();
      case 'length':
        this.#bodyLeft -= this.#pass(Math.min(this.#bodyLeft, this.#pending.length));
        if (this.#bodyLeft === 0) this.#state = 'head';
        return true;
      case 'chunked':
        return this.#readChunk();
      case 'tunnel':
        return false;
      case 'open':
        this.#pass(this.#pending.length);
        return false;
    }
  }

  #readHead(): boolean {
    const end = this.#pending.indexOf(HEAD_END);
    if (end < 0) {
      if (this.#pending.length > MAX_HEAD_BYTES) this.#client.destroy();
      return false;
    }
    const head = this.#pending.toString('latin1', 0, end + HEAD_END.length);
    if (/^upgrade:\s*websocket\s*$/im.test(head)) {
      this.#state = 'tunnel';
      this.#proxy.write(`CONNECT ${this.#target} HTTP/1.1\r\nHost: ${this.#target}${HEAD_END}`);
      return false;
    }
    this.#pending = this.#pending.subarray(head.length);
    this.#write(Buffer.from(this.#absolute(head), 'latin1'));
    const length = /^content-length:\s*(\d+)/im.exec(head)?.[1];
    this.#bodyLeft = Number(length ?? 0);
    if (/^transfer-encoding:.*chunked/im.test(head)) this.#state = 'chunked';
    else if (this.#bodyLeft > 0) this.#state = 'length';
    return true;
  }

  /** The address in full, and the host that it names: the client knows only of us. */
  #absolute(head: string): string {
    return head
      .replace(/^(\S+) (\/\S*)/, `$1 http://${this.#target}$2`)
      .replace(/^host:.*$/im, `Host: ${this.#target}`)
      .replace(/^connection:/im, 'Proxy-Connection:');
  }

  /** Passes whole chunks; the last one, of length 0, ends with the trailer. */
  #readChunk(): boolean {
    const lineEnd = this.#pending.indexOf('\r\n');
    if (lineEnd < 0) return false;
    const size = Number.parseInt(this.#pending.toString('latin1', 0, lineEnd), 16);
    if (Number.isNaN(size)) {
      this.#client.destroy();
      return false;
    }
    const end = size > 0 ? lineEnd + 2 + size + 2 : this.#pending.indexOf(HEAD_END, lineEnd) + HEAD_END.length;
    if (end < lineEnd + HEAD_END.length || this.#pending.length < end) return false;
    this.#pass(end);
    if (size === 0) this.#state = 'head';
    return true;
  }

  #pass(length: number): number {
    this.#write(this.#pending.subarray(0, length));
    this.#pending = this.#pending.subarray(length);
    return length;
  }

  #write(bytes: Buffer): void {
    if (this.#proxy.write(bytes)) return;
    this.#client.pause();
    this.#proxy.once('drain', () => this.#client.resume());
  }

  readonly #passAnswer = (chunk: Buffer): void => {
    if (this.#state === 'tunnel') this.#openTunnel(chunk);
    else if (!this.#client.write(chunk)) {
      this.#proxy.pause();
      this.#client.once('drain', () => this.#proxy.resume());
    }
  };

  #answer: Buffer = Buffer.alloc(0);

  /** A 200 is for us. Anything else goes to the client, which has asked for a WebSocket and learns that there is none. */
  #openTunnel(chunk: Buffer): void {
    this.#answer = Buffer.concat([this.#answer, chunk]);
    const end = this.#answer.indexOf(HEAD_END);
    if (end < 0) return;
    const isOpen = /^HTTP\/1\.\d 200/.test(this.#answer.toString('latin1', 0, 12));
    const rest = isOpen ? this.#answer.subarray(end + HEAD_END.length) : this.#answer;
    this.#state = 'open';
    if (rest.length > 0) this.#client.write(rest);
    if (isOpen) this.#work();
    else {
      // What the client has sent was meant for a server that isn't reached.
      this.#pending = Buffer.alloc(0);
      this.#client.end();
      this.#proxy.end();
    }
  }
}
