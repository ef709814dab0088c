import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CLOSE, type ErrorCode, isApplicationCode, isFinalError, isRenewable } from './codes.js';

const protocol = readFileSync(new URL('../../../PROTOCOL.md', import.meta.url), 'utf8');

/** Cells of the table rows in a section of PROTOCOL.md, without its head. */
function tableOf(section: string): string[][] {
  const text = new RegExp(`^## ${section}\\..*?(?=^## |(?![^]))`, 'ms').exec(protocol)?.[0] ?? '';
  const rows = text.split('\n').filter((line) => line.startsWith('|'));
  return rows.slice(2).map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

describe('CLOSE', () => {
  const rows = tableOf('9').filter(([code = '']) => /^\d+$/.test(code));

  it('holds the codes of PROTOCOL.md', () => {
    expect(Object.values(CLOSE)).toEqual(rows.map(([code]) => Number(code)));
  });

  it.each(rows)('lets %s (%s) be tried again: %s', (code, _meaning, mayTryAgain) => {
    expect(isRenewable(Number(code))).toBe(mayTryAgain === 'yes');
  });
});

describe('isApplicationCode', () => {
  it.each([1000, 3000, 3001, 4000, 4899])('takes %d', (code) => {
    expect(isApplicationCode(code)).toBe(true);
  });

  it.each([0, -1000, 999, 1001, 1005, 1012, 2999, 2999.5, 3000.5, 4899.5, 4900, 4902, 5000, NaN, Infinity, -Infinity])(
    'refuses %d',
    (code) => {
      expect(isApplicationCode(code)).toBe(false);
    },
  );

  it('refuses every code that the protocol gives a meaning, but the normal one', () => {
    expect(Object.values(CLOSE).filter(isApplicationCode)).toEqual([CLOSE.normal]);
  });
});

describe('ErrorCode', () => {
  /** True: the client gives up. TypeScript sees to it that no code of the type is missing here, and none is too many. */
  const codes: Record<ErrorCode, boolean> = {
    ERR_PACKET: false,
    ERR_POSITION: false,
    ERR_WINDOW: false,
    ERR_BODY_CUT: false,
    ERR_BODY_SIZE: false,
    ERR_BODY_TIME: false,
    ERR_COPY: false,
    ERR_TRANSPORT: false,
    ERR_TRANSPORTS: false,
    ERR_ORDER: false,
    ERR_VERSION: true,
    ERR_ORIGIN: true,
    ERR_HOST: true,
    ERR_REFUSED: true,
    ERR_FULL: false,
    ERR_HANDSHAKE: false,
    ERR_TICKET: false,
    ERR_JSONP: false,
  };

  it('holds the codes of PROTOCOL.md', () => {
    const written = tableOf('7').flatMap(([cell = '']) => cell.match(/ERR_\w+/g) ?? []);
    expect(Object.keys(codes).sort()).toEqual(written.sort());
  });

  it.each(Object.entries(codes))('isFinalError(%s) is %s', (code, isFinal) => {
    expect(isFinalError(code)).toBe(isFinal);
  });

  it('takes no code for final that merely contains one', () => {
    expect(['', 'ERR_REFUSED_X', 'XERR_HOST', 'ERR_', 'err_host', 'ERR_HOST\n'].filter(isFinalError)).toEqual([]);
  });
});
