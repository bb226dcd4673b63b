/** ClientHello messages: what clients send, what the specification allows, and what it does not. */
import fc from 'fast-check';
import type { Extension } from '../../src/tls/index.ts';
import { cipherSuites as suiteNames } from '../../src/tls/names.ts';
import { bytes, fromHex, message, u16, vector16, vector8 } from '../vectors/build.ts';
import type { HelloParts, Part } from '../vectors/build.ts';
import { almostExtensions, validServerName, wellFormedExtensions, wellFormedOf } from './extensions.ts';
import { blockOf, counted8, list, misfits, mostly, opaque, u16Of, u8 } from './values.ts';

const PRE_SHARED_KEY = 41;

const suites = list(u16Of(Object.keys(suiteNames).map(Number)), 1, 200);
const sessionId = mostly<Part>([3, fc.constant(0)], [3, counted8(opaque(32))], [1, counted8(opaque(1, 31))]);

/** What a hello has beside its extensions. */
const heads: fc.Arbitrary<HelloParts> = fc.record({
  version: mostly([12, fc.constant(0x0303)], [2, fc.constantFrom(0x0300, 0x0301, 0x0302, 0x0304)], [1, fc.nat(0xffff)]),
  random: opaque(32),
  sessionId,
  cipherSuites: suites.map((values) => vector16(values.map(u16))),
  compressionMethods: mostly<Part>(
    [12, fc.constant(vector8(0))],
    [1, fc.constant(vector8(1, 0))],
    [1, counted8(list(u8, 1, 255))],
  ),
});

/** One of each type, in any order but for `pre_shared_key`, which is the last. */
function distinct(item: fc.Arbitrary<Extension>, most: number): fc.Arbitrary<Extension[]> {
  const isKey = ({ type }: Extension): boolean => type === PRE_SHARED_KEY;
  return fc
    .uniqueArray(item, { selector: ({ type }) => type, maxLength: most, size: 'max' })
    .map((all) => [...all.filter((one) => !isKey(one)), ...all.filter(isKey)]);
}

const lists = distinct(wellFormedExtensions(), 12);

function messageOf(head: HelloParts, extensions: readonly Extension[] | undefined): Uint8Array {
  return message({ ...head, extensions: extensions && blockOf(extensions) });
}

const wellFormed: fc.Arbitrary<Uint8Array> = fc
  .tuple(heads, mostly([12, lists], [1, fc.constant(undefined)]))
  .map((parts) => messageOf(...parts));

/** Extensions without a meaning in such numbers as no client sends, and a name among them. */
const crowded: fc.Arbitrary<Uint8Array> = fc
  .tuple(
    heads,
    fc.integer({ min: 20, max: 300 }),
    fc.integer({ min: 0x1000, max: 0x3000 }),
    fc.constantFrom(1, 17, 100),
    validServerName,
    fc.nat(300),
  )
  .map(([head, count, first, step, name, at]) => {
    const others = Array.from({ length: count }, (_, i) => ({ type: first + i * step, data: bytes() }));
    return messageOf(head, others.toSpliced(at, 0, name));
  });

/** Longer than a record may be. */
const long: fc.Arbitrary<Uint8Array> = fc
  .tuple(heads, lists, fc.integer({ min: 0x3f00, max: 0x5000 }), fc.boolean())
  .map(([head, all, length, isFirst]) => {
    const others = all.filter(({ type }) => type !== 21 && type !== PRE_SHARED_KEY);
    return messageOf(head, others.toSpliced(isFirst ? 0 : others.length, 0, { type: 21, data: new Uint8Array(length) }));
  });

const X25519 = bytes(u16(29), vector16(new Uint8Array(32).fill(0x4b)));
/** The base point of the curve, since not any 64 bytes are a point on it (SEC 2, 2.4.2). */
const P256 = bytes(
  u16(23),
  vector16(
    4,
    fromHex('6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296'),
    fromHex('4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5'),
  ),
);
const GREASE_SHARE = bytes(u16(0x0a0a), vector16(0));

type Versions = readonly number[] | undefined;

