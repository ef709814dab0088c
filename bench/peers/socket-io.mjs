import { Agent } from 'node:http';

/** Connections are used again, as browsers do. By itself the client for Node opens one for each request. */
const agent = new Agent({ keepAlive: true });

export async function serve(http, accept) {
  const { Server } = await import('socket.io');
  const server = new Server(http, { path: '/bench', serveClient: false, perMessageDeflate: false });
  server.on('connection', (socket) => {
    socket.on('message', accept({ send: (text) => socket.send(text), close: () => socket.disconnect(true) }));
  });
  return (text) => server.send(text);
}

export async function prepare(url, options) {
  const { io } = await import('socket.io-client');
  return ({ ready, message }) => {
    const socket = io(url, { path: '/bench', forceNew: true, perMessageDeflate: false, agent, ...options });
    const connection = { send: (text) => socket.send(text), close: () => socket.close() };
    socket.on('message', message);
    ready(connection);
    return connection;
  };
}
