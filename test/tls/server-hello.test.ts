import { createHash } from 'node:crypto';
import { describe, expect, it, test } from 'vitest';
import type { Decoded } from '../../src/decoded.ts';
import {
  alertCodes,
  alertDescriptions,
  createServerHelloParser,
  decodeServerHello,
  handshakeCodes,
  recordCodes,
  serverHelloCodes,
} from '../../src/tls/index.ts';
import type { Alert, Parser, ServerAnswer, ServerHello } from '../../src/tls/index.ts';
import { lengthsOf } from '../lengths.ts';
import { same } from '../same.ts';
import { bytes, concat, extension, handshake, record, records, vector16 } from '../vectors/build.ts';
import {
  certificateMessage,
  recordedAnswers,
  serverAcceptances,
  serverEnds,
  serverHello,
  serverMessage,
  serverRefusals,
  vector24,
  warning,
} from '../vectors/server.ts';

type Answer = Decoded<ServerAnswer, string>;

interface Row {
  readonly bytes: Uint8Array;
  readonly maxBytes?: number;
}

const options = ({ maxBytes }: Row): { maxBytes: number } | undefined =>
  maxBytes === undefined ? undefined : { maxBytes };

/** Decodes, wherever the bytes lie: those of tests begin at odd positions of their memory. */
function decode(row: Row, length: number): Answer {
  const memory = new Uint8Array(length + 9).fill(0x16);
  memory.set(row.bytes.subarray(0, length), 7);
  return decodeServerHello(memory.subarray(7, 7 + length), options(row));
}

/** Pushes in chunks that end at these lengths, each in memory that is overwritten at once; gives each answer. */
function stream(row: Row, ends: readonly number[]): { answers: Answer[]; parser: Parser<ServerAnswer, string> } {
  const parser = createServerHelloParser(options(row));
  const answers: Answer[] = [];
  let from = 0;
  for (const to of ends) {
    const chunk = row.bytes.slice(from, to);
    answers.push(parser.push(chunk));
    chunk.fill(0xee);
    from = to;
  }
  return { answers, parser };
}

/** All lengths of a beginning, but of long bytes. */
function beginningsOf(row: Row): number[] {
  return lengthsOf(row.bytes.length, 160, 30, Math.max(19, row.bytes.length >> 6));
}

/** The answer at every length: undecided before `decidedAt`, and from there on as given; whole and streamed. */
function checkEveryLength(row: Row, decidedAt: number, expected: Answer): void {
  const { length } = row.bytes;
  const lengths = [...new Set([...beginningsOf(row), Math.max(0, decidedAt - 1), decidedAt])].sort((a, b) => a - b);
  const outcomes = new Map(lengths.map((at) => [at, decode(row, at)]));
  for (const [at, outcome] of outcomes) {
    if (at >= decidedAt) same(outcome, expected, `${at} of ${length} bytes`);
    else if (outcome.status !== 'incomplete') expect.fail(`${outcome.status} at ${at}, before ${decidedAt}`);
    else if (!(outcome.needed >= 1 && at + outcome.needed <= decidedAt)) {
      expect.fail(`${outcome.needed} more needed at ${at}`);
    }
  }

  // One chunk, chunks of one byte, and two cuts: the middle of what comes before another.
  const cuts = [[length], lengths, ...lengths.filter((_, i) => i % 9 === 0).map((at) => [at >> 1, at, length])];
  for (const ends of cuts) {
    const { answers, parser } = stream(row, ends);
    const deciding = ends.findIndex((end) => end >= decidedAt);
    for (const [i, answer] of answers.entries()) {
      if (i < deciding) same(answer, outcomes.get(ends[i]!) ?? decode(row, ends[i]!));
      else if (i === deciding) same(answer, expected, `streamed, cut at ${String(ends)}`);
      else if (answer !== answers[deciding]) expect.fail('another answer than the final one');
    }
    expect(parser.end()).toBe(answers[deciding]);
    same(parser.bytes, row.bytes.slice(0, ends[deciding]));
  }
}

