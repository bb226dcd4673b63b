/**
 * One row for every odd PROXY header and the verdict on it, with the clause that says so, and what builds such headers
 * field by field, so that each field can be got wrong on purpose. The tests of the decoders check the rows, the laws
 * run over their bytes.
 */
import type {
  IPEndpoint,
  ProxyCode,
  ProxyDecodeOptions,
  ProxyHeader,
  UnixEndpoint,
} from '../../src/proxy/index.ts';
import { bytes, concat, fromHex, u16, u32, vector16 } from './build.ts';
import type { Part } from './build.ts';

export interface ProxyRow extends ProxyDecodeOptions {
  readonly clause: string;
  readonly input: string;
  readonly bytes: Uint8Array;
  /** Whose decoder says so; `decodeProxyHeader` has to say the same. */
  readonly version: 1 | 2;
}

export interface ProxyRefusal extends ProxyRow {
  readonly code: ProxyCode;
  readonly offset: number;
  /** How many bytes it takes to know; all of them unless given. */
  readonly decidedAt?: number;
}

export interface ProxyAcceptance extends ProxyRow, Omit<ProxyHeader, 'version' | 'tlvs'> {
  /** Type, and value in hexadecimal; none unless given. */
  readonly tlvs?: readonly (readonly [type: number, hex: string])[];
  /** All bytes unless given. */
  readonly size?: number;
}

/** The options of a row; undefined where it has none, as most callers give none. */
export function proxyOptions(row: ProxyDecodeOptions): ProxyDecodeOptions | undefined {
  const { maxBytes, verifyCrc32c, allowIPv4InTcp6 } = row;
  const given = Object.entries({ maxBytes, verifyCrc32c, allowIPv4InTcp6 }).filter(([, value]) => value !== undefined);
  return given.length === 0 ? undefined : Object.fromEntries(given);
}

// Builders

/** A version 1 line: `PROXY `, the text, CRLF. */
export function proxyV1(text: string): Uint8Array {
  return bytes('PROXY ', text, '\r\n');
}

export const proxyV2Signature: Uint8Array = bytes(
  ...[0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a],
);

/** Addresses in dotted decimal, and ports. */
export function ipv4Addresses(
  source: string,
  destination: string,
  sourcePort: number,
  destinationPort: number,
): Uint8Array {
  const address = (text: string): number[] => text.split('.').map(Number);
  return bytes(address(source), address(destination), u16(sourcePort), u16(destinationPort));
}

/** Addresses as 32 hexadecimal digits, with colons at will, and ports. */
export function ipv6Addresses(
  source: string,
  destination: string,
  sourcePort: number,
  destinationPort: number,
): Uint8Array {
  return bytes(fromHex(source), fromHex(destination), u16(sourcePort), u16(destinationPort));
}

/** Paths with one byte per character, padded to 108 bytes each. */
export function unixAddresses(source: string, destination: string): Uint8Array {
  return bytes(source.padEnd(108, '\0'), destination.padEnd(108, '\0'));
}

/** The endpoints of {@link proxyV2} where none are given, by family. */
const exampleAddresses: readonly Uint8Array[] = [
  bytes(),
  ipv4Addresses('192.0.2.1', '198.51.100.1', 56324, 443),
  ipv6Addresses('2001:0db8:0000:0000:0000:0000:0000:0001', '2001:0db8:0000:0000:0000:0000:0000:0002', 56324, 443),
  unixAddresses('/run/client.sock', '/run/server.sock'),
];

export interface ProxyV2Parts {
  /** Version and command: version 2 and PROXY unless given. */
  readonly verCmd?: number;
  /** Family and transport: TCP over IPv4 unless given. */
  readonly fam?: number;
  /** Examples of the family unless given. */
  readonly addresses?: Part;
  readonly tlvs?: Part;
  /** In place of the size of the addresses and TLVs. */
  readonly length?: number;
}

/**
 * A version 2 header: version and command at byte 12, family and transport at 13, length at 14, addresses at 16. The
 * first TLV is at 28 behind IPv4 addresses, at 52 behind IPv6 addresses, at 232 behind UNIX paths.
 */
export function proxyV2(parts: ProxyV2Parts = {}): Uint8Array {
  const { verCmd = 0x21, fam = 0x11 } = parts;
  const block = bytes(parts.addresses ?? exampleAddresses[fam >> 4] ?? [], parts.tlvs ?? []);
  return concat([proxyV2Signature, bytes(verCmd, fam, u16(parts.length ?? block.length)), block]);
}

export function tlv(type: number, ...value: readonly Part[]): Uint8Array {
  return bytes(type, vector16(...value));
}

/** The SSL TLV: its two numbers, and sub-TLVs or whatever is to stand in their place. */
export function ssl(client: number, verify: number, ...subTlvs: readonly Part[]): Uint8Array {
  return tlv(0x20, client, u32(verify), ...subTlvs);
}

/**
 * CRC32C bit by bit, from the polynomial as RFC 9260 appendix A writes it, highest power first: on purpose not the way
 * of the implementation under test.
 */
export function crc32cBitwise(input: Uint8Array): number {
  let remainder = 0xffffffff;
  for (const byte of input) {
    for (let bit = 0; bit < 8; bit++) {
      const carry = (remainder >>> 31) ^ ((byte >> bit) & 1);
      remainder = (remainder << 1) ^ (carry === 1 ? 0x1edc6f41 : 0);
    }
  }
  let reversed = 0;
  for (let bit = 0; bit < 32; bit++) reversed = (reversed << 1) | ((remainder >>> bit) & 1);
  return ~reversed >>> 0;
}

/** The header with its checksum in the four bytes at `at`: those of a CRC32C that comes first behind IPv4 addresses. */
export function checksummed(header: Uint8Array, at = 31): Uint8Array {
  const out = Uint8Array.from(header);
  out.fill(0, at, at + 4);
  out.set(u32(crc32cBitwise(out)), at);
  return out;
}

/** A CRC32C TLV before its checksum is computed. */
const CRC = tlv(0x03, 0, 0, 0, 0);

// Refusals of version 1

/** What may differ from row to row. */
type More = ProxyDecodeOptions & { readonly decidedAt?: number };

const v1Refusal = (
  clause: string,
  input: string,
  line: Uint8Array,
  code: ProxyCode,
  offset: number,
  more: More = {},
): ProxyRefusal => ({ clause: `PROXY protocol ${clause}`, input, bytes: line, version: 1, code, offset, ...more });

/** Text as a title shows it. */
const shown = (text: string): string => JSON.stringify(text.length > 70 ? `${text.slice(0, 60)}…` : text);

/** Not PROXY at all: decided at the first byte that rules it out. */
const foreign: ProxyRefusal[] = (
  [
    ['HTTP GET', 'GET / HTTP/1.1\r\n', 0],
    ['HTTP POST', 'POST / HTTP/1.1\r\n', 1],
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 2],
    ['WebDAV', 'PROPFIND / HTTP/1.1\r\n', 3],
    ['TLS', '\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03', 0],
    ['SSH', 'SSH-2.0-OpenSSH_9.2\r\n', 0],
    ['SMTP', 'EHLO example.com\r\n', 0],
    ['a line feed', '\n', 0],
    ['lower case', 'proxy TCP4 192.0.2.1 198.51.100.1 1 2\r\n', 0],
    ['lower case but for the P', 'Proxy TCP4 192.0.2.1 198.51.100.1 1 2\r\n', 1],
    ['a space in front', ' PROXY TCP4 192.0.2.1 198.51.100.1 1 2\r\n', 0],
    ['a byte order mark in front', '\xef\xbb\xbfPROXY TCP4 192.0.2.1 198.51.100.1 1 2\r\n', 0],
    ['no space behind PROXY', 'PROXYTCP4 192.0.2.1 198.51.100.1 1 2\r\n', 5],
    ['a tab behind PROXY', 'PROXY\tTCP4 192.0.2.1 198.51.100.1 1 2\r\n', 5],
    ['nothing behind PROXY', 'PROXY\r\n', 5],
    ['a line feed behind PROXY', 'PROXY\n', 5],
    ...Array.from('PROXY ', (_, at) => [`NUL at ${at}`, `${'PROXY '.slice(0, at)}\0TCP4 `, at] as const),
  ] as const
).map(([input, text, offset]) =>
  v1Refusal('2.1 (PROXY and exactly one space)', input, bytes(text), 'proxy.not_proxy', offset, {
    decidedAt: offset + 1,
  }),
);

