/**
 * OpenSSL as an oracle: it goes on with what is complete here, and reads the same name in it and the same protocols, or
 * there is a reason why one of the two is stricter than the other.
 */
import fc from 'fast-check';
import { isDeepStrictEqual } from 'node:util';
import { preread } from 'preread';
import { tcp, web } from 'preread/sniff';
import { createClientHelloParser, decodeClientHello, decodeExtension } from 'preread/tls';
import type { ClientHello, ClientHelloCode } from 'preread/tls';
import { expect, test } from 'vitest';
import { mutated } from '../generators/mutate.ts';
import { clientFlights, plainHellos } from '../generators/tls.ts';
import { bytes, concat, extension, realHellos, record, records } from '../vectors/build.ts';
import { assemble, changedHello, partsOf } from './changed-hellos.ts';
import { startOpenSsl } from './openssl.ts';
import type { OpenSslVerdict } from './openssl.ts';
import { describeWith } from './programs.ts';
import { random } from './random.ts';
import { recordsUpTo } from './record-headers.ts';
import { isSameName } from './same-name.ts';

interface StricterHere {
  readonly why: string;
  /** Whether that is so of this flight, malformed at this offset. */
  readonly applies?: (flight: Uint8Array, offset: number) => boolean;
}

/** Where OpenSSL takes a hello that is malformed here. */
const stricterHere: Partial<Record<ClientHelloCode, StricterHere>> = {
  'tls.extension.duplicate': { why: 'RFC 8446 4.2: one of each type at most; OpenSSL looks at those types that it knows' },
  'tls.record.empty': { why: 'RFC 8446 5.1: no empty handshake records; OpenSSL drops up to 32 in a row' },
  'tls.record.type': {
    why: 'RFC 8446 5: nothing before a ClientHello or within it; OpenSSL drops empty records of any type',
    applies: (flight, offset) => flight[offset + 3] === 0 && flight[offset + 4] === 0,
  },
  'tls.server_name.empty': { why: 'RFC 6066 3: HostName<1..2^16-1>; OpenSSL takes an empty name for none' },
  'tls.sslv2': { why: 'RFC 6176 3: no SSLv2 hello from a client that speaks TLS; OpenSSL takes those that offer TLS' },
  'tls.handshake.limit': {
    why: 'past maxBytes, 64 KiB with record headers; OpenSSL takes messages twice as long, in records as short as may be',
    applies: ({ length }) => length > 0x10000,
  },
};

/** What is an answer to a hello that can be read: there is nothing in it that this server speaks. */
const unwanted = new Set([
  'inappropriate fallback',
  'missing sigalgs extension',
  'missing supported groups extension',
  'no shared cipher',
  'no shared signature algorithms',
  'no suitable key share',
  'no suitable signature algorithm',
  'unsupported protocol',
  'version too low',
]);

interface StricterThere {
  readonly answers: readonly OpenSslVerdict['answer'][];
  /** In the words of OpenSSL, 3.0 and 3.5. */
  readonly reason?: RegExp;
  readonly why: string;
  /** Whether that is so of this hello. */
  readonly applies: (hello: ClientHello, flight: Uint8Array, size: number) => boolean;
}

const has = (hello: ClientHello, ...types: readonly number[]): boolean =>
  hello.extensions.some(({ type }) => types.includes(type));

