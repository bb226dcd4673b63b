/**
 * The laws of the design, each over every decoder, every vector and its mutations. A decoder that is born joins
 * `decoders`. `PREREAD_RUNS` sets how many mutations a law tries.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { malformed } from '../src/decoded.ts';
import type { Decoded, Incomplete } from '../src/decoded.ts';
import { createRequestHeadParser, decodeRequestHead } from '../src/http/index.ts';
import { StreamingParser } from '../src/parser.ts';
import { createPreread, preread } from '../src/preread.ts';
import type { PrereadOptions } from '../src/preread.ts';
import {
  createProxyParser,
  decodeProxyHeader,
  decodeProxyV1,
  decodeProxyV2,
  decodeTlv,
  encodeProxyV1,
  encodeProxyV2,
  encodeTlv,
} from '../src/proxy/index.ts';
import type { EndpointInput, ProxyDecodeOptions, ProxyHeader, ProxyHeaderInput, Tlv } from '../src/proxy/index.ts';
import { createSniffer, sniff, tcp } from '../src/sniff/index.ts';
import type { Recognized, Sniffed, Unrecognized } from '../src/sniff/index.ts';
import {
  alertDescriptions,
  createClientHelloParser,
  createServerHelloParser,
  decodeAlert,
  decodeClientHello,
  decodeClientHelloMessage,
  decodeExtension,
  decodeRecord,
  decodeServerHello,
  encodeAlert,
  readServerName,
} from '../src/tls/index.ts';
import type { Parser } from '../src/tls/index.ts';
import { lengthsOf } from './lengths.ts';
import { plain } from './plain.ts';
import { isThorough, numRuns, sample } from './runs.ts';
import { same } from './same.ts';
import {
  alpn,
  bytes,
  concat,
  extension,
  handshake,
  hello,
  message,
  realHellos,
  records,
  serverName,
  u16,
  unrecorded,
} from './vectors/build.ts';
import * as sniffed from './vectors/flights.ts';
import { headBytes, httpAcceptances, httpRefusals } from './vectors/http.ts';
import { prereadAcceptances, prereadEnds, prereadRefusals } from './vectors/preread.ts';
import { proxyAcceptances, proxyRefusals } from './vectors/proxy.ts';
import {
  certificateMessage,
  recordedAnswers,
  serverAcceptances,
  serverEnds,
  serverHello,
  serverMessage,
  serverRefusals,
} from './vectors/server.ts';
import { acceptances, refusals } from './vectors/verdicts.ts';

type Outcome = Decoded<unknown, string>;

interface Decoder {
  readonly name: string;
  readonly decode: (input: Uint8Array) => Outcome;
  /** Where there is none, the general one is made of the decoder. */
  readonly createParser?: () => Parser<unknown, string>;
  readonly vectors: readonly Uint8Array[];
  /** Set where an answer may consume nothing, and the end be one: of the whole, not of a part. */
  readonly isComposite?: true;
  /** What the end makes of input that decides nothing, where it is not truncated but an answer. */
  readonly answerAtEnd?: (input: Uint8Array) => Outcome | undefined;
}

/** Of these and the others a sample: each row is looked at byte by byte in its own test. */
const flights = [
  ...realHellos.map(({ flight }) => flight),
  ...sample([...refusals, ...acceptances].filter(({ maxBytes }) => maxBytes === undefined), 2).map((row) => row.bytes),
];
const alerts = [
  ...Object.keys(alertDescriptions).map((code) => encodeAlert(Number(code))),
  bytes(21, 3, 3, 0, 2, 3, 40),
  bytes(21, 3, 3, 0, 26, new Uint8Array(26)),
  bytes(21, 3, 3, 0, 0),
  bytes(21, 0xfe, 0xfd),
];

/** Those that are cut at every place are alike, and each of them is looked at byte by byte in its own test. */
const answers = [
  ...sample(recordedAnswers, 3).map(({ flight }) => flight),
  ...sample(
    [...serverRefusals, ...serverAcceptances].map((row) => row.bytes).filter(({ length }) => length < 2000),
    4,
  ),
  ...serverEnds.map((row) => row.bytes),
];

/** Alerts of level warning and nothing else: the last of them is the answer if no more comes. */
function lastWarning(input: Uint8Array): Outcome | undefined {
  const warnings: unknown[] = [];
  for (let at = 0; at < input.length; at += 7) {
    const alert = decodeAlert(input.subarray(at));
    if (alert.status !== 'complete' || alert.value.level !== 'warning') return undefined;
    warnings.push(alert.value.description);
  }
  if (warnings.length === 0) return undefined;
  const description = warnings.pop();
  return { status: 'complete', value: { kind: 'alert', level: 'warning', description, warnings }, size: input.length };
}

const proxyHeaders = sample([...proxyRefusals, ...proxyAcceptances], 2).map((row) => row.bytes);
const smallProxyHeaders = proxyHeaders.filter((header) => header.length < 1000);
/** Everything that an option lets pass. */
const lenient: ProxyDecodeOptions = { maxBytes: 65551, verifyCrc32c: false, allowIPv4InTcp6: true };

const heads = sample([...httpRefusals, ...httpAcceptances], 10).map(headBytes);
const smallHeads = heads.filter((head) => head.length < 1000);

