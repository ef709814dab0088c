import { adviceFor, boxesIn, type Advice, type Topic } from './advice.js';
import { HTTP_ROWS } from './diagnosis-http.js';
import { REACH_ROWS } from './diagnosis-reach.js';
import { UPGRADE_ROWS } from './diagnosis-upgrade.js';
import type { Observations } from './observations.js';

/** `nothing`: no session can be had. `worse`: sessions work, and could work better. `note`: good to know. */
export type Severity = 'nothing' | 'worse' | 'note';

/** What was concluded. */
export interface Finding {
  /** Stable: `upgrade-stripped`. */
  readonly id: string;
  readonly severity: Severity;
  /** What is the matter, in a line. */
  readonly title: string;
  /** What was seen, and what follows from it. */
  readonly text: string;
  readonly advice: readonly Advice[];
}

/** What a row of the table says when it applies. */
export interface Said {
  readonly title: string;
  readonly text: string;
}

/** One diagnosis: by what it is known, and what helps. */
export interface Row {
  readonly id: string;
  readonly severity: Severity;
  readonly topics: readonly Topic[];
  /** `null`: it doesn't apply. */
  readonly says: (seen: Observations) => Said | null;
}

/** Every diagnosis there is. */
export const ROWS: readonly Row[] = [...REACH_ROWS, ...UPGRADE_ROWS, ...HTTP_ROWS];

/** From what was seen to what it means: the first one is what matters most. */
export function diagnose(seen: Observations): readonly Finding[] {
  const boxes = boxesIn(signsIn(seen));
  const findings = ROWS.flatMap(({ id, severity, topics, says }) => {
    const said = says(seen);
    return said ? [{ id, severity, ...said, advice: adviceFor(topics, boxes) }] : [];
  });
  const weight: Readonly<Record<Severity, number>> = { nothing: 0, worse: 1, note: 2 };
  return findings.sort((a, b) => weight[a.severity] - weight[b.severity]);
}

/** Whatever may tell who stands in between. */
function signsIn({ between, knock, upgrade, hold, upload, download }: Observations): readonly string[] {
  const answers = [
    knock.outcome === 'foreign' ? knock.answer : null,
    upgrade?.outcome === 'foreign' ? upgrade.answer : null,
    hold?.answer,
    upload?.answer,
    download?.answer,
  ];
  return [
    ...between,
    ...answers.flatMap((answer) => (answer ? [...Object.values(answer.headers), answer.beginning] : [])),
  ];
}
