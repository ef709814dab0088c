// Bundles the command line of the simulation, and runs it: Node 20 reads no TypeScript.
import { mkdirSync, rmSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const cache = fileURLToPath(new URL('../../node_modules/.cache/holdfast-simulation/', import.meta.url));
mkdirSync(cache, { recursive: true });
const outfile = `${cache}cli-${String(process.pid)}.mjs`;
await build({
  entryPoints: [fileURLToPath(new URL('cli.ts', import.meta.url))],
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  sourcemap: 'inline',
  conditions: ['holdfast-source'],
  external: ['esbuild'],
  logLevel: 'warning',
  outfile,
});
process.setSourceMapsEnabled(true);
try {
  await import(pathToFileURL(outfile).href);
} finally {
  rmSync(outfile, { force: true });
}
