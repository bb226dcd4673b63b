/** The extensions of a ClientHello, each laid out as its specification says. */
import fc from 'fast-check';
import type { Extension } from '../../src/tls/index.ts';
import { groups, signatureAlgorithms } from '../../src/tls/names.ts';
import { bytes, u16, u32, vector16 } from '../vectors/build.ts';
import { joined } from './parts.ts';
import { anyNames, validNames } from './server-names.ts';
import { counted16, counted8, grease, list, mostly, opaque, spoiledExtension, u16Of, u8 } from './values.ts';

type Data = fc.Arbitrary<Uint8Array>;

const numbersOf = (table: Readonly<Record<number, string>>): number[] => Object.keys(table).map(Number);
const group = u16Of(numbersOf(groups));
const scheme = u16Of(numbersOf(signatureAlgorithms));
const version = u16Of([0x0304, 0x0303, 0x0302, 0x0301, 0x0300]);
const compression = u16Of([1, 2, 3]);
const srtpProfile = u16Of([1, 2, 5, 6, 7, 8]);

/** The name of a protocol in ALPN: one byte for each character. */
export const protocols: fc.Arbitrary<string> = mostly(
  [6, fc.constantFrom('h2', 'http/1.1', 'http/1.0', 'h3', 'imap', 'acme-tls/1')],
  [1, fc.constantFrom('\x0a\x0a', '\xfa\xfa', '\0', 'a,b', '\xff', 'a\0b')],
  [1, fc.constantFrom(1, 254, 255).map((length) => 'p'.repeat(length))],
  [1, fc.string({ unit: fc.nat(0xff).map((code) => String.fromCharCode(code)), minLength: 1, maxLength: 6 })],
);

/** A QUIC variable-length integer in 1, 2, 4 or 8 bytes (RFC 9000 16). */
function varint(value: bigint, width: 1 | 2 | 4 | 8): Uint8Array {
  const out = Uint8Array.from({ length: width }, (_, i) => Number((value >> BigInt(8 * (width - 1 - i))) & 0xffn));
  out[0]! |= Math.log2(width) << 6;
  return out;
}
const transportParameterId: Data = mostly(
  [4, fc.nat(0x20).map((id) => varint(BigInt(id), 1))],
  [1, fc.constantFrom(1, 2, 4, 8).map((width) => varint((1n << BigInt(8 * width - 2)) - 1n, width as 1 | 2 | 4 | 8))],
  [1, fc.nat(0x3fff).map((id) => varint(BigInt(id), 2))],
  [1, fc.bigInt(0n, (1n << 62n) - 1n).map((id) => varint(id, 8))],
);
const transportParameter: Data = fc
  .tuple(transportParameterId, opaque(0, 20), fc.constantFrom(1, 1, 1, 2, 4, 8))
  .map(([id, value, width]) => bytes(id, varint(BigInt(value.length), width as 1 | 2 | 4 | 8), value));

const serverNames = (name: fc.Arbitrary<string>): Data => name.map((text) => vector16(0, vector16(text)));

/**
 * The data of each type that is decoded. Within bounds it is well-formed; out of them lists may be empty that must not
 * be, and numbers be such as there are none: then every length is still right.
 */
