import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatReport } from 'holdfast-doctor';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nginx } from '../boxes/nginx.js';
import { boxesOf } from '../boxes/program.js';
import { CERTIFICATE_CASES } from './certificate-cases.js';
import { makeCertificate, type Certificate } from './certificate.js';
import { reportOf } from './command.js';
import { idsOf, putBehind, startPatient } from './patient.js';

/** nginx that serves a certificate, and others with it. */
function tlsBox(leaf: Certificate, chain: readonly Certificate[]) {
  const [box] = boxesOf(nginx, [
    {
      name: 'nginx-tls',
      title: 'nginx: https',
      best: 'websocket',
      config: async ({ folder, port, targetPort }) => {
        await writeFile(join(folder, 'cert.pem'), [leaf, ...chain].map(({ cert }) => cert).join(''));
        await writeFile(join(folder, 'key.pem'), leaf.key);
        return `map $http_upgrade $up { default upgrade; '' ''; }
server {
  listen 127.0.0.1:${port} ssl;
  ssl_certificate ${folder}/cert.pem;
  ssl_certificate_key ${folder}/key.pem;
  location / {
    proxy_pass http://127.0.0.1:${targetPort};
    proxy_http_version 1.1;
    proxy_set_header Upgrade $http_upgrade;
    proxy_set_header Connection $up;
    proxy_set_header Host $http_host;
    proxy_set_header X-Forwarded-Proto $scheme;
    proxy_request_buffering off;
  }
}`;
      },
    },
  ]);
  return box ?? expect.fail('no box');
}

describe('the doctor looks at a certificate', () => {
  const authority = makeCertificate({ isAuthority: true });
  let folder = '';

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'holdfast-certificates-'));
    await writeFile(join(folder, 'ca.pem'), authority.cert);
  });

  afterAll(() => rm(folder, { recursive: true }));

  it.each(CERTIFICATE_CASES.map((each) => [each.title, each] as const))(
    'and finds %s',
    async (_title, { serves, finds, says, isStranger }) => {
      const { leaf, chain = [] } = serves(authority);
      const { origin } = await putBehind(tlsBox(leaf, chain), await startPatient({ trustProxy: 1 }));
      const trust = isStranger === true ? {} : { NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem') };
      const report = await reportOf([`${origin.replace('http:', 'https:')}/holdfast`], trust);
      expect(idsOf(report), formatReport(report)).toEqual(finds);
      expect(report.status).toBe(finds.length === 0 ? 0 : 2);
      if (says !== undefined) expect(report.findings[0]?.text).toContain(says);
    },
  );
});
