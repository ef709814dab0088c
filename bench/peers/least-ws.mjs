import { built } from './built.mjs';

/**
 * What Holdfast puts on a WebSocket, and nothing that it is put there for: messages as lines of one frame for each turn of the event loop, behind an
 * attach, its answer, and a close with its answer; none is looked through, numbered, kept or acknowledged. It says how far Holdfast could come on this
 * platform. Texts without a line break only.
 */
export async function serve(http, accept, root) {
  const { WebSocketServer } = await import('ws');
  const textFrame = await frameMaker(root);
  const server = new WebSocketServer({ server: http, perMessageDeflate: false });
  const clients = new Set();
  let newest = { text: '', frame: Buffer.alloc(0) };

  /** A broadcast is the same for all. */
  function frameOf(text) {
    if (text === newest.text) return newest.frame;
    newest = { text, frame: textFrame(text, false) };
    return newest.frame;
  }

  server.on('connection', (socket, { socket: connection }) => {
    const lines = new Lines((text) => connection.write(frameOf(text)));
    clients.add(lines);
    const handle = accept({ send: (text) => lines.push(`t${text}\n`), close: () => socket.close() });
    socket.on('error', () => {});
    socket.on('close', () => clients.delete(lines));
    socket.on('message', (data) => {
      for (const line of linesOf(data)) {
        if (line.startsWith('t')) handle(line.slice(1));
        else if (line.startsWith('c')) {
          connection.write(frameOf('x{"ack":"1"}\n'));
          socket.close();
        } else {
          const { nonce } = JSON.parse(line.slice(1));
          lines.push(`a${JSON.stringify({ ...ATTACHED, id: nonce, key: nonce })}\n`);
        }
      }
    });
  });
  return (text) => {
    const line = `t${text}\n`;
    for (const lines of clients) lines.push(line);
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

const ATTACH = { v: 1, nonce: 'abcdefghijklmnopqrstuv', window: [1_048_576, 16_384], max: 4_194_304, choice: 1 };

export async function prepare(url, _options, root) {
  const { WebSocket } = await import('ws');
  const textFrame = await frameMaker(root);
  return ({ ready, message }) => {
    const socket = new WebSocket(url.replace('http', 'ws'), { perMessageDeflate: false });
    let network = null;
    const write = (text) => network.write(textFrame(text, true));
    const lines = new Lines(write);
    const connection = {
      send: (text) => lines.push(`t${text}\n`),
      close: () => write('c{"code":1000,"reason":"","at":"1","ack":"1"}\n'),
    };
    socket.on('error', () => {});
    socket.on('upgrade', (response) => {
      network = response.socket;
    });
    socket.on('open', () => {
      lines.push(`n${JSON.stringify(ATTACH)}\n`);
      ready(connection);
    });
    socket.on('message', (data) => {
      for (const line of linesOf(data)) {
        if (line.startsWith('t')) message(line.slice(1));
        else if (line.startsWith('x')) socket.close();
        else JSON.parse(line.slice(1));
      }
    });
    return connection;
  };
}

/** Frames are made as Holdfast makes them (decision 13). */
async function frameMaker(root) {
  const { textFrame } = await built(root, 'protocol/dist/node/index.js');
  return textFrame;
}

function linesOf(data) {
  const lines = data.toString().split('\n');
  lines.pop();
  return lines;
}

/** What has lines to write when this turn ends. */
let waiting = [];

function turnEnds() {
  const all = waiting;
  waiting = [];
  for (const lines of all) lines.write();
}

/** Keeps lines until the turn ends. */
class Lines {
  #text = '';
  #write;

  constructor(write) {
    this.#write = write;
  }

  push(line) {
    if (this.#text === '' && waiting.push(this) === 1) process.nextTick(turnEnds);
    this.#text += line;
  }

  write() {
    const text = this.#text;
    this.#text = '';
    this.#write(text);
  }
}
