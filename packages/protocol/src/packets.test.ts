import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as packets from './packets.js';
import { formatPosition, MAX_COUNT } from './position.js';

const count = fc.maxSafeNat();
const countOrZero = fc.oneof(fc.constant(0), count);
const position = fc.record({ messages: count, bytes: countOrZero });
const pair = fc.tuple(count, count);
const text = fc.string({ unit: 'binary' });
const closeCode = fc.integer({ min: 1000, max: 4999 });
const reason = fc.string({ unit: 'binary', maxLength: 30 });
const token = fc.string({
  unit: fc.constantFrom(...'ABCZabcz0189_-'.split('')),
  minLength: 22,
  maxLength: 64,
});
/** What JSON gives back: it writes -0 as 0. */
const auth = fc.json({ stringUnit: 'binary' }).map((json): unknown => JSON.parse(json));
const v = fc.constant(packets.PROTOCOL_VERSION);

/** A packet in every shape that its type allows. */
const examples = {
  new: fc.record({
    v,
    nonce: token,
    window: pair,
    max: count,
    protocols: fc.array(text),
    auth: fc.option(auth, { nil: undefined }),
    choice: countOrZero,
    age: countOrZero,
  }),
  resume: fc.record({
    v,
    id: text,
    key: text,
    got: position,
    ack: position,
    auth: fc.option(auth, { nil: undefined }),
    choice: countOrZero,
  }),
  attached: fc.record(
    {
      id: text,
      key: text,
      got: position,
      ack: position,
      instance: text,
      window: pair,
      max: count,
      body: count,
      heartbeat: pair,
      hold: count,
      resume: count,
      protocol: text,
    },
    {
      requiredKeys: [
        'id',
        'got',
        'ack',
        'instance',
        'window',
        'max',
        'body',
        'heartbeat',
        'hold',
        'resume',
        'protocol',
      ],
    },
  ),
  close: fc.record(
    { code: closeCode, reason, at: position, ack: position, retryAfterMs: count },
    { requiredKeys: ['code', 'reason', 'at', 'ack'] },
  ),
  closed: fc.record({ ack: position }),
  gone: fc.record(
    { code: closeCode, reason: text, ack: position, retryAfterMs: count },
    { requiredKeys: ['code', 'reason'] },
  ),
  error: fc.record({ code: text, message: text, retryAfterMs: count }, { requiredKeys: ['code', 'message'] }),
  request: fc.record({
    v,
    via: fc.integer({ min: 1, max: 0x7fffffff }),
    n: count,
    as: fc.constantFrom('poll', 'hold', 'stream', 'send'),
    hold: countOrZero,
    size: fc.integer({ min: 1024 }),
    pad: fc.integer({ min: 0, max: 4096 }),
    get: fc.boolean(),
    id: text,
    key: text,
  }),
  choice: fc.record({ choice: fc.integer({ min: 1, max: MAX_COUNT }), got: position }),
};

/** Takes the letter and the terminator off. */
function contentOf(line: string, letter: string): string {
  expect(line.charAt(0)).toBe(letter);
  expect(line.indexOf('\n')).toBe(line.length - 1);
  return line.slice(1, -1);
}

function itSurvivesRoundTrips<T>(
  letter: string,
  example: fc.Arbitrary<T>,
  format: (packet: T) => string,
  parse: (content: string) => T | null,
): void {
  it('reads what was written', () => {
    fc.assert(
      fc.property(example, (packet) => {
        expect(parse(contentOf(format(packet), letter))).toEqual(packet);
      }),
    );
  });
}

const read = {
  parseNew: packets.parseNew,
  parseResume: packets.parseResume,
  parseAttached: packets.parseAttached,
  parseClose: packets.parseClose,
  parseClosed: packets.parseClosed,
  parseGone: packets.parseGone,
  parseError: packets.parseError,
  parseRequest: packets.parseRequest,
};

/** For each parser the content of a packet that is right, with every member. */
const right: Record<keyof typeof read, Record<string, unknown>> = {
  parseNew: {
    v: 1,
    nonce: 'n'.repeat(22),
    window: [1, 2],
    max: 3,
    protocols: ['chat'],
    auth: { user: 'ann' },
    choice: 4,
    age: 5,
  },
  parseResume: { v: 1, id: 'i', key: 'k', got: '1', ack: '0.7', auth: null, choice: 2 },
  parseAttached: {
    id: 'i',
    key: 'k',
    got: '1.5',
    ack: '0',
    instance: 'x',
    window: [1, 2],
    max: 3,
    body: 4,
    heartbeat: [5, 6],
    hold: 7,
    resume: 8,
    protocol: '',
  },
  parseClose: { code: 1000, reason: 'bye', at: '3', ack: '2', retryAfterMs: 9 },
  parseClosed: { ack: '2' },
  parseGone: { code: 4900, reason: '', ack: '2', retryAfterMs: 9 },
  parseError: { code: 'ERR_FULL', message: 'full', retryAfterMs: 9 },
  parseRequest: {
    v: 1,
    via: 1,
    n: 0,
    as: 'hold',
    hold: 20_000,
    size: 1024,
    pad: 4096,
    get: true,
    id: 'i',
    key: 'k',
  },
};