const openings = sample([...sniffed.flights, ...sniffed.foreignFlights], 2).map(({ bytes }) => bytes);

/** What a sniffer says, in the form of a decoder's outcome: a name is a value, and `unknown` a code. */
function asDecoded(outcome: Sniffed): Outcome {
  return outcome.status === 'incomplete' ? outcome : asFinal(outcome);
}

function asFinal(outcome: Recognized | Unrecognized): Exclude<Outcome, Incomplete> {
  if (outcome.status === 'unknown') return { status: 'malformed', code: 'law.unknown', offset: 0 };
  return { status: 'complete', value: outcome.protocol, size: 1 };
}

function sniffingParser(): Parser<unknown, string> {
  const sniffer = createSniffer(tcp);
  let last: Outcome = { status: 'incomplete', needed: 1 };
  return {
    push: (chunk) => (last = asDecoded(sniffer.push(chunk))),
    end() {
      const end = asFinal(sniffer.end());
      return last.status !== 'incomplete' ? end : { status: 'malformed', code: 'law.truncated', offset: sniffer.bytes.length };
    },
    get bytes() {
      return sniffer.bytes;
    },
  };
}

/** What may come at once, in a sample of which each part is there. */
const connections = sample(
  [...prereadRefusals, ...prereadAcceptances, ...prereadEnds].map((row) => row.bytes).filter(({ length }) => length < 2000),
  7,
);
function composite(name: string, options: PrereadOptions): Decoder {
  return {
    name,
    decode: (input) => plain(preread(input, options)),
    createParser: () => createPreread(options),
    vectors: connections,
    isComposite: true,
  };
}

const decoders: readonly Decoder[] = [
  composite('preread', {}),
  composite('preread with a PROXY header', { proxy: 'require' }),
  composite('preread with or without a PROXY header', { proxy: 'optional' }),
  composite('preread within 90 bytes and 60 a part', {
    proxy: 'optional',
    maxBytes: 90,
    proxyHeader: { maxBytes: 60 },
    tls: { maxBytes: 60 },
    http: { maxBytes: 60, maxLineBytes: 40 },
  }),
  {
    name: 'decodeRecord',
    decode: decodeRecord,
    vectors: [...flights, ...alerts, bytes(23, 3, 3, 0, 0), bytes(23, 3, 3, 0x48, 1)],
  },
  {
    name: 'decodeClientHello',
    decode: (input) => plain(decodeClientHello(input)),
    createParser: () => createClientHelloParser(),
    vectors: flights,
  },
  {
    name: 'decodeClientHello within 300 bytes',
    decode: (input) => plain(decodeClientHello(input, { maxBytes: 300 })),
    createParser: () => createClientHelloParser({ maxBytes: 300 }),
    vectors: flights,
  },
  {
    name: 'decodeClientHelloMessage',
    decode: (input) => plain(decodeClientHelloMessage(input)),
    vectors: flights.filter((flight) => flight[0] === 22).map((flight) => flight.subarray(5)),
  },
  { name: 'readServerName', decode: (input) => readServerName(input), vectors: flights },
  {
    name: 'readServerName within 300 bytes',
    decode: (input) => readServerName(input, { maxBytes: 300 }),
    vectors: flights,
  },
  {
    name: 'decodeServerHello',
    decode: (input) => decodeServerHello(input),
    createParser: () => createServerHelloParser(),
    vectors: answers,
    answerAtEnd: lastWarning,
  },
  {
    name: 'decodeServerHello within 100 bytes',
    decode: (input) => decodeServerHello(input, { maxBytes: 100 }),
    createParser: () => createServerHelloParser({ maxBytes: 100 }),
    vectors: sample(answers, 3),
    answerAtEnd: lastWarning,
  },
  { name: 'decodeAlert', decode: decodeAlert, vectors: [...alerts, ...flights.slice(0, 20)] },
  {
    name: 'decodeProxyHeader',
    decode: (input) => decodeProxyHeader(input),
    createParser: () => createProxyParser(),
    vectors: proxyHeaders,
  },
  {
    name: 'decodeProxyHeader with all that its options let pass',
    decode: (input) => decodeProxyHeader(input, lenient),
    createParser: () => createProxyParser(lenient),
    vectors: smallProxyHeaders,
  },
  {
    name: 'decodeProxyHeader within 50 bytes',
    decode: (input) => decodeProxyHeader(input, { maxBytes: 50 }),
    createParser: () => createProxyParser({ maxBytes: 50 }),
    vectors: smallProxyHeaders,
  },
  { name: 'decodeProxyV1', decode: (input) => decodeProxyV1(input), vectors: smallProxyHeaders },
  { name: 'decodeProxyV2', decode: (input) => decodeProxyV2(input), vectors: smallProxyHeaders },
  {
    name: 'decodeRequestHead',
    decode: (input) => decodeRequestHead(input),
    createParser: () => createRequestHeadParser(),
    vectors: heads.filter((head) => head.length < 5000),
  },
  {
    name: 'decodeRequestHead with LF alone, within 60 bytes and 25 a line',
    decode: (input) => decodeRequestHead(input, { allowBareLf: true, maxBytes: 60, maxLineBytes: 25 }),
    createParser: () => createRequestHeadParser({ allowBareLf: true, maxBytes: 60, maxLineBytes: 25 }),
    vectors: smallHeads,
  },
  {
    name: 'sniff',
    decode: (input) => asDecoded(sniff(input, tcp)),
    createParser: sniffingParser,
    vectors: openings,
  },
];

