import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { transform } from '@swc/core';
import { build } from 'esbuild';
import { ROOT } from '../setup.mjs';

/** The scripts that pages load. They stay the same for a whole run, whatever is built meanwhile. */
export interface PageScripts {
  /** What runs before the client: the way to report, and the profile. */
  readonly prepare: string;
  readonly exchange: string;
  /** The client as a page for old engines includes it. */
  readonly es5: string;
  /** The client as a bundler makes it part of a page's own module. */
  readonly module: string;
}

/** Makes them of what is built in a folder of packages. */
export async function makeScripts(packages: string = join(ROOT, 'packages')): Promise<PageScripts> {
  const page = join(ROOT, 'test', 'fallback', 'page');
  const client = join(packages, 'client', 'dist');
  const [prepare, exchange, es5, module] = await Promise.all([
    es5Script(join(page, 'prepare.ts')),
    es5Script(join(page, 'exchange.ts')),
    readFile(join(client, 'holdfast.es5.js'), 'utf8'),
    moduleScript(join(client, 'index.js')),
  ]);
  return { prepare, exchange, es5, module };
}

/** Bundles a script of the page, and puts it into the words of 2009. */
async function es5Script(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    format: 'iife',
    target: 'es2020',
    write: false,
    logLevel: 'warning',
  });
  const options = { swcrc: false, isModule: false } as const;
  const loops = await transform(outputFiles[0]?.text ?? '', {
    ...options,
    env: { targets: { chrome: 130 }, include: ['transform-for-of'] },
    jsc: { assumptions: { iterableIsArray: true } },
  });
  const { code } = await transform(loops.code, {
    ...options,
    env: { targets: { ie: 9 }, loose: true, exclude: ['transform-typeof-symbol'] },
    jsc: { assumptions: { setSpreadProperties: true, pureGetters: true } },
  });
  // swc's helpers must not become globals.
  return `(function () { ${code} })();`;
}

async function moduleScript(entry: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: {
      contents: `import { connect } from ${JSON.stringify(entry)}; window.Holdfast = { connect };`,
      resolveDir: ROOT,
    },
    bundle: true,
    format: 'esm',
    target: 'es2020',
    minify: true,
    write: false,
    logLevel: 'warning',
  });
  return outputFiles[0]?.text ?? '';
}
