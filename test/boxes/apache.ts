import { documented } from './documented.js';
import { boxesOf, type Place, type Program } from './program.js';

const MODULES = '/usr/lib/apache2/modules';

/** What Debian switches on by itself, as far as it matters here, and the proxy. */
const LOADED = [
  'mpm_event',
  'authz_core',
  'reqtimeout',
  'setenvif',
  'env',
  'filter',
  'deflate',
  'headers',
  'proxy',
  'proxy_http',
];

/** One server in the foreground, around what stands in its configuration. */
const apache: Program = {
  command: 'apache2',
  package: 'apache2',
  versionArgs: ['-v'],
  version: ['Apache', /Apache\/([\d.]+)/],
  files: (config, { folder, port }) => ({
    'apache.conf': `ServerRoot ${folder}
DefaultRuntimeDir ${folder}
PidFile ${folder}/apache.pid
Mutex posixsem
ErrorLog ${folder}/error.log
ServerName localhost
${LOADED.map((name) => `LoadModule ${name}_module ${MODULES}/mod_${name}.so`).join('\n')}
Listen 127.0.0.1:${port}
StartServers 1
ThreadsPerChild 64
MaxRequestWorkers 128
# As in Debian's deflate.conf.
AddOutputFilterByType DEFLATE text/html text/plain text/xml text/css text/javascript
${config}
`,
  }),
  args: ({ folder }) => ['-DFOREGROUND', '-f', `${folder}/apache.conf`],
};

function plain({ targetPort }: Place): string {
  return `ProxyPass "/" "http://127.0.0.1:${targetPort}/"`;
}

export const APACHE = boxesOf(apache, [
  { name: 'apache-default', title: 'Apache: ProxyPass and nothing else', best: 'streaming', config: plain },
  {
    name: 'apache-right',
    title: 'Apache as documented',
    best: 'websocket',
    config: (place) => documented('apache.conf', place, place.targetPort),
  },
  {
    name: 'apache-http10',
    title: 'Apache: speaks HTTP/1.0',
    best: 'streaming',
    config: (place) => `${plain(place)}
SetEnvIf Request_URI "." downgrade-1.0 force-response-1.0 nokeepalive`,
  },
]);
