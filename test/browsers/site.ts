import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server as HttpServer, type ServerResponse } from 'node:http';
import { join, normalize } from 'node:path';
import type { Data } from '@holdfast/protocol';
import { Server, type CloseEvent, type ServerOptions, type ServerSession } from '@holdfast/server';
import { listen, shut } from '../matrix/pair.js';
import { ROOT } from '../setup.mjs';

/** Nothing but scripts of our own and connections to ourselves, and the icon that Firefox asks for. */
const STRICT_CSP = "default-src 'none'; script-src 'self'; connect-src 'self'; img-src 'self'";

const SCRIPT = '<script src="/holdfast/client.js"></script><script src="/page.js"></script>';

const PAGES: Readonly<Record<string, string>> = {
  '/': `<!doctype html><title>script</title>${SCRIPT}`,
  '/module': '<!doctype html><title>module</title><script type="module" src="/module.js"></script>',
  '/elsewhere': '<!doctype html><title>elsewhere</title>Another page.',
  // Who listens for `unload` is never put into the bfcache.
  '/leaving': `<!doctype html><title>leaving</title>${SCRIPT}<script>addEventListener('unload', function () {});</script>`,
};

/** What the pages of {@link Site} do, in the words of engines from 2012. */
const PAGE_SCRIPT = `
  var received = [], story = [], session;
  function start(options) {
    session = Holdfast.connect(options.url || '/holdfast', options);
    session.on('message', function (data) { received.push(data); });
    session.on('reset', function (event) { story.push('reset ' + event.code); });
  }
  addEventListener('pageshow', function (event) { story.push('pageshow ' + event.persisted); });
  document.addEventListener('visibilitychange', function () { story.push(document.visibilityState); });
  document.addEventListener('securitypolicyviolation', function (event) { story.push('violated ' + event.violatedDirective); });
  function sendAll(messages) {
    messages.forEach(function (message) {
      session.send(message.text !== undefined ? message.text : bytesOf(message.hex));
    });
  }
  // Some engines have neither typed arrays nor base64.
  function bytesOf(hex) {
    var bytes = [], Bytes = Holdfast.Uint8Array || Uint8Array;
    for (var i = 0; i < hex.length; i += 2) bytes.push(parseInt(hex.substr(i, 2), 16));
    return new Bytes(bytes);
  }
  function hexOf(bytes) {
    var hex = '';
    for (var i = 0; i < bytes.length; i++) hex += (256 + bytes[i]).toString(16).slice(1);
    return hex;
  }
  function receivedMessages() {
    return received.map(function (data) {
      return typeof data === 'string' ? { text: data } : { hex: hexOf(data) };
    });
  }
`;

const MODULE_SCRIPT = `
  import { connect } from '/dist/index.js';
  import * as core from '/dist/core.js';
  window.Holdfast = {
    // With a maker it is core's, otherwise the main entry's.
    connect: (url, { maker, ...options }) =>
      maker ? core.connect(url, { ...options, transports: [core[maker]()] }) : connect(url, options),
  };
  const script = document.createElement('script');
  script.src = '/page.js';
  document.head.append(script);
`;

/** A web server with blank pages that load the client, and a Holdfast server that echoes. */
export class Site {
  readonly holdfast: Server;
  readonly #http: HttpServer;
  #port = 0;
  readonly #received = new Map<ServerSession, Data[]>();
  readonly #waiting: { resolve: (session: ServerSession) => void }[] = [];

  static async start(options: ServerOptions = {}): Promise<Site> {
    const site = new Site(options);
    site.#port = await listen(site.#http);
    return site;
  }

  private constructor(options: ServerOptions) {
    this.#http = createServer((request, response) => void answer(request, response));
    // Other origins: pages of this one that ask for an address.
    this.holdfast = new Server({
      serveClient: true,
      jsonp: true,
      origins: (origin) => origin === `http://localhost:${this.#port}`,
      ...options,
    });
    this.holdfast.on('session', (session) => {
      const received: Data[] = [];
      this.#received.set(session, received);
      session.on('message', (data) => {
        received.push(data);
        session.send(data);
      });
      this.#waiting.shift()?.resolve(session);
    });
    this.holdfast.attach(this.#http);
  }

  get port(): number {
    return this.#port;
  }

  url(path = '/'): string {
    return `http://localhost:${this.#port}${path}`;
  }

  /** The session that begins next. */
  nextSession(): Promise<ServerSession> {
    return new Promise((resolve) => this.#waiting.push({ resolve }));
  }

  /** What has arrived from a session. */
  receivedFrom(session: ServerSession): readonly Data[] {
    return this.#received.get(session) ?? [];
  }

  async close(): Promise<void> {
    await this.holdfast.close({ drainMs: 0, retryAfterMs: 0, spreadMs: 0 });
    await shut(this.#http);
  }
}

/** How a session ends. */
export function endOf(session: ServerSession): Promise<CloseEvent> {
  return new Promise((resolve) => session.once('close', resolve));
}

async function answer({ url = '/' }: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(url, 'http://localhost');
  if (searchParams.has('strict')) response.setHeader('Content-Security-Policy', STRICT_CSP);
  const page = PAGES[pathname];
  if (page !== undefined) send(response, 'text/html; charset=utf-8', page);
  else if (pathname === '/page.js') send(response, 'text/javascript', PAGE_SCRIPT);
  else if (pathname === '/module.js') send(response, 'text/javascript', MODULE_SCRIPT);
  else if (pathname.startsWith('/dist/')) {
    const file = join(ROOT, 'packages', 'client', normalize(pathname));
    send(response, 'text/javascript', await readFile(file, 'utf8').catch(() => ''));
  } else response.writeHead(404).end();
}

function send(response: ServerResponse, type: string, body: string): void {
  response.setHeader('Content-Type', type);
  response.end(body);
}
