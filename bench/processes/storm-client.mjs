import { answerParent } from '../lib/child.mjs';
import { built } from '../peers/built.mjs';

/** Sessions of Holdfast that lose their server, and when each is there again. */
let sessions = [];

answerParent({
  async connectAll({ root, count, port }) {
    const { connect } = await built(root, 'client/dist/node/index.js');
    for (let index = 0; index < count; index++) sessions.push(await open(connect, `http://127.0.0.1:${port}/holdfast`));
  },

  /** Resolves when all are back: after how many ms each, and by how much the latest missed the end of its backoff. */
  async returned({ sinceMs }) {
    const openedAt = await Promise.all(sessions.map(({ returned }) => returned));
    const beyond = sessions.map(({ plannedAt }, index) => openedAt[index] - Math.max(sinceMs, plannedAt()));
    return {
      backMs: openedAt.map((at) => at - sinceMs).sort((a, b) => a - b),
      longestBeyondBackoffMs: Math.max(...beyond),
    };
  },
});

async function open(connect, url) {
  const session = connect(url, { transports: ['websocket'] });
  let plannedAt = 0;
  session.on('problem', ({ nextTryMs }) => (plannedAt = Date.now() + nextTryMs));
  const opened = () => new Promise((resolve) => session.once('open', () => resolve(Date.now())));
  await opened();
  return { returned: opened(), plannedAt: () => plannedAt };
}
