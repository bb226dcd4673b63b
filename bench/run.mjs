/** The benchmark's entry: see its options below, and RESULTS.md for what came of it. */
import { parseArgs } from 'node:util';
import { cases } from './cases/index.mjs';
import { race } from './timing.mjs';

const { values: options } = parseArgs({ options: { only: { type: 'string' }, seed: { type: 'string', default: '1' } } });

const chosen = cases.filter(({ id }) => options.only === undefined || id.includes(options.only));
const began = performance.now();
const progress = (text) => console.error(`${((performance.now() - began) / 1000).toFixed(0).padStart(4)} s  ${text}`);
const results = await race(chosen, { rounds: 9, budget: 25, seed: Number(options.seed), progress });
for (const { id, samples } of chosen) {
  console.log(`\n${id}`);
  for (const { name, ns, ratio, wrong, refused, note } of results.get(id)) {
    const time = ns === undefined ? '-' : `${ns.toFixed(ns < 1000 ? 1 : 0)} ns`;
    const remarks = [
      wrong > 0 && `${wrong} of ${samples.length} wrong`,
      refused > 0 && `${refused} of ${samples.length} refused`,
      note,
    ];
    console.log(`  ${name.padEnd(26)}${time.padStart(12)}${(ratio === undefined ? '' : `x${ratio.toFixed(2)}`).padStart(10)}  ${remarks.filter(Boolean).join('; ')}`);
  }
}
