import { describe, expect, it } from 'vitest';
import { Inbox } from './inbox.js';
import { Outbox } from './outbox.js';
import { ManualClock } from './testing/manual-clock.js';

describe('found by the simulation', () => {
  it('never takes back the part of a message that it has acknowledged (seed 2357)', () => {
    const inbox = new Inbox({ windowBytes: 1000, windowMessages: 10, maxMessageBytes: 10_000 });
    const at = { _readMessages: 0, _readBytes: 0 };
    expect(inbox.take(at, 'x'.repeat(600), 600, false)).toBeNull();
    expect(inbox.tell()).toEqual({ messages: 0, bytes: 600 });
    expect(inbox.take(at, 'y', 1, true)).toBeNull();
    expect(inbox.take(at, 'z', 1, true)).toBeNull();
    // Nothing has been handed over, and yet:
    expect(inbox.tell()).toEqual({ messages: 0, bytes: 600 });
    expect(inbox.take(at, 'x'.repeat(998), 998, true)).toBeNull();
  });

  it('lets the window begin where an attach has acknowledged (seed 11)', () => {
    const inbox = new Inbox({ windowBytes: 10, windowMessages: 10, maxMessageBytes: 10_000 });
    const at = { _readMessages: 0, _readBytes: 0 };
    expect(inbox.take(at, 'x'.repeat(10), 10, true)).toBeNull();
    inbox.handed(inbox.next()?.bytes ?? 0);
    inbox.show();
    expect(inbox.take(at, 'y'.repeat(10), 10, true)).toBeNull();
    // It was shown only, so it is told all the same.
    expect(inbox.isUntold).toBe(true);
  });

  it('tells again what may have been lost with another transport (seed 4319)', () => {
    const inbox = new Inbox({ windowBytes: 10, windowMessages: 10, maxMessageBytes: 10_000 });
    inbox.take({ _readMessages: 0, _readBytes: 0 }, 'x', 1, true);
    inbox.handed(inbox.next()?.bytes ?? 0);
    inbox.tell();
    expect(inbox.isUntold).toBe(false);
    inbox.retell();
    expect(inbox.isUntold).toBe(true);
  });

  it('does not go beyond the window by the rest of a character (seed 5)', () => {
    const outbox = new Outbox(new ManualClock());
    outbox.windowBytes = 10;
    outbox.windowMessages = 10;
    outbox.push({ data: '😀😀😀😀', bytes: 16, ownBytes: 16, isPlain: false });
    expect(outbox.pull(false, 1000)).toBe('@0\nT😀😀\n');
    expect(outbox.canSend).toBe(false);
    outbox.ack({ messages: 0, bytes: 4 });
    expect(outbox.pull(false, 1000)).toBe('T😀\n');
  });
});
