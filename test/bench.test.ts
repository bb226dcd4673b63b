/** What the benchmark makes of what it measured. The measuring itself is `npm run bench`. */
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const folder = new URL('../bench/', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, folder), 'utf8');
/** Plain JavaScript, without the packages that it is measured against. */
const load = (file: string): Promise<any> => import(/* @vite-ignore */ new URL(file, folder).pathname);

const { bestOf, endOf, exponentOf, growthOf, isLinear, median, quantile, STEEPEST, STEEPEST_END } = await load('fit.mjs');
const { calmOnes, roundsOf } = await load('calm.mjs');
const { goals, isNoWorse, isReached, isWithin, ratiosOf, toStore } = await load('figures.mjs');
const { isWorse, verdictsOf } = await load('verdicts.mjs');
const { examine } = await load('examine.mjs');
const { isMain } = await load('main.mjs');
const { digits, time, toMarkdown } = await load('report.mjs');
const { toSvg } = await load('chart.mjs');

const sizes = [1024, 4096, 16384, 65536];
const measured = (cost: (size: number) => number): object[] => sizes.map((size) => ({ size, bytes: size, ns: cost(size) }));
const points = (cost: (size: number) => number): [number, number][] => sizes.map((size) => [size, cost(size)]);

describe('the fit', () => {
  test.each([
    ['a constant', 0, () => 5],
    ['linear', 1, (n: number) => 3 * n],
    ['quadratic', 2, (n: number) => n ** 2 / 100],
    ['cubic', 3, (n: number) => n ** 3],
  ])('gives the exponent of what is %s', (_, exponent, cost) => {
    expect(exponentOf(points(cost))).toBeCloseTo(exponent);
  });

  test('calls linear what has a fixed cost, or noise of a tenth', () => {
    expect(exponentOf(points((n) => 10_000 + 3 * n))).toBeLessThan(STEEPEST);
    expect(exponentOf(points((n) => 3 * n * (n === 16384 ? 1.1 : 1)))).toBeLessThan(STEEPEST);
  });

  test.each([
    ['a nanosecond a byte, and a square that is as much at 16 KiB', (n: number) => n + n ** 2 / 16384],
    ['a search through all before', (n: number) => 50 * n + (n / 4) ** 2 / 10],
    ['the power 1.2', (n: number) => n ** 1.2],
  ])('does not call linear what has %s', (_, cost) => {
    expect(exponentOf(points(cost))).toBeGreaterThan(STEEPEST);
  });

  test('finds at the end a square that a fixed cost hides from the fit', () => {
    const linear = (n: number): number => 10_000 + 4.8 * n;
    const cost = (n: number): number => linear(n) + 2 * linear(65536) * (n / 65536) ** 2;
    expect(exponentOf(points(cost))).toBeLessThan(STEEPEST);
    expect(endOf(points(cost))).toBeGreaterThan(STEEPEST_END);
    expect(isLinear(growthOf(measured(cost)))).toBe(false);
    expect(isLinear(growthOf(measured(linear)))).toBe(true);
    expect(isLinear(growthOf(measured((n) => linear(n) * (n === 65536 ? 1.3 : 1))))).toBe(true);
    expect(endOf([[1, 1]])).toBeUndefined();
  });

  test('takes of two measurements the shorter times', () => {
    const disturbed = (at: number): object => {
      const points = measured((n) => 3 * n * (n === at ? 2 : 1));
      return { id: 'a shape', points, ...growthOf(points) };
    };
    expect(isLinear(disturbed(65536))).toBe(false);
    expect(bestOf(disturbed(65536), disturbed(16384))).toMatchObject({ id: 'a shape', points: measured((n) => 3 * n) });
    expect(isLinear(bestOf(disturbed(65536), disturbed(16384)))).toBe(true);
  });

  test('takes quantiles between two values', () => {
    expect([median([3, 1, 2]), median([4, 1, 2, 3]), quantile([1, 2, 3], 0), quantile([1, 2, 3], 0.75)]).toEqual([2, 2.5, 1, 2.5]);
    expect(median([])).toBeUndefined();
  });
});

