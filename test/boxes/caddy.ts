import { documented } from './documented.js';
import { boxesOf, type Place, type Program } from './program.js';

/** Without its administration port and certificates. */
const caddy: Program = {
  command: 'caddy',
  package: 'caddy',
  versionArgs: ['version'],
  version: ['Caddy', /^v?([\d.]+)/],
  files: (config) => ({
    Caddyfile: `{
	admin off
	auto_https off
}
${config}`,
  }),
  args: () => ['run', '--config', 'Caddyfile', '--adapter', 'caddyfile'],
};

export const CADDY = boxesOf(caddy, [
  {
    name: 'caddy-default',
    title: 'Caddy: reverse_proxy and nothing else',
    best: 'websocket',
    config: ({ port, targetPort }: Place) => `http://127.0.0.1:${port}\nreverse_proxy 127.0.0.1:${targetPort}\n`,
  },
  {
    name: 'caddy-right',
    title: 'Caddy as documented',
    best: 'websocket',
    // An address of its own would have to be that of the request.
    config: async (place) => (await documented('Caddyfile', place, place.targetPort)).replace(/^127/m, 'http://127'),
  },
]);
