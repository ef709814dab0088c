/** What there is to set right. */
export type Topic = 'upgrade' | 'buffering' | 'timeouts' | 'bodies' | 'caching' | 'host' | 'compression' | 'sticky';

/** Programs whose configuration we know, and services that are set by hand. */
export type BoxKind = 'nginx' | 'haproxy' | 'apache' | 'varnish' | 'caddy' | 'cdn';

/** Lines to paste, or what to click. */
export interface Advice {
  readonly box: BoxKind;
  /** `nginx`. */
  readonly title: string;
  /** To be put where: `in the location of the endpoint`. */
  readonly where: string;
  readonly lines: readonly string[];
}

type Paste = Pick<Advice, 'where' | 'lines'>;

const TITLES: Readonly<Record<BoxKind, string>> = {
  nginx: 'nginx',
  haproxy: 'HAProxy',
  apache: 'Apache',
  varnish: 'Varnish',
  caddy: 'Caddy',
  cdn: 'A CDN, or a proxy that is not yours',
};

const inLocation = (...lines: string[]): Paste => ({ where: 'in the location of the endpoint', lines });
const inHttp = (...lines: string[]): Paste => ({ where: 'in http, outside of server', lines });
const inFrontend = (...lines: string[]): Paste => ({ where: 'in the frontend', lines });
const inBackend = (...lines: string[]): Paste => ({ where: 'in the backend of the endpoint', lines });
const inApacheLocation = (...lines: string[]): Paste => ({ where: 'in the Location of the endpoint', lines });
const inVclBackend = (...lines: string[]): Paste => ({ where: 'in the backend', lines });
const inVcl = (name: string, ...lines: string[]): Paste => ({ where: `in ${name}`, lines });
const bySetting = (...lines: string[]): Paste => ({ where: 'in its settings', lines });

const HAPROXY_UPGRADE = '# WebSockets pass by themselves: remove what deletes their headers, denies or tarpits them.';

/** The lines are those of the files in docs/proxies; a test compares them. */
const PASTES: Readonly<Record<Topic, Partial<Record<BoxKind, readonly Paste[]>>>> = {
  upgrade: {
    nginx: [
      inHttp('map $http_upgrade $holdfast_connection {', '    default upgrade;', "    ''      '';", '}'),
      inLocation(
        'proxy_http_version 1.1;',
        'proxy_set_header Upgrade $http_upgrade;',
        'proxy_set_header Connection $holdfast_connection;',
      ),
    ],
    haproxy: [inBackend(HAPROXY_UPGRADE, 'timeout tunnel 60s')],
    apache: [inApacheLocation('ProxyPass "http://127.0.0.1:3000/holdfast" upgrade=websocket timeout=60')],
    varnish: [
      inVcl('vcl_recv', 'if (req.http.Upgrade ~ "(?i)websocket") {', '    return (pipe);', '}'),
      inVcl(
        'vcl_pipe',
        'if (bereq.http.Upgrade || req.http.Upgrade) {',
        '    set bereq.http.Upgrade = req.http.Upgrade;',
        '    set bereq.http.Connection = req.http.Connection;',
        '}',
      ),
    ],
    cdn: [
      bySetting(
        'Switch WebSockets on for this host, and make no rule that refuses or strips “Upgrade”.',
        'Serve it over https: what can not look inside can not spoil it.',
      ),
    ],
  },
  buffering: {
    nginx: [inLocation('proxy_buffering off;', 'gzip off;')],
    haproxy: [inBackend('option http-no-delay')],
    varnish: [inVcl('vcl_backend_response', 'set beresp.do_stream = true;', 'set beresp.do_gzip = false;')],
    caddy: [{ where: 'in its reverse_proxy', lines: ['flush_interval -1'] }],
    cdn: [
      bySetting(
        'Switch off response buffering, inspection and compression for this path.',
        'Serve it over https: what can not look inside can not hold it back.',
      ),
    ],
  },
  timeouts: {
    nginx: [inLocation('proxy_read_timeout 60s;')],
    haproxy: [inFrontend('timeout client 60s'), inBackend('timeout server 60s', 'timeout tunnel 60s')],
    apache: [inApacheLocation('ProxyPass "http://127.0.0.1:3000/holdfast" upgrade=websocket timeout=60')],
    varnish: [inVclBackend('.first_byte_timeout = 60s;', '.between_bytes_timeout = 60s;')],
    cdn: [
      bySetting(
        'Raise idle and response timeouts for this path to 60 s or more.',
        'Where that can not be: options heartbeatIntervalMs and holdMs of the server, below the limit.',
      ),
    ],
  },
  bodies: {
    nginx: [inLocation('client_max_body_size 1m;', 'proxy_request_buffering off;')],
    cdn: [
      bySetting(
        'Allow request bodies and answers of 1 MiB for this path. With less it works, and large messages go in smaller parts.',
      ),
    ],
  },
  caching: {
    nginx: [inLocation('proxy_cache off;')],
    varnish: [inVcl('vcl_recv', 'if (req.url ~ "^/holdfast([/?]|$)") {', '    return (pass);', '}')],
    cdn: [bySetting('Bypass the cache for this path, and obey “Cache-Control: no-store”.')],
  },
  host: {
    nginx: [inLocation('proxy_set_header Host $http_host;', 'proxy_set_header X-Forwarded-Proto $scheme;')],
    apache: [inApacheLocation('ProxyPreserveHost On', 'RequestHeader set X-Forwarded-Proto expr=%{REQUEST_SCHEME}')],
    cdn: [bySetting('Hand on the Host header that the page asked for.')],
  },
  compression: {
    nginx: [inLocation('gzip off;')],
    apache: [inApacheLocation('SetEnv no-gzip 1', 'SetEnv no-brotli 1')],
    varnish: [inVcl('vcl_backend_response', 'set beresp.do_gzip = false;')],
    cdn: [bySetting('Obey “Cache-Control: no-transform”: neither compress nor rewrite what is below this path.')],
  },
  sticky: {
    nginx: [
      inHttp(
        'upstream holdfast {',
        '    hash $arg_at consistent;',
        '    server 127.0.0.1:3000;',
        '    server 127.0.0.1:3001;',
        '}',
      ),
      inLocation('proxy_pass http://holdfast;'),
    ],
    haproxy: [inBackend('balance url_param at', 'hash-type consistent')],
    cdn: [
      bySetting(
        'Send all requests of one session to the same server: by the “at” in its address, which the client sets.',
      ),
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

/** Which boxes have shown themselves; those that are met most if none has. */
export function boxesIn(signs: readonly string[]): readonly BoxKind[] {
  const found = SIGNS.filter(([sign]) => signs.some((text) => sign.test(text))).map(([, box]) => box);
  return found.length > 0 ? found : ['nginx', 'haproxy', 'apache', 'cdn'];
}

/** What to change about these topics in these boxes. */
export function adviceFor(topics: readonly Topic[], boxes: readonly BoxKind[]): readonly Advice[] {
  return boxes.flatMap((box) =>
    topics
      .flatMap((topic) => PASTES[topic][box] ?? [])
      .map(({ where, lines }) => ({ box, title: TITLES[box], where, lines })),
  );
}

/** Everything there is, for what compares it with the documented files. */
export const ALL_ADVICE: readonly Advice[] = adviceFor(
  Object.keys(PASTES) as Topic[],
  Object.keys(TITLES) as BoxKind[],
);
