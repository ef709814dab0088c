import { once } from 'node:events';
import { WebSocket } from 'ws';
import { describeEngine, fileOf } from './describe.js';
import { EngineProcess } from './engine-process.js';
import { Gate } from './gate.js';
import type { Engine, OpenPage, RunningEngine } from './engine.js';
import type { EngineName } from './parts.mjs';

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--no-zygote',
  '--disable-gpu',
  '--disable-quic',
  '--disable-dev-shm-usage',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1',
  '--remote-debugging-port=0',
  'about:blank',
];

/** A headless Chromium of any age from 64 on. Drivers of today refuse the older ones, so it is asked for what it takes directly. */
export const packedChromium = (name: EngineName, title: string): Engine => ({
  ...describeEngine({ name, title }),
  start: async () => {
    const program = fileOf(name, 'chromium');
    const process = await EngineProcess.start({ name, title }, program, FLAGS);
    try {
      const address = await process.untilPrints(/DevTools listening on (ws:\S+)\n/);
      const browser = await process.until(Devtools.connect(address), 'took a connection');
      const { product } = await process.until(browser.ask('Browser.getVersion'), 'told its version');
      return new Running(process, browser, address, String(product).replace(/^\w+\//, 'Chromium '), await Gate.open());
    } catch (error) {
      await process.stop();
      throw error;
    }
  },
});

class Running implements RunningEngine {
  readonly version: string;
  readonly #process: EngineProcess;
  readonly #browser: Devtools;
  readonly #address: string;
  readonly #gate: Gate;

  constructor(process: EngineProcess, browser: Devtools, address: string, version: string, gate: Gate) {
    this.#process = process;
    this.#browser = browser;
    this.#address = address;
    this.version = version;
    this.#gate = gate;
  }

  open(url: string): Promise<OpenPage> {
    return this.#process.until(this.#open(url), 'loaded a page');
  }

  async stop(): Promise<void> {
    await this.#process.stop();
    await this.#gate.close();
  }

  async #open(url: string): Promise<OpenPage> {
    const { browserContextId } = await this.#browser.ask('Target.createBrowserContext');
    const { targetId } = await this.#browser.ask('Target.createTarget', { url: 'about:blank', browserContextId });
    const page = await Devtools.connect(new URL(`/devtools/page/${String(targetId)}`, this.#address).href);
    page.dismissDialogs();
    await page.ask('Page.enable');
    const { address, arrival } = this.#gate.expect(url);
    // Answered once something has come from the server, which may be never.
    page.ask('Page.navigate', { url: address }).catch(() => undefined);
    await arrival;
    return {
      close: async () => {
        page.close();
        const closing = this.#browser.ask('Target.disposeBrowserContext', { browserContextId });
        await this.#process.until(closing, 'closed a page');
      },
    };
  }
}

type Fields = Readonly<Record<string, unknown>>;

/** What comes over it: an answer, or an event. */
interface Incoming {
  readonly id?: number;
  readonly method?: string;
  readonly result?: Fields;
  readonly error?: { readonly message: string };
}

/** A connection to Chromium's debugging protocol. */
class Devtools {
  readonly #socket: WebSocket;
  readonly #asked = new Map<number, { resolve: (result: Fields) => void; reject: (error: Error) => void }>();
  #lastId = 0;
  #onDialog: () => void = () => undefined;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data: Buffer) => this.#take(JSON.parse(data.toString()) as Incoming));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      for (const { reject } of this.#asked.values()) reject(new Error('The connection to Chromium was closed.'));
      this.#asked.clear();
    });
  }

  static async connect(address: string): Promise<Devtools> {
    const socket = new WebSocket(address, { perMessageDeflate: false });
    await once(socket, 'open');
    return new Devtools(socket);
  }

  ask(method: string, params: Fields = {}): Promise<Fields> {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#asked.set(id, { resolve, reject });
      this.#socket.send(JSON.stringify({ id, method, params }));
    });
  }

  /** Closes alerts and their like: a page waits for that, and does nothing else. */
  dismissDialogs(): void {
    this.#onDialog = () => {
      this.ask('Page.handleJavaScriptDialog', { accept: false }).catch(() => undefined);
    };
  }

  close(): void {
    this.#socket.terminate();
  }

  #take({ id, method, result, error }: Incoming): void {
    if (method === 'Page.javascriptDialogOpening') this.#onDialog();
    if (id === undefined) return;
    const asked = this.#asked.get(id);
    this.#asked.delete(id);
    if (error) asked?.reject(new Error(error.message));
    else asked?.resolve(result ?? {});
  }
}
