// `node test/conformance/serve.mjs [port] [options as JSON]`: the suite's echo server, to try the examples of PROTOCOL.md on.
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { bundleEcho } from './support/bundle-echo.mjs';

const { folder, file } = await bundleEcho();
const [port = '3000', ...rest] = process.argv.slice(2);
const child = spawn(process.execPath, [file, port, ...rest], { stdio: 'inherit' });
child.on('exit', (code) => {
  rmSync(folder, { recursive: true, force: true });
  process.exitCode = code ?? 1;
});
