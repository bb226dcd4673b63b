/** That a finding keeps what was seen of it, and can be pasted. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
// Of Vite, which vitest brings and hands on.
import { parseAst } from 'vitest/node';
import { describeFinding, testOf, wordsFor } from './findings.ts';
import type { Target } from './targets.ts';

const target = (check: Target['check']): Target => ({ name: 'tlv', inputs: fc.uint8Array(), check });

test('a throw with quotes and lines in its words: the fewest bytes, in a test that can be read', () => {
  const throwing = target((input) => {
    if (input.includes(7)) throw new TypeError("Cannot read properties of undefined (reading 'length')\nat all");
  });
  const finding = describeFinding(throwing, 5, Uint8Array.of(1, 2, 7, 9), wordsFor(undefined));
  expect(finding).toMatchObject({ target: 'tlv', seed: 5, kind: 'throw', input: Uint8Array.of(7) });
  const text = testOf(finding);
  expect(text).toContain("fromHex('07')");
  expect(() => parseAst(text, { lang: 'ts' })).not.toThrow();
});

test('what the input alone does not break again: as it was seen', () => {
  const harmless = target(() => {});
  const seen = new RangeError('the five hundredth');
  const input = Uint8Array.of(1, 2);
  expect(describeFinding(harmless, 5, input, wordsFor(seen))).toEqual({
    target: 'tlv',
    seed: 5,
    kind: 'throw',
    input,
    title: 'RangeError: the five hundredth, but not again',
    stack: seen.stack,
  });
});
