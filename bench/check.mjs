/** Whether a short run is as good as what is stored; what is not is measured again, since machines have other things to do. */
import { growth } from './children.mjs';
import { goals, isNoWorse, isReached, speedOf } from './figures.mjs';
import { isLinear, STEEPEST, STEEPEST_END } from './fit.mjs';
import { bound, digits } from './report.mjs';
import { isWorse, verdictsOf } from './verdicts.mjs';

const ATTEMPTS = 3;

/**
 * @param {import('./figures.mjs').Stored} stored
 * @param {object} measuring
 * @param {readonly import('./timing.mjs').Case[]} measuring.cases
 * @param {(cases: readonly import('./timing.mjs').Case[], attempt: number) => Promise<import('./figures.mjs').Results>} measuring.time
 * @param {(() => Promise<import('./memory.mjs').Waiting[]>) | undefined} measuring.memory
 * @param {string | undefined} only growth of shapes whose name has this in it
 * @returns {Promise<number>} how many failed
 */
export async function check(stored, { cases, time, memory }, only) {
  let passed = 0;
  let failed = 0;
  const say = (isSound, text) => {
    if (isSound) passed++;
    else failed++;
    console.log(`${isSound ? '  ok' : 'FAIL'}  ${text}`);
  };

  const results = { cases: [], growth: await growth(true, only), memory: await memory?.() };
  let left = cases;
  for (let attempt = 1; attempt <= ATTEMPTS && left.length > 0; attempt++) {
    const again = await time(left, attempt);
    results.cases = [...results.cases.filter(({ id }) => !left.some((other) => other.id === id)), ...again.cases];
    const worse = new Set(again.cases.filter((each) => isWorse(stored, each)).map(({ id }) => id));
    left = left.filter(({ id }) => worse.has(id));
  }
  for (const [isSound, text] of verdictsOf(stored, results)) say(isSound, text);

  for (const shape of results.growth) {
    const shown = Object.entries(shape.exponents).map(([what, exponent]) => `${what} ${exponent.toFixed(2)}`);
    const end = shape.end === undefined ? '' : `; time at the end ${shape.end.toFixed(2)}, at most ${STEEPEST_END}`;
    say(isLinear(shape), `growth, ${shape.id}: ${shown.join(', ')}, at most ${STEEPEST}${end}`);
  }

  const slowness = (speedOf(results) ?? stored.speed) / stored.speed;
  for (const goal of goals) {
    const before = stored.figures[goal.id];
    let value = goal.value(results);
    // What is the most of all shapes has been said of each.
    if (value === undefined || goal.unit === '' || goal.isNoisy) continue;
    for (let attempt = 2; attempt <= ATTEMPTS && goal.shape !== undefined && !isNoWorse(goal, value, before, slowness); attempt++) {
      value = Math.min(value, goal.value({ growth: await growth(true, goal.shape) }));
    }
    const remark = before === undefined ? '' : `, stored ${before}`;
    const missed = isReached(goal, value) ? '' : ' (missed)';
    say(isNoWorse(goal, value, before, slowness), `${goal.id}: ${digits(value)}${remark}, goal ${bound(goal)}${missed}`);
  }
  if (passed + failed === 0) say(false, 'nothing has this in its name');
  console.log(`${passed} passed, ${failed} failed`);
  return failed;
}
