import { diagnose, type Finding } from './diagnosis.js';
import type { Observations, TransportSeen } from './observations.js';
import { seconds } from './words.js';

/** `fine`: nothing to do. `worse`: sessions work, and could work better. `nothing`: no session can be had. */
export type Verdict = 'fine' | 'worse' | 'nothing';

/** Everything the doctor has to say. */
export interface Report {
  readonly url: string;
  readonly verdict: Verdict;
  /** Exit status of the command: 0, 1, 2. */
  readonly exitStatus: 0 | 1 | 2;
  readonly transports: readonly TransportSeen[];
  readonly findings: readonly Finding[];
  readonly observations: Observations;
}

/** What a transport is called. */
export const NAMES: Readonly<Record<TransportSeen['name'], string>> = {
  websocket: 'WebSocket',
  streaming: 'Streaming',
  'long-polling': 'Long polling',
  polling: 'Polling',
};

/** Concludes. */
export function conclude(observations: Observations): Report {
  const findings = diagnose(observations);
  const { url, transports } = observations;
  const hasSession = transports.some(({ works }) => works) && !findings.some(({ severity }) => severity === 'nothing');
  const isFine = transports.every(({ works }) => works) && !findings.some(({ severity }) => severity === 'worse');
  const verdict: Verdict = !hasSession ? 'nothing' : isFine ? 'fine' : 'worse';
  return { url, verdict, exitStatus: EXIT_STATUS[verdict], transports, findings, observations };
}

const EXIT_STATUS = { fine: 0, worse: 1, nothing: 2 } as const;

/** A sentence for each verdict. */
export const VERDICTS: Readonly<Record<Verdict, string>> = {
  fine: 'All that was tried gets through.',
  worse: 'Sessions get through; the network could treat them better.',
  nothing: 'No session gets through.',
};

/** What is known about a transport, in a line. */
export function describeTransport({ works, attachMs, firstEchoMs, roundTripMs, why }: TransportSeen): string {
  if (!works) return `does not get through: ${why}`;
  if (attachMs === null) return 'gets through, as far as could be tried';
  const parts = [
    `attached in ${seconds(attachMs)}`,
    firstEchoMs === null ? '' : `first echo after ${seconds(firstEchoMs)}`,
    roundTripMs === null ? '' : `round trip ${roundTripMs} ms`,
  ];
  return parts.filter((part) => part !== '').join(', ');
}

const MARKS: Readonly<Record<Finding['severity'], string>> = { nothing: '✗', worse: '!', note: 'i' };

const WIDTH = 100;

/** The report in plain words. */
export function formatReport({ url, verdict, transports, findings, observations }: Report): string {
  const lines = [`Holdfast doctor: ${url}`, '', VERDICTS[verdict]];
  if (transports.length > 0) lines.push('');
  for (const transport of transports) {
    const name = NAMES[transport.name].padEnd(13);
    lines.push(...fold(`${transport.works ? '✓' : '✗'} ${name}`, describeTransport(transport), 17));
  }
  if (observations.between.length > 0) lines.push('', ...fold('In between:', observations.between.join('; '), 12));
  for (const { severity, title, text, advice } of findings) {
    lines.push('', `${MARKS[severity]} ${title}`, ...fold(' ', text, 2));
    for (const { title: box, where, lines: paste } of advice) {
      lines.push('', `  ${box}, ${where}:`, ...paste.map((line) => `      ${line}`));
    }
  }
  return `${lines.join('\n')}\n`;
}

/** Words after a head, broken into lines that begin at `indent`. */
function fold(head: string, text: string, indent: number): string[] {
  const lines: string[] = [];
  let line = head.padEnd(indent - 1);
  for (const word of text.split(' ')) {
    if (line.length + 1 + word.length > WIDTH && line.trim() !== '') {
      lines.push(line);
      line = ' '.repeat(indent - 1);
    }
    line += ` ${word}`;
  }
  return [...lines, line];
}
