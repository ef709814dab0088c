// `node test/serve-echo.mjs [port] [options as JSON]`: the conformance suite's echo server, to try the examples of PROTOCOL.md on.
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { bundleEcho } from './conformance/support/bundle-echo.mjs';

const { folder, file } = await bundleEcho();
const [port = '3000', ...rest] = process.argv.slice(2);
const child = spawn(process.execPath, [file, port, ...rest], { stdio: 'inherit' });
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) process.on(signal, () => child.kill());
child.on('exit', (code) => {
  rmSync(folder, { recursive: true, force: true });
  process.exitCode = code ?? 1;
});