const protocols: ProxyRefusal[] = (
  [
    ['', 6],
    [' TCP4 192.0.2.1 198.51.100.1 1 2', 6],
    ['tcp4 192.0.2.1 198.51.100.1 1 2', 6],
    ['Tcp4 192.0.2.1 198.51.100.1 1 2', 7],
    ['TCp4 192.0.2.1 198.51.100.1 1 2', 8],
    ['TCP 192.0.2.1 198.51.100.1 1 2', 9],
    ['TCP', 9],
    ['TCP5 192.0.2.1 198.51.100.1 1 2', 9],
    ['TCP46 192.0.2.1 198.51.100.1 1 2', 10],
    ['TCP4\t192.0.2.1 198.51.100.1 1 2', 10],
    ['TCP4', 10],
    ['TCP6', 10],
    ['TAP4 192.0.2.1 198.51.100.1 1 2', 7],
    ['UDP4 192.0.2.1 198.51.100.1 1 2', 7],
    ['UDP6 2001:db8::1 2001:db8::2 1 2', 7],
    ['UNIX /run/a.sock /run/b.sock', 8],
    ['UNSPEC', 8],
    ['unknown', 6],
    ['Unknown', 7],
    ['UNKNOW', 12],
    ['UNKNOWNfoo', 13],
    ['UNKNOWN\t', 13],
    ['UNKNOWN\0', 13],
    ['LOCAL', 6],
    ['PROXY TCP4 192.0.2.1 198.51.100.1 1 2', 6],
    ['192.0.2.1 198.51.100.1 1 2', 6],
    ['\xd4CP4 192.0.2.1 198.51.100.1 1 2', 6],
  ] as const
).map(([text, offset]) =>
  v1Refusal('2.1 (TCP4, TCP6 or UNKNOWN)', shown(text), proxyV1(text), 'proxy.v1.protocol', offset, {
    decidedAt: offset + 1,
  }),
);

/** The line of most rows, without its CRLF, which would be at 43. */
const LINE = 'PROXY TCP4 192.0.2.1 198.51.100.1 56324 443';

const lineEnds: ProxyRefusal[] = (
  [
    ['LF without CR', `${LINE}\nGET / HTTP/1.1\r\n`, 43, 44],
    ['LF CR LF', `${LINE}\n\r\n`, 43, 44],
    ['CR without LF', `${LINE}\rGET / HTTP/1.1\r\n`, 43, 45],
    ['CR CR LF', `${LINE}\r\r\n`, 43, 45],
    ['CR NUL LF', `${LINE}\r\0\n`, 43, 45],
    ['CR SP LF', `${LINE}\r \n`, 43, 45],
    ['LF where the source is due', 'PROXY TCP4 \n', 11, 12],
    ['LF within an address', 'PROXY TCP4 192.0.\n2.1 198.51.100.1 1 2\r\n', 17, 18],
    ['CR within an address', 'PROXY TCP4 192.0.\r2.1 198.51.100.1 1 2\r\n', 17, 19],
    ['LF behind fields that are none', 'PROXY TCP4 256 :: -1\n', 20, 21],
    ['LF behind UNKNOWN', 'PROXY UNKNOWN\nGET / HTTP/1.1\r\n', 13, 14],
    ['CR behind UNKNOWN', 'PROXY UNKNOWN\rGET / HTTP/1.1\r\n', 13, 15],
    ['CR CR LF behind UNKNOWN', 'PROXY UNKNOWN\r\r\n', 13, 15],
    ['LF in the text of UNKNOWN', 'PROXY UNKNOWN a\nb\r\n', 15, 16],
    ['CR in the text of UNKNOWN', 'PROXY UNKNOWN a\rb\r\n', 15, 17],
    ['CR and no LF as bytes 106 and 107', `${'PROXY UNKNOWN'.padEnd(105)}\rb\r\n`, 105, 107],
    ['LF alone as byte 107', `${'PROXY UNKNOWN'.padEnd(106)}\n`, 106, 107],
  ] as const
).map(([input, text, offset, decidedAt]) =>
  v1Refusal('2.1 (no single CR or LF)', input, bytes(text), 'proxy.v1.crlf', offset, { decidedAt }),
);

/** `0000:0000:0000:0000:0000:ffff:255.255.255.255`, an IPv6 address of 45 characters, the longest. */
const LONGEST_IPV6 = `${'0000:'.repeat(5)}ffff:255.255.255.255`;

const tooLong: ProxyRefusal[] = (
  [
    ['UNKNOWN of 108 bytes', bytes('PROXY UNKNOWN'.padEnd(106), '\r\n'), {}],
    ['UNKNOWN without an end', bytes('PROXY UNKNOWN'.padEnd(300)), {}],
    ['TCP4 without an end', bytes('PROXY TCP4 '.padEnd(300, '1')), {}],
    ['TCP6 without an end', bytes('PROXY TCP6 '.padEnd(300, ':')), {}],
    ['TCP6 of 108 bytes, well-formed', proxyV1(`TCP6 ${LONGEST_IPV6} ${LONGEST_IPV6} 1 2`), {}],
    ['an LF alone behind 107 bytes', bytes('PROXY UNKNOWN'.padEnd(107), '\n'), {}],
    ['108 bytes, and maxBytes 107', bytes('PROXY UNKNOWN'.padEnd(106), '\r\n'), { maxBytes: 107 }],
    ['108 bytes, and maxBytes 65551', bytes('PROXY UNKNOWN'.padEnd(106), '\r\n'), { maxBytes: 65551 }],
  ] as const
).map(([input, line, options]) =>
  v1Refusal('2.1 (CRLF within 107 characters)', input, line, 'proxy.v1.length', 107, { decidedAt: 107, ...options }),
);

/** A text in place of the first address, and of the second. */
function asAddresses(
  protocol: 'TCP4' | 'TCP6',
  clause: string,
  texts: readonly string[],
  options: ProxyDecodeOptions = {},
): ProxyRefusal[] {
  const good = protocol === 'TCP4' ? '192.0.2.1' : '2001:db8::1';
  const { allowIPv4InTcp6 } = options;
  const given = allowIPv4InTcp6 === undefined ? '' : `, allowIPv4InTcp6 ${allowIPv4InTcp6}`;
  return texts.flatMap((text) => [
    v1Refusal(
      `2.1 (${clause})`,
      `${protocol} from ${shown(text)}${given}`,
      proxyV1(`${protocol} ${text} ${good} 1 2`),
      'proxy.v1.source_address',
      11,
      options,
    ),
    v1Refusal(
      `2.1 (${clause})`,
      `${protocol} to ${shown(text)}${given}`,
      proxyV1(`${protocol} ${good} ${text} 1 2`),
      'proxy.v1.destination_address',
      11 + good.length + 1,
      options,
    ),
  ]);
}

/** A text in place of the first port, and of the second. */
function asPorts(clause: string, texts: readonly string[]): ProxyRefusal[] {
  return texts.flatMap((text) => [
    v1Refusal(
      `2.1 (${clause})`,
      `source port ${shown(text)}`,
      proxyV1(`TCP4 192.0.2.1 198.51.100.1 ${text} 443`),
      'proxy.v1.source_port',
      34,
    ),
    v1Refusal(
      `2.1 (${clause})`,
      `destination port ${shown(text)}`,
      proxyV1(`TCP4 192.0.2.1 198.51.100.1 56324 ${text}`),
      'proxy.v1.destination_port',
      40,
    ),
  ]);
}

