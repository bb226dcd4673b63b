/** PROXY headers to ask other implementations about, good ones and bad ones, and what is said of each here. */
import { isIPv6, SocketAddress } from 'node:net';
import fc from 'fast-check';
import { decodeProxyHeader, encodeProxyV1, encodeProxyV2, encodeTlv } from 'preread/proxy';
import type { ProxyCode, ProxyHeader, ProxyHeaderInput } from 'preread/proxy';
import { expect } from 'vitest';
import { proxyHeaders } from '../generators/proxy.ts';
import { bytes, concat, u16, u32, vector16 } from '../vectors/build.ts';
import type { Part } from '../vectors/build.ts';
import { crc32cBitwise, proxyV1 as line, proxyV2Signature, tlv } from '../vectors/proxy.ts';
import { hex } from './proxy-listener.ts';
import { random } from './random.ts';
import type { Random } from './random.ts';

export type Outcome = ReturnType<typeof decodeProxyHeader>;

export interface HeaderCase {
  readonly title: string;
  readonly bytes: Uint8Array;
  /** What the decoder says of it. */
  readonly ours: 'complete' | 'incomplete' | ProxyCode;
}

export const ipv4: ProxyHeaderInput = {
  source: { address: '192.0.2.1', port: 56324 },
  destination: { address: '198.51.100.1', port: 443 },
};
export const ipv6: ProxyHeaderInput = {
  source: { address: '2001:db8::1', port: 56324 },
  destination: { address: '2001:db8:ffff::2', port: 443 },
};
/** The first becomes IPv4-mapped. */
export const mixed: ProxyHeaderInput = { source: ipv4.source, destination: ipv6.destination };
export const unix: ProxyHeaderInput = { source: { path: '/run/client' }, destination: { path: '/run/server' } };

const LOCAL = 0x20;
const PROXY = 0x21;
const ADDRESSES_4 = encodeProxyV2(ipv4).subarray(16);
const ADDRESSES_6 = encodeProxyV2(ipv6).subarray(16);
const ADDRESSES_UNIX = encodeProxyV2(unix).subarray(16);

/** A version 2 header of any content. */
function v2(verCmd: number, fam: number, ...block: readonly Part[]): Uint8Array {
  return bytes(proxyV2Signature, verCmd, fam, vector16(...block));
}

/** A well-formed header over IPv4 with these TLVs. */
function with4(...tlvs: readonly Part[]): Uint8Array {
  return v2(PROXY, 0x11, ADDRESSES_4, ...tlvs);
}

function crc32c(data: Uint8Array): Uint8Array {
  return bytes(u32(crc32cBitwise(data)));
}

function withChecksum(write: (checksum: Uint8Array) => Uint8Array): Uint8Array {
  return write(crc32c(write(new Uint8Array(4))));
}

const crcTlv = (checksum: Uint8Array): Uint8Array => tlv(0x03, checksum);

/** Each checksum is right with itself and those before it as zero: so HAProxy takes them. */
const twoChecksums = withChecksum((first) =>
  with4(crcTlv(first), crcTlv(crc32c(with4(crcTlv(new Uint8Array(4)), crcTlv(new Uint8Array(4)))))),
);

const everything = encodeProxyV2(
  {
    ...ipv6,
    tlvs: [
      encodeTlv({ name: 'alpn', protocol: 'http/1.1' }),
      encodeTlv({ name: 'authority', authority: 'www.example.com' }),
      encodeTlv({ name: 'unique_id', uniqueId: bytes('id-8') }),
      encodeTlv({ name: 'ssl', client: 7, verify: 0, version: 'TLSv1.2', cn: 'someone', cipher: 'AES128-SHA' }),
    ],
  },
  { crc32c: true, awsVpcEndpointId: 'vpce-08d2bf15fac5001c9', alignment: 8 },
);