const optional: Record<keyof typeof read, string[]> = {
  parseNew: ['protocols', 'auth', 'choice', 'age'],
  parseResume: ['auth', 'choice'],
  parseAttached: ['key'],
  parseClose: ['retryAfterMs'],
  parseClosed: [],
  parseGone: ['ack', 'retryAfterMs'],
  parseError: ['retryAfterMs'],
  parseRequest: ['hold', 'pad', 'get', 'id', 'key'],
};

/** Values that are wrong for the members of a name, beside those that are wrong for its type. */
const outOfRange: Record<string, unknown[]> = {
  'parseNew.nonce': ['n'.repeat(21), 'n'.repeat(65), `${'n'.repeat(21)}+`, `${'n'.repeat(22)}\n`],
  'parseNew.choice': [0],
  'parseResume.choice': [0],
  'parseClose.code': [0, 999, 5000],
  'parseClose.reason': ['é'.repeat(62), 'a'.repeat(124)],
  'parseGone.code': [0, 999, 5000],
  'parseRequest.via': [0, 0x80000000],
  'parseRequest.size': [0, 1023],
  'parseRequest.pad': [4097],
  'parseRequest.as': ['', 'Poll', 'toString'],
  'parseRequest.get': [false],
};

const wrongNumbers = [-1, 0.5, 2 ** 53, 1e300, '1', null, true, [], {}];
const wrongPairs = [[], [1], [1, 2, 3], [1, -1], [1, '2'], [null, 1], [0.5, 1], '1,2', { 0: 1, 1: 2 }, 1, null];

function wrongValues(parser: keyof typeof read, name: string, value: unknown): unknown[] {
  if (name === 'auth') return [];
  const beyond = outOfRange[`${parser}.${name}`] ?? [];
  if (name === 'v') return [0.5, '1', null, true, [1]];
  if (name === 'protocols') return [1, 'chat', null, {}, [1], [null], [['chat']]];
  if (name === 'window' || name === 'heartbeat') return wrongPairs;
  if (['got', 'ack', 'at'].includes(name)) return [0, 1.5, '1.0', '', '-1', null, { messages: 1, bytes: 0 }, ['1']];
  return [
    ...beyond,
    ...(typeof value === 'number'
      ? wrongNumbers
      : [0, 1, null, 'true', [], {}].filter((x) => typeof x !== typeof value)),
  ];
}

describe.each(Object.keys(read) as (keyof typeof read)[])('%s', (parser) => {
  const parse = read[parser];
  const whole = right[parser];

  it('takes a whole packet', () => {
    expect(parse(JSON.stringify(whole))).not.toBeNull();
  });

  it.each(Object.keys(whole))('needs %s unless it is optional', (name) => {
    const others = Object.fromEntries(Object.entries(whole).filter(([other]) => other !== name));
    expect(parse(JSON.stringify(others)) !== null).toBe(optional[parser].includes(name));
  });

  it.each(
    Object.entries(whole).flatMap(([name, value]) =>
      wrongValues(parser, name, value).map((wrong) => ({ name, wrong: JSON.stringify(wrong) })),
    ),
  )('refuses $name: $wrong', ({ name, wrong }) => {
    const content = JSON.stringify({ ...whole, [name]: '@' }).replace('"@"', () => wrong);
    expect(parse(content)).toBeNull();
  });

  it('ignores unknown members', () => {
    const known = parse(JSON.stringify(whole));
    expect(parse(JSON.stringify({ ...whole, other: 1, toString: 2, constructor: { x: 1 } }))).toEqual(known);
  });

  it('takes no member from __proto__ and sets none', () => {
    expect(parse(`{"__proto__":${JSON.stringify(whole)}}`)).toBeNull();
    const packet = parse(JSON.stringify(whole).replace('{', '{"__proto__":{"isBad":true},'));
    expect(packet).toEqual(parse(JSON.stringify(whole)));
    expect(packet).not.toHaveProperty('isBad');
    expect({}).not.toHaveProperty('isBad');
  });

  it.each(['', ' ', '{', '{}x', '[]', 'null', '1', '"a"', 'true', 'undefined', '{"v":1,}', "{'v':1}", '\ufeff{}'])(
    'refuses %j',
    (content) => {
      expect(parse(content)).toBeNull();
    },
  );

  it('refuses nesting without end', () => {
    expect(parse('['.repeat(1_000_000))).toBeNull();
    expect(parse('{"v":'.repeat(1_000_000))).toBeNull();
  });

  it('takes garbage without throwing', () => {
    const members = fc.constantFrom(...Object.keys(whole), '__proto__');
    const garbage = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.json(),
      fc
        .dictionary(members, fc.oneof(fc.jsonValue(), ...Object.values(whole).map((value) => fc.constant(value))))
        .map((object) => JSON.stringify({ ...whole, ...object })),
    );
    fc.assert(
      fc.property(garbage, (content) => {
        parse(content);
      }),
    );
  });
});

