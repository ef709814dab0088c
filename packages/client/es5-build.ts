import { readFile, writeFile } from 'node:fs/promises';
import { minify, transform } from '@swc/core';

/** Where the file for `<script>` is, and what is made of it for bundlers that know CommonJS only. */
const SCRIPT = 'dist/holdfast.es5.js';
const COMMON_JS = 'es5/index.js';

/** Names of what the file exports. */
let exported: readonly string[] = [];

/** What swc is told of both times. */
const es5Input = { swcrc: false, isModule: false } as const;

/**
 * Instead of tsup's own ES5 target, which hands minified code to swc in its strict mode: there `for of` needs Symbol and
 * `#private` needs WeakMap, which ES5 engines lack. Loose mode does without, but takes what is spread (`[...x]`) for an
 * array (eslint.config.js sees to it that it is one).
 */
export const es5Plugin = {
  name: 'es5',
  async renderChunk(code: string) {
    // A superclass that swc can't see to be native brings no helper for such: `HoldfastError`, which this file doesn't export, makes an
    // `Error` with its name and code there.
    const script = code
      .replace('extends Error', 'extends (0, Error)')
      // esbuild's own way to a global copies every export by a getter.
      .replace(/export \{([^}]*)\};\s*$/, (_, list: string) => {
        exported = list.match(/\w+(?=\s*(,|$))/g) ?? [];
        return `var Holdfast = {${list.replace(/(\w+) as (\w+)/g, '$2: $1')}};`;
      });
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

/** Takes the protocol's own base64 instead of the browser's, which IE 9 does not have. */
export const es5Substitutes = {
  name: 'es5-substitutes',
  setup(build: Build) {
    build.onResolve({ filter: /\/native-base64\.js$/ }, () =>
      build.resolve('../protocol/src/base64.ts', { kind: 'import-statement', resolveDir: '.' }),
    );
  },
};

/** What is used of esbuild's interface, whose types come with tsup's own copy of it. */
interface Build {
  onResolve(options: { filter: RegExp }, callback: () => Promise<{ path: string }>): void;
  resolve(path: string, options: { kind: 'import-statement'; resolveDir: string }): Promise<{ path: string }>;
}

/** The same for `require`: one name after the other, which Node finds without running it. */
export async function writeCommonJs(): Promise<void> {
  const script = await readFile(SCRIPT, 'utf8');
  await writeFile(COMMON_JS, `${script}\n${exported.map((name) => `exports.${name}=Holdfast.${name};`).join('')}\n`);
}