export const headerCases: readonly HeaderCase[] = [
  // Version 1, PROXY protocol 2.1.
  ok('v1: TCP4', encodeProxyV1(ipv4)),
  ok('v1: TCP6', encodeProxyV1(ipv6)),
  ok('v1: an IPv4 client of an IPv6 server', encodeProxyV1(mixed)),
  ok('v1: the longest TCP4', line('TCP4 255.255.255.255 255.255.255.254 65535 65535')),
  ok('v1: the longest TCP6', line(`TCP6 ${'ffff:'.repeat(7)}fffe ${'ffff:'.repeat(7)}ffff 65535 65535`)),
  ok('v1: zeros', line('TCP4 0.0.0.0 0.0.0.0 0 0')),
  ok('v1: :: alone', line('TCP6 :: ::1 1 2')),
  ok('v1: capitals and zeros in groups', line('TCP6 2001:0DB8:0:0:0:0:0:00AB 2001:db8:0::2 1 2')),
  ok('v1: :: for one group', line('TCP6 1:2:3:4:5:6:7:: 1:2:3::5:6:7:8 1 2')),
  ok('v1: the last 32 bits in dotted decimal', line('TCP6 ::ffff:192.0.2.1 64:ff9b::192.0.2.33 1 2')),
  ok('v1: UNKNOWN', encodeProxyV1({})),
  ok('v1: UNKNOWN with addresses', line('UNKNOWN 2001:db8::1 2001:db8::2 1 2')),
  ok('v1: UNKNOWN with any text', line('UNKNOWN whatever')),
  ok('v1: UNKNOWN, 107 bytes long', line(`UNKNOWN ${'x'.repeat(91)}`)),
  bad('v1: UNKNOWN, 108 bytes long', 'proxy.v1.length', line(`UNKNOWN ${'x'.repeat(92)}`)),
  bad('v1: UNKNOWN with a word that goes on', 'proxy.v1.protocol', line('UNKNOWNS')),
  bad('v1: small letters', 'proxy.not_proxy', bytes('proxy TCP4 192.0.2.1 198.51.100.1 1 2\r\n')),
  bad('v1: UDP4', 'proxy.v1.protocol', line('UDP4 192.0.2.1 198.51.100.1 1 2')),
  bad('v1: tcp4', 'proxy.v1.protocol', line('tcp4 192.0.2.1 198.51.100.1 1 2')),
  bad('v1: TCP5', 'proxy.v1.protocol', line('TCP5 192.0.2.1 198.51.100.1 1 2')),
  bad('v1: no header', 'proxy.not_proxy', bytes()),
  bad('v1: two spaces', 'proxy.v1.source_address', line('TCP4  192.0.2.1 198.51.100.1 1 2')),
  bad('v1: a tab', 'proxy.v1.source_address', line('TCP4 192.0.2.1\t198.51.100.1 1 2')),
  bad('v1: a port is missing', 'proxy.v1.destination_port', line('TCP4 192.0.2.1 198.51.100.1 1')),
  bad('v1: one word more', 'proxy.v1.destination_port', line('TCP4 192.0.2.1 198.51.100.1 1 2 3')),
  bad('v1: a space at the end', 'proxy.v1.destination_port', line('TCP4 192.0.2.1 198.51.100.1 1 2 ')),
  bad('v1: a space at the end of TCP6', 'proxy.v1.destination_port', line('TCP6 ::1 ::2 1 2 ')),
  bad('v1: one word more in TCP6', 'proxy.v1.destination_port', line('TCP6 ::1 ::2 1 2 3')),
  bad('v1: LF alone', 'proxy.v1.crlf', bytes('PROXY TCP4 192.0.2.1 198.51.100.1 1 2\n')),
  bad('v1: CR alone', 'proxy.v1.crlf', bytes('PROXY TCP4 192.0.2.1 198.51.100.1 1 2\r')),
  bad('v1: CR CR LF', 'proxy.v1.crlf', line('TCP4 192.0.2.1 198.51.100.1 1 2\r')),
  bad('v1: LF in TCP6', 'proxy.v1.crlf', line('TCP6 ::1 ::2 1 2\n')),
  bad('v1: LF behind a space in TCP6', 'proxy.v1.crlf', bytes('PROXY TCP6 ::1 ::2 1 2 \n')),
  bad('v1: zeros in front of an octet', 'proxy.v1.source_address', line('TCP4 192.000.02.1 198.51.100.1 1 2')),
  bad('v1: octet 256', 'proxy.v1.source_address', line('TCP4 192.0.2.256 198.51.100.1 1 2')),
  bad('v1: three octets', 'proxy.v1.source_address', line('TCP4 192.0.2 198.51.100.1 1 2')),
  bad('v1: five octets', 'proxy.v1.destination_address', line('TCP4 192.0.2.1 198.51.100.1.1 1 2')),
  bad('v1: an empty octet', 'proxy.v1.source_address', line('TCP4 192..2.1 198.51.100.1 1 2')),
  bad('v1: an address that is an integer', 'proxy.v1.source_address', line('TCP4 3221225985 198.51.100.1 1 2')),
  bad('v1: a dot at the end of an address', 'proxy.v1.source_address', line('TCP4 192.0.2.1. 198.51.100.1 1 2')),
  bad('v1: TCP4 with IPv6', 'proxy.v1.source_address', line('TCP4 2001:db8::1 2001:db8::2 1 2')),
  bad('v1: TCP6 with IPv4', 'proxy.v1.source_address', line('TCP6 192.0.2.1 198.51.100.1 1 2')),
  bad('v1: two ::', 'proxy.v1.source_address', line('TCP6 1::2::3 ::2 1 2')),
  bad('v1: :: for no group', 'proxy.v1.source_address', line('TCP6 1:2:3:4::5:6:7:8 ::2 1 2')),
  bad('v1: seven groups', 'proxy.v1.source_address', line('TCP6 1:2:3:4:5:6:7 ::2 1 2')),
  bad('v1: nine groups', 'proxy.v1.source_address', line('TCP6 1:2:3:4:5:6:7:8:9 ::2 1 2')),
  bad('v1: a group of five digits', 'proxy.v1.source_address', line('TCP6 00001::1 ::2 1 2')),
  bad('v1: a zone', 'proxy.v1.source_address', line('TCP6 fe80::1%eth0 ::2 1 2')),
  bad('v1: brackets', 'proxy.v1.source_address', line('TCP6 [::1] ::2 1 2')),
  bad('v1: a NUL behind an IPv6 address', 'proxy.v1.source_address', line('TCP6 ::1\0 ::2 1 2')),
  bad('v1: zeros in front of a port', 'proxy.v1.source_port', line('TCP4 192.0.2.1 198.51.100.1 01 2')),
  bad('v1: port 65536', 'proxy.v1.source_port', line('TCP4 192.0.2.1 198.51.100.1 65536 2')),
  bad('v1: port 65536 in TCP6', 'proxy.v1.destination_port', line('TCP6 ::1 ::2 1 65536')),
  bad('v1: port -1', 'proxy.v1.source_port', line('TCP4 192.0.2.1 198.51.100.1 -1 2')),
  bad('v1: port +1', 'proxy.v1.source_port', line('TCP4 192.0.2.1 198.51.100.1 +1 2')),
  bad('v1: an empty port', 'proxy.v1.source_port', line('TCP4 192.0.2.1 198.51.100.1  2')),
  bad('v1: empty ports in TCP6', 'proxy.v1.source_port', line('TCP6 ::1 ::2  ')),
  bad('v1: 108 bytes', 'proxy.v1.length', line(`TCP4 192.0.2.1 198.51.100.1 1 ${'0'.repeat(69)}2`)),

  // Version 2, PROXY protocol 2.2.
  ok('v2: TCP over IPv4', encodeProxyV2(ipv4)),
  ok('v2: TCP over IPv6', encodeProxyV2(ipv6)),
  ok('v2: an IPv4 client of an IPv6 server', encodeProxyV2(mixed)),
  ok('v2: an IPv6 client of an IPv4 server', encodeProxyV2({ source: ipv6.source, destination: ipv4.destination })),
  ok('v2: zeros', v2(PROXY, 0x11, new Uint8Array(12))),
  ok('v2: UDP over IPv4', encodeProxyV2({ ...ipv4, transport: 'datagram' })),
  ok('v2: UDP over IPv6', encodeProxyV2({ ...ipv6, transport: 'datagram' })),
  ok('v2: UNIX stream', encodeProxyV2(unix)),
  ok('v2: UNIX datagram', encodeProxyV2({ ...unix, transport: 'datagram' })),
  ok('v2: UNSPEC', encodeProxyV2({})),
  ok('v2: UNSPEC with TLVs', encodeProxyV2({}, { crc32c: true })),
  ok('v2: IPv4, but UNSPEC as transport', v2(PROXY, 0x10, ADDRESSES_4)),
  ok('v2: STREAM, but UNSPEC as family', v2(PROXY, 0x01)),
  ok('v2: LOCAL', encodeProxyV2({ command: 'LOCAL' })),
  ok('v2: LOCAL with TLVs', encodeProxyV2({ command: 'LOCAL' }, { crc32c: true, alignment: 64 })),
  ok('v2: LOCAL with IPv4 addresses', v2(LOCAL, 0x11, ADDRESSES_4)),
  ok('v2: LOCAL with IPv6 addresses', v2(LOCAL, 0x21, ADDRESSES_6)),
  ok('v2: LOCAL with UNIX addresses', v2(LOCAL, 0x31, ADDRESSES_UNIX)),
  ok('v2: LOCAL with a family that is none, and any block', v2(LOCAL, 0xff, 'whatever')),
  ok('v2: LOCAL with a checksum that is wrong', v2(LOCAL, 0x00, tlv(0x03, 'abcd'))),
  bad('v2: version 1', 'proxy.v2.version', v2(0x11, 0x11, ADDRESSES_4)),
  bad('v2: version 3', 'proxy.v2.version', v2(0x31, 0x11, ADDRESSES_4)),
  bad('v2: command 2', 'proxy.v2.command', v2(0x22, 0x11, ADDRESSES_4)),
  bad('v2: command 15', 'proxy.v2.command', v2(0x2f, 0x11, ADDRESSES_4)),
  bad('v2: family 4', 'proxy.v2.family', v2(PROXY, 0x41, ADDRESSES_4)),
  bad('v2: transport 3', 'proxy.v2.transport', v2(PROXY, 0x13, ADDRESSES_4)),
  bad('v2: family 4, and long', 'proxy.v2.family', v2(PROXY, 0x41, new Uint8Array(0x0d00))),
  ok('v2: UDP over IPv4, and long', v2(PROXY, 0x12, ADDRESSES_4, tlv(0x04, new Uint8Array(3313)))),
  bad('v2: shorter than the IPv4 addresses', 'proxy.v2.length', v2(PROXY, 0x11, ADDRESSES_4.subarray(1))),
  bad('v2: shorter than the IPv6 addresses', 'proxy.v2.length', v2(PROXY, 0x21, ADDRESSES_6.subarray(1))),
  bad('v2: no addresses', 'proxy.v2.length', v2(PROXY, 0x11)),
  bad('v2: shorter than the addresses of UDP', 'proxy.v2.length', v2(PROXY, 0x12, ADDRESSES_4.subarray(1))),
  bad('v2: shorter than those of UNIX', 'proxy.v2.length', v2(PROXY, 0x31, ADDRESSES_UNIX.subarray(1))),
  bad('v2: a signature with another last byte', 'proxy.not_proxy', bytes('\r\n\r\n\0\r\nQUIT\r')),

  // TLVs, PROXY protocol 2.2.1 to 2.2.8.
  ok('TLVs: CRC32C', encodeProxyV2(ipv4, { crc32c: true })),
  ok('TLVs: CRC32C over IPv6', encodeProxyV2(ipv6, { crc32c: true })),
  ok('TLVs: CRC32C in front of others', withChecksum((checksum) => with4(crcTlv(checksum), tlv(0x02, 'a.example')))),
  bad('TLVs: CRC32C, wrong', 'proxy.v2.crc32c', with4(tlv(0x03, 'abcd'))),
  bad('TLVs: CRC32C in little-endian order', 'proxy.v2.crc32c', withChecksum((sum) => with4(crcTlv(sum.toReversed())))),
  bad('TLVs: CRC32C of three bytes', 'proxy.crc32c.length', with4(tlv(0x03, 'abc'))),
  bad('TLVs: CRC32C twice', 'proxy.crc32c.duplicate', twoChecksums),
  ok('TLVs: padding to 64 bytes', encodeProxyV2(ipv4, { alignment: 64 })),
  ok('TLVs: padding to 4096 bytes', encodeProxyV2(ipv4, { alignment: 4096 })),
  bad('TLVs: padding to 4097 bytes', 'proxy.header.limit', encodeProxyV2(ipv4, { alignment: 4097 })),
  ok('TLVs: NOOP of no byte', with4(tlv(0x04))),
  ok('TLVs: ALPN', with4(tlv(0x01, 'h2'))),
  ok('TLVs: AUTHORITY', encodeProxyV2({ ...ipv4, tlvs: [encodeTlv({ name: 'authority', authority: 'a.example' })] })),
  ok('TLVs: AUTHORITY of 255 bytes', with4(tlv(0x02, 'a'.repeat(255)))),
  ok('TLVs: AUTHORITY of 256 bytes', with4(tlv(0x02, 'a'.repeat(256)))),
  ok('TLVs: UNIQUE_ID', encodeProxyV2({ ...ipv4, tlvs: [encodeTlv({ name: 'unique_id', uniqueId: bytes('id-7') })] })),
  ok('TLVs: UNIQUE_ID of no byte', with4(tlv(0x05))),
  ok('TLVs: UNIQUE_ID of 128 bytes', with4(tlv(0x05, 'u'.repeat(128)))),
  bad('TLVs: UNIQUE_ID of 129 bytes', 'proxy.unique_id.length', with4(tlv(0x05, 'u'.repeat(129)))),
  ok('TLVs: SSL', with4(tlv(0x20, 1, 0, 0, 0, 0, tlv(0x21, 'TLSv1.3'), tlv(0x22, 'someone')))),
  bad('TLVs: SSL of four bytes', 'proxy.ssl.length', with4(tlv(0x20, 1, 0, 0, 0))),
  bad('TLVs: SSL with a sub-TLV that overruns', 'proxy.ssl.length', with4(tlv(0x20, 1, 0, 0, 0, 0, 0x21, u16(2), 'T'))),
  ok('TLVs: NETNS', with4(tlv(0x30, 'blue'))),
  ok('TLVs: vendors', encodeProxyV2(ipv4, { awsVpcEndpointId: 'vpce-08d2bf15', azureLinkId: 7, gcpConnectionId: 7n })),
  ok('TLVs: types that are not assigned', with4(tlv(0x06), tlv(0x7f, 'x'), tlv(0xf0), tlv(0xff, 'y'))),
  ok('TLVs: all at once', everything),
  bad('TLVs: one that overruns', 'proxy.tlv.length', with4(0x04, u16(5), 'abcd')),
  bad('TLVs: a byte left over', 'proxy.tlv.length', with4(tlv(0x04, 'abcd'), 0x04)),
  bad('TLVs: two bytes left over', 'proxy.tlv.length', with4(0x04, 0)),
];

