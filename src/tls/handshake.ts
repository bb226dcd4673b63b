/**
 * Handshake messages over records: a message may be split over records anywhere, a record may carry several
 * messages (RFC 8446 5.1).
 *
 * ```
 *   record          record          record
 *  |hdr|fragment...|hdr|fragment...|hdr|fragment......|
 *      |type|length|     body           | next message
 * ```
 *
 * @module
 */
import { u16At, u8At, view } from '../cursor.ts';
import { complete, incomplete, malformed } from '../decoded.ts';
import type { Complete, Incomplete, Malformed } from '../decoded.ts';
import { HANDSHAKE, HANDSHAKE_HEADER, MAX_FRAGMENT, RECORD_HEADER } from './numbers.ts';
import { stopAtRecordHeader } from './record.ts';
import type { RecordCode } from './record.ts';

const codes = ['tls.handshake.type', 'tls.handshake.limit'] as const;
/** What the handshake framing refuses. */
export const handshakeCodes: typeof codes = /* @__PURE__ */ Object.freeze(codes);
export type HandshakeCode = (typeof handshakeCodes)[number];

/** Where a message may begin: in a fragment, or where a record is due. */
export interface Position {
  /** In the connection. */
  readonly offset: number;
  /** Where the fragment ends that the offset is in; the offset itself where a record is due. */
  readonly fragmentEnd: number;
}

/** At the start of a connection. */
const START: Position = { offset: 0, fragmentEnd: 0 };

/**
 * Finds one handshake message, over any number of records. It remembers how far it got, so that a stream
 * is walked once however it arrives, and it holds numbers only: the bytes stay with the caller.
 */
export class HandshakeReassembly {
  readonly #type: number;
  readonly #maxBytes: number;
  readonly #start: Position;
  readonly #isOptional: boolean;
  /** All before this offset of the connection was judged. */
  #offset: number;
  /** Where the fragment ends that the offset is in. Invariant: equal to the offset where a record is due. */
  #fragmentEnd: number;
  #records = 0;
  /** Bytes of the message before the offset, header included. */
  #received = 0;
  /** Bytes of the whole message, header included; of the header alone until that has been read. */
  #length = HANDSHAKE_HEADER;
  #bodyLength = 0;

  /**
   * @param type the handshake type that must come, for example 1 for `client_hello`
   * @param start where it must: at the start of the connection unless given
   * @param isOptional whether another type is an answer too, so that the first byte may be all that is needed
   */
  constructor(type: number, maxBytes: number, start: Position = START, isOptional = false) {
    this.#type = type;
    this.#maxBytes = maxBytes;
    this.#start = start;
    this.#isOptional = isOptional;
    this.#offset = start.offset;
    this.#fragmentEnd = start.fragmentEnd;
  }

