// Runs the tests that reach a mutant, in this process: Stryker's own way with Vitest takes seconds for each of them, as it
// collects thousands of tests and tells them apart by one pattern of all their names.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { declareFactoryPlugin, PluginKind } from '@stryker-mutator/api/plugin';
import { DryRunStatus, MutantRunStatus, TestStatus } from '@stryker-mutator/api/test-runner';
import { collect } from './suite.mjs';

/** What the instrumented sources share with whoever runs them. */
const state = (globalThis.__stryker__ ??= {});

/** The test that stands for what a file does before its tests run. */
const LOADING = '(loading)';

class Runner {
  /** How long each test takes, for a process that takes over from one that had to be ended. */
  #durationsFile = resolve('durations.json');
  #durations = new Map();
  #files;
  /** By the file of the mutant, which tests noticed one in it, the last first: those may well notice the next. */
  #killers = new Map();

  static inject = ['options'];

  constructor(options) {
    this.#files = options.tests;
  }

  capabilities() {
    return { reloadEnvironment: true };
  }

  async init() {
    if (existsSync(this.#durationsFile)) this.#durations = new Map(JSON.parse(readFileSync(this.#durationsFile, 'utf8')));
  }

  async dryRun() {
    const tests = [];
    for (const file of this.#files) {
      for await (const result of this.#runFile(file)) tests.push(result);
    }
    this.#durations = new Map(tests.map(({ id, timeSpentMs }) => [id, timeSpentMs]));
    writeFileSync(this.#durationsFile, JSON.stringify([...this.#durations]));
    return { status: DryRunStatus.Complete, tests, mutantCoverage: state.mutantCoverage };
  }

  async mutantRun({ activeMutant, sandboxFileName, testFilter, hitLimit }) {
    const asked = new Set(testFilter);
    const costs = new Map();
    for (const id of asked) costs.set(fileOf(id), (costs.get(fileOf(id)) ?? 0) + this.#durations.get(id));
    const killers = this.#killers.get(sandboxFileName) ?? [];
    const ranks = new Map(killers.map((id, i) => [id, i]));
    const rank = (id) => ranks.get(id) ?? Infinity;
    const rankOfFile = (file) => rank(killers.find((id) => fileOf(id) === file));
    let hits = 0;
    // Stryker allows for a hundred times as many as all tests together took.
    const limit = Math.max(1000, hitLimit / 100);
    const isReached = () => {
      if (++hits > limit) throw new Error('reached without end');
      return true;
    };
    const mutant = { id: activeMutant.id, path: resolve(sandboxFileName), isReached };
    let nrOfTests = 0;
    const files = [...costs].sort(([one, a], [other, b]) => compare(rankOfFile(one), rankOfFile(other)) || a - b);
    for (const [file] of files) {
      for await (const result of this.#runFile(file, mutant, asked, rank)) {
        nrOfTests++;
        if (hits > limit) return { status: MutantRunStatus.Timeout, reason: `reached ${hits} times` };
        hits = 0;
        if (result.status === TestStatus.Success) continue;
        this.#killers.set(sandboxFileName, [result.id, ...killers.filter((id) => id !== result.id)]);
        return { status: MutantRunStatus.Killed, killedBy: [result.id], failureMessage: result.failureMessage, nrOfTests };
      }
    }
    return { status: MutantRunStatus.Survived, nrOfTests };
  }

  /**
   * Runs the tests of a file: those of a low rank first, then those that reach the mutant, then the others, for which these may
   * have filled a table; and of equals the quickest.
   */
  async *#runFile(file, mutant, asked = new Set(), rank = () => 0) {
    let tests = [];
    yield this.#run(file, { name: LOADING, run: () => void (tests = collect(resolve(file), mutant)) });
    const ranked = tests
      .map((test) => ({ test, id: idOf(file, test.name) }))
      .map(({ test, id }) => ({ test, rank: rank(id), isOther: !asked.has(id), duration: this.#durations.get(id) ?? 0 }))
      .sort((a, b) => compare(a.rank, b.rank) || a.isOther - b.isOther || a.duration - b.duration);
    for (const { test } of ranked) yield this.#run(file, test);
  }

  async #run(file, { name, run }) {
    const id = idOf(file, name);
    state.currentTestId = id;
    const start = performance.now();
    let failureMessage;
    try {
      await run();
    } catch (error) {
      failureMessage = String(error?.message ?? error);
    }
    const result = { id, name: `${file} ${name}`, fileName: resolve(file), timeSpentMs: performance.now() - start };
    if (failureMessage === undefined) return { ...result, status: TestStatus.Success };
    return { ...result, status: TestStatus.Failed, failureMessage };
  }
}

function idOf(file, name) {
  return `${file}#${name}`;
}

/** As numbers are sorted, infinite ones among them. */
function compare(one, other) {
  return one === other ? 0 : one - other;
}

function fileOf(id) {
  return id.slice(0, id.indexOf('#'));
}

function createRunner(injector) {
  return injector.injectClass(Runner);
}
createRunner.inject = ['$injector'];

export const strykerPlugins = [declareFactoryPlugin(PluginKind.TestRunner, 'in-process', createRunner)];
export const strykerValidationSchema = {
  properties: { tests: { description: 'The files of tests to run.', type: 'array', items: { type: 'string' } } },
};
