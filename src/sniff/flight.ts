/**
 * What matchers are written in: steps over the first bytes of a connection. A step that finds what it asks for moves
 * on and is true. One that is false either found something else, and then nothing that follows can mend it; or it has
 * not all of its bytes yet, and then `missing` is how many must come at least.
 *
 * So a matcher is steps joined by `&&`, in wire order. Each step refuses as early as the bytes allow, inside of a
 * number or a word too.
 *
 * @module
 */
import { byteAt } from '../cursor.ts';

/** Whether a byte is one of a kind. */
export type ByteClass = (byte: number) => boolean;

export class Flight {
  readonly #bytes: Uint8Array;
  readonly #length: number;
  readonly #seen: number;
  /** Where the next step begins. */
  offset = 0;
  /** What the last step read: a number, or which of its words it found. */
  value = 0;
  /** 0 where the bytes so far decide. */
  missing = 0;

  /**
   * @param maxBytes how many bytes to look at
   * @param seen how many of them were there when they were last looked at, without deciding
   */
  constructor(bytes: Uint8Array, maxBytes: number, seen: number) {
    this.#bytes = bytes;
    this.#length = Math.min(bytes.length, maxBytes);
    this.#seen = seen;
  }

  /** The next byte, which stays the next; -1 where it is not there. */
  next(): number {
    return this.#byteAt(this.offset);
  }

  /** The next byte is there. */
  here(): boolean {
    return this.left > 0 || this.#waitForNext();
  }