/** The warnings that the first `length` bytes consist of, or undefined where there is more, or less. */
function warningsOf(flight: Uint8Array, length: number): Alert['description'][] | undefined {
  const warnings: Alert['description'][] = [];
  for (let at = 0; at < length; at += 7) {
    if (at + 7 > length || flight[at] !== 21) return undefined;
    const code = flight[at + 6]!;
    warnings.push(Object.hasOwn(alertDescriptions, code) ? alertDescriptions[code as 112] : code);
  }
  return length === 0 ? undefined : warnings;
}

/** `end()` of every beginning that decides nothing. */
function checkEnds(row: Row, decidedAt: number): void {
  for (const length of beginningsOf(row).filter((at) => at < decidedAt)) {
    const { parser } = stream(row, [length >> 1, length]);
    const end = parser.end();
    const warnings = warningsOf(row.bytes, length);
    if (warnings === undefined) same(end, { status: 'malformed', code: 'tls.server_hello.truncated', offset: length });
    else {
      const description = warnings.pop()!;
      same(end, { status: 'complete', value: { kind: 'alert', level: 'warning', description, warnings }, size: length });
    }
    const repeated = [parser.end(), parser.push(row.bytes.subarray(length))];
    if (repeated.some((answer) => answer !== end)) expect.fail('another answer than the final one');
    same(parser.bytes, row.bytes.slice(0, length));
  }
}

describe('refusals', () => {
  test.each(serverRefusals)('$clause: $input', (row) => {
    const { code, offset, decidedAt = row.bytes.length } = row;
    checkEveryLength(row, decidedAt, { status: 'malformed', code, offset });
    checkEnds(row, decidedAt);
  });
});

describe('acceptances', () => {
  test.each(serverAcceptances)('$clause: $input', (row) => {
    const { value, size = row.bytes.length, decidedAt = size } = row;
    checkEveryLength(row, decidedAt, { status: 'complete', value, size });
    checkEnds(row, decidedAt);
  });
});

describe('ends', () => {
  test.each(serverEnds)('$clause: $input', (row) => {
    const { end } = row;
    const { parser } = stream(row, [row.bytes.length]);
    expect(decodeServerHello(row.bytes).status).toBe('incomplete');
    expect(parser.end()).toEqual(
      'code' in end ? { status: 'malformed', ...end } : { status: 'complete', value: end, size: row.bytes.length },
    );
    checkEnds(row, row.bytes.length + 1);
  });

  it('needs no push', () => {
    const parser = createServerHelloParser();
    expect(parser.bytes).toEqual(new Uint8Array(0));
    expect(parser.end()).toEqual({ status: 'malformed', code: 'tls.server_hello.truncated', offset: 0 });
  });

  it('says of a limit what it is', () => {
    const parser = createServerHelloParser({ maxBytes: 7 });
    expect(parser.push(warning(112))).toEqual({ status: 'malformed', code: 'tls.handshake.limit', offset: 7 });
    expect(parser.end()).toEqual({ status: 'malformed', code: 'tls.handshake.limit', offset: 7 });
  });
});

describe('rows', () => {
  const extensionCodes = [
    'tls.extension.length',
    'tls.extension.duplicate',
    'tls.key_share.length',
    'tls.key_share.empty',
    'tls.cookie.length',
    'tls.cookie.empty',
    'tls.application_layer_protocol_negotiation.length',
    'tls.application_layer_protocol_negotiation.empty',
    'tls.supported_versions.length',
    'tls.server_certificate_type.length',
  ];

  it('are there for every code, and no other', () => {
    const endCodes = serverEnds.flatMap(({ end }) => ('code' in end ? [end.code] : []));
    const codes = new Set([...serverRefusals.map(({ code }) => code), ...endCodes]);
    const all = [...serverHelloCodes, ...recordCodes, ...handshakeCodes, ...alertCodes, ...extensionCodes];
    expect([...codes].sort()).toEqual(all.sort());
  });

  it('say each of something else', () => {
    const all = [...serverRefusals, ...serverAcceptances, ...serverEnds];
    const titles = all.map(({ clause, input }) => `${clause}: ${input}`);
    expect(new Set(titles).size).toBe(titles.length);
  });
});

