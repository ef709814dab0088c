import { Agent, request } from 'node:http';

/** The floor over HTTP: a long poll, or a stream with a line for each message; what is sent goes by POST, one at a time. */
export const agent = new Agent({ keepAlive: true, maxSockets: Infinity });
let count = 0;

export async function serve(http, accept) {
  const clients = new Map();
  http.on('request', (incoming, response) => {
    if (!clients.has(incoming.url)) clients.set(incoming.url, new Client(accept));
    const client = clients.get(incoming.url);
    if (incoming.method === 'GET') client.serve(response, incoming.url.startsWith('/stream/'));
    else
      read(incoming, (body) => {
        response.writeHead(204).end();
        for (const text of JSON.parse(body)) client.handle(text);
      });
  });
  return (text) => {
    for (const client of clients.values()) client.send(text);
  };
}

class Client {
  #queue = [];
  #response = null;
  #isStream = false;

  constructor(accept) {
    this.handle = accept({ send: (text) => this.send(text), close: () => this.#response?.end() });
  }

  serve(response, isStream) {
    this.#response = response;
    this.#isStream = isStream;
    if (isStream) response.flushHeaders();
    if (this.#queue.length > 0) this.#write();
  }

  send(text) {
    this.#queue.push(text);
    if (this.#response !== null) this.#write();
  }

  #write() {
    const response = this.#response;
    const queue = this.#queue;
    this.#queue = [];
    if (this.#isStream) {
      for (const text of queue) response.write(`${text}\n`);
      return;
    }
    this.#response = null;
    response.end(JSON.stringify(queue));
  }
}

export async function prepare(origin, { isStream = false }) {
  return ({ ready, message }) => {
    const url = `${origin}/${isStream ? 'stream' : 'poll'}/${count++}`;
    let queue = [];
    let isSending = false;
    let isClosed = false;

    function post() {
      isSending = queue.length > 0;
      if (!isSending) return;
      const body = JSON.stringify(queue);
      queue = [];
      ask('POST', url, body, (answer) => read(answer, post));
    }

    function poll() {
      ask('GET', url, undefined, (answer) =>
        read(answer, (body) => {
          if (!isClosed) poll();
          for (const text of JSON.parse(body)) message(text);
        }),
      );
    }

    function stream() {
      let rest = '';
      ask('GET', url, undefined, (answer) =>
        answer.setEncoding('utf8').on('data', (chunk) => {
          const lines = (rest + chunk).split('\n');
          rest = lines.pop();
          for (const line of lines) message(line);
        }),
      );
    }

    const connection = {
      send(text) {
        queue.push(text);
        if (!isSending) post();
      },
      close: () => (isClosed = true),
    };
    if (isStream) stream();
    else poll();
    ready(connection);
    return connection;
  };
}

function ask(method, url, body, answered) {
  request(url, { method, agent }, answered).end(body);
}

export function read(incoming, done) {
  let text = '';
  incoming.setEncoding('utf8');
  incoming.on('data', (chunk) => (text += chunk));
  incoming.on('end', () => done(text));
}
