/** Every code block of the README, and every example of a docstring, is run and prints what its comments say. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { format } from 'node:util';
import { afterAll, describe, expect, test, vi } from 'vitest';
import * as explaining from '../src/explain/index.ts';
import * as http from '../src/http/index.ts';
import * as node from '../src/node.ts';
import * as whole from '../src/preread.ts';
import * as proxy from '../src/proxy/index.ts';
import * as sniffing from '../src/sniff/index.ts';
import * as fingerprint from '../src/tls/fingerprint.ts';
import * as tls from '../src/tls/index.ts';
import * as web from '../src/web.ts';

const root = new URL('..', import.meta.url);
const readme = readFileSync(new URL('README.md', root), 'utf8');
const blocks = [...readme.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(([, language, text]) => ({
  language: language!,
  text: text!,
}));

// Inside the project, so that `preread/…` is the package itself: its build, through its exports.
const folder = new URL('test/.readme/', root);
mkdirSync(folder, { recursive: true });
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('there is nothing in the README but TypeScript to run and the commands that CI calls', () => {
  expect(new Set(blocks.map(({ language }) => language))).toEqual(new Set(['ts', 'sh']));
  const ci = readFileSync(new URL('.ci/run', root), 'utf8');
  for (const { text } of blocks.filter(({ language }) => language === 'sh')) expect(ci).toContain(text.trim());
});

/** The examples of the docstrings, which leave out the imports and have the bytes of a hello at hand. */
const docstrings = readdirSync(new URL('src', root), { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .flatMap((path) => {
    const source = readFileSync(new URL(`src/${path}`, root), 'utf8');
    return [...source.matchAll(/@example\n((?: \*.*\n)+?) \*\/\n/g)].map(([, lines]) => lines!.replace(/^ \* ?/gm, ''));
  })
  .map((text) => {
    const used = (module: object): string =>
      Object.keys(module)
        // preread/node has functions of the same names, with hashes of its own.
        .filter((name) => new RegExp(`\\b${name}\\(`).test(text) && !(module === node && name in fingerprint))
        .join(', ');
    // Matchers are values, with names that stand in other examples as words.
    const matchers = /sniff/i.test(text) ? Object.keys(sniffing).filter((name) => new RegExp(`\\b${name}\\b`).test(text)) : [];
    return `import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { BlockList, createServer, Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { ${used(explaining)} } from 'preread/explain';
import { ${used(fingerprint)} } from 'preread/fingerprint';
import { ${used(whole)} } from 'preread';
import { ${used(tls)} } from 'preread/tls';
import { ${used(proxy)} } from 'preread/proxy';
import { ${used(http)} } from 'preread/http';
import { ${matchers.join(', ')} } from 'preread/sniff';
import { ${used(node)} } from 'preread/node';
import { ${used(web)} } from 'preread/web';
const bytes: Uint8Array = readFileSync('test/vectors/hellos/chromium.bin');
const socket: PassThrough = new PassThrough();
export const atHand: unknown[] = [bytes, socket, BlockList, createHash, createServer, Socket];
${text}`;
  });

const examples = [...blocks.filter(({ language }) => language === 'ts').map(({ text }) => text), ...docstrings];
const files = examples.map((text, i) => {
  const file = `test/.readme/example-${i}.ts`;
  writeFileSync(new URL(file, root), text);
  return file;
});

describe('examples of the README and of the docstrings', () => {
  test.each(examples.map((text, i) => [i, text] as const))('example %i', async (i, text) => {
    // What is printed stands in a comment behind, or in those of the lines below.
    const expected = [...text.matchAll(/console\.log\(.*\);(?: \/\/ (.*)|((?:\n\/\/ .*)+))$/gm)].map(
      ([, comment, lines]) => comment ?? lines!.replace(/^\n\/\/ /, '').replaceAll('\n// ', '\n'),
    );
    const log = vi.spyOn(console, 'log').mockImplementation(() => {});
    try {
      await import(new URL(files[i]!, root).pathname);
      expect(log.mock.calls.map((values) => format(...values).trimEnd())).toEqual(expected);
    } finally {
      log.mockRestore();
    }
  });

  test('all of them pass the type checker', () => {
    const flags = ['--ignoreConfig', '--noEmit', '--strict', '--target', 'es2023', '--module', 'nodenext', '--types', 'node'];
    const { stdout, status } = spawnSync('node_modules/.bin/tsc', [...flags, ...files], { cwd: root, encoding: 'utf8' });
    expect(stdout).toBe('');
    expect(status).toBe(0);
  }, 30_000);

  test('there are some, and all but those of a socket print', () => {
    expect(docstrings.length).toBeGreaterThanOrEqual(9);
    expect(examples.length - docstrings.length).toBeGreaterThanOrEqual(4);
    expect(examples.filter((text) => !text.includes('console.log')).every((text) => text.includes('socket'))).toBe(true);
  });
});

test('it names every function and list that the package exports, of the decoders of single extensions one for all', () => {
  const oneByOne = /^decode(?!ClientHello|ClientHelloMessage|ServerHello$|Extension$|KeyShare$|Record$|Alert$)/;
  const ofTls = Object.keys(tls).filter((name) => !oneByOne.test(name));
  const exported = [...ofTls, ...[whole, proxy, http, sniffing, fingerprint, explaining, node, web].flatMap((module) => Object.keys(module))];
  for (const name of exported) {
    if (name !== 'alertDescriptions') expect(readme).toMatch(new RegExp(`\\b${name}\\b`));
  }
});

test('the router stands in it whole', () => {
  expect(blocks.map(({ text }) => text)).toContain(readFileSync(new URL('test/e2e/router.ts', root), 'utf8'));
});

test('it says how many extensions have a type', () => {
  let typed = 0;
  for (let type = 0; type < 0x10000; type++) {
    const outcome = tls.decodeExtension({ type, data: new Uint8Array(0) });
    if (outcome.status === 'malformed' || outcome.value.name !== 'unknown') typed++;
  }
  expect(readme).toContain(`each of ${typed} extensions`);
});
