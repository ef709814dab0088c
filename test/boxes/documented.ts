import { readFile } from 'node:fs/promises';
import type { Place } from './program.js';

/** Where the configuration is that `docs/proxies.md` shows. */
export const DOCUMENTED = new URL('../../docs/proxies/', import.meta.url);

/** A documented file as it stands. */
export function readDocumented(name: string): Promise<string> {
  return readFile(new URL(name, DOCUMENTED), 'utf8');
}

/**
 * A documented file for this place. Nothing but addresses is changed in it: 8080, where the public comes in, and 127.0.0.1:3000, 3001, ...,
 * where the application's processes listen.
 */
export async function documented(name: string, { port }: Place, ...targetPorts: number[]): Promise<string> {
  let text = await readDocumented(name);
  for (const [index, targetPort] of targetPorts.entries()) {
    text = text.replaceAll(new RegExp(String.raw`\b${3000 + index}\b`, 'g'), String(targetPort));
  }
  return text.replaceAll(/:?\b8080\b/g, `127.0.0.1:${port}`);
}
