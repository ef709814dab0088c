import type { CellConfig, PageResult, ReloadResult } from './page/cell-config.js';

/** A page that says nothing for so long is dead. */
const SILENCE_MS = 60_000;
const CLOSING_MS = 60_000;

/** Waits for what a page has to say, and notices when it says no more. */
export class PageReports {
  page: PageResult | null = null;
  reload: ReloadResult | null = null;
  failure: string | null = null;
  last: unknown = null;
  readonly finished: Promise<void>;
  readonly #echoed: () => void;
  #finish: () => void = () => {};
  #silence: NodeJS.Timeout;
  readonly #deadline: NodeJS.Timeout;

  constructor(config: Omit<CellConfig, 'load'>, echoed: () => void) {
    this.#echoed = echoed;
    this.finished = new Promise((resolve) => (this.#finish = resolve));
    this.#silence = this.#listen();
    const longestMs = config.course.seconds * 1000 + config.drainMs + config.bestWaitMs + CLOSING_MS;
    this.#deadline = setTimeout(() => this.#fail('The page did not come to its end.'), longestMs);
  }

  take(kind: string, detail: unknown): void {
    clearTimeout(this.#silence);
    this.#silence = this.#listen();
    switch (kind) {
      case 'echo':
        this.#echoed();
        break;
      case 'broken':
        this.#fail(String(detail));
        break;
      case 'done':
        this.page = detail as PageResult;
        if (!this.page.isReloading) this.end();
        break;
      case 'reloaded':
        this.reload = detail as ReloadResult;
        this.end();
        break;
      default:
        this.last = detail;
    }
  }

  /** Nothing more is waited for. */
  end(): void {
    clearTimeout(this.#silence);
    clearTimeout(this.#deadline);
    this.#finish();
  }

  #listen(): NodeJS.Timeout {
    const phase = this.page === null ? '' : ' after it was to load itself again';
    return setTimeout(
      () => this.#fail(`The page said nothing for ${String(SILENCE_MS / 1000)} s${phase}.`),
      SILENCE_MS,
    );
  }

  #fail(reason: string): void {
    this.failure ??= reason;
    this.end();
  }
}
