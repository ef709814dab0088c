import { request } from 'node:http';
import * as bareHttp from './bare-http.mjs';

/**
 * What Holdfast puts on the wire, and nothing that it is put there for: no message is numbered, kept, checked or acknowledged. It says how far
 * Holdfast could come on this platform. A stream writes once a turn of the event loop. Without a stream each POST is answered by what
 * there is to say, at the latest when the next one arrives.
 */
export async function serve(http, accept) {
  const clients = new Map();
  http.on('request', (incoming, response) => {
    const { url, method } = incoming;
    if (!clients.has(url)) clients.set(url, url.startsWith('/stream/') ? new Stream(accept) : new Exchange(accept));
    const client = clients.get(url);
    if (method === 'GET') client.serve(response);
    else bareHttp.read(incoming, (body) => client.handlePost(response, JSON.parse(body)));
  });
  return (text) => {
    for (const client of clients.values()) client.send(text);
  };
}

/** Keeps what is sent until the turn ends. */
class Queue {
  #texts = [];
  #isPlanned = false;
  #turnEnds;

  constructor(turnEnds) {
    this.#turnEnds = turnEnds;
  }

  get length() {
    return this.#texts.length;
  }

  push(text) {
    this.#texts.push(text);
    this.plan();
  }

  plan() {
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    process.nextTick(() => {
      this.#isPlanned = false;
      this.#turnEnds();
    });
  }

  take() {
    const texts = this.#texts;
    this.#texts = [];
    return texts;
  }
}

class Stream {
  #response = null;
  #queue = new Queue(() => this.#write());
  #handle;

  constructor(accept) {
    this.#handle = accept({ send: (text) => this.#queue.push(text), close: () => this.#response?.end() });
  }

  serve(response) {
    this.#response = response;
    response.flushHeaders();
    this.#queue.plan();
  }

  handlePost(response, texts) {
    response.writeHead(204).end();
    for (const text of texts) this.#handle(text);
  }

  send(text) {
    this.#queue.push(text);
  }

  #write() {
    if (this.#response === null || this.#queue.length === 0) return;
    this.#response.write(Buffer.from(`${this.#queue.take().join('\n')}\n`));
  }
}

class Exchange {
  #held = null;
  #queue = new Queue(() => {
    if (this.#queue.length > 0) this.#answer();
  });
  #handle;

  constructor(accept) {
    this.#handle = accept({ send: (text) => this.#queue.push(text), close: () => this.#answer() });
  }

  handlePost(response, texts) {
    for (const text of texts) this.#handle(text);
    this.#answer();
    this.#held = response;
    this.#queue.plan();
  }

  send(text) {
    this.#queue.push(text);
  }

  #answer() {
    if (this.#held === null) return;
    const body = JSON.stringify(this.#queue.take());
    const headers = { 'Content-Type': 'text/plain', 'Content-Length': Buffer.byteLength(body) };
    this.#held.writeHead(200, headers).end(body);
    this.#held = null;
  }
}

let count = 0;

export async function prepare(origin, options) {
  if (options.isStream) return bareHttp.prepare(origin, options);
  return ({ ready, message }) => {
    const connection = exchange(`${origin}/exchange/${count++}`, message);
    ready(connection);
    return connection;
  };
}

function exchange(url, message) {
  const { hostname: host, port, pathname: path } = new URL(url);
  let queue = [];
  let underWay = 0;
  let isPlanned = false;
  let isClosed = false;

  function post() {
    isPlanned = false;
    if (isClosed || underWay > (queue.length > 0 ? 1 : 0)) return;
    const body = JSON.stringify(queue);
    queue = [];
    underWay++;
    const headers = { 'Content-Type': 'text/plain', 'Content-Length': Buffer.byteLength(body) };
    const asked = request({ host, port, path, method: 'POST', agent: bareHttp.agent, headers }, (answer) =>
      bareHttp.read(answer, (texts) => {
        underWay--;
        for (const text of JSON.parse(texts)) message(text);
        plan();
      }),
    );
    // The server ends first, with a request of ours that it holds.
    asked.on('error', () => {});
    asked.end(body);
  }

  function plan() {
    if (isPlanned) return;
    isPlanned = true;
    queueMicrotask(post);
  }

  plan();
  return {
    send(text) {
      queue.push(text);
      plan();
    },
    close: () => (isClosed = true),
  };
}