/** Where OpenSSL refuses a hello that is complete here; the first that applies is why. */
const stricterThere: readonly StricterThere[] = [
  {
    answers: ['nothing'],
    why: 'the hello is there, and the end of its record is not, for which OpenSSL waits',
    applies: (_, flight, size) => recordEnd(flight, size) > flight.length,
  },
  {
    answers: ['unexpected_message'],
    reason: /^not on record boundary$/,
    why: 'RFC 8446 5.1: more stands in the record behind a hello of TLS 1.3; the size tells where the hello ends',
    applies: (_, flight, size) => recordEnd(flight, size) > size,
  },
  {
    answers: ['illegal_parameter'],
    reason: /^bad extension$/,
    why: 'RFC 5764 4.1: use_srtp is of DTLS alone; which extensions go together is not asked here',
    applies: (hello) => has(hello, 14),
  },
  {
    answers: ['decode_error'],
    reason: /^(header too long|too long|wrong tag|no matching choice type)$/,
    why: 'certificate_authorities and status_request carry DER, which is kept raw here',
    applies: (hello) => has(hello, 5, 47),
  },
  {
    answers: ['decode_error'],
    reason: /^bad extension$/,
    why: 'srp (12, RFC 5054 2.8.1) is kept raw here',
    applies: (hello) => has(hello, 12),
  },
  {
    answers: ['unrecognized_name'],
    reason: /^bad extension$/,
    why: 'the name has a zero byte or is longer than 255: here it is shown, of the kind invalid',
    applies: ({ serverName }) => serverName?.kind === 'invalid' && (serverName.raw.includes(0) || serverName.raw.length > 255),
  },
  {
    answers: ['decode_error', 'illegal_parameter'],
    reason: /^(no compression specified|required compression algorithm missing)$/,
    why: 'RFC 5246 7.4.1.2: null is among the compression methods; here they are shown as they are',
    applies: ({ compressionMethods }) => !compressionMethods.includes(0),
  },
  {
    answers: ['handshake_failure'],
    reason: /^renegotiation mismatch$/,
    why: 'RFC 5746 3.6: renegotiation_info is empty in a first handshake, which is not known to be one here',
    applies: ({ extensions }) => extensions.some(({ type, data }) => type === 0xff01 && data.length > 1),
  },
  {
    answers: ['handshake_failure'],
    reason: /^missing psk kex modes extension$/,
    why: 'RFC 8446 4.2.9: psk_key_exchange_modes goes with pre_shared_key; which extensions go together is not asked here',
    applies: (hello) => has(hello, 41) && !has(hello, 45),
  },
  {
    answers: ['illegal_parameter'],
    reason: /^(bad ecpoint|bad key share|invalid key|point is not on curve)$/,
    why: 'RFC 8446 4.2.8: a key share that is none, or of a group that is not offered; keys are shown as they are',
    applies: (hello) => has(hello, 51),
  },
  {
    answers: ['handshake_failure', 'protocol_version'],
    reason: /^bad legacy version$/,
    why: 'RFC 8446 4.1.2: a legacy_version that is not that of TLS 1.2; it is shown as it is',
    applies: ({ legacyVersion }) => legacyVersion !== 0x0303,
  },
  {
    answers: ['decode_error', 'illegal_parameter'],
    why: 'an extension that decodeExtension refuses too, once it is asked',
    applies: ({ extensions }) => extensions.some((one) => decodeExtension(one).status === 'malformed'),
  },
];

/** Where the record ends in which the hello does. */
function recordEnd(flight: Uint8Array, size: number): number {
  return recordsUpTo(flight, size).at(-1)!.end;
}

/** Of a protocol's name Node.js keeps seven bits of each byte. */
function isSameList(ours: readonly string[], theirs: readonly string[]): boolean {
  const ascii = (name: string): string => Buffer.from(name, 'latin1').toString('ascii');
  return isDeepStrictEqual(ours.map(ascii), theirs);
}