/** One change to some bytes, as a hostile or broken sender would make it. */
const change = fc.oneof(
  fc.record({ kind: fc.constant('set' as const), at: fc.nat(), byte: fc.nat(255) }),
  fc.record({ kind: fc.constant('flip' as const), at: fc.nat(), bit: fc.nat(7) }),
  fc.record({ kind: fc.constant('length' as const), at: fc.nat(), delta: fc.integer({ min: -3, max: 3 }) }),
  fc.record({ kind: fc.constant('insert' as const), at: fc.nat(), data: fc.uint8Array({ maxLength: 6 }) }),
  fc.record({ kind: fc.constant('delete' as const), at: fc.nat(), count: fc.nat(6) }),
  fc.record({ kind: fc.constant('truncate' as const), at: fc.nat() }),
  fc.record({ kind: fc.constant('repeat' as const), at: fc.nat(), count: fc.nat(40) }),
  fc.record({ kind: fc.constant('refragment' as const), size: fc.integer({ min: 1, max: 200 }) }),
);
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

function apply(input: Uint8Array, change: Change): Uint8Array {
  if (input.length === 0) return input;
  if (change.kind === 'refragment') return input[0] === 22 ? records(input.subarray(5), change.size) : input;
  const at = change.at % input.length;
  const out = Uint8Array.from(input);
  switch (change.kind) {
    case 'set':
      out[at] = change.byte;
      return out;
    case 'flip':
      out[at]! ^= 1 << change.bit;
      return out;
    case 'length':
      out[at]! += change.delta;
      return out;
    case 'insert':
      return concat([out.subarray(0, at), change.data, out.subarray(at)]);
    case 'delete':
      return concat([out.subarray(0, at), out.subarray(at + change.count)]);
    case 'truncate':
      return out.subarray(0, at);
    case 'repeat':
      return concat([out.subarray(0, at), out.subarray(at, at + change.count), out.subarray(at)]);
  }
}

/** A vector with up to four changes, or bytes at random. */
function inputs(decoder: Decoder): fc.Arbitrary<Uint8Array> {
  const mutated = fc
    .tuple(fc.constantFrom(...decoder.vectors), fc.array(change, { maxLength: 4 }))
    .map(([vector, changes]) => changes.reduce(apply, vector));
  return fc.oneof({ weight: 9, arbitrary: mutated }, { weight: 1, arbitrary: fc.uint8Array({ maxLength: 80 }) });
}

/** Lengths at which to look at an input: all of a short one, and of a long one the ends and a sample between. */
function beginningsOf(input: Uint8Array): number[] {
  return isThorough ? lengthsOf(input.length, 500, 100, 37) : lengthsOf(input.length, 200, 50, 23);
}

describe.each(decoders)('$name', (decoder) => {
  const check = (law: (input: Uint8Array) => void): void => {
    for (const vector of decoder.vectors) law(vector);
    fc.assert(fc.property(inputs(decoder), law), { numRuns });
  };

  test('1 Final: once complete or malformed, more bytes never change the answer', () => {
    check((input) => {
      let final: Outcome | undefined;
      for (const length of beginningsOf(input)) {
        const outcome = decoder.decode(input.subarray(0, length));
        if (final !== undefined) same(outcome, final);
        else if (outcome.status !== 'incomplete') {
          final = outcome;
          for (const tail of [bytes(0), bytes(22, 3, 1), new Uint8Array(100).fill(0xff)]) {
            same(decoder.decode(concat([input.subarray(0, length), tail])), final);
          }
        }
      }
    });
  });

  test('2 Needed: fewer than needed more bytes never decide, whatever they are', () => {
    check((input) => {
      for (const length of beginningsOf(input)) {
        const outcome = decoder.decode(input.subarray(0, length));
        if (outcome.status !== 'incomplete') break;
        if (!Number.isInteger(outcome.needed) || outcome.needed < 1) expect.fail(`needed ${outcome.needed}`);
        for (const fill of [0, 1, 0x16, 0xff]) {
          const tail = new Uint8Array(Math.min(outcome.needed - 1, 20_000)).fill(fill);
          same(decoder.decode(concat([input.subarray(0, length), tail])).status, 'incomplete');
        }
      }
    });
  });

  test('3 Chunking: any split gives the one-shot answer, offsets included', () => {
    const general = (): Parser<unknown, string> => new StreamingParser(
        { read: decoder.decode, readAtEnd: ({ length }) => malformed('law.truncated', length) },
        65536,
      );
    const newParser = decoder.createParser ?? general;
    const law = (input: Uint8Array, cuts: readonly number[]): void => {
      const parser = newParser();
      const ends = input.length === 0 ? [] : [...new Set(cuts.map((cut) => cut % input.length))].sort((a, b) => a - b);
      let from = 0;
      let decided: Outcome | undefined;
      for (const to of [...ends, input.length]) {
        const outcome = plain(parser.push(input.subarray(from, to)));
        same(outcome, decided ?? decoder.decode(input.subarray(0, to)));
        if (decided === undefined) same(parser.bytes, input.slice(0, to));
        if (outcome.status !== 'incomplete') decided ??= outcome;
        from = to;
      }
      const end = plain(parser.end());
      const answerAtEnd = decoder.answerAtEnd?.(input);
      if (decided !== undefined) expect(end).toEqual(decided);
      else if (answerAtEnd !== undefined) expect(end).toEqual(answerAtEnd);
      else if (decoder.isComposite) {
        const parser = newParser();
        parser.push(input);
        same(plain(parser.end()), end);
      } else {
        expect(end).toMatchObject({ status: 'malformed', offset: input.length });
        expect(end).toHaveProperty('code', expect.stringMatching(/\.truncated$/));
      }
    };
    for (const vector of decoder.vectors) {
      law(vector, []);
      law(vector, beginningsOf(vector)); // chunks of one byte
    }
    fc.assert(fc.property(inputs(decoder), fc.array(fc.nat(), { maxLength: 12 }), law), { numRuns });
  });

  test('4 Position: the same bytes anywhere, as Buffer or Uint8Array, give the same answer', () => {
    check((input) => {
      const expected = decoder.decode(input);
      for (const [before, fill] of [[1, 0xff], [7, 0x16], [64, 0]] as const) {
        const memory = new Uint8Array(before + input.length + 70).fill(fill);
        memory.set(input, before);
        same(decoder.decode(memory.subarray(before, before + input.length)), expected);
        same(decoder.decode(Buffer.from(memory.buffer, before, input.length)), expected);
      }
    });
  });

  test('5 Total: no throw, offset and size within the input, the input unchanged', () => {
    check((input) => {
      const before = input.slice();
      const outcome = decoder.decode(input);
      same(input, before);
      if (outcome.status === 'complete') {
        expect(outcome.size).toBeGreaterThanOrEqual(decoder.isComposite ? 0 : 1);
        expect(outcome.size).toBeLessThanOrEqual(input.length);
      } else if (outcome.status === 'malformed') {
        expect(outcome.offset).toBeGreaterThanOrEqual(0);
        expect(outcome.offset).toBeLessThanOrEqual(input.length);
      }
    });
  });
});

