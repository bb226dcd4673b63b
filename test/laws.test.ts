/**
 * The laws of the design, each over every decoder, every vector and its mutations. A decoder that is born joins
 * `decoders`. `PREREAD_RUNS` sets how many mutations a law tries.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRequestHeadParser, decodeRequestHead } from '../src/http/index.ts';
import { createPreread, preread } from '../src/preread.ts';
import { createProxyParser, decodeProxyHeader, decodeTlv, encodeProxyV1, encodeProxyV2, encodeTlv } from '../src/proxy/index.ts';
import type { ProxyHeader, Tlv } from '../src/proxy/index.ts';
import {
  createClientHelloParser,
  createServerHelloParser,
  decodeAlert,
  decodeClientHello,
  decodeExtension,
  decodeServerHello,
  encodeAlert,
  readServerName,
} from '../src/tls/index.ts';
import type { Parser } from '../src/tls/index.ts';
import { mutated } from './generators/mutate.ts';
import { ipEndpoints, proxyHeaderInputs } from './generators/proxy.ts';
import { answers, connections, decoders, flights, proxyHeaders, smallHeads, sniffingParser } from './laws/decoders.ts';
import type { Decoder, Outcome } from './laws/decoders.ts';
import { agreement, chunking, encodedAgain, final, needed, position, total } from './laws/laws.ts';
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
import { certificateMessage, serverHello, serverMessage, serverRefusals } from './vectors/server.ts';

/** A vector with up to four changes, or bytes at random. */
function inputs({ vectors }: Decoder): fc.Arbitrary<Uint8Array> {
  return fc.oneof(
    { weight: 9, arbitrary: mutated(fc.constantFrom(...vectors)) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 80 }) },
  );
}

/** Lengths at which to look at an input: all of a short one, and of a long one the ends and a sample between. */
function beginningsOf(input: Uint8Array): number[] {
  return isThorough ? lengthsOf(input.length, 500, 100, 37) : lengthsOf(input.length, 100, 30, 41);
}

describe.each(decoders)('$name', (decoder) => {
  const check = (law: (input: Uint8Array) => void): void => {
    for (const vector of decoder.vectors) law(vector);
    fc.assert(fc.property(inputs(decoder), law), { numRuns });
  };

  test('1 Final: once complete or malformed, more bytes never change the answer', () => {
    check((input) => final(decoder, input, beginningsOf(input)));
  });

  test('2 Needed: fewer than needed more bytes never decide, whatever they are', () => {
    check((input) => needed(decoder, input, beginningsOf(input)));
  });

  test('3 Chunking: any split gives the one-shot answer, offsets included', () => {
    for (const vector of decoder.vectors) {
      chunking(decoder, vector, []);
      chunking(decoder, vector, beginningsOf(vector)); // chunks of one byte
    }
    const cuts = fc.array(fc.nat(), { maxLength: 12 });
    fc.assert(fc.property(inputs(decoder), cuts, (input, at) => chunking(decoder, input, at)), { numRuns });
  });

  test('4 Position: the same bytes anywhere, as Buffer or Uint8Array, give the same answer', () => {
    check((input) => position(decoder, input));
  });

  test('5 Total: no throw, offset and size within the input, the input unchanged', () => {
    check((input) => total(decoder, input));
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

  const latin1 = fc.integer({ min: 1, max: 255 }).map((code) => String.fromCharCode(code));
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

  function decodeWhole(bytes: Uint8Array): ProxyHeader {
    const outcome = decodeProxyHeader(bytes);
    if (outcome.status !== 'complete' || outcome.size !== bytes.length) throw new Error(JSON.stringify(outcome));
    return outcome.value;
  }

  test('decodeProxyHeader(encodeProxyV2(x)) is x, and encodeProxyV2(decodeProxyHeader(b)) is b, checksum and all', () => {
    fc.assert(
      fc.property(proxyHeaderInputs, fc.boolean(), fc.integer({ min: 1, max: 64 }), (input, crc32c, alignment) => {
        const bytes = encodeProxyV2(input, { crc32c, alignment });
        const header = decodeWhole(bytes);
        same(encodeProxyV2(header), bytes);
        const isIP = input.source !== undefined && 'address' in input.source;
        const isMixed = isIP && input.source.family !== input.destination?.family;
        expect(header.command).toBe(input.command);
        expect(header.transport).toBe(input.source === undefined ? 'unspecified' : input.transport);
        same(header.tlvs.slice(0, input.tlvs?.length), input.tlvs);
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
      fc.property(ipEndpoints, (input) => {
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
    for (const header of proxyHeaders) encodedAgain(header);
    fc.assert(fc.property(inputs(decoders.find(({ name }) => name === 'decodeProxyHeader')!), encodedAgain), { numRuns });
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
  const agree = (input: Uint8Array): void => agreement(input, [undefined, 100, input.length]);
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
          agreement(changed, [undefined]);
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
