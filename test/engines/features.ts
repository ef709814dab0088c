import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import { within } from './engine-process.js';

/** What a page found in its engine. */
interface Report {
  readonly userAgent: string;
  /** What an earlier page had left in `localStorage`. */
  readonly stored: string | null;
  /** By name, whether it works. */
  readonly features: Readonly<Record<string, boolean>>;
}

/** A visit of the page that looks for features. */
interface Visit {
  readonly url: string;
  /** What it reports. Rejects after 60 s. */
  readonly report: Promise<Report>;
}

/** More than any engine holds back before it shows a stream. */
const PRELUDE = ' '.repeat(4096);

/** After this a stream ends though nobody has seen its first part. */
const UNSEEN_MS = 3000;

/** Serves a page that tries what an engine has, from two origins. */
export class FeatureServer {
  readonly #near = createServer((request, response) => void this.#answer(request, response));
  readonly #far = createServer((request, response) => void this.#answer(request, response));
  readonly #sockets = new WebSocketServer({ server: this.#near });
  readonly #reports = new Map<string, (report: Report) => void>();
  readonly #slow = new Map<string, () => void>();
  #visitCount = 0;

  static async start(): Promise<FeatureServer> {
    const server = new FeatureServer();
    server.#sockets.on('connection', (socket) => socket.send('hello'));
    for (const each of [server.#near, server.#far]) {
      each.listen(0, '127.0.0.1');
      await once(each, 'listening');
    }
    return server;
  }

  /** Expects a page. */
  visit(): Visit {
    const id = `visit-${++this.#visitCount}`;
    const url = `${originOf(this.#near)}/?${id}&${portOf(this.#far)}`;
    const arrival = new Promise<Report>((resolve) => this.#reports.set(id, resolve));
    const report = within(arrival, () => 'The page has not reported within 60 s.');
    // Nobody waits for it if the engine fails before.
    report.catch(() => undefined);
    return { url, report };
  }

  /** A page that opens dialogs, and calls us when they are closed. */
  dialogs(): { url: string; passed: Promise<Report> } {
    const { url, report } = this.visit();
    return { url: url.replace('/?', '/dialogs?'), passed: report };
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets.clients) socket.terminate();
    for (const each of [this.#near, this.#far]) {
      const closed = once(each, 'close');
      each.close();
      each.closeAllConnections();
      await closed;
    }
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, search } = new URL(request.url ?? '/', 'http://localhost');
    const [id = '', rest = ''] = search.slice(1).split('&');
    response.setHeader('Cache-Control', 'no-store');
    response.setHeader('Access-Control-Allow-Origin', '*');
    response.setHeader('Access-Control-Allow-Headers', 'Content-Type');
    switch (pathname) {
      case '/':
        response.setHeader('Content-Type', 'text/html; charset=utf-8');
        response.end(await readFile(new URL('features.html', import.meta.url)));
        break;
      case '/dialogs':
        response.setHeader('Content-Type', 'text/html; charset=utf-8');
        response.end(dialogPage(id));
        break;
      case '/report':
        response.end();
        this.#reports.get(id)?.(JSON.parse(decodeURIComponent(rest)) as Report);
        break;
      case '/events':
        response.setHeader('Content-Type', 'text/event-stream');
        response.end(`:${PRELUDE}\n\ndata: hello\n\n`);
        break;
      case '/slow': {
        const unseen = setTimeout(() => this.#slow.get(id)?.(), UNSEEN_MS);
        this.#slow.set(id, () => {
          clearTimeout(unseen);
          response.end();
        });
        response.setHeader('Content-Type', 'text/plain');
        response.write(PRELUDE);
        break;
      }
      case '/seen':
        response.end();
        this.#slow.get(id)?.();
        break;
      case '/hello':
        response.end('hello');
        break;
      default:
        response.writeHead(404).end();
    }
  }
}

const dialogPage = (id: string): string => `<!doctype html><title>Dialogs</title><script>
alert('An alert');
confirm('A question');
prompt('Another one');
new Image().src = '/report?${id}&' + encodeURIComponent(JSON.stringify({ userAgent: navigator.userAgent, features: {} }));
</script>`;

const portOf = (server: Server): number => (server.address() as AddressInfo).port;
const originOf = (server: Server): string => `http://127.0.0.1:${portOf(server)}`;
