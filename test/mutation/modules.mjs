// TypeScript modules that are compiled once and can be evaluated any number of times: each mutant gets all of them anew, so
// that no table or cache that one mutant filled is there for the next.
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { compileFunction } from 'node:vm';
import { transformSync } from 'esbuild';

/** Of packages: those of this project, as its copy has none. */
const require = createRequire(import.meta.url);

/** What is compiled so far, by path; of the module that has the mutant, not here. */
const compiled = new Map();

/** Instrumented sources ask at every mutant which one is active; for one that is known they are as quick as they were. */
function compile(path, mutant) {
  let source = readFileSync(path, 'utf8');
  if (mutant !== undefined) {
    source = source
      .replace(/stryMutAct_9fa48\("(\d+)"\)/g, (_, id) => (id === mutant ? '__isReached()' : 'false'))
      .replace(/stryCov_9fa48\((?:"\d+"(?:, )?)+\)/g, '0');
  }
  const { code } = transformSync(source, {
    loader: 'ts',
    format: 'cjs',
    target: 'es2023',
    minifySyntax: mutant !== undefined,
    define: { 'import.meta.url': '__url' },
    supported: { 'dynamic-import': false },
  });
  const evaluate = compileFunction(code, ['module', 'exports', 'require', '__url', '__isReached'], { filename: path });
  return { evaluate, url: pathToFileURL(path).href };
}

/** The modules for one mutant, or for none yet, where all are instrumented. */
export class Modules {
  #given;
  #mutant;
  #evaluated = new Map();

  /**
   * @param given what to import by these names
   * @param mutant the active one: its `id`, the `path` of the module that has it, and `isReached` to call there, which is true
   */
  constructor(given, mutant) {
    this.#given = given;
    this.#mutant = mutant;
  }

  reset() {
    this.#evaluated.clear();
  }

  load(path) {
    const before = this.#evaluated.get(path);
    if (before !== undefined) return before.exports;
    const { evaluate, url } = this.#compiled(path);
    const module = { exports: {} };
    this.#evaluated.set(path, module);
    const load = (name) => {
      if (name in this.#given) return this.#given[name];
      const target = resolve(dirname(path), name);
      return name.startsWith('.') && existsSync(target) ? this.load(target) : require(name);
    };
    evaluate(module, module.exports, load, url, this.#mutant?.isReached);
    return module.exports;
  }

  #compiled(path) {
    const mutant = this.#mutant;
    if (path === mutant?.path) return (mutant.compiled ??= compile(path, mutant.id));
    const key = `${mutant === undefined} ${path}`;
    if (!compiled.has(key)) compiled.set(key, compile(path, mutant && ''));
    return compiled.get(key);
  }
}
