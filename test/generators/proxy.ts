/** PROXY headers: what a sender may say in either version, and what it may get wrong. PROXY protocol 2. */
import fc from 'fast-check';
import type { EndpointInput, ProxyHeaderInput, Tlv } from '../../src/proxy/index.ts';
import { bytes, concat, u16 } from '../vectors/build.ts';
import type { Part } from '../vectors/build.ts';
import { checksummed, proxyV2, ssl, tlv } from '../vectors/proxy.ts';
import { domains, ipv6Texts, joined, mostlyRight, noise, right, textOf, utf8 } from './parts.ts';
import type { Or } from './parts.ts';

const upTo = (maxLength: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ maxLength });
const number = (max: number): fc.Arbitrary<number> => fc.nat(max);

// TLVs

/** What clients ask for, and what else ALPN may name. */
const alpn = fc.oneof(fc.constantFrom('h2', 'http/1.1', 'h3', 'acme-tls/1'), textOf('\x01\xff', 0, 20));

/** Each field there or not, in the order of their types, and perhaps one that nobody knows or that was there before. */
const subTlvs = fc
  .tuple(
    fc.record(
      {
        version: fc.constantFrom('TLSv1', 'TLSv1.2', 'TLSv1.3', ''),
        cn: utf8(20),
        cipher: fc.constantFrom('ECDHE-RSA-AES128-GCM-SHA256', 'TLS_AES_128_GCM_SHA256'),
        sigAlg: fc.constantFrom('RSA-SHA256', 'ecdsa-with-SHA256'),
        keyAlg: fc.constantFrom('RSA2048', 'EC256'),
        group: fc.constantFrom('secp256r1', 'X25519MLKEM768'),
        sigScheme: fc.constantFrom('rsa_pss_rsae_sha256', 'ecdsa_secp256r1_sha256'),
        clientCert: upTo(60),
      },
      { requiredKeys: [] },
    ),
    fc.array(fc.tuple(fc.constantFrom(0x21, 0x22, 0x2f, 0x00, 0xff), upTo(6)), { maxLength: 1 }),
  )
  .map(([fields, others]) => {
    const { version, cn, cipher, sigAlg, keyAlg, group, sigScheme, clientCert } = fields;
    const known = [version, cn, cipher, sigAlg, keyAlg, group, sigScheme, clientCert].map((value, i) =>
      value === undefined ? [] : tlv(0x21 + i, value),
    );
    return [...known, ...others.map(([type, value]) => tlv(type, value))];
  });

const clientBits = fc.oneof(fc.constantFrom(0, 1, 3, 5, 7), number(255));
const verify = fc.oneof(fc.constantFrom(0, 1, 10, 21), number(0xffffffff));
const sslTlv = fc.tuple(clientBits, verify, subTlvs).map(([client, verify, inside]) => ssl(client, verify, inside));

const vendors: readonly fc.Arbitrary<Uint8Array>[] = [
  joined(
    0xea, 1,
    fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 8, maxLength: 17 }).map((id) => `vpce-${id}`),
  ),
  joined(0xea, number(255), upTo(20)),
  joined(0xee, 1, noise(4)),
  joined(0xee, number(255), upTo(8)),
  joined(0xe0, noise(8)),
  joined(0xe1, fc.integer({ min: 1, max: 3 }), textOf('!~', 1, 20)),
  joined(fc.integer({ min: 0xe0, max: 0xef }), upTo(12)),
];

/** Type and value of every TLV that a header may hold as it is; a checksum may only if it is right. */
export const tlvs: fc.Arbitrary<Tlv> = fc
  .oneof(
    joined(0x01, alpn),
    joined(0x02, fc.oneof(domains, utf8(40))),
    joined(0x04, upTo(60)),
    joined(0x05, upTo(128)),
    sslTlv.map((whole) => bytes(whole[0]!, whole.subarray(3))),
    joined(0x30, fc.oneof(textOf('az', 1, 12), utf8(40))),
    fc.oneof(...vendors),
    joined(fc.constantFrom(0x00, 0x06, 0x1f, 0x21, 0x28, 0x31, 0xdf, 0xf0, 0xf7, 0xf8, 0xff), upTo(60)),
  )
  .map((written) => ({ type: written[0]!, value: written.slice(1) }));

