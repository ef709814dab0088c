import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { closeWhenEnded } from './close-when-ended.js';

describe('closeWhenEnded', () => {
  it('closes what has been ended once all is written, and loses nothing of it', async () => {
    const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const peer = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    const [connection] = (await once(server, 'connection')) as [Socket];
    closeWhenEnded(connection);
    const isClosed = once(connection, 'close');
    // More than the buffers of both ends hold.
    connection.end(Buffer.alloc(20_000_000));
    let bytes = 0;
    peer.on('data', (chunk: Buffer) => (bytes += chunk.length));
    await once(peer, 'end');
    expect(bytes).toBe(20_000_000);
    // The peer has not ended its side.
    await isClosed;
    peer.destroy();
    server.close();
  });

  it('leaves it to the peer over TLS', async () => {
    const connection = Object.assign(new PassThrough(), { encrypted: true });
    closeWhenEnded(connection);
    connection.end();
    await once(connection, 'finish');
    expect(connection.destroyed).toBe(false);
  });
});
