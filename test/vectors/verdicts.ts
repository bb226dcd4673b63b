/**
 * One row for every odd input and the verdict on it, with the clause that says so. The tests of the decoder check
 * the rows, the laws run over their bytes.
 */
import type { ClientHelloCode, ServerName } from '../../src/tls/index.ts';
import {
  alpn,
  bytes,
  concat,
  extension,
  handshake,
  hello,
  message,
  record,
  records,
  serverName,
  supportedVersions,
  u16,
  u24,
  vector16,
  vector8,
} from './build.ts';
import type { Part } from './build.ts';

export interface Refusal {
  readonly clause: string;
  readonly input: string;
  readonly bytes: Uint8Array;
  readonly code: ClientHelloCode;
  readonly offset: number;
  /** How many bytes it takes to know; all of them unless given. */
  readonly decidedAt?: number;
  readonly maxBytes?: number;
}

export interface Acceptance {
  readonly clause: string;
  readonly input: string;
  readonly bytes: Uint8Array;
  readonly serverName?: ServerName | undefined;
  readonly alpnProtocols?: readonly string[];
  readonly supportedVersions?: readonly number[];
  readonly ech?: 'outer' | 'inner' | undefined;
  /** All bytes unless given. */
  readonly size?: number;
  readonly maxBytes?: number;
}

const dns = (host: string): ServerName => ({ kind: 'dns', host });
const ip = (address: string): ServerName => ({ kind: 'ip', address });
const invalid = (raw: string): ServerName => ({ kind: 'invalid', raw: bytes(raw) });

const name = serverName('example.com');
const named = message({ extensions: name });
const plain = message();

/** Not TLS at all: decided at the first byte that rules TLS out. */
const foreign: Refusal[] = [
  ['HTTP/1', 'GET / HTTP/1.1\r\n'],
  ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ['SSH', 'SSH-2.0-OpenSSH_9.2\r\n'],
  ['PROXY v1', 'PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n'],
  ['PROXY v2', '\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c'],
  ['PostgreSQL SSLRequest', '\0\0\0\x08\x04\xd2\x16\x2f'],
  ['RDP', '\x03\0\0\x13\x0e\xe0\0\0\0\0\0\x01\0\x08\0\x0b\0\0\0'],
  ['SOCKS5', '\x05\x01\0'],
  ['a line feed', '\n'],
].map(([input, text]) => ({
  clause: 'RFC 8446 5.1 ContentType',
  input: input!,
  bytes: bytes(text!),
  code: 'tls.not_tls',
  offset: 0,
  decidedAt: 1,
}));

const notTls: Refusal[] = [
  ...foreign,
  {
    clause: 'RFC 8446 5.1 legacy_record_version',
    input: 'record major 2',
    bytes: bytes(22, 2, 0, 0, 5, plain),
    code: 'tls.not_tls',
    offset: 1,
    decidedAt: 2,
  },
  {
    clause: 'RFC 8446 5.1 legacy_record_version',
    input: 'a Minecraft handshake of 22 bytes',
    bytes: bytes(22, 0, 0xf2, 5, 15, 'mc.example.com', 0x63, 0xdd, 1),
    code: 'tls.not_tls',
    offset: 1,
    decidedAt: 2,
  },
  {
    clause: 'RFC 8446 5.1 legacy_record_version',
    input: 'record major 2 between fragments',
    bytes: concat([record(named.subarray(0, 20)), record(named.subarray(20), 22, 0x0201)]),
    code: 'tls.not_tls',
    offset: 26,
    decidedAt: 27,
  },
  {
    clause: 'RFC 8446 5.1 ContentType',
    input: 'no record between fragments',
    bytes: concat([record(named.subarray(0, 20)), bytes('GET /')]),
    code: 'tls.not_tls',
    offset: 25,
    decidedAt: 26,
  },
  ...[0xff, 0xfd, 0xfc].map((minor): Refusal => ({
    clause: 'RFC 9147 4 (DTLS)',
    input: `DTLS fe${minor.toString(16)}`,
    bytes: bytes(22, 0xfe, minor, 0, 0, 0, 0, 0, 0, 0, 0, vector16(handshake(new Uint8Array(60)))),
    code: 'tls.dtls',
    offset: 1,
    decidedAt: 2,
  })),
];

