import { randomBytes } from 'node:crypto';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { attachBody, errorOf } from './testing/packets.js';
import { open, serve } from './testing/serve.js';

const FORM = { 'Content-Type': 'multipart/form-data; boundary=----b1' };

const newTicket = (): string => randomBytes(16).toString('hex');
const formOf = (body: string): string =>
  ['------b1', 'Content-Disposition: form-data; name="d"', '', ...body.split('\n'), '------b1--', ''].join('\r\n');

describe('a form', () => {
  it('is anonymous: authorize sees what it brings itself, and no cookies', async () => {
    const seen: unknown[] = [];
    const { port } = await serve({
      jsonp: true,
      authorize: ({ auth, request: { headers } }) => {
        seen.push([auth, headers.cookie, headers.authorization]);
        return 'somebody';
      },
    });
    const headers = {
      ...FORM,
      Cookie: 'user=victim',
      Authorization: 'Basic dmljdGlt',
      Origin: `http://127.0.0.1:${port}`,
    };
    const body = attachBody('poll', '', { get: newTicket() }, 'token');
    await open(port).ask('POST', '/holdfast', { ...headers, Host: `127.0.0.1:${port}` }, formOf(body));
    expect(seen).toEqual([['token', undefined, undefined]]);
  });

  it('keeps its cookies out of nothing else: a POST still has them', async () => {
    const seen: unknown[] = [];
    const { port } = await serve({
      jsonp: true,
      authorize: ({ request }) => {
        seen.push(request.headers.cookie);
        return 'somebody';
      },
    });
    await open(port).ask(
      'POST',
      '/holdfast',
      { 'Content-Type': 'text/plain', Cookie: 'user=me', 'Sec-Fetch-Site': 'same-origin' },
      attachBody(),
    );
    expect(seen).toEqual(['user=me']);
  });

  it('is told apart by its field: what is no form of ours is read as it is', async () => {
    const { port } = await serve();
    const answer = await open(port).ask('POST', '/holdfast', FORM, attachBody());
    expect(answer.body).toContain('\na{');
  });

  it.each([
    'multipart/form-data; boundary="----b1"',
    'Multipart/Form-Data; charset=UTF-8; Boundary=----b1',
    'multipart/form-data; boundary=----b1; charset=UTF-8',
  ])('may say what parts its fields as %s', async (type) => {
    const { port } = await serve({ jsonp: true });
    const ticket = newTicket();
    const body = formOf(attachBody('poll', '', { get: ticket }));
    const answer = await open(port).ask('POST', '/holdfast', { 'Content-Type': type }, body);
    expect(answer.body).toContain(`\ny${ticket}\n`);
  });

  it.each([
    ['its end', '\r\n.\r\n', 'ERR_BODY_CUT'],
    ['what parts it', '\r\n------b1--', null],
  ])('may be cut: without %s', async (_what, from, error) => {
    const { port } = await serve({ jsonp: true });
    const whole = formOf(attachBody('poll', '@0\ntgrüß\n', { get: newTicket() }));
    const answer = await open(port).ask('POST', '/holdfast', FORM, whole.slice(0, whole.lastIndexOf(from)));
    expect(errorOf(answer.body)).toBe(error);
  });

  it('is refused unless the option is on', async () => {
    const { port, holdfast } = await serve();
    const answer = await open(port).ask(
      'POST',
      '/holdfast',
      FORM,
      formOf(attachBody('poll', '', { get: newTicket() })),
    );
    expect(errorOf(answer.body)).toBe('ERR_JSONP');
    expect(holdfast.sessions.size).toBe(0);
    expect(holdfast.stats().errors).toEqual({ ERR_JSONP: 1 });
  });
});

describe('a script', () => {
  it('brings the answer to a form', async () => {
    const { port } = await serve({ jsonp: true });
    const ticket = newTicket();
    const body = attachBody('poll', '@0\ntgrüß 😀 <b>\n', { get: ticket });
    await open(port).ask('POST', '/holdfast', FORM, formOf(body));
    const answer = await open(port).ask('GET', `/holdfast/${ticket}?callback=holdfast_1`);
    expect(answer.headers['content-type']).toBe('text/javascript; charset=utf-8');
    let text = '';
    const rest = answer.body.replace(/\/\*\*\/window\.holdfast_1&&holdfast_1\((".*")\);\n/g, (_call, json: string) => {
      text += JSON.parse(json) as string;
      return '';
    });
    expect(rest).toBe('');
    expect(text).toMatch(/^:\S+ \d+\.0\na\{.*\}\n(k\S+\n)?@0\ntgrüß 😀 <b>\n\.\n$/);
    expect(answer.body).toContain('\\u003cb>');
  });

  it('calls its function, and does nothing in a page that has none of that name', async () => {
    const { port } = await serve({ jsonp: true });
    const ticket = newTicket();
    await open(port).ask('POST', '/holdfast', FORM, formOf(attachBody('poll', '', { get: ticket })));
    const { body } = await open(port).ask('GET', `/holdfast/${ticket}?callback=holdfast_1`);
    let text = '';
    const page = (globals: Record<string, unknown>): object => ({ ...globals, window: globals });
    runInNewContext(body, page({ holdfast_1: (lines: string) => (text += lines) }));
    expect(text).toMatch(/^:\S+ \d+\.0\na\{.*\}\n\.\n$/);
    expect(() => runInNewContext(body, page({})) as unknown).not.toThrow();
  });
});

it('the option jsonp is true or false', async () => {
  await expect(serve({ jsonp: 'yes' as never })).rejects.toThrow('option jsonp must be true or false');
});
