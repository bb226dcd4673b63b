import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { bytesField, integerField, latin1Field, utf8Field } from '../src/field.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('what an encoder is asked to write, checked', () => {
  test('integers from 0 to a maximum', () => {
    expect(integerField(0, 255, 'x')).toBe(0);
    expect(integerField(255, 255, 'x')).toBe(255);
    for (const value of [-1, 256, 0.5, NaN, Infinity]) {
      expect(() => integerField(value, 255, 'x.y')).toThrow(new RangeError(`x.y must be an integer from 0 to 255, not ${value}`));
    }
    for (const value of ['1', 1n, null, undefined, [1]]) {
      expect(() => integerField(value as unknown as number, 255, 'x.y')).toThrow(TypeError);
    }
  });

  test('bytes of any realm', () => {
    expect(hex(bytesField(runInNewContext('Uint8Array.of(1, 2)') as Uint8Array, 'x'))).toBe('0102');
    for (const value of ['1', [1], new ArrayBuffer(1), undefined]) {
      expect(() => bytesField(value as unknown as Uint8Array, 'x')).toThrow(/^x must be a Uint8Array, not /);
    }
  });

  test('text of one byte a character', () => {
    expect(hex(latin1Field('a\0\xff', 'x'))).toBe('6100ff');
    expect(() => latin1Field('aa\u0100', 'x')).toThrow(new RangeError('x must not have a character above U+00FF at 2'));
    expect(() => latin1Field(7 as unknown as string, 'x')).toThrow(new TypeError('x must be a string, not number'));
  });

  test('text in UTF-8, well-formed', () => {
    expect(hex(utf8Field('ü\0😀', 'x'))).toBe('c3bc00f09f9880');
    for (const [text, at] of [['a\ud800', 1], ['\udc00b', 0], ['😀\ud83d', 2]] as const) {
      expect(() => utf8Field(text, 'x')).toThrow(new RangeError(`x must not have half a surrogate pair at ${at}`));
    }
    expect(() => utf8Field(null as unknown as string, 'x')).toThrow(new TypeError('x must be a string, not null'));
  });
});
