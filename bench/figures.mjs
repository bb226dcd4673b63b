/** The figures to reach, and how a run compares with the figures that are stored. */
import { STEEPEST } from './fit.mjs';

/** How much worse than stored a figure may be, as a factor; more where it differed more from round to round, up to 2. */
export const TOLERANCE = 1.35;
const MAX_TOLERANCE = 2;

/**
 * @typedef {object} Results of a run, as far as it went
 * @property {{ id: string, question: string, set: string, title: string, samples: number, rows: import('./timing.mjs').Row[], rounds?: import('./calm.mjs').Rounds }[]} cases
 * @property {import('./growth.mjs').Growth[]} [growth]
 * @property {import('./memory.mjs').Waiting[]} [memory]
 * @property {{ ours: import('./size.mjs').Size[], peers: import('./size.mjs').Size[] }} [sizes]
 *
 * @typedef {object} Goal
 * @property {string} id
 * @property {string} [case] that has to be run for it
 * @property {string} [shape] whose growth has to be measured for it
 * @property {'' | 'x' | 'ns' | 'µs' | 'ms' | 'bytes' | 'µs/KB'} unit
 * @property {number} [atLeast]
 * @property {number} [atMost]
 * @property {number} [inBun] in place of it there
 * @property {boolean} [isNoisy] whether it differs too much from run to run to be compared
 * @property {(results: Results) => number | undefined} value
 */

/** @param {Results} results */
function rowsOf(results, id) {
  return results.cases.find((each) => each.id === id)?.rows ?? [];
}
const ours = (results, id) => rowsOf(results, id).find(({ side }) => side === 'ours')?.ns;
const scaled = (value, by) => (value === undefined ? undefined : value / by);

/** How much longer the fastest of these takes than ours; of all packages unless they are named. */
function against(id, names) {
  return (results) => {
    const isMeant = ({ name, side }) => (names === undefined ? side === 'peer' : names.includes(name));
    const ratios = rowsOf(results, id).filter(isMeant).flatMap(({ ratio }) => ratio ?? []);
    return ratios.length === 0 ? undefined : Math.min(...ratios);
  };
}
const faster = (title, id, names, atLeast, more = {}) => ({
  ...{ id: title, case: id, unit: 'x', atLeast, value: against(id, names), ...more },
});
/** How much longer than a floor ours takes. */
const above = (title, id, name, atMost) => ({
  ...{ id: title, case: id, unit: 'x', atMost },
  value(results) {
    const ratio = against(id, [name])(results);
    return ratio === undefined ? undefined : 1 / ratio;
  },
});
const absolute = (title, id, unit, by, atMost) => ({
  ...{ id: title, case: id, unit, atMost, value: (results) => scaled(ours(results, id), by) },
});

/** @param {import('./growth.mjs').Growth} growth */
export function steepestOf({ exponents }) {
  return Math.max(...Object.values(exponents));
}

function pointOf({ growth = [] }, shape, size) {
  return growth.find(({ id }) => id === shape)?.points.find((point) => point.size === size);
}
/** Of 16 KiB; for each of what is repeated unless it says by how much. */
const grown = (title, shape, unit, atMost, by) => ({
  ...{ id: title, shape, unit, atMost },
  value(results) {
    const point = pointOf(results, shape, 16384);
    return point && scaled(point.ns, by ?? point.count);
  },
});
/** @type {readonly Goal[]} */
export const goals = [
  faster('server name, mixed hellos, against sni', 'sni/mixed', ['sni'], 0.75, { inBun: 0.5 }),
  faster('server name, mixed hellos, against sni-reader', 'sni/mixed', ['sni-reader'], 5),
  faster('server name, mixed hellos, against @reclaimprotocol/tls', 'sni/mixed', ['@reclaimprotocol/tls'], 75),
  faster('server name, mixed hellos, against read-tls-client-hello', 'sni/mixed', ['read-tls-client-hello'], 1000, { isNoisy: true }),
  above('server name, mixed hellos, above the floor', 'sni/mixed', 'floor: name', 1.8),
  above('server name and ALPN, mixed hellos, above the floor', 'name-alpn/mixed', 'floor: object', 1.7),
  absolute("all of Chromium's hello, every list and view read", 'decode/ML-KEM, 2019 bytes', 'µs', 1000, 2.5),
  faster('PROXY v1 TCP4 against proxy-protocol-js', 'proxy/v1 TCP4', ['proxy-protocol-js'], 1.7),
  faster('PROXY v1 TCP4 against @balena/proxy-protocol-parser', 'proxy/v1 TCP4', ['@balena/proxy-protocol-parser'], 3.5),
  faster('PROXY v2 TCP4 against every package', 'proxy/v2 TCP4', undefined, 2.5),
  faster('PROXY v2 TCP4 with 6 TLVs against every package', 'proxy/v2 TCP4, 6 TLVs', undefined, 2),
  faster('PROXY v2 TCP6 against proxy-protocol-js, which makes no text', 'proxy/v2 TCP6', ['proxy-protocol-js'], 1.3),
  faster(
    'PROXY v2 TCP6 against all other packages',
    'proxy/v2 TCP6',
    ['@balena/proxy-protocol-parser', 'proxy-protocol-v2'],
    4,
  ),
  faster('PROXY v2 TCP4 written, against @balena/proxy-protocol-parser', 'proxy-encode/v2 TCP4', ['@balena/proxy-protocol-parser'], 5),
  faster('PROXY v1 TCP4 written, against @balena/proxy-protocol-parser', 'proxy-encode/v1 TCP4', ['@balena/proxy-protocol-parser'], 2.5),
  absolute('CRC32C', 'crc32c/1 KB', 'µs/KB', 1000, 0.7),
  grown('16 KiB of empty extensions, readServerName, each', 'empty extensions of unknown types, readServerName', 'ns', 4),
  grown('16 KiB of empty extensions, decodeClientHello, each', 'empty extensions of unknown types, decodeClientHello', 'ns', 4),
  grown('16 KiB of hello in one-byte records, one byte per push', 'hello in one-byte records, one byte per push', 'ms', 25, 1e6),
  {
    ...{ id: 'what grows fastest with what the hostile send: the exponent', unit: '', atMost: STEEPEST },
    value: ({ growth }) => growth && Math.max(...growth.map(steepestOf)),
  },
  {
    ...{ id: 'memory of a connection that waits, beyond what it sent: the largest', unit: 'bytes', atMost: 512 },
    value: ({ memory }) => memory && Math.max(...memory.map(({ used, room }) => used - room)),
  },
];

