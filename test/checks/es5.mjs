// Fails when the file for old browsers holds syntax that they don't have, or doesn't load without newer globals.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createContext, runInContext } from 'node:vm';
import { parse } from 'acorn';

const NEWER_GLOBALS = [
  'Symbol',
  'Promise',
  'Map',
  'Set',
  'WeakMap',
  'WeakSet',
  'Reflect',
  'Proxy',
  'BigInt',
  'globalThis',
];

const file = fileURLToPath(new URL('../../packages/client/dist/holdfast.es5.js', import.meta.url));
const source = readFileSync(file, 'utf8');

try {
  parse(source, { ecmaVersion: 5, sourceType: 'script' });
  if (/[\w$)\]]\[Symbol\.iterator\]\(\)/.test(source)) {
    throw new Error(
      'A `for of` needs Symbol.iterator: packages/client/tsup.config.ts must make loops by index of them.',
    );
  }
  load();
  console.log(`ok: holdfast.es5.js is ES5 (${String(source.length)} characters)`);
} catch (error) {
  console.error('holdfast.es5.js is not fit for ES5 engines:', error);
  const at = /** @type {{ pos?: number }} */ (error).pos;
  if (at !== undefined)
    console.error(`... ${source.slice(Math.max(0, at - 60), at)} >>> ${source.slice(at, at + 60)} ...`);
  process.exitCode = 1;
}

/** Runs the file where a page has no more than ES5. */
function load() {
  const page = createContext({});
  runInContext(`var window = this; ${NEWER_GLOBALS.map((name) => `delete this.${name};`).join(' ')}`, page);
  runInContext(source, page, { filename: file });
  if (runInContext('typeof Holdfast', page) !== 'object') throw new Error('It defines no global `Holdfast`.');
}
