/**
 * tshark as an independent reader: what it finds in a hello is what is decoded from it, and its JA3 is that of the
 * library, or there is a reason why it shows something else.
 */
import fc from 'fast-check';
import { isDeepStrictEqual } from 'node:util';
import { ja3Text } from 'preread/fingerprint';
import { ja3 } from 'preread/node';
import { decodeClientHello, decodeExtension } from 'preread/tls';
import type { ClientHello } from 'preread/tls';
import { expect, test } from 'vitest';
import { mutated } from '../generators/mutate.ts';
import { clientFlights, plainHellos } from '../generators/tls.ts';
import { concat, extension, message, realHellos, record, records, u16, unrecorded, vector16, vector8 } from '../vectors/build.ts';
import { changedHello } from './changed-hellos.ts';
import { describeWith } from './programs.ts';
import { random } from './random.ts';
import { recordsUpTo } from './record-headers.ts';
import type { RecordSpan } from './record-headers.ts';
import { isSameName } from './same-name.ts';
import { dissect } from './tshark.ts';

/** A recorded hello as it came, in records of other sizes, with an alert behind it, and in a record that goes on. */
function recorded(flight: Uint8Array): Uint8Array[] {
  const whole = unrecorded(flight);
  const cut = [1000, 100, 64, 37, whole.length - 1].map((size) => records(whole, size));
  return [flight, ...cut, concat([record(whole), record(Uint8Array.of(1, 0), 21)]), record(concat([whole, whole])).slice(0, -1)];
}

/** What generated hellos might not happen to be. */
function corners(): Uint8Array[] {
  const mixed = [0x0a0a, 29, 29, 0x0a1a, 0xfafa, 0xcaca, 23, 0x0a0b].map(u16);
  return [
    // No block of extensions, and an empty one.
    message(),
    message({ extensions: [] }),
    // GREASE alone in every list.
    message({
      cipherSuites: vector16(u16(0x0a0a), u16(0xfafa)),
      extensions: [
        extension(0x1a1a),
        extension(10, vector16(u16(0x2a2a))),
        extension(11, vector8(0x0a, 0x0a)),
        extension(0x3a3a, 0),
      ],
    }),
    // Duplicates, and what is not quite GREASE.
    message({
      cipherSuites: vector16(...mixed),
      extensions: [extension(0x0a1a), extension(10, vector16(...mixed)), extension(11, vector8(0, 1, 0, 1)), extension(0x0a0b)],
    }),
    // Groups without point formats, and behind them.
    message({ extensions: extension(10, vector16(u16(29))) }),
    message({ extensions: extension(11, vector8(2, 1, 0)) }),
    message({ extensions: [extension(11, vector8(0)), extension(10, vector16(u16(29)))] }),
    // Lists that claim less than there is, and more.
    message({ extensions: extension(10, u16(2), u16(29), u16(23)) }),
    message({ extensions: [extension(11, 3, 0), extension(23)] }),
    // The longest lists.
    message({
      cipherSuites: vector16(new Uint8Array(6000).fill(0xc0)),
      extensions: [extension(10, vector16(new Uint8Array(6000).fill(1))), extension(11, vector8(new Uint8Array(255)))],
    }),
  ].map((hello) => record(hello));
}

const fields = {
  name: 'tls.handshake.extensions_server_name',
  alpn: 'tls.handshake.extensions_alpn_str',
  versions: 'tls.handshake.extensions.supported_version',
  extensions: 'tls.handshake.extension.type',
  cipherSuites: 'tls.handshake.ciphersuite',
  legacyVersion: 'tls.handshake.version',
  random: 'tls.handshake.random',
  sessionId: 'tls.handshake.session_id',
  ja3Text: 'tls.handshake.ja3_full',
  ja3: 'tls.handshake.ja3',
};
type Field = keyof typeof fields;

/** The values of each field. */
type Row = Readonly<Record<Field, readonly string[]>>;

function rowOf(values: readonly string[] = []): Row {
  const lists = Object.keys(fields).map((field, i) => [field, values[i] ? values[i].split('|') : []]);
  return Object.fromEntries(lists) as Record<Field, string[]>;
}

/** The fields in which tshark shows something else. */
function differing(hello: ClientHello, theirs: Row): Field[] {
  const { name, ...lists } = theirs;
  const { alpnProtocols, supportedVersions, extensions, cipherSuites, legacyVersion, random, sessionId } = hello.toJSON();
  const hexadecimal = (numbers: readonly number[]): string[] =>
    numbers.map((one) => `0x${one.toString(16).padStart(4, '0')}`);
  const ours: Omit<Row, 'name'> = {
    alpn: alpnProtocols,
    versions: hexadecimal(supportedVersions),
    extensions: extensions.map(({ type }) => String(type)),
    cipherSuites: hexadecimal(cipherSuites),
    legacyVersion: hexadecimal([legacyVersion]),
    random: [random],
    sessionId: sessionId === '' ? [] : [sessionId],
    ja3Text: [ja3Text(hello)],
    ja3: [ja3(hello)],
  };
  const isSame = (field: Field): boolean =>
    field === 'name' ? name.length < 2 && isSameName(hello.serverName, name[0]) : isDeepStrictEqual(ours[field], lists[field]);
  return (Object.keys(fields) as Field[]).filter((field) => !isSame(field));
}

