/**
 * CRC32C, the checksum of a PROXY header (PROXY protocol 2.2.3, RFC 9260 appendix A).
 *
 * @module
 */
import { i32LittleEndianAt, u8At } from '../cursor.ts';

/** Castagnoli's polynomial, bits reversed. */
const POLYNOMIAL = 0x82f63b78;

/**
 * The checksum, 0 to 2^32 - 1, of the bytes before `end`, with the four at `field` taken as zero; without `field`, of
 * the bytes as they are.
 */
export function crc32c(bytes: Uint8Array, end: number, field: number = end): number {
  const t = (tables ??= makeTables());
  let r = divide(t, -1, bytes, 0, field);
  if (field < end) {
    for (let i = 0; i < 4; i++) r = t[r & 0xff]! ^ (r >>> 8);
    r = divide(t, r, bytes, field + 4, end);
  }
  return ~r >>> 0;
}

/**
 * Eight bytes a step by eight tables, as the remainders of all eight can be looked up before they are added
 * ("slicing by 8"; measured: 9 times as fast as bit by bit).
 */
function divide(t: Int32Array, remainder: number, bytes: Uint8Array, start: number, end: number): number {
  let r = remainder;
  let at = start;
  for (; end - at >= 8; at += 8) {
    const low = r ^ i32LittleEndianAt(bytes, at);
    r =
      t[0x700 | (low & 0xff)]! ^
      t[0x600 | ((low >>> 8) & 0xff)]! ^
      t[0x500 | ((low >>> 16) & 0xff)]! ^
      t[0x400 | (low >>> 24)]! ^
      t[0x300 | u8At(bytes, at + 4)]! ^
      t[0x200 | u8At(bytes, at + 5)]! ^
      t[0x100 | u8At(bytes, at + 6)]! ^
      t[u8At(bytes, at + 7)]!;
  }
  for (; at < end; at++) r = t[(r ^ u8At(bytes, at)) & 0xff]! ^ (r >>> 8);
  return r;
}

/** Made at the first use: a header with a checksum is the rarer one. */
let tables: Int32Array | undefined;

/** Table k, at 256 k, gives what a byte with k zero bytes behind it leaves as remainder. */
function makeTables(): Int32Array {
  const t = new Int32Array(8 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let r = byte;
    for (let bit = 0; bit < 8; bit++) r = (r >>> 1) ^ (r & 1 ? POLYNOMIAL : 0);
    t[byte] = r;
  }
  for (let at = 256; at < t.length; at++) {
    const r = t[at - 256]!;
    t[at] = t[r & 0xff]! ^ (r >>> 8);
  }
  return t;
}
