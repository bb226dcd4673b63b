/**
 * Who takes how long for the same question: all contenders in one process, round after round in an order that is
 * drawn anew for each, so that neither the order nor what else the machine does decides.
 */
import { Bench } from 'tinybench';
import { copies, routes } from './inputs.mjs';
import { median, seeded, shuffled } from './random.mjs';

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
 * @property {string} id
 * @property {string} title
 * @property {readonly import('./inputs.mjs').Sample[]} samples
 * @property {readonly Contender[]} contenders
 *
 * @typedef {object} Row of one contender in one case
 * @property {string} name
 * @property {'ours' | 'floor' | 'peer'} side
 * @property {number | undefined} ns per operation; undefined where it refused inputs, since refusing takes other times
 * @property {number | undefined} ratio its time to ours, the median of all rounds
 * @property {number} wrong answers
 * @property {number} refused inputs, by an exception
 * @property {string | undefined} note
 */

/** A question, asked about each of several sets of samples. */
export function question(id, title, sets, contenders) {
  return Object.entries(sets).map(([set, samples]) => ({
    id: `${id}/${set}`,
    title: `${title}: ${set}`,
    samples,
    contenders: contenders.filter(({ only }) => only === undefined || only.includes(set)),
  }));
}

/** What is summed up here cannot be left out by a compiler as useless. */
export let sink = 0;

const lookUp = (name) => routes.get(name) ?? 0;

/**
 * A pass over all inputs, several times, compiled for this contender alone: with a loop that all share, the calls
 * in it would be those of nobody.
 */
function passOf(id, contender, inputs) {
  const { read, use = lookUp, isAsync = false } = contender;
  const [async, wait] = isAsync ? ['async', 'await'] : ['', ''];
  const loop = new Function(
    ...['inputs', 'read', 'use'],
    `return ${async} (times) => {
      let sum = 0;
      for (let time = 0; time < times; time++) {
        for (let i = 0; i < inputs.length; i++) sum += use(${wait} read(inputs[i]));
      }
      return sum;
    }; // ${id} of ${contender.name}: one text for each, so that no cache of code makes one function of them`,
  )(inputs, read, use);
  return isAsync
    ? async (times) => void (sink += await loop(times))
    : (times) => void (sink += loop(times));
}

/** How many of the samples it answers wrong, and how many it refuses. */
async function examine({ prepare, read, answer = (result) => result ?? undefined, buffers = false }, samples) {
  let wrong = 0;
  let refused = 0;
  for (const { input, expected } of samples) {
    const [copy] = copies([{ input }], buffers);
    try {
      const given = prepare === undefined ? copy : await prepare(copy);
      const result = await answer(await read(given), copy);
      if (JSON.stringify(result) !== JSON.stringify(expected)) wrong++;
    } catch {
      refused++;
    }
  }
  return { wrong, refused };
}

const now = () => Number(process.hrtime.bigint());

/** How many times over the inputs make up a sample: long enough for the clock. */
async function timesOf(pass, shortest) {
  const started = now();
  let times = 1;
  for (;;) {
    const start = now();
    await pass(times);
    const took = now() - start;
    if (now() - started > 3 * shortest * 20 && took > 0) return Math.max(1, Math.ceil((times * shortest) / took));
    if (took < shortest) times *= 2;
  }
}

/**
 * @param {readonly Case[]} cases
 * @param {object} options
 * @param {number} options.rounds
 * @param {number} options.budget milliseconds for a contender in a round
 * @param {number} options.seed
 * @param {(text: string) => void} options.progress
 * @returns {Promise<Map<string, Row[]>>} by the id of the case
 */
export async function race(cases, { rounds, budget, seed, progress }) {
  const random = seeded(seed);
  const shortest = 1e5;
  const started = [];
  for (const { id, samples, contenders } of cases) {
    for (const contender of contenders) {
      const verdict = await examine(contender, samples);
      const run = { id, contender, verdict, rounds: [], pass: undefined, size: 0, times: 0 };
      started.push(run);
      if (verdict.refused > 0) continue;
      const { prepare, buffers = false } = contender;
      const inputs = copies(samples, buffers);
      if (prepare !== undefined) for (let i = 0; i < inputs.length; i++) inputs[i] = await prepare(inputs[i]);
      run.size = inputs.length;
      run.pass = passOf(id, contender, inputs);
    }
  }
  const runs = started.filter(({ pass }) => pass !== undefined);
  progress(`warming up ${runs.length} contenders in ${cases.length} cases`);
  // Twice, since what comes later may undo what was compiled for the first ones.
  for (let turn = 0; turn < 2; turn++) {
    for (const run of shuffled(runs, random)) run.times = await timesOf(run.pass, shortest);
  }
  for (let round = 0; round < rounds; round++) {
    for (const { id } of shuffled(cases, random)) {
      const ofCase = runs.filter((run) => run.id === id);
      for (const run of shuffled(ofCase, random)) {
        const { pass, times } = run;
        const bench = new Bench({ time: budget, iterations: 3, warmup: false, throws: true });
        bench.add(id, run.contender.isAsync ? async () => pass(times) : () => pass(times));
        const [{ result }] = run.contender.isAsync ? await bench.run() : bench.runSync();
        run.rounds.push((result.latency.p50 * 1e6) / (times * run.size));
      }
    }
    progress(`round ${round + 1} of ${rounds}`);
  }
  const results = new Map();
  for (const { id } of cases) {
    const ofCase = started.filter((run) => run.id === id);
    const ours = ofCase.find(({ contender }) => contender.side === 'ours');
    const rows = ofCase.map(({ contender: { name, side, note }, rounds: ns, verdict }) => ({
      ...{ name, side, note, ...verdict },
      ns: ns.length > 0 ? median(ns) : undefined,
      // Within a round they ran one behind the other, so that what slowed one down slowed the other one down, too.
      ratio: ns.length > 0 && ours?.rounds.length > 0 ? median(ns.map((each, i) => each / ours.rounds[i])) : undefined,
    }));
    results.set(id, rows);
  }
  return results;
}