/** A V2ClientHello, RFC 5246 E.2. */
function sslv2(version: number, ciphers: number, sessionId: number, challenge: number, slack = 0): Uint8Array {
  const length = 9 + ciphers + sessionId + challenge + slack;
  return bytes(u16(0x8000 | length), 1, u16(version), u16(ciphers), u16(sessionId), u16(challenge), new Uint8Array(length - 9));
}

const sslv2Hellos: Refusal[] = [
  ...([
    ['SSL 2.0', sslv2(0x0002, 9, 0, 16)],
    ['up to SSL 3.0', sslv2(0x0300, 27, 0, 32)],
    ['up to TLS 1.2, resuming', sslv2(0x0303, 75, 16, 32)],
    ['longer than 255 bytes', sslv2(0x0301, 300, 0, 32)],
    ['whatever the lengths, if they add up', sslv2(0x0301, 6, 8, 33)],
    ['no more than its lengths, which are all zero', sslv2(0x0301, 0, 0, 0)],
  ] as const).map(([input, flight]): Refusal => ({
    clause: 'RFC 5246 E.2 (SSLv2)',
    input,
    bytes: flight,
    code: 'tls.sslv2',
    offset: 0,
    decidedAt: 11,
  })),
  ...([
    ['a length too short for one', bytes(0x80, 8, 1, 3, 1), 2],
    ['message type 4', bytes(0x80, 40, 4, 3, 1), 3],
    ['version 01xx', bytes(0x80, 40, 1, 1, 3), 4],
    ['version 0003', bytes(0x80, 40, 1, 0, 3), 5],
    ['cipher length 4', bytes(0x80, 41, 1, 3, 1, 0, 4, 0, 0, 0, 32), 7],
    ['cipher length beyond the message', bytes(0x80, 41, 1, 3, 1, 0, 33, 0, 0, 0, 16), 7],
    ['session id beyond the message', bytes(0x80, 41, 1, 3, 1, 0, 30, 0, 16, 0, 16), 9],
    ['lengths that do not add up', sslv2(0x0301, 9, 0, 16, 1), 11],
    ['the three-byte header form', bytes(0x00, 0x2e, 0, 1, 3, 1), 1],
    ['SNMP', bytes(0x30, 0x82, 0x01, 0x02, 0x01), 1],
    ['memcached binary', bytes(0x80, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 3), 2],
  ] as const).map(([input, flight, decidedAt]): Refusal => ({
    clause: 'RFC 5246 E.2 (not quite SSLv2)',
    input,
    bytes: flight,
    code: 'tls.not_tls',
    offset: 0,
    decidedAt,
  })),
];

