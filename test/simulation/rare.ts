/**
 * What happens so rarely that a run of the simulation might miss it, by the names under which runs count it. All of it must have happened in a
 * CI run: a promise that is never put to the test is not kept but untried.
 */
export const RARE: Readonly<Record<string, string>> = {
  'raced attach': 'server: attached isRaced',
  'joined duplicate request': 'server: joined',
  'resume in mid-message': 'server: attached isMidMessage',
  'broadcast during replay': 'server: broadcast during replay',
  'tombstone answer': 'server: tombstone',
  'tombstone of a nonce': 'server: tombstone isNonce',
  "server's window closed": 'server: window closed',
  "client's window closed": 'client: window closed',
  'late worse transport': 'client: late worse transport',
  'candidate attached': 'server: attached isCandidate',
  'attach with an old choice': 'server: attached isLate',
  'stale choice': 'server: stale choice',
  'request that came too early': 'server: early request',
  'client slept': 'client: slept',
  'server slept': 'server: slept',
  'transport silent on the server': 'server: silent',
  'transport silent on the client': 'client: silent',
  'fifth transport': 'server: broken ERR_TRANSPORTS',
  'session lost': 'end 4900',
  'server restarted': 'end 1012',
  'page gone': 'end 1001',
  'full buffer': 'send refused',
};
