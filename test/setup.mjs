// What `npm start` and `npm test` do before their own work. Runs on a fresh clone, so it imports nothing that must be installed first.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The top folder of the checkout. */
export const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** A failure whose message says all there is to say: shown without a stack. */
export class SetupError extends Error {}

/** Runs `npm ci` unless what is installed is what the lock file names. */
export function installDependencies() {
  if (isInstalled()) return;
  console.log('Installing dependencies (npm ci) ...');
  runNpm(['ci', '--no-audit', '--no-fund'], 'Installing the dependencies failed: see what npm says above.');
}

/** Builds every package; what is already built from the same sources is left alone. */
export function buildPackages() {
  console.log('Building ...');
  runNpm(['run', '--silent', 'build'], 'The build failed: see above.');
}

/**
 * Runs npm, and throws a {@link SetupError} with the given sentence if it fails.
 *
 * @param {readonly string[]} args
 * @param {string} failure
 */
export function runNpm(args, failure) {
  const path = process.env['npm_execpath'];
  if (path?.endsWith('.js') === true) run(process.execPath, [path, ...args], failure);
  else run('npm', args, failure);
}

/**
 * Runs a command in the top folder, and throws a {@link SetupError} with the given sentence if it fails.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {string} failure
 */
export function run(command, args, failure) {
  const { status, error } = spawnSync(command, args, { cwd: ROOT, stdio: 'inherit' });
  if (error) throw new SetupError(`${failure} (${error.message})`);
  if (status !== 0) throw new SetupError(failure);
}

/**
 * @typedef {object} LockedPackage
 * @property {string} [version]
 * @property {string} [integrity]
 * @property {boolean} [optional]
 * @property {boolean} [link]
 */

/** npm leaves a copy of what it installed in node_modules; packages for other platforms are missing from it. */
function isInstalled() {
  const wanted = readLockedPackages('package-lock.json');
  const found = readLockedPackages(join('node_modules', '.package-lock.json'));
  if (wanted === null || found === null) return false;
  for (const [path, { version, integrity, optional }] of Object.entries(wanted)) {
    if (!path.includes('node_modules/')) continue;
    const there = found[path];
    if (there === undefined && optional === true) continue;
    if (there?.version !== version || there?.integrity !== integrity) return false;
    if (!existsSync(join(ROOT, path))) return false;
  }
  return Object.keys(found).every((path) => path in wanted);
}

/**
 * @param {string} path
 * @returns {Record<string, LockedPackage> | null}
 */
function readLockedPackages(path) {
  try {
    const lock = /** @type {unknown} */ (JSON.parse(readFileSync(join(ROOT, path), 'utf8')));
    return /** @type {{ packages: Record<string, LockedPackage> }} */ (lock).packages;
  } catch {
    return null;
  }
}