const framing: Refusal[] = [
  ...[20, 21, 23, 24].flatMap((type): Refusal[] => [
    {
      clause: 'RFC 8446 5.1 (other types first)',
      input: `record type ${type} first`,
      bytes: record(bytes(1, 1), type),
      code: 'tls.record.type',
      offset: 0,
      decidedAt: 1,
    },
    {
      clause: 'RFC 8446 5.1 (handshake messages MUST NOT be interleaved)',
      input: `record type ${type} between fragments`,
      bytes: concat([record(named.subarray(0, 30)), record(bytes(1, 1), type), record(named.subarray(30))]),
      code: 'tls.record.type',
      offset: 35,
      decidedAt: 36,
    },
  ]),
  {
    clause: 'RFC 8446 5.1 (zero-length fragments)',
    input: 'an empty handshake record first',
    bytes: concat([record(bytes()), record(named)]),
    code: 'tls.record.empty',
    offset: 3,
    decidedAt: 5,
  },
  {
    clause: 'RFC 8446 5.1 (zero-length fragments)',
    input: 'an empty handshake record between fragments',
    bytes: concat([record(named.subarray(0, 3)), record(bytes()), record(named.subarray(3))]),
    code: 'tls.record.empty',
    offset: 11,
    decidedAt: 13,
  },
  {
    clause: 'RFC 8446 5.1 (2^14)',
    input: 'record length 2^14 + 1',
    bytes: bytes(22, 3, 1, 0x40, 0x01, plain),
    code: 'tls.record.length',
    offset: 3,
    decidedAt: 5,
  },
  ...[0, 2, 3, 11, 16, 255].map((type): Refusal => ({
    clause: 'RFC 8446 4',
    input: `handshake type ${type}`,
    bytes: record(handshake(plain.subarray(4), type)),
    code: 'tls.handshake.type',
    offset: 5,
    decidedAt: 6,
  })),
  {
    clause: 'maxBytes (a u24 that says so)',
    input: 'a hello of 2^24 - 1 bytes',
    bytes: record(bytes(1, 0xff, 0xff, 0xff, new Uint8Array(40))),
    code: 'tls.handshake.limit',
    offset: 6,
    decidedAt: 9,
  },
  {
    clause: 'maxBytes (record headers included)',
    input: 'a hello that fits but for its five record headers',
    bytes: record(bytes(1, u24(65536 - 4 - 20), new Uint8Array(40))),
    code: 'tls.handshake.limit',
    offset: 6,
    decidedAt: 9,
  },
  {
    clause: 'maxBytes (a u24 split over records)',
    input: 'a hello of 2^24 - 1 bytes in records of one byte',
    bytes: records(bytes(1, 0xff, 0xff, 0xff, new Uint8Array(40)), 1),
    code: 'tls.handshake.limit',
    offset: 11,
    decidedAt: 24,
  },
  {
    clause: 'maxBytes (record headers included)',
    input: 'records of one byte that will not fit',
    bytes: records(named, 1),
    maxBytes: 200,
    code: 'tls.handshake.limit',
    // 67 bytes of message: with the header of the 26th record there, 42 more bytes and a header are 202 bytes.
    offset: 153,
    decidedAt: 155,
  },
  {
    clause: 'maxBytes (below any hello)',
    input: 'maxBytes 3',
    bytes: hello(),
    maxBytes: 3,
    code: 'tls.handshake.limit',
    offset: 2,
    decidedAt: 2,
  },
  {
    clause: 'maxBytes (a fraction is no byte)',
    input: 'maxBytes 0.5',
    bytes: hello(),
    maxBytes: 0.5,
    code: 'tls.handshake.limit',
    offset: 0,
    decidedAt: 0,
  },
  {
    clause: 'maxBytes (not TLS whatever the limit)',
    input: 'maxBytes 1, and a first byte that rules TLS out',
    bytes: sslv2(0x0301, 9, 0, 16),
    maxBytes: 1,
    code: 'tls.not_tls',
    offset: 0,
    decidedAt: 1,
  },
  {
    clause: 'maxBytes (SSLv2)',
    input: 'a hello of SSLv2, as much of it as tells it',
    bytes: sslv2(0x0301, 9, 0, 16),
    maxBytes: 11,
    code: 'tls.sslv2',
    offset: 0,
    decidedAt: 11,
  },
  {
    clause: 'maxBytes (below any hello)',
    input: 'maxBytes 8, which holds no handshake header',
    bytes: hello(),
    maxBytes: 8,
    code: 'tls.handshake.limit',
    offset: 3,
    decidedAt: 5,
  },
  {
    clause: 'maxBytes (no number)',
    input: 'maxBytes NaN',
    bytes: hello(),
    maxBytes: Number.NaN,
    code: 'tls.handshake.limit',
    offset: 0,
    decidedAt: 0,
  },
];

