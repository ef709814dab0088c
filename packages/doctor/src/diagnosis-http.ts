import type { Row, Said } from './diagnosis.js';
import type { Observations, SizeSeen, StreamSeen } from './observations.js';
import { isQueued } from './queued.js';
import { describeSeen, seconds, size } from './words.js';

/** Between the first byte and the end is about the time for which it was open, unless both were held back. */
function isHeldBack({ firstMs, endMs, askedMs }: StreamSeen): boolean {
  return firstMs === null ? endMs >= askedMs : endMs - firstMs < askedMs / 2;
}

/** It ended before its time. */
const isCut = ({ endMs, askedMs }: { endMs: number; askedMs: number }): boolean => endMs < askedMs - 200;

/** HAProxy has the pieces of an answer wait for each other for 200 ms; delayed acknowledgements, 40 ms, are nobody's fault. */
const LATE_MS = 100;

const LEARNED = 'Clients learn that, and hold shorter.';

function row(
  id: string,
  severity: Row['severity'],
  topics: Row['topics'],
  says: (seen: Observations) => Said | null,
): Row {
  return { id, severity, topics, says };
}

/** What becomes of requests and their answers. */
export const HTTP_ROWS: readonly Row[] = [
  row('post-blocked', 'worse', [], ({ knock, upgrade }) => {
    if (upgrade?.outcome !== 'ours' || knock.outcome === 'ours' || knock.outcome === 'refused') return null;
    const what = knock.outcome === 'foreign' ? describeSeen(knock.answer) : knock.failure.message;
    return {
      title: 'Only WebSocket gets through',
      text: `A POST got: ${what}. Where WebSocket is cut or refused there is nothing left to fall back on.`,
    };
  }),
  row('responses-buffered', 'worse', ['buffering'], ({ stream }) =>
    stream && !isCut(stream) && isHeldBack(stream)
      ? {
          title: 'Answers are held back until their end',
          text: `Nothing of an answer that was open for ${seconds(stream.askedMs)} came before its end. Streaming is of no use; sessions fall back to long polling where WebSocket does not pass.`,
        }
      : null,
  ),
  row('responses-delayed', 'worse', ['buffering'], ({ stream }) =>
    stream && !isHeldBack(stream) && !isCut(stream) && stream.echoMs !== null && stream.echoMs > LATE_MS
      ? {
          title: `Streams come ${seconds(stream.echoMs)} late`,
          text: 'That long after the server had sent it a message came over a stream: something collects small pieces.',
        }
      : null,
  ),
  row('stream-cut', 'worse', ['timeouts'], ({ stream, server }) =>
    stream && isCut(stream)
      ? {
          title: `Streams are cut after ${seconds(stream.endMs)}`,
          text: `One that was quiet did not live longer.${server ? ` The server gives a sign of life every ${seconds(server.heartbeatMs)}.` : ''} Clients learn that, and begin new ones sooner.`,
        }
      : null,
  ),
  row('hold-cut', 'worse', ['timeouts'], ({ hold, server }) =>
    hold && !hold.isWhole
      ? {
          title: `Held requests are cut after ${seconds(hold.endMs)}`,
          text: `${hold.answer ? `It got ${describeSeen(hold.answer)}. ` : ''}The server would hold them for ${seconds(server?.holdMs ?? hold.askedMs)}. ${LEARNED}`,
        }
      : null,
  ),
  row('one-at-a-time', 'worse', [], ({ beside }) =>
    beside && isQueued(beside)
      ? {
          title: 'One request at a time',
          text: `While a request was held, another one waited (${seconds(beside.ms)}) until that had ended: something lets only one connection through. Clients notice, and hold shorter.`,
        }
      : null,
  ),
  row('requests-limited', 'worse', ['bodies'], ({ upload }) => limited(upload, 'Requests')),
  row('responses-limited', 'worse', ['bodies'], ({ download }) => limited(download, 'Answers')),
  row('connections-break', 'worse', [], ({ losses, chanceCount }) =>
    chanceCount > 0 && (losses === null || losses.failedCount === 0)
      ? {
          title: 'Requests fail now and then',
          text: `${chanceCount} of those that were made got no whole answer, and did when they were made again. Sessions lose nothing by it, and are slowed down.`,
        }
      : null,
  ),
  row('answers-lost', 'worse', [], ({ losses }) => {
    if (losses === null || losses.failedCount === 0) return null;
    const { failedCount, requestCount, processedCount } = losses;
    const known =
      processedCount > 0
        ? `${processedCount} of them had been processed by the server: their answers were lost on the way back.`
        : 'Whether the server had processed them is not known.';
    return {
      title: processedCount > 0 ? 'Answers get lost after processing' : 'Requests fail now and then',
      text: `${failedCount} of ${requestCount} small requests got no usable answer. ${known} Sessions lose nothing by it, and are slowed down.`,
    };
  }),
  row('answers-swapped', 'worse', ['caching'], ({ swappedCount }) =>
    swappedCount > 0
      ? {
          title: 'Answers come to the wrong requests',
          text: `${swappedCount} answers were those of other requests: something caches POST, or mixes connections up. Clients know them for foreign and ask again.`,
        }
      : null,
  ),
  row('gets-cached', 'note', ['caching'], ({ cached }) =>
    cached === true
      ? {
          title: 'Answers to GET are kept against “no-store”',
          text: 'The same answer came twice. Clients don’t mind: each GET of theirs has an address of its own.',
        }
      : null,
  ),
  row('answers-altered', 'worse', ['compression'], ({ added }) =>
    added === ''
      ? null
      : { title: 'Something adds to answers', text: `After the end of an answer came “${added}”. Clients ignore it.` },
  ),
  row('responses-compressed', 'note', ['compression'], ({ stream }) =>
    stream === null || stream.encoding === ''
      ? null
      : {
          title: 'Answers are compressed on the way',
          text: `One came as ${stream.encoding}, against “no-transform”: compressors hold small pieces back.`,
        },
  ),
  row('http-1.0', 'note', [], ({ http }) =>
    http.toUs === '1.0' || http.toServer === '1.0'
      ? {
          title: 'A proxy speaks HTTP/1.0',
          text: `${http.toUs === '1.0' ? 'Answers come to us' : 'Requests come to the server'} in HTTP/1.0: every request takes a connection of its own${http.toUs === '1.0' ? ', and a cut answer looks like a whole one to others' : ''}.`,
        }
      : null,
  ),
  row('address-changes', 'note', ['sticky'], ({ addressCount }) =>
    addressCount > 1
      ? {
          title: 'We come from changing addresses',
          text: `The server saw ${addressCount} addresses in a few requests. Sessions do not mind; balancing by address, and limits for each, do.`,
        }
      : null,
  ),
  row('several-servers', 'worse', ['sticky'], ({ instanceCount }) =>
    instanceCount > 1
      ? {
          title: 'Requests reach several servers',
          text: `${instanceCount} server processes answered. Each has its own sessions, so all requests of one client have to reach the same one.`,
        }
      : null,
  ),
  row('not-all-tried', 'note', [], ({ doctor, stream, transports, refusal }) =>
    doctor === 'off' && stream === null && transports.some(({ works }) => works) && refusal === null
      ? {
          title: 'Not everything could be tried',
          text: "The server's option “doctor” is off: whether answers are held back or cut, and how fast it is, can not be told from outside. Switch it on, or give --sessions to have real sessions begun, which the application will see.",
        }
      : null,
  ),
  row('doctor-full', 'note', [], ({ doctor, refusal }) =>
    doctor === 'refused' && refusal?.code === 'ERR_FULL'
      ? {
          title: 'Not everything could be tried: the doctor is busy',
          text: `The server lends it to a few at a time (it says: ${refusal.message}). The application has limits of its own. Try again in a minute.`,
        }
      : null,
  ),
];

function limited(seen: SizeSeen | null, what: string): Said | null {
  if (seen === null) return null;
  const { passedBytes, failedBytes, cutAtBytes, answer, failure } = seen;
  if (failedBytes === null || passedBytes === 0) return null;
  const limit =
    cutAtBytes !== null && cutAtBytes > passedBytes * 0.9 ? cutAtBytes : Math.round((passedBytes + failedBytes) / 2);
  const how = answer ? describeSeen(answer) : (failure?.message ?? 'it came incomplete');
  return {
    title: `${what} are limited to about ${size(limit)}`,
    text: `${size(passedBytes)} came through, ${size(failedBytes)} did not: ${how}. Clients send and ask for less, so large messages go in parts.`,
  };
}
