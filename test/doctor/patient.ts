import { createServer } from 'node:http';
import { Server, type ServerOptions } from '@holdfast/server';
import { examine, type ExamineOptions, type Report } from 'holdfast-doctor';
import { afterEach } from 'vitest';
import type { Box, RunningBox } from '../boxes/box.js';
import { listen, shut } from '../matrix/pair.js';

const undo: (() => unknown)[] = [];

afterEach(async () => {
  for (const each of undo.splice(0).reverse()) await each();
});

/** Does something when the test is over; the last one first. Not for tests that run side by side. */
export function later(action: () => unknown): void {
  undo.push(action);
}

/** A Holdfast server to be examined, and how many sessions its application has seen. */
export class Patient {
  readonly holdfast: Server;
  sessionCount = 0;
  #port = 0;
  readonly #http = createServer();

  /** With the option `doctor` on, unless told otherwise. */
  static async start(options: ServerOptions = {}): Promise<Patient> {
    const patient = new Patient(options);
    patient.#port = await listen(patient.#http);
    return patient;
  }

  private constructor(options: ServerOptions) {
    this.holdfast = new Server({ doctor: true, ...options });
    this.holdfast.on('session', () => this.sessionCount++);
    this.holdfast.attach(this.#http);
  }

  get port(): number {
    return this.#port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}/holdfast`;
  }

  async stop(): Promise<void> {
    await this.holdfast.close({ drainMs: 0, retryAfterMs: 0, spreadMs: 0 });
    await shut(this.#http);
  }
}

/** A patient until the test is over. */
export async function startPatient(options: ServerOptions = {}): Promise<Patient> {
  const patient = await Patient.start(options);
  later(() => patient.stop());
  return patient;
}

/** Starts a box in front of a patient, until the test is over. */
export async function putBehind(box: Box, { port }: Patient): Promise<RunningBox> {
  const running = await box.start(port);
  later(() => running.stop());
  return running;
}

/** What was found behind a box, and how many sessions the application saw of it. */
export interface Examined extends Report {
  readonly sessionCount: number;
}

/** Has a server behind a box examined. Cleans up by itself, so that several can be under way. */
export async function examineBehind(box: Box, options: ExamineOptions = {}): Promise<Examined> {
  // Behind a forward proxy pages would be of the server's own address; here they are of one that leads to the proxy.
  let isForward = false;
  const patient = await Patient.start({ origins: () => isForward });
  try {
    const running = await box.start(patient.port);
    try {
      isForward = running.forwardProxy !== null;
      const report = await examine(`${running.origin}/holdfast`, options);
      return { ...report, sessionCount: patient.sessionCount };
    } finally {
      await running.stop();
    }
  } finally {
    await patient.stop();
  }
}

/** Names of what was found. */
export function idsOf({ findings }: Report): readonly string[] {
  return findings.map(({ id }) => id);
}