describe('parseNew', () => {
  itSurvivesRoundTrips('n', examples.new, packets.formatNew, packets.parseNew);

  it('has defaults for what is absent', () => {
    const content = JSON.stringify({ v: 1, nonce: 'n'.repeat(22), window: [1, 2], max: 3 });
    const packet = { v: 1, nonce: 'n'.repeat(22), window: [1, 2], max: 3, protocols: [], choice: 0, age: 0 } as const;
    expect(packets.parseNew(content)).toEqual(packet);
    expect(packets.formatNew({ ...packet, auth: undefined })).toBe(`n${content}\n`);
  });

  it('gives every packet its own list of protocols', () => {
    const content = JSON.stringify({ v: 1, nonce: 'n'.repeat(22), window: [1, 2], max: 3 });
    expect(packets.parseNew(content)?.protocols).not.toBe(packets.parseNew(content)?.protocols);
  });

  it.each([null, false, 0, '', [], {}])('keeps an auth of %j', (value) => {
    const packet = { v: 1, nonce: 'n'.repeat(22), window: [1, 2], max: 3, protocols: [], choice: 0, age: 0 } as const;
    expect(packets.parseNew(packets.formatNew({ ...packet, auth: value }).slice(1))?.auth).toEqual(value);
  });
});

describe('parseResume', () => {
  itSurvivesRoundTrips('r', examples.resume, packets.formatResume, packets.parseResume);
});

describe('parseAttached', () => {
  itSurvivesRoundTrips('a', examples.attached, packets.formatAttached, packets.parseAttached);
});

describe('parseClose', () => {
  itSurvivesRoundTrips('c', examples.close, packets.formatClose, packets.parseClose);

  it('takes a reason of 123 bytes', () => {
    const content = (text: string) => JSON.stringify({ ...right.parseClose, reason: text });
    expect(packets.parseClose(content(`${'é'.repeat(61)}a`))).not.toBeNull();
    expect(packets.parseClose(content(`${'é'.repeat(61)}ab`))).toBeNull();
  });
});

describe('parseClosed', () => {
  const format = (x: packets.ClosedInfo): string => packets.formatPacket('x', { ack: formatPosition(x.ack) });
  itSurvivesRoundTrips('x', examples.closed, format, packets.parseClosed);
});

describe('parseGone', () => {
  itSurvivesRoundTrips('g', examples.gone, packets.formatGone, packets.parseGone);
});

describe('parseError', () => {
  itSurvivesRoundTrips('e', examples.error, packets.formatError, packets.parseError);

  it('takes a code that it does not know', () => {
    expect(packets.parseError('{"code":"ERR_OF_TOMORROW","message":""}')?.code).toBe('ERR_OF_TOMORROW');
  });
});

describe('parseRequest', () => {
  itSurvivesRoundTrips('q', examples.request, packets.formatRequest, packets.parseRequest);

  it('has defaults for what is absent', () => {
    const content = '{"v":1,"via":7,"n":0,"as":"poll","size":65536}';
    const packet = {
      v: 1,
      via: 7,
      n: 0,
      as: 'poll',
      hold: 0,
      size: 65_536,
      pad: 0,
      get: false,
      id: '',
      key: '',
    } as const;
    expect(packets.parseRequest(content)).toEqual(packet);
    expect(packets.formatRequest(packet)).toBe(`q${content}\n`);
  });
});

