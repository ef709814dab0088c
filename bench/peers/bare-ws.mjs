/** The floor: `ws` by itself, with the settings that all the others use it with. */
export async function serve(http, accept) {
  const { WebSocketServer } = await import('ws');
  const server = new WebSocketServer({ server: http, perMessageDeflate: false });
  server.on('connection', (socket) => {
    socket.on('error', () => {});
    const handle = accept({ send: (text) => socket.send(text), close: () => socket.close() });
    socket.on('message', (data, isBinary) => handle(isBinary ? data : data.toString()));
  });
  return (text) => {
    for (const socket of server.clients) socket.send(text);
  };
}

export async function prepare(url) {
  const { WebSocket } = await import('ws');
  return ({ ready, message }) => {
    const socket = new WebSocket(url.replace('http', 'ws'), { perMessageDeflate: false });
    const connection = { send: (text) => socket.send(text), close: () => socket.close() };
    socket.on('error', () => {});
    socket.on('open', () => ready(connection));
    socket.on('message', (data, isBinary) => message(isBinary ? data : data.toString()));
    return connection;
  };
}
