/**
 * The hot path: the name in a ClientHello and nothing else, for routers that ask one question of every connection.
 *
 * It validates what the full walk in client-hello.ts validates, but may itself answer only `complete`, for one
 * record that holds the whole hello with a plain name or none. For everything else, the slightest doubt included,
 * it takes the walk of `decodeClientHello` over the same bytes; so the two cannot disagree on what is wrong.
 * It is the one place beside cursor.ts that indexes bytes: a cursor costs 1.6 to 2 times as much here.
 *
 * @module
 */
import { asBytes, latin1 } from '../cursor.ts';
import { complete, maxBytesOf } from '../decoded.ts';
import type { Complete, Decoded, DecodeOptions } from '../decoded.ts';
import { clientHelloDecoder, walkClientHello } from './client-hello.ts';
import type { ClientHelloCode } from './client-hello.ts';
import {
  APPLICATION_LAYER_PROTOCOL_NEGOTIATION,
  PRE_SHARED_KEY,
  SERVER_NAME,
  SUPPORTED_VERSIONS,
} from './extensions.ts';
import type { ServerName } from './extensions.ts';
import { MAX_FRAGMENT } from './record.ts';

/**
 * Reads the server name from the ClientHello at the start of a connection: the same verdict and name as
 * `decodeClientHello`, without building anything else.
 *
 * The value is undefined only where a whole, well-formed hello carries no name; a hello that cannot be decided is
 * incomplete or malformed, never nameless. RFC 6066 3.
 *
 * @example
 * const name = readServerName(bytes);
 * if (name.status === 'complete' && name.value?.kind === 'dns') console.log(name.value.host); // www.example.com
 */
export function readServerName(
  bytes: Uint8Array,
  options?: DecodeOptions,
): Decoded<ServerName | undefined, ClientHelloCode> {
  const maxBytes = maxBytesOf(options);
  if (bytes instanceof Uint8Array) {
    const name = readPlainServerName(bytes, maxBytes);
    if (name !== undefined) return name;
  }
  return clientHelloDecoder(maxBytes, (body) => walkClientHello(body).found.serverName)(asBytes(bytes));
}

/** Spreads the 16-bit types over 32 slots; GREASE and the others in use fall into different ones (searched). */
const SLOT_MULTIPLIER = 0xddf1028f;