  /** How far it got: once the message is there whole, its end. */
  get position(): Position {
    return { offset: this.#offset, fragmentEnd: this.#fragmentEnd };
  }

  /** Whether the first byte of the message is there, so that its type is the right one. */
  get hasBegun(): boolean {
    return this.#received > 0;
  }

  /**
   * Goes on from where it stopped, given all bytes of the connection so far. Undefined once the message is there
   * whole; before that, what it waits for or what is wrong with it. Never throws, so that waiting costs nothing.
   */
  advance(bytes: Uint8Array): Incomplete | Malformed<RecordCode | HandshakeCode> | undefined {
    while (this.#received < this.#length) {
      if (this.#offset === this.#fragmentEnd) {
        const stop = stopAtRecordHeader(bytes, this.#offset, this.#maxBytes, 'tls.handshake.limit', HANDSHAKE);
        if (stop !== undefined) return stop;
        this.#offset += RECORD_HEADER;
        this.#fragmentEnd = this.#offset + u16At(bytes, this.#offset - 2);
        this.#records++;
        if (this.#exceedsLimit()) return malformed('tls.handshake.limit', this.#offset - 2);
      }

      // The message up to the next decision: its type, its length, its end.
      const awaited = (this.#received === 0 ? 1 : this.#length) - this.#received;
      const step = Math.min(awaited, this.#fragmentEnd - this.#offset);
      // What the header of a record has not proved: in the record of the message before there is none.
      const end = this.#offset + awaited + (step < awaited ? RECORD_HEADER : 0);
      if (end > this.#maxBytes) return malformed('tls.handshake.limit', this.#offset);
      const missing = this.#offset + step - bytes.length;
      // Where the fragment ends before that, the type of the record behind it decides.
      if (missing > 0) return incomplete(step < awaited ? missing + 1 : missing);

      // struct {
      //     HandshakeType msg_type;
      //     uint24 length;
      //     …
      // } Handshake;
      if (this.#received === 0) {
        if (u8At(bytes, this.#offset) !== this.#type) return malformed('tls.handshake.type', this.#offset);
      } else if (this.#received < HANDSHAKE_HEADER) {
        for (let i = 0; i < step; i++) this.#bodyLength = (this.#bodyLength << 8) | u8At(bytes, this.#offset + i);
      }
      this.#offset += step;
      this.#received += step;
      if (this.#received === HANDSHAKE_HEADER) {
        this.#length += this.#bodyLength;
        if (this.#exceedsLimit()) return malformed('tls.handshake.limit', this.#positionOf(1, bytes));
      }
    }
    return undefined;
  }

  /**
   * Decodes the message that {@link advance} found, in the same bytes. Offsets are positions in the connection. What came
   * in one record is read where it stands, otherwise in a copy.
   *
   * @param read is given the body: `message` from `start` to `end`
   */
  decode<T, Code extends string>(
    bytes: Uint8Array,
    read: (message: Uint8Array, start: number, end: number) => Complete<T> | Malformed<Code>,
  ): Complete<T> | Malformed<Code> {
    const end = this.#offset;
    if (this.#records === (this.#startsInRecord ? 0 : 1)) return read(bytes, end - this.#length + HANDSHAKE_HEADER, end);
    const outcome = read(this.#gather(bytes), HANDSHAKE_HEADER, this.#length);
    if (outcome.status === 'complete') return complete(outcome.value, end);
    return malformed(outcome.code, this.#positionOf(outcome.offset, bytes));
  }

  /** Whether the rest of the message, even in records as long as may be, ends beyond the limit. */
  #exceedsLimit(): boolean {
    const rest = this.#isOptional && this.#received === 0 ? 1 : this.#length - this.#received;
    const beyondFragment = Math.max(0, rest - (this.#fragmentEnd - this.#offset));
    const end = this.#offset + rest + Math.ceil(beyondFragment / MAX_FRAGMENT) * RECORD_HEADER;
    return end > this.#maxBytes;
  }

  /** The message without the record headers inside it. */
  #gather(bytes: Uint8Array): Uint8Array {
    const message = new Uint8Array(this.#length);
    let filled = 0;
    for (const [start, end] of this.#fragments(bytes)) {
      const part = view(bytes, start, Math.min(end, start + this.#length - filled));
      message.set(part, filled);
      filled += part.length;
    }
    return message;
  }

  /** Where byte `index` of the message stands in the connection. */
  #positionOf(index: number, bytes: Uint8Array): number {
    let before = 0;
    for (const [start, end] of this.#fragments(bytes)) {
      if (index - before < end - start) return start + index - before;
      before += end - start;
    }
    return this.#offset; // the end of the message, where the last record ends too
  }

  get #startsInRecord(): boolean {
    return this.#start.offset < this.#start.fragmentEnd;
  }

  *#fragments(bytes: Uint8Array): Generator<readonly [start: number, end: number]> {
    const { offset, fragmentEnd } = this.#start;
    yield [offset, fragmentEnd]; // empty where a record is due
    let end = fragmentEnd;
    for (let record = 0; record < this.#records; record++) {
      const start = end + RECORD_HEADER;
      end = start + u16At(bytes, start - 2);
      yield [start, end];
    }
  }
}
