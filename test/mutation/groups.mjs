// What is mutated, and by which tests it must be noticed: those of its own folder, so that each group is done in minutes.
import { readdirSync } from 'node:fs';

const testsIn = (folder) =>
  readdirSync(new URL(`../${folder}/`, import.meta.url))
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => `test/${folder}/${file}`);

const sources = (folder, ...names) => names.map((name) => `src/${folder}/${name}.ts`);

export const groups = {
  // Not names.ts, encode-client-hello.ts and fingerprint.ts, which decode nothing, nor extensions.ts so far.
  tls: {
    mutate: sources('tls', 'record', 'handshake', 'hello-walk', 'client-hello', 'server-name', 'alert', 'server-hello'),
    tests: [...testsIn('tls'), 'test/preread.test.ts'],
  },
  proxy: { mutate: ['src/proxy/*.ts'], tests: [...testsIn('proxy'), 'test/preread.test.ts'] },
  http: { mutate: ['src/http/*.ts'], tests: testsIn('http') },
  // Not matchers.ts so far.
  sniff: { mutate: sources('sniff', 'sniff', 'flight', 'matcher'), tests: testsIn('sniff') },
};

const shared = ['accumulator', 'address', 'cursor', 'decoded', 'field', 'host', 'latin1', 'parser'];

/** Whose lines and branches are all to be reached by these tests. */
export const covered = ['src/{tls,proxy,sniff,http}/*.ts', `src/{${shared}}.ts`];
export const coveringTests = [
  ...['tls', 'proxy', 'http', 'sniff'].flatMap(testsIn),
  ...['address', 'cursor', 'field', 'host', 'latin1', 'parser', 'preread'].map((name) => `test/${name}.test.ts`),
];
