// As much of Vitest as the tests of the decoders use: its `expect` and `vi`, and a `test` and `describe` that collect.
import { format } from 'node:util';
import { expect, expectTypeOf, vi } from 'vitest';
import { Modules } from './modules.mjs';

// Matchers ask it which test they are in.
globalThis.__vitest_worker__ ??= {};

/**
 * Evaluates a file of tests, and all that it imports, anew.
 *
 * @param mutant the active one, as {@link Modules} takes it
 * @returns its tests in order, each with a name of its own
 */
export function collect(path, mutant) {
  const tests = [];
  const afterEach = [];
  const names = [];
  const seen = new Map();

  const describe = (name, body) => {
    names.push(name);
    body();
    names.pop();
  };
  const test = (name, body) => {
    const title = [...names, name].join(' ');
    const before = seen.get(title) ?? 0;
    seen.set(title, before + 1);
    const run = async () => {
      try {
        await body();
      } finally {
        for (const after of afterEach) after();
      }
    };
    tests.push({ name: before === 0 ? title : `${title} (${before + 1})`, run });
  };
  const each = (add) => (cases) => (name, body) =>
    cases.forEach((row, i) => {
      const args = Array.isArray(row) ? row : [row];
      add(titleOf(name, args, i), () => body(...args));
    });
  describe.each = each(describe);
  test.each = each(test);

  const vitest = {
    describe,
    test,
    it: test,
    afterEach: (after) => afterEach.push(after),
    expect,
    expectTypeOf,
    vi: new Proxy(vi, { get: (target, key) => (key === 'resetModules' ? () => modules.reset() : target[key]) }),
  };
  const modules = new Modules({ vitest }, mutant);
  modules.load(path);
  return tests;
}

/** The name of a row, as far as that tells rows apart. */
function titleOf(name, args, i) {
  const title = name.replace(/\$(\w+)/g, (_, key) => String(args[0]?.[key])).replace(/%#/g, String(i));
  const count = title.replace(/%%/g, '').match(/%[sdifjoOc]/g)?.length ?? 0;
  return format(title, ...args.slice(0, count));
}