interface Case {
  readonly hello: ClientHello;
  readonly size: number;
  readonly flight: Uint8Array;
  /** The records that the hello is in. */
  readonly spans: readonly RecordSpan[];
}

interface Difference {
  readonly why: string;
  /** What may differ; anything unless given. */
  readonly fields?: readonly Field[];
  readonly applies: (one: Case, theirs: Row) => boolean;
}

const isEmpty = (row: Row): boolean => Object.values(row).every((values) => values.length === 0);

/** What tshark looks into, and is kept raw here in whole or in part: cert_type to ESNI. */
const lookedInto = [9, 17, 47, 57, 0xffce];

/** Why tshark shows something else; the first that applies to a field is the reason. */
const differences: readonly Difference[] = [
  {
    why: 'it takes no record of a version beyond TLS 1.2; RFC 8446 5.1: legacy_record_version MUST be ignored',
    applies: ({ spans }, theirs) => isEmpty(theirs) && spans.some(({ version }) => version > 0x0303),
  },
  {
    why: 'it waits for the end of the record, which goes on behind the hello',
    applies: ({ spans, flight }, theirs) => isEmpty(theirs) && spans.at(-1)!.end > flight.length,
  },
  {
    why: 'it shows what stands behind the hello as another one',
    applies: ({ flight, size, hello }, { legacyVersion, random }) =>
      flight.length > size && legacyVersion.length > 1 && random[0] === hello.toJSON().random,
  },
  {
    why: 'it ends at an extension whose data it cannot read, of those that are raw here or that decodeExtension refuses too',
    fields: ['name', 'alpn', 'versions', 'extensions', 'ja3Text', 'ja3'],
    applies: ({ hello }, { extensions, ja3 }) => {
      const shown = hello.extensions.slice(0, extensions.length);
      const last = shown.at(-1);
      if (last === undefined || ja3.length > 0 || shown.some(({ type }, i) => String(type) !== extensions[i])) return false;
      return lookedInto.includes(last.type) || decodeExtension(last).status === 'malformed';
    },
  },
  {
    why: 'JA3 says nothing of a list whose length contradicts that of its extension; here such a list counts as absent',
    fields: ['ja3Text', 'ja3'],
    applies: ({ hello }) =>
      hello.extensions.some((one) => (one.type === 10 || one.type === 11) && decodeExtension(one).status === 'malformed'),
  },
  {
    why: 'it shows names as text: not what is behind a zero byte, nor what is not UTF-8, and some of ASCII escaped',
    fields: ['name'],
    applies: ({ hello: { serverName } }) => serverName?.kind === 'invalid' && !serverName.raw.every(isShown),
  },
  {
    why: 'it shows protocols as text in the same way',
    fields: ['alpn'],
    applies: ({ hello }) => hello.alpnProtocols.some((name) => !Buffer.from(name, 'latin1').every(isShown)),
  },
];

/** Whether tshark shows a byte as the character it is. The bar stands between values here. */
function isShown(byte: number): boolean {
  return byte > 0x20 && byte < 0x7f && byte !== 0x5c && byte !== 0x7c;
}

describeWith(['tshark'], 'tshark and the decoder agree', () => {
  test('on names, protocols, versions, cipher suites, extensions and JA3, or there is a reason', async () => {
    const real = realHellos.map(({ flight }) => flight);
    const source = random(0x5eed);
    const sample = (made: fc.Arbitrary<Uint8Array>, numRuns: number): Uint8Array[] =>
      fc.sample(made, { numRuns, seed: 0x5eed });
    const tried = [
      ...real.flatMap(recorded),
      ...corners(),
      ...Array.from({ length: 1000 }, () => changedHello(source.pick(real), source)),
      ...sample(mutated(fc.constantFrom(...real)), 2000),
      ...sample(clientFlights, 3000),
      ...sample(plainHellos, 1500),
      ...sample(mutated(plainHellos), 1500),
    ];
    // As long as one packet can hold.
    const cases = tried.filter(({ length }) => length < 65_000).flatMap((flight): Case[] => {
      const hello = decodeClientHello(flight);
      if (hello.status !== 'complete') return [];
      return [{ flight, hello: hello.value, size: hello.size, spans: recordsUpTo(flight, hello.size) }];
    });
    const rows = await dissect(cases.map(({ flight }) => flight), Object.values(fields));

    let agreed = 0;
    const met = new Set<Difference>();
    const unexplained: string[] = [];
    for (const [i, one] of cases.entries()) {
      const theirs = rowOf(rows[i]);
      const found = differing(one.hello, theirs);
      if (found.length === 0) agreed++;
      const reasons = found.map((field) =>
        differences.find(({ fields, applies }) => fields?.includes(field) !== false && applies(one, theirs)),
      );
      const left = found.filter((_, at) => reasons[at] === undefined);
      if (left.length > 0) unexplained.push(`${left.join()} of ${Buffer.from(one.flight).toString('hex')}`);
      for (const reason of reasons) if (reason !== undefined) met.add(reason);
    }
    expect(unexplained).toEqual([]);
    // They were compared, and each reason was met.
    expect(cases.length).toBeGreaterThan(5500);
    expect(agreed).toBeGreaterThan(4700);
    expect(differences.filter((difference) => !met.has(difference))).toEqual([]);
  });
});
