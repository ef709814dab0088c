import { describe, expect, it } from 'vitest';
import { FRAME_BYTES } from './defaults.js';
import type { Data } from './environment.js';
import { wholeFrame } from './frame.js';
import { makeMessage } from './message.js';
import { Outbox } from './outbox.js';
import { ZERO } from './position.js';
import { ManualClock } from './testing/manual-clock.js';
import { utf8Length } from './text.js';

const MANY = 1_000_000;

function make(windowBytes = MANY, windowMessages = MANY): Outbox {
  const outbox = new Outbox(new ManualClock());
  outbox.windowBytes = windowBytes;
  outbox.windowMessages = windowMessages;
  return outbox;
}

function push(outbox: Outbox, ...messages: Data[]): Outbox {
  for (const data of messages) outbox.push(makeMessage(new ManualClock(), data));
  return outbox;
}

/** Everything that may be sent, in pieces of `budget`. */
function pullAll(outbox: Outbox, budget = 65_536, isRaw = false): (string | Uint8Array)[] {
  const pieces: (string | Uint8Array)[] = [];
  for (let piece = outbox.pull(isRaw, budget); piece !== ''; piece = outbox.pull(isRaw, budget))
    pieces.push(wholeFrame(piece));
  return pieces;
}

describe('Outbox', () => {
  it('says where the first data packet begins, and no more after that', () => {
    const outbox = push(make(), 'a', 'b');
    expect(outbox.pull(false, 1000)).toBe('@0\nta\ntb\n');
    push(outbox, 'c');
    expect(outbox.pull(false, 1000)).toBe('tc\n');
  });

  it('says it again when asked, for a new body', () => {
    const outbox = push(make(), 'a', 'b');
    outbox.pull(false, 1000);
    push(outbox, 'c');
    outbox._announce = true;
    expect(outbox.pull(false, 1000)).toBe('@2\ntc\n');
  });

  it('sends bytes as base64', () => {
    expect(push(make(), new Uint8Array([1, 2, 3])).pull(false, 1000)).toBe('@0\nbAQID\n');
  });

  it('uses the line that a broadcast has encoded already', () => {
    const outbox = make();
    const shared = { data: 'x', bytes: 1, ownBytes: 0, isPlain: true, line: 'tx\n' };
    outbox.push(shared);
    expect(outbox.pull(false, 1000)).toBe('@0\ntx\n');
  });

  it('does not use that line in mid-message', () => {
    const outbox = make();
    outbox.push({ data: 'xyz', bytes: 3, ownBytes: 0, isPlain: true, line: 'txyz\n' });
    outbox.pull(false, 1000);
    outbox.rewind({ messages: 0, bytes: 1 });
    expect(outbox.pull(false, 1000)).toBe('@0.1\ntyz\n');
  });

  it('sends nothing while there is nothing', () => {
    expect(make().pull(false, 1000)).toBe('');
    expect(make().canSend).toBe(false);
  });

  it('sends nothing for no budget', () => {
    expect(push(make(), 'a').pull(false, 0)).toBe('');
  });

  describe('window', () => {
    it('lets through exactly as many bytes as it has', () => {
      const outbox = push(make(4), 'ab', 'cd', 'e');
      expect(pullAll(outbox)).toEqual(['@0\ntab\ntcd\n']);
      expect(outbox.canSend).toBe(false);
    });

    it('lets through exactly as many messages as it has, empty ones too', () => {
      expect(pullAll(push(make(MANY, 2), '', 'b', ''))).toEqual(['@0\nt\ntb\n']);
    });

    it('begins a message that does not fit as a whole', () => {
      const outbox = push(make(10), 'a'.repeat(12));
      expect(pullAll(outbox)).toEqual([`@0\nT${'a'.repeat(10)}\n`]);
      outbox.ack({ messages: 0, bytes: 10 });
      expect(pullAll(outbox)).toEqual(['taa\n']);
    });

    it.each([1, 2, 3, 4, 5, 6, 7, 8, 9])('is never exceeded by a part of a character (%i bytes)', (bytes) => {
      const outbox = push(make(bytes), 'ab', '😀é€x', '€');
      let sent = 0;
      let previous = -1;
      while (sent !== previous) {
        previous = sent;
        pullAll(outbox);
        const total = outbox.cursor;
        sent = ([0, 2, 12, 15][total.messages] ?? 0) + total.bytes;
        expect(sent).toBeLessThanOrEqual(bytes);
      }
    });

    it('opens with an acknowledgement', () => {
      const outbox = push(make(2), 'ab', 'cd');
      pullAll(outbox);
      expect(outbox.ack({ messages: 1, bytes: 0 })).toBe(true);
      expect(pullAll(outbox)).toEqual(['tcd\n']);
    });

    it('takes an empty message while no byte fits', () => {
      expect(pullAll(push(make(1), 'a', ''))).toEqual(['@0\nta\nt\n']);
    });
  });

  describe('parts', () => {
    it('cuts a text at 65,536 bytes, between two characters', () => {
      const outbox = push(make(), `a${'€'.repeat(22_000)}`);
      const parts = pullAll(outbox, MANY).join('').split('\n').slice(1, -1);
      expect(parts.map((part) => part.charAt(0))).toEqual(['T', 't']);
      expect(parts.map((part) => utf8Length(part) - 1)).toEqual([65_536, 465]);
    });

    it('cuts bytes so that their base64 fits the budget', () => {
      const [first = ''] = pullAll(push(make(), new Uint8Array(10_000)), 4096);
      expect(first.length).toBeLessThanOrEqual(4096 + '@0\nB\n'.length + 4);
      expect(first).toMatch(/^@0\nB/);
    });

    it.each([16, 64, 1000, 5000, 65_536])('keeps escapes that grow within a budget of %i', (budget) => {
      for (const character of ['\u0000', '\n', '\u200b', 'é\n', '😀\u0007']) {
        const outbox = push(make(), character.repeat(12_000));
        for (const piece of pullAll(outbox, budget))
          expect(utf8Length(piece as string)).toBeLessThanOrEqual(Math.max(budget, 100) + '@0.123456\nT\n'.length);
        expect(outbox.isDrained).toBe(true);
      }
    });

    it('counts a budget in bytes', () => {
      const outbox = push(make(), ...Array.from({ length: 100 }, () => '€'.repeat(100)));
      for (const piece of pullAll(outbox, 5000)) expect(utf8Length(piece as string)).toBeLessThan(5400);
    });

    it('cuts a plain text anywhere, and puts it together again', () => {
      const text = 'abcdefghij'.repeat(300);
      const lines = pullAll(push(make(), text), 1000).join('').split('\n').slice(1, -1);
      expect(lines.map((line) => line.charAt(0)).join('')).toBe('TTt');
      expect(lines.map((line) => line.slice(1)).join('')).toBe(text);
    });

    it('does not begin a small part at the end of a budget', () => {
      const outbox = push(make(), 'a'.repeat(3500), 'b'.repeat(2000));
      expect(outbox.pull(false, 4000)).toBe(`@0\nt${'a'.repeat(3500)}\n`);
    });
  });

  describe('raw frames', () => {
    it('sends bytes as they are, after the text before them', () => {
      const bytes = new Uint8Array([1, 2]);
      expect(pullAll(push(make(), 'a', bytes, 'b'), 1000, true)).toEqual(['@0\nta\n', bytes, 'tb\n']);
    });

    it('leave a message that does not fit whole for the next', () => {
      const [small, large] = ['a'.repeat(1000), 'b'.repeat(3000)];
      const outbox = push(make(), small, large, small);
      expect(pullAll(outbox, 3500, true)).toEqual([`@0\nt${small}\n`, `t${large}\n`, `t${small}\n`]);
    });

    it('hold the largest part whole, behind a position', () => {
      const text = 'a'.repeat(65_536);
      expect(pullAll(push(make(), text, text), FRAME_BYTES, true)).toEqual([`@0\nu${text}`, `u${text}`]);
    });

    it('end with a large text as it is, if it has what would be escaped', () => {
      const large = '\n'.repeat(4096);
      const outbox = push(make(), 'a', large, 'b');
      expect(outbox.pull(true, FRAME_BYTES)).toEqual({ packets: '@0\nta\nu', rawText: large });
      expect(outbox.pull(true, FRAME_BYTES)).toBe('tb\n');
      outbox.rewind(ZERO);
      expect(pullAll(outbox, FRAME_BYTES)).toEqual([`@0\nta\nt${'\\n'.repeat(4096)}\ntb\n`]);
    });

    it('escape a small text, and leave one that needs no escapes among others', () => {
      const [small, plain] = ['\n'.repeat(4095), 'a'.repeat(16_383)];
      const lines = `@0\nt${'\\n'.repeat(4095)}\nt${plain}\nta\n`;
      expect(pullAll(push(make(), small, plain, 'a'), FRAME_BYTES, true)).toEqual([lines]);
    });

    it('carry a very large text in raw parts, each between two characters', () => {
      const text = '€'.repeat(30_000);
      const [first, second, ...others] = pullAll(push(make(), text), FRAME_BYTES, true);
      expect(first).toBe(`@0\nU${text.slice(0, 21_845)}`);
      expect(second).toBe(`u${text.slice(21_845)}`);
      expect(others).toEqual([]);
    });

    it('go on with a raw text where the peer has it', () => {
      const text = 'ab€d'.repeat(2000);
      const outbox = push(make(), text);
      pullAll(outbox, FRAME_BYTES, true);
      outbox.rewind({ messages: 0, bytes: 5 });
      expect(pullAll(outbox, FRAME_BYTES, true)).toEqual([`@0.5\nu${text.slice(3)}`]);
    });

    it('announces a further part with an empty B', () => {
      const bytes = new Uint8Array(70_000).map((_, index) => index & 255);
      const frames = pullAll(push(make(), bytes), 65_536, true);
      expect(frames[0]).toBe('@0\nB\n');
      expect((frames[1] as Uint8Array).length).toBe(65_536);
      expect((frames[2] as Uint8Array).length).toBe(4464);
      expect(frames).toHaveLength(3);
    });

    it('sends a frame alone where no word is needed', () => {
      const outbox = push(make(), new Uint8Array(1));
      pullAll(outbox, 1000, true);
      const frame = new Uint8Array([9]);
      push(outbox, frame);
      expect(pullAll(outbox, 1000, true)).toEqual([frame]);
    });

    it('forgets a frame that waits when it continues elsewhere', () => {
      const outbox = push(make(), new Uint8Array([7]));
      expect(outbox.pull(true, 1000)).toBe('@0\n');
      expect(outbox._hasFrame).toBe(true);
      outbox.rewind({ messages: 0, bytes: 0 });
      expect(outbox.pull(false, 1000)).toBe('@0\nbBw==\n');
    });

    it('is not drained while a frame waits', () => {
      const outbox = push(make(), new Uint8Array([7]));
      outbox.pull(true, 1000);
      expect(outbox.isDrained).toBe(false);
      outbox.pull(true, 1000);
      expect(outbox.isDrained).toBe(true);
    });
  });

  describe('rewind', () => {
    it('continues at every byte that begins a character', () => {
      const text = 'aé€😀z';
      const bytes = utf8Length(text);
      const starts = new Map([
        [1, 'é€😀z'],
        [3, '€😀z'],
        [6, '😀z'],
        [10, 'z'],
        [11, ''],
      ]);
      for (let at = 1; at <= bytes; at++) {
        const outbox = push(make(), text);
        pullAll(outbox);
        const position = { messages: 0, bytes: at };
        expect(outbox.has(position)).toBe(starts.has(at));
        if (!starts.has(at)) continue;
        expect(outbox.rewind(position)).toBe(true);
        expect(outbox.pull(false, 1000)).toBe(`@0.${at}\nt${starts.get(at) ?? ''}\n`);
      }
    });

    it('continues at every byte of a binary message', () => {
      for (let at = 1; at <= 5; at++) {
        const outbox = push(make(), new Uint8Array([0, 1, 2, 3, 4]));
        pullAll(outbox);
        outbox.rewind({ messages: 0, bytes: at });
        expect(pullAll(outbox, 1000, true)).toEqual([`@0.${at}\n`, new Uint8Array([0, 1, 2, 3, 4]).subarray(at)]);
      }
    });

    it('goes back no further than to what is acknowledged', () => {
      const outbox = push(make(), 'a', 'b');
      pullAll(outbox);
      outbox.ack({ messages: 1, bytes: 0 });
      outbox.rewind({ messages: 0, bytes: 0 });
      expect(pullAll(outbox)).toEqual(['@1\ntb\n']);
    });

    it('does not go beyond what was sent', () => {
      const outbox = push(make(), 'a', 'b');
      expect(outbox.rewind({ messages: 1, bytes: 0 })).toBe(false);
    });

    it('tells what is sent a second time from what is new', () => {
      const outbox = push(make(), 'a');
      pullAll(outbox);
      expect(outbox.cursor).toEqual(outbox._sent);
      outbox.rewind({ messages: 0, bytes: 0 });
      expect(outbox._sent).toEqual({ messages: 1, bytes: 0 });
      expect(outbox.cursor).toEqual({ messages: 0, bytes: 0 });
    });
  });

  describe('ack', () => {
    it('refuses what was never sent', () => {
      const outbox = push(make(), 'ab');
      expect(outbox.ack({ messages: 1, bytes: 0 })).toBe(false);
      expect(outbox.ack({ messages: 0, bytes: 1 })).toBe(false);
    });

    it('refuses bytes that its message does not have, and counts none of them', () => {
      const outbox = push(make(), 'ab', 'c');
      pullAll(outbox);
      expect(outbox.ack({ messages: 0, bytes: 9_007_199_254_740_991 })).toBe(false);
      expect(outbox.ack({ messages: 1, bytes: 2 })).toBe(false);
      expect(outbox.bufferedBytes).toBe(3);
    });

    it('takes one that is older than the last without going back', () => {
      const outbox = push(make(), 'a', 'b');
      pullAll(outbox);
      outbox.ack({ messages: 2, bytes: 0 });
      expect(outbox.ack({ messages: 1, bytes: 0 })).toBe(true);
      expect(outbox.acked).toEqual({ messages: 2, bytes: 0 });
    });

    it('gives back what is acknowledged, over a long life', () => {
      const outbox = make();
      for (let index = 0; index < 1000; index++) {
        push(outbox, 'x');
        pullAll(outbox);
        outbox.ack({ messages: index + 1, bytes: 0 });
        expect([outbox.count, outbox.bufferedBytes, outbox.ownBytes]).toEqual([0, 0, 0]);
      }
      expect(outbox.end).toEqual({ messages: 1000, bytes: 0 });
    });

    it('moves on what is sent next when the peer has more than this transport was given', () => {
      const outbox = push(make(), 'a', 'b');
      pullAll(outbox);
      outbox.rewind({ messages: 0, bytes: 0 });
      outbox.ack({ messages: 1, bytes: 0 });
      expect(pullAll(outbox)).toEqual(['@1\ntb\n']);
    });
  });

  describe('unconfirmed', () => {
    it('tells what was sent from what was not', () => {
      const outbox = push(make(3), 'ab', 'cd', 'e');
      pullAll(outbox);
      expect(outbox.cursor).toEqual({ messages: 1, bytes: 0 });
      expect(outbox.unconfirmed(false)).toEqual([
        { data: 'ab', sent: true },
        { data: 'cd', sent: false },
        { data: 'e', sent: false },
      ]);
    });

    it('counts a message as sent once its first part was', () => {
      const outbox = push(make(), 'a'.repeat(100));
      outbox.pull(false, 10);
      expect(outbox.unconfirmed(false).map(({ sent }) => sent)).toEqual([true]);
    });

    it('leaves out what is acknowledged', () => {
      const outbox = push(make(), 'a', 'b');
      pullAll(outbox);
      outbox.ack({ messages: 1, bytes: 0 });
      expect(outbox.unconfirmed(false)).toEqual([{ data: 'b', sent: true }]);
    });

    it('is sure once the peer has said how far it came', () => {
      const outbox = push(make(), 'a');
      pullAll(outbox);
      expect(outbox.unconfirmed(true)).toEqual([{ data: 'a', sent: false }]);
    });
  });
});