const written = ({ type, value }: Tlv): Uint8Array => tlv(type, value);

/** TLVs that no header may hold, with those that are of no TLV. */
const brokenTlvs = fc.oneof(
  fc
    .tuple(tlvs, fc.integer({ min: 1, max: 300 }))
    .map(([{ type, value }, by]) => bytes(type, u16(value.length + by), value)),
  fc.tuple(tlvs, fc.nat(2)).map(([one, length]) => written(one).slice(0, length)),
  fc.integer({ min: 129, max: 200 }).map((length) => tlv(0x05, new Uint8Array(length))),
  upTo(4).map((value) => tlv(0x20, value)),
  joined(0x20, 0, noise(7), fc.constantFrom(0x21, 0x22, 0x28)).map((start) => bytes(start.with(2, 8), u16(3), 'abc')),
  upTo(7).map((value) => tlv(0x03, value)),
);

// Version 1

const port = number(0xffff).map(String);
const badPorts = fc.constantFrom('', '65536', '080', '00', '-1', '+1', '0x50', '80a', '1.0', '99999999999');
const badIPv4 = fc.oneof(
  fc.ipV4Extended(),
  ipv6Texts,
  fc.constantFrom('', '256.0.2.1', '01.2.3.4', '1.2.3', '1.2.3.4.5', '1..2.3', '1.2.3.4.', '1.2.3.4/8', 'localhost'),
);
const badIPv6 = fc.oneof(
  fc.ipV4(),
  ipv6Texts.map((text) => `[${text}]`),
  fc.constantFrom('', ':', ':::', '1::2::3', '1:2:3:4::5:6:7:8', '1:2:3:4:5:6:7', '1:2:3:4:5:6:7:8:9', '::12345'),
  fc.constantFrom('fe80::1%eth0', '::g', '1:', ':1', '::1.2.3', '::256.1.1.1', '::\0', '1:2:3:4:5:6:7:1.2.3.4'),
);

/** What may stand behind UNKNOWN: anything but an end of a line. */
const anyText = (minLength: number, maxLength: number): fc.Arbitrary<string> =>
  textOf('\0\t\x0b\x0c\x0e\xff', minLength, maxLength).map((text) => ` ${text}`);

function proxyV1Header(or: Or): fc.Arbitrary<Uint8Array> {
  const one = (text: string, ...wrong: readonly string[]): fc.Arbitrary<string> =>
    or(fc.constant(text), fc.constantFrom(...wrong));
  const proxy = one('PROXY ', 'proxy ', 'PROXY', 'PROXY  ', 'PROXY\t', 'PROXX ', ' PROXY ');
  const space = one(' ', '', '  ', '\t', '\0', '\r', '\n', ',');
  const end = one('\r\n', '\n', '\r', '\r\r\n', ' \r\n', '\n\r\n', '\0\r\n', ' 1\r\n', '');
  const fields = (address: fc.Arbitrary<string>): fc.Arbitrary<Part> =>
    joined(space, address, space, address, space, or(port, badPorts), space, or(port, badPorts));
  const line = fc.oneof(
    {
      weight: 4,
      arbitrary: joined(proxy, one('TCP4', 'TCP6', 'tcp4', 'UDP4', 'TCP5', 'TCP'), fields(or(fc.ipV4(), badIPv4)), end),
    },
    {
      weight: 4,
      arbitrary: joined(proxy, one('TCP6', 'TCP4', 'tcp6', 'UDP6', 'TCP', ''), fields(or(ipv6Texts, badIPv6)), end),
    },
    {
      weight: 1,
      arbitrary: joined(
        proxy,
        one('UNKNOWN', 'unknown', 'UNKNOWNS', 'UNKNOW', 'UNKN'),
        or(fc.oneof(fc.constant(''), fields(fc.oneof(fc.ipV4(), fc.ipV6())), anyText(0, 91)), anyText(92, 130), 6),
        end,
      ),
    },
  );
  // The longest spellings of IPv6 are longer than a line may be.
  return or === right ? line.filter(({ length }) => length <= 107) : line;
}

