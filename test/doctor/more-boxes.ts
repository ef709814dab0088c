import { documented } from '../boxes/documented.js';
import { haproxy } from '../boxes/haproxy.js';
import { nginx } from '../boxes/nginx.js';
import { freePort } from '../boxes/ports.js';
import { boxesOf, type Place, type Variant } from '../boxes/program.js';

/** nginx as documented, but for what is replaced. */
function nginxBut(...changes: readonly (readonly [before: string, after: string])[]): Variant['config'] {
  return async (place) => {
    let text = await documented('nginx.conf', place, place.targetPort);
    for (const [before, after] of changes) {
      if (!text.includes(before)) throw new Error(`nginx.conf says nothing of ${before}`);
      text = text.replace(before, after);
    }
    return text;
  };
}

/** HAProxy, which holds nothing back, around rules and servers. */
function haproxyWith(rules: string, servers: (target: string) => readonly string[]): Variant['config'] {
  return ({ port, targetPort }) => `defaults
    mode http
    option http-no-delay
    option abortonclose
    timeout connect 5s
    timeout client 60s
    timeout server 60s
frontend www
    bind 127.0.0.1:${port}
    acl is_websocket hdr(upgrade) -i websocket
    ${rules}
    default_backend app
backend app
    ${servers(`127.0.0.1:${targetPort}`)
      .map((server, index) => `server s${index} ${server}`)
      .join('\n    ')}
`;
}

const alone = (target: string): readonly string[] => [target];

/** What only the doctor needs. */
export const MORE_BOXES = [
  ...boxesOf(nginx, [
    {
      name: 'nginx-small-bodies',
      title: 'nginx: request bodies of 64 KB at most',
      best: 'websocket',
      config: ({ port, targetPort }: Place) =>
        `server { listen 127.0.0.1:${port}; location / { proxy_pass http://127.0.0.1:${targetPort}; client_max_body_size 64k; } }`,
    },
    {
      name: 'nginx-elsewhere',
      title: 'nginx: leads to another address',
      best: 'nothing',
      config: ({ port }: Place) => `server { listen 127.0.0.1:${port}; return 301 https://shop.example$request_uri; }`,
    },
    {
      name: 'nginx-page',
      title: 'nginx: its own page at every path',
      best: 'nothing',
      config: ({ port }: Place) =>
        `server { listen 127.0.0.1:${port}; default_type text/html; return 200 "<title>Welcome</title>"; }`,
    },
    {
      name: 'nginx-hangs-up',
      title: 'nginx: ends every request without an answer',
      best: 'nothing',
      config: ({ port }: Place) => `server { listen 127.0.0.1:${port}; location /holdfast { return 444; } }`,
    },
    {
      name: 'nginx-gzip',
      title: 'nginx: compresses texts',
      best: 'websocket',
      config: nginxBut(['gzip off;', 'gzip on; gzip_types text/plain;']),
    },
    {
      name: 'nginx-gzip-cut-3s',
      title: 'nginx: compresses texts, cuts after 3 s of silence',
      best: 'websocket',
      config: nginxBut(
        ['gzip off;', 'gzip on; gzip_types text/plain;'],
        ['proxy_read_timeout 60s;', 'proxy_read_timeout 3s;'],
      ),
    },
    {
      name: 'nginx-notice',
      title: 'nginx: adds a notice to texts',
      best: 'websocket',
      config: nginxBut(
        ['gzip off;', 'addition_types text/plain; add_after_body /notice;'],
        ['location /holdfast', 'location = /notice { return 200 "<p>Be careful</p>"; }\nlocation /holdfast'],
      ),
    },
    {
      name: 'nginx-no-post',
      title: 'nginx: takes GET only',
      best: 'websocket',
      config: nginxBut(['gzip off;', 'limit_except GET { deny all; }']),
    },
    {
      name: 'nginx-one-down',
      title: 'nginx: finds out at the first request that one of two servers is down',
      best: 'websocket',
      config: async (place) => {
        const right = await nginxBut(['gzip off;', 'proxy_next_upstream off;'])(place);
        const servers = `upstream app {
server 127.0.0.1:${await freePort()} max_fails=1 fail_timeout=600s;
server 127.0.0.1:${place.targetPort};
}`;
        return `${servers}\n${right.replace(/proxy_pass .*;/, 'proxy_pass http://app;')}`;
      },
    },
  ]),
  ...boxesOf(haproxy, [
    {
      name: 'haproxy-hangs-up',
      title: 'HAProxy: ends handshakes without an answer',
      best: 'streaming',
      config: haproxyWith('http-request reject if is_websocket', alone),
    },
    {
      name: 'haproxy-other-host',
      title: 'HAProxy: replaces the Host of handshakes',
      best: 'streaming',
      config: haproxyWith('http-request set-header Host app.internal if is_websocket', alone),
    },
    {
      name: 'haproxy-one-connection',
      title: 'HAProxy: one connection to the server at a time',
      best: 'long-polling',
      config: haproxyWith('', (target) => [`${target} maxconn 1`]),
    },
    {
      name: 'haproxy-two-sources',
      title: 'HAProxy: comes from two addresses',
      best: 'websocket',
      config: haproxyWith('', (target) => ['127.0.0.2', '127.0.0.3'].map((from) => `${target} source ${from}`)),
    },
  ]),
];
