/**
 * Fingerprints of clients: what a ClientHello tells of the program that sent it, and nothing of the connection.
 *
 * JA3 joins the numbers in wire order, so a client that shuffles its extensions has many. JA4 sorts them. Both leave
 * GREASE out. Of the JA4+ family this is JA4 alone, for ClientHellos.
 *
 * @module
 */
import { hexDigits } from '../cursor.ts';
import type { ClientHello } from './client-hello.ts';
import { decodeEcPointFormats, decodeSignatureAlgorithms, decodeSupportedGroups, isGrease } from './extensions.ts';
import type { Extension } from './extensions.ts';
import {
  APPLICATION_LAYER_PROTOCOL_NEGOTIATION,
  EC_POINT_FORMATS,
  SERVER_NAME,
  SIGNATURE_ALGORITHMS,
  SUPPORTED_GROUPS,
} from './numbers.ts';

/** Hashes text (ASCII) to lower-case hexadecimal. */
export type Hash = (text: string) => string;
/** A {@link Hash} that takes its time, as Web Crypto does. */
export type AsyncHash = (text: string) => Promise<string>;

/** What a JA4 fingerprint is of, and which of its forms to give. */
export interface Ja4Options {
  /** What carries the hello: `t` for TLS over TCP (the default), `q` for QUIC. */
  readonly transport?: 't' | 'q' | undefined;
  /**
   * `sorted` unless given. `original` is the form `_o`, or `_ro` of the text: cipher suites and extensions as they stand
   * in the hello, server_name and ALPN among them.
   */
  readonly order?: 'sorted' | 'original' | undefined;
}

/**
 * The text that JA3 is the MD5 of: version, cipher suites, extensions, groups and point formats in decimal and in wire
 * order, without GREASE. What is absent or malformed is an empty field. JA3 (Salesforce, 2017).
 *
 * @example
 * const hello = decodeClientHello(encodeClientHello({ cipherSuites: [0x1301, 0x1302] }));
 * if (hello.status === 'complete') console.log(ja3Text(hello.value)); // 771,4865-4866,23-65281-10-11-13-43-45-51,4588-29-23-24-25,0
 */
export function ja3Text(hello: ClientHello): string {
  // Once, since each access makes them anew.
  const { extensions } = hello;
  const groups = dataOf(extensions, SUPPORTED_GROUPS, decodeSupportedGroups)?.namedGroupList ?? [];
  const formats = dataOf(extensions, EC_POINT_FORMATS, decodeEcPointFormats)?.ecPointFormatList ?? [];
  const lists = [withoutGrease(hello.cipherSuites), typesOf(extensions), withoutGrease(groups), formats];
  return [hello.legacyVersion, ...lists.map((list) => list.join('-'))].join(',');
}

/**
 * The JA3 fingerprint: 32 hexadecimal digits, or a promise of them where the hash gives one.
 *
 * @param md5 Web Crypto has none; `preread/node` has this function with that of `node:crypto`
 *
 * @example
 * const md5 = (text: string) => createHash('md5').update(text).digest('hex');
 * const hello = decodeClientHello(bytes);
 * if (hello.status === 'complete') console.log(ja3(hello.value, md5)); // bfba77e861a33ad9895f1ae0da20336d
 */
export function ja3(hello: ClientHello, md5: Hash): string;
export function ja3(hello: ClientHello, md5: AsyncHash): Promise<string>;
export function ja3(hello: ClientHello, md5: Hash | AsyncHash): string | Promise<string>;
export function ja3(hello: ClientHello, md5: Hash | AsyncHash): string | Promise<string> {
  return md5(ja3Text(hello));
}

/**
 * The JA4 fingerprint with its lists in full, as the forms `_r` and `_ro` show them: what JA4 is the hash of.
 * An extension `signature_algorithms` that is malformed counts as empty. JA4 (FoxIO, technical_details/JA4.md).
 *
 * @example
 * const hello = decodeClientHello(encodeClientHello({ versions: [0x0303], cipherSuites: [0xc02b], groups: [29], signatureAlgorithms: [0x0804] }));
 * if (hello.status === 'complete') console.log(ja4Text(hello.value)); // t12i010600_c02b_000a,000b,000d,0017,002b,ff01_0804
 */
export function ja4Text(hello: ClientHello, options?: Ja4Options): string {
  return partsOf(hello, options).join('_');
}

/**
 * The JA4 fingerprint: 36 characters, or a promise of them where the hash gives promises.
 *
 * @param sha256 is called twice, once for the cipher suites and once for all else
 *
 * @example
 * const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
 * const hello = decodeClientHello(bytes);
 * if (hello.status === 'complete') console.log(ja4(hello.value, sha256)); // t13d1517h2_8daaf6152771_cb7bf5808d99
 */
