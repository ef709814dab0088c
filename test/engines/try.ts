import { FeatureServer } from './features.js';
import { engines } from './index.js';
import { installEngines } from './install.mjs';
import type { Engine } from './engine.js';

const wanted = process.argv.slice(2);
const known = engines.map(({ name }) => name);
const unknown = wanted.filter((name) => !known.some((each) => each === name));
if (unknown.length > 0) throw new Error(`No engine is called ${unknown.join(', ')}: ${known.join(', ')}.`);

const chosen = engines.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
installEngines(chosen.map(({ name }) => name));

const seconds = (ms: number): string => (ms / 1000).toFixed(1);

/** Two pages of an engine: what the first one has, and whether the second one is apart from it. */
async function tryEngine(engine: Engine, server: FeatureServer): Promise<string[]> {
  const began = performance.now();
  const running = await engine.start();
  try {
    const started = performance.now();
    const [first, second] = [server.visit(), server.visit()];
    const pages = [await running.open(first.url)];
    const { features, userAgent } = await first.report;
    const reported = performance.now();
    pages.push(await running.open(second.url));
    const { stored } = await second.report;
    for (const page of pages) await page.close();
    const lacks = Object.keys(features).filter((name) => features[name] === false);
    const apart = features['localStorage'] === true ? (stored === null ? 'apart' : 'SHARED') : 'none';
    const times = `${seconds(started - began)} + ${seconds(reported - started)}`;
    return [engine.name, running.version, lacks.join(', ') || 'nothing', apart, times, userAgent];
  } finally {
    await running.stop();
  }
}

const server = await FeatureServer.start();
console.log('| engine | version | lacks | storage | seconds: start + first report | user agent |');
console.log('| --- | --- | --- | --- | --- | --- |');
for (const engine of chosen) {
  const row = await tryEngine(engine, server).catch((error: unknown) => {
    process.exitCode = 1;
    return [engine.name, String(error)];
  });
  console.log(`| ${row.join(' | ')} |`);
}
await server.close();