function ok(title: string, header: Uint8Array): HeaderCase {
  return { title, bytes: header, ours: 'complete' };
}

function bad(title: string, code: ProxyCode, header: Uint8Array): HeaderCase {
  return { title, bytes: header, ours: code };
}

/** Parts of headers, with nothing behind them. */
export const partialHeaders: readonly HeaderCase[] = [
  ['v1: five bytes', bytes('PROXY')],
  ['v1: up to the word', bytes('PROXY TCP4 ')],
  ['v1: up to the CR', encodeProxyV1(ipv4).slice(0, -1)],
  ['v2: a part of the signature', proxyV2Signature.slice(0, 8)],
  ['v2: up to the addresses', encodeProxyV2(ipv4).slice(0, 16)],
  ['v2: one byte is missing', encodeProxyV2(ipv4, { crc32c: true }).slice(0, -1)],
].map(([title, header]) => ({ title: title as string, bytes: header as Uint8Array, ours: 'incomplete' }));

/** The answer in one word. */
export function verdict(outcome: Outcome): HeaderCase['ours'] {
  return outcome.status === 'malformed' ? outcome.code : outcome.status;
}

/** The endpoints of a header as others print them, in one spelling; undefined where it has none over IP. */
export function printed({ source, destination }: Pick<ProxyHeader, 'source' | 'destination'>): string | undefined {
  if (source === undefined || destination === undefined || 'path' in source || 'path' in destination) return undefined;
  return respelled(`${source.address} ${source.port} ${destination.address} ${destination.port}`);
}

