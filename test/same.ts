import { isDeepStrictEqual } from 'node:util';
import { expect } from 'vitest';

/** `expect(actual, what).toStrictEqual(expected)`, which takes its time, only where they differ. */
export function same(actual: unknown, expected: unknown, what?: string): void {
  if (!isDeepStrictEqual(actual, expected)) expect(actual, what).toStrictEqual(expected);
}
