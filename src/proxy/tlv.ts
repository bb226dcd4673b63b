/**
 * The type-length-value vectors behind the addresses of a version 2 header (PROXY protocol 2.2.1 to 2.2.8).
 *
 * @module
 */
import { asBytes, copy, latin1, u16At, u32At, u8At, utf8, view, writeU16, writeU32 } from '../cursor.ts';
import { complete, malformed } from '../decoded.ts';
import type { Bytes, Complete, Malformed } from '../decoded.ts';
import { arrayField, bytesField, integerField, latin1Field, objectField, utf8Field } from '../field.ts';
import {
  ALPN,
  AUTHORITY,
  CHECKSUM,
  CLIENT_CERT_CONN,
  CLIENT_CERT_SESS,
  CLIENT_SSL,
  CRC32C,
  MAX_UNIQUE_ID,
  NETNS,
  NOOP,
  SSL,
  SSL_HEADER,
  TLV_HEADER,
  UNIQUE_ID,
} from './numbers.ts';

const codes = [
  'proxy.tlv.length',
  'proxy.crc32c.length',
  'proxy.crc32c.duplicate',
  'proxy.unique_id.length',
  'proxy.ssl.length',
] as const;
/** What TLVs are refused for. */
export const tlvCodes: typeof codes = /* @__PURE__ */ Object.freeze(codes);
export type TlvCode = (typeof tlvCodes)[number];
/** What a single value is refused for. */
export type TlvValueCode = Exclude<TlvCode, 'proxy.tlv.length' | 'proxy.crc32c.duplicate'>;

/** One TLV as it is on the wire; {@link decodeTlv} gives it a type. */
export interface Tlv {
  /** 0 to 255. */
  readonly type: number;
  /** 0 to 65535 bytes; in a decoded header a view into the input. */
  readonly value: Uint8Array;
}

/** The sub-TLVs of SSL by the names of their fields, in the order of their types. */
const sslFields = {
  version: 0x21,
  cn: 0x22,
  cipher: 0x23,
  sigAlg: 0x24,
  keyAlg: 0x25,
  group: 0x26,
  sigScheme: 0x27,
  clientCert: 0x28,
} as const;
type SslField = keyof typeof sslFields;

/** What a balancer tells of the TLS connection that it ended (PROXY protocol 2.2.6, `pp2_tlv_ssl`). */
export interface Ssl {
  /** The bit field as it was sent; the three bits with a meaning follow. */
  readonly client: number;
  /** PP2_CLIENT_SSL: the client connected over TLS. */
  readonly clientSsl: boolean;
  /** PP2_CLIENT_CERT_CONN: it gave a certificate over this connection. */
  readonly clientCertConn: boolean;
  /** PP2_CLIENT_CERT_SESS: it gave one at least once over the TLS session of this connection. */
  readonly clientCertSess: boolean;
  /** 0 where the certificate was verified, or where there was none: see `verified`. */
  readonly verify: number;
  /** The client gave a certificate, and the balancer verified it: `verify` is 0 and a certificate bit is set. */
  readonly verified: boolean;
  /** For example `TLSv1.3`. */
  readonly version: string | undefined;
  /** The Common Name in the client's certificate. Whoever signed the certificate chose it: any text at all. */
  readonly cn: string | undefined;
  /** For example `ECDHE-RSA-AES128-GCM-SHA256`. */
  readonly cipher: string | undefined;
  /** What the balancer's own certificate is signed with, for example `RSA-SHA256`. */
  readonly sigAlg: string | undefined;
  /** The key of the balancer's own certificate, for example `RSA2048`. */
  readonly keyAlg: string | undefined;
  /** The key exchange, for example `secp256r1`. */
  readonly group: string | undefined;
  /** What the balancer signed the handshake with, for example `rsa_pss_rsae_sha256`. */
  readonly sigScheme: string | undefined;
  /** The client's certificate in DER, a view. */
  readonly clientCert: Uint8Array | undefined;
  /** All sub-TLVs, unknown ones too, raw and in wire order. Of one that is there twice, the first counts above. */
  readonly tlvs: readonly Tlv[];
}

