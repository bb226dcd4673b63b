/**
 * Alerts: how either side says why it hangs up (RFC 8446 6).
 *
 * @module
 */
import { asBytes, Cursor, decodeWith } from '../cursor.ts';
import { complete, malformed } from '../decoded.ts';
import type { Bytes, Decoded, MalformedCode } from '../decoded.ts';
import type { ClientHello, ClientHelloCode, InvalidServerNameCode } from './client-hello.ts';
import type { ExtensionCode } from './extensions.ts';
import { ALERT, RECORD_HEADER } from './numbers.ts';
import { stopAtRecordHeader } from './record.ts';
import type { RecordCode } from './record.ts';

const codes = ['tls.alert.length', 'tls.alert.level'] as const;
/** What an alert is refused for, beside the codes of records. */
export const alertCodes: typeof codes = /* @__PURE__ */ Object.freeze(codes);
export type AlertCode = RecordCode | (typeof alertCodes)[number];

const descriptions = {
  0: 'close_notify',
  10: 'unexpected_message',
  20: 'bad_record_mac',
  21: 'decryption_failed',
  22: 'record_overflow',
  30: 'decompression_failure',
  40: 'handshake_failure',
  41: 'no_certificate',
  42: 'bad_certificate',
  43: 'unsupported_certificate',
  44: 'certificate_revoked',
  45: 'certificate_expired',
  46: 'certificate_unknown',
  47: 'illegal_parameter',
  48: 'unknown_ca',
  49: 'access_denied',
  50: 'decode_error',
  51: 'decrypt_error',
  52: 'too_many_cids_requested',
  60: 'export_restriction',
  70: 'protocol_version',
  71: 'insufficient_security',
  80: 'internal_error',
  86: 'inappropriate_fallback',
  90: 'user_canceled',
  100: 'no_renegotiation',
  109: 'missing_extension',
  110: 'unsupported_extension',
  111: 'certificate_unobtainable',
  112: 'unrecognized_name',
  113: 'bad_certificate_status_response',
  114: 'bad_certificate_hash_value',
  115: 'unknown_psk_identity',
  116: 'certificate_required',
  117: 'general_error',
  120: 'no_application_protocol',
  121: 'ech_required',
} as const;
/** IANA TLS Alerts: `AlertDescription` by number (RFC 8446 6, RFC 9846 6, and what older versions sent). */
export const alertDescriptions: typeof descriptions = /* @__PURE__ */ Object.freeze(descriptions);

/** The name of an assigned `AlertDescription`. */
export type AlertDescription = (typeof alertDescriptions)[keyof typeof alertDescriptions];

/** An alert. */
export interface Alert {
  readonly level: 'warning' | 'fatal';
  /** By name, or the number (0 to 255) where none is assigned. */
  readonly description: AlertDescription | number;
}

/**
 * Decodes the alert record at the start of `bytes`, as a server sends it when it refuses a hello.
 *
 * Malformed: the codes of records (`tls.record.type` where it is TLS and no alert), `tls.alert.length` (not the two
 * bytes of an alert in the clear), `tls.alert.level`. RFC 8446 6.
 *
 * @example
 * const alert = decodeAlert(Uint8Array.of(21, 3, 3, 0, 2, 2, 40));
 * if (alert.status === 'complete') console.log(alert.value); // { level: 'fatal', description: 'handshake_failure' }
 */
export function decodeAlert(bytes: Uint8Array): Decoded<Alert, AlertCode> {
  return readAlert(Cursor.open<AlertCode>(asBytes(bytes), 0, Infinity, 'tls.alert.length'));
}

/** Reads an alert record; `size` is where it ends. */
export function readAlert<Code extends string>(cursor: Cursor<Code | AlertCode>): Decoded<Alert, Code | AlertCode> {
  // enum { warning(1), fatal(2), (255) } AlertLevel;
  // struct {
  //     AlertLevel level;
  //     AlertDescription description;
  // } Alert;
  const start = cursor.offset;
  const header = stopAtRecordHeader(cursor.bytes, start, cursor.reach, cursor.overrun, ALERT);
  if (header !== undefined) return header;
  const lengthAt = start + RECORD_HEADER - 2;
  cursor.offset = lengthAt;
  if (cursor.u16() !== 2) return malformed('tls.alert.length', lengthAt);
  const stop = cursor.stop(2);
  if (stop?.status === 'malformed') return malformed(stop.code, lengthAt);
  return decodeWith(() => {
    const at = cursor.offset;
    const level = cursor.u8();
    if (level !== WARNING && level !== FATAL) cursor.fail('tls.alert.level', at);
    const description = cursor.u8();
    return complete(
      { level: level === WARNING ? 'warning' : 'fatal', description: nameOfAlert(description) },
      cursor.offset,
    );
  });
}

