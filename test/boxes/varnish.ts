import { documented } from './documented.js';
import { boxesOf, type Place, type Program } from './program.js';

/** Compiles its configuration with gcc at each start: slow. */
const varnish: Program = {
  command: 'varnishd',
  package: 'varnish',
  versionArgs: ['-V'],
  version: ['Varnish', /varnish-([\d.]+)/],
  files: (config) => ({ 'varnish.vcl': config }),
  args: ({ folder, port }) => [
    ...['-F', '-j', 'none', '-n', folder, '-a', `127.0.0.1:${port}`],
    ...['-f', `${folder}/varnish.vcl`, '-s', 'malloc,16m', '-p', 'vsl_space=1M', '-T', 'none'],
  ],
};

function plain({ targetPort }: Place, more = ''): string {
  return `vcl 4.1;
backend app { .host = "127.0.0.1"; .port = "${targetPort}"; }
${more}
`;
}

export const VARNISH = boxesOf(varnish, [
  { name: 'varnish-default', title: 'Varnish: a backend and nothing else', best: 'streaming', config: plain },
  {
    name: 'varnish-right',
    title: 'Varnish as documented',
    best: 'websocket',
    config: (place) => documented('varnish.vcl', place, place.targetPort),
  },
  {
    name: 'varnish-buffering',
    title: 'Varnish: holds answers back to their end',
    best: 'long-polling',
    config: (place) => plain(place, 'sub vcl_backend_response { set beresp.do_stream = false; }'),
  },
]);
