// Runs the tests that reach a mutant, in this process: Stryker's own way with Vitest takes seconds for each of them, as it
// collects thousands of tests and tells them apart by one pattern of all their names.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { declareFactoryPlugin, PluginKind } from '@stryker-mutator/api/plugin';
import { DryRunStatus, MutantRunStatus, TestStatus } from '@stryker-mutator/api/test-runner';
import { collect } from './suite.mjs';

/** What the instrumented sources share with whoever runs them. */
const state = (globalThis.__stryker__ ??= {});

/** The test that stands for what a file does before its tests run: a mutant that is reached there may fail any of them. */
const LOADING = '(loading)';

class Runner {
  /** How long each test takes, for a process that takes over from one that had to be ended. */
  #durationsFile = resolve('durations.json');
  #durations = new Map();
  #files;

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
      for await (const result of this.#runFile(file, () => true)) tests.push(result);
    }
    this.#durations = new Map(tests.map(({ id, timeSpentMs }) => [id, timeSpentMs]));
    writeFileSync(this.#durationsFile, JSON.stringify([...this.#durations]));
    return { status: DryRunStatus.Complete, tests, mutantCoverage: state.mutantCoverage };
  }

  async mutantRun({ activeMutant, sandboxFileName, testFilter, hitLimit }) {
    const asked = new Set(testFilter);
    const costs = new Map();
    for (const id of asked) costs.set(fileOf(id), (costs.get(fileOf(id)) ?? 0) + this.#durations.get(id));
    let hits = 0;
    // Stryker allows for a hundred times as many as all tests together took.
    const limit = Math.max(1000, hitLimit / 100);
    const isReached = () => {
      if (++hits > limit) throw new Error('reached without end');
      return true;
    };
    const mutant = { id: activeMutant.id, path: resolve(sandboxFileName), isReached };
    let nrOfTests = 0;
    for (const [file] of [...costs].sort(([, a], [, b]) => a - b)) {
      const isReachedByAll = asked.has(idOf(file, LOADING));
      for await (const result of this.#runFile(file, (id) => isReachedByAll || asked.has(id), mutant)) {
        nrOfTests++;
        if (hits > limit) return { status: MutantRunStatus.Timeout, reason: `reached ${hits} times` };
        hits = 0;
        if (result.status === TestStatus.Success) continue;
        return { status: MutantRunStatus.Killed, killedBy: [result.id], failureMessage: result.failureMessage, nrOfTests };
      }
    }
    return { status: MutantRunStatus.Survived, nrOfTests };
  }

  /** Runs the tests of a file that are asked for, the quickest first. */
  async *#runFile(file, isAsked, mutant) {
    let tests = [];
    yield this.#run(file, { name: LOADING, run: () => void (tests = collect(resolve(file), mutant)) });
    const duration = ({ name }) => this.#durations.get(idOf(file, name)) ?? 0;
    tests = tests.filter(({ name }) => isAsked(idOf(file, name))).sort((a, b) => duration(a) - duration(b));
    for (const test of tests) yield this.#run(file, test);
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
