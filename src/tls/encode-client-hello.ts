/**
 * Writes a ClientHello (RFC 8446 4.1.2), to ask a server what it answers.
 *
 * @module
 */
import type { Bytes } from '../decoded.ts';
import { arrayField, bytesField, integerField, latin1Field, objectField, textField } from '../field.ts';
import { readHost } from '../host.ts';
import { isGrease } from './extensions.ts';
import type { Extension } from './extensions.ts';
import {
  APPLICATION_LAYER_PROTOCOL_NEGOTIATION,
  CLIENT_HELLO,
  EC_POINT_FORMATS,
  EXTENDED_MASTER_SECRET,
  HANDSHAKE,
  KEY_SHARE,
  MAX_FRAGMENT,
  PRE_SHARED_KEY,
  PSK_KEY_EXCHANGE_MODES,
  RENEGOTIATION_INFO,
  SERVER_NAME,
  SIGNATURE_ALGORITHMS,
  SSL3,
  SUPPORTED_GROUPS,
  SUPPORTED_VERSIONS,
  TLS12,
  TLS13,
} from './numbers.ts';

/** What a ClientHello says. All of it may be left out: then it says what servers of today understand. */
export interface ClientHelloInput {
  /** The name in SNI, in ASCII; a trailing dot is left out, and letters become lower case. None unless given. */
  readonly serverName?: string | undefined;
  /** In order of preference, one character per byte (latin1), 1 to 255 each. None unless given. */
  readonly alpnProtocols?: readonly string[] | undefined;
  /** In order of preference (default TLS 1.3 and 1.2). */
  readonly versions?: readonly number[] | undefined;
  /**
   * In order of preference (default: those of TLS 1.3, and of TLS 1.2 what its servers have, best first). Without any of
   * TLS 1.3, leave it out of `versions` as well: a server chooses the version first.
   */
  readonly cipherSuites?: readonly number[] | undefined;
  /** In order of preference (default X25519MLKEM768, x25519, secp256r1, secp384r1, secp521r1). */
  readonly groups?: readonly number[] | undefined;
  /** In order of preference (default: ECDSA, RSA-PSS, EdDSA and RSA with SHA-256, 384 and 512, and RSA with SHA-1). */
  readonly signatureAlgorithms?: readonly number[] | undefined;
  /**
   * The client's public keys, in the order of `groups` (default: one for each of those that is X25519MLKEM768, x25519,
   * secp256r1 or secp384r1, where TLS 1.3 is offered). Those of the default are constants whose secrets anybody knows:
   * enough for an answer, and for a handshake that goes no further. With `[]` the server must ask for one by a
   * HelloRetryRequest.
   */
  readonly keyShares?: readonly { readonly group: number; readonly keyExchange: Uint8Array }[] | undefined;
  /** 32 bytes (default random ones). Where it is given, the same input gives the same hello. */
  readonly random?: Uint8Array | undefined;
  /** 0 to 32 bytes (default those of `random`, since some middleboxes expect 32). */
  readonly sessionId?: Uint8Array | undefined;
  /** More extensions, raw, behind those that are made of the other fields. Of each type there may be one. */
  readonly extensions?: readonly Extension[] | undefined;
}

/**
 * Encodes a ClientHello, in as many records as it takes.
 *
 * With extended_master_secret, renegotiation_info, ec_point_formats and psk_key_exchange_modes beside what the fields
 * say; `legacy_version` is that of TLS 1.2 where TLS 1.3 is offered, else the highest of `versions` that is SSL 3.0 or one
 * of TLS.
 *
 * @throws TypeError or RangeError naming the field that cannot be written: a `serverName` that is no DNS name (an address
 *   among them, RFC 6066 3), no versions, cipher suites, groups or signature algorithms, a number above 65535, a list or an
 *   extension that is too long, an extension that is there twice. RFC 8446 4.1.2.
 *
 * @example
 * const hello = encodeClientHello({ serverName: 'www.example.com', alpnProtocols: ['h2'] });
 * const decoded = decodeClientHello(hello);
 * if (decoded.status === 'complete') console.log(decoded.value.serverName); // { kind: 'dns', host: 'www.example.com' }
 */
