/** What the generators are made of. Everything shrinks to fewer, shorter and zero. */
import fc from 'fast-check';
import type { Extension } from '../../src/tls/index.ts';
import { bytes, extension, handshake, u24, vector16, vector8 } from '../vectors/build.ts';
import type { Part } from '../vectors/build.ts';

/** One of these, by weight; it shrinks into the first. */
export function mostly<T>(
  ...choices: readonly (readonly [weight: number, arbitrary: fc.Arbitrary<T>])[]
): fc.Arbitrary<T> {
  return fc.oneof({ withCrossShrink: true }, ...choices.map(([weight, arbitrary]) => ({ weight, arbitrary })));
}

/** Bytes that mean nothing, from few draws however many they are. */
export function opaque(least: number, most: number = least): fc.Arbitrary<Uint8Array> {
  return fc
    .tuple(fc.integer({ min: least, max: most }), fc.nat(0xff), fc.nat(0xff))
    .map(([length, first, step]) => new Uint8Array(length).map((_, i) => first + i * step));
}

export const u8: fc.Arbitrary<number> = mostly([3, fc.nat(3)], [1, fc.nat(0xff)], [1, fc.constantFrom(0, 0xff)]);

export const grease: fc.Arbitrary<number> = fc.nat(15).map((i) => 0x0a0a + 0x1010 * i);

/** Numbers that have a meaning mostly, else GREASE, almost GREASE, the edges and any. */
export function u16Of(known: readonly number[]): fc.Arbitrary<number> {
  const odd = fc.constantFrom(0, 0xffff, 0x0a1a, 0x0a0b, 0x1a0a);
  return mostly([10, fc.constantFrom(...known)], [2, grease], [1, odd], [1, fc.nat(0xffff)]);
}

/** Few of something mostly, and sometimes up to `most`. */
export function list<T>(item: fc.Arbitrary<T>, least: number, most: number): fc.Arbitrary<T[]> {
  const some = fc.array(item, { minLength: least, maxLength: Math.min(most, 6), size: 'max' });
  return mostly([12, some], [1, fc.array(item, { minLength: least, maxLength: most, size: 'max' })]);
}

/** Behind their length in one byte, and in two. */
export function counted8(...parts: readonly fc.Arbitrary<Part>[]): fc.Arbitrary<Uint8Array> {
  return fc.tuple(...parts).map((made) => vector8(made));
}
export function counted16(...parts: readonly fc.Arbitrary<Part>[]): fc.Arbitrary<Uint8Array> {
  return fc.tuple(...parts).map((made) => vector16(made));
}

/** What makes bytes almost right: one more or less, or one that is another. */
const changes: fc.Arbitrary<(right: Uint8Array) => Uint8Array> = fc
  // Most of what decides stands at the beginning.
  .tuple(fc.nat(3), mostly([2, fc.nat(5)], [1, fc.nat(400)]), u8)
  .map(([how, at, byte]) => (right) => {
    switch (how) {
      case 0:
        return right.slice(0, at);
      case 1:
        return bytes(right, byte);
      default: {
        const index = at % (right.length || 1);
        return right.map((old, i) => (i !== index ? old : how === 2 ? old + 1 - (byte & 2) : byte));
      }
    }
  });

/** Almost right. */
export function spoiled(data: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> {
  return fc.tuple(data, changes).map(([right, change]) => change(right));
}

/** Of the same type, with data that is almost right. */
export function spoiledExtension(made: fc.Arbitrary<Extension>): fc.Arbitrary<Extension> {
  return fc.tuple(made, changes).map(([{ type, data }, change]) => ({ type, data: change(data) }));
}

/** Without the length of the block. */
export function blockOf(extensions: readonly Extension[]): Uint8Array {
  return bytes(extensions.map(({ type, data }) => extension(type, data)));
}

/** Handshake messages whose body ends early or goes on, whose length alone says so, or that are others. */
export function misfits(message: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> {
  return fc.oneof(
    fc.tuple(message, fc.nat(120)).map(([whole, length]) => handshake(whole.slice(4, 4 + length), whole[0])),
    fc.tuple(message, fc.integer({ min: 1, max: 9 })).map(([whole, left]) => handshake(whole.slice(4, -left), whole[0])),
    fc.tuple(message, opaque(1, 3)).map(([whole, behind]) => handshake(bytes(whole.slice(4), behind), whole[0])),
    fc
      .tuple(message, fc.constantFrom(-1, 1, 200, 0xff00, 0xff0000))
      .map(([whole, more]) => bytes(whole[0]!, u24(whole.length - 4 + more), whole.slice(4))),
    fc.tuple(message, u8).map(([whole, type]) => bytes(type, whole.slice(1))),
    spoiled(message),
  );
}
