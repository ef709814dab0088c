import { formatReport } from 'holdfast-doctor';
import { describe, expect, it } from 'vitest';
import { boxes } from '../boxes/index.js';
import { BOX_CASES } from './box-cases.js';
import { MORE_BOXES } from './more-boxes.js';
import { examineBehind, idsOf } from './patient.js';

const ALL = [...boxes, ...MORE_BOXES];

/** Notes: sessions could not do better. */
const NOTES: readonly string[] = ['http-1.0', 'gets-cached', 'responses-compressed', 'address-changes'];

/** Looking into everything makes mitmproxy slow where the machine is busy. */
const PATIENCE_MS = 180_000;

describe('the doctor behind a real box', { timeout: PATIENCE_MS }, () => {
  it.concurrent.each(BOX_CASES.map((each) => [each.box, each] as const))(
    '%s',
    async (name, { finds, seen, says, watchMs }) => {
      const box = ALL.find((other) => other.name === name);
      if (!box) throw new Error(`no such box: ${name}`);
      const report = await examineBehind(box, { watchMs: watchMs ?? 2000 });
      const text = formatReport(report);
      expect(idsOf(report), text).toEqual(finds);
      if (seen) expect(report.observations).toMatchObject(seen);
      if (says) expect(text).toMatch(says);
      const isFine = finds.every((id) => NOTES.includes(id));
      expect(report.exitStatus).toBe(box.best === 'nothing' ? 2 : isFine ? 0 : 1);
      // Whatever it found, the application has not been bothered.
      expect(report.sessionCount).toBe(0);
    },
  );
});
