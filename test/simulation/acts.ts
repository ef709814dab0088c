import { ALL, calmWeather, type Act } from './scenario.js';
import { Broken } from './ledger.js';
import type { Run } from './run.js';

/** What a broadcast says. */
const NEWS = ['news', 'news\nof two lines', '', '漢語'];

/** Makes happen what the scenario has planned for the first client, its network and the server. */
export class Acts {
  private readonly _run: Run;
  private _broadcasts = 0;

  constructor(run: Run) {
    this._run = run;
  }

  perform(act: Act): void {
    const run = this._run;
    const [party] = run.parties;
    if (!party) return;
    const { network, machine, session, serverSession } = party;
    run.count(`act: ${act.what}`);
    run.say(
      `-- ${act.what}${act.what === 'weather' ? ` ${JSON.stringify(act.conditions)}` : act.what === 'use' ? ` ${act.transports.join()}` : 'ms' in act ? ` ${act.ms.toFixed(0)} ms` : ''}`,
    );
    switch (act.what) {
      case 'weather':
        network.conditions = act.conditions;
        break;
      case 'away':
        network.goAway(act.ms, act.loses);
        break;
      case 'cut all':
        network.cutAll();
        break;
      case 'deaden':
        for (const connection of [...network.connections])
          connection.deaden(run.random.chance(0.7), run.random.chance(0.7));
        break;
      case 'reconnect':
        machine.arrive(() => session.reconnect());
        break;
      case 'check':
        machine.arrive(() => session.check());
        break;
      case 'use':
        machine.arrive(() => session.use(act.transports));
        if (act.transports.length === 0) run.clock.plan(5000, () => machine.arrive(() => session.use(ALL)));
        break;
      case 'client sleeps':
        machine.sleep(act.ms);
        break;
      case 'server sleeps':
        run.machine.sleep(act.ms);
        break;
      case 'suspend':
        session.suspend();
        run.clock.plan(act.ms, () => machine.arrive(() => session.wake()));
        break;
      case 'hidden':
        machine.throttleMs = 1000;
        run.clock.plan(act.ms, () => (machine.throttleMs = 0));
        break;
      case 'client pauses':
        session.pause();
        run.clock.plan(act.ms, () => session.resume());
        break;
      case 'server pauses':
        serverSession?.pause();
        run.clock.plan(act.ms, () => serverSession?.resume());
        break;
      case 'burst up':
        machine.arrive(() => party.up.want(act.count));
        break;
      case 'burst down':
        run.machine.arrive(() => party.down.want(act.count));
        break;
      case 'broadcast':
        this.broadcast();
        break;
      case 'client closes':
      case 'server closes':
      case 'both close':
      case 'farewell':
      case 'restart':
        party.mayEnd = true;
        this.end(act.what);
    }
  }

  /** To all sessions that have room: a full one would end. */
  broadcast(): void {
    const { hub, parties, scenario } = this._run;
    const { maxBufferedBytes, maxBufferedMessages } = scenario.server;
    const text = NEWS[this._broadcasts++ % NEWS.length] ?? '';
    for (const session of hub.sessions.values()) {
      if (session._outbox.count + 1 > maxBufferedMessages || session.bufferedAmount + 100 > maxBufferedBytes) return;
    }
    for (const session of hub.sessions.values()) {
      const [name, life] = String(session.user).split(' ');
      if (session.state !== 'closing')
        parties.find(({ machine }) => machine.name === name)?.lives[Number(life)]?.down.send(text);
    }
    hub.broadcast(text);
  }

  end(how: 'client closes' | 'server closes' | 'both close' | 'farewell' | 'restart'): void {
    const run = this._run;
    const [party] = run.parties;
    if (!party) return;
    const { session, serverSession, servedLife, network } = party;
    run.say(`-- end: ${how}`);
    // A server that has no session can't close it, nor one that is restarting.
    const isForClient = how === 'server closes' && serverSession?.state !== 'open';
    if (how === 'client closes' || how === 'both close' || isForClient) {
      if (how !== 'both close' && session.state !== 'closed') party.life.clientClosedAt = run.clock.now;
      party.up.stop(session);
      session.close(run.random.pick([1000, 3000, 4899]), 'the client has had enough');
    }
    if (how === 'server closes' || how === 'both close') {
      if (serverSession) party.down.stop(serverSession);
      if (servedLife && serverSession?.state === 'open' && how !== 'both close' && session.state !== 'closed')
        servedLife.serverClosedAt = run.clock.now;
      serverSession?.close(run.random.pick([1000, 3001]), 'the server has had enough');
    }
    if (how === 'farewell') {
      party.up.stop(session);
      const body = session.farewell();
      if (body === null) return;
      const beacon = network.post(body, { chunk: () => undefined, end: () => undefined, fail: () => undefined });
      run.clock.plan(60_000, () => beacon.abort());
    }
    if (how === 'restart') this._restart();
  }

  /** The server closes, and is another process afterwards. */
  private _restart(): void {
    const run = this._run;
    const { hub } = run;
    for (const party of run.parties) {
      party.mayEnd = true;
      if (party.serverSession) party.down.stop(party.serverSession);
    }
    let isDone = false;
    hub.close(
      { drainMs: run.random.pick([0, 500, 3000]), retryAfterMs: run.random.integer(0, 2000), spreadMs: 1000 },
      () => {
        if (isDone) run.fail(new Broken('closed twice'));
        isDone = true;
        if (hub.sessions.size > 0) run.fail(new Broken('closed with sessions left'));
        run.hub = run.newHub();
        for (const { network } of run.parties) network.epoch++;
      },
    );
    run.clock.plan(
      3500,
      () => isDone || run.machine.isAsleep || run.fail(new Broken('the server has not closed in time')),
    );
  }

  /** Nothing goes wrong from now on. */
  calm(): void {
    const run = this._run;
    for (const { network, machine, session, serverSession } of run.parties) {
      network.calm(calmWeather(run.random));
      machine.throttleMs = 0;
      run.clock.turn(() => {
        machine.arrive(() => {
          session.wake();
          session.use(ALL);
          session.resume();
        });
        run.machine.arrive(() => serverSession?.resume());
      });
    }
  }
}