const flight12 = concat([
  warning(112),
  serverHello({
    sessionId: [3, 7, 8, 9],
    extensions: [extension(999, 1, 2), extension(16, vector16(2, 'h2'))],
  }),
  record(certificateMessage(bytes(0x30, 1, 0xaa), bytes(0x30, 0))),
]);

function answerIn(outcome: Answer): ServerHello {
  if (outcome.status !== 'complete' || outcome.value.kind !== 'server_hello') throw new Error(JSON.stringify(outcome));
  return outcome.value;
}

function viewsOf(value: unknown): Uint8Array[] {
  if (ArrayBuffer.isView(value)) return [value as Uint8Array];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(viewsOf) : [];
}

describe('the value', () => {
  it('gives every field', () => {
    expect(decodeServerHello(flight12)).toEqual({
      status: 'complete',
      value: {
        kind: 'server_hello',
        version: 0x0303,
        legacyVersion: 0x0303,
        random: new Uint8Array(32).fill(0x52),
        sessionId: bytes(7, 8, 9),
        cipherSuite: 0xc02f,
        compressionMethod: 0,
        extensions: [
          { type: 999, data: bytes(1, 2) },
          { type: 16, data: bytes(0, 3, 2, 'h2') },
        ],
        group: undefined,
        alpnProtocol: 'h2',
        certificates: [bytes(0x30, 1, 0xaa), bytes(0x30, 0)],
        warnings: ['unrecognized_name'],
      },
      size: flight12.length,
    });
  });

  const values = serverAcceptances.map((row) => ({
    ...row,
    outcome: decodeServerHello(Buffer.from(row.bytes), options(row)),
  }));

  test.each(values)('is plain data, given a Buffer: $input', ({ outcome }) => {
    if (outcome.status !== 'complete') throw new Error(outcome.status);
    same(structuredClone(outcome.value), outcome.value);
    expect(Object.getPrototypeOf(outcome.value)).toBe(Object.prototype);
    for (const view of viewsOf(outcome.value)) expect(Object.getPrototypeOf(view)).toBe(Uint8Array.prototype);
  });

  it('holds views of the bytes where a message came in one record', () => {
    const reused = Uint8Array.from(flight12);
    const { random, sessionId, extensions, certificates, alpnProtocol } = answerIn(decodeServerHello(reused));
    for (const view of viewsOf([random, sessionId, extensions, certificates])) expect(view.buffer).toBe(reused.buffer);
    reused.fill(0xff);
    expect(certificates).toEqual([bytes(0xff, 0xff, 0xff), bytes(0xff, 0xff)]);
    expect(alpnProtocol).toBe('h2');
  });

  it('lies over memory of its own when its messages came in several records, or through a parser', () => {
    const fragmented = records(concat([serverMessage({ sessionId: [1, 9] }), certificateMessage('a', 'bc')]), 7);
    const expected = structuredClone(answerIn(decodeServerHello(fragmented)));
    expect(expected.certificates).toEqual([bytes('a'), bytes('bc')]);
    const value = answerIn(decodeServerHello(fragmented));
    const chunk = Uint8Array.from(fragmented);
    const parser = createServerHelloParser();
    const pushed = answerIn(parser.push(chunk));
    fragmented.fill(0);
    chunk.fill(0);
    parser.bytes.fill(0);
    expect(value).toEqual(expected);
    expect(pushed).toEqual(expected);
  });

  it('outlives the growth of what a parser keeps', () => {
    // The hello is decoded long before the certificates are there.
    const certificate = certificateMessage(new Uint8Array(9000).fill(3));
    const flight = concat([warning(112), serverHello(), records(certificate, 700)]);
    const expected = decodeServerHello(flight);
    const parser = createServerHelloParser();
    const chunk = new Uint8Array(1);
    let answer: Answer | undefined;
    for (const byte of flight) {
      chunk[0] = byte;
      answer = parser.push(chunk);
    }
    same(answer, expected);
  });

  it('has warnings of its own', () => {
    const parser = createServerHelloParser();
    expect(parser.warnings).toEqual([]);
    parser.push(concat([warning(112), warning(90)]));
    expect(parser.warnings).toEqual(['unrecognized_name', 'user_canceled']);
    expect(parser.warnings).not.toBe(parser.warnings);
    const end = parser.end();
    expect(end).toMatchObject({ value: { description: 'user_canceled', warnings: ['unrecognized_name'] } });
  });

  it('takes arrays of another realm and refuses what is no array of bytes', () => {
    const view = new DataView(flight12.buffer, flight12.byteOffset, flight12.byteLength) as unknown as Uint8Array;
    expect(decodeServerHello(view)).toEqual(decodeServerHello(flight12));
    expect(createServerHelloParser().push(view)).toEqual(decodeServerHello(flight12));
    expect(() => decodeServerHello('no bytes' as unknown as Uint8Array)).toThrow(TypeError);
    expect(() => createServerHelloParser().push([22, 3, 3] as unknown as Uint8Array)).toThrow(TypeError);
  });

  test.each(Object.entries(alertDescriptions))('names alert %s: %s', (code, description) => {
    const level = Number(code) === 0 ? 'warning' : 'fatal';
    expect(decodeServerHello(bytes(21, 3, 3, 0, 2, level === 'fatal' ? 2 : 1, Number(code)))).toEqual({
      status: 'complete',
      value: { kind: 'alert', level, description, warnings: [] },
      size: 7,
    });
  });
});

