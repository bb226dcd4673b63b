import { isDeepStrictEqual } from 'node:util';
import { runInNewContext } from 'node:vm';
import { describe, expect, it, test } from 'vitest';
import {
  alibabaEndpointId,
  alibabaServiceId,
  alibabaVpcId,
  awsVpcEndpointId,
  azureLinkId,
  decodeProxyV2,
  decodeTlv,
  gcpConnectionId,
  readSsl,
} from '../../src/proxy/index.ts';
import type { DecodedTlv, Ssl, Tlv, TlvCode } from '../../src/proxy/index.ts';
import { bytes, u16, u32 } from '../vectors/build.ts';
import type { Part } from '../vectors/build.ts';
import { awsHeader, proxyAcceptances, proxyV2, ssl, tlv } from '../vectors/proxy.ts';
import { titled } from './rows.ts';

/** A TLV as a decoded header has it. */
const raw = (type: number, ...value: readonly Part[]): Tlv => ({ type, value: bytes(...value) });

/** The SSL TLV of a header. */
const rawSsl = (client: number, verify: number, ...subTlvs: readonly Part[]): Tlv => ({
  type: 0x20,
  value: ssl(client, verify, ...subTlvs).subarray(3),
});

/** What is not told of a connection, which is most of it in most tests. */
const untold: Ssl = {
  client: 0,
  clientSsl: false,
  clientCertConn: false,
  clientCertSess: false,
  verify: 0,
  verified: false,
  version: undefined,
  cn: undefined,
  cipher: undefined,
  sigAlg: undefined,
  keyAlg: undefined,
  group: undefined,
  sigScheme: undefined,
  clientCert: undefined,
  tlvs: [],
};

const complete = (value: DecodedTlv, size: number): unknown => ({ status: 'complete', value, size });

