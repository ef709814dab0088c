// Installs engines: `node test/engines/install.mjs [name ...]`; all of them without a name. What is there already costs nothing.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliDecompressSync } from 'node:zlib';
import { installDebianPackages } from '../debian.mjs';
import { ROOT, SetupError, runNpm } from '../setup.mjs';
import { PARTS } from './parts.mjs';

/** @typedef {import('./parts.mjs').EngineName} EngineName */
/** @typedef {import('./parts.mjs').Parts} Parts */
/** @typedef {import('./parts.mjs').Tarball} Tarball */

const CACHE = join(ROOT, 'node_modules', '.cache', 'holdfast-engines');

const HOST_SOURCES = fileURLToPath(new URL('chromium-21/', import.meta.url));

/** Says what a folder of the cache was made from; written last. */
const MARKER = 'made-from';

/**
 * Installs engines, as far as they are missing: Debian packages by one call of apt-get, tarballs into `node_modules/.cache/holdfast-engines`.
 *
 * @param {readonly EngineName[]} names
 */
export function installEngines(names) {
  installDebianPackages(debianPackagesOf(names));
  unpackEngines(names);
}

/**
 * The Debian packages of engines, each once: for those who install more than engines by one call of apt-get.
 *
 * @param {readonly EngineName[]} names
 * @returns {import('../debian.mjs').DebianPackage[]}
 */
export function debianPackagesOf(names) {
  const packages = names.flatMap((name) => PARTS[name].debian);
  return [...new Map(packages.map((each) => [each.name, each])).values()];
}

/**
 * Fetches and unpacks the engines that come as tarballs, unless they are there.
 *
 * @param {readonly EngineName[]} names
 */
export function unpackEngines(names) {
  for (const name of names) {
    /** @type {Parts} */
    const { tarball, hasHost } = PARTS[name];
    if (!tarball || isUnpacked(name)) continue;
    console.log(`Unpacking ${name} (npm pack ${tarball.spec}) ...`);
    mkdirSync(CACHE, { recursive: true });
    const folder = mkdtempSync(join(CACHE, `.${name}-`));
    try {
      unpack(fetchTarball(tarball, folder), tarball, folder);
      if (hasHost === true) compileHost(folder);
      writeFileSync(join(folder, MARKER), origin(name));
      chmodSync(folder, 0o755);
      rmSync(folderOf(name), { recursive: true, force: true });
      renameSync(folder, folderOf(name));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
}

/**
 * Where the files of a tarball are.
 *
 * @param {EngineName} name
 */
export function folderOf(name) {
  return join(CACHE, name);
}

/**
 * Whether what comes by npm is there, and is what would be unpacked today.
 *
 * @param {EngineName} name
 */
export function isUnpacked(name) {
  const marker = join(folderOf(name), MARKER);
  return existsSync(marker) && readFileSync(marker, 'utf8') === origin(name);
}

/**
 * What decides about the content of its folder.
 *
 * @param {EngineName} name
 */
function origin(name) {
  /** @type {Parts} */
  const { tarball, hasHost } = PARTS[name];
  const hash = createHash('sha256').update(JSON.stringify(tarball ?? null));
  if (hasHost === true) {
    for (const file of readdirSync(HOST_SOURCES).sort()) hash.update(readFileSync(join(HOST_SOURCES, file)));
  }
  return hash.digest('hex');
}

/**
 * @param {Tarball} tarball
 * @param {string} folder
 */
function fetchTarball({ spec, integrity }, folder) {
  const failure = `npm could not fetch ${spec}: see what it says above.`;
  runNpm(['pack', '--silent', '--ignore-scripts', `--pack-destination=${folder}`, spec], failure);
  const file = readdirSync(folder).find((each) => each.endsWith('.tgz'));
  if (file === undefined) throw new SetupError(failure);
  const bytes = readFileSync(join(folder, file));
  const found = `sha512-${createHash('sha512').update(bytes).digest('base64')}`;
  if (found !== integrity) throw new SetupError(`${spec} is not what it was: ${found} instead of ${integrity}.`);
  return join(folder, file);
}

/**
 * @param {string} archive
 * @param {Tarball} tarball
 * @param {string} folder
 */
function unpack(archive, { files, brotli }, folder) {
  // Owners are those of other machines, and root would keep them.
  runProgram('tar', [
    ...['-xzf', archive, '-C', folder, '--strip-components=1', '--no-same-owner'],
    ...files.map((file) => `package/${file}`),
  ]);
  rmSync(archive);
  if (brotli === undefined) return;
  const packed = join(folder, brotli);
  writeFileSync(join(folder, 'chromium'), brotliDecompressSync(readFileSync(packed)), { mode: 0o755 });
  rmSync(dirname(packed), { recursive: true });
}

/** @param {string} folder */
function compileHost(folder) {
  const source = (/** @type {string} */ name) => join(HOST_SOURCES, name);
  const map = `-Wl,--version-script=${source('gcrypt.map')}`;
  const library = join(folder, 'libs', 'libgcrypt.so.11');
  const shared = ['-shared', '-fPIC', '-O1', '-Wl,-soname,libgcrypt.so.11', map];
  runProgram('gcc', [...shared, '-o', library, source('gcrypt.c')]);
  const strict = ['-std=c11', '-D_GNU_SOURCE', '-O1', '-Wall', '-Wextra', '-Werror'];
  runProgram('gcc', [...strict, '-o', join(folder, 'host'), source('host.c'), '-ldl']);
}

/**
 * @param {string} program
 * @param {readonly string[]} args
 */
function runProgram(program, args) {
  const { status, error, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  if (error) throw new SetupError(`${program} can't be run: ${error.message}`);
  if (status !== 0) throw new SetupError(`${program} ${args.join(' ')} failed.\n${stderr}`);
}

/** @param {readonly string[]} args */
function namesFrom(args) {
  const known = /** @type {EngineName[]} */ (Object.keys(PARTS));
  const unknown = args.filter((arg) => !known.some((name) => name === arg));
  if (unknown.length > 0) throw new SetupError(`No engine is called ${unknown.join(', ')}: ${known.join(', ')}.`);
  return args.length === 0 ? known : known.filter((name) => args.includes(name));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    installEngines(namesFrom(process.argv.slice(2)));
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