/** The same of what was printed there: addresses in the spelling of Node.js, and ports also where they are 0. */
export function respelled(text: string): string {
  const [from = '', fromPort, to = '', toPort] = text.split(' ');
  const spelled = (address: string): string =>
    new SocketAddress({ address, family: isIPv6(address) ? 'ipv6' : 'ipv4' }).address;
  return `${spelled(from)} ${fromPort || 0} ${spelled(to)} ${toPort || 0}`;
}

/** What became of a header that another implementation was asked about. */
export interface Taken {
  /** Whether it took the header, whatever it thought of the request behind it. */
  readonly accepted: boolean;
  /** What it read in the header; undefined where it did not take the request. */
  readonly read: unknown;
}

/** Another implementation. */
export interface Other<T extends Taken> {
  /** What is sent behind a header. */
  readonly behind: Uint8Array;
  /** Sends a header and what is behind it. */
  ask(sent: Uint8Array): Promise<T>;
  /** Whether it takes what is sent, as its source has it: so that it differs where it is said to, and nowhere else. */
  takes(sent: Uint8Array): boolean;
  /** Why it takes what is refused here, or refuses what is taken here. */
  reasonFor(outcome: Outcome, sent: Uint8Array): string | undefined;
  /** Expects that it read the same in a header that both take. */
  expectSame(taken: T, header: ProxyHeader): void;
}

