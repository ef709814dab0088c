import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { listen, shut } from '../matrix/pair.js';
import type { CellConfig } from './page/cell-config.js';
import type { PageScripts } from './scripts.js';

/** What a page says: its kind, and whatever belongs to it. */
export type ReportListener = (kind: string, detail: unknown) => void;

/** A cell whose page is being served. */
interface Served {
  readonly config: Omit<CellConfig, 'load'>;
  readonly client: 'module' | 'es5';
  readonly listener: ReportListener;
  /** Of reports that come in pieces. */
  readonly pieces: Map<string, string[]>;
}

/** A transparent image of one pixel: what an `Image` takes for an answer. */
const PIXEL = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64');

/** Serves the pages of all cells, past every box, and takes what they report. */
export class Control {
  readonly #scripts: PageScripts;
  readonly #cells = new Map<string, Served>();
  /** Answers for pages and their reports, on any server. */
  readonly answer = (request: IncomingMessage, response: ServerResponse): void => {
    this.#answer(request, response).catch(() => response.destroy());
  };
  readonly #http = createServer(this.answer);
  #port = 0;

  static async start(scripts: PageScripts): Promise<Control> {
    const control = new Control(scripts);
    control.#port = await listen(control.#http);
    return control;
  }

  private constructor(scripts: PageScripts) {
    this.#scripts = scripts;
  }

  /** Origin of all pages. */
  get origin(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Begins to serve a cell's page; returns its path. */
  serve(config: Omit<CellConfig, 'load'>, client: 'module' | 'es5', listener: ReportListener): string {
    this.#cells.set(config.id, { config, client, listener, pieces: new Map() });
    return `/cell?id=${config.id}&load=1`;
  }

  /** Whatever its page still says is not heard. */
  forget(id: string): void {
    this.#cells.delete(id);
  }

  async stop(): Promise<void> {
    await shut(this.#http);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', this.origin);
    const cell = this.#cells.get(searchParams.get('cell') ?? searchParams.get('id') ?? '');
    response.setHeader('Cache-Control', 'no-store');
    // Pages that came through a box report past it.
    response.setHeader('Access-Control-Allow-Origin', '*');
    switch (pathname) {
      case '/cell':
        if (cell) send(response, 'text/html; charset=utf-8', pageOf(cell, Number(searchParams.get('load'))));
        else response.writeHead(404).end();
        return;
      case '/report':
        tell(cell, await text(request));
        send(response, 'text/plain', '');
        return;
      case '/piece':
        if (cell) takePiece(cell, searchParams);
        response.writeHead(200, { 'Content-Type': 'image/gif' }).end(PIXEL);
        return;
      case '/prepare.js':
        send(response, 'text/javascript; charset=utf-8', this.#scripts.prepare);
        return;
      case '/exchange.js':
        send(response, 'text/javascript; charset=utf-8', this.#scripts.exchange);
        return;
      case '/client.es5.js':
        send(response, 'text/javascript; charset=utf-8', this.#scripts.es5);
        return;
      case '/client.module.js':
        send(response, 'text/javascript; charset=utf-8', this.#scripts.module);
        return;
      default:
        response.writeHead(404).end();
    }
  }
}

function pageOf({ config, client }: Served, load: number): string {
  const whole: CellConfig = { ...config, load };
  const json = JSON.stringify(whole).replaceAll('<', '\\u003c');
  const scripts =
    client === 'es5'
      ? '<script src="/client.es5.js"></script><script src="/exchange.js"></script>'
      : '<script type="module" src="/client.module.js"></script><script defer src="/exchange.js"></script>';
  return (
    `<!doctype html><html><head><meta charset="utf-8"><title>${config.id}</title>` +
    `<script>window.CELL = ${json};</script><script src="/prepare.js"></script>${scripts}</head><body></body></html>`
  );
}

function tell(cell: Served | undefined, json: string): void {
  if (!cell) return;
  const { kind, detail } = JSON.parse(json) as { kind: string; detail: unknown };
  cell.listener(kind, detail);
}

/** Pieces come in any order. */
function takePiece(cell: Served, query: URLSearchParams): void {
  const number = query.get('number') ?? '';
  const pieces = cell.pieces.get(number) ?? [];
  cell.pieces.set(number, pieces);
  pieces[Number(query.get('index'))] = query.get('piece') ?? '';
  const total = Number(query.get('total'));
  if (Object.keys(pieces).length < total) return;
  cell.pieces.delete(number);
  tell(cell, decodeURIComponent(pieces.join('')));
}

function send(response: ServerResponse, type: string, body: string): void {
  response.setHeader('Content-Type', type);
  response.end(body);
}
