/** Every decoder, each with vectors: what the laws are held to. A decoder that is born joins `decoders`. */
import type { Decoded, Incomplete } from '../../src/decoded.ts';
import { createRequestHeadParser, decodeRequestHead } from '../../src/http/index.ts';
import { createPreread, preread } from '../../src/preread.ts';
import type { PrereadOptions } from '../../src/preread.ts';
import { createProxyParser, decodeProxyHeader, decodeProxyV1, decodeProxyV2 } from '../../src/proxy/index.ts';
import type { ProxyDecodeOptions } from '../../src/proxy/index.ts';
import * as sniffing from '../../src/sniff/index.ts';
import { createSniffer, sniff, tcp } from '../../src/sniff/index.ts';
import type { Matcher, Recognized, Sniffed, Unrecognized } from '../../src/sniff/index.ts';
import {
  alertDescriptions,
  createClientHelloParser,
  createServerHelloParser,
  decodeAlert,
  decodeClientHello,
  decodeClientHelloMessage,
  decodeRecord,
  decodeServerHello,
  encodeAlert,
  readServerName,
} from '../../src/tls/index.ts';
import type { Parser } from '../../src/tls/index.ts';
import { plain } from '../plain.ts';
import { sample } from '../runs.ts';
import { bytes, realHellos } from '../vectors/build.ts';
import * as sniffed from '../vectors/flights.ts';
import { headBytes, httpAcceptances, httpRefusals } from '../vectors/http.ts';
import { prereadAcceptances, prereadEnds, prereadRefusals } from '../vectors/preread.ts';
import { proxyAcceptances, proxyRefusals } from '../vectors/proxy.ts';
import { recordedAnswers, serverAcceptances, serverEnds, serverRefusals } from '../vectors/server.ts';
import { acceptances, refusals } from '../vectors/verdicts.ts';


export type Outcome = Decoded<unknown, string>;

/** What an input is meant to be. */
export type Kind = 'client flight' | 'hello message' | 'server flight' | 'PROXY header' | 'request head' | 'opening' | 'connection';

