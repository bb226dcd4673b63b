/**
 * Whether the machine has other things to do. Processes that share a core do not slow down all code alike: beside one
 * that is busy, ours took twice as long, and a call into the runtime's own code 1.25 times (measured). So rounds in
 * which others were busy say less of the library than of them.
 */
import { median } from './fit.mjs';

/** Work that is always the same, enough for a core that is not shared. */
function work() {
  let [a, b, c, d] = [1, 2, 3, 4];
  for (let i = 0; i < 20_000; i++) {
    a = Math.imul(a, 31) + i;
    b = Math.imul(b, 33) ^ i;
    c = Math.imul(c, 37) - i;
    d = Math.imul(d, 41) ^ a;
  }
  return a ^ b ^ c ^ d;
}

let sum = 0;
for (let i = 0; i < 500; i++) sum += work();

/** How long it takes now, in milliseconds. */
export function workTime() {
  const times = Array.from({ length: 7 }, () => {
    const start = performance.now();
    sum += work();
    return performance.now() - start;
  });
  return median(times);
}

/** What is above the shortest by more than this was disturbed. */
const DISTURBED = 1.15;

/**
 * Which measurements to believe.
 *
 * @param {readonly number[]} times of the work beside each of them
 * @param {number} shortest that it ever took
 * @param {number} enough how many are wanted, however disturbed
 * @returns {number[]} their places, in order
 */
export function calmOnes(times, shortest, enough) {
  const calm = times.flatMap((time, i) => (time <= shortest * DISTURBED ? [i] : []));
  if (calm.length >= enough) return calm;
  const byTime = times.map((_, i) => i).sort((one, other) => times[one] - times[other]);
  return byTime.slice(0, enough).sort((one, other) => one - other);
}

/** @typedef {{ all: number, leftOut: number, disturbed: number }} Rounds how many there were, and of which the machine was busy: left out, and believed all the same */

/** @returns {Rounds} */
export function roundsOf(times, shortest, believed) {
  const disturbed = believed.filter((place) => times[place] > shortest * DISTURBED).length;
  return { all: times.length, leftOut: times.length - believed.length, disturbed };
}
