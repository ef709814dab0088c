import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { Agent, createServer, type IncomingMessage, type Server } from 'node:http';
import { connect, type AddressInfo, type NetConnectOpts, type Socket } from 'node:net';
import { wholeFrame, type SocketEvents } from '@holdfast/protocol';
import sinon from 'sinon';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocketServer, type WebSocket } from 'ws';
import { closedPort, RawServer } from '../testing/raw-server.js';
import type { Network } from './network.js';
import { nodeSocket } from './node-socket.js';

const cleanUps: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp();
});

type Happening =
  'open' | { readonly message: string | Uint8Array } | { readonly hint: string; readonly reached: boolean };

/** A socket's events, to be awaited one by one. */
class Happenings implements SocketEvents {
  private readonly _waiting: Happening[] = [];
  private _wake: () => void = () => {};

  open(): void {
    this._add('open');
  }
  message(message: string | Uint8Array): void {
    this._add({ message });
  }
  close(hint: string, reached: boolean): void {
    this._add({ hint, reached });
  }

  async next(): Promise<Happening> {
    for (;;) {
      const first = this._waiting.shift();
      if (first !== undefined) return first;
      await new Promise<void>((resolve) => (this._wake = resolve));
    }
  }

  get isEmpty(): boolean {
    return this._waiting.length === 0;
  }

  private _add(happening: Happening): void {
    this._waiting.push(happening);
    this._wake();
  }
}

interface Accepted {
  readonly socket: WebSocket;
  readonly request: IncomingMessage;
}

