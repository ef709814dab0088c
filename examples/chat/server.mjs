import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { SERVER_PROTOCOL_VERSION } from '@holdfast/server';
import express from 'express';

const app = express();
app.use(express.static(fileURLToPath(new URL('./public', import.meta.url))));
app.get('/holdfast.js', (_request, response) => {
  response.sendFile(fileURLToPath(import.meta.resolve('@holdfast/client/holdfast.es5.js')));
});
app.get('/version', (_request, response) => {
  response.json({ protocol: SERVER_PROTOCOL_VERSION });
});

const port = Number(process.env['PORT'] ?? 3000);
const server = createServer(app);
server.on('error', (error) => {
  console.error(`The chat can't listen on port ${String(port)}: ${error.message}. Set PORT to another one.`);
  process.exitCode = 1;
});
server.listen(port, () => {
  const address = server.address();
  const actualPort = typeof address === 'object' && address !== null ? address.port : port;
  console.log(`\nThe chat is at http://localhost:${String(actualPort)}`);
});
