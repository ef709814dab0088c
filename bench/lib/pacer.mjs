/**
 * Sends so many messages in each turn of the event loop, but never gets further ahead of the receiver than allowed: a peer that only queues
 * what it is given would else be measured by how fast it queues. The same for all peers, whatever back-pressure of their own they have.
 */
export class Pacer {
  #perTurn;
  #maxAhead;
  #send;
  #sentCount = 0;
  #creditedCount = 0;
  #isStopped = false;
  #isWaiting = false;

  /** @param {{ perTurn: number, maxAhead: number, send: (index: number) => void }} options */
  constructor({ perTurn, maxAhead, send }) {
    this.#perTurn = perTurn;
    this.#maxAhead = maxAhead;
    this.#send = send;
  }

  start() {
    setImmediate(() => this.#turn());
  }

  credit(count) {
    this.#creditedCount = count;
    if (!this.#isWaiting) return;
    this.#isWaiting = false;
    this.start();
  }

  stop() {
    this.#isStopped = true;
    return this.#sentCount;
  }

  #turn() {
    if (this.#isStopped) return;
    if (this.#sentCount + this.#perTurn - this.#creditedCount > this.#maxAhead) {
      this.#isWaiting = true;
      return;
    }
    for (let index = 0; index < this.#perTurn; index++) this.#send(this.#sentCount++);
    this.start();
  }
}