/** The types of TLVs and of those inside SSL. PROXY protocol 2.2. */
export const tlvTypes = {
  ALPN: 0x01,
  AUTHORITY: 0x02,
  CRC32C: 0x03,
  UNIQUE_ID: 0x05,
  SSL: 0x20,
  VERSION: 0x21,
  CN: 0x22,
  CIPHER: 0x23,
  SIG_ALG: 0x24,
  KEY_ALG: 0x25,
};

const request = bytes('GET / HTTP/1.0\r\n\r\n');

/** Twice, so that there is still one to answer where a header goes on into the first line. */
export const REQUEST: Uint8Array = bytes(request, request);

const unexplained = 'nobody knows why';

/** Why the other one differs about a header; undefined where it does not. */
export function differenceOf<T extends Taken>(other: Other<T>, header: Uint8Array): string | undefined {
  const sent = bytes(header, other.behind);
  const outcome = decodeProxyHeader(sent);
  if (other.takes(sent) === (outcome.status === 'complete')) return undefined;
  return other.reasonFor(outcome, sent) ?? unexplained;
}

/** Asks about a header, and expects the answer that its source has, for a reason, and the same endpoints in it. */
export async function compare<T extends Taken>(other: Other<T>, header: Uint8Array): Promise<T> {
  const sent = bytes(header, other.behind);
  const outcome = decodeProxyHeader(sent);
  const theirs = await other.ask(sent);
  const what = `${verdict(outcome)}: ${hex(header)}`;
  expect(theirs.accepted, what).toBe(other.takes(sent));
  expect(differenceOf(other, header), what).not.toBe(unexplained);
  if (theirs.accepted && theirs.read !== undefined && outcome.status === 'complete') {
    other.expectSame(theirs, outcome.value);
  }
  return theirs;
}

