import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { randomInt } from 'node:crypto';

/** Below what the system gives to outgoing connections, so that none of those takes a port between our look and its use. */
const FIRST_PORT = 20_000;
const LAST_PORT = 32_000;

/** Test files that run at the same time share no port: between our look and its use another one could take it. */
const SHARES = 4;
const SHARE = Number(process.env['VITEST_POOL_ID'] ?? 0) % SHARES;

const taken = new Set<number>();

/** A port of loopback that is free, and that this process gets no second time. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(FIRST_PORT / SHARES, LAST_PORT / SHARES) * SHARES + SHARE;
    if (taken.has(port)) continue;
    taken.add(port);
    if (await isFree(port)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  server.listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}

/**
 * Whether an HTTP server or proxy answers. What it is asked is no HTTP, so it has to answer by itself and not by what is behind it.
 */
export async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  return new Promise((resolve) => {
    const settle = (hasAnswered: boolean): void => {
      socket.destroy();
      resolve(hasAnswered);
    };
    socket.once('connect', () => socket.write('nonsense\r\n\r\n'));
    socket.once('data', () => settle(true));
    socket.once('end', () => settle(true));
    socket.once('error', () => settle(false));
    socket.setTimeout(2000, () => settle(false));
  });
}