describe('needed', () => {
  // RFC 8446 5.1: type, then version, then length; RFC 8446 4: type, then length.
  const flight = concat([serverHello(), record(certificateMessage(new Uint8Array(100)))]);
  test.each([
    [0, 1],
    [1, 1],
    [2, 3],
    [4, 1],
    [5, 1],
    [6, 3],
    [9, 38],
    [46, 1],
    // What is behind a ServerHello of TLS 1.2: a record, a handshake record, a Certificate.
    [47, 1],
    [48, 1],
    [49, 3],
    [52, 1],
    [53, 3],
    [56, 106],
    [161, 1],
  ])('after %i bytes: %i', (length, needed) => {
    expect(decodeServerHello(flight.subarray(0, length))).toEqual({ status: 'incomplete', needed });
  });

  it('goes to the next record header where the fragment ends first', () => {
    const stream = concat([serverMessage(), certificateMessage('abc')]);
    const flight = records(stream, 30);
    expect(decodeServerHello(flight.subarray(0, 20))).toEqual({ status: 'incomplete', needed: 16 });
    // The ServerHello ends at byte 52, the record at 65, and the Certificate has a byte in the next.
    expect(decodeServerHello(flight.subarray(0, 52))).toEqual({ status: 'incomplete', needed: 1 });
    expect(decodeServerHello(flight.subarray(0, 56))).toEqual({ status: 'incomplete', needed: 9 });
  });

  test.each([
    [0, 1],
    [2, 3],
    [5, 1],
    [6, 1],
    [7, 1],
    [8, 1],
    [12, 1],
    [13, 1],
  ])('after %i bytes of alerts: %i', (length, needed) => {
    const alerts = concat([warning(112), warning(0)]);
    expect(decodeServerHello(alerts.subarray(0, length))).toEqual({ status: 'incomplete', needed });
  });
});

