// Changes the sources one place at a time, and runs the tests that reach it: a change that no test notices is either behaviour
// that no test pins, or no change. Those of the second kind stand in survivors.json with the reason; any other fails, and so
// does one that stands there and is noticed. Takes the names of groups, all of them unless given; --force forgets what
// earlier runs found. The last line is `N passed, N failed`.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { groups } from './groups.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '../..');
const argued = JSON.parse(readFileSync(join(here, 'survivors.json'), 'utf8'));
const named = process.argv.slice(2).filter((argument) => argument in groups);
const options = process.argv.slice(2).filter((argument) => !(argument in groups));

/** Reasons, by file, the text of the line, and what it becomes. */
const reasons = new Map();
for (const [reason, files] of Object.entries(argued)) {
  for (const [file, lines] of Object.entries(files)) {
    for (const [line, changes] of Object.entries(lines)) {
      for (const change of changes) reasons.set(JSON.stringify([file, line, change]), reason);
    }
  }
}

let passed = 0;
let failed = 0;

for (const name of named.length > 0 ? named : Object.keys(groups)) {
  const stryker = join(here, 'node_modules/@stryker-mutator/core/bin/stryker.js');
  const run = spawnSync(process.execPath, [stryker, 'run', join(here, 'stryker.config.mjs'), ...options], {
    cwd: root,
    env: { ...process.env, MUTATION_GROUP: name },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (run.status !== 0) {
    console.log(`${name}: Stryker ended with ${run.status ?? run.signal}`);
    failed++;
    continue;
  }
  const { files } = JSON.parse(readFileSync(join(here, `reports/${name}.json`), 'utf8'));
  for (const [file, { source, mutants }] of Object.entries(files)) {
    const counts = { Killed: 0, Timeout: 0, argued: 0, Survived: 0 };
    const met = new Set();
    for (const { status, mutatorName, location, replacement } of mutants) {
      const { line, change } = describe(source, location, replacement);
      const key = JSON.stringify([file, line, change]);
      const reason = reasons.get(key);
      met.add(key);
      if (status === 'Killed' || status === 'Timeout' || status === 'RuntimeError') {
        // Some have no end before they have no memory.
        counts[status === 'Killed' ? status : 'Timeout']++;
        if (status === 'Killed' && reason !== undefined) {
          console.log(`${file}:${location.start.line}: is noticed now, and to be taken from survivors.json\n  ${line}\n  ${change}`);
          failed++;
        } else passed++;
      } else if (reason !== undefined) {
        counts.argued++;
        passed++;
      } else {
        counts.Survived++;
        failed++;
        console.log(`${file}:${location.start.line}: ${status}, ${mutatorName}\n  ${line}\n  ${change}`);
      }
    }
    for (const key of reasons.keys()) {
      if (JSON.parse(key)[0] !== file || met.has(key)) continue;
      console.log(`${key}: is not there any more, and to be taken from survivors.json`);
      failed++;
    }
    const { Killed, Timeout, Survived } = counts;
    console.log(`${file}: ${mutants.length} mutants, ${Killed} killed, ${Timeout} without an end, ${counts.argued} argued, ${Survived} survived`);
  }
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

/** The first line that is changed, and what it becomes, with the rest of the last one behind it; both without indentation. */
function describe(source, { start, end }, replacement) {
  const lines = source.split('\n');
  const tidy = (text) => text.replace(/\s+/g, ' ').trim();
  const before = lines[start.line - 1].slice(0, start.column - 1);
  const behind = lines[end.line - 1].slice(end.column - 1);
  return { line: tidy(lines[start.line - 1]), change: tidy(before + replacement + behind) };
}