/** 1 Final, 2 Needed and 3 Chunking at every beginning of a vector, and nothing waits for more than `maxBytes`. */
function lawOfLimits(
  vector: Uint8Array,
  maxBytes: number,
  decode: (input: Uint8Array) => Outcome,
  parser: Parser<unknown, string>,
): void {
  let final: Outcome | undefined;
  let awaited = 0;
  for (let length = 0; length <= Math.min(vector.length, 120); length++) {
    const outcome = plain(decode(vector.subarray(0, length)));
    same(plain(parser.push(vector.subarray(Math.max(0, length - 1), length))), outcome);
    if (final !== undefined) same(outcome, final);
    else if (outcome.status === 'incomplete') {
      if (length + outcome.needed > maxBytes) expect.fail(`${length} and ${outcome.needed} more, of ${maxBytes}`);
      awaited = length + outcome.needed;
    } else {
      if (length < awaited) expect.fail(`decided at ${length}, before ${awaited}`);
      final = outcome;
    }
  }
}

describe('maxBytes', () => {
  const limits = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 20, 49, 50, 71, 72, 80];

  test('1 Final, 2 Needed and 3 Chunking hold for small limits of a hello, and nothing waits for more', () => {
    for (const vector of sample(flights, 3)) {
      for (const maxBytes of limits) {
        lawOfLimits(vector, maxBytes, (input) => decodeClientHello(input, { maxBytes }), createClientHelloParser({ maxBytes }));
      }
    }
  });

  test('1 Final, 2 Needed and 3 Chunking hold for small limits of what a server answers, and nothing waits for more', () => {
    const limited = serverRefusals.filter(({ maxBytes }) => maxBytes !== undefined).map((row) => row.bytes);
    for (const vector of [...sample(answers, 5), ...limited]) {
      // Around an alert, a record header, and the end of a ServerHello of TLS 1.2, which is at byte 47.
      for (const maxBytes of [0, 1, 4, 5, 6, 7, 8, 9, 13, 14, 46, 47, 48, 49, 50, 51, 52, 53, 56, 80]) {
        lawOfLimits(vector, maxBytes, (input) => decodeServerHello(input, { maxBytes }), createServerHelloParser({ maxBytes }));
      }
    }
  });

  test('1 Final, 2 Needed and 3 Chunking hold for small limits of a PROXY header, and nothing waits for more', () => {
    for (const vector of sample(proxyHeaders, 8)) {
      for (const maxBytes of [0, 1, 4, 5, 6, 7, 11, 12, 13, 14, 15, 16, 17, 27, 28, 29, 56, 106, 107, 108]) {
        lawOfLimits(vector, maxBytes, (input) => decodeProxyHeader(input, { maxBytes }), createProxyParser({ maxBytes }));
      }
    }
  });

  test('1 Final, 2 Needed and 3 Chunking hold for small limits of a request head and its lines', () => {
    for (const vector of sample(smallHeads.filter((_, i) => i % 5 === 0), 2)) {
      for (const maxBytes of [0, 1, 4, 5, 16, 17, 18, 25, 37, 38, 39]) {
        for (const maxLineBytes of [undefined, 0, 4, 17, maxBytes]) {
          const options = { maxBytes, maxLineBytes };
          lawOfLimits(vector, maxBytes, (input) => decodeRequestHead(input, options), createRequestHeadParser(options));
        }
      }
    }
  });

  test.each(['forbid', 'require', 'optional'] as const)('1 Final, 2 Needed and 3 Chunking hold for small limits, %s', (proxy) => {
    for (const vector of sample(connections, 2)) {
      for (const maxBytes of [0, 1, 6, 12, 13, 27, 28, 29, 33, 34, 45, 60, 100]) {
        const options = { proxy, maxBytes };
        lawOfLimits(vector, maxBytes, (input) => preread(input, options), createPreread(options));
      }
    }
  });
});

