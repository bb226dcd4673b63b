import { describe, expect, it, test } from 'vitest';
import { inspect } from 'node:util';
import {
  createClientHelloParser,
  decodeClientHello,
  decodeClientHelloMessage,
  readServerName,
} from '../../src/tls/index.ts';
import type { ClientHello } from '../../src/tls/index.ts';
import { countReads } from '../reads.ts';
import { alpn, bytes, concat, extension, hello, message, realHellos, record, records, serverName, vector16 } from '../vectors/build.ts';
import { SPREAD } from '../../src/tls/numbers.ts';
import { acceptances, refusals } from '../vectors/verdicts.ts';

const options = ({ maxBytes }: { readonly maxBytes?: number }): { maxBytes: number } | undefined =>
  maxBytes === undefined ? undefined : { maxBytes };

function helloIn(flight: Uint8Array): ClientHello {
  const outcome = decodeClientHello(flight);
  if (outcome.status !== 'complete') throw new Error(`${outcome.status}, where a hello was expected`);
  return outcome.value;
}

describe('refusals', () => {
  test.each(refusals)('$clause: $input', (row) => {
    const { code, offset, decidedAt = row.bytes.length } = row;
    expect(decodeClientHello(row.bytes, options(row))).toEqual({ status: 'malformed', code, offset });
    expect(readServerName(row.bytes, options(row))).toEqual({ status: 'malformed', code, offset });
    expect(decodeClientHello(row.bytes.subarray(0, decidedAt), options(row))).toEqual({
      status: 'malformed',
      code,
      offset,
    });
    if (decidedAt > 0) {
      expect(decodeClientHello(row.bytes.subarray(0, decidedAt - 1), options(row)).status).toBe('incomplete');
    }
  });
});

describe('acceptances', () => {
  test.each(acceptances)('$clause: $input', (row) => {
    const outcome = decodeClientHello(row.bytes, options(row));
    expect(outcome).toMatchObject({ status: 'complete', size: row.size ?? row.bytes.length });
    if (outcome.status !== 'complete') return;
    expect(outcome.value.serverName).toEqual(row.serverName);
    expect(outcome.value.alpnProtocols).toEqual(row.alpnProtocols ?? []);
    expect(outcome.value.supportedVersions).toEqual(row.supportedVersions ?? []);
    expect(outcome.value.ech).toBe(row.ech);
    expect(readServerName(row.bytes, options(row))).toEqual({
      status: 'complete',
      value: row.serverName,
      size: outcome.size,
    });
  });
});

