/** Prints one section of a case's results. */
export function printSection(section) {
  console.log(`\n${section.title}\n`);
  if (section.curves === undefined) printRows(section);
  else printCurves(section);
}

/** @param {{ unit: string, rows: readonly any[] }} section */
function printRows({ unit, rows }) {
  const hasRatio = rows.some((row) => row.ratio !== undefined);
  const hasRange = rows.some((row) => row.samples.length > 1);
  const hasCpu = rows.some((row) => row.cpuUs !== undefined);
  const hasAim = rows.some((row) => row.aim !== undefined);
  const head = [
    '',
    unit,
    ...(hasRange ? ['range'] : []),
    ...(hasRatio ? ['ratio', 'its range'] : []),
    ...(hasCpu ? ['CPU us each', 'ratio'] : []),
    ...(hasAim ? ['aim', ''] : []),
  ];
  const lines = rows.map((row) => [
    row.label,
    show(row.median),
    ...(hasRange ? [`${show(row.least)} - ${show(row.most)}`] : []),
    ...(hasRatio ? [show(row.ratio), `${show(row.ratioLeast)} - ${show(row.ratioMost)}`] : []),
    ...(hasCpu ? [show(row.cpuUs), show(row.cpuRatio)] : []),
    ...(hasAim ? [showAim(row.aim), row.isMet === undefined ? '' : row.isMet ? 'met' : 'MISSED'] : []),
  ]);
  printTable([head, ...lines]);
}

/** So many columns at most: what has more points is for the drawing. */
const MOST_POINTS = 8;

/** @param {import('./plot.mjs').Plot & { facts?: Record<string, number> }} section */
function printCurves({ x, y, curves, facts = {} }) {
  const step = Math.ceil(curves[0].points.length / MOST_POINTS);
  const some = (points) => points.filter((_, index) => (points.length - 1 - index) % step === 0);
  printTable([
    [x.title, ...some(curves[0].points).map(([at]) => show(at))],
    ...curves.map(({ label, points }) => [`${label}, ${y.title}`, ...some(points).map(([, value]) => show(value))]),
  ]);
  for (const [name, value] of Object.entries(facts)) console.log(`  ${name}: ${show(value)}`);
}

function printTable(lines) {
  const widths = lines[0].map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  for (const line of lines) {
    const cells = line.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column])));
    console.log(`  ${cells.join('   ')}`.trimEnd());
  }
}

function show(value) {
  if (value === undefined) return '';
  if (value === null) return 'never';
  return value >= 1000 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(3)));
}

function showAim(aim) {
  if (aim === undefined) return '';
  const bound = aim.atMost === undefined ? `>= ${aim.atLeast}` : `<= ${aim.atMost}`;
  return aim.of === 'ratio' ? `ratio ${bound}` : bound;
}
