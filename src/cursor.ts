/**
 * The one place that reads numbers. Every read is checked against the cursor's limit first, and what
 * happens when it runs out depends on the kind of limit, so that a structure is written down once and
 * serves both a stream that is still arriving and a length prefix that lies:
 *
 * - an open limit is where the input ends today: running out is `incomplete`;
 * - a declared limit was read from a length field: running out is `malformed`.
 *
 * @module
 */
import { complete, incomplete, malformed } from './decoded.ts';
import type { Bytes, Complete, Decoded, Incomplete, Malformed } from './decoded.ts';

export { latin1 } from './latin1.ts';

/** Carries an outcome out of nested reads. No `Error`: that would capture a stack on every odd input. */
class Stop {
  readonly outcome: Incomplete | Malformed<string>;
  constructor(outcome: Incomplete | Malformed<string>) {
    this.outcome = outcome;
  }
}

/** Reads big-endian fields in wire order. `Code` are the codes that its reads may fail with. */
export class Cursor<Code extends string> {
  readonly bytes: Uint8Array;
  /** Invariant: offset <= limit <= bytes.length. */
  offset: number;
  readonly limit: number;
  /** How far the limit may still move: `maxBytes` when open, the limit itself when declared. */
  readonly reach: number;
  /** The code for a field that cannot fit. */
  readonly overrun: Code;
  /** Where the field that this cursor covers begins: its length prefix. */
  readonly origin: number;

  constructor(
    bytes: Uint8Array,
    offset: number,
    limit: number,
    reach: number,
    overrun: Code,
    origin: number = offset,
  ) {
    this.bytes = bytes;
    this.offset = offset;
    this.limit = limit;
    this.reach = reach;
    this.overrun = overrun;
    this.origin = origin;
  }

  /** Over bytes that may still grow up to `maxBytes`. Needing more than that is malformed as `overrun`. */
  static open<Code extends string>(
    bytes: Uint8Array,
    offset: number,
    maxBytes: number,
    overrun: Code,
  ): Cursor<Code> {
    return new Cursor(bytes, offset, Math.min(bytes.length, maxBytes), maxBytes, overrun);
  }

  /** Over bytes whose end is known. A field that does not fit is malformed as `overrun`. */
  static declared<Code extends string>(
    bytes: Uint8Array,
    offset: number,
    limit: number,
    overrun: Code,
  ): Cursor<Code> {
    return new Cursor(bytes, offset, limit, limit, overrun);
  }

  get done(): boolean {
    return this.offset === this.limit;
  }

  /** What keeps `count` more bytes from being read, if anything does. Never throws. */
  stop(count: number): Incomplete | Malformed<Code> | undefined {
    return stopBefore(this.bytes, this.offset + count, this.reach, this.overrun, this.offset);
  }

  /** Steps over `count` bytes and gives where they began. */
  skip(count: number): number {
    const start = this.offset;
    const stop = this.stop(count);
    if (stop !== undefined) throw new Stop(stop);
    this.offset = start + count;
    return start;
  }

  u8(): number {
    return this.bytes[this.skip(1)]!;
  }

  u16(): number {
    return u16At(this.bytes, this.skip(2));
  }

  u24(): number {
    const at = this.skip(3);
    return (this.bytes[at]! << 16) | (this.bytes[at + 1]! << 8) | this.bytes[at + 2]!;
  }

  u32(): number {
    return u32At(this.bytes, this.skip(4));
  }

  /** A QUIC variable-length integer (RFC 9000 16): the first two bits give the length. */
  varint(): bigint {
    const first = this.u8();
    const length = 1 << (first >> 6);
    this.#stepOver(length - 1, 1);
    let value = BigInt(first & 0x3f);
    for (let at = this.offset - length + 1; at < this.offset; at++) value = (value << 8n) | BigInt(this.bytes[at]!);
    return value;
  }

  /** The next `count` bytes, as a view into the input. */
  view(count: number): Uint8Array {
    return view(this.bytes, this.skip(count), this.offset);
  }

  /** A vector with a one-byte length. Its fields fail with `overrun`, the vector itself with this cursor's. */
  vector8<Inner extends string = Code>(overrun?: Inner): Cursor<Inner> {
    return this.#vector(this.u8(), 1, overrun);
  }

  /** A vector with a two-byte length. */
  vector16<Inner extends string = Code>(overrun?: Inner): Cursor<Inner> {
    return this.#vector(this.u16(), 2, overrun);
  }

  /** A vector with a three-byte length. */
  vector24<Inner extends string = Code>(overrun?: Inner): Cursor<Inner> {
    return this.#vector(this.u24(), 3, overrun);
  }

