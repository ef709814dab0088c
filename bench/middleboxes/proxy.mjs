import { once } from 'node:events';
import { createServer, request, Agent } from 'node:http';
import { connect } from 'node:net';

/**
 * An HTTP proxy in front of a server, as companies and hosts have them.
 *
 * @param {number} targetPort
 * @param {object} behaviour
 * @param {'pass' | 'refuse' | 'black-hole'} behaviour.upgrades - what becomes of WebSocket handshakes: answered by the server, answered 403, or taken
 * and never answered
 * @param {boolean} behaviour.isBuffering - whether an answer is kept back until it is complete
 * @returns {Promise<number>} the port
 */
export async function startProxy(targetPort, { upgrades, isBuffering }) {
  const agent = new Agent({ keepAlive: true });
  const server = createServer({ noDelay: true });
  server.on('request', (incoming, outgoing) => {
    const { method, url: path, headers } = incoming;
    const upstream = request({ port: targetPort, host: '127.0.0.1', agent, method, path, headers });
    upstream.setNoDelay(true);
    upstream.on('response', (answer) => (isBuffering ? passWhole : passOn)(answer, outgoing));
    upstream.on('error', () => outgoing.destroy());
    outgoing.on('close', () => upstream.destroy());
    incoming.pipe(upstream);
  });
  server.on('upgrade', (incoming, socket, head) => {
    socket.on('error', () => {});
    if (upgrades === 'black-hole') socket.resume();
    else if (upgrades === 'refuse') refuse(socket);
    else tunnel(incoming, socket, head, targetPort);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server.address().port;
}

function passOn(answer, outgoing) {
  outgoing.writeHead(answer.statusCode, answer.headers);
  outgoing.flushHeaders();
  answer.pipe(outgoing);
}

function passWhole(answer, outgoing) {
  const chunks = [];
  answer.on('data', (chunk) => chunks.push(chunk));
  answer.on('end', () => {
    const { 'transfer-encoding': _, ...headers } = answer.headers;
    const body = Buffer.concat(chunks);
    outgoing.writeHead(answer.statusCode, { ...headers, 'content-length': body.length });
    outgoing.end(body);
  });
}

function refuse(socket) {
  socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
}

function tunnel({ method, url, rawHeaders }, socket, head, targetPort) {
  const server = connect({ port: targetPort, host: '127.0.0.1', noDelay: true });
  server.on('error', () => socket.destroy());
  socket.on('close', () => server.destroy());
  const lines = [`${method} ${url} HTTP/1.1`];
  for (let index = 0; index < rawHeaders.length; index += 2)
    lines.push(`${rawHeaders[index]}: ${rawHeaders[index + 1]}`);
  server.write(`${lines.join('\r\n')}\r\n\r\n`);
  server.write(head);
  server.pipe(socket);
  socket.pipe(server);
}
