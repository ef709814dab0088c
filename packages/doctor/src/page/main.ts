import type { Advice } from '../advice.js';
import type { Finding } from '../diagnosis.js';
import { examine, TRANSPORTS } from '../examination.js';
import type { TransportSeen } from '../observations.js';
import { conclude, describeTransport, NAMES, VERDICTS, type Report } from '../report.js';
import { browserWire } from './browser-wire.js';
import { byId, make } from './elements.js';

/** `?watch=2`: seconds, as for the command. */
const SHORT_MS = 1000 * (Number(new URLSearchParams(location.search).get('watch')) || 6);
const LONG_MS = 75_000;
const TIMEOUT_MS = 10_000;

const form = byId('form', HTMLFormElement);
const start = byId('start', HTMLButtonElement);
const isLong = byId('long', HTMLInputElement);
const auth = byId('auth', HTMLInputElement);
const progress = byId('progress', HTMLElement);
const result = byId('result', HTMLElement);

/** The endpoint that this page belongs to. */
const url = location.href.replace(/[?#].*/, '').replace(/\/doctor\.html$/, '');
byId('address', HTMLElement).textContent = url;

form.addEventListener('submit', (event) => {
  event.preventDefault();
  void run();
});
void run();

async function run(): Promise<void> {
  start.disabled = true;
  result.replaceChildren();
  document.body.dataset['verdict'] = '';
  try {
    const observations = await examine(browserWire(), {
      url,
      transports: TRANSPORTS,
      auth: readAuth(),
      timeoutMs: TIMEOUT_MS,
      watchMs: isLong.checked ? LONG_MS : SHORT_MS,
      allowsSessions: false,
      onStep: (what) => {
        progress.textContent = `${what} …`;
      },
    });
    show(conclude(observations));
  } catch (error) {
    progress.textContent = `The examination failed: ${String(error)}`;
  } finally {
    start.disabled = false;
  }
}

/** JSON, or else the text as it is: a token. */
function readAuth(): unknown {
  if (auth.value === '') return undefined;
  try {
    return JSON.parse(auth.value);
  } catch {
    return auth.value;
  }
}

const VERDICT_MARKS = { fine: '✓', worse: '!', nothing: '✗' } as const;

function show(report: Report): void {
  const { verdict, transports, findings, observations } = report;
  document.body.dataset['verdict'] = verdict;
  progress.textContent = '';
  const parts = [
    make('p', `verdict ${verdict}`, make('span', 'mark', VERDICT_MARKS[verdict]), make('span', '', VERDICTS[verdict])),
  ];
  if (transports.length > 0) parts.push(make('ul', 'transports', ...transports.map(transportItem)));
  if (observations.between.length > 0) {
    parts.push(
      make('h2', '', 'In between'),
      make('ul', 'between', ...observations.between.map((sign) => make('li', '', sign))),
    );
  }
  if (findings.length > 0) parts.push(make('h2', '', 'What was found'), ...findings.map(findingBlock));
  parts.push(jsonBlock(report));
  result.replaceChildren(...parts);
}

function transportItem(seen: TransportSeen): HTMLElement {
  return make(
    'li',
    seen.works ? 'works' : 'fails',
    make('span', 'mark', seen.works ? '✓' : '✗'),
    make('strong', '', NAMES[seen.name]),
    make('span', 'detail', describeTransport(seen)),
  );
}

const SEVERITIES = { nothing: 'No session', worse: 'Could be better', note: 'Note' } as const;

function findingBlock({ severity, title, text, advice }: Finding): HTMLElement {
  const block = make(
    'section',
    `finding ${severity}`,
    make('p', 'severity', SEVERITIES[severity]),
    make('h3', '', title),
  );
  block.append(make('p', '', text), ...advice.map(adviceBlock));
  return block;
}

function adviceBlock({ title, where, lines }: Advice): HTMLElement {
  return make('details', '', make('summary', '', `${title}, ${where}`), make('pre', 'paste', lines.join('\n')));
}

function jsonBlock(report: Report): HTMLElement {
  const text = JSON.stringify(report, null, 2);
  const copy = make('button', 'quiet', 'Copy as JSON');
  copy.addEventListener('click', () => {
    void navigator.clipboard.writeText(text).then(() => (copy.textContent = 'Copied'));
  });
  const block = make('details', 'json', make('summary', '', 'All that was seen, as JSON'), make('pre', '', text));
  // Without https, or where that is forbidden, there is no clipboard.
  if ('clipboard' in navigator) block.append(copy);
  return block;
}
