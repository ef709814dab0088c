import { within, type Packet } from './wire.js';

/** Packets in the order of their arrival, for tests that wait for them. */
export class Inflow {
  #packets: Packet[] = [];
  #ended: string | null = null;
  #wake: () => void = () => {};

  push(packet: Packet): void {
    this.#packets.push(packet);
    this.#wake();
  }

  end(why: string): void {
    this.#ended ??= why;
    this.#wake();
  }

  get isEnded(): boolean {
    return this.#ended !== null;
  }

  /** Takes the next packet. */
  async next(withinMs = 5000): Promise<Packet> {
    const deadline = Date.now() + withinMs;
    for (;;) {
      const packet = this.#packets.shift();
      if (packet !== undefined) return packet;
      if (this.#ended !== null) throw new Error(`no packet: ${this.#ended}`);
      const woken = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      await within(Math.max(1, deadline - Date.now()), 'a packet', woken);
    }
  }

  /** Takes packets up to the first text packet that begins with one of `letters`, and returns that. */
  async find(letters: string, withinMs = 5000): Promise<string> {
    const deadline = Date.now() + withinMs;
    for (;;) {
      const packet = await this.next(Math.max(1, deadline - Date.now()));
      if (typeof packet === 'string' && packet !== '' && letters.includes(packet.charAt(0))) return packet;
    }
  }

  /** Takes all that has arrived. */
  drain(): Packet[] {
    const packets = this.#packets;
    this.#packets = [];
    return packets;
  }

  /** All until the end. */
  async rest(withinMs = 5000): Promise<Packet[]> {
    const deadline = Date.now() + withinMs;
    const packets: Packet[] = [];
    while (!this.isEnded || this.#packets.length > 0) {
      try {
        packets.push(await this.next(Math.max(1, deadline - Date.now())));
      } catch (error) {
        if (!this.isEnded) throw error;
      }
    }
    return packets;
  }
}