/** The cases behind what is said of each, here and there. */
export function titled<T extends Taken>(other: Other<T>): (readonly [title: string, one: HeaderCase])[] {
  return headerCases.map((one) => {
    const reason = differenceOf(other, one.bytes);
    const difference = reason === undefined ? '' : `, ${one.ours === 'complete' ? 'refused' : 'taken'} there (${reason})`;
    return [`${one.title}: ${one.ours} here${difference}`, one];
  });
}

/** What a comparison of many headers came to. */
export interface Compared {
  /** How many both took and read alike. */
  readonly taken: number;
  /** How many both refused. */
  readonly refused: number;
  /** How many were about each reason. */
  readonly differences: Readonly<Record<string, number>>;
}

/** Asks about `count` headers, half of them as they are generated, and half changed in one place or two. */
export async function compareGenerated<T extends Taken>(other: Other<T>, seed: number, count: number): Promise<Compared> {
  let taken = 0;
  let refused = 0;
  const differences: Record<string, number> = {};
  const queued = headersToAsk(seed, count).filter((header) => !endsIn(other.behind, header));
  const work = async (): Promise<void> => {
    for (let header = queued.pop(); header !== undefined; header = queued.pop()) {
      const theirs = await compare(other, header);
      const reason = differenceOf(other, header);
      if (reason !== undefined) differences[reason] = (differences[reason] ?? 0) + 1;
      else if (!theirs.accepted) refused++;
      else if (theirs.read !== undefined) taken++;
    }
  };
  await Promise.all([work(), work(), work(), work()]);

  // It was asked about both kinds.
  expect(taken).toBeGreaterThan(count / 4);
  expect(refused).toBeGreaterThan(count / 10);
  return { taken, refused, differences };
}

