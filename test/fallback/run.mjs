// `npm run matrix`: installs what is needed, builds, and drives real engines through real middleboxes. `--help` says what can be asked for.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { SetupError, buildPackages, installDependencies } from '../setup.mjs';

const args = process.argv.slice(2);
const file = (/** @type {string} */ name) => fileURLToPath(new URL(name, import.meta.url));

try {
  installDependencies();
  if (!args.some((arg) => ['--list', '--help', '--report'].includes(arg))) buildPackages();
  const loader = ['--conditions=holdfast-source', '--enable-source-maps', '--import', file('typescript-loader.mjs')];
  const { status } = spawnSync(process.execPath, [...loader, file('cli.ts'), ...args], { stdio: 'inherit' });
  process.exitCode = status ?? 1;
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
