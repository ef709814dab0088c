import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { platform } from 'node:os';

/**
 * A process that answers questions ({@link answerParent} is its other end).
 *
 * @typedef {{ ask(method: string, argument?: unknown): Promise<any>, stop(): Promise<void> }} Child
 */

/**
 * Starts a fresh Node process.
 *
 * @param {URL} script
 * @param {{ core?: number, profileTo?: string, flags?: readonly string[] }} [options] `core`: the processor core to which it is pinned, where
 * the system can (Linux); `profileTo`: folder for a CPU profile; `flags`: for Node
 * @returns {Child}
 */
export function startChild(script, { core, profileTo, flags = [] } = {}) {
  const profiling = profileTo === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileTo}`];
  const command = [process.execPath, ...profiling, ...flags, script.pathname];
  const pinned = core === undefined || platform() !== 'linux' ? command : ['taskset', '-c', String(core), ...command];
  const child = spawn(pinned[0], pinned.slice(1), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const waiting = new Map();
  let count = 0;
  let failure = null;
  child.on('message', ({ number, result, error }) => {
    const { resolve, reject } = waiting.get(number);
    waiting.delete(number);
    if (error === undefined) resolve(result);
    else reject(new Error(error));
  });
  child.on('error', (error) => fail(error));
  child.on('exit', (code, signal) => fail(new Error(`${script.pathname} ended early (${signal ?? code})`)));

  function fail(error) {
    failure ??= error;
    for (const { reject } of waiting.values()) reject(failure);
    waiting.clear();
  }

  return {
    ask(method, argument) {
      if (failure !== null) return Promise.reject(failure);
      const number = count++;
      return new Promise((resolve, reject) => {
        waiting.set(number, { resolve, reject });
        child.send({ number, method, argument });
      });
    },
    async stop() {
      if (failure !== null) return;
      const exit = once(child, 'exit');
      child.disconnect();
      await exit;
    },
  };
}

/**
 * Makes this process answer its parent, until the parent lets go of it.
 *
 * @param {Record<string, (argument: any) => unknown>} methods
 */
export function answerParent(methods) {
  process.on('message', async ({ number, method, argument }) => {
    try {
      process.send({ number, result: await methods[method](argument) });
    } catch (error) {
      process.send({ number, error: error.stack ?? String(error) });
    }
  });
  process.on('disconnect', () => process.exit());
}
