import { runInNewContext } from 'node:vm';
import { describe, expect, it, test } from 'vitest';
import { decodeProxyV1 } from '../../src/proxy/index.ts';
import type { Endpoint } from '../../src/proxy/index.ts';
import { same } from '../same.ts';
import { bytes } from '../vectors/build.ts';
import { proxyV1, proxyV2 } from '../vectors/proxy.ts';
import { describeRows } from './rows.ts';

/** What follows a header, made to look like more of one. */
const PAYLOAD = bytes(' 2\r\n\r\n\0\xff', proxyV1('UNKNOWN'), proxyV2());

describeRows(1, decodeProxyV1, PAYLOAD);

/** The byte values that the decoder goes on waiting with; every other one is refused where it stands. */
function byteValues(before: string): number[] {
  const waiting: number[] = [];
  for (let byte = 0; byte < 256; byte++) {
    const outcome = decodeProxyV1(bytes(before, byte));
    if (outcome.status === 'incomplete') waiting.push(byte);
    else expect(outcome).toMatchObject({ status: 'malformed', offset: before.length });
  }
  return waiting;
}

describe('PROXY protocol 2.1: every byte value at every position of the words', () => {
  const codes = (text: string): number[] => Array.from(text, (c) => c.charCodeAt(0));

  test.each(Array.from('PROXY ', (_, at) => at))('PROXY and the space: byte %i', (at) => {
    expect(byteValues('PROXY '.slice(0, at))).toEqual(codes('PROXY '[at]!));
  });

  test.each([
    ['PROXY ', 'TU'],
    ['PROXY T', 'C'],
    ['PROXY TC', 'P'],
    ['PROXY TCP', '46'],
    ['PROXY TCP4', ' '],
    ['PROXY TCP6', ' '],
    ['PROXY U', 'N'],
    ['PROXY UN', 'K'],
    ['PROXY UNK', 'N'],
    ['PROXY UNKN', 'O'],
    ['PROXY UNKNO', 'W'],
    ['PROXY UNKNOW', 'N'],
    ['PROXY UNKNOWN', '\r '],
  ])('%j goes on with one of %j', (before, next) => {
    expect(byteValues(before)).toEqual(codes(next));
  });

  test.each(['TCP4 1.2.3.4 5.6.7.8 1 2', 'TCP6 ::1 ::2 1 2', 'UNKNOWN'])('any of them wrong in front of %j', (rest) => {
    const line = proxyV1(rest);
    const words = 'PROXY '.length + rest.search(/ |$/);
    for (let at = 0; at < words; at++) {
      for (const bit of [0x08, 0x20, 0x80]) {
        const changed = line.slice();
        changed[at]! ^= bit;
        const code = at < 6 ? 'proxy.not_proxy' : 'proxy.v1.protocol';
        expect(decodeProxyV1(changed)).toEqual({ status: 'malformed', code, offset: at });
      }
    }
  });

  const butLf = Array.from({ length: 256 }, (_, byte) => byte).filter((byte) => byte !== 0x0a);

  test.each(['PROXY UNKNOWN ', 'PROXY TCP4 ', 'PROXY TCP6 ::1'])('%j goes on with anything but LF', (before) => {
    expect(byteValues(before)).toEqual(butLf);
  });

  test('CR ends with nothing but LF', () => {
    expect(decodeProxyV1(bytes('PROXY UNKNOWN\r\n'))).toMatchObject({ status: 'complete', size: 15 });
    for (const byte of butLf) {
      const outcome = decodeProxyV1(bytes('PROXY UNKNOWN\r', byte));
      expect([byte, outcome]).toEqual([byte, { status: 'malformed', code: 'proxy.v1.crlf', offset: 13 }]);
    }
  });
});

