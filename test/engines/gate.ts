import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { randomUUID } from 'node:crypto';

/** A page that an engine was told to open. */
interface Ticket {
  /** What the engine is given instead of the page's own address. */
  readonly address: string;
  /** Resolves with the engine's `User-Agent` when it has come. */
  readonly arrival: Promise<string>;
}

/**
 * Sends engines on to the page they are to open. Most of them tell nobody that they run; here they are seen to come, each
 * of them in the same way.
 */
export class Gate {
  readonly #server: Server = createServer((request, response) => this.#answer(request, response));
  readonly #expected = new Map<string, { target: string | null; arrive: (userAgent: string) => void }>();

  static async open(): Promise<Gate> {
    const gate = new Gate();
    gate.#server.listen(0, '127.0.0.1');
    await once(gate.#server, 'listening');
    return gate;
  }

  /** Expects an engine, and sends it on to a target; without one it gets an empty page. */
  expect(target: string | null): Ticket {
    const path = `/${randomUUID()}`;
    const arrival = new Promise<string>((arrive) => this.#expected.set(path, { target, arrive }));
    const { port } = this.#server.address() as AddressInfo;
    return { address: `http://127.0.0.1:${port}${path}`, arrival };
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const found = this.#expected.get(request.url ?? '');
    // An engine that keeps a connection would find it cut when the gate closes.
    response.setHeader('Connection', 'close');
    response.setHeader('Cache-Control', 'no-store');
    if (!found) response.writeHead(404).end();
    else if (found.target !== null) response.writeHead(302, { Location: found.target }).end();
    else response.setHeader('Content-Type', 'text/html').end('<!DOCTYPE html><title>Empty</title>');
    found?.arrive(request.headers['user-agent'] ?? '');
  }
}
