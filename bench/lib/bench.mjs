import { startChild } from './child.mjs';
import { makeRow, median, sampleInRounds } from './rounds.mjs';

const PROCESSES = new URL('../processes/', import.meta.url);

/** What cases measure with: knows how many rounds, which peers, and where Holdfast is. */
export class Bench {
  #options;

  /**
   * @param {object} options
   * @param {number} options.rounds
   * @param {string} options.root - the checkout that is measured
   * @param {string} [options.before] - another one, measured beside it
   * @param {readonly string[]} [options.peers] - only these
   * @param {readonly string[]} [options.rows] - only these, of a case with many
   * @param {string} [options.profileTo]
   * @param {(text: string) => void} options.tell
   */
  constructor(options) {
    this.#options = options;
  }

  get rounds() {
    return this.#options.rounds;
  }

  get root() {
    return this.#options.root;
  }

  /** Whether a row of a case with many is to be measured. */
  isWanted(row) {
    return this.#options.rows?.includes(row) ?? true;
  }

  /**
   * Measures contenders side by side.
   *
   * @param {object} section
   * @param {string} section.title
   * @param {string} section.unit
   * @param {readonly import('./rounds.mjs').Contender[]} section.contenders
   * @param {string} [section.floor] - label of the one to which the others are ratios
   * @param {(contender: import('./rounds.mjs').Contender) => Promise<import('./rounds.mjs').Sample>} sample
   */
  async sideBySide({ title, unit, contenders, floor }, sample) {
    const chosen = this.#choose(contenders, floor);
    const samples = await sampleInRounds(chosen, this.rounds, sample, (text) =>
      this.#options.tell(text && `${title}: ${text}`),
    );
    const floorSamples = samples.get(chosen.find(({ label }) => label === floor));
    return {
      title,
      unit,
      floor,
      rows: chosen.map((contender) => makeRow(contender, samples.get(contender), floorSamples)),
    };
  }

  /**
   * Measures contenders side by side at several sizes: a curve for each, through the medians.
   *
   * @param {object} section
   * @param {string} section.name - of the file with the drawing
   * @param {string} section.title
   * @param {import('./plot.mjs').Axis} section.x
   * @param {import('./plot.mjs').Axis} section.y
   * @param {readonly number[]} section.sizes
   * @param {readonly import('./rounds.mjs').Contender[]} section.contenders
   * @param {(contender: import('./rounds.mjs').Contender, size: number) => Promise<number>} sample
   */
  async curves({ sizes, contenders, ...plot }, sample) {
    const spots = contenders.flatMap((contender) =>
      sizes.map((size) => ({ label: `${contender.label} at ${size}`, contender, size })),
    );
    const samples = await sampleInRounds(
      spots,
      this.rounds,
      ({ contender, size }) => sample(contender, size),
      (text) => this.#options.tell(text && `${plot.title}: ${text}`),
    );
    const curves = contenders.map((contender) => ({
      label: contender.label,
      points: spots
        .filter((spot) => spot.contender === contender)
        .map((spot) => [spot.size, median(samples.get(spot))]),
    }));
    return { ...plot, curves };
  }

  /** A process of Holdfast alone, on the client's core. @param {string} script - in `processes/` */
  async withClient(script, use) {
    const client = startChild(new URL(script, PROCESSES), { core: 1 });
    try {
      return await use(client);
    } finally {
      await client.stop();
    }
  }

  /**
   * A server and a client of a contender, in processes of their own on a core each, for as long as `use` takes.
   *
   * @template T
   * @param {import('./rounds.mjs').Contender & { kind?: import('./messages.mjs').Kind, port?: number, serverFlags?: readonly string[] }} contender - `kind`: the
   * messages that will be sent; `port`: one that was left by another server; `serverFlags`: for the server's Node
   * @param {(ends: { server: import('./child.mjs').Child, client: import('./child.mjs').Child, port: number, target: object }) => Promise<T>} use
   * @returns {Promise<T>}
   */
  async withEnds({ peer, root = this.root, options = {}, kind = 'small', port: wanted, serverFlags }, use) {
    const { profileTo } = this.#options;
    const server = startChild(new URL('server.mjs', PROCESSES), {
      core: 0,
      profileTo: profileTo && `${profileTo}/server`,
      flags: serverFlags,
    });
    const client = startChild(new URL('client.mjs', PROCESSES), {
      core: 1,
      profileTo: profileTo && `${profileTo}/client`,
    });
    try {
      const port = await server.ask('listen', { peer, root, kind, port: wanted });
      return await use({ server, client, port, target: { peer, root, options, kind, port } });
    } finally {
      await Promise.all([server.stop(), client.stop()]);
    }
  }

  /**
   * Something between client and server, in a process of its own.
   *
   * @template T
   * @param {'delay' | 'proxy'} kind
   * @param {object} options - `targetPort`, and what it does
   * @param {(port: number) => Promise<T>} use
   * @returns {Promise<T>}
   */
  async withMiddlebox(kind, options, use) {
    const middlebox = startChild(new URL('middlebox.mjs', PROCESSES));
    try {
      return await use(await middlebox.ask(kind, options));
    } finally {
      await middlebox.stop();
    }
  }

  #choose(contenders, floor) {
    const { peers, before } = this.#options;
    const isWanted = ({ peer, label }) => peers === undefined || label === floor || peers.includes(peer);
    return contenders.filter(isWanted).flatMap((contender) => {
      if (before === undefined || contender.peer !== 'holdfast') return [contender];
      const { aim: _, ...rest } = contender;
      return [contender, { ...rest, label: `${contender.label} (before)`, root: before }];
    });
  }
}
