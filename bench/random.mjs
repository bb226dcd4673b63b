/**
 * A generator of numbers from 0 to 1 that gives the same ones for the same seed, so that a run can be repeated.
 *
 * @param {number} seed
 * @returns {() => number}
 */
export function seeded(seed) {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/**
 * @template T
 * @param {readonly T[]} list
 * @param {() => number} random
 * @returns {T[]} the elements in another order
 */
export function shuffled(list, random) {
  return list
    .map((element) => ({ element, place: random() }))
    .sort((one, other) => one.place - other.place)
    .map(({ element }) => element);
}