const fields: ProxyRefusal[] = [
  ...asAddresses('TCP4', 'heading zeros not permitted', ['01.2.3.4', '1.2.3.04', '00.0.0.0', '1.2.3.000', '1.002.3.4']),
  ...asAddresses('TCP4', 'integers 0 to 255', ['256.2.3.4', '1.2.3.256', '1.2.3.1000', '4294967296.2.3.4']),
  ...asAddresses('TCP4', 'exactly 4 integers', ['1.2.3', '1.2.3.4.5', '1.2', '1', '16909060', '1.2.3.4.5.6.7']),
  ...asAddresses('TCP4', 'in decimal', ['0x1.2.3.4', '0x01020304', '1.2.3.a', '1e0.2.3.4', '+1.2.3.4', '-1.2.3.4']),
  ...asAddresses('TCP4', 'separated by exactly one dot', ['1.2.3.4.', '.1.2.3.4', '1..3.4', '1.2..3.4', '1,2,3,4']),
  ...asAddresses('TCP4', 'nothing but the address', [
    '1.2.3.4\t',
    '\t1.2.3.4',
    '1.2.3.4\0',
    '1.2.3.4/32',
    '1.2.3.4:80',
    'localhost',
    '1.2.3.\xb9', // ¹, which some take for a digit
    '\xef\xbc\x91.2.3.4', // a full-width 1 in UTF-8
  ]),
  ...asAddresses('TCP4', 'the family dictates the format', ['::1', '::ffff:1.2.3.4', '2001:db8::1', '::']),
  ...asAddresses('TCP4', 'the family dictates the format', ['::1'], { allowIPv4InTcp6: true }),
  ...asAddresses('TCP6', 'the family dictates the format', ['192.0.2.1'], { allowIPv4InTcp6: false }),

  ...asAddresses('TCP6', 'one double colon', ['1::2::3', ':::', '::1::', '1:::8', '::::']),
  ...asAddresses('TCP6', 'a double colon replaces zeros', [
    '1:2:3:4:5:6:7::8',
    '::1:2:3:4:5:6:7:8',
    '1:2:3:4:5:6:7:8::',
    '1:2:3:4:5:6::1.2.3.4',
  ]),
  ...asAddresses('TCP6', 'exactly 128 bits', [
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1',
    '::1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7:1.2.3.4',
    '1:2:3:4:5:1.2.3.4',
  ]),
  ...asAddresses('TCP6', 'sets of 4 digits', ['12345::', '::00001', '2001:0db80::1']),
  ...asAddresses('TCP6', 'delimited by colons', [
    ':1:2:3:4:5:6:7',
    ':1:2:3:4:5:6:7:8',
    '1:2:3:4:5:6:7:',
    '1:2:3:4:5:6:7:8:',
    ':',
  ]),
  ...asAddresses('TCP6', 'hexadecimal digits', ['g::', '::-1', '::+1', '0x1::', '::\xb2']),
  ...asAddresses('TCP6', 'nothing but the address', [
    'fe80::1%eth0',
    'fe80::1%1',
    '[::1]',
    '[::1]:80',
    '::1/128',
    '::1\t',
    '::1\0',
    'localhost',
  ]),
  ...asAddresses('TCP6', 'dotted decimal at the end only, and strict', [
    '::ffff:1.2.3',
    '::ffff:1.2.3.4.5',
    '::ffff:1.2.3.256',
    '::ffff:01.2.3.4',
    '::1.2.3.4:5',
    '1.2.3.4::',
  ]),
  ...asAddresses('TCP6', 'the family dictates the format', ['1.2.3.4', '0.0.0.0', '16909060']),
  ...asAddresses('TCP6', 'in its canonical format', ['01.2.3.4', '1.2.3', '1.2.3.256', '16909060', '1.2.3.4.'], {
    allowIPv4InTcp6: true,
  }),

  ...asPorts('heading zeros not permitted', ['00', '0443', '065535', '000000']),
  ...asPorts('0 to 65535', ['65536', '70000', '99999', '100000', '4294967739', '18446744073709552059']),
  ...asPorts('a decimal integer', ['-1', '-0', '+443', '0x1bb', '1e2', '4.0', '443.', '.5', 'http', '4,3', '\xb2']),
  ...asPorts('exactly one space', ['', '443\t', '\t443', '443\0']),

  ...(
    [
      ['a space too many before the source', 'TCP4  192.0.2.1 198.51.100.1 1 2', 'source_address', 11],
      ['a space too many before the destination', 'TCP4 192.0.2.1  198.51.100.1 1 2', 'destination_address', 21],
      ['a space too many before the source port', 'TCP4 192.0.2.1 198.51.100.1  1 2', 'source_port', 34],
      ['a space too many before the destination port', 'TCP4 192.0.2.1 198.51.100.1 1  2', 'destination_port', 36],
      ['a space at the end', 'TCP4 192.0.2.1 198.51.100.1 1 2 ', 'destination_port', 36],
      ['one more token', 'TCP4 192.0.2.1 198.51.100.1 1 2 3', 'destination_port', 36],
      ['tabs for spaces', 'TCP4 192.0.2.1\t198.51.100.1\t1\t2', 'source_address', 11],
      ['a space too many before the source', 'TCP6  ::1 ::2 1 2', 'source_address', 11],
      ['one more token', 'TCP6 ::1 ::2 1 2 3', 'destination_port', 21],
    ] as const
  ).map(([input, text, field, offset]) =>
    v1Refusal('2.1 (exactly one space)', `${shown(text)}: ${input}`, proxyV1(text), `proxy.v1.${field}`, offset),
  ),
  // Where there is nothing, it is the CR that stands in the field's place.
  ...(
    [
      ['TCP4 ', 'source_address', 11],
      ['TCP4 192.0.2.1', 'destination_address', 20],
      ['TCP4 192.0.2.1 ', 'destination_address', 21],
      ['TCP4 192.0.2.1 198.51.100.1', 'source_port', 33],
      ['TCP4 192.0.2.1 198.51.100.1 ', 'source_port', 34],
      ['TCP4 192.0.2.1 198.51.100.1 1', 'destination_port', 35],
      ['TCP4 192.0.2.1 198.51.100.1 1 ', 'destination_port', 36],
      ['TCP6 ', 'source_address', 11],
      ['TCP6 ::1', 'destination_address', 14],
      ['TCP6 ::1 ::2', 'source_port', 18],
      ['TCP6 ::1 ::2 1', 'destination_port', 20],
    ] as const
  ).map(([text, field, offset]) =>
    v1Refusal('2.1 (all four fields)', `no more than ${shown(text)}`, proxyV1(text), `proxy.v1.${field}`, offset),
  ),
  // The first of several mistakes counts.
  ...(
    [
      ['TCP4 a b c d', 'source_address', 11],
      ['TCP4 1.2.3.4 b c d', 'destination_address', 19],
      ['TCP4 1.2.3.4 5.6.7.8 c d', 'source_port', 27],
      ['TCP4 1.2.3.4 5.6.7.8 1 d', 'destination_port', 29],
    ] as const
  ).map(([text, field, offset]) =>
    v1Refusal('2.1 (the fields in their order)', shown(text), proxyV1(text), `proxy.v1.${field}`, offset),
  ),
];

const v1Limits: ProxyRefusal[] = (
  [
    ['one byte short of the line', `${LINE}\r\n`, 44, 44],
    ['its CRLF cut in two', 'PROXY UNKNOWN\r\n', 14, 14],
    ['longer than maxBytes, shorter than 107', 'PROXY UNKNOWN'.padEnd(200), 106, 106],
    ['maxBytes 7', `${LINE}\r\n`, 7, 7],
    ['maxBytes 6', `${LINE}\r\n`, 6, 6],
    ['maxBytes 1', `${LINE}\r\n`, 1, 1],
    ['maxBytes 0', `${LINE}\r\n`, 0, 0],
    ['maxBytes 0.5, as a fraction is no byte', `${LINE}\r\n`, 0.5, 0],
    ['maxBytes 44.9', `${LINE}\r\n`, 44.9, 44],
    ['maxBytes NaN', `${LINE}\r\n`, Number.NaN, 0],
    ['maxBytes -1', `${LINE}\r\n`, -1, 0],
  ] as const
).map(([input, text, maxBytes, at]) =>
  v1Refusal('2.1 (maxBytes)', input, bytes(text), 'proxy.header.limit', at, { decidedAt: at, maxBytes }),
);

/** What is ruled out within maxBytes is ruled out for what it is. */
const v1WithinLimits: ProxyRefusal[] = (
  [
    ['GET', 1, 'proxy.not_proxy', 0, 1],
    ['PROXY UDP4 ', 8, 'proxy.v1.protocol', 7, 8],
    ['PROXY UNKNOWN a\n', 16, 'proxy.v1.crlf', 15, 16],
    ['PROXY TCP4 a\r\n', 14, 'proxy.v1.source_address', 11, 14],
  ] as const
).map(([text, maxBytes, code, offset, decidedAt]) =>
  v1Refusal('2.1 (maxBytes)', `${shown(text)} within ${maxBytes}`, bytes(text), code, offset, { decidedAt, maxBytes }),
);

// Refusals of version 2

const v2Refusal = (
  clause: string,
  input: string,
  header: Uint8Array,
  code: ProxyCode,
  offset: number,
  more: More = {},
): ProxyRefusal => ({ clause: `PROXY protocol ${clause}`, input, bytes: header, version: 2, code, offset, ...more });

const hex = (value: number): string => value.toString(16).padStart(2, '0');

const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);

/** A header with one byte set to another value. */
function withByte(header: Uint8Array, at: number, byte: number): Uint8Array {
  const out = Uint8Array.from(header);
  out[at] = byte;
  return out;
}

const signatures: ProxyRefusal[] = [
  ...Array.from(proxyV2Signature, (byte, at) =>
    v2Refusal(
      '2.2 (signature)',
      `byte ${at} other than ${hex(byte)}`,
      withByte(proxyV2(), at, byte ^ 0x20),
      'proxy.not_proxy',
      at,
      { decidedAt: at + 1 },
    ),
  ),
  ...(
    [
      ['empty lines before a request', '\r\n\r\nGET / HTTP/1.1\r\n', 4],
      ['an empty line before version 1', '\r\nPROXY UNKNOWN\r\n', 2],
      ['the signature without its NUL', '\r\n\r\n\r\nQUIT\n\x21\x11\0\0', 4],
      ['the signature behind a CR', '\r\r\n\r\n\0\r\nQUIT\n', 1],
      ['QUIT and CRLF', '\r\n\r\n\0\r\nQUIT\r\n', 11],
    ] as const
  ).map(([input, text, offset]) =>
    v2Refusal('2.2 (signature)', input, bytes(text), 'proxy.not_proxy', offset, { decidedAt: offset + 1 }),
  ),
];