/** What both say of a flight, else why the two differ; undefined where there is no reason to. */
function compare(flight: Uint8Array, theirs: OpenSslVerdict): string | undefined {
  const ours = decodeClientHello(flight);
  expect(createClientHelloParser().push(flight).status).toBe(ours.status);
  if (ours.status === 'incomplete') return theirs.answer === 'nothing' ? 'more is awaited' : undefined;

  // It asks for a certificate once it has read all of the hello.
  const isTaken = theirs.answer === 'hello' || theirs.serverName !== undefined;
  // A router must not let it pass as something that it does not know.
  if (isTaken) for (const matchers of [tcp, web]) expect(preread(flight, { matchers })).not.toMatchObject({ value: { protocol: 'unknown' } });
  if (ours.status === 'malformed') {
    if (!isTaken) return 'malformed';
    const difference = stricterHere[ours.code];
    return difference?.applies?.(flight, ours.offset) === false ? undefined : difference?.why;
  }

  const { serverName, alpnProtocols } = ours.value;
  if (isTaken && !isSameName(serverName, theirs.serverName)) return undefined;
  if (theirs.alpnProtocols !== undefined && !isSameList(alpnProtocols, theirs.alpnProtocols)) return undefined;
  if (theirs.answer === 'hello') return serverName === undefined ? 'no name' : 'the same name';
  if (unwanted.has(theirs.reason)) return 'well-formed, and not spoken';
  return stricterThere.find(
    ({ answers, reason, applies }) =>
      answers.includes(theirs.answer) && reason?.test(theirs.reason) !== false && applies(ours.value, flight, ours.size),
  )?.why;
}

/** What chance makes too seldom of a hello. */
function corners(flight: Uint8Array): Uint8Array[] {
  const { head, extensions } = partsOf(flight);
  const padded = (length: number): Uint8Array =>
    assemble({ head, extensions: [...extensions, extension(21, new Uint8Array(length))] });
  const whole = assemble({ head, extensions });
  const room = 0xffff - extensions.reduce((sum, { length }) => sum + length, 4);
  const ofVersion = (minor: number): Uint8Array => record(assemble({ head: head.with(1, minor), extensions }));
  return [
    records(padded(12_000), 1),
    records(padded(room), 0x4000),
    ...[20, 21, 22, 23].map((type) => concat([record(bytes(), type), record(whole)])),
    concat([record(whole.slice(0, 99)), record(bytes(), 21), record(whole.slice(99))]),
    record(bytes(whole, 0)).slice(0, -1),
    ...[0, 1, 2, 4].map(ofVersion),
  ];
}

describeWith(['openssl'], 'node:tls, which is OpenSSL, and decodeClientHello', () => {
  test('agree on what a hello is, the name and the protocols, or there is a reason', { timeout: 120_000 }, async () => {
    const recorded = realHellos.map(({ flight }) => flight);
    const source = random(0x0551);
    const sample = (made: fc.Arbitrary<Uint8Array>, numRuns: number): Uint8Array[] =>
      fc.sample(made, { numRuns, seed: 0x0551 });
    const flights = [
      ...recorded,
      ...corners(recorded[0]!),
      ...Array.from({ length: 2000 }, () => changedHello(source.pick(recorded), source)),
      ...sample(mutated(fc.constantFrom(...recorded)), 1000),
      ...sample(clientFlights, 3000),
      ...sample(plainHellos, 1500),
      ...sample(mutated(plainHellos), 1000),
    ];
    const openssl = await startOpenSsl();
    const counts = new Map<string, number>();
    const unexplained: string[] = [];
    for (const flight of flights) {
      const theirs = await openssl.ask(flight);
      const finding = compare(flight, theirs);
      if (finding !== undefined) counts.set(finding, (counts.get(finding) ?? 0) + 1);
      else {
        const ours = decodeClientHello(flight);
        unexplained.push(`${JSON.stringify({ theirs, ours })} of ${Buffer.from(flight).toString('hex')}`);
      }
    }
    await openssl.close();

    expect(unexplained).toEqual([]);
    // It was asked, and each reason was met.
    expect(flights.length).toBeGreaterThan(8500);
    const agreed = ['the same name', 'no name', 'well-formed, and not spoken', 'malformed', 'more is awaited'];
    const atLeast = [3000, 500, 900, 1500, 600];
    expect(agreed.filter((finding, i) => (counts.get(finding) ?? 0) < atLeast[i]!)).toEqual([]);
    const reasons = [...Object.values(stricterHere), ...stricterThere].map(({ why }) => why);
    expect([...counts.keys()].sort()).toEqual([...agreed, ...reasons].sort());
  });
});