describe('the hello', () => {
  const flight = hello({
    sessionId: [2, 0xaa, 0xbb],
    cipherSuites: [0, 4, 0x13, 0x01, 0x2a, 0x2a],
    compressionMethods: [2, 1, 0],
    extensions: [serverName('a.example'), extension(0x1a1a, 1, 2), extension(999)],
  });

  it('gives every field', () => {
    const value = helloIn(flight);
    expect(value.legacyVersion).toBe(0x0303);
    expect(value.random).toEqual(new Uint8Array(32).fill(0x52));
    expect(value.sessionId).toEqual(bytes(0xaa, 0xbb));
    expect(value.cipherSuites).toEqual([0x1301, 0x2a2a]);
    expect(value.compressionMethods).toEqual([1, 0]);
    expect(value.extensions.map(({ type }) => type)).toEqual([0, 0x1a1a, 999]);
    expect(value.extensions[1]).toEqual({ type: 0x1a1a, data: bytes(1, 2) });
    expect(value.serverName).toEqual({ kind: 'dns', host: 'a.example' });
  });

  it('survives JSON and structuredClone as plain data', () => {
    const json = helloIn(flight).toJSON();
    expect(structuredClone(json)).toEqual(json);
    expect(JSON.parse(JSON.stringify(helloIn(flight)))).toEqual(json);
    expect(json).toEqual({
      legacyVersion: 0x0303,
      random: '52'.repeat(32),
      sessionId: 'aabb',
      cipherSuites: [0x1301, 0x2a2a],
      compressionMethods: [1, 0],
      extensions: [
        { type: 0, data: '000c000009612e6578616d706c65' },
        { type: 0x1a1a, data: '0102' },
        { type: 999, data: '' },
      ],
      serverName: { kind: 'dns', host: 'a.example' },
      alpnProtocols: [],
      supportedVersions: [],
      ech: null,
    });
    expect(helloIn(hello({ extensions: alpn('h2', 'http/1.1') })).toJSON().alpnProtocols).toEqual(['h2', 'http/1.1']);
    expect(helloIn(hello({ extensions: serverName('\0') })).toJSON().serverName).toEqual({ kind: 'invalid', raw: '00' });
    expect(helloIn(hello()).toJSON().serverName).toBeNull();
  });

  it('shows its fields in console.log', () => {
    expect(inspect(helloIn(flight))).toContain("serverName: { kind: 'dns', host: 'a.example' }");
    expect(inspect(helloIn(flight))).toContain('cipherSuites: [ 4865, 10794 ]');
  });

  it('exposes no Buffer, though it was given one', () => {
    const value = helloIn(Buffer.from(hello({ sessionId: [1, 9], extensions: [serverName('\xff'), extension(999, 1)] })));
    for (const view of [value.random, value.sessionId, ...value.extensions.map(({ data }) => data)]) {
      expect(Object.getPrototypeOf(view)).toBe(Uint8Array.prototype);
    }
    expect(value.serverName).toEqual({ kind: 'invalid', raw: bytes(0xff) });
    if (value.serverName?.kind === 'invalid') expect(Buffer.isBuffer(value.serverName.raw)).toBe(false);
  });

  it('owns its name, and reads the rest without a throw when the caller reuses the buffer', () => {
    const reused = Uint8Array.from(hello({ extensions: [serverName('\0'), extension(43, 2, 3, 4), extension(0xfe0d, 1)] }));
    const value = helloIn(reused);
    for (const filling of [0xff, 0x00, 0x01, 0x80]) {
      reused.fill(filling);
      expect(value.serverName).toEqual({ kind: 'invalid', raw: bytes(0) });
      expect(value.supportedVersions).toEqual([filling * 0x101]);
      expect(() => value.toJSON()).not.toThrow();
    }
  });

  it('lies over memory of its own when it came in several records or through a parser', () => {
    const fragmented = records(message({ sessionId: [1, 9] }), 20);
    const value = helloIn(fragmented);
    const parser = createClientHelloParser();
    const chunk = hello({ sessionId: [1, 9] });
    const pushed = parser.push(chunk);
    fragmented.fill(0);
    chunk.fill(0);
    expect(value.sessionId).toEqual(bytes(9));
    expect(pushed).toMatchObject({ status: 'complete' });
    if (pushed.status === 'complete') expect(pushed.value.sessionId).toEqual(bytes(9));
  });

  it('takes arrays of another realm and refuses what is no array of bytes', () => {
    const view = new DataView(flight.buffer, flight.byteOffset, flight.byteLength) as unknown as Uint8Array;
    expect(decodeClientHello(view)).toMatchObject({ status: 'complete', size: flight.length });
    expect(readServerName(view)).toMatchObject({ status: 'complete', size: flight.length });
    expect(() => decodeClientHello('no bytes' as unknown as Uint8Array)).toThrow(TypeError);
    expect(() => createClientHelloParser().push([22, 3, 1] as unknown as Uint8Array)).toThrow(TypeError);
  });
});