describe('createServerHelloParser', () => {
  const flight = recordedAnswers.find(({ name }) => name === 'openssl-tls12-fragments')!.flight;

  it('replays everything up to and including the deciding chunk', () => {
    const parser = createServerHelloParser();
    expect(parser.bytes).toEqual(new Uint8Array(0));
    expect(parser.push(flight.subarray(0, 700)).status).toBe('incomplete');
    expect(parser.bytes).toEqual(flight.slice(0, 700));
    expect(parser.push(flight.subarray(700))).toMatchObject({ status: 'complete', size: 806 });
    expect(parser.bytes).toEqual(flight);
  });

  it('repeats a final answer and keeps nothing of later chunks', () => {
    const parser = createServerHelloParser();
    const answer = parser.push(flight);
    expect(parser.push(flight)).toBe(answer);
    expect(parser.end()).toBe(answer);
    expect(parser.bytes).toEqual(flight);
    const refused = createServerHelloParser();
    const refusal = refused.push(bytes('HTTP'));
    expect(refusal).toEqual({ status: 'malformed', code: 'tls.not_tls', offset: 0 });
    expect(refused.push(flight)).toBe(refusal);
    expect(refused.bytes).toEqual(bytes('HTTP'));
  });

  it("gives bytes that are the caller's to change or transfer", () => {
    const parser = createServerHelloParser();
    parser.push(flight.subarray(0, 300));
    parser.bytes.fill(0xff);
    const answer = parser.push(flight.subarray(300));
    structuredClone(parser.bytes, { transfer: [parser.bytes.buffer] });
    same(answer, decodeServerHello(flight));
    expect(parser.bytes).toEqual(flight);
  });

  it('waits with no more bytes than maxBytes, however they come', () => {
    const maxBytes = 3000;
    const claim = concat([serverHello(), bytes(22, 3, 3, 0x0b, 0x84, 11, 0, 0x0b, 0x80)]);
    for (const size of [1, 7, 1000]) {
      const parser = createServerHelloParser({ maxBytes });
      expect(parser.push(claim)).toEqual({ status: 'incomplete', needed: 2944 });
      for (let sent = claim.length; sent < maxBytes; sent += size) {
        parser.push(new Uint8Array(Math.min(size, maxBytes - sent)));
        if (parser.bytes.length > maxBytes) expect.fail(`${parser.bytes.length} bytes are held`);
      }
      expect(parser.push(bytes()).status).toBe('malformed');
    }
  });

  it('keeps what comes to two connections apart', () => {
    const [one, other] = [createServerHelloParser(), createServerHelloParser()];
    one.push(warning(112));
    other.push(warning(90));
    expect(one.push(serverHello())).toEqual({ status: 'incomplete', needed: 1 });
    expect(other.push(bytes(21, 3, 3, 0, 2, 2, 40))).toMatchObject({ value: { warnings: ['user_canceled'] } });
    expect(one.push(bytes(20))).toMatchObject({ status: 'complete', value: { warnings: ['unrecognized_name'] } });
  });
});

describe('maxBytes', () => {
  const flights = [
    concat([serverHello(), record(certificateMessage('a', 'b'))]),
    record(concat([serverMessage(), certificateMessage('a', 'b')])),
    records(concat([serverMessage(), certificateMessage('a', 'b')]), 9),
    records(concat([serverMessage(), certificateMessage('a', 'b')]), serverMessage().length + 2),
    concat([warning(112), serverHello(), bytes(20)]),
    record(concat([serverMessage(), handshake(bytes(), 14)])),
  ];

  test.each(flights.map((flight) => ({ flight })))('a limit is in force at every byte of $flight.length', ({ flight }) => {
    const whole = decodeServerHello(flight);
    expect(whole.status).toBe('complete');
    for (let maxBytes = 0; maxBytes <= flight.length; maxBytes++) {
      // More than is allowed must never be waited for, and what is there beyond it must not count.
      const outcomes = Array.from({ length: flight.length + 1 }, (_, length) =>
        decodeServerHello(flight.subarray(0, length), { maxBytes }),
      );
      const decidedAt = outcomes.findIndex(({ status }) => status !== 'incomplete');
      expect(decidedAt, `within ${maxBytes} bytes`).toBeLessThanOrEqual(maxBytes);
      for (const [length, outcome] of outcomes.entries()) {
        if (length >= decidedAt) same(outcome, outcomes[decidedAt]);
        else if (outcome.status === 'incomplete' && length + outcome.needed > maxBytes) {
          expect.fail(`${length} and ${outcome.needed} more, of ${maxBytes}`);
        }
      }
      const final = outcomes[decidedAt]!;
      if (final.status === 'complete') same(final, whole);
      else expect(final).toMatchObject({ status: 'malformed', code: 'tls.handshake.limit' });
    }
    same(decodeServerHello(flight, { maxBytes: flight.length }), whole);
  });
});

