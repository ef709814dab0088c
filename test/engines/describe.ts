import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from '../debian.mjs';
import { folderOf, isUnpacked } from './install.mjs';
import { PARTS, type EngineName } from './parts.mjs';
import type { Engine } from './engine.js';

/** What is known of an engine without starting it. */
type Description = Omit<Engine, 'start'>;

/** What has to be told of it. */
type Particulars = Pick<Description, 'name' | 'title'> & Partial<Pick<Description, 'client' | 'cannot'>>;

/** Fills in what most engines have in common. */
export const describeEngine = ({ name, title, client = 'module', cannot = null }: Particulars): Description => ({
  name,
  title,
  client,
  cannot,
  packages: PARTS[name].debian.map((each) => each.name),
});

/** Where a program of Debian is. */
export function programOf(name: EngineName, program: string): string {
  const path = program.startsWith('/') ? program : findProgram(program);
  if (path === null || !existsSync(path)) throw new Error(`${program} is missing. ${advice(name)}`);
  return path;
}

/** Where a file of an unpacked tarball is. */
export function fileOf(name: EngineName, file: string): string {
  if (!isUnpacked(name)) throw new Error(`${name} is not unpacked, or not as it is wanted now. ${advice(name)}`);
  return join(folderOf(name), file);
}

const advice = (name: EngineName): string => `\`node test/engines/install.mjs ${name}\` installs it.`;
