import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';

/**
 * Deep and strict equality. With no more than Node.js, since the fuzzers look at the laws outside a test runner; and
 * the message, which takes its time, is made only where they differ.
 */
export function same(actual: unknown, expected: unknown, what?: string): void {
  if (isDeepStrictEqual(actual, expected)) return;
  const differ = new assert.AssertionError({ actual, expected, operator: 'deepStrictEqual' });
  if (what !== undefined) differ.message = `${what}: ${differ.message}`;
  throw differ;
}
