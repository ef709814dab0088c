import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Report } from 'holdfast-doctor';
import { expect } from 'vitest';
import { ROOT } from '../setup.mjs';

const CLI = join(ROOT, 'packages', 'doctor', 'dist', 'cli.js');

/** For a short look. */
export const QUICK = ['--watch', '1'] as const;

/** How a run of the command went. */
export interface Run {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command as a user would. */
export async function run(args: readonly string[], env: Record<string, string> = {}): Promise<Run> {
  const child = spawn(process.execPath, [CLI, ...args], { env: { ...process.env, ...env } });
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  if (child.exitCode === null) await once(child, 'exit');
  return { status: child.exitCode, stdout, stderr };
}

/** What it reports. */
export async function reportOf(
  args: readonly string[],
  env?: Record<string, string>,
): Promise<Report & { readonly status: number | null }> {
  const { status, stdout } = await run(['--json', ...QUICK, ...args], env);
  const report = JSON.parse(stdout) as Report;
  expect(status).toBe(report.exitStatus);
  return { ...report, status };
}