describe('decodeTlv', () => {
  test.each<[what: string, given: Tlv, value: DecodedTlv]>([
    ['2.2.1 ALPN', raw(0x01, 'h2'), { name: 'alpn', type: 0x01, protocol: 'h2' }],
    ['2.2.1 ALPN, any bytes', raw(0x01, '\0\xff,'), { name: 'alpn', type: 0x01, protocol: '\0\xff,' }],
    ['2.2.1 ALPN, empty', raw(0x01), { name: 'alpn', type: 0x01, protocol: '' }],
    ['2.2.2 AUTHORITY', raw(0x02, 'example.com'), { name: 'authority', type: 0x02, authority: 'example.com' }],
    ['2.2.2 AUTHORITY, UTF-8', raw(0x02, 'b\xc3\xbccher'), { name: 'authority', type: 0x02, authority: 'b\u00fccher' }],
    ['2.2.2 AUTHORITY, empty', raw(0x02), { name: 'authority', type: 0x02, authority: '' }],
    ['2.2.2 AUTHORITY, no name at all', raw(0x02, 'A.\0 '), { name: 'authority', type: 0x02, authority: 'A.\0 ' }],
    ['2.2.3 CRC32C', raw(0x03, 0x01, 0x02, 0x03, 0x04), { name: 'crc32c', type: 0x03, checksum: 0x01020304 }],
    ['2.2.3 CRC32C, zeros', raw(0x03, 0, 0, 0, 0), { name: 'crc32c', type: 0x03, checksum: 0 }],
    ['2.2.3 CRC32C, not negative', raw(0x03, u32(0xfffffffe)), { name: 'crc32c', type: 0x03, checksum: 4294967294 }],
    ['2.2.4 NOOP', raw(0x04, 0, 1), { name: 'noop', type: 0x04, value: bytes(0, 1) }],
    ['2.2.4 NOOP, empty', raw(0x04), { name: 'noop', type: 0x04, value: bytes() }],
    ['2.2.5 UNIQUE_ID', raw(0x05, 0xff, 0), { name: 'unique_id', type: 0x05, uniqueId: bytes(0xff, 0) }],
    ['2.2.5 UNIQUE_ID, empty', raw(0x05), { name: 'unique_id', type: 0x05, uniqueId: bytes() }],
    [
      '2.2.5 UNIQUE_ID, 128 bytes',
      raw(0x05, 'x'.repeat(128)),
      { name: 'unique_id', type: 0x05, uniqueId: bytes('x'.repeat(128)) },
    ],
    ['2.2.6 SSL, nothing told', rawSsl(0, 0), { ...untold, name: 'ssl', type: 0x20 }],
    ['2.2.7 NETNS', raw(0x30, 'blue'), { name: 'netns', type: 0x30, namespace: 'blue' }],
    ['2.2.7 NETNS, empty', raw(0x30), { name: 'netns', type: 0x30, namespace: '' }],
    ['2.2.8 a custom type', raw(0xea, 1, 'vpce-1'), { name: 'unknown', type: 0xea, value: bytes(1, 'vpce-1') }],
  ])('%s', (_, given, value) => {
    expect(decodeTlv(given)).toStrictEqual(complete(value, given.value.length));
  });

  const named = [0x01, 0x02, 0x03, 0x04, 0x05, 0x20, 0x30];
  const others = Array.from({ length: 256 }, (_, type) => type).filter((type) => !named.includes(type));

  test.each([
    ['empty', bytes()],
    ['of five bytes', bytes(1, 0, 0, 0, 0)],
    ['of 200 bytes', new Uint8Array(200)],
  ])('2.2.8: all other types are unknown, those of vendors and the sub-types of SSL too, %s', (_, value) => {
    expect(others.length).toBe(249);
    const expected = others.map((type) => complete({ name: 'unknown', type, value }, value.length));
    const decoded = others.map((type) => decodeTlv({ type, value }));
    if (!isDeepStrictEqual(decoded, expected)) expect(decoded).toStrictEqual(expected);
  });

  /** The UTF-8 that is none, and what becomes of it (the Encoding Standard: one for each maximal part). */
  const texts: readonly (readonly [what: string, sent: Uint8Array, text: string])[] = [
    ['a byte order mark is a character', bytes('\xef\xbb\xbfa'), '\ufeffa'],
    ['a byte order mark alone', bytes('\xef\xbb\xbf'), '\ufeff'],
    ['a byte that begins nothing', bytes('a\xffb'), 'a\ufffdb'],
    ['latin1', bytes('b\xfccher'), 'b\ufffdcher'],
    ['a character cut off', bytes('a\xe2\x82'), 'a\ufffd'],
    ['a long form', bytes('\xc0\x80'), '\ufffd\ufffd'],
    ['half a surrogate pair', bytes('\xed\xa0\x80'), '\ufffd\ufffd\ufffd'],
    ['beyond U+10FFFF', bytes('\xf4\x90\x80\x80'), '\ufffd\ufffd\ufffd\ufffd'],
    ['U+10FFFF', bytes('\xf4\x8f\xbf\xbf'), '\u{10ffff}'],
    ['NUL and line ends', bytes('a\0b\r\n'), 'a\0b\r\n'],
  ];
  test.each(texts)('text: %s', (_, sent, text) => {
    expect(decodeTlv({ type: 0x02, value: sent })).toMatchObject({ value: { authority: text } });
    expect(decodeTlv({ type: 0x30, value: sent })).toMatchObject({ value: { namespace: text } });
    expect(readSsl([rawSsl(7, 0, tlv(0x22, sent))])?.cn).toBe(text);
  });

  test.each<[what: string, given: Tlv, code: TlvCode, offset: number]>([
    ...[0, 1, 2, 3, 5, 8, 300].map(
      (length): [string, Tlv, TlvCode, number] => [
        `2.2.3 CRC32C of ${length} bytes`,
        raw(0x03, new Uint8Array(length)),
        'proxy.crc32c.length',
        0,
      ],
    ),
    ...[129, 130, 65535].map(
      (length): [string, Tlv, TlvCode, number] => [
        `2.2.5 UNIQUE_ID of ${length} bytes`,
        { type: 0x05, value: new Uint8Array(length) },
        'proxy.unique_id.length',
        0,
      ],
    ),
    ['2.2.6 SSL of no bytes', raw(0x20), 'proxy.ssl.length', 0],
    ['2.2.6 SSL of 1 byte', raw(0x20, 1), 'proxy.ssl.length', 0],
    ['2.2.6 SSL of 4 bytes', raw(0x20, 1, 0, 0, 0), 'proxy.ssl.length', 0],
    ['2.2.6 SSL, 1 byte left over', rawSsl(1, 0, 0x21), 'proxy.ssl.length', 5],
    ['2.2.6 SSL, 2 bytes left over', rawSsl(1, 0, 0x21, 0), 'proxy.ssl.length', 5],
    ['2.2.6 SSL, a sub-TLV too long', rawSsl(1, 0, 0x21, u16(4), 'TLS'), 'proxy.ssl.length', 6],
    ['2.2.6 SSL, a sub-TLV of 65535', rawSsl(1, 0, 0xff, u16(0xffff)), 'proxy.ssl.length', 6],
    ['2.2.6 SSL, the second too long', rawSsl(1, 0, tlv(0x21, 'ab'), 0x22, u16(1)), 'proxy.ssl.length', 11],
  ])('malformed: %s', (_, given, code, offset) => {
    expect(decodeTlv(given)).toStrictEqual({ status: 'malformed', code, offset });
  });

  it('cuts off an SSL TLV between its sub-TLVs only (2.2.6)', () => {
    const { value } = rawSsl(1, 0, tlv(0x21, 'TLSv1.3'), tlv(0x22), tlv(0x23, 'c'));
    const ends = [5, 15, 18, 22];
    for (let length = 0; length <= value.length; length++) {
      const outcome = decodeTlv({ type: 0x20, value: value.subarray(0, length) });
      const from = ends.findLast((end) => end <= length);
      // What is too short to be a sub-TLV is refused at its first byte, one that is cut off at its length field.
      const offset = from === undefined ? 0 : length - from < 3 ? from : from + 1;
      if (from === length) {
        const tlvs = { length: ends.indexOf(from) };
        expect(outcome).toMatchObject({ status: 'complete', value: { tlvs }, size: length });
      } else expect([length, outcome]).toEqual([length, { status: 'malformed', code: 'proxy.ssl.length', offset }]);
    }
    expect(value.length).toBe(22);
  });

  test.each(titled(proxyAcceptances.filter(({ tlvs }) => tlvs !== undefined)))(
    'is never malformed for the TLVs of a decoded header: %s',
    (_, row) => {
      const outcome = decodeProxyV2(row.bytes, row);
      if (outcome.status !== 'complete') throw new Error(outcome.status);
      expect(outcome.value.tlvs.length).toBe(row.tlvs!.length);
      for (const tlv of outcome.value.tlvs) {
        expect(decodeTlv(tlv)).toMatchObject({ status: 'complete', value: { type: tlv.type }, size: tlv.value.length });
      }
    },
  );

  it('gives views, and no Buffer', () => {
    for (const type of [0x04, 0x05, 0xe0]) {
      const value = Buffer.from([1, 2, 3]);
      const outcome = decodeTlv({ type, value });
      if (outcome.status !== 'complete') throw new Error(outcome.code);
      const decoded = outcome.value;
      const view = decoded.name === 'unique_id' ? decoded.uniqueId : 'value' in decoded ? decoded.value : undefined;
      expect(Object.getPrototypeOf(view) === Uint8Array.prototype).toBe(true);
      value[1] = 9;
      expect(view).toStrictEqual(bytes(1, 9, 3));
    }
    const { value } = rawSsl(7, 0, tlv(0x28, 0x30, 0x82), tlv(0xff, 1));
    const given = Buffer.from(value);
    const decoded = readSsl([{ type: 0x20, value: given }])!;
    for (const view of [decoded.clientCert!, ...decoded.tlvs.map((sub) => sub.value)]) {
      expect(Object.getPrototypeOf(view) === Uint8Array.prototype).toBe(true);
    }
    given[9] = 0x83;
    expect(decoded.clientCert).toStrictEqual(bytes(0x30, 0x83));
    expect(decoded.tlvs[0]!.value).toStrictEqual(bytes(0x30, 0x83));
  });

  it('takes values of another realm', () => {
    const value = runInNewContext('Uint8Array.of(1, 0, 0, 0, 0, 0x21, 0, 1, 97)') as Uint8Array;
    expect(value instanceof Uint8Array).toBe(false);
    expect(decodeTlv({ type: 0x20, value })).toMatchObject({ status: 'complete', value: { version: 'a' }, size: 9 });
    const unknown = decodeTlv({ type: 0xe0, value });
    expect(unknown).toStrictEqual(decodeTlv(raw(0xe0, 1, 0, 0, 0, 0, 0x21, 0, 1, 97)));
  });

  it('gives plain data', () => {
    for (const given of [rawSsl(7, 1, tlv(0x22, 'cn'), tlv(0x28, 1)), raw(0x05, 1), raw(0x02, 'a'), raw(0xe0, 1)]) {
      const outcome = decodeTlv({ type: given.type, value: Buffer.from(given.value) });
      expect(structuredClone(outcome)).toStrictEqual(outcome);
      expect(outcome).toMatchObject({ status: 'complete' });
      if (outcome.status === 'complete') expect(Object.getPrototypeOf(outcome.value)).toBe(Object.prototype);
    }
  });

  test.each([['text'], [[1, 2]], [null], [undefined]])('its value must be bytes, not %j', (value) => {
    expect(() => decodeTlv({ type: 4, value: value as unknown as Uint8Array })).toThrow(TypeError);
  });
});

