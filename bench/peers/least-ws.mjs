/**
 * The frames of a Holdfast session that says one thing and ends, and nothing that they are for: an attach with the first message, its answer with the
 * first echo, a close, and its answer. It says how far Holdfast could come on this platform.
 */
export async function serve(http, accept) {
  const { WebSocketServer } = await import('ws');
  const server = new WebSocketServer({ server: http, perMessageDeflate: false });
  server.on('connection', (socket) => {
    let answer = '';
    const handle = accept({ send: (text) => (answer += `t${text}\n`), close: () => socket.close() });
    socket.on('error', () => {});
    socket.on('message', (data) => {
      const [first, ...lines] = data.toString().split('\n');
      if (first.startsWith('c')) {
        socket.send('x{"ack":"1"}\n');
        socket.close();
        return;
      }
      const { nonce } = JSON.parse(first.slice(1));
      answer = `a${JSON.stringify({ ...ATTACHED, id: nonce, key: nonce })}\n`;
      for (const line of lines) if (line.startsWith('t')) handle(line.slice(1));
      socket.send(answer);
    });
  });
  return () => {
    throw new Error('of one message each, none is for all');
  };
}

/** As long as what Holdfast answers by default. */
const ATTACHED = {
  got: '1',
  ack: '0',
  instance: 'abcdefghijklmnopqrstuv',
  window: [1_048_576, 16_384],
  max: 4_194_304,
  body: 1_048_576,
  heartbeat: [20_000, 8_000],
  hold: 20_000,
  resume: 120_000,
  protocol: '',
};

export async function prepare(url) {
  const { WebSocket } = await import('ws');
  return ({ ready, message }) => {
    let queue = '';
    const socket = new WebSocket(url.replace('http', 'ws'), { perMessageDeflate: false });
    const connection = {
      send: (text) => (queue += `t${text}\n`),
      close: () => socket.send('c{"code":1000,"reason":"","at":"1","ack":"1"}\n'),
    };
    const attach = { v: 1, nonce: 'abcdefghijklmnopqrstuv', window: [1_048_576, 16_384], max: 4_194_304, choice: 1 };
    socket.on('error', () => {});
    socket.on('open', () => socket.send(`n${JSON.stringify(attach)}\n${queue}`));
    socket.on('message', (data) => {
      const [first, ...lines] = data.toString().split('\n');
      if (first.startsWith('x')) socket.close();
      else JSON.parse(first.slice(1));
      for (const line of lines) if (line.startsWith('t')) message(line.slice(1));
    });
    ready(connection);
    return connection;
  };
}
