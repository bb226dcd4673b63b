/**
 * One row for every odd opening of a connection as the composite sees it, and the verdict on it. What its parts refuse
 * stands in the tables of the parts; here stand what the parts together decide, and where.
 */
import type { Preread, PrereadCode, PrereadOptions } from '../../src/preread.ts';
import { http1, http1Fast, prefix, ssh, tls, web } from '../../src/sniff/index.ts';
import type { Matcher } from '../../src/sniff/index.ts';
import { encodeAlert } from '../../src/tls/index.ts';
import { alpn, bytes, concat, hello, message, records, serverName, vector8 } from './build.ts';
import { checksummed, proxyV1, proxyV2, tlv } from './proxy.ts';

type Protocol = Preread['protocol'] | 'git' | 'p';

export interface PrereadRow {
  readonly title: string;
  /** The specification and its section, or the rule of this library, that the verdict follows. */
  readonly clause: string;
  readonly bytes: Uint8Array;
  readonly options?: PrereadOptions<string>;
  /** How many bytes it takes to know; all of them unless given. */
  readonly decidedAt?: number;
}

export interface PrereadRefusal extends PrereadRow {
  readonly code: PrereadCode;
  readonly offset: number;
}

export interface PrereadAcceptance extends PrereadRow {
  readonly protocol: Protocol;
  /** Not to be there at all where the row does not have it. */
  readonly host?: string | undefined;
  /** The client's address in the PROXY header; 'none' in one that has no endpoints. No header unless given. */
  readonly client?: string;
  /** 0 unless given. */
  readonly payloadOffset?: number;
}

/** What the end of the connection makes of bytes that are undecided. */
export interface PrereadEnd {
  readonly title: string;
  readonly bytes: Uint8Array;
  readonly proxy: 'forbid' | 'require' | 'optional';
  readonly matchers?: PrereadOptions<string>['matchers'];
  readonly end: Protocol | readonly [code: PrereadCode, offset: number];
  /** Where the payload begins, if the end is complete; 0 unless given. */
  readonly payloadOffset?: number;
  /** The client's address in the PROXY header that is there before the end. */
  readonly client?: string;
}