describe('needed', () => {
  // RFC 8446 5.1: type, then version, then length; RFC 8446 4: type, then length.
  const flight = hello({ extensions: serverName('example.com') });
  test.each([
    [0, 1],
    [1, 1],
    [2, 3],
    [3, 2],
    [4, 1],
    [5, 1],
    [6, 3],
    [7, 2],
    [8, 1],
    [9, 63],
    [71, 1],
  ])('after %i bytes of a record: %i', (length, needed) => {
    expect(decodeClientHello(flight.subarray(0, length))).toEqual({ status: 'incomplete', needed });
  });

  it('goes to the next record header where the fragment ends first', () => {
    const twoRecords = records(message({ extensions: serverName('example.com') }), 30);
    expect(decodeClientHello(twoRecords.subarray(0, 20))).toEqual({ status: 'incomplete', needed: 16 });
    expect(decodeClientHello(twoRecords.subarray(0, 35))).toEqual({ status: 'incomplete', needed: 1 });
    expect(decodeClientHello(records(message(), 2).subarray(0, 6))).toEqual({ status: 'incomplete', needed: 2 });
  });
});

describe('decodeClientHelloMessage', () => {
  const whole = message({ extensions: serverName('quic.example') });

  it('decodes the handshake message as QUIC carries it (RFC 9001 4)', () => {
    const outcome = decodeClientHelloMessage(bytes(whole, 1, 2, 3));
    expect(outcome).toMatchObject({ status: 'complete', size: whole.length });
    if (outcome.status === 'complete') expect(outcome.value.serverName).toEqual({ kind: 'dns', host: 'quic.example' });
  });

  it.each([
    [0, 1],
    [1, 3],
    [3, 1],
    [4, whole.length - 4],
  ])('after %i bytes needs %i', (length, needed) => {
    expect(decodeClientHelloMessage(whole.subarray(0, length))).toEqual({ status: 'incomplete', needed });
  });

  it('does not judge a length by its first bytes', () => {
    expect(decodeClientHelloMessage(bytes(1, 0xff))).toEqual({ status: 'incomplete', needed: 2 });
    expect(decodeClientHelloMessage(bytes(1, 0, 0xff))).toEqual({ status: 'incomplete', needed: 1 });
  });

  it('refuses other messages, messages above the limit, and bodies as decodeClientHello does', () => {
    expect(decodeClientHelloMessage(bytes(2))).toEqual({ status: 'malformed', code: 'tls.handshake.type', offset: 0 });
    expect(decodeClientHelloMessage(bytes(1, 1, 0, 0))).toEqual({
      status: 'malformed',
      code: 'tls.handshake.limit',
      offset: 1,
    });
    expect(decodeClientHelloMessage(bytes(1, 0, 0, 0))).toEqual({
      status: 'malformed',
      code: 'tls.client_hello.length',
      offset: 4,
    });
    expect(decodeClientHelloMessage(message({ extensions: [extension(7), extension(7)] }))).toEqual({
      status: 'malformed',
      code: 'tls.extension.duplicate',
      offset: 51,
    });
  });
});

describe('offsets in a reassembled hello', () => {
  // The same fault, wherever the records cut: its position in the connection is that of the same byte.
  const broken = message({ extensions: [extension(5, 1, 2, 3), extension(0, vector16(0, vector16()))] });
  const fault = broken.length - 2; // the length of the empty name

  test.each([1, 2, 3, 7, 20, 100])('records of %i bytes', (size) => {
    const flight = records(broken, size);
    const outcome = decodeClientHello(flight);
    expect(outcome).toMatchObject({ status: 'malformed', code: 'tls.server_name.empty' });
    if (outcome.status === 'malformed') {
      expect(outcome.offset).toBe(Math.floor(fault / size) * (size + 5) + 5 + (fault % size));
      expect(flight[outcome.offset]).toBe(broken[fault]);
    }
  });

  it('is the end of the message for a field that would begin there', () => {
    const flight = records(bytes(1, 0, 0, 2, 3, 3), 3);
    expect(decodeClientHello(flight)).toEqual({
      status: 'malformed',
      code: 'tls.client_hello.length',
      offset: flight.length,
    });
  });
});

