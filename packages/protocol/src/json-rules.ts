import { MAX_REASON_BYTES } from './defaults.js';
import { MAX_COUNT, parsePosition, type Position } from './position.js';
import { utf8Length } from './text.js';

/** What a rule makes of a member that is of the wrong type or out of range. */
export const WRONG = { isWrong: true } as const;

/** Makes a member's value of what JSON says (`undefined` if it is absent), or {@link WRONG}. A result of `undefined` leaves it out. */
export type Rule<T> = (value: unknown) => T | typeof WRONG;

/** A rule for every member of a packet. What it doesn't name is ignored. */
export type Rules<T> = { readonly [K in keyof T]-?: Rule<T[K]> };

type Members = Record<string, unknown>;

/** Reads JSON that must be an object. (An array passes for one without members; every packet needs some.) */
function parseMembers(content: string): Members | null {
  try {
    const value: unknown = JSON.parse(content);
    return typeof value === 'object' ? (value as Members | null) : null;
  } catch {
    return null;
  }
}

/** Reads what the rules name; `null` if anything of it is wrong. */
function readMembers<T extends object>(members: Members, rules: Rules<T>): T | null {
  const result: Members = {};
  for (const name of Object.keys(rules) as (string & keyof T)[]) {
    const value = rules[name](members[name]);
    if (value === WRONG) return null;
    if (value !== undefined) result[name] = value;
  }
  return result as T;
}

/** Reads a JSON packet; `null` if it is not an object or a member is wrong. */
export function parseJson<T extends object>(content: string, rules: Rules<T>): T | null {
  const members = parseMembers(content);
  return members && readMembers(members, rules);
}

/**
 * Reads a JSON packet that begins a conversation, and so may be of another version. Then only `v` must be right, and members that are not
 * are taken from `defaults`: whoever reads it can answer that the version is not spoken.
 */
export function parseVersioned<T extends { v: number }>(content: string, rules: Rules<T>, defaults: T): T | null {
  const members = parseMembers(content);
  if (members === null) return null;
  const result = readMembers(members, rules);
  const v = version(members['v']);
  if (result !== null || v === WRONG || v === defaults.v) return result;
  const loose: Members = {};
  for (const name of Object.keys(rules) as (string & keyof T)[]) {
    const value = rules[name](members[name]);
    loose[name] = value === WRONG ? defaults[name] : value;
  }
  return loose as T;
}

function isInteger(value: unknown): value is number {
  return typeof value === 'number' && value % 1 === 0;
}

export function isCount(value: unknown): value is number {
  return isInteger(value) && value >= 0 && value <= MAX_COUNT;
}

/** Any integer. */
export function version(value: unknown): number | typeof WRONG {
  return isInteger(value) ? value : WRONG;
}

/** An integer from 0 to 2^53 - 1. */
export function count(value: unknown): number | typeof WRONG {
  return isCount(value) ? value : WRONG;
}

export function isText(value: unknown): value is string {
  return typeof value === 'string';
}

export function text(value: unknown): string | typeof WRONG {
  return isText(value) ? value : WRONG;
}

export function position(value: unknown): Position | typeof WRONG {
  return (isText(value) ? parsePosition(value) : null) ?? WRONG;
}

export function listOf<T>(value: unknown, isItem: (item: unknown) => item is T): T[] | typeof WRONG {
  return Array.isArray(value) && value.every(isItem) ? value : WRONG;
}

/** Two counts: a window, a heartbeat. */
export function pair(value: unknown): readonly [number, number] | typeof WRONG {
  return Array.isArray(value) && value.length === 2 && value.every(isCount) ? (value as [number, number]) : WRONG;
}

/** 1000 to 4999. */
export function closeCode(value: unknown): number | typeof WRONG {
  return isInteger(value) && value >= 1000 && value <= 4999 ? value : WRONG;
}

export function reason(value: unknown): string | typeof WRONG {
  return isText(value) && utf8Length(value) <= MAX_REASON_BYTES ? value : WRONG;
}

/** Lets a member be absent, and puts `fallback` in its place. */
export function optional<T, F>(value: unknown, rule: Rule<T>, fallback: F): T | F | typeof WRONG {
  return value === undefined ? fallback : rule(value);
}
