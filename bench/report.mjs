/** RESULTS.md, of what was measured. */
import { STEEPEST, STEEPEST_END } from './fit.mjs';
import { boundOf, goals, isReached, sizeGoals, SPEED_OF_GOALS, speedOf } from './figures.mjs';

/** Three digits, and a unit that suits them. */
export function time(ns) {
  const [value, unit] = ns < 1000 ? [ns, 'ns'] : ns < 1e6 ? [ns / 1000, 'µs'] : [ns / 1e6, 'ms'];
  return `${digits(value)} ${unit}`;
}

/** @param {number} value */
export function digits(value) {
  return value >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(value < 1 ? 2 : 3)));
}

const amount = (value, unit) =>
  unit === '' || unit === 'x' ? `${digits(value)}${unit}` : `${unit === 'bytes' ? Math.round(value) : digits(value)} ${unit}`;

/** @param {string[][]} rows the first one is the head */
function table([head, ...rows]) {
  const line = (cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map((_, i) => (i === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}

/** @param {import('./figures.mjs').Goal} goal */
export function bound(goal) {
  const { atLeast, atMost } = boundOf(goal);
  const inBun = goal.inBun === undefined ? '' : ` (Bun ${goal.inBun}x)`;
  return atLeast === undefined ? `at most ${amount(atMost, goal.unit)}` : `at least ${amount(atLeast, goal.unit)}${inBun}`;
}

function figuresTable(results) {
  const { runtimes = [] } = results;
  const here = { name: results.machine.runtime, valueOf: (goal) => goal.value(results) };
  const columns = [here, ...runtimes.map(({ name, values }) => ({ name, valueOf: ({ id }) => values[id] }))];
  const cell = (goal, name, value) => {
    if (value === undefined || value === null) return '';
    const missed = isReached(goal, value, name.startsWith('Bun')) ? '' : ', missed';
    return `${amount(value, goal.unit)}${missed}`;
  };
  return table([
    ['', 'goal', ...columns.map(({ name }) => name)],
    ...[...goals, ...sizeGoals(results)].map((goal) => [
      goal.id,
      bound(goal),
      ...columns.map(({ name, valueOf }) => cell(goal, name, valueOf(goal))),
    ]),
  ]);
}

function cellOf(row, samples) {
  if (row === undefined) return '';
  const { ns, ratio, side, wrong, refused } = row;
  const remarks = [
    ns === undefined ? undefined : `${time(ns)}${side === 'ours' ? '' : `, ${digits(ratio)}x`}`,
    wrong > 0 && `wrong: ${wrong} of ${samples}`,
    refused > 0 && `refused: ${refused} of ${samples}`,
  ];
  return remarks.filter(Boolean).join('; ');
}

/** How many rounds of all cases were left out, or believed though disturbed. */
function roundsText({ cases }) {
  const rounds = cases.flatMap((each) => each.rounds ?? []);
  const sum = (field) => rounds.reduce((total, each) => total + each[field], 0);
  return `: of ${sum('all')} here, ${sum('leftOut')} were left out, and ${sum('disturbed')} kept though it was busy`;
}

function questionTables({ cases }) {
  const questions = [...new Set(cases.map(({ question }) => question))];
  return questions.map((question) => {
    const ofQuestion = cases.filter((each) => each.question === question);
    const rows = ofQuestion.flatMap((each) => each.rows);
    const names = [...new Set(rows.map(({ name }) => name))];
    const rowIn = (name, { rows: ofCase }) => ofCase.find((row) => row.name === name);
    const notes = [...new Set(rows.flatMap(({ name, note }) => (note === undefined ? [] : [`- ${name}: ${note}`])))];
    return [
      `### ${ofQuestion[0].title}`,
      table([
        ['', ...ofQuestion.map(({ set }) => set)],
        ...names.map((name) => [name, ...ofQuestion.map((each) => cellOf(rowIn(name, each), each.samples))]),
      ]),
      ...(notes.length > 0 ? [notes.join('\n')] : []),
    ].join('\n\n');
  });
}

function growthTable({ growth }) {
  const per = (point, field) => (point?.[field] === undefined ? '' : digits(Math.max(0, point[field] / point.bytes)));
  const exponent = (value, most = STEEPEST) => (value === undefined ? '' : `${value.toFixed(2)}${value > most ? ', a defect' : ''}`);
  return table([
    ['', 'ns a byte: 1 KiB', '4 KiB', '16 KiB', '64 KiB', 'exponent', 'of the last two', 'held, bytes a byte', 'exponent', 'allocated, bytes a byte', 'exponent'],
    ...growth.map(({ id, points, exponents, end }) => [
      id,
      ...[1, 4, 16, 64].map((kib) => per(points.find(({ size }) => size === kib * 1024), 'ns')),
      exponent(exponents.time),
      exponent(end, STEEPEST_END),
      per(points.at(-1), 'held'),
      exponent(exponents.held),
      per(points.at(-1), 'allocated'),
      exponent(exponents.allocated),
    ]),
  ]);
}

function memoryTable({ memory }) {
  return table([
    ['', 'connections', 'sent', 'with room to grow', 'used', 'beyond that', 'resident'],
    ...memory.map(({ id, count, sent, room, used, resident }) =>
      [id, count, sent, room, used, `${Math.round(used - room)}${used - room > 512 ? ', missed' : ''}`, resident].map((value) =>
        typeof value === 'number' ? String(Math.round(value)) : value,
      ),
    ),
  ]);
}

function sizeTables({ sizes: { ours, peers } }) {
  const code = (what) => `\`${what}\``;
  return [
    table([
      ['', 'minified', 'gzip -9', 'budget', 'goal'],
      ...ours.map(({ what, minified, gzipped, budget, goal }) => [
        ...[code(what), String(minified), `${gzipped}${gzipped > budget ? ', above its budget' : ''}`, String(budget)],
        goal === undefined ? '' : `${goal}${gzipped > goal ? ', missed' : ''}`,
      ]),
    ]),
    table([
      ['', 'minified', 'gzip -9', ''],
      ...peers.map(({ what, minified, gzipped, note = '' }) => [code(what), String(minified), String(gzipped), note]),
    ]),
  ];
}

/**
 * @param {import('./figures.mjs').Results & {
 *   machine: { cpu: string, cores: number, runtime: string, date: string },
 *   packages: { name: string, version: string }[],
 *   runtimes?: { name: string, values: Record<string, number> }[],
 * }} results
 */
export function toMarkdown(results) {
  const { machine, packages } = results;
  const sections = [
    '# Results',
    'Written by `npm run bench`. Do not edit.',
    `${machine.date}; ${machine.cpu}, ${machine.cores} cores; ${machine.runtime}. ` +
      `Beside ${packages.map(({ name, version }) => `${name} ${version}`).join(', ')}.`,
    '```sh\nnpm run bench -- --runtimes --store\n```',
    '## Figures to reach',
    'With `x`: how many times as long as preread the other one takes; above a floor: how many times as long as the floor preread takes. ' +
      'The floor trusts every length and checks nothing. Goals in ns, µs and ms were set where the floor of the name took ' +
      `${SPEED_OF_GOALS} ns; here it takes ${digits(speedOf(results) ?? NaN)} ns.`,
    'Empty: not measured there. Bundles are the same for all runtimes, and memory is measured in Node.js only.',
    figuresTable(results),
    '## Times',
    'Medians for one operation, of rounds in which all run in one process in an order that is drawn anew; rounds in which the ' +
      `machine was busy otherwise are left out where enough others remain${roundsText(results)}. Inputs take turns, ` +
      'at odd positions of larger memory, as `Buffer` and as `Uint8Array`, but for packages that take Buffers only, as noted: those ' +
      'never see a `Uint8Array`. Server names, hosts and client addresses are looked up in a `Map`, but where no text is given, as ' +
      'noted, and protocols in one of their own. All of a hello, fingerprints, written headers and checksums are not looked up. ' +
      '`x`: times as long as preread. Wrong: answers other than what tshark read, or than what was encoded, for any copy of an input. ' +
      'Who refuses an input is not timed. Empty: not asked. Floors are for the inputs that they are written for and read past the end ' +
      'of others; packages are not asked what they cannot answer, unless a note says otherwise.',
    ...questionTables(results),
  ];
  if (results.growth) {
    sections.push(
      '## Growth',
      'CPU time and memory for what the hostile send, and the exponent that fits best: 1 is linear, ' +
        `above ${STEEPEST} is a defect; between the last two sizes alone, above ${STEEPEST_END}. Empty: the bounds of the library, or of one record, end the input there. Held: what the parser and its result keep. Allocated: all that was asked for on the way.`,
      growthTable(results),
    );
  }
  if (results.memory) {
    sections.push(
      '## Memory',
      'Bytes of one connection of many that wait. Used: on the heap and outside of it. Resident: by which the process grew.',
      memoryTable(results),
    );
  }
  if (results.sizes) sections.push('## Size', 'By esbuild, in bytes.', ...sizeTables(results));
  return `${sections.join('\n\n')}\n`;
}
