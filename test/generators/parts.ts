/** What generators of bytes are made of: parts that are right, and now and then one that is wrong. */
import fc from 'fast-check';
import { bytes } from '../vectors/build.ts';
import type { Part } from '../vectors/build.ts';

/**
 * Chooses for one place between what is right there and what is wrong.
 *
 * @param weight how often it is wrong: in 3 of 27 unless given
 */
export type Or = <T>(right: fc.Arbitrary<T>, wrong: fc.Arbitrary<T>, weight?: number) => fc.Arbitrary<T>;

/** Never what is wrong. */
export const right: Or = (right) => right;

/** Most that is wrong is so in one place or two. */
const seldomWrong: Or = (right, wrong, weight = 3) =>
  fc.oneof({ withCrossShrink: true }, { weight: 24, arbitrary: right }, { weight, arbitrary: wrong });

/** Three of four with all places right, one with some that are wrong; shrinks to right ones. */
export function mostlyRight<T>(make: (or: Or) => fc.Arbitrary<T>): fc.Arbitrary<T> {
  return fc.oneof(
    { withCrossShrink: true },
    { weight: 3, arbitrary: make(right) },
    { weight: 1, arbitrary: make(seldomWrong) },
  );
}

/** Parts one behind the other, each the same always or an arbitrary. */
export function joined(...parts: readonly (Part | fc.Arbitrary<Part>)[]): fc.Arbitrary<Uint8Array> {
  return fc
    .tuple(...parts.map((part) => (part instanceof fc.Arbitrary ? part : fc.constant<Part>(part))))
    .map((all) => bytes(all));
}

/** Text of the characters in some ranges: `!~` is from `!` to `~`. */
export function textOf(ranges: string, minLength: number, maxLength: number): fc.Arbitrary<string> {
  const units: string[] = [];
  for (let at = 0; at < ranges.length; at += 2) {
    for (let code = ranges.charCodeAt(at); code <= ranges.charCodeAt(at + 1); code++)
      units.push(String.fromCharCode(code));
  }
  return fc.string({ unit: fc.constantFrom(...units), minLength, maxLength });
}

export function noise(length: number): fc.Arbitrary<Uint8Array> {
  return fc.uint8Array({ minLength: length, maxLength: length });
}

/** Any text, as UTF-8. */
export function utf8(maxLength: number): fc.Arbitrary<Uint8Array> {
  const encoder = new TextEncoder();
  return fc.string({ unit: 'grapheme', maxLength }).map((text) => encoder.encode(text));
}

/** In every case in which a client may write it. */
export const domains: fc.Arbitrary<string> = fc.oneof(fc.domain(), fc.mixedCase(fc.domain()));

/** In every spelling: with groups in capitals, of four digits, and as `::`. */
export const ipv6Texts: fc.Arbitrary<string> = fc
  .tuple(fc.oneof(fc.ipV6(), fc.mixedCase(fc.ipV6())), fc.boolean())
  .map(([text, isPadded]) =>
    isPadded && !text.includes('.') ? text.replace(/[^:]+/g, (group) => group.padStart(4, '0')) : text,
  );
