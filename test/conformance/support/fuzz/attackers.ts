import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Endpoint } from '../endpoint.js';
import { newAttach, resume, type Credentials } from '../wire.js';
import { handshake, frames } from './frames.js';
import { Garbage } from './garbage.js';
import { Random } from './random.js';
import { formBytes, postBytes } from './requests.js';
import { Script } from './script.js';

const ANSWER_MS = 2000;
const KEPT_CHARACTERS = 65_536;

/** One TCP connection of an attacker. */
class Connection {
  /** The end of what has come and was not looked at. */
  received = '';
  readonly #socket: Socket;
  #tell: () => void = () => {};

  constructor(endpoint: Endpoint, isRead = true) {
    const { hostname, port } = new URL(endpoint.url);
    this.#socket = connect(Number(port), hostname);
    this.#socket.on('error', () => {});
    this.#socket.on('close', () => this.#tell());
    if (isRead)
      this.#socket.on('data', (chunk: Buffer) => {
        this.received = (this.received + chunk.toString('latin1')).slice(-KEPT_CHARACTERS);
        this.#tell();
      });
    else this.#socket.pause();
  }

  get isOver(): boolean {
    return this.#socket.destroyed;
  }

  write(bytes: Buffer | string): void {
    if (!this.#socket.destroyed) this.#socket.write(bytes);
  }

  /** Until something that matches has come, the connection has ended, or it has been long enough. */
  async until(pattern: RegExp, ms = ANSWER_MS): Promise<RegExpExecArray | null> {
    const deadline = Date.now() + ms;
    for (;;) {
      const match = pattern.exec(this.received);
      const left = deadline - Date.now();
      if (match || this.isOver || left <= 0) return match;
      await Promise.race([new Promise<void>((resolve) => (this.#tell = resolve)), sleep(left)]);
    }
  }

  /** Until all that was written has left. */
  async sent(ms: number): Promise<void> {
    const deadline = Date.now() + ms;
    while (this.#socket.writableLength > 0 && !this.isOver && Date.now() < deadline) await sleep(10);
  }

  leave(random: Random): void {
    const way = random.below(3);
    if (way === 0) this.#socket.resetAndDestroy();
    else if (way === 1) this.#socket.destroy();
    else {
      this.#socket.end();
      setTimeout(() => this.#socket.destroy(), 100);
    }
  }
}

/** In a script its quotes are escaped. */
const ATTACHED = /a\{\\?"id\\?":\\?"([\w-]+)\\?",\\?"key\\?":\\?"([\w-]+)/;

/** What functions scripts are asked to call: two of them not for us. */
const CALLBACKS = ['holdfast_1', 'holdfast_1', `holdfast_${'x'.repeat(64)}`, 'alert(1)//', ''];

/** One attacker: everything it does follows from its seed, but for what the server answers, and when. */
export class Attacker {
  readonly #endpoint: Endpoint;
  readonly #random: Random;
  readonly #script: Script;
  #credentials: Credentials | null = null;

  constructor(seed: number, endpoint: Endpoint) {
    this.#endpoint = endpoint;
    this.#random = new Random(seed);
    this.#script = new Script(this.#random);
  }

  /** Connects, attacks, and leaves. */
  async run(): Promise<void> {
    const way = this.#random.below(20);
    if (this.#random.once(200)) await this.#flood();
    else if (way === 0) await this.#garbage();
    else if (way < 10) await this.#overWebSocket();
    else if (way < 12) await this.#overForms();
    else await this.#overHttp();
    // Another transport on the same session, perhaps of the other kind.
    for (let count = this.#random.below(3); this.#credentials && count > 0; count--) {
      if (this.#random.once(2)) await this.#overWebSocket();
      else if (this.#random.once(3)) await this.#overForms();
      else await this.#overHttp();
    }
    // And five at once.
    if (this.#credentials && this.#random.once(6)) await this.#crowd(this.#credentials);
  }

  async #garbage(): Promise<void> {
    const connection = new Connection(this.#endpoint);
    for (const { bytes, pauseMs } of new Garbage(this.#random, this.#endpoint).connection()) {
      connection.write(bytes);
      await sleep(pauseMs);
    }
    connection.leave(this.#random);
  }

  /** More transports than a session may have, each silent once it has attached. */
  async #crowd(credentials: Credentials): Promise<void> {
    const { path, host } = this.#endpoint;
    const connections = Array.from({ length: 6 }, () => {
      const connection = new Connection(this.#endpoint);
      connection.write(handshake(this.#random, path, host));
      connection.write(frames(this.#random, [resume(credentials)]));
      return connection;
    });
    for (const connection of connections) await connection.until(/a\{|e\{|g\{/);
    for (const connection of connections) connection.leave(this.#random);
  }

  #first(): string {
    return this.#credentials ? this.#script.resume(this.#credentials) : this.#script.attach();
  }

  #learn(connection: Connection): void {
    const match = ATTACHED.exec(connection.received);
    if (match) this.#credentials ??= { id: match[1] ?? '', key: match[2] ?? '' };
    this.#script.seen += connection.received.match(/(?:\n|\\n)[tb]/g)?.length ?? 0;
    connection.received = '';
  }

  async #overWebSocket(): Promise<void> {
    const random = this.#random;
    const script = this.#script;
    const isRead = !random.once(15);
    const connection = new Connection(this.#endpoint, isRead);
    connection.write(handshake(random, this.#endpoint.path, this.#endpoint.host));
    // Whoever says nothing is told to go.
    if (random.once(30)) await connection.until(/ERR_HANDSHAKE/, 1000);
    connection.write(frames(random, [this.#first(), ...(random.once(3) ? script.packets() : [])]));
    if (random.once(50)) connection.write(frames(random, [`t${'y'.repeat(70_000)}`]));
    if (isRead) await connection.until(/a\{|e\{|g\{/);
    this.#learn(connection);
    for (let count = random.below(8); count > 0 && !connection.isOver; count--) {
      const bytes = frames(random, script.packets());
      const at = random.once(5) ? random.below(bytes.length) : bytes.length;
      connection.write(bytes.subarray(0, at));
      await sleep(random.below(8));
      connection.write(bytes.subarray(at));
      this.#learn(connection);
    }
    connection.leave(random);
  }

  /** Asks without end, and reads no answer. */
  async #flood(): Promise<void> {
    const { path, host } = this.#endpoint;
    const connection = new Connection(this.#endpoint, false);
    connection.write(handshake(new Random(1), path, host));
    connection.write(frames(new Random(1), [newAttach()]));
    const pings = frames(
      new Random(1),
      Array.from({ length: 50_000 }, () => 'p0123456789abcdef'),
    );
    for (let count = 0; count < 60; count++) connection.write(pings);
    await connection.sent(20_000);
    connection.leave(this.#random);
  }

  async #overHttp(): Promise<void> {
    const random = this.#random;
    const via = 1 + random.below(2 ** 31 - 2);
    const sent: Buffer[] = [];
    let connection = new Connection(this.#endpoint);
    for (let [n, count] = [0, 2 + random.below(7)]; count > 0; count--) {
      if (connection.isOver || random.once(3)) {
        connection.leave(random);
        connection = new Connection(this.#endpoint, !random.once(20));
      }
      const bytes = this.#request(via, n);
      sent.push(bytes);
      // A copy, of this one or an older one; and perhaps the next one overtakes it, or comes before its answer.
      if (random.once(4)) connection.write(random.one(sent));
      const next = random.once(8) ? this.#request(via, n + 1) : null;
      if (next && random.once(2)) new Connection(this.#endpoint).write(next);
      const at = random.once(8) ? random.below(bytes.length) : bytes.length;
      connection.write(bytes.subarray(0, at));
      if (at < bytes.length) await sleep(random.once(10) ? 600 : random.below(10));
      if (at === bytes.length || !random.once(4)) connection.write(bytes.subarray(at));
      n += next ? 2 : 1;
      const ticket = random.once(3) ? null : await connection.until(/\n\.\n|y([\w-]{22})\n/, n === 1 ? ANSWER_MS : 200);
      this.#learn(connection);
      if (ticket?.[1] !== undefined) this.#redeem(ticket[1]);
      if (!this.#credentials) break;
    }
    // Long after its answer was forgotten.
    if (sent.length > 2) {
      connection.leave(random);
      connection = new Connection(this.#endpoint);
      for (const bytes of sent.slice(0, -2)) connection.write(bytes);
      await sleep(20);
    }
    connection.leave(random);
  }

  /** As a page without anything else: forms that are sent, and scripts that bring their answers. */
  async #overForms(): Promise<void> {
    const random = this.#random;
    const { path, host } = this.#endpoint;
    const via = 1 + random.below(2 ** 31 - 2);
    const tickets: string[] = [];
    let connection = new Connection(this.#endpoint);
    for (let [n, count] = [0, 2 + random.below(5)]; count > 0; count--, n++) {
      if (connection.isOver || random.once(4)) {
        connection.leave(random);
        connection = new Connection(this.#endpoint, !random.once(20));
      }
      const ticket = random.once(15) ? random.one(['short', 7, ...tickets]) : makeTicket(random);
      tickets.push(String(ticket));
      const bytes = formBytes(random, path, host, this.#body(via, n, { get: ticket }));
      connection.write(bytes);
      if (random.once(8)) new Connection(this.#endpoint).write(bytes);
      await connection.until(/\ny[\w-]+\n|e\{/, 200);
      // Of some nobody ever asks for the answer, of others more than once, and not all in this order.
      for (let scripts = random.one([0, 1, 1, 1, 1, 2]); scripts > 0; scripts--) {
        const asked = random.once(6) ? random.one(tickets) : String(ticket);
        const query = random.once(10) ? '' : `?callback=${random.one(CALLBACKS)}`;
        connection.write(`GET ${path}/${asked}${query} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
        await connection.until(/\.\\n"\);|\n\.\n/, n === 0 ? ANSWER_MS : 200);
      }
      this.#learn(connection);
      if (!this.#credentials) break;
    }
    connection.leave(random);
  }

  #redeem(ticket: string): void {
    const { path, host } = this.#endpoint;
    const name = this.#random.once(3) ? 'unknown'.padEnd(22 + this.#random.below(43), 'x') : ticket;
    new Connection(this.#endpoint).write(`GET ${path}/${name} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
  }

  #request(via: number, n: number): Buffer {
    const { path, host } = this.#endpoint;
    const get = this.#random.once(10) ? true : undefined;
    return postBytes(this.#random, path, host, this.#body(via, n, { get }));
  }

  #body(via: number, n: number, members: object): string {
    const random = this.#random;
    const envelope = {
      v: random.once(60) ? random.one([0, 2]) : 1,
      via: random.once(40) ? random.one([via + 1, 0, -1, 2 ** 31]) : via,
      n: random.once(20) ? random.one([n + 1, n + 7, n + 3, -1, 0.5]) : n,
      as: random.once(40) ? 'what' : random.one(['poll', 'hold', 'stream', 'send']),
      hold: random.one([0, 20, 100, 1e15]),
      size: random.one([1024, 65_536, 2 ** 50, random.once(20) ? 1023 : 2048]),
      pad: random.one([undefined, undefined, 0, random.once(20) ? 4097 : 4096]),
      ...members,
      ...(n > 0 ? this.#credentials : {}),
      ...(random.once(40) ? { key: 'wrong' } : {}),
    };
    const lines = [
      `q${JSON.stringify(envelope)}`,
      ...(n === 0 ? [this.#first()] : []),
      ...(n > 0 || random.once(3) ? this.#script.packets() : []),
      ...(random.once(25) ? [] : ['.']),
      '',
    ];
    if (random.once(60)) lines.splice(1, 0, ' '.repeat(random.one([65_536, 1_100_000])));
    return lines.join('\n');
  }
}

function makeTicket(random: Random): string {
  return random
    .below(2 ** 31)
    .toString(36)
    .padEnd(22, 'x');
}