export interface Decoder {
  readonly name: string;
  readonly reads: Kind;
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
export const flights: readonly Uint8Array[] = [
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
export const answers: readonly Uint8Array[] = [
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

export const proxyHeaders: readonly Uint8Array[] = sample([...proxyRefusals, ...proxyAcceptances], 2).map((row) => row.bytes);
const smallProxyHeaders = proxyHeaders.filter((header) => header.length < 1000);
/** Everything that an option lets pass. */
export const lenient: ProxyDecodeOptions = { maxBytes: 65551, verifyCrc32c: false, allowIPv4InTcp6: true };

const heads = sample([...httpRefusals, ...httpAcceptances], 10).map(headBytes);
export const smallHeads: readonly Uint8Array[] = heads.filter((head) => head.length < 1000);

const openings = sample([...sniffed.flights, ...sniffed.foreignFlights], 2).map(({ bytes }) => bytes);

/** The preset, and those that only look at structure. */
const everyMatcher: readonly Matcher[] = [
  ...tcp,
  ...Object.values(sniffing as Record<string, unknown>).filter((value): value is Matcher => isStreamMatcher(value) && value.weak === true),
];

function isStreamMatcher(value: unknown): value is Matcher {
  return typeof value === 'object' && value !== null && 'match' in value && 'maxBytes' in value;
}

/** What a sniffer says, in the form of a decoder's outcome: a name is a value, and `unknown` a code. */
function asDecoded(outcome: Sniffed): Outcome {
  return outcome.status === 'incomplete' ? outcome : asFinal(outcome);
}

function asFinal(outcome: Recognized | Unrecognized): Exclude<Outcome, Incomplete> {
  if (outcome.status === 'unknown') return { status: 'malformed', code: 'law.unknown', offset: 0 };
  return { status: 'complete', value: outcome.protocol, size: 1 };
}

export function sniffingParser(matchers: readonly Matcher[] = tcp): Parser<unknown, string> {
  const sniffer = createSniffer(matchers);
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
export const connections: readonly Uint8Array[] = sample(
  [...prereadRefusals, ...prereadAcceptances, ...prereadEnds].map((row) => row.bytes).filter(({ length }) => length < 2000),
  7,
);
function composite(name: string, options: PrereadOptions): Decoder {
  return {
    name,
    reads: 'connection',
    decode: (input) => plain(preread(input, options)),
    createParser: () => createPreread(options),
    vectors: connections,
    isComposite: true,
  };
}

export const decoders: readonly Decoder[] = [
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
    reads: 'client flight',
    decode: decodeRecord,
    vectors: [...flights, ...alerts, bytes(23, 3, 3, 0, 0), bytes(23, 3, 3, 0x48, 1)],
  },
  {
    name: 'decodeClientHello',
    reads: 'client flight',
    decode: (input) => plain(decodeClientHello(input)),
    createParser: () => createClientHelloParser(),
    vectors: flights,
  },
  {
    name: 'decodeClientHello within 300 bytes',
    reads: 'client flight',
    decode: (input) => plain(decodeClientHello(input, { maxBytes: 300 })),
    createParser: () => createClientHelloParser({ maxBytes: 300 }),
    vectors: flights,
  },
  {
    name: 'decodeClientHelloMessage',
    reads: 'hello message',
    decode: (input) => plain(decodeClientHelloMessage(input)),
    vectors: flights.filter((flight) => flight[0] === 22).map((flight) => flight.subarray(5)),
  },
  { name: 'readServerName', reads: 'client flight', decode: (input) => readServerName(input), vectors: flights },
  {
    name: 'readServerName within 300 bytes',
    reads: 'client flight',
    decode: (input) => readServerName(input, { maxBytes: 300 }),
    vectors: flights,
  },
  {
    name: 'decodeServerHello',
    reads: 'server flight',
    decode: (input) => decodeServerHello(input),
    createParser: () => createServerHelloParser(),
    vectors: answers,
    answerAtEnd: lastWarning,
  },
  {
    name: 'decodeServerHello within 100 bytes',
    reads: 'server flight',
    decode: (input) => decodeServerHello(input, { maxBytes: 100 }),
    createParser: () => createServerHelloParser({ maxBytes: 100 }),
    vectors: sample(answers, 3),
    answerAtEnd: lastWarning,
  },
  { name: 'decodeAlert', reads: 'server flight', decode: decodeAlert, vectors: [...alerts, ...flights.slice(0, 20)] },
  {
    name: 'decodeProxyHeader',
    reads: 'PROXY header',
    decode: (input) => decodeProxyHeader(input),
    createParser: () => createProxyParser(),
    vectors: proxyHeaders,
  },
  {
    name: 'decodeProxyHeader with all that its options let pass',
    reads: 'PROXY header',
    decode: (input) => decodeProxyHeader(input, lenient),
    createParser: () => createProxyParser(lenient),
    vectors: smallProxyHeaders,
  },
  {
    name: 'decodeProxyHeader within 50 bytes',
    reads: 'PROXY header',
    decode: (input) => decodeProxyHeader(input, { maxBytes: 50 }),
    createParser: () => createProxyParser({ maxBytes: 50 }),
    vectors: smallProxyHeaders,
  },
  { name: 'decodeProxyV1', reads: 'PROXY header', decode: (input) => decodeProxyV1(input), vectors: smallProxyHeaders },
  { name: 'decodeProxyV2', reads: 'PROXY header', decode: (input) => decodeProxyV2(input), vectors: smallProxyHeaders },
  {
    name: 'decodeRequestHead',
    reads: 'request head',
    decode: (input) => decodeRequestHead(input),
    createParser: () => createRequestHeadParser(),
    vectors: heads.filter((head) => head.length < 5000),
  },
  {
    name: 'decodeRequestHead with LF alone, within 60 bytes and 25 a line',
    reads: 'request head',
    decode: (input) => decodeRequestHead(input, { allowBareLf: true, maxBytes: 60, maxLineBytes: 25 }),
    createParser: () => createRequestHeadParser({ allowBareLf: true, maxBytes: 60, maxLineBytes: 25 }),
    vectors: smallHeads,
  },
  {
    name: 'sniff',
    reads: 'opening',
    decode: (input) => asDecoded(sniff(input, tcp)),
    createParser: () => sniffingParser(),
    vectors: openings,
  },
  {
    name: 'sniff for every protocol, weak ones too',
    reads: 'opening',
    decode: (input) => asDecoded(sniff(input, everyMatcher)),
    createParser: () => sniffingParser(everyMatcher),
    vectors: sample(openings, 3),
  },
];