export const CLIENT = '192.0.2.1';
const LINE = proxyV1(`TCP4 ${CLIENT} 198.51.100.1 56324 443`);
const BINARY = proxyV2();
const UNKNOWN = proxyV1('UNKNOWN');
export const LOCAL: Uint8Array = proxyV2({ verCmd: 0x20, fam: 0, addresses: [] });
const HELLO = hello({ extensions: concat([serverName('www.example.com'), alpn('h2', 'http/1.1')]) });
const NAMELESS = hello({ extensions: alpn('h2') });
const GET = bytes('GET / HTTP/1.1\r\nHost: WWW.Example.com.:8080\r\n\r\n');
const HTTP2 = bytes('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const SSH = bytes('SSH-2.0-OpenSSH_9.2\r\n');
const SSLV2 = bytes([0x80, 0x2e, 1, 3, 1, 0, 0x15, 0, 0, 0, 0x10], new Uint8Array(37).fill(7));
const ODD_SSLV2 = bytes([0x80, 0x2e, 1, 3, 1, 0, 0x0c, 0, 8, 0, 0x11], new Uint8Array(37).fill(7));

/** Takes whatever comes. */
const anything: Matcher<'anything'> = { protocol: 'anything', maxBytes: 1, match: ({ length }) => (length > 0 ? true : 1) };

const require = { proxy: 'require' } as const;
const optional = { proxy: 'optional' } as const;
const GUESS = 'PROXY protocol 2: a receiver must not guess';

export const prereadRefusals: readonly PrereadRefusal[] = [
  // A PROXY header where none may be
  ...[
    { title: 'version 1', bytes: concat([LINE, GET]), decidedAt: 6 },
    { title: 'version 1 over IPv6', bytes: proxyV1('TCP6 ::1 ::2 1 2'), decidedAt: 6 },
    { title: 'version 1, UNKNOWN', bytes: concat([UNKNOWN, GET]), decidedAt: 6 },
    { title: 'version 2', bytes: concat([BINARY, HELLO]), decidedAt: 12 },
    { title: 'version 2, LOCAL', bytes: LOCAL, decidedAt: 12 },
    { title: 'version 1 that goes on as none', bytes: bytes('PROXY TCP4 nonsense\r\n'), decidedAt: 6 },
    { title: 'version 1 over UDP, which it has no words for', bytes: bytes('PROXY UDP4 '), decidedAt: 6 },
    { title: 'version 2 that goes on as none', bytes: proxyV2({ verCmd: 0x3f, fam: 0xff }), decidedAt: 12 },
  ].flatMap((row): PrereadRefusal[] => [
    { ...row, title: `${row.title}, forbidden`, clause: GUESS, code: 'preread.proxy.unexpected', offset: 0 },
    {
      ...row,
      title: `${row.title}, forbidden, its matchers not asked for`,
      clause: GUESS,
      options: { proxy: 'forbid', matchers: [tls, ssh] },
      code: 'preread.proxy.unexpected',
      offset: 0,
    },
    {
      ...row,
      title: `${row.title}, forbidden, though the caller has matchers that would take it`,
      clause: GUESS,
      options: { matchers: [anything, prefix('p', 'P', '\r'), prefix('git', 'PROXY TCP4 ')] },
      code: 'preread.proxy.unexpected',
      offset: 0,
    },
    ...[LINE, BINARY].flatMap((first) =>
      [require, optional].map(
        (options): PrereadRefusal => ({
          title: `${row.title}, behind another header, ${options.proxy}`,
          clause: 'PROXY protocol 2: one header, at the start',
          bytes: concat([first, row.bytes]),
          options,
          code: 'preread.proxy.unexpected',
          offset: first.length,
          decidedAt: first.length + row.decidedAt,
        }),
      ),
    ),
  ]),

  // None where one must be
  ...[
    { title: 'TLS', bytes: HELLO, decidedAt: 1 },
    { title: 'HTTP', bytes: GET, decidedAt: 1 },
    { title: 'SSH', bytes: SSH, decidedAt: 1 },
    { title: 'POST', bytes: bytes('POST / HTTP/1.1\r\n'), decidedAt: 2 },
    { title: 'HTTP/2', bytes: HTTP2, decidedAt: 3 },
    { title: 'PROPFIND', bytes: bytes('PROPFIND / HTTP/1.1\r\n'), decidedAt: 4 },
    { title: 'HTTP behind an empty line', bytes: bytes('\r\nGET / HTTP/1.1\r\n'), decidedAt: 3 },
    { title: 'HTTP behind two empty lines', bytes: bytes('\r\n\r\nGET / HTTP/1.1\r\n'), decidedAt: 5 },
    { title: 'PROXY in lower case', bytes: bytes('proxy TCP4 '), decidedAt: 1 },
    { title: 'PROXY without its space', bytes: bytes('PROXY\r\n'), decidedAt: 6 },
    { title: 'a signature that is wrong in its last byte', bytes: bytes('\r\n\r\n\0\r\nQUIT\r'), decidedAt: 12 },
    { title: 'a byte order mark before the header', bytes: concat([bytes(0xef, 0xbb, 0xbf), LINE]), decidedAt: 1 },
  ].map(
    (row): PrereadRefusal => ({
      ...row,
      title: `${row.title}, where a header is required`,
      clause: 'PROXY protocol 2',
      options: require,
      code: 'preread.proxy.missing',
      offset: 0,
    }),
  ),

  // A header that is refused by its own rules
  ...[
    { title: 'two spaces', bytes: bytes('PROXY  TCP4 '), decidedAt: 7, code: 'proxy.v1.protocol', offset: 6 } as const,
    { title: 'no address', bytes: concat([proxyV1('TCP4 a b 1 2'), GET]), decidedAt: 20, code: 'proxy.v1.source_address', offset: 11 } as const,
    { title: 'version 3', bytes: proxyV2({ verCmd: 0x31 }), decidedAt: 13, code: 'proxy.v2.version', offset: 12 } as const,
    { title: 'command 2', bytes: proxyV2({ verCmd: 0x22 }), decidedAt: 13, code: 'proxy.v2.command', offset: 12 } as const,
    { title: 'a TLV that overruns', bytes: concat([proxyV2({ tlvs: [4, 0, 9] }), HELLO]), decidedAt: 31, code: 'proxy.tlv.length', offset: 29 } as const,
    { title: 'a wrong checksum', bytes: concat([proxyV2({ tlvs: tlv(3, 1, 2, 3, 4) }), HELLO]), decidedAt: 35, code: 'proxy.v2.crc32c', offset: 31 } as const,
  ].flatMap((row): PrereadRefusal[] =>
    [require, optional].map((options) => ({
      ...row,
      title: `a header with ${row.title}, ${options.proxy}`,
      clause: 'PROXY protocol 2.1, 2.2',
      options,
    })),
  ),

  // What all matchers refuse, and lenient servers serve: never unknown
  ...[
    ...[
      { title: 'an empty record before the hello, which OpenSSL takes', bytes: concat([bytes(22, 3, 1, 0, 0), HELLO]), decidedAt: 10, forWeb: 5, code: 'tls.record.empty', offset: 3 } as const,
      { title: 'a record that claims too much', bytes: concat([bytes(22, 3, 1, 0x48, 1), HELLO]), decidedAt: 5, code: 'tls.record.length', offset: 3 } as const,
      { title: 'a ServerHello', bytes: concat([bytes(22, 3, 3, 0, 44, 2, 0, 0, 40), new Uint8Array(40)]), decidedAt: 9, forWeb: 6, code: 'tls.handshake.type', offset: 5 } as const,
      { title: 'an empty change_cipher_spec before the hello, which OpenSSL takes', bytes: concat([bytes(20, 3, 1, 0, 0), HELLO]), decidedAt: 10, forWeb: 2, code: 'tls.record.type', offset: 0 } as const,
      { title: 'a warning before the hello, which Go takes', bytes: concat([encodeAlert('user_canceled', 'warning'), HELLO]), decidedAt: 9, forWeb: 2, code: 'tls.record.type', offset: 0 } as const,
      { title: 'a warning of version 0.1 before the hello, which Go takes', bytes: concat([bytes(21, 0, 1, 0, 2, 1, 90), HELLO]), decidedAt: 9, forWeb: 5, code: 'tls.record.type', offset: 0 } as const,
      ...[0, 4, 15].map((major) => ({ title: `a hello of version ${major}.1, which Go takes`, bytes: bytes(22, major, HELLO.subarray(2)), decidedAt: 9, forWeb: 6, code: 'tls.not_tls', offset: 1 }) as const),
      { title: 'an SSLv2 hello with a session id of 8 bytes, which OpenSSL takes', bytes: ODD_SSLV2, decidedAt: 11, code: 'tls.sslv2', offset: 0 } as const,
    ].map((row) => ({ ...row, clause: 'RFC 8446 5.1' })),
    ...[
      { title: 'LF before a request', bytes: concat([bytes('\n'), GET]), decidedAt: 4, forWeb: 1, code: 'http.not_http', offset: 0 } as const,
      { title: 'three empty lines before a request', bytes: concat([bytes('\r\n\r\n\r\n'), GET]), decidedAt: 5, code: 'http.not_http', offset: 4 } as const,
      { title: 'two spaces before the target', bytes: bytes('GET  / HTTP/1.1\r\n'), decidedAt: 17, code: 'http.request_line.syntax', offset: 4 } as const,
      { title: 'HTTP/0.9', bytes: bytes('GET /\r\n'), decidedAt: 7, code: 'http.request_line.syntax', offset: 5 } as const,
      { title: 'HTTP/2.0 in a request line', bytes: bytes('GET / HTTP/2.0\r\n'), decidedAt: 16, code: 'http.version.unsupported', offset: 6 } as const,
      { title: 'a URL with a space', bytes: bytes('GET /a b HTTP/1.1\r\n'), decidedAt: 19, code: 'http.version.unsupported', offset: 7 } as const,
      { title: 'LF alone at the end of HTTP/0.9', bytes: bytes('GET /\n'), decidedAt: 6, code: 'http.line.bare_lf', offset: 5 } as const,
    ].map((row) => ({ ...row, clause: 'RFC 9112 2.2, 3' })),
  ].flatMap((row): PrereadRefusal[] => [
    row,
    {
      ...row,
      title: `${row.title}, where only the web is asked for`,
      options: { matchers: web },
      // MongoDB's lengths, among others, can look like the first bytes of these for a while.
      decidedAt: 'forWeb' in row ? row.forWeb : row.decidedAt,
    },
    {
      ...row,
      title: `${row.title}, behind a header`,
      bytes: concat([BINARY, row.bytes]),
      options: require,
      offset: 28 + row.offset,
      decidedAt: 28 + row.decidedAt,
    },
  ]),

  {
    title: 'an SSLv2 hello, which OpenSSL takes, where only the web is asked for',
    clause: 'RFC 5246 E.2',
    bytes: SSLV2,
    options: { matchers: web },
    code: 'tls.sslv2',
    offset: 0,
    decidedAt: 11,
  },
  {
    title: 'an SSLv2 hello, where a hello may need no more than 10 bytes: it is as little unknown',
    clause: 'RFC 5246 E.2',
    bytes: ODD_SSLV2,
    options: { tls: { maxBytes: 10 } },
    code: 'tls.not_tls',
    offset: 0,
    decidedAt: 11,
  },

  // A name to route by
  {
    title: 'a comma in SNI',
    clause: 'RFC 6066 3',
    bytes: hello({ extensions: serverName('a,b') }),
    code: 'tls.server_name.invalid',
    offset: 61,
  },
  {
    title: 'a NUL in SNI, behind other extensions',
    clause: 'RFC 6066 3',
    bytes: hello({ extensions: concat([alpn('h2'), serverName('a.example\0.b.example')]) }),
    code: 'tls.server_name.invalid',
    offset: 70,
  },
  {
    title: 'a short form of an address in SNI, in records of one byte, behind a header',
    clause: 'RFC 6066 3',
    bytes: concat([BINARY, records(message({ extensions: serverName('127.1') }), 1)]),
    options: require,
    code: 'tls.server_name.invalid',
    // Byte 56 of the message, and every byte has a record header in front.
    offset: 28 + 56 * 6 + 5,
  },
  {
    title: 'a comma in SNI of a hello that is malformed behind it: what the framing breaks comes first',
    clause: 'RFC 8446 4.2',
    bytes: hello({ extensions: concat([serverName('a,b'), serverName('c')]) }),
    code: 'tls.extension.duplicate',
    offset: 64,
  },
  {
    title: 'a comma in Host',
    clause: 'RFC 9112 3.2',
    bytes: concat([BINARY, bytes('GET / HTTP/1.1\r\nHost: a,b\r\n\r\n')]),
    options: require,
    code: 'http.host.invalid',
    offset: 28 + 22,
    decidedAt: 28 + 27,
  },
  {
    title: 'two hosts',
    clause: 'RFC 9112 3.2',
    bytes: bytes('GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n'),
    code: 'http.host.duplicate',
    offset: 25,
    decidedAt: 34,
  },

  // Bounds of the whole and its parts
  {
    title: 'a hello beyond maxBytes',
    clause: 'maxBytes',
    bytes: HELLO,
    options: { maxBytes: HELLO.length - 1 },
    code: 'tls.handshake.limit',
    offset: 6,
    decidedAt: 9,
  },
  {
    title: 'a hello that with its header is beyond maxBytes',
    clause: 'maxBytes',
    bytes: concat([BINARY, HELLO]),
    options: { ...require, maxBytes: HELLO.length + 27 },
    code: 'tls.handshake.limit',
    offset: 28 + 6,
    decidedAt: 28 + 9,
  },
  {
    title: 'a hello beyond the bound of hellos',
    clause: 'tls.maxBytes',
    bytes: concat([BINARY, HELLO]),
    options: { ...require, tls: { maxBytes: HELLO.length - 1 } },
    code: 'tls.handshake.limit',
    offset: 28 + 6,
    decidedAt: 28 + 9,
  },
  {
    title: 'a head beyond maxBytes',
    clause: 'maxBytes',
    bytes: GET,
    options: { maxBytes: 40 },
    code: 'http.head.limit',
    offset: 16,
    decidedAt: 40,
  },
  {
    title: 'a head beyond the bound of heads',
    clause: 'http.maxBytes',
    bytes: concat([BINARY, GET]),
    options: { ...require, http: { maxBytes: 40 } },
    code: 'http.head.limit',
    offset: 28 + 16,
    decidedAt: 28 + 40,
  },
  {
    title: 'a hello beyond the bound that holds unless another is given',
    clause: 'maxBytes',
    bytes: bytes(22, 3, 1, 0x40, 0, 1, 0, 0xff, 0xf0),
    code: 'tls.handshake.limit',
    offset: 6,
    decidedAt: 9,
  },
  {
    title: 'a line beyond the bound of lines',
    clause: 'http.maxLineBytes',
    bytes: GET,
    options: { http: { maxLineBytes: 20 } },
    code: 'http.line.limit',
    offset: 16,
    decidedAt: 36,
  },
  {
    title: 'a header beyond its bound',
    clause: 'proxyHeader.maxBytes',
    bytes: concat([proxyV2({ tlvs: tlv(4, new Uint8Array(100)) }), HELLO]),
    options: { ...require, proxyHeader: { maxBytes: 130 } },
    code: 'proxy.header.limit',
    offset: 14,
    decidedAt: 16,
  },
  {
    title: 'a header beyond its usual bound',
    clause: 'PROXY protocol 2.2',
    bytes: concat([proxyV2({ tlvs: tlv(4, new Uint8Array(4070)) }), HELLO]),
    options: require,
    code: 'proxy.header.limit',
    offset: 14,
    decidedAt: 16,
  },
  {
    title: 'a header beyond the bound of the whole',
    clause: 'maxBytes',
    bytes: concat([LINE, HELLO]),
    options: { ...require, maxBytes: 30 },
    code: 'proxy.header.limit',
    offset: 30,
    decidedAt: 30,
  },
  {
    title: 'nothing left for the payload behind the header',
    clause: 'maxBytes',
    bytes: concat([BINARY, HELLO]),
    options: { ...require, maxBytes: 28 },
    code: 'preread.protocol.limit',
    offset: 28,
    decidedAt: 28,
  },
  {
    title: 'a protocol that is not told within maxBytes',
    clause: 'maxBytes',
    bytes: HELLO,
    options: { maxBytes: 5 },
    code: 'preread.protocol.limit',
    offset: 0,
    decidedAt: 5,
  },
  {
    title: 'a protocol that needs more than maxBytes, which its first bytes prove',
    clause: 'maxBytes',
    bytes: bytes('SSH'),
    options: { maxBytes: 12, matchers: [{ protocol: 'slow', maxBytes: 20, match: (all) => all.length >= 20 || 20 - all.length }] },
    code: 'preread.protocol.limit',
    offset: 0,
    decidedAt: 1,
  },
  {
    title: 'a URL that does not end within maxBytes',
    clause: 'maxBytes',
    bytes: bytes('GET /', 'a'.repeat(200)),
    options: { maxBytes: 100 },
    code: 'preread.protocol.limit',
    offset: 0,
    decidedAt: 100,
  },
  {
    title: 'a URL that does not end',
    clause: 'RFC 9112 3',
    bytes: bytes('GET /', 'a'.repeat(17_000)),
    code: 'http.line.limit',
    offset: 0,
    decidedAt: 16_388,
  },
];

export const prereadAcceptances: readonly PrereadAcceptance[] = [
  // TLS
  { title: 'TLS with a name', clause: 'RFC 6066 3', bytes: HELLO, protocol: 'tls', host: 'www.example.com' },
  { title: 'TLS without a name', clause: 'RFC 6066 3', bytes: NAMELESS, protocol: 'tls', host: undefined },
  { title: 'TLS without extensions', clause: 'RFC 5246 7.4.1.2', bytes: hello(), protocol: 'tls', host: undefined },
  {
    title: 'TLS with an address as its name',
    clause: 'RFC 6066 3 forbids it, clients send it',
    bytes: hello({ extensions: serverName('192.0.2.7') }),
    protocol: 'tls',
    host: '192.0.2.7',
  },
  {
    title: 'TLS with an IPv6 address as its name, in its normal form',
    clause: 'RFC 5952 4',
    bytes: hello({ extensions: serverName('2001:DB8::0001') }),
    protocol: 'tls',
    host: '2001:db8::1',
  },
  {
    title: 'TLS with a name in upper case and a trailing dot',
    clause: 'RFC 6066 3',
    bytes: hello({ extensions: serverName('WWW.Example.COM.') }),
    protocol: 'tls',
    host: 'www.example.com',
  },
  {
    title: 'TLS, its record going on',
    clause: 'RFC 8446 5.1',
    bytes: concat([HELLO, bytes(20, 3, 3, 0, 1, 1)]),
    protocol: 'tls',
    host: 'www.example.com',
    decidedAt: HELLO.length,
  },

  // Behind a header
  ...[
    { title: 'version 1', header: LINE, client: CLIENT },
    { title: 'version 1, UNKNOWN', header: UNKNOWN, client: 'none' },
    { title: 'version 2', header: BINARY, client: CLIENT },
    { title: 'version 2, LOCAL', header: LOCAL, client: 'none' },
    { title: 'version 2 with a checksum', header: checksummed(proxyV2({ tlvs: tlv(3, 0, 0, 0, 0) })), client: CLIENT },
    { title: 'version 2 with TLVs', header: proxyV2({ tlvs: [tlv(1, 'h2'), tlv(0xee, 1, 1, 2, 3, 4)] }), client: CLIENT },
  ].flatMap(({ title, header, client }) =>
    [require, optional].flatMap((options): PrereadAcceptance[] => [
      {
        title: `TLS behind ${title}, ${options.proxy}`,
        clause: 'PROXY protocol 2',
        bytes: concat([header, HELLO]),
        options,
        protocol: 'tls',
        host: 'www.example.com',
        client,
        payloadOffset: header.length,
      },
      {
        title: `HTTP behind ${title}, ${options.proxy}`,
        clause: 'PROXY protocol 2',
        bytes: concat([header, GET, bytes('body')]),
        options,
        protocol: 'http1',
        host: 'www.example.com',
        client,
        payloadOffset: header.length,
        decidedAt: header.length + GET.length,
      },
      {
        title: `SSH behind ${title}, ${options.proxy}`,
        clause: 'PROXY protocol 2',
        bytes: concat([header, SSH]),
        options,
        protocol: 'ssh',
        client,
        payloadOffset: header.length,
        decidedAt: header.length + 4,
      },
    ]),
  ),
  {
    title: 'TLS behind a header as long as may be, within a bound that is raised',
    clause: 'PROXY protocol 2.2',
    bytes: concat([proxyV2({ tlvs: tlv(4, new Uint8Array(20_000)) }), HELLO]),
    options: { ...require, proxyHeader: { maxBytes: 65551 } },
    protocol: 'tls',
    host: 'www.example.com',
    client: CLIENT,
    payloadOffset: 20_031,
  },
  {
    title: 'TLS behind a header with a wrong checksum that need not be right',
    clause: 'proxyHeader.verifyCrc32c',
    bytes: concat([proxyV2({ tlvs: tlv(3, 1, 2, 3, 4) }), HELLO]),
    options: { ...require, proxyHeader: { verifyCrc32c: false } },
    protocol: 'tls',
    host: 'www.example.com',
    client: CLIENT,
    payloadOffset: 35,
  },

  // No header, where one may be
  { title: 'TLS, optional', clause: GUESS, bytes: HELLO, options: optional, protocol: 'tls', host: 'www.example.com' },
  { title: 'HTTP, optional', clause: GUESS, bytes: GET, options: optional, protocol: 'http1', host: 'www.example.com' },
  { title: 'HTTP/2, optional', clause: GUESS, bytes: HTTP2, options: optional, protocol: 'http2' },
  {
    title: 'HTTP behind two empty lines, which begin as version 2 does, optional',
    clause: 'RFC 9112 2.2',
    bytes: concat([bytes('\r\n\r\n'), GET]),
    options: optional,
    protocol: 'http1',
    host: 'www.example.com',
  },
  {
    title: 'a protocol of one letter that PROXY begins with, optional: known once it is no header',
    clause: GUESS,
    bytes: bytes('PAPER'),
    options: { ...optional, matchers: [prefix('p', 'P')] },
    protocol: 'p',
    decidedAt: 2,
  },

  // HTTP
  {
    title: 'HTTP with the host in the target',
    clause: 'RFC 9112 3.2.2',
    bytes: bytes('GET http://b.example/ HTTP/1.1\r\nHost: a.example\r\n\r\n'),
    protocol: 'http1',
    host: 'b.example',
  },
  {
    title: 'HTTP with an IPv6 address as host',
    clause: 'RFC 3986 3.2.2',
    bytes: bytes('GET / HTTP/1.1\r\nHost: [2001:DB8::1]:8080\r\n\r\n'),
    protocol: 'http1',
    host: '2001:db8::1',
  },
  {
    title: 'CONNECT',
    clause: 'RFC 9112 3.2.3',
    bytes: bytes('CONNECT www.example.com:443 HTTP/1.1\r\nHost: proxy.example\r\n\r\n'),
    protocol: 'http1',
    host: 'www.example.com',
  },
  {
    title: 'HTTP/1.0 without Host',
    clause: 'RFC 9112 3.2',
    bytes: bytes('GET / HTTP/1.0\r\n\r\n'),
    protocol: 'http1',
    host: undefined,
  },
  {
    title: 'HTTP with LF alone, where that is let pass',
    clause: 'RFC 9112 2.2',
    bytes: bytes('GET / HTTP/1.1\nHost: a.example\n\n'),
    options: { http: { allowBareLf: true } },
    protocol: 'http1',
    host: 'a.example',
  },
  {
    title: 'HTTP with a URL longer than its matcher looks at, where lines may be so long',
    clause: 'RFC 9112 3',
    bytes: bytes(`GET /${'a'.repeat(20_000)} HTTP/1.1\r\nHost: a.example\r\n\r\n`),
    options: { http: { maxLineBytes: 30_000 } },
    protocol: 'http1',
    host: 'a.example',
  },

  // Others
  { title: 'HTTP/2 with prior knowledge has no host that was read', clause: 'RFC 9113 3.4', bytes: HTTP2, protocol: 'http2' },
  {
    title: 'a record of version 16.1, which nobody takes',
    clause: 'RFC 8446 5.1',
    bytes: bytes(22, 16, HELLO.subarray(2)),
    protocol: 'unknown',
    decidedAt: 9,
  },
  {
    title: 'application data before a hello, which nobody takes',
    clause: 'RFC 8446 5.1',
    bytes: concat([bytes(23, 3, 1, 0, 0), HELLO]),
    protocol: 'unknown',
    decidedAt: 10,
  },
  // Its length is the type of a record, which Minecraft's handshake for a host of 13, 14 or 15 bytes begins with.
  ...[
    { type: 20, decidedAt: 4 },
    { type: 21, decidedAt: 5 },
    { type: 22, decidedAt: 6 },
  ].map(({ type, decidedAt }) => ({
    title: `a handshake of Minecraft with a length of ${type}`,
    clause: 'RFC 8446 5.1',
    bytes: bytes(vector8(0, 0xff, 5, vector8('a'.repeat(type - 11), '.com'), 0x63, 0xdd, 2)),
    protocol: 'unknown' as const,
    decidedAt,
  })),
  { title: 'an SSLv2 hello', clause: 'RFC 6101 E.1', bytes: SSLV2, protocol: 'sslv2', decidedAt: 11 },
  { title: 'text', clause: 'no matcher', bytes: bytes('hello\r\n'), protocol: 'unknown', decidedAt: 4 },
  { title: 'SSH where only TLS is asked for', clause: 'matchers', bytes: SSH, options: { matchers: web }, protocol: 'unknown', decidedAt: 2 },
  {
    title: 'TLS where only SSH is asked for',
    clause: 'matchers',
    bytes: HELLO,
    options: { matchers: [ssh] },
    protocol: 'unknown',
    decidedAt: 1,
  },
  {
    title: 'a protocol of the caller',
    clause: 'matchers',
    bytes: concat([LINE, bytes('0032git-upload-pack /a')]),
    options: { ...require, matchers: [tls, prefix('git', '0032git-upload-pack ')] },
    protocol: 'git',
    client: CLIENT,
    payloadOffset: LINE.length,
    decidedAt: LINE.length + 20,
  },
  {
    title: 'HTTP told by its method',
    clause: 'matchers',
    bytes: GET,
    options: { matchers: [http1Fast] },
    protocol: 'http1',
    host: 'www.example.com',
  },
  {
    title: 'an empty list of matchers',
    clause: 'matchers',
    bytes: bytes('a'),
    options: { matchers: [] },
    protocol: 'unknown',
  },
  {
    title: 'an empty list of matchers, behind a header',
    clause: 'matchers',
    bytes: concat([LINE, bytes('a')]),
    options: { ...require, matchers: [] },
    protocol: 'unknown',
    client: CLIENT,
    payloadOffset: LINE.length,
  },
  {
    title: 'what a matcher of the caller takes though it begins as TLS',
    clause: 'matchers',
    bytes: bytes(22, 3, 1, 0, 0),
    options: { matchers: [tls, { protocol: 'p', maxBytes: 5, match: (all) => all.length >= 5 || 5 - all.length }] },
    protocol: 'p',
  },
  {
    title: 'HTTP behind LF alone, where that is let pass',
    clause: 'RFC 9112 2.2',
    bytes: bytes('\nGET / HTTP/1.1\nHost: a.example\n\n'),
    options: { matchers: [http1], http: { allowBareLf: true } },
    protocol: 'http1',
    host: 'a.example',
  },
  {
    title: 'HTTP/0.9 where HTTP is not asked for',
    clause: 'matchers',
    bytes: bytes('GET /\r\n'),
    options: { matchers: [tls, ssh] },
    protocol: 'unknown',
    decidedAt: 1,
  },
  {
    title: 'HTTP/1.1 with an empty Host',
    clause: 'RFC 9112 3.2',
    bytes: bytes('GET / HTTP/1.1\r\nHost:\r\n\r\n'),
    protocol: 'http1',
    host: undefined,
  },
];

const weakP = { ...prefix('p', 'PR'), weak: true } as const;

export const prereadEnds: readonly PrereadEnd[] = [
  // Nothing came
  { title: 'nothing', bytes: bytes(), proxy: 'forbid', end: 'silent' },
  { title: 'nothing', bytes: bytes(), proxy: 'optional', end: 'silent' },
  { title: 'nothing, where a header must', bytes: bytes(), proxy: 'require', end: ['preread.proxy.missing', 0] },
  { title: 'nothing behind a header', bytes: LINE, proxy: 'require', end: 'silent', client: CLIENT, payloadOffset: 45 },
  { title: 'nothing behind a header', bytes: BINARY, proxy: 'optional', end: 'silent', client: CLIENT, payloadOffset: 28 },
  { title: "nothing behind a balancer's own header", bytes: LOCAL, proxy: 'require', end: 'silent', client: 'none', payloadOffset: 16 },

  // In the header
  { title: 'one byte of a header', bytes: bytes('P'), proxy: 'require', end: ['proxy.header.truncated', 1] },
  { title: 'half a line', bytes: LINE.subarray(0, 20), proxy: 'require', end: ['proxy.header.truncated', 20] },
  { title: 'half a line', bytes: LINE.subarray(0, 20), proxy: 'optional', end: ['proxy.header.truncated', 20] },
  { title: 'the signature and the version', bytes: BINARY.subarray(0, 13), proxy: 'optional', end: ['proxy.header.truncated', 13] },
  { title: 'all but a byte', bytes: BINARY.subarray(0, 27), proxy: 'optional', end: ['proxy.header.truncated', 27] },
  { title: 'the word and its space', bytes: bytes('PROXY '), proxy: 'optional', end: ['proxy.header.truncated', 6] },
  { title: 'the signature alone', bytes: BINARY.subarray(0, 12), proxy: 'optional', end: ['proxy.header.truncated', 12] },
  { title: 'the word, which may be a header or not', bytes: bytes('PROXY'), proxy: 'optional', end: 'unknown' },
  { title: 'a signature without its last byte', bytes: BINARY.subarray(0, 11), proxy: 'optional', end: ['http.not_http', 4] },
  { title: 'two empty lines, which may be a header or a request', bytes: bytes('\r\n\r\n'), proxy: 'optional', end: ['http.head.truncated', 4] },
  { title: 'what may be a header or not, and a matcher takes', bytes: bytes('PR'), proxy: 'optional', matchers: [prefix('p', 'P')], end: 'p' },
  { title: 'what may be a header or not, and a matcher takes for HTTP', bytes: bytes('PROXY'), proxy: 'optional', matchers: [prefix('http1', 'P')], end: ['http.not_http', 3] },
  { title: 'what may be a header', bytes: bytes('PROXY'), proxy: 'forbid', end: 'unknown' },
  { title: 'what may be a second header', bytes: concat([LINE, bytes('PROXY')]), proxy: 'require', end: 'unknown', client: CLIENT, payloadOffset: 45 },

  // In the payload
  ...(['forbid', 'require', 'optional'] as const).flatMap((proxy): PrereadEnd[] => {
    const header = proxy === 'forbid' ? bytes() : BINARY;
    const client = proxy === 'forbid' ? {} : { client: CLIENT, payloadOffset: header.length };
    const at = (length: number): number => header.length + length;
    return [
      { title: 'the first byte of TLS', bytes: concat([header, HELLO.subarray(0, 1)]), proxy, ...client, end: 'unknown' },
      {
        title: 'a hello as soon as it is known to be one',
        bytes: concat([header, HELLO.subarray(0, 6)]),
        proxy,
        ...client,
        end: ['tls.client_hello.truncated', at(6)],
      },
      {
        title: 'a hello without its last byte',
        bytes: concat([header, HELLO.subarray(0, -1)]),
        proxy,
        ...client,
        end: ['tls.client_hello.truncated', at(HELLO.length - 1)],
      },
      {
        title: 'two bytes of TLS',
        bytes: concat([header, HELLO.subarray(0, 2)]),
        proxy,
        ...client,
        end: ['tls.client_hello.truncated', at(2)],
      },
      {
        title: 'the first byte of an alert',
        bytes: concat([header, bytes(21)]),
        proxy,
        matchers: web,
        ...client,
        end: 'unknown',
      },
      {
        title: 'half an SSLv2 hello',
        bytes: concat([header, SSLV2.subarray(0, 10)]),
        proxy,
        matchers: web,
        ...client,
        end: 'unknown',
      },
      { title: 'half a method', bytes: concat([header, bytes('GE')]), proxy, ...client, end: 'unknown' },
      {
        title: 'half a target',
        bytes: concat([header, bytes('GET /a')]),
        proxy,
        ...client,
        end: ['http.head.truncated', at(6)],
      },
      {
        title: 'a request line',
        bytes: concat([header, bytes('GET / HTTP/1.1\r\n')]),
        proxy,
        ...client,
        end: ['http.head.truncated', at(16)],
      },
      { title: 'half of a name of several', bytes: concat([header, bytes('SS')]), proxy, ...client, end: 'unknown' },
      {
        title: 'what a weak matcher takes where no strong one can',
        bytes: concat([header, bytes('PR')]),
        proxy,
        matchers: [...web, weakP],
        ...client,
        end: 'p',
      },
    ];
  }),
];