/** Whether a block ends in what is behind it: which leaves nothing to answer. */
function endsIn(behind: Uint8Array, header: Uint8Array): boolean {
  if (header.length < 16 || header[0] !== 0x0d) return false;
  const over = 16 + ((header[14]! << 8) | header[15]!) - header.length;
  return over > 0 && over <= behind.length;
}

const seeds = headerCases.filter(({ ours, bytes: header }) => ours === 'complete' && header.length < 1000);

/** Those that are changed are half of the cases that are accepted. */
function headersToAsk(seed: number, count: number): Uint8Array[] {
  const source = random(seed);
  return fc.sample(proxyHeaders, { seed, numRuns: count }).map((header, i) => {
    if (i % 2 === 0) return header;
    return mutated(i % 4 === 1 ? header : source.pick(seeds).bytes, source);
  });
}

/** A header with one change, or two. */
function mutated(header: Uint8Array, source: Random): Uint8Array {
  const once = mutate(header, source);
  return source.below(4) === 0 ? mutate(once, source) : once;
}

function mutate(header: Uint8Array, random: Random): Uint8Array {
  if (header.length < 17) return header;
  return header[0] === 0x50 ? mutateLine(header, random) : mutateBlock(header, random);
}

function mutateLine(header: Uint8Array, { below, pick }: Random): Uint8Array {
  const at = below(header.length);
  const words = Buffer.from(header).toString('latin1').slice(0, -2).split(' ');
  const chosen = below(words.length);
  const written = (changed: readonly string[]): Uint8Array => bytes(`${changed.join(' ')}\r\n`);
  return pick<() => Uint8Array>([
    // Any character in place of one, in front of one, one less.
    () => header.with(at, pick([...bytes(' 0123456789afxAF.:%/-+\t\r\n\0'), below(256)])),
    () => concat([header.subarray(0, at), bytes(pick([...' 0123456789afx.:-+\r\n\0'])), header.subarray(at)]),
    () => concat([header.subarray(0, at), header.subarray(at + 1)]),
    // Another end.
    () => concat([header.subarray(0, -2), bytes(pick(['\n', '\r', ' \n', '\0\n', ' \r\n', '\r\r\n', '']))]),
    // Any word.
    () => written(words.toSpliced(chosen, 1)),
    () => written(words.toSpliced(chosen, 0, words[chosen]!)),
    () => written(words.with(chosen, pick(words))),
    () => written(words.with(chosen, `0${words[chosen]}`)),
    () => written(words.with(chosen, pick(['', '0', '65535', '65536', '99999999999', 'TCP4', 'TCP6', 'UNKNOWN']))),
    () => written(words.with(-1, '1'.padStart(80, '0'))),
    () => written(words.with(chosen, pick(['1.2.3.4', '1.2.3', '256.1.1.1', '0x1.2.3.4', '1.2.3.4/8', '1.2.3.4.']))),
    () => written(words.with(chosen, pick(['::', ':::', '1::2::3', '::ffff:1.2.3.4', '1:2:3:4:5:6:7:8', '::1%lo']))),
  ])();
}