const body: Refusal[] = [
  {
    clause: 'RFC 8446 4.1.2',
    input: 'an empty body',
    bytes: record(handshake(bytes())),
    code: 'tls.client_hello.length',
    offset: 9,
  },
  {
    clause: 'RFC 8446 4.1.2',
    input: 'handshake length shorter than its fields: within random',
    bytes: record(handshake(plain.subarray(4, 24))),
    code: 'tls.client_hello.length',
    offset: 11,
  },
  {
    clause: 'RFC 8446 4.1.2',
    input: 'handshake length shorter than its fields: no session id',
    bytes: record(handshake(plain.subarray(4, 38))),
    code: 'tls.client_hello.length',
    offset: 43,
  },
  {
    clause: 'RFC 8446 4.1.2',
    input: 'handshake length shorter than its fields: no cipher suites',
    bytes: record(handshake(plain.subarray(4, 39))),
    code: 'tls.client_hello.length',
    offset: 44,
  },
  {
    clause: 'RFC 8446 4.1.2',
    input: 'handshake length shorter than its fields, behind the length of no cipher suites',
    bytes: record(handshake(bytes(plain.subarray(4, 39), 0, 0))),
    code: 'tls.client_hello.cipher_suites',
    offset: 44,
  },
  {
    clause: 'RFC 8446 4.1.2',
    input: 'handshake length shorter than its fields: no compression methods',
    bytes: record(handshake(plain.subarray(4, 43))),
    code: 'tls.client_hello.length',
    offset: 48,
  },
  {
    clause: 'RFC 8446 4.1.2',
    input: 'session id of 33 bytes',
    bytes: hello({ sessionId: vector8(new Uint8Array(33)), extensions: name }),
    code: 'tls.client_hello.session_id',
    offset: 43,
  },
  {
    clause: 'RFC 8446 4.1.2',
    input: 'session id beyond the hello',
    bytes: record(handshake(bytes(plain.subarray(4, 38), 32, 1, 2, 3))),
    code: 'tls.client_hello.length',
    offset: 43,
  },
  {
    clause: 'RFC 8446 4.1.2',
    input: 'no cipher suites',
    bytes: hello({ cipherSuites: [0, 0], extensions: name }),
    code: 'tls.client_hello.cipher_suites',
    offset: 44,
  },
  {
    clause: 'RFC 8446 4.1.2',
    input: 'cipher suites of odd length',
    bytes: hello({ cipherSuites: vector16([0x13, 1, 0x13]), extensions: name }),
    code: 'tls.client_hello.cipher_suites',
    offset: 44,
  },
  {
    clause: 'RFC 8446 4.1.2',
    input: 'cipher suites beyond the hello',
    bytes: hello({ cipherSuites: [0xff, 0xfe, 0x13, 1], extensions: name }),
    code: 'tls.client_hello.length',
    offset: 44,
  },
  {
    clause: 'RFC 8446 4.1.2',
    input: 'no compression methods',
    bytes: hello({ compressionMethods: 0, extensions: name }),
    code: 'tls.client_hello.compression_methods',
    offset: 48,
  },
  {
    clause: 'RFC 8446 4.1.2',
    input: 'compression methods beyond the hello',
    bytes: hello({ compressionMethods: [200, 0] }),
    code: 'tls.client_hello.length',
    offset: 48,
  },
  {
    clause: 'RFC 8446 4.2',
    input: 'half a length of the extensions',
    bytes: hello({ block: 0 }),
    code: 'tls.client_hello.length',
    offset: 50,
  },
  {
    clause: 'RFC 8446 4.2',
    input: 'bytes after the extensions',
    bytes: hello({ block: [vector16(name), 0] }),
    code: 'tls.client_hello.trailing',
    offset: 72,
  },
  {
    clause: 'RFC 8446 4.2',
    input: 'extensions length one too large',
    bytes: hello({ block: [u16(name.length + 1), name] }),
    code: 'tls.client_hello.length',
    offset: 50,
  },
  {
    clause: 'RFC 8446 4.2',
    input: 'extensions length one too small',
    bytes: hello({ block: [u16(name.length - 1), name] }),
    code: 'tls.extension.length',
    offset: 54,
  },
  {
    clause: 'RFC 8446 4.2',
    input: 'an extension that overruns the block',
    bytes: hello({ extensions: [name, u16(23), u16(1)] }),
    code: 'tls.extension.length',
    offset: 74,
  },
  ...[1, 2, 3].map((stray): Refusal => ({
    clause: 'RFC 8446 4.2',
    input: `${stray} stray byte(s) in the block`,
    bytes: hello({ extensions: [name, new Uint8Array(stray)] }),
    code: 'tls.extension.length',
    // One byte is no type; two and three are a type, and it is the length after it that does not fit.
    offset: stray === 1 ? 72 : 74,
  })),
  {
    clause: 'RFC 8446 4.2 (MUST NOT be more than one of the same type)',
    input: 'an extension twice',
    bytes: hello({ extensions: [extension(23), name, extension(23)] }),
    code: 'tls.extension.duplicate',
    offset: 76,
  },
  {
    clause: 'RFC 8446 4.2, RFC 8701 3.1',
    input: 'a GREASE extension twice',
    bytes: hello({ extensions: [extension(0x2a2a), extension(0x3a3a), extension(0x2a2a, 0)] }),
    code: 'tls.extension.duplicate',
    offset: 60,
  },
  {
    clause: 'RFC 8446 4.2',
    input: 'server_name twice',
    bytes: hello({ extensions: [name, serverName('example.org')] }),
    code: 'tls.extension.duplicate',
    offset: 72,
  },
  {
    clause: 'RFC 8446 4.2 (beyond the few that are looked through)',
    input: 'the last of a hundred unknown extensions twice',
    bytes: hello({ extensions: [Array.from({ length: 100 }, (_, i) => extension(1000 + i)), extension(1099)] }),
    code: 'tls.extension.duplicate',
    offset: 452,
  },
  {
    clause: 'RFC 8446 4.2.11 (MUST be the last extension)',
    input: 'pre_shared_key not last',
    bytes: hello({ extensions: [extension(41, 0), name] }),
    code: 'tls.pre_shared_key.not_last',
    offset: 52,
  },
  {
    clause: 'RFC 8446 4.2.11 (MUST be the last extension)',
    input: 'pre_shared_key before a malformed server_name',
    bytes: hello({ extensions: [extension(41, 0), extension(0)] }),
    code: 'tls.pre_shared_key.not_last',
    offset: 52,
  },
];