/** The protocol that was negotiated by ALPN, one character per byte (latin1). */
export interface AlpnTlv {
  readonly name: 'alpn';
  readonly type: 0x01;
  readonly protocol: string;
}

/** The name that the client asked for, by SNI in most cases: as the sender wrote it, not checked to be a name. */
export interface AuthorityTlv {
  readonly name: 'authority';
  readonly type: 0x02;
  readonly authority: string;
}

/** The checksum of the whole header, 0 to 2^32 - 1. */
export interface Crc32cTlv {
  readonly name: 'crc32c';
  readonly type: 0x03;
  readonly checksum: number;
}

/** Padding, of any content. */
export interface NoopTlv {
  readonly name: 'noop';
  readonly type: 0x04;
  readonly value: Uint8Array;
}

/** 0 to 128 opaque bytes by which the sender knows the connection. */
export interface UniqueIdTlv {
  readonly name: 'unique_id';
  readonly type: 0x05;
  readonly uniqueId: Uint8Array;
}

/** What the balancer tells of the client's TLS connection. */
export interface SslTlv extends Ssl {
  readonly name: 'ssl';
  readonly type: 0x20;
}

/** The name of the network namespace. */
export interface NetnsTlv {
  readonly name: 'netns';
  readonly type: 0x30;
  readonly namespace: string;
}

/** A TLV of another type: 0xE0 to 0xEF mean what their sender says, so they are read by functions of their own. */
export interface UnknownTlv {
  readonly name: 'unknown';
  readonly type: number;
  readonly value: Uint8Array;
}

/** What {@link decodeTlv} gives, told apart by `name`. */
export type DecodedTlv =
  | AlpnTlv
  | AuthorityTlv
  | Crc32cTlv
  | NoopTlv
  | UniqueIdTlv
  | SslTlv
  | NetnsTlv
  | UnknownTlv;

/**
 * Gives a TLV its type. Never incomplete, and never malformed for a TLV of a decoded header: the lengths were checked
 * with it. Text is UTF-8; what is not UTF-8 in it becomes U+FFFD.
 *
 * Malformed, at a position in `tlv.value`: `proxy.crc32c.length` (not 4 bytes), `proxy.unique_id.length` (more than
 * 128), `proxy.ssl.length` (shorter than 5 bytes, or a sub-TLV that does not fit). PROXY protocol 2.2.
 *
 * @example
 * const tlv = decodeTlv({ type: 2, value: new TextEncoder().encode('www.example.com') });
 * if (tlv.status === 'complete') console.log(tlv.value); // { name: 'authority', type: 2, authority: 'www.example.com' }
 */
export function decodeTlv(tlv: Tlv): Complete<DecodedTlv> | Malformed<TlvValueCode> {
  const bytes = asBytes(tlv.value);
  return checkValue(tlv.type, bytes, 0, bytes.length, 0) ?? complete(readTlv(tlv.type, bytes), bytes.length);
}

function readTlv(type: number, bytes: Uint8Array): DecodedTlv {
  const value = view(bytes, 0, bytes.length);
  switch (type) {
    case ALPN:
      return { name: 'alpn', type, protocol: latin1(value, 0, value.length) };
    case AUTHORITY:
      return { name: 'authority', type, authority: utf8(value) };
    case CRC32C:
      return { name: 'crc32c', type, checksum: u32At(value, 0) };
    case NOOP:
      return { name: 'noop', type, value };
    case UNIQUE_ID:
      return { name: 'unique_id', type, uniqueId: value };
    case SSL:
      return { name: 'ssl', type, ...readPp2TlvSsl(value) };
    case NETNS:
      return { name: 'netns', type, namespace: utf8(value) };
    default:
      return { name: 'unknown', type, value };
  }
}

