import { answerParent } from '../lib/child.mjs';
import { startDelay } from '../middleboxes/delay.mjs';
import { startProxy } from '../middleboxes/proxy.mjs';

answerParent({
  /** Each resolves to the port on which it listens. */
  delay: ({ targetPort, oneWayMs }) => startDelay(targetPort, oneWayMs),
  proxy: ({ targetPort, upgrades, isBuffering }) => startProxy(targetPort, { upgrades, isBuffering }),
});