/** The answer where it is `complete` and the hello is of the usual shape; undefined means: ask the full decoder. */
function readPlainServerName(bytes: Uint8Array, maxBytes: number): Complete<ServerName | undefined> | undefined {
  // The record and handshake headers, then what every hello has: 50 bytes at least. A read past the end would slow
  // down every later call (measured: 1.7 times), so each bound is tested before the read.
  if (bytes.length < 50) return undefined;
  if (bytes[0] !== 22 || bytes[1] !== 3 || bytes[5] !== 1) return undefined;
  const fragment = (bytes[3]! << 8) | bytes[4]!;
  const end = 9 + ((bytes[6]! << 16) | (bytes[7]! << 8) | bytes[8]!);
  if (fragment > MAX_FRAGMENT || end > 5 + fragment || end > bytes.length || end > maxBytes) return undefined;

  // legacy_version and random end at 43.
  let p = 43;
  const sessionId = bytes[p]!;
  p += 1 + sessionId;
  if (sessionId > 32 || p + 2 > end) return undefined;
  const cipherSuites = (bytes[p]! << 8) | bytes[p + 1]!;
  p += 2 + cipherSuites;
  if (cipherSuites === 0 || (cipherSuites & 1) !== 0 || p >= end) return undefined;
  const compressionMethods = bytes[p]!;
  p += 1 + compressionMethods;
  if (compressionMethods === 0) return undefined;
  if (p === end) return complete(undefined, end);
  if (p + 2 > end) return undefined;
  const extensions = (bytes[p]! << 8) | bytes[p + 1]!;
  p += 2;
  if (p + extensions !== end) return undefined;

  // A bit for each type seen. Types from 64 on share 32 slots: the full decoder tells whether a slot taken twice
  // is a type sent twice.
  let seenBelow32 = 0;
  let seenBelow64 = 0;
  let seenSlots = 0;
  // Where the data of the extensions to be looked at begins; 0 when absent.
  let serverName = 0;
  let serverNameEnd = 0;
  let alpn = 0;
  let alpnEnd = 0;
  let versions = 0;
  let versionsEnd = 0;
  while (p <= end - 4) {
    const type = (bytes[p]! << 8) | bytes[p + 1]!;
    const data = p + 4;
    p = data + ((bytes[p + 2]! << 8) | bytes[p + 3]!);
    if (type < 32) {
      const bit = 1 << type;
      if ((seenBelow32 & bit) !== 0) return undefined;
      seenBelow32 |= bit;
      if (type === SERVER_NAME) {
        serverName = data;
        serverNameEnd = p;
      } else if (type === APPLICATION_LAYER_PROTOCOL_NEGOTIATION) {
        alpn = data;
        alpnEnd = p;
      }
    } else if (type < 64) {
      const bit = 1 << (type - 32);
      if ((seenBelow64 & bit) !== 0) return undefined;
      seenBelow64 |= bit;
      if (type === SUPPORTED_VERSIONS) {
        versions = data;
        versionsEnd = p;
      } else if (type === PRE_SHARED_KEY && p !== end) return undefined;
    } else {
      const bit = 1 << (Math.imul(type, SLOT_MULTIPLIER) >>> 27);
      if ((seenSlots & bit) !== 0) return undefined;
      seenSlots |= bit;
    }
  }
  // Lengths only ever move forward, so one that overruns the block shows here.
  if (p !== end) return undefined;

  if (versions !== 0) {
    if (versions === versionsEnd) return undefined;
    const length = bytes[versions]!;
    if (length === 0 || (length & 1) !== 0 || versions + 1 + length !== versionsEnd) return undefined;
  }
  if (alpn !== 0 && !isProtocolNameList(bytes, alpn, alpnEnd)) return undefined;
  if (serverName === 0) return complete(undefined, end);

  // One host_name that fills its list, which fills the extension.
  if (serverNameEnd - serverName < 6) return undefined;
  const list = (bytes[serverName]! << 8) | bytes[serverName + 1]!;
  const length = (bytes[serverName + 3]! << 8) | bytes[serverName + 4]!;
  const start = serverName + 5;
  if (serverName + 2 + list !== serverNameEnd || bytes[serverName + 2] !== 0 || start + length !== serverNameEnd) {
    return undefined;
  }
  if (!isPlainName(bytes, start, serverNameEnd)) return undefined;
  return complete({ kind: 'dns', host: latin1(bytes, start, serverNameEnd) }, end);
}

/** Names of one byte or more that fill a list of one or more, which fills the extension. */
function isProtocolNameList(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start < 4 || start + 2 + ((bytes[start]! << 8) | bytes[start + 1]!) !== end) return false;
  let p = start + 2;
  while (p < end) {
    const length = bytes[p]!;
    if (length === 0) return false;
    p += 1 + length;
  }
  return p === end;
}

/**
 * Whether the name is a DNS name in normal form already. A trailing dot, capitals, and a last label that begins with
 * a digit (it might be an address) are left to the full decoder.
 */
function isPlainName(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start > 253) return false;
  let label = start;
  for (let p = start; p < end; p++) {
    const c = bytes[p]!;
    if (c === 0x2e) {
      if (p === label || p - label > 63) return false;
      label = p + 1;
    } else if (!((c >= 0x61 && c <= 0x7a) || (c >= 0x30 && c <= 0x39) || c === 0x2d || c === 0x5f)) return false;
  }
  if (label === end || end - label > 63) return false;
  const first = bytes[label]!;
  return first < 0x30 || first > 0x39;
}