const fixedPart: ProxyRefusal[] = [
  ...[0, 1, ...range(3, 15)].map((version) =>
    v2Refusal(
      '2.2 (version 2 only)',
      `version ${version}`,
      proxyV2({ verCmd: (version << 4) | 1 }),
      'proxy.v2.version',
      12,
      { decidedAt: 13 },
    ),
  ),
  v2Refusal('2.2 (version 2 only)', 'version 3 and command 2', proxyV2({ verCmd: 0x32 }), 'proxy.v2.version', 12, {
    decidedAt: 13,
  }),
  ...range(2, 15).map((command) =>
    v2Refusal(
      '2.2 (unassigned commands are dropped)',
      `command ${command}`,
      proxyV2({ verCmd: 0x20 | command }),
      'proxy.v2.command',
      12,
      { decidedAt: 13 },
    ),
  ),
  ...[...range(4, 15).map((family) => (family << 4) | 1), 0x40, 0x42, 0xf0, 0xff].map((fam) =>
    v2Refusal(
      '2.2 (unspecified families are rejected)',
      `PROXY over ${hex(fam)}`,
      proxyV2({ fam, addresses: new Uint8Array(36) }),
      'proxy.v2.family',
      13,
      { decidedAt: 14 },
    ),
  ),
  ...[...range(0x13, 0x1f), 0x03, 0x0f, 0x23, 0x33].map((fam) =>
    v2Refusal(
      '2.2 (unspecified transports are rejected)',
      `PROXY over ${hex(fam)}`,
      proxyV2({ fam }),
      'proxy.v2.transport',
      13,
      { decidedAt: 14 },
    ),
  ),
  ...(
    [
      [0x11, 12],
      [0x12, 12],
      [0x21, 36],
      [0x22, 36],
      [0x31, 216],
      [0x32, 216],
    ] as const
  ).flatMap(([fam, size]) =>
    [0, 1, size - 1].map((length) =>
      v2Refusal(
        `2.2 (address length of ${hex(fam)} is ${size})`,
        `length ${length}`,
        proxyV2({ fam, length }),
        'proxy.v2.length',
        14,
        { decidedAt: 16 },
      ),
    ),
  ),
];

/** A header of so many bytes: TCP over IPv4 and one NOOP. */
function sized(size: number, parts: ProxyV2Parts = {}): Uint8Array {
  return proxyV2({ ...parts, tlvs: tlv(0x04, new Uint8Array(size - 28 - 3)) });
}

const v2Limits: ProxyRefusal[] = [
  ...(
    [
      ['4097 bytes', sized(4097), undefined, 16],
      ['65551 bytes', sized(65551), undefined, 16],
      ['a length of 65535 and no more', proxyV2({ length: 0xffff }), undefined, 16],
      ['65551 bytes, and maxBytes 65550', sized(65551), 65550, 16],
      ['LOCAL of 4097 bytes', sized(4097, { verCmd: 0x20 }), undefined, 16],
      ['PROXY over UNSPEC of 4097 bytes', sized(4097, { fam: 0x00, addresses: new Uint8Array(12) }), undefined, 16],
      ['29 bytes, and maxBytes 28', proxyV2({ tlvs: [0] }), 28, 16],
      ['28 bytes, and maxBytes 27.9', proxyV2(), 27.9, 16],
      ['28 bytes, and maxBytes 16', proxyV2(), 16, 16],
      ['maxBytes 15', proxyV2(), 15, 14],
      ['maxBytes 14', proxyV2(), 14, 14],
    ] as const
  ).map(([input, header, maxBytes, decidedAt]) =>
    v2Refusal('2.2 (maxBytes)', input, header, 'proxy.header.limit', 14, {
      decidedAt,
      ...(maxBytes === undefined ? {} : { maxBytes }),
    }),
  ),
  // Below the length field, it is maxBytes that no header fits into.
  ...(
    [
      ['maxBytes 13', 13, 13],
      ['maxBytes 12', 12, 12],
      ['maxBytes 5', 5, 5],
      ['maxBytes 1', 1, 1],
      ['maxBytes 0', 0, 0],
      ['maxBytes 0.5', 0.5, 0],
      ['maxBytes NaN', Number.NaN, 0],
      ['maxBytes -Infinity', -Infinity, 0],
    ] as const
  ).map(([input, maxBytes, at]) =>
    v2Refusal('2.2 (maxBytes)', input, proxyV2(), 'proxy.header.limit', at, { decidedAt: at, maxBytes }),
  ),
  // What is ruled out within maxBytes is ruled out for what it is.
  v2Refusal('2.2 (maxBytes)', 'no signature within 2', bytes('\r\r'), 'proxy.not_proxy', 1, { maxBytes: 2 }),
  v2Refusal('2.2 (maxBytes)', 'version 1 within 13', proxyV2({ verCmd: 0x11 }), 'proxy.v2.version', 12, {
    decidedAt: 13,
    maxBytes: 13,
  }),
  v2Refusal('2.2 (maxBytes)', 'family 4 beyond 13', proxyV2({ fam: 0x41 }), 'proxy.header.limit', 13, {
    decidedAt: 13,
    maxBytes: 13,
  }),
  v2Refusal('2.2 (maxBytes)', 'family 4 within 14', proxyV2({ fam: 0x41 }), 'proxy.v2.family', 13, {
    decidedAt: 14,
    maxBytes: 14,
  }),
  v2Refusal('2.2 (maxBytes)', 'a length of 11 within 16', proxyV2({ length: 11 }), 'proxy.v2.length', 14, {
    decidedAt: 16,
    maxBytes: 16,
  }),
];

/** TLVs as PROXY over 11 carries them, so that the first is at 28, with what is wrong and where. */
type BadTlvs = readonly [input: string, tlvs: Part, code: ProxyCode, offset: number];

const badFraming: readonly BadTlvs[] = [
  ['1 byte left over', [0x04], 'proxy.tlv.length', 28],
  ['2 bytes left over', [0x04, 0], 'proxy.tlv.length', 28],
  ['1 byte left over behind a TLV', [tlv(0x04, 1, 2), 0], 'proxy.tlv.length', 33],
  ['2 bytes left over behind a TLV', [tlv(0x04, 1, 2), 0, 0], 'proxy.tlv.length', 33],
  ['a value one byte too long', [0x04, u16(1)], 'proxy.tlv.length', 29],
  ['a value one byte too long behind a TLV', [tlv(0x04), 0xe3, u16(4), 1, 2, 3], 'proxy.tlv.length', 32],
  ['a value of 65535 bytes', [0xe3, u16(0xffff), 1, 2, 3], 'proxy.tlv.length', 29],
  ['a little-endian length', [0x02, 11, 0, 'example.com'], 'proxy.tlv.length', 29],
];

const badLengths: readonly BadTlvs[] = [
  ...[0, 1, 3, 5, 8].map(
    (length): BadTlvs => [`CRC32C of ${length} bytes`, tlv(0x03, new Uint8Array(length)), 'proxy.crc32c.length', 29],
  ),
  ['CRC32C of 2 bytes behind a TLV', [tlv(0x02, 'a'), tlv(0x03, 0, 0)], 'proxy.crc32c.length', 33],
  ['CRC32C twice', [CRC, CRC], 'proxy.crc32c.duplicate', 35],
  ['CRC32C twice, a TLV between', [CRC, tlv(0x04, 1), CRC], 'proxy.crc32c.duplicate', 39],
  ['CRC32C twice, the second of 3 bytes', [CRC, tlv(0x03, 0, 0, 0)], 'proxy.crc32c.length', 36],
  ['UNIQUE_ID of 129 bytes', tlv(0x05, new Uint8Array(129)), 'proxy.unique_id.length', 29],
  [
    'UNIQUE_ID of 129 bytes behind one of 128',
    [tlv(0x05, 'x'.repeat(128)), tlv(0x05, 'x'.repeat(129))],
    'proxy.unique_id.length',
    160,
  ],
];

const badSsl: readonly BadTlvs[] = [
  ['SSL of 0 bytes', tlv(0x20), 'proxy.ssl.length', 29],
  ...[1, 2, 3, 4].map(
    (length): BadTlvs => [`SSL of ${length} byte(s)`, tlv(0x20, new Uint8Array(length)), 'proxy.ssl.length', 29],
  ),
  ['SSL of 4 bytes, though more follow', [tlv(0x20, 1, 0, 0, 0), tlv(0x04, 0)], 'proxy.ssl.length', 29],
  ['1 byte left over in SSL', ssl(1, 0, 0x21), 'proxy.ssl.length', 36],
  ['2 bytes left over in SSL', ssl(1, 0, 0x21, 0), 'proxy.ssl.length', 36],
  ['a sub-TLV one byte too long', ssl(1, 0, 0x21, u16(8), 'TLSv1.3'), 'proxy.ssl.length', 37],
  ['a sub-TLV that reaches into the next TLV', [ssl(1, 0, 0x21, u16(4), 'TLS'), tlv(0x04, 0)], 'proxy.ssl.length', 37],
  ['a second sub-TLV too long', ssl(7, 0, tlv(0x21, 'TLSv1.3'), 0x22, u16(9), 'cn'), 'proxy.ssl.length', 47],
  ['a sub-TLV of 65535 bytes', ssl(1, 0, 0xff, u16(0xffff)), 'proxy.ssl.length', 37],
  ['SSL too short behind another', [ssl(1, 0), tlv(0x20, 1)], 'proxy.ssl.length', 37],
];

