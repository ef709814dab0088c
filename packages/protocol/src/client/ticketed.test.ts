import { describe, expect, it } from 'vitest';
import type { ClientRequest, RequestEvents } from '../seams.js';
import { ticketed } from './ticketed.js';

interface Asked extends ClientRequest {
  readonly content: string;
  readonly events: RequestEvents;
  isAborted: boolean;
}

function bench(): { asked: Asked[]; happened: string[]; request: (isStream: boolean) => ClientRequest } {
  const asked: Asked[] = [];
  const happened: string[] = [];
  const ask = (content: string, events: RequestEvents): Asked => {
    const one: Asked = { content, events, isAborted: false, abort: () => void (one.isAborted = true) };
    asked.push(one);
    return one;
  };
  const post = ticketed(
    (body, isStream, events) => ask(`POST ${body} ${String(isStream)}`, events),
    (ticket, events) => ask(`GET ${ticket}`, events),
  );
  const request = (isStream: boolean): ClientRequest =>
    post('body', isStream, {
      chunk: (text) => happened.push(text),
      end: () => happened.push('END'),
      fail: (status, hint, reached) => happened.push(`FAIL ${status} ${hint} ${String(reached)}`),
    });
  return { asked, happened, request };
}

describe('ticketed', () => {
  it('reads a stream with the ticket that its POST brings', () => {
    const { asked, happened, request } = bench();
    const stream = request(true);
    asked[0]?.events.chunk(':a 1.1\nyTICK');
    asked[0]?.events.chunk('ET\n.\n');
    asked[0]?.events.end();
    expect(asked.map(({ content }) => content)).toEqual(['POST body false', 'GET TICKET']);
    asked[1]?.events.chunk(':a 1.1\n');
    expect(happened).toEqual([':a 1.1\n']);
    stream.abort();
    expect(asked.map(({ isAborted }) => isAborted)).toEqual([false, true]);
  });

  it('takes a ticket with something behind it that a proxy has added', () => {
    const { asked, request } = bench();
    request(true);
    asked[0]?.events.chunk(':a 1.1\nyTICKET\n.\n\n<script></script>\n');
    asked[0]?.events.end();
    expect(asked.map(({ content }) => content)).toEqual(['POST body false', 'GET TICKET']);
  });

  it.each([':a 1.1\ng{}\n.\n', ':a 1.1\nyTICKET\n', ''])('hands on an answer without a whole ticket: %j', (answer) => {
    const { asked, happened, request } = bench();
    request(true);
    asked[0]?.events.chunk(answer);
    asked[0]?.events.end();
    expect(asked).toHaveLength(1);
    expect(happened).toEqual([answer, 'END']);
  });

  it('hands on a failure, and an abort', () => {
    const { asked, happened, request } = bench();
    request(true).abort();
    expect(asked[0]?.isAborted).toBe(true);
    asked[0]?.events.fail(502, 'bad gateway', true);
    expect(happened).toEqual(['FAIL 502 bad gateway true']);
  });

  it('leaves other requests alone', () => {
    const { asked, happened, request } = bench();
    request(false);
    asked[0]?.events.chunk(':a 1.1\nyx\n.\n');
    asked[0]?.events.end();
    expect(happened).toEqual([':a 1.1\nyx\n.\n', 'END']);
  });
});
