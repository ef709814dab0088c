import { randomBytes } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { describeOwn, useEndpoint, type Endpoint } from './support/endpoint.js';
import { post, RawExchange, RawRequest, type Mode } from './support/raw-http.js';
import { contentOf, expectError, newAttach, within, type Attached } from './support/wire.js';

const BOUNDARY = '----WebKitFormBoundary1';
const FORM = { 'Content-Type': `multipart/form-data; boundary=${BOUNDARY}` };
const CALLBACK = 'holdfast_a1';

const newTicket = (): string => randomBytes(16).toString('base64url');

/** A form as browsers send it: with their own line breaks. */
const formOf = (body: string): string =>
  [`--${BOUNDARY}`, 'Content-Disposition: form-data; name="d"', '', ...body.split('\n'), `--${BOUNDARY}--`, ''].join(
    '\r\n',
  );

/** What a script says: the lines of all its calls. */
function linesOf(script: string, callback = CALLBACK): string[] {
  let text = '';
  let rest = script;
  while (rest !== '') {
    const [call, json = ''] =
      new RegExp(`^/\\*\\*/window\\.${callback}&&${callback}\\(("(?:[^"\\\\]|\\\\.)*")\\);\n`).exec(rest) ?? [];
    if (call === undefined) throw new Error(`not a call: ${rest.slice(0, 200)}`);
    text += JSON.parse(json) as string;
    rest = rest.slice(call.length);
  }
  return text.split('\n').slice(0, -1);
}

interface Got {
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly text: string;
}

async function get(url: string, headers = {}): Promise<Got> {
  const asked = new RawRequest(url, 'GET', '', headers);
  const got = { headers: await within(5000, 'headers', asked.headers) };
  const lines = await asked.rest(10_000);
  return { ...got, text: lines.map((line) => `${line.toString()}\n`).join('') };
}

/** A page that sends forms and loads scripts. */
class Page {
  readonly exchange: RawExchange;
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
    this.exchange = new RawExchange(url);
  }

  async form(as: Mode, packets: readonly string[], members: object = {}, headers: object = {}): Promise<string> {
    const ticket = newTicket();
    const body = this.exchange.body(as, packets, { get: ticket, ...members });
    const answer = await post(this.#url, formOf(body), { ...FORM, ...headers }).whole();
    expect(answer.packets).toEqual([`y${(members as { get?: string }).get ?? ticket}`]);
    return ticket;
  }

  url(ticket: string, callback = CALLBACK): string {
    return `${this.#url}/${ticket}?callback=${encodeURIComponent(callback)}`;
  }

  async script(ticket: string): Promise<string[]> {
    return linesOf((await get(this.url(ticket))).text);
  }

  /** A form, and the script that brings its answer. */
  async ask(as: Mode, packets: readonly string[], members: object = {}): Promise<string[]> {
    return this.script(await this.form(as, packets, members));
  }

  async attach(): Promise<void> {
    const lines = await this.ask('poll', [newAttach()]);
    expect(lines[0]).toMatch(new RegExp(`^:\\S+ ${this.exchange.via}\\.0$`));
    this.exchange.adopt(contentOf<Attached>('a', lines[1]));
  }
}

async function expectTicketError(lines: Promise<string[]>): Promise<void> {
  const [first, error, ...rest] = await lines;
  expect(first).toBe(':- -');
  expectError(error, 'ERR_TICKET');
  expect(rest).toEqual(['.']);
}

