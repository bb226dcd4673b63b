import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import {
  createProxyParser,
  decodeProxyHeader,
  decodeProxyV1,
  decodeProxyV2,
  proxyHeaderCodes,
  proxyV1Codes,
  proxyV2Codes,
  tlvCodes,
} from '../../src/proxy/index.ts';
import { lengthsOf } from '../lengths.ts';
import { same } from '../same.ts';
import { bytes, concat } from '../vectors/build.ts';
import {
  awsHeader,
  proxyAcceptances,
  proxyOptions,
  proxyRefusals,
  proxyV1,
  proxyV2,
  proxyV2Signature,
  tlv,
} from '../vectors/proxy.ts';
import type { ProxyAcceptance, ProxyRefusal } from '../vectors/proxy.ts';
import { acceptedAnswers, acceptedOutcome, answers, refusedAnswers } from './rows.ts';

/** What follows a header, made to look like more of one. */
const PAYLOAD = bytes(' 2\r\n\r\n', tlv(0x04), proxyV2(), proxyV1('UNKNOWN'));

const rows: readonly (ProxyRefusal | ProxyAcceptance)[] = [...proxyRefusals, ...proxyAcceptances];

/** One test for all rows of a clause: a test for each, as the versions have, takes longer than what it tests. */
const clauses = [...new Set(rows.map(({ clause }) => clause))];
const rowsOf = (clause: string): (ProxyRefusal | ProxyAcceptance)[] => rows.filter((row) => row.clause === clause);

/** What a row comes to, and how many bytes it takes. */
function verdictOf(row: ProxyRefusal | ProxyAcceptance): { outcome: unknown; decidedAt: number } {
  if (!('code' in row)) return { outcome: acceptedOutcome(row), decidedAt: row.size ?? row.bytes.length };
  const { code, offset, decidedAt = row.bytes.length } = row;
  return { outcome: { status: 'malformed', code, offset }, decidedAt };
}

describe('decodeProxyHeader says what the decoder of the version says', () => {
  test.each(clauses)('%s', (clause) => {
    for (const row of rowsOf(clause)) {
      const given = concat([row.bytes, PAYLOAD]);
      const expected = 'code' in row ? refusedAnswers(row) : acceptedAnswers(row);
      same(answers((input) => decodeProxyHeader(input, proxyOptions(row)), given), expected, row.input);
    }
  });

  test('whatever the bytes are', () => {
    const tail = fc.uint8Array({ maxLength: 40 });
    const begun = fc
      .tuple(fc.constantFrom(...rows.map((row) => row.bytes.subarray(0, 300))), fc.nat(), tail)
      .map(([known, at, other]) => concat([known.subarray(0, at % (known.length + 1)), other]));
    fc.assert(
      fc.property(fc.oneof(begun, tail), fc.constantFrom(undefined, 20, 40), (input, maxBytes) => {
        const own = input[0] === 0x0d ? decodeProxyV2 : decodeProxyV1;
        same(decodeProxyHeader(input, { maxBytes }), own(input, { maxBytes }));
      }),
      { numRuns: 3000 },
    );
  });

  test('and neither takes a header of the other', () => {
    const refused = { status: 'malformed', code: 'proxy.not_proxy', offset: 0 };
    for (const row of rows.filter(({ maxBytes }) => maxBytes === undefined)) {
      const other = row.version === 1 ? decodeProxyV2 : decodeProxyV1;
      if (row.bytes[0] === (row.version === 1 ? 0x50 : 0x0d)) same(other(row.bytes), refused);
    }
    expect(decodeProxyV1(proxyV2Signature.subarray(0, 1))).toEqual(refused);
    expect(decodeProxyV2(bytes('P'))).toEqual(refused);
  });

  test('of no bytes, nothing', () => {
    for (const decode of [decodeProxyHeader, decodeProxyV1, decodeProxyV2]) {
      expect(decode(bytes())).toStrictEqual({ status: 'incomplete', needed: 1 });
    }
  });
});

