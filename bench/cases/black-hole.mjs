import { DEFAULTS, measureFirstEcho } from '../lib/first-echo.mjs';

export const name = 'black-hole';

const CONTENDERS = [{ label: 'Holdfast', peer: 'holdfast', aim: { of: 'median', atMost: 300 } }, ...DEFAULTS];

/** WebSocket handshakes are taken and never answered; HTTP passes. */
export async function run(bench) {
  const section = { title: 'First echo, WebSocket black-holed', unit: 'ms', contenders: CONTENDERS };
  const behaviour = { upgrades: 'black-hole', isBuffering: false };
  return [await bench.sideBySide(section, (contender) => measureFirstEcho(bench, contender, 'proxy', behaviour))];
}
