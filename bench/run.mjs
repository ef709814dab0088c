import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import * as blackHole from './cases/black-hole.mjs';
import * as buffering from './cases/buffering.mjs';
import * as delay from './cases/delay.mjs';
import * as growth from './cases/growth.mjs';
import * as http from './cases/http.mjs';
import * as idle from './cases/idle.mjs';
import * as sessions from './cases/sessions.mjs';
import * as size from './cases/size.mjs';
import * as throughput from './cases/throughput.mjs';
import { Bench } from './lib/bench.mjs';
import {
  describeCheckout,
  describeMachine,
  describePeers,
  otherLoad,
  writeDrawing,
  writeResult,
} from './lib/results.mjs';
import { printSection } from './lib/table.mjs';

const CASES = [blackHole, buffering, delay, size, throughput, http, sessions, idle, growth];

const MAX_OTHER_LOAD = 0.7;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '7' },
    peers: { type: 'string' },
    rows: { type: 'string' },
    holdfast: { type: 'string', default: fileURLToPath(new URL('..', import.meta.url)) },
    before: { type: 'string' },
    profile: { type: 'string' },
    'no-write': { type: 'boolean', default: false },
  },
});

const root = checkout(values.holdfast);
const chosen = positionals.length === 0 ? CASES : positionals.map(find);
const bench = new Bench({
  rounds: Number(values.rounds),
  root,
  before: values.before && checkout(values.before),
  peers: values.peers?.split(','),
  rows: values.rows?.split(','),
  profileTo: values.profile && resolve(values.profile),
  tell: process.stderr.isTTY ? (text) => process.stderr.write(`\r\x1b[K${text}`) : () => {},
});

const loadBefore = otherLoad();
if (loadBefore > MAX_OTHER_LOAD) {
  console.warn(`This machine is busy (load ${loadBefore}): medians and ratios will be off, throughput most of all.`);
}

for (const { name, run } of chosen) {
  const sections = await run(bench);
  for (const section of sections) printSection(section);
  // A part, or what ran beside a profiler, is no result.
  const isWhole = ['peers', 'rows', 'before', 'profile'].every((option) => values[option] === undefined);
  if (!isWhole || values['no-write']) continue;
  const result = {
    case: name,
    date: new Date().toISOString().slice(0, 10),
    commit: describeCheckout(root),
    machine: describeMachine(),
    loadBefore,
    versions: describePeers(),
    rounds: bench.rounds,
    sections,
  };
  console.log(`\n  written to ${await writeResult(name, result)}`);
  for (const section of sections.filter(({ curves }) => curves))
    console.log(`  and to ${await writeDrawing(name, section)}`);
}

function find(name) {
  const found = CASES.find((candidate) => candidate.name === name);
  if (found !== undefined) return found;
  console.error(`There is no case ${name}; there are ${CASES.map((candidate) => candidate.name).join(', ')}.`);
  process.exit(2);
}

function checkout(folder) {
  const path = resolve(folder);
  if (existsSync(`${path}/packages/server/dist/index.js`)) return path;
  console.error(`Holdfast is not built in ${path}: run "npm ci && npm run build" there first.`);
  process.exit(2);
}
