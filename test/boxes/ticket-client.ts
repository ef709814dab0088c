import { get } from 'node:http';
import { ClientSession, longPolling, streaming, ticketed, type RequestEvents } from '@holdfast/protocol';
import { KeptAgent } from '../../packages/client/src/node/network.js';
import { nodeEnvironment } from '../../packages/client/src/node/node-environment.js';
import { nodePost } from '../../packages/client/src/node/node-post.js';

/** A client that reads streams by GET with a ticket, as browsers do by EventSource, and falls back to long polling. */
export function connectByTicket(url: string): ClientSession {
  const kept = KeptAgent.of(url);
  const post = nodePost({ url, headers: {}, tls: {}, agent: undefined }, kept);
  const open = (ticket: string, events: RequestEvents): { abort: () => void } => openEvents(`${url}/${ticket}`, events);
  // Short streams are complete often, which is what caches wait for.
  const byTicket = streaming(ticketed(post, open), { byTicket: true, recycleBytes: 4096 });
  const session = new ClientSession(nodeEnvironment(undefined), { transports: [byTicket, longPolling(post)] });
  session.on('close', kept.use());
  return session;
}

function openEvents(url: string, events: RequestEvents): { abort: () => void } {
  let isOver = false;
  const fail = (hint: string): void => {
    if (!isOver) events.fail(0, hint, true);
    isOver = true;
  };
  const asked = get(url, { agent: false }, (answer) => {
    let left = '';
    answer.setEncoding('utf8');
    answer.on('data', (text: string) => {
      const lines = (left + text).split('\n');
      left = lines.pop() ?? '';
      for (const line of lines) {
        if (isOver || !line.startsWith('data: ')) continue;
        events.chunk(`${line.slice(6)}\n`);
        if (line !== 'data: .') continue;
        isOver = true;
        events.end();
      }
    });
    answer.on('end', () => fail('the event stream ended'));
    answer.on('error', () => fail('the event stream broke'));
  });
  asked.on('error', ({ message }) => fail(message));
  return {
    abort: () => {
      isOver = true;
      asked.destroy();
    },
  };
}
