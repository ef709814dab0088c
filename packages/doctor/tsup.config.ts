import { readFile, rm, writeFile } from 'node:fs/promises';
import { defineConfig } from 'tsup';

const PAGE_SCRIPT = 'dist/page.js';

/** Makes one file of the page: what it loads is in it, so that a server has nothing else to serve. */
async function assemblePage(): Promise<void> {
  const [html, style, script] = await Promise.all(
    ['src/page/doctor.html', 'src/page/doctor.css', PAGE_SCRIPT].map((file) => readFile(file, 'utf8')),
  );
  // Functions, because `$` means something in a replacement. Nothing in a script may look like its end.
  const page = (html ?? '')
    .replace('/* STYLE */', () => style ?? '')
    .replace('/* SCRIPT */', () => (script ?? '').trim().replaceAll('</script', '<\\/script'));
  await writeFile('dist/doctor.html', page);
  await rm(PAGE_SCRIPT);
}

export default defineConfig([
  {
    entry: ['src/index.ts', 'src/cli.ts'],
    format: 'esm',
    target: 'node20',
    platform: 'node',
    tsconfig: 'tsconfig.src.json',
    // tsup sets `baseUrl`, which TypeScript 6 calls deprecated.
    dts: { entry: 'src/index.ts', compilerOptions: { ignoreDeprecations: '6.0' } },
    sourcemap: true,
    // The other build writes its file at the same time.
    clean: ['!doctor.html', '!page.js'],
  },
  {
    entry: { page: 'src/page/main.ts' },
    format: 'iife',
    target: 'es2022',
    platform: 'browser',
    noExternal: [/./],
    esbuildOptions(options) {
      options.conditions = ['holdfast-source', ...(options.conditions ?? [])];
      // What looks like markup to a person reading the source is text to us, and the page says it is UTF-8.
      options.charset = 'utf8';
    },
    tsconfig: 'tsconfig.page.json',
    minify: true,
    outExtension: () => ({ js: '.js' }),
    onSuccess: assemblePage,
  },
]);
