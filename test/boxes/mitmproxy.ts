import { boxesOf, type Program } from './program.js';

/** Stands for boxes that look into everything. What it gets as configuration is an addon for it. */
const mitmproxy: Program = {
  command: 'mitmdump',
  package: 'mitmproxy',
  versionArgs: ['--version'],
  version: ['mitmproxy', /Mitmproxy: ([\d.]+)/],
  files: (config) => ({ 'addon.py': config }),
  args: ({ folder, port, targetPort }) => [
    ...['--mode', `reverse:http://127.0.0.1:${targetPort}`, '--listen-host', '127.0.0.1', '-p', String(port)],
    ...['--set', `confdir=${folder}`, '--set', 'keep_host_header=true', '-s', 'addon.py', '-q'],
  ],
};

export const MITMPROXY = boxesOf(mitmproxy, [
  {
    name: 'mitmproxy',
    title: 'mitmproxy: looks at every answer as a whole',
    best: 'websocket',
    config: () => '',
  },
  {
    name: 'mitmproxy-drop-frames',
    title: 'mitmproxy: looks at every answer as a whole, loses WebSocket frames',
    best: 'long-polling',
    config: () => `def websocket_message(flow):
    flow.websocket.messages[-1].drop()
`,
  },
  {
    name: 'mitmproxy-lose-answers',
    title: 'mitmproxy: refuses WebSocket, loses every fourth answer of an address',
    best: 'long-polling',
    config: () => `from mitmproxy import http

counts = {}

def request(flow):
    if "upgrade" in flow.request.headers:
        flow.response = http.Response.make(403)

def response(flow):
    path = flow.request.path
    counts[path] = counts.get(path, 0) + 1
    if flow.request.method == "POST" and counts[path] % 4 == 0:
        flow.kill()
`,
  },
]);
