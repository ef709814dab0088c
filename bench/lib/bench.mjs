import { startChild } from './child.mjs';
import { sampleInRounds, makeRow } from './rounds.mjs';

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
   * A server and a client of a contender, in processes of their own on a core each, for as long as `use` takes.
   *
   * @template T
   * @param {import('./rounds.mjs').Contender} contender
   * @param {(ends: { server: import('./child.mjs').Child, client: import('./child.mjs').Child, port: number, target: object }) => Promise<T>} use
   * @returns {Promise<T>}
   */
  async withEnds({ peer, root = this.root, options = {} }, use) {
    const { profileTo } = this.#options;
    const server = startChild(new URL('server.mjs', PROCESSES), {
      core: 0,
      profileTo: profileTo && `${profileTo}/server`,
    });
    const client = startChild(new URL('client.mjs', PROCESSES), {
      core: 1,
      profileTo: profileTo && `${profileTo}/client`,
    });
    try {
      const port = await server.ask('listen', { peer, root });
      return await use({ server, client, port, target: { peer, root, options, port } });
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