describe('rounds', () => {
  test('that were disturbed do not count, unless there are too few others', () => {
    const times = [1, 5, 1.1, 2, 1.14, 3];
    expect(calmOnes(times, 1, 0)).toEqual([0, 2, 4]);
    expect(calmOnes(times, 1, 3)).toEqual([0, 2, 4]);
    expect(calmOnes(times, 1, 5)).toEqual([0, 2, 3, 4, 5]);
    expect(calmOnes(times, 0.5, 2)).toEqual([0, 2]);
    expect(calmOnes([], Infinity, 3)).toEqual([]);
    expect(roundsOf(times, 1, [0, 2, 3, 4, 5])).toEqual({ all: 6, leftOut: 1, disturbed: 2 });
  });
});

const row = (name: string, side: string, ns: number | undefined, ratio: number | undefined, more: object = {}): object => ({
  ...{ name, side, ns, ratio, spread: 1.1, wrong: 0, refused: 0, note: undefined },
  ...more,
});
const cases = [
  {
    ...{ id: 'sni/mixed', question: 'sni', set: 'mixed', title: 'Server name', samples: 9 },
    rounds: { all: 11, leftOut: 4, disturbed: 2 },
    rows: [
      row('preread', 'ours', 100, 1, { work: { ratio: 300, spread: 1.2 } }),
      row('floor: name', 'floor', 50, 0.5, { note: 'a | b' }),
      row('sni', 'peer', 80, 0.8, { spread: 1.6 }),
      row('sni-reader', 'peer', 600, 6, { wrong: 2, spread: 9 }),
      row('read-tls-client-hello', 'peer', 50_000, 500),
      row('<others> & more', 'peer', undefined, undefined, { refused: 1 }),
    ],
  },
  {
    ...{ id: 'sni/split over records', question: 'sni', set: 'split over records', title: 'Server name', samples: 10 },
    rows: [row('preread', 'ours', 1500, 1), row('sni', 'peer', 80, 0.05, { wrong: 7 })],
  },
];
const results = {
  machine: { cpu: 'a CPU', cores: 2, runtime: 'Node.js 20', date: '2026-01-31' },
  packages: [{ name: 'sni', version: '1.0.0' }],
  cases,
  growth: [
    {
      id: 'a shape',
      points: sizes.map((size) => ({ size, bytes: size, ns: 3 * size, held: size })),
      exponents: { time: 1.2, held: 1 },
      end: 1.45,
    },
  ],
  memory: [{ id: 'hello', count: 10_000, sent: 300, room: 300, used: 1000, resident: 1200 }],
  sizes: {
    ours: [{ what: "export * from 'preread'", minified: 40_000, gzipped: 13_000, budget: 12_900, goal: 12_288 }],
    peers: [{ what: "export { default } from 'sni'", minified: 1000, gzipped: 500 }],
  },
  runtimes: [{ name: 'Bun 1.4', values: { [goals[0].id]: 0.6 } }],
};