describe('createClientHelloParser', () => {
  const flight = realHellos.find(({ client }) => client === 'chromium')!.flight;

  it('replays everything up to and including the deciding chunk', () => {
    const parser = createClientHelloParser();
    expect(parser.bytes).toEqual(new Uint8Array(0));
    expect(parser.push(flight.subarray(0, 1200))).toEqual({ status: 'incomplete', needed: 819 });
    const answer = parser.push(bytes(flight.subarray(1200), 20, 3, 3));
    expect(answer).toMatchObject({ status: 'complete', size: 2019 });
    expect(parser.bytes).toEqual(bytes(flight, 20, 3, 3));
  });

  it('reads no record twice, however the bytes come', () => {
    const fragments = records(message({ extensions: serverName('www.example.com') }), 1);
    const [reads, parser] = countReads(() => createClientHelloParser(), Array.from(fragments, (byte) => bytes(byte)));
    expect(parser.end().status).toBe('complete');
    const total = reads.reduce((sum, counts) => sum + [...counts.values()].reduce((all, count) => all + count, 0), 0);
    expect(total / fragments.length).toBeLessThan(10);
  });

  it('repeats a final answer and keeps nothing of later chunks', () => {
    const parser = createClientHelloParser();
    const answer = parser.push(flight);
    expect(parser.push(flight)).toBe(answer);
    expect(parser.end()).toBe(answer);
    expect(parser.bytes).toEqual(flight);
    const refused = createClientHelloParser();
    const refusal = refused.push(bytes('GET'));
    expect(refusal).toEqual({ status: 'malformed', code: 'tls.not_tls', offset: 0 });
    expect(refused.push(flight)).toBe(refusal);
    expect(refused.bytes).toEqual(bytes('GET'));
  });

  test.each([0, 1, 5, 1200, 2018])('end() after %i bytes: truncated there', (length) => {
    const parser = createClientHelloParser();
    parser.push(flight.subarray(0, length));
    const answer = parser.end();
    expect(answer).toEqual({ status: 'malformed', code: 'tls.client_hello.truncated', offset: length });
    expect(parser.push(flight)).toBe(answer);
  });

  it('gives bytes that are the caller\'s to change or transfer', () => {
    const parser = createClientHelloParser();
    parser.push(flight.subarray(0, 100));
    parser.bytes.fill(0xff);
    const answer = parser.push(flight.subarray(100));
    structuredClone(parser.bytes, { transfer: [parser.bytes.buffer] });
    expect(answer).toMatchObject({ status: 'complete', value: { sessionId: { length: 32 } } });
    expect(parser.bytes).toEqual(flight);
  });

  it('ends without a push', () => {
    expect(createClientHelloParser().end()).toEqual({
      status: 'malformed',
      code: 'tls.client_hello.truncated',
      offset: 0,
    });
  });

  it('never holds the chunk of the caller', () => {
    const parser = createClientHelloParser();
    const chunk = new Uint8Array(1);
    let answer;
    for (const byte of flight) {
      chunk[0] = byte;
      answer = parser.push(chunk);
      chunk[0] = 0;
    }
    expect(answer).toMatchObject({ status: 'complete', value: { serverName: { host: 'www.example.com' } } });
    expect(parser.bytes).toEqual(flight);
  });

  it('waits with no more bytes than maxBytes, however they come', () => {
    const maxBytes = 3000;
    const claim = bytes(22, 3, 1, 0x0b, 0xb3, 1, 0, 0x0b, 0xaf);
    for (const size of [1, 7, 1000]) {
      const parser = createClientHelloParser({ maxBytes });
      expect(parser.push(claim)).toEqual({ status: 'incomplete', needed: 2991 });
      for (let sent = claim.length; sent < maxBytes; sent += size) {
        parser.push(new Uint8Array(Math.min(size, maxBytes - sent)));
        expect(parser.bytes.length).toBeLessThanOrEqual(maxBytes);
      }
      expect(parser.push(bytes()).status).toBe('malformed');
    }
  });
});

