// Installs engines, starts each of them and prints what it has: `node test/engines/try.mjs [name ...]`; all without a name.
import { fileURLToPath } from 'node:url';
import { runTypeScript } from '../run-typescript.mjs';

await runTypeScript(fileURLToPath(new URL('try.ts', import.meta.url)));
