import type { Row, Said } from './diagnosis.js';
import type { Observations, UpgradeSeen } from './observations.js';
import { describeSeen, seconds } from './words.js';

type Outcome = UpgradeSeen['outcome'];

const INSTEAD = 'Sessions use HTTP instead.';

/** A row for one way in which a handshake goes wrong. */
function rowFor<Kind extends Outcome>(
  id: string,
  outcome: Kind,
  say: (upgrade: Extract<UpgradeSeen, { outcome: Kind }>, seen: Observations) => Said | null,
  topics: Row['topics'] = ['upgrade'],
): Row {
  return {
    id,
    severity: 'worse',
    topics,
    says: (seen) => {
      const { upgrade } = seen;
      // Where nothing is reached at all, that is what matters.
      if (seen.knock.outcome !== 'ours' || upgrade?.outcome !== outcome) return null;
      return say(upgrade as Extract<UpgradeSeen, { outcome: Kind }>, seen);
    },
  };
}

/** WebSocket does not get through, or does not last. */
export const UPGRADE_ROWS: readonly Row[] = [
  rowFor('upgrade-stripped', 'stripped', () => ({
    title: 'A proxy takes the Upgrade header away',
    text: `The WebSocket handshake reached the server as a plain GET. ${INSTEAD}`,
  })),
  rowFor('upgrade-answered', 'foreign', ({ answer }) => ({
    title: 'Something else answers WebSocket handshakes',
    text: `The handshake got ${describeSeen(answer)}, which is not from the Holdfast server. ${INSTEAD}`,
  })),
  rowFor('upgrade-black-holed', 'black-hole', ({ waitedMs }) => ({
    title: 'WebSocket handshakes disappear',
    text: `The handshake was not answered within ${seconds(waitedMs)}, while requests are. Clients wait for it only for a moment. ${INSTEAD}`,
  })),
  rowFor('websocket-mute', 'mute', ({ waitedMs }) => ({
    title: 'WebSockets open, and let nothing through',
    text: `The handshake succeeded (101), and then no frame came back within ${seconds(waitedMs)}: something drops frames. ${INSTEAD}`,
  })),
  rowFor('websocket-closed', 'closed', ({ code }) => ({
    title: 'WebSockets are closed as soon as they open',
    text: `The handshake succeeded (101), and the connection was closed (${code}) before the server had answered. ${INSTEAD}`,
  })),
  rowFor('upgrade-failed', 'failed', ({ failure }, { engine }) => ({
    title: 'WebSockets do not open',
    text:
      engine === 'browser'
        ? `The browser does not say why. On the command line “npx holdfast-doctor” tells whether the handshake was stripped, refused or cut. ${INSTEAD}`
        : `The handshake ended with: ${failure.message}. ${INSTEAD}`,
  })),
  rowFor(
    'upgrade-refused',
    'refused',
    ({ message }) => ({
      title: 'The server refuses the WebSocket, and not the POST',
      text: `It says: ${message}. A proxy treats the headers of both differently. ${INSTEAD}`,
    }),
    ['host'],
  ),
  {
    id: 'websocket-cut',
    severity: 'worse',
    topics: ['timeouts'],
    says: ({ idle, server }) => {
      const closedMs = idle?.closedMs ?? Infinity;
      if (idle === null || closedMs >= idle.askedMs) return null;
      return {
        title: `WebSockets are cut after ${seconds(closedMs)}`,
        text: `One that was idle did not live longer.${heartbeat(server)} Sessions move to another transport after some cuts, and lose nothing.`,
      };
    },
  },
  {
    id: 'websocket-goes-silent',
    severity: 'worse',
    topics: ['timeouts'],
    says: ({ idle }) =>
      idle === null || idle.isAnswered || (idle.closedMs !== null && idle.closedMs < idle.askedMs)
        ? null
        : {
            title: 'WebSockets go silent',
            text: `One that had been idle for ${seconds(idle.askedMs)} was still open and answered no more: something has forgotten it. Clients find that by heartbeat.`,
          },
  },
];

function heartbeat(server: Observations['server']): string {
  return server ? ` The server gives a sign of life every ${seconds(server.heartbeatMs)}.` : '';
}