/** How the bundles stand, which are the same for all runtimes. */
export const sizeGoals = ({ sizes }) =>
  (sizes?.ours ?? [])
    .filter(({ goal }) => goal !== undefined)
    .map(({ what, gzipped, goal }) => ({ id: `bundle, gzipped: ${what}`, unit: 'bytes', atMost: goal, value: () => gzipped }));

/** @param {Goal} goal */
export function boundOf({ atLeast, atMost, inBun }, isBun = false) {
  return { atLeast: isBun ? (inBun ?? atLeast) : atLeast, atMost };
}

/** @param {Goal} goal */
export function isReached(goal, value, isBun = false) {
  const { atLeast = -Infinity, atMost = Infinity } = boundOf(goal, isBun);
  return value >= atLeast && value <= atMost;
}

/** How the ratio to work that is always the same is called, behind its case. */
const FIXED_WORK = ' | fixed work';

/** These wait for turns of the event loop, whose time is nobody's. */
const NOISY = ['read-tls-client-hello', 'findhit-proxywrap'];

/**
 * The figures of a run that do not depend on how fast the machine is: of every case how much longer each package,
 * each floor and work that is always the same takes than ours, and what the rounds say of how sure that is.
 *
 * @param {Results} results
 * @returns {Map<string, { ratio: number, spread: number }>}
 */
export function ratiosOf({ cases }) {
  const isRatio = ({ name, side, ratio }) => side !== 'ours' && !NOISY.includes(name) && ratio !== undefined;
  const entries = cases.flatMap(({ id, rows }) => [
    ...rows.filter(isRatio).map(({ name, ratio, spread }) => [`${id} | ${name}`, { ratio, spread }]),
    ...rows.flatMap(({ work }) => (work === undefined ? [] : [[id + FIXED_WORK, work]])),
  ]);
  return new Map(entries);
}

/**
 * Whether a ratio is as good as stored: higher is better, and better is no reason to fail.
 *
 * @param {number} ratio
 * @param {{ stored: number, tolerance: number }} figure
 */
export function isWithin(ratio, { stored, tolerance }) {
  return ratio >= stored / tolerance;
}

/**
 * Whether a figure reaches its goal, or is at least as good as stored.
 *
 * @param {Goal} goal
 * @param {number} value
 * @param {number | undefined} stored
 * @param {number} slowness of this machine, 1 for the one that stored: for what is no ratio
 */
export function isNoWorse(goal, value, stored, slowness = 1) {
  if (isReached(goal, value)) return true;
  if (stored === undefined) return false;
  if (goal.atLeast !== undefined) return isWithin(value, { stored, tolerance: TOLERANCE });
  const isTime = goal.unit !== '' && goal.unit !== 'x' && goal.unit !== 'bytes';
  return value <= stored * (isTime ? MAX_TOLERANCE * Math.max(1, slowness) : TOLERANCE);
}

/** What tells how fast a machine is: code that does not change with the library. */
const SPEED = ['sni/mixed', 'floor: name'];

/** What that took, in ns, on the machine that the goals in units of time are from. */
export const SPEED_OF_GOALS = 46;

/** @param {Results} results */
export function speedOf(results) {
  const [id, name] = SPEED;
  return rowsOf(results, id).find((row) => row.name === name)?.ns;
}

/** @typedef {{ speed: number, figures: Record<string, number>, ratios: Record<string, { stored: number, tolerance: number }> }} Stored */

/**
 * What is stored of a run.
 *
 * @param {Results} results
 * @returns {Stored}
 */
export function toStore(results) {
  const rounded = (value) => Number(value.toPrecision(3));
  const figures = goals.map((goal) => [goal.id, goal.value(results)]).filter(([, value]) => value !== undefined);
  // What is not the same kind of work differs more from machine to machine.
  const leastOf = (key) => (key.endsWith(FIXED_WORK) ? MAX_TOLERANCE : TOLERANCE);
  const toleranceOf = (key, spread) => rounded(Math.min(MAX_TOLERANCE, Math.max(leastOf(key), spread)));
  return {
    speed: rounded(speedOf(results)),
    figures: Object.fromEntries(figures.map(([id, value]) => [id, rounded(value)])),
    ratios: Object.fromEntries(
      [...ratiosOf(results)].map(([key, { ratio, spread }]) => [key, { stored: rounded(ratio), tolerance: toleranceOf(key, spread) }]),
    ),
  };
}
