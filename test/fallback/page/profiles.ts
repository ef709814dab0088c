import { breakStreaming, forgetCors, strictOrder } from './broken-requests.js';
import { installDomainRequest } from './domain-request.js';

/** Makes an engine lack what another one lacks, before any other script runs. Not that other engine: a profile of it. */
type Break = () => void;

const hideFrom = (target: object, names: readonly string[]): void => {
  for (const name of names) {
    try {
      Object.defineProperty(target, name, { value: undefined, configurable: true, writable: true });
    } catch {
      // Not to be had: the page's report says what is left.
    }
  }
};

const hide = (...names: string[]): void => hideFrom(window, names);

const NEWER_THAN_2012 = [
  'fetch',
  'Promise',
  'Symbol',
  'Map',
  'Set',
  'WeakMap',
  'WeakSet',
  'Proxy',
  'Reflect',
  'TextEncoder',
  'TextDecoder',
  'AbortController',
  'ReadableStream',
  'URL',
  'globalThis',
];

const TYPED_ARRAYS = [
  'ArrayBuffer',
  'DataView',
  'Uint8Array',
  'Int8Array',
  'Uint8ClampedArray',
  'Uint16Array',
  'Int16Array',
  'Uint32Array',
  'Int32Array',
  'Float32Array',
  'Float64Array',
  'Blob',
];

/** Two requests to another origin by XDomainRequest are all there is: no XMLHttpRequest to it, no bytes, no events by the standard. */
const ie8And9: Break = () => {
  installDomainRequest();
  forgetCors();
  const add = window.addEventListener.bind(window);
  hide(...NEWER_THAN_2012, ...TYPED_ARRAYS, 'WebSocket', 'EventSource', 'crypto', 'performance', 'btoa', 'atob');
  hideFrom(navigator, ['sendBeacon', 'onLine']);
  hideFrom(Function.prototype, ['bind']);
  for (const target of [window, document]) hideFrom(target, ['addEventListener', 'removeEventListener']);
  (window as unknown as Record<string, unknown>)['attachEvent'] = (name: string, listener: () => void) => {
    add(name.slice(2), listener);
  };
};

const ie10And11: Break = () => {
  strictOrder();
  hide(...NEWER_THAN_2012, 'EventSource', 'crypto');
  hideFrom(navigator, ['sendBeacon']);
};

const android4: Break = () => {
  breakStreaming({ hiddenCharacters: 4096 });
  hide(...NEWER_THAN_2012, 'WebSocket', 'EventSource', 'crypto', 'performance');
  hideFrom(navigator, ['sendBeacon']);
  hideFrom(Function.prototype, ['bind']);
};

const presto: Break = () => {
  breakStreaming({ isSilent: true });
  hide(...NEWER_THAN_2012, 'WebSocket', 'crypto', 'performance');
  hideFrom(navigator, ['sendBeacon']);
};

/** As with cookies blocked: looking is enough. */
const noStorage: Break = () => {
  for (const name of ['localStorage', 'sessionStorage']) {
    Object.defineProperty(window, name, {
      get() {
        throw new Error('The operation is insecure.');
      },
      configurable: true,
    });
  }
};

const noCsprng: Break = () => hide('crypto');

const jsonpOnly: Break = () => {
  hide(...NEWER_THAN_2012, 'WebSocket', 'EventSource', 'XMLHttpRequest', 'crypto', 'performance');
  hideFrom(navigator, ['sendBeacon']);
};

const BREAKS: Readonly<Record<string, Break>> = {
  'ie8-9': ie8And9,
  'ie10-11': ie10And11,
  'android-4': android4,
  presto,
  'no-storage': noStorage,
  'no-csprng': noCsprng,
  'jsonp-only': jsonpOnly,
};

/** Breaks this engine as the profile says. */
export function applyProfile(name: string): void {
  if (name === '') return;
  const apply = BREAKS[name];
  if (!apply) throw new Error(`There is no profile '${name}'.`);
  apply();
}
