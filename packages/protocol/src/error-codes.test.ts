import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { CLOSE, isRenewable } from './codes.js';

const ROOT = new URL('../../../', import.meta.url);

function read(path: string): string {
  return readFileSync(new URL(path, ROOT), 'utf8');
}

function matches(text: string, pattern: RegExp): string[] {
  return Array.from(new Set(Array.from(text.matchAll(pattern), (match) => match[1] ?? ''))).sort();
}

/** All that is published, of all packages. */
function sources(): string {
  return readdirSync(new URL('packages/', ROOT))
    .map((name) => fileURLToPath(new URL(`packages/${name}/src/`, ROOT)))
    .flatMap((folder) => readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => `${folder}${file}`))
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !/[\\/]testing[\\/]/.test(file))
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n');
}

describe('docs/errors.md', () => {
  const document = read('docs/errors.md');
  const headings = matches(document, /^### (ERR_[A-Z_]+)$/gm);

  it('has a heading for each error in the sources, and for no other', () => {
    expect(headings).toEqual(matches(sources(), /['`](ERR_[A-Z_]+)['`:]/g));
  });

  it('has each error that the protocol knows in the part of the server', () => {
    const said = document.slice(document.indexOf('## Said by the server'));
    const known = matches(read('packages/protocol/src/codes.ts'), /'(ERR_[A-Z_]+)'/g);
    expect(matches(said, /^### (ERR_[A-Z_]+)$/gm)).toEqual(known);
    expect(matches(read('PROTOCOL.md').replace(/^[^|].*$/gm, ''), /`(ERR_[A-Z_]+)`/g)).toEqual(known);
  });

  it('has each close code, and says as the code does whether it may be tried again', () => {
    const rows = Array.from(document.matchAll(/^\| (\d{4}) \|.*\| (yes|no) \|$/gm), (row) => [
      Number(row[1]),
      row[2] === 'yes',
    ]);
    const codes = Object.values(CLOSE).sort((a, b) => a - b);
    expect(rows).toEqual(codes.map((code) => [code, isRenewable(code)]));
  });
});
