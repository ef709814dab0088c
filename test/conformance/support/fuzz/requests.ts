import type { Random } from './random.js';

/** A POST as bytes: nearly always one that HTTP allows, in one of the ways in which it can be framed. */
export function postBytes(random: Random, path: string, host: string, body: string): Buffer {
  const bytes = Buffer.from(body);
  const head = (...lines: string[]): Buffer =>
    Buffer.from(
      [
        `POST ${path}${random.once(20) ? '?x=%00' : ''} HTTP/1.1`,
        `Host: ${random.once(40) ? 'rebound.example' : host}`,
        'Content-Type: text/plain',
        ...lines,
        '',
        '',
      ].join('\r\n'),
      'latin1',
    );
  const whole = (...lines: string[]): Buffer =>
    Buffer.concat([head(`Content-Length: ${bytes.length}`, ...lines), bytes]);
  switch (random.below(30)) {
    case 0:
    case 1:
    case 2:
      return Buffer.concat([head('Transfer-Encoding: chunked'), chunked(random, bytes)]);
    case 3:
      return whole('Expect: 100-continue');
    case 4:
      return whole('Connection: close');
    case 5:
      return whole(
        `Origin: ${random.one(['https://evil.example', 'null', 'https://friend.example', `http://${host}`])}`,
      );
    case 6:
      return whole(
        ...Array.from(
          { length: random.one([20, 300, 2500]) },
          (_, index) => `X-${index}: ${'y'.repeat(random.below(20))}`,
        ),
      );
    case 7:
      return whole('Content-Encoding: gzip', 'Expect: the impossible');
    case 8:
      return Buffer.concat([head(`Content-Length: ${lie(random, bytes.length)}`), bytes]);
    case 9:
      return Buffer.concat([
        head('Transfer-Encoding: chunked', `Content-Length: ${bytes.length}`),
        chunked(random, bytes),
      ]);
    case 10:
      return whole(
        random.one([
          'Host: other',
          'Sec-Fetch-Site: cross-site',
          'Cookie: a=b',
          'Referer: http://[',
          'Upgrade: websocket',
          'Content-Length : 3',
        ]),
      );
    case 11:
      return Buffer.from(
        whole()
          .toString('latin1')
          .replace('HTTP/1.1', random.one(['HTTP/1.0', 'HTTP/2.0', 'HTTP/1.1 x'])),
        'latin1',
      );
    default:
      return whole();
  }
}

/** A form with one field as bytes: mostly one that a browser could send. */
export function formBytes(random: Random, path: string, host: string, body: string): Buffer {
  const boundary = random.once(20) ? 'y'.repeat(random.one([70, 71])) : `----Boundary${random.below(1e6)}`;
  const lineBreak = random.once(15) ? '\n' : '\r\n';
  const name = random.once(20) ? random.one(['e', 'd"; filename="x', '']) : 'd';
  const delimiter = `--${boundary}`;
  const field = [delimiter, `Content-Disposition: form-data; name="${name}"`, '', ...body.split('\n')];
  if (random.once(20)) field.splice(random.below(3), 1);
  const fields = random.once(15) ? [...field, ...field] : field;
  const form = [...fields, ...(random.once(12) ? [] : [`${delimiter}--`, ''])].join(lineBreak);
  const bytes = Buffer.from(random.once(20) ? `${'preamble'.repeat(random.below(9000))}\r\n${form}` : form);
  const announced = random.once(15) ? random.one([`"${boundary}"`, '', 'other', `${boundary}; charset=x`]) : boundary;
  const lines = [
    `POST ${path} HTTP/1.1`,
    `Host: ${host}`,
    `Content-Type: multipart/form-data; boundary=${announced}`,
    `Content-Length: ${random.once(20) ? lie(random, bytes.length) : bytes.length}`,
    ...(random.once(20) ? ['Cookie: a=b', 'Origin: https://evil.example'] : []),
  ];
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), bytes]);
}

function chunked(random: Random, bytes: Buffer): Buffer {
  const parts: Buffer[] = [];
  const step = Math.max(1, random.below(bytes.length + 1));
  for (let at = 0; at < bytes.length; at += step) {
    const piece = bytes.subarray(at, at + step);
    const size = random.once(25) ? random.one(['zz', '-1', 'ffffffffffffffffff', '0']) : piece.length.toString(16);
    parts.push(Buffer.from(`${size}${random.once(6) ? ';ext="x"' : ''}\r\n`), piece, Buffer.from('\r\n'));
  }
  parts.push(Buffer.from(random.once(8) ? '0\r\nX-Trailer: 1\r\nContent-Length: 9\r\n\r\n' : '0\r\n\r\n'));
  return Buffer.concat(parts);
}

function lie(random: Random, length: number): string {
  return random.one([
    `${length + 1 + random.below(50)}`,
    `${random.below(length)}`,
    '-1',
    '9'.repeat(20),
    '0',
    'x',
    '1048577',
    `${length}\r\nContent-Length: 3`,
  ]);
}
