import type { Socket } from 'node:net';

const watchers = new WeakMap<Socket, Set<() => void>>();

/**
 * Calls back once when a connection has ended. With one listener for all: of the requests that a client has sent ahead, Node tells only the
 * first that its connection is gone.
 *
 * @returns a function that stops watching.
 */
export function watchConnection(socket: Socket, callback: () => void): () => void {
  let callbacks = watchers.get(socket);
  if (!callbacks) {
    const all = new Set<() => void>();
    watchers.set(socket, all);
    socket.once('close', () => {
      watchers.delete(socket);
      for (const each of all) each();
    });
    callbacks = all;
  }
  callbacks.add(callback);
  return () => callbacks.delete(callback);
}
