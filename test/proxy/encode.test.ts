/** The encoders: which bytes they write, and which mistakes of the caller they refuse by name. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  alibabaEndpointId,
  alibabaServiceId,
  alibabaVpcId,
  awsVpcEndpointId,
  azureLinkId,
  decodeProxyHeader,
  decodeProxyV1,
  decodeProxyV2,
  decodeTlv,
  encodeProxyV1,
  encodeProxyV2,
  encodeTlv,
  gcpConnectionId,
  readSsl,
  withTlvs,
} from '../../src/proxy/index.ts';
import type { ProxyHeader, ProxyHeaderInput, ProxyV2EncodeOptions, Tlv, TlvInput } from '../../src/proxy/index.ts';

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const utf8 = (value: string): Uint8Array => new TextEncoder().encode(value);

/** A message that begins with the field, and with no other that begins alike. */
const naming = (field: string): RegExp => new RegExp(`^${field.replace(/[.[\]]/g, '\\$&')}(?![\\w.])`);

const ipv4: ProxyHeaderInput = {
  source: { address: '192.0.2.1', port: 56324 },
  destination: { address: '198.51.100.1', port: 443 },
};
const ipv6: ProxyHeaderInput = {
  source: { address: '2001:DB8:0:0:0:0:0:1', port: 1 },
  destination: { address: '::', port: 65535 },
};
const mixed: ProxyHeaderInput = {
  source: { address: '192.0.2.1', port: 56324 },
  destination: { address: '2001:db8::2', port: 443 },
};
const mixedBack: ProxyHeaderInput = { source: mixed.destination, destination: mixed.source };
const unix: ProxyHeaderInput = { source: { path: '/run/a.sock' }, destination: { path: '\0abstract' } };

function decoded(bytes: Uint8Array, options?: { verifyCrc32c?: boolean; maxBytes?: number }): ProxyHeader {
  const outcome = decodeProxyHeader(bytes, { maxBytes: 65551, ...options });
  if (outcome.status !== 'complete') throw new Error(JSON.stringify(outcome));
  expect(outcome.size).toBe(bytes.length);
  return outcome.value;
}

describe('version 1 (PROXY protocol 2.1)', () => {
  test.each<[string, ProxyHeaderInput, string]>([
    ['IPv4', ipv4, 'PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r\n'],
    ['IPv6, in canonical text', ipv6, 'PROXY TCP6 2001:db8::1 :: 1 65535\r\n'],
    ['an IPv4 source and an IPv6 destination', mixed, 'PROXY TCP6 ::ffff:192.0.2.1 2001:db8::2 56324 443\r\n'],
    ['an IPv6 source and an IPv4 destination', mixedBack, 'PROXY TCP6 2001:db8::2 ::ffff:192.0.2.1 443 56324\r\n'],
    ['no endpoints', {}, 'PROXY UNKNOWN\r\n'],
    ['no endpoints, of whatever transport', { transport: 'datagram' }, 'PROXY UNKNOWN\r\n'],
    ['no endpoints, as decoded', { command: 'PROXY', transport: 'unspecified', tlvs: [] }, 'PROXY UNKNOWN\r\n'],
    ['ports of one and two digits', { source: { address: '1.2.3.4', port: 9 }, destination: { address: '5.6.7.8', port: 10 } }, 'PROXY TCP4 1.2.3.4 5.6.7.8 9 10\r\n'],
    ['ports of two and three digits', { source: { address: '1.2.3.4', port: 99 }, destination: { address: '5.6.7.8', port: 100 } }, 'PROXY TCP4 1.2.3.4 5.6.7.8 99 100\r\n'],
    ['ports of three and four digits', { source: { address: '1.2.3.4', port: 999 }, destination: { address: '5.6.7.8', port: 1000 } }, 'PROXY TCP4 1.2.3.4 5.6.7.8 999 1000\r\n'],
    ['ports of four and five digits', { source: { address: '1.2.3.4', port: 9999 }, destination: { address: '5.6.7.8', port: 10000 } }, 'PROXY TCP4 1.2.3.4 5.6.7.8 9999 10000\r\n'],
    ['port 0', { source: { address: '0.0.0.0', port: 0 }, destination: { address: '255.255.255.255', port: 0 } }, 'PROXY TCP4 0.0.0.0 255.255.255.255 0 0\r\n'],
  ])('%s', (_, header, line) => {
    expect(text(encodeProxyV1(header))).toBe(line);
    expect(decodeProxyV1(encodeProxyV1(header))).toMatchObject({ status: 'complete', size: line.length });
  });

  test('the longest line is accepted by the decoder: 104 bytes', () => {
    const address = 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff';
    const line = encodeProxyV1({ source: { address, port: 65535 }, destination: { address, port: 65535 } });
    expect(line).toHaveLength(104);
    expect(decoded(line).source).toEqual({ family: 'IPv6', address, port: 65535 });
  });

  test.each<[field: string, header: ProxyHeaderInput]>([
    ['command', { command: 'LOCAL' }],
    ['transport', { ...ipv4, transport: 'datagram' }],
    ['source.path', unix],
    ['tlvs', { ...ipv4, tlvs: [{ type: 4, value: new Uint8Array(0) }] }],
  ])('%s: what it has no words for', (field, header) => {
    expect(() => encodeProxyV1(header)).toThrow(TypeError);
    expect(() => encodeProxyV1(header)).toThrow(field);
  });
});

