import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from '../setup.mjs';
import type { CellResult } from './result.js';

/** Keeps what each cell came to, a file for each, so that a long run can go on and a single cell can be run again. */
export class Store {
  readonly #folder: string;

  /** `name` tells runs apart that must not be mixed. */
  constructor(name: string) {
    this.#folder = join(ROOT, 'node_modules', '.cache', 'holdfast-matrix', name);
  }

  get folder(): string {
    return this.#folder;
  }

  async save(result: CellResult): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    const file = join(this.#folder, `${[result.row, result.column, result.transport ?? 'all'].join('--')}.json`);
    await writeFile(`${file}.new`, JSON.stringify(result, null, 1));
    await rename(`${file}.new`, file);
  }

  /** All that there is. */
  async load(): Promise<CellResult[]> {
    const names = await readdir(this.#folder).catch(() => []);
    const files = names.filter((name) => name.endsWith('.json'));
    return Promise.all(
      files.map(async (name) => JSON.parse(await readFile(join(this.#folder, name), 'utf8')) as CellResult),
    );
  }
}
