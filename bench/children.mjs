/** What has to run in processes of its own: growth and memory, with the collector at hand, and other runtimes. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bestOf, isLinear } from './fit.mjs';
import { kinds } from './memory.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const isBun = process.versions.bun !== undefined;

/** Runs a script of this folder that prints JSON. */
function run(program, flags, script, args) {
  return new Promise((resolve, reject) => {
    const child = execFile(program, [...flags, here(script), ...args], { maxBuffer: Infinity }, (error, stdout) =>
      error ? reject(error) : resolve(JSON.parse(stdout)),
    );
    child.stderr.pipe(process.stderr);
  });
}

/** So much room that nothing is collected before it is counted. */
const uncollected = ['--expose-gc', '--min-semi-space-size=512', '--max-semi-space-size=512'];

async function growthOnce(isShort, only) {
  const args = [...(isShort ? ['--short'] : []), ...(only === undefined ? [] : ['--only', only])];
  const grown = await run(process.execPath, isBun ? [] : ['--expose-gc'], './growth.mjs', args);
  if (isShort || isBun) return grown;
  const allocated = await run(process.execPath, uncollected, './growth.mjs', [...args, '--allocated']);
  return grown.map(({ id, points, exponents, end }, i) => ({
    id,
    end,
    points: points.map((point, j) => ({ ...point, allocated: allocated[i].points[j].allocated })),
    exponents: { ...exponents, ...allocated[i].exponents },
  }));
}

/**
 * Of shapes that grow too fast, the least of three times, since other processes and the collector only ever add.
 *
 * @param {boolean} isShort without what was allocated
 * @param {string} [only] shapes with this in their name
 * @returns {Promise<import('./growth.mjs').Growth[]>}
 */
export async function growth(isShort, only) {
  const found = await growthOnce(isShort, only);
  for (const [i, { id }] of found.entries()) {
    for (let again = 0; again < 2 && !isLinear(found[i]); again++) {
      const other = (await growthOnce(isShort, id)).find((shape) => shape.id === id);
      found[i] = bestOf(found[i], other);
    }
  }
  return found;
}

/** @returns {Promise<import('./memory.mjs').Waiting[]>} */
export async function memory(counts, progress) {
  if (isBun) return [];
  const waiting = [];
  for (const count of counts) {
    for (const id of Object.keys(kinds)) {
      waiting.push(await run(process.execPath, ['--expose-gc'], './memory.mjs', [id, String(count)]));
      progress(`memory: ${count} of ${id}`);
    }
  }
  return waiting;
}

const installed = (path) => here(`../test/runtimes/node_modules/${path}`);
/** As `npm run test:runtimes` installs them. */
const programs = {
  'Node.js 22': installed('node22-linux-x64/bin/node'),
  'Node.js 24': installed('node24-linux-x64/bin/node'),
  'Node.js 26': installed('node26-linux-x64/bin/node'),
  Bun: installed('@oven/bun-linux-x64/bin/bun'),
};

/** The figures in other runtimes, those that are there. */
export async function runtimes(progress) {
  const found = [];
  for (const [name, program] of Object.entries(programs)) {
    if (!existsSync(program)) {
      progress(`${name} is not installed: npm ci --prefix test/runtimes (Linux on x64)`);
      continue;
    }
    progress(name);
    found.push(await run(program, [], './run.mjs', ['--figures']));
  }
  return found;
}