describe('another version', () => {
  it.each([0, -1, 2, 1e300])('%d: needs nothing but itself', (other) => {
    const content = JSON.stringify({ v: other });
    expect(packets.parseNew(content)).toEqual({
      v: other,
      nonce: '',
      window: [0, 0],
      max: 0,
      protocols: [],
      choice: 0,
      age: 0,
    });
    expect(packets.parseResume(content)).toEqual({
      v: other,
      id: '',
      key: '',
      got: { messages: 0, bytes: 0 },
      ack: { messages: 0, bytes: 0 },
      choice: 0,
    });
    expect(packets.parseRequest(content)).toEqual({
      v: other,
      via: 0,
      n: 0,
      as: 'poll',
      hold: 0,
      size: 0,
      pad: 0,
      get: false,
      id: '',
      key: '',
    });
  });

  it('keeps what can be read', () => {
    expect(packets.parseRequest('{"v":2,"via":5,"n":3,"as":"push","size":{},"id":"x"}')).toMatchObject({
      v: 2,
      via: 5,
      n: 3,
      as: 'poll',
      size: 0,
      id: 'x',
    });
    expect(packets.parseNew(JSON.stringify({ ...right.parseNew, v: 2 }))).toEqual({ ...right.parseNew, v: 2 });
  });

  it.each(['{"v":1.5}', '{"v":"2"}', '{"v":null}', '{}', '{"v":1}'])('is not in %s', (content) => {
    expect(packets.parseNew(content)).toBeNull();
    expect(packets.parseResume(content)).toBeNull();
    expect(packets.parseRequest(content)).toBeNull();
  });
});

describe('writing', () => {
  it('puts nothing on the wire that the packet does not have', () => {
    const secret = { secret: 'hunter2', toJSON: () => 'hunter2' };
    fc.assert(
      fc.property(fc.record(examples), (all) => {
        const lines = [
          packets.formatNew({ ...all.new, auth: 1, ...secret }),
          packets.formatResume({ ...all.resume, auth: 1, ...secret }),
          packets.formatAttached({ ...all.attached, ...secret }),
          packets.formatClose({ ...all.close, ...secret }),
          packets.formatGone({ ...all.gone, ...secret }),
          packets.formatError({ ...all.error, ...secret }),
          packets.formatRequest({ ...all.request, ...secret }),
          packets.formatChoice({ ...all.choice, ...secret }),
        ];
        expect(lines.join('')).not.toContain('hunter2');
      }),
      { numRuns: 20 },
    );
  });

  it('does without the toJSON that old libraries give all arrays, and leaves it to them', () => {
    const arrays = Array.prototype as { toJSON?: unknown };
    const toJSON = (): string => 'a text';
    const circular: unknown[] = [];
    circular.push(circular);
    const written: string[] = [];
    arrays.toJSON = toJSON;
    try {
      written.push(packets.formatPacket('n', { v: 1, window: [1, 2], auth: { roles: ['a', ['b']] } } as never));
      expect(() => packets.formatPacket('n', { auth: circular } as never)).toThrow(TypeError);
      expect(arrays.toJSON).toBe(toJSON);
    } finally {
      delete arrays.toJSON;
    }
    packets.formatPacket('x', { ack: '0' });
    expect(written).toEqual(['n{"v":1,"window":[1,2],"auth":{"roles":["a",["b"]]}}\n']);
    expect('toJSON' in arrays).toBe(false);
  });

  it('writes a reason with line breaks on one line', () => {
    const close = { code: 1000, reason: 'a\nb\r\nc', at: { messages: 0, bytes: 0 }, ack: { messages: 0, bytes: 0 } };
    expect(packets.formatClose(close)).toBe('c{"code":1000,"reason":"a\\nb\\r\\nc","at":"0","ack":"0"}\n');
  });
});

describe('parseChoice', () => {
  itSurvivesRoundTrips('s', examples.choice, packets.formatChoice, packets.parseChoice);

  it('is written as PROTOCOL.md has it', () => {
    expect(packets.formatChoice({ choice: 3, got: { messages: 12, bytes: 5 } })).toBe('s3 12.5\n');
  });

  it.each(['', ' ', '1', '1 ', ' 1', '0 1', '01 1', '1  1', '1 1 ', '1 1.0', '1 1 1', '-1 1', '1.5 1', 'a b', '1\t1'])(
    'refuses %j',
    (content) => {
      expect(packets.parseChoice(content)).toBeNull();
    },
  );
});

describe('formatAnswerLine', () => {
  it('names the session and the request', () => {
    expect(packets.formatAnswerLine('abc', 5, 0)).toBe(':abc 5.0\n');
    expect(packets.formatAnswerLine('-', 5, 10)).toBe(':- 5.10\n');
  });

  it('names nothing of a request that was refused unread', () => {
    expect(packets.formatAnswerLine('-', 0, -1)).toBe(':- -\n');
  });
});

describe('every reader of a line', () => {
  it('takes garbage without throwing', () => {
    fc.assert(
      fc.property(fc.oneof(text, fc.string({ unit: fc.constantFrom('1', '0', '.', ' ', '-', 'a') })), (content) => {
        packets.parseChoice(content);
      }),
    );
  });
});