describe('the comparison with what is stored', () => {
  const stored = { stored: 2, tolerance: 1.35 };
  test.each([
    [2, true],
    [20, true],
    [1.5, true],
    [1.4, false],
    [0, false],
  ])('a ratio of %d where 2 is stored: %s', (ratio, isSound) => {
    expect(isWithin(ratio, stored)).toBe(isSound);
  });

  const atLeast = { id: '', unit: 'x', atLeast: 5, value: () => 0 };
  const atMost = { id: '', unit: 'µs', atMost: 2.5, value: () => 0 };
  test('a goal that is reached is enough, and what missed it before may miss it again', () => {
    expect(isNoWorse(atLeast, 5, 50)).toBe(true);
    expect(isNoWorse(atLeast, 3, 3.5)).toBe(true);
    expect(isNoWorse(atLeast, 3, 4.9)).toBe(false);
    expect(isNoWorse(atMost, 2.5, undefined)).toBe(true);
    expect(isNoWorse(atMost, 4, 3)).toBe(true);
    expect(isNoWorse(atMost, 6.1, 3)).toBe(false);
    expect(isNoWorse(atMost, 4.1, undefined)).toBe(false);
  });

  test('times may be longer on a slower machine, ratios and bytes not be worse', () => {
    expect(isNoWorse(atMost, 8, 3, 2)).toBe(true);
    expect(isNoWorse({ ...atMost, unit: 'x' }, 8, 3, 2)).toBe(false);
    expect(isNoWorse({ ...atMost, unit: 'bytes' }, 8, 3, 2)).toBe(false);
    expect(isNoWorse(atMost, 4, 3, 0.5)).toBe(true);
  });

  test('Bun has a goal of its own', () => {
    expect([isReached(goals[0], 0.6), isReached(goals[0], 0.6, true)]).toEqual([false, true]);
  });

  test('what is stored are ratios, with more tolerance where rounds differed, and figures', () => {
    expect([...ratiosOf(results).keys()]).toEqual([
      ...['sni/mixed | floor: name', 'sni/mixed | sni', 'sni/mixed | sni-reader', 'sni/mixed | fixed work'],
      'sni/split over records | sni',
    ]);
    const { speed, figures, ratios } = toStore(results);
    expect(speed).toBe(50);
    expect(figures).toMatchObject({ [goals[0].id]: 0.8 });
    expect(Object.values(ratios)).toEqual([
      { stored: 0.5, tolerance: 1.35 },
      { stored: 0.8, tolerance: 1.6 },
      { stored: 6, tolerance: 2 },
      { stored: 300, tolerance: 2 },
      { stored: 0.05, tolerance: 1.35 },
    ]);
  });
});

describe('the check of cases', () => {
  const caseOf = (rows: object[]): object => ({ ...cases[0], rows });
  const found = (rows: object[], ratios: object): [boolean, string][] => verdictsOf({ ratios }, { cases: [caseOf(rows)] });
  const ok = row('preread', 'ours', 100, 1);
  const peer = row('sni', 'peer', 80, 0.8);
  const ratios = { 'sni/mixed | sni': { stored: 0.8, tolerance: 1.35 }, 'sni/other | sni': { stored: 1, tolerance: 1.35 } };

  test('passes what is right and as good as stored', () => {
    expect(found([ok, peer], ratios).map(([isSound]) => isSound)).toEqual([true, true]);
    expect(isWorse({ ratios }, caseOf([ok, peer]))).toBe(false);
  });

  test.each([
    ['wrong answers', row('preread', 'ours', 100, 1, { wrong: 1 })],
    ['refused inputs', row('preread', 'ours', undefined, undefined, { refused: 1 })],
    ['no time', row('preread', 'ours', undefined, undefined)],
    ['no row of ours', peer],
  ])('fails %s', (_, ours) => {
    expect(found([ours], {})[0]![0]).toBe(false);
    expect(isWorse({ ratios: {} }, caseOf([ours]))).toBe(true);
  });

  test('fails what is stored and not measured, and what is measured and not stored', () => {
    expect(found([ok], ratios)).toContainEqual([false, 'sni/mixed | sni: stored, but not measured']);
    expect(found([ok, peer], {})).toContainEqual([false, 'sni/mixed | sni: 0.8x, not stored yet: run with --store']);
  });
});

describe('answers', () => {
  const samples = [
    { title: 'a', input: 1, expected: 1 },
    { title: 'b', input: 2, expected: 2 },
  ];
  const copies = [1, 2, 1, 2];

  test('are wrong or refused for a sample where they are for any copy of it', async () => {
    let calls = 0;
    const once = (value: number) => (++calls === 3 ? 7 : value);
    expect(await examine({ read: once }, samples, copies)).toEqual({ wrong: 1, refused: 0, inputs: copies });
    const throwing = (value: number) => {
      if (++calls === 8) throw new Error();
      return value;
    };
    expect(await examine({ read: throwing }, samples, copies)).toMatchObject({ wrong: 0, refused: 1 });
  });
});