function structs(areBoundsKept: boolean): ReadonlyMap<number, Data> {
  const some = (most: number): Data => (areBoundsKept ? opaque(1, most) : mostly([2, opaque(1, most)], [1, opaque(0)]));
  const listOf = <T>(item: fc.Arbitrary<T>, most: number): fc.Arbitrary<T[]> =>
    areBoundsKept ? list(item, 1, most) : mostly([2, list(item, 1, most)], [1, list(item, 0, 0)]);
  const ranged = (min: number, max: number): Data =>
    (areBoundsKept ? fc.integer({ min, max }) : u8).map((value) => bytes(value));
  const size = fc.integer({ min: areBoundsKept ? 64 : 0, max: 0xffff });
  const list8 = (most: number): Data => counted8(listOf(u8, most));
  const pairs = (value: fc.Arbitrary<number>, most: number): fc.Arbitrary<number[][]> => listOf(value.map(u16), most);
  const list16 = (value: fc.Arbitrary<number>): Data => counted16(pairs(value, 60));
  const name = areBoundsKept ? protocols : mostly([4, protocols], [1, fc.constant('')]);
  const protocolNames = counted16(listOf(counted8(name), 20));
  const flag = areBoundsKept ? fc.constant(bytes()) : opaque(0, 2);
  const seldom = <T>(data: fc.Arbitrary<T[]>): fc.Arbitrary<T[]> =>
    areBoundsKept ? mostly([4, fc.constant<T[]>([])], [1, data]) : data;
  const ocsp = joined(
    fc.constant(1),
    counted16(seldom(list(counted16(some(20)), 0, 10))),
    counted16(seldom(list(u8, 0, 30))),
  );
  const oddName = joined(mostly([2, fc.constant(0)], [1, u8]), counted16(mostly([4, anyNames], [1, fc.constant('')])));
  const names = areBoundsKept ? serverNames(anyNames) : counted16(list(oddName, 0, 3));
  const identity = (name: Data): Data => joined(counted16(name), fc.nat().map(u32));
  const rightIdentity = identity(opaque(1, 80));
  const rightBinder = counted8(mostly([6, opaque(32, 48)], [1, opaque(255)]));
  const offered = (one: Data, binder: Data): Data =>
    listOf(fc.tuple(one, binder), 8).map((all) =>
      bytes(vector16(all.map(([first]) => first)), vector16(all.map(([, last]) => last))),
    );
  const preSharedKeys = areBoundsKept
    ? offered(rightIdentity, rightBinder)
    : mostly(
        [1, offered(identity(some(80)), rightBinder)],
        [1, offered(rightIdentity, counted8(fc.constantFrom(31, 32, 0).chain((length) => opaque(length))))],
        [2, joined(counted16(list(rightIdentity, 1, 4)), counted16(list(rightBinder, 1, 4)))],
      );
  const share = joined(
    group.map(u16),
    counted16(mostly([4, some(65)], [1, fc.constantFrom(32, 65, 97, 1216).chain((length) => opaque(length))])),
  );
  const outer = joined(
    fc.constant(0),
    fc.constantFrom([0, 1, 0, 1], [0, 1, 0, 3], [0xff, 0xff, 0, 0]),
    u8,
    counted16(opaque(0, 32)),
    counted16(some(239)),
  );
  const statusItem = joined(u8, counted16(opaque(0, 12)));

  return new Map<number, Data>([
    [0, names],
    [1, ranged(1, 4)],
    [5, mostly([4, ocsp], [1, joined(fc.integer({ min: 2, max: 0xff }), opaque(0, 20))])],
    [10, list16(group)],
    [11, list8(255)],
    [13, list16(scheme)],
    [14, joined(counted16(pairs(srtpProfile, 20)), counted8(opaque(0, 255)))],
    [15, ranged(1, 2)],
    [16, protocolNames],
    [17, counted16(listOf(statusItem, 10))],
    [18, flag],
    [19, list8(255)],
    [20, list8(255)],
    [21, areBoundsKept ? fc.nat(600).map((length) => new Uint8Array(length)) : opaque(1, 40)],
    [22, flag],
    [23, flag],
    [24, joined(u8, u8, list8(255))],
    [27, counted8(pairs(compression, 127))],
    [28, fc.oneof(fc.constantFrom(64, 0x4000, 0x4001, 0xffff), size).map((limit) => bytes(u16(limit)))],
    [34, list16(scheme)],
    [35, opaque(0, 250)],
    [41, preSharedKeys],
    [42, flag],
    [43, counted8(pairs(version, 127))],
    [44, counted16(some(120))],
    [45, list8(255)],
    [47, counted16(listOf(counted16(some(40)), 10))],
    [49, flag],
    [50, list16(scheme)],
    [51, counted16(list(share, 0, 8))],
    [54, counted8(opaque(0, 255))],
    [57, joined(list(transportParameter, 0, 20))],
    [58, joined(u8, u8)],
    [13172, flag],
    [17513, protocolNames],
    [17613, protocolNames],
    [30032, flag],
    [0xfe0d, mostly([3, outer], [1, (areBoundsKept ? fc.constant(1) : u8).map((type) => bytes(type))])],
    [0xff01, counted8(mostly([4, fc.constant(bytes())], [1, opaque(0, 255)]))],
  ]);
}

const wellFormedStructs = structs(true);
const almostStructs = structs(false);

/** The types that have a struct here. */
export const structuredTypes: readonly number[] = [...wellFormedStructs.keys()];

/** GREASE, types that are assigned and not decoded, and any others: their data may be anything. */
const unstructured: fc.Arbitrary<Extension> = fc
  .tuple(
    mostly<number>(
      [3, grease],
      [2, fc.constantFrom(2, 3, 4, 25, 26, 33, 62, 0x8a3b, 0xca34, 0xfd00, 0xffce, 0x0a0b, 0x1a0a)],
      [1, fc.nat(0xffff).filter((type) => !wellFormedStructs.has(type))],
      [1, fc.constantFrom(9, 12, 55, 0xfffe, 0xffff)],
    ),
    mostly([3, fc.constant(bytes())], [2, opaque(0, 60)]),
  )
  .map(([type, data]) => ({ type, data }));

const ofType = (type: number, data: Data): fc.Arbitrary<Extension> => data.map((made) => ({ type, data: made }));

/** Extensions of one type whose data is laid out as it should be. */
export function wellFormedOf(type: number): fc.Arbitrary<Extension> {
  return ofType(type, wellFormedStructs.get(type)!);
}

const structured = (types: readonly number[]): fc.Arbitrary<Extension> => fc.oneof(...types.map(wellFormedOf));

/** Extensions that keep to their structs, but for these types. */
export function wellFormedExtensions(...without: readonly number[]): fc.Arbitrary<Extension> {
  return mostly([6, structured(structuredTypes.filter((type) => !without.includes(type)))], [1, unstructured]);
}

/** Extensions of one type that are not quite. */
function almostOf(type: number): fc.Arbitrary<Extension> {
  return mostly([2, ofType(type, almostStructs.get(type)!)], [1, spoiledExtension(wellFormedOf(type))]);
}

const almost = (types: readonly number[]): fc.Arbitrary<Extension> => fc.oneof(...types.map(almostOf));

/** Extensions that do not quite, and mostly of those types that are looked into with the hello. */
export const almostExtensions: fc.Arbitrary<Extension> = mostly([3, almost([0, 16, 43])], [1, almost(structuredTypes)]);

/** One extension of any type, well-formed mostly. */
export const extensions: fc.Arbitrary<Extension> = mostly([3, wellFormedExtensions()], [1, almost(structuredTypes)]);

/** `server_name` with a name that is one of a host, or an address. */
export const validServerName: fc.Arbitrary<Extension> = ofType(0, serverNames(validNames));