/** `server_name` with this extension_data, at byte 56. */
const sni = (...data: readonly Part[]): Uint8Array => hello({ extensions: extension(0, ...data) });
const sniRefusals: Refusal[] = (
  [
    ['extension empty', sni(), 'tls.server_name.length', 56],
    ['extension of one byte', sni(0), 'tls.server_name.length', 56],
    ['list empty', sni(0, 0), 'tls.server_name.empty', 56],
    ['name empty', sni(vector16(0, vector16())), 'tls.server_name.empty', 59],
    ['list one too long', sni(u16(9), 0, vector16('a.com')), 'tls.server_name.length', 56],
    ['list one too short', sni(u16(7), 0, vector16('a.com')), 'tls.server_name.length', 59],
    ['name longer than its list', sni(vector16(0, u16(6), 'a.com')), 'tls.server_name.length', 59],
    ['name shorter than its list', sni(vector16(0, u16(4), 'a.com')), 'tls.server_name.name_type', 65],
    ['name shorter than its list by a zero', sni(vector16(0, u16(5), 'a.com', 0)), 'tls.server_name.length', 67],
    ['no name after its type', sni(vector16(0)), 'tls.server_name.length', 59],
    ['bytes after the list', sni(vector16(0, vector16('a.com')), 0), 'tls.server_name.length', 66],
    ['name_type 1', sni(vector16(1, vector16('a.com'))), 'tls.server_name.name_type', 58],
    ['name_type 1 after a host name', sni(vector16(0, vector16('a.com'), 1, vector16('b'))), 'tls.server_name.name_type', 66],
    ['two host names', sni(vector16(0, vector16('a.com'), 0, vector16('b.com'))), 'tls.server_name.duplicate', 66],
    ['the same host name twice', sni(vector16(0, vector16('a.com'), 0, vector16('a.com'))), 'tls.server_name.duplicate', 66],
  ] as const
).map(([input, flight, code, offset]): Refusal => ({
  clause: 'RFC 6066 3',
  input: `SNI: ${input}`,
  bytes: flight,
  code,
  offset,
}));

const ALPN = 'tls.application_layer_protocol_negotiation';
const alpnOf = (...data: readonly Part[]): Uint8Array => hello({ extensions: extension(16, ...data) });
const alpnRefusals: Refusal[] = (
  [
    ['extension empty', alpnOf(), `${ALPN}.length`, 56],
    ['list empty', alpnOf(0, 0), `${ALPN}.empty`, 56],
    ['name empty', alpnOf(vector16(vector8())), `${ALPN}.empty`, 58],
    ['name empty after another', alpnOf(vector16(vector8('h2'), vector8())), `${ALPN}.empty`, 61],
    ['name overruns the list', alpnOf(vector16(3, 'h2')), `${ALPN}.length`, 58],
    ['list overruns the extension', alpnOf(u16(4), vector8('h2')), `${ALPN}.length`, 56],
    ['bytes after the list', alpnOf(vector16(vector8('h2')), 0), `${ALPN}.length`, 61],
  ] as const
).map(([input, flight, code, offset]): Refusal => ({ clause: 'RFC 7301 3.1', input: `ALPN: ${input}`, bytes: flight, code, offset }));

