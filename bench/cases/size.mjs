import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

export const name = 'size';

/** What a page has to load, gzipped at level 9. The same for all, and the same every time: there are no rounds. */
export async function run({ root }) {
  const client = `${root}/packages/client/dist`;
  return [
    {
      title: 'Module, all that it exports, bundled and minified by esbuild for browsers, gzipped',
      unit: 'bytes',
      rows: [
        row('Holdfast', await bundle(`export * from ${JSON.stringify(`${client}/index.js`)}`), 8 * 1024),
        row(
          'Holdfast core, websocket and long-polling only',
          await bundle(`export { connect, longPolling, websocket } from ${JSON.stringify(`${client}/core.js`)}`),
        ),
        row('engine.io-client', await bundle(`export * from 'engine.io-client'`)),
        row('socket.io-client', await bundle(`export * from 'socket.io-client'`)),
        row('sockjs-client', await bundle(`export { default } from 'sockjs-client'`)),
      ],
    },
    {
      title: 'File for <script> as published, gzipped',
      unit: 'bytes',
      rows: [
        row('Holdfast (ES5)', readFileSync(`${client}/holdfast.es5.js`), 10 * 1024),
        row('engine.io-client', readPeer('engine.io-client/dist/engine.io.min.js')),
        row('socket.io-client', readPeer('socket.io-client/dist/socket.io.min.js')),
        row('sockjs-client', readPeer('sockjs-client/dist/sockjs.min.js')),
      ],
    },
  ];
}

function row(label, content, maxBytes) {
  const bytes = gzipSync(content, { level: 9 }).byteLength;
  const samples = { label, median: bytes, samples: [bytes] };
  return maxBytes === undefined
    ? samples
    : { ...samples, aim: { of: 'median', atMost: maxBytes }, isMet: bytes <= maxBytes };
}

function readPeer(path) {
  return readFileSync(new URL(`../node_modules/${path}`, import.meta.url));
}

/** @param {string} source - a module that takes from another what a page is to load */
async function bundle(source) {
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: new URL('..', import.meta.url).pathname },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2020',
    legalComments: 'none',
    // sockjs-client asks for it; bundlers for pages give it so.
    define: { global: 'globalThis', 'process.env.NODE_ENV': '"production"' },
    logLevel: 'error',
    write: false,
  });
  return outputFiles[0].contents;
}