/** Version 1, the line alone. */
export const proxyV1Headers: fc.Arbitrary<Uint8Array> = mostlyRight(proxyV1Header);
export const goodProxyV1Headers: fc.Arbitrary<Uint8Array> = proxyV1Header(right);

// Version 2

/** What stands in front of the TLVs, and the two bytes that say so. */
interface Beginning {
  readonly verCmd: number;
  readonly fam: number;
  readonly addresses: Uint8Array;
}

const LOCAL = 0x20;
const PROXY = 0x21;

const latin1 = textOf('\x01\xff', 0, 108);
/** Only what comes back as it went: one ends at its first NUL, and behind an abstract name NULs are padding. */
const paths = fc.oneof(
  textOf('!~', 0, 30).map((name) => `/${name}`),
  latin1,
  textOf('\x01\xff', 1, 107).map((name) => `\0${name}`),
);
/** A path as it is sent, perhaps with what was in memory behind its end. */
const pathFields = fc.tuple(paths, noise(108), fc.boolean()).map(([path, behind, isClean]) => {
  const field = isClean ? new Uint8Array(108) : behind;
  field.set(bytes(path, path.length < 108 ? 0 : []));
  return field;
});
const addresses: Readonly<Record<number, fc.Arbitrary<Uint8Array>>> = {
  0: fc.constant(bytes()),
  1: noise(12),
  2: fc.oneof(noise(36), joined(new Uint8Array(10), 0xff, 0xff, noise(4), noise(20))),
  3: joined(pathFields, pathFields),
};

function beginning(verCmd: number, family: number, transports: readonly number[]): fc.Arbitrary<Beginning> {
  return fc
    .tuple(addresses[family]!, fc.constantFrom(...transports))
    .map(([addresses, transport]) => ({ verCmd, fam: (family << 4) | transport, addresses }));
}

const beginnings: fc.Arbitrary<Beginning> = fc.oneof(
  { weight: 6, arbitrary: beginning(PROXY, 1, [1, 1, 1, 2]) },
  { weight: 6, arbitrary: beginning(PROXY, 2, [1, 1, 1, 2]) },
  { weight: 2, arbitrary: beginning(PROXY, 3, [1, 2]) },
  { weight: 1, arbitrary: beginning(PROXY, 0, [0]) },
  { weight: 1, arbitrary: beginning(LOCAL, 0, [0]) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 3 }).chain((family) => beginning(LOCAL, family, [0, 1, 2, 15])) },
  // Nothing in these blocks is malformed, whatever it is.
  {
    weight: 1,
    arbitrary: fc.oneof(
      fc.record({ verCmd: fc.constant(LOCAL), fam: number(255), addresses: upTo(60) }),
      fc.record({
        verCmd: fc.constant(PROXY),
        fam: fc.constantFrom(0x00, 0x01, 0x02, 0x10, 0x20, 0x30),
        addresses: upTo(60),
      }),
    ),
  },
);

/** What a few pad their headers to, up to the longest that is taken unless more is allowed. */
const sizes = fc.oneof({ weight: 20, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: number(4096) });

const checksums = ['none', 'right', 'wrong', 'reversed', 'twice'] as const;

