import type { CellConfig } from './cell-config.js';
import { applyProfile } from './profiles.js';
import { makeReport, type Report } from './reporter.js';
import { watchAnswers } from './watch-answers.js';

/** What the scripts of a cell's page share. */
export interface CellPage {
  readonly config: CellConfig;
  readonly report: Report;
  /** Whatever the page threw. */
  readonly errors: string[];
  /** Characters in the longest answer that the engine kept at once. */
  readonly longestAnswer: () => number;
}

const page = window as unknown as { CELL: CellConfig; CELL_PAGE: CellPage };

const errors: string[] = [];
window.onerror = (message, source, line) => {
  const text = typeof message === 'string' ? message : message.type;
  errors.push(`${text} (${source ?? ''}:${String(line ?? 0)})`);
};
const report = makeReport(page.CELL.control, page.CELL.id);
const longestAnswer = watchAnswers();
page.CELL_PAGE = { config: page.CELL, report, errors, longestAnswer };
try {
  applyProfile(page.CELL.profile);
  report('loaded', { userAgent: navigator.userAgent, load: page.CELL.load });
} catch (error) {
  report('broken', String(error));
}
