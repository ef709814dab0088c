import { documented } from './documented.js';
import { boxesOf, type Place, type Program } from './program.js';

/** A worker in the foreground, without what the distribution's service adds. */
export const haproxy: Program = {
  command: 'haproxy',
  package: 'haproxy',
  versionArgs: ['-v'],
  version: ['HAProxy', /version ([\d.]+)/],
  files: (config) => ({ 'haproxy.cfg': config }),
  args: () => ['-db', '-f', 'haproxy.cfg'],
};

/** Timeouts as in Debian's example, and the shortest way through. */
function plain({ port, targetPort }: Place, front = '', back = ''): string {
  return `defaults
    mode http
    timeout connect 5000
    timeout client 50000
    timeout server 50000
frontend www
    bind 127.0.0.1:${port}
    acl is_websocket hdr(upgrade) -i websocket
    ${front}
    default_backend app
backend app
    ${back}
    server one 127.0.0.1:${targetPort}
`;
}

export const HAPROXY = boxesOf(haproxy, [
  { name: 'haproxy-default', title: 'HAProxy: a server and nothing else', best: 'websocket', config: plain },
  {
    name: 'haproxy-right',
    title: 'HAProxy as documented',
    best: 'websocket',
    config: (place) => documented('haproxy.cfg', place, place.targetPort),
  },
  {
    name: 'haproxy-strip',
    title: 'HAProxy: takes the Upgrade header away',
    best: 'streaming',
    config: (place) => plain(place, 'http-request del-header upgrade'),
  },
  {
    name: 'haproxy-deny',
    title: 'HAProxy: refuses WebSocket with 403',
    best: 'streaming',
    config: (place) => plain(place, 'http-request deny deny_status 403 if is_websocket'),
  },
  {
    name: 'haproxy-tarpit',
    title: 'HAProxy: lets WebSocket wait in vain',
    best: 'streaming',
    config: (place) => plain(place, 'timeout tarpit 60s\n    http-request tarpit if is_websocket'),
  },
  {
    name: 'haproxy-tunnel-3s',
    title: 'HAProxy: cuts a WebSocket after 3 s of silence',
    best: 'websocket',
    config: (place) => plain(place, '', 'timeout tunnel 3s'),
  },
]);
