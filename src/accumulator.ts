import type { Bytes } from './decoded.ts';

/**
 * The bytes so far, contiguous. It copies what it is given and never holds the caller's chunk. Room grows by
 * doubling, so that n bytes cost O(n) however they are cut, and stops doubling at `maxBytes`: beyond that only
 * a chunk that is already here makes it grow, to exactly what is needed.
 */
export class Accumulator {
  readonly #maxBytes: number;
  /** Not an array over it: of those that wait, each would hold one (measured: a hundred bytes). */
  #room: ArrayBuffer = NO_ROOM;
  #length = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** What was appended, as a view. Later appends may move on to other memory and leave it as it is. */
  get bytes(): Bytes {
    return new Uint8Array(this.#room, 0, this.#length);
  }

  /** Gives {@link bytes} with the chunk behind them. */
  append(chunk: Uint8Array): Bytes {
    const before = this.#length;
    const length = before + chunk.length;
    if (length > this.#room.byteLength) {
      const larger = new Uint8Array(Math.max(length, Math.min(this.#room.byteLength * 2, this.#maxBytes)));
      larger.set(this.bytes);
      this.#room = larger.buffer;
    }
    this.#length = length;
    const { bytes } = this;
    bytes.set(chunk, before);
    return bytes;
  }
}

/** One for all that wait for their first byte. */
const NO_ROOM: ArrayBuffer = /* @__PURE__ */ new ArrayBuffer(0);