describe('PROXY protocol 2.1: numbers', () => {
  it('takes ports from 0 to 65535 in decimal, and none above', () => {
    const portOf = (endpoint: Endpoint | undefined): unknown => endpoint && 'port' in endpoint && endpoint.port;
    const refused = { status: 'malformed', code: 'proxy.v1.source_port', offset: 27 };
    for (let port = 0; port <= 66_000; port += port < 1100 || port > 65_000 ? 1 : 59) {
      const outcome = decodeProxyV1(proxyV1(`TCP4 1.2.3.4 5.6.7.8 ${port} ${port}`));
      if (outcome.status !== 'complete' || port > 65535) same([port, outcome], [port, refused]);
      else same([portOf(outcome.value.source), portOf(outcome.value.destination)], [port, port]);
    }
  });

  test.each([0, 1, 2, 3])('takes every number from 0 to 255 as number %i of an IPv4 address, and none above', (at) => {
    for (let octet = 0; octet < 1000; octet++) {
      const address = [1, 2, 3, 4].with(at, octet).join('.');
      const outcome = decodeProxyV1(proxyV1(`TCP4 ${address} 5.6.7.8 1 2`));
      if (octet <= 255) expect(outcome).toMatchObject({ status: 'complete', value: { source: { address } } });
      else expect(outcome).toEqual({ status: 'malformed', code: 'proxy.v1.source_address', offset: 11 });
    }
  });

  test.each([
    ['a source port', 'TCP4 1.2.3.4 5.6.7.8 4', '3 2', '0123456789'],
    ['a destination port', 'TCP4 1.2.3.4 5.6.7.8 1 4', '3', '0123456789'],
    ['an IPv4 address', 'TCP4 1.2.3.', ' 5.6.7.8 1 2', '0123456789'],
    ['an IPv6 address', 'TCP6 1:2:3:4:5:6:7:', ' ::1 1 2', '0123456789:ABCDEFabcdef'],
  ])('of all bytes, takes digits alone in %s', (_, before, behind, digits) => {
    const taken = Array.from({ length: 256 }, (__, byte) => String.fromCharCode(byte)).filter(
      (character) => decodeProxyV1(proxyV1(before + character + behind)).status === 'complete',
    );
    expect(taken.join('')).toBe(digits);
  });

  test.each(['0', '00', '000'])('takes no port that %j is put in front of', (zeros) => {
    for (const port of [0, 1, 80, 443, 8080, 65535]) {
      expect(decodeProxyV1(proxyV1(`TCP4 1.2.3.4 5.6.7.8 ${zeros}${port} 2`))).toEqual({
        status: 'malformed',
        code: 'proxy.v1.source_port',
        offset: 27,
      });
    }
  });
});

test('needs one byte after each but the last: the next may be a lone LF', () => {
  const line = proxyV1('TCP6 2001:db8::1 2001:db8::2 56324 443');
  for (let length = 0; length < line.length; length++) {
    expect(decodeProxyV1(line.subarray(0, length))).toStrictEqual({ status: 'incomplete', needed: 1 });
  }
});

describe('the input', () => {
  const line = proxyV1('TCP4 192.0.2.1 198.51.100.1 56324 443');
  const expected = decodeProxyV1(line);

  it('gives plain data that outlives it', () => {
    const input = Buffer.from(line);
    const outcome = decodeProxyV1(input);
    input.fill(0);
    expect(outcome).toStrictEqual({
      status: 'complete',
      value: {
        version: 1,
        command: 'PROXY',
        transport: 'stream',
        source: { family: 'IPv4', address: '192.0.2.1', port: 56324 },
        destination: { family: 'IPv4', address: '198.51.100.1', port: 443 },
        tlvs: [],
      },
      size: 45,
    });
    expect(structuredClone(outcome)).toStrictEqual(outcome);
    expect(JSON.parse(JSON.stringify(outcome))).toStrictEqual(outcome);
  });

  it('may lie anywhere, be a Buffer, or come from another realm', () => {
    const memory = bytes('PROXY UNK', line, '\r\n');
    expect(decodeProxyV1(memory.subarray(9, 9 + 45))).toStrictEqual(expected);
    expect(decodeProxyV1(Buffer.from(memory.buffer, 9, 45))).toStrictEqual(expected);
    const foreign = runInNewContext('Uint8Array.from(line)', { line: [...line] }) as Uint8Array;
    expect(foreign instanceof Uint8Array).toBe(false);
    expect(decodeProxyV1(foreign)).toStrictEqual(expected);
    expect(decodeProxyV1(new DataView(memory.buffer, 9, 45) as unknown as Uint8Array)).toStrictEqual(expected);
  });

  test.each([['text'], [[80, 82]], [null], [undefined], [new ArrayBuffer(8)]])('must be bytes, not %j', (input) => {
    expect(() => decodeProxyV1(input as unknown as Uint8Array)).toThrow(TypeError);
  });
});