describe('version 2 (PROXY protocol 2.2)', () => {
  const signature = '0d0a0d0a000d0a515549540a';
  test.each<[string, ProxyHeaderInput, string]>([
    ['TCP over IPv4', ipv4, '2111000cc0000201c6336401dc0401bb'],
    ['UDP over IPv4', { ...ipv4, transport: 'datagram' }, '2112000cc0000201c6336401dc0401bb'],
    ['TCP over IPv6', ipv6, `21210024${'20010db8000000000000000000000001'}${'00'.repeat(16)}0001ffff`],
    ['an IPv4 source and an IPv6 destination', mixed, `21210024${'00000000000000000000ffffc0000201'}${'20010db8000000000000000000000002'}dc0401bb`],
    ['an IPv6 source and an IPv4 destination', mixedBack, `21210024${'20010db8000000000000000000000002'}${'00000000000000000000ffffc0000201'}01bbdc04`],
    ['UNIX stream', unix, `213100d8${hex(utf8('/run/a.sock')).padEnd(216, '0')}${hex(utf8('\0abstract')).padEnd(216, '0')}`],
    ['UNIX datagram', { ...unix, transport: 'datagram' }, `213200d8${hex(utf8('/run/a.sock')).padEnd(216, '0')}${hex(utf8('\0abstract')).padEnd(216, '0')}`],
    ['no endpoints: UNSPEC', {}, '21000000'],
    ['LOCAL', { command: 'LOCAL' }, '20000000'],
    ['LOCAL, as decoded', { command: 'LOCAL', transport: 'unspecified', source: undefined, destination: undefined, tlvs: [] }, '20000000'],
    ['TLVs', { command: 'LOCAL', tlvs: [{ type: 4, value: new Uint8Array(2) }, { type: 0xff, value: Uint8Array.of(1) }] }, '20000009' + '0400020000' + 'ff000101'],
  ])('%s', (_, header, expected) => {
    expect(hex(encodeProxyV2(header))).toBe(signature + expected);
    expect(decodeProxyV2(encodeProxyV2(header)).status).toBe('complete');
  });

  test('a decoded header goes into either version, whichever it came in', () => {
    expect(text(encodeProxyV1(decoded(encodeProxyV2(ipv4))))).toBe('PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r\n');
    expect(encodeProxyV2(decoded(encodeProxyV1(mixed)))).toEqual(encodeProxyV2(mixed));
    expect(encodeProxyV2(decoded(encodeProxyV1({})))).toEqual(encodeProxyV2({}));
    expect(encodeProxyV2(decoded(encodeProxyV2(unix)))).toEqual(encodeProxyV2(unix));
  });

  test('the checksum, as another implementation computes it (2.2.3)', () => {
    const header = encodeProxyV2(ipv4, { crc32c: true });
    expect(hex(header)).toBe(`${signature}21110013c0000201c6336401dc0401bb030004737ee919`);
    expect(decodeTlv(decoded(header).tlvs[0]!)).toMatchObject({ value: { name: 'crc32c', checksum: 0x737ee919 } });
  });

  test('a checksum among the TLVs stays where it is and is made right', () => {
    const tlvs = [
      { type: 1, value: utf8('h2') },
      { type: 3, value: new Uint8Array(4).fill(0xaa) },
      { type: 2, value: utf8('www.example.com') },
    ];
    for (const options of [{}, { crc32c: true }, { crc32c: false }]) {
      expect(decoded(encodeProxyV2({ ...ipv4, tlvs }, options)).tlvs.map(({ type }) => type)).toEqual([1, 3, 2]);
    }
    expect(tlvs[1]!.value).toEqual(new Uint8Array(4).fill(0xaa));
  });

  test('padding to an alignment with NOOP, which costs at least 3', () => {
    for (let alignment = 1; alignment <= 40; alignment++) {
      for (let length = 0; length <= 40; length++) {
        const plain = encodeProxyV2({ ...ipv4, tlvs: [{ type: 0xf0, value: new Uint8Array(length) }] });
        const tlvs = decoded(plain).tlvs;
        const padded = encodeProxyV2({ ...ipv4, tlvs }, { alignment, crc32c: length % 2 === 0 });
        expect(padded.length % alignment).toBe(0);
        const unpadded = plain.length + (length % 2 === 0 ? 7 : 0);
        expect(padded.length - unpadded).toBeLessThan(alignment + 3);
        const noops = decoded(padded).tlvs.filter(({ type }) => type === 4);
        expect(noops).toHaveLength(unpadded % alignment === 0 ? 0 : 1);
      }
    }
  });

  test("the vendors' TLVs", () => {
    const options: ProxyV2EncodeOptions = {
      awsVpcEndpointId: 'vpce-08d2bf15fac5001c9',
      azureLinkId: 0xfedcba98,
      gcpConnectionId: 0xfedcba9876543210n,
      alibabaVpcId: 'vpc-1',
      alibabaEndpointId: 'ep-2',
      alibabaServiceId: 'epsrv-3',
    };
    const { tlvs } = decoded(encodeProxyV2(ipv4, options));
    expect(tlvs.map(({ type, value }) => [type, hex(value)])).toEqual([
      [0xea, `01${hex(utf8('vpce-08d2bf15fac5001c9'))}`],
      [0xee, '0198badcfe'],
      [0xe0, 'fedcba9876543210'],
      [0xe1, `01${hex(utf8('vpc-1'))}`],
      [0xe1, `02${hex(utf8('ep-2'))}`],
      [0xe1, `03${hex(utf8('epsrv-3'))}`],
    ]);
    expect({
      awsVpcEndpointId: awsVpcEndpointId(tlvs),
      azureLinkId: azureLinkId(tlvs),
      gcpConnectionId: gcpConnectionId(tlvs),
      alibabaVpcId: alibabaVpcId(tlvs),
      alibabaEndpointId: alibabaEndpointId(tlvs),
      alibabaServiceId: alibabaServiceId(tlvs),
    }).toEqual(options);
  });

  test("a vendor's TLV takes the place of what the header says of the same, and of nothing else", () => {
    const ours = { awsVpcEndpointId: 'vpce-ours', gcpConnectionId: 7n, alibabaVpcId: 'vpc-ours', azureLinkId: 9 };
    const theirs = { awsVpcEndpointId: 'vpce-theirs', gcpConnectionId: 1n, alibabaVpcId: 'vpc-theirs', azureLinkId: 1 };
    const other = [
      { type: 0xea, value: utf8('\x02vpce-theirs') },
      { type: 0xe0, value: new Uint8Array(7) },
      { type: 0xe1, value: new Uint8Array(0) },
    ];
    const received = decoded(encodeProxyV2({ ...ipv4, tlvs: other }, { ...theirs, alibabaEndpointId: 'ep-theirs' }));
    const sent = decoded(encodeProxyV2(received, ours)).tlvs;
    expect(awsVpcEndpointId(sent)).toBe('vpce-ours');
    expect(gcpConnectionId(sent)).toBe(7n);
    expect(azureLinkId(sent)).toBe(9);
    expect(alibabaVpcId(sent)).toBe('vpc-ours');
    expect(alibabaEndpointId(sent)).toBe('ep-theirs');
    expect(sent.slice(0, 3)).toEqual(other);
    expect(sent).toHaveLength(3 + 1 + 4);
  });

  test('a header of 65551 bytes is the longest', () => {
    const tlvs = (length: number): Tlv[] => [
      { type: 0xf0, value: new Uint8Array(65000) },
      { type: 0xf1, value: new Uint8Array(length) },
    ];
    const longest = encodeProxyV2({ ...ipv4, tlvs: tlvs(65535 - 12 - 65003 - 3) });
    expect(longest).toHaveLength(65551);
    expect(decoded(longest).tlvs).toHaveLength(2);
    expect(() => encodeProxyV2({ ...ipv4, tlvs: tlvs(65535 - 12 - 65003 - 2) })).toThrow(RangeError);
    expect(() => encodeProxyV2({ ...ipv4, tlvs: tlvs(65535 - 12 - 65003 - 2) })).toThrow(
      'tlvs make the header 65552 bytes long, more than 65551',
    );
  });

  test('a path of 108 bytes is the longest', () => {
    const path = '/'.repeat(108);
    expect(decoded(encodeProxyV2({ source: { path }, destination: { path } })).source).toEqual({ family: 'unix', path });
  });

  test('results are plain arrays of their own', () => {
    for (const bytes of [encodeProxyV1(ipv4), encodeProxyV2(ipv4), withTlvs(ipv4, {})]) {
      expect(Object.getPrototypeOf(bytes)).toBe(Uint8Array.prototype);
      expect(bytes.buffer.byteLength).toBe(bytes.length);
    }
  });
});

