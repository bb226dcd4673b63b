/** The steps that matchers are made of: what each takes, what it refuses at once, and what it waits for. */
import { describe, expect, test } from 'vitest';
import { decimal, digits, each, next, oneOf, run, u16, u32, u32LittleEndian, u8, varint } from '../../src/sniff/flight.ts';
import type { Flight } from '../../src/sniff/flight.ts';
import { bytes } from '../vectors/build.ts';

/** A matcher may look at the first `length` bytes only. */
function flightOf(text: string, length = text.length): Flight {
  return { bytes: bytes(text), length, seen: 0, offset: 0, value: 0, missing: 0 };
}

/** What a step says of a flight: how far it came, or for how many bytes more it waits, or no. */
function said(step: (flight: Flight) => boolean, flight: Flight): string {
  return step(flight) ? `to ${flight.offset}` : flight.missing > 0 ? `waits for ${flight.missing}` : 'no';
}

test('next: no byte behind those that may be looked at', () => {
  expect(next(flightOf('ab'))).toBe(0x61);
  expect(next({ ...flightOf('ab', 1), offset: 1 })).toBe(-1);
  expect(next({ ...flightOf('ab'), offset: 2 })).toBe(-1);
});

describe('each: so many bytes of a class', () => {
  test.each([
    ['123', 'to 3'],
    ['1234', 'to 3'],
    ['', 'waits for 1'],
    ['12', 'waits for 1'],
    ['x', 'no'],
    ['12x', 'no'],
  ])('%j: %s', (text, expected) => {
    expect(said((flight) => each(flight, digits, 3), flightOf(text))).toBe(expected);
  });

  test('none is looked at behind those that may be', () => {
    expect(said((flight) => each(flight, digits, 3), flightOf('123', 2))).toBe('waits for 1');
  });
});

describe('run: two to three bytes of a class and one of another behind them', () => {
  test.each([
    ['12x', 'to 2'],
    ['123x', 'to 3'],
    ['', 'waits for 1'],
    ['12', 'waits for 1'],
    ['123', 'waits for 1'],
    ['x', 'no'],
    ['1x', 'no'],
    ['1234', 'no'],
    ['1234x', 'no'],
  ])('%j: %s', (text, expected) => {
    expect(said((flight) => run(flight, digits, 2, 3), flightOf(text))).toBe(expected);
  });

  test('none is looked at behind those that may be', () => {
    expect(said((flight) => run(flight, digits, 2, 3), flightOf('1234', 2))).toBe('waits for 1');
  });
});

describe('oneOf: one of several texts with an end behind it', () => {
  test.each([
    ['GET /', 'to 4'],
    ['GET', 'waits for 1'],
    ['', 'waits for 1'],
    ['GE', 'waits for 1'],
    ['GE ', 'no'],
    ['GETS ', 'no'],
    ['PUT', 'no'],
  ])('%j: %s', (text, expected) => {
    expect(said((flight) => oneOf(flight, { texts: ['GET', 'HEAD'] }, ' '), flightOf(text))).toBe(expected);
  });
});

test.each(['05,', '00,', '05', '00'])('decimal: no leading zero, as in %j', (text) => {
  expect(said((flight) => decimal(flight, 0, 99), flightOf(text))).toBe('no');
});

type NumberStep = (flight: Flight, low: number, high: number) => boolean;

const bigEndian = (width: number) => (value: number): number[] =>
  Array.from({ length: width }, (_, i) => Math.floor(value / 256 ** (width - 1 - i)) & 0xff);
const sevenBits = (value: number): number[] => {
  const out = [value % 128];
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) {
    out[out.length - 1]! += 128;
    out.push(rest % 128);
  }
  return out;
};

describe('numbers between two: read as soon as they are there, and of a fixed width refused as soon as none can come of it', () => {
  test.each<[string, NumberStep, (value: number) => number[]]>([
    ['u8', u8, bigEndian(1)],
    ['u16', u16, bigEndian(2)],
    ['u32', u32, bigEndian(4)],
    ['u32LittleEndian', u32LittleEndian, (value) => bigEndian(4)(value).reverse()],
    ['varint', varint, sevenBits],
    ['decimal', decimal, (value) => [...Array.from(String(value), (digit) => digit.charCodeAt(0)), 0x2c]],
  ])('%s', (name, step, encode) => {
    const isFixed = name.startsWith('u');
    const ranges = [[0, 1], [1, 1], [1, 127], [0, 255], [5, 9], [10, 99], [9, 10], [200, 255]];
    if (name !== 'u8') ranges.push([0, 256], [127, 128], [255, 256], [256, 511], [300, 600], [1000, 1001], [16383, 16384]);
    if (name !== 'u8' && name !== 'u16') ranges.push([65_535, 65_536], [65_537, 65_792], [100_000, 100_000], [131_000, 131_700]);
    for (const [low, high] of ranges as [number, number][]) {
      const accepted = Array.from({ length: high - low + 1 }, (_, i) => encode(low + i));
      // Whatever begins an encoding of a number between the two may still become one.
      const beginnings = new Set(accepted.flatMap((all) => all.map((_, length) => String(all.slice(0, length)))));
      const near = [low, high].flatMap((end) => [end - 257, end - 256, end - 1, end, end + 1, end + 255, end + 256]);
      for (const value of [...near, 0, 1, 255, 65_535, 70_000]) {
        const all = encode(value);
        if (value < 0 || (name === 'u8' && value > 255) || (name === 'u16' && value > 65_535)) continue;
        for (let length = 0; length <= all.length; length++) {
          const flight = { ...flightOf(''), bytes: bytes(all.slice(0, length), 0x30), length };
          const is = said((f) => step(f, low, high), flight);
          const what = `${all.slice(0, length)} of ${all} between ${low} and ${high}`;
          const mayCome = beginnings.has(String(all.slice(0, length)));
          if (length < all.length) {
            if (mayCome || isFixed) expect(is, what).toBe(mayCome ? 'waits for 1' : 'no');
          } else if (value < low || value > high) expect(is, what).toBe('no');
          else {
            expect(is, what).toBe(`to ${name === 'decimal' ? length - 1 : length}`);
            expect(flight.value, what).toBe(value);
          }
        }
      }
    }
  });
});