const badTlvs: ProxyRefusal[] = [
  ...(
    [
      ['2.2 (TLV)', badFraming],
      ['2.2.3, 2.2.5 (lengths)', badLengths],
      ['2.2.6 (pp2_tlv_ssl)', badSsl],
    ] as const
  ).flatMap(([clause, rows]) =>
    rows.map(([input, tlvs, code, offset]) => v2Refusal(clause, input, proxyV2({ tlvs }), code, offset)),
  ),
  ...(
    [
      [0x12, 28],
      [0x21, 52],
      [0x22, 52],
      [0x31, 232],
      [0x32, 232],
    ] as const
  ).map(([fam, at]) =>
    v2Refusal(
      '2.2 (TLV)',
      `2 bytes left over behind the addresses of ${hex(fam)}`,
      proxyV2({ fam, tlvs: [0, 0] }),
      'proxy.tlv.length',
      at,
    ),
  ),
  // Turning the check of checksums off is no licence for anything else.
  ...badLengths.map(([input, tlvs, code, offset]) =>
    v2Refusal('2.2.3, 2.2.5 (lengths)', `${input}, verifyCrc32c false`, proxyV2({ tlvs }), code, offset, {
      verifyCrc32c: false,
    }),
  ),
];

/** A header that begins its TLVs with a right checksum at 31. */
const checked = checksummed(proxyV2({ tlvs: [CRC, tlv(0x02, 'example.com')] }));

/** AWS Network Load Balancer behind PrivateLink: the example that AWS gives, its checksum included. */
export const awsHeader: Uint8Array = proxyV2({
  addresses: ipv4Addresses('172.31.7.113', '172.31.10.31', 51442, 80),
  tlvs: [tlv(0x03, u32(0xe8d6892d)), tlv(0xea, 1, 'vpce-08d2bf15fac5001c9'), tlv(0x04, new Uint8Array(36))],
});

const wrongChecksums: ProxyRefusal[] = [
  ...[31, 32, 33, 34].map((at) =>
    v2Refusal(
      '2.2.3 (a mismatch makes the header invalid)',
      `byte ${at - 30} of the checksum changed`,
      withByte(checked, at, checked[at]! ^ 0x80),
      'proxy.v2.crc32c',
      31,
    ),
  ),
  // Every part of the header counts: version and command can only be wrong for what they are.
  ...(
    [
      ['the transport', 13, 0x12],
      ['the source', 16, 0xc1],
      ['the destination port', 27, 0xba],
      ['the type of another TLV', 35, 0x01],
      ['the last byte', checked.length - 1, 0x6e],
    ] as const
  ).map(([input, at, byte]) =>
    v2Refusal(
      '2.2.3 (checksum of the whole header)',
      `${input} changed`,
      withByte(checked, at, byte),
      'proxy.v2.crc32c',
      31,
    ),
  ),
  v2Refusal('2.2.3 (checksum)', 'all zeros', proxyV2({ tlvs: CRC }), 'proxy.v2.crc32c', 31),
  v2Refusal(
    '2.2.3 (checksum)',
    'little-endian',
    concat([checked.subarray(0, 31), checked.slice(31, 35).reverse(), checked.subarray(35)]),
    'proxy.v2.crc32c',
    31,
  ),
  v2Refusal(
    '2.2.3 (the field replaced with all zeros)',
    'computed over ffffffff in the field',
    proxyV2({ tlvs: tlv(0x03, u32(crc32cBitwise(proxyV2({ tlvs: tlv(0x03, u32(0xffffffff)) })))) }),
    'proxy.v2.crc32c',
    31,
  ),
  v2Refusal(
    '2.2.3 (checksum of the whole header)',
    'computed over what comes before it',
    proxyV2({ tlvs: tlv(0x03, u32(crc32cBitwise(proxyV2({ length: 19 })))) }),
    'proxy.v2.crc32c',
    31,
  ),
  v2Refusal(
    '2.2.3 (checksum of the whole header)',
    'computed with the payload, which is no part of it',
    (() => {
      const whole = checksummed(bytes(proxyV2({ tlvs: CRC }), 'GET / HTTP/1.1'));
      return whole.subarray(0, 35);
    })(),
    'proxy.v2.crc32c',
    31,
  ),
  v2Refusal(
    '2.2.3 (checksum)',
    'wrong behind another TLV, over IPv6',
    proxyV2({ fam: 0x21, tlvs: [tlv(0x01, 'h2'), CRC] }),
    'proxy.v2.crc32c',
    60,
  ),
  v2Refusal('2.2.3 (checksum)', 'wrong, over UNIX', proxyV2({ fam: 0x31, tlvs: CRC }), 'proxy.v2.crc32c', 235),
  v2Refusal('2.2.3 (checksum)', "AWS's own with another NOOP", withByte(awsHeader, 99, 1), 'proxy.v2.crc32c', 31),
  v2Refusal('2.2.3 (checksum)', 'wrong, verifyCrc32c true', proxyV2({ tlvs: CRC }), 'proxy.v2.crc32c', 31, {
    verifyCrc32c: true,
  }),
];

export const proxyRefusals: readonly ProxyRefusal[] = [
  ...foreign,
  ...protocols,
  ...lineEnds,
  ...tooLong,
  ...fields,
  ...v1Limits,
  ...v1WithinLimits,
  ...signatures,
  ...fixedPart,
  ...v2Limits,
  ...badTlvs,
  ...wrongChecksums,
];

// Acceptances of version 1

const ipv4 = (address: string, port: number): IPEndpoint => ({ family: 'IPv4', address, port });
const ipv6 = (address: string, port: number): IPEndpoint => ({ family: 'IPv6', address, port });
const unix = (path: string): UnixEndpoint => ({ family: 'unix', path });

type Meaning = Omit<ProxyHeader, 'version' | 'tlvs'>;

/** For someone who is not named: the endpoints of the connection itself are to be used. */
const unspecified: Meaning = {
  command: 'PROXY',
  transport: 'unspecified',
  source: undefined,
  destination: undefined,
};
const local: Meaning = { ...unspecified, command: 'LOCAL' };
const stream = (source: Meaning['source'], destination: Meaning['destination']): Meaning => ({
  command: 'PROXY',
  transport: 'stream',
  source,
  destination,
});
const datagram = (source: Meaning['source'], destination: Meaning['destination']): Meaning => ({
  ...stream(source, destination),
  transport: 'datagram',
});

/** What the examples say. */
const tcp4 = stream(ipv4('192.0.2.1', 56324), ipv4('198.51.100.1', 443));
const tcp6 = stream(ipv6('2001:db8::1', 56324), ipv6('2001:db8::2', 443));
const unixStream = stream(unix('/run/client.sock'), unix('/run/server.sock'));

const v1Acceptance = (
  clause: string,
  input: string,
  line: Uint8Array,
  meaning: Meaning,
  more: ProxyDecodeOptions & { readonly size?: number } = {},
): ProxyAcceptance => ({ clause: `PROXY protocol ${clause}`, input, bytes: line, version: 1, ...meaning, ...more });

const FULL_IPV6 = 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff';