describe('what cannot be written is refused by the name of its field, in both versions', () => {
  const good = { address: '192.0.2.1', port: 80 };
  const bad = (header: unknown): ProxyHeaderInput => header as ProxyHeaderInput;
  test.each<[field: string, error: ErrorConstructor, header: ProxyHeaderInput]>([
    ['source', TypeError, { destination: good }],
    ['destination', TypeError, { source: good }],
    ['source', TypeError, bad({ source: null, destination: good })],
    ['destination', TypeError, bad({ source: good, destination: '192.0.2.1:80' })],
    ['source.address', TypeError, bad({ source: {}, destination: good })],
    ['source.address', TypeError, bad({ source: { address: undefined, port: 80 }, destination: good })],
    ['source.address', TypeError, bad({ source: { address: 3221225985, port: 80 }, destination: good })],
    ...['', 'localhost', '192.0.2', '192.0.2.01', '192.0.2.256', '192.0.2.1.', ' 192.0.2.1', '[::1]', '::1%eth0', '1::2::3', '192.0.2.1\r\nX: y', '192.0.2.1 1', '::1\n'].map(
      (address): [string, ErrorConstructor, ProxyHeaderInput] => ['source.address', TypeError, { source: { address, port: 80 }, destination: good }],
    ),
    ['destination.address', TypeError, { source: good, destination: { address: 'x', port: 80 } }],
    ['source.port', TypeError, bad({ source: { address: '192.0.2.1' }, destination: good })],
    ['source.port', TypeError, bad({ source: { address: '192.0.2.1', port: '80' }, destination: good })],
    ...[-1, 65536, 1.5, NaN, Infinity].map(
      (port): [string, ErrorConstructor, ProxyHeaderInput] => ['destination.port', RangeError, { source: good, destination: { ...good, port } }],
    ),
    ['source.family', TypeError, { source: { ...good, family: 'IPv6' }, destination: good }],
    ['source.family', TypeError, { source: { address: '::1', port: 1, family: 'IPv4' }, destination: good }],
    ['source.family', TypeError, { source: { ...good, family: 'unix' }, destination: good }],
    ['command', TypeError, bad({ command: 'proxy', source: good, destination: good })],
    ['command', TypeError, bad({ command: 1 })],
    ['transport', TypeError, bad({ transport: 'tcp', source: good, destination: good })],
    ['transport', TypeError, { transport: 'unspecified', source: good, destination: good }],
    ['source', TypeError, { command: 'LOCAL', source: good, destination: good }],
    ['source', TypeError, bad({ source: { ...good, path: '/run/a.sock' }, destination: good })],
    ['header', TypeError, bad(null)],
    ['header', TypeError, bad('PROXY UNKNOWN')],
    ['header', TypeError, bad([good, good])],
    ['tlvs', TypeError, bad({ tlvs: null })],
    ['tlvs', TypeError, bad({ tlvs: new Set() })],
  ])('%# %s', (field, error, header) => {
    for (const encode of [encodeProxyV1, encodeProxyV2]) {
      expect(() => encode(header)).toThrow(error);
      expect(() => encode(header)).toThrow(naming(field));
    }
  });

  test('an endpoint that is not there is told from one that is wrong', () => {
    expect(() => encodeProxyV2({ destination: good })).toThrow('source must be given where destination is');
    expect(() => encodeProxyV2({ source: good })).toThrow('destination must be given where source is');
  });

  test.each<[field: string, error: ErrorConstructor, header: ProxyHeaderInput, options?: object]>([
    ['destination', TypeError, { source: { path: '/a' }, destination: good }],
    ['destination', TypeError, { source: good, destination: { path: '/a' } }],
    ['source.family', TypeError, { source: { path: '/a', family: 'IPv4' }, destination: { path: '' } }],
    ['source.path', TypeError, bad({ source: { path: 1 }, destination: { path: '' } })],
    ['source.path', RangeError, { source: { path: 'a'.repeat(109) }, destination: { path: '' } }],
    ['destination.path', RangeError, { source: { path: '' }, destination: { path: '/\u0100' } }],
    ['destination.path', RangeError, { source: { path: '' }, destination: { path: '/a\0b' } }],
    ['destination.path', RangeError, { source: { path: '' }, destination: { path: '\0' } }],
    ['destination.path', RangeError, { source: { path: '' }, destination: { path: '\0a\0' } }],
    ['tlvs', TypeError, bad({ tlvs: { type: 4, value: new Uint8Array(0) } })],
    ['tlvs[0]', TypeError, bad({ tlvs: [null] })],
    ['tlvs[0]', TypeError, bad({ tlvs: new Array(1) })],
    ['options', TypeError, {}, null as unknown as object],
    ['tlvs[0].value', TypeError, bad({ tlvs: [{ type: 4 }] })],
    ['tlvs[0].type', TypeError, bad({ tlvs: [{ type: '4', value: new Uint8Array(0) }] })],
    ['tlvs[1].type', RangeError, { tlvs: [{ type: 4, value: new Uint8Array(0) }, { type: 256, value: new Uint8Array(0) }] }],
    ['tlvs[0].type', RangeError, { tlvs: [{ type: -1, value: new Uint8Array(0) }] }],
    ['tlvs[0].value', TypeError, bad({ tlvs: [{ type: 4, value: [1, 2] }] })],
    ['tlvs[0].value', TypeError, bad({ tlvs: [{ type: 4, value: 'text' }] })],
    ['tlvs[0].value', RangeError, { tlvs: [{ type: 4, value: new Uint8Array(65536) }] }],
    ['tlvs[0].value', RangeError, { tlvs: [{ type: 3, value: new Uint8Array(3) }] }],
    ['tlvs[0].value', RangeError, { tlvs: [{ type: 5, value: new Uint8Array(129) }] }],
    ['tlvs[0].value', RangeError, { tlvs: [{ type: 0x20, value: new Uint8Array(4) }] }],
    ['tlvs', RangeError, { tlvs: [{ type: 3, value: new Uint8Array(4) }, { type: 3, value: new Uint8Array(4) }] }],
    ['alignment', RangeError, {}, { alignment: 0 }],
    ['alignment', RangeError, {}, { alignment: 2.5 }],
    ['alignment', RangeError, {}, { alignment: -8 }],
    ['alignment', TypeError, {}, { alignment: '8' }],
    ['awsVpcEndpointId', RangeError, {}, { awsVpcEndpointId: '' }],
    ['awsVpcEndpointId', RangeError, {}, { awsVpcEndpointId: 'vpce-1\r\n' }],
    ['awsVpcEndpointId', RangeError, {}, { awsVpcEndpointId: 'vpce-\u2026' }],
    ['awsVpcEndpointId', TypeError, {}, { awsVpcEndpointId: 1 }],
    ['awsVpcEndpointId', RangeError, {}, { awsVpcEndpointId: 'x'.repeat(65535) }],
    ['tlvs', RangeError, {}, { awsVpcEndpointId: 'x'.repeat(65534) }],
    ['azureLinkId', RangeError, {}, { azureLinkId: 2 ** 32 }],
    ['azureLinkId', TypeError, {}, { azureLinkId: 5n }],
    ['gcpConnectionId', TypeError, {}, { gcpConnectionId: 5 }],
    ['gcpConnectionId', RangeError, {}, { gcpConnectionId: 2n ** 64n }],
    ['gcpConnectionId', RangeError, {}, { gcpConnectionId: -1n }],
    ['alibabaVpcId', RangeError, {}, { alibabaVpcId: 'a b' }],
    ['alibabaEndpointId', RangeError, {}, { alibabaEndpointId: '' }],
    ['alibabaServiceId', TypeError, {}, { alibabaServiceId: null }],
  ])('%# %s', (field, error, header, options) => {
    expect(() => encodeProxyV2(header, options)).toThrow(error);
    expect(() => encodeProxyV2(header, options)).toThrow(naming(field));
  });
});

