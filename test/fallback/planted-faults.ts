import { spawnSync } from 'node:child_process';
import { cp, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from '../setup.mjs';

/** A mechanism of the product, and the change that switches it off. */
interface PlantedFault {
  readonly name: string;
  readonly says: string;
  readonly changes: readonly {
    /** Below `packages/`. */
    readonly file: string;
    readonly find: string;
    readonly replace: string;
  }[];
}

const FAULTS: readonly PlantedFault[] = [
  {
    name: 'replay',
    says: 'what was under way when a transport was lost is not sent again',
    changes: [
      { file: 'protocol/src/client/client-session.ts', find: '      outbox.rewind(got);', replace: '      void got;' },
      { file: 'protocol/src/server/server-session.ts', find: 'this._outbox.rewind(got);', replace: 'void got;' },
    ],
  },
  {
    name: 'dedup',
    says: 'what arrives again is handed over again',
    changes: [
      {
        file: 'protocol/src/inbox.ts',
        find: 'if (messages < this._messages) return null;',
        replace: 'if (messages < this._messages) return this._append(part, bytes, isLast);',
      },
      {
        file: 'protocol/src/server/server-exchange.ts',
        find: "this._env.trace?.('joined', { n });",
        replace: "this._env.trace?.('joined', { n });\n      if (n < this._next) this._act(known, lines);",
      },
    ],
  },
  {
    name: 'staggering',
    says: 'a transport is tried only when the one before it has failed',
    changes: [
      {
        file: 'protocol/src/client/chooser.ts',
        find: 'return Math.max(this._leastHeadStartMs,',
        replace: 'return 1e9 + Math.max(this._leastHeadStartMs,',
      },
    ],
  },
  {
    name: 'hold-learning',
    says: 'nothing is learned from a request that was cut while it was held, or from a stream that was',
    changes: [
      {
        file: 'protocol/src/client/client-exchange.ts',
        find: 'tuning._hold._cut(tookMs, now);',
        replace: 'void tookMs;',
      },
      {
        file: 'protocol/src/client/client-exchange.ts',
        find: 'tuning.streamCut(tookMs, call._bytes, now);',
        replace: 'void tookMs;',
      },
    ],
  },
  {
    name: 'recycling',
    says: 'a stream by XMLHttpRequest goes on for as long as it likes',
    changes: [
      {
        file: 'client/src/browser-transports.ts',
        find: 'recycleBytes: 262_144,',
        replace: 'recycleBytes: 262_144_000,',
      },
    ],
  },
  {
    name: 'answer-check',
    says: "the client takes any answer of the server's, whoever it is for, and whatever position it is of",
    changes: [
      {
        file: 'protocol/src/client/client-exchange.ts',
        find: "(line === ':- -' || request === `${this._via}.${call._n}`) &&",
        replace: 'request !== undefined &&',
      },
      {
        file: 'protocol/src/client/client-exchange.ts',
        find: "(id === '-' || this._session.id === '' || id === this._session.id)",
        replace: 'id !== undefined',
      },
      // By itself that is found out: what is another session's is seldom of a position that could be one's own.
      {
        file: 'protocol/src/session.ts',
        find: "error = this._acked(position) ? null : 'ERR_POSITION';",
        replace: 'error = this._acked(position) ? null : null;',
      },
      {
        file: 'protocol/src/inbox.ts',
        find: "if (messages > this._messages || from > this._bytes) return 'ERR_POSITION';",
        replace: 'if (messages > this._messages || from > this._bytes) return this._append(part, bytes, isLast);',
      },
    ],
  },
  {
    name: 'leaving',
    says: 'a transport that keeps dying is chosen again and again',
    changes: [
      {
        file: 'protocol/src/client/chooser.ts',
        find: 'if (livedMs < STABLE_MS) this._punish(health, 0, now);',
        replace: 'if (livedMs < 0) this._punish(health, 0, now);',
      },
    ],
  },
];

/** Names of what can be switched off. */
export const faultNames: readonly string[] = FAULTS.map(({ name }) => name);

/** What is switched off, in words. */
export function describeFault(name: string): string {
  return FAULTS.find((fault) => fault.name === name)?.says ?? '';
}

/**
 * Copies the packages, plants the fault, and builds the client. Returns the folder of the copy; `HOLDFAST_PACKAGES` makes a process take its
 * sources from there.
 */
export async function plantFault(name: string): Promise<string> {
  const fault = FAULTS.find((each) => each.name === name);
  if (!fault) throw new Error(`There is no fault called ${name}.`);
  const folder = join(ROOT, 'node_modules', '.cache', 'holdfast-matrix', `without-${name}`);
  await rm(folder, { recursive: true, force: true });
  for (const one of ['protocol', 'client', 'server']) {
    const isWanted = (path: string): boolean => !/\/(node_modules|dist|\.turbo)(\/|$)/.test(path.slice(ROOT.length));
    await cp(join(ROOT, 'packages', one), join(folder, 'packages', one), { recursive: true, filter: isWanted });
    await mkdir(join(folder, 'node_modules', '@holdfast'), { recursive: true });
    await symlink(join(folder, 'packages', one), join(folder, 'node_modules', '@holdfast', one));
  }
  await cp(join(ROOT, 'tsconfig.base.json'), join(folder, 'tsconfig.base.json'));
  for (const change of fault.changes) await plant(name, join(folder, 'packages'), change);
  build(join(folder, 'packages', 'client'));
  return join(folder, 'packages');
}

async function plant(name: string, packages: string, change: PlantedFault['changes'][number]): Promise<void> {
  const file = join(packages, change.file);
  const source = await readFile(file, 'utf8');
  if (source.split(change.find).length !== 2) {
    throw new Error(`--break ${name}: '${change.find}' must be in ${change.file} exactly once. Follow its changes.`);
  }
  await writeFile(
    file,
    source.replace(change.find, () => change.replace),
  );
}

function build(folder: string): void {
  const tsup = join(ROOT, 'node_modules', 'tsup', 'dist', 'cli-default.js');
  const { status, stdout, stderr } = spawnSync(process.execPath, [tsup, '--no-dts'], { cwd: folder, encoding: 'utf8' });
  if (status !== 0) throw new Error(`The client could not be built with its fault.\n${stdout}${stderr}`);
}
