import { spawnSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Server } from '@holdfast/server';
import { BOX_PACKAGES, installDebianPackages } from '../debian.mjs';
import { engines } from '../engines/index.js';
import { debianPackagesOf, unpackEngines } from '../engines/install.mjs';
import { ROOT, SetupError } from '../setup.mjs';
import { bestOf, type CellWork } from './cell.js';
import type { Column } from './column.js';
import { columns } from './columns.js';
import { choose, parseCommandLine, UsageError, type Request } from './command-line.js';
import { Control } from './control.js';
import { Grid } from './grid.js';
import { toHtml } from './html.js';
import { Lock } from './lock.js';
import { toMarkdown } from './markdown.js';
import { describeFault, plantFault } from './planted-faults.js';
import type { ReportContext } from './report-text.js';
import type { CellResult } from './result.js';
import { makeRows, type Row } from './row.js';
import { runRow } from './run-cells.js';
import { makeScripts } from './scripts.js';
import { Store } from './store.js';
import { judge } from './verdict.js';

const rows = makeRows(engines);

async function main(args: readonly string[]): Promise<number> {
  const request = parseCommandLine(args);
  if (request.isListing) {
    showList();
    return 0;
  }
  const packages = process.env['HOLDFAST_PACKAGES'];
  if (request.fault !== null && packages === undefined) return await runBroken(request.fault, args);
  const chosenRows = choose('browser', rows, ({ name }) => name, request.rows);
  const chosenColumns = choose('network', columns, ({ box }) => box.name, request.columns);
  const store = new Store(nameOfRun(request));
  if (!request.isReporting) {
    install(chosenRows, chosenColumns);
    await run(request, chosenRows, chosenColumns, store, packages);
  }
  return await report(request, store, args);
}

/** The same once more, by a process that takes the packages from a copy with a fault in it. */
async function runBroken(fault: string, args: readonly string[]): Promise<number> {
  console.log(`Without ${fault}: ${describeFault(fault)}. Building ...`);
  const { status } = spawnSync(process.execPath, [...process.execArgv, fileURLToPath(import.meta.url), ...args], {
    stdio: 'inherit',
    env: { ...process.env, HOLDFAST_PACKAGES: await plantFault(fault) },
  });
  return status ?? 1;
}

function nameOfRun({ fault, transport }: Request): string {
  return [fault === null ? 'cells' : `cells-without-${fault}`, ...(transport === null ? [] : [transport])].join('-');
}

function install(chosenRows: readonly Row[], chosenColumns: readonly Column[]): void {
  const names = [...new Set(chosenRows.map(({ engine }) => engine.name))];
  const wanted = new Set(chosenColumns.flatMap(({ box }) => box.packages));
  installDebianPackages([...debianPackagesOf(names), ...BOX_PACKAGES.filter(({ name }) => wanted.has(name))]);
  unpackEngines(names);
}

async function run(
  request: Request,
  chosenRows: readonly Row[],
  chosenColumns: readonly Column[],
  store: Store,
  packages: string | undefined,
): Promise<void> {
  const control = await Control.start(await makeScripts(packages));
  const known = request.isResumed ? await store.load() : [];
  const work = chosenRows.flatMap((row) =>
    chosenColumns
      .map((column): CellWork => ({
        row,
        column,
        transport: request.transport,
        seconds: request.seconds,
        isTelling: request.isTelling,
      }))
      .filter(({ column }) => !isDone(known, row, column)),
  );
  let count = 0;
  const lock = new Lock();
  const saving: Promise<void>[] = [];
  const done = (result: CellResult): void => {
    saving.push(store.save(result));
    count++;
    for (const { page } of [result, ...(result.second ? [result.second] : [])]) {
      for (const { atMs, what } of page?.story ?? []) console.log(`    +${String(atMs)} ms ${what}`);
    }
    console.log(`${String(count)}/${String(work.length)} ${lineOf(result)}`);
  };
  try {
    for (const row of chosenRows) {
      const cells = work.filter((cell) => cell.row === row);
      if (cells.length > 0) await runRow(row, cells, { control, Server, lock }, request.parallel, done);
    }
  } finally {
    await Promise.all(saving);
    await control.stop();
  }
}

function isDone(known: readonly CellResult[], row: Row, column: Column): boolean {
  const result = known.find((one) => one.row === row.name && one.column === column.box.name);
  return result !== undefined && judge({ ...result, best: bestOf(row, column, result.transport) }, column).isGood;
}

function lineOf(result: CellResult): string {
  const column = columns.find(({ box }) => box.name === result.column);
  if (!column) return result.column;
  const { isGood, transport, firstEchoMs, faults, delays } = judge(result, column);
  const figures = `${transport}, first echo ${firstEchoMs === null ? '-' : String(Math.round(firstEchoMs))} ms`;
  return `${isGood ? '✓' : '✗'} ${result.row} × ${result.column}: ${figures}${[...faults, ...delays].map((fault) => `\n    ${fault}`).join('')}`;
}

async function report(request: Request, store: Store, args: readonly string[]): Promise<number> {
  const grid = new Grid(rows, columns, await store.load());
  const told = args.filter((arg) => !['--publish', '--resume', '--report'].includes(arg));
  const context: ReportContext = {
    grid,
    fault: request.fault === null ? null : describeFault(request.fault),
    transport: request.transport,
    command: ['npm run matrix', ...(told.length > 0 && !request.isPublishing ? ['--', ...told] : [])].join(' '),
  };
  const folders = [store.folder, ...(request.isPublishing ? [join(ROOT, 'docs')] : [])];
  for (const folder of folders) {
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'matrix.html'), toHtml(context));
    await writeFile(join(folder, 'matrix.md'), toMarkdown(context));
  }
  const bad = grid.bad;
  console.log(`\n${String(grid.cells.length)} cells, ${String(bad.length)} not as they must be.`);
  for (const { row, column } of bad) console.log(`  ✗ ${row.name} × ${column.box.name}`);
  console.log(folders.map((folder) => join(folder, 'matrix.html')).join('\n'));
  return bad.length === 0 && grid.cells.length > 0 ? 0 : 1;
}

function showList(): void {
  console.log('Rows (--browser):');
  for (const { name, title } of rows) console.log(`  ${name.padEnd(30)} ${title}`);
  console.log('\nColumns (--network):');
  for (const { box } of columns) console.log(`  ${box.name.padEnd(30)} ${box.title} (${box.best})`);
}

try {
  // Node 20 may turn in circles when it tidies up what a run of hours has left behind: that is not waited for.
  process.exit(await main(process.argv.slice(2)));
} catch (error) {
  if (!(error instanceof UsageError || error instanceof SetupError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