function proxyV2Header(or: Or): fc.Arbitrary<Uint8Array> {
  return fc
    .record({
      start: beginnings,
      verCmd: or(fc.constant(undefined), fc.oneof(fc.constantFrom(0x22, 0x2f, 0x11, 0x31), number(255))),
      fam: or(fc.constant(undefined), fc.oneof(fc.constantFrom(0x13, 0x41, 0x1f, 0xff), number(255))),
      tlvs: fc.array(or(tlvs.map(written), brokenTlvs), { maxLength: 5 }),
      checksum: or(fc.constantFrom<(typeof checksums)[number]>('none', 'right'), fc.constantFrom(...checksums)),
      checksumAt: fc.nat(),
      size: or(sizes, fc.integer({ min: 4097, max: 4500 }), 1),
      lengthBy: or(fc.constant(0), fc.oneof(fc.integer({ min: -4, max: 4 }), fc.integer({ min: -300, max: 5000 })), 6),
      signature: or(fc.constant(undefined), fc.tuple(fc.nat(11), number(255))),
    })
    .map(({ start, verCmd = start.verCmd, fam = start.fam, tlvs, checksum, checksumAt, size, lengthBy, signature }) => {
      const at = checksumAt % (tlvs.length + 1);
      const before = concat([start.addresses, ...tlvs.slice(0, at)]);
      const sum = checksum === 'none' ? [] : tlv(0x03, new Uint8Array(4));
      const sums = [sum, checksum === 'twice' ? sum : []];
      const unpadded = bytes(before, sums, tlvs.slice(at));
      const missing = size - 16 - unpadded.length;
      const block = bytes(unpadded, missing < 3 ? [] : tlv(0x04, new Uint8Array(missing - 3)));
      const length = Math.min(0xffff, Math.max(0, block.length + lengthBy));
      let header = proxyV2({ verCmd, fam, addresses: block, length });
      if (checksum !== 'none') {
        const valueAt = 16 + before.length + 3;
        header = checksummed(header, valueAt);
        const value = header.subarray(valueAt, valueAt + 4);
        if (checksum === 'reversed') value.reverse();
        if (checksum === 'wrong') value[0]! ^= 1;
      }
      return signature === undefined ? header : header.with(...signature);
    });
}

/** Version 2, the header alone; or less of it, or more, where the length is wrong. */
export const proxyV2Headers: fc.Arbitrary<Uint8Array> = mostlyRight(proxyV2Header);
export const goodProxyV2Headers: fc.Arbitrary<Uint8Array> = proxyV2Header(right);

/** Of either version. */
export const proxyHeaders: fc.Arbitrary<Uint8Array> = fc.oneof(proxyV1Headers, {
  weight: 2,
  arbitrary: proxyV2Headers,
});

// What the encoders take

const ip = fc
  .tuple(fc.oneof(fc.ipV4(), fc.ipV6()), number(0xffff))
  .map(([address, port]) => ({ family: address.includes(':') ? 'IPv6' : 'IPv4', address, port }));
const unix = paths.map((path) => ({ family: 'unix', path }));
const pair = (endpoint: fc.Arbitrary<EndpointInput>): fc.Arbitrary<ProxyHeaderInput> =>
  fc.record({ source: endpoint, destination: endpoint });

/** Endpoints over IP in both families, and none. */
export const ipEndpoints: fc.Arbitrary<ProxyHeaderInput> = fc.oneof(pair(ip), fc.constant<ProxyHeaderInput>({}));

/** All that version 2 can say: the command LOCAL only without endpoints, and no checksum. */
export const proxyHeaderInputs: fc.Arbitrary<ProxyHeaderInput> = fc
  .record({
    ends: fc.oneof(ipEndpoints, pair(unix)),
    transport: fc.constantFrom('stream' as const, 'datagram' as const),
    command: fc.constantFrom('PROXY' as const, 'LOCAL' as const),
    tlvs: fc.array(tlvs, { maxLength: 5 }),
  })
  .map(({ ends, command, ...rest }) => ({ ...ends, ...rest, command: ends.source === undefined ? command : 'PROXY' }));
