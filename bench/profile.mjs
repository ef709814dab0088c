// Says where the time of profiled processes went: node run.mjs throughput --rounds 1 --peers holdfast --profile /tmp/profiles
// and then: node profile.mjs /tmp/profiles/server
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const MOST = 25;

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  console.error('Name the folder with the .cpuprofile files.');
  process.exit(2);
}
for (const name of readdirSync(folder).sort()) {
  if (name.endsWith('.cpuprofile')) printProfile(name, JSON.parse(readFileSync(join(folder, name), 'utf8')));
}

/** Self time by function, the idle left out. */
function printProfile(name, { nodes, samples, timeDeltas }) {
  const byId = new Map(nodes.map((node) => [node.id, node.callFrame]));
  const selfUs = new Map();
  let busyUs = 0;
  samples.forEach((id, index) => {
    const { functionName, url, lineNumber } = byId.get(id);
    if (functionName === '(idle)' || functionName === '(program)') return;
    const place = `${functionName || '(anonymous)'} ${url.split('/').slice(-3).join('/')}:${lineNumber + 1}`;
    selfUs.set(place, (selfUs.get(place) ?? 0) + timeDeltas[index]);
    busyUs += timeDeltas[index];
  });
  console.log(`\n${name}: busy for ${Math.round(busyUs / 1000)} ms`);
  const sorted = [...selfUs].sort(([, a], [, b]) => b - a).slice(0, MOST);
  for (const [place, us] of sorted) console.log(`  ${((100 * us) / busyUs).toFixed(1).padStart(5)} %  ${place}`);
}
