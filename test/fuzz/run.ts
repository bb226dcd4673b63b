/**
 * Fuzzes every decoder for a time, in two ways side by side: generators that know the structure, and libFuzzer, which
 * looks for branches that no input has reached. All laws over all that they feed.
 *
 * ```
 * npm run fuzz -- [--minutes 5] [--seed N] [--only client-flight,…] [--keep]
 * ```
 *
 * The same seed gives each target the same inputs in the same order; how many, the time says. `--keep` puts what
 * libFuzzer finds into the corpus, and makes that as small as it can be.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { describeFinding, testOf } from './findings.ts';
import type { Finding, Words } from './findings.ts';
import { fuzzGuided, HANG, minimise } from './guided.ts';
import type { GuidedResult } from './guided.ts';
import { Watched } from './structured.ts';
import type { Slice, StructuredOrder } from './structured.ts';
import { targetNamed, targets } from './targets.ts';
import type { Tally } from './targets.ts';

const { values: options } = parseArgs({
  options: {
    minutes: { type: 'string', default: '5' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000_000) },
    only: { type: 'string', default: targets.map(({ name }) => name).join(',') },
    keep: { type: 'boolean', default: false },
  },
});
const seed = Number(options.seed);
const names = options.only.split(',').map((name) => targetNamed(name).name);
const minutes = Number(options.minutes);
if (!Number.isSafeInteger(seed) || !(minutes > 0)) throw new Error('--seed takes an integer, --minutes a number above 0');

/** The sums over the slices of a target. */
interface Fed {
  inputs: number;
  milliseconds: number;
  slowest: number;
}

const started = Date.now();
const until = started + minutes * 60_000;
const fed = new Map<string, Fed>(names.map((name) => [name, { inputs: 0, milliseconds: 0, slowest: 0 }]));
const guided = new Map<string, GuidedResult>();
const tally: Tally = new Map();
const findings: Finding[] = [];
const failures: string[] = [];
const memories: number[] = [];

function add(counts: Tally): void {
  for (const [decoder, laws] of counts) {
    const sums = tally.get(decoder) ?? new Map<string, number>();
    tally.set(decoder, sums);
    for (const [law, count] of laws) sums.set(law, (sums.get(law) ?? 0) + count);
  }
}

function report(finding: Finding): void {
  // One of a kind is enough: the next slice finds it again.
  if (findings.some(({ target, title }) => target === finding.target && title === finding.title)) return;
  findings.push(finding);
  console.log(`\n${finding.stack}\n\n${testOf(finding)}`);
}

/** Feeds in a thread, and watches it from here: what does not come to an end is a finding too. */
function fuzzStructured(): Promise<void> {
  const watched = new Watched();
  const order: StructuredOrder = { targets: names, seed, until, watched: watched.memory };
  const worker = new Worker(new URL('thread.mjs', import.meta.url), { workerData: order });
  let [count, since] = [-1, Date.now()];
  let slices = 0;
  const watch = setInterval(() => {
    if (watched.count !== count) [count, since] = [watched.count, Date.now()];
    else if (count > 0 && Date.now() - since > HANG * 1000) {
      const { target, input } = watched.current;
      report({ target: names[target]!, seed, input, kind: 'hang', title: `takes more than ${HANG} s`, stack: 'a hang' });
      void worker.terminate();
    }
  }, 1000);
  worker.on('message', (slice: Slice) => {
    const sums = fed.get(slice.target)!;
    sums.inputs += slice.inputs;
    sums.milliseconds += slice.milliseconds;
    sums.slowest = Math.max(sums.slowest, slice.slowest);
    add(slice.tally);
    // What is compiled and made once is there after two rounds.
    if (++slices > 2 * names.length) memories.push(slice.memory);
    if (slice.finding !== undefined) report(slice.finding);
  });
  return new Promise((resolve) => {
    worker.on('error', (error) => failures.push(`structured: ${error.stack ?? error.message}`));
    worker.on('exit', () => {
      clearInterval(watch);
      resolve();
    });
  });
}