/** Refuses a value of a length that its type rules out, at its length field, which stands at `lengthAt`. */
function checkValue(
  type: number,
  bytes: Uint8Array,
  start: number,
  end: number,
  lengthAt: number,
): Malformed<TlvValueCode> | undefined {
  const length = end - start;
  if (type === CRC32C && length !== CHECKSUM) return malformed('proxy.crc32c.length', lengthAt);
  if (type === UNIQUE_ID && length > MAX_UNIQUE_ID) return malformed('proxy.unique_id.length', lengthAt);
  if (type === SSL) {
    if (length < SSL_HEADER) return malformed('proxy.ssl.length', lengthAt);
    for (let at = start + SSL_HEADER; at < end; ) {
      const next = tlvEnd(bytes, at, end);
      if (next < 0) return malformed('proxy.ssl.length', ~next);
      at = next;
    }
  }
  return undefined;
}

/**
 * Where the TLV at an offset ends. Where it does not before `end`, the complement of the offset at which to refuse it:
 * of its first byte where it is too short to be one, else of its length field.
 */
function tlvEnd(bytes: Uint8Array, at: number, end: number): number {
  // struct pp2_tlv {
  //     uint8_t type;
  //     uint8_t length_hi;
  //     uint8_t length_lo;
  //     uint8_t value[0];
  // };
  if (at + TLV_HEADER > end) return ~at;
  const next = at + TLV_HEADER + u16At(bytes, at + 1);
  return next > end ? ~(at + 1) : next;
}

function readPp2TlvSsl(value: Uint8Array): Ssl {
  // struct pp2_tlv_ssl {
  //     uint8_t  client;
  //     uint32_t verify;
  //     struct pp2_tlv sub_tlv[0];
  // } __attribute__((packed));
  const client = u8At(value, 0);
  const verify = u32At(value, 1);
  const tlvs: Tlv[] = [];
  for (let at = SSL_HEADER, next; at < value.length; at = next) {
    next = tlvEnd(value, at, value.length);
    tlvs.push({ type: u8At(value, at), value: view(value, at + TLV_HEADER, next) });
  }
  const bytesOf = (field: SslField): Uint8Array | undefined =>
    tlvs.find(({ type }) => type === sslFields[field])?.value;
  const textOf = (field: SslField): string | undefined => {
    const bytes = bytesOf(field);
    return bytes && utf8(bytes);
  };
  return {
    client,
    clientSsl: (client & CLIENT_SSL) !== 0,
    clientCertConn: (client & CLIENT_CERT_CONN) !== 0,
    clientCertSess: (client & CLIENT_CERT_SESS) !== 0,
    verify,
    verified: verify === 0 && (client & (CLIENT_CERT_CONN | CLIENT_CERT_SESS)) !== 0,
    version: textOf('version'),
    cn: textOf('cn'),
    cipher: textOf('cipher'),
    sigAlg: textOf('sigAlg'),
    keyAlg: textOf('keyAlg'),
    group: textOf('group'),
    sigScheme: textOf('sigScheme'),
    clientCert: bytesOf('clientCert'),
    tlvs,
  };
}

/**
 * Reads the TLVs from `start` to `end` into `tlvs`, with the framing of SSL and all lengths that the specification
 * gives. Gives the offset of the four bytes of the checksum among them, 0 where there is none.
 */
export function readTlvs(
  bytes: Uint8Array,
  start: number,
  end: number,
  tlvs: Tlv[],
): number | Malformed<TlvCode> {
  // Asked for once and not for each view (measured: views 1.2 to 1.8 times as fast).
  const { buffer, byteOffset } = bytes;
  let checksumAt = 0;
  for (let at = start; at < end; ) {
    const next = tlvEnd(bytes, at, end);
    if (next < 0) return malformed('proxy.tlv.length', ~next);
    const type = u8At(bytes, at);
    const valueAt = at + TLV_HEADER;
    const refusal = checkValue(type, bytes, valueAt, next, at + 1);
    if (refusal !== undefined) return refusal;
    if (type === CRC32C) {
      if (checksumAt !== 0) return malformed('proxy.crc32c.duplicate', at);
      checksumAt = valueAt;
    }
    tlvs.push({ type, value: new Uint8Array(buffer, byteOffset + valueAt, next - valueAt) });
    at = next;
  }
  return checksumAt;
}