const versionsOf = (...data: readonly Part[]): Uint8Array => hello({ extensions: extension(43, ...data) });
const versionRefusals: Refusal[] = (
  [
    ['extension empty', versionsOf(), 'tls.supported_versions.length', 56],
    ['list empty', versionsOf(0), 'tls.supported_versions.empty', 56],
    ['odd', versionsOf(vector8(3, 4, 3)), 'tls.supported_versions.length', 56],
    ["the server's two-byte form", versionsOf(3, 4), 'tls.supported_versions.length', 56],
    ['list overruns the extension', versionsOf(4, 3, 4), 'tls.supported_versions.length', 56],
    ['bytes after the list', versionsOf(vector8(3, 4), 0), 'tls.supported_versions.length', 59],
  ] as const
).map(([input, flight, code, offset]): Refusal => ({
  clause: 'RFC 8446 4.2.1',
  input: `supported_versions: ${input}`,
  bytes: flight,
  code,
  offset,
}));

export const refusals: readonly Refusal[] = [
  ...notTls,
  ...sslv2Hellos,
  ...framing,
  ...body,
  ...sniRefusals,
  ...alpnRefusals,
  ...versionRefusals,
];

const L63 = 'a'.repeat(63);
const N253 = `${L63}.${L63}.${L63}.${'b'.repeat(61)}`;

const names: Acceptance[] = (
  [
    ['Example.COM', dns('example.com')],
    ['example.com.', dns('example.com')],
    ['EXAMPLE.com.', dns('example.com')],
    ['_dmarc.example_1.com', dns('_dmarc.example_1.com')],
    ['xn--bcher-kva.example', dns('xn--bcher-kva.example')],
    ['localhost', dns('localhost')],
    ['a', dns('a')],
    ['1.example', dns('1.example')],
    ['example.c0m', dns('example.c0m')],
    ['example.0xg', dns('example.0xg')],
    ['example.1a', dns('example.1a')],
    [N253, dns(N253)],
    [`${N253}.`, dns(N253)],
    ['192.0.2.1', ip('192.0.2.1')],
    ['192.0.2.1.', ip('192.0.2.1')],
    ['2001:DB8:0:0::1', ip('2001:db8::1')],
    ['::', ip('::')],
    ['::ffff:192.0.2.1', ip('::ffff:192.0.2.1')],
    ...[
      '127.1',
      '2130706433',
      '0x7f000001',
      '0x7F000001',
      'example.0x',
      'example.123',
      '192.0.2.01',
      '192.0.2.256',
      '192.0.2',
      '1.2.3.4.5',
      'exa\0mple.com',
      'example.com\0',
      'exa mple.com',
      'a/b.com',
      'a.com,b.com',
      'a.com\r\nx',
      'a.com:443',
      '192.0.2.1:443',
      '[::1]',
      '::1%eth0',
      '*.example.com',
      'b\xfccher.example',
      'a..b',
      '.example.com',
      '.',
      '..',
      'example.com..',
      `${L63}a.com`,
      `${N253}b`,
      `${N253}b.`,
      'a@b.com',
    ].map((text) => [text, invalid(text)] as const),
  ] as const
).map(([text, expected]): Acceptance => ({
  clause: 'RFC 6066 3 (HostName)',
  input: `SNI ${JSON.stringify(text.length > 60 ? `${text.length} characters` : text)}`,
  bytes: hello({ extensions: serverName(text) }),
  serverName: expected,
}));

const split = (clause: string, input: string, flight: Uint8Array): Acceptance => ({
  clause,
  input,
  bytes: flight,
  serverName: dns('example.com'),
});

const ech = (...data: readonly Part[]): Uint8Array => extension(0xfe0d, ...data);

