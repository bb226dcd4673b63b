/** What servers answer: alerts, a ServerHello with what stands behind it, a HelloRetryRequest. */
import fc from 'fast-check';
import { alertDescriptions } from '../../src/tls/alert.ts';
import type { Extension } from '../../src/tls/index.ts';
import { bytes, concat, handshake, record, u16, vector8 } from '../vectors/build.ts';
import { certificateMessage, fatal, RETRY_RANDOM, serverMessage, warning } from '../vectors/server.ts';
import { protocols } from './extensions.ts';
import { joined } from './parts.ts';
import { followed, inRecords, interrupted } from './records.ts';
import { blockOf, counted16, counted8, list, misfits, mostly, opaque } from './values.ts';
import { spoiled, spoiledExtension, u16Of, u8 } from './values.ts';

const description = mostly([4, fc.constantFrom(...Object.keys(alertDescriptions).map(Number))], [1, u8]);

/** One alert in a record, well-formed mostly. */
export const alerts: fc.Arbitrary<Uint8Array> = mostly(
  [6, description.map(fatal)],
  [3, description.map(warning)],
  [1, opaque(0, 30).map((fragment) => record(fragment, 21, 0x0303))],
  [2, spoiled(description.map(fatal))],
);

const warnings = mostly(
  [6, fc.constant(bytes())],
  [1, fc.array(description.map(warning), { minLength: 1, maxLength: 4 }).map(concat)],
);

const ofType = (type: number, data: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Extension> =>
  data.map((made) => ({ type, data: made }));

const versionOf = mostly([20, fc.constant(0x0304)], [1, fc.constantFrom(0x0303, 0x0305, 0x0a0a, 0x7f1c, 0)]);
const selectedVersion = ofType(43, joined(versionOf.map(u16)));
const group = u16Of([29, 23, 24, 0x11ec]).map(u16);
const keyShare = ofType(51, joined(group, counted16(mostly([12, opaque(32)], [6, opaque(1, 65)], [1, opaque(0)]))));
const selectedGroup = ofType(51, joined(group));
const cookie = ofType(44, counted16(mostly([8, opaque(1, 120)], [1, opaque(0)])));
const protocol = mostly(
  [8, ofType(16, counted16(counted8(protocols)))],
  [1, ofType(16, counted16(list(counted8(mostly([2, protocols], [1, fc.constant('')])), 0, 3)))],
);
const certificateType = ofType(20, joined(mostly([3, fc.constantFrom(0, 2)], [1, u8])));
const others = mostly(
  [3, fc.constantFrom(0, 22, 23, 35).map((type) => ({ type, data: bytes() }))],
  [1, fc.constantFrom({ type: 0xff01, data: vector8() }, { type: 11, data: vector8(0) })],
  [1, fc.tuple(u16Of([5, 18, 28, 41]), opaque(0, 20)).map(([type, data]) => ({ type, data }))],
);

/** The extensions that must be there, and some of those that may, once each mostly, in any order. */
function listOf(
  needed: readonly fc.Arbitrary<Extension>[],
  ...possible: readonly fc.Arbitrary<Extension>[]
): fc.Arbitrary<Uint8Array> {
  const one = mostly([24, fc.oneof(...possible)], [1, spoiledExtension(fc.oneof(...possible))]);
  const different = fc.uniqueArray(one, { selector: ({ type }) => type, maxLength: 5 });
  const mixed = mostly([12, different], [1, fc.array(one, { maxLength: 8 })]);
  const isThere = mostly([20, fc.constant(true)], [1, fc.constant(false)]);
  const block = fc
    .tuple(fc.tuple(...needed.map((must) => mostly([24, must], [1, spoiledExtension(must)]))), mixed, fc.nat(5), isThere)
    .map(([all, some, at, areAll]) => {
      const rest = some.filter(({ type }) => !areAll || all.every((must) => must.type !== type));
      return blockOf(areAll ? rest.toSpliced(at, 0, ...all) : rest);
    });
  return mostly([40, block], [1, spoiled(block)]);
}

interface Head {
  readonly sessionId: Uint8Array;
  readonly cipherSuite: number;
  readonly compressionMethod: number;
}
const heads: fc.Arbitrary<Head> = fc.record({
  sessionId: counted8(mostly([20, opaque(32)], [10, opaque(0)], [5, opaque(1, 31)], [1, opaque(33, 40)])),
  cipherSuite: u16Of([0x1301, 0x1302, 0x1303, 0xc02f, 0xc02b, 0x009c]),
  compressionMethod: mostly([12, fc.constant(0)], [1, u8]),
});
const random = opaque(32);

const retries = fc
  .tuple(heads, listOf([selectedVersion], selectedGroup, cookie, others))
  .map(([head, extensions]) => serverMessage({ ...head, random: RETRY_RANDOM, extensions }));

const tls13Hellos = fc
  .tuple(heads, random, listOf([selectedVersion, keyShare], others))
  .map(([head, random, extensions]) => serverMessage({ ...head, random, extensions }));

const tls12Hellos = fc
  .tuple(
    heads,
    random,
    mostly([20, fc.constantFrom(0x0303, 0x0302, 0x0301, 0x0300)], [1, fc.nat(0xffff)]),
    mostly([6, listOf([], protocol, certificateType, others)], [1, fc.constant(undefined)]),
  )
  .map(([head, random, version, extensions]) => serverMessage({ ...head, random, version, extensions }));

const chains = list(opaque(1, 300), 1, 4).map((chain) => certificateMessage(...chain));
const certificates = mostly(
  [12, chains],
  [1, list(opaque(0, 3), 0, 2).map((chain) => certificateMessage(...chain))],
  [1, misfits(chains)],
);
const keyExchange = opaque(1, 80).map((body) => handshake(body, 12));
const done = handshake(bytes(), 14);
const ccs = record(bytes(1), 20, 0x0303);

/** Up to TLS 1.2: with certificates, without, and of a session that is resumed. */
const tls12Answers = fc.oneof(
  inRecords(fc.tuple(tls12Hellos, certificates, keyExchange).map((messages) => concat([...messages, done]))),
  inRecords(fc.tuple(tls12Hellos, keyExchange).map((messages) => concat([...messages, done]))),
  inRecords(tls12Hellos).map((records) => [...records, ccs]),
  // Each message in records of its own, and an alert that comes after all.
  fc
    .tuple(inRecords(tls12Hellos), fc.array(alerts, { maxLength: 1 }), inRecords(certificates))
    .map(([hello, alert, chain]) => [...hello, ...alert, ...chain]),
);

const answers = mostly(
  [3, inRecords(tls13Hellos).map((records) => [...records, ccs])],
  [2, inRecords(retries)],
  [4, tls12Answers],
  [1, inRecords(misfits(fc.oneof(tls13Hellos, retries, tls12Hellos)))],
);

/** What a server says first. */
export const serverFlights: fc.Arbitrary<Uint8Array> = mostly(
  [6, fc.tuple(warnings, followed(answers)).map(concat)],
  [1, fc.tuple(warnings, followed(interrupted(answers))).map(concat)],
  [1, fc.tuple(warnings, alerts).map(concat)],
  [1, fc.tuple(followed(answers), fc.nat(300)).map(([flight, end]) => flight.slice(0, end))],
);
