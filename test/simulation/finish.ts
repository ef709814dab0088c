import { Acts } from './acts.js';
import { Broken } from './ledger.js';
import type { Run } from './run.js';

/** After so long, copies of requests that were late have come too. */
const AFTERMATH_MS = 700_000;

/** Ends all sessions, and looks for anything that is left. */
export function finish(run: Run, pass: (ms: number, isOver?: () => boolean) => void): void {
  const { parties, scenario } = run;
  const [party] = parties;
  if (!party) return;
  const acts = new Acts(run);
  pass(scenario.settleMs);
  pass(30_000, () => parties.every(({ isSettled }) => isSettled));
  if (scenario.ending === 'restart') {
    run.clock.turn(() => acts.end('restart'));
    pass(4000);
    run.clock.turn(() => {
      party.up.want(20);
      party.down.want(20);
    });
    pass(30_000, () => party.isDone && party.session.state === 'open' && run.hubs.length > 1);
    if (!party.isDone) throw new Broken(`no life after a restart: ${party.describe}`);
  }
  for (const each of parties) {
    each.mayEnd = true;
    each.retire();
  }
  const how = scenario.ending === 'restart' ? 'client closes' : scenario.ending;
  run.clock.turn(() => acts.end(how));
  for (const other of parties.slice(1)) run.clock.turn(() => other.session.close());
  const isOver = (): boolean =>
    parties.every(({ session }) => session.state === 'closed') && run.hub.sessions.size === 0;
  if (scenario.settleMs > 0) {
    pass(25_000, isOver);
    checkEnd(run, how);
  } else {
    // Where the close meets a connection that is half-open, the server learns of it by its resume window.
    pass(scenario.server.resumeWindowMs + 90_000, isOver);
  }
  pass(AFTERMATH_MS);
  checkNothingLeft(run);
}

/** In calm, both ends learn of the end, and nothing is in doubt. */
function checkEnd(run: Run, how: string): void {
  for (const { life, session, machine } of run.parties) {
    const { clientEnd, serverEnd } = life;
    if (!clientEnd) throw new Broken(`${machine.name} has not been told of its end (${how}): ${session.state}`);
    if (life.ids.length > 0 && !serverEnd) throw new Broken(`the server has not been told of the end (${how})`);
    if (how === 'farewell' && machine.name === 'client') {
      // The window may pass while the application makes up its mind about the request that brings the farewell.
      const isTooSlow = run.scenario.authorizeMs + run.scenario.paceMs > run.scenario.server.resumeWindowMs;
      if (serverEnd && serverEnd.code !== 1001 && !(isTooSlow && serverEnd.code === 4900))
        throw new Broken(`farewell ended as ${String(serverEnd.code)}`);
      continue;
    }
    const lost = clientEnd.unconfirmed.length + (serverEnd?.unconfirmed.length ?? 0);
    if (lost > 0) throw new Broken(`${String(lost)} messages in doubt after a calm close (${how})`);
    // One that polled too rarely to notice the restart is told by what its own close is answered.
    if (serverEnd?.code === 1012 && clientEnd.code === 4900) continue;
    if (how !== 'both close' && clientEnd.code !== serverEnd?.code)
      throw new Broken(
        `${how}: the client ended with ${String(clientEnd.code)}, the server with ${String(serverEnd?.code)}`,
      );
  }
}

function checkNothingLeft(run: Run): void {
  const left: string[] = [];
  const look = (what: string, count: number): void => {
    if (count > 0) left.push(`${String(count)} ${what}`);
  };
  for (const { machine, network, lives, session } of run.parties) {
    look(`timers of ${machine.name} ${machine.timerStacks.join('\n')}`, machine.timerCount);
    look(
      `connections of ${machine.name}: ${[...network.holdings].map(({ who, what }) => `${what} held by the ${who}`).join()}`,
      network.holdings.size,
    );
    for (const life of lives) {
      if (!life.clientEnd) left.push(`life ${String(life.number)} on the client`);
      if (life.ids.length > 0 && !life.serverEnd) left.push(`life ${String(life.number)} on the server`);
    }
    look('attempts', (session as unknown as { _connector: { _attempts: unknown[] } })._connector._attempts.length);
  }
  look(`timers of the server ${run.machine.timerStacks.join('\n')}`, run.machine.timerCount);
  for (const hub of run.hubs) {
    const inside = hub as unknown as Record<'_exchanges' | '_nonces' | '_arriving' | '_addresses', { size: number }>;
    look('sessions', hub.sessions.size);
    look('exchanges', inside._exchanges.size);
    look('nonces', inside._nonces.size);
    look('arriving transports', inside._arriving.size);
    look('addresses', inside._addresses.size);
    if (hub._totalBytes !== 0) left.push(`${String(hub._totalBytes)} bytes in the server's total`);
  }
  if (left.length > 0) throw new Broken(`left behind: ${left.join('; ')}`);
}
