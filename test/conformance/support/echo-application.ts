import { refuse, type Server, type ServerOptions } from '@holdfast/server';

/*
 * What a server must do to be put before this suite (`HOLDFAST_URL=http://host:port/path npx vitest run --project conformance`).
 *
 * It sends every message back, text as text and binary as binary, except texts that begin with `!`:
 *
 *   !quiet ...            nothing
 *   !close <code> <why>   closes the session with this code and reason
 *   !burst <n>            sends the texts `burst 0`, `burst 1`, ... up to n of them, in one turn
 *   !later <ms> <text>    sends the text after so many ms
 *   !pause <ms>           takes no further message for so long
 *   !big <bytes>          sends one text of so many `x`
 *   !bigbinary <bytes>    sends one binary message: byte i is i modulo 251
 *   !broadcast <text>     sends the text to every session
 *   !who                  sends the JSON `{ "user": ..., "protocol": ..., "transport": ... }`
 *
 * It speaks the subprotocols `echo.v2` and `echo.v1`, as the client prefers. Its `authorize` obeys what the client gives as `auth`, an object:
 * `refuse` (with this reason), `retryAfterMs` (with a refusal), `delayMs` (before deciding), `user` (who it is; `null` if absent).
 * Foreign origins are refused, but for `https://friend.example`.
 */

type Session = Server['sessions'] extends ReadonlyMap<string, infer S> ? S : never;

interface Auth {
  readonly refuse?: string;
  readonly retryAfterMs?: number;
  readonly delayMs?: number;
  readonly user?: string;
}

/** What the suite takes for granted of the options. */
export const ECHO_OPTIONS: ServerOptions = {
  origins: ['https://friend.example'],
  protocols: ['echo.v2', 'echo.v1'],
  authorize: async ({ auth }) => {
    const wishes = (typeof auth === 'object' ? auth : null) as Auth | null;
    if (wishes?.delayMs !== undefined) await new Promise((resolve) => setTimeout(resolve, wishes.delayMs));
    if (wishes?.refuse === undefined) return { user: wishes?.user ?? null };
    const { retryAfterMs } = wishes;
    return retryAfterMs === undefined ? refuse(wishes.refuse) : refuse(wishes.refuse, { retryAfterMs });
  },
};

/** Makes `server` the echo. */
export function serveEcho(server: Server): void {
  server.on('session', (session) => {
    session.on('message', (data) => {
      if (typeof data === 'string' && data.startsWith('!')) obey(server, session, data.slice(1));
      else trySend(session, data);
    });
  });
}

function obey(server: Server, session: Session, command: string): void {
  const [name = '', first = '', ...rest] = command.split(' ');
  const number = Number(first);
  switch (name) {
    case 'close':
      session.close(number, rest.join(' '));
      break;
    case 'burst':
      for (let index = 0; index < number; index++) trySend(session, `burst ${index}`);
      break;
    case 'later':
      setTimeout(() => trySend(session, rest.join(' ')), number);
      break;
    case 'pause':
      session.pause();
      setTimeout(() => session.resume(), number);
      break;
    case 'big':
      trySend(session, 'x'.repeat(number));
      break;
    case 'bigbinary':
      trySend(
        session,
        Uint8Array.from({ length: number }, (_, index) => index % 251),
      );
      break;
    case 'broadcast':
      server.broadcast([first, ...rest].join(' '));
      break;
    case 'who':
      trySend(
        session,
        JSON.stringify({
          user: (session.user as { user: unknown }).user,
          protocol: session.protocol,
          transport: session.transport,
        }),
      );
      break;
    default:
  }
}

/** What the client does not take, or not any more, is refused where it is sent; the session lives on. */
function trySend(session: Session, data: string | Uint8Array): void {
  try {
    session.send(data);
  } catch (error) {
    const { code } = error as { code?: string };
    if (code !== 'ERR_BUFFER_FULL' && code !== 'ERR_CLOSED' && code !== 'ERR_TOO_LARGE') throw error;
  }
}
