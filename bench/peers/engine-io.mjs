import { Agent } from 'node:http';

/** Connections are used again, as browsers do. By itself the client for Node opens one for each request. */
const agent = new Agent({ keepAlive: true });

export async function serve(http, accept) {
  const { attach } = await import('engine.io');
  const server = attach(http, { path: '/bench', perMessageDeflate: false });
  server.on('connection', (socket) => {
    socket.on('message', accept({ send: (text) => socket.send(text), close: () => socket.close() }));
  });
  return (text) => {
    for (const id in server.clients) server.clients[id].send(text);
  };
}

export async function prepare(url, options) {
  const { Socket } = await import('engine.io-client');
  return ({ ready, message }) => {
    const socket = new Socket(url, { path: '/bench', perMessageDeflate: false, agent, ...options });
    const connection = { send: (text) => socket.send(text), close: () => socket.close() };
    socket.on('error', () => {});
    socket.on('message', message);
    ready(connection);
    return connection;
  };
}
