// Fails when a name that the client's build shortens is one that somebody else relies on.
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const CLIENT = fileURLToPath(new URL('../../packages/client/', import.meta.url));
const DOM = fileURLToPath(new URL('../../node_modules/typescript/lib/lib.dom.d.ts', import.meta.url));

/** @type {unknown} */
const parsed = JSON.parse(readFileSync(`${CLIENT}internal-names.json`, 'utf8'));
const names = /** @type {string[]} */ (parsed);
const published = readdirSync(`${CLIENT}dist`, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.d.ts'))
  .map((file) => `${CLIENT}dist/${file}`);

/** Types that are among the published ones because others name them; an application never gets or makes one. */
const INNER = /^(?:interface Environment|declare abstract class Transport|interface ClientSessionOptions)\b[^]*?^}/gm;

for (const file of [...published, DOM, `${CLIENT}../protocol/src/packet-types.ts`]) {
  const source = readFileSync(file, 'utf8').replace(INNER, '');
  const members = new Set(source.match(/(?<=^\s*(?:readonly |get )?)\w+(?=\??[(:<])/gm));
  for (const name of names.filter((one) => members.has(one))) {
    console.error(`${name} is a member in ${file}: take it out of packages/client/internal-names.json.`);
    process.exitCode = 1;
  }
}
if (process.exitCode === undefined) console.log(`ok: ${String(names.length)} internal names are nobody else's`);
