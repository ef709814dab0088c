/**
 * One thing that is measured: a peer with options.
 *
 * @typedef {object} Contender
 * @property {string} label
 * @property {string} peer - a key of `PEERS`
 * @property {Record<string, unknown>} [options] - for the peer's client
 * @property {string} [root] - the checkout that Holdfast is taken from
 * @property {{ atMost?: number, atLeast?: number, of: 'median' | 'ratio' }} [aim]
 */

/**
 * Samples all contenders in turn, in rounds, so that whatever else the machine does strikes all alike. Each round begins with another one.
 *
 * @template {Contender} C
 * @param {readonly C[]} contenders
 * @param {number} rounds
 * @param {(contender: C, round: number) => Promise<Sample>} sample
 * @param {(text: string) => void} tell - is told what is under way
 * @returns {Promise<Map<C, Sample[]>>}
 */
export async function sampleInRounds(contenders, rounds, sample, tell) {
  const samples = new Map(contenders.map((contender) => [contender, []]));
  for (let round = 0; round < rounds; round++) {
    for (let index = 0; index < contenders.length; index++) {
      const contender = contenders[(index + round) % contenders.length];
      tell(`round ${round + 1} of ${rounds}: ${contender.label}`);
      samples.get(contender)[round] = await sample(contender, round);
    }
  }
  tell('');
  return samples;
}

/**
 * What a measurement says: a number, `null` if it did not get there in time, or a number with the server's processor time for each message.
 *
 * @typedef {number | null | { value: number, cpuUs: number }} Sample
 */

/**
 * A row of results. Ratios are taken within each round, to the floor's sample of that round; the row has their median.
 *
 * @param {Contender} contender
 * @param {readonly Sample[]} samples
 * @param {readonly Sample[] | undefined} floor
 */
export function makeRow({ label, aim }, samples, floor) {
  const values = samples.map(valueOf);
  const ratios = floor?.map((sample, round) => divide(values[round] ?? null, valueOf(sample)));
  const cpu = samples.flatMap((sample) => sample?.cpuUs ?? []);
  const cpuRatios = floor?.flatMap((sample, round) =>
    sample?.cpuUs ? (samples[round]?.cpuUs ?? NaN) / sample.cpuUs : [],
  );
  const row = {
    label,
    median: median(values),
    least: extreme(values, Math.min),
    most: extreme(values, Math.max),
    ...(ratios && {
      ratio: median(ratios),
      ratioLeast: extreme(ratios, Math.min),
      ratioMost: extreme(ratios, Math.max),
    }),
    ...(cpu.length > 0 && { cpuUs: median(cpu), ...(cpuRatios && { cpuRatio: median(cpuRatios) }) }),
    samples: values.map(round),
  };
  if (aim === undefined) return row;
  const value = row[aim.of] ?? null;
  const isMet = value !== null && value <= (aim.atMost ?? Infinity) && value >= (aim.atLeast ?? -Infinity);
  return { ...row, aim, isMet };
}

/** @param {readonly (number | null)[]} values - `null` counts as more than any number */
export function median(values) {
  const sorted = values.map((value) => value ?? Infinity).sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return round(sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2);
}

function valueOf(sample) {
  return typeof sample === 'object' && sample !== null ? sample.value : sample;
}

function extreme(values, pick) {
  return round(pick(...values.map((value) => value ?? Infinity)));
}

function divide(value, by) {
  return value === null || by === null ? null : value / by;
}

/** Four digits are more than the noise leaves. */
function round(value) {
  return value === null || !Number.isFinite(value) ? null : Number(value.toPrecision(4));
}