function mutateBlock(header: Uint8Array, { below, pick }: Random): Uint8Array {
  const at = below(header.length);
  const block = header.subarray(16);
  const addresses = [0, 12, 36, 216][header[13]! >> 4] ?? 0;
  const tlvs = block.slice(addresses);
  const written = (...parts: readonly Part[]): Uint8Array => bytes(header.subarray(0, 14), vector16(...parts));
  const withTlvs = (...parts: readonly Part[]): Uint8Array => written(block.subarray(0, addresses), ...parts);
  return pick<() => Uint8Array>([
    // Any byte, and those that decide.
    () => header.with(at, pick([header[at]! ^ (1 << below(8)), header[at]! + 1, below(256), 0, 0xff])),
    () => header.with(12, pick([0x20, 0x21, 0x22, 0x11, 0x31, below(256)])),
    () => header.with(13, pick([0x00, 0x10, 0x01, 0x11, 0x12, 0x21, 0x22, 0x31, 0x32, 0x13, 0x41, below(256)])),
    () => header.with(15, pick([header[15]! + 1, header[15]! - 1, 0, 12, 36])),
    // The block cut, with its length right; TLVs of all kinds in front of the others, behind them, in their place.
    () => written(block.subarray(0, below(block.length + 1))),
    () => withTlvs(tlvs.slice(0, below(tlvs.length + 1))),
    () => withTlvs(tlvs, new Uint8Array(1 + below(3)).fill(below(8))),
    () => withTlvs(tlv(pick([1, 2, 3, 4, 5, 0x20]), new Uint8Array(pick([0, 3, 4, 5, 128, 129, 255, 256]))), tlvs),
    () => withTlvs(tlvs, tlv(below(256), new Uint8Array(below(9)))),
    () => withTlvs(tlv(0x20, new Uint8Array(5), 0x21, u16(below(4)), new Uint8Array(below(4))), tlvs),
    () => withChecksum((checksum) => withTlvs(tlvs, crcTlv(checksum))),
    () => withTlvs(crcTlv(Uint8Array.of(below(256), 0, 0, 0)), tlvs),
  ])();
}
