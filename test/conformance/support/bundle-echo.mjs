import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/**
 * Bundles the echo server from the packages' sources, because Node 20 can't run TypeScript.
 *
 * @returns {Promise<{ folder: string, file: string }>} where it is; whoever asked removes the folder
 */
export async function bundleEcho() {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-echo-'));
  const file = join(folder, 'echo-server.cjs');
  await build({
    entryPoints: [fileURLToPath(new URL('./echo-server.ts', import.meta.url))],
    outfile: file,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    conditions: ['holdfast-source'],
    logLevel: 'error',
    // The server's sources are a module and may ask where they are.
    define: { 'import.meta.url': 'importMetaUrl' },
    banner: { js: "const importMetaUrl = require('node:url').pathToFileURL(__filename).href;" },
  });
  return { folder, file };
}
