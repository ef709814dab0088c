import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { HoldfastError } from '@holdfast/protocol';
import { varyWith } from './answer-headers.js';
import { endAnswer } from './untaken-answer.js';

type Encoding = 'br' | 'gzip' | 'identity';

const COMPRESSIONS: Readonly<Record<Encoding, (bytes: Buffer) => Promise<Buffer>>> = {
  br: (bytes) => promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }),
  gzip: (bytes) => promisify(gzip)(bytes, { level: 9 }),
  identity: (bytes) => Promise.resolve(bytes),
};

/** The client for `<script>`: read once, compressed once. */
export class ClientFile {
  readonly #bytes: Buffer;
  readonly #hash: string;
  readonly #compressed = new Map<Encoding, Promise<Buffer>>();

  /**
   * `file` is a path, or `true` for the one of `@holdfast/client`.
   *
   * @throws {@link HoldfastError} `ERR_OPTION` if there is none.
   */
  constructor(file: string | true) {
    const path = file === true ? installedFile() : file;
    try {
      this.#bytes = readFileSync(path);
    } catch (error) {
      throw new HoldfastError('ERR_OPTION', `option serveClient: ${path} can't be read`, error);
    }
    this.#hash = createHash('sha256').update(this.#bytes).digest('base64url').slice(0, 22);
  }

  /** Answers a request for it. Of the answer, something must leave every `untakenMs`. */
  handle(request: IncomingMessage, response: ServerResponse, untakenMs: number): void {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.statusCode = 405;
      response.setHeader('Allow', 'GET, HEAD');
      response.end();
      return;
    }
    const encoding = chooseEncoding(request.headers['accept-encoding'] ?? '');
    const etag = `"${this.#hash}-${encoding}"`;
    response.setHeader('ETag', etag);
    response.setHeader('Vary', varyWith(response, 'Accept-Encoding'));
    response.setHeader('Cache-Control', 'public, no-cache, no-transform');
    response.setHeader('X-Content-Type-Options', 'nosniff');
    // It is no secret, and pages of other origins that include it may be isolated ones (COEP).
    response.setHeader('Access-Control-Allow-Origin', '*');
    response.setHeader('Cross-Origin-Resource-Policy', 'cross-origin');
    if (isNamed(etag, request.headers['if-none-match'])) {
      response.statusCode = 304;
      response.end();
      return;
    }
    void this.#send(request, response, encoding, untakenMs);
  }

  async #send(
    request: IncomingMessage,
    response: ServerResponse,
    encoding: Encoding,
    untakenMs: number,
  ): Promise<void> {
    const bytes = await this.#compress(encoding);
    response.statusCode = 200;
    response.setHeader('Content-Type', 'text/javascript; charset=utf-8');
    response.setHeader('Content-Length', bytes.length);
    if (encoding !== 'identity') response.setHeader('Content-Encoding', encoding);
    if (request.method === 'HEAD') response.end();
    else endAnswer(request, response, bytes, untakenMs);
  }

  #compress(encoding: Encoding): Promise<Buffer> {
    let bytes = this.#compressed.get(encoding);
    if (!bytes) {
      bytes = COMPRESSIONS[encoding](this.#bytes);
      this.#compressed.set(encoding, bytes);
    }
    return bytes;
  }
}

function installedFile(): string {
  const found = findInstalled('@holdfast/client/holdfast.es5.js');
  if (typeof found === 'string') return found;
  const message =
    'option serveClient: @holdfast/client is not installed here; install it, or give the path of the file';
  throw new HoldfastError('ERR_OPTION', message, new AggregateError(found));
}

/** Where a file of another package is: beside this one, or, where packages are kept apart, from where the application runs. Else why not. */
export function findInstalled(name: string): string | readonly unknown[] {
  const failures: unknown[] = [];
  for (const from of [import.meta.url, join(process.cwd(), 'index.js')]) {
    try {
      return createRequire(from).resolve(name);
    } catch (error) {
      failures.push(error);
    }
  }
  return failures;
}

/** The best of what the client takes. */
function chooseEncoding(accepted: string): Encoding {
  const refused = new Set<string>();
  const named = new Set<string>();
  for (const part of accepted.toLowerCase().split(',')) {
    const [name = '', ...parameters] = part.split(';').map((text) => text.trim());
    if (parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter))) refused.add(name);
    else named.add(name);
  }
  const isTaken = (name: string): boolean => !refused.has(name) && (named.has(name) || named.has('*'));
  if (isTaken('br')) return 'br';
  return isTaken('gzip') ? 'gzip' : 'identity';
}

function isNamed(etag: string, header: string | undefined): boolean {
  return (header ?? '').split(',').some((item) => item.trim() === '*' || item.trim().replace(/^W\//, '') === etag);
}
