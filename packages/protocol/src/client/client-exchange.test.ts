import { describe, expect, it } from 'vitest';
import { held, send, streaming } from '../testing/client-exchanges.js';
import { attached, ClientBench, type ScriptedRequest } from '../testing/client-side.js';
import { at } from '../testing/server-side.js';
import { utf8Length } from '../text.js';

describe('Exchange: requests', () => {
  it('begin with the attach and what was sent already', () => {
    const bench = new ClientBench(['long-polling']);
    bench.session.send('hello');
    bench.clock.flush();
    expect(bench.request.envelope).toMatchObject({ v: 1, n: 0, as: 'hold' });
    expect(bench.request.lines.map((line) => line.charAt(0))).toEqual(['q', 'n', '@', 't', '.']);
  });

  it('carry id and secret from the second on, and the choice that lets the nonce die', () => {
    const { request } = held();
    expect(request.envelope).toMatchObject({ n: 1, as: 'hold', id: 'public', key: 'secret', hold: 20_000 });
    expect(request.lines[1]).toBe('s2 0');
  });

  it('carry data beside the held one, two at most', () => {
    const bench = held();
    send(bench, 'a');
    expect(bench.request.envelope).toMatchObject({ n: 2, as: 'hold' });
    send(bench, 'b');
    expect(bench.requests).toHaveLength(3);
    at(bench.requests, 1).answer();
    expect(bench.requests).toHaveLength(4);
    expect(bench.request.lines.slice(1)).toEqual(['@1', 'tb', '.']);
  });

  it('never exceed the largest body of the server, envelope included', () => {
    const bench = new ClientBench(['long-polling']);
    bench.clock.flush();
    bench.request.answer(attached({ body: 70_000 }));
    bench.session._tuning.sent(70_000, 1);
    bench.session.send('é'.repeat(100_000));
    bench.session.send('\n'.repeat(100_000));
    bench.clock.flush();
    for (let index = 1; index < 20; index++) {
      bench.requests[index]?.answer();
    }
    expect(bench.requests.length).toBeGreaterThan(6);
    for (const { body } of bench.requests) expect(Buffer.byteLength(body)).toBeLessThanOrEqual(70_000);
    const sizes = bench.requests.map(({ body }) => Buffer.byteLength(body));
    expect(Math.max(...sizes)).toBeGreaterThan(65_000);
  });

  it('carry an attach of at most 64 KB, whatever is sent', () => {
    for (const character of ['\u0000', '€', '\n', 'x']) {
      const bench = new ClientBench(['long-polling']);
      for (let index = 0; index < 60; index++) bench.session.send(character.repeat(11_000));
      bench.clock.flush();
      expect(Buffer.byteLength(bench.request.body)).toBeLessThanOrEqual(17_500);
    }
  });
});

describe('Exchange: requests beside each other', () => {
  it('are not taken for stuck when the machine slept', () => {
    const { bench } = streaming();
    bench.clock.sleep(6000);
    expect(bench.session.transport).toBe('streaming');
    bench.request.answer();
    bench.clock.pass(5000);
    expect(bench.session.transport).toBe('streaming');
  });
});

