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

/** They have modules, but not the syntax of ours: pages for them compile it, or take the ES5 file. */
const OLDER_THAN_ES2020: readonly string[] = ['chromium-64', 'chromium-67', 'chromium-78'];

/** Every engine, then every profile of those that it can be made of. */
export function makeRows(engines: readonly Engine[]): Row[] {
  // One that can have no session has nothing to show.
  const rows: Row[] = engines
    .filter(({ cannot }) => cannot === null)
    .map((engine) => ({
      name: engine.name,
      title: engine.title,
      engine,
      client: OLDER_THAN_ES2020.includes(engine.name) ? 'es5' : engine.client,
      profile: null,
    }));
  for (const profile of PROFILES) {
    const engine = engines.find(({ name }) => name === profile.base);
    if (engine) rows.push({ name: profile.name, title: profile.title, engine, client: profile.client, profile });
  }
  return rows;
}

/** Can a page of this row use the transport at all, through a box that lets it live? */
export function canUse(row: Row, transport: TransportName, box: string): boolean {
  const { lacks, noStreamsThrough } = row.profile ?? {};
  return !lacks?.includes(transport) && !(transport === 'streaming' && noStreamsThrough?.includes(box));
}
