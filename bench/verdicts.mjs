/** What a run says of cases beside what is stored: nothing may be wrong, missing or worse. */
import { isWithin, ratiosOf } from './figures.mjs';
import { digits } from './report.mjs';

/** @typedef {[isSound: boolean, text: string]} Verdict */

/** Whether ours answered all of a case, and right. */
function answered({ id, samples, rows }) {
  const row = rows.find(({ side }) => side === 'ours');
  if (row === undefined) return [false, `${id}: preread was not asked`];
  const { wrong, refused, ns } = row;
  const isSound = wrong === 0 && refused === 0 && Number.isFinite(ns);
  return [isSound, `${id}: wrong ${wrong} of ${samples}, refused ${refused}${Number.isFinite(ns) ? '' : ', not timed'}`];
}

/** Each ratio that was measured, and each that is stored for these cases. */
function compared(stored, { cases }) {
  const measured = ratiosOf({ cases });
  const isChosen = (key) => cases.some(({ id }) => key.startsWith(`${id} | `));
  const missing = Object.keys(stored.ratios).filter((key) => isChosen(key) && !measured.has(key));
  return [
    ...[...measured].map(([key, { ratio }]) => {
      const figure = stored.ratios[key];
      if (figure === undefined) return [false, `${key}: ${digits(ratio)}x, not stored yet: run with --store`];
      return [isWithin(ratio, figure), `${key}: ${digits(ratio)}x, stored ${figure.stored}x`];
    }),
    ...missing.map((key) => [false, `${key}: stored, but not measured`]),
  ];
}

/**
 * @param {import('./figures.mjs').Stored} stored
 * @param {import('./figures.mjs').Results} results
 * @returns {Verdict[]}
 */
export function verdictsOf(stored, results) {
  return [...results.cases.map(answered), ...compared(stored, results)];
}

/** Whether to measure a case again: it is worse than stored, or was not timed. */
export function isWorse(stored, each) {
  const ratios = ratiosOf({ cases: [each] });
  return !answered(each)[0] || [...ratios].some(([key, { ratio }]) => key in stored.ratios && !isWithin(ratio, stored.ratios[key]));
}
