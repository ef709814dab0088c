// What `typescript-loader.mjs` registers: `.js` in an import may mean `.ts`, and types are taken out on the way.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { transform } from 'esbuild';

const PACKAGES = fileURLToPath(new URL('../../packages/', import.meta.url));

/** Where the packages are taken from instead: a copy with a fault planted in it. */
const OTHER_PACKAGES = process.env['HOLDFAST_PACKAGES'] ?? '';

/** @type {import('node:module').ResolveHook} */
export async function resolve(specifier, context, nextResolve) {
  const found = await nextResolve(typescriptOf(specifier, context.parentURL), context);
  if (OTHER_PACKAGES === '' || !found.url.startsWith('file:')) return found;
  const path = fileURLToPath(found.url);
  return path.startsWith(PACKAGES)
    ? { ...found, url: pathToFileURL(join(OTHER_PACKAGES, path.slice(PACKAGES.length))).href }
    : found;
}

/** @type {import('node:module').LoadHook} */
export async function load(url, context, nextLoad) {
  if (!url.startsWith('file:') || !url.endsWith('.ts')) return nextLoad(url, context);
  const path = fileURLToPath(url);
  const { code } = await transform(await readFile(path, 'utf8'), {
    loader: 'ts',
    format: 'esm',
    target: 'node20',
    sourcemap: 'inline',
    sourcefile: path,
    tsconfigRaw: { compilerOptions: { useDefineForClassFields: false } },
  });
  return { format: 'module', source: code, shortCircuit: true };
}

/**
 * @param {string} specifier
 * @param {string | undefined} parent
 */
function typescriptOf(specifier, parent) {
  if (!specifier.startsWith('.') || !specifier.endsWith('.js') || parent === undefined) return specifier;
  const url = new URL(specifier, parent);
  const source = `${specifier.slice(0, -2)}ts`;
  return !existsSync(url) && existsSync(new URL(source, parent)) ? source : specifier;
}
