// The chat: an Express app with a page of plain files, and a Holdfast server beside it. `PORT` and `HOST` choose where it listens.
import { createServer } from 'node:http';
import { networkInterfaces } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Server } from '@holdfast/server';
import express from 'express';
import { ChatRoom } from './chat-room.mjs';

const port = Number(process.env['PORT'] ?? 3000);
// Only this machine, unless asked otherwise: whoever reaches the chat can read and write in it.
const host = process.env['HOST'] ?? '127.0.0.1';

const app = express();
app.disable('x-powered-by');
app.use((_request, response, next) => {
  // All that a page with Holdfast needs: the WebSocket is of the page's own origin.
  response.setHeader('Content-Security-Policy', "default-src 'self'; base-uri 'none'; frame-ancestors 'none'");
  response.setHeader('X-Content-Type-Options', 'nosniff');
  next();
});
app.use(express.static(fileURLToPath(new URL('./public', import.meta.url))));

const http = createServer(app);
const holdfast = new Server({ serveClient: true });
const room = new ChatRoom((text) => holdfast.broadcast(text));
holdfast.on('session', (session) => room.enter(session));
holdfast.attach(http);

http.on('error', (error) => {
  console.error(`The chat can't listen on ${host}, port ${port}: ${error.message}. Set HOST or PORT to another one.`);
  process.exitCode = 1;
});
http.listen(port, host, () => {
  const address = http.address();
  tellAddresses(typeof address === 'object' && address !== null ? address.port : port);
});

for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) process.once(signal, () => void stop());

/** @param {number} actualPort */
function tellAddresses(actualPort) {
  console.log(`\nThe chat is at http://localhost:${actualPort}`);
  if (host === '127.0.0.1') {
    console.log('It answers this machine only. For phones and others on your network: HOST=0.0.0.0 npm start');
    return;
  }
  for (const entries of Object.values(networkInterfaces())) {
    for (const { family, internal, address } of entries ?? []) {
      if (family === 'IPv4' && !internal) console.log(`On your network: http://${address}:${actualPort}`);
    }
  }
}

/** Tells every page to come back in a moment, and ends. */
async function stop() {
  http.close();
  await holdfast.close({ drainMs: 1000, retryAfterMs: 500, spreadMs: 500 });
  http.closeAllConnections();
}
