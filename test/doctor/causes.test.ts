import { describe, expect, it } from 'vitest';
import { ROWS } from '../../packages/doctor/src/diagnosis.js';
import { BOX_CASES } from './box-cases.js';
import { CERTIFICATE_CASES } from './certificate-cases.js';
import { HOSTILE_CASES } from './hostile-cases.js';
import { SERVER_CASES } from './server-cases.js';

describe('findings', () => {
  it('are each provoked by a real box, network, certificate or server', () => {
    const cases = [...BOX_CASES, ...HOSTILE_CASES, ...CERTIFICATE_CASES, ...SERVER_CASES];
    const found = new Set(cases.flatMap(({ finds }) => finds));
    expect([...found].sort()).toEqual(ROWS.map(({ id }) => id).sort());
  });
});
