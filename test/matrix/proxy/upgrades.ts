import type { IncomingMessage } from 'node:http';
import { connect, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { formatHead, isKnown, PORTAL_PAGE } from './headers.js';
import type { Inside } from './requests.js';

const REFUSAL = '<h1>Forbidden</h1>\n';

/** Passes WebSocket handshakes on, or doesn't. */
export function passUpgrade(inside: Inside, incoming: IncomingMessage, socket: Duplex, head: Buffer): void {
  const { counts, keep, isPortal } = inside;
  const behaviour = inside.behaviour();
  counts.upgrades++;
  keep(socket);
  // Sockets of a server stay half open when the other end has gone.
  socket.once('end', () => socket.end());
  if (behaviour.upgrade !== 'pass') counts.spoiltUpgrades++;
  if (isPortal(behaviour)) {
    socket.end(formatPage('200 OK', PORTAL_PAGE));
    return;
  }
  switch (behaviour.upgrade) {
    case 'refuse':
      socket.end(formatPage('403 Forbidden', REFUSAL));
      return;
    case 'black-hole':
      socket.resume();
      return;
    case 'strip':
    case 'pass':
    case 'mute':
      tunnel(inside, incoming, socket, head);
      if (behaviour.upgradeLifeMs < Infinity) breakAfter(inside, socket, behaviour.upgradeLifeMs);
      return;
  }
}

function tunnel(
  { behaviour, counts, keep, targetPort }: Inside,
  incoming: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): void {
  const { isDroppingHeaders, sourceAddress, upgrade } = behaviour();
  const server = connect({ port: targetPort, host: '127.0.0.1', localAddress: sourceAddress, noDelay: true });
  keep(server);
  const isStripped = upgrade === 'strip';
  const isKept = (name: string): boolean => {
    const isPassed = !(isStripped && /^(upgrade|connection)$/.test(name)) && (!isDroppingHeaders || isKnown(name));
    if (!isPassed && !isStripped) counts.droppedHeaders++;
    return isPassed;
  };
  server.write(`${formatHead(incoming, isKept)}${isStripped ? 'Connection: close\r\n' : ''}\r\n`);
  server.write(head);
  server.once('close', () => socket.destroy());
  socket.once('close', () => server.destroy());
  if (upgrade !== 'mute') {
    server.pipe(socket);
    socket.pipe(server);
    return;
  }
  // The 101 passes, nothing after it does.
  server.once('data', (answer: Buffer) => {
    socket.write(answer.subarray(0, answer.indexOf('\r\n\r\n') + 4));
    server.resume();
    socket.resume();
  });
}

function breakAfter({ counts }: Inside, socket: Duplex, ms: number): void {
  const timer = setTimeout(() => {
    counts.cuts++;
    if (socket instanceof Socket) socket.resetAndDestroy();
  }, ms);
  socket.once('close', () => clearTimeout(timer));
}

function formatPage(status: string, page: string): string {
  const headers = `Content-Type: text/html\r\nContent-Length: ${page.length}\r\nConnection: close`;
  return `HTTP/1.1 ${status}\r\n${headers}\r\n\r\n${page}`;
}
