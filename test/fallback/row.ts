import type { TransportName } from '@holdfast/protocol';
import type { Engine } from '../engines/engine.js';
import { PROFILES, type Profile } from './profile.js';

/** A row of the matrix: an engine as it is, or one that lacks what another one lacks. */
export interface Row {
  readonly name: string;
  readonly title: string;
  readonly engine: Engine;
  readonly client: 'module' | 'es5';
  readonly profile: Profile | null;
}

/** Every engine, then every profile of those that it can be made of. */
export function makeRows(engines: readonly Engine[]): Row[] {
  const rows: Row[] = engines.map((engine) => ({
    name: engine.name,
    title: engine.title,
    engine,
    client: engine.client,
    profile: null,
  }));
  for (const profile of PROFILES) {
    const engine = engines.find(({ name }) => name === profile.base);
    if (engine) rows.push({ name: profile.name, title: profile.title, engine, client: profile.client, profile });
  }
  return rows;
}

/** Can a page of this row use the transport at all? */
export function canUse(row: Row, transport: TransportName): boolean {
  return row.profile?.lacks.includes(transport) !== true;
}
