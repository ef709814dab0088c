// Installs engines, starts each of them and prints what it has: `node test/engines/try.mjs [name ...]`; all without a name.
import '../fallback/typescript-loader.mjs';

await import(new URL('try.ts', import.meta.url).href);