/**
 * What the balancer tells of the client's TLS connection: the SSL TLV of a header, the first if there are several;
 * undefined where there is none, or where it is malformed (which it is not in a decoded header).
 *
 * Look at `verified` before you trust `cn` or `clientCert`: `verify` is 0 also where no certificate was asked for.
 * PROXY protocol 2.2.6.
 *
 * @example
 * const ssl = { type: 0x20, value: Uint8Array.of(1, 0, 0, 0, 0, 0x21, 0, 7, ...new TextEncoder().encode('TLSv1.3')) };
 * console.log(readSsl([ssl])?.version, readSsl([ssl])?.verified); // TLSv1.3 false
 */
export function readSsl(tlvs: readonly Tlv[]): Ssl | undefined {
  const tlv = tlvs.find(({ type }) => type === SSL);
  const decoded = tlv && decodeTlv(tlv);
  if (decoded?.status !== 'complete' || decoded.value.name !== 'ssl') return undefined;
  const { name: _name, type: _type, ...ssl } = decoded.value;
  return ssl;
}

/**
 * An SSL TLV to write: its two numbers, and either the fields by name or all sub-TLVs raw. Where both are given, as in
 * what {@link decodeTlv} gives, they must say the same.
 */
export interface SslTlvInput extends Partial<Pick<Ssl, SslField | 'tlvs'>> {
  readonly name: 'ssl';
  /** 1: over TLS. 2: a certificate over this connection. 4: a certificate over its session. Added up. */
  readonly client: number;
  /** 0 where the client gave a certificate and it was verified, anything else otherwise. */
  readonly verify: number;
}

/** What {@link encodeTlv} takes: what {@link decodeTlv} gives, or its `name` and its own fields. */
export type TlvInput =
  | Omit<AlpnTlv, 'type'>
  | Omit<AuthorityTlv, 'type'>
  | Omit<NoopTlv, 'type'>
  | Omit<UniqueIdTlv, 'type'>
  | SslTlvInput
  | Omit<NetnsTlv, 'type'>
  | Omit<Crc32cTlv, 'type'>
  | UnknownTlv;

/**
 * Makes the raw TLV of a typed one, for the `tlvs` of a header to encode; its value is its own. A checksum need not be
 * right here: it is computed when the header is encoded.
 *
 * @throws TypeError or RangeError naming the field that cannot be written: text that is not well-formed (or beyond
 * latin1, for `protocol`), a number out of its range, a `uniqueId` of more than 128 bytes, a value above 65535 bytes.
 * PROXY protocol 2.2.
 *
 * @example
 * console.log(encodeTlv({ name: 'alpn', protocol: 'h2' })); // { type: 1, value: Uint8Array(2) [ 104, 50 ] }
 */
export function encodeTlv(tlv: TlvInput): Tlv {
  objectField(tlv, 'tlv');
  switch (tlv.name) {
    case 'alpn':
      return valueField(ALPN, latin1Field(tlv.protocol, 'protocol'), 'protocol');
    case 'authority':
      return valueField(AUTHORITY, utf8Field(tlv.authority, 'authority'), 'authority');
    case 'crc32c':
      return valueField(CRC32C, u32Field(tlv.checksum, 'checksum'), 'checksum');
    case 'noop':
      return valueField(NOOP, ownBytes(tlv.value, 'value'), 'value');
    case 'unique_id':
      return valueField(UNIQUE_ID, ownBytes(tlv.uniqueId, 'uniqueId'), 'uniqueId');
    case 'ssl':
      return valueField(SSL, sslBytes(tlv), 'ssl');
    case 'netns':
      return valueField(NETNS, utf8Field(tlv.namespace, 'namespace'), 'namespace');
    case 'unknown':
      return valueField(integerField(tlv.type, 0xff, 'type'), ownBytes(tlv.value, 'value'), 'value');
    default:
      throw new TypeError(`name must be that of a TLV, not ${String((tlv as { name?: unknown }).name)}`);
  }
}