const lines: ProxyAcceptance[] = [
  v1Acceptance(
    '2.1 (its example)',
    'the line before a request',
    bytes(proxyV1('TCP4 192.168.0.1 192.168.0.11 56324 443'), 'GET / HTTP/1.1\r\nHost: 192.168.0.11\r\n\r\n'),
    stream(ipv4('192.168.0.1', 56324), ipv4('192.168.0.11', 443)),
    { size: 47 },
  ),
  v1Acceptance(
    '2.1 (56 characters)',
    'TCP4 at its longest',
    proxyV1('TCP4 255.255.255.255 255.255.255.255 65535 65535'),
    stream(ipv4('255.255.255.255', 65535), ipv4('255.255.255.255', 65535)),
    { size: 56 },
  ),
  v1Acceptance(
    '2.1 (integers from 0)',
    'TCP4 at its shortest: unspecified addresses and port 0',
    proxyV1('TCP4 0.0.0.0 0.0.0.0 0 0'),
    stream(ipv4('0.0.0.0', 0), ipv4('0.0.0.0', 0)),
    { size: 32 },
  ),
  v1Acceptance(
    '2.1 (104 characters)',
    'TCP6 at its longest in hexadecimal',
    proxyV1(`TCP6 ${FULL_IPV6} ${FULL_IPV6} 65535 65535`),
    stream(ipv6(FULL_IPV6, 65535), ipv6(FULL_IPV6, 65535)),
    { size: 104 },
  ),
  v1Acceptance(
    '2.1 (one double colon)',
    'TCP6 at its shortest',
    proxyV1('TCP6 :: :: 0 0'),
    stream(ipv6('::', 0), ipv6('::', 0)),
    { size: 22 },
  ),
  v1Acceptance(
    '2.1 (107 characters)',
    'TCP6 with dotted decimal, 107 bytes',
    proxyV1(`TCP6 ${LONGEST_IPV6} ${LONGEST_IPV6.slice(0, -1)} 1 2`),
    stream(ipv6('::ffff:255.255.255.255', 1), ipv6('::ffff:255.255.255.25', 2)),
    { size: 107 },
  ),
  v1Acceptance(
    '2.1 (the caller decides what it makes of them)',
    'multicast and broadcast',
    proxyV1('TCP4 224.0.0.1 255.255.255.255 9 10'),
    stream(ipv4('224.0.0.1', 9), ipv4('255.255.255.255', 10)),
  ),
  ...(
    [
      ['::1', '::1'],
      ['2001:DB8::ABCD', '2001:db8::abcd'],
      ['2001:0db8:0000:0000:0000:0000:0000:0001', '2001:db8::1'],
      ['0:0:0:0:0:0:0:0', '::'],
      ['0000:0000:0000:0000:0000:0000:0000:0001', '::1'],
      ['1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7:8'],
      ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
      ['::2:3:4:5:6:7:8', '0:2:3:4:5:6:7:8'],
      ['1::3:4:5:6:7:8', '1:0:3:4:5:6:7:8'],
      ['1:0:0:4:5:0:0:0', '1:0:0:4:5::'],
      ['fe80::', 'fe80::'],
      ['ff02::1', 'ff02::1'],
      ['::ffff:1.2.3.4', '::ffff:1.2.3.4'],
      ['::FFFF:102:304', '::ffff:1.2.3.4'],
      ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
      ['1:2:3:4:5:6:1.2.3.4', '1:2:3:4:5:6:102:304'],
    ] as const
  ).map(([text, address]) =>
    v1Acceptance(
      '2.1 (hexadecimal digits of either case, one double colon)',
      `TCP6 ${text}`,
      proxyV1(`TCP6 ${text} ${text} 56324 443`),
      stream(ipv6(address, 56324), ipv6(address, 443)),
    ),
  ),
  ...(
    [
      ['1.2.3.4', '::2', '::ffff:1.2.3.4', '::2'],
      ['::1', '5.6.7.8', '::1', '::ffff:5.6.7.8'],
      ['0.0.0.0', '255.255.255.255', '::ffff:0.0.0.0', '::ffff:255.255.255.255'],
    ] as const
  ).map(([from, to, source, destination]) =>
    v1Acceptance(
      '2.1 (allowIPv4InTcp6)',
      `TCP6 from ${from} to ${to}`,
      proxyV1(`TCP6 ${from} ${to} 1 2`),
      stream(ipv6(source, 1), ipv6(destination, 2)),
      { allowIPv4InTcp6: true },
    ),
  ),
  v1Acceptance(
    '2.1 (allowIPv4InTcp6 changes nothing else)',
    'TCP4',
    proxyV1('TCP4 1.2.3.4 5.6.7.8 1 2'),
    stream(ipv4('1.2.3.4', 1), ipv4('5.6.7.8', 2)),
    { allowIPv4InTcp6: true },
  ),
  v1Acceptance('2.1 (15 characters)', 'UNKNOWN in its short form', proxyV1('UNKNOWN'), unspecified, { size: 15 }),
  v1Acceptance(
    '2.1 (107 characters)',
    'UNKNOWN at its worst',
    proxyV1(`UNKNOWN ${FULL_IPV6} ${FULL_IPV6} 65535 65535`),
    unspecified,
    { size: 107 },
  ),
  ...[' ', '  ', ' 192.0.2.1 198.51.100.1 1 2', ' what ever', ' \0\xff\t', ' UNKNOWN', ' PROXY TCP4'].map((text) =>
    v1Acceptance(
      '2.1 (anything before CRLF is ignored)',
      `UNKNOWN${shown(text)}`,
      proxyV1(`UNKNOWN${text}`),
      unspecified,
    ),
  ),
  v1Acceptance('2.1 (maxBytes)', 'exactly maxBytes', bytes(LINE, '\r\n'), tcp4, { maxBytes: 45 }),
  v1Acceptance(
    '2.1 (maxBytes)',
    'UNKNOWN of 107 bytes, exactly maxBytes',
    bytes('PROXY UNKNOWN'.padEnd(105), '\r\n'),
    unspecified,
    { maxBytes: 107 },
  ),
  v1Acceptance(
    '2.1 (maxBytes)',
    'a big chunk that is decided early',
    bytes(proxyV1('UNKNOWN'), new Uint8Array(1000)),
    unspecified,
    { maxBytes: 15, size: 15 },
  ),
  v1Acceptance('2.1 (maxBytes)', 'maxBytes Infinity', proxyV1('UNKNOWN'), unspecified, { maxBytes: Infinity }),
];

// Acceptances of version 2

const v2Acceptance = (
  clause: string,
  input: string,
  header: Uint8Array,
  meaning: Meaning,
  more: ProxyDecodeOptions & Pick<ProxyAcceptance, 'tlvs' | 'size'> = {},
): ProxyAcceptance => ({ clause: `PROXY protocol ${clause}`, input, bytes: header, version: 2, ...meaning, ...more });

const toHex = (...parts: readonly Part[]): string => Buffer.from(bytes(...parts)).toString('hex');

const addresses: ProxyAcceptance[] = [
  v2Acceptance('2.2 (11: TCP over IPv4)', '28 bytes', proxyV2(), tcp4, { size: 28 }),
  v2Acceptance('2.2 (12: UDP over IPv4)', '28 bytes', proxyV2({ fam: 0x12 }), { ...tcp4, transport: 'datagram' }, {
    size: 28,
  }),
  v2Acceptance('2.2 (21: TCP over IPv6)', '52 bytes', proxyV2({ fam: 0x21 }), tcp6, { size: 52 }),
  v2Acceptance('2.2 (22: UDP over IPv6)', '52 bytes', proxyV2({ fam: 0x22 }), { ...tcp6, transport: 'datagram' }, {
    size: 52,
  }),
  v2Acceptance('2.2 (31: UNIX stream)', '232 bytes', proxyV2({ fam: 0x31 }), unixStream, { size: 232 }),
  v2Acceptance(
    '2.2 (32: UNIX datagram)',
    '232 bytes',
    proxyV2({ fam: 0x32 }),
    { ...unixStream, transport: 'datagram' },
    { size: 232 },
  ),
  v2Acceptance(
    '2 (UDP: header and payload share a datagram)',
    'a DNS query behind the header',
    bytes(proxyV2({ fam: 0x12 }), [0xca, 0xfe, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0], [0, 0, 1, 0, 1]),
    datagram(ipv4('192.0.2.1', 56324), ipv4('198.51.100.1', 443)),
    { size: 28 },
  ),
  v2Acceptance(
    '2.2 (network byte order)',
    'every byte another one',
    proxyV2({ addresses: bytes(range(1, 12)) }),
    stream(ipv4('1.2.3.4', 0x090a), ipv4('5.6.7.8', 0x0b0c)),
  ),
  v2Acceptance(
    '2.2 (network byte order)',
    'every byte of IPv6 another one',
    proxyV2({ fam: 0x21, addresses: bytes(range(0xd0, 0xf3)) }),
    stream(
      ipv6('d0d1:d2d3:d4d5:d6d7:d8d9:dadb:dcdd:dedf', 0xf0f1),
      ipv6('e0e1:e2e3:e4e5:e6e7:e8e9:eaeb:eced:eeef', 0xf2f3),
    ),
  ),
  v2Acceptance(
    '2.2 (the caller decides what it makes of them)',
    'unspecified and multicast, ports 0 and 65535',
    proxyV2({ addresses: ipv4Addresses('0.0.0.0', '224.0.0.1', 0, 65535) }),
    stream(ipv4('0.0.0.0', 0), ipv4('224.0.0.1', 65535)),
  ),
  v2Acceptance(
    '2.2 (21), RFC 5952',
    'unspecified and IPv4-mapped',
    proxyV2({ fam: 0x21, addresses: ipv6Addresses('00'.repeat(16), `${'00'.repeat(10)}ffff0a015b0e`, 1, 2) }),
    stream(ipv6('::', 1), ipv6('::ffff:10.1.91.14', 2)),
  ),
  ...(
    [
      ['no NUL in 108 bytes', '/'.padEnd(108, 'x'), '/'.padEnd(108, 'x')],
      ['107 bytes and a NUL', '/'.padEnd(107, 'x'), '/'.padEnd(107, 'x')],
      ['no name', '', ''],
      ['an abstract name', '\0abstract', '\0abstract'],
      ['an abstract name with a NUL inside', '\0a\0b', '\0a\0b'],
      ['an abstract name of 108 bytes', '\0'.padEnd(108, 'x'), '\0'.padEnd(108, 'x')],
      ['bytes behind the NUL', '/a\0junk', '/a'],
      ['bytes that are no ASCII', '/\xe9\xff', '/\xe9\xff'],
    ] as const
  ).map(([input, sent, path]) =>
    v2Acceptance(
      '2.2 (31: 108 bytes each)',
      input,
      proxyV2({ fam: 0x31, addresses: unixAddresses(sent, '/other') }),
      stream(unix(path), unix('/other')),
    ),
  ),
  v2Acceptance(
    '2.2 (31: 108 bytes each)',
    'a destination without NUL, and a TLV behind it',
    proxyV2({ fam: 0x31, addresses: unixAddresses('/a', '/'.padEnd(108, 'y')), tlvs: tlv(0x04) }),
    stream(unix('/a'), unix('/'.padEnd(108, 'y'))),
    { tlvs: [[0x04, '']] },
  ),
];

