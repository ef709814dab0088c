import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';
import { format } from 'prettier';
import { drawSvg } from './plot.mjs';

const FOLDER = new URL('../results/', import.meta.url);

/** What a figure depends on besides the code. */
export function describeMachine() {
  const [cpu] = cpus();
  return {
    cpu: `${availableParallelism()} x ${cpu?.model.trim() ?? 'unknown'}`,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
    node: process.version,
  };
}

/** How many processes want a core besides ours: above 0.5 or so, figures say more about them than about what is measured. */
export function otherLoad() {
  return Number((loadavg()[0] ?? 0).toFixed(2));
}

/** The commit of a checkout; with `+` if files of its packages differ from it. */
export function describeCheckout(root) {
  const git = (...args) => execFileSync('git', ['-C', root, ...args], { encoding: 'utf8', stdio: 'pipe' }).trim();
  try {
    return git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain', 'packages') === '' ? '' : '+');
  } catch {
    return 'unknown';
  }
}

/** Exact versions of the peers. */
export function describePeers() {
  return JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).dependencies;
}

/** Writes `results/<name>.json`, in the format that the project's check asks for. */
export async function writeResult(name, result) {
  const file = new URL(`${name}.json`, FOLDER);
  writeFileSync(
    file,
    await format(JSON.stringify(result), { parser: 'json', printWidth: 120, objectWrap: 'preserve' }),
  );
  return file.pathname;
}

/** Writes `results/<case>-<name>.svg`. */
export async function writeDrawing(caseName, plot) {
  const file = new URL(`${caseName}-${plot.name}.svg`, FOLDER);
  writeFileSync(file, await drawSvg(plot));
  return file.pathname;
}