/** What a server needs of a client in order to answer it: of TLS 1.3, of what came before, or of both. */
const answerable: fc.Arbitrary<{ readonly head: HelloParts; readonly needed: readonly Extension[] }> = fc
  .record({
    head: fc.record({ random: opaque(32), sessionId }),
    versions: fc.constantFrom<Versions[]>([0x0304, 0x0303], [0x0a0a, 0x0304], [0x0303, 0x0302, 0x0301], undefined),
    legacyVersion: mostly([6, fc.constant(0x0303)], [1, fc.constantFrom(0x0301, 0x0302)]),
    // With none for a group that it takes, the server asks for another hello.
    shares: fc.constantFrom([X25519], [X25519], [X25519], [P256], [GREASE_SHARE, X25519], []),
    more: suites,
  })
  .map(({ head, versions, legacyVersion, shares, more }) => ({
    head: {
      ...head,
      version: versions === undefined ? legacyVersion : 0x0303,
      cipherSuites: vector16([0x1301, 0x1302, 0xc02b, 0xc02c, 0xc009, 0xc00a, ...more].map(u16)),
    },
    needed: [
      { type: 10, data: vector16([0x0a0a, 29, 23, 24].map(u16)) },
      { type: 13, data: vector16([0x0403, 0x0804, 0x0401, 0x0203].map(u16)) },
      ...(versions === undefined ? [] : [{ type: 43, data: vector8(versions.map(u16)) }]),
      ...(versions?.includes(0x0304) ? [{ type: 51, data: vector16(shares) }] : []),
    ],
  }));

/** Well-formed, such that a server could go on with it, and with a name of a host, an address or none. */
export const plainMessages: fc.Arbitrary<Uint8Array> = fc
  .tuple(
    answerable,
    mostly([6, validServerName], [1, fc.constant(undefined)]),
    distinct(wellFormedExtensions(0, 10, 13, 43, 51, PRE_SHARED_KEY), 6),
    fc.nat(10),
  )
  .map(([{ head, needed }, name, others, at]) =>
    messageOf(head, [...others.slice(0, at), ...(name === undefined ? [] : [name]), ...needed, ...others.slice(at)]),
  );

const oddHeads: fc.Arbitrary<HelloParts> = fc.oneof(
  counted8(opaque(33, 255)).map((sessionId) => ({ sessionId })),
  fc.constantFrom(vector16(), vector16(0x13), vector16(0x13, 1, 0x13)).map((cipherSuites) => ({ cipherSuites })),
  fc.constant({ compressionMethods: vector8() }),
);

/** Wrong in one place, or right by chance. */
const almost: fc.Arbitrary<Uint8Array> = mostly(
  [
    7,
    fc
      .tuple(heads, lists, almostExtensions, fc.nat(12))
      .map(([head, all, one, at]) => messageOf(head, all.filter(({ type }) => type !== one.type).toSpliced(at, 0, one))),
  ],
  [2, fc.tuple(heads, oddHeads, lists).map(([head, odd, all]) => messageOf({ ...head, ...odd }, all))],
  // A type twice, with other data or the same; `pre_shared_key` anywhere.
  [
    3,
    fc
      .tuple(heads, fc.array(wellFormedExtensions(), { maxLength: 40 }), fc.nat(40))
      .map(([head, all, at]) => messageOf(head, [...all, ...all.slice(at, at + 1)])),
  ],
  [
    1,
    fc
      .tuple(heads, lists, wellFormedOf(PRE_SHARED_KEY), fc.nat(5))
      .map(([head, all, key, at]) => messageOf(head, all.filter(({ type }) => type !== PRE_SHARED_KEY).toSpliced(at, 0, key))),
  ],
  // The length of the block, and bytes behind it.
  [
    2,
    fc.tuple(heads, lists, fc.integer({ min: -5, max: 5 }), opaque(0, 3)).map(([head, all, more, behind]) => {
      const block = blockOf(all);
      return message({ ...head, block: bytes(u16(Math.max(0, block.length + more)), block, behind) });
    }),
  ],
  [5, misfits(wellFormed)],
);

/** The handshake message: three of four are well-formed. */
export const helloMessages: fc.Arbitrary<Uint8Array> = mostly(
  [20, wellFormed],
  [20, plainMessages],
  [3, crowded],
  [14, almost],
  [1, long],
);
