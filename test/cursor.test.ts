import { describe, expect, it, test } from 'vitest';
import { asBytes, copy, Cursor, decodeWhole, decodeWith, hex, i32LittleEndianAt, latin1, matching } from '../src/cursor.ts';
import { stopBefore, u16At, u16List, u32At, u8At, u8List, utf8, view } from '../src/cursor.ts';
import { complete } from '../src/decoded.ts';
import type { Decoded } from '../src/decoded.ts';
import { bytes } from './vectors/build.ts';

type Code = 'tls.a' | 'tls.b' | 'tls.limit';

function open<T>(input: Uint8Array, read: (cursor: Cursor<Code>) => T, maxBytes: number = Infinity): Decoded<T, Code> {
  const cursor = Cursor.open<Code>(input, 0, maxBytes, 'tls.limit');
  return decodeWith<T, Code>(() => complete(read(cursor), cursor.offset));
}

describe('the two kinds of limit', () => {
  const read = (cursor: Cursor<Code>): number => cursor.u16() + cursor.u24();

  test('running out of an open one is incomplete', () => {
    expect(open(bytes(0, 1, 0, 0), read)).toEqual({ status: 'incomplete', needed: 1 });
    expect(open(bytes(0, 1, 0, 0, 2), read)).toEqual({ status: 'complete', value: 3, size: 5 });
  });

  test('running out of a declared one is malformed, at the field that does not fit', () => {
    expect(decodeWhole<number, Code>(bytes(0, 1, 0, 0), 'tls.a', read)).toEqual({
      status: 'malformed',
      code: 'tls.a',
      offset: 2,
    });
  });

  test('an open one that would have to move past maxBytes is malformed, whether or not the bytes are there', () => {
    for (const input of [bytes(0, 1), bytes(0, 1, 0, 0), bytes(0, 1, 0, 0, 2, 9)]) {
      expect(open(input, read, 4)).toEqual({ status: 'malformed', code: 'tls.limit', offset: 2 });
    }
    expect(open(bytes(0), read, 4)).toEqual({ status: 'incomplete', needed: 1 });
  });

  test('a vector in an open one is incomplete until it is whole, and declared inside', () => {
    const inside = (cursor: Cursor<Code>): number => cursor.vector8<Code>('tls.b').u16();
    expect(open(bytes(3, 1), inside)).toEqual({ status: 'incomplete', needed: 2 });
    expect(open(bytes(1, 1, 1), inside)).toEqual({ status: 'malformed', code: 'tls.b', offset: 1 });
  });

  test('a vector that does not fit into a declared one is malformed at its length', () => {
    expect(decodeWhole<number, Code>(bytes(9, 0, 3, 1, 2), 'tls.a', (c) => c.u8() + c.vector16().limit)).toEqual({
      status: 'malformed',
      code: 'tls.a',
      offset: 1,
    });
  });

  test('bytes left over are malformed at the first of them', () => {
    expect(decodeWhole<number, Code>(bytes(1, 2, 3), 'tls.a', (c) => c.u8())).toEqual({
      status: 'malformed',
      code: 'tls.a',
      offset: 1,
    });
  });
});

describe('numbers', () => {
  const all = bytes(0xff, 0xfe, 0xfd, 0xfc, 0xfb, 0xfa, 0xf9, 0xf8);
  test.each([
    ['u8', (c: Cursor<Code>) => c.u8(), 0xff],
    ['u16', (c: Cursor<Code>) => c.u16(), 0xfffe],
    ['u24', (c: Cursor<Code>) => c.u24(), 0xfffefd],
    ['u32', (c: Cursor<Code>) => c.u32(), 0xfffefdfc],
    ['varint', (c: Cursor<Code>) => c.varint(), 0x3ffefdfcfbfaf9f8n],
  ])('%s is unsigned and big-endian', (_, read, value) => {
    expect(open<number | bigint>(all, read)).toMatchObject({ value });
  });

  test.each([
    ['u16', (c: Cursor<Code>) => c.u16(), 1],
    ['u24', (c: Cursor<Code>) => c.u24(), 2],
    ['u32', (c: Cursor<Code>) => c.u32(), 3],
    ['varint', (c: Cursor<Code>) => c.varint(), 7],
  ])('%s cut short fails at its first byte', (_, read, length) => {
    expect(open<number | bigint>(all.subarray(0, length), read)).toMatchObject({ status: 'incomplete' });
    expect(decodeWhole<number | bigint, Code>(all.subarray(0, length), 'tls.a', read)).toEqual({
      status: 'malformed',
      code: 'tls.a',
      offset: 0,
    });
  });

  // RFC 9000 A.1.
  test.each([
    ['c2197c5eff14e88c', 151288809941952652n],
    ['9d7f3e7d', 494878333n],
    ['7bbd', 15293n],
    ['25', 37n],
    ['4025', 37n],
  ])('varint %s', (digits, value) => {
    expect(open(Uint8Array.from(Buffer.from(digits, 'hex')), (c) => c.varint())).toMatchObject({
      value,
      size: digits.length / 2,
    });
  });
});