export function encodeClientHello(hello: ClientHelloInput = {}): Bytes {
  const { cipherSuites = defaultCipherSuites, versions: given = defaultVersions } = objectField(hello, 'hello');
  const versions = list16(given, 'versions');
  const random = hello.random === undefined ? freshRandom() : bytesOfLength(hello.random, 32, 32, 'random');
  const sessionId = hello.sessionId === undefined ? random : bytesOfLength(hello.sessionId, 0, 32, 'sessionId');
  const extensions = [...extensionsOf(hello, versions)].flatMap(([type, data]) => [...u16(type), ...vector16(data, 'extensions')]);
  return inRecords([
    CLIENT_HELLO,
    ...vector24([
      ...u16(legacyVersionOf(versions)),
      ...random,
      ...vector8(sessionId, 'sessionId'),
      ...vector16(list16(cipherSuites, 'cipherSuites').flatMap(u16), 'cipherSuites'),
      ...vector8([NULL_COMPRESSION], 'compressionMethods'),
      ...vector16(extensions, 'extensions'),
    ]),
  ]);
}

const defaultVersions = [TLS13, TLS12];
const defaultCipherSuites = [
  // TLS 1.3: AES-128-GCM, AES-256-GCM, ChaCha20.
  0x1301, 0x1302, 0x1303,
  // TLS 1.2, each for ECDSA and RSA: ECDHE with AES-128-GCM, AES-256-GCM, ChaCha20, AES-128-CBC, AES-256-CBC.
  0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc009, 0xc013, 0xc00a, 0xc014,
  // TLS 1.2 without ECDHE: RSA with AES-128-GCM, AES-256-GCM, AES-128-CBC, AES-256-CBC.
  0x009c, 0x009d, 0x002f, 0x0035,
];
const defaultSignatureAlgorithms = [
  // ecdsa_secp256r1_sha256, rsa_pss_rsae_sha256, rsa_pkcs1_sha256, and the same with SHA-384.
  0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501,
  // With SHA-512, ed25519, ed448, rsa_pss_pss_sha256, 384 and 512, rsa_pkcs1_sha1.
  0x0603, 0x0806, 0x0601, 0x0807, 0x0808, 0x0809, 0x080a, 0x080b, 0x0201,
];
const X25519 = 29;
const SECP256R1 = 23;
const SECP384R1 = 24;
const SECP521R1 = 25;
const X25519MLKEM768 = 0x11ec;
const defaultGroups = [X25519MLKEM768, X25519, SECP256R1, SECP384R1, SECP521R1];

const NULL_COMPRESSION = 0;
const HOST_NAME = 0;
const UNCOMPRESSED = 0;
const PSK_DHE_KE = 1;

