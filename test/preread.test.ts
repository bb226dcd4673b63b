/** The composite: its verdicts, its ends, and what it costs. The laws over it are in laws.test.ts. */
import { describe, expect, expectTypeOf, test } from 'vitest';
import { createPreread, preread, prereadCodes } from '../src/preread.ts';
import type { OtherProtocol, Preread, PrereadCode, PrereadOptions, PrereadParser } from '../src/preread.ts';
import type { Decoded } from '../src/decoded.ts';
import { decodeProxyHeader } from '../src/proxy/index.ts';
import type { Endpoint, ProxyHeader, Tlv } from '../src/proxy/index.ts';
import { http1, prefix, ssh, tcp, tls, web } from '../src/sniff/index.ts';
import type { Matcher, TcpProtocol } from '../src/sniff/index.ts';
import { alertFor } from '../src/tls/index.ts';
import { lengthsOf } from './lengths.ts';
import { plain } from './plain.ts';
import { countReads } from './reads.ts';
import { same } from './same.ts';
import { alpn, bytes, concat, hello, message, realHellos, records, serverName } from './vectors/build.ts';
import { CLIENT, prereadAcceptances, prereadEnds, prereadRefusals } from './vectors/preread.ts';
import type { PrereadAcceptance } from './vectors/preread.ts';
import { proxyV1, proxyV2 } from './vectors/proxy.ts';

const clientOf = (proxy: ProxyHeader | undefined): string | undefined =>
  proxy && (addressOf(proxy.source) ?? 'none');
const addressOf = (end: Endpoint | undefined): string | undefined => (end?.family === 'unix' ? end.path : end?.address);

/** Looks at every beginning: undecided before `decidedAt`, the same answer from there on. */
function decidesAt(row: { bytes: Uint8Array; options?: PrereadOptions<string>; decidedAt?: number }): unknown {
  const decidedAt = row.decidedAt ?? row.bytes.length;
  const final = plain(preread(row.bytes, row.options));
  for (const length of lengthsOf(row.bytes.length, 300, 40, 997).concat(decidedAt, Math.max(0, decidedAt - 1))) {
    const outcome = plain(preread(row.bytes.subarray(0, length), row.options));
    if (length < decidedAt) same((outcome as { status: string }).status, 'incomplete', `at ${length}`);
    else same(outcome, final, `at ${length}`);
  }
  return final;
}

describe('malformed', () => {
  test.each(prereadRefusals)('$title ($clause): $code at $offset', (row) => {
    expect(decidesAt(row)).toEqual({ status: 'malformed', code: row.code, offset: row.offset });
  });
});

describe('complete', () => {
  const title = ({ title, clause, protocol, host }: PrereadAcceptance): string =>
    `${title} (${clause}): ${protocol}${host === undefined ? '' : ` for ${host}`}`;
  test.each(prereadAcceptances.map((row) => [title(row), row] as const))('%s', (_, row) => {
    expect(decidesAt(row)).toMatchObject({ status: 'complete', size: row.payloadOffset ?? 0 });
    const { status, value } = preread(row.bytes, row.options) as { status: string; value: Preread<string> };
    expect(status).toBe('complete');
    expect(value.protocol).toBe(row.protocol);
    expect(value.payloadOffset).toBe(row.payloadOffset ?? 0);
    expect(clientOf(value.proxy)).toBe(row.client);
    expect('host' in value).toBe('host' in row);
    if ('host' in value) expect(value.host).toBe(row.host);
  });

  test('a hello is that of the payload alone', () => {
    const { flight } = realHellos[0]!;
    const header = proxyV1('TCP4 192.0.2.1 198.51.100.1 1 2');
    const alone = preread(flight);
    const behind = preread(concat([header, flight]), { proxy: 'require' });
    if (alone.status !== 'complete' || behind.status !== 'complete') expect.fail('undecided');
    if (alone.value.protocol !== 'tls' || behind.value.protocol !== 'tls') expect.fail('no TLS');
    expect(behind.value.tls.toJSON()).toEqual(alone.value.tls.toJSON());
    expect(behind.value.tls.alpnProtocols).toEqual(['h2', 'http/1.1']);
  });
});

