import { createServer, request } from 'node:http';
import { connect as connectTcp, createServer as createNetServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { connect } from '@holdfast/client';
import { refuse } from '@holdfast/server';
import type { ExamineOptions } from 'holdfast-doctor';
import { expect } from 'vitest';
import { WebSocketServer } from 'ws';
import { nginx } from '../boxes/nginx.js';
import { boxesOf } from '../boxes/program.js';
import { HostileProxy } from '../matrix/hostile-proxy.js';
import { listen, shut } from '../matrix/pair.js';
import { HTTP } from './hostile-cases.js';
import { later, Patient, putBehind, startPatient } from './patient.js';

/** What is found at an address. */
export interface ServerCase {
  readonly title: string;
  readonly finds: readonly string[];
  /** What else is found depends on which requests it strikes. */
  readonly isAmongOthers?: boolean;
  readonly says?: RegExp;
  readonly options?: ExamineOptions;
  /** Starts what is there until the test is over, and gives its address. */
  start(): Promise<string>;
}

const urlOf = (port: number): string => `http://127.0.0.1:${port}/holdfast`;

/** Begins sessions that last until the test is over. */
async function beginSessions(url: string, count: number): Promise<void> {
  const opened = Array.from({ length: count }, () => {
    const session = connect(url, { transports: ['websocket'] });
    later(() => session.close());
    return new Promise((resolve) => session.once('open', resolve));
  });
  await Promise.all(opened);
}

/** What happens to a network between us and a server, or to the server itself. Each by {@link HTTP} unless told otherwise. */
export const SERVER_CASES: readonly ServerCase[] = [
  {
    title: 'a name that nobody knows',
    finds: ['dns'],
    start: () => Promise.resolve('http://holdfast.invalid/holdfast'),
  },
  {
    title: 'a port where nobody listens',
    finds: ['refused'],
    async start() {
      const patient = await Patient.start();
      await patient.stop();
      return patient.url;
    },
  },
  {
    title: 'an address to which no way leads',
    finds: ['unreachable'],
    // That of a broadcast: the kernel knows no way for TCP there, as if the network were gone.
    start: () => Promise.resolve('http://127.255.255.255:9/holdfast'),
  },
  {
    title: 'somebody who listens and says nothing',
    finds: ['no-answer'],
    options: { timeoutMs: 1000 },
    async start() {
      const mute = createNetServer((socket) => socket.resume());
      later(() => shut(mute));
      return urlOf(await listen(mute));
    },
  },
  {
    title: 'a port that is for http',
    finds: ['not-tls'],
    start: async () => (await startPatient()).url.replace('http:', 'https:'),
  },
  {
    title: 'a path with no Holdfast server',
    finds: ['not-holdfast'],
    start: async () => (await startPatient()).url.replace('/holdfast', '/elsewhere'),
  },
  {
    title: 'a server that lets in pages of another origin only',
    finds: ['server-origin'],
    options: { headers: { Origin: 'https://foe.example' } },
    start: async () => (await startPatient({ origins: ['https://friend.example'] })).url,
  },
  {
    title: 'a server that does not answer to the host name',
    finds: ['server-host'],
    start: async () => (await startPatient({ hosts: ['shop.example'] })).url,
  },
  {
    title: 'a server that speaks another version',
    finds: ['server-version'],
    async start() {
      const patient = await startPatient();
      // The server is a real one; what reaches it was written by a client of the future.
      const translator = createServer((incoming, outgoing) => {
        void text(incoming).then((body) => {
          const onward = request(patient.url, { method: 'POST', agent: false }, (answer) => {
            outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
            answer.pipe(outgoing);
          });
          onward.end(body.replaceAll('"v":1', '"v":2'));
        });
      });
      later(() => shut(translator));
      return urlOf(await listen(translator));
    },
  },
  {
    title: 'a server whose application lets nobody in',
    finds: ['server-refused'],
    says: /log in/,
    start: async () => (await startPatient({ authorize: () => refuse('log in') })).url,
  },
  {
    title: 'a server that is full, by its own doctor',
    finds: ['server-full'],
    says: /the server holds as many sessions as it may/,
    async start() {
      const { url } = await startPatient({ maxSessions: 1 });
      await beginSessions(url, 1);
      return url;
    },
  },
  {
    title: 'a server that is full, by the sessions of its application',
    finds: ['server-full'],
    options: { ...HTTP, allowsSessions: true },
    async start() {
      const { url } = await startPatient({ doctor: false, maxSessions: 1 });
      await beginSessions(url, 1);
      return url;
    },
  },
  {
    title: "that the doctor's endpoint is busy",
    finds: ['doctor-full'],
    async start() {
      const { url } = await startPatient();
      await beginSessions(`${url}/doctor`, 64);
      return url;
    },
  },
  {
    title: 'that the option is off',
    finds: ['not-all-tried'],
    start: async () => (await startPatient({ doctor: false })).url,
  },
  {
    title: 'that only WebSockets are let through',
    finds: ['post-blocked'],
    options: { watchMs: 1000 },
    async start() {
      const patient = await startPatient();
      const gate = createServer((_request, response) => response.writeHead(403).end('no'));
      later(patient.holdfast.attach(gate, { requests: false }));
      later(() => shut(gate));
      return urlOf(await listen(gate));
    },
  },
  {
    title: 'that handshakes are led to another WebSocket server',
    finds: ['websocket-closed'],
    options: { watchMs: 1000 },
    says: /the connection was closed \(1008\)/,
    async start() {
      const others = createServer();
      const webSockets = new WebSocketServer({ server: others });
      webSockets.on('connection', (socket) => socket.once('message', () => socket.close(1008)));
      later(() => shut(others));
      const otherPort = await listen(others);
      const [box = expect.fail('no box')] = boxesOf(nginx, [
        {
          name: 'nginx-websockets-elsewhere',
          title: 'nginx: leads WebSockets to another server',
          best: 'streaming',
          config: ({ port, targetPort }) => `map $http_upgrade $target { default ${otherPort}; '' ${targetPort}; }
map $http_upgrade $up { default upgrade; '' ''; }
server {
  listen 127.0.0.1:${port};
  location / {
    proxy_pass http://127.0.0.1:$target;
    proxy_http_version 1.1;
    proxy_set_header Host $http_host;
    proxy_set_header Upgrade $http_upgrade;
    proxy_set_header Connection $up;
  }
}`,
        },
      ]);
      return `${(await putBehind(box, await startPatient())).origin}/holdfast`;
    },
  },
  {
    title: 'that addresses change between requests',
    finds: ['address-changes'],
    async start() {
      let count = 0;
      const patient = await startPatient({
        authorize: () => {
          proxy.set({ sourceAddress: `127.0.0.${2 + (count++ % 3)}` });
          return true;
        },
      });
      const proxy = await HostileProxy.start(patient.port);
      later(() => proxy.close());
      return urlOf(proxy.port);
    },
  },
  {
    title: 'that requests reach several servers',
    finds: ['several-servers'],
    isAmongOthers: true,
    options: { ...HTTP, timeoutMs: 3000 },
    async start() {
      const ports = [(await startPatient()).port, (await startPatient()).port];
      let count = 0;
      const balancer = createNetServer((socket) => {
        const server = connectTcp(ports[count++ % 2] ?? 0, '127.0.0.1');
        socket.pipe(server).pipe(socket);
        for (const end of [socket, server]) end.on('error', () => socket.destroy());
      });
      later(() => shut(balancer));
      return urlOf(await listen(balancer));
    },
  },
];