describe('encodeTlv', () => {
  test.each<[TlvInput, type: number, value: string]>([
    [{ name: 'alpn', protocol: 'h2' }, 1, '6832'],
    [{ name: 'alpn', protocol: '\xff\0' }, 1, 'ff00'],
    [{ name: 'authority', authority: 'bücher.example' }, 2, hex(utf8('bücher.example'))],
    [{ name: 'crc32c', checksum: 0xe3069283 }, 3, 'e3069283'],
    [{ name: 'noop', value: Uint8Array.of(1, 2) }, 4, '0102'],
    [{ name: 'unique_id', uniqueId: new Uint8Array(128) }, 5, '00'.repeat(128)],
    [{ name: 'ssl', client: 1, verify: 1 }, 0x20, '0100000001'],
    [{ name: 'ssl', client: 7, verify: 0xffffffff, tlvs: [{ type: 0x2f, value: Uint8Array.of(9) }] }, 0x20, '07ffffffff2f000109'],
    [{ name: 'ssl', client: 3, verify: 0, cn: 'a', version: 'TLSv1.3' }, 0x20, `0300000000${'210007'}${hex(utf8('TLSv1.3'))}22000161`],
    [{ name: 'netns', namespace: 'blue' }, 0x30, '626c7565'],
    [{ name: 'unknown', type: 0xf0, value: new Uint8Array(0) }, 0xf0, ''],
  ])('%#', (tlv, type, value) => {
    const raw = encodeTlv(tlv);
    expect([raw.type, hex(raw.value)]).toEqual([type, value]);
    const back = decodeTlv(raw);
    expect(back).toMatchObject({ status: 'complete', value: tlv });
    if (back.status === 'complete') expect(encodeTlv(back.value)).toEqual(raw);
  });

  test('every field of SSL comes back', () => {
    const ssl = {
      client: 5,
      verify: 0,
      version: 'TLSv1.3',
      cn: 'client.example',
      cipher: 'TLS_AES_128_GCM_SHA256',
      sigAlg: 'RSA-SHA256',
      keyAlg: 'RSA2048',
      group: 'X25519MLKEM768',
      sigScheme: 'rsa_pss_rsae_sha256',
      clientCert: Uint8Array.of(0x30, 0),
    };
    const raw = encodeTlv({ name: 'ssl', ...ssl });
    expect(readSsl([raw])).toMatchObject({ ...ssl, clientSsl: true, clientCertConn: false, clientCertSess: true, verified: true });
    expect(readSsl([raw])!.tlvs.map(({ type }) => type)).toEqual([0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x27, 0x28]);
  });

  test('a sub-TLV has types of its own: what a number means outside of SSL does not bind it (2.2.6)', () => {
    const subTlvs = [
      { type: 0x03, value: Uint8Array.of(1) },
      { type: 0x05, value: new Uint8Array(129) },
      { type: 0x20, value: new Uint8Array(0) },
    ];
    const raw = encodeTlv({ name: 'ssl', client: 0, verify: 0, tlvs: subTlvs });
    expect(readSsl([raw])!.tlvs).toEqual(subTlvs);
    const back = decodeTlv(raw);
    if (back.status === 'complete') expect(encodeTlv(back.value)).toEqual(raw);
    expect(decoded(encodeProxyV2({ tlvs: [raw] })).tlvs).toEqual([raw]);
  });

  test('fields by name that are not what the sub-TLVs say are refused, so that no change goes unheard', () => {
    const clientCert = Uint8Array.of(0x30, 0);
    const ssl = readSsl([encodeTlv({ name: 'ssl', client: 1, verify: 1, cn: 'old', clientCert })])!;
    const changes = { cn: 'new', version: 'TLSv1.3', clientCert: Uint8Array.of(0x30, 1) };
    for (const [field, value] of [...Object.entries(changes), ['cn', undefined], ['clientCert', undefined]] as const) {
      expect(() => encodeTlv({ ...ssl, name: 'ssl', [field]: value })).toThrow(new RegExp(`^${field} must be`));
      const { tlvs: _, ...named } = ssl;
      expect(readSsl([encodeTlv({ ...named, name: 'ssl', [field]: value })])).toMatchObject({ [field]: value });
    }
    expect(() => encodeTlv({ name: 'ssl', client: 1, verify: 0, cn: 'undefined', tlvs: [] })).toThrow(/^cn must be/);
    const numbers = encodeTlv({ ...ssl, name: 'ssl', client: 5, verify: 0 });
    expect(readSsl([numbers])).toMatchObject({ client: 5, verify: 0, cn: 'old', clientCert, verified: true });
  });

  test('what it gives is its own, and no Buffer', () => {
    const given = Buffer.from('abc');
    for (const tlv of [
      encodeTlv({ name: 'noop', value: given }),
      encodeTlv({ name: 'unique_id', uniqueId: given }),
      encodeTlv({ name: 'unknown', type: 0xe5, value: given }),
    ]) {
      expect(Object.getPrototypeOf(tlv.value)).toBe(Uint8Array.prototype);
      given.fill(0);
      expect(text(tlv.value)).toBe('abc');
      given.set(utf8('abc'));
    }
  });

  test.each<[field: string, error: ErrorConstructor, tlv: unknown]>([
    ['tlv', TypeError, null],
    ['tlvs', TypeError, { name: 'ssl', client: 1, verify: 0, tlvs: 5 }],
    ['tlvs[0]', TypeError, { name: 'ssl', client: 1, verify: 0, tlvs: new Array(1) }],
    ['tlvs[0].value', RangeError, { name: 'ssl', client: 1, verify: 0, tlvs: [{ type: 1, value: new Uint8Array(65536) }] }],
    ['cipher', RangeError, { name: 'ssl', client: 1, verify: 0, cipher: 'x'.repeat(65536) }],
    ['name', TypeError, { name: 'ALPN', protocol: 'h2' }],
    ['name', TypeError, {}],
    ['protocol', TypeError, { name: 'alpn' }],
    ['protocol', RangeError, { name: 'alpn', protocol: '\u0100' }],
    ['protocol', RangeError, { name: 'alpn', protocol: 'x'.repeat(65536) }],
    ['authority', RangeError, { name: 'authority', authority: 'a\ud800' }],
    ['authority', RangeError, { name: 'authority', authority: '\udc00' }],
    ['authority', RangeError, { name: 'authority', authority: 'x'.repeat(65536) }],
    ['authority', TypeError, { name: 'authority', authority: null }],
    ['checksum', RangeError, { name: 'crc32c', checksum: -1 }],
    ['checksum', RangeError, { name: 'crc32c', checksum: 2 ** 32 }],
    ['checksum', TypeError, { name: 'crc32c' }],
    ['value', TypeError, { name: 'noop', value: 'x' }],
    ['value', RangeError, { name: 'noop', value: new Uint8Array(65536) }],
    ['uniqueId', TypeError, { name: 'unique_id', uniqueId: 'x' }],
    ['uniqueId', RangeError, { name: 'unique_id', uniqueId: new Uint8Array(129) }],
    ['client', RangeError, { name: 'ssl', client: 256, verify: 0 }],
    ['client', TypeError, { name: 'ssl', verify: 0 }],
    ['verify', TypeError, { name: 'ssl', client: 1 }],
    ['verify', RangeError, { name: 'ssl', client: 1, verify: 2 ** 32 }],
    ['cn', RangeError, { name: 'ssl', client: 1, verify: 0, cn: '\ud800' }],
    ['clientCert', TypeError, { name: 'ssl', client: 1, verify: 0, clientCert: 'PEM' }],
    ['tlvs[0].type', RangeError, { name: 'ssl', client: 1, verify: 0, tlvs: [{ type: 300, value: new Uint8Array(0) }] }],
    ['ssl', RangeError, { name: 'ssl', client: 1, verify: 0, cn: 'x'.repeat(65535) }],
    ['namespace', TypeError, { name: 'netns', namespace: 7 }],
    ['namespace', RangeError, { name: 'netns', namespace: 'x'.repeat(65536) }],
    ['value', TypeError, { name: 'unknown', type: 0xf0, value: 'x' }],
    ['type', RangeError, { name: 'unknown', type: 256, value: new Uint8Array(0) }],
    ['value', RangeError, { name: 'unknown', type: 5, value: new Uint8Array(129) }],
  ])('%# %s', (field, error, tlv) => {
    expect(() => encodeTlv(tlv as TlvInput)).toThrow(error);
    expect(() => encodeTlv(tlv as TlvInput)).toThrow(naming(field));
  });
});

