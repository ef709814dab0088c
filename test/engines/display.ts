import { findProgram } from '../debian.mjs';
import { EngineProcess } from './engine-process.js';

/** A screen that nobody looks at. */
export interface Display {
  /** As in `DISPLAY`: `:7`. */
  readonly name: string;
  stop(): Promise<void>;
}

/** Starts an X server on the first number that is free. */
export async function startDisplay(): Promise<Display> {
  const program = findProgram('Xvfb');
  if (program === null) throw new Error('Xvfb is missing: install the Debian package xvfb.');
  const args = ['-displayfd', '1', '-screen', '0', '1280x900x24', '-nolisten', 'tcp', '-noreset'];
  const server = await EngineProcess.start({ name: 'xvfb', title: 'Xvfb' }, program, args);
  try {
    const number = await server.untilPrints(/^(\d+)\n/m);
    return { name: `:${number}`, stop: () => server.stop() };
  } catch (error) {
    await server.stop();
    throw error;
  }
}
