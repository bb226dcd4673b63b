/**
 * What matchers are written in: steps over the first bytes of a connection. A step that finds what it asks for moves
 * on and is true. One that is false either found something else, and then nothing that follows can mend it; or it has
 * not all of its bytes yet, and then `missing` is how many must come at least.
 *
 * So a matcher is steps joined by `&&`, in wire order. Each step refuses as early as the bytes allow, inside of a
 * number or a word too.
 *
 * Functions over plain fields: a class would bring all of its steps into every bundle, and private fields cost a fifth
 * of the speed (measured).
 *
 * @module
 */
import { byteAt, chainsOf, endOfRun, matching } from '../cursor.ts';
import type { ByteClass, Words } from '../cursor.ts';

/** The first bytes of a connection, and how far the steps have come. */
export interface Flight {
  readonly bytes: Uint8Array;
  /** How many bytes there are to look at. */
  readonly length: number;
  /** How many of them were there when they were last looked at, without deciding. */
  readonly seen: number;
  /** Where the next step begins. */
  offset: number;
  /** What the last step read: a number, or which of its words it found. */
  value: number;
  /** 0 where the bytes so far decide. */
  missing: number;
}

/** The next byte, which stays the next; -1 where it is not there. */
export function next(f: Flight): number {
  return f.offset < f.length ? byteAt(f.bytes, f.offset) : -1;
}

/** How many bytes are left. */
export function left(f: Flight): number {
  return f.length - f.offset;
}

/** The step needs all bytes before `end`, and has not got them. */
function wait(f: Flight, end: number): false {
  f.missing = end - f.length;
  return false;
}

/** The next byte that comes may decide, if it is one that the step looks at. */
function waitForNext(f: Flight): false {
  return wait(f, Math.max(f.offset, f.length) + 1);
}

/** The next byte is there. */
export function here(f: Flight): boolean {
  return left(f) > 0 || waitForNext(f);
}

/** Steps over bytes that may be anything. They need not be there: the next step waits for them. */
export function skip(f: Flight, count: number): true {
  f.offset += count;
  return true;
}

/** All that was stepped over is there. */
export function arrived(f: Flight): boolean {
  return left(f) >= 0 || wait(f, f.offset);
}

/** So many bytes of a class. */
export function each(f: Flight, ofClass: ByteClass, count: number): boolean {
  const end = f.offset + count;
  f.offset = endOfRun(f.bytes, f.offset, Math.min(end, f.length), ofClass);
  return f.offset === end || (left(f) <= 0 && waitForNext(f));
}

/**
 * All bytes of a class that come next: at least `least` and at most `most`, and one of another class behind them.
 *
 * @param behind how many bytes the matcher may need behind them before it can decide
 */
export function run(f: Flight, ofClass: ByteClass, least: number, most: number, behind: number = Infinity): boolean {
  const { offset, seen } = f;
  // What was looked at before is not looked at again: had the run ended in it, the matcher would have decided.
  const from = seen - behind > offset ? seen - behind : offset;
  const end = endOfRun(f.bytes, from, Math.min(offset + most + 1, f.length), ofClass);
  const length = end - offset;
  if (length <= most && end >= f.length) return wait(f, end + 1);
  f.offset = end;
  return length >= least && length <= most;
}

/** Text, one byte per character. */
export function text(f: Flight, expected: string): boolean {
  const there = matching(f.bytes, f.offset, f.length, expected);
  return there === expected.length ? skip(f, there) : f.offset + there >= f.length && waitForNext(f);
}

/** One of several texts, with `end` behind it. `value` is which. */
export function oneOf(f: Flight, words: Words, end: string = ''): boolean {
  const { bytes, offset, length } = f;
  const { texts } = words;
  const chains = chainsOf(words);
  const first = next(f);
  if (first === -1) return waitForNext(f);
  let isPossible = false;
  for (let place = chains[first]!; place > 0; place = chains[256 + place]!) {
    const expected = texts[place - 1]!;
    let there = matching(bytes, offset, length, expected);
    if (there === expected.length) there += matching(bytes, offset + there, length, end);
    if (there === expected.length + end.length) {
      f.value = place - 1;
      return skip(f, there);
    }
    isPossible ||= offset + there >= length;
  }
  return isPossible && waitForNext(f);
}

/** One byte, from `low` to `high`. */
export function u8(f: Flight, low: number, high: number): boolean {
  const byte = next(f);
  if (byte === -1) return waitForNext(f);
  f.value = byte;
  f.offset++;
  return byte >= low && byte <= high;
}

/** Two bytes, big-endian, from `low` to `high`. */
export function u16(f: Flight, low: number, high: number): boolean {
  return unsigned(f, 2, low, high);
}

/** Four bytes, big-endian, from `low` to `high`. */
export function u32(f: Flight, low: number, high: number): boolean {
  return unsigned(f, 4, low, high);
}

/** Refuses as soon as no bytes to come could bring the number where it belongs. */
function unsigned(f: Flight, width: number, low: number, high: number): boolean {
  const end = f.offset + width;
  let least = 0;
  /** How many numbers the bytes to come can make of it. */
  let room = 1;
  for (let at = f.offset; at < end; at++) {
    least *= 256;
    if (at < f.length) least += byteAt(f.bytes, at);
    else room *= 256;
  }
  if (least + room <= low || least > high) return false;
  if (end > f.length) return waitForNext(f);
  f.value = least;
  f.offset = end;
  return true;
}

/** Four bytes, little-endian, from `low` to `high`. */
export function u32LittleEndian(f: Flight, low: number, high: number): boolean {
  const end = f.offset + 4;
  let value = 0;
  let unit = 1;
  for (; f.offset < end && left(f) > 0; f.offset++) {
    value += next(f) * unit;
    unit *= 256;
  }
  // The bytes to come can only add to it, in whole units.
  if (value > high || value + Math.ceil((low - value) / unit) * unit > high) return false;
  f.value = value;
  return f.offset === end || waitForNext(f);
}

/** Seven bits a byte, the lowest first, in as many bytes as `high` takes: the lengths of MQTT and Minecraft. */
export function varint(f: Flight, low: number, high: number): boolean {
  let value = 0;
  for (let unit = 1; unit <= high; unit *= 128) {
    const byte = next(f);
    if (byte === -1) return waitForNext(f);
    f.offset++;
    value += (byte & 0x7f) * unit;
    if (value > high) return false;
    if (byte < 0x80) {
      f.value = value;
      return value >= low;
    }
  }
  return false;
}

/** A number in decimal digits, without leading zeros, from `low` to `high`, and anything but a digit behind it. */
export function decimal(f: Flight, low: number, high: number): boolean {
  const start = f.offset;
  let value = 0;
  for (let digit = next(f) - 0x30; digit >= 0 && digit <= 9; digit = next(f) - 0x30) {
    if (value === 0 && f.offset > start) return false;
    value = value * 10 + digit;
    if (value > high || (value === 0 && low > 0)) return false;
    f.offset++;
  }
  f.value = value;
  return here(f) && f.offset > start && value >= low;
}

export const digits: ByteClass = { ranges: '09' };
/** ASCII that leaves ink. */
export const visible: ByteClass = { ranges: '!~' };
/** {@link visible} and the space. */
export const printable: ByteClass = { ranges: ' ~' };
/** Text in any encoding: anything but controls. */
export const anyText: ByteClass = { ranges: ' ~\x80\xff' };
/** {@link anyText} without the space. */
export const word: ByteClass = { ranges: '!~\x80\xff' };
