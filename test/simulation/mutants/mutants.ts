import type { Mutant } from '../farm.js';

/** Small bugs, each of which breaks a promise. The simulation must find every one of them. */
export const MUTANTS: readonly Mutant[] = [
  {
    name: 'ack off by one',
    file: 'inbox.ts',
    find: 'return { messages: this._handed, bytes:',
    replace: 'return { messages: this._handed + (this.waiting > 0 ? 1 : 0), bytes:',
  },
  {
    name: 'ack before handing over',
    file: 'inbox.ts',
    find: 'return { messages: this._handed, bytes: this._handed === this._messages ? this._bytes : 0 };',
    replace: 'return this.received;',
  },
  {
    name: 'replay without dedup',
    file: 'inbox.ts',
    find: 'if (messages < this._messages) return null;',
    replace: 'if (messages < this._messages) return this._append(part, bytes, isLast);',
  },
  {
    name: 'half part repeated',
    file: 'inbox.ts',
    find: 'known === 0 ? part : skip(part, known)',
    replace: 'part',
  },
  {
    name: 'half part dropped',
    file: 'inbox.ts',
    find: 'const known = this._bytes - from;',
    replace: 'const known = this._bytes - from;\n    if (known > 0 && !isLast) return null;',
  },
  {
    name: 'lost ack not told again',
    file: 'inbox.ts',
    find: '    this._told = ZERO;\n    this._toldTotal = 0;',
    replace: '',
  },
  {
    name: 'window of messages ignored',
    file: 'outbox.ts',
    find: 'if (this._bytes === 0 && this._messages - this._acked.messages >= this.windowMessages) return -1;',
    replace: '',
  },
  {
    name: 'window of bytes one too large',
    file: 'outbox.ts',
    find: 'const room = this.windowBytes - (',
    replace: 'const room = this.windowBytes + 1 - (',
  },
  {
    name: 'newest attach wins',
    file: 'server/server-session.ts',
    find: 'if (isNewer || !this._current) this._moveTo(transport, arrival.got);',
    replace: 'this._moveTo(transport, arrival.got);',
  },
  {
    name: 'stale choice obeyed',
    file: 'server/server-session.ts',
    find: 'if (choice.choice > this._choice) {',
    replace: 'if (choice.choice > 0) {',
  },
  {
    name: 'choice on a transport ignored',
    file: 'server/server-session.ts',
    find: 'if (transport !== this._current) {\n        this._moveTo(transport, choice.got);',
    replace: 'if (this._current === null) {\n        this._moveTo(transport, choice.got);',
  },
  {
    name: 'goes on at what was sent, not at what was got',
    file: 'server/server-session.ts',
    find: 'this._outbox.rewind(got);',
    replace: 'void got;',
  },
  {
    name: 'cursor not rewound on a move of the client',
    file: 'client/client-session.ts',
    find: '      outbox.rewind(got);',
    replace: '      void got;',
  },
  {
    name: 'resume creates',
    file: 'server/hub.ts',
    find: '    const session = this._find(attach.id, attach.key);\n    if (!session) {\n      transport.finish(formatGone(this._gone(attach.id, attach.key)));\n      return;\n    }',
    replace: `    let session = this._find(attach.id, attach.key);
    if (!session) {
      const auth = attach.auth as { party: string; life: number };
      const user = auth.party + ' ' + auth.life;
      session = this._create(transport._peer, user, { ...attach, nonce: attach.key, window: [65536, 64], max: 4194304, protocols: [], age: 0 });
      this._sessions.delete(session.id);
      session.id = attach.id;
      (session as { _digest: string })._digest = this._host.digest(attach.key);
      this._sessions.set(attach.id, session);
      this._host.session(session);
    }`,
  },
  {
    name: 'copy of a request acted upon again',
    file: 'server/server-exchange.ts',
    find: "this._env.trace?.('joined', { n });",
    replace: "this._env.trace?.('joined', { n });\n      if (n < this._next) this._act(known, lines);",
  },
  {
    name: 'early request acted upon out of order',
    file: 'server/server-exchange.ts',
    find: 'if (n > this._next) {',
    replace: 'if (n > this._next + 1) {',
  },
  {
    name: 'answers filled in the order of arrival',
    file: 'server/server-exchange.ts',
    find: 'if (this._early) this._answers.sort((a, b) => a.n - b.n);',
    replace: '',
  },
  {
    name: 'answers read in the order of arrival',
    file: 'client/client-exchange.ts',
    find: "return call._as !== 'send' && ",
    replace: "return call._as === 'poll' && ",
  },
  {
    name: 'nonce never dies',
    file: 'server/hub.ts',
    find: '    this._nonces.delete(nonce);\n    this._graveyard.buryNonce(nonce);',
    replace: '',
  },
  {
    name: 'nonce forgotten instead of buried',
    file: 'server/hub.ts',
    find: 'this._graveyard.buryNonce(nonce);',
    replace: '',
  },
  {
    name: 'nonce dies with the first answer',
    file: 'server/hub.ts',
    find: 'session._attach(transport, { got: ZERO, ack: ZERO, choice: attach.choice }, true);',
    replace:
      'session._attach(transport, { got: ZERO, ack: ZERO, choice: attach.choice }, true);\n      session._confirm();',
  },
  {
    name: 'close takes effect before all has arrived',
    file: 'session.ts',
    find: 'if (peer && (this._close || this._inbox.acked.messages >= peer.at.messages)) this._endByPeer(peer);',
    replace: 'if (peer) this._endByPeer(peer);',
  },
  {
    name: 'tombstone without final ack',
    file: 'server/hub.ts',
    find: '      reason: event.reason,\n      ack,\n',
    replace: '      reason: event.reason,\n',
  },
  {
    name: 'half-open transport never given up',
    file: 'watched-session.ts',
    find: "    this._trace('silent', transport);",
    replace:
      "    if (transport._deadAt > 0) {\n      transport._deadAt += 1e9;\n      return;\n    }\n    this._trace('silent', transport);",
  },
  {
    name: 'what was begun last said not to have been sent',
    file: 'outbox.ts',
    find: 'sent: !isFinal && this._acked.messages + index < begun',
    replace: 'sent: !isFinal && this._acked.messages + index < begun - 1',
  },
];