export const acceptances: readonly Acceptance[] = [
  ...names,
  ...Array.from({ length: named.length - 1 }, (_, i) =>
    split('RFC 8446 5.1 (fragmentation)', `split over two records at ${i + 1}`, concat([record(named.subarray(0, i + 1)), record(named.subarray(i + 1))])),
  ),
  ...[1, 2, 3, 7].map((size) => split('RFC 8446 5.1 (fragmentation)', `records of ${size} byte(s)`, records(named, size))),
  split(
    'RFC 8446 5.1 legacy_record_version (MUST be ignored)',
    'a record version that changes between fragments',
    concat([record(named.subarray(0, 10), 22, 0x0300), record(named.subarray(10, 40), 22, 0x0303), record(named.subarray(40), 22, 0x03ff)]),
  ),
  { ...split('RFC 8446 5.1', 'bytes after the record', bytes(record(named), 20, 3, 3, 0, 1, 1)), size: 5 + named.length },
  {
    ...split('RFC 8446 5.1 (coalescing)', 'another message in the record', record(bytes(named, 11, 0, 0, 0))),
    size: 5 + named.length,
  },
  {
    ...split('RFC 8446 5.1', 'a record that has not come to its end', record(bytes(named, new Uint8Array(500))).subarray(0, 90)),
    size: 5 + named.length,
  },
  {
    ...split(
      'RFC 8446 5.1 (coalescing)',
      'another message in the last of two records',
      concat([record(named.subarray(0, 9)), record(bytes(named.subarray(9), 11, 0, 0, 0))]),
    ),
    size: 10 + named.length,
  },
  { ...split('maxBytes', 'exactly maxBytes', record(named)), maxBytes: 5 + named.length },
  {
    ...split('maxBytes', 'a big chunk that is decided early', bytes(record(named), new Uint8Array(1000))),
    size: 5 + named.length,
    maxBytes: 5 + named.length,
  },
  { clause: 'RFC 5246 7.4.1.2', input: 'no extensions at all', bytes: hello() },
  { clause: 'RFC 8446 4.1.2', input: 'an empty extensions block', bytes: hello({ extensions: [] }) },
  {
    clause: 'RFC 8446 4.1.2',
    input: 'compression methods without null',
    bytes: hello({ compressionMethods: vector8(1, 64), extensions: name }),
    serverName: dns('example.com'),
  },
  {
    clause: 'RFC 8446 4.1.2',
    input: 'session id of 32 bytes',
    bytes: hello({ sessionId: vector8(new Uint8Array(32).fill(7)), extensions: name }),
    serverName: dns('example.com'),
  },
  {
    clause: 'RFC 8446 4.2.11',
    input: 'pre_shared_key last',
    bytes: hello({ extensions: [name, extension(41, 1, 2, 3)] }),
    serverName: dns('example.com'),
  },
  {
    clause: 'RFC 8701 3.1',
    input: 'all sixteen GREASE extensions and two hundred unknown ones',
    bytes: hello({
      extensions: [
        Array.from({ length: 16 }, (_, i) => extension(0x0a0a + 0x1010 * i)),
        Array.from({ length: 200 }, (_, i) => extension(20000 + i * 7, i)),
        name,
      ],
    }),
    serverName: dns('example.com'),
  },
  {
    clause: 'RFC 7301 3.1 (any octets)',
    input: 'ALPN with non-ASCII bytes, NUL and comma',
    bytes: hello({ extensions: [alpn('h2', '\xff\x00,', 'a,b', 'x'.repeat(255)), name] }),
    serverName: dns('example.com'),
    alpnProtocols: ['h2', '\xff\x00,', 'a,b', 'x'.repeat(255)],
  },
  {
    clause: 'RFC 8446 4.2.1, RFC 8701 3.1',
    input: 'supported_versions with GREASE',
    bytes: hello({ extensions: supportedVersions(0x5a5a, 0x0304, 0x0303) }),
    supportedVersions: [0x5a5a, 0x0304, 0x0303],
  },
  {
    clause: 'RFC 9849 5',
    input: 'ECH outer',
    bytes: hello({ extensions: [name, ech(0, 0, 1, 0, 1, 9, vector16('enc'), vector16('payload'))] }),
    serverName: dns('example.com'),
    ech: 'outer',
  },
  {
    clause: 'RFC 9849 5',
    input: 'ECH inner',
    bytes: hello({ extensions: [name, ech(1)] }),
    serverName: dns('example.com'),
    ech: 'inner',
  },
  {
    clause: 'RFC 9849 5',
    input: 'ECH over two records',
    bytes: records(message({ extensions: [ech(1), name] }), 60),
    serverName: dns('example.com'),
    ech: 'inner',
  },
  ...[ech(), ech(2)].flatMap((neither): Acceptance[] => [
    { clause: 'RFC 9849 5', input: 'ECH of neither type', bytes: hello({ extensions: [neither, name] }), serverName: dns('example.com') },
    {
      clause: 'RFC 9849 5',
      input: 'ECH of neither type, over two records',
      bytes: records(message({ extensions: [neither, name] }), 60),
      serverName: dns('example.com'),
    },
  ]),
];
