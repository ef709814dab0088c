/** What there is to set right. */
export type Topic = 'upgrade' | 'buffering' | 'timeouts' | 'bodies' | 'caching' | 'host' | 'compression' | 'sticky';

/** Programs whose configuration we know, and services that are set by hand. */
export type BoxKind = 'nginx' | 'haproxy' | 'apache' | 'varnish' | 'caddy' | 'cdn';

/** Lines to paste, or what to click. */
export interface Advice {
  readonly box: BoxKind;
  readonly title: string;
  /** To be put where. */
  readonly where: string;
  readonly lines: readonly string[];
}

/** What each box is called, and where its lines belong. */
export const BOXES: Readonly<Record<BoxKind, { readonly title: string; readonly where: string }>> = {
  nginx: { title: 'nginx', where: 'in the location of the endpoint' },
  haproxy: { title: 'HAProxy', where: 'in the frontend and backend of the endpoint' },
  apache: { title: 'Apache', where: 'in the Location of the endpoint' },
  varnish: { title: 'Varnish', where: 'in the VCL' },
  caddy: { title: 'Caddy', where: 'in the reverse_proxy of the endpoint' },
  cdn: { title: 'A CDN, or a proxy that is not yours', where: 'in its settings' },
};

const NGINX_UPGRADE = [
  'map $http_upgrade $holdfast_connection {',
  '    default upgrade;',
  "    ''      '';",
  '}',
  'proxy_http_version 1.1;',
  'proxy_set_header Upgrade $http_upgrade;',
  'proxy_set_header Connection $holdfast_connection;',
] as const;

/** The lines are those of the files in docs/proxies; a test compares them. */
const LINES: Readonly<Record<Topic, Partial<Record<BoxKind, readonly string[]>>>> = {
  upgrade: {
    nginx: NGINX_UPGRADE,
    haproxy: ['timeout tunnel 60s'],
    apache: ['ProxyPass "http://127.0.0.1:3000/holdfast" upgrade=websocket timeout=60'],
    varnish: [
      'if (req.http.Upgrade ~ "(?i)websocket") {',
      '    return (pipe);',
      '}',
      'sub vcl_pipe {',
      '    if (bereq.http.Upgrade || req.http.Upgrade) {',
      '        set bereq.http.Upgrade = req.http.Upgrade;',
      '        set bereq.http.Connection = req.http.Connection;',
      '    }',
      '}',
    ],
    cdn: [
      'Switch WebSockets on for this host, and make no rule that refuses or strips "Upgrade".',
      'Serve it over https: what can not look inside can not spoil it.',
    ],
  },
  buffering: {
    nginx: ['proxy_buffering off;', 'gzip off;'],
    haproxy: ['option http-no-delay'],
    varnish: ['set beresp.do_stream = true;', 'set beresp.do_gzip = false;'],
    caddy: ['flush_interval -1'],
    cdn: [
      'Switch off response buffering, inspection and compression for this path.',
      'Serve it over https: what can not look inside can not hold it back.',
    ],
  },
  timeouts: {
    nginx: ['proxy_read_timeout 60s;'],
    haproxy: ['timeout client 60s', 'timeout server 60s', 'timeout tunnel 60s'],
    apache: ['ProxyPass "http://127.0.0.1:3000/holdfast" upgrade=websocket timeout=60'],
    varnish: ['.first_byte_timeout = 60s;', '.between_bytes_timeout = 60s;'],
    cdn: [
      'Raise idle and response timeouts for this path to 60 s or more.',
      'Where that can not be: heartbeatIntervalMs and holdMs of the server below the limit.',
    ],
  },
  bodies: {
    nginx: ['client_max_body_size 1m;', 'proxy_request_buffering off;'],
    cdn: [
      'Allow request bodies and answers of 1 MiB for this path. Less is slower, and works: large messages go in parts.',
    ],
  },
  caching: {
    nginx: ['proxy_cache off;'],
    varnish: ['if (req.url ~ "^/holdfast([/?]|$)") {', '    return (pass);', '}'],
    cdn: ['Bypass the cache for this path, and obey "Cache-Control: no-store".'],
  },
  host: {
    nginx: ['proxy_set_header Host $http_host;', 'proxy_set_header X-Forwarded-Proto $scheme;'],
    apache: ['ProxyPreserveHost On', 'RequestHeader set X-Forwarded-Proto expr=%{REQUEST_SCHEME}'],
    cdn: ['Hand on the Host header that the page asked for.'],
  },
  compression: {
    nginx: ['gzip off;'],
    apache: ['SetEnv no-gzip 1', 'SetEnv no-brotli 1'],
    varnish: ['set beresp.do_gzip = false;'],
    cdn: ['Obey "Cache-Control: no-transform": no compression and no rewriting for this path.'],
  },
  sticky: {
    nginx: [
      'upstream holdfast {',
      '    hash $arg_at consistent;',
      '    server 127.0.0.1:3000;',
      '    server 127.0.0.1:3001;',
      '}',
    ],
    haproxy: ['balance url_param at', 'hash-type consistent'],
    cdn: [
      'Send all requests of one client to the same server: by the "at" in the address, by cookie, or by source address.',
    ],
  },
};

/** By what they call themselves in `Server`, `Via` and their error pages. */
const SIGNS: readonly (readonly [RegExp, BoxKind])[] = [
  [/nginx|openresty/i, 'nginx'],
  [/haproxy/i, 'haproxy'],
  [/apache/i, 'apache'],
  [/varnish/i, 'varnish'],
  [/caddy/i, 'caddy'],
  [/cloudflare|cf-ray|cloudfront|x-amz-cf|fastly|akamai|azure|squid|privoxy|tinyproxy|mitmproxy/i, 'cdn'],
];

/** Which boxes have shown themselves; all if none has. */
export function boxesIn(signs: readonly string[]): readonly BoxKind[] {
  const found = SIGNS.filter(([sign]) => signs.some((text) => sign.test(text))).map(([, box]) => box);
  return found.length > 0 ? found : ['nginx', 'haproxy', 'apache', 'cdn'];
}

/** What to change about these topics in these boxes. */
export function adviceFor(topics: readonly Topic[], boxes: readonly BoxKind[]): readonly Advice[] {
  return boxes.flatMap((box) => {
    const lines = new Set(topics.flatMap((topic) => LINES[topic][box] ?? []));
    // Blocks repeat their closing brace.
    const isBlock = topics.length === 1;
    const all = isBlock ? (LINES[topics[0] ?? 'host'][box] ?? []) : Array.from(lines);
    return all.length === 0 ? [] : [{ box, ...BOXES[box], lines: all }];
  });
}
