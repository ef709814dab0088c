// Bundles a TypeScript program, and runs it: Node 20 reads none.
import { mkdirSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { ROOT } from './setup.mjs';

/** A module finds the files next to it by its own address, which the bundle has not. */
const keepAddresses = /** @satisfies {import('esbuild').Plugin} */ ({
  name: 'keep-addresses',
  setup(bundle) {
    bundle.onLoad({ filter: /\.(ts|mjs)$/ }, async ({ path }) => {
      if (path.includes('node_modules')) return undefined;
      const text = await readFile(path, 'utf8');
      const address = JSON.stringify(pathToFileURL(path).href);
      return {
        contents: text.replaceAll('import.meta.url', address),
        loader: extname(path) === '.ts' ? 'ts' : 'js',
      };
    });
  },
});

/**
 * Imports a TypeScript file. Packages of this repository are taken from their sources.
 *
 * @param {string} entry its path
 */
export async function runTypeScript(entry) {
  const cache = join(ROOT, 'node_modules', '.cache', 'holdfast-scripts');
  mkdirSync(cache, { recursive: true });
  const outfile = join(cache, `script-${String(process.pid)}.mjs`);
  await build({
    entryPoints: [entry],
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    sourcemap: 'inline',
    conditions: ['holdfast-source'],
    external: ['esbuild', 'express', 'compression', 'puppeteer-core', 'ws'],
    plugins: [keepAddresses],
    logLevel: 'warning',
    outfile,
  });
  process.setSourceMapsEnabled(true);
  try {
    await import(pathToFileURL(outfile).href);
  } finally {
    rmSync(outfile, { force: true });
  }
}
