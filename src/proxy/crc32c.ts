/**
 * CRC32C, the checksum of a PROXY header (PROXY protocol 2.2.3, RFC 9260 appendix A).
 *
 * @module
 */
import { Cursor, readI32LittleEndian } from '../cursor.ts';

/** Castagnoli's polynomial, bits reversed. */
const POLYNOMIAL = 0x82f63b78;

/** The size of the field that holds the checksum, which counts as zero when the checksum is taken. */
const FIELD = new Uint8Array(4);

/**
 * The checksum, 0 to 2^32 - 1, of the bytes before `end`, with the four at `field` taken as zero; without `field`, of
 * the bytes as they are.
 */
export function crc32c(bytes: Uint8Array, end: number, field?: number): number {
  let remainder = -1;
  if (field === undefined) remainder = divide(remainder, bytes, 0, end);
  else {
    remainder = divide(remainder, bytes, 0, field);
    remainder = divide(remainder, FIELD, 0, FIELD.length);
    remainder = divide(remainder, bytes, field + FIELD.length, end);
  }
  return ~remainder >>> 0;
}

/**
 * Eight bytes a step by eight tables, as the remainders of all eight can be looked up before they are added
 * ("slicing by 8"; measured: 9 times as fast as bit by bit, and through the cursor as fast as without).
 */
function divide(remainder: number, bytes: Uint8Array, start: number, end: number): number {
  const t = (tables ??= makeTables());
  const cursor = Cursor.declared(bytes, start, end, 'crc32c');
  let r = remainder;
  for (let steps = (end - start) >> 3; steps > 0; steps--) {
    const low = r ^ readI32LittleEndian(cursor);
    const high = readI32LittleEndian(cursor);
    r =
      t[0x700 | (low & 0xff)]! ^
      t[0x600 | ((low >>> 8) & 0xff)]! ^
      t[0x500 | ((low >>> 16) & 0xff)]! ^
      t[0x400 | (low >>> 24)]! ^
      t[0x300 | (high & 0xff)]! ^
      t[0x200 | ((high >>> 8) & 0xff)]! ^
      t[0x100 | ((high >>> 16) & 0xff)]! ^
      t[high >>> 24]!;
  }
  while (!cursor.done) r = t[(r ^ cursor.u8()) & 0xff]! ^ (r >>> 8);
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