describe('Exchange: retries', () => {
  it('are not needed for an answer to which something was added', () => {
    const bench = held();
    bench.request.begin('@0', 'thello', '.', '', '<script></script>').end();
    expect(bench.session.transport).toBe('long-polling');
    bench.clock.flush();
    expect(bench.request.envelope).toMatchObject({ n: 2 });
  });

  it('repeat a failed request once, unchanged', () => {
    const bench = held();
    const first = bench.request;
    first.fail();
    bench.clock.pass(100);
    expect(bench.request.body).toBe(first.body);
    expect(bench.requests).toHaveLength(3);
    expect(bench.session.transport).toBe('long-polling');
  });

  it('never send a body a third time: they attach anew', () => {
    const bench = held();
    const { body } = bench.request;
    bench.request.fail();
    bench.clock.pass(100);
    bench.request.fail();
    bench.clock.pass(20_000);
    expect(bench.requests.filter((request) => request.body === body)).toHaveLength(2);
    expect(at(bench.requests, 3).lines[1]).toMatch(/^r\{/);
  });

  it('do not repeat a body that is too large, and send smaller ones', () => {
    const bench = held();
    send(bench, 'x'.repeat(60_000)).fail(413);
    bench.clock.pass(1000);
    expect(at(bench.requests, 3).lines[1]).toMatch(/^r\{/);
    bench.request.answer(attached({ key: undefined }));
    bench.clock.flush();
    expect(bench.request.body.length).toBeLessThanOrEqual(30_200);
  });

  it('send smaller bodies when the server has got less than was sent', () => {
    const bench = held();
    send(bench, 'x'.repeat(60_000)).answer('e{"code":"ERR_BODY_CUT","message":"cut"}');
    bench.clock.pass(1000);
    expect(at(bench.requests, 3).lines[1]).toMatch(/^r\{/);
    bench.request.answer(attached({ key: undefined }));
    bench.clock.flush();
    expect(bench.request.body.length).toBeLessThanOrEqual(30_200);
  });

  it.each([
    ['refused with 413', (request: ScriptedRequest) => request.fail(413)],
    ['cut', (request: ScriptedRequest) => request.answer('e{"code":"ERR_BODY_CUT","message":"cut"}')],
  ])('stay on their transport when large bodies were %s twice', (_name, refuse) => {
    const bench = new ClientBench(['long-polling', 'polling']);
    bench.clock.flush();
    bench.request.answer(attached());
    bench.session._tuning.sent(70_000, 1);
    for (const size of [200_000, 100_000]) {
      refuse(send(bench, 'x'.repeat(size)));
      bench.clock.flush();
      expect(bench.request.lines[1]).toMatch(/^r\{/);
      bench.request.answer(attached({ key: undefined }));
      bench.clock.flush();
    }
    expect(bench.session._chooser.isBetter('long-polling', 'polling', bench.clock.now())).toBe(true);
  });

  it('ask for a smaller answer when one failed twice and nothing tells how far it came', () => {
    const bench = held();
    bench.session._tuning.answered(49_152, 1, bench.clock.now());
    expect(bench.session._tuning.answerBytes).toBe(98_304);
    bench.request.fail();
    bench.clock.pass(100);
    expect(bench.session._tuning.answerBytes).toBe(98_304);
    bench.request.fail();
    bench.clock.pass(1000);
    expect(bench.request.lines[1]).toMatch(/^r\{/);
    expect(bench.request.envelope['size']).toBe(49_152);
  });

  it('ask for a smaller answer when an attach failed, which may bring much and has no copy', () => {
    const bench = held();
    bench.request.fail();
    bench.clock.pass(100);
    bench.request.fail();
    bench.session._tuning.answered(49_152, 1, bench.clock.now() + 600_000);
    expect(bench.session._tuning.answerBytes).toBe(98_304);
    bench.clock.pass(1000);
    expect(bench.request.lines[1]).toMatch(/^r\{/);
    bench.request.fail();
    expect(bench.session._tuning.answerBytes).toBe(49_152);
  });

  it('never ask for less than 48 KB because of failures that tell nothing', () => {
    const bench = held();
    for (let count = 0; count < 20; count++) {
      bench.request.fail();
      bench.clock.pass(60_000);
    }
    expect(bench.requests.length).toBeGreaterThan(10);
    expect(bench.session._tuning.answerBytes).toBe(49_152);
  });

  it('ask for the same size after failures with a status', () => {
    const bench = held();
    bench.session._tuning.answered(49_152, 1, bench.clock.now());
    for (let count = 0; count < 2; count++) {
      bench.request.fail(502);
      bench.clock.pass(100);
    }
    expect(bench.session._tuning.answerBytes).toBe(98_304);
  });

  it('do not come to crawl because small bodies failed for another reason', () => {
    const bench = held();
    send(bench, 'x'.repeat(4000)).fail();
    bench.clock.pass(100);
    bench.request.fail();
    expect(bench.session._tuning._body._get()).toBe(16_384);
  });

  it.each([
    ['cut', (request: ScriptedRequest) => request.begin().end()],
    ['of something else', (request: ScriptedRequest) => request.chunk('<html>\nlogin\n')],
    [
      'swapped with that of another request',
      (request: ScriptedRequest) => request.chunk(`:public ${Number(request.envelope['via'])}.9\n.\n`),
    ],
    [
      'of another session',
      (request: ScriptedRequest) => request.chunk(`:other ${Number(request.envelope['via'])}.1\n.\n`),
    ],
    ['cached from another series', (request: ScriptedRequest) => request.chunk(':public 5.1\n.\n')],
    ['empty', (request: ScriptedRequest) => request.end()],
  ])('repeat a request whose answer is %s', (_what, spoil) => {
    const bench = held();
    const { body } = bench.request;
    spoil(bench.request);
    bench.clock.pass(100);
    expect(bench.requests).toHaveLength(3);
    expect(bench.request.body).toBe(body);
  });

  it('take the data of a cut answer once when the copy brings it again', () => {
    const bench = held();
    bench.request.begin('@0', 'ta').end();
    bench.clock.pass(100);
    bench.request.answer('@0', 'ta', 'tb');
    expect(bench.messages).toEqual(['a', 'b']);
  });

  it('repeat a request that gets no answer long after its hold', () => {
    const bench = held();
    const first = bench.request;
    bench.clock.pass(26_900);
    expect(first.isAborted).toBe(false);
    bench.clock.pass(300);
    expect(first.isAborted).toBe(true);
    expect(bench.request.body).toBe(first.body);
  });

  it('wait as long again after something has come of the answer', () => {
    const bench = held();
    const first = bench.request;
    bench.clock.pass(20_000);
    first.chunk('');
    bench.clock.pass(26_900);
    expect(first.isAborted).toBe(false);
    bench.clock.pass(300);
    expect(first.isAborted).toBe(true);
  });

  it('shorten the hold when a held request is cut', () => {
    const bench = held();
    bench.clock.pass(5000);
    bench.request.fail();
    bench.clock.pass(100);
    bench.request.answer();
    expect(bench.request.envelope['hold']).toBeLessThanOrEqual(3600);
  });
});

describe('Exchange: answers', () => {
  it('are acted upon as they come', () => {
    const bench = held();
    bench.request.begin('@0', 'ta').chunk('tb\ntc');
    expect(bench.messages).toEqual(['a', 'b']);
    bench.request.chunk('\n');
    expect(bench.messages).toEqual(['a', 'b', 'c']);
  });

  it('are taken in the order of their requests', () => {
    const bench = held();
    const first = bench.request;
    const second = send(bench, 'x');
    second.begin('@1', 'tb');
    expect(bench.messages).toEqual([]);
    first.answer('@0', 'ta');
    expect(bench.messages).toEqual(['a', 'b']);
    second.chunk('tc\n.\n').end();
    expect(bench.messages).toEqual(['a', 'b', 'c']);
  });

  it('are taken in that order also when the later one is complete first', () => {
    const bench = held();
    const first = bench.request;
    send(bench, 'x').answer('@1', 'tb', 'k1');
    expect(bench.messages).toEqual([]);
    first.answer('@0', 'ta');
    expect(bench.messages).toEqual(['a', 'b']);
    expect(bench.session.bufferedAmount).toBe(0);
  });

  it('wait for the copy of an earlier one that failed', () => {
    const bench = held();
    at(bench.requests, 1).fail();
    bench.session.send('x');
    bench.clock.pass(100);
    const copy = bench.requests.filter(({ envelope }) => envelope['n'] === 1)[1];
    const second = bench.requests.find(({ envelope }) => envelope['n'] === 2);
    second?.answer('@1', 'tb');
    expect(bench.messages).toEqual([]);
    copy?.answer('@0', 'ta');
    expect(bench.messages).toEqual(['a', 'b']);
  });
});

describe('Exchange: stalls', () => {
  it('give up the held request and hold shortly when a data request gets no answer', () => {
    const bench = held();
    const first = bench.request;
    send(bench, 'x');
    bench.clock.pass(2500);
    expect(first.isAborted).toBe(true);
    expect(bench.request.lines[1]).toMatch(/^r\{/);
    bench.request.answer(attached({ key: undefined }));
    expect(bench.request.envelope['hold']).toBe(1000);
    const count = bench.requests.length;
    send(bench, 'y');
    expect(bench.requests).toHaveLength(count);
  });

  it('are no stalls when the held request is released', () => {
    const bench = held();
    const first = bench.request;
    const second = send(bench, 'x');
    first.answer();
    bench.clock.pass(5000);
    expect(second.isAborted).toBe(false);
  });

  it('are stalls also of a stream that gets no first line', () => {
    const { bench, stream } = streaming();
    bench.request.answer();
    stream.chunk('.\n').end();
    const next = bench.request;
    expect(next.envelope).toMatchObject({ n: 2, as: 'stream' });
    bench.clock.pass(7500);
    expect(next.isAborted).toBe(true);
  });

  it('are none of a stream that has begun and is quiet', () => {
    const { bench, stream } = streaming();
    bench.request.answer();
    bench.clock.pass(19_000);
    expect(stream.isAborted).toBe(false);
  });
});

describe('Exchange: streaming', () => {
  it('sends beside the stream', () => {
    const { bench, stream } = streaming();
    expect(bench.request.envelope).toMatchObject({ n: 1, as: 'send' });
    expect(bench.request.lines[1]).toMatch(/^s2 0$/);
    bench.request.answer(`w${stream.seenBytes}`);
    stream.chunk('@0\nta\n');
    expect(bench.messages).toEqual(['a']);
    send(bench, 'x');
    expect(bench.request.lines.slice(1)).toEqual(['k1', '@0', 'tx', '.']);
  });

  it('begins another stream when one has ended in good order', () => {
    const { bench, stream } = streaming();
    bench.request.answer();
    stream.chunk('.\n').end();
    expect(bench.request.envelope).toMatchObject({ n: 2, as: 'stream' });
    expect(bench.session.transport).toBe('streaming');
  });

  it('attaches anew when one is cut', () => {
    const { bench, stream } = streaming();
    stream.end();
    bench.clock.pass(1000);
    expect(bench.request.lines[1]).toMatch(/^r\{/);
  });

  it('is left when something in between keeps what was written', () => {
    const bench = new ClientBench(['streaming', 'long-polling']);
    bench.clock.flush();
    const stream = bench.request.begin(attached());
    bench.request.answer(`w${stream.seenBytes + 1}`);
    bench.clock.pass(1000);
    expect(bench.session.transport).toBeNull();
    expect(bench.request.envelope['as']).toBe('hold');
  });

  it('stays when what was written comes in time', () => {
    const { bench, stream } = streaming();
    const text = '@0\ntä\n';
    bench.request.answer(`w${stream.seenBytes + utf8Length(text)}`);
    bench.clock.pass(900);
    stream.chunk(text);
    bench.clock.pass(5000);
    expect(bench.session.transport).toBe('streaming');
  });

  it('stays while what was written comes slowly', () => {
    const { bench, stream } = streaming();
    bench.request.answer(`w${stream.seenBytes + 9}`);
    for (let index = 0; index < 4; index++) {
      bench.clock.pass(900);
      stream.chunk('t');
    }
    expect(bench.session.transport).toBe('streaming');
  });

  it('asks for streams of the size that its reader can keep, and for padding', () => {
    const bench = new ClientBench(['streaming'], {}, { recycleBytes: 131_072, padBytes: 2048 });
    bench.clock.flush();
    expect(bench.request.envelope).toMatchObject({ size: 131_072, pad: 2048 });
  });
});

describe('Exchange: attaching', () => {
  it('fails at once when the answer is complete and brings none', () => {
    const bench = new ClientBench(['streaming', 'long-polling']);
    bench.clock.flush();
    bench.request.answer();
    expect(bench.requests.map(({ envelope }) => envelope['as'])).toEqual(['stream', 'hold']);
  });
});

describe('Exchange: polling', () => {
  it('adapts its interval between a lively minimum and an idle maximum', () => {
    const bench = new ClientBench(['polling'], { pollMinMs: 100, pollMaxMs: 1000 });
    bench.clock.flush();
    bench.request.answer(attached());
    bench.request.answer();
    const waits: number[] = [];
    for (let index = 0; index < 9; index++) {
      const before = bench.requests.length;
      let ms = 0;
      for (; bench.requests.length === before; ms += 10) bench.clock.pass(10);
      waits.push(ms);
      bench.request.answer();
    }
    expect(waits[0]).toBe(100);
    expect(waits.slice(-1)).toEqual([1000]);
    expect([...waits].sort((a, b) => a - b)).toEqual(waits);
    bench.clock.pass(1000);
    bench.request.answer('@0', 'ta');
    const before = bench.requests.length;
    bench.clock.pass(100);
    expect(bench.requests).toHaveLength(before + 1);
  });

  it('fetches at once what did not fit into an answer', () => {
    const bench = new ClientBench(['polling'], { pollMinMs: 500 });
    bench.clock.flush();
    bench.request.answer(attached());
    bench.request.answer('@0', `t${'x'.repeat(30_000)}`);
    const before = bench.requests.length;
    bench.clock.pass(1);
    expect(bench.requests).toHaveLength(before + 1);
  });

  it('sends at once what is sent', () => {
    const bench = new ClientBench(['polling']);
    bench.clock.flush();
    bench.request.answer(attached());
    bench.request.answer();
    expect(send(bench, 'x').lines).toContain('tx');
  });
});

describe('Exchange: ending', () => {
  it('says the last word before it lets go of what is held', () => {
    const { bench, stream } = streaming();
    bench.request.answer();
    stream.chunk('c{"code":3000,"reason":"","at":"0","ack":"0"}\n');
    expect(bench.request.lines.slice(1)).toEqual(['x{"ack":"0"}', '.']);
    expect(stream.isAborted).toBe(false);
    bench.request.answer();
    expect(stream.isAborted).toBe(true);
    expect(bench.events.slice(-1)).toEqual(['close:3000']);
  });

  it('leaves no timer behind', () => {
    const bench = held();
    bench.request.answer('c{"code":3000,"reason":"","at":"0","ack":"0"}');
    bench.request.answer();
    expect(bench.clock.timerCount).toBe(0);
    expect(bench.requests.every(({ isAborted }, index) => isAborted || index < 3)).toBe(true);
  });
});
