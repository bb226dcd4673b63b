/**
 * The rows of an annotated dump, and what reads fields into them. None of it decides what is valid: it goes on where the
 * bytes lead, and stops where a decoder has found a rule broken.
 *
 * @module
 */
import { hex, hexDigits, latin1, view } from '../cursor.ts';
import type { Malformed } from '../decoded.ts';
import { explain } from './explain.ts';
import type { ExplainedCode } from './explain.ts';

/** How many bytes a row shows. */
const ROW = 16;
const HEX_COLUMN = ROW * 3 - 1;

/** Rows with an offset, bytes in hexadecimal and a meaning: every byte once, in order. */
export class Dump {
  readonly bytes: Uint8Array;
  /** Before this, every byte has its row. */
  offset = 0;
  /** Of the structure that a row belongs to. */
  #depth = 0;
  readonly #rows: string[] = [];
  readonly #offsetColumn: number;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#offsetColumn = Math.max(4, String(bytes.length).length);
  }

  /** Shows the bytes up to `end`, in as many rows as they take, with their meaning beside the first. */
  row(end: number, meaning: string): void {
    for (let text = meaning; this.offset < end; text = '') {
      const next = Math.min(end, this.offset + ROW);
      const digits = hex(view(this.bytes, this.offset, next)).replace(/..(?=.)/g, '$& ');
      this.#add(this.offset, digits, text);
      this.offset = next;
    }
  }

  /** Says something of a place: the one that is reached, unless given. */
  note(text: string, offset: number = this.offset): void {
    this.#add(offset, '', text);
  }

  /** Says what a decoder said. */
  refuse(verdict: Verdict): void {
    const { message, reference } = explain(verdict);
    this.note(`malformed, ${verdict.code}: ${message} ${reference}`, verdict.offset);
  }

  /** Shows what `body` does as the parts of what is shown before it. */
  indented(body: () => void): void {
    this.#atDepth(this.#depth + 1, body);
  }

  /** Shows what `body` does as what holds the structure that is being shown. */
  outermost(body: () => void): void {
    this.#atDepth(0, body);
  }

  toString(): string {
    return this.#rows.map((row) => `${row}\n`).join('');
  }

  #atDepth(depth: number, body: () => void): void {
    const outer = this.#depth;
    this.#depth = depth;
    try {
      body();
    } finally {
      this.#depth = outer;
    }
  }

  #add(offset: number, digits: string, text: string): void {
    const start = String(offset).padStart(this.#offsetColumn);
    this.#rows.push(`${start}  ${digits.padEnd(HEX_COLUMN)}  ${'  '.repeat(this.#depth)}${text}`.trimEnd());
  }
}

/** What a decoder says of a place, which is one of the whole input. */
export type Verdict = Malformed<ExplainedCode>;

/** Carries out of nested reads that a verdict was reached; undefined where there are no more bytes to read. */
export class Stopped {
  readonly verdict: Verdict | undefined;
  constructor(verdict: Verdict | undefined) {
    this.verdict = verdict;
  }
}

/** Bytes that stand together. */
export interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** Reads the fields of a structure in wire order, each into a row. */
export class Fields {
  readonly dump: Dump;
  readonly #stretches: readonly Stretch[];
  /** Shows what stands between two stretches. */
  readonly #showGap: () => void;
  /** Which of the stretches holds the next byte, and where. */
  #stretch = 0;
  #at: number;
  /** How many bytes may still be read: as many as the innermost structure has, whether they are there or not. */
  #left: number;
  /** How many more that structure claims than what holds it has. */
  #beyond = 0;
  /** How many bytes may still be read of the outermost structure. */
  #ofAll = Infinity;
  /** What decoders have said, the innermost last. */
  readonly #verdicts: Verdict[];

  /**
   * @param stretches what the structure lies in, in order
   * @param verdict what was said of it, if it is malformed
   */
  constructor(dump: Dump, stretches: readonly Stretch[], verdict: Verdict | undefined, showGap: () => void = () => {}) {
    this.dump = dump;
    this.#stretches = stretches;
    this.#showGap = showGap;
    this.#at = stretches[0]?.start ?? dump.offset;
    this.#left = Infinity;
    this.#verdicts = verdict === undefined ? [] : [verdict];
  }

  get done(): boolean {
    return this.#left === 0;
  }

  /** How many bytes the innermost structure still has. */
  get left(): number {
    return this.#left;
  }

  /** The next bytes without reading them: all that are there, `count` at most. */
  peek(count: number): Uint8Array {
    return this.#joined(this.#pieces(count));
  }