test('a record of 2^14 bytes is accepted, and a hello of several such records', () => {
  const large = message({ extensions: [extension(5000, new Uint8Array(40000)), serverName('example.com')] });
  const flight = records(large, 0x4000);
  expect(decodeClientHello(flight)).toMatchObject({ status: 'complete', size: flight.length });
  expect(readServerName(flight)).toMatchObject({ value: { host: 'example.com' } });
  expect(decodeClientHello(flight, { maxBytes: flight.length - 1 })).toMatchObject({
    status: 'malformed',
    code: 'tls.handshake.limit',
    offset: 6,
  });
  expect(decodeClientHello(flight, { maxBytes: flight.length }).status).toBe('complete');
  expect(decodeClientHello(record(large.subarray(0, 0x4000)))).toEqual({ status: 'incomplete', needed: 1 });
});

describe('extensions by the thousand types', () => {
  const empty = (type: number): Uint8Array => extension(type, new Uint8Array(0));
  /** Types that none of the checks looks into. */
  const types = Array.from({ length: 0x600 }, (_, i) => 0x1000 + 37 * i);

  // Up to 64 there may be a bit for each, up to 32 they are looked through, and behind that they stand in a table.
  test.each([2, 20, 31, 32, 33, 64, 65, 200, types.length])('%i different ones are well-formed', (count) => {
    const some = types.slice(0, count);
    expect(helloIn(hello({ extensions: concat(some.map(empty)) })).extensions.map(({ type }) => type)).toEqual(some);
  });

  test.each([2, 20, 31, 32, 33, 34, 64, 65, 200, types.length])('of %i the last is like one before, wherever that stands', (count) => {
    const some = types.slice(0, count - 1);
    for (const at of new Set([0, 1, 30, 31, 32, 33, count - 2].filter((at) => at >= 0 && at < some.length))) {
      const flight = hello({ extensions: concat([...some, some[at]!].map(empty)) });
      const outcome = { status: 'malformed', code: 'tls.extension.duplicate', offset: flight.length - 4 };
      expect(decodeClientHello(flight)).toEqual(outcome);
      expect(readServerName(flight)).toEqual(outcome);
    }
  });

  test.each([
    ['all different', (i: number) => i + 50],
    ['the last one twice', (i: number) => Math.min(i, 1998) + 50],
  ])('of two thousand, none is looked at more than a few times: %s', (_, typeOf) => {
    const flight = records(message({ extensions: Array.from({ length: 2000 }, (_, i) => empty(typeOf(i))) }), 0x4000);
    const [reads, parser] = countReads(() => createClientHelloParser(), [flight]);
    expect(parser.end().status).not.toBe('incomplete');
    const total = [...reads[0]!.values()].reduce((sum, count) => sum + count, 0);
    expect(total / flight.length).toBeLessThan(30);
  });

  test('those that clients send together have a bit each on the hot path', () => {
    const sent = [0, 5, 10, 11, 13, 16, 18, 19, 20, 21, 22, 23, 27, 28, 34, 35, 41, 42, 43, 44, 45, 49, 50, 51, 57];
    const drafts = [17513, 17613, 51764, 65037, 65281];
    const grease = Array.from({ length: 16 }, (_, i) => 0x0a0a + 0x1010 * i);
    const slots = [...sent, ...drafts, ...grease].map((type) => Math.imul(type, SPREAD) >>> 26);
    expect(new Set(slots).size).toBe(slots.length);
  });

  test('any other type beside server_name is well-formed, and two of any type are not', () => {
    const name = serverName('www.example.com');
    for (let type = 1; type < 0x10000; type += type < 100 ? 1 : 251) {
      // Two are refused for being empty, one for not being the last.
      if ([16, 41, 43].includes(type)) continue;
      expect(readServerName(hello({ extensions: concat([name, empty(type)]) })).status).toBe('complete');
      const twice = readServerName(hello({ extensions: concat([empty(type), name, empty(type)]) }));
      expect(twice).toMatchObject({ status: 'malformed', code: 'tls.extension.duplicate' });
    }
  });
});
