// Fails when the file for old browsers holds syntax that they don't have.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'acorn';

const file = fileURLToPath(new URL('../../packages/client/dist/holdfast.es5.js', import.meta.url));
const source = readFileSync(file, 'utf8');

try {
  parse(source, { ecmaVersion: 5, sourceType: 'script' });
  console.log(`ok: holdfast.es5.js is ES5 (${String(source.length)} characters)`);
} catch (error) {
  if (!(error instanceof SyntaxError)) throw error;
  const at = /** @type {SyntaxError & { pos: number }} */ (error).pos;
  console.error(`holdfast.es5.js is not ES5: ${error.message}`);
  console.error(`  ... ${source.slice(Math.max(0, at - 60), at)} >>> ${source.slice(at, at + 60)} ...`);
  process.exitCode = 1;
}
