/** What many measurements say together. */

/**
 * @param {readonly number[]} values
 * @param {number} part 0 for the least, 1 for the greatest
 * @returns {number | undefined} undefined where there are none
 */
export function quantile(values, part) {
  const sorted = [...values].sort((one, other) => one - other);
  const at = part * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
  return values.length === 0 ? undefined : low + (high - low) * (at % 1);
}

/** @param {readonly number[]} values */
export function median(values) {
  return quantile(values, 0.5);
}

/** Above this, growth is no longer called linear. Noise and caches stay below it; a square is at 2, n log n at 1.1. */
export const STEEPEST = 1.1;

/**
 * The exponent e of `cost = c * size ** e` that fits best: the slope of the line of least squares through the
 * logarithms.
 *
 * @param {readonly (readonly [size: number, cost: number])[]} points with costs above zero
 */
export function exponentOf(points) {
  const logs = points.map(([size, cost]) => [Math.log(size), Math.log(cost)]);
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const x = mean(logs.map(([size]) => size));
  const y = mean(logs.map(([, cost]) => cost));
  const covariance = mean(logs.map(([size, cost]) => (size - x) * (cost - y)));
  return covariance / mean(logs.map(([size]) => (size - x) ** 2));
}

/** Above this, the last size took too much more than the one before: a square under a fixed cost, which a fit over all hides. */
export const STEEPEST_END = 1.4;

/**
 * The exponent between the last two sizes alone.
 *
 * @param {readonly (readonly [size: number, cost: number])[]} points with costs above zero, the sizes rising
 * @returns {number | undefined} undefined where there are not two
 */
export function endOf(points) {
  return points.length < 2 ? undefined : exponentOf(points.slice(-2));
}

/** Costs below these are as good as none. */
const NOISE = { ns: 1, held: 4096, allocated: 4096 };
/** Times below this, of a whole input, differ by more than {@link STEEPEST_END} from one run to the next. */
const SHORTEST_END = 5000;
const fields = { time: 'ns', held: 'held', allocated: 'allocated' };

/**
 * How what was measured grows. The end is that of times alone: memory comes in powers of two.
 *
 * @param {readonly { bytes: number, ns?: number, held?: number, allocated?: number }[]} points
 * @returns {{ exponents: { time?: number, held?: number, allocated?: number }, end?: number }}
 */
export function growthOf(points) {
  const costs = (field) => points.map((point) => [point.bytes, Math.max(NOISE[field], point[field])]);
  const measured = Object.entries(fields).filter(([, field]) => points.every((point) => point[field] !== undefined));
  const exponents = Object.fromEntries(measured.map(([what, field]) => [what, exponentOf(costs(field))]));
  return { exponents, end: 'time' in exponents ? endOf(costs('ns').map(([size, ns]) => [size, Math.max(SHORTEST_END, ns)])) : undefined };
}

/** @param {{ exponents: Record<string, number>, end?: number }} growth */
export function isLinear({ exponents, end = 0 }) {
  return Math.max(...Object.values(exponents)) <= STEEPEST && end <= STEEPEST_END;
}

/**
 * The best of two measurements of a shape: of each time the shorter one, and the memory of the one where it grew less.
 *
 * @param {import('./growth.mjs').Growth} one
 * @param {import('./growth.mjs').Growth} other
 */
export function bestOf(one, other) {
  const held = (other.exponents.held ?? 0) < (one.exponents.held ?? 0) ? other : one;
  const pointAt = ({ points }, size) => points.find((point) => point.size === size);
  const points = one.points.map((point) => ({
    ...point,
    ns: Math.min(point.ns, pointAt(other, point.size)?.ns ?? Infinity),
    ...(point.held !== undefined && { held: pointAt(held, point.size)?.held ?? point.held }),
  }));
  return { ...one, points, ...growthOf(points) };
}
