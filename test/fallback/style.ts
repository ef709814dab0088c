/** For screens large and small, light and dark, and for paper. State is told by a sign and by words, too. */
export const STYLE = `
:root { color-scheme: light dark; --good: #e3f4e6; --bad: #fbd9d3; --line: #b9c2c9; --head: #eef2f4; --ink: #17242c; --paper: #fff; }
@media (prefers-color-scheme: dark) {
  :root { --good: #173a24; --bad: #5c2018; --line: #46535b; --head: #1f2a31; --ink: #e6edf1; --paper: #12191d; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.45 system-ui, sans-serif; }
main { max-width: 1280px; margin: 0 auto; padding: 16px; }
h1 { font-size: 1.6rem; margin: 0.3em 0; }
h2 { font-size: 1.15rem; margin: 1.6em 0 0.5em; }
p { max-width: 75ch; margin: 0.5em 0; }
.summary { padding: 0.6em 0.8em; border: 1px solid var(--line); border-left-width: 6px; font-weight: 600; }
.alarm { font-weight: 700; }
.good { background: var(--good); }
.bad { background: var(--bad); outline: 2px solid currentColor; outline-offset: -2px; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: 0.8rem; font-variant-numeric: tabular-nums; }
th, td { border: 1px solid var(--line); padding: 3px 6px; text-align: left; vertical-align: top; }
thead th { background: var(--head); }
.cells th[scope='row'] { position: sticky; left: 0; background: var(--head); min-width: 9.5em; max-width: 14em; font-weight: 600; }
.cells thead th { vertical-align: bottom; font-weight: 600; }
.cells td { min-width: 4.6em; white-space: nowrap; }
.cells td b, .cells td span, .cells td small { display: block; }
.cells td small { opacity: 0.8; }
.absent { background: repeating-linear-gradient(45deg, transparent 0 5px, var(--line) 5px 6px); }
@media (max-width: 600px) {
  main { padding: 10px; }
  .cells th[scope='row'] { min-width: 7.5em; max-width: 7.5em; font-size: 0.72rem; }
}
@media print {
  @page { size: A4 landscape; margin: 10mm; }
  :root { --good: #fff; --bad: #ddd; --line: #777; --head: #fff; --ink: #000; --paper: #fff; }
  main { max-width: none; padding: 0; }
  body { font-size: 10pt; }
  table { font-size: 7pt; }
  .scroll { overflow: visible; }
  .cells th[scope='row'] { position: static; }
  section, tr { break-inside: avoid; }
  h2 { break-after: avoid; }
}
`;
