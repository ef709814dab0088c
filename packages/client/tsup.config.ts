import { readFileSync } from 'node:fs';
import { minify, transform } from '@swc/core';
import type { Options } from 'tsup';
import { defineConfig } from 'tsup';
import { shortNames } from './short-names.js';

/**
 * Names of the protocol's inner classes, which the client doesn't show. They get short ones, too: none may be public, on the wire or of a
 * browser's own objects (test/checks/names.mjs).
 */
const INTERNAL_NAMES = JSON.parse(readFileSync('internal-names.json', 'utf8')) as readonly string[];

// Private names begin with `_`, and a page need not load them. All entries of a format are built in one call, so they agree on the short ones;
// nothing outside may use them, which is why they are not in the types either (`stripInternal`).
const INNER = new RegExp(`^(_[a-z].*|${INTERNAL_NAMES.join('|')})$`);
const SHORT_NAMES = shortNames(
  ['index', 'core', 'debug', 'node/index', 'script'].map((entry) => `src/${entry}.ts`),
  'tsconfig.node.json',
  INNER,
);

const shared = {
  // The protocol is part of the client: a page that loads it has nothing else to load. Taken from its sources.
  noExternal: ['@holdfast/protocol'],
  esbuildOptions(options) {
    options.conditions = ['holdfast-source', ...(options.conditions ?? [])];
    options.mangleProps = INNER;
    options.mangleCache = SHORT_NAMES;
    // Constants of other modules are put in where they are used: a bundler that gets them as variables of one file no longer would.
    options.minifySyntax = true;
  },
} satisfies Options;

/**
 * Instead of tsup's own ES5 target, which hands minified code to swc in its strict mode: there `for of` needs Symbol and
 * `#private` needs WeakMap, which ES5 engines lack. Loose mode does without, but takes what is spread (`[...x]`) for an
 * array (eslint.config.js sees to it that it is one).
 */
const es5Plugin = {
  name: 'es5',
  async renderChunk(code: string) {
    // A superclass that swc can't see to be native brings no helper for such: `HoldfastError`, which this file doesn't export, makes an
    // `Error` with its name and code there.
    const script = code
      .replace('extends Error', 'extends (0, Error)')
      // esbuild's own way to a global copies every export by a getter.
      .replace(
        /export \{([^}]*)\};\s*$/,
        (_, names: string) => `var Holdfast = {${names.replace(/(\w+) as (\w+)/g, '$2: $1')}};`,
      );
    const loops = await transform(script, {
      ...es5Input,
      // By index, which loose mode would not do.
      env: { targets: { chrome: 130 }, include: ['transform-for-of'] },
      jsc: { assumptions: { iterableIsArray: true } },
    });
    const es5 = await transform(loops.code, {
      ...es5Input,
      env: { targets: { ie: 9 }, loose: true, exclude: ['transform-typeof-symbol'] },
      jsc: { assumptions: { setSpreadProperties: true, pureGetters: true } },
    });
    // swc puts its helpers at the top: inside a function they are no globals, and get short names. Strict once, not for each class.
    const wrapped = `var Holdfast = (function () { 'use strict'; ${es5.code}; return Holdfast; })();`;
    return minify(wrapped, { ecma: 5, compress: { ecma: 5, passes: 3 }, mangle: true, format: { comments: false } });
  },
};

/** What swc is told of both times. */
const es5Input = { swcrc: false, isModule: false } as const;

export default defineConfig([
  {
    ...shared,
    entry: { index: 'src/index.ts', core: 'src/core.ts', debug: 'src/debug.ts', 'node/index': 'src/node/index.ts' },
    format: ['esm', 'cjs'],
    target: 'es2020',
    platform: 'neutral',
    external: [/^node:/, 'ws'],
    // The entries share chunks, so that a class has one identity whichever of them it came from.
    splitting: true,
    tsconfig: 'tsconfig.node.json',
    dts: {
      // tsup sets `baseUrl`, which TypeScript 6 calls deprecated. The path makes the protocol's types part of ours.
      compilerOptions: {
        ignoreDeprecations: '6.0',
        stripInternal: true,
        paths: { '@holdfast/protocol': ['../protocol/src/index.ts'] },
      },
    },
    sourcemap: true,
    // The other build writes its file at the same time.
    clean: ['!holdfast.es5.js'],
  },
  {
    ...shared,
    entry: { 'holdfast.es5': 'src/script.ts' },
    format: 'esm',
    target: 'es2020',
    platform: 'browser',
    tsconfig: 'tsconfig.src.json',
    plugins: [es5Plugin],
    sourcemap: false,
    outExtension: () => ({ js: '.js' }),
  },
]);
