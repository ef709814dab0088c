import type { IncomingMessage } from 'node:http';
import type { Verdict } from '@holdfast/protocol';
import { describe, expect, it } from 'vitest';
import { Admission, type AdmissionParts } from './admission.js';
import { NodePeer } from './peer.js';
import { Refusal, refuse } from './refusal.js';

function setUp(parts: Partial<AdmissionParts>) {
  const complaints: unknown[] = [];
  const admission = new Admission({
    authorize: null,
    sameUser: Object.is,
    protocols: [],
    complain: (where, error) => complaints.push([where, error]),
    ...parts,
  });
  const request = { headers: { cookie: 'c=1' } } as unknown as IncomingMessage;
  const peer = new NodePeer(request, '', '127.0.0.1', null);
  const verdicts: Verdict[] = [];
  const decide = (): void => admission.authorize(peer, undefined, (verdict) => verdicts.push(verdict));
  return { admission, peer, verdicts, complaints, decide, request };
}

const planted = new Error('planted');

describe('authorize', () => {
  it('lets everybody in when there is none', () => {
    const { verdicts, decide } = setUp({});
    decide();
    expect(verdicts).toEqual([{ user: null }]);
  });

  it.each([{ id: 1 }, 'Ali', 7, true, 0, '', [], { refuse: 'is a name like any other' }])(
    'takes %o for the user',
    (user) => {
      const { verdicts, decide } = setUp({ authorize: () => user });
      decide();
      expect(verdicts).toEqual([{ user }]);
    },
  );

  it('waits for a promise', async () => {
    const { verdicts, decide, peer } = setUp({ authorize: () => Promise.resolve('Ali') });
    decide();
    expect(verdicts).toEqual([]);
    expect(peer.request).not.toBeNull();
    await Promise.resolve();
    await Promise.resolve();
    expect(verdicts).toEqual([{ user: 'Ali' }]);
  });

  it.each([undefined, null, false])('takes %s for nobody', (nobody) => {
    const { verdicts, decide, complaints } = setUp({ authorize: () => nobody });
    decide();
    expect(verdicts).toEqual([{ refuse: 'not authorized' }]);
    expect(complaints).toEqual([]);
  });

  it.each<[string, () => unknown]>([
    ['returned', () => refuse('log in first', { retryAfterMs: 500 })],
    ['promised', () => Promise.resolve(refuse('log in first', { retryAfterMs: 500 }))],
    [
      'thrown',
      () => {
        // eslint-disable-next-line @typescript-eslint/only-throw-error -- it may be
        throw refuse('log in first', { retryAfterMs: 500 });
      },
    ],
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- it may be
    ['a rejection', () => Promise.reject(refuse('log in first', { retryAfterMs: 500 }))],
  ])('refuses by refuse(), %s', async (_how, authorize) => {
    const { verdicts, decide, complaints } = setUp({ authorize });
    decide();
    await new Promise((resolve) => setImmediate(resolve));
    expect(verdicts).toEqual([{ refuse: 'log in first', retryAfterMs: 500 }]);
    expect(complaints).toEqual([]);
    expect(refuse('x')).toEqual(new Refusal('x', undefined));
  });

  it.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw planted;
      },
    ],
    ['rejects', () => Promise.reject(planted)],
  ])('refuses without saying why, and complains, when it %s', async (_how, authorize) => {
    const { verdicts, decide, complaints } = setUp({ authorize });
    decide();
    await new Promise((resolve) => setImmediate(resolve));
    expect(verdicts).toEqual([{ refuse: 'not authorized' }]);
    expect(complaints).toEqual([['authorize', planted]]);
  });

  it('lets go of the request when it is decided', () => {
    const { peer, decide, admission } = setUp({ authorize: () => 'Ali' });
    decide();
    expect(peer.request).toBeNull();
    expect(admission.selectProtocol(['a'], peer)).toBe('');
  });
});

describe('selectProtocol', () => {
  it.each([
    [['a', 'b'], ['b', 'a'], 'a'],
    [['x', 'b'], ['b', 'a'], 'b'],
    [['x'], ['b'], ''],
    [[], ['b'], ''],
  ])('of %o offered and %o spoken chooses %j', (offered, protocols, expected) => {
    const { admission, peer } = setUp({ protocols });
    expect(admission.selectProtocol(offered, peer)).toBe(expected);
  });

  it('asks a function, which may not choose what was not offered', () => {
    const choosing = (choice: string) => setUp({ protocols: (offered) => (offered.length > 0 ? choice : '') });
    const { admission, peer } = choosing('b');
    expect(admission.selectProtocol(['a', 'b'], peer)).toBe('b');
    expect(admission.selectProtocol(['a'], peer)).toBe('');
    expect(admission.selectProtocol([], peer)).toBe('');
  });

  it('gives the function the request', () => {
    const { admission, peer } = setUp({
      protocols: (offered, request) => (request.headers.cookie === 'c=1' ? (offered[0] ?? '') : ''),
    });
    expect(admission.selectProtocol(['a'], peer)).toBe('a');
  });

  it('chooses none, and complains, when the function throws', () => {
    const { admission, peer, complaints } = setUp({
      protocols: () => {
        throw planted;
      },
    });
    expect(admission.selectProtocol(['a'], peer)).toBe('');
    expect(complaints).toEqual([['protocols', planted]]);
  });
});

describe('sameUser', () => {
  it('takes nothing but true for yes', () => {
    expect(setUp({ sameUser: () => true }).admission.sameUser(1, 2)).toBe(true);
    expect(setUp({ sameUser: () => 'yes' as unknown as boolean }).admission.sameUser(1, 1)).toBe(false);
  });

  it('says no, and complains, when the function throws', () => {
    const { admission, complaints } = setUp({
      sameUser: () => {
        throw planted;
      },
    });
    expect(admission.sameUser(1, 1)).toBe(false);
    expect(complaints).toEqual([['sameUser', planted]]);
  });
});
