import { DEFAULTS, measureFirstEcho } from '../lib/first-echo.mjs';

export const name = 'buffering';

const REFUSED = [{ label: 'Holdfast', peer: 'holdfast', aim: { of: 'median', atMost: 300 } }, ...DEFAULTS];

/** Two stages of the ladder are mute here, and each has a head start; no aim was set. */
const BLACK_HOLED = [{ label: 'Holdfast', peer: 'holdfast' }, ...DEFAULTS];

/** Responses are kept back until they are complete. */
export async function run(bench) {
  return [
    await measure(bench, 'First echo, responses buffered, WebSocket refused', REFUSED, 'refuse'),
    await measure(bench, 'First echo, responses buffered, WebSocket black-holed', BLACK_HOLED, 'black-hole'),
  ];
}

function measure(bench, title, contenders, upgrades) {
  const behaviour = { upgrades, isBuffering: true };
  return bench.sideBySide({ title, unit: 'ms', contenders }, (contender) =>
    measureFirstEcho(bench, contender, 'proxy', behaviour),
  );
}
