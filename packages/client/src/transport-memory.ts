import type { Memory } from '@holdfast/protocol';

/** Remembers in `localStorage` which transport worked with a server; never anything of a session. The chooser expects it to throw. */
export function transportMemory(url: string): Memory {
  const key = `holdfast ${originOf(url)}`;
  return {
    load: () => localStorage.getItem(key),
    save: (value) => localStorage.setItem(key, value),
  };
}

/** Scheme, host and port of an absolute address. */
export function originOf(url: string): string {
  return url.split('/', 3).join('/');
}
