import { once } from 'node:events';
import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo, Server as NetServer, Socket } from 'node:net';
import { connect, type ClientSession, type NodeConnectOptions } from '@holdfast/client';
import { Server, type ServerOptions, type ServerSession } from '@holdfast/server';
import { HostileProxy } from './hostile-proxy.js';
import type { Behaviour } from './proxy-behaviour.js';

/** What a {@link Pair} is made of. */
export interface PairOptions {
  readonly server?: ServerOptions;
  readonly client?: NodeConnectOptions;
  readonly behaviour?: Partial<Behaviour>;
}

/** A server, a hostile proxy in front of it, and a client behind that: through public APIs and real sockets. */
export class Pair {
  readonly #options: PairOptions;
  readonly http: HttpServer;
  readonly holdfast: Server;
  readonly proxy: HostileProxy;
  readonly client: ClientSession;
  /** The server's end of the client's first session. */
  readonly accepted: Promise<ServerSession>;

  static async start(options: PairOptions = {}): Promise<Pair> {
    const http = createServer();
    const holdfast = new Server(options.server ?? {});
    holdfast.attach(http);
    const port = await listen(http);
    const proxy = await HostileProxy.start(port, options.behaviour);
    return new Pair(options, http, holdfast, proxy);
  }

  private constructor(options: PairOptions, http: HttpServer, holdfast: Server, proxy: HostileProxy) {
    this.#options = options;
    this.http = http;
    this.holdfast = holdfast;
    this.proxy = proxy;
    this.accepted = new Promise((resolve) => holdfast.once('session', resolve));
    this.client = connect(this.url, { ...this.#options.client });
  }

  /** The endpoint as it is reached through the proxy. */
  get url(): string {
    return `http://127.0.0.1:${this.proxy.port}/holdfast`;
  }

  async end(): Promise<void> {
    if (this.client.state !== 'closed') {
      const closed = new Promise((resolve) => this.client.once('close', resolve));
      this.client.use([]);
      this.client.close();
      this.client.farewell();
      await closed;
    }
    await this.holdfast.close({ drainMs: 0, retryAfterMs: 0, spreadMs: 0 });
    await this.proxy.close();
    await shut(this.http);
  }
}

const connections = new WeakMap<NetServer, Set<Socket>>();

/** Listens on a port that is free; resolves to its number. */
export async function listen(server: NetServer): Promise<number> {
  const sockets = new Set<Socket>();
  connections.set(server, sockets);
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** Closes a server with all that is connected to it. */
export async function shut(server: NetServer): Promise<void> {
  const ended = once(server, 'close');
  server.close();
  for (const socket of connections.get(server) ?? []) socket.destroy();
  await ended;
}