describe('bytes', () => {
  it('latin1 is one character per byte, at any length', () => {
    const every = Uint8Array.from({ length: 256 }, (_, i) => i);
    for (let length = 0; length <= 40; length++) {
      expect(latin1(every, 100, 100 + length)).toBe(Buffer.from(every).toString('latin1', 100, 100 + length));
    }
    expect(latin1(every, 0, 256)).toBe(Buffer.from(every).toString('latin1'));
  });

  it('view and copy are plain arrays, over the input and apart from it', () => {
    const input = Buffer.from([1, 2, 3]);
    const seen = view(input, 1, 3);
    const owned = copy(input, 1, 3);
    input[1] = 9;
    expect([seen, owned]).toEqual([bytes(9, 3), bytes(2, 3)]);
    for (const array of [seen, owned]) expect(Object.getPrototypeOf(array)).toBe(Uint8Array.prototype);
  });

  it('asBytes takes any view and nothing else', () => {
    const memory = bytes(1, 2, 3, 4).buffer as ArrayBuffer;
    expect(asBytes(new DataView(memory, 1, 2) as unknown as Uint8Array)).toEqual(bytes(2, 3));
    expect(asBytes(new Int8Array(memory) as unknown as Uint8Array)).toEqual(bytes(1, 2, 3, 4));
    for (const wrong of [undefined, null, 'text', [1], memory, {}]) {
      expect(() => asBytes(wrong as unknown as Uint8Array)).toThrow(TypeError);
    }
  });

  it('hex has two digits a byte', () => {
    expect(hex(bytes(0, 9, 0xab, 0xff))).toBe('0009abff');
  });
});

test('what is thrown by a bug is not taken for an outcome', () => {
  expect(() => decodeWith(() => { throw new RangeError('a bug'); })).toThrow(RangeError);
});

describe('text on the wire', () => {
  test('matching counts up to the first byte that differs, the end, or the end of the text', () => {
    const text = 'hell\xf6';
    expect(matching(bytes('hell\xf6 you'), 0, 9, text)).toBe(5);
    expect(matching(bytes('hell\xf6'), 0, 3, text)).toBe(3);
    expect(matching(bytes('help'), 0, 4, text)).toBe(3);
    expect(matching(bytes(), 0, 0, text)).toBe(0);
  });

  test('utf8 drops nothing: what is ill-formed becomes U+FFFD, a byte order mark stays', () => {
    expect(utf8(bytes(0xef, 0xbb, 0xbf, 0x61, 0, 0xc3, 0xbc))).toBe('\ufeffa\0ü');
    expect(utf8(bytes(0x61, 0xff, 0x62))).toBe('a\ufffdb');
    expect(utf8(bytes(0xed, 0xa0, 0x80))).toMatch(/^\ufffd+$/);
  });

  test('numbers at an offset, in either order', () => {
    const input = bytes(0x78, 0x56, 0x34, 0x12, 0xfe, 0xff, 0xff, 0xff);
    expect(u8At(input, 1)).toBe(0x56);
    expect(u16At(input, 3)).toBe(0x12fe);
    expect(u32At(input, 4)).toBe(0xfeffffff);
    expect(i32LittleEndianAt(input, 0)).toBe(0x12345678);
    expect(i32LittleEndianAt(input, 4)).toBe(-2);
    expect(u8List(input, 2, 5)).toEqual([0x34, 0x12, 0xfe]);
    expect(u16List(input, 1, 6)).toEqual([0x5634, 0x12fe]);
  });

  test('stopBefore waits for what may come, and refuses what may not, whatever has come', () => {
    expect(stopBefore(bytes(1, 2), 2, 5, 'tls.limit', 7)).toBeUndefined();
    expect(stopBefore(bytes(1, 2), 5, 5, 'tls.limit', 7)).toEqual({ status: 'incomplete', needed: 3 });
    expect(stopBefore(bytes(1, 2, 3, 4, 5, 6), 6, 5, 'tls.limit', 7)).toEqual({ status: 'malformed', code: 'tls.limit', offset: 7 });
  });
});