describe('6 Round trip', () => {
  test('decodeAlert(encodeAlert(x)) is x, and encodeAlert(decodeAlert(b)) is b', () => {
    for (const level of ['warning', 'fatal'] as const) {
      for (let code = 0; code < 256; code++) {
        const record = encodeAlert(code, level);
        const outcome = decodeAlert(record);
        if (outcome.status !== 'complete') throw new Error(`alert ${code} is ${outcome.status}`);
        expect(outcome.size).toBe(record.length);
        expect(encodeAlert(outcome.value.description, outcome.value.level)).toEqual(record);
      }
    }
  });

  const ipv4 = fc.ipV4().map((address) => ({ family: 'IPv4', address }));
  const ipv6 = fc.ipV6().map((address) => ({ family: 'IPv6', address }));
  const ip = fc.record({ at: fc.oneof(ipv4, ipv6), port: fc.nat(0xffff) }).map(({ at, port }) => ({ ...at, port }));
  const latin1 = fc.integer({ min: 1, max: 255 }).map((code) => String.fromCharCode(code));
  const path = fc.oneof(
    fc.string({ unit: latin1, maxLength: 108 }),
    fc.string({ unit: latin1, minLength: 1, maxLength: 107 }).map((name) => `\0${name}`),
  );
  const unix = path.map((text) => ({ family: 'unix', path: text }));
  const pair = (endpoint: fc.Arbitrary<EndpointInput>): fc.Arbitrary<ProxyHeaderInput> =>
    fc.record({ source: endpoint, destination: endpoint });
  const utf8 = fc.string({ unit: 'grapheme', maxLength: 40 });
  const value = fc.uint8Array({ maxLength: 60 });
  /** As people write them: fast-check makes some without a prototype, which no decoder does. */
  const plainObject = { noNullPrototype: true };
  const tlv: fc.Arbitrary<Tlv> = fc.oneof(
    fc.record({ name: fc.constant('alpn' as const), protocol: fc.string({ unit: latin1, maxLength: 20 }) }).map(encodeTlv),
    fc.record({ name: fc.constant('authority' as const), authority: utf8 }).map(encodeTlv),
    fc.record({ name: fc.constant('noop' as const), value }).map(encodeTlv),
    fc.record({ name: fc.constant('unique_id' as const), uniqueId: fc.uint8Array({ maxLength: 128 }) }).map(encodeTlv),
    fc.record({ name: fc.constant('netns' as const), namespace: utf8 }).map(encodeTlv),
    fc
      .record(
        {
          name: fc.constant('ssl' as const),
          client: fc.nat(255),
          verify: fc.nat(0xffffffff),
          version: utf8,
          cn: utf8,
          cipher: utf8,
          sigAlg: utf8,
          keyAlg: utf8,
          group: utf8,
          sigScheme: utf8,
          clientCert: value,
        },
        { requiredKeys: ['name', 'client', 'verify'] },
      )
      .map(encodeTlv),
    fc.record({ type: fc.constantFrom(0x00, 0x06, 0x21, 0xe0, 0xea, 0xff), value }, plainObject),
  );
  const proxyHeader = fc
    .record({
      ends: fc.oneof(pair(ip), pair(unix), fc.constant<ProxyHeaderInput>({})),
      transport: fc.constantFrom('stream' as const, 'datagram' as const),
      command: fc.constantFrom('PROXY' as const, 'LOCAL' as const),
      tlvs: fc.array(tlv, { maxLength: 5 }),
    })
    .map(({ ends, command, ...rest }) => ({ ...ends, ...rest, command: ends.source === undefined ? command : 'PROXY' }) as const);

  function decodeWhole(bytes: Uint8Array): ProxyHeader {
    const outcome = decodeProxyHeader(bytes);
    if (outcome.status !== 'complete' || outcome.size !== bytes.length) throw new Error(JSON.stringify(outcome));
    return outcome.value;
  }

  test('decodeProxyHeader(encodeProxyV2(x)) is x, and encodeProxyV2(decodeProxyHeader(b)) is b, checksum and all', () => {
    fc.assert(
      fc.property(proxyHeader, fc.boolean(), fc.integer({ min: 1, max: 64 }), (input, crc32c, alignment) => {
        const bytes = encodeProxyV2(input, { crc32c, alignment });
        const header = decodeWhole(bytes);
        same(encodeProxyV2(header), bytes);
        const isIP = input.source !== undefined && 'address' in input.source;
        const isMixed = isIP && input.source.family !== input.destination?.family;
        expect(header.command).toBe(input.command);
        expect(header.transport).toBe(input.source === undefined ? 'unspecified' : input.transport);
        same(header.tlvs.slice(0, input.tlvs.length), input.tlvs);
        for (const end of ['source', 'destination'] as const) {
          const given = input[end];
          if (given === undefined || 'path' in given) same(header[end], given);
          else expect(header[end]).toMatchObject({ family: isMixed ? 'IPv6' : given.family, port: given.port });
        }
      }),
      { numRuns: numRuns * 4 },
    );
  });

  test('decodeProxyHeader(encodeProxyV1(x)) is x, and encodeProxyV1(decodeProxyHeader(b)) is b', () => {
    fc.assert(
      fc.property(fc.oneof(pair(ip), fc.constant<ProxyHeaderInput>({})), (input) => {
        const bytes = encodeProxyV1(input);
        const header = decodeWhole(bytes);
        same(encodeProxyV1(header), bytes);
        // And the other version says the same.
        same({ ...decodeWhole(encodeProxyV2(header)), version: 1 }, header);
      }),
      { numRuns: numRuns * 4 },
    );
  });

  test('every header that is accepted can be encoded again, and says the same then', () => {
    const law = (input: Uint8Array): void => {
      const outcome = decodeProxyHeader(input, lenient);
      if (outcome.status !== 'complete') return;
      const encode = outcome.value.version === 1 ? encodeProxyV1 : encodeProxyV2;
      const bytes = encode(outcome.value);
      const again = decodeProxyHeader(bytes, { maxBytes: 65551 });
      // The checksum alone is another one, where it was wrong or over what is not kept.
      const plainTlvs = (tlvs: readonly Tlv[]): (Tlv | number)[] => tlvs.map((tlv) => (tlv.type === 3 ? 3 : tlv));
      same(again.status, 'complete');
      if (again.status !== 'complete') return;
      same({ ...again.value, tlvs: plainTlvs(again.value.tlvs) }, { ...outcome.value, tlvs: plainTlvs(outcome.value.tlvs) });
      same(encode(again.value), bytes);
    };
    for (const header of proxyHeaders) law(header);
    fc.assert(fc.property(inputs(decoders.find(({ name }) => name === 'decodeProxyHeader')!), law), { numRuns });
  });

  test('encodeTlv(decodeTlv(t)) is t, and both never throw for what a header may hold', () => {
    const raw = fc.record({ type: fc.oneof(fc.constantFrom(1, 2, 3, 4, 5, 0x20, 0x30), fc.nat(255)), value }, plainObject);
    fc.assert(
      fc.property(fc.oneof(tlv, raw), (input) => {
        const outcome = decodeTlv(input);
        if (outcome.status === 'malformed') {
          expect(outcome.offset).toBeLessThanOrEqual(input.value.length);
          expect(() => encodeProxyV2({ tlvs: [input] })).toThrow(RangeError);
          return;
        }
        expect(outcome.size).toBe(input.value.length);
        const again = encodeTlv(outcome.value);
        // What was not UTF-8 has become U+FFFD.
        const isText = outcome.value.name === 'authority' || outcome.value.name === 'netns';
        if (!isText || !Object.values(outcome.value).some((text) => String(text).includes('\ufffd'))) same(again, input);
      }),
      { numRuns: numRuns * 4 },
    );
  });
});

