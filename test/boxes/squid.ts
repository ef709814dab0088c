import { boxesOf, type Program } from './program.js';

const squid: Program = {
  command: 'squid',
  package: 'squid',
  versionArgs: ['-v'],
  version: ['Squid', /Version ([\d.]+)/],
  isForward: true,
  files: (config, { folder, port }) => ({
    'squid.conf': `http_port 127.0.0.1:${port}
pid_filename none
access_log none
cache_store_log none
cache_log ${folder}/cache.log
coredump_dir ${folder}
netdb_filename none
pinger_enable off
shutdown_lifetime 0 seconds
cache_mem 16 MB
${config}
`,
  }),
  // One process; named, because its shared memory is found by name.
  args: ({ folder, port }) => ['-N', '-n', `holdfast${port}`, '-f', `${folder}/squid.conf`],
};

/** In the usual order: what is refused comes first. */
function rules(refused: string, more = '') {
  return (): string => `acl all_tunnels method CONNECT
${refused}
http_access allow localhost
http_access deny all
${more}`;
}

const NO_TUNNELS = 'http_access deny all_tunnels';

export const SQUID = boxesOf(squid, [
  { name: 'squid-allow', title: 'Squid: lets tunnels through', best: 'websocket', config: rules('') },
  { name: 'squid-deny-connect', title: 'Squid: refuses tunnels', best: 'streaming', config: rules(NO_TUNNELS) },
  {
    name: 'squid-64kb',
    title: 'Squid: refuses tunnels, cuts answers at 64 KB',
    best: 'streaming',
    config: rules(NO_TUNNELS, 'reply_body_max_size 64 KB'),
  },
  {
    name: 'squid-caching',
    title: 'Squid: refuses tunnels, keeps what must not be stored',
    best: 'streaming',
    config: rules(NO_TUNNELS, 'refresh_pattern . 1440 100% 10080 override-expire ignore-no-store ignore-private'),
  },
]);
