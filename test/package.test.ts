/** What package.json promises, and what the build gives for it. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

const root = new URL('..', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');
const parts = ['tls', 'tls/names', 'proxy', 'sniff', 'http', 'fingerprint', 'explain', 'node', 'web'];
const subpaths = ['preread', ...parts.map((part) => `preread/${part}`)];

const manifest = JSON.parse(read('package.json')) as {
  dependencies?: object;
  devDependencies: object;
  exports: Record<string, string>;
  sideEffects: boolean;
  type: string;
};

describe('package.json', () => {
  test('has no runtime dependency and no other development dependency than the frame names', () => {
    expect(manifest.dependencies).toBeUndefined();
    expect(Object.keys(manifest.devDependencies).sort()).toEqual(['@types/node', 'fast-check', 'tsup', 'typescript', 'vitest']);
  });

  test('is ESM without side effects, and every subpath is one plain file with a source', () => {
    expect(manifest).toMatchObject({ type: 'module', sideEffects: false });
    for (const [subpath, file] of Object.entries(manifest.exports)) {
      expect(typeof file, subpath).toBe('string');
      if (subpath !== './package.json') {
        expect(() => read(file.replace('./dist/', 'src/').replace(/\.js$/, '.ts')), subpath).not.toThrow();
        expect(subpaths).toContain(subpath.replace('.', 'preread'));
      }
    }
  });

  test.each(['', 'test/mutation/', 'test/package/', 'test/runtimes/'])('the lock file in %j holds no download address', (folder) => {
    expect(read(`${folder}package-lock.json`)).not.toMatch(/"resolved"|https?:\/\/registry/);
    expect(read(`${folder}.npmrc`)).toContain('omit-lockfile-registry-resolved=true');
  });
});

describe('the build', () => {
  const load = (name: string): Promise<Record<string, unknown>> => import(/* @vite-ignore */ name);

  test.each(subpaths)('%s exports what its source exports', async (name) => {
    const file = manifest.exports[name.replace('preread', '.')]!;
    const built = await load(name);
    const source = await load(file.replace('./dist/', '../src/').replace(/\.js$/, '.ts'));
    expect(Object.keys(built).sort()).toEqual(Object.keys(source).sort());
    expect(Object.keys(built).length).toBeGreaterThan(0);
  });

  test.each(subpaths)('%s has declarations beside it', (name) => {
    const file = manifest.exports[name.replace('preread', '.')]!;
    expect(read(file.replace(/\.js$/, '.d.ts'))).toContain('export');
  });

  test('no file of it imports anything but its own files, and modules of Node.js where it is for that', () => {
    for (const name of subpaths) {
      for (const [, target] of read(manifest.exports[name.replace('preread', '.')]!).matchAll(/from "([^"]+)"/g)) {
        expect(target).toMatch(name === 'preread/node' ? /^(?:\.{1,2}\/|node:)/ : /^\.{1,2}\//);
      }
    }
  });
});
