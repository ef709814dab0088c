import { attached, ClientBench, type ScriptedRequest } from './client-side.js';

/** Attached by long polling, with one request held. */
export function held(): ClientBench {
  const bench = new ClientBench(['long-polling']);
  bench.clock.flush();
  bench.request.answer(attached());
  return bench;
}

/** Attached by streaming, with the stream open. */
export function streaming(): { bench: ClientBench; stream: ScriptedRequest } {
  const bench = new ClientBench(['streaming']);
  bench.clock.flush();
  return { bench, stream: bench.request.begin(attached()) };
}

/** Sends a text; returns the newest request then. */
export function send(bench: ClientBench, text: string): ScriptedRequest {
  bench.session.send(text);
  bench.clock.flush();
  return bench.request;
}