function sslBytes(ssl: SslTlvInput): Bytes {
  const named = sslFieldNames().flatMap((field): Tlv[] => {
    if (ssl[field] === undefined) return [];
    const value = field === 'clientCert' ? bytesField(ssl[field], field) : utf8Field(ssl[field], field);
    return [{ type: sslFields[field], value: shortField(value, field) }];
  });
  const tlvs = ssl.tlvs === undefined ? named : arrayField(ssl.tlvs, 'tlvs', rawTlvField);
  const value = new Uint8Array(SSL_HEADER + sizeOfTlvs(tlvs));
  value[0] = integerField(ssl.client, 0xff, 'client');
  writeU32(value, 1, integerField(ssl.verify, 0xffffffff, 'verify'));
  writeTlvs(value, SSL_HEADER, tlvs);
  if (ssl.tlvs !== undefined) refuseContradiction(ssl, value);
  return value;
}

/** Whoever changes a field of what was decoded must not find that its sub-TLVs went out as they were. */
function refuseContradiction(ssl: SslTlvInput, value: Bytes): void {
  const raw = readPp2TlvSsl(value);
  for (const field of sslFieldNames()) {
    const isSame = field === 'clientCert' ? isSameBytes(ssl[field], raw[field]) : ssl[field] === raw[field];
    if (field in ssl && !isSame) throw new TypeError(`${field} must be what tlvs say, or tlvs be left out`);
  }
}

function sslFieldNames(): SslField[] {
  return Object.keys(sslFields) as SslField[];
}

function isSameBytes(one: Uint8Array | undefined, other: Uint8Array | undefined): boolean {
  return String(one) === String(other);
}

function u32Field(value: number, field: string): Bytes {
  const bytes = new Uint8Array(4);
  writeU32(bytes, 0, integerField(value, 0xffffffff, field));
  return bytes;
}

function ownBytes(value: Uint8Array, field: string): Bytes {
  const bytes = bytesField(value, field);
  return copy(bytes, 0, bytes.length);
}

/** A value whose length fits into the length field. */
function shortField(value: Uint8Array, field: string): Uint8Array {
  if (value.length <= 0xffff) return value;
  throw new RangeError(`${field} must not be longer than 65535 bytes`);
}

/** A TLV of a header, with a value that its type allows. */
function valueField(type: number, value: Uint8Array, field: string): Tlv {
  const refusal = checkValue(type, shortField(value, field), 0, value.length, 0);
  if (refusal !== undefined) throw new RangeError(`${field} is malformed: ${refusal.code}`);
  return { type, value };
}

/**
 * A TLV that can be written into a header and that no receiver must refuse.
 *
 * @throws TypeError or RangeError naming `field` and what is wrong in it
 */
export function tlvField(tlv: Tlv, field: string): Tlv {
  const { type, value } = rawTlvField(tlv, field);
  return valueField(type, value, `${field}.value`);
}

/** A TLV that can be written, whatever it means: a sub-TLV has types of its own. */
function rawTlvField(tlv: Tlv, field: string): Tlv {
  const { type, value } = objectField(tlv, field);
  return {
    type: integerField(type, 0xff, `${field}.type`),
    value: shortField(bytesField(value, `${field}.value`), `${field}.value`),
  };
}

/** How many bytes TLVs take on the wire. */
export function sizeOfTlvs(tlvs: readonly Tlv[]): number {
  let size = 0;
  for (const { value } of tlvs) size += TLV_HEADER + value.length;
  return size;
}

/** Writes TLVs at `offset`, and gives where the value of the last one of type CRC32C went. */
export function writeTlvs(out: Uint8Array, offset: number, tlvs: readonly Tlv[]): number | undefined {
  let at = offset;
  let checksumAt: number | undefined;
  for (const { type, value } of tlvs) {
    out[at] = type;
    writeU16(out, at + 1, value.length);
    at += TLV_HEADER;
    out.set(value, at);
    if (type === CRC32C) checksumAt = at;
    at += value.length;
  }
  return checksumAt;
}
