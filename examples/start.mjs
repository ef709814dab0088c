// `npm start`: installs, builds and serves the chat. On a fresh clone nothing else is needed first.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { SetupError, buildPackages, installDependencies } from '../test/setup.mjs';

try {
  installDependencies();
  buildPackages();
  serveChat();
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(`\n${error.message}`);
  process.exitCode = 1;
}

/** The server prints its address by itself. Ctrl-C reaches it too; a `kill` of this process is passed on. */
function serveChat() {
  const file = fileURLToPath(new URL('./chat/server.mjs', import.meta.url));
  const server = spawn(process.execPath, [file], { stdio: 'inherit' });
  server.on('exit', (code) => {
    process.exitCode = code ?? 0;
  });
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) {
    process.on(signal, () => server.kill(signal));
  }
}
