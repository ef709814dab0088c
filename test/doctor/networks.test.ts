import { examine, formatReport, type Report } from 'holdfast-doctor';
import { describe, expect, it } from 'vitest';
import { HostileProxy } from '../matrix/hostile-proxy.js';
import { HOSTILE_CASES, HTTP, type HostileCase } from './hostile-cases.js';
import { idsOf, Patient, startPatient } from './patient.js';
import { SERVER_CASES } from './server-cases.js';

async function examineThrough({ behaviour, options = HTTP }: HostileCase): Promise<Report> {
  const patient = await Patient.start();
  const proxy = await HostileProxy.start(patient.port, behaviour);
  try {
    return await examine(`http://127.0.0.1:${proxy.port}/holdfast`, options);
  } finally {
    await proxy.close();
    await patient.stop();
  }
}

function expectFindings(report: Report, { finds, isAmongOthers }: Pick<HostileCase, 'finds' | 'isAmongOthers'>): void {
  const wanted: unknown = isAmongOthers === true ? expect.arrayContaining([...finds]) : finds;
  expect(idsOf(report), formatReport(report)).toEqual(wanted);
}

describe('the doctor behind a hostile proxy', () => {
  it.concurrent.each(HOSTILE_CASES.map((each) => [each.title, each] as const))('finds %s', async (_title, each) => {
    const report = await examineThrough(each);
    expectFindings(report, each);
    if (each.seen) expect(report.observations).toMatchObject(each.seen);
  });
});

describe('the doctor', () => {
  it.each(SERVER_CASES.map((each) => [each.title, each] as const))('finds %s', async (_title, each) => {
    const report = await examine(await each.start(), each.options ?? HTTP);
    expectFindings(report, each);
    if (each.says) expect(formatReport(report).replace(/\s+/g, ' ')).toMatch(each.says);
  });

  it('answers heartbeats while it watches', async () => {
    const { url } = await startPatient({ heartbeatIntervalMs: 400, heartbeatTimeoutMs: 400 });
    const report = await examine(url, { watchMs: 3000 });
    expect(idsOf(report), formatReport(report)).toEqual([]);
    expect(report.observations.stream?.endMs).toBeGreaterThan(2900);
  });

  it('tells no addresses', async () => {
    const changing = SERVER_CASES.find(({ finds }) => finds.includes('address-changes')) ?? expect.fail('no case');
    const report = await examine(await changing.start(), HTTP);
    expect(report.observations.addressCount).toBeGreaterThan(1);
    expect(JSON.stringify(report)).not.toContain('127.0.0.2');
  });
});