/** All types but those whose value cannot be empty. */
const emptyTypes = range(0, 255).filter((type) => type !== 0x03 && type !== 0x20);

const tlvRows: ProxyAcceptance[] = [
  v2Acceptance('2.2 (TLVs)', 'behind IPv6 addresses', proxyV2({ fam: 0x21, tlvs: tlv(0x01, 'h2') }), tcp6, {
    tlvs: [[0x01, '6832']],
  }),
  v2Acceptance(
    '2.2 (TLVs), 2.2.8 (reserved types)',
    'every type, of length zero',
    proxyV2({ tlvs: emptyTypes.map((type) => tlv(type)) }),
    tcp4,
    { tlvs: emptyTypes.map((type) => [type, '']) },
  ),
  v2Acceptance(
    '2.2 (TLVs)',
    'repeated, unknown, and in no order',
    proxyV2({ tlvs: [tlv(0xff, 1), tlv(0x02, 'a'), tlv(0xe3), tlv(0x02, 'b'), tlv(0x00, 2, 3), tlv(0xff, 1)] }),
    tcp4,
    { tlvs: [[0xff, '01'], [0x02, '61'], [0xe3, ''], [0x02, '62'], [0x00, '0203'], [0xff, '01']] },
  ),
  v2Acceptance('2.2 (TLVs)', 'a length of two bytes', proxyV2({ tlvs: tlv(0xe3, 'x'.repeat(0x0123)) }), tcp4, {
    tlvs: [[0xe3, '78'.repeat(0x0123)]],
  }),
  v2Acceptance(
    '2.2.4 (NOOP of any length)',
    'padding in front, between and behind',
    proxyV2({ tlvs: [tlv(0x04), tlv(0x01, 'h2'), tlv(0x04, 0xff), tlv(0x04, 0, 0)] }),
    tcp4,
    { tlvs: [[0x04, ''], [0x01, '6832'], [0x04, 'ff'], [0x04, '0000']] },
  ),
  v2Acceptance(
    '2.2.5 (up to 128 bytes)',
    'UNIQUE_ID of 128 bytes, and of none',
    proxyV2({ tlvs: [tlv(0x05, new Uint8Array(128).fill(0xab)), tlv(0x05)] }),
    tcp4,
    { tlvs: [[0x05, 'ab'.repeat(128)], [0x05, '']] },
  ),
  v2Acceptance(
    '2.2.6 (pp2_tlv_ssl)',
    'SSL without sub-TLVs, and SSL with empty, unknown and repeated ones',
    proxyV2({ tlvs: [ssl(0, 0xffffffff), ssl(7, 0, tlv(0x21), tlv(0xff, 1), tlv(0x21))] }),
    tcp4,
    { tlvs: [[0x20, '00ffffffff'], [0x20, '0700000000210000ff000101210000']] },
  ),
  v2Acceptance(
    '2.2 (TLVs)',
    'sub-types of SSL outside of it',
    proxyV2({ tlvs: [tlv(0x21, 'TLSv1.3'), tlv(0x28, 0x30)] }),
    tcp4,
    { tlvs: [[0x21, toHex('TLSv1.3')], [0x28, '30']] },
  ),
  v2Acceptance('2.2.3 (checksum)', 'in front', checked, tcp4, {
    tlvs: [[0x03, toHex(checked.subarray(31, 35))], [0x02, toHex('example.com')]],
  }),
  ...(
    [
      ['alone', [], []],
      ['at the end', [tlv(0x02, 'example.com')], []],
      ['in between, at an odd place', [tlv(0x04), tlv(0x04, 1)], [tlv(0x04, 2)]],
    ] as const
  ).map(([input, before, behind]) => {
    const at = 28 + bytes(before).length + 3;
    const header = checksummed(proxyV2({ tlvs: [before, CRC, behind] }), at);
    const raw = (tlvs: readonly Uint8Array[]): (readonly [number, string])[] =>
      tlvs.map((whole) => [whole[0]!, toHex(whole.subarray(3))]);
    return v2Acceptance('2.2.3 (checksum)', input, header, tcp4, {
      tlvs: [...raw(before), [0x03, toHex(header.subarray(at, at + 4))], ...raw(behind)],
    });
  }),
  ...(
    [
      ['over IPv6', 0x21, 55, tcp6],
      ['over UDP', 0x12, 31, { ...tcp4, transport: 'datagram' }],
      ['over UNIX', 0x31, 235, unixStream],
    ] as const
  ).map(([input, fam, at, meaning]) => {
    const header = checksummed(proxyV2({ fam, tlvs: CRC }), at);
    return v2Acceptance('2.2.3 (checksum)', input, header, meaning, { tlvs: [[0x03, toHex(header.subarray(at))]] });
  }),
  v2Acceptance('2.2.3 (verifyCrc32c false)', 'a wrong checksum', proxyV2({ tlvs: CRC }), tcp4, {
    tlvs: [[0x03, '00000000']],
    verifyCrc32c: false,
  }),
];

const v2Sizes: ProxyAcceptance[] = (
  [
    ['4096 bytes', 4096, undefined],
    ['65551 bytes, and maxBytes 65551', 65551, 65551],
    ['65551 bytes, and maxBytes Infinity', 65551, Infinity],
    ['31 bytes, and maxBytes 31', 31, 31],
    ['31 bytes, and maxBytes 31.9', 31, 31.9],
  ] as const
).map(([input, size, maxBytes]) =>
  v2Acceptance('2.2 (maxBytes)', input, sized(size), tcp4, {
    tlvs: [[0x04, '00'.repeat(size - 31)]],
    size,
    ...(maxBytes === undefined ? {} : { maxBytes }),
  }),
);

const noTlvs: readonly (readonly [input: string, block: Part])[] = [
  ...[...badFraming, ...badLengths, ...badSsl].map(([input, tlvs]) => [input, tlvs] as const),
  ['a wrong checksum', CRC],
  ['a wrong checksum among others', [tlv(0x02, 'a'), CRC, tlv(0x04)]],
  ['junk', new Uint8Array(50).fill(0xff)],
];

const RIGHT_TLVS = [tlv(0x02, 'a'), tlv(0x04)];
const rightTlvs = [[0x02, '61'], [0x04, '']] as const;

