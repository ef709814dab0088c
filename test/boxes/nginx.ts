import { documented } from './documented.js';
import { boxesOf, type Place, type Program } from './program.js';

const TEMPORARY = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];

/** One process in the foreground that writes nowhere but into its folder, around what stands in the `http` context. */
export const nginx: Program = {
  command: 'nginx',
  package: 'nginx',
  versionArgs: ['-v'],
  version: ['nginx', /nginx\/([\d.]+)/],
  files: (config) => ({
    'nginx.conf': `daemon off;
master_process off;
pid nginx.pid;
error_log stderr;
events {}
http {
access_log off;
${TEMPORARY.map((name) => `${name}_temp_path ${name};`).join('\n')}
${config}
}
`,
  }),
  args: ({ folder }) => ['-p', folder, '-c', `${folder}/nginx.conf`, '-e', 'stderr'],
};

/** What every introduction begins with. */
function plain({ port, targetPort }: Place, more = ''): string {
  return `server { listen 127.0.0.1:${port}; location / { proxy_pass http://127.0.0.1:${targetPort}; ${more} } }`;
}

const right = (place: Place): Promise<string> => documented('nginx.conf', place, place.targetPort);

export const NGINX = boxesOf(nginx, [
  {
    name: 'nginx-default',
    title: 'nginx: proxy_pass and nothing else',
    best: 'streaming',
    config: (place) => plain(place),
  },
  { name: 'nginx-right', title: 'nginx as documented', best: 'websocket', config: right },
  {
    name: 'nginx-cut-3s',
    title: 'nginx: cuts after 3 s of silence',
    best: 'websocket',
    config: async (place) => (await right(place)).replace('proxy_read_timeout 60s;', 'proxy_read_timeout 3s;'),
  },
  {
    name: 'nginx-caching',
    title: 'nginx: keeps what must not be stored',
    best: 'streaming',
    config: (place) => `proxy_cache_path cache keys_zone=all:1m;
${plain(
  place,
  `proxy_cache all;
proxy_cache_valid any 10m;
proxy_ignore_headers Cache-Control Expires Set-Cookie Vary X-Accel-Expires;`,
)}`,
  },
  {
    name: 'nginx-buffering',
    title: 'nginx: holds answers back to their end',
    best: 'long-polling',
    config: (place) => plain(place, 'proxy_ignore_headers X-Accel-Buffering;'),
  },
]);
