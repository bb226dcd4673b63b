/**
 * Who takes how long for the same question: all contenders in one process, round after round in an order that is
 * drawn anew for each, so that neither the order nor what else the machine does decides.
 */
import { Bench } from 'tinybench';
import { calmOnes, roundsOf, workTime } from './calm.mjs';
import { examine } from './examine.mjs';
import { median, quantile } from './fit.mjs';
import { copies, routes } from './inputs.mjs';
import { seeded, shuffled } from './random.mjs';

/**
 * @typedef {object} Contender
 * @property {string} name
 * @property {'ours' | 'floor' | 'peer'} side
 * @property {(input: any) => any} read what is timed
 * @property {(result: any) => number} [use] what a router does with the answer, timed as well; looks it up unless given
 * @property {(result: any, input: any) => any} [answer] the result as the samples expect it; as it is unless given
 * @property {(input: any) => any} [prepare] what is made of an input beforehand
 * @property {boolean} [buffers] whether it takes Buffers only
 * @property {boolean} [isAsync]
 * @property {readonly string[]} [only] the sets that it can be asked about
 * @property {string} [note] what it leaves out, or needs
 *
 * @typedef {object} Case
 * @property {string} id the question and the set
 * @property {string} question
 * @property {string} set
 * @property {string} title of the question
 * @property {readonly import('./inputs.mjs').Sample[]} samples
 * @property {readonly Contender[]} contenders
 *
 * @typedef {object} Row of one contender in one case
 * @property {string} name
 * @property {'ours' | 'floor' | 'peer'} side
 * @property {number | undefined} ns per operation; undefined where it refused inputs, since refusing takes other times
 * @property {number | undefined} ratio its time to ours, the median of all rounds
 * @property {{ ratio: number, spread: number }} [work] of ours: work that is always the same, by its time
 * @property {number | undefined} spread of that, from one round to the next: the ninth decile by the first
 * @property {number} wrong answers
 * @property {number} refused inputs, by an exception
 * @property {string | undefined} note
 */

/** A question, asked about each of several sets of samples. */
export function question(id, title, sets, contenders) {
  return Object.entries(sets).map(([set, samples]) => ({
    ...{ id: `${id}/${set}`, question: id, set, title, samples },
    contenders: contenders.filter(({ only }) => only === undefined || only.includes(set)),
  }));
}

/** What is summed up here cannot be left out by a compiler as useless. */
export let sink = 0;

const lookUp = (name) => routes.get(name) ?? 0;

/**
 * Reads the next so many inputs, in a loop compiled for this contender alone: in one that all share, the calls would be
 * those of nobody.
 *
 * @returns {(count: number) => void | Promise<void>}
 */
function loopOf(id, { name, read, use = lookUp, isAsync = false }, inputs) {
  const [async, wait] = isAsync ? ['async', 'await'] : ['', ''];
  const loop = new Function(
    ...['inputs', 'read', 'use'],
    `let at = 0;
    return ${async} (count) => {
      let sum = 0;
      for (let done = 0; done < count; done++) {
        if (at === inputs.length) at = 0;
        sum += use(${wait} read(inputs[at++]));
      }
      return sum;
    }; // ${id}, ${name}: a text for each, since of two that are the same V8 makes one function`,
  )(inputs, read, use);
  return isAsync ? async (count) => void (sink += await loop(count)) : (count) => void (sink += loop(count));
}

/** How long a sample takes at least, in milliseconds: long for the clock, and short beside what interrupts it. */
const SHORTEST = 0.1;

/**
 * Runs until compilers have had time for their best.
 *
 * @param {number} step how many inputs there are to a sample at least: all that differ, so that samples do not
 * @returns how many are enough for {@link SHORTEST}
 */
async function warmUp(loop, step, milliseconds) {
  let count = step;
  for (const end = performance.now() + milliseconds; ; ) {
    const start = performance.now();
    await loop(count);
    const now = performance.now();
    if (now > end) return step * Math.max(1, Math.ceil(((count / step) * SHORTEST) / (now - start)));
    if (now - start < SHORTEST) count *= 2;
  }
}

/** All that belongs to one contender in one case. */
async function entryOf({ id, samples }, contender) {
  const { inputs, ...verdict } = await examine(contender, samples, copies(samples, contender.buffers ?? false));
  const entry = { id, contender, verdict, step: samples.length, count: 0, times: [], works: [], busy: [], loop: undefined };
  return verdict.refused > 0 ? entry : { ...entry, loop: loopOf(id, contender, inputs) };
}