  #vector<Inner extends string>(length: number, width: number, overrun: Inner | undefined): Cursor<Inner> {
    const origin = this.#stepOver(length, width);
    const limit = this.offset;
    return new Cursor(this.bytes, origin + width, limit, limit, overrun ?? (this.overrun as string as Inner), origin);
  }

  /** Steps back over the prefix just read, so that a vector that cannot fit fails where its length stands. */
  #stepOver(length: number, width: number): number {
    this.offset -= width;
    return this.skip(width + length);
  }

  /** Refuses a vector that is empty, at its length field. */
  notEmpty(code: Code): this {
    if (this.done) this.fail(code, this.origin);
    return this;
  }

  /** Refuses a vector that does not hold whole elements of `width` bytes, at its length field. */
  wholeElements(width: number, code: Code): this {
    if ((this.limit - this.offset) % width !== 0) this.fail(code, this.origin);
    return this;
  }

  /** Refuses bytes left over, at the first of them. */
  end(code: Code = this.overrun): void {
    if (!this.done) this.fail(code, this.offset);
  }

  fail(code: Code, offset: number): never {
    refuse(code, offset);
  }

  /** All that is left, as a view into the input. */
  rest(): Uint8Array {
    return this.view(this.limit - this.offset);
  }

  /** All that is left, element by element. */
  all<T>(read: (cursor: this) => T): T[] {
    const elements: T[] = [];
    while (!this.done) elements.push(read(this));
    return elements;
  }
}

/** What keeps bytes from being read up to `end`, if anything: they have not come, or `maxBytes` leaves no room for them. */
export function stopBefore<Code extends string>(
  bytes: Uint8Array,
  end: number,
  maxBytes: number,
  overrun: Code,
  offset: number,
): Incomplete | Malformed<Code> | undefined {
  if (end > maxBytes) return malformed(overrun, offset);
  return end > bytes.length ? incomplete(end - bytes.length) : undefined;
}

/** The next byte, which stays the next. The caller has made sure that it is there. */
export function peek(cursor: Cursor<string>): number {
  return cursor.bytes[cursor.offset]!;
}

/** Stops all reads: what was read is malformed. */
export function refuse(code: string, offset: number): never {
  throw new Stop(malformed(code, offset));
}

/** Runs reads that may stop early, and gives what stopped them as the outcome. */
export function decodeWith<T, Code extends string>(read: () => Decoded<T, Code>): Decoded<T, Code> {
  try {
    return read();
  } catch (stop) {
    if (stop instanceof Stop) return stop.outcome as Incomplete | Malformed<Code>;
    throw stop;
  }
}

/** Decodes a structure that must fill `data` exactly, so that it is never incomplete. */
export function decodeWhole<T, Code extends string>(
  data: Uint8Array,
  overrun: Code,
  read: (cursor: Cursor<Code>) => T,
): Complete<T> | Malformed<Code> {
  const bytes = asBytes(data);
  return decodePart(bytes, 0, bytes.length, overrun, (cursor) => {
    const value = read(cursor);
    cursor.end();
    return value;
  });
}

/** Decodes a structure in `bytes` from `start` to `end`, so that it is never incomplete. */
export function decodePart<T, Code extends string>(
  bytes: Uint8Array,
  start: number,
  end: number,
  overrun: Code,
  read: (cursor: Cursor<Code>) => T,
): Complete<T> | Malformed<Code> {
  return decodeWith<T, Code>(() => complete(read(Cursor.declared(bytes, start, end, overrun)), end)) as
    | Complete<T>
    | Malformed<Code>;
}

/**
 * The caller's bytes, whichever realm or class they are of. A `Buffer` stays one here: {@link view} makes
 * what is handed out.
 */
export function asBytes(bytes: Uint8Array): Uint8Array {
  if (bytes instanceof Uint8Array) return bytes;
  if (ArrayBuffer.isView(bytes as unknown)) {
    const { buffer, byteOffset, byteLength } = bytes as Uint8Array;
    return new Uint8Array(buffer, byteOffset, byteLength);
  }
  throw new TypeError('bytes must be a Uint8Array');
}

/** The byte at an offset, or -1 where there is none: a read past the end would slow down every later one. */
export function byteAt(bytes: Uint8Array, offset: number): number {
  return offset < bytes.length ? bytes[offset]! : -1;
}

// Free functions over bytes, where a cursor costs more than its reads (measured: a PROXY header in less than half the
// time). They check nothing: the caller has compared the offset with the end.

/** The byte at an offset. */
export function u8At(bytes: Uint8Array, at: number): number {
  return bytes[at]!;
}

/** The two bytes at an offset, big-endian. */
export function u16At(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}

/** The four bytes at an offset, big-endian. */
export function u32At(bytes: Uint8Array, at: number): number {
  return ((u16At(bytes, at) << 16) | u16At(bytes, at + 2)) >>> 0;
}

/** The four bytes at an offset, little-endian and signed: for checksums, where only the bits count. */
export function i32LittleEndianAt(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
}

