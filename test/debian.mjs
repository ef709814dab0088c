// The Debian packages that tests need: one list in one place, and one call of apt-get for what is missing.
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { SetupError, run } from './setup.mjs';

/**
 * @typedef {object} DebianPackage
 * @property {string} name
 * @property {string} [program] shows that it is there, whoever installed it; without one, dpkg is asked
 * @property {string} [variable] an environment variable that names a program to be used instead
 */

/** @typedef {'chromium' | 'firefox-esr'} BrowserName */

/** @type {Readonly<Record<BrowserName, Required<DebianPackage>>>} */
const BROWSERS = {
  chromium: { name: 'chromium', program: 'chromium', variable: 'CHROMIUM_PATH' },
  'firefox-esr': { name: 'firefox-esr', program: 'firefox-esr', variable: 'FIREFOX_PATH' },
};

/**
 * The browsers of `npm test`.
 *
 * @type {readonly DebianPackage[]}
 */
export const BROWSER_PACKAGES = Object.values(BROWSERS);

/**
 * The servers and proxies of `test/boxes`.
 *
 * @type {readonly DebianPackage[]}
 */
export const BOX_PACKAGES = [
  { name: 'nginx', program: 'nginx' },
  { name: 'haproxy', program: 'haproxy' },
  { name: 'apache2', program: 'apache2' },
  { name: 'varnish', program: 'varnishd' },
  { name: 'caddy', program: 'caddy' },
  { name: 'squid', program: 'squid' },
  { name: 'privoxy', program: 'privoxy' },
  { name: 'tinyproxy', program: 'tinyproxy' },
  { name: 'mitmproxy', program: 'mitmdump' },
];

/** Where Debian puts servers: the path of ordinary users doesn't lead there. */
const SERVER_FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/**
 * Installs packages; the names are its arguments. Packages of servers start them unless `policy-rc.d` forbids it. One that is there was put
 * there by somebody who has decided about that (in images of containers it forbids); ours goes with us, whatever happens.
 */
const INSTALL = `
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  trap 'exit 130' HUP INT TERM
  printf '#!/bin/sh\\nexit 101\\n' > "$policy" && chmod 755 "$policy" || exit 1
fi
export DEBIAN_FRONTEND=noninteractive
apt-get -q update || exit 1
apt-get -q -o DPkg::Lock::Timeout=300 install -y --no-install-recommends "$@"
`;

/**
 * Installs those of the packages that are missing, and starts no server that comes with them. Debian and its relatives only.
 *
 * @param {readonly DebianPackage[]} packages
 */
export function installDebianPackages(packages) {
  const missing = packages.filter((each) => !isInstalled(each));
  if (missing.length === 0) return;
  const names = missing.map(({ name }) => name);
  const list = names.join(', ');
  const variables = missing.flatMap(({ variable }) => variable ?? []);
  const otherwise = variables.length === 0 ? '' : `, or set ${variables.join(' and ')}`;
  const advice = `Install it yourself (apt-get install ${names.join(' ')})${otherwise}.`;
  if (findProgram('apt-get') === null) {
    throw new SetupError(`The tests need ${list}, and apt-get is not here to install it. ${advice}`);
  }
  const isRoot = process.getuid?.() === 0;
  if (!isRoot && findProgram('sudo') === null) {
    throw new SetupError(`The tests need ${list}; installing it takes root, and there is no sudo. ${advice}`);
  }
  console.log(`Installing ${list} (apt-get) ...`);
  const [command = 'sh', ...prefix] = isRoot ? ['sh'] : ['sudo', 'sh'];
  run(command, [...prefix, '-c', INSTALL, 'sh', ...names], `apt-get could not install ${list}. ${advice}`);
}

/**
 * Where a browser's program is, or `null`. `CHROMIUM_PATH` and `FIREFOX_PATH` go first.
 *
 * @param {BrowserName} name
 * @returns {string | null}
 */
export function findBrowser(name) {
  return findChosen(BROWSERS[name]) ?? findProgram(BROWSERS[name].program);
}

/**
 * Where a program is, or `null`.
 *
 * @param {string} name
 * @returns {string | null}
 */
export function findProgram(name) {
  for (const folder of [...(process.env['PATH'] ?? '').split(delimiter), ...SERVER_FOLDERS]) {
    const path = join(folder, name);
    if (isExecutable(path)) return path;
  }
  return null;
}

/** @param {DebianPackage} wanted */
function isInstalled(wanted) {
  if (findChosen(wanted) !== null) return true;
  if (wanted.program !== undefined) return findProgram(wanted.program) !== null;
  const { stdout } = spawnSync('dpkg-query', ['-W', '-f', '${db:Status-Status}', wanted.name], { encoding: 'utf8' });
  return stdout === 'installed';
}

/**
 * The program that an environment variable names, or `null`.
 *
 * @param {DebianPackage} wanted
 */
function findChosen({ variable }) {
  const chosen = variable === undefined ? undefined : process.env[variable];
  if (variable === undefined || chosen === undefined || chosen === '') return null;
  if (!isExecutable(chosen)) throw new SetupError(`${variable} names no program: ${chosen}`);
  return chosen;
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
