import { Accumulator } from './accumulator.ts';
import { asBytes } from './cursor.ts';
import { incomplete, malformed } from './decoded.ts';
import type { Bytes, Complete, Decoded, Malformed, MalformedCode } from './decoded.ts';

/** A streaming parser: chunks go in, and each call gives the answer for all bytes so far. */
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
 * Makes a streaming parser of a decoder. The decoder is called with all bytes so far, and only when as many
 * have come as it asked for; it may remember how far it read, which is what makes the whole linear.
 *
 * @param decodeAtEnd says of all bytes what they are where no more will come and `decode` is undecided
 */
export function createParser<T, Code extends string>(
  decode: (bytes: Uint8Array) => Decoded<T, Code>,
  decodeAtEnd: (bytes: Uint8Array) => Complete<T> | Malformed<Code>,
  maxBytes: number,
): Parser<T, Code> {
  const received = new Accumulator(maxBytes);
  let awaited = 0;
  let final: Complete<T> | Malformed<Code> | undefined;
  return {
    push(chunk) {
      if (final !== undefined) return final;
      received.append(asBytes(chunk));
      if (received.length < awaited) return incomplete(awaited - received.length);
      const outcome = decode(received.bytes);
      if (outcome.status === 'incomplete') awaited = received.length + outcome.needed;
      else final = outcome;
      return outcome;
    },
    end() {
      return (final ??= decodeAtEnd(received.bytes));
    },
    get bytes() {
      return received.bytes.slice();
    },
  };
}

/** The usual meaning of the end: what is not whole is malformed. */
export function truncated<Code extends string>(code: Code): (bytes: Uint8Array) => Malformed<Code> {
  return ({ length }) => malformed(code, length);
}
