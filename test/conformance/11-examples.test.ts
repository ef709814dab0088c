import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { useEndpoint } from './support/endpoint.js';

const run = promisify(execFile);
const here = new URL('./', import.meta.url);
const PROTOCOL = readFileSync(new URL('../../PROTOCOL.md', here), 'utf8');
const EXAMPLES = PROTOCOL.slice(PROTOCOL.indexOf('\n## 11.'));

/** Between two examples; nothing that either would say. */
const MARK = '---8<---';

function blocks(language: string): string[] {
  return Array.from(
    EXAMPLES.matchAll(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\`$`, 'gm')),
    (match) => match[1] ?? '',
  );
}

describe('section 11: worked examples', () => {
  const endpoint = useEndpoint();

  it('do what they say, as they stand', async () => {
    const commands = blocks('sh');
    const answers = blocks('text');
    expect(commands.length).toBeGreaterThan(6);
    expect(answers.length).toBe(commands.length);
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-examples-'));
    const script = commands.join(`echo '${MARK}'\n`);
    const { stdout, stderr } = await run('bash', ['-c', script], {
      cwd: folder,
      env: { ...process.env, HOLDFAST_URL: endpoint.url },
    });
    rmSync(folder, { recursive: true });
    expect(stderr).toBe('');
    const id = /"id":"([^"]+)"/.exec(stdout)?.[1] ?? '';
    const key = /"key":"([^"]+)"/.exec(stdout)?.[1] ?? '';
    const said = stdout.split(`${MARK}\n`);
    for (const [index, answer] of answers.entries()) {
      const pattern = answer
        .replaceAll('<id>', id)
        .replaceAll('<key>', key)
        .split('<...>')
        .map(escapePattern)
        .join('[^\\n]*?');
      expect(said[index]).toMatch(new RegExp(`^${pattern}$`));
    }
  });
});

describe('PROTOCOL.md', () => {
  it('has a suite here for each of its sections', () => {
    const suites = readdirSync(here)
      .filter((name) => name.endsWith('.test.ts'))
      .map((name) => readFileSync(new URL(name, here), 'utf8'))
      .join('\n');
    const tested = new Set(Array.from(suites.matchAll(/describe\('section ([\d.]+): /g), (match) => match[1]));
    const sections = Array.from(PROTOCOL.matchAll(/^##+ (\d+(?:\.\d+)?)\.? /gm), (match) => match[1]).filter(
      (section) => section !== '5',
    );
    expect(sections.length).toBeGreaterThan(14);
    for (const section of sections) expect(tested).toContain(section);
  });
});

function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
