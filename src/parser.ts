import { Accumulator } from './accumulator.ts';
import { asBytes } from './cursor.ts';
import { incomplete } from './decoded.ts';
import type { Bytes, Complete, Decoded, Malformed, MalformedCode } from './decoded.ts';

/**
 * A streaming parser: chunks go in, and each call gives the answer for all bytes so far. Its methods are to be called on
 * it, as `(chunk) => parser.push(chunk)` does.
 */
export interface Parser<T, Code extends string = MalformedCode> {
  /**
   * Takes the next bytes. The chunk is copied: it may be reused at once. After a final answer, repeats it and
   * keeps nothing of the chunk: forward such bytes yourself.
   */
  push(chunk: Uint8Array): Decoded<T, Code>;
  /** No more bytes will come: `incomplete` becomes malformed, with the number of bytes received as offset. */
  end(): Complete<T> | Malformed<Code>;
  /**
   * Everything up to and including the chunk that decided, to replay to whoever serves the connection: a copy, yours
   * to change or transfer.
   */
  readonly bytes: Bytes;
}

/**
 * Decodes one connection. It is given all bytes so far, again and again as they come, and may remember how far it read,
 * which is what makes the whole linear.
 */
export interface Reader<T, Code extends string> {
  read(bytes: Uint8Array): Decoded<T, Code>;
  /** What it is where no more bytes will come, and `read` is undecided. */
  readAtEnd(bytes: Uint8Array): Complete<T> | Malformed<Code>;
}

/**
 * The {@link Parser} of a reader, which is asked only when as many bytes have come as it asked for. A class, since a
 * connection that waits for its bytes holds one (measured: half the memory of an object with a getter of its own).
 */
export class StreamingParser<T, Code extends string> implements Parser<T, Code> {
  readonly #reader: Reader<T, Code>;
  readonly #received: Accumulator;
  #awaited = 0;
  #final: Complete<T> | Malformed<Code> | undefined;

  constructor(reader: Reader<T, Code>, maxBytes: number) {
    this.#reader = reader;
    this.#received = new Accumulator(maxBytes);
  }

  push(chunk: Uint8Array): Decoded<T, Code> {
    if (this.#final !== undefined) return this.#final;
    const bytes = this.#received.append(asBytes(chunk));
    if (bytes.length < this.#awaited) return incomplete(this.#awaited - bytes.length);
    const outcome = this.#reader.read(bytes);
    if (outcome.status === 'incomplete') this.#awaited = bytes.length + outcome.needed;
    else this.#final = outcome;
    return outcome;
  }

  end(): Complete<T> | Malformed<Code> {
    return (this.#final ??= this.#reader.readAtEnd(this.#received.bytes));
  }

  get bytes(): Bytes {
    return this.#received.bytes.slice();
  }
}