  #byteAt(offset: number): number {
    return offset < this.#length ? byteAt(this.#bytes, offset) : -1;
  }

  /** The step needs all bytes before `end`, and has not got them. */
  #wait(end: number): false {
    this.missing = end - this.#length;
    return false;
  }

  /** The next byte that comes may decide, if it is one that the step looks at. */
  #waitForNext(): false {
    return this.#wait(Math.max(this.offset, this.#length) + 1);
  }

  /** How many bytes are left. */
  get left(): number {
    return this.#length - this.offset;
  }

  /** Steps over bytes that may be anything. They need not be there: the next step waits for them. */
  skip(count: number): true {
    this.offset += count;
    return true;
  }

  /** All that was stepped over is there. */
  arrived(): boolean {
    return this.left >= 0 || this.#wait(this.offset);
  }

  /** One byte of a kind. */
  byte(isOfKind: ByteClass): boolean {
    return this.each(isOfKind, 1);
  }

  /** So many bytes of a kind. */
  each(isOfKind: ByteClass, count: number): boolean {
    for (const end = this.offset + count; this.offset < end; this.offset++) {
      const byte = this.next();
      if (byte === -1) return this.#waitForNext();
      if (!isOfKind(byte)) return false;
      this.value = byte;
    }
    return true;
  }

  /**
   * All bytes of a kind that come next: at least `least` and at most `most`, and one of another kind behind them.
   *
   * @param behind how many bytes the matcher may need behind them before it can decide
   */
  run(isOfKind: ByteClass, least: number, most: number, behind: number = Infinity): boolean {
    // What was looked at before is not looked at again: had the run ended in it, the matcher would have decided.
    let end = Math.max(this.offset, this.#seen - behind);
    while (end - this.offset <= most) {
      const byte = this.#byteAt(end);
      if (byte === -1) return this.#wait(end + 1);
      if (!isOfKind(byte)) break;
      end++;
    }
    const length = end - this.offset;
    this.offset = end;
    return length >= least && length <= most;
  }

  /** Text, one byte per character. */
  text(text: string): boolean {
    const there = this.#matching(text, this.offset);
    return there === text.length ? this.skip(there) : this.offset + there >= this.#length && this.#waitForNext();
  }

  /** One of several texts, with `end` behind it. `value` is which. */
  oneOf(texts: readonly string[], end = ''): boolean {
    const { offset } = this;
    const first = this.next();
    let isPossible = first === -1;
    for (let which = 0; which < texts.length && first !== -1; which++) {
      const text = texts[which]!;
      if (text.charCodeAt(0) !== first) continue;
      let there = this.#matching(text, offset);
      if (there === text.length) there += this.#matching(end, offset + there);
      if (there === text.length + end.length) {
        this.value = which;
        return this.skip(there);
      }
      isPossible ||= offset + there >= this.#length;
    }
    return isPossible && this.#waitForNext();
  }

  /** How many bytes from `offset` on are as in `text`, before one differs or is missing. */
  #matching(text: string, offset: number): number {
    let at = 0;
    while (at < text.length && this.#byteAt(offset + at) === text.charCodeAt(at)) at++;
    return at;
  }

  /** Two bytes, big-endian, from `low` to `high`. */
  u16(low: number, high: number): boolean {
    return this.#number(2, low, high);
  }

  /** Four bytes, big-endian, from `low` to `high`. */
  u32(low: number, high: number): boolean {
    return this.#number(4, low, high);
  }

  /** Refuses as soon as no bytes to come could bring the number where it belongs. */
  #number(width: number, low: number, high: number): boolean {
    let least = 0;
    let most = 0;
    for (let at = this.offset; at < this.offset + width; at++) {
      const byte = this.#byteAt(at);
      least = least * 256 + (byte === -1 ? 0 : byte);
      most = most * 256 + (byte === -1 ? 255 : byte);
    }
    if (most < low || least > high) return false;
    if (this.offset + width > this.#length) return this.#waitForNext();
    this.offset += width;
    this.value = least;
    return true;
  }

  /** Four bytes, little-endian, from `low` to `high`. */
  u32LittleEndian(low: number, high: number): boolean {
    let value = 0;
    for (let unit = 1; unit < 0x1_0000_0000; unit *= 256) {
      const byte = this.next();
      if (byte === -1) return this.#waitForNext();
      this.offset++;
      value += byte * unit;
      // What the bytes to come must add at least.
      const rest = Math.max(0, Math.ceil((low - value) / (unit * 256)));
      if (value + rest * unit * 256 > high) return false;
    }
    this.value = value;
    return value >= low;
  }

  /** Seven bits a byte, the lowest first, in as many bytes as `high` takes: the lengths of MQTT and Minecraft. */
  varint(low: number, high: number): boolean {
    let value = 0;
    for (let unit = 1; unit <= high; unit *= 128) {
      const byte = this.next();
      if (byte === -1) return this.#waitForNext();
      this.offset++;
      value += (byte & 0x7f) * unit;
      if (value > high) return false;
      if (byte < 0x80) {
        this.value = value;
        return value >= low;
      }
    }
    return false;
  }

  /** A number in decimal digits, without leading zeros, from `low` to `high`, and anything but a digit behind it. */
  decimal(low: number, high: number): boolean {
    const start = this.offset;
    let value = 0;
    for (let byte = this.next(); isDigit(byte); byte = this.next()) {
      if (value === 0 && this.offset > start) return false;
      value = value * 10 + byte - 0x30;
      if (value > high || (value === 0 && low > 0)) return false;
      this.offset++;
    }
    this.value = value;
    return this.here() && this.offset > start && value >= low;
  }
}

export const isDigit: ByteClass = (byte) => byte >= 0x30 && byte <= 0x39;
/** ASCII that leaves ink. */
export const isVisible: ByteClass = (byte) => byte > 0x20 && byte < 0x7f;
/** {@link isVisible} and the space. */
export const isPrintable: ByteClass = (byte) => byte >= 0x20 && byte < 0x7f;
/** Text in any encoding: anything but controls. */
export const isText: ByteClass = (byte) => byte >= 0x20 && byte !== 0x7f;
/** {@link isText} without the space. */
export const isWord: ByteClass = (byte) => byte > 0x20 && byte !== 0x7f;