/** Numbers of one byte each. */
export function u8List(bytes: Uint8Array, start: number, end: number): number[] {
  const values: number[] = [];
  for (let at = start; at < end; at++) values.push(bytes[at]!);
  return values;
}

/** Numbers of two bytes each, as many as are whole. */
export function u16List(bytes: Uint8Array, start: number, end: number): number[] {
  const values: number[] = [];
  for (let at = start; at + 2 <= end; at += 2) values.push(u16At(bytes, at));
  return values;
}

/** Writes two bytes, big-endian. */
export function writeU16(out: Uint8Array, at: number, value: number): void {
  out[at] = value >> 8;
  out[at + 1] = value;
}

/** Writes four bytes, big-endian. */
export function writeU32(out: Uint8Array, at: number, value: number): void {
  writeU16(out, at, value >>> 16);
  writeU16(out, at + 2, value);
}

/** Writes text of characters up to U+00FF, one byte for each. */
export function writeLatin1(out: Uint8Array, at: number, text: string): void {
  for (let i = 0; i < text.length; i++) out[at + i] = text.charCodeAt(i);
}

/** A plain `Uint8Array` over `bytes[start, end)`, whatever subclass the input is. */
export function view(bytes: Uint8Array, start: number, end: number): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset + start, end - start);
}

/** Of more than `count` bytes the first so many, as a view; others as they are. */
export function atMost(bytes: Uint8Array, count: number): Uint8Array {
  return bytes.length > count ? view(bytes, 0, count) : bytes;
}

/** A plain `Uint8Array` of its own with `bytes[start, end)`. */
export function copy(bytes: Uint8Array, start: number, end: number): Bytes {
  const owned = new Uint8Array(end - start);
  owned.set(view(bytes, start, end));
  return owned;
}

/** The shape of what every runtime has and `lib` leaves out. */
declare class TextDecoder {
  constructor(label: string, options: { ignoreBOM: boolean });
  decode(bytes: Uint8Array): string;
}
let decoder: TextDecoder | undefined;

/** What is not UTF-8 becomes U+FFFD, and nothing is dropped: a byte order mark is a character like others. */
export function utf8(bytes: Uint8Array): string {
  return (decoder ??= new TextDecoder('utf-8', { ignoreBOM: true })).decode(bytes);
}

/** Lower-case hexadecimal, two digits a byte. */
export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => hexDigits(byte, 2)).join('');
}

/** A number in lower-case hexadecimal, with at least so many digits. */
export function hexDigits(value: number, width: number): string {
  return value.toString(16).padStart(width, '0');
}

/** The bytes in some ranges. */
export interface ByteClass {
  /** Of each range the first and the last, one byte per character. */
  readonly ranges: string;
  /** By byte: 1 where it belongs to the class. Made when it is first asked for, so that a class not used costs nothing. */
  table?: Uint8Array;
}

function tableOf(ofClass: ByteClass): Uint8Array {
  const table = new Uint8Array(256);
  const { ranges } = ofClass;
  for (let i = 0; i < ranges.length; i += 2) table.fill(1, ranges.charCodeAt(i), ranges.charCodeAt(i + 1) + 1);
  return (ofClass.table = table);
}

/** Where the bytes of a class end that begin at `start`: at the first of another class, or at `end`. */
export function endOfRun(bytes: Uint8Array, start: number, end: number, ofClass: ByteClass): number {
  const table = ofClass.table ?? tableOf(ofClass);
  let at = start;
  while (at < end && table[bytes[at]!] === 1) at++;
  return at;
}

/** How many bytes from `start` on are as in `text`, one for each character, before one differs or `end` is reached. */
export function matching(bytes: Uint8Array, start: number, end: number, text: string): number {
  const most = Math.min(text.length, end - start);
  let at = 0;
  while (at < most && bytes[start + at] === text.charCodeAt(at)) at++;
  return at;
}

/** Texts to choose one from, one byte per character and none of them empty. */
export interface Words {
  readonly texts: readonly string[];
  /**
   * Made when it is first asked for: by first byte, and behind these by place, the place (from 1) of the next text that
   * begins with the byte, or 0. To look at all of 45 methods takes longer than all the rest of a match (measured).
   */
  chains?: Uint32Array;
}

/** The texts that begin with a byte are at the place `chains[byte]`, at `chains[256 + place]`, and so on until it is 0. */
export function chainsOf(words: Words): Uint32Array {
  if (words.chains !== undefined) return words.chains;
  const { texts } = words;
  const chains = new Uint32Array(257 + texts.length);
  for (let place = texts.length; place > 0; place--) {
    const first = texts[place - 1]!.charCodeAt(0);
    chains[256 + place] = chains[first]!;
    chains[first] = place;
  }
  return (words.chains = chains);
}
