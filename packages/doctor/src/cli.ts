#!/usr/bin/env node
import { parseArgs } from 'node:util';
import type { TransportName } from '@holdfast/client';
import { examine, type ExamineOptions } from './index.js';
import { TRANSPORTS } from './examination.js';
import { formatReport } from './report.js';

const USAGE_STATUS = 64;

const HELP = `Usage: holdfast-doctor [options] <address>

Says what a network lets through to a Holdfast server, what stands in between, and what to change.

  holdfast-doctor https://shop.example/holdfast

Options
  --json               print the report as JSON
  --transport <name>   try only this one: ${TRANSPORTS.join(', ')}; may be repeated
  --header <name: v>   send this header with every request, such as a Cookie; may be repeated
  --origin <origin>    speak as a page of this origin would
  --auth <json>        what the server's authorize is given
  --timeout <s>        how long one step may take (10)
  --watch <s>          how long idle connections are watched (6)
  --long               watch for 75 s: finds the idle limits of most proxies
  --sessions           if the server's option doctor is off, begin real sessions, which the application sees
  --help               print this

Exit status
  0   all that was tried gets through
  1   sessions get through, and could do better: see what is found
  2   no session gets through
  64  the command line makes no sense
`;

class UsageError extends Error {}

interface Order {
  readonly url: string;
  readonly isJson: boolean;
  readonly options: ExamineOptions;
}

function readArguments(args: string[]): Order | null {
  const { values, positionals } = parse(args);
  if (values.help === true) return null;
  const [url, ...more] = positionals;
  if (url === undefined || more.length > 0)
    throw new UsageError('Give one address, such as https://shop.example/holdfast.');
  return {
    url: checkUrl(url),
    isJson: values.json === true,
    options: {
      transports: (values.transport ?? TRANSPORTS).map(checkTransport),
      headers: { ...headersFrom(values.header ?? []), ...(values.origin !== undefined && { Origin: values.origin }) },
      ...(values.auth !== undefined && { auth: parseJson(values.auth) }),
      timeoutMs: secondsFrom('timeout', values.timeout ?? '10'),
      watchMs: secondsFrom('watch', values.watch ?? (values.long === true ? '75' : '6')),
      allowsSessions: values.sessions === true,
    },
  };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        json: { type: 'boolean' },
        transport: { type: 'string', multiple: true },
        header: { type: 'string', multiple: true },
        origin: { type: 'string' },
        auth: { type: 'string' },
        timeout: { type: 'string' },
        watch: { type: 'string' },
        long: { type: 'boolean' },
        sessions: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function checkUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text.replace(/^ws/, 'http')) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new UsageError(`${text} is no address: it begins with https:// or http://.`);
  }
  if (url.pathname === '/')
    throw new UsageError(`${text} has no path: give the endpoint's, such as ${url.origin}/holdfast.`);
  url.hash = '';
  return url.href;
}

function checkTransport(name: string): TransportName {
  const found = TRANSPORTS.find((transport) => transport === name);
  if (found === undefined) throw new UsageError(`${name} is no transport: ${TRANSPORTS.join(', ')}.`);
  return found;
}

function headersFrom(lines: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    lines.map((line) => {
      const match = /^([!#$%&'*+.^`|~\w-]+):\s*([\t\x20-\x7e]*)$/.exec(line);
      // The value may be a secret.
      if (!match) throw new UsageError(`--header ${line.split(':')[0] ?? ''}: write it as 'Name: value'.`);
      return [match[1] ?? '', match[2] ?? ''];
    }),
  );
}

function secondsFrom(name: string, text: string): number {
  const value = Number(text);
  if (!(value >= 0.5 && value <= 600)) throw new UsageError(`--${name} takes 0.5 to 600 seconds, not ${text}.`);
  return Math.round(value * 1000);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new UsageError(`--auth takes JSON, such as '"token"' or '{"user":1}'.`);
  }
}

async function main(): Promise<number> {
  const order = readArguments(process.argv.slice(2));
  if (order === null) {
    process.stdout.write(HELP);
    return 0;
  }
  // What is done is told to people only: neither to a file nor to a log.
  const isWatched = process.stderr.isTTY && !order.isJson;
  const onStep = (what: string): void => {
    if (isWatched) process.stderr.write(`\r\x1b[K${what} ...`);
  };
  const report = await examine(order.url, { ...order.options, onStep });
  if (isWatched) process.stderr.write('\r\x1b[K');
  process.stdout.write(order.isJson ? `${JSON.stringify(report, null, 2)}\n` : formatReport(report));
  return report.exitStatus;
}

main().then(
  (status) => {
    process.exitCode = status;
  },
  (error: unknown) => {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`${error.message}\nholdfast-doctor --help tells more.\n`);
    process.exitCode = USAGE_STATUS;
  },
);