describe('the report', () => {
  const report: string = toMarkdown(results);

  test('has every part, and no value that is none', () => {
    expect(report.match(/^##? .*/gm)).toEqual([
      ...['# Results', '## Figures to reach', '## Times', '## Growth', '## Memory', '## Size'],
    ]);
    expect(report).not.toMatch(/undefined|NaN|null|\[object/);
  });

  test('has tables of as many columns as their heads', () => {
    const tables = report.match(/(?:^\|.*\n)+/gm)!;
    expect(tables).toHaveLength(6);
    for (const table of tables) {
      const columns = table
        .trim()
        .split('\n')
        .map((line) => line.replaceAll('\\|', '').split('|').length);
      expect(new Set(columns).size).toBe(1);
    }
  });

  test('says in words what is missed, wrong, refused and a defect', () => {
    expect(report).toContain(`| ${goals[0].id} | at least 0.75x (Bun 0.5x) | 0.8x | 0.6x |`);
    expect(report).toContain('600 ns, 6x; wrong: 2 of 9');
    expect(report).toContain('| refused: 1 of 9 |');
    expect(report).toContain('| 1.20, a defect | 1.45, a defect |');
    expect(report).toContain('700, missed');
    expect(report).toContain('13000, above its budget');
    expect(report).toContain('of 11 here, 4 were left out, and 2 kept though it was busy');
    expect(report).toContain('12288, missed');
  });

  test('writes three digits', () => {
    expect([0.046, 0.5, 1.234, 45.67, 1234.5].map(digits)).toEqual(['0.046', '0.5', '1.23', '45.7', '1235']);
    expect([9.99, 1500, 2_345_678].map(time)).toEqual(['9.99 ns', '1.5 µs', '2.35 ms']);
  });

  test('has a chart of the same, well-formed and with its scale', () => {
    const svg: string = toSvg(results);
    expect(svg).not.toMatch(/undefined|NaN|<others>/);
    expect(svg.match(/<text/g)).toHaveLength(svg.match(/<\/text>/g)!.length);
    expect(svg).toContain('logarithmic scale');
    expect(svg).toContain('80 ns; split over records, fails 7 of 10');
    expect(svg.match(/<rect/g)).toHaveLength(4);
  });
});

describe('what is in the folder', () => {
  test('a script started through a link knows that it was', () => {
    const script = new URL('size.mjs', folder);
    const place = mkdtempSync(join(tmpdir(), 'preread-link-'));
    try {
      const link = join(place, 'bench');
      symlinkSync(fileURLToPath(folder), link);
      expect(isMain(script.href, join(link, 'size.mjs'))).toBe(true);
      expect(isMain(script.href, join(link, 'run.mjs'))).toBe(false);
      expect(isMain(script.href, undefined)).toBe(false);
    } finally {
      rmSync(place, { recursive: true });
    }
  });

  test.each(['', 'peers/'])('the lock file in bench/%s holds no download address', (path) => {
    expect(read(`${path}package-lock.json`)).not.toMatch(/"resolved"|https?:\/\/registry/);
    expect(read(`${path}.npmrc`)).toContain('omit-lockfile-registry-resolved=true');
  });

  test('the stored figures are of goals that there are, with tolerances', () => {
    const { speed, figures, ratios } = JSON.parse(read('figures.json'));
    const ids = goals.map(({ id }: { id: string }) => id);
    expect(Object.keys(figures).filter((id) => !ids.includes(id))).toEqual([]);
    expect(speed).toBeGreaterThan(0);
    expect(Object.keys(ratios).length).toBeGreaterThan(80);
    for (const { stored, tolerance } of Object.values<{ stored: number; tolerance: number }>(ratios)) {
      expect(stored).toBeGreaterThan(0);
      expect(tolerance).toBeGreaterThanOrEqual(1.35);
    }
  });

  test('the results name no machine', () => {
    expect(read('RESULTS.md')).not.toMatch(/\/(?:home|root|tmp|work|Users)\//);
  });
});