describe('end()', () => {
  test.each(prereadEnds.map((row) => [`${row.title}, ${row.proxy}: ${String(row.end)}`, row] as const))('%s', (_, row) => {
    const options = { proxy: row.proxy, ...(row.matchers && { matchers: row.matchers }) };
    for (const size of [1, 7, row.bytes.length + 1]) {
      const parser = createPreread<string>(options);
      for (let at = 0; at < row.bytes.length; at += size) {
        expect(parser.push(row.bytes.subarray(at, at + size)).status).toBe('incomplete');
      }
      expect(clientOf(parser.proxy)).toBe(row.client);
      const end = parser.end();
      if (typeof row.end === 'string') {
        const { payloadOffset = 0 } = row;
        expect(end).toEqual({
          status: 'complete',
          value: { proxy: parser.proxy, payloadOffset, protocol: row.end },
          size: payloadOffset,
        });
      } else {
        expect(end).toEqual({ status: 'malformed', code: row.end[0], offset: row.end[1] });
      }
      expect(parser.push(bytes('GET / HTTP/1.1\r\nHost: a\r\n\r\n'))).toBe(end);
      expect(parser.end()).toBe(end);
      expect(parser.bytes).toEqual(row.bytes);
    }
  });

  test('where no byte is allowed, it says so without one as with none', () => {
    const limit = { status: 'malformed', code: 'preread.protocol.limit', offset: 0 };
    expect(createPreread({ maxBytes: 0 }).end()).toEqual(limit);
    expect(createPreread({ maxBytes: 0 }).push(bytes())).toEqual(limit);
  });

  test('after an answer it repeats that', () => {
    const parser = createPreread();
    const answer = parser.push(bytes('SSH-2.0'));
    expect(answer.status).toBe('complete');
    expect(parser.end()).toBe(answer);
  });
});

describe('the PROXY header of a parser', () => {
  const header = proxyV2();

  test('is there with its last byte, and not before', () => {
    const parser = createPreread({ proxy: 'require' });
    for (let at = 0; at < header.length; at++) {
      expect(parser.proxy).toBeUndefined();
      expect(parser.push(header.subarray(at, at + 1)).status).toBe('incomplete');
    }
    const decoded = decodeProxyHeader(header);
    expect(decoded).toMatchObject({ status: 'complete', value: parser.proxy });
  });

  test.each([
    ['TLS that is malformed', bytes(22, 3, 1, 0, 5, 1, 0, 0, 1, 0)],
    ['HTTP that is malformed', bytes('GET / HTTP/1.1\r\nHost: a,b\r\n\r\n')],
    ['another header', proxyV1('UNKNOWN')],
  ])('is there though what follows is refused: %s', (_, payload) => {
    const parser = createPreread({ proxy: 'require' });
    expect(parser.push(concat([header, payload])).status).toBe('malformed');
    expect(clientOf(parser.proxy)).toBe(CLIENT);
  });

  test('is not there where it is malformed, missing or forbidden', () => {
    for (const [proxy, input] of [
      ['require', proxyV2({ verCmd: 0x31 })],
      ['require', bytes('GET /')],
      ['forbid', header],
    ] as const) {
      const parser = createPreread({ proxy });
      expect(parser.push(input).status).toBe('malformed');
      expect(parser.proxy).toBeUndefined();
    }
  });

  test('stays as it is when more comes, its TLVs with it', () => {
    const tlvs = bytes([0xe0, 0, 4], 'abcd');
    const parser = createPreread({ proxy: 'require' });
    const chunk = proxyV2({ tlvs });
    parser.push(chunk);
    chunk.fill(0);
    const before = parser.proxy!;
    for (let at = 0; at < 3000; at++) parser.push(bytes(at === 0 ? 'GET /' : 'a'));
    expect(parser.proxy).toBe(before);
    expect(before.tlvs).toEqual([{ type: 0xe0, value: bytes('abcd') }]);
    // Nor does it keep the connection's bytes, or change them.
    const [{ value }] = before.tlvs as readonly [Tlv];
    expect(value.buffer.byteLength).toBe(4);
    value.fill(0);
    expect(parser.bytes.subarray(28, 35)).toEqual(tlvs);
  });
});

describe('options', () => {
  test('a mode that is none throws TypeError, as soon as it is given', () => {
    for (const proxy of ['required', 'FORBID', '', null, true]) {
      const options = { proxy } as unknown as PrereadOptions;
      expect(() => preread(bytes('a'), options)).toThrow(TypeError);
      expect(() => createPreread(options)).toThrow("proxy must be 'forbid', 'require' or 'optional'");
    }
  });

  test('what the caller does to them later makes no difference', () => {
    const matchers: Matcher[] = [ssh, http1, tls];
    const http = { maxLineBytes: 100 };
    const hello = { maxBytes: 1000 };
    const proxyHeader = { verifyCrc32c: false };
    const options: { proxy: 'require' | 'forbid' } & PrereadOptions<string> = { proxy: 'require', matchers, http, tls: hello, proxyHeader };
    const [parser, ofHttp, ofTls] = [createPreread(options), createPreread(options), createPreread(options)];
    options.proxy = 'forbid';
    proxyHeader.verifyCrc32c = true;
    matchers[0] = prefix('other', 'S');
    http.maxLineBytes = hello.maxBytes = 5;
    const header = proxyV1('UNKNOWN');
    expect(ofHttp.push(concat([header, bytes('GET / HTTP/1.1\r\nHost: a\r\n\r\n')]))).toMatchObject({ value: { protocol: 'http1' } });
    expect(ofTls.push(concat([header, realHellos.find(({ bytes }) => bytes < 1000)!.flight]))).toMatchObject({ value: { protocol: 'tls' } });
    expect(parser.push(concat([proxyV2({ tlvs: [3, 0, 4, 1, 2, 3, 4] }), bytes('S')]))).toEqual({ status: 'incomplete', needed: 1 });
    expect(parser.push(bytes('SH-'))).toMatchObject({ value: { protocol: 'ssh' } });
  });

  test('undefined is as not given', () => {
    const options = { proxy: undefined, matchers: undefined, maxBytes: undefined, proxyHeader: undefined, tls: undefined, http: undefined };
    expect(preread(bytes('SSH-'), options)).toEqual(preread(bytes('SSH-')));
  });
});