describe('the codes', () => {
  const pinned = new Set<string>(proxyRefusals.map(({ code }) => code));

  const listed: readonly string[] = [...proxyHeaderCodes, ...proxyV1Codes, ...proxyV2Codes, ...tlvCodes];

  test.each(listed)('%s is the verdict on a row', (code) => {
    // Only a stream that ends is truncated, which no row is: the parser's tests pin that.
    expect(pinned.has(code)).toBe(code !== 'proxy.header.truncated');
  });

  test('are listed, each once', () => {
    expect(new Set(listed).size).toBe(listed.length);
    for (const { code, version } of proxyRefusals) {
      const own: readonly string[] =
        version === 1 ? [...proxyHeaderCodes, ...proxyV1Codes] : [...proxyHeaderCodes, ...proxyV2Codes, ...tlvCodes];
      expect(own).toContain(code);
    }
  });
});

describe('maxBytes', () => {
  const line = proxyV1('TCP4 192.0.2.1 198.51.100.1 56324 443');
  const unknown = bytes('PROXY UNKNOWN'.padEnd(105), '\r\n');
  const bounds = Array.from({ length: 121 }, (_, maxBytes) => maxBytes);

  /** Below the size of a well-formed header, the limit is the verdict, at this offset and with so many bytes. */
  const law = (input: Uint8Array, maxBytes: number, offset: number, decidedAt: number): void => {
    const decode = (given: Uint8Array) => decodeProxyHeader(given, { maxBytes });
    const end = maxBytes < input.length ? decidedAt : input.length;
    const outcome =
      maxBytes < input.length ? { status: 'malformed', code: 'proxy.header.limit', offset } : decodeProxyHeader(input);
    const waiting = end === 0 ? [] : [{ from: 0, until: end }];
    same(answers(decode, concat([input, PAYLOAD])), [...waiting, { from: end, outcome }]);
  };

  test('0 to 120, of a line of 45 bytes and one of 107: at maxBytes', () => {
    expect([line.length, unknown.length]).toEqual([45, 107]);
    for (const input of [line, unknown]) {
      expect(decodeProxyHeader(input)).toMatchObject({ status: 'complete', size: input.length });
      for (const maxBytes of bounds) law(input, maxBytes, maxBytes, maxBytes);
    }
  });

  test('0 to 120, of version 2 with 28, 100 and 16 bytes: at the length, once it is there', () => {
    for (const input of [proxyV2(), awsHeader, proxyV2({ verCmd: 0x20, fam: 0 })]) {
      expect(decodeProxyHeader(input)).toMatchObject({ status: 'complete', size: input.length });
      for (const maxBytes of bounds) {
        const offset = Math.min(maxBytes, 14);
        law(input, maxBytes, offset, maxBytes < 16 ? offset : 16);
      }
    }
  });

  const sized = (size: number): Uint8Array => proxyV2({ tlvs: tlv(0x04, new Uint8Array(size - 31)) });
  const verdict = (size: number, maxBytes: number | undefined): unknown => {
    const outcome = decodeProxyHeader(sized(size), { maxBytes });
    return outcome.status === 'malformed' ? [outcome.code, outcome.offset] : outcome.status;
  };

  test.each([
    ['4096 unless given', undefined, 4096],
    ['4096.9: whole bytes', 4096.9, 4096],
    ['100', 100, 100],
    ['65550', 65550, 65550],
  ])('%s', (_, maxBytes, largest) => {
    expect(verdict(largest, maxBytes)).toBe('complete');
    expect(verdict(largest + 1, maxBytes)).toEqual(['proxy.header.limit', 14]);
    if (maxBytes === undefined) expect(decodeProxyHeader(sized(4097))).toMatchObject({ code: 'proxy.header.limit' });
  });

  test.each([65551, 65552, 1e9, Infinity])('%d takes the longest header there is', (maxBytes) => {
    expect(verdict(65551, maxBytes)).toBe('complete');
    const parser = createProxyParser({ maxBytes });
    expect(parser.push(sized(65551).subarray(0, 16))).toEqual({ status: 'incomplete', needed: 65535 });
  });

  test.each([Number.NaN, 0.5, 0, -0, -1, -Infinity])('%d takes nothing', (maxBytes) => {
    for (const input of [bytes(), line, proxyV2(), bytes('GET')]) {
      const outcome = { status: 'malformed', code: 'proxy.header.limit', offset: 0 };
      expect(decodeProxyHeader(input, { maxBytes })).toStrictEqual(outcome);
      expect(createProxyParser({ maxBytes }).push(input)).toStrictEqual(outcome);
    }
  });

  test('no option is the same as undefined', () => {
    for (const input of [line, awsHeader, proxyV1('TCP6 1.2.3.4 ::1 1 2'), proxyV2({ tlvs: tlv(0x03, 0, 0, 0, 0) })]) {
      const given = decodeProxyHeader(input);
      const nothing = { maxBytes: undefined, verifyCrc32c: undefined, allowIPv4InTcp6: undefined };
      expect(decodeProxyHeader(input, {})).toStrictEqual(given);
      expect(decodeProxyHeader(input, nothing)).toStrictEqual(given);
      expect(createProxyParser(nothing).push(input)).toStrictEqual(given);
    }
  });
});

