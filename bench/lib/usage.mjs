import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Processor time that this process has used, in its own code and in the system's. */
export function cpuUs() {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/** Resident memory of this process, without what could have been given back. */
export function rssBytes() {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc');
  collect();
  collect();
  return process.memoryUsage.rss();
}
