// Fails when a file for old browsers holds syntax, globals or methods that they don't have, or doesn't load without what some of them lack.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createContext, runInContext } from 'node:vm';
import { newerThanEs5, TRIED_GLOBALS } from './es5-use.mjs';

const CLIENT = fileURLToPath(new URL('../../packages/client/', import.meta.url));
const FILES = ['dist/holdfast.es5.js', 'es5/index.js'];

/** Each must be found, or the check is worth nothing. */
const PLANTED = [
  ...['const a = 1', 'a => 1', 'class A {}', '`a`', 'for (var a of []);', 'var { a } = {}', 'a ?? 1', '({ a() {} })'],
  ...[
    'new Map()',
    'typeof Set',
    'Symbol.iterator',
    'fetch("/")',
    'new TextDecoder()',
    'queueMicrotask(f)',
    'globalThis',
    'new WeakMap()',
  ],
  ...[
    '[].includes(1)',
    '"".startsWith("a")',
    '"".repeat(2)',
    '[].find(f)',
    '[].flat()',
    '"".padStart(2)',
    'a.finally(f)',
    'a["fill"](0)',
  ],
  ...[
    'Array.from(a)',
    'Object.assign({}, a)',
    'Object.entries(a)',
    'Number.isInteger(1)',
    'Math.trunc(1)',
    'String.raw',
    'Array["of"](1)',
  ],
  ...['(function (Map) {}); new Map()', 'function f() { var Set; } new Set()'],
].map((code) => (code.startsWith('a') ? `var a, f; ${code}` : code));
/** None of these is. */
const INNOCENT = [
  'function f(Map) { return new Map(); }',
  'try {} catch (Set) { Set(); }',
  'var a = { at: 1, find: 2 }; a.at; a.find',
  'Object.keys({}); Math.max(1, 2); [].map(String)',
  'var assign = Object.assign || function () {}',
];

/** Globals of this engine that none of ES5 has, and those that some lack. */
const NEWER_GLOBALS = [
  'Symbol',
  'Map',
  'Set',
  'WeakMap',
  'WeakSet',
  'Reflect',
  'Proxy',
  'BigInt',
  'globalThis',
  'ArrayBuffer',
  'DataView',
];

for (const code of PLANTED) if (!isFound(code)) fail(`the check does not find what is new in: ${code}`);
for (const code of INNOCENT) if (isFound(code)) fail(`the check takes for new: ${code}`);

for (const name of FILES) {
  const source = readFileSync(`${CLIENT}${name}`, 'utf8');
  try {
    for (const { what, at } of newerThanEs5(source)) fail(`${name} uses ${what}`, source, at);
    if (/[\w$)\]]\[Symbol\.iterator\]\(\)/.test(source))
      fail(
        `${name}: a \`for of\` needs Symbol.iterator: packages/client/tsup.config.ts must make loops by index of them`,
      );
    load(name, source);
    if (process.exitCode === undefined) console.log(`ok: ${name} is ES5 (${String(source.length)} characters)`);
  } catch (error) {
    fail(`${name}: ${String(error)}`, source, /** @type {{ pos?: number }} */ (error).pos);
  }
}

/** @param {string} code */
function isFound(code) {
  try {
    return newerThanEs5(code).length > 0;
  } catch {
    return true;
  }
}

/**
 * @param {string} message
 * @param {string} [source]
 * @param {number} [at]
 */
function fail(message, source = '', at) {
  console.error(message);
  if (at !== undefined)
    console.error(`... ${source.slice(Math.max(0, at - 60), at)} >>> ${source.slice(at, at + 60)} ...`);
  process.exitCode = 1;
}

/**
 * Runs a file where a page has no more than ES5, and less than that of everything that it should find out by trying.
 *
 * @param {string} name
 * @param {string} source
 */
function load(name, source) {
  const page = createContext({});
  const missing = [...NEWER_GLOBALS, ...TRIED_GLOBALS].map((global) => `delete this.${global};`).join(' ');
  runInContext(`var window = this, exports = {}; ${missing}`, page);
  runInContext(source, page, { filename: name });
  for (const global of name.startsWith('es5/') ? ['exports', 'Holdfast'] : ['Holdfast'])
    if (runInContext(`typeof ${global}.connect`, page) !== 'function')
      throw new Error(`It gives no ${global}.connect.`);
}
