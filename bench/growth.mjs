/**
 * How time and memory grow with what the hostile send, from 1 to 64 KiB. Runs as a process of its own, with the
 * collector at hand (`--expose-gc`), and prints JSON.
 */
import { parseArgs } from 'node:util';
import { growthOf } from './fit.mjs';
import { shapes } from './shapes.mjs';

/**
 * @typedef {object} Growth of one shape
 * @property {string} id
 * @property {{ size: number, bytes: number, count?: number, ns: number, held?: number, allocated?: number }[]} points
 * @property {{ time: number, held?: number, allocated?: number }} exponents
 * @property {number} [end] the exponent of time between the last two sizes
 */

const { values: options } = parseArgs({
  options: { only: { type: 'string' }, short: { type: 'boolean' }, allocated: { type: 'boolean' } },
});
const sizes = [1, 4, 16, 64].map((kib) => kib * 1024);
/** For one size of a shape: milliseconds to spend, and how often at least, so that one batch goes undisturbed. */
const [budget, batches] = options.short ? [60, 4] : [250, 7];
/** What a batch takes at least, in nanoseconds, since CPU time is counted in microseconds and up. */
const SHORTEST = 2e6;
/** What is too long for one run, in milliseconds. */
const PATIENCE = 1000;

function used() {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** In several turns, since memory outside of the heap is given back behind a collection. */
async function collect() {
  for (let turn = 0; turn < 3; turn++) {
    globalThis.gc();
    await new Promise(setImmediate);
  }
}

/** CPU time in nanoseconds: that of a clock would count what other processes took in runs this long. */
function cpuTime() {
  const { user, system } = process.cpuUsage();
  return (user + system) * 1000;
}

/** The shortest of several batches of runs, for one run. */
function timeOf(read, bytes) {
  let shortest = Infinity;
  let count = 1;
  const end = performance.now() + budget;
  for (let batch = 0; batch < batches || performance.now() < end; batch++) {
    if (performance.now() > end + PATIENCE && shortest < Infinity) break;
    const start = cpuTime();
    for (let run = 0; run < count; run++) read(bytes);
    const took = cpuTime() - start;
    if (took >= SHORTEST) shortest = Math.min(shortest, took / count);
    else {
      count *= 2;
      batch = 0;
    }
  }
  return shortest;
}

/** What is still there of each of many, when all that can be collected is. */
async function heldBy(read, bytes, size, ns) {
  const most = Math.ceil((PATIENCE * 1e6) / ns);
  const results = new Array(Math.min(most, Math.max(8, 2 ** 17 / size))).fill(undefined);
  await collect();
  const before = used();
  for (let i = 0; i < results.length; i++) results[i] = read(bytes);
  await collect();
  return (used() - before) / results.length;
}

/** All that was asked for on the way, whether it was still in use or not; needs a heap that is not collected. */
async function allocatedBy(read, bytes) {
  await collect();
  const before = used();
  const result = read(bytes);
  return used() - before + (result === undefined ? 1 : 0);
}

function checked({ id, make, read, status = 'complete' }, size) {
  const bytes = make(size);
  const { outcome } = read(bytes);
  if (outcome.status !== status) throw new Error(`${id}, ${size} bytes: ${JSON.stringify(outcome)}`);
  return bytes;
}

const results = [];
for (const shape of shapes.filter(({ id }) => options.only === undefined || id.includes(options.only))) {
  const ofShape = sizes.filter((size) => size <= (shape.largest ?? Infinity));
  // Where two sizes take so long that it shows already, they are enough.
  const bearable = [];
  for (const size of ofShape) {
    const start = performance.now();
    checked(shape, size);
    bearable.push(size);
    if (performance.now() - start > PATIENCE && bearable.length >= 2) break;
  }
  const points = [];
  // From the largest down, so that the small ones do not pay for what compilers learn.
  for (const size of bearable.reverse()) {
    const bytes = checked(shape, size);
    const point = { size, bytes: bytes.length, count: shape.count?.(size) };
    if (options.allocated) point.allocated = await allocatedBy(shape.read, bytes);
    else {
      point.ns = timeOf(shape.read, bytes);
      if (typeof globalThis.gc === 'function') point.held = await heldBy(shape.read, bytes, size, point.ns);
    }
    points.unshift(point);
  }
  results.push({ id: shape.id, points, ...growthOf(points) });
  console.error(`       growth: ${shape.id}`);
}
console.log(JSON.stringify(results));