test('bytes that are none throw TypeError', () => {
  expect(() => preread('GET /' as unknown as Uint8Array)).toThrow(TypeError);
  expect(() => createPreread().push('GET /' as unknown as Uint8Array)).toThrow(TypeError);
});

test('bytes of another kind of array are read as they are', () => {
  const input = bytes('xxGET / HTTP/1.1\r\nHost: a\r\n\r\n');
  const view = new DataView(input.buffer, 2) as unknown as Uint8Array;
  expect(preread(view)).toMatchObject({ status: 'complete', value: { host: 'a' } });
  expect(createPreread().push(view)).toMatchObject({ status: 'complete', value: { host: 'a' } });
});

test('a name that cannot be routed by is answered with an alert of its own', () => {
  expect(alertFor('tls.server_name.invalid')).toBe('unrecognized_name');
});

test('the codes of its own are listed once each', () => {
  expect(prereadCodes).toEqual([...new Set(prereadCodes)]);
  expectTypeOf<(typeof prereadCodes)[number]>().toExtend<PrereadCode>();
});

describe('no byte is decoded twice in one push', () => {
  const flight = hello({
    extensions: concat([serverName('www.example.com'), alpn('h2', 'http/1.1'), bytes(0, 21, 3, 0, new Uint8Array(768))]),
  });
  const header = proxyV2({ tlvs: [1, 0, 2, 0x68, 0x32] });
  /** How far the matchers look: what they saw is decoded behind them. */
  const SNIFFED = 13;

  test('binary: each byte is read once at most, but those that tell the protocol, and what is checked before it is made text', () => {
    const [reads, parser] = countReads(() => createPreread({ proxy: 'require', matchers: [tls] }), [concat([header, flight])]);
    expect(parser.end().status).toBe('complete');
    const counts = Array.from({ length: header.length + flight.length }, (_, at) => reads[0]!.get(at) ?? 0);
    // The first byte tells the two versions apart.
    expect(Math.max(...counts.slice(1, header.length))).toBe(1);
    // Lengths are read to check them, and to make what they are of.
    expect(Math.max(...counts.slice(header.length + SNIFFED))).toBeLessThanOrEqual(3);
    expect(counts.slice(header.length + SNIFFED).filter((count) => count > 1).length).toBeLessThan(80);
    // The matchers of TLS and of both headers, and the decoder.
    expect(Math.max(...counts.slice(header.length))).toBeLessThanOrEqual(6);
    // What a hello has inside is not looked at before it is asked for.
    expect(counts.filter((count) => count > 0).length).toBeLessThan(header.length + 200);
  });

  test('text: each byte of a line is found and read, and read by a matcher before', () => {
    const line = proxyV1('TCP4 192.0.2.1 198.51.100.1 56324 443');
    const request = bytes('GET /index.html HTTP/1.1\r\nHost: www.example.com\r\nAccept: */*\r\n\r\n');
    const [reads, parser] = countReads(() => createPreread({ proxy: 'require', matchers: web }), [concat([line, request])]);
    expect(parser.end().status).toBe('complete');
    const counts = Array.from({ length: line.length + request.length }, (_, at) => reads[0]!.get(at) ?? 0);
    expect(Math.max(...counts.slice(18, line.length))).toBe(2);
    // Scanned and made text; where a name, a value or a line ends, looked at from both sides.
    const head = counts.slice(line.length + 26);
    expect([...head].sort((a, b) => a - b)[head.length >> 1]).toBe(2);
    expect(Math.max(...head)).toBeLessThanOrEqual(4);
  });

  test.each([
    ['TLS behind version 2', concat([header, flight])],
    ['HTTP behind version 1', bytes(proxyV1('UNKNOWN'), 'GET /', 'a'.repeat(400), ' HTTP/1.1\r\nHost: a\r\n', 'b: c\r\n'.repeat(50), '\r\n')],
  ])('%s, one byte a push: nothing that was decoded is read again', (_, input) => {
    const chunks = Array.from(input, (byte) => bytes(byte));
    const [reads, parser] = countReads(() => createPreread({ proxy: 'require', matchers: web }), chunks);
    expect(parser.end().status).toBe('complete');
    const { payloadOffset } = (parser.end() as { value: Preread }).value;
    for (const [push, counts] of reads.entries()) {
      if (push < payloadOffset) continue;
      // The header is never looked at again once it is decoded.
      expect(Math.min(Infinity, ...counts.keys())).toBeGreaterThanOrEqual(payloadOffset);
    }
    // In all, over all pushes, each byte is read a few times: the work is linear.
    const total = reads.reduce((sum, counts) => sum + [...counts.values()].reduce((all, count) => all + count, 0), 0);
    expect(total / input.length).toBeLessThan(30);
  });

  test('once the protocol is told, no matcher is asked again', () => {
    const asked: number[] = [];
    const counting: Matcher<'tls'> = {
      ...tls,
      match(input, seen) {
        asked.push(input.length);
        return tls.match(input, seen);
      },
    };
    const parser = createPreread({ matchers: [counting] });
    for (const byte of records(message({ extensions: serverName('a.example') }), 20)) parser.push(bytes(byte));
    expect(parser.end().status).toBe('complete');
    // Of the version's second byte it says nothing, and waits for two.
    expect(asked).toEqual([1, 2, 4, 5, 6]);
  });
});

