/**
 * The benchmark. Without options: everything, into RESULTS.md and results.svg.
 *
 *   --only <text>  only cases and shapes with this in their name, printed and not written
 *   --check        a short run, compared with figures.json; the last line is `N passed, N failed`
 *   --store        writes figures.json
 *   --runtimes     the figures to reach in other runtimes, too
 *   --seed <n>     for another order
 */
import { readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { parseArgs } from 'node:util';
import { cases } from './cases/index.mjs';
import { toSvg } from './chart.mjs';
import { check } from './check.mjs';
import { growth, memory, runtimes } from './children.mjs';
import { goals, toStore } from './figures.mjs';
import { versions } from './peers.mjs';
import { digits, time, toMarkdown } from './report.mjs';
import { race } from './timing.mjs';

const { values: options } = parseArgs({
  options: {
    only: { type: 'string' },
    check: { type: 'boolean' },
    store: { type: 'boolean' },
    runtimes: { type: 'boolean' },
    seed: { type: 'string', default: '1' },
    // For the processes that --runtimes starts: prints the figures to reach as JSON.
    figures: { type: 'boolean' },
  },
});
if (options.store && (options.check || options.only !== undefined)) {
  console.error('--store is for a whole run: without --check and --only');
  process.exit(1);
}
const { bun, node } = process.versions;
const runtime = bun === undefined ? `Node.js ${node}` : `Bun ${bun}`;
const began = performance.now();
const progress = (text) => console.error(`${((performance.now() - began) / 1000).toFixed(0).padStart(6)} s  ${text}`);

/** How long to measure: rounds, and milliseconds for each contender in each. */
const whole = { rounds: 11, budget: 30, warmUp: 100 };
const short = { rounds: 3, budget: 8, warmUp: 25 };

async function timeAll(chosen, { rounds, budget, warmUp }) {
  const measured = await race(chosen, { rounds, budget, warmUp, seed: Number(options.seed), progress });
  const described = chosen.map(({ id, question, set, title, samples }) => ({
    ...{ id, question, set, title },
    samples: samples.length,
    ...measured.get(id),
  }));
  return { cases: described };
}

const file = (name) => new URL(name, import.meta.url);
const storedBefore = () => JSON.parse(readFileSync(file('figures.json'), 'utf8'));

/** A line for each figure, so that a difference shows which one it is. */
function store(results) {
  const { speed, figures, ratios } = toStore(results);
  const lines = (entries) => Object.entries(entries).map(([key, value]) => `    ${JSON.stringify(key)}: ${JSON.stringify(value)}`);
  const block = (name, entries) => `  "${name}": {\n${lines(entries).join(',\n')}\n  }`;
  writeFileSync(file('figures.json'), `{\n  "speed": ${speed},\n${block('figures', figures)},\n${block('ratios', ratios)}\n}\n`);
}

function print({ cases: measured }) {
  for (const { id, samples, rows } of measured) {
    console.log(`\n${id}`);
    for (const { name, ns, ratio, wrong, refused, note } of rows) {
      const columns = [name.padEnd(30), (ns === undefined ? '' : time(ns)).padStart(9), (ratio === undefined ? '' : `${digits(ratio)}x`).padStart(8)];
      const remarks = [wrong > 0 && `wrong: ${wrong} of ${samples}`, refused > 0 && `refused: ${refused} of ${samples}`, note];
      console.log(`  ${columns.join(' ')}  ${remarks.filter(Boolean).join('; ')}`);
    }
  }
}

const chosen = cases.filter(({ id }) => options.only === undefined || id.includes(options.only));

if (options.figures) {
  const needed = new Set(goals.flatMap((goal) => goal.case ?? []));
  const results = {
    ...(await timeAll(cases.filter(({ id }) => needed.has(id)), whole)),
    growth: await growth(true),
    memory: await memory([10_000], progress),
  };
  if (results.memory.length === 0) delete results.memory;
  const values = Object.fromEntries(goals.map((goal) => [goal.id, goal.value(results)]));
  console.log(JSON.stringify({ name: runtime, values }));
} else if (options.check) {
  const timed = (left, attempt) => timeAll(left, attempt === 1 ? short : { ...short, rounds: 7, warmUp: 50 });
  const waiting = options.only === undefined ? () => memory([10_000], progress) : undefined;
  const failed = await check(storedBefore(), { cases: chosen, time: timed, memory: waiting }, options.only);
  process.exitCode = failed > 0 ? 1 : 0;
} else if (options.only !== undefined) {
  print(await timeAll(chosen, whole));
} else {
  const { sizes } = await import('./size.mjs');
  const results = {
    machine: { cpu: os.cpus()[0].model, cores: os.cpus().length, runtime, date: new Date().toISOString().slice(0, 10) },
    packages: versions(),
    ...(await timeAll(chosen, whole)),
    growth: await growth(false),
    memory: await memory([10_000, 100_000], progress),
    sizes: await sizes(),
    runtimes: options.runtimes ? await runtimes(progress) : [],
  };
  writeFileSync(file('RESULTS.md'), toMarkdown(results));
  writeFileSync(file('results.svg'), toSvg(results));
  if (options.store) store(results);
  print(results);
  progress('written: RESULTS.md, results.svg');
}
