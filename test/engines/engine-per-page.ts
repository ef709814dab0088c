import { startDisplay, type Display } from './display.js';
import { EngineProcess } from './engine-process.js';
import { Gate } from './gate.js';
import { describeEngine } from './describe.js';
import type { Engine, OpenPage, RunningEngine } from './engine.js';
import type { EngineName } from './parts.mjs';

/** How to start a program that shows one page. */
interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

/** How an engine is made of a program that shows one page: a process per page, each with a home of its own. */
interface Recipe {
  readonly name: EngineName;
  readonly title: string;
  readonly client?: Engine['client'];
  readonly cannot?: string;
  readonly needsDisplay?: boolean;
  /** Finds the program. @throws Error if it is missing */
  command(address: string): Command;
  /** Makes the name and version of what the engine tells servers, or of what its program prints when run with `--version`. */
  readonly version: { readonly from: 'user agent' | '--version'; readonly pattern: RegExp; readonly name: string };
}

export const enginePerPage = (recipe: Recipe): Engine => ({
  ...describeEngine(recipe),
  start: async () => {
    // Says what is missing before anything is started.
    recipe.command('');
    const running = new Running(recipe);
    try {
      await running.start();
      return running;
    } catch (error) {
      await running.stop();
      throw error;
    }
  },
});

class Running implements RunningEngine {
  readonly #recipe: Recipe;
  readonly #pages = new Set<EngineProcess>();
  #display: Display | null = null;
  #gate: Gate | null = null;
  version = '';

  constructor(recipe: Recipe) {
    this.#recipe = recipe;
  }

  async start(): Promise<void> {
    if (this.#recipe.needsDisplay === true) this.#display = await startDisplay();
    this.#gate = await Gate.open();
    const { from, pattern, name } = this.#recipe.version;
    const { page, userAgent } = await this.#load(null);
    await page.close();
    const text = from === 'user agent' ? userAgent : await this.#askVersion(pattern);
    this.version = `${name} ${pattern.exec(text)?.[1] ?? `(${text})`}`;
  }

  async open(url: string): Promise<OpenPage> {
    return (await this.#load(url)).page;
  }

  async stop(): Promise<void> {
    await Promise.all(Array.from(this.#pages, (page) => this.#end(page)));
    await this.#display?.stop();
    await this.#gate?.close();
    this.#display = this.#gate = null;
  }

  async #load(url: string | null): Promise<{ page: OpenPage; userAgent: string }> {
    if (this.#gate === null) throw new Error(`${this.#recipe.title} does not run.`);
    const { address, arrival } = this.#gate.expect(url);
    const process = await this.#run(this.#recipe.command(address));
    try {
      const userAgent = await process.until(arrival, 'loaded a page');
      return { page: { close: () => this.#end(process) }, userAgent };
    } catch (error) {
      await this.#end(process);
      throw error;
    }
  }

  async #askVersion(pattern: RegExp): Promise<string> {
    const process = await this.#run({ ...this.#recipe.command(''), args: ['--version'] });
    try {
      return await process.untilPrints(new RegExp(pattern.source.replace('(', '(?:')));
    } finally {
      await this.#end(process);
    }
  }

  async #run({ program, args, environment }: Command): Promise<EngineProcess> {
    const display = this.#display ? { DISPLAY: this.#display.name } : {};
    const process = await EngineProcess.start(this.#recipe, program, args, { ...display, ...environment });
    this.#pages.add(process);
    return process;
  }

  async #end(process: EngineProcess): Promise<void> {
    this.#pages.delete(process);
    await process.stop();
  }
}
