import { describe, expect, it } from 'vitest';
import type { Data } from './environment.js';
import { Inbox } from './inbox.js';
import { utf8Length } from './text.js';

function make(windowBytes = 1000, windowMessages = 10, maxMessageBytes = 500): Inbox {
  return new Inbox({ windowBytes, windowMessages, maxMessageBytes });
}

function at(messages = 0, bytes = 0): { _readMessages: number; _readBytes: number } {
  return { _readMessages: messages, _readBytes: bytes };
}

function size(data: Data): number {
  return typeof data === 'string' ? utf8Length(data) : data.length;
}

function take(inbox: Inbox, where: ReturnType<typeof at>, data: Data, isLast = true): string | null {
  return inbox.take(where, data, size(data), isLast);
}

function handAll(inbox: Inbox): Data[] {
  const data: Data[] = [];
  for (let next; (next = inbox.next());) {
    data.push(next.data);
    inbox.handed(next.bytes);
  }
  return data;
}

describe('Inbox', () => {
  it('hands over messages in order', () => {
    const inbox = make();
    const where = at();
    take(inbox, where, 'a');
    take(inbox, where, new Uint8Array([1]));
    expect(handAll(inbox)).toEqual(['a', new Uint8Array([1])]);
    expect(inbox.received).toEqual({ messages: 2, bytes: 0 });
  });

  it('joins parts that are plain arrays, as where there are no typed arrays', () => {
    const inbox = make();
    const where = at();
    const plain = (...bytes: number[]): Data => bytes as unknown as Uint8Array;
    take(inbox, where, plain(1, 2), false);
    take(inbox, where, plain(3, 4), false);
    take(inbox, where, plain(5, 6));
    expect(handAll(inbox)).toEqual([new Uint8Array([1, 2, 3, 4, 5, 6])]);
  });

  it('moves the read position of a transport with each part', () => {
    const where = at();
    const inbox = make();
    take(inbox, where, 'ab', false);
    expect(where).toEqual(at(0, 2));
    take(inbox, where, 'c');
    expect(where).toEqual(at(1, 0));
  });

  it('drops a message that it has', () => {
    const inbox = make();
    take(inbox, at(), 'a');
    expect(take(inbox, at(), 'a')).toBeNull();
    expect(handAll(inbox)).toEqual(['a']);
  });

  it('refuses a message after a gap', () => {
    expect(take(make(), at(1), 'a')).toBe('ERR_POSITION');
  });

  it('refuses a part after a gap in its message', () => {
    const inbox = make();
    take(inbox, at(), 'ab', false);
    expect(take(inbox, at(0, 3), 'x')).toBe('ERR_POSITION');
  });

  it('joins parts of both kinds', () => {
    const inbox = make();
    const where = at();
    take(inbox, where, 'a', false);
    take(inbox, where, 'b', false);
    take(inbox, where, '');
    take(inbox, where, new Uint8Array([1]), false);
    take(inbox, where, new Uint8Array([2, 3]));
    expect(handAll(inbox)).toEqual(['ab', new Uint8Array([1, 2, 3])]);
  });

  it('takes what is new of a part that began before', () => {
    const inbox = make();
    take(inbox, at(), 'aé', false);
    expect(take(inbox, at(), 'aé€b')).toBeNull();
    expect(handAll(inbox)).toEqual(['aé€b']);
  });

  it('takes the end of a message of which all bytes are here', () => {
    const inbox = make();
    take(inbox, at(), 'ab', false);
    expect(take(inbox, at(), 'ab')).toBeNull();
    expect(handAll(inbox)).toEqual(['ab']);
  });

  it('ignores a part of which all bytes are here', () => {
    const inbox = make();
    take(inbox, at(), 'abc', false);
    expect(take(inbox, at(), 'ab', false)).toBeNull();
    expect(inbox.received).toEqual({ messages: 0, bytes: 3 });
  });

  it('refuses an end before what is here', () => {
    const inbox = make();
    take(inbox, at(), 'abc', false);
    expect(take(inbox, at(), 'ab')).toBe('ERR_PACKET');
  });

  it('refuses to continue inside a character', () => {
    const inbox = make();
    take(inbox, at(), 'a', false);
    expect(take(inbox, at(), '€')).toBe('ERR_PACKET');
  });

  it('refuses a message of two kinds', () => {
    const inbox = make();
    const where = at();
    take(inbox, where, 'a', false);
    expect(take(inbox, where, new Uint8Array([1]))).toBe('ERR_PACKET');
  });

  it('takes a message at the limit, refuses one beyond', () => {
    expect(take(make(1000, 10, 5), at(), 'a'.repeat(5))).toBeNull();
    expect(take(make(1000, 10, 5), at(), 'a'.repeat(6))).toBe('too large');
  });

  it('refuses a message whose parts together are beyond the limit', () => {
    const inbox = make(1000, 10, 5);
    const where = at();
    take(inbox, where, 'abc', false);
    expect(take(inbox, where, 'def')).toBe('too large');
  });

  it('takes as many bytes as its window, refuses one beyond', () => {
    const inbox = make(4);
    const where = at();
    expect(take(inbox, where, 'abcd')).toBeNull();
    expect(take(inbox, where, 'e')).toBe('ERR_WINDOW');
  });

  it('takes as many messages as its window, empty ones too, refuses one beyond', () => {
    const inbox = make(1000, 2);
    const where = at();
    take(inbox, where, '');
    expect(take(inbox, where, '')).toBeNull();
    expect(take(inbox, where, '')).toBe('ERR_WINDOW');
  });

  it('opens its window when it tells, not when it hands over', () => {
    const inbox = make(2);
    const where = at();
    take(inbox, where, 'ab');
    handAll(inbox);
    expect(take(inbox, { ...where }, 'c')).toBe('ERR_WINDOW');
    inbox.tell();
    expect(take(inbox, where, 'c')).toBeNull();
  });

  it('opens its window when an attach tells, too', () => {
    const inbox = make(2);
    const where = at();
    take(inbox, where, 'ab');
    handAll(inbox);
    inbox.show();
    expect(inbox.isUntold).toBe(true);
    expect(take(inbox, where, 'c')).toBeNull();
  });

  it('tells again what may be lost, without closing its window', () => {
    const inbox = make(2);
    const where = at();
    take(inbox, where, 'ab');
    handAll(inbox);
    inbox.tell();
    inbox.retell();
    expect(inbox.isUntold).toBe(true);
    expect(take(inbox, where, 'cd')).toBeNull();
  });

  it('acknowledges the bytes of a message once all before it were handed over', () => {
    const inbox = make();
    const where = at();
    take(inbox, where, 'a');
    take(inbox, where, 'bc', false);
    expect(inbox.acked).toEqual({ messages: 0, bytes: 0 });
    handAll(inbox);
    expect(inbox.acked).toEqual({ messages: 1, bytes: 2 });
  });

  it('does not acknowledge a message on which the application failed', () => {
    const inbox = make();
    take(inbox, at(), 'a');
    expect(inbox.next()).toEqual({ data: 'a', bytes: 1 });
    expect(inbox.acked).toEqual({ messages: 0, bytes: 0 });
  });

  it('is urgent at half a window of bytes, not before', () => {
    const inbox = make(10);
    const where = at();
    take(inbox, where, 'abcd');
    handAll(inbox);
    expect(inbox.isUrgent).toBe(false);
    take(inbox, where, 'e');
    handAll(inbox);
    expect(inbox.isUrgent).toBe(true);
  });

  it('is urgent at half a window of messages, not before', () => {
    const inbox = make(1000, 4);
    const where = at();
    take(inbox, where, 'a');
    handAll(inbox);
    expect(inbox.isUrgent).toBe(false);
    take(inbox, where, 'b');
    handAll(inbox);
    expect(inbox.isUrgent).toBe(true);
  });

  it('counts what it holds', () => {
    const inbox = make();
    const where = at();
    take(inbox, where, 'abc');
    take(inbox, where, 'de', false);
    expect(inbox.bufferedBytes).toBe(5);
    expect(inbox.waiting).toBe(1);
    handAll(inbox);
    expect(inbox.bufferedBytes).toBe(2);
  });

  it.each(['x', new Uint8Array([1])])('makes few objects of many tiny parts (%#)', (part) => {
    const inbox = make(1_000_000, 10, 1_000_000);
    const where = at();
    for (let index = 0; index < 100_000; index++) take(inbox, where, part, false);
    expect((inbox as unknown as { _parts: unknown[] })._parts.length).toBeLessThan(1000);
    take(inbox, where, part);
    expect(handAll(inbox).map(size)).toEqual([100_001]);
  });

  it('hands over nothing after it was cleared', () => {
    const inbox = make();
    take(inbox, at(), 'a');
    inbox.clear();
    expect(handAll(inbox)).toEqual([]);
  });
});
