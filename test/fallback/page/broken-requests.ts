/** What an engine doesn't do with an answer that is still coming. */
export interface BrokenStreaming {
  /** So much of it has to be there before any of it is shown. */
  readonly hiddenCharacters?: number;
  /** No event tells of more of it: `readyState` 3 is never announced, nor progress. */
  readonly isSilent?: boolean;
}

/** An accessor of the engine's own. */
interface Accessor {
  get(target: XMLHttpRequest): unknown;
  set(target: XMLHttpRequest, value: unknown): void;
}

type Handler = ((event: Event) => void) | null;

const DONE = 4;

const prototype = (): XMLHttpRequest => window.XMLHttpRequest.prototype;

/** XMLHttpRequest to another origin throws, as before there was CORS, and an incomplete answer can't be read. */
export function forgetCors(): void {
  const target = prototype() as unknown as Record<string, (...args: unknown[]) => void>;
  const open = target['open'];
  target['open'] = function (this: XMLHttpRequest, ...args: unknown[]) {
    const address = String(args[1]);
    const isForeign = /^[a-z]+:/i.test(address) && !address.startsWith(`${location.protocol}//${location.host}/`);
    if (isForeign) throw new Error('Access is denied.');
    open?.apply(this, args);
  };
  const text = accessorOf('responseText');
  define('responseText', {
    get(request) {
      if (request.readyState < DONE)
        throw new Error('The data necessary to complete this operation is not yet available.');
      return text.get(request);
    },
    set() {},
  });
  Object.defineProperty(prototype(), 'withCredentials', { value: undefined, configurable: true, writable: true });
}

/** As IE 10 and 11 want it: what is set before `open` throws. */
export function strictOrder(): void {
  for (const name of ['withCredentials', 'timeout', 'responseType']) {
    const own = accessorOf(name);
    define(name, {
      get: (request) => own.get(request),
      set(request, value) {
        if (request.readyState === 0) throw new Error('InvalidStateError');
        own.set(request, value);
      },
    });
  }
}

/** See {@link BrokenStreaming}. */
export function breakStreaming({ hiddenCharacters = 0, isSilent = false }: BrokenStreaming): void {
  if (hiddenCharacters > 0) {
    const text = accessorOf('responseText');
    define('responseText', {
      get(request) {
        const all = String(text.get(request));
        return request.readyState < DONE && all.length < hiddenCharacters ? '' : all;
      },
      set() {},
    });
  }
  if (!isSilent) return;
  const change = accessorOf('onreadystatechange');
  define('onreadystatechange', {
    get: (request) => change.get(request),
    set(request, value) {
      const handler = value as Handler;
      const quiet = (event: Event): void => {
        if (request.readyState !== 3) handler?.call(request, event);
      };
      change.set(request, handler && quiet);
    },
  });
  for (const target of [prototype(), Object.getPrototypeOf(prototype()) as object]) {
    Object.defineProperty(target, 'onprogress', { value: null, configurable: true, writable: true });
  }
}

function accessorOf(name: string): Accessor {
  const descriptor = Object.getOwnPropertyDescriptor(prototype(), name);
  if (!descriptor) throw new Error(`This engine has no accessor for '${name}': the profile can't be made of it.`);
  return {
    get: (target) => descriptor.get?.call(target) as unknown,
    set: (target, value) => descriptor.set?.call(target, value),
  };
}

function define(name: string, accessor: Accessor): void {
  Object.defineProperty(prototype(), name, {
    configurable: true,
    get(this: XMLHttpRequest) {
      return accessor.get(this);
    },
    set(this: XMLHttpRequest, value: unknown) {
      accessor.set(this, value);
    },
  });
}