test('the types follow the matchers', () => {
  expectTypeOf(preread(bytes())).toExtend<{ status: string }>();
  const outcome = preread(bytes('SSH-'));
  if (outcome.status !== 'complete') expect.fail();
  const { value } = outcome;
  expectTypeOf(value).toEqualTypeOf<Preread>();
  expectTypeOf<Preread['protocol']>().toEqualTypeOf<Exclude<TcpProtocol, 'proxy-v1' | 'proxy-v2'> | 'unknown' | 'silent'>();
  expectTypeOf<OtherProtocol>().not.toExtend<'tls'>();
  switch (value.protocol) {
    case 'tls':
      expectTypeOf(value.host).toEqualTypeOf<string | undefined>();
      expectTypeOf(value.tls.alpnProtocols).toEqualTypeOf<readonly string[]>();
      break;
    case 'http1':
      expectTypeOf(value.http.target).toEqualTypeOf<string>();
      break;
    case 'http2':
      // @ts-expect-error a name that was not read
      expect(value.host).toBeUndefined();
      break;
    case 'ssh':
      expect(value.payloadOffset).toBe(0);
      break;
    // @ts-expect-error refused, and so never a value
    case 'proxy-v2':
      break;
  }

  const own = preread(bytes('git'), { matchers: [tls, prefix('git', 'git')] });
  expectTypeOf(own).toEqualTypeOf<Decoded<Preread<'tls' | 'git'>, PrereadCode>>();
  if (own.status === 'complete') expectTypeOf(own.value.protocol).toEqualTypeOf<'tls' | 'git' | 'unknown' | 'silent'>();
  const onlySsh = createPreread({ matchers: [ssh] });
  expectTypeOf(onlySsh).toEqualTypeOf<PrereadParser<'ssh'>>();
  const end = onlySsh.end();
  if (end.status === 'complete') {
    expectTypeOf(end.value.protocol).toEqualTypeOf<'ssh' | 'unknown' | 'silent'>();
    // @ts-expect-error no TLS is looked for
    expect(end.value.tls).toBeUndefined();
  }
  expectTypeOf(createPreread({ proxy: 'require' })).toEqualTypeOf<PrereadParser>();
  expectTypeOf(createPreread({ matchers: tcp })).toEqualTypeOf<PrereadParser>();
  // A list that may not be there: then the preset is asked.
  const maybe: typeof web | undefined = [web, undefined][bytes().length];
  expectTypeOf(preread(bytes(), { matchers: maybe })).toEqualTypeOf<Decoded<Preread, PrereadCode>>();
  // A parser of fewer protocols will do for one of more.
  const log = (parser: PrereadParser): ProxyHeader | undefined => parser.proxy;
  expect(log(createPreread({ matchers: web }))).toBeUndefined();
  // A list whose names are not known.
  const some = preread(bytes('SSH-'), { matchers: [ssh] as readonly Matcher[] });
  if (some.status === 'complete' && 'tls' in some.value) expectTypeOf(some.value.host).toEqualTypeOf<string | undefined>();
});
