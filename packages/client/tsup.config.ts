import { readFileSync } from 'node:fs';
import type { Options } from 'tsup';
import { defineConfig } from 'tsup';
import { es5Plugin, es5Substitutes, writeCommonJs } from './es5-build.js';
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
      entry: {
        index: 'src/index.ts',
        core: 'src/core.ts',
        debug: 'src/debug.ts',
        'node/index': 'src/node/index.ts',
        es5: 'src/script.ts',
      },
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
    esbuildPlugins: [es5Substitutes],
    inject: ['src/es5-bytes.ts'],
    onSuccess: () => writeCommonJs(),
    sourcemap: false,
    outExtension: () => ({ js: '.js' }),
  },
]);
