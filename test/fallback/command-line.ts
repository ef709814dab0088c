import type { TransportName } from '@holdfast/protocol';
import { faultNames } from './planted-faults.js';

/** What `npm run matrix` was asked for. */
export interface Request {
  readonly rows: readonly string[] | null;
  readonly columns: readonly string[] | null;
  readonly transport: TransportName | null;
  readonly seconds: number | null;
  readonly parallel: number;
  /** A mechanism that is broken on purpose. */
  readonly fault: string | null;
  /** Leave out cells that were as they must be when they ran last. */
  readonly isResumed: boolean;
  /** Print what the client traced. */
  readonly isTelling: boolean;
  readonly isListing: boolean;
  /** Make the report of what there is, and run nothing. */
  readonly isReporting: boolean;
  /** Write the report into `docs/`. */
  readonly isPublishing: boolean;
}

/** A mistake in the command line: said without a stack. */
export class UsageError extends Error {}

const TRANSPORTS = ['websocket', 'streaming', 'long-polling', 'polling'] as const;

/** What `--help` prints. */
const USAGE = `npm run matrix -- [options]

  --browser NAME,...    only these rows (a name, or the beginning of names)
  --network NAME,...    only these columns
  --transport NAME      force one: ${TRANSPORTS.join(', ')}
  --seconds N           length of the traffic in each cell, instead of the column's own
  --parallel N          cells at a time (6)
  --resume              leave out cells that were as they must be when they ran last
  --report              run nothing, write the report of the results that there are
  --publish             write the report to docs/matrix.md and docs/matrix.html, too
  --break NAME          switch a mechanism off first: ${faultNames.join(', ')}
  --story               print what the client traced in each cell
  --list                what rows and columns there are`;

/** @throws {@link UsageError} */
export function parseCommandLine(args: readonly string[]): Request {
  const values = new Map<string, string>();
  const flags = ['resume', 'report', 'publish', 'list', 'story', 'help'];
  const options = ['browser', 'network', 'transport', 'seconds', 'parallel', 'break'];
  for (let index = 0; index < args.length; index++) {
    const [name = '', given] = (args[index] ?? '').replace(/^--/, '').split(/=(.*)/s);
    const isFlag = flags.includes(name);
    if (!(args[index] ?? '').startsWith('--') || !(isFlag || options.includes(name))) {
      throw new UsageError(`There is no option ${args[index] ?? ''}.\n\n${USAGE}`);
    }
    const value = isFlag ? '' : (given ?? args[++index]);
    if (value === undefined || (!isFlag && value === '')) throw new UsageError(`--${name} needs a value.`);
    values.set(name, value);
  }
  if (values.has('help')) throw new UsageError(USAGE);
  return {
    rows: list(values.get('browser')),
    columns: list(values.get('network')),
    transport: oneOf('transport', TRANSPORTS, values.get('transport')),
    seconds: wholeNumber('seconds', values.get('seconds')),
    parallel: wholeNumber('parallel', values.get('parallel')) ?? 6,
    fault: oneOf('break', faultNames, values.get('break')),
    isResumed: values.has('resume'),
    isTelling: values.has('story'),
    isListing: values.has('list'),
    isReporting: values.has('report'),
    isPublishing: values.has('publish'),
  };
}

/** Those whose name is given, or begins so. @throws {@link UsageError} for what fits none. */
export function choose<Named>(
  what: string,
  all: readonly Named[],
  nameOf: (one: Named) => string,
  wanted: readonly string[] | null,
): Named[] {
  if (wanted === null) return [...all];
  for (const name of wanted) {
    if (!all.some((one) => nameOf(one).startsWith(name))) {
      throw new UsageError(`No ${what} is called ${name}. There are:\n  ${all.map(nameOf).join('\n  ')}`);
    }
  }
  return all.filter((one) =>
    wanted.some((name) =>
      all.some((other) => nameOf(other) === name) ? nameOf(one) === name : nameOf(one).startsWith(name),
    ),
  );
}

function list(value: string | undefined): string[] | null {
  return value === undefined ? null : value.split(',').filter((name) => name !== '');
}

function oneOf<Name extends string>(option: string, names: readonly Name[], value: string | undefined): Name | null {
  if (value === undefined) return null;
  const found = names.find((name) => name === value);
  if (found === undefined) throw new UsageError(`--${option} is one of ${names.join(', ')}; it was ${value}.`);
  return found;
}

function wholeNumber(option: string, value: string | undefined): number | null {
  if (value === undefined) return null;
  const number = Number(value);
  if (!Number.isInteger(number) || number < 1) {
    throw new UsageError(`--${option} is a whole number from 1; it was ${value}.`);
  }
  return number;
}