  #joined(pieces: readonly Stretch[]): Uint8Array {
    const bytes = new Uint8Array(pieces.reduce((sum, { start, end }) => sum + end - start, 0));
    let filled = 0;
    for (const { start, end } of pieces) {
      bytes.set(view(this.dump.bytes, start, end), filled);
      filled += end - start;
    }
    return bytes;
  }

  /** Reads `count` bytes as one field. Where a verdict falls into it, or it is not there whole, it is the last one. */
  bytes(name: string, count: number, meaning: (value: Uint8Array) => string = () => name): Uint8Array {
    const pieces = this.#pieces(count);
    const value = this.#joined(pieces);
    const claimed = count === this.#left ? count + this.#beyond : count;
    const text = value.length === claimed ? meaning(value) : `${name}, ${value.length} of ${claimed} bytes`;
    for (const [i, piece] of pieces.entries()) {
      if (this.dump.offset < piece.start) this.#showGap();
      this.dump.row(piece.end, i === 0 ? text : `${name}, continued`);
      this.#advance(piece);
    }
    const isWhole = value.length === count;
    // Of a place where there are no bytes, it is said of the next one that is there.
    const end = isWhole ? this.dump.offset : Math.max(this.dump.offset, this.#offsetAt(0)) + 1;
    const verdict = this.#verdicts.findLast((said) => said.offset < end);
    if (verdict !== undefined || !isWhole) throw new Stopped(verdict);
    return value;
  }

  /** Reads a number of so many bytes, big-endian. */
  number(name: string, width: number, meaning: (value: number) => string = String): number {
    return numberOf(this.bytes(name, width, (value) => `${name}: ${meaning(numberOf(value))}`));
  }

  /** Reads all that is left. */
  rest(name: string, meaning?: (value: Uint8Array) => string): void {
    if (!this.done) this.bytes(name, this.#left, meaning);
  }

  /** Reads text, one character per byte. */
  text(name: string, count: number, meaning: (text: string) => string = quoted): void {
    this.bytes(name, count, (value) => `${name}: ${meaning(latin1(value, 0, value.length))}`);
  }

  /** Reads a vector behind its length of so many bytes, `body` being what it holds. */
  vector(width: number, name: string, body: () => void): void {
    const length = this.number(`${name} length`, width);
    this.within(length, body);
  }

  /** Reads a vector of opaque bytes. */
  opaque(width: number, name: string): void {
    this.vector(width, name, () => this.rest(name));
  }

  /** Reads a vector element by element. */
  list(width: number, name: string, element: () => void): void {
    this.vector(width, name, () => this.all(element));
  }

  all(element: () => void): void {
    while (!this.done) element();
  }

  /** Reads a structure of `length` bytes as a part of what was read before it. */
  within(length: number, body: () => unknown): void {
    const outer = this.#left;
    const outerBeyond = this.#beyond;
    const inner = Math.min(outer, length);
    const isOutermost = this.#ofAll === Infinity;
    if (isOutermost) this.#ofAll = inner;
    this.#left = inner;
    this.#beyond = length - inner;
    try {
      this.dump.indented(() => {
        body();
        this.rest('left over');
      });
    } finally {
      this.#left = outer - (inner - this.#left);
      this.#beyond = outerBeyond;
      if (isOutermost) this.#ofAll = Infinity;
    }
  }

  /**
   * Reads a structure of `length` bytes, all of which are there, that a decoder refused. What is not read of it then is
   * shown as it is, and reading goes on behind it.
   *
   * @param said what, and where in the structure
   */
  judged(length: number, said: Verdict, body: () => unknown): void {
    const verdict = { ...said, offset: this.#offsetAt(said.offset) };
    // The same may have been said of the whole, which is then read no further.
    const isSaid = this.#verdicts.some((outer) => outer.code === verdict.code && outer.offset === verdict.offset);
    if (isSaid) return this.within(length, body);
    this.#verdicts.push(verdict);
    this.within(length, () => {
      try {
        body();
        this.rest('left over');
      } catch (stopped) {
        if (!(stopped instanceof Stopped) || (stopped.verdict !== undefined && stopped.verdict !== verdict)) throw stopped;
      } finally {
        this.#verdicts.pop();
      }
      this.dump.refuse(verdict);
      this.rest('not read');
    });
  }

  /** Where the next `count` bytes stand, or as many of them as are there. */
  #pieces(count: number): Stretch[] {
    const pieces: Stretch[] = [];
    let missing = Math.min(count, this.#left);
    for (let i = this.#stretch; i < this.#stretches.length && missing > 0; i++) {
      const { start, end } = this.#ahead(i);
      const length = Math.min(missing, end - start);
      if (length > 0) pieces.push({ start, end: start + length });
      missing -= length;
    }
    return pieces;
  }

  /** Where the byte stands that is `index` bytes behind the next one; the end of all that is read where it is not there. */
  #offsetAt(index: number): number {
    // Behind the last byte of the outermost structure, and not where in another record something else begins.
    if (index === this.#ofAll) return index === 0 ? this.#at : this.#offsetAt(index - 1) + 1;
    for (let i = this.#stretch, before = 0; i < this.#stretches.length; i++) {
      const { start, end } = this.#ahead(i);
      if (index - before < end - start) return start + index - before;
      before += end - start;
    }
    return this.#stretches.at(-1)?.end ?? this.#at;
  }

  /** What is still to be read of a stretch. */
  #ahead(i: number): Stretch {
    const stretch = this.#stretches[i]!;
    return i === this.#stretch ? { start: this.#at, end: stretch.end } : stretch;
  }

  #advance({ start, end }: Stretch): void {
    this.#left -= end - start;
    this.#ofAll -= end - start;
    while (this.#stretches[this.#stretch]!.end < end) this.#stretch++;
    this.#at = end;
  }
}

function numberOf(bytes: Uint8Array): number {
  return bytes.reduce((value, byte) => value * 256 + byte, 0);
}

/** The names of numbers. */
export type Names = Readonly<Record<number, string>>;

/** A number by its name, and as it is. */
export function named(table: Names, digits: (value: number) => string = String): (value: number) => string {
  return (value) => (Object.hasOwn(table, value) ? `${table[value]} (${digits(value)})` : digits(value));
}

/** Text in quotes, with escapes for all that is not printable ASCII. */
export function quoted(text: string): string {
  return JSON.stringify(text).replace(/[^ -~]/g, (char) => `\\u${hexDigits(char.charCodeAt(0), 4)}`);
}
