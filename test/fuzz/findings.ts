/** What the fuzzers find, and the test that is made of it. */
import fc from 'fast-check';
import { Broken } from './targets.ts';
import type { Target } from './targets.ts';

export interface Finding {
  readonly target: string;
  readonly seed: number;
  readonly input: Uint8Array;
  readonly kind: 'throw' | 'hang' | 'disagreement';
  /** What went wrong in one line, and the whole of it. */
  readonly title: string;
  readonly stack: string;
}

/** A finding without its bytes. */
export type Words = Pick<Finding, 'kind' | 'title' | 'stack'>;

export const SHRINKING = 30_000;

/**
 * The finding in as few and as small bytes as keep it, and what they break.
 *
 * @param seen what was seen of it: all that is left of what depends on more than the input
 */
export function describeFinding(
  target: Target,
  seed: number,
  input: Uint8Array,
  seen: Words,
  before: (input: Uint8Array) => void = () => {},
): Finding {
  const law = (bytes: Uint8Array): void => {
    before(bytes);
    target.check(bytes, new Map());
  };
  const shrunk = fc.check(fc.property(fc.uint8Array({ maxLength: Math.max(input.length, 1) }), law), {
    examples: [[input]],
    numRuns: 1,
    interruptAfterTimeLimit: SHRINKING,
  });
  const smallest = shrunk.counterexample?.[0] ?? input;
  const finding = { target: target.name, seed, input: smallest };
  try {
    law(smallest);
  } catch (error) {
    return { ...finding, ...wordsFor(error) };
  }
  return { ...finding, ...seen, title: `${seen.title}, but not again` };
}

export function wordsFor(error: unknown): Words {
  const { title, isThrow } = error instanceof Broken ? error : { title: String(error), isThrow: true };
  return { kind: isThrow ? 'throw' : 'disagreement', title, stack: (error instanceof Error && error.stack) || title };
}

/** A file for `test` that fails until what was found is mended. */
export function testOf({ target, title, input, seed }: Finding): string {
  return `// npm run fuzz -- --only ${target} --seed ${seed}
import { test } from 'vitest';
import { targetNamed } from './fuzz/targets.ts';
import { fromHex } from './vectors/build.ts';

test(${JSON.stringify(`${target}: ${title}`)}, () => {
  targetNamed('${target}').check(fromHex('${Buffer.from(input).toString('hex')}'), new Map());
});
`;
}