test('behind a ServerHello, in its record, 21 is a handshake type and no record of an alert', () => {
  for (const next of [handshake(bytes(), 21), bytes(21, 3, 3, 0, 2, 2, 40)]) {
    expect(decodeServerHello(record(concat([serverMessage(), next])))).toMatchObject({
      status: 'complete',
      value: { kind: 'server_hello', certificates: [] },
    });
  }
});

describe('a header of a message that is cut needs another record', () => {
  const certificate = certificateMessage('a');
  const [begun, rest] = [certificate.subarray(0, 2), certificate.subarray(2)];

  test.each([
    ['in a record of its own', concat([serverHello(), record(begun), record(rest)]), serverHello().length + 5],
    ['in that of the ServerHello', concat([record(concat([serverMessage(), begun])), record(rest)]), serverHello().length],
  ] as const)('%s', (_, flight, typeAt) => {
    // Behind the type: the rest of the header, and the header of the record that it goes on in.
    const needed = typeAt + 1 + 3 + 5;
    expect(decodeServerHello(flight.subarray(0, typeAt + 1), { maxBytes: needed }).status).toBe('incomplete');
    for (const length of [typeAt + 1, flight.length]) {
      expect(decodeServerHello(flight.subarray(0, length), { maxBytes: needed - 1 })).toEqual({
        status: 'malformed',
        code: 'tls.handshake.limit',
        offset: typeAt + 1,
      });
    }
  });
});

describe('recorded answers', () => {
  const nameOf = (description: number): Alert['description'] => alertDescriptions[description as 112];
  const sha256 = (der: Uint8Array): string => createHash('sha256').update(der).digest('hex');
  const hexOf = (view: Uint8Array): string => Buffer.from(view).toString('hex');

  test.each(recordedAnswers)('$server, asked for $asked', (recorded) => {
    const { flight, kind, size, alerts, ...fields } = recorded;
    expect(flight.length).toBe(recorded.bytes);
    const outcome = decodeServerHello(flight);
    expect(outcome).toMatchObject({ status: 'complete', size, value: { kind } });
    if (outcome.status !== 'complete') return;
    const { value } = outcome;
    if (value.kind === 'alert') {
      const { level, description } = alerts.at(-1)!;
      const warnings = alerts.slice(0, -1).map((alert) => nameOf(alert.description));
      expect(value).toEqual({ kind, level, description: nameOf(description), warnings });
    } else {
      expect({
        version: value.version,
        cipherSuite: value.cipherSuite,
        group: value.group ?? null,
        sessionId: hexOf(value.sessionId),
        extensions: value.extensions.map(({ type }) => type),
        warnings: value.warnings,
        cookie: value.kind === 'hello_retry_request' && value.cookie !== undefined ? hexOf(value.cookie) : null,
        alpnProtocol: value.kind === 'server_hello' ? (value.alpnProtocol ?? null) : null,
        certificates: value.kind === 'server_hello' ? value.certificates.map(sha256) : [],
      }).toEqual({
        version: fields.version,
        cipherSuite: fields.cipherSuite,
        group: fields.group,
        sessionId: fields.sessionId,
        extensions: fields.extensions,
        warnings: alerts.map(({ description }) => nameOf(description)),
        cookie: fields.cookie,
        alpnProtocol: fields.alpnProtocol,
        certificates: fields.certificates,
      });
    }
    const expected: Answer = outcome;
    const isResumed = value.kind === 'server_hello' && value.version < 0x0304 && value.certificates.length === 0;
    // A session that is resumed is known as one by a record of one byte, or a handshake message by its type.
    const decidedAt = isResumed ? size + (flight[size] === 22 ? 6 : 1) : size;
    checkEveryLength({ bytes: flight }, decidedAt, expected);
    checkEnds({ bytes: flight }, decidedAt);
  });
});

test('a chain of many certificates, and none of them is lost', () => {
  const many = Array.from({ length: 5000 }, (_, i) => bytes(i & 0xff, i >> 8));
  const list = concat(many.map((certificate) => vector24(certificate)));
  const flight = concat([serverHello(), records(handshake(vector24(list), 11), 0x4000)]);
  same(answerIn(decodeServerHello(flight)).certificates, many);
});
