import type { Duplex } from 'node:stream';

/**
 * Has the connection below a WebSocket closed as soon as all is written and it has been ended, which `ws` does when both ends have sent their Close
 * frames. Nothing may follow those (RFC 6455, section 5.5.1), so the peer's FIN need not be waited for; and of that `ws` makes two errors for nobody, with
 * their stack traces, which is a twentieth of what a short session costs. Over TLS the peer still has to say good-bye (`close_notify`): that would
 * be answered with a reset.
 */
export function closeWhenEnded(connection: Duplex): void {
  if (!('encrypted' in connection)) connection.once('finish', () => connection.destroy());
}