describe('withTlvs', () => {
  const alpn = encodeTlv({ name: 'alpn', protocol: 'h2' });
  const authority = (name: string): Tlv => encodeTlv({ name: 'authority', authority: name });
  const noop = encodeTlv({ name: 'noop', value: new Uint8Array(3) });
  const header = decoded(encodeProxyV2({ ...ipv4, tlvs: [authority('a'), noop, authority('b'), alpn] }, { crc32c: true }));

  const tlvsOf = (bytes: Uint8Array): (string | number)[] =>
    decoded(bytes).tlvs.map(({ type, value }) => (type === 2 ? text(value) : type));

  test('the header as it was', () => {
    expect(tlvsOf(encodeProxyV2(header))).toEqual(['a', 4, 'b', 1, 3]);
    expect(withTlvs(header, {})).toEqual(encodeProxyV2(header));
  });

  test.each<[string, Parameters<typeof withTlvs>[1], (string | number)[]]>([
    ['add at the end', { add: [authority('c'), noop] }, ['a', 4, 'b', 1, 3, 'c', 4]],
    ['remove every one of a type', { remove: [2] }, [4, 1, 3]],
    ['remove the checksum', { remove: [3] }, ['a', 4, 'b', 1]],
    ['remove what is not there', { remove: [0x30] }, ['a', 4, 'b', 1, 3]],
    ['replace where the first one stood', { replace: [authority('c')] }, ['c', 4, 1, 3]],
    ['replace one by two', { replace: [authority('c'), authority('d')] }, ['c', 'd', 4, 1, 3]],
    ['replace what is not there: at the end', { replace: [{ type: 0x30, value: utf8('blue') }] }, ['a', 4, 'b', 1, 3, 0x30]],
    ['all three', { remove: [4], replace: [authority('c')], add: [alpn] }, ['c', 1, 3, 1]],
    ['what is removed is not replaced in place', { remove: [2], replace: [authority('c')] }, [4, 1, 3, 'c']],
  ])('%s', (_, changes, expected) => {
    expect(tlvsOf(withTlvs(header, changes))).toEqual(expected);
  });

  test('the options of the encoder', () => {
    const bytes = withTlvs(header, { remove: [3] }, { crc32c: true, alignment: 100, awsVpcEndpointId: 'vpce-1' });
    expect(tlvsOf(bytes)).toEqual(['a', 4, 'b', 1, 0xea, 3, 4]);
    expect(bytes.length % 100).toBe(0);
  });

  test('a header that came in version 1', () => {
    const bytes = withTlvs(decoded(encodeProxyV1(ipv4)), { add: [alpn] });
    expect(decoded(bytes)).toMatchObject({ version: 2, source: { address: '192.0.2.1' }, tlvs: [{ type: 1 }] });
  });

  test('a header whose checksum was wrong leaves with a right one', () => {
    const bytes = encodeProxyV2(header);
    bytes[bytes.length - 1]! ^= 1;
    expect(decodeProxyHeader(bytes).status).toBe('malformed');
    expect(withTlvs(decoded(bytes, { verifyCrc32c: false }), {})).toEqual(encodeProxyV2(header));
  });

  test('a header whose fields are inherited', () => {
    const bytes = withTlvs(Object.create(header) as ProxyHeader, { add: [alpn] });
    expect(decoded(bytes).source).toEqual(header.source);
  });

  test.each<[field: string, error: ErrorConstructor, changes: unknown]>([
    ['changes', TypeError, null],
    ['changes', TypeError, 5],
    ['remove', TypeError, { remove: 5 }],
    ['remove', TypeError, { remove: '23' }],
    ['remove[0]', TypeError, { remove: ['4'] }],
    ['remove[1]', RangeError, { remove: [4, 256] }],
    ['replace', TypeError, { replace: null }],
    ['replace[0]', TypeError, { replace: [null] }],
    ['add', TypeError, { add: alpn }],
    ['add[0].type', RangeError, { add: [{ type: 300, value: new Uint8Array(0) }] }],
    ['add[0].value', RangeError, { add: [{ type: 5, value: new Uint8Array(129) }] }],
    ['tlvs', RangeError, { add: [{ type: 3, value: new Uint8Array(4) }] }],
    ['changes', TypeError, null],
  ])('%# %s', (field, error, changes) => {
    const run = (): unknown => withTlvs(header, changes as Parameters<typeof withTlvs>[1]);
    expect(run).toThrow(error);
    expect(run).toThrow(naming(field));
  });

  test('a header that cannot be written is refused by the name of its field', () => {
    expect(() => withTlvs(null as unknown as ProxyHeaderInput, {})).toThrow(/^header must be/);
    expect(() => withTlvs({ tlvs: 5 as unknown as Tlv[] }, {})).toThrow(/^tlvs must be/);
  });

  test('the header is left as it is', () => {
    const before = structuredClone(header);
    withTlvs(header, { remove: [2], replace: [alpn], add: [noop] });
    expect(header).toEqual(before);
  });
});