describe('readSsl (PROXY protocol 2.2.6)', () => {
  it('gives every field by its name', () => {
    const subTlvs = [
      tlv(0x21, 'TLSv1.3'),
      tlv(0x22, 'example.com'),
      tlv(0x23, 'ECDHE-RSA-AES128-GCM-SHA256'),
      tlv(0x24, 'RSA-SHA256'),
      tlv(0x25, 'RSA2048'),
      tlv(0x26, 'secp256r1'),
      tlv(0x27, 'rsa_pss_rsae_sha256'),
      tlv(0x28, 0x30, 0x03, 0x02, 0x01, 0x05),
      tlv(0x29, 'to come'),
    ];
    const expected: Ssl = {
      client: 0x03,
      clientSsl: true,
      clientCertConn: true,
      clientCertSess: false,
      verify: 0,
      verified: true,
      version: 'TLSv1.3',
      cn: 'example.com',
      cipher: 'ECDHE-RSA-AES128-GCM-SHA256',
      sigAlg: 'RSA-SHA256',
      keyAlg: 'RSA2048',
      group: 'secp256r1',
      sigScheme: 'rsa_pss_rsae_sha256',
      clientCert: bytes(0x30, 0x03, 0x02, 0x01, 0x05),
      tlvs: subTlvs.map((sub) => ({ type: sub[0]!, value: sub.subarray(3) })),
    };
    const given = rawSsl(0x03, 0, subTlvs);
    expect(readSsl([given])).toStrictEqual(expected);
    expect(decodeTlv(given)).toStrictEqual(complete({ ...expected, name: 'ssl', type: 0x20 }, given.value.length));
    // In any order all the same.
    const { tlvs: reversed, ...fields } = readSsl([rawSsl(0x03, 0, subTlvs.toReversed())])!;
    const { tlvs, ...expectedFields } = expected;
    expect(fields).toStrictEqual(expectedFields);
    expect(reversed).toStrictEqual(tlvs.toReversed());
  });

  test.each([
    [0x21, 'version'],
    [0x22, 'cn'],
    [0x23, 'cipher'],
    [0x24, 'sigAlg'],
    [0x25, 'keyAlg'],
    [0x26, 'group'],
    [0x27, 'sigScheme'],
  ] as const)('sub-type %i alone is %s, and empty is not the same as absent', (type, field) => {
    const { tlvs: _, ...told } = readSsl([rawSsl(0, 0, tlv(type, 'text'))])!;
    const { tlvs: __, ...rest } = { ...untold, [field]: 'text' };
    expect(told).toStrictEqual(rest);
    expect(readSsl([rawSsl(0, 0, tlv(type))])![field]).toBe('');
  });

  it('keeps all sub-TLVs, and of one that is there twice the first counts', () => {
    const ssl = readSsl([rawSsl(7, 0, tlv(0x22, 'first'), tlv(0x7f), tlv(0x22, 'second'), tlv(0x28), tlv(0x28, 1))])!;
    expect(ssl.cn).toBe('first');
    expect(ssl.clientCert).toStrictEqual(bytes());
    expect(ssl.tlvs).toStrictEqual([
      raw(0x22, 'first'),
      raw(0x7f),
      raw(0x22, 'second'),
      raw(0x28),
      raw(0x28, 1),
    ]);
  });

  // Who trusts a name or certificate asks for `verified`: it must not be true where there was no certificate.
  const verified = new Map([
    [0, []],
    [1, []],
    [2, [0]],
    [3, [0]],
    [4, [0]],
    [5, [0]],
    [6, [0]],
    [7, [0]],
  ] as readonly [number, readonly number[]][]);
  test.each([...verified])('client %i is verified with verify of %j', (bits, expected) => {
    for (const reserved of [0x00, 0x08, 0x80, 0xf8]) {
      const client = reserved | bits;
      for (const verify of [0, 1, 18, 0x100, 0x10000, 0x1000000, 0x7fffffff, 0x80000000, 0xffffffff]) {
        expect(readSsl([rawSsl(client, verify)])).toStrictEqual({
          ...untold,
          client,
          clientSsl: [1, 3, 5, 7].includes(bits),
          clientCertConn: [2, 3, 6, 7].includes(bits),
          clientCertSess: [4, 5, 6, 7].includes(bits),
          verify,
          verified: expected.includes(verify),
        });
      }
    }
  });

  it('is undefined where there is none, a sub-type outside of it included', () => {
    expect(readSsl([])).toBeUndefined();
    expect(readSsl([raw(0x01, 'h2'), raw(0x21, 'TLSv1.3'), raw(0x22, 'cn'), raw(0x02, '\x20\0\0')])).toBeUndefined();
  });

  it('takes the first of two, wherever it stands', () => {
    expect(readSsl([raw(0x01, 'h2'), rawSsl(1, 7), raw(0x04), rawSsl(3, 0)])).toMatchObject({ client: 1, verify: 7 });
  });

  test.each([
    ['empty', raw(0x20)],
    ['of 4 bytes', raw(0x20, 1, 0, 0, 0)],
    ['a sub-TLV that does not fit', rawSsl(7, 0, tlv(0x22, 'cn'), 0x22, u16(1))],
  ])('is undefined for one made by hand that is malformed: %s', (_, given) => {
    expect(readSsl([given])).toBeUndefined();
    expect(readSsl([given, rawSsl(3, 0)])).toBeUndefined();
  });

  it('reads that of a header', () => {
    const outcome = decodeProxyV2(proxyV2({ tlvs: [tlv(0x01, 'h2'), ssl(7, 0, tlv(0x22, 'Client Cert'))] }));
    if (outcome.status !== 'complete') throw new Error(outcome.status);
    expect(readSsl(outcome.value.tlvs)).toMatchObject({ verified: true, cn: 'Client Cert', version: undefined });
  });
});

