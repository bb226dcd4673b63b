import { view } from './cursor.ts';
import type { Bytes } from './decoded.ts';

/**
 * The bytes so far, contiguous. It copies what it is given and never holds the caller's chunk. Room grows by
 * doubling, so that n bytes cost O(n) however they are cut, and stops doubling at `maxBytes`: beyond that only
 * a chunk that is already here makes it grow, to exactly what is needed.
 */
export class Accumulator {
  readonly #maxBytes: number;
  #room: Bytes = NO_ROOM;
  #length = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get length(): number {
    return this.#length;
  }

  /** What was appended, as a view. Later appends may move on to other memory and leave it as it is. */
  get bytes(): Bytes {
    return view(this.#room, 0, this.#length) as Bytes;
  }

  append(chunk: Uint8Array): void {
    const length = this.#length + chunk.length;
    if (length > this.#room.length) {
      const room = new Uint8Array(Math.max(length, Math.min(this.#room.length * 2, this.#maxBytes)));
      room.set(this.bytes);
      this.#room = room;
    }
    this.#room.set(chunk, this.#length);
    this.#length = length;
  }
}

/** One for all that wait for their first byte. */
const NO_ROOM: Bytes = /* @__PURE__ */ new Uint8Array(0);
