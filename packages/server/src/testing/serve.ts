import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach } from 'vitest';
import type { AnyHttpServer } from '../http-types.js';
import type { ServerOptions } from '../options.js';
import type { ServerEvents } from '../server-events.js';
import { Server } from '../server.js';
import { RawConnection } from './raw-connection.js';

const undo: (() => unknown)[] = [];

afterEach(async () => {
  for (const each of undo.splice(0).reverse()) await each();
});

/** Does something when the test is over; the last one first. */
export function later(action: () => unknown): void {
  undo.push(action);
}

/** Starts an HTTP server on a free port of 127.0.0.1; it is closed after the test. */
export async function listen(http: AnyHttpServer): Promise<number> {
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  later(() => {
    (http as Partial<HttpServer>).closeAllConnections?.();
    return new Promise((resolve) => http.close(resolve));
  });
  return (http.address() as AddressInfo).port;
}

/** A Holdfast server that echoes, on an HTTP server of its own. */
export async function serve(
  options: ServerOptions = {},
): Promise<{ holdfast: Server; http: HttpServer; port: number }> {
  const http = createServer();
  const port = await listen(http);
  const holdfast = echo(options);
  holdfast.attach(http);
  return { holdfast, http, port };
}

/** A Holdfast server that echoes; it is closed after the test. */
export function echo(options: ServerOptions = {}): Server {
  const holdfast = new Server(options);
  holdfast.on('session', (session) => {
    session.on('message', (data) => session.send(data));
  });
  later(() => holdfast.close({ drainMs: 0 }));
  return holdfast;
}

/** A connection that is closed after the test. */
export function open(port: number, isTls = false): RawConnection {
  const connection = new RawConnection(port, isTls);
  later(() => connection.socket.destroy());
  return connection;
}

/** The next event of `name`. */
export function next<Name extends keyof ServerEvents>(holdfast: Server, name: Name): Promise<ServerEvents[Name]> {
  return new Promise((resolve) => holdfast.once(name, resolve));
}