const WARNING = 1;
const FATAL = 2;

function nameOfAlert(code: number): AlertDescription | number {
  return Object.hasOwn(alertDescriptions, code) ? alertDescriptions[code as keyof typeof alertDescriptions] : code;
}

/**
 * Encodes an alert as a whole record, ready to send in the clear before the handshake has gone any further.
 *
 * @param description its name, or a number from 0 to 255
 * @param level `fatal` unless given; after a fatal alert both sides close (RFC 8446 6.2)
 * @returns 7 bytes
 * @throws TypeError for a name that is not assigned or another level, RangeError for a number out of range
 *
 * @example
 * socket.end(encodeAlert('unrecognized_name'));
 */
export function encodeAlert(description: AlertDescription | number, level: 'warning' | 'fatal' = 'fatal'): Bytes {
  if (level !== 'warning' && level !== 'fatal') throw new TypeError("level must be 'warning' or 'fatal'");
  return Uint8Array.of(ALERT, 3, 3, 0, 2, level === 'warning' ? WARNING : FATAL, codeOfAlert(description));
}

function codeOfAlert(description: AlertDescription | number): number {
  if (typeof description === 'number') {
    if (Number.isInteger(description) && description >= 0 && description <= 255) return description;
    throw new RangeError('description must be an integer from 0 to 255');
  }
  for (const [code, name] of Object.entries(alertDescriptions)) if (name === description) return Number(code);
  throw new TypeError('description must be the name of an assigned alert');
}

/**
 * The alert that answers a malformed hello: the description to pass to {@link encodeAlert}. Undefined for what is no hello
 * by its code, but a request head or a PROXY header.
 *
 * @param code of a ClientHello or one of its extensions, or whatever `preread` gives
 *
 * @example
 * console.log(alertFor('tls.extension.duplicate')); // illegal_parameter
 */
export function alertFor(code: ClientHelloCode | ExtensionCode | InvalidServerNameCode): AlertDescription;
export function alertFor(code: MalformedCode): AlertDescription | undefined;
export function alertFor(code: MalformedCode): AlertDescription | undefined {
  switch (code) {
    // RFC 8446 4.2.1 and appendix D: the client asks for something that no version spoken here is.
    case 'tls.not_tls':
    case 'tls.dtls':
    case 'tls.sslv2':
      return 'protocol_version';
    // RFC 8446 5.1.
    case 'tls.record.length':
      return 'record_overflow';
    case 'tls.record.type':
    case 'tls.record.empty':
    case 'tls.handshake.type':
      return 'unexpected_message';
    // RFC 8446 6.2: well-formed, but a value that is out of range or does not fit the others.
    case 'tls.handshake.limit':
    case 'tls.extension.duplicate':
    case 'tls.pre_shared_key.not_last':
    case 'tls.pre_shared_key.binders':
    case 'tls.server_name.duplicate':
    case 'tls.max_fragment_length.value':
    case 'tls.heartbeat.value':
    case 'tls.padding.value':
    case 'tls.record_size_limit.value':
    case 'tls.encrypted_client_hello.type':
    case 'tls.supported_versions.selected':
    case 'tls.server_hello.legacy_version':
      return 'illegal_parameter';
    // RFC 8446 9.2.
    case 'tls.supported_versions.missing':
      return 'missing_extension';
    // RFC 6066 3: a name that no server can have.
    case 'tls.server_name.invalid':
      return 'unrecognized_name';
    // All others are syntax: a length that is incorrect, a field out of its range of lengths.
    default:
      return code.startsWith('tls.') ? 'decode_error' : undefined;
  }
}

/**
 * The alert that tells a client without SNI that it must send a name: `missing_extension` where it offers TLS 1.3
 * (RFC 8446 9.2), else `unrecognized_name` (RFC 6066 3).
 */
export function alertForMissingName(hello: ClientHello): 'missing_extension' | 'unrecognized_name' {
  return hello.supportedVersions.includes(0x0304) ? 'missing_extension' : 'unrecognized_name';
}