async function startServer(): Promise<{ url: string; accepted: Promise<Accepted>; http: Server }> {
  const http = createServer();
  const server = new WebSocketServer({ server: http });
  const accepted = new Promise<Accepted>((resolve) => {
    server.on('connection', (socket, request) => resolve({ socket, request }));
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  cleanUps.push(() => {
    for (const client of server.clients) client.terminate();
    http.closeAllConnections();
    http.close();
  });
  return { url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/holdfast`, accepted, http };
}

async function startRaw(answer: (socket: Socket, request: string) => void): Promise<RawServer> {
  const server = await RawServer.start(answer);
  cleanUps.push(() => server.close());
  return server;
}

function networkTo(url: string, more: Partial<Network> = {}): Network {
  return { url, headers: {}, tls: {}, agent: undefined, ...more };
}

/** Answers a handshake, and sends these bytes. */
function upgrade(socket: Socket, request: string, frames: Uint8Array): void {
  const key = /sec-websocket-key: (.*)\r\n/i.exec(request)?.[1] ?? '';
  const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
  socket.write(frames);
}

describe('nodeSocket', () => {
  it('opens without subprotocol or extension, and with the headers asked for', async () => {
    const { url, accepted } = await startServer();
    const happenings = new Happenings();
    nodeSocket(networkTo(url, { headers: { 'X-Kiosk': '7' } }))(happenings);
    const { request } = await accepted;
    expect(await happenings.next()).toBe('open');
    expect(request.headers).toMatchObject({ 'x-kiosk': '7' });
    expect(request.headers).not.toHaveProperty('sec-websocket-extensions');
    expect(request.headers).not.toHaveProperty('sec-websocket-protocol');
  });

  it('carries text and bytes both ways, each as itself', async () => {
    const { url, accepted } = await startServer();
    const happenings = new Happenings();
    const socket = nodeSocket(networkTo(url))(happenings);
    const { socket: peer } = await accepted;
    peer.on('message', (data, isBinary) => peer.send(data, { binary: isBinary }));
    await happenings.next();
    socket.send('grüße\n');
    socket.send(new Uint8Array([0, 255, 10]));
    expect(await happenings.next()).toEqual({ message: 'grüße\n' });
    expect(await happenings.next()).toEqual({ message: new Uint8Array([0, 255, 10]) });
  });

  it.each([{}, { agent: new Agent() }])('brings frames of all kinds and sizes in order, with %j', async (network) => {
    const { url, accepted } = await startServer();
    const happenings = new Happenings();
    const socket = nodeSocket(networkTo(url, network))(happenings);
    const { socket: peer } = await accepted;
    peer.on('message', (data, isBinary) => peer.send(data, { binary: isBinary }));
    await happenings.next();
    const rawText = '"Grüße – an alle"\\n'.repeat(4000);
    const frames = [
      'p\n',
      { packets: 'k7\n@3\nu', rawText },
      new Uint8Array([1, 2, 3]),
      'a'.repeat(70_000),
      new Uint8Array(70_000).map((_, index) => index % 251),
      { packets: 'u', rawText: 'a'.repeat(70_000) },
      'o\n',
    ];
    for (const frame of frames) socket.send(frame);
    for (const frame of frames) expect(await happenings.next()).toEqual({ message: wholeFrame(frame) });
  });

  it('counts what waits to be written', async () => {
    const { url, accepted } = await startServer();
    const happenings = new Happenings();
    const socket = nodeSocket(networkTo(url))(happenings);
    const { socket: peer } = await accepted;
    peer.pause();
    await happenings.next();
    for (let count = 0; count < 64; count++) socket.send(new Uint8Array(1_000_000));
    expect(socket.bufferedAmount()).toBeGreaterThan(1_000_000);
  });

  it('tells the code and reason with which the peer closed', async () => {
    const { url, accepted } = await startServer();
    const happenings = new Happenings();
    nodeSocket(networkTo(url))(happenings);
    await happenings.next();
    (await accepted).socket.close(1000, 'enough');
    expect(await happenings.next()).toEqual({ hint: 'WebSocket closed: 1000 enough', reached: true });
  });

  it('tells when the connection is cut', async () => {
    const { url, accepted } = await startServer();
    const happenings = new Happenings();
    nodeSocket(networkTo(url))(happenings);
    await happenings.next();
    (await accepted).socket.terminate();
    expect(await happenings.next()).toMatchObject({ reached: true });
  });

  it('closes with 1000 and tells nothing more', async () => {
    const { url, accepted } = await startServer();
    const happenings = new Happenings();
    const socket = nodeSocket(networkTo(url))(happenings);
    const { socket: peer } = await accepted;
    await happenings.next();
    socket.close();
    peer.send('too late');
    const [code] = (await once(peer, 'close')) as [number];
    expect(code).toBe(1000);
    expect(happenings.isEmpty).toBe(true);
  });

  it('is gone once both ends have said Close, also if the peer never hangs up', async () => {
    const server = await startRaw((socket, request) => upgrade(socket, request, new Uint8Array()));
    const connections: Socket[] = [];
    const agent = new Agent();
    agent.createConnection = (options) => {
      const connection = connect(options as NetConnectOpts);
      connections.push(connection);
      return connection;
    };
    const happenings = new Happenings();
    const socket = nodeSocket(networkTo(server.url, { agent }))(happenings);
    const accepted = await server.firstSocket;
    accepted.allowHalfOpen = true;
    await happenings.next();
    // By one of these `ws` would cut the connection.
    const clock = sinon.useFakeTimers({ toFake: ['setTimeout'] });
    cleanUps.push(() => clock.restore());
    socket.close();
    accepted.write(new Uint8Array([0x88, 0x02, 0x03, 0xe8]));
    expect(connections).toHaveLength(1);
    for (const connection of connections) await once(connection, 'close');
  });

  it('can be closed before it is open, again and again', async () => {
    const server = await startRaw(() => {});
    const happenings = new Happenings();
    const socket = nodeSocket(networkTo(server.url))(happenings);
    const accepted = await server.firstSocket;
    socket.close();
    socket.close();
    await once(accepted, 'close');
    expect(happenings.isEmpty).toBe(true);
  });

  it('cuts the connection when the peer never answers its close', async () => {
    const server = await startRaw((socket, request) => upgrade(socket, request, new Uint8Array()));
    const happenings = new Happenings();
    const socket = nodeSocket(networkTo(server.url))(happenings);
    await happenings.next();
    socket.close();
    await server.untilSocketCount(0);
  });

  it.each([200, 301, 403, 500, 501])('fails when the handshake is answered with %i', async (status) => {
    const server = await startRaw((socket) =>
      socket.write(`HTTP/1.1 ${status} No\r\nLocation: /login\r\nContent-Length: 0\r\n\r\n`),
    );
    const happenings = new Happenings();
    nodeSocket(networkTo(server.url))(happenings);
    expect(await happenings.next()).toEqual({ hint: `Unexpected server response: ${status}`, reached: false });
    expect(server.requests).toHaveLength(1);
  });

  it('fails when the connection is reset during the handshake', async () => {
    const server = await startRaw((socket) => socket.resetAndDestroy());
    const happenings = new Happenings();
    nodeSocket(networkTo(server.url))(happenings);
    expect(await happenings.next()).toMatchObject({ reached: false });
  });

  it('fails on a handshake with the wrong accept key', async () => {
    const server = await startRaw((socket) => upgrade(socket, '', new Uint8Array()));
    const happenings = new Happenings();
    nodeSocket(networkTo(server.url))(happenings);
    expect(await happenings.next()).toEqual({ hint: 'Invalid Sec-WebSocket-Accept header', reached: false });
  });

  it('fails on a frame of more than 1 MiB before it has arrived', async () => {
    const header = Buffer.alloc(10);
    header.writeUInt16BE(0x827f);
    header.writeBigUInt64BE(1_048_577n, 2);
    const server = await startRaw((socket, request) => upgrade(socket, request, header));
    const happenings = new Happenings();
    nodeSocket(networkTo(server.url))(happenings);
    expect(await happenings.next()).toBe('open');
    expect(await happenings.next()).toEqual({ hint: 'Max payload size exceeded', reached: true });
  });

  it('says that nothing arrived when the connection is refused', async () => {
    const port = await closedPort();
    for (const host of ['127.0.0.1', 'localhost', 'holdfast.invalid']) {
      const happenings = new Happenings();
      nodeSocket(networkTo(`http://${host}:${port}/`))(happenings);
      const { hint, reached } = (await happenings.next()) as { hint: string; reached: boolean };
      expect(hint).toMatch(/ECONNREFUSED|ENOTFOUND|EAI_AGAIN/);
      expect(reached).toBe(false);
    }
  });
});
