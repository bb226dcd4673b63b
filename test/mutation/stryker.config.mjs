import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { groups } from './groups.mjs';

const name = process.env.MUTATION_GROUP ?? 'tls';
const { mutate, tests } = groups[name];

export default {
  plugins: ['./test/mutation/runner.mjs'],
  testRunner: 'in-process',
  tests,
  mutate,
  coverageAnalysis: 'perTest',
  // The laws kill by chance and take their time; the rest is for other programs.
  ignorePatterns: ['/bench', '/dist', '/coverage', '/test/interop', '/test/e2e', '/test/runtimes', '/test/package', '/test/mutation'],
  // To rewrite it takes an interface that TypeScript 7 does not have.
  tsconfigFile: 'none',
  symlinkNodeModules: false,
  concurrency: 1,
  // Most loops without an end are noticed by how often they are reached; the rest must not be taken for what is only slow.
  timeoutMS: 60_000,
  incremental: true,
  incrementalFile: `test/mutation/reports/${name}.incremental.json`,
  // Not in here, where the tests that are copied would be found as tests.
  tempDirName: join(tmpdir(), 'preread-mutation'),
  reporters: ['json', 'progress-append-only'],
  jsonReporter: { fileName: `test/mutation/reports/${name}.json` },
};