/** The extensions by type, in the order in which they are written. */
function extensionsOf(hello: ClientHelloInput, versions: readonly number[]): Map<number, readonly number[]> {
  const { serverName, alpnProtocols = [], extensions = [], keyShares } = hello;
  const { groups: givenGroups = defaultGroups, signatureAlgorithms: givenAlgorithms = defaultSignatureAlgorithms } = hello;
  const groups = list16(givenGroups, 'groups');
  const signatureAlgorithms = list16(givenAlgorithms, 'signatureAlgorithms');
  const protocols = shortList(alpnProtocols, 'alpnProtocols', protocolName).flat();

  const byType = new Map<number, readonly number[]>();
  const write = (type: number, data: readonly number[], field: string): void => {
    atMost(0xffff, data, field);
    byType.set(type, data);
  };
  if (serverName !== undefined) {
    write(SERVER_NAME, vector16([HOST_NAME, ...vector16(hostName(serverName), 'serverName')], 'serverName'), 'serverName');
  }
  byType.set(EXTENDED_MASTER_SECRET, []);
  byType.set(RENEGOTIATION_INFO, [0]);
  write(SUPPORTED_GROUPS, vector16(groups.flatMap(u16), 'groups'), 'groups');
  byType.set(EC_POINT_FORMATS, [1, UNCOMPRESSED]);
  if (protocols.length > 0) {
    write(APPLICATION_LAYER_PROTOCOL_NEGOTIATION, vector16(protocols, 'alpnProtocols'), 'alpnProtocols');
  }
  write(SIGNATURE_ALGORITHMS, vector16(signatureAlgorithms.flatMap(u16), 'signatureAlgorithms'), 'signatureAlgorithms');
  byType.set(SUPPORTED_VERSIONS, vector8(versions.flatMap(u16), 'versions'));
  if (offersTls13(versions)) byType.set(PSK_KEY_EXCHANGE_MODES, [1, PSK_DHE_KE]);
  if (offersTls13(versions) || keyShares !== undefined) {
    const entries = keyShares === undefined ? defaultKeyShares(groups) : keyShareEntries(keyShares, groups);
    write(KEY_SHARE, vector16(entries, 'keyShares'), 'keyShares');
  }

  shortList(extensions, 'extensions', (extension, field) => {
    const { type, data } = objectField(extension, field);
    integerField(type, 0xffff, `${field}.type`);
    if (byType.has(type)) throw new RangeError(`${field}.type must not be ${type}, which is there already`);
    // Its binders are over all that stands before them.
    if (byType.has(PRE_SHARED_KEY)) throw new RangeError(`${field} must not stand behind pre_shared_key`);
    byType.set(type, [...bytesAtMost(0xffff, data, `${field}.data`)]);
  });
  return byType;
}

function offersTls13(versions: readonly number[]): boolean {
  return versions.some((version) => version >= TLS13 && !isGrease(version));
}

function hostName(serverName: string): number[] {
  const host = readHost(textField(serverName, 'serverName'));
  if (host?.kind === 'dns') return [...latin1Field(host.host, 'serverName')];
  // RFC 6066 3: "Literal IPv4 and IPv6 addresses are not permitted".
  throw new RangeError(`serverName must be a DNS name in ASCII${host === undefined ? '' : ', not an address'}`);
}

function protocolName(protocol: string, field: string): number[] {
  atMost(0xff, textField(protocol, field), field);
  return vector8([...notEmpty(latin1Field(protocol, field), field)], field);
}

function keyShareEntries(keyShares: NonNullable<ClientHelloInput['keyShares']>, groups: readonly number[]): number[] {
  let rank = -1;
  return shortList(keyShares, 'keyShares', (share, field) => {
    const { group, keyExchange } = objectField(share, field);
    integerField(group, 0xffff, `${field}.group`);
    // RFC 8446 4.2.8: each MUST be of a group that is offered, in the same order, and none twice.
    const rankOfLast = rank;
    rank = groups.indexOf(group);
    if (rank === -1) throw new RangeError(`${field}.group must be one of groups, not ${group}`);
    if (rank <= rankOfLast) throw new RangeError(`${field}.group must stand behind that of the last in groups`);
    const key = bytesAtMost(0xffff, keyExchange, `${field}.keyExchange`);
    return keyShareEntry(group, notEmpty(key, `${field}.keyExchange`));
  }).flat();
}

/** A share of each group for which there is a key; none lets the server choose the group. */
function defaultKeyShares(groups: readonly number[]): number[] {
  return [...new Set(groups)].flatMap((group) => {
    const key = readyKey(group);
    return key === undefined ? [] : keyShareEntry(group, key);
  });
}

function keyShareEntry(group: number, keyExchange: Iterable<number>): number[] {
  return [...u16(group), ...vector16([...keyExchange], 'keyExchange')];
}

