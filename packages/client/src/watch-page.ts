import type { ClientSession } from '@holdfast/protocol';

/**
 * Tells a session what happens to its page: hidden and shown, put away and brought back (bfcache), left for good, network gone or back.
 * Never `unload` or `beforeunload`: they keep a page out of the bfcache, and newer engines don't call them. In a worker only the network's
 * events come, in a server-side engine none.
 */
export function watchPage(session: ClientSession, url: string): void {
  const check = (): void => session.check();
  const listeners: Record<string, (event: PageTransitionEvent) => void> = {
    online: check,
    // A hint only: it may be wrong.
    offline: check,
    visibilitychange() {
      if (document.visibilityState !== 'hidden') check();
    },
    pageshow({ persisted }) {
      if (persisted) session.wake();
    },
    pagehide({ persisted }) {
      if (persisted) {
        session.suspend();
        return;
      }
      const farewell = session.farewell();
      try {
        // As a string it goes as text/plain, without preflight.
        if (farewell !== null) navigator.sendBeacon(url, farewell);
      } catch {
        // Engines without beacon: the server finds out by the silence.
      }
    },
  };
  const forAll = (change: (name: string, listener: EventListener) => void): void => {
    for (const name of Object.keys(listeners)) change(name, listeners[name] as EventListener);
  };
  // Not of `self`, which scripts may have made something else: many of old pages lack a `var` before it.
  if (typeof addEventListener === 'function') {
    // While it goes down to its target: `visibilitychange` belongs to the document, and doesn't bubble in old Safari.
    forAll((name, listener) => addEventListener(name, listener, true));
    session.on('close', () => forAll((name, listener) => removeEventListener(name, listener, true)));
  }
}
