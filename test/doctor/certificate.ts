import { generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';

/** What a certificate says. */
export interface CertificateOptions {
  /** Whom it is for: `127.0.0.1` unless told otherwise. */
  readonly address?: string;
  /** Days from now. */
  readonly fromDays?: number;
  readonly untilDays?: number;
  /** It may sign others. */
  readonly isAuthority?: boolean;
  /** Who signs it; itself without one. */
  readonly issuer?: Certificate;
}

/** A certificate (RFC 5280) and its key, made when a test needs it: one that is committed would expire, or never do so. */
export interface Certificate {
  readonly name: Buffer;
  readonly keyObject: KeyObject;
  /** PEM. */
  readonly key: string;
  readonly cert: string;
}

const TAG = { integer: 2, bits: 3, octets: 4, oid: 6, utf8: 12, time: 24, sequence: 48, set: 49 } as const;

const OID = {
  ecdsaWithSha256: '2a8648ce3d040302',
  commonName: '550403',
  basicConstraints: '551d13',
  subjectAltName: '551d11',
} as const;

const TRUE = Buffer.from('0101ff', 'hex');
const DAY_MS = 86_400_000;

/** A value in DER. */
function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const bytes = content.length < 128 ? [] : content.length < 256 ? [0x81] : [0x82, content.length >> 8];
  return Buffer.concat([Buffer.from([tag, ...bytes, content.length & 255]), content]);
}

const sequence = (...parts: readonly Buffer[]): Buffer => der(TAG.sequence, ...parts);
const oid = (hex: string): Buffer => der(TAG.oid, Buffer.from(hex, 'hex'));
const bits = (content: Buffer): Buffer => der(TAG.bits, Buffer.from([0]), content);
const extension = (id: string, value: Buffer): Buffer => sequence(oid(id), TRUE, der(TAG.octets, value));

/** `20261120163853Z`. */
function time(days: number): Buffer {
  const text = new Date(Date.now() + days * DAY_MS).toISOString();
  return der(TAG.time, Buffer.from(`${text.replace(/[-:T]/g, '').slice(0, 14)}Z`));
}

function pem(label: string, content: Buffer): string {
  const lines = content.toString('base64').match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
}

/** Makes a certificate with a key of its own. */
export function makeCertificate(options: CertificateOptions = {}): Certificate {
  const { address = '127.0.0.1', fromDays = -30, untilDays = 30, isAuthority = false, issuer } = options;
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const commonName = der(TAG.utf8, Buffer.from(`holdfast ${randomBytes(4).toString('hex')}`));
  const name = sequence(der(TAG.set, sequence(oid(OID.commonName), commonName)));
  const algorithm = sequence(oid(OID.ecdsaWithSha256));
  const extensions = [
    extension(OID.basicConstraints, sequence(...(isAuthority ? [TRUE] : []))),
    // [7]: an IP address.
    extension(OID.subjectAltName, sequence(der(0x87, Buffer.from(address.split('.').map(Number))))),
  ];
  const content = sequence(
    // Version 3.
    der(0xa0, der(TAG.integer, Buffer.from([2]))),
    der(TAG.integer, Buffer.from([1]), randomBytes(8)),
    algorithm,
    issuer?.name ?? name,
    sequence(time(fromDays), time(untilDays)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...extensions)),
  );
  const signature = sign('sha256', content, issuer?.keyObject ?? privateKey);
  return {
    name,
    keyObject: privateKey,
    key: pem('PRIVATE KEY', privateKey.export({ type: 'pkcs8', format: 'der' })),
    cert: pem('CERTIFICATE', sequence(content, algorithm, bits(signature))),
  };
}
