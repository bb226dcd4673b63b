import { runInNewContext } from 'node:vm';
import { describe, expect, it, test } from 'vitest';
import { decodeProxyV2 } from '../../src/proxy/index.ts';
import type { ProxyHeader } from '../../src/proxy/index.ts';
import { bytes, concat } from '../vectors/build.ts';
import { awsHeader, checksummed, ipv4Addresses, proxyV1, proxyV2, ssl, tlv } from '../vectors/proxy.ts';
import { describeRows } from './rows.ts';

/** What follows a header, made to look like more of one: TLVs, then a header of either version. */
const PAYLOAD = bytes(tlv(0x04), tlv(0x03, 0, 0, 0, 0), proxyV2(), proxyV1('UNKNOWN'));

function headerIn(input: Uint8Array): ProxyHeader {
  const outcome = decodeProxyV2(input);
  if (outcome.status !== 'complete') throw new Error(`${outcome.status}, where a header was expected`);
  return outcome.value;
}

describeRows(2, decodeProxyV2, PAYLOAD);

describe('PROXY protocol 2.2: every value of a byte', () => {
  const all = Array.from({ length: 256 }, (_, byte) => byte);

  test.each(Array.from({ length: 12 }, (_, at) => at))('byte %i: the signature', (at) => {
    const header = proxyV2();
    const waits = all.filter((byte) => {
      const outcome = decodeProxyV2(bytes(header.subarray(0, at), byte));
      if (outcome.status === 'incomplete') return true;
      expect(outcome).toEqual({ status: 'malformed', code: 'proxy.not_proxy', offset: at });
      return false;
    });
    expect(waits).toEqual([[0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a][at]]);
  });

  test('byte 12: version and command', () => {
    const verdict = (verCmd: number): unknown => {
      const outcome = decodeProxyV2(proxyV2({ verCmd }));
      return outcome.status === 'malformed' ? [outcome.code, outcome.offset] : outcome.status;
    };
    for (const verCmd of all) {
      const expected =
        verCmd === 0x20 || verCmd === 0x21
          ? 'complete'
          : [verCmd < 0x20 || verCmd > 0x2f ? 'proxy.v2.version' : 'proxy.v2.command', 12];
      expect([verCmd, verdict(verCmd)]).toEqual([verCmd, expected]);
    }
  });

  test('byte 13: family and transport, with PROXY', () => {
    const endpoints = [0x11, 0x12, 0x21, 0x22, 0x31, 0x32];
    const unspecified = [0x00, 0x01, 0x02, 0x10, 0x20, 0x30];
    for (const fam of all) {
      const outcome = decodeProxyV2(proxyV2({ fam, addresses: new Uint8Array(216 + 3) }));
      const told = outcome.status === 'complete' ? (outcome.value.source?.family ?? 'none') : outcome;
      // With IP endpoints, the zeros behind them are TLVs of type 0 and length zero, 3 bytes each.
      const expected = endpoints.includes(fam)
        ? ['', 'IPv4', 'IPv6', 'unix'][fam >> 4]
        : unspecified.includes(fam)
          ? 'none'
          : { status: 'malformed', code: fam > 0x3f ? 'proxy.v2.family' : 'proxy.v2.transport', offset: 13 };
      expect([fam, told]).toEqual([fam, expected]);
    }
  });

  test('byte 13: anything goes with LOCAL', () => {
    for (const fam of all) {
      const outcome = decodeProxyV2(proxyV2({ verCmd: 0x20, fam, addresses: new Uint8Array(5) }));
      expect([fam, outcome]).toEqual([
        fam,
        {
          status: 'complete',
          value: {
            version: 2,
            command: 'LOCAL',
            transport: 'unspecified',
            source: undefined,
            destination: undefined,
            tlvs: [],
          },
          size: 21,
        },
      ]);
    }
  });

  test('bytes 14 and 15: the length says where the header ends, whatever it holds', () => {
    for (const length of [0, 1, 255, 256, 257, 4079, 4080]) {
      const header = proxyV2({ fam: 0, addresses: new Uint8Array(length).fill(0xff) });
      expect(decodeProxyV2(concat([header, PAYLOAD]))).toMatchObject({ status: 'complete', size: 16 + length });
    }
    expect(decodeProxyV2(proxyV2({ fam: 0, length: 0x0102 }))).toEqual({ status: 'incomplete', needed: 0x0102 });
  });
});

describe('needed, exactly', () => {
  const header = proxyV2({ tlvs: tlv(0x04, 1, 2) });
  test.each([
    [0, 1],
    [1, 1],
    [11, 1],
    [12, 1],
    [13, 1],
    [14, 2],
    [15, 1],
    [16, 17],
    [17, 16],
    [27, 6],
    [28, 5],
    [32, 1],
  ])('after %i bytes: %i', (length, needed) => {
    expect(decodeProxyV2(header.subarray(0, length))).toStrictEqual({ status: 'incomplete', needed });
  });
});

