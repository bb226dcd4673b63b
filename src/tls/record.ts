/**
 * TLS records: the outermost framing (RFC 8446 5.1).
 *
 * @module
 */
import { asBytes, stopBefore, u16At, u8At, view } from '../cursor.ts';
import { complete, malformed } from '../decoded.ts';
import type { Decoded, Incomplete, Malformed } from '../decoded.ts';
import {
  APPLICATION_DATA,
  CHANGE_CIPHER_SPEC,
  HEARTBEAT,
  MAX_EXPANSION,
  MAX_FRAGMENT,
  RECORD_HEADER,
} from './numbers.ts';

const codes = [
  'tls.not_tls',
  'tls.dtls',
  'tls.record.type',
  'tls.record.empty',
  'tls.record.length',
] as const;
/** What the record layer refuses. */
export const recordCodes: typeof codes = /* @__PURE__ */ Object.freeze(codes);
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
  let stop = stopAtRecordHeader(input, 0, Infinity, 'tls.record.length');
  if (stop !== undefined) return stop;
  const { type, version, length } = recordHeaderAt(input, 0);
  const end = RECORD_HEADER + length;
  stop = stopBefore(input, end, Infinity, 'tls.record.length', RECORD_HEADER);
  return stop ?? complete({ type, version, fragment: view(input, RECORD_HEADER, end) }, end);
}

/**
 * What keeps the header of a record at this offset from being read, if anything: each field is judged as soon as it is
 * there, type, version, length. With `expected`, any other type is malformed as `tls.record.type`. Never throws, so that
 * waiting costs nothing.
 */
export function stopAtRecordHeader<Code extends string>(
  bytes: Uint8Array,
  offset: number,
  maxBytes: number,
  overrun: Code,
  expected?: ContentType,
): Incomplete | Malformed<Code | RecordCode> | undefined {
  // struct {
  //     ContentType type;
  //     ProtocolVersion legacy_record_version;
  //     uint16 length;
  //     opaque fragment[TLSPlaintext.length];
  // } TLSPlaintext;
  const majorAt = offset + 1;
  const lengthAt = offset + 3;
  let stop = stopBefore(bytes, majorAt, maxBytes, overrun, offset);
  if (stop !== undefined) return stop;
  const type = u8At(bytes, offset);
  if (!isContentType(type)) return malformed('tls.not_tls', offset);
  if (expected !== undefined && type !== expected) return malformed('tls.record.type', offset);

  if ((stop = stopBefore(bytes, majorAt + 1, maxBytes, overrun, majorAt)) !== undefined) return stop;
  const major = u8At(bytes, majorAt);
  // DTLS versions are the ones' complement of the version that they are modelled on: 1.2 is fefd (RFC 6347 4.1).
  if (major === 0xfe) return malformed('tls.dtls', majorAt);
  if (major !== 3) return malformed('tls.not_tls', majorAt);

  // The minor version is free (RFC 8446 5.1: MUST be ignored), so it waits for the length.
  if ((stop = stopBefore(bytes, offset + RECORD_HEADER, maxBytes, overrun, majorAt + 1)) !== undefined) return stop;
  const length = u16At(bytes, lengthAt);
  const isProtected = type === APPLICATION_DATA;
  if (length === 0 && !isProtected) return malformed('tls.record.empty', lengthAt);
  return length > MAX_FRAGMENT + (isProtected ? MAX_EXPANSION : 0) ? malformed('tls.record.length', lengthAt) : undefined;
}

/** The header that {@link stopAtRecordHeader} found nothing to say about. */
export function recordHeaderAt(bytes: Uint8Array, offset: number): RecordHeader {
  return {
    type: u8At(bytes, offset) as ContentType,
    version: 0x0300 | u8At(bytes, offset + 2),
    length: u16At(bytes, offset + 3),
  };
}

function isContentType(type: number): type is ContentType {
  return type >= CHANGE_CIPHER_SPEC && type <= HEARTBEAT;
}