/** A key that every server takes for valid: the generator of the group. */
function readyKey(group: number): number[] | undefined {
  switch (group) {
    case X25519:
      return x25519Generator();
    case SECP256R1:
      return fromHex(
        '046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296' +
          '4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5',
      );
    case SECP384R1:
      return fromHex(
        '04aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e3872760ab7' +
          '3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5f',
      );
    case X25519MLKEM768:
      // An encapsulation key of ML-KEM-768, all of whose coefficients are 0 (FIPS 203 7.2), and behind it the other's key.
      return [...new Uint8Array(1184), ...x25519Generator()];
  }
  return undefined;
}

/** The number 9 in 32 bytes, little-endian (RFC 7748 4.1). */
function x25519Generator(): number[] {
  return [9, ...new Uint8Array(31)];
}

/** RFC 8446 4.1.2: where a later version is offered, that of TLS 1.2; before, the highest one. */
function legacyVersionOf(versions: readonly number[]): number {
  const possible = versions.filter((version) => version >= SSL3 && version <= TLS12);
  return offersTls13(versions) || possible.length === 0 ? TLS12 : Math.max(...possible);
}

function inRecords(message: readonly number[]): Bytes {
  // RFC 8446 5.1: in the first flight the version MAY be 0x0301, for servers that are old.
  const records: number[] = [];
  for (let at = 0; at < message.length; at += MAX_FRAGMENT) {
    const fragment = message.slice(at, at + MAX_FRAGMENT);
    records.push(HANDSHAKE, 3, 1, ...vector16(fragment, 'fragment'));
  }
  return Uint8Array.from(records);
}

/** The shape of what every runtime has and `lib` leaves out. */
declare const crypto: { getRandomValues(bytes: Bytes): Bytes };

function freshRandom(): number[] {
  return [...crypto.getRandomValues(new Uint8Array(32))];
}

/** Before they are copied as numbers, which take eight times as much. */
function bytesAtMost(max: number, value: Uint8Array, field: string): Uint8Array {
  const bytes = bytesField(value, field);
  atMost(max, bytes, field);
  return bytes;
}

function bytesOfLength(value: Uint8Array, min: number, max: number, field: string): number[] {
  const bytes = bytesField(value, field);
  if (bytes.length >= min && bytes.length <= max) return [...bytes];
  throw new RangeError(`${field} must have ${min === max ? max : `${min} to ${max}`} bytes, not ${bytes.length}`);
}

/** A list of one or more 16-bit values. */
function list16(list: readonly number[], field: string): number[] {
  return notEmpty(shortList(list, field, (value, field) => integerField(value, 0xffff, field)), field);
}

/** An array of no more elements than a vector has room for, of two bytes each. */
function shortList<T, R>(list: readonly T[], field: string, read: (element: T, field: string) => R): R[] {
  if (!Array.isArray(list) || list.length <= MAX_ELEMENTS) return arrayField(list, field, read);
  throw new RangeError(`${field} must not hold more than ${MAX_ELEMENTS} elements, not ${list.length}`);
}

const MAX_ELEMENTS = 0x7fff;

function notEmpty<T extends { readonly length: number }>(list: T, field: string): T {
  if (list.length > 0) return list;
  throw new RangeError(`${field} must not be empty`);
}

function u16(value: number): number[] {
  return [value >> 8, value & 0xff];
}

function vector8(content: readonly number[], field: string): number[] {
  return [atMost(0xff, content, field), ...content];
}

function vector16(content: readonly number[], field: string): number[] {
  return [...u16(atMost(0xffff, content, field)), ...content];
}

/** Of what is no longer than its parts together, which were checked. */
function vector24(content: readonly number[]): number[] {
  return [content.length >> 16, ...u16(content.length & 0xffff), ...content];
}

/** The length of what takes one byte an element. */
function atMost(max: number, { length }: { readonly length: number }, field: string): number {
  if (length <= max) return length;
  throw new RangeError(`${field} must not take more than ${max} bytes, not ${length}`);
}

function fromHex(digits: string): number[] {
  return Array.from(digits.match(/../g)!, (pair) => parseInt(pair, 16));
}
