export async function serve(http, accept) {
  const { default: sockjs } = await import('sockjs');
  const server = sockjs.createServer({ prefix: '/bench', log() {} });
  const connections = new Set();
  server.on('connection', (socket) => {
    connections.add(socket);
    socket.on('close', () => connections.delete(socket));
    socket.on('data', accept({ send: (text) => socket.write(text), close: () => socket.close() }));
  });
  server.installHandlers(http);
  return (text) => {
    for (const socket of connections) socket.write(text);
  };
}

export async function prepare(url, options) {
  const { default: SockJS } = await import('sockjs-client');
  return ({ ready, message }) => {
    const socket = new SockJS(`${url}/bench`, null, options);
    const connection = { send: (text) => socket.send(text), close: () => socket.close() };
    // It throws at what is sent before it is open.
    socket.onopen = () => ready(connection);
    socket.onmessage = ({ data }) => message(data);
    return connection;
  };
}
