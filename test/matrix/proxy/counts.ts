/** What has happened in a proxy: shows that a fault did strike. */
export interface ProxyCounts {
  connections: number;
  /** Had to wait, because others were open or the network was away. */
  waitingConnections: number;
  /** Stopped passing anything without a word. */
  halfOpenConnections: number;
  /** Pieces into which what came together was broken. */
  splitPieces: number;
  /** Pieces that were held back to be joined with what followed. */
  joinedPieces: number;
  /** Bytes that took their turn on the slow link. */
  slowBytes: number;
  requests: number;
  upgrades: number;
  /** Handshakes that did not get through as they were. */
  spoiltUpgrades: number;
  portals: number;
  heldBodies: number;
  refusedBodies: number;
  cutBodies: number;
  repeatedRequests: number;
  reorderedRequests: number;
  /** Found another one under way. */
  queuedRequests: number;
  droppedHeaders: number;
  bufferedAnswers: number;
  /** Connections, WebSockets or answers that were broken. */
  cuts: number;
  lostAnswers: number;
  swappedAnswers: number;
  cachedAnswers: number;
  appendedScripts: number;
}

export function noCounts(): ProxyCounts {
  return {
    connections: 0,
    waitingConnections: 0,
    halfOpenConnections: 0,
    splitPieces: 0,
    joinedPieces: 0,
    slowBytes: 0,
    requests: 0,
    upgrades: 0,
    spoiltUpgrades: 0,
    portals: 0,
    heldBodies: 0,
    refusedBodies: 0,
    cutBodies: 0,
    repeatedRequests: 0,
    reorderedRequests: 0,
    queuedRequests: 0,
    droppedHeaders: 0,
    bufferedAnswers: 0,
    cuts: 0,
    lostAnswers: 0,
    swappedAnswers: 0,
    cachedAnswers: 0,
    appendedScripts: 0,
  };
}
