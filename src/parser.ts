import { Accumulator } from './accumulator.ts';
import { asBytes } from './cursor.ts';
import { incomplete, malformed } from './decoded.ts';
import type { Bytes, Decoded, MalformedCode } from './decoded.ts';

/** A streaming parser: chunks go in, and each call gives the answer for all bytes so far. */
export interface Parser<T, Code extends string = MalformedCode> {
  /**
   * Takes the next bytes. The chunk is copied: it may be reused at once. After a final answer, repeats it and
   * keeps nothing of the chunk: forward such bytes yourself.
   */
  push(chunk: Uint8Array): Decoded<T, Code>;
  /** No more bytes will come: `incomplete` becomes malformed, with the number of bytes received as offset. */
  end(): Decoded<T, Code>;
  /**
   * Everything up to and including the chunk that decided, to replay to whoever serves the connection: a copy, yours
   * to change or transfer.
   */
  readonly bytes: Bytes;
}

/**
 * Makes a streaming parser of a decoder. The decoder is called with all bytes so far, and only when as many
 * have come as it asked for; it may remember how far it read, which is what makes the whole linear.
 */
export function createParser<T, Code extends string>(
  decode: (bytes: Uint8Array) => Decoded<T, Code>,
  truncated: Code,
  maxBytes: number,
): Parser<T, Code> {
  const received = new Accumulator(maxBytes);
  let awaited = 0;
  let final: Decoded<T, Code> | undefined;
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
      return (final ??= malformed(truncated, received.length));
    },
    get bytes() {
      return received.bytes.slice();
    },
  };
}