describe('createProxyParser', () => {
  describe('in two chunks or byte by byte: the answer of the row, or truncated where the stream ends before', () => {
    test.each(clauses)('%s', (clause) => {
      for (const row of rowsOf(clause)) cutInTwo(row);
      for (const row of rowsOf(clause)) byteByByte(row);
    });

    function cutInTwo(row: ProxyRefusal | ProxyAcceptance): void {
      const { outcome, decidedAt } = verdictOf(row);
      const options = proxyOptions(row);
      // At every fourth byte, and around the one that decides: byteByByte stops at all of them.
      for (const cut of lengthsOf(row.bytes.length, 300, 300, 997)) {
        if (cut % 4 !== 0 && Math.abs(cut - decidedAt) > 1) continue;
        const [before, behind] = [row.bytes.slice(0, cut), row.bytes.slice(cut)];
        const parser = createProxyParser(options);
        const first = parser.push(before);
        same(first, decodeProxyHeader(before, options), row.input);
        same(first.status === 'incomplete', cut < decidedAt, row.input);
        same([parser.push(behind), parser.end()], [outcome, outcome], row.input);
        same(parser.bytes, cut < decidedAt ? row.bytes : before, row.input);
        if (cut >= decidedAt) continue;

        const ended = createProxyParser(options);
        ended.push(before);
        const end = ended.end();
        same(end, { status: 'malformed', code: 'proxy.header.truncated', offset: cut }, row.input);
        same([ended.push(behind) === end, ended.end() === end, ended.bytes], [true, true, before], row.input);
      }
    }

    function byteByByte(row: ProxyRefusal | ProxyAcceptance): void {
      const { outcome, decidedAt } = verdictOf(row);
      const parser = createProxyParser(proxyOptions(row));
      for (let sent = 1; sent <= decidedAt; sent++) {
        const { status } = parser.push(row.bytes.subarray(sent - 1, sent));
        if ((status === 'incomplete') !== sent < decidedAt) expect.fail(`${row.input}: ${status} after ${sent} bytes`);
      }
      const final = parser.push(bytes());
      same(final, outcome, row.input);
      same([parser.push(PAYLOAD) === final, parser.end() === final], [true, true], row.input);
      same(parser.bytes, row.bytes.slice(0, decidedAt), row.input);
    }
  });

  it('ends without a push', () => {
    const parser = createProxyParser();
    expect(parser.bytes).toStrictEqual(bytes());
    expect(parser.end()).toStrictEqual({ status: 'malformed', code: 'proxy.header.truncated', offset: 0 });
  });

  it('waits through empty chunks', () => {
    const parser = createProxyParser();
    for (const byte of awsHeader.subarray(0, 99)) {
      expect(parser.push(bytes()).status).toBe('incomplete');
      expect(parser.push(bytes(byte)).status).toBe('incomplete');
    }
    expect(parser.push(bytes())).toStrictEqual({ status: 'incomplete', needed: 1 });
    expect(parser.push(bytes(0))).toMatchObject({ status: 'complete', size: 100 });
  });

  it('keeps the payload of the deciding chunk, and nothing of later ones', () => {
    const parser = createProxyParser();
    parser.push(awsHeader.subarray(0, 50));
    const answer = parser.push(bytes(awsHeader.subarray(50), 'GET / '));
    expect(answer).toMatchObject({ status: 'complete', size: 100 });
    expect(parser.push(bytes('HTTP/1.1'))).toBe(answer);
    expect(parser.bytes).toStrictEqual(bytes(awsHeader, 'GET / '));
  });

  it('never holds the chunk of the caller', () => {
    const parser = createProxyParser();
    const chunk = new Uint8Array(1);
    let answer;
    for (const byte of awsHeader) {
      chunk[0] = byte;
      answer = parser.push(chunk);
      chunk[0] = 0xff;
    }
    expect(answer).toStrictEqual(decodeProxyHeader(awsHeader));
    const whole = Uint8Array.from(awsHeader);
    const once = createProxyParser().push(whole);
    whole.fill(0xff);
    expect(once).toStrictEqual(decodeProxyHeader(awsHeader));
  });

  it("gives bytes that are the caller's to change or transfer", () => {
    const parser = createProxyParser();
    parser.push(awsHeader.subarray(0, 40));
    parser.bytes.fill(0xff);
    const answer = parser.push(awsHeader.subarray(40));
    structuredClone(parser.bytes, { transfer: [parser.bytes.buffer] });
    parser.bytes.fill(0);
    expect(answer).toStrictEqual(decodeProxyHeader(awsHeader));
    expect(parser.bytes).toStrictEqual(awsHeader);
  });

  it('shows no Buffer, though it was given them', () => {
    const parser = createProxyParser();
    parser.push(Buffer.from(awsHeader.subarray(0, 7)));
    const answer = parser.push(Buffer.from(awsHeader.subarray(7)));
    if (answer.status !== 'complete') throw new Error(answer.status);
    for (const view of [parser.bytes, ...answer.value.tlvs.map(({ value }) => value)]) {
      expect(Object.getPrototypeOf(view) === Uint8Array.prototype).toBe(true);
    }
    expect(structuredClone(answer)).toStrictEqual(answer);
  });

  it('takes chunks of another realm, and refuses what is no array of bytes', () => {
    const foreign = runInNewContext('Uint8Array.from(sent)', { sent: [...awsHeader] }) as Uint8Array;
    expect(foreign instanceof Uint8Array).toBe(false);
    expect(createProxyParser().push(foreign)).toStrictEqual(decodeProxyHeader(awsHeader));
    expect(decodeProxyHeader(foreign)).toStrictEqual(decodeProxyHeader(awsHeader));
    for (const wrong of ['PROXY', [80], null, undefined, new ArrayBuffer(4)]) {
      expect(() => createProxyParser().push(wrong as unknown as Uint8Array)).toThrow(TypeError);
      expect(() => decodeProxyHeader(wrong as unknown as Uint8Array)).toThrow(TypeError);
    }
  });

  it('waits with no more bytes than maxBytes, however they come', () => {
    for (const maxBytes of [16, 60, 107, 500]) {
      for (const size of [1, 7, 50]) {
        for (const begun of [bytes('PROXY UNKNOWN '), proxyV2({ fam: 0, length: maxBytes - 16 }).subarray(0, 15)]) {
          const parser = createProxyParser({ maxBytes });
          let longest = 0;
          for (let answer = parser.push(begun); answer.status === 'incomplete'; ) {
            longest = parser.bytes.length;
            answer = parser.push(new Uint8Array(size));
          }
          expect(longest).toBeGreaterThanOrEqual(begun.length);
          expect(longest).toBeLessThanOrEqual(maxBytes);
        }
      }
    }
  });
});

test('a parser keeps to the options that it was made with', () => {
  const options = { maxBytes: 20, verifyCrc32c: true };
  const parser = createProxyParser(options);
  options.maxBytes = 4096;
  const outcome = parser.push(proxyV2());
  expect(outcome).toStrictEqual({ status: 'malformed', code: 'proxy.header.limit', offset: 14 });
});