describe('7 Linear', () => {
  const KIB = 1024;
  const maxBytes = 1024 * KIB;
  const clientHello = (): Parser<unknown, string> => createClientHelloParser({ maxBytes });
  const answer = (): Parser<unknown, string> => createServerHelloParser({ maxBytes });
  const proxy = (): Parser<unknown, string> => createProxyParser({ maxBytes });
  const all = (): Parser<unknown, string> =>
    createPreread({ proxy: 'require', maxBytes, proxyHeader: { maxBytes }, tls: { maxBytes }, http: { maxBytes, maxLineBytes: maxBytes } });
  const behindHeader = (flight: Uint8Array): Uint8Array => concat([encodeProxyV2({ command: 'LOCAL' }), flight]);
  const head = (): Parser<unknown, string> => createRequestHeadParser({ maxBytes, maxLineBytes: maxBytes });
  const get = (...lines: string[]): Uint8Array => bytes(['GET / HTTP/1.1', 'Host: a', ...lines, '', ''].join('\r\n'));
  const tlvs = (count: number, tlv: Tlv): Uint8Array => encodeProxyV2({ tlvs: Array.from({ length: count }, () => tlv) });

  const inRecords = (parts: Parameters<typeof message>[0]): Uint8Array => records(message(parts), 1 << 14);

  /** Hostile shapes of about so many bytes, and who has to read them. */
  const shapes: Readonly<Record<string, readonly [newParser: () => Parser<unknown, string>, (size: number) => Uint8Array]>> = {
    'records of one byte': [
      clientHello,
      (size) => records(message({ extensions: extension(9999, new Uint8Array(size)) }), 1),
    ],
    'empty extensions': [
      clientHello,
      (size) => inRecords({ extensions: Array.from({ length: size / 4 }, (_, i) => extension(100 + i)) }),
    ],
    'ALPN names of one byte': [
      clientHello,
      (size) => inRecords({ extensions: alpn(...Array.from({ length: size / 2 }, () => 'a')) }),
    ],
    'a name of many labels': [clientHello, (size) => inRecords({ extensions: serverName('a.'.repeat(size / 2)) })],
    'warnings in front of an alert': [
      answer,
      (size) => concat([...Array.from({ length: size / 7 }, () => encodeAlert('unrecognized_name', 'warning')), encodeAlert(40)]),
    ],
    'warnings alone': [
      answer,
      (size) => concat(Array.from({ length: size / 7 }, () => encodeAlert('unrecognized_name', 'warning'))),
    ],
    'a ServerHello in records of one byte behind warnings': [
      answer,
      (size) => {
        const warnings = Array.from({ length: size / 14 }, () => encodeAlert('unrecognized_name', 'warning'));
        const whole = serverMessage({ extensions: extension(9999, new Uint8Array(size / 2)) });
        return concat([...warnings, records(concat([whole, handshake(bytes(), 14)]), 1)]);
      },
    ],
    'empty extensions of a ServerHello': [
      answer,
      (size) => {
        const whole = serverMessage({ extensions: Array.from({ length: size / 4 }, (_, i) => extension(100 + i)) });
        return records(concat([whole, handshake(bytes(), 14)]), 1 << 14);
      },
    ],
    'a Certificate in records of one byte behind empty extensions and warnings': [
      answer,
      (size) => {
        const whole = serverMessage({ extensions: Array.from({ length: size / 12 }, (_, i) => extension(100 + i)) });
        const warnings = Array.from({ length: size / 21 }, () => encodeAlert('unrecognized_name', 'warning'));
        return concat([...warnings, records(whole, 1 << 14), records(certificateMessage(new Uint8Array(size / 3)), 1)]);
      },
    ],
    'a Certificate in records of one byte': [
      answer,
      (size) => concat([serverHello(), records(certificateMessage(new Uint8Array(size)), 1)]),
    ],
    'certificates of one byte': [
      answer,
      (size) => records(concat([serverMessage(), certificateMessage(...Array.from({ length: size / 4 }, (_, i) => i & 255))]), 1 << 14),
    ],
    'header lines': [head, (size) => get(...Array.from({ length: size / 4 }, () => 'a:'))],
    'a header line of blanks': [head, (size) => get(`a: ${' '.repeat(size)}b${' '.repeat(size)}`)],
    'a list of elements': [head, (size) => get('Connection: upgrade', `Upgrade: ${'a,'.repeat(size / 2)}`)],
    'a target': [head, (size) => bytes(`GET /${'a'.repeat(size)} HTTP/1.1\r\nHost: a\r\n\r\n`)],
    'a target, sniffed': [sniffingParser, (size) => bytes(`GET /${'a'.repeat(Math.min(size, 16_000))} HTTP/1.1\r\n`)],
    'empty NOOP TLVs': [proxy, (size) => tlvs(size / 3, { type: 4, value: new Uint8Array(0) })],
    'records of one byte behind a PROXY header': [
      all,
      (size) => behindHeader(records(message({ extensions: extension(9999, new Uint8Array(size)) }), 1)),
    ],
    'a target behind a PROXY header': [all, (size) => behindHeader(bytes(`GET /${'a'.repeat(size)} HTTP/1.1\r\nHost: a\r\n\r\n`))],
    'header lines behind a PROXY header': [
      all,
      (size) => behindHeader(get(...Array.from({ length: size / 4 }, () => 'a:'))),
    ],
    'empty NOOP TLVs in front of a request': [
      all,
      (size) => concat([tlvs(size / 3, { type: 4, value: new Uint8Array(0) }), get()]),
    ],
    'SSL TLVs': [proxy, (size) => tlvs(size / 11, encodeTlv({ name: 'ssl', client: 0, verify: 0, version: '' }))],
    'an SSL TLV of empty sub-TLVs': [
      proxy,
      (size) => {
        const empty = { type: 0x2f, value: new Uint8Array(0) };
        return tlvs(1, encodeTlv({ name: 'ssl', client: 0, verify: 0, tlvs: Array.from({ length: size / 3 }, () => empty) }));
      },
    ],
  };

  test.each(Object.keys(shapes))('%s, one byte per push: the time per byte does not grow', (shape) => {
    const [newParser, flightOf] = shapes[shape]!;
    const time = (flight: Uint8Array): number => {
      const parser = newParser();
      const start = performance.now();
      for (let at = 0; at < flight.length; at++) parser.push(flight.subarray(at, at + 1));
      const elapsed = performance.now() - start;
      expect(parser.end().status).toBe('complete');
      return elapsed / flight.length;
    };
    // A search that begins anew with every byte is so fast that only the larger sizes show it.
    const [small, large] = isThorough ? [flightOf(12 * KIB), flightOf(48 * KIB)] : [flightOf(2 * KIB), flightOf(8 * KIB)];
    // The best of alternating runs: a machine that is busy elsewhere slows down either, and makes none faster. So more
    // runs bring the ratio to what it is, which for a linear shape is one, and for a quadratic one four.
    let [ofSmall, ofLarge] = [Infinity, Infinity];
    const end = performance.now() + 20_000;
    for (let run = 0; run < 5 || (run < 20 && ofLarge / ofSmall >= 2.5 && performance.now() < end); run++) {
      ofSmall = Math.min(ofSmall, time(small));
      ofLarge = Math.min(ofLarge, time(large));
    }
    expect(ofLarge / ofSmall).toBeLessThan(2.5);
  });
});

