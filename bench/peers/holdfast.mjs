import { built } from './built.mjs';

export async function serve(http, accept, root) {
  const { Server } = await built(root, 'server/dist/index.js');
  const server = new Server();
  server.on('session', (session) => {
    const handle = accept({ send: (text) => session.send(text), close: () => session.close() });
    session.on('message', handle);
  });
  server.attach(http);
  return (text) => server.broadcast(text);
}

export async function prepare(url, options, root) {
  const { connect } = await built(root, 'client/dist/node/index.js');
  const trace = await makeTrace(root);
  return ({ ready, message }) => {
    const session = connect(`${url}/holdfast`, { ...options, ...trace });
    const connection = {
      send: (text) => session.send(text),
      close: () => session.close(),
      pause: () => session.pause(),
      resume: () => session.resume(),
    };
    session.on('message', message);
    ready(connection);
    return connection;
  };
}

/** `BENCH_TRACE=1` tells the story of each connection: for finding out why a figure is what it is. */
async function makeTrace(root) {
  if (process.env['BENCH_TRACE'] === undefined) return {};
  const { debug } = await built(root, 'client/dist/debug.js');
  const startedAt = performance.now();
  return { trace: debug((line) => console.error(`[${(performance.now() - startedAt).toFixed(1)}] ${line}`)) };
}
