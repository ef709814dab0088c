import { makeCertificate, type Certificate } from './certificate.js';

/** What is found where https is served with a certificate. */
export interface CertificateCase {
  readonly title: string;
  readonly finds: readonly string[];
  /** The report names it so. */
  readonly says?: string;
  /** What is served: a certificate with its key, and others that go with it. */
  readonly serves: (authority: Certificate) => { readonly leaf: Certificate; readonly chain?: readonly Certificate[] };
  /** The authority is not known. */
  readonly isStranger?: boolean;
}

/** Each from an authority that the command is told of, unless it says otherwise. */
export const CERTIFICATE_CASES: readonly CertificateCase[] = [
  { title: 'nothing in a good one', finds: [], serves: (issuer) => ({ leaf: makeCertificate({ issuer }) }) },
  {
    title: 'one that has expired',
    finds: ['certificate-expired'],
    says: 'certificate has expired',
    serves: (issuer) => ({ leaf: makeCertificate({ issuer, untilDays: -1 }) }),
  },
  {
    title: 'one that is not valid yet',
    finds: ['certificate-expired'],
    says: 'certificate is not yet valid',
    serves: (issuer) => ({ leaf: makeCertificate({ issuer, fromDays: 1 }) }),
  },
  {
    title: 'one whose authority has expired',
    finds: ['certificate-expired'],
    serves: (root) => {
      const issuer = makeCertificate({ issuer: root, isAuthority: true, untilDays: -1 });
      return { leaf: makeCertificate({ issuer }), chain: [issuer] };
    },
  },
  {
    title: 'one for another address',
    finds: ['certificate-name'],
    serves: (issuer) => ({ leaf: makeCertificate({ issuer, address: '127.0.0.2' }) }),
  },
  {
    title: 'one that signs itself',
    finds: ['certificate-unknown'],
    says: 'self-signed certificate',
    serves: () => ({ leaf: makeCertificate() }),
  },
  {
    title: 'one of an authority that nobody knows',
    finds: ['certificate-unknown'],
    isStranger: true,
    serves: (issuer) => ({ leaf: makeCertificate({ issuer }), chain: [issuer] }),
  },
  {
    title: 'one that comes without the one in between',
    finds: ['certificate-unknown'],
    says: 'unable to verify the first certificate',
    serves: (root) => ({ leaf: makeCertificate({ issuer: makeCertificate({ issuer: root, isAuthority: true }) }) }),
  },
];
