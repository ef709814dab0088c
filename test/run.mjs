// `npm test`: installs what the tests need, builds, runs every vitest project and ends with `N passed, N failed`.
// What follows `npm test --` goes to vitest: `npm test -- --project simulation`.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BOX_PACKAGES, installDebianPackages } from './debian.mjs';
import { debianPackagesOf, unpackEngines } from './engines/install.mjs';
import { SHORT_ENGINES } from './engines/parts.mjs';
import { ROOT, SetupError, buildPackages, installDependencies } from './setup.mjs';

/**
 * @typedef {object} Report what vitest's JSON reporter writes, as far as it is read here
 * @property {number} numPassedTests
 * @property {number} numFailedTests
 * @property {number} numPendingTests
 * @property {number} numTodoTests
 * @property {{ name: string, status: string, message: string, assertionResults: unknown[] }[]} testResults
 */

const args = process.argv.slice(2);

try {
  installDependencies();
  installDebianPackages([...BOX_PACKAGES, ...debianPackagesOf(SHORT_ENGINES)]);
  unpackEngines(SHORT_ENGINES);
  buildPackages();
  process.exitCode = summarize(runVitest());
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(`\n${error.message}`);
  console.log('0 passed, 1 failed');
  process.exitCode = 1;
}

/** @returns {{ report: Report | null, exitCode: number }} */
function runVitest() {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-test-'));
  const file = join(folder, 'report.json');
  try {
    const vitest = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs');
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
    const { status } = spawnSync(process.execPath, [vitest, 'run', ...reporters, ...args], {
      cwd: ROOT,
      stdio: 'inherit',
    });
    return { report: readReport(file), exitCode: status ?? 1 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * @param {string} file
 * @returns {Report | null}
 */
function readReport(file) {
  try {
    const report = /** @type {unknown} */ (JSON.parse(readFileSync(file, 'utf8')));
    return /** @type {Report} */ (report);
  } catch {
    return null;
  }
}

/**
 * Prints the last line and says how to exit. A test file that doesn't load, an error outside any test, a skipped
 * test and a run without tests are failures too: none of them shows that anything works.
 *
 * @param {{ report: Report | null, exitCode: number }} outcome
 */
function summarize({ report, exitCode }) {
  if (report === null) {
    console.log('\nvitest wrote no report.\n0 passed, 1 failed');
    return 1;
  }
  const problems = [];
  const brokenFiles = report.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.length === 0,
  );
  for (const { name } of brokenFiles) problems.push(`${name} does not load.`);
  const skippedCount = report.numPendingTests + report.numTodoTests;
  // With `-t` those not asked for count as skipped.
  const isFiltered = args.some((arg) => arg.startsWith('-t') || arg.startsWith('--testNamePattern'));
  if (skippedCount > 0 && !isFiltered) problems.push(`${String(skippedCount)} skipped: every test has to run.`);
  if (report.numPassedTests + report.numFailedTests === 0) problems.push('No test ran.');
  let failedCount = report.numFailedTests + brokenFiles.length;
  if (exitCode !== 0 && failedCount === 0 && problems.length === 0)
    problems.push('vitest failed outside any test: see above.');
  if (problems.length > 0) failedCount = Math.max(failedCount, 1);

  console.log(['', ...problems, `${String(report.numPassedTests)} passed, ${String(failedCount)} failed`].join('\n'));
  return failedCount === 0 ? 0 : 1;
}
