import type { ClientSession } from '@holdfast/protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { watchPage } from './watch-page.js';

class FakeSession implements Pick<ClientSession, 'check' | 'suspend' | 'wake' | 'farewell'> {
  readonly calls: string[] = [];
  farewellBody: string | null = 'q{}\nr{}\nc{}\n.\n';
  private _close: () => void = () => {};

  check(): void {
    this.calls.push('check');
  }
  suspend(): void {
    this.calls.push('suspend');
  }
  wake(): void {
    this.calls.push('wake');
  }
  farewell(): string | null {
    this.calls.push('farewell');
    return this.farewellBody;
  }
  on(_name: 'close', listener: () => void): void {
    this._close = listener;
  }
  emitClose(): void {
    this._close();
  }
}

/** A window: listeners are told apart by name, function and phase. */
class FakePage {
  private readonly _listeners = new Set<string>();
  private readonly _functions: ((event: unknown) => void)[] = [];

  addEventListener(name: string, listener: (event: unknown) => void, isCapture: boolean): void {
    if (!this._functions.includes(listener)) this._functions.push(listener);
    this._listeners.add(this._keyOf(name, listener, isCapture));
  }
  removeEventListener(name: string, listener: (event: unknown) => void, isCapture: boolean): void {
    this._listeners.delete(this._keyOf(name, listener, isCapture));
  }
  get names(): string[] {
    return [...this._listeners].map((key) => key.split(' ')[0] ?? '').sort();
  }
  fire(name: string, persisted = false): void {
    for (const key of this._listeners) {
      const [listened, index] = key.split(' ');
      if (listened === name) this._functions[Number(index)]?.({ persisted });
    }
  }
  private _keyOf(name: string, listener: (event: unknown) => void, isCapture: boolean): string {
    return `${name} ${this._functions.indexOf(listener)} ${String(isCapture)}`;
  }
}

const URL_HERE = 'https://shop.example/holdfast';

let session: FakeSession;
let page: FakePage;
let view: { visibilityState: string };
let sendBeacon: ReturnType<typeof vi.fn>;

beforeEach(() => {
  session = new FakeSession();
  page = new FakePage();
  view = { visibilityState: 'visible' };
  sendBeacon = vi.fn(() => true);
  vi.stubGlobal('addEventListener', page.addEventListener.bind(page));
  vi.stubGlobal('removeEventListener', page.removeEventListener.bind(page));
  vi.stubGlobal('document', view);
  vi.stubGlobal('navigator', { sendBeacon });
});
afterEach(() => void vi.unstubAllGlobals());

function watch(): void {
  watchPage(session as unknown as ClientSession, URL_HERE);
}

describe('watchPage', () => {
  it.each(['online', 'offline'])('checks when the browser says %s', (name) => {
    watch();
    page.fire(name);
    expect(session.calls).toEqual(['check']);
  });

  it('checks when the page is shown, not when it is hidden', () => {
    watch();
    view.visibilityState = 'hidden';
    page.fire('visibilitychange');
    expect(session.calls).toEqual([]);
    view.visibilityState = 'visible';
    page.fire('visibilitychange');
    expect(session.calls).toEqual(['check']);
  });

  it('suspends on the way into the bfcache, and wakes on the way out', () => {
    watch();
    page.fire('pageshow', false);
    page.fire('pagehide', true);
    page.fire('pageshow', true);
    expect(session.calls).toEqual(['suspend', 'wake']);
    expect(sendBeacon).not.toHaveBeenCalled();
  });

  it('says farewell by beacon when the page is left for good', () => {
    watch();
    page.fire('pagehide', false);
    expect(sendBeacon).toHaveBeenCalledWith(URL_HERE, session.farewellBody);
  });

  it('sends no beacon when there is nothing to say', () => {
    watch();
    session.farewellBody = null;
    page.fire('pagehide', false);
    expect(session.calls).toEqual(['farewell']);
    expect(sendBeacon).not.toHaveBeenCalled();
  });

  it('does without beacon where there is none', () => {
    vi.stubGlobal('navigator', {});
    watch();
    page.fire('pagehide', false);
    expect(session.calls).toEqual(['farewell']);
  });

  it('never listens to unload or beforeunload', () => {
    watch();
    expect(page.names).toEqual(['offline', 'online', 'pagehide', 'pageshow', 'visibilitychange']);
  });

  it('listens no more once the session is closed', () => {
    watch();
    session.emitClose();
    page.fire('online');
    page.fire('pagehide', false);
    page.fire('visibilitychange');
    expect(session.calls).toEqual([]);
    expect(page.names).toEqual([]);
  });

  it('does nothing where there are no events to listen to', () => {
    vi.stubGlobal('addEventListener', undefined);
    watch();
    page.fire('online');
    expect(session.calls).toEqual([]);
  });

  it('works in a worker, which has no document', () => {
    vi.stubGlobal('document', undefined);
    watch();
    page.fire('online');
    expect(session.calls).toEqual(['check']);
  });
});