export function ja4(hello: ClientHello, sha256: Hash, options?: Ja4Options): string;
export function ja4(hello: ClientHello, sha256: AsyncHash, options?: Ja4Options): Promise<string>;
export function ja4(hello: ClientHello, sha256: Hash | AsyncHash, options?: Ja4Options): string | Promise<string>;
export function ja4(hello: ClientHello, sha256: Hash | AsyncHash, options?: Ja4Options): string | Promise<string> {
  const [a, cipherSuites, extensions] = partsOf(hello, options);
  const join = (b: string, c: string): string => `${a}_${twelve(b, cipherSuites)}_${twelve(c, extensions)}`;
  const b = sha256(cipherSuites);
  if (typeof b === 'string') {
    const c = sha256(extensions);
    return typeof c === 'string' ? join(b, c) : c.then((c) => join(b, c));
  }
  // What the second call throws rejects, so that the first promise has whoever waits for it.
  const c = (async () => sha256(extensions))();
  return Promise.all([b, c]).then(([b, c]) => join(b, c));
}

/** The first twelve digits of a hash; of no text, zeros. */
function twelve(hash: string, text: string): string {
  return text === '' ? '000000000000' : hash.slice(0, 12);
}

/** The three parts of JA4, before b and c are hashed. */
function partsOf(hello: ClientHello, options: Ja4Options = {}): [a: string, b: string, c: string] {
  const { transport = 't', order = 'sorted' } = options;
  if (transport !== 't' && transport !== 'q') throw new TypeError("transport must be 't' or 'q'");
  if (order !== 'sorted' && order !== 'original') throw new TypeError("order must be 'sorted' or 'original'");
  const { extensions } = hello;
  const types = typesOf(extensions);
  const cipherSuites = withoutGrease(hello.cipherSuites);
  const signatureAlgorithms = withoutGrease(
    dataOf(extensions, SIGNATURE_ALGORITHMS, decodeSignatureAlgorithms)?.supportedSignatureAlgorithms ?? [],
  );

  const name = types.includes(SERVER_NAME) ? 'd' : 'i';
  const counts = twoDigits(cipherSuites.length) + twoDigits(types.length);
  const a = transport + versionOf(hello) + name + counts + protocolOf(hello.alpnProtocols[0]);
  if (order === 'original') return [a, list(cipherSuites), withAlgorithms(types, signatureAlgorithms)];
  const others = types.filter((type) => type !== SERVER_NAME && type !== APPLICATION_LAYER_PROTOCOL_NEGOTIATION);
  return [a, list(sorted(cipherSuites)), withAlgorithms(sorted(others), signatureAlgorithms)];
}

function withAlgorithms(types: readonly number[], signatureAlgorithms: readonly number[]): string {
  return signatureAlgorithms.length === 0 ? list(types) : `${list(types)}_${list(signatureAlgorithms)}`;
}

/** The highest version that the client offers, in two characters. */
function versionOf({ supportedVersions, legacyVersion }: ClientHello): string {
  const offered = withoutGrease(supportedVersions);
  if (offered.length === 0) offered.push(legacyVersion);
  const newest = offered.reduce((one, other) => (ageOf(other) > ageOf(one) ? other : one));
  return versionNames.get(newest) ?? '00';
}

/** A number that is higher for a newer version: those of DTLS (feff, fefd, fefc) count down. */
function ageOf(version: number): number {
  return version >> 8 === 0xfe ? version ^ 0xff : version;
}

const versionNames: ReadonlyMap<number, string> = /* @__PURE__ */ new Map([
  [0x0304, '13'],
  [0x0303, '12'],
  [0x0302, '11'],
  [0x0301, '10'],
  [0x0300, 's3'],
  [0x0002, 's2'],
  [0xfeff, 'd1'],
  [0xfefd, 'd2'],
  [0xfefc, 'd3'],
]);

/** The first and last character of a protocol's name; where those are not both letters or digits, of its hexadecimal form. */
function protocolOf(name: string | undefined): string {
  if (name === undefined) return '00';
  const first = name[0]!;
  const last = name.at(-1)!;
  if (/^[0-9A-Za-z]{2}$/.test(first + last)) return first + last;
  return hexDigits(first.charCodeAt(0), 2)[0]! + hexDigits(last.charCodeAt(0), 2)[1]!;
}

function twoDigits(count: number): string {
  return String(Math.min(count, 99)).padStart(2, '0');
}

function list(values: readonly number[]): string {
  return values.map((value) => hexDigits(value, 4)).join(',');
}

function sorted(values: readonly number[]): number[] {
  return [...values].sort((one, other) => one - other);
}

function withoutGrease(values: readonly number[]): number[] {
  return values.filter((value) => !isGrease(value));
}

function typesOf(extensions: readonly Extension[]): number[] {
  return withoutGrease(extensions.map(({ type }) => type));
}

/** The extension of a type, decoded; undefined where there is none, or it is malformed. */
function dataOf<T>(
  extensions: readonly Extension[],
  type: number,
  decode: (data: Uint8Array) => { status: 'complete'; value: T } | { status: 'malformed' },
): T | undefined {
  const found = extensions.find((extension) => extension.type === type);
  const decoded = found && decode(found.data);
  return decoded?.status === 'complete' ? decoded.value : undefined;
}
