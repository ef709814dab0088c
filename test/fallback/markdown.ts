import { duration, shortName, type Grid } from './grid.js';
import { proofs, withLargest } from './proof.js';
import { daysOf, faultsIn, LEGEND, linesOf, loadOf, summaryOf, type ReportContext } from './report-text.js';

/** The whole report as Markdown. */
export function toMarkdown(context: ReportContext): string {
  const { grid, fault, transport } = context;
  return [
    '# The fallback matrix',
    `Made by \`${context.command}\`, ${daysOf(grid)}.`,
    ...(fault === null ? [] : [`**Broken on purpose: ${fault}.**`]),
    ...(transport === null ? [] : [`Only ${transport} was allowed.`]),
    `**${summaryOf(context)}**`,
    ...LEGEND,
    loadOf(),
    ...grid.groups.flatMap((group) => [
      `## ${group.name}`,
      table(
        ['', ...group.columns.map(shortName)],
        grid.rows.map((row) => [
          row.title,
          ...group.columns.map((column) => {
            const cell = grid.at(row, column);
            return cell ? linesOf(cell).filter(Boolean).join(' · ') : '';
          }),
        ]),
      ),
    ]),
    '## Cells that are not as they must be',
    badCells(grid),
    '## How a transport is chosen',
    'For each network, over all engines: the time to the first echo and until the best transport that engine and network allow carried the session (medians), the latest message (later than the fastest one; where something is cut, that is the gap that the application sees), and the first echo of a page that is loaded again.',
    table(
      ['network', 'best', 'first echo', 'best after', 'latest message', 'loaded again', 'aim'],
      proofs(grid).map((proof) => [
        shortName(proof.column),
        proof.column.box.best,
        withLargest(proof.firstEchoMs, proof.slowestFirstEcho, proof.slowestFirstEcho?.verdict.firstEchoMs ?? 0),
        duration(proof.bestAfterMs),
        withLargest(proof.latestMs, proof.latest, proof.latest?.verdict.latestMs ?? 0),
        duration(proof.reloadEchoMs),
        proof.aims.map(({ isMet, words }) => `${isMet ? 'met' : '**missed**'}: ${words}`).join('; '),
      ]),
    ),
    '## What the networks are',
    table(
      ['name', 'what it is and does', 'best'],
      grid.groups.flatMap(({ columns }) =>
        columns.map((column) => [shortName(column), column.box.title, column.box.best]),
      ),
    ),
    '## Versions',
    `Engines: ${grid.versions().engines.join(', ')}.`,
    `Boxes: ${grid.versions().boxes.join(', ')}.`,
    '',
  ].join('\n\n');
}

function badCells(grid: Grid): string {
  const { bad } = grid;
  if (bad.length === 0) return 'None.';
  return table(
    ['engine', 'network', 'what is wrong', 'run at'],
    bad.map((cell) => [cell.row.name, shortName(cell.column), faultsIn(cell), cell.result.ranAt.slice(0, 16)]),
  );
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(escapeCell).join(' | ')} |`;
  return [line(head), `|${' --- |'.repeat(head.length)}`, ...rows.map(line)].join('\n');
}

function escapeCell(text: string): string {
  return text
    .replaceAll('|', '\\|')
    .replaceAll(/[\r\n\u2028]+/g, ' ')
    .replaceAll('<', '&lt;');
}
