// What `npm start` and `npm test` do before their own work. Runs on a fresh clone, so it imports nothing that must be installed first.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The top folder of the checkout. */
export const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** A failure whose message says all there is to say: shown without a stack. */
export class SetupError extends Error {}

/** @typedef {'chromium' | 'firefox-esr'} BrowserName */

/** @type {readonly BrowserName[]} */
const BROWSERS = ['chromium', 'firefox-esr'];

/** @type {Readonly<Record<BrowserName, string>>} */
const BROWSER_VARIABLE = { chromium: 'CHROMIUM_PATH', 'firefox-esr': 'FIREFOX_PATH' };

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

/** Installs the browsers that the tests drive, unless they are there. Debian and its relatives only. */
export function installBrowsers() {
  const missing = BROWSERS.filter((name) => findBrowser(name) === null);
  if (missing.length === 0) return;
  const list = missing.join(' and ');
  const advice = `Install ${list} yourself, or set ${missing.map((name) => BROWSER_VARIABLE[name]).join(' and ')}.`;
  if (findProgram('apt-get') === null) {
    throw new SetupError(`The tests need ${list}, and apt-get is not here to install it. ${advice}`);
  }
  const isRoot = process.getuid?.() === 0;
  if (!isRoot && findProgram('sudo') === null) {
    throw new SetupError(`The tests need ${list}; installing it takes root, and there is no sudo. ${advice}`);
  }
  console.log(`Installing ${list} (apt-get) ...`);
  const aptGet = ['env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-q'];
  const [command = 'env', ...prefix] = isRoot ? aptGet : ['sudo', ...aptGet];
  run(command, [...prefix, 'update'], `apt-get update failed. ${advice}`);
  const failure = `apt-get could not install ${list}. ${advice}`;
  run(command, [...prefix, 'install', '-y', '--no-install-recommends', ...missing], failure);
}

/**
 * Where a browser's program is, or `null`. `CHROMIUM_PATH` and `FIREFOX_PATH` go first.
 *
 * @param {BrowserName} name
 * @returns {string | null}
 */
export function findBrowser(name) {
  const chosen = process.env[BROWSER_VARIABLE[name]];
  if (chosen === undefined || chosen === '') return findProgram(name);
  if (!isExecutable(chosen)) throw new SetupError(`${BROWSER_VARIABLE[name]} names no program: ${chosen}`);
  return chosen;
}

/**
 * Runs npm, and throws a {@link SetupError} with the given sentence if it fails.
 *
 * @param {readonly string[]} args
 * @param {string} failure
 */
function runNpm(args, failure) {
  const path = process.env['npm_execpath'];
  if (path?.endsWith('.js') === true) run(process.execPath, [path, ...args], failure);
  else run('npm', args, failure);
}

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {string} failure
 */
function run(command, args, failure) {
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

/**
 * @param {string} name
 * @returns {string | null}
 */
function findProgram(name) {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const path = join(folder, name);
    if (isExecutable(path)) return path;
  }
  return null;
}

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