async function fuzzByCoverage(): Promise<void> {
  // To load and instrument the modules takes so long; a guess until it is known.
  let startup = 6;
  for (const [i, name] of names.entries()) {
    const seconds = Math.max(1, (until - Date.now()) / 1000 / (names.length - i) - startup);
    const found = mkdtempSync(join(tmpdir(), 'preread-found-'));
    // What knows the structure gives the seeds.
    for (const [at, input] of fc.sample(targetNamed(name).inputs, { seed, numRuns: 200 }).entries()) {
      writeFileSync(join(found, String(at)), input);
    }
    const start = Date.now();
    const result = await fuzzGuided(name, found, seconds, seed);
    startup = (Date.now() - start) / 1000 - seconds;
    guided.set(name, result);
    add(result.tally);
    if (result.failure !== undefined) failures.push(`jazzer.js, ${name}: ${result.failure}`);
    if (result.stop !== undefined) {
      const { kind, input, output } = result.stop;
      const seen: Words = { kind: 'disagreement', title: 'stops libFuzzer', stack: output };
      if (kind === 'crash') report(describeFinding(targetNamed(name), seed, input, seen));
      else report({ target: name, seed, input, kind: 'hang', title: kind, stack: `libFuzzer: ${kind}` });
    }
    if (options.keep) await minimise(name, found);
    rmSync(found, { recursive: true });
  }
}

console.log(`fuzzing ${names.length} targets for ${minutes} minutes, seed ${seed}`);
await Promise.all([fuzzStructured(), fuzzByCoverage()]);

for (const [name, { inputs }] of fed) {
  if (inputs === 0) failures.push(`by structure, ${name}: nothing was fed`);
}
/** Memory that is in use at the end and was not at the beginning: nothing of an input is kept. Undefined in a short run. */
const growth = memories.length < 2 * names.length ? undefined : Math.min(...memories.slice(-names.length)) - Math.min(...memories.slice(0, names.length));
if (growth !== undefined && growth > 16 << 20) failures.push(`the memory in use grew by ${growth} bytes`);

const total = { inputs: 0, runs: 0 };
console.log('\ntarget: by structure: inputs, a second, slowest; by coverage: inputs, a second, branches of the library, new inputs');
for (const [name, { inputs, milliseconds, slowest }] of fed) {
  const result = guided.get(name);
  const byCoverage = result && `${result.runs}, ${rate(result.runs, result.seconds)}, ${result.edges}, ${result.news}`;
  console.log(`${name}: ${inputs}, ${rate(inputs, milliseconds / 1000)}, ${slowest.toFixed(0)} ms; ${byCoverage ?? 'did not run'}`);
  total.inputs += inputs;
  total.runs += result?.runs ?? 0;
}
console.log('\ndecoder: how often held to each law');
let laws = 0;
for (const [decoder, counts] of tally) {
  console.log(`${decoder}: ${[...counts].map(([law, count]) => `${law} ${count}`).join(', ')}`);
  for (const count of counts.values()) laws += count;
}

const elapsed = (Date.now() - started) / 1000;
const count = (kind: Finding['kind']): number => findings.filter((finding) => finding.kind === kind).length;
console.log(`
${total.inputs + total.runs} inputs in ${elapsed.toFixed(0)} s, ${rate(total.inputs + total.runs, elapsed)} a second: ${total.inputs} by structure, ${total.runs} by coverage
${laws} times a law: throws ${count('throw')}, hangs ${count('hang')}, disagreements ${count('disagreement')}; memory ${growth === undefined ? 'not measured' : `${growth < 0 ? '' : '+'}${growth} bytes`}`);
for (const failure of failures) console.log(failure);

// Each target both ways, and the memory.
const checks = 2 * names.length + (growth === undefined ? 0 : 1);
const failed = findings.length + failures.length;
console.log(`${Math.max(0, checks - failed)} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

function rate(inputs: number, seconds: number): string {
  return seconds > 0 ? (inputs / seconds).toFixed(0) : '0';
}