describe('section 5.6: scripts, where they are off', () => {
  const endpoint = useEndpoint();

  async function expectOff(text: string): Promise<void> {
    const [first, error, ...rest] = text.split('\n');
    expect(first).toBe(':- -');
    expectError(error, 'ERR_JSONP');
    expect(rest).toEqual(['.', '']);
  }

  it('answers a script with an error that is no script', async () => {
    const { headers, text } = await get(new Page(endpoint.url).url(newTicket()));
    expect(headers['content-type']).toMatch(/^text\/plain/);
    expect(headers['x-content-type-options']).toBe('nosniff');
    await expectOff(text);
  });

  it('answers a form with an error, and does nothing of what it says', async () => {
    const exchange = new RawExchange(endpoint.url);
    const body = exchange.body('poll', [newAttach()], { get: newTicket() });
    await expectOff((await post(endpoint.url, formOf(body), FORM).whole()).text);
  });

  it('takes a ticket of the client from nothing but a form', async () => {
    const answer = await new RawExchange(endpoint.url).send('stream', [newAttach()], { get: newTicket() }).whole();
    expectError(answer.packets[0], 'ERR_PACKET');
  });
});

describeOwn('section 5.6: scripts', { jsonp: true }, (endpoint: Endpoint) => {
  it('bring what the form asked for, and messages both ways', async () => {
    const page = new Page(endpoint.url);
    await page.attach();
    expect(await page.ask('poll', ['@0', 'tone', 't</script>\\u2028'])).toEqual(
      expect.arrayContaining(['k2', '@0', 'tone', 't</script>\\u2028', '.']),
    );
  });

  it('have the headers of every answer, and the type of a script', async () => {
    const page = new Page(endpoint.url);
    const { headers, text } = await get(page.url(await page.form('poll', [newAttach()])));
    expect(headers).toMatchObject({
      'content-type': 'text/javascript; charset=utf-8',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
    });
    expect(text).toMatch(/^\/\*\*\/window\.holdfast_a1&&holdfast_a1\("/);
  });

  it('write nothing that could end a script element or a line of it', async () => {
    const page = new Page(endpoint.url);
    await page.attach();
    const { text } = await get(page.url(await page.form('poll', ['@0', 't<!--</script>'])));
    expect(text).not.toMatch(/<|\u2028|\u2029/);
    expect(linesOf(text)).toContain('t<!--</script>');
  });

  it('are held where the form asks for that, and released by the next form', async () => {
    const page = new Page(endpoint.url);
    await page.attach();
    const held = page.script(await page.form('hold', [], { hold: 20_000 }));
    const next = await page.form('hold', ['@0', 'tone'], { hold: 20_000 });
    const lines = await held;
    expect(lines.at(-1)).toBe('.');
    // The answer that was released may have taken the echo.
    if (!lines.includes('tone')) lines.push(...(await page.script(next)));
    expect(lines).toContain('tone');
  });

  it('lose nothing when the form is answered long before the script asks', async () => {
    const page = new Page(endpoint.url);
    await page.attach();
    const ticket = await page.form('poll', ['@0', 'tone', 't!later 100 two']);
    await page.exchange.ask('send', []).catch(() => []);
    expect(await page.script(ticket)).toContain('tone');
  });

  it('attach though the script asks after the hold, which ends for nobody who has not come yet', async () => {
    const page = new Page(endpoint.url);
    const ticket = await page.form('hold', [newAttach(), '@0', 'tone'], { hold: 100 });
    await setTimeout(1500);
    const lines = await page.script(ticket);
    expect(lines[1]).toMatch(/^a\{/);
    expect(lines).toContain('tone');
  });

  it.each([
    '',
    'alert',
    'holdfast_',
    'holdfast_a.b',
    'holdfast_a b',
    'holdfast_a(1)//',
    'holdfast_a;',
    'holdfast_\u00e9',
    'holdfast_a\n',
    ' holdfast_a',
    'Holdfast_a',
    'window.holdfast_a',
    `holdfast_${'a'.repeat(65)}`,
  ])('call no function named %j', async (callback) => {
    const page = new Page(endpoint.url);
    const ticket = await page.form('poll', [newAttach()]);
    const { headers, text } = await get(page.url(ticket, callback));
    expect(headers['content-type']).toMatch(/^text\/plain/);
    const [first, error] = text.split('\n');
    expect(first).toBe(':- -');
    expectError(error, 'ERR_JSONP');
    // It was not even looked at.
    expect((await page.script(ticket))[1]).toMatch(/^a\{/);
  });

  it('refuse a ticket that is used', async () => {
    const page = new Page(endpoint.url);
    const ticket = await page.form('poll', [newAttach()]);
    await page.script(ticket);
    await expectTicketError(page.script(ticket));
  });

  it.each([22, 64])('refuse an unknown ticket of %i characters', async (count) => {
    await expectTicketError(new Page(endpoint.url).script('x'.repeat(count)));
  });

  it('refuse a form that names the ticket of another session, which keeps its answer', async () => {
    const [mine, other] = [new Page(endpoint.url), new Page(endpoint.url)];
    const ticket = await mine.form('poll', [newAttach()]);
    const body = other.exchange.body('poll', [newAttach()], { get: ticket });
    const refused = await post(endpoint.url, formOf(body), FORM).whole();
    expectError(refused.packets[0], 'ERR_TICKET');
    expect((await mine.script(ticket))[0]).toMatch(new RegExp(` ${mine.exchange.via}\\.0$`));
  });

  it('give a copy of a form that names another ticket the same answer', async () => {
    const page = new Page(endpoint.url);
    const [one, two] = [newTicket(), newTicket()];
    const body = page.exchange.body('poll', [newAttach(), '@0', 'tone'], { get: one });
    await post(endpoint.url, formOf(body), FORM).whole();
    const copy = await post(endpoint.url, formOf(body.replace(one, two)), FORM).whole();
    expect(copy.packets).toEqual([`y${two}`]);
    const first = await page.script(one);
    expect(first).toContain('tone');
    expect(await page.script(two)).toEqual(first);
  });

  it('do not make a used ticket good again by a copy of its form', async () => {
    const page = new Page(endpoint.url);
    const ticket = newTicket();
    const body = page.exchange.body('poll', [newAttach()], { get: ticket });
    await post(endpoint.url, formOf(body), FORM).whole();
    await page.script(ticket);
    await post(endpoint.url, formOf(body), FORM).whole();
    await expectTicketError(page.script(ticket));
  });

  it('do not read what an event stream is to read, nor the other way round', async () => {
    const page = new Page(endpoint.url);
    const streamed = await new RawExchange(endpoint.url).send('stream', [newAttach()], { get: true }).whole();
    await expectTicketError(page.script((streamed.packets[0] ?? '').slice(1)));
    const { text } = await get(`${endpoint.url}/${await page.form('poll', [newAttach()])}`);
    expect(text).toContain('data: e{"code":"ERR_TICKET"');
  });

  it.each([[{}], [{ get: true }], [{ get: 'short' }], [{ get: 'x'.repeat(65) }], [{ get: `${'x'.repeat(21)}"` }]])(
    'refuse a form with %j',
    async (members) => {
      const body = new RawExchange(endpoint.url).body('poll', [newAttach()], members);
      expectError((await post(endpoint.url, formOf(body), FORM).whole()).packets[0], 'ERR_PACKET');
    },
  );

  it('refuse a ticket of the client in a POST that is no form', async () => {
    const answer = await new RawExchange(endpoint.url).send('poll', [newAttach()], { get: newTicket() }).whole();
    expectError(answer.packets[0], 'ERR_PACKET');
  });

  it.each([
    ['of another site', { 'Sec-Fetch-Site': 'cross-site' }],
    ['with a foreign origin', { Origin: 'https://evil.example' }],
    ['with cookies and no word of where from', { Cookie: 'a=b' }],
  ])('are refused %s, as forms are', async (_name, headers) => {
    const page = new Page(endpoint.url);
    const ticket = await page.form('poll', [newAttach()]);
    const { headers: answered, text } = await get(page.url(ticket), headers);
    expect(answered['content-type']).toMatch(/^text\/javascript/);
    expectError(linesOf(text)[1], 'ERR_ORIGIN');
    const body = page.exchange.body('poll', [newAttach()], { get: newTicket() });
    expectError((await post(endpoint.url, formOf(body), { ...FORM, ...headers }).whole()).packets[0], 'ERR_ORIGIN');
  });
});
