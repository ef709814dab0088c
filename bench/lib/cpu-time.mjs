/** Processor time that this process has used, in its own code and in the system's. */
export function cpuUs() {
  const { user, system } = process.cpuUsage();
  return user + system;
}
