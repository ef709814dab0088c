import { boxesOf, type Program } from './program.js';

/** With the rules that Debian ships. */
const privoxy: Program = {
  command: 'privoxy',
  package: 'privoxy',
  versionArgs: ['--version'],
  version: ['Privoxy', /version ([\d.]+)/],
  isForward: true,
  files: (config, { port }) => ({ config: `listen-address 127.0.0.1:${port}\n${config}\n` }),
  args: ({ folder }) => ['--no-daemon', `${folder}/config`],
};

const tinyproxy: Program = {
  command: 'tinyproxy',
  package: 'tinyproxy',
  versionArgs: ['-v'],
  version: ['Tinyproxy', /tinyproxy ([\d.]+)/],
  isForward: true,
  files: (config, { port }) => ({ 'tinyproxy.conf': `Port ${port}\nListen 127.0.0.1\n${config}\n` }),
  args: ({ folder }) => ['-d', '-c', `${folder}/tinyproxy.conf`],
};

export const SMALL_PROXIES = [
  ...boxesOf(privoxy, [
    {
      name: 'privoxy',
      title: 'Privoxy with its own rules',
      best: 'websocket',
      config: ({ folder }) => `confdir /etc/privoxy
logdir ${folder}
actionsfile match-all.action
actionsfile default.action
actionsfile user.action
filterfile default.filter
filterfile user.filter
keep-alive-timeout 5
socket-timeout 300`,
    },
  ]),
  ...boxesOf(tinyproxy, [
    {
      name: 'tinyproxy',
      title: 'Tinyproxy as it comes: tunnels to port 443 only',
      best: 'streaming',
      config: () => 'Timeout 600\nMaxClients 100\nAllow 127.0.0.1\nConnectPort 443\nConnectPort 563\nLogLevel Critical',
    },
  ]),
];
