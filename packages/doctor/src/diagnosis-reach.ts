import type { Row, Said } from './diagnosis.js';
import type { Observations } from './observations.js';
import { describeSeen } from './words.js';

/** Why nothing was reached, by the code of what went wrong. */
const FAILURES: readonly {
  readonly id: string;
  readonly codes: RegExp;
  readonly title: string;
  readonly text: string;
}[] = [
  {
    id: 'dns',
    codes: /^(ENOTFOUND|EAI_AGAIN|ENODATA)$/,
    title: 'The name of the server is not known',
    text: 'No address could be found for it. Look at the spelling, at the DNS record, and at the resolver of this machine.',
  },
  {
    id: 'refused',
    codes: /^ECONNREFUSED$/,
    title: 'Nobody listens there',
    text: 'The connection was refused. Is the server running, is this its port, and does it listen on this address (not only on 127.0.0.1)?',
  },
  {
    id: 'unreachable',
    codes: /^(EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|EADDRNOTAVAIL)$/,
    title: 'The server can not be reached',
    text: 'No connection came about. Is a firewall in between, or this machine without a network?',
  },
  {
    id: 'certificate-expired',
    codes: /^CERT_(HAS_EXPIRED|NOT_YET_VALID)$/,
    title: 'The certificate is not valid at this time',
    text: 'Browsers will refuse it. Renew it, see to it that the renewed one is loaded, and look at the clock of this machine.',
  },
  {
    id: 'certificate-name',
    codes: /^ERR_TLS_CERT_ALTNAME_INVALID$/,
    title: 'The certificate is for another name',
    text: 'Browsers will refuse it. Get one for the name in the address, or use the name that it is for.',
  },
  {
    id: 'certificate-unknown',
    codes: /SELF_SIGNED|UNABLE_TO_(VERIFY|GET_ISSUER)|CERT_UNTRUSTED|INVALID_CA/,
    title: 'The certificate comes from nobody that is trusted here',
    text: 'If it is self-signed or from a CA of your own, make that known: NODE_EXTRA_CA_CERTS=ca.pem for this command, the system for browsers. If it is from a public CA, the server leaves out the intermediate certificate: serve the full chain. If it is neither, something in between looks into https.',
  },
  {
    id: 'not-tls',
    codes: /^(EPROTO|ERR_SSL_.*)$/,
    title: 'What answers there speaks no https',
    text: 'The address says https, and the answer was no TLS. Is it the port for http?',
  },
];

const WHAT_TO_ALLOW: Readonly<Record<string, Said>> = {
  ERR_ORIGIN: {
    title: 'The server does not let this origin in',
    text: "Name the page's origin in the server's option “origins”. If it is the server's own origin, a proxy hands on another Host than the page asked for.",
  },
  ERR_HOST: {
    title: 'The server does not answer to this host name',
    text: "Name it in the server's option “hosts”, or have the proxy hand on the Host that was asked for.",
  },
  ERR_VERSION: {
    title: 'The server speaks another version of the protocol',
    text: 'Client and server are of versions that do not know each other: bring both to the same one.',
  },
  ERR_FULL: {
    title: 'The server is full',
    text: 'It holds as many sessions, or reads as many requests, as it may: see “maxSessions” and “maxSessionsPerAddress”. Those of the doctor do not count among them.',
  },
};

/** Nothing can be had, and why. */
export const REACH_ROWS: readonly Row[] = [
  ...FAILURES.map(({ id, codes, title, text }): Row => ({
    id,
    severity: 'nothing',
    topics: [],
    says: ({ knock }) =>
      knock.outcome === 'failed' && codes.test(knock.failure.code)
        ? { title, text: `${text} (${knock.failure.message})` }
        : null,
  })),
  {
    id: 'no-answer',
    severity: 'nothing',
    topics: [],
    says: (seen) => {
      const { knock } = seen;
      if (knock.outcome !== 'failed' || seen.upgrade?.outcome === 'ours') return null;
      if (FAILURES.some(({ codes }) => codes.test(knock.failure.code))) return null;
      return {
        title: 'Requests get no answer',
        text: `Neither a POST nor a WebSocket came through (${knock.failure.message}). Something in between swallows them, or the port is for https and the address says http.`,
      };
    },
  },
  {
    id: 'redirected',
    severity: 'nothing',
    topics: [],
    says: ({ knock }) => {
      const to = redirectIn(knock);
      return to === null
        ? null
        : {
            title: 'The address leads elsewhere',
            text: `It is redirected to ${to}. Clients do not follow: give them that address.`,
          };
    },
  },
  {
    id: 'not-holdfast',
    severity: 'nothing',
    topics: [],
    says: (seen) => {
      const { knock } = seen;
      if (knock.outcome !== 'foreign' || redirectIn(knock) !== null || seen.upgrade?.outcome === 'ours') return null;
      return {
        title: 'No Holdfast server answers at this address',
        text: `A POST got ${describeSeen(knock.answer)}. Is it the right path, does the proxy send it on, and does nobody have to log in first?`,
      };
    },
  },
  ...Object.entries(WHAT_TO_ALLOW).map(([code, said]): Row => ({
    id: `server-${code.slice(4).toLowerCase()}`,
    severity: 'nothing',
    topics: code === 'ERR_ORIGIN' || code === 'ERR_HOST' ? ['host'] : [],
    says: ({ knock, refusal, doctor }) => {
      const message =
        knock.outcome === 'refused' && knock.code === code
          ? knock.message
          : // The doctor's endpoint has limits of its own.
            refusal?.code === code && doctor !== 'refused'
            ? refusal.message
            : null;
      return message === null ? null : { title: said.title, text: `${said.text} (It says: ${message}.)` };
    },
  })),
  {
    id: 'own-pages-refused',
    severity: 'worse',
    topics: ['host'],
    says: ({ ownPages, url }) =>
      ownPages !== 'refused'
        ? null
        : {
            title: 'Pages of this address are refused',
            text: `A page of ${new URL(url).origin} is a foreign one to the server: a proxy hands on another Host than it was asked for. Have it hand on the right one, or name the origin in the server's option “origins”. Programs are let in.`,
          },
  },
  {
    id: 'server-refused',
    severity: 'nothing',
    topics: [],
    says: ({ refusal, transports }) => {
      const told = refusal?.code === 'ERR_REFUSED' ? refusal.message : closedBy(transports);
      return told === null
        ? null
        : {
            title: 'The server refuses us',
            text: `The server's option “authorize” did not let us in: ${told}. Give what it asks for (--auth, --header) to have more examined.`,
          };
    },
  },
];

function redirectIn(knock: Observations['knock']): string | null {
  if (knock.outcome !== 'foreign') return null;
  const { status, headers } = knock.answer;
  return status >= 300 && status < 400 ? (headers['location'] ?? null) : null;
}

/** The session was closed with 4902. */
function closedBy(transports: Observations['transports']): string | null {
  const refused = transports.find(({ why }) => why.includes('closed with 4902'));
  return refused ? refused.why : null;
}
