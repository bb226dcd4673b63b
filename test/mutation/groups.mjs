// What is mutated, and by which tests it must be noticed: those of its own folder, so that each group is done in minutes.
import { readdirSync } from 'node:fs';

const testsIn = (folder) =>
  readdirSync(new URL(`../${folder}/`, import.meta.url))
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => `test/${folder}/${file}`);

const shared = ['accumulator', 'address', 'cursor', 'decoded', 'field', 'host', 'latin1', 'parser'];
const sharedTests = ['address', 'cursor', 'field', 'host', 'latin1', 'parser'].map((name) => `test/${name}.test.ts`);

export const groups = {
  tls: { mutate: ['src/tls/*.ts'], tests: [...testsIn('tls'), 'test/preread.test.ts'] },
  proxy: { mutate: ['src/proxy/*.ts'], tests: [...testsIn('proxy'), 'test/preread.test.ts'] },
  http: { mutate: ['src/http/*.ts'], tests: testsIn('http') },
  sniff: { mutate: ['src/sniff/*.ts'], tests: testsIn('sniff') },
  shared: {
    mutate: shared.map((name) => `src/${name}.ts`),
    tests: [...sharedTests, ...['tls', 'proxy', 'http', 'sniff'].flatMap(testsIn)],
  },
};