describe('8 Agreement', () => {
  const agree = (input: Uint8Array, limits: readonly (number | undefined)[] = [undefined, 100, input.length]): void => {
    for (const maxBytes of limits) {
      const options = maxBytes === undefined ? undefined : { maxBytes };
      const full = decodeClientHello(input, options);
      const expected = full.status === 'complete' ? { ...full, value: full.value.serverName } : full;
      same(readServerName(input, options), expected);
    }
  };
  const decoder = decoders.find(({ name }) => name === 'readServerName')!;

  test('readServerName and decodeClientHello, on every vector at every length', () => {
    for (const vector of decoder.vectors) {
      for (const length of beginningsOf(vector)) agree(vector.subarray(0, length));
    }
  });

  test('readServerName and decodeClientHello, on every vector with any one byte changed', () => {
    for (const vector of sample(decoder.vectors, 3)) {
      const changed = Uint8Array.from(vector);
      for (let at = 0; at < Math.min(vector.length, 600); at++) {
        for (const byte of [0, 0xff, vector[at]! + 1, vector[at]! - 1, vector[at]! ^ 0x20]) {
          changed[at] = byte;
          agree(changed, [undefined]);
        }
        changed[at] = vector[at]!;
      }
    }
  });

  test('readServerName and decodeClientHello, on mutations', () => {
    fc.assert(
      fc.property(inputs(decoder), (input) => agree(input)),
      { numRuns: numRuns * 10 },
    );
  });

  test('readServerName and decodeClientHello, on names of every kind', () => {
    const label = fc.string({ unit: fc.constantFrom(...'aZ09-_.x \0é:[]*'), maxLength: 70 });
    fc.assert(
      fc.property(fc.array(label, { minLength: 1, maxLength: 6 }), (labels) => {
        const name = labels.join('.').slice(0, 300);
        if (name.length > 0) agree(hello({ extensions: serverName(name) }));
      }),
      { numRuns: numRuns * 5 },
    );
  });
});

