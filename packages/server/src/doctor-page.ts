import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { HoldfastError } from '@holdfast/protocol';
import { findInstalled } from './client-file.js';
import { endAnswer } from './untaken-answer.js';

/** `<path>/doctor.html`: one file with all that it needs, and a policy that lets nothing else in. */
export class DoctorPage {
  readonly #html: Buffer | null;
  readonly #policy: string;

  /**
   * `file` is a path, or `true` for the one of `holdfast-doctor`, if that is installed: the command needs no page.
   *
   * @throws {@link HoldfastError} `ERR_OPTION` if there is no file at the path.
   */
  constructor(file: string | true) {
    const path = file === true ? installedPage() : file;
    try {
      this.#html = path === null ? null : readFileSync(path);
    } catch (error) {
      throw new HoldfastError('ERR_OPTION', `option doctor: ${String(path)} can't be read`, error);
    }
    this.#policy = this.#html === null ? NOTHING : policyFor(this.#html.toString());
  }

  /** Answers a request for it. Of the answer, something must leave every `untakenMs`. */
  handle(request: IncomingMessage, response: ServerResponse, untakenMs: number): void {
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    response.setHeader('X-Content-Type-Options', 'nosniff');
    response.setHeader('Cache-Control', 'no-store, no-transform');
    response.setHeader('Referrer-Policy', 'no-referrer');
    response.setHeader('Content-Security-Policy', this.#policy);
    if (!isRead) response.setHeader('Allow', 'GET, HEAD');
    const isThere = isRead && this.#html !== null;
    response.setHeader('Content-Type', `text/${isThere ? 'html' : 'plain'}; charset=utf-8`);
    response.statusCode = isThere ? 200 : isRead ? 404 : 405;
    const body = isThere ? this.#html : isRead ? MISSING : 'GET and HEAD only.\n';
    response.setHeader('Content-Length', Buffer.byteLength(body));
    endAnswer(request, response, request.method === 'HEAD' ? '' : body, untakenMs);
  }
}

const NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const MISSING = 'The page is not installed here: npm install holdfast-doctor beside @holdfast/server, and restart.\n';

function installedPage(): string | null {
  const found = findInstalled('holdfast-doctor/doctor.html');
  return typeof found === 'string' ? found : null;
}

/** Its own scripts and styles by what is in them, and connections to where it comes from. */
function policyFor(html: string): string {
  const scripts = hashesOf(html, 'script');
  const styles = hashesOf(html, 'style');
  return `${NOTHING}; script-src ${scripts}; style-src ${styles}; connect-src 'self'; img-src data:`;
}

function hashesOf(html: string, tag: 'script' | 'style'): string {
  const hashes = Array.from(html.matchAll(new RegExp(`<${tag}>([^]*?)</${tag}>`, 'g')), ([, content = '']) => {
    return `'sha256-${createHash('sha256').update(content).digest('base64')}'`;
  });
  return hashes.length === 0 ? "'none'" : hashes.join(' ');
}
