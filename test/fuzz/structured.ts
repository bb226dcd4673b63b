/** The structure-aware half, in a thread of its own: slices of each target in turn, until the time is over. */
import { parentPort, workerData } from 'node:worker_threads';
import fc from 'fast-check';
import { describeFinding, SHRINKING, wordsFor } from './findings.ts';
import type { Finding } from './findings.ts';
import { targetNamed } from './targets.ts';
import type { Tally, Target } from './targets.ts';

export interface StructuredOrder {
  readonly targets: readonly string[];
  readonly seed: number;
  /** In milliseconds since 1970. */
  readonly until: number;
  /** What is fed at the moment, for who watches from outside: see {@link Watched}. */
  readonly watched: SharedArrayBuffer;
}

/** The answers to a slice. */
export interface Slice {
  readonly target: string;
  readonly inputs: number;
  readonly milliseconds: number;
  /** The slowest input, in milliseconds. */
  readonly slowest: number;
  readonly tally: Tally;
  readonly finding: Finding | undefined;
  /** In use after collecting garbage, in bytes: an array of bytes lies beside the heap. */
  readonly memory: number;
}

/** Of an input that is shown: what is longer was cut by then. */
const LONGEST = 1 << 20;

/** Shared memory: how many inputs there were, the index of the target, the length of the input, and the input. */
export class Watched {
  readonly memory: SharedArrayBuffer;
  readonly #numbers: Int32Array;
  readonly #input: Uint8Array;

  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(12 + LONGEST)) {
    this.memory = memory;
    this.#numbers = new Int32Array(memory, 0, 3);
    this.#input = new Uint8Array(memory, 12);
  }

  set(target: number, input: Uint8Array): void {
    this.#numbers[1] = target;
    this.#numbers[2] = Math.min(input.length, LONGEST);
    this.#input.set(input.subarray(0, LONGEST));
    Atomics.add(this.#numbers, 0, 1);
  }

  get count(): number {
    return Atomics.load(this.#numbers, 0);
  }

  get current(): { readonly target: number; readonly input: Uint8Array } {
    return { target: this.#numbers[1]!, input: this.#input.slice(0, this.#numbers[2]) };
  }
}

const SLICE = 3000;

/** Feeds what a target's generator makes, the same for the same seed. */
function feed(target: Target, seed: number, milliseconds: number, before: (input: Uint8Array) => void): Omit<Slice, 'memory'> {
  const tally: Tally = new Map();
  let [inputs, slowest] = [0, 0];
  const law = (input: Uint8Array): void => {
    before(input);
    inputs++;
    const start = performance.now();
    target.check(input, tally);
    slowest = Math.max(slowest, performance.now() - start);
  };
  const started = performance.now();
  const property = fc.property(target.inputs, law);
  const limits = { seed, numRuns: 1e9, interruptAfterTimeLimit: milliseconds };
  const found = fc.check(property, limits);
  const result = { target: target.name, inputs, milliseconds: performance.now() - started, slowest, tally };
  if (!found.failed || found.counterexample === null) return { ...result, finding: undefined };
  // Once more, with time to shrink it.
  const { counterexample } = fc.check(property, { ...limits, interruptAfterTimeLimit: milliseconds + SHRINKING });
  const [input] = counterexample ?? found.counterexample;
  return { ...result, finding: describeFinding(target, seed, input, wordsFor(found.errorInstance), before) };
}

function work(order: StructuredOrder, port: NonNullable<typeof parentPort>): void {
  const watched = new Watched(order.watched);
  const targets = order.targets.map(targetNamed);
  for (let slice = 0; Date.now() < order.until; slice++) {
    const index = slice % targets.length;
    // However short the time is, each target has its turn.
    const time = Math.min(SLICE, (order.until - Date.now()) / (targets.length - index));
    const answer = feed(targets[index]!, order.seed + Math.floor(slice / targets.length), time, (input) => watched.set(index, input));
    globalThis.gc?.();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    port.postMessage({ ...answer, memory: heapUsed + arrayBuffers } satisfies Slice);
  }
}

if (parentPort !== null) work(workerData as StructuredOrder, parentPort);