const localRows: ProxyAcceptance[] = [
  v2Acceptance(
    '2.2 (LOCAL)',
    'family 0, length 0, as HAProxy and Envoy check health',
    proxyV2({ verCmd: 0x20, fam: 0 }),
    local,
    { size: 16 },
  ),
  v2Acceptance(
    '2.2 (LOCAL: any length)',
    'family 11 and addresses of zeros, as balancers check health',
    proxyV2({ verCmd: 0x20, addresses: new Uint8Array(12) }),
    local,
    { size: 28 },
  ),
  ...[0x11, 0x21, 0x31].map((fam) =>
    v2Acceptance(
      '2.2 (LOCAL: the block is discarded)',
      `family ${hex(fam)} and addresses`,
      proxyV2({ verCmd: 0x20, fam }),
      local,
    ),
  ),
  ...[0x10, 0x11, 0x12, 0x13, 0x1f, 0x20, 0x21, 0x22, 0x30, 0x31, 0x32, 0x3f].map((fam) =>
    v2Acceptance(
      '2.2 (LOCAL: TLVs behind the addresses of families 1 to 3)',
      `family ${hex(fam)}`,
      proxyV2({ verCmd: 0x20, fam, tlvs: RIGHT_TLVS }),
      local,
      { tlvs: rightTlvs },
    ),
  ),
  ...[0x00, 0x01, 0x02, 0x03, 0x0f].map((fam) =>
    v2Acceptance(
      '2.2 (LOCAL: TLVs at once for family 0)',
      `family ${hex(fam)}`,
      proxyV2({ verCmd: 0x20, fam, tlvs: RIGHT_TLVS }),
      local,
      { tlvs: rightTlvs },
    ),
  ),
  // How long their addresses would be nobody knows, so that no byte is known to begin a TLV.
  ...range(4, 15).map((family) =>
    v2Acceptance(
      '2.2 (LOCAL: the family is ignored, and no TLVs for others than 0 to 3)',
      `family ${hex((family << 4) | 1)}, and what might be TLVs`,
      proxyV2({ verCmd: 0x20, fam: (family << 4) | 1, tlvs: RIGHT_TLVS }),
      local,
    ),
  ),
  ...[0x14, 0x40, 0xf1, 0xff].map((fam) =>
    v2Acceptance(
      '2.2 (LOCAL: the family is ignored)',
      `family ${hex(fam)} and junk`,
      proxyV2({ verCmd: 0x20, fam, addresses: new Uint8Array(50).fill(0xff) }),
      local,
    ),
  ),
  ...(
    [
      [0x11, 0],
      [0x11, 1],
      [0x11, 11],
      [0x21, 12],
      [0x21, 35],
      [0x31, 12],
      [0x31, 215],
    ] as const
  ).map(([fam, length]) =>
    v2Acceptance(
      '2.2 (LOCAL: any length)',
      `family ${hex(fam)} and ${length} bytes, too few for addresses`,
      proxyV2({ verCmd: 0x20, fam, addresses: new Uint8Array(length) }),
      local,
    ),
  ),
  // Three bytes that would be a TLV, if they were not the beginning of addresses.
  v2Acceptance(
    '2.2 (LOCAL: any length)',
    'family 11 and three bytes',
    proxyV2({ verCmd: 0x20, addresses: tlv(0x04) }),
    local,
  ),
  ...noTlvs.flatMap(([input, block]) => [
    v2Acceptance(
      '2.2 (LOCAL: TLVs that do not parse are none)',
      `family 00 and ${input}`,
      proxyV2({ verCmd: 0x20, fam: 0, tlvs: block }),
      local,
    ),
    v2Acceptance(
      '2.2 (LOCAL: TLVs that do not parse are none)',
      `family 11, addresses and ${input}`,
      proxyV2({ verCmd: 0x20, tlvs: block }),
      local,
    ),
  ]),
  ...([[0x00, 19], [0x11, 31], [0x21, 55]] as const).map(([fam, at]) => {
    const header = checksummed(proxyV2({ verCmd: 0x20, fam, tlvs: [CRC, tlv(0x04)] }), at);
    return v2Acceptance('2.2.3 (LOCAL: checksum)', `family ${hex(fam)}`, header, local, {
      tlvs: [[0x03, toHex(header.subarray(at, at + 4))], [0x04, '']],
    });
  }),
  v2Acceptance('2.2.3 (LOCAL: verifyCrc32c false)', 'a wrong checksum', proxyV2({ verCmd: 0x20, tlvs: CRC }), local, {
    tlvs: [[0x03, '00000000']],
    verifyCrc32c: false,
  }),
  v2Acceptance(
    '2.2 (LOCAL: any length)',
    'junk up to 65551 bytes',
    proxyV2({ verCmd: 0x20, fam: 0, addresses: new Uint8Array(65535).fill(0xff) }),
    local,
    { maxBytes: 65551, size: 65551 },
  ),
];

const unspecRows: ProxyAcceptance[] = [
  v2Acceptance('2.2 (00: UNSPEC)', 'length 0', proxyV2({ fam: 0 }), unspecified, { size: 16 }),
  v2Acceptance('2.2 (00: UNSPEC)', 'TLVs', proxyV2({ fam: 0, tlvs: RIGHT_TLVS }), unspecified, { tlvs: rightTlvs }),
  ...noTlvs.map(([input, block]) =>
    v2Acceptance('2.2 (00: UNSPEC, the block is opaque)', input, proxyV2({ fam: 0, tlvs: block }), unspecified),
  ),
  v2Acceptance('2.2.3 (00: verifyCrc32c false)', 'a wrong checksum', proxyV2({ fam: 0, tlvs: CRC }), unspecified, {
    tlvs: [[0x03, '00000000']],
    verifyCrc32c: false,
  }),
  ...[0x01, 0x02, 0x10, 0x20, 0x30].flatMap((fam) => [
    v2Acceptance(`2.2 (${hex(fam)}: UNSPEC)`, 'length 0', proxyV2({ fam, addresses: [] }), unspecified),
    v2Acceptance(
      `2.2 (${hex(fam)}: UNSPEC, the block is opaque)`,
      'what might be TLVs',
      proxyV2({ fam, tlvs: RIGHT_TLVS }),
      unspecified,
    ),
    v2Acceptance(
      `2.2 (${hex(fam)}: UNSPEC, the block is opaque)`,
      'what might be TLVs at once',
      proxyV2({ fam, addresses: RIGHT_TLVS }),
      unspecified,
    ),
    v2Acceptance(
      `2.2 (${hex(fam)}: UNSPEC, the block is opaque)`,
      'junk',
      proxyV2({ fam, addresses: new Uint8Array(50).fill(0xff) }),
      unspecified,
    ),
  ]),
];

/** As HAProxy writes it with `send-proxy-v2-ssl-cn` for a client with a certificate. */
const haproxySsl = ssl(7, 0, tlv(0x21, 'TLSv1.3'), tlv(0x22, 'Example Common Name Client Cert'));

const senders: ProxyAcceptance[] = [
  v2Acceptance(
    '2.2.3, 2.2.4, 2.2.8',
    'AWS Network Load Balancer behind PrivateLink',
    awsHeader,
    stream(ipv4('172.31.7.113', 51442), ipv4('172.31.10.31', 80)),
    {
      tlvs: [[0x03, 'e8d6892d'], [0xea, toHex(1, 'vpce-08d2bf15fac5001c9')], [0x04, '00'.repeat(36)]],
      size: 100,
    },
  ),
  v2Acceptance(
    '2.2.6',
    'HAProxy send-proxy-v2-ssl-cn',
    proxyV2({ addresses: ipv4Addresses('127.0.0.1', '127.0.0.1', 52362, 9006), tlvs: haproxySsl }),
    stream(ipv4('127.0.0.1', 52362), ipv4('127.0.0.1', 9006)),
    { tlvs: [[0x20, toHex(haproxySsl.subarray(3))]], size: 80 },
  ),
  v2Acceptance(
    '2.2.1, 2.2.2, 2.2.5, 2.2.6',
    'HAProxy with IPv4 on one side, ALPN, the name and a unique id',
    proxyV2({
      fam: 0x21,
      addresses: ipv6Addresses(`${'00'.repeat(10)}ffff0a015b0e`, '20010db8000000000000000000000002', 62588, 443),
      tlvs: [
        tlv(0x01, 'h2'),
        tlv(0x02, 'www.example.com'),
        tlv(0x05, 'C0A80001:DBFC'),
        ssl(1, 0, tlv(0x21, 'TLSv1.3')),
      ],
    }),
    stream(ipv6('::ffff:10.1.91.14', 62588), ipv6('2001:db8::2', 443)),
    {
      tlvs: [
        [0x01, '6832'],
        [0x02, toHex('www.example.com')],
        [0x05, toHex('C0A80001:DBFC')],
        [0x20, `0100000000210007${toHex('TLSv1.3')}`],
      ],
    },
  ),
  v2Acceptance('2.2.8', 'Azure Private Link', proxyV2({ tlvs: tlv(0xee, 1, 0xc1, 0x45, 0, 0x21) }), tcp4, {
    tlvs: [[0xee, '01c1450021']],
  }),
  v2Acceptance(
    '2.2.8',
    'Google Private Service Connect',
    proxyV2({ tlvs: tlv(0xe0, u32(0xffffffff), u32(0xc0a86402)) }),
    tcp4,
    { tlvs: [[0xe0, 'ffffffffc0a86402']] },
  ),
  v2Acceptance(
    '2.2.8',
    'Alibaba Network Load Balancer',
    proxyV2({ tlvs: [tlv(0xe1, 1, 'vpc-8vb1'), tlv(0xe1, 2, 'ep-8ps1'), tlv(0xe1, 3, 'epsrv-hp3v')] }),
    tcp4,
    { tlvs: [[0xe1, toHex(1, 'vpc-8vb1')], [0xe1, toHex(2, 'ep-8ps1')], [0xe1, toHex(3, 'epsrv-hp3v')]] },
  ),
];

export const proxyAcceptances: readonly ProxyAcceptance[] = [
  ...lines,
  ...addresses,
  ...tlvRows,
  ...v2Sizes,
  ...localRows,
  ...unspecRows,
  ...senders,
];
