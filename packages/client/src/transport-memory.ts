import type { Memory } from '@holdfast/protocol';

/** Remembers in `localStorage` which transport worked with a server; never anything of a session. The chooser expects it to throw. */
export function transportMemory(url: string): Memory {
  const key = `holdfast ${originOf(url)}`;
  return {
    load: () => JSON.parse(localStorage.getItem(key) ?? '') as unknown,
    save: (value) => localStorage.setItem(key, JSON.stringify(value)),
  };
}

/** Scheme, host and port of an absolute `http:` or `https:` address. */
export function originOf(url: string): string {
  return url.slice(0, url.indexOf('/', 8));
}
