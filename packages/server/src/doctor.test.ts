import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import express from 'express';
import { afterAll, describe, expect, it } from 'vitest';
import { Server } from './server.js';
import { attachBody } from './testing/packets.js';
import { later, listen, serve } from './testing/serve.js';

const folder = mkdtempSync(join(tmpdir(), 'holdfast-doctor-'));
const file = join(folder, 'doctor.html');
const script = 'document.title = "grüß";';
const style = 'body { margin: 0 }';
writeFileSync(file, `<!doctype html><style>${style}</style><script>${script}</script>`);

afterAll(() => rmSync(folder, { recursive: true }));

const hashOf = (content: string): string => `'sha256-${createHash('sha256').update(content).digest('base64')}'`;

async function greetingAt(url: string): Promise<unknown> {
  const response = await fetch(url, { method: 'POST', body: attachBody() });
  return JSON.parse(/^t(.*)$/m.exec(await response.text())?.[1] ?? '');
}

describe('<path>/doctor.html', () => {
  it('is a page whose policy lets in what is in it, and nothing else', async () => {
    const { port } = await serve({ doctor: file });
    const response = await fetch(`http://127.0.0.1:${port}/holdfast/doctor.html`);
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    const policy = response.headers.get('content-security-policy') ?? '';
    expect(policy.split('; ')).toEqual([
      "default-src 'none'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      `script-src ${hashOf(script)}`,
      `style-src ${hashOf(style)}`,
      "connect-src 'self'",
      'img-src data:',
    ]);
    expect(response.headers.get('cache-control')).toBe('no-store, no-transform');
    expect(await response.text()).toContain(script);
  });

  it('answers HEAD without a body, and other methods with 405', async () => {
    const { port } = await serve({ doctor: file });
    const url = `http://127.0.0.1:${port}/holdfast/doctor.html`;
    const head = await fetch(url, { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
    expect(Number(head.headers.get('content-length'))).toBeGreaterThan(80);
    expect((await fetch(url, { method: 'POST' })).status).toBe(405);
  });

  it('is nobody’s with the option off', async () => {
    const { port } = await serve();
    for (const path of ['doctor', 'doctor.html']) {
      expect((await fetch(`http://127.0.0.1:${port}/holdfast/${path}`)).status).toBe(404);
    }
  });

  it('must be there if it is named', () => {
    expect(() => new Server({ doctor: join(folder, 'none.html') })).toThrow(/option doctor: .* can't be read/);
    expect(() => new Server({ doctor: '' })).toThrow(/option doctor must be true, false, or the path of a file/);
  });
});

describe('<path>/doctor', () => {
  it('has sessions of its own', async () => {
    const { holdfast, port } = await serve({ doctor: file });
    let sessionCount = 0;
    holdfast.on('session', () => sessionCount++);
    expect(await greetingAt(`http://127.0.0.1:${port}/holdfast/doctor`)).toMatchObject({ http: '1.1', through: [] });
    expect([sessionCount, holdfast.sessions.size]).toEqual([0, 0]);
  });

  it('is reached below a mount of Express', async () => {
    const holdfast = new Server({ doctor: file });
    const app = express();
    app.use('/api', holdfast.middleware());
    const http = createServer(app);
    const port = await listen(http);
    later(() => holdfast.close({ drainMs: 0 }));
    later(holdfast.attach(http, { path: '/api/holdfast', requests: false }));
    const page = await fetch(`http://127.0.0.1:${port}/api/holdfast/doctor.html`);
    expect(page.status).toBe(200);
    expect(await greetingAt(`http://127.0.0.1:${port}/api/holdfast/doctor`)).toMatchObject({ http: '1.1' });
  });

  it('is reached by hand', async () => {
    const holdfast = new Server({ doctor: file });
    later(() => holdfast.close({ drainMs: 0 }));
    const http = createServer((request, response) => holdfast.handleRequest(request, response));
    const port = await listen(http);
    expect(await greetingAt(`http://127.0.0.1:${port}/anywhere/doctor`)).toMatchObject({ http: '1.1' });
    expect((await fetch(`http://127.0.0.1:${port}/anywhere/doctor.html`)).status).toBe(200);
    for (const path of ['/anywhere/doctor', '/anywhere']) {
      const url = `http://127.0.0.1:${port}${path}`;
      const asked = await fetch(url, { method: 'POST', body: attachBody('stream', '', { get: true, hold: 1 }) });
      const ticket = /^y(.+)$/m.exec(await asked.text())?.[1] ?? '';
      expect(await (await fetch(`${url}/${ticket}`)).text()).toMatch(/^data: a\{/m);
    }
    const elsewhere = await fetch(`http://127.0.0.1:${port}/anywhere`, { method: 'POST', body: attachBody() });
    expect(await elsewhere.text()).not.toMatch(/^t/m);
    expect(holdfast.sessions.size).toBe(2);
  });
});