describe('PROXY protocol 2.2.3: no bit of what is checked may change', () => {
  const sent = checksummed(proxyV2({ tlvs: [tlv(0x03, 0, 0, 0, 0), tlv(0x02, 'example.com')] }));
  test.each([
    ['the addresses', 16, 28],
    ['the checksum', 31, 35],
    ['the value of another TLV', 38, sent.length],
  ] as const)('%s', (_, from, to) => {
    expect(decodeProxyV2(sent).status).toBe('complete');
    for (let at = from; at < to; at++) {
      for (let bit = 0; bit < 8; bit++) {
        const changed = Uint8Array.from(sent);
        changed[at]! ^= 1 << bit;
        expect(decodeProxyV2(changed)).toEqual({ status: 'malformed', code: 'proxy.v2.crc32c', offset: 31 });
        expect(decodeProxyV2(changed, { verifyCrc32c: false }).status).toBe('complete');
      }
    }
  });

  test('the field itself is left as it was', () => {
    const input = Uint8Array.from(sent);
    decodeProxyV2(input);
    expect(input).toEqual(sent);
  });
});

describe('the input', () => {
  const sent = proxyV2({ tlvs: [tlv(0x05, 1, 2, 3), ssl(1, 0, tlv(0x28, 4, 5))] });

  it('is what the values of TLVs are views into', () => {
    const input = bytes(sent);
    const [uniqueId, sslTlv] = headerIn(input).tlvs;
    expect(uniqueId!.value.buffer).toBe(input.buffer);
    expect(uniqueId!.value.byteOffset).toBe(31);
    input[31] = 9;
    expect(uniqueId!.value).toEqual(bytes(9, 2, 3));
    expect(sslTlv!.value).toEqual(bytes(1, 0, 0, 0, 0, tlv(0x28, 4, 5)));
  });

  it('may lie anywhere in its memory', () => {
    const memory = bytes(proxyV2().subarray(0, 7), sent, PAYLOAD);
    const [uniqueId] = headerIn(memory.subarray(7, 7 + sent.length)).tlvs;
    expect(uniqueId).toStrictEqual({ type: 0x05, value: bytes(1, 2, 3) });
    expect(uniqueId!.value.byteOffset).toBe(7 + 31);
    expect(decodeProxyV2(bytes(0, awsHeader).subarray(1)).status).toBe('complete');
  });

  it('never comes out as a Buffer', () => {
    for (const verCmd of [0x20, 0x21]) {
      for (const fam of [0x00, 0x11]) {
        const { tlvs } = headerIn(Buffer.from(proxyV2({ verCmd, fam, tlvs: [tlv(0x05, 1), tlv(0xe0)] })));
        expect(tlvs.length).toBe(2);
        for (const { value } of tlvs) expect(Object.getPrototypeOf(value) === Uint8Array.prototype).toBe(true);
      }
    }
  });

  it('may come from another realm', () => {
    const foreign = runInNewContext('Uint8Array.from(sent)', { sent: [...awsHeader] }) as Uint8Array;
    expect(foreign instanceof Uint8Array).toBe(false);
    const outcome = decodeProxyV2(foreign);
    expect(outcome).toStrictEqual(decodeProxyV2(awsHeader));
    expect(headerIn(foreign).tlvs[0]!.value instanceof Uint8Array).toBe(true);
    const view = new DataView(awsHeader.buffer, awsHeader.byteOffset, awsHeader.length) as unknown as Uint8Array;
    expect(decodeProxyV2(view)).toStrictEqual(outcome);
  });

  it('gives plain data that structuredClone takes', () => {
    for (const input of [sent, proxyV2({ fam: 0x31 }), proxyV2({ verCmd: 0x20, fam: 0, tlvs: tlv(0x04, 1) })]) {
      const outcome = decodeProxyV2(Buffer.from(input));
      expect(structuredClone(outcome)).toStrictEqual(outcome);
    }
    const header = headerIn(sent);
    for (const part of [header, header.source!, header.destination!, header.tlvs[0]!]) {
      expect(Object.getPrototypeOf(part)).toBe(Object.prototype);
    }
  });

  it('owns its endpoints', () => {
    const input = proxyV2({ fam: 0x31 });
    const ip = proxyV2({ addresses: ipv4Addresses('1.2.3.4', '5.6.7.8', 1, 2) });
    const headers = [headerIn(input), headerIn(ip)];
    input.fill(0xff);
    ip.fill(0xff);
    expect(headers.map(({ source }) => source)).toEqual([
      { family: 'unix', path: '/run/client.sock' },
      { family: 'IPv4', address: '1.2.3.4', port: 1 },
    ]);
  });

  test.each([['text'], [[13, 10]], [null], [undefined], [new ArrayBuffer(8)]])('must be bytes, not %j', (input) => {
    expect(() => decodeProxyV2(input as unknown as Uint8Array)).toThrow(TypeError);
  });
});