describe('every real hello', () => {
  test.each(realHellos)('$client: truncated at every length it is incomplete', ({ flight }) => {
    for (let length = 0; length < flight.length; length++) {
      same(decodeClientHello(flight.subarray(0, length)).status, 'incomplete');
      same(readServerName(flight.subarray(0, length)).status, 'incomplete');
    }
  });

  test.each(realHellos)('$client: truncated inside, with every length around it mended, it is malformed', ({ flight }) => {
    const message = unrecorded(flight);
    const whole: number[] = [];
    for (let length = 0; length < message.length - 4; length++) {
      const cut = records(bytes(1, [0, ...u16(length)], message.subarray(4, 4 + length)), 0x4000);
      const outcome = decodeClientHello(cut);
      // There is one place where a hello may end early and be whole: where the extensions would begin.
      if (outcome.status === 'complete') whole.push(length);
      else same(outcome.status, 'malformed');
    }
    const sessionIdEnd = 35 + message[38]!;
    const cipherSuitesEnd = sessionIdEnd + 2 + ((message[4 + sessionIdEnd]! << 8) | message[5 + sessionIdEnd]!);
    expect(whole).toEqual([cipherSuitesEnd + 1 + message[4 + cipherSuitesEnd]!]);
  });

  const sizes = [1, 2, 3, 7, 100];
  test.each(realHellos.flatMap((real) => sizes.map((size) => ({ ...real, size }))))(
    '$client in records of $size byte(s), in chunks of one byte and of random sizes: the same hello',
    ({ flight, size }) => {
      const fragmented = records(unrecorded(flight), size);
      const expected = { ...plain(decodeClientHello(flight)), size: fragmented.length };
      expect(expected.status).toBe('complete');
      expect(plain(decodeClientHello(fragmented))).toEqual(expected);
      expect(readServerName(fragmented)).toMatchObject({ status: 'complete', size: fragmented.length });
      const push = (ends: readonly number[]): void => {
        const parser = createClientHelloParser();
        let from = 0;
        for (const to of ends) {
          same(parser.push(fragmented.subarray(from, to)).status, 'incomplete');
          from = to;
        }
        same(plain(parser.push(fragmented.subarray(from))), expected);
      };
      push(Array.from({ length: fragmented.length - 1 }, (_, i) => i + 1));
      fc.assert(
        fc.property(fc.uniqueArray(fc.nat(fragmented.length - 2), { maxLength: 30 }), (cuts) => {
          push(cuts.map((cut) => cut + 1).sort((a, b) => a - b));
        }),
        { numRuns: Math.min(numRuns, 20) },
      );
    },
  );
});

describe('decodeExtension', () => {
  test('5 Total: never incomplete, never a throw, offsets within the data', () => {
    const types = fc.oneof(fc.nat(64), fc.constantFrom(13172, 17513, 17613, 30032, 0xfe0d, 0xff01), fc.nat(0xffff));
    fc.assert(
      fc.property(types, fc.uint8Array({ maxLength: 60 }), (type, data) => {
        const outcome = decodeExtension({ type, data });
        if (outcome.status === 'complete') expect(outcome.size).toBe(data.length);
        else {
          expect(outcome.status).toBe('malformed');
          expect(outcome.offset).toBeGreaterThanOrEqual(0);
          expect(outcome.offset).toBeLessThanOrEqual(data.length);
        }
      }),
      { numRuns: numRuns * 20 },
    );
  });
});
