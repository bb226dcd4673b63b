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
