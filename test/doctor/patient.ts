import { createServer } from 'node:http';
import { Server, type ServerOptions } from '@holdfast/server';
import { afterEach, expect } from 'vitest';
import { examine, type ExamineOptions, type Report } from 'holdfast-doctor';
import type { Box, RunningBox } from '../boxes/box.js';
import { listen, shut } from '../matrix/pair.js';

const undo: (() => unknown)[] = [];

afterEach(async () => {
  for (const each of undo.splice(0).reverse()) await each();
});

/** Does something when the test is over; the last one first. */
export function later(action: () => unknown): void {
  undo.push(action);
}

/** A Holdfast server to be examined, and how many sessions its application has seen. */
export interface Patient {
  readonly port: number;
  readonly url: string;
  readonly holdfast: Server;
  sessionCount: number;
}

/** Starts a server, with the option `doctor` on unless told otherwise. */
export async function startPatient(options: ServerOptions = {}): Promise<Patient> {
  const http = createServer();
  const holdfast = new Server({ doctor: true, ...options });
  holdfast.attach(http);
  const port = await listen(http);
  const patient = { port, url: `http://127.0.0.1:${port}/holdfast`, holdfast, sessionCount: 0 };
  holdfast.on('session', () => patient.sessionCount++);
  later(async () => {
    await holdfast.close({ drainMs: 0, retryAfterMs: 0, spreadMs: 0 });
    await shut(http);
  });
  return patient;
}

/** Starts a box in front of a patient. */
export async function putBehind(box: Box, { port }: Patient): Promise<RunningBox> {
  const running = await box.start(port);
  later(() => running.stop());
  return running;
}

/** Has a server behind a box examined. */
export async function examineBehind(box: Box, options: ExamineOptions = {}): Promise<Report> {
  const patient = await startPatient();
  const { origin } = await putBehind(box, patient);
  const report = await examine(`${origin}/holdfast`, options);
  // Whatever it found, the application has not been bothered.
  expect(patient.sessionCount).toBe(0);
  return report;
}

/** Names of what was found. */
export function idsOf({ findings }: Report): readonly string[] {
  return findings.map(({ id }) => id);
}
