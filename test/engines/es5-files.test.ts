import { readFile } from 'node:fs/promises';
import { createServer, type Server as HttpServer } from 'node:http';
import { join } from 'node:path';
import { Server } from '@holdfast/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listen, shut } from '../matrix/pair.js';
import { ROOT } from '../setup.mjs';
import { engines } from './index.js';
import { SHORT_ENGINES } from './parts.mjs';
import type { RunningEngine } from './engine.js';

/** What the files are loaded as: by `<script>`, and as an old bundler does it. */
const LOADERS = {
  script: (script: string) => script,
  CommonJS: (_script: string, commonJs: string) =>
    `var Holdfast = (function () { var exports = {}; ${commonJs}; return exports; })();`,
} as const;

const MESSAGES = ['one', 'grüß \ud83d\ude00 \u2028 \\', '', '\u20ac<'.repeat(20_000)];

/** As JavaScript of any age: U+2028 was no character of a string literal once. */
const SENT = JSON.stringify(MESSAGES).replace(
  /[^ -~]/g,
  (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
);

/** Sends texts and bytes, compares what comes back, and reports by an image: the client is not what tells on itself. */
const page = (options: string): string => `<!doctype html><body><script>
  function report(what) { new Image().src = '/report?' + encodeURIComponent(what); }
  window.onerror = function (message) { report('threw ' + message); };
</script>
<script src="/client.js"></script>
<script>
  var sent = ${SENT}, count = 0, wrong = 0;
  sent.push(new Holdfast.Uint8Array([0, 1, 127, 128, 255]));
  var session = Holdfast.connect('/holdfast', ${options});
  session.on('message', function (data) {
    var want = sent[count++], isSame = typeof want === 'string' ? data === want : data.length === want.length;
    for (var i = 0; isSame && typeof want !== 'string' && i < want.length; i++) isSame = data[i] === want[i];
    if (!isSame) wrong++;
    if (count === sent.length) { report(wrong + ' wrong by ' + session.transport); session.close(); }
  });
  for (var i = 0; i < sent.length; i++) session.send(sent[i]);
</script>`;

const WAYS: readonly (readonly [name: string, options: string, transport: string, before: string])[] = [
  ...['websocket', 'streaming', 'long-polling', 'polling'].map(
    (name) => [name, `{ transports: ['${name}'], memory: false }`, name, ''] as const,
  ),
  ['forms and scripts', `{ jsonp: true, memory: false }`, 'long-polling', 'XMLHttpRequest = WebSocket = undefined;'],
];

let http: HttpServer;
let holdfast: Server;
let port: number;
let client = '';
let document = '';
let reported: (what: string) => void = () => {};

beforeAll(async () => {
  http = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    if (url.pathname === '/report') reported(decodeURIComponent(url.search.slice(1)));
    const script = url.pathname === '/client.js';
    response.setHeader('Content-Type', script ? 'text/javascript' : 'text/html; charset=utf-8');
    response.end(script ? client : document);
  });
  holdfast = new Server({ jsonp: true });
  holdfast.on('session', (session) => {
    session.on('message', (data) => session.send(data));
  });
  holdfast.attach(http);
  port = await listen(http);
});
afterAll(async () => {
  await holdfast.close({ drainMs: 0, retryAfterMs: 0, spreadMs: 0 });
  await shut(http);
});

describe.each(SHORT_ENGINES.filter((name) => engines.find((each) => each.name === name)?.client === 'es5'))(
  'the ES5 files in %s',
  (name) => {
    let running: RunningEngine | undefined;
    beforeAll(async () => {
      running = await engines.find((each) => each.name === name)?.start();
    });
    afterAll(() => running?.stop());

    describe.each(Object.keys(LOADERS) as (keyof typeof LOADERS)[])('as %s', (kind) => {
      it.each(WAYS)('echo texts and bytes by %s', async (_way, options, transport, before) => {
        const [script, commonJs] = await Promise.all(
          ['dist/holdfast.es5.js', 'es5/index.js'].map((file) => readFile(join(ROOT, 'packages/client', file), 'utf8')),
        );
        client = `${before}${LOADERS[kind](script ?? '', commonJs ?? '')}`;
        document = page(options);
        const report = new Promise<string>((resolve) => {
          reported = resolve;
        });
        const open = await running?.open(`http://127.0.0.1:${port}/`);
        expect(await report).toBe(`0 wrong by ${transport}`);
        await open?.close();
      });
    });
  },
);