/** The median time for one operation, in nanoseconds. */
async function timeOf({ id, contender, loop, count }, budget) {
  const bench = new Bench({ time: budget, iterations: 3, warmup: false, throws: true });
  bench.add(id, contender.isAsync ? async () => loop(count) : () => loop(count));
  const [{ result }] = contender.isAsync ? await bench.run() : bench.runSync();
  return (result.latency.p50 * 1e6) / count;
}

/** The median of ratios, and how far they lie apart. */
function summaryOf(ratios) {
  return { ratio: median(ratios), spread: ratios.length > 0 ? quantile(ratios, 0.9) / quantile(ratios, 0.1) : undefined };
}

/** What the rounds to believe say of each contender of a case. */
function rowsOf(entries, places) {
  const ours = entries.find(({ contender }) => contender.side === 'ours');
  return entries.map(({ contender: { name, side, note, buffers }, verdict, times, works }) => {
    const believed = places.filter((place) => place in times);
    // Within a round they ran one behind the other, so that what slowed one down slowed the other one down, too.
    const ratios = believed.filter((place) => place in ours.times).map((place) => times[place] / ours.times[place]);
    return {
      ...{ name, side, ...verdict },
      note: [buffers && 'takes Buffers only', note].filter(Boolean).join('; ') || undefined,
      ns: median(believed.map((place) => times[place])),
      ...summaryOf(ratios),
      ...(side === 'ours' && times.length > 0 && { work: summaryOf(believed.map((place) => works[place] / times[place])) }),
    };
  });
}

/**
 * @param {readonly Case[]} cases
 * @param {object} options
 * @param {number} options.rounds to begin with; up to as many again of cases that were disturbed
 * @param {number} options.budget milliseconds for a contender in a round
 * @param {number} options.warmUp milliseconds for a contender, twice
 * @param {number} options.seed
 * @param {(text: string) => void} options.progress
 * @returns {Promise<Map<string, { rows: Row[], rounds: import('./calm.mjs').Rounds }>>} by the id of the case
 */
export async function race(cases, { rounds, budget, warmUp: milliseconds, seed, progress }) {
  const random = seeded(seed);
  const entries = new Map();
  for (const each of cases) {
    entries.set(each.id, []);
    for (const contender of each.contenders) entries.get(each.id).push(await entryOf(each, contender));
  }
  const timedOf = (id) => entries.get(id).filter(({ loop }) => loop !== undefined);
  const timed = cases.flatMap(({ id }) => timedOf(id));
  progress(`warming up ${timed.length} contenders in ${cases.length} cases`);
  // Twice, since what comes later may undo what was compiled for the first ones.
  for (let turn = 0; turn < 2; turn++) {
    for (const entry of shuffled(timed, random)) entry.count = await warmUp(entry.loop, entry.step, milliseconds);
  }

  const enough = Math.ceil(rounds / 2);
  let calmest = Infinity;
  /** Of each round of a case, how busy the machine was at most. */
  const busyOf = (id) => {
    const ofCase = timedOf(id);
    return (ofCase[0]?.busy ?? []).map((_, round) => Math.max(...ofCase.map(({ busy }) => busy[round])));
  };
  let left = cases;
  for (let round = 1; round <= 2 * rounds && left.length > 0; round++) {
    for (const { id } of shuffled(left, random)) {
      let before = workTime();
      for (const entry of shuffled(timedOf(id), random)) {
        entry.times.push(await timeOf(entry, budget));
        const after = workTime();
        entry.works.push(((before + after) / 2) * 1e6);
        entry.busy.push(Math.max(before, after));
        calmest = Math.min(calmest, after);
        before = after;
      }
    }
    if (round >= rounds) left = left.filter(({ id }) => calmOnes(busyOf(id), calmest, 0).length < enough);
    progress(`round ${round}${round < rounds ? ` of ${rounds}` : `, cases that were disturbed: ${left.length}`}`);
  }
  const resultOf = (id) => {
    const places = calmOnes(busyOf(id), calmest, enough);
    return { rows: rowsOf(entries.get(id), places), rounds: roundsOf(busyOf(id), calmest, places) };
  };
  return new Map(cases.map(({ id }) => [id, resultOf(id)]));
}