test('each mistake is a TypeError or a RangeError that names a field, whatever the input', () => {
  const anything = fc.anything({ withBigInt: true, withTypedArray: true, maxDepth: 3 });
  const header = fc.record(
    { command: anything, transport: anything, source: anything, destination: anything, tlvs: anything },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(header, (input) => {
      for (const encode of [encodeProxyV1, encodeProxyV2]) {
        try {
          encode(input as ProxyHeaderInput);
        } catch (error) {
          expect(error).toSatisfy((thrown) => thrown instanceof TypeError || thrown instanceof RangeError);
          expect((error as Error).message).toMatch(/^(?:command|transport|source|destination|tlvs)\b/);
        }
      }
    }),
    { numRuns: 500 },
  );
});

test.each([
  ['encodeProxyV1', encodeProxyV1],
  ['encodeProxyV2', encodeProxyV2],
] as const)('%s may be called by what it reads', (_, encode) => {
  for (const outer of [ipv4, ipv6, mixed]) {
    for (const inner of [ipv4, ipv6, mixed]) {
      const calling = (end: ProxyHeaderInput['source']): ProxyHeaderInput['source'] =>
        ({ ...end, get port(): number | undefined { return encode(inner) && end?.port; } }) as ProxyHeaderInput['source'];
      const header: ProxyHeaderInput = {
        source: calling(outer.source),
        destination: calling(outer.destination),
        get tlvs() {
          expect(encode(inner)).toEqual(encode({ ...inner }));
          return [];
        },
      };
      expect(encode(header)).toEqual(encode(outer));
    }
  }
});
