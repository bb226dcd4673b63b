/** Every code block of the README is run, and prints what its comments say. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { afterAll, describe, expect, test, vi } from 'vitest';

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

describe('code blocks', () => {
  const examples = blocks.filter(({ language }) => language === 'ts').map(({ text }) => text);

  test.each(examples.map((text, i) => [i, text] as const))('block %i', async (i, text) => {
    const expected = [...text.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)].map(([, comment]) => comment);
    const file = new URL(`block-${i}.ts`, folder);
    writeFileSync(file, text);
    const log = vi.spyOn(console, 'log').mockImplementation(() => {});
    try {
      await import(file.pathname);
      const printed = log.mock.calls.map(([value]) => (typeof value === 'string' ? value : inspect(value)));
      expect(printed).toEqual(expected);
    } finally {
      log.mockRestore();
    }
  });

  test('all of them pass the type checker', () => {
    const files = examples.map((text, i) => {
      writeFileSync(new URL(`block-${i}.ts`, folder), text);
      return `test/.readme/block-${i}.ts`;
    });
    const flags = ['--ignoreConfig', '--noEmit', '--strict', '--target', 'es2023', '--module', 'nodenext', '--types', 'node'];
    const { stdout, status } = spawnSync('node_modules/.bin/tsc', [...flags, ...files], { cwd: root, encoding: 'utf8' });
    expect(stdout).toBe('');
    expect(status).toBe(0);
  }, 30_000);

  test('the first is what the README opens with, and prints', () => {
    expect(examples.length).toBeGreaterThan(3);
    expect(examples[0]).toContain('console.log');
  });
});

test('it names every decoder, encoder and parser that the package exports', async () => {
  const exported = Object.keys(await import('../src/tls/index.ts')).filter((name) => !/^decode[A-Z]/.test(name));
  for (const name of [...exported, 'decodeClientHello', 'decodeClientHelloMessage', 'decodeExtension', 'decodeKeyShare', 'decodeRecord', 'decodeAlert']) {
    if (name !== 'alertDescriptions') expect(readme).toContain(name);
  }
});

test('it says how many extensions have a type', async () => {
  const { decodeExtension } = await import('../src/tls/index.ts');
  let typed = 0;
  for (let type = 0; type < 0x10000; type++) {
    const outcome = decodeExtension({ type, data: new Uint8Array(0) });
    if (outcome.status === 'malformed' || outcome.value.name !== 'unknown') typed++;
  }
  expect(readme).toContain(`each of ${typed} extensions`);
});
