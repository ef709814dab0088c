import type { AnswerSeen } from './observations.js';

/** An answer, for people: `403 Forbidden-ish by nginx/1.22.1, beginning "<html>..."`. */
export function describeSeen({ status, headers, beginning }: AnswerSeen): string {
  const who = [headers['server'], headers['via']].filter((name) => name !== undefined).join(', via ');
  const by = who === '' ? '' : ` by ${who}`;
  return `HTTP status ${status}${by}${beginning === '' ? '' : `, beginning “${beginning}”`}`;
}

/** `3.0 s`. */
export function seconds(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** `64 KB`. */
export function size(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  return bytes < 1_000_000 ? `${Math.round(bytes / 1000)} KB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
