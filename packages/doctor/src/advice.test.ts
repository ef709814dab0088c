import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { adviceFor, ALL_ADVICE, boxesIn } from './advice.js';

const FOLDER = new URL('../../../docs/proxies/', import.meta.url);

/** Which documented files are whose. */
const FILES = {
  nginx: /^nginx.*\.conf$/,
  haproxy: /^haproxy.*\.cfg$/,
  apache: /\bapache.*\.conf$/,
  varnish: /\.vcl$/,
  caddy: /^Caddyfile$/,
};

const linesOf = (box: keyof typeof FILES): ReadonlySet<string> =>
  new Set(
    readdirSync(FOLDER)
      .filter((name) => FILES[box].test(name))
      .flatMap((name) => readFileSync(new URL(name, FOLDER), 'utf8').split('\n'))
      .map((line) => line.trim()),
  );

describe('advice', () => {
  it.each(['nginx', 'haproxy', 'apache', 'varnish', 'caddy'] as const)('for %s has the documented lines', (box) => {
    const documented = linesOf(box);
    const lines = ALL_ADVICE.filter((advice) => advice.box === box).flatMap((advice) => advice.lines);
    const settings = lines.map((line) => line.trim()).filter((line) => !line.startsWith('#'));
    expect(settings.length).toBeGreaterThan(0);
    expect(settings.filter((line) => !documented.has(line))).toEqual([]);
  });

  it('is for the boxes that have shown themselves', () => {
    expect(boxesIn(['server: nginx/1.22.1'])).toEqual(['nginx']);
    expect(boxesIn(['via: 1.1 varnish (Varnish/7.1)', 'cf-ray: 1'])).toEqual(['varnish', 'cdn']);
    expect(boxesIn([])).toEqual(['nginx', 'haproxy', 'apache', 'cdn']);
  });

  it('says where lines belong', () => {
    expect(adviceFor(['buffering'], ['nginx'])).toEqual([
      {
        box: 'nginx',
        title: 'nginx',
        where: 'in the location of the endpoint',
        lines: ['proxy_buffering off;', 'gzip off;'],
      },
    ]);
  });
});
