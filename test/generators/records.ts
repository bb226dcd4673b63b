/** TLS records around handshake bytes, cut in any way, and what should not be between them. */
import fc from 'fast-check';
import { bytes, concat, record } from '../vectors/build.ts';
import { mostly, opaque, u8 } from './values.ts';

/** Where to cut so many bytes: nowhere mostly. */
type Cut = (length: number) => readonly number[];

const positions = (most: number): fc.Arbitrary<Cut> =>
  fc.array(fc.integer({ min: 1, max: most }), { minLength: 1, maxLength: 5 }).map((ends) => () => ends);

const every = (size: number): Cut => (length) => Array.from({ length: Math.floor(length / size) }, (_, i) => (i + 1) * size);

/** No longer than a record may be; longer ones are among what is almost right. */
const whole: Cut = every(0x4000);

const cuts: fc.Arbitrary<Cut> = mostly(
  [16, fc.constant(whole)],
  // Within the header of the message, and a little behind it.
  [3, positions(6)],
  [5, positions(500)],
  [1, fc.integer({ min: 1, max: 200 }).map(every)],
  [1, fc.constant(every(1))],
  [1, fc.constant(() => [])],
);

const versions: fc.Arbitrary<number> = mostly(
  [6, fc.constant(0x0301)],
  [3, fc.constant(0x0303)],
  [1, u8.map((minor) => 0x0300 + minor)],
);

/** The bytes in handshake records. */
export function inRecords(stream: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array[]> {
  const some = fc.array(versions, { minLength: 1, maxLength: 3 });
  return fc.tuple(stream, cuts, some).map(([handshakes, cut, minors]) => {
    const { length } = handshakes;
    const ends = [...new Set([...cut(length), length])].filter((end) => end <= length).sort((a, b) => a - b);
    return ends.map((end, i) => record(handshakes.subarray(ends[i - 1] ?? 0, end), 22, minors[i % minors.length]!));
  });
}

const alert = fc.tuple(fc.constantFrom(1, 2), u8).map(([level, description]) => bytes(level, description));

/** Whole records of other types. */
export const otherRecords: fc.Arbitrary<Uint8Array> = fc.oneof(
  alert.map((fragment) => record(fragment, 21, 0x0303)),
  fc.constant(record(bytes(1), 20, 0x0303)),
  opaque(0, 60).map((fragment) => record(fragment, 23, 0x0303)),
  opaque(1, 20).map((fragment) => record(fragment, 24, 0x0303)),
);

/** What no record is, or none that may come. */
const noRecords: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc.constantFrom(22, 22, 21, 20).map((type) => record(bytes(), type)),
  fc.constantFrom('GET / HTTP/1.1\r\n\r\n', 'SSH-2.0-x\r\n', 'PROXY UNKNOWN\r\n', '\r\n\r\n\0\r\nQUIT\n').map((text) =>
    bytes(text),
  ),
  opaque(1, 20),
  fc.constantFrom(0xfefd, 0xfeff, 0xfefc, 0x0200, 0x0002, 0x7f1c).map((version) => record(bytes(1, 0, 0, 0), 22, version)),
  fc.constantFrom(0x4001, 0xffff).map((length) => bytes(22, 3, 1, length >> 8, length & 0xff)),
);

/** The records with one between them that should not be there, at the beginning sometimes. */
export function interrupted(records: fc.Arbitrary<Uint8Array[]>): fc.Arbitrary<Uint8Array[]> {
  const intruder = mostly([1, otherRecords], [1, noRecords]);
  return fc.tuple(records, intruder, fc.nat(3)).map(([all, one, at]) => all.toSpliced(at, 0, one));
}

/** In one piece, and something behind it. */
export function followed(records: fc.Arbitrary<Uint8Array[]>): fc.Arbitrary<Uint8Array> {
  const next = mostly([6, fc.constant(bytes())], [2, otherRecords], [1, noRecords]);
  return fc.tuple(records, next).map(([all, behind]) => concat([...all, behind]));
}