describe("vendors' TLVs (PROXY protocol 2.2.8)", () => {
  test('AWS, in the header of a balancer', () => {
    const outcome = decodeProxyV2(awsHeader);
    if (outcome.status !== 'complete') throw new Error(outcome.status);
    expect(awsVpcEndpointId(outcome.value.tlvs)).toBe('vpce-08d2bf15fac5001c9');
  });

  describe.each([
    ['awsVpcEndpointId', awsVpcEndpointId, 0xea, 1],
    ['alibabaVpcId', alibabaVpcId, 0xe1, 1],
    ['alibabaEndpointId', alibabaEndpointId, 0xe1, 2],
    ['alibabaServiceId', alibabaServiceId, 0xe1, 3],
  ] as const)('%s: type %i, subtype %i', (_, read, type, subtype) => {
    it('is the ASCII behind the subtype', () => {
      expect(read([raw(type, subtype, 'vpce-0123456789abcdef0')])).toBe('vpce-0123456789abcdef0');
      expect(read([raw(type, subtype, '!~')])).toBe('!~');
      const foreign = runInNewContext('Uint8Array.of(subtype, 97, 98)', { subtype }) as Uint8Array;
      expect(read([{ type, value: foreign }])).toBe('ab');
    });

    it('is the first of its subtype, behind whatever else', () => {
      const others = [raw(0x01, subtype, 'h2'), raw(type), raw(type, 0, 'a'), raw(type, 4, 'b'), raw(0xee, subtype)];
      expect(read(others)).toBeUndefined();
      expect(read([...others, raw(type, subtype, 'first'), raw(type, subtype, 'second')])).toBe('first');
    });

    test.each([
      ['no TLVs', []],
      ['no subtype', [raw(type)]],
      ['no id', [raw(type, subtype)]],
      ['another type', [raw(type + 1, subtype, 'vpce-1'), raw(0x02, subtype, 'vpce-1')]],
      ['no subtype before the id', [raw(type, 'vpce-1')]],
      ['a space', [raw(type, subtype, 'vpce 1')]],
      ['a space at the end', [raw(type, subtype, 'vpce-1 ')]],
      ['a line feed at the end', [raw(type, subtype, 'vpce-1\n')]],
      ['NUL', [raw(type, subtype, 'vpce-1\0')]],
      ['DEL', [raw(type, subtype, 'vpce-1\x7f')]],
      ['no ASCII', [raw(type, subtype, 'vpce-\xc3\xbc')]],
      ['latin1', [raw(type, subtype, 'vpce-\xfc')]],
    ])('is undefined: %s', (__, tlvs) => {
      expect(read(tlvs)).toBeUndefined();
    });
  });

  test('Alibaba: each subtype is for one reader', () => {
    const tlvs = [raw(0xe1, 3, 'epsrv-1'), raw(0xe1, 1, 'vpc-1'), raw(0xe1, 2, 'ep-1')];
    expect([alibabaVpcId(tlvs), alibabaEndpointId(tlvs), alibabaServiceId(tlvs)]).toEqual(['vpc-1', 'ep-1', 'epsrv-1']);
    expect(alibabaVpcId([raw(0xe1, 2, 'ep-1')])).toBeUndefined();
    expect(alibabaEndpointId([raw(0xe1, 3, 'epsrv-1')])).toBeUndefined();
    expect(alibabaServiceId([raw(0xe1, 1, 'vpc-1')])).toBeUndefined();
  });

  test.each([
    ['little-endian', [raw(0xee, 1, 0xc1, 0x45, 0x00, 0x21)], 0x210045c1],
    ['0', [raw(0xee, 1, 0, 0, 0, 0)], 0],
    ['2^31, not negative', [raw(0xee, 1, 0, 0, 0, 0x80)], 2147483648],
    ['2^32 - 1', [raw(0xee, 1, 0xff, 0xff, 0xff, 0xff)], 4294967295],
    ['the first of its subtype', [raw(0xee, 2, 9, 9, 9, 9), raw(0xee, 1, 1, 0, 0, 0), raw(0xee, 1, 2, 0, 0, 0)], 1],
    ['behind another vendor', [raw(0xea, 1, 'abcd'), raw(0xee), raw(0xee, 1, 1, 0, 0, 0)], 1],
    ['no TLVs', [], undefined],
    ['no subtype', [raw(0xee)], undefined],
    ['no number', [raw(0xee, 1)], undefined],
    ['3 bytes', [raw(0xee, 1, 1, 2, 3)], undefined],
    ['5 bytes', [raw(0xee, 1, 1, 2, 3, 4, 5)], undefined],
    ['subtype 0', [raw(0xee, 0, 1, 2, 3, 4)], undefined],
    ['subtype 2', [raw(0xee, 2, 1, 2, 3, 4)], undefined],
    ['the type of AWS', [raw(0xea, 1, 1, 2, 3, 4)], undefined],
  ])('azureLinkId: %s', (_, tlvs, expected) => {
    expect(azureLinkId(tlvs)).toBe(expected);
  });

  test.each([
    ['big-endian', [raw(0xe0, 1, 2, 3, 4, 5, 6, 7, 8)], 0x0102030405060708n],
    ['0', [raw(0xe0, new Uint8Array(8))], 0n],
    ['beyond 2^53', [raw(0xe0, u32(0xffffffff), u32(0xc0a86402))], 18446744072646845442n],
    ['2^64 - 1', [raw(0xe0, new Uint8Array(8).fill(0xff))], 18446744073709551615n],
    ['the first of its length', [raw(0xe0, 0xff, 0xff), raw(0xe0, u32(0), u32(1)), raw(0xe0, u32(0), u32(2))], 1n],
    ['no TLVs', [], undefined],
    ['no bytes', [raw(0xe0)], undefined],
    ['4 bytes', [raw(0xe0, u32(1))], undefined],
    ['7 bytes', [raw(0xe0, new Uint8Array(7))], undefined],
    ['9 bytes', [raw(0xe0, new Uint8Array(9))], undefined],
    ['another type', [raw(0xe1, new Uint8Array(8)), raw(0xee, new Uint8Array(8))], undefined],
  ])('gcpConnectionId: %s', (_, tlvs, expected) => {
    expect(gcpConnectionId(tlvs)).toBe(expected);
  });

  it('reads values of another realm, and views into a Buffer', () => {
    const foreign = runInNewContext('Uint8Array.of(1, 2, 0, 0, 0, 0, 0, 0, 9)') as Uint8Array;
    expect(azureLinkId([{ type: 0xee, value: foreign.subarray(0, 5) }])).toBe(2);
    expect(gcpConnectionId([{ type: 0xe0, value: foreign.subarray(1) }])).toBe(0x0200000000000009n);
    expect(gcpConnectionId([{ type: 0xe0, value: Buffer.from(foreign).subarray(1) }])).toBe(0x0200000000000009n);
  });

  test('mean nothing to decodeTlv: another sender may mean something else', () => {
    const sent = [raw(0xea, 1, 'vpce-1'), raw(0xee, 1, 1, 0, 0, 0), raw(0xe0, new Uint8Array(8)), raw(0xe1, 1, 'v-1')];
    for (const given of sent) {
      expect(decodeTlv(given)).toStrictEqual(
        complete({ name: 'unknown', type: given.type, value: given.value }, given.value.length),
      );
    }
  });
});
