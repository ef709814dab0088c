import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sinon from 'sinon';
import { afterAll, describe, expect, it } from 'vitest';
import { ClientFile } from './client-file.js';
import { echo, serve } from './testing/serve.js';

const folder = mkdtempSync(join(tmpdir(), 'holdfast-client-'));
const file = join(folder, 'client.js');
const source = `var Holdfast = "grüß 😀";\n${'x = 1;\n'.repeat(1000)}`;
writeFileSync(file, source);

afterAll(() => rmSync(folder, { recursive: true }));

async function get(headers: Record<string, string> = {}, method = 'GET'): Promise<Response> {
  const { port } = await serve({ serveClient: file });
  // Undici decodes by itself; asked for by hand, it doesn't.
  return fetch(`http://127.0.0.1:${port}/holdfast/client.js`, { method, headers });
}

async function bytesOf(encoding: string): Promise<{ type: string | null; length: string | null; etag: string | null }> {
  const response = await get({ 'Accept-Encoding': encoding });
  expect(await response.text()).toBe(source);
  const { headers } = response;
  return { type: headers.get('content-encoding'), length: headers.get('content-length'), etag: headers.get('etag') };
}

describe('<path>/client.js', () => {
  it('is JavaScript for everybody, to be asked for again', async () => {
    const response = await get({ Origin: 'https://b.example' });
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'text/javascript; charset=utf-8',
      'x-content-type-options': 'nosniff',
      'cache-control': 'public, no-cache, no-transform',
      'access-control-allow-origin': '*',
      'cross-origin-resource-policy': 'cross-origin',
      vary: 'Accept-Encoding',
    });
    expect(await response.text()).toBe(source);
  });

  it.each([
    ['gzip, deflate, br', 'br'],
    ['gzip', 'gzip'],
    ['br;q=0, gzip;q=0.5', 'gzip'],
    ['*', 'br'],
    ['*;q=0', null],
    ['identity', null],
    ['', null],
    ['GZIP', 'gzip'],
    ['deflate', null],
  ])('comes to whoever takes %j as %s', async (accepted, encoding) => {
    const { type, length } = await bytesOf(accepted);
    expect(type).toBe(encoding);
    if (encoding === null) expect(length).toBe(String(Buffer.byteLength(source)));
    else expect(Number(length)).toBeLessThan(300);
  });

  it('has an ETag of its own for each encoding', async () => {
    const etags = [];
    for (const encoding of ['br', 'gzip', 'identity']) etags.push((await bytesOf(encoding)).etag);
    expect(new Set(etags).size).toBe(3);
    for (const etag of etags) expect(etag).toMatch(/^"[\w-]+"$/);
  });

  it('is not sent again to whoever has it', async () => {
    const etag = (await get({ 'Accept-Encoding': 'br' })).headers.get('etag') ?? '';
    for (const header of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const response = await get({ 'Accept-Encoding': 'br', 'If-None-Match': header });
      expect(response.status).toBe(304);
      expect(response.headers.get('etag')).toBe(etag);
      expect(await response.text()).toBe('');
    }
    const other = await get({ 'Accept-Encoding': 'gzip', 'If-None-Match': etag });
    expect(other.status).toBe(200);
  });

  it('answers HEAD, and nothing but HEAD and GET', async () => {
    const head = await get({ 'Accept-Encoding': 'identity' }, 'HEAD');
    expect(head.status).toBe(200);
    expect(head.headers.get('content-length')).toBe(String(Buffer.byteLength(source)));
    expect(await head.text()).toBe('');
    const post = await get({}, 'POST');
    expect(post.status).toBe(405);
    expect(post.headers.get('allow')).toBe('GET, HEAD');
  });

  it('is not there unless asked for', async () => {
    const { port } = await serve();
    expect((await fetch(`http://127.0.0.1:${port}/holdfast/client.js`)).status).toBe(404);
  });
});

describe('ClientFile', () => {
  it('refuses a file that is not there, at once', () => {
    expect(() => new ClientFile(join(folder, 'nothing.js'))).toThrow(
      expect.objectContaining({ code: 'ERR_OPTION', message: expect.stringContaining('nothing.js') as string }),
    );
    expect(() => echo({ serveClient: join(folder, 'nothing.js') })).toThrow('serveClient');
  });
});

describe('serveClient: true', () => {
  it('finds the file of @holdfast/client', () => {
    // What is installed beside this package goes first, but is not built everywhere.
    const installed = join(folder, 'node_modules', '@holdfast', 'client');
    mkdirSync(installed, { recursive: true });
    writeFileSync(join(installed, 'package.json'), '{"exports":{"./holdfast.es5.js":"./built.js"}}');
    writeFileSync(join(installed, 'built.js'), source);
    const cwd = sinon.stub(process, 'cwd').returns(folder);
    expect(() => new ClientFile(true)).not.toThrow();
    cwd.restore();
  });
});
