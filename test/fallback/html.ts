import { duration, shortName, type Grid, type Group } from './grid.js';
import { proofs, withLargest } from './proof.js';
import { daysOf, faultsIn, LEGEND, linesOf, loadOf, summaryOf, type ReportContext } from './report-text.js';
import { STYLE } from './style.js';

/** The whole report as one page: nothing is loaded, no script is run. */
export function toHtml(context: ReportContext): string {
  const { grid, fault, transport } = context;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Holdfast: the fallback matrix</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>The fallback matrix</h1>
<p>Made by <code>${escape(context.command)}</code>, ${escape(daysOf(grid))}.</p>
${fault === null ? '' : `<p class="alarm">Broken on purpose: ${escape(fault)}.</p>`}
${transport === null ? '' : `<p>Only ${escape(transport)} was allowed.</p>`}
<p class="summary ${grid.bad.length === 0 ? 'good' : 'bad'}">${grid.bad.length === 0 ? '✓' : '✗'} ${escape(summaryOf(context))}</p>
${LEGEND.map((text) => `<p>${escape(text)}</p>`).join('\n')}
<p>${escape(loadOf())}</p>
${grid.groups.map((group) => groupTable(grid, group)).join('\n')}
<h2>Cells that are not as they must be</h2>
${badCells(grid)}
<h2>How a transport is chosen</h2>
<p>For each network, over all engines: the time to the first echo and until the best transport carried the session (medians), the latest
message, and the first echo of a page that is loaded again.</p>
${proofTable(grid)}
<h2>What the networks are</h2>
${plainTable(
  ['name', 'what it is and does', 'best'],
  grid.groups.flatMap(({ columns }) => columns.map((column) => [shortName(column), column.box.title, column.box.best])),
)}
<h2>Versions</h2>
<p>Engines: ${escape(grid.versions().engines.join(', '))}.</p>
<p>Boxes: ${escape(grid.versions().boxes.join(', '))}.</p>
</main>
</body>
</html>
`;
}

function groupTable(grid: Grid, { name, columns }: Group): string {
  const heads = columns
    .map((column) => `<th scope="col" title="${escape(column.box.title)}">${breakable(shortName(column))}</th>`)
    .join('');
  const rows = grid.rows.map((row) => {
    const cells = columns.map((column) => {
      const cell = grid.at(row, column);
      if (!cell) return '<td class="absent"></td>';
      const [head, time, counts] = linesOf(cell).map(escape);
      const title = `${row.title}, ${column.box.title}. ${faultsIn(cell)}`;
      const state = cell.verdict.isGood ? 'good' : 'bad';
      return `<td class="${state}" title="${escape(title)}"><b>${head ?? ''}</b><span>${time ?? ''}</span><small>${counts ?? ''}</small></td>`;
    });
    return `<tr><th scope="row">${escape(row.title)}</th>${cells.join('')}</tr>`;
  });
  return `<section><h2>${escape(name)}</h2>
<div class="scroll" role="region" aria-label="${escape(name)}" tabindex="0"><table class="cells"><thead><tr><th></th>${heads}</tr></thead><tbody>
${rows.join('\n')}
</tbody></table></div></section>`;
}

function badCells(grid: Grid): string {
  const { bad } = grid;
  if (bad.length === 0) return '<p>None.</p>';
  return plainTable(
    ['engine', 'network', 'what is wrong', 'run at'],
    bad.map((cell) => [cell.row.name, shortName(cell.column), faultsIn(cell), cell.result.ranAt.slice(0, 16)]),
  );
}

function proofTable(grid: Grid): string {
  return plainTable(
    ['network', 'best', 'first echo', 'best after', 'latest message', 'loaded again', 'aim'],
    proofs(grid).map((proof) => [
      shortName(proof.column),
      proof.column.box.best,
      withLargest(proof.firstEchoMs, proof.slowestFirstEcho, proof.slowestFirstEcho?.verdict.firstEchoMs ?? 0),
      duration(proof.bestAfterMs),
      withLargest(proof.latestMs, proof.latest, proof.latest?.verdict.latestMs ?? 0),
      duration(proof.reloadEchoMs),
      proof.aims.map(({ isMet, words }) => `${isMet ? '✓ met' : '✗ missed'}: ${words}`).join('; '),
    ]),
  );
}

function plainTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = (tag: string, texts: readonly string[]): string =>
    texts.map((text) => `<${tag}>${escape(text)}</${tag}>`).join('');
  return `<div class="scroll"><table><thead><tr>${cells('th', head)}</tr></thead><tbody>
${rows.map((row) => `<tr>${cells('td', row)}</tr>`).join('\n')}
</tbody></table></div>`;
}

/** Long names may break after a hyphen, and nowhere else. */
function breakable(name: string): string {
  return escape(name).replaceAll('-', '-<wbr>');
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
