/**
 * TLS records: the outermost framing (RFC 8446 5.1).
 *
 * @module
 */
import { asBytes, Cursor, view } from '../cursor.ts';
import { complete, malformed } from '../decoded.ts';
import type { Decoded, Incomplete, Malformed } from '../decoded.ts';

/** What the record layer refuses. */
export const recordCodes = [
  'tls.not_tls',
  'tls.dtls',
  'tls.record.type',
  'tls.record.empty',
  'tls.record.length',
] as const;
export type RecordCode = (typeof recordCodes)[number];

/** `change_cipher_spec`, `alert`, `handshake`, `application_data`, `heartbeat`. */
export type ContentType = 20 | 21 | 22 | 23 | 24;

/** One TLS record. */
export interface TlsRecord {
  readonly type: ContentType;
  /** `legacy_record_version`, 0x0300 to 0x03ff. It says nothing about the version that is negotiated. */
  readonly version: number;
  /** What it carries, as a view into the input. */
  readonly fragment: Uint8Array;
}

/** The five bytes before a fragment. */
export interface RecordHeader {
  readonly type: ContentType;
  readonly version: number;
  readonly length: number;
}

/** Versions that are looked at by number. */
export const SSL3 = 0x0300;
export const TLS12 = 0x0303;
export const TLS13 = 0x0304;

/** The size of a record header in bytes. */
export const RECORD_HEADER = 5;
/** The longest plaintext fragment (RFC 8446 5.1). */
export const MAX_FRAGMENT = 0x4000;
/** What protection may add to it (RFC 5246 6.2.3; RFC 8446 5.2 allows less). */
const MAX_EXPANSION = 2048;

const CHANGE_CIPHER_SPEC = 20;
export const ALERT = 21;
export const HANDSHAKE = 22;
const APPLICATION_DATA = 23;
const HEARTBEAT = 24;

/**
 * Decodes one TLS record, whatever it carries.
 *
 * `size` is the whole record, header included. Malformed: `tls.not_tls`, `tls.dtls`, `tls.record.empty` (only
 * application data may be empty), `tls.record.length` (over 2^14 bytes; application data, which is always
 * protected, may be 2048 longer). RFC 8446 5.1, RFC 5246 6.2.
 *
 * @example
 * const record = decodeRecord(Uint8Array.of(21, 3, 3, 0, 2, 2, 40));
 * if (record.status === 'complete') console.log(record.value.type, record.size); // 21 7
 */
export function decodeRecord(bytes: Uint8Array): Decoded<TlsRecord, RecordCode> {
  const input = asBytes(bytes);
  const cursor = Cursor.open<RecordCode>(input, 0, Infinity, 'tls.record.length');
  const header = readRecordHeader(cursor);
  if (header.status !== 'complete') return header;
  const { type, version, length } = header.value;
  const stop = cursor.stop(length);
  if (stop !== undefined) return stop;
  const end = RECORD_HEADER + length;
  return complete({ type, version, fragment: view(input, RECORD_HEADER, end) }, end);
}

/**
 * Reads a record header, judging each field as soon as it is there: type, version, length. With `expected`, any
 * other type is malformed as `tls.record.type`. Never throws, so that waiting costs nothing.
 */
export function readRecordHeader<Code extends string>(
  cursor: Cursor<Code>,
  expected?: ContentType,
): Decoded<RecordHeader, Code | RecordCode> {
  // struct {
  //     ContentType type;
  //     ProtocolVersion legacy_record_version;
  //     uint16 length;
  //     opaque fragment[TLSPlaintext.length];
  // } TLSPlaintext;
  const start = cursor.offset;
  let stop: Incomplete | Malformed<Code> | undefined;

  if ((stop = cursor.stop(1)) !== undefined) return stop;
  const type = cursor.u8();
  if (!isContentType(type)) return malformed('tls.not_tls', start);
  if (expected !== undefined && type !== expected) return malformed('tls.record.type', start);

  if ((stop = cursor.stop(1)) !== undefined) return stop;
  const major = cursor.u8();
  // DTLS versions are the ones' complement of the version that they are modelled on: 1.2 is fefd (RFC 6347 4.1).
  if (major === 0xfe) return malformed('tls.dtls', start + 1);
  if (major !== 3) return malformed('tls.not_tls', start + 1);

  // The minor version is free (RFC 8446 5.1: MUST be ignored), so it waits for the length.
  if ((stop = cursor.stop(3)) !== undefined) return stop;
  const version = 0x0300 | cursor.u8();
  const length = cursor.u16();
  const isProtected = type === APPLICATION_DATA;
  if (length === 0 && !isProtected) return malformed('tls.record.empty', start + 3);
  if (length > MAX_FRAGMENT + (isProtected ? MAX_EXPANSION : 0)) return malformed('tls.record.length', start + 3);

  return complete({ type, version, length }, RECORD_HEADER);
}

function isContentType(type: number): type is ContentType {
  return type >= CHANGE_CIPHER_SPEC && type <= HEARTBEAT;
}
