import type { Options } from 'tsup';
import { defineConfig } from 'tsup';

const shared = {
  // The protocol is part of the client: a page that loads it has nothing else to load. Taken from its sources.
  noExternal: ['@holdfast/protocol'],
  esbuildOptions(options) {
    options.conditions = ['holdfast-source', ...(options.conditions ?? [])];
    // Names of private properties are kept, so that the readable build is what is debugged. If the size budget ever
    // needs it, this is the place: `options.mangleProps = /^_[a-z]/` with a `mangleCache` shared by both builds.
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
      // tsup sets `baseUrl`, which TypeScript 6 calls deprecated. The path makes the protocol's types part of ours.
      compilerOptions: {
        ignoreDeprecations: '6.0',
        paths: { '@holdfast/protocol': ['../protocol/src/index.ts'] },
      },
    },
    sourcemap: true,
    clean: ['dist', '!dist/holdfast.es5.js'],
  },
  {
    ...shared,
    entry: { 'holdfast.es5': 'src/script.ts' },
    format: 'iife',
    globalName: 'Holdfast',
    target: 'es5',
    platform: 'browser',
    minify: true,
    sourcemap: false,
    outExtension: () => ({ js: '.js' }),
  },
]);
