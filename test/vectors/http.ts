/**
 * One row for every odd request head and the verdict on it, with the clause that says so. The tests of the decoder
 * check the rows, the laws run over their bytes, and Node's own server says what it makes of them.
 */
import type { RequestHead, RequestHeadCode, RequestHeadOptions } from '../../src/http/index.ts';
import { bytes } from './build.ts';

export interface HttpRow {
  readonly title: string;
  readonly clause: string;
  /** One character per byte. */
  readonly head: string;
  readonly options?: RequestHeadOptions;
}

export interface HttpRefusal extends HttpRow {
  readonly code: RequestHeadCode;
  readonly offset: number;
  /** How many bytes it takes to know; all of them unless given. */
  readonly decidedAt?: number;
}

export interface HttpAcceptance extends HttpRow {
  /** What is not to be read from the lines of the head alone: see {@link acceptedHead}. */
  readonly value: Partial<RequestHead>;
  /** Where the head ends; all bytes unless given. */
  readonly size?: number;
}

export function headBytes(row: HttpRow): Uint8Array {
  return bytes(row.head);
}

/**
 * The whole value that an acceptance stands for. Method, target, version and fields are cut out of the lines as
 * simply as can be, which is right for a head that is well-formed; the authority is `example.com` unless the row says
 * otherwise.
 */
export function acceptedHead({ head, value, size = head.length }: HttpAcceptance): RequestHead {
  const text = head.slice(0, size).replace(/^[\r\n]+|[\r\n]+$/g, '');
  const [requestLine, ...lines] = text.split(/\r?\n/);
  const [method, target, protocol] = requestLine!.split(' ');
  return {
    method: method!,
    target: target!,
    version: protocol === 'HTTP/1.0' ? '1.0' : '1.1',
    headers: lines.map((line) => {
      const colon = line.indexOf(':');
      return { name: line.slice(0, colon), value: line.slice(colon + 1).replace(/^[ \t]+|[ \t]+$/g, '') };
    }),
    authority: { host: 'example.com' },
    hostDiffers: false,
    upgrade: [],
    webSocket: false,
    ...value,
  };
}

// What rows are made of

export const GET = 'GET / HTTP/1.1\r\n';
export const GET_1_0 = 'GET / HTTP/1.0\r\n';
export const HOST = 'Host: example.com\r\n';
export const END = '\r\n';

/**
 * The IANA registry without `PRI` and `*` (RFC 9110 16.1.1, RFC 7237 3), with QUERY, and what is in use without being
 * registered.
 */
export const httpMethods: readonly string[] = [
  // RFC 9110 9.3
  ...['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE'],
  // RFC 7237 3
  ...['ACL', 'BASELINE-CONTROL', 'BIND', 'CHECKIN', 'CHECKOUT', 'COPY', 'LABEL', 'LINK', 'LOCK', 'MERGE', 'MKACTIVITY'],
  ...['MKCALENDAR', 'MKCOL', 'MKREDIRECTREF', 'MKWORKSPACE', 'MOVE', 'ORDERPATCH', 'PATCH', 'PROPFIND', 'PROPPATCH'],
  ...['REBIND', 'REPORT', 'SEARCH', 'UNBIND', 'UNCHECKOUT', 'UNLINK', 'UNLOCK', 'UPDATE', 'UPDATEREDIRECTREF'],
  'VERSION-CONTROL',
  // The safe method with a body
  'QUERY',
  // UPnP, caches, Icecast
  ...['M-SEARCH', 'NOTIFY', 'SUBSCRIBE', 'UNSUBSCRIBE', 'PURGE', 'SOURCE'],
];

const hex = (character: string): string => `0x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;

/** Text as a title shows it. */
const shown = (text: string): string =>
  text.length > 60 ? `${JSON.stringify(text.slice(0, 40))}... (${text.length})` : JSON.stringify(text);

/** NUL to US and DEL without LF and CR, which end lines, and HTAB, which is white space in a field. */
const CONTROLS: readonly string[] = [
  ...Array.from({ length: 0x20 }, (_, code) => String.fromCharCode(code)).filter((c) => !'\t\n\r'.includes(c)),
  '\x7f',
];

// Refusals

/** What comes before the offset, and what begins there. The head ends where it is decided. */
type RefusalText = readonly [title: string, before: string, from: string, options?: RequestHeadOptions];

function refused(code: RequestHeadCode, clause: string, rows: readonly RefusalText[]): HttpRefusal[] {
  return rows.map(([title, before, from, options]) => ({
    title,
    clause,
    head: before + from,
    ...(options && { options }),
    code,
    offset: before.length,
  }));
}

/** Decided at the byte at the offset, whatever follows. */
function refusedAtOnce(code: RequestHeadCode, clause: string, rows: readonly RefusalText[]): HttpRefusal[] {
  return refused(code, clause, rows).map((row) => ({ ...row, decidedAt: row.offset + 1 }));
}

const notHttp: HttpRefusal[] = [
  ...refusedAtOnce('http.not_http', 'RFC 9112 3.1 (method)', [
    ['TLS', '', '\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03'],
    ['SSH', 'S', 'SH-2.0-OpenSSH_9.2\r\n'],
    ['SOCKS5', '', '\x05\x01\0'],
    ['RDP', '', '\x03\0\0\x13\x0e\xe0\0\0\0\0\0\x01\0\x08\0\x03\0\0\0'],
    ['PROXY version 1', 'PRO', 'XY TCP4 192.0.2.1 198.51.100.1 1 2\r\n'],
    ['HTTP/2 with prior knowledge (RFC 9113 3.4)', 'PR', 'I * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['an HTTP response', 'H', 'TTP/1.1 200 OK\r\n\r\n'],
    ['RTSP DESCRIBE', 'DE', 'SCRIBE rtsp://example.com/ RTSP/1.0\r\n'],
    ['RTSP SETUP', 'SE', 'TUP rtsp://example.com/ RTSP/1.0\r\n'],
    ['SIP INVITE', '', 'INVITE sip:a@example.com SIP/2.0\r\n'],
    ['SIP REGISTER', 'RE', 'GISTER sip:example.com SIP/2.0\r\n'],
    ['SMTP', '', 'EHLO example.com\r\n'],
    ['SMTP of old', 'HE', 'LO example.com\r\n'],
    ['Redis', '', '*1\r\n$4\r\nPING\r\n'],
    ['a field line', 'H', 'ost: example.com\r\n'],
    ['PRI alone', 'PR', 'I / HTTP/1.1\r\n'],
    ['the method *', '', '* / HTTP/1.1\r\n'],
    ['NUL', '', '\0'],
    ['a space in front', '', ' GET / HTTP/1.1\r\n'],
    ['a tab in front', '', '\tGET / HTTP/1.1\r\n'],
    ['a byte order mark in front', '', '\xef\xbb\xbfGET / HTTP/1.1\r\n'],
    ['a byte beyond ASCII', '', '\xc7ET / HTTP/1.1\r\n'],
    ['a method nobody has registered', '', 'FOO / HTTP/1.1\r\n'],
    ['BREW (RFC 2324)', 'B', 'REW /pot HTTP/1.1\r\n'],
    ['DEBUG', 'DE', 'BUG / HTTP/1.1\r\n'],
    ['TRACK', 'TRAC', 'K / HTTP/1.1\r\n'],
    ['MSEARCH', 'M', 'SEARCH * HTTP/1.1\r\n'],
    ['VERSION_CONTROL', 'VERSION', '_CONTROL / HTTP/1.1\r\n'],
    ['UPDATEREDIRECT', 'UPDATEREDIRECT', ' / HTTP/1.1\r\n'],
  ]),
  ...refusedAtOnce('http.not_http', 'RFC 9110 9.1 (the method is case-sensitive)', [
    ['get', '', 'get / HTTP/1.1\r\n'],
    ['Get', 'G', 'et / HTTP/1.1\r\n'],
    ['GEt', 'GE', 't / HTTP/1.1\r\n'],
    ['options', '', 'options * HTTP/1.1\r\n'],
    ['OPTIONs', 'OPTION', 's * HTTP/1.1\r\n'],
    ['connect', '', 'connect example.com:443 HTTP/1.1\r\n'],
  ]),
  ...refusedAtOnce('http.not_http', 'RFC 9112 3 (method SP)', [
    ['a tab behind the method', 'GET', '\t/ HTTP/1.1\r\n'],
    ['NUL behind the method', 'GET', '\0 / HTTP/1.1\r\n'],
    ['a vertical tab behind the method', 'GET', '\x0b/ HTTP/1.1\r\n'],
    ['no space behind the method', 'GET', '/ HTTP/1.1\r\n'],
    ['a colon behind the method', 'GET', ': / HTTP/1.1\r\n'],
    ['a space within the method', 'GE', ' T / HTTP/1.1\r\n'],
    ['a line end within the method', 'GE', '\r\nT / HTTP/1.1\r\n'],
    ['a bare LF behind the method', 'GET', '\n'],
    ['a bare LF behind the method, allowed elsewhere', 'GET', '\n', { allowBareLf: true }],
    ['a method and more', 'POST', 'S / HTTP/1.1\r\n'],
    ['a method and more, as another one goes on', 'UPDATER', ' / HTTP/1.1\r\n'],
    ['a method that begins another one, and more', 'UPDATE', 'S / HTTP/1.1\r\n'],
    ['a no-break space behind the method', 'GET', '\xa0/ HTTP/1.1\r\n'],
    ...httpMethods.map((method) => [`${method} alone`, method, '\r\n'] as const),
  ]),
  ...refusedAtOnce('http.not_http', 'RFC 9112 2.2 (empty lines before the request line: two at most)', [
    ['a third empty line', '\r\n\r\n', '\r\nGET / HTTP/1.1\r\n'],
    ['PROXY version 2', '\r\n\r\n', '\0\r\nQUIT\n'],
    ['NUL behind one empty line', '\r\n', '\0'],
    ['a lower-case method behind one empty line', '\r\n', 'get / HTTP/1.1\r\n'],
    ['SMTP behind two empty lines', '\r\n\r\n', 'EHLO example.com\r\n'],
    ['LF alone in front', '', '\nGET / HTTP/1.1\r\n'],
    ['LF alone behind an empty line', '\r\n', '\nGET / HTTP/1.1\r\n'],
    ['LF alone behind two empty lines', '\r\n\r\n', '\nGET / HTTP/1.1\r\n'],
    ['CR and a method', '\r', 'GET / HTTP/1.1\r\n'],
    ['CR CR LF', '\r', '\r\nGET / HTTP/1.1\r\n'],
    ['CR and a method behind an empty line', '\r\n\r', 'GET / HTTP/1.1\r\n'],
    ['CR and a method, with LF alone allowed', '\r', 'GET / HTTP/1.1\n', { allowBareLf: true }],
    ['half a method behind two empty lines', '\r\n\r\nS', 'SH-2.0-OpenSSH_9.2\r\n'],
    ['a space in an empty line', '\r\n', ' \r\nGET / HTTP/1.1\r\n'],
    ['a third empty line of LF alone', '\n\n', '\nGET / HTTP/1.1\n', { allowBareLf: true }],
    ['a third empty line, mixed', '\n\r\n', '\r\nGET / HTTP/1.1\n', { allowBareLf: true }],
    ['a third empty line, mixed the other way', '\r\n\r\n', '\nGET / HTTP/1.1\n', { allowBareLf: true }],
    ['NUL behind LF alone', '\n', '\0', { allowBareLf: true }],
  ]),
];

const requestLine: HttpRefusal[] = [
  ...refused('http.request_line.syntax', 'RFC 9112 3 (method SP request-target SP HTTP-version)', [
    ['no target and no version', 'GET ', '\r\n'],
    ['no target', 'GET ', ' HTTP/1.1\r\n'],
    ['no target, and a space for it', 'GET ', '  HTTP/1.1\r\n'],
    ['no target, and two spaces', 'GET ', ' \r\n'],
    ['two spaces behind the method', 'GET ', ' / HTTP/1.1\r\n'],
    ['no target of CONNECT', 'CONNECT ', ' HTTP/1.1\r\n'],
    ['no target of OPTIONS', 'OPTIONS ', ' HTTP/1.1\r\n'],
    ['no target, behind an empty line', '\r\nGET ', ' HTTP/1.1\r\n'],
    ['HTTP/0.9', 'GET /', '\r\n'],
    ['HTTP/0.9 with a longer target', 'GET /index.html?q=1', '\r\n'],
    ['HTTP/0.9 behind two empty lines', '\r\n\r\nGET /', '\r\n'],
    ['HTTP/0.9 that ends in LF alone', 'GET /', '\n', { allowBareLf: true }],
    ['no version behind an absolute-form', 'GET http://example.com/', '\r\n'],
    ['no version behind *', 'OPTIONS *', '\r\n'],
    ['no version behind an authority-form', 'CONNECT example.com:443', '\r\n'],
    ['a version that hangs on the target', 'GET /HTTP/1.1', '\r\n'],
  ]),
  ...refused('http.version.unsupported', 'RFC 9112 2.3 (HTTP-version)', [
    ...[
      ...['HTTP/2.0', 'HTTP/2', 'HTTP/3', 'HTTP/1.2', 'HTTP/1.9', 'HTTP/0.9', 'HTTP/0.1', 'HTTP/9.9', 'HTTP/11'],
      ...['HTTP/1', 'HTTP/1.', 'HTTP/.1', 'HTTP/', 'HTTP', 'H', 'HTTP/1.10', 'HTTP/1.01', 'HTTP/01.1', 'HTTP/1.1.1'],
      ...['HTTP/1.1.', 'HTTP/1,1', 'HTTP/+1.1', 'HTTP/-1.1', 'HTTP/1.1;a', 'HTTP//1.1', 'HTTP\\1.1', 'HTTP-1.1'],
      ...['http/1.1', 'Http/1.1', 'HTTP/1.x', 'HTTP/1.\xb9', '\xa0HTTP/1.1', 'HTTP/1.1\xa0', 'XHTTP/1.1', 'TTP/1.1'],
      ...['HTTPS/1.1', 'RTSP/1.0', 'SIP/2.0', 'ICE/1.0', 'ICAP/1.0', 'HTCPCP/1.0', 'x', '/', '1.1'],
    ].map((version) => [`the version ${shown(version)}`, 'GET / ', `${version}\r\n`] as const),
    ['nothing behind the second space', 'GET / ', '\r\n'],
    ['a space behind the version', 'GET / ', 'HTTP/1.1 \r\n'],
    ['a space behind the version 1.0', 'GET / ', 'HTTP/1.0 \r\n'],
    ['two spaces before the version', 'GET / ', ' HTTP/1.1\r\n'],
    ['a space in the target', 'GET /a ', 'b HTTP/1.1\r\n'],
    ['a space in an absolute-form', 'GET http://example.com/a ', 'b HTTP/1.1\r\n'],
    ['a space in the version', 'GET / ', 'HTTP /1.1\r\n'],
    ['another space in the version', 'GET / ', 'HTTP/ 1.1\r\n'],
    ['a version twice', 'GET / ', 'HTTP/1.1 HTTP/1.1\r\n'],
    ['HTTP/2.0 behind *', 'OPTIONS * ', 'HTTP/2.0\r\n'],
    ['HTTP/2.0 behind an authority-form', 'CONNECT example.com:443 ', 'HTTP/2.0\r\n'],
    ['HTTP/2.0 with a line of LF alone', 'GET / ', 'HTTP/2.0\n', { allowBareLf: true }],
    ['RTSP with a method of HTTP', 'OPTIONS * ', 'RTSP/1.0\r\n'],
    ['Icecast', 'SOURCE /stream.mp3 ', 'ICE/1.0\r\n'],
  ]),
  ...refused('http.target.syntax', 'RFC 9112 3.2 (request-target)', [
    ...[
      ...['/#', '/a#b', '/#fragment', '#', '/?q#f', 'http://example.com/#f', 'http://example.com#f', '*#', 'foo#'],
      ...['/\x80', '/\x9f', '/\xa0', '/\xe9', '/\xff', '/b\xc3\xbccher', '/?\xe9', '\xa0/'],
      ...['http://b\xc3\xbccher.example/'],
      ...['foo', 'example.com', 'example.com:80', 'example.com/', 'www.example.com/path', '[::1]', '[::1]:80', ':80'],
      ...[':'],
      ...['192.0.2.1', 'a@b', '?q', '.', '..', '../a', '@', '%2F', '\\', '\\\\example.com\\', '**', '*/', '*a', '&'],
      ...['-'],
      ...['http', 'http:', 'http:/', 'http:/example.com/', 'http:example.com', 'http:\\\\example.com', '://', '://a/'],
      ...['1http://example.com/', '-h://example.com/', '+h://example.com/', '.h://example.com/'],
      ...['ht_tp://example.com/'],
      ...['h%74tp://example.com/', 'h*://example.com/', '@http://example.com/', 'a/b://example.com/'],
      ...['mailto:a@example.com', 'urn:isbn:0', 'HTTP/1.1x', '"/"', '<http://example.com/>'],
    ].map((target) => [`GET of ${shown(target)}`, 'GET ', `${target} HTTP/1.1\r\n`] as const),
    ...['example.com:443', 'foo', '**', '/#', '/\xe9'].flatMap((target) =>
      ['HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND', 'QUERY', 'M-SEARCH'].map(
        (method) => [`${method} of ${shown(target)}`, `${method} `, `${target} HTTP/1.1\r\n`] as const,
      ),
    ),
    ['CONNECT with a fragment', 'CONNECT ', 'example.com:443# HTTP/1.1\r\n'],
    ['CONNECT with a byte beyond ASCII', 'CONNECT ', 'ex\xe4mple.com:443 HTTP/1.1\r\n'],
    ['the target before the version', 'GET ', 'foo HTTP/2.0\r\n'],
    ['the target before the lack of a version', 'GET ', 'foo\r\n'],
    ['a version for a target', 'GET ', 'HTTP/1.1\r\n'],
    ['a target that is none, behind empty lines', '\r\n\r\nGET ', 'foo HTTP/1.1\r\n'],
    ['in HTTP/1.0', 'GET ', 'foo HTTP/1.0\r\n'],
  ]),
  ...refused('http.target.asterisk', 'RFC 9112 3.2.4 (asterisk-form: OPTIONS only)', [
    ...httpMethods
      .filter((method) => method !== 'OPTIONS' && method !== 'CONNECT')
      .map((method) => [`${method} of *`, `${method} `, '* HTTP/1.1\r\n'] as const),
    ['in HTTP/1.0', 'GET ', '* HTTP/1.0\r\n'],
    ['before the version', 'GET ', '* HTTP/2.0\r\n'],
  ]),
];

/**
 * What is no host, and what is none with a port. They are refused wherever an authority may stand.
 */
export const badHosts: readonly string[] = [
  // RFC 9110 4.2.4, RFC 9112 3.2: no userinfo
  ...['user@example.com', 'user:password@example.com', '@example.com', 'example.com@', 'a@b@example.com'],
  ...[':@example.com'],
  // RFC 3986 3.2.2: a list, and what names may not hold
  ...['a.example,b.example', 'a.example,', ',a.example', 'a;b', "a'b", 'a"b', 'a*b', '*.example.com', 'a=b', 'a&b'],
  ...['a!b'],
  ...['a$b', 'a(b)', 'a+b', 'a~b', 'a|b', 'a^b', 'a`b', 'a{b}', '<a>', 'a\\b', '*', 'a%62', '%65xample.com'],
  ...['example%2ecom'],
  ...['example.com%', 'a%00b', 'a]', 'a[b]'],
  // RFC 1034 3.1, 3.5: empty labels, and names that are too long
  ...['.', '..', '.a', 'a..b', 'a..', '.example.com', `${'a'.repeat(64)}.example`, `example.${'a'.repeat(64)}`],
  ...[`${'a.'.repeat(126)}aa`, `${'a.'.repeat(127)}a`, 'a'.repeat(300)],
  // WHATWG URL 3.5: what resolvers read as an address
  ...['127.1', '127.0.1', '1', '2130706433', '0x7f000001', '0x', '0177.0.0.1', '256.0.0.1', '1.2.3.256', '1.2.3.4.5'],
  ...['01.2.3.4', '1.2.3.04', '127.0.0.0x1', 'a.1', 'example.123', 'example.0xff', '1.2.3.4..'],
  // RFC 3986 3.2.2: IPv6 in brackets, and nothing else in them
  ...['::1', '::', '2001:db8::1', 'fe80::1', '::ffff:192.0.2.1', '1:2:3:4:5:6:7:8', '[]', '[', '[::1', '[::1]a'],
  ...['[::1]80'],
  ...['[::1]]', '[[::1]]', '[::1].', '[::1][::1]', 'a[::1]', 'a::1]', 'a::1]:80', '[::g]', '[1:2:3]', '[1::2::3]', '[:1]', '[::1:]'],
  ...['[12345::]'],
  ...['[example.com]', '[a]', '[192.0.2.1]', '[1]', '[::1.2.3]', '[::256.0.0.1]', '[v1.fe80]', '[::1/64]'],
  ...['[::1.]', '[192.0.2.1.]', '[2001:db8::1.]', '[ffff::1.2.3.4.]'],
  // RFC 6874: zones mean nothing to anyone else
  ...['[fe80::1%25eth0]', '[fe80::1%eth0]', '[fe80::1%251]', '[fe80::1%]', 'fe80::1%eth0'],
];

export const badPorts: readonly string[] = [
  ...['example.com:65536', 'example.com:65537', 'example.com:70000', 'example.com:99999', 'example.com:100000'],
  ...['example.com:4294967376', 'example.com:18446744073709551696', `example.com:${'9'.repeat(400)}`],
  ...['example.com:000065536'],
  ...['example.com:-1', 'example.com:+80', 'example.com:8a', 'example.com:a', 'example.com:0x50', 'example.com:8.0'],
  ...['example.com:1e3', 'example.com:80,', 'example.com:80;', 'example.com::80', 'example.com:80:'],
  ...['example.com:80:90'],
  ...['example.com::', 'example.com:%38', 'example.com:_80', '192.0.2.1:65536', '192.0.2.1:a', '[::1]:65536'],
  ...['[::1]:a'],
  ...['[::1]::', '[::1]:80:', '[::1]:-1', 'example.com:80a', 'example.com:80@'],
];

const authority: HttpRefusal[] = [
  ...refused('http.target.authority', 'RFC 9112 3.2.2 (absolute-form), RFC 9110 4.2.1 (not empty)', [
    ['nothing', 'GET http://', ' HTTP/1.1\r\n'],
    ['nothing but a path', 'GET http://', '/ HTTP/1.1\r\n'],
    ['nothing but a path with a host in it', 'GET http://', '/example.com HTTP/1.1\r\n'],
    ['nothing but a query', 'GET http://', '?q HTTP/1.1\r\n'],
    ['file:///', 'GET file://', '/etc/passwd HTTP/1.1\r\n'],
    ['nothing but a port', 'GET http://', ':80/ HTTP/1.1\r\n'],
    ['nothing but a colon', 'GET http://', ':/ HTTP/1.1\r\n'],
    ['an empty userinfo alone', 'GET http://', '@/ HTTP/1.1\r\n'],
    ['userinfo behind which a path hides the host', 'GET http://', 'a@b/@example.com HTTP/1.1\r\n'],
    ['a query in front of the path', 'GET http://', 'a@b?/ HTTP/1.1\r\n'],
    ['upper case', 'GET HTTP://', 'a,b/ HTTP/1.1\r\n'],
    ['another scheme', 'GET coap+tcp://', 'a,b/ HTTP/1.1\r\n'],
    ['OPTIONS', 'OPTIONS http://', 'a,b HTTP/1.1\r\n'],
    ['POST', 'POST https://', 'user@example.com/ HTTP/1.1\r\n'],
    ['HTTP/1.0', 'GET http://', 'user@example.com/ HTTP/1.0\r\n'],
    ['before the version', 'GET http://', 'user@example.com/ HTTP/2.0\r\n'],
    ['behind an empty line', '\r\nGET http://', 'user@example.com/ HTTP/1.1\r\n'],
  ]),
  ...refused('http.target.authority', 'RFC 9112 3.2.2 (absolute-form)', [
    ...[...badHosts, ...badPorts].map((text) => [shown(text), 'GET http://', `${text}/ HTTP/1.1\r\n`] as const),
  ]),
  ...refused('http.target.authority', 'RFC 9112 3.2.3 (authority-form: host ":" port)', [
    ...[
      ...['example.com', 'example.com:', 'example.com:0', 'example.com:00000', '192.0.2.1', '192.0.2.1:'],
      ...['192.0.2.1:0'],
      ...['[2001:db8::1]', '[2001:db8::1]:', '[2001:db8::1]:0', ':443', ':', '/', '/example.com:443'],
      ...['//example.com:443'],
      ...['http://example.com/', 'http://example.com:80/', 'https://example.com:443', 'example.com:443/'],
      ...['example.com:443?q'],
      ...['example.com:443,example.com:443', '443', '?', 'example.com:https', 'localhost'],
      ...badPorts,
    ].map((target) => [`CONNECT of ${shown(target)}`, 'CONNECT ', `${target} HTTP/1.1\r\n`] as const),
    ...badHosts.map((host) => [`CONNECT of ${shown(`${host}:443`)}`, 'CONNECT ', `${host}:443 HTTP/1.1\r\n`] as const),
    ['CONNECT in HTTP/1.0', 'CONNECT ', 'example.com HTTP/1.0\r\n'],
    ['CONNECT, before the version', 'CONNECT ', 'example.com HTTP/2.0\r\n'],
    ['CONNECT of *', 'CONNECT ', '* HTTP/1.1\r\n'],
    ['NATS, which knows no version', 'CONNECT ', '{"verbose":false}\r\n'],
    ['NATS, were it to end so', 'CONNECT ', '{"verbose":false} HTTP/1.1\r\n'],
  ]),
];

const lines: HttpRefusal[] = [
  ...refused('http.line.bare_lf', 'RFC 9112 2.2 (lines end in CRLF; a recipient MAY recognize LF alone)', [
    ['behind the request line', 'GET / HTTP/1.1', '\n'],
    ['behind the target', 'GET /', '\n'],
    ['behind a space for the target', 'GET ', '\n'],
    ['behind the request line of HTTP/1.0', 'GET / HTTP/1.0', '\n'],
    ['behind a field', `${GET}Host: example.com`, '\n'],
    ['behind a later field', `${GET}${HOST}Foo: bar`, '\n'],
    ['behind a name', `${GET}Host`, '\n'],
    ['behind the colon', `${GET}Host:`, '\n'],
    ['for the empty line', GET + HOST, '\n'],
    ['for the empty line behind the request line', GET_1_0, '\n'],
    ['allowBareLf false', 'GET / HTTP/1.1', '\n', { allowBareLf: false }],
    ['before what else is wrong in the request line', 'GET foo bar', '\n'],
    ['before what else is wrong in a field', `${GET}Host : a b`, '\n'],
  ]),
  ...refused('http.line.bare_cr', 'RFC 9112 2.2 (a bare CR is invalid)', [
    ['behind the request line', 'GET / HTTP/1.1', '\rHost: example.com\r\n'],
    ['CR CR LF behind the request line', 'GET / HTTP/1.1', '\r\r\n'],
    ['in the target', 'GET /a', '\rb HTTP/1.1\r\n'],
    ['behind the space for the target', 'GET ', '\r/ HTTP/1.1\r\n'],
    ['before the version', 'GET / ', '\rHTTP/1.1\r\n'],
    ['in the version', 'GET / HTTP/', '\r1.1\r\n'],
    ['in a name', `${GET}Ho`, '\rst: example.com\r\n'],
    ['before a name', GET, '\rHost: example.com\r\n'],
    ['before the colon', `${GET}Host`, '\r: example.com\r\n'],
    ['behind the colon', `${GET}Host:`, '\rexample.com\r\n'],
    ['in a value', `${GET}${HOST}Foo: a`, '\rb\r\n'],
    ['CR CR LF behind a value', `${GET}${HOST}Foo: bar`, '\r\r\n'],
    ['CR SP LF behind a value', `${GET}${HOST}Foo: bar`, '\r \r\n'],
    ['a field that hides behind CR', `${GET}${HOST}Foo: bar`, '\rHost: b.example\r\n'],
    ['an empty line of CR CR LF', GET + HOST, '\r\r\n'],
    ['an empty line of CR alone, and a body', GET + HOST, '\r{"a":1}\r\n'],
    ['an empty line of CR SP CRLF', GET + HOST, '\r \r\n'],
    ['the first of several', `${GET}Host: a`, '\rb\rc\r\n'],
    ['with LF alone allowed', `${GET}Host: a`, '\rb\n', { allowBareLf: true }],
    ['CR CR LF with LF alone allowed', 'GET / HTTP/1.1', '\r\r\n', { allowBareLf: true }],
    ['an empty line of CR, with LF alone allowed', GET + HOST, '\rX\n', { allowBareLf: true }],
    ['before a control character', `${GET}Host: a`, '\rb\0\r\n'],
    ['before LF alone', `${GET}Host: a`, '\rb\n'],
    ['before what else is wrong', `${GET}Host : a`, '\rb\r\n'],
  ]),
  ...refused('http.line.control', 'RFC 9112 3.2 (no control characters in a target)', [
    ...['\t', ...CONTROLS].map((c) => [`${hex(c)} in the target`, 'GET /a', `${c}b HTTP/1.1\r\n`] as const),
    ['HTAB behind the space for the target', 'GET ', '\t/ HTTP/1.1\r\n'],
    ['HTAB for the space behind the target', 'GET /', '\tHTTP/1.1\r\n'],
    ['NUL for the target', 'GET ', '\0 HTTP/1.1\r\n'],
    ['NUL in an absolute-form', 'GET http://example.com', '\0.example/ HTTP/1.1\r\n'],
    ['DEL in an authority-form', 'CONNECT example.com', '\x7f:443 HTTP/1.1\r\n'],
  ]),
  ...refused('http.line.control', 'RFC 9112 2.3 (no control characters in the version)', [
    ...['\t', ...CONTROLS].map((c) => [`${hex(c)} behind the version`, 'GET / HTTP/1.1', `${c}\r\n`] as const),
    ['HTAB before the version', 'GET / ', '\tHTTP/1.1\r\n'],
    ['NUL in the version', 'GET / HTTP/1', '\0.1\r\n'],
  ]),
  ...refused('http.line.control', 'RFC 9110 5.1, 5.6.2 (a name is a token)', [
    ...CONTROLS.map((c) => [`${hex(c)} in a name`, `${GET}${HOST}Fo`, `${c}o: bar\r\n`] as const),
    ['NUL before the first name', GET, '\0Host: example.com\r\n'],
    ['NUL before a later name', GET + HOST, '\0Foo: bar\r\n'],
    ['NUL before the colon', `${GET}Host`, '\0: example.com\r\n'],
    ['DEL alone in a line', GET, '\x7f\r\n'],
    ['FF for white space before the first name', GET, '\x0cHost: example.com\r\n'],
  ]),
  ...refused('http.line.control', 'RFC 9110 5.5 (no control characters in a value)', [
    ...CONTROLS.map((c) => [`${hex(c)} in a value`, `${GET}${HOST}Foo: a`, `${c}b\r\n`] as const),
    ...['\0', '\x0b', '\x0c', '\x1b', '\x7f'].flatMap((c): RefusalText[] => [
      [`${hex(c)} behind the colon`, `${GET}${HOST}Foo:`, `${c}bar\r\n`],
      [`${hex(c)} behind a value`, `${GET}${HOST}Foo: bar`, `${c}\r\n`],
      [`${hex(c)} behind a value and a space`, `${GET}${HOST}Foo: bar `, `${c}\r\n`],
      [`${hex(c)} in Host`, `${GET}Host: example.com`, `${c}.b.example\r\n`],
      [`${hex(c)} alone`, `${GET}${HOST}Foo:`, `${c}\r\n`],
      [`${hex(c)} in a folded line`, `${GET}${HOST}Foo: bar\r\n `, `${c}\r\n`],
      [`${hex(c)} in a line without colon`, `${GET}${HOST}Foo`, `${c}\r\n`],
    ]),
    ['the first of several', `${GET}${HOST}Foo: a`, '\x01b\0c\x7f\r\n'],
    ['before a bare CR', `${GET}${HOST}Foo: a`, '\0b\rc\r\n'],
    ['before LF alone', `${GET}${HOST}Foo: a`, '\0b\n'],
    ['before what else is wrong', `${GET}Host : a`, '\0b\r\n'],
    ['with LF alone allowed', `${GET}${HOST}Foo: a`, '\0b\n', { allowBareLf: true }],
    ['in HTTP/1.0', `${GET_1_0}Foo: a`, '\0b\r\n'],
  ]),
];

const fields: HttpRefusal[] = [
  ...refused('http.field.leading_space', 'RFC 9112 2.2 (white space between the request line and the first field)', [
    ['a space', GET, ' Host: example.com\r\n'],
    ['a tab', GET, '\tHost: example.com\r\n'],
    ['two spaces', GET, '  Host: example.com\r\n'],
    ['a space alone', GET, ' \r\n'],
    ['a tab alone', GET, '\t\r\n'],
    ['a space and no colon', GET, ' example.com\r\n'],
    ['a space before the colon', GET, ' : example.com\r\n'],
    ['in HTTP/1.0', GET_1_0, ' Foo: bar\r\n'],
    ['in lines of LF alone', 'GET / HTTP/1.1\n', ' Host: example.com\n', { allowBareLf: true }],
  ]),
  ...refused('http.field.obs_fold', 'RFC 9112 5.2 (obs-fold)', [
    ['behind Host', GET + HOST, ' .evil.example\r\n'],
    ['behind Host, with a tab', GET + HOST, '\t.evil.example\r\n'],
    ['behind another field', `${GET}${HOST}Foo: a\r\n`, ' b\r\n'],
    ['behind an empty value', `${GET}Host:\r\n`, ' example.com\r\n'],
    ['what looks like a field', GET + HOST, ' Content-Length: 5\r\n'],
    ['a space alone', GET + HOST, ' \r\n'],
    ['a tab alone', GET + HOST, '\t\r\n'],
    ['in HTTP/1.0', `${GET_1_0}Foo: a\r\n`, ' b\r\n'],
    ['in lines of LF alone', 'GET / HTTP/1.1\nHost: a\n', ' b\n', { allowBareLf: true }],
    ['with a space before the colon', GET + HOST, ' : b\r\n'],
  ]),
  ...refused('http.field.colon', 'RFC 9112 5 (field-name ":")', [
    ['no colon', GET, 'Host example.com\r\n'],
    ['a name alone', GET, 'Host\r\n'],
    ['a later line', GET + HOST, 'Foo\r\n'],
    ['one letter', GET + HOST, 'x\r\n'],
    ['a request line', GET, 'GET /HTTP/1.1\r\n'],
    ['another request line', GET + HOST, 'POST / HTTP/1.1\r\n'],
    ['no token', GET + HOST, '"\r\n'],
    ['a byte beyond ASCII', GET + HOST, '\xe9\r\n'],
    ['a semicolon', GET + HOST, 'Foo; bar\r\n'],
    ['an equals sign', GET + HOST, 'Foo=bar\r\n'],
    ['a tab', GET + HOST, 'Foo\tbar\r\n'],
    ['in HTTP/1.0', GET_1_0, 'Foo\r\n'],
    ['with LF alone allowed', GET, 'Host\n', { allowBareLf: true }],
  ]),
  ...refused('http.field.space_before_colon', 'RFC 9112 5.1 (no white space between name and colon)', [
    ['Host', `${GET}Host`, ' : example.com\r\n'],
    ['two spaces', `${GET}Host`, '  : example.com\r\n'],
    ['another field', `${GET}${HOST}Foo`, ' : bar\r\n'],
    ['Content-Length', `${GET}${HOST}Content-Length`, ' : 5\r\n'],
    ['Transfer-Encoding', `${GET}${HOST}Transfer-Encoding`, ' : chunked\r\n'],
    ['an empty value', `${GET}${HOST}Foo`, ' :\r\n'],
    ['two colons', `${GET}${HOST}Foo`, ' : :\r\n'],
    ['one letter', `${GET}${HOST}X`, ' :y\r\n'],
    ['a tab', `${GET}Host`, '\t: example.com\r\n'],
    ['a tab and a space', `${GET}Host`, '\t : example.com\r\n'],
    ['HTTP/1.0', `${GET_1_0}Foo`, ' : bar\r\n'],
    ['LF alone', `${GET}Host`, ' : a\n', { allowBareLf: true }],
  ]),
  ...refused('http.field.name', 'RFC 9110 5.1, 5.6.2 (a name is a token)', [
    ['no name', GET, ': example.com\r\n'],
    ['no name in a later line', GET + HOST, ': bar\r\n'],
    ['a colon alone', GET + HOST, ':\r\n'],
    ['two colons', GET + HOST, '::\r\n'],
    ...[...'"(),/;<=>?@[\\]{}', '\x80', '\xa0', '\xe9', '\xff'].flatMap((c): RefusalText[] => [
      [`${hex(c)} in a name`, GET + HOST, `Fo${c}o: bar\r\n`],
      [`${hex(c)} alone`, GET + HOST, `${c}: bar\r\n`],
    ]),
    ['UTF-8 in a name', GET + HOST, 'F\xc3\xb6\xc3\xb6: bar\r\n'],
    ['no token before white space and the colon', GET + HOST, 'Fo(o : bar\r\n'],
    ['two words', GET + HOST, 'Foo bar: baz\r\n'],
    ['two words and white space before the colon', GET + HOST, 'Foo bar : baz\r\n'],
    ['a tab within', GET + HOST, 'Fo\to: bar\r\n'],
    ['Host behind another word', GET, 'X Host: example.com\r\n'],
    ['in the first line', GET, 'Ho@st: example.com\r\n'],
    ['in HTTP/1.0', GET_1_0, 'Ho@st: example.com\r\n'],
    ['with LF alone allowed', GET, 'Ho@st: example.com\n', { allowBareLf: true }],
  ]),
];

const hosts: HttpRefusal[] = [
  ...refused('http.host.duplicate', 'RFC 9112 3.2 (more than one Host)', [
    ['the same', GET + HOST, HOST],
    ['another', GET + HOST, 'Host: b.example\r\n'],
    ['in lower case', GET + HOST, 'host: example.com\r\n'],
    ['in upper case', `${GET}host: example.com\r\n`, 'HOST: example.com\r\n'],
    ['in mixed case', GET + HOST, 'hOsT: example.com\r\n'],
    ['the second empty', GET + HOST, 'Host:\r\n'],
    ['the first empty', `${GET}Host:\r\n`, HOST],
    ['both empty', `${GET}Host:\r\n`, 'Host:\r\n'],
    ['other fields between', `${GET}${HOST}Foo: bar\r\nAccept: */*\r\n`, HOST],
    ['in HTTP/1.0', GET_1_0 + HOST, HOST],
    ['with an absolute-form', `GET http://example.com/ HTTP/1.1\r\n${HOST}`, HOST],
    ['with an authority-form', `CONNECT example.com:443 HTTP/1.1\r\n${HOST}`, HOST],
    ['with *', `OPTIONS * HTTP/1.1\r\n${HOST}`, HOST],
    ['in lines of LF alone', 'GET / HTTP/1.1\nHost: a\n', 'Host: a\n', { allowBareLf: true }],
    ['the same name in other letters', GET + HOST, 'Host: EXAMPLE.com.:80\r\n'],
  ]),
  ...refused('http.host.invalid', 'RFC 9112 3.2, RFC 9110 7.2 (uri-host [ ":" port ])', [
    ...[
      ...badHosts,
      ...badPorts,
      ...['a b', 'a.example b.example', 'a.example, b.example', 'a\tb', 'a :80', 'a: 80', 'a:8 0', '[::1] :80'],
      ...['[ ::1]'],
      ...['/', 'example.com/', 'example.com/path', 'example.com:80/', '/example.com', '//example.com', 'a/b@c', '?'],
      ...['a?q'],
      ...['#', 'a#f', 'http://example.com', 'http://example.com/', 'https:example.com', ':80', ':', '::80', ': 80'],
      ...['\x80', '\xa0', '\xe9.example', 'b\xc3\xbccher.example', 'example.com\xa0', '\xa0example.com'],
      ...['example.com:\xb2'],
      ...['"example.com"', 'example.com;a=b', '@', ']', '-:-', 'unix:/run/a.sock', '/run/a.sock', '(null)', '$host'],
      ...['%'],
    ].map((value) => [shown(value), `${GET}Host: `, `${value}\r\n`] as const),
    ['no white space in front', `${GET}Host:`, 'a b\r\n'],
    ['more white space in front', `${GET}Host: \t `, 'a b\r\n'],
    ['white space behind', `${GET}Host: `, 'a,b \t\r\n'],
    ['in lower case', `${GET}host: `, 'a,b\r\n'],
    ['behind another field', `${GET}Foo: bar\r\nHost: `, 'a,b\r\n'],
    ['in HTTP/1.0', `${GET_1_0}Host: `, 'a,b\r\n'],
    ['with an absolute-form', 'GET http://example.com/ HTTP/1.1\r\nHost: ', 'a,b\r\n'],
    ['with an authority-form', 'CONNECT example.com:443 HTTP/1.1\r\nHost: ', 'a,b\r\n'],
    ['with *', 'OPTIONS * HTTP/1.1\r\nHost: ', 'a,b\r\n'],
    ['with LF alone', `${GET}Host: `, 'a,b\n', { allowBareLf: true }],
  ]),
  ...refused('http.host.missing', 'RFC 9112 3.2 (a request of HTTP/1.1 must have Host)', [
    ['no field', GET, END],
    ['other fields', `${GET}Accept: */*\r\nFoo: bar\r\n`, END],
    ['with an absolute-form', 'GET http://example.com/ HTTP/1.1\r\n', END],
    ['with an authority-form', 'CONNECT example.com:443 HTTP/1.1\r\n', END],
    ['with *', 'OPTIONS * HTTP/1.1\r\n', END],
    ['POST', 'POST / HTTP/1.1\r\nContent-Length: 0\r\n', END],
    ['X-Host', `${GET}X-Host: example.com\r\n`, END],
    ['Hos', `${GET}Hos: example.com\r\n`, END],
    ['Host-', `${GET}Host-: example.com\r\n`, END],
    ['Hosts', `${GET}Hosts: example.com\r\n`, END],
    ['X-Forwarded-Host', `${GET}X-Forwarded-Host: example.com\r\n`, END],
    ['in a value only', `${GET}Foo: Host: example.com\r\n`, END],
    ['behind empty lines', `\r\n\r\n${GET}`, END],
    ['in lines of LF alone', 'GET / HTTP/1.1\nFoo: bar\n', '\n', { allowBareLf: true }],
    ['in lines of both kinds', 'GET / HTTP/1.1\nFoo: bar\n', '\r\n', { allowBareLf: true }],
    ['before a Transfer-Encoding without chunked', 'POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n', END],
  ]),
];

const POST = `POST / HTTP/1.1\r\n${HOST}`;
const POST_1_0 = `POST / HTTP/1.0\r\n${HOST}`;

const bodies: HttpRefusal[] = [
  ...refused('http.content_length.invalid', 'RFC 9110 8.6 (1*DIGIT), RFC 9112 6.3', [
    ...[
      ...['-1', '+1', '-0', '1.0', '1.', '.1', '1e3', '0x10', '0o7', '1,1', '1, 1', '5,', ',5', '1 1', '1\t1', '1;'],
      ...['1_000'],
      ...['a', '1a', 'a1', 'NaN', 'Infinity', '\xb2', '5\xa0', '\xa05', '"1"', "'1'", '(1)', '5;q=1', '5 bytes', '*'],
      ...['chunked'],
      ...['9007199254740992', '9007199254740993', '9999999999999999', '10000000000000000', '18446744073709551615'],
      ...['18446744073709551616', '18446744073709551621', '99999999999999999999999999', '9'.repeat(400)],
      ...['09007199254740992'],
    ].map((value) => [shown(value), `${POST}Content-Length: `, `${value}\r\n`] as const),
    ['empty', `${POST}Content-Length:`, '\r\n'],
    ['white space alone', `${POST}Content-Length: \t`, '\r\n'],
    ['no white space in front', `${POST}Content-Length:`, 'x\r\n'],
    ['white space on both sides', `${POST}Content-Length:\t \t`, '-1 \t\r\n'],
    ['in lower case', `${POST}content-length: `, '-1\r\n'],
    ['in upper case', `${POST}CONTENT-LENGTH: `, '-1\r\n'],
    ['before Host', 'POST / HTTP/1.1\r\nContent-Length: ', '-1\r\n'],
    ['with GET', `${GET}${HOST}Content-Length: `, '-1\r\n'],
    ['with CONNECT', 'CONNECT example.com:443 HTTP/1.1\r\nContent-Length: ', '-1\r\n'],
    ['in HTTP/1.0', `${POST_1_0}Content-Length: `, '-1\r\n'],
    ['the second', `${POST}Content-Length: 5\r\nContent-Length: `, 'x\r\n'],
    ['with LF alone', `${POST}Content-Length: `, '-1\n', { allowBareLf: true }],
  ]),
  ...refused('http.content_length.different', 'RFC 9112 6.3 (differing values)', [
    ['5 and 6', `${POST}Content-Length: 5\r\n`, 'Content-Length: 6\r\n'],
    ['6 and 5', `${POST}Content-Length: 6\r\n`, 'Content-Length: 5\r\n'],
    ['0 and 5', `${POST}Content-Length: 0\r\n`, 'Content-Length: 5\r\n'],
    ['5 and 0', `${POST}Content-Length: 5\r\n`, 'Content-Length: 0\r\n'],
    ['5 and 50', `${POST}Content-Length: 5\r\n`, 'Content-Length: 50\r\n'],
    ['the third', `${POST}Content-Length: 5\r\nContent-Length: 5\r\n`, 'Content-Length: 6\r\n'],
    ['another field between', `${POST}Content-Length: 5\r\nFoo: bar\r\n`, 'content-length: 6\r\n'],
    ['in HTTP/1.0', `${POST_1_0}Content-Length: 5\r\n`, 'Content-Length: 6\r\n'],
    ['the largest two', `${POST}Content-Length: 9007199254740991\r\n`, 'Content-Length: 9007199254740990\r\n'],
  ]),
  ...refused('http.transfer_encoding.content_length', 'RFC 9112 6.3 (both are there)', [
    ['Content-Length first', `${POST}Content-Length: 5\r\n`, 'Transfer-Encoding: chunked\r\n'],
    ['Transfer-Encoding first', `${POST}Transfer-Encoding: chunked\r\n`, 'Content-Length: 5\r\n'],
    ['0', `${POST}Content-Length: 0\r\n`, 'Transfer-Encoding: chunked\r\n'],
    ['0, the other way', `${POST}Transfer-Encoding: chunked\r\n`, 'Content-Length: 0\r\n'],
    ['other fields between', `${POST}Content-Length: 5\r\nFoo: bar\r\n`, 'Transfer-Encoding: chunked\r\n'],
    ['in other letters', `${POST}content-length: 5\r\n`, 'TRANSFER-ENCODING: chunked\r\n'],
    ['a coding that is none, before that', `${POST}Content-Length: 5\r\n`, 'Transfer-Encoding: identity\r\n'],
    ['no coding, before that', `${POST}Content-Length: 5\r\n`, 'Transfer-Encoding:\r\n'],
    ['no coding first', `${POST}Transfer-Encoding:\r\n`, 'Content-Length: 5\r\n'],
    ['a coding that is none first', `${POST}Transfer-Encoding: identity\r\n`, 'Content-Length: 5\r\n'],
    ['a length that is none, before that', `${POST}Transfer-Encoding: chunked\r\n`, 'Content-Length: x\r\n'],
    ['no length, before that', `${POST}Transfer-Encoding: chunked\r\n`, 'Content-Length:\r\n'],
    ['equal lengths first', `${POST}Content-Length: 5\r\nContent-Length: 5\r\n`, 'Transfer-Encoding: chunked\r\n'],
    ['with GET', `${GET}${HOST}Content-Length: 5\r\n`, 'Transfer-Encoding: chunked\r\n'],
    ['before Host', 'POST / HTTP/1.1\r\nContent-Length: 5\r\n', 'Transfer-Encoding: chunked\r\n'],
  ]),
  ...refused('http.connect.content', 'RFC 9110 9.3.6 (a CONNECT has no content)', [
    ['a length', `CONNECT example.com:443 HTTP/1.1\r\n${HOST}`, 'Content-Length: 5\r\n'],
    ['a length before Host', 'CONNECT example.com:443 HTTP/1.1\r\n', 'Content-Length: 1\r\n'],
    ['a length in HTTP/1.0', 'CONNECT example.com:443 HTTP/1.0\r\n', 'Content-Length: 5\r\n'],
    ['chunked', `CONNECT example.com:443 HTTP/1.1\r\n${HOST}`, 'Transfer-Encoding: chunked\r\n'],
    ['a coding that is none', `CONNECT example.com:443 HTTP/1.1\r\n${HOST}`, 'Transfer-Encoding: identity\r\n'],
  ]),
  ...refused('http.transfer_encoding.version', 'RFC 9112 6.1 (Transfer-Encoding in HTTP/1.0)', [
    ['chunked', POST_1_0, 'Transfer-Encoding: chunked\r\n'],
    ['gzip', POST_1_0, 'Transfer-Encoding: gzip\r\n'],
    ['identity', POST_1_0, 'Transfer-Encoding: identity\r\n'],
    ['nothing', POST_1_0, 'Transfer-Encoding:\r\n'],
    ['in lower case', POST_1_0, 'transfer-encoding: chunked\r\n'],
    ['behind Content-Length', `${POST_1_0}Content-Length: 5\r\n`, 'Transfer-Encoding: chunked\r\n'],
    ['without Host', 'POST / HTTP/1.0\r\n', 'Transfer-Encoding: chunked\r\n'],
    ['with GET', GET_1_0, 'Transfer-Encoding: chunked\r\n'],
  ]),
  ...refused('http.transfer_encoding.chunked', 'RFC 9112 6.3 (chunked is the last coding)', [
    ...[
      ...['gzip', 'identity', 'compress, gzip', 'chunked, gzip', 'chunked, identity', 'gzip, chunked, deflate', ''],
      ...[',', ' ,\t,'],
      ...['xchunked', 'chunkedx', 'x-chunked', 'chunk', 'chunked gzip', 'gzip chunked', 'chun ked', '"chunked"'],
      ...['chunked.'],
      ...['chunked\xa0', '\xa0chunked', 'chunke\xe4', 'chunked, x', 'gzip;chunked', 'gzip;a=chunked'],
      ...['gzip;a="b, chunked"'],
      ...['chunked\\', "'chunked'", 'chunked/1', 'chunked=1', '[chunked]', 'c\thunked'],
    ].map((value) => [shown(value), POST, `Transfer-Encoding: ${value}\r\n\r\n`] as const),
    [
      'gzip behind chunked in another field',
      `${POST}Transfer-Encoding: chunked\r\n`,
      'Transfer-Encoding: gzip\r\n\r\n',
    ],
    ['two fields without it', `${POST}Transfer-Encoding: gzip\r\n`, 'Transfer-Encoding: deflate\r\n\r\n'],
    ['fields behind', POST, 'Transfer-Encoding: gzip\r\nFoo: bar\r\nAccept: */*\r\n\r\n'],
    ['fields before and behind', `${POST}Foo: bar\r\n`, 'Transfer-Encoding: gzip\r\nAccept: */*\r\n\r\n'],
    ['in lower case', POST, 'transfer-encoding: gzip\r\n\r\n'],
    ['with GET', GET + HOST, 'Transfer-Encoding: gzip\r\n\r\n'],
    ['with LF alone', POST, 'Transfer-Encoding: gzip\n\n', { allowBareLf: true }],
    ['behind a quote that stays open', POST, 'Transfer-Encoding: gzip;a="b, chunked\r\n\r\n'],
    ['in quotes', POST, 'Transfer-Encoding: gzip;a="b, chunked"\r\n\r\n'],
    ['behind two words', POST, 'Transfer-Encoding: a b, chunked\r\n\r\n'],
  ]),
  ...refused('http.transfer_encoding.chunked', 'RFC 9112 7.1 (chunked not more than once, and no parameters)', [
    ['twice', POST, 'Transfer-Encoding: chunked, chunked\r\n\r\n'],
    ['twice without white space', POST, 'Transfer-Encoding: chunked,chunked\r\n\r\n'],
    ['twice in other letters', POST, 'Transfer-Encoding: Chunked, CHUNKED\r\n\r\n'],
    ['twice with another between', POST, 'Transfer-Encoding: chunked, gzip, chunked\r\n\r\n'],
    ['in two fields', `${POST}Transfer-Encoding: chunked\r\n`, 'Transfer-Encoding: chunked\r\n\r\n'],
    ['in two fields with another', `${POST}Transfer-Encoding: chunked\r\n`, 'Transfer-Encoding: gzip, chunked\r\n\r\n'],
    [
      'in two fields of three',
      `${POST}Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip\r\n`,
      'Transfer-Encoding: chunked\r\n\r\n',
    ],
    ['a parameter', POST, 'Transfer-Encoding: chunked;a=b\r\n\r\n'],
    ['a parameter behind white space', POST, 'Transfer-Encoding: gzip, chunked ; a=b\r\n\r\n'],
  ]),
];

/** A line of so many bytes, its line end included. */
const fieldOf = (size: number): string => `Foo: ${'a'.repeat(size - 7)}\r\n`;
const getOf = (size: number): string => `GET /${'a'.repeat(size - 16)} HTTP/1.1\r\n`;
/** A head of so many bytes, in lines that are short enough. */
const headOf = (size: number): string => {
  const start = GET + HOST;
  const fieldCount = Math.floor((size - start.length - 2) / 1000) - 1;
  const last = size - start.length - 2 - fieldCount * 1000;
  return start + fieldOf(1000).repeat(fieldCount) + fieldOf(last) + END;
};

const tooLong = headOf(65539);

const limits: HttpRefusal[] = [
  ...refused('http.line.limit', 'RFC 9112 3 (lines of 8000 octets at least; here 16384)', [
    ['a request line without an end', '', `GET /${'a'.repeat(16379)}`],
    ['a request line one byte too long', '', getOf(16385).slice(0, 16384)],
    ['a request line one byte too long behind empty lines', '\r\n\r\n', getOf(16385).slice(0, 16384)],
    ['a field without an end', GET, `Foo: ${'a'.repeat(16379)}`],
    ['a field one byte too long', GET + HOST, fieldOf(16385).slice(0, 16384)],
    ['a name without an end', GET, 'a'.repeat(16384)],
    ['white space without an end', `${GET}${HOST}`, `Foo:${' '.repeat(16380)}`],
    ['a Host without an end', GET, `Host: ${'a'.repeat(16378)}`],
    ['a Content-Length without an end', POST, `Content-Length: ${'1'.repeat(16368)}`],
    ['CRs without an end', GET + HOST, '\r'.repeat(16384)],
    ['a control character in a line without an end', GET + HOST, `Foo: \0${'a'.repeat(16378)}`],
    ['white space where the first field should begin', GET, ' '.repeat(16384)],
    ['LF alone one byte too late', '', `${getOf(16386).slice(0, 16384)}`, { allowBareLf: true }],
    ['maxLineBytes 15 and a request line of 16', '', GET.slice(0, 15), { maxLineBytes: 15 }],
    ['maxLineBytes 16 and a request line of 17', '', getOf(17).slice(0, 16), { maxLineBytes: 16 }],
    ['maxLineBytes 16 and a field of 19', GET, HOST.slice(0, 16), { maxLineBytes: 16 }],
    ['maxLineBytes 16 and a field of 17 with its CR there', GET, 'Host: b.example\r', { maxLineBytes: 16 }],
    [
      'maxLineBytes 16 and LF alone too late',
      'GET / HTTP/1.1\n',
      'Host: b.examples',
      { maxLineBytes: 16, allowBareLf: true },
    ],
    ['maxLineBytes 16 behind an empty line', '\r\n', getOf(17).slice(0, 16), { maxLineBytes: 16 }],
    [
      'maxLineBytes before maxBytes where both are reached',
      '',
      getOf(17).slice(0, 16),
      { maxLineBytes: 16, maxBytes: 16 },
    ],
    ['maxLineBytes 3 and a method', '', 'GET', { maxLineBytes: 3 }],
    ['maxLineBytes 1', '', 'G', { maxLineBytes: 1 }],
    ['maxLineBytes 0', '', '', { maxLineBytes: 0 }],
    ['maxLineBytes 16384 said', GET + HOST, fieldOf(16385).slice(0, 16384), { maxLineBytes: 16384 }],
  ]),
  ...refused('http.head.limit', 'RFC 9110 5.4 (limits of a server; here 65536)', [
    ['one byte too long: within the empty line', headOf(65537).slice(0, 65535), '\r'],
    ['two bytes too long: before the empty line', headOf(65538).slice(0, 65536), ''],
    [
      'three bytes too long: within the last field',
      tooLong.slice(0, tooLong.lastIndexOf('Foo')),
      tooLong.slice(tooLong.lastIndexOf('Foo'), 65536),
    ],
    ['fields without an end', GET + fieldOf(8192).repeat(7), fieldOf(8192).slice(0, 65536 - 16 - 7 * 8192)],
    ['short fields without an end', GET + 'a: b\r\n'.repeat(10920), ''],
    ['short fields without an end, cut within one', GET + 'a: bcdefg\r\n'.repeat(5956), 'a: b'],
    ['maxBytes 0', '', '', { maxBytes: 0 }],
    ['maxBytes 1', '', 'G', { maxBytes: 1 }],
    ['maxBytes 3', '', 'GET', { maxBytes: 3 }],
    ['maxBytes 4', '', 'GET ', { maxBytes: 4 }],
    ['maxBytes 15, within the request line', '', GET_1_0.slice(0, 15), { maxBytes: 15 }],
    ['maxBytes 16, behind the request line', GET_1_0, '', { maxBytes: 16 }],
    ['maxBytes 17, within the empty line', GET_1_0, '\r', { maxBytes: 17 }],
    ['maxBytes 17, within a field', GET_1_0, 'H', { maxBytes: 17 }],
    ['maxBytes 34, within Host', GET, HOST.slice(0, 18), { maxBytes: 34 }],
    ['maxBytes 35, behind Host', GET + HOST, '', { maxBytes: 35 }],
    ['maxBytes 36, within the empty line', GET + HOST, '\r', { maxBytes: 36 }],
    ['maxBytes 2, behind an empty line', '\r\n', '', { maxBytes: 2 }],
    ['maxBytes 3, within a second empty line', '\r\n', '\r', { maxBytes: 3 }],
    ['maxBytes 16, and empty lines in front', '\r\n', GET_1_0.slice(0, 14), { maxBytes: 16 }],
    ['maxBytes 20, one byte too few for empty lines in front', '\r\n\r\nGET / HTTP/1.0\r\n', '', { maxBytes: 20 }],
    ['maxBytes 17 with LF alone', 'GET / HTTP/1.0\n', 'Fo', { maxBytes: 17, allowBareLf: true }],
    ['maxBytes 65535', headOf(65536).slice(0, 65534), '\r', { maxBytes: 65535 }],
    ['maxBytes 65536 said', headOf(65537).slice(0, 65535), '\r', { maxBytes: 65536 }],
    ['maxBytes less than maxLineBytes', GET, `Foo: ${'a'.repeat(79)}`, { maxBytes: 100, maxLineBytes: 1000 }],
    ['a control character in a line that does not fit', GET, 'Foo: \0', { maxBytes: 22 }],
  ]),
  // What the last byte within a limit decides is decided.
  ...refused('http.not_http', 'RFC 9112 3.1 (method)', [
    ['at the last byte of maxBytes', 'GE', 'X', { maxBytes: 3 }],
    ['at the last byte of maxLineBytes', 'GE', 'X', { maxLineBytes: 3 }],
  ]),
  ...refused('http.version.unsupported', 'RFC 9112 2.3 (HTTP-version)', [
    ['at the last byte of maxBytes', 'GET / ', 'HTTP/1.2\r\n', { maxBytes: 16 }],
    ['at the last byte of maxLineBytes', 'GET / ', 'HTTP/1.2\r\n', { maxLineBytes: 16 }],
  ]),
  ...refused('http.host.invalid', 'RFC 9112 3.2', [
    ['at the last byte of maxBytes', `${GET}Host: `, 'a,b\r\n', { maxBytes: 27 }],
    ['at the last byte of maxLineBytes', `${GET}Host: `, 'exam,ple\r\n', { maxLineBytes: 16 }],
  ]),
  ...refused('http.host.missing', 'RFC 9112 3.2 (a request of HTTP/1.1 must have Host)', [
    ['at the last byte of maxBytes', GET, END, { maxBytes: 18 }],
  ]),
];

/** The first line that breaks a rule decides, whatever follows it. */
const order: HttpRefusal[] = [
  ...refused('http.host.invalid', 'RFC 9112 3.2 (before what later lines do)', [
    ['before a second Host', `${GET}Host: `, 'a,b\r\n'],
    ['before a missing end', `${GET}Foo: bar\r\nHost: `, 'a@b\r\n'],
  ]),
  ...refused('http.field.name', 'RFC 9110 5.1 (before what the whole head lacks)', [
    ['before a missing Host', GET, 'Fo@o: bar\r\n'],
    ['before a Transfer-Encoding without chunked', `${POST}Transfer-Encoding: gzip\r\n`, 'Fo@o: bar\r\n'],
  ]),
];

export const httpRefusals: readonly HttpRefusal[] = [
  ...notHttp,
  ...requestLine,
  ...authority,
  ...lines,
  ...fields,
  ...hosts,
  ...bodies,
  ...limits,
  ...order,
];

// Acceptances

type AcceptanceText = readonly [
  title: string,
  head: string,
  value?: Partial<RequestHead>,
  options?: RequestHeadOptions,
];

function accepted(clause: string, rows: readonly AcceptanceText[]): HttpAcceptance[] {
  return rows.map(([title, head, value = {}, options]) => ({
    title,
    clause,
    head,
    value,
    ...(options && { options }),
  }));
}

/** A request for `/` with this Host. */
const withHost = (value: string): string => `${GET}Host: ${value}\r\n\r\n`;
/** A request for `/` on example.com with these field lines. */
const withFields = (...lines: readonly string[]): string =>
  `${GET}${HOST}${lines.map((line) => `${line}\r\n`).join('')}\r\n`;
/** A head of these lines. */
const sent = (...lines: readonly string[]): string => `${lines.join('\r\n')}\r\n\r\n`;
const none = { authority: undefined } as const;

const methods: HttpAcceptance[] = accepted(
  'RFC 9110 9 (methods)',
  httpMethods.map((method) =>
    method === 'CONNECT'
      ? [method, `CONNECT example.com:443 HTTP/1.1\r\n${HOST}\r\n`, { authority: { host: 'example.com', port: 443 } }]
      : [method, `${method} / HTTP/1.1\r\n${HOST}\r\n`],
  ),
);

/** Forms of a target that go with all methods but CONNECT. */
const originForms: readonly string[] = [
  ...['/index.html', '/a/b?c=d&e', '//', '//example.org/', '/?', '/?/?', '/%00%ff', '/%', '/%zz', '/a:80', '/a@b'],
  ...['/http://example.org/', '/*', '/.', '/../..', '/"<>\\^`{|}', "/!$&'()*+,;=:@-._~", '/HTTP/1.1'],
  ...[`/${'a'.repeat(8000)}`],
];

const absoluteForms: readonly (readonly [
  target: string,
  authority: RequestHead['authority'],
  hostDiffers?: boolean,
])[] = [
  ['http://example.com', { host: 'example.com' }],
  ['http://example.com/', { host: 'example.com' }],
  ['http://example.com/a?b=c', { host: 'example.com' }],
  ['http://example.com?b=c', { host: 'example.com' }],
  ['http://example.com?@example.org/', { host: 'example.com' }],
  ['http://example.com/@example.org:81/', { host: 'example.com' }],
  ['http://example.com//user@example.org', { host: 'example.com' }],
  ['http://EXAMPLE.com/', { host: 'example.com' }],
  ['http://example.com./', { host: 'example.com' }],
  ['HTTP://example.com/', { host: 'example.com' }],
  ['hTtP://example.com:80/', { host: 'example.com', port: 80 }],
  ['http://example.com:/', { host: 'example.com' }],
  ['http://example.com:', { host: 'example.com' }],
  ['http://example.com:?q', { host: 'example.com' }],
  ['http://example.com:80/', { host: 'example.com', port: 80 }],
  ['http://example.com:0080/', { host: 'example.com', port: 80 }],
  ['ws://example.com:80/', { host: 'example.com', port: 80 }],
  ['https://example.com/', { host: 'example.com' }],
  ['https://example.com:443/', { host: 'example.com', port: 443 }],
  ['wss://example.com:443/', { host: 'example.com', port: 443 }],
  ['ftp://example.com/', { host: 'example.com' }],
  ['a://example.com', { host: 'example.com' }],
  ['a+b-c.1://example.com/', { host: 'example.com' }],
  ['http://example.com:81/', { host: 'example.com', port: 81 }, true],
  ['http://example.com:0/', { host: 'example.com', port: 0 }, true],
  ['http://example.com:443/', { host: 'example.com', port: 443 }, true],
  ['https://example.com:80/', { host: 'example.com', port: 80 }, true],
  ['ws://example.com:443/', { host: 'example.com', port: 443 }, true],
  ['wss://example.com:80/', { host: 'example.com', port: 80 }, true],
  ['http://example.org/', { host: 'example.org' }, true],
  ['http://www.example.com/', { host: 'www.example.com' }, true],
  ['http://192.0.2.1/', { host: '192.0.2.1' }, true],
  ['http://192.0.2.1:8080/', { host: '192.0.2.1', port: 8080 }, true],
  ['http://[2001:DB8::1]/', { host: '2001:db8::1' }, true],
  ['http://[2001:db8:0:0:0:0:0:1]:8080', { host: '2001:db8::1', port: 8080 }, true],
  ['http://[::ffff:192.0.2.1]:/', { host: '::ffff:192.0.2.1' }, true],
  ['http://a/', { host: 'a' }, true],
  ['http://_a-b.example/', { host: '_a-b.example' }, true],
];

const targets: HttpAcceptance[] = [
  ...accepted(
    'RFC 9112 3.2.1 (origin-form)',
    originForms.flatMap((target) =>
      ['GET', 'POST', 'OPTIONS', 'PROPFIND'].map(
        (method) => [`${method} ${shown(target)}`, `${method} ${target} HTTP/1.1\r\n${HOST}\r\n`] as const,
      ),
    ),
  ),
  ...accepted(
    'RFC 9112 3.2.2 (absolute-form: the target wins)',
    absoluteForms.flatMap(([target, authority, hostDiffers = false]) =>
      ['GET', 'POST', 'OPTIONS', 'TRACE'].map(
        (method) =>
          [`${method} ${target}`, `${method} ${target} HTTP/1.1\r\n${HOST}\r\n`, { authority, hostDiffers }] as const,
      ),
    ),
  ),
  ...accepted('RFC 9112 3.2.2 (absolute-form: whether Host names another)', [
    ...(
      [
        ['http://example.com/', 'example.com:80', false],
        ['http://example.com/', 'EXAMPLE.COM.', false],
        ['http://example.com/', 'example.com:', false],
        ['http://example.com/', 'example.com:0080', false],
        ['http://example.com/', 'example.com:8080', true],
        ['http://example.com/', 'example.com:443', true],
        ['http://example.com/', 'example.com:0', true],
        ['http://example.com/', 'www.example.com', true],
        ['http://example.com/', '192.0.2.1', true],
        ['http://example.com/', '[::1]', true],
        ['http://example.com/', '', true],
        ['ws://example.com/', 'example.com:80', false],
        ['HTTP://example.com/', 'example.com:80', false],
        ['https://example.com/', 'example.com:443', false],
        ['HTTPS://example.com/', 'example.com:443', false],
        ['https://example.com/', 'example.com:80', true],
        ['wss://example.com/', 'example.com:443', false],
        ['ftp://example.com/', 'example.com:21', true],
      ] as const
    ).map(
      ([target, host, hostDiffers]) =>
        [`${target}, Host ${shown(host)}`, `GET ${target} HTTP/1.1\r\nHost: ${host}\r\n\r\n`, { hostDiffers }] as const,
    ),
    [
      'a port, and Host with the same',
      'GET http://example.com:8080/ HTTP/1.1\r\nHost: example.com:8080\r\n\r\n',
      { authority: { host: 'example.com', port: 8080 } },
    ],
    [
      'an unknown scheme with a port, and Host with the same',
      'GET ftp://example.com:21/ HTTP/1.1\r\nHost: example.com:21\r\n\r\n',
      { authority: { host: 'example.com', port: 21 } },
    ],
    [
      'one address in two texts',
      'GET http://[2001:DB8::1]/ HTTP/1.1\r\nHost: [2001:db8:0::1]:80\r\n\r\n',
      { authority: { host: '2001:db8::1' } },
    ],
    [
      'an address, and the same mapped into IPv6',
      'GET http://192.0.2.1/ HTTP/1.1\r\nHost: [::ffff:192.0.2.1]\r\n\r\n',
      { authority: { host: '192.0.2.1' }, hostDiffers: true },
    ],
    ['HTTP/1.0 without Host', 'GET http://example.com/ HTTP/1.0\r\n\r\n'],
    [
      'HTTP/1.0 without Host, of another port',
      'GET http://example.com:81/ HTTP/1.0\r\n\r\n',
      { authority: { host: 'example.com', port: 81 } },
    ],
    [
      'HTTP/1.0 with another Host',
      'GET http://example.com/ HTTP/1.0\r\nHost: example.org\r\n\r\n',
      { hostDiffers: true },
    ],
    ['HTTP/1.0 with an empty Host', 'GET http://example.com/ HTTP/1.0\r\nHost:\r\n\r\n', { hostDiffers: true }],
  ]),
  ...accepted('RFC 9110 9.3.6 (a CONNECT has no content)', [
    [
      'and says so, as some clients do',
      `CONNECT example.com:443 HTTP/1.1\r\n${HOST}Content-Length: 0\r\n\r\n`,
      { authority: { host: 'example.com', port: 443 } },
    ],
  ]),
  ...accepted('RFC 9112 3.2.3 (authority-form: the target wins)', [
    ...(
      [
        ['example.com:443', 'example.com:443', { host: 'example.com', port: 443 }, false],
        ['example.com:443', 'example.com:', { host: 'example.com', port: 443 }, false],
        ['example.com:443', 'EXAMPLE.com.:443', { host: 'example.com', port: 443 }, false],
        ['example.com:443', 'example.com:80', { host: 'example.com', port: 443 }, true],
        ['example.com:443', 'example.org', { host: 'example.com', port: 443 }, true],
        ['example.com:443', 'example.org:443', { host: 'example.com', port: 443 }, true],
        ['example.com:443', '', { host: 'example.com', port: 443 }, true],
        ['EXAMPLE.COM.:443', 'example.com', { host: 'example.com', port: 443 }, false],
        ['example.com:1', 'example.com:1', { host: 'example.com', port: 1 }, false],
        ['example.com:65535', 'example.com', { host: 'example.com', port: 65535 }, false],
        ['example.com:00443', 'example.com', { host: 'example.com', port: 443 }, false],
        ['192.0.2.1:25', '192.0.2.1:25', { host: '192.0.2.1', port: 25 }, false],
        ['[2001:DB8::1]:443', '[2001:db8::1]', { host: '2001:db8::1', port: 443 }, false],
        ['[::1]:443', '[::1]:444', { host: '::1', port: 443 }, true],
        ['localhost:8080', 'localhost', { host: 'localhost', port: 8080 }, false],
      ] as const
    ).map(
      ([target, host, authority, hostDiffers]) =>
        [
          `${target}, Host ${shown(host)}`,
          `CONNECT ${target} HTTP/1.1\r\nHost: ${host}\r\n\r\n`,
          { authority, hostDiffers },
        ] as const,
    ),
    [
      'HTTP/1.0 without Host',
      'CONNECT example.com:443 HTTP/1.0\r\n\r\n',
      { authority: { host: 'example.com', port: 443 } },
    ],
    [
      'HTTP/1.0 with another Host',
      'CONNECT example.com:443 HTTP/1.0\r\nHost: example.org\r\n\r\n',
      { authority: { host: 'example.com', port: 443 }, hostDiffers: true },
    ],
  ]),
  ...accepted('RFC 9112 3.2.4 (asterisk-form: the authority from Host)', [
    ['OPTIONS *', `OPTIONS * HTTP/1.1\r\n${HOST}\r\n`],
    [
      'OPTIONS * with a port',
      'OPTIONS * HTTP/1.1\r\nHost: example.com:8080\r\n\r\n',
      { authority: { host: 'example.com', port: 8080 } },
    ],
    ['OPTIONS * with an empty Host', 'OPTIONS * HTTP/1.1\r\nHost:\r\n\r\n', none],
    ['OPTIONS * in HTTP/1.0', 'OPTIONS * HTTP/1.0\r\n\r\n', none],
    ['OPTIONS * in HTTP/1.0 with Host', `OPTIONS * HTTP/1.0\r\n${HOST}\r\n`],
  ]),
];

const hostFields: HttpAcceptance[] = [
  ...accepted('RFC 9110 7.2 (Host, in one normal form with SNI)', [
    ...(
      [
        ['www.example.com', { host: 'www.example.com' }],
        ['EXAMPLE.COM', { host: 'example.com' }],
        ['example.com.', { host: 'example.com' }],
        ['example.com.:80', { host: 'example.com', port: 80 }],
        ['example.com:', { host: 'example.com' }],
        ['example.com:0', { host: 'example.com', port: 0 }],
        ['example.com:1', { host: 'example.com', port: 1 }],
        ['example.com:80', { host: 'example.com', port: 80 }],
        ['example.com:443', { host: 'example.com', port: 443 }],
        ['example.com:65535', { host: 'example.com', port: 65535 }],
        ['example.com:0080', { host: 'example.com', port: 80 }],
        [`example.com:${'0'.repeat(400)}80`, { host: 'example.com', port: 80 }],
        ['localhost', { host: 'localhost' }],
        ['localhost:3000', { host: 'localhost', port: 3000 }],
        ['a', { host: 'a' }],
        ['_dmarc.example.com', { host: '_dmarc.example.com' }],
        ['my_host', { host: 'my_host' }],
        ['-a-.example', { host: '-a-.example' }],
        ['xn--bcher-kva.example', { host: 'xn--bcher-kva.example' }],
        ['3com.1.example', { host: '3com.1.example' }],
        ['127.0.0.1.nip.io', { host: '127.0.0.1.nip.io' }],
        ['192.0.2.1', { host: '192.0.2.1' }],
        ['192.0.2.1.', { host: '192.0.2.1' }],
        ['192.0.2.1:8080', { host: '192.0.2.1', port: 8080 }],
        ['0.0.0.0', { host: '0.0.0.0' }],
        ['[::1]', { host: '::1' }],
        ['[::1]:', { host: '::1' }],
        ['[::1]:8080', { host: '::1', port: 8080 }],
        ['[::]', { host: '::' }],
        ['[2001:DB8::ABCD]', { host: '2001:db8::abcd' }],
        ['[2001:0db8:0000:0000:0000:0000:0000:0001]:65535', { host: '2001:db8::1', port: 65535 }],
        ['[::ffff:192.0.2.1]', { host: '::ffff:192.0.2.1' }],
        ['[::FFFF:C000:0201]:80', { host: '::ffff:192.0.2.1', port: 80 }],
        ['[64:ff9b::192.0.2.33]', { host: '64:ff9b::c000:221' }],
        [`${'a'.repeat(63)}.example`, { host: `${'a'.repeat(63)}.example` }],
        [`${'a.'.repeat(126)}a`, { host: `${'a.'.repeat(126)}a` }],
        [`${'A.'.repeat(127)}:80`, { host: `${'a.'.repeat(126)}a`, port: 80 }],
      ] as const
    ).map(([value, authority]) => [shown(value), withHost(value), { authority }] as const),
    ['in HTTP/1.0', `${GET_1_0}Host: Example.com:81\r\n\r\n`, { authority: { host: 'example.com', port: 81 } }],
  ]),
  ...accepted('RFC 9112 3.2 (an empty Host names nothing)', [
    ['empty', `${GET}Host:\r\n\r\n`, none],
    ['white space alone', `${GET}Host: \t \r\n\r\n`, none],
    ['empty in HTTP/1.0', `${GET_1_0}Host:\r\n\r\n`, none],
    ['missing in HTTP/1.0', `${GET_1_0}\r\n`, none],
    ['missing in HTTP/1.0 with other fields', `${GET_1_0}X-Host: example.com\r\n\r\n`, none],
  ]),
  ...accepted('RFC 9110 5.1 (names are case-insensitive)', [
    ['host', `${GET}host: example.com\r\n\r\n`],
    ['HOST', `${GET}HOST: example.com\r\n\r\n`],
    ['hOSt', `${GET}hOSt: example.com\r\n\r\n`],
    ['last of all', `${GET}Accept: */*\r\nFoo: bar\r\nHost: example.com\r\n\r\n`],
  ]),
  ...accepted('RFC 9112 5 (white space around the value)', [
    ['none', `${GET}Host:example.com\r\n\r\n`],
    ['tabs', `${GET}Host:\texample.com\t\r\n\r\n`],
    ['much', `${GET}Host: \t  example.com \t \r\n\r\n`],
    ['behind a port', `${GET}Host: example.com:80 \r\n\r\n`, { authority: { host: 'example.com', port: 80 } }],
  ]),
];

const fieldLines: HttpAcceptance[] = [
  ...accepted('RFC 9110 5.5 (field-value)', [
    ['empty', withFields('Foo:', 'Bar: ', 'Baz:\t')],
    ['white space within', withFields('Foo: a \t b')],
    ['a tab within', withFields('Foo:a\tb')],
    [
      'every byte beyond ASCII',
      withFields(`Foo: ${Array.from({ length: 128 }, (_, i) => String.fromCharCode(128 + i)).join('')}`),
    ],
    ['no-break spaces around it stay', withFields('Foo: \xa0a\xa0 ', 'Bar:\xa0')],
    ['NEL around it stays', withFields('Foo: \x85a\x85')],
    [
      'every visible character',
      withFields(`Foo: ${Array.from({ length: 94 }, (_, i) => String.fromCharCode(33 + i)).join('')}`),
    ],
    ['colons', withFields('Foo::', 'Bar: :', 'Baz: a:b: c')],
    ['UTF-8', withFields('Foo: b\xc3\xbccher')],
    ['a field of 16384 bytes', `${GET}${HOST}${fieldOf(16384)}\r\n`],
    ['what looks like a request', withFields('Foo: GET / HTTP/1.1')],
  ]),
  ...accepted('RFC 9110 5.6.2 (token)', [
    ['every character of a token', withFields("!#$%&'*+-.^_`|~0123456789ABCXYZabcxyz: a")],
    ['one character', withFields('!: a', '0: b', '~:')],
    ['names that objects have', withFields('__proto__: a', 'constructor: b', 'toString: c', 'hasOwnProperty: d')],
    ['the same name often, in order', withFields('Foo: a', 'foo: b', 'FOO: c', 'Foo: a')],
    ['a name of 16000 characters', withFields(`${'a'.repeat(16000)}: b`)],
  ]),
  ...accepted('RFC 9110 8.6 (Content-Length)', [
    ...['0', '5', '00', '007', '9007199254740991', '0009007199254740991', `${'0'.repeat(400)}1`].map(
      (value) => [value.length > 30 ? shown(value) : value, `${POST}Content-Length: ${value}\r\n\r\n`] as const,
    ),
    ['no white space in front', `${POST}Content-Length:5\r\n\r\n`],
    ['white space on both sides', `${POST}Content-Length:\t 5 \t\r\n\r\n`],
    ['with GET', withFields('Content-Length: 5')],
    ['in HTTP/1.0', `${POST_1_0}Content-Length: 5\r\n\r\n`],
    [
      'with CONNECT',
      'CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\nContent-Length: 0\r\n\r\n',
      { authority: { host: 'example.com', port: 443 } },
    ],
  ]),
  ...accepted('RFC 9112 6.3 (the same Content-Length again)', [
    ['twice', `${POST}Content-Length: 5\r\nContent-Length: 5\r\n\r\n`],
    ['twice, with zeros in front', `${POST}Content-Length: 5\r\nContent-Length: 005\r\n\r\n`],
    ['0 and 00', `${POST}Content-Length: 0\r\ncontent-length: 00\r\n\r\n`],
    ['three times', `${POST}Content-Length: 5\r\nFoo: bar\r\nContent-Length: 5\r\nCONTENT-LENGTH: 5\r\n\r\n`],
  ]),
  ...accepted('RFC 9112 6.1, 7 (Transfer-Encoding)', [
    ['chunked', `${POST}Transfer-Encoding: chunked\r\n\r\n`],
    ['Chunked', `${POST}Transfer-Encoding: Chunked\r\n\r\n`],
    ['CHUNKED, and a name in lower case', `${POST}transfer-encoding:CHUNKED\r\n\r\n`],
    ['gzip, chunked', `${POST}Transfer-Encoding: gzip, chunked\r\n\r\n`],
    ['three codings', `${POST}Transfer-Encoding: compress,deflate ,\tchunked\r\n\r\n`],
    ['parameters of another coding', `${POST}Transfer-Encoding: foo;a=b;c="d", chunked\r\n\r\n`],
    ['white space around a semicolon', `${POST}Transfer-Encoding: foo \t; \tlevel=best, chunked\r\n\r\n`],
    ['parameters in quotes', `${POST}Transfer-Encoding: foo;a="b c";d="", chunked\r\n\r\n`],
    ['two fields', `${POST}Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n`],
    [
      'two fields with others between',
      `${POST}Transfer-Encoding: gzip, deflate\r\nFoo: bar\r\nTransfer-Encoding: chunked\r\n\r\n`,
    ],
    ['chunked twice of another name', `${POST}Transfer-Encoding: xchunked, chunked\r\n\r\n`],
    ['white space behind chunked', `${POST}Transfer-Encoding: chunked \t\r\n\r\n`],
    ['with GET', withFields('Transfer-Encoding: chunked')],
    ['before Host', 'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nHost: example.com\r\n\r\n'],
  ]),
  ...accepted('RFC 9110 5.6.1.2 (empty elements of a list)', [
    ['before chunked', `${POST}Transfer-Encoding: , chunked\r\n\r\n`],
    ['between codings', `${POST}Transfer-Encoding: gzip, ,, chunked\r\n\r\n`],
    ['behind chunked', `${POST}Transfer-Encoding: chunked, ,\r\n\r\n`],
    ['an empty field before', `${POST}Transfer-Encoding:\r\nTransfer-Encoding: chunked\r\n\r\n`],
    ['an empty field behind', `${POST}Transfer-Encoding: chunked\r\nTransfer-Encoding:\r\n\r\n`],
    ['a field of an empty element behind', `${POST}Transfer-Encoding: chunked\r\nTransfer-Encoding: ,\r\n\r\n`],
  ]),
];

/** What makes a WebSocket handshake, line by line; undefined leaves a line out. */
const webSocketLines = {
  requestLine: 'GET /chat HTTP/1.1',
  host: 'Host: example.com',
  upgrade: 'Upgrade: websocket',
  connection: 'Connection: Upgrade',
  key: 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  version: 'Sec-WebSocket-Version: 13',
};
const webSocket = (changes: { readonly [Line in keyof typeof webSocketLines]?: string | undefined } = {}): string =>
  `${Object.values({ ...webSocketLines, ...changes })
    .filter((line) => line !== undefined)
    .join('\r\n')}\r\n\r\n`;
const yes = { upgrade: ['websocket'], webSocket: true };
const no = { upgrade: ['websocket'], webSocket: false };
const notUpgrading = { upgrade: [], webSocket: false };

const upgrades: HttpAcceptance[] = [
  ...accepted('RFC 9110 7.8 (Upgrade)', [
    [
      'h2c',
      withFields('Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA'),
      { upgrade: ['h2c'] },
    ],
    [
      'as sent',
      withFields('Connection: upgrade', 'Upgrade: HTTP/2.0, SHTTP/1.3, IRC/6.9, RTA/x11'),
      { upgrade: ['HTTP/2.0', 'SHTTP/1.3', 'IRC/6.9', 'RTA/x11'] },
    ],
    ['in upper case', withFields('CONNECTION: UPGRADE', 'UPGRADE: TLS/1.0'), { upgrade: ['TLS/1.0'] }],
    ['no white space', withFields('Connection:upgrade', 'Upgrade:a,b'), { upgrade: ['a', 'b'] }],
    ['much white space', withFields('Connection: \t upgrade\t', 'Upgrade: \ta \t,\t b '), { upgrade: ['a', 'b'] }],
    ['empty elements', withFields('Connection: ,, upgrade,', 'Upgrade: , a,, b,'), { upgrade: ['a', 'b'] }],
    ['nothing to upgrade to', withFields('Connection: upgrade', 'Upgrade:'), { upgrade: [] }],
    [
      'two Upgrade fields',
      withFields('Connection: upgrade', 'Upgrade: a', 'Upgrade: b, c'),
      { upgrade: ['a', 'b', 'c'] },
    ],
    [
      'two Connection fields',
      withFields('Connection: keep-alive', 'Upgrade: a', 'Connection: upgrade'),
      { upgrade: ['a'] },
    ],
    ['Connection behind', withFields('Upgrade: a', 'Connection: upgrade'), { upgrade: ['a'] }],
    ['one of many options', withFields('Connection: keep-alive, foo,Upgrade , bar', 'Upgrade: a'), { upgrade: ['a'] }],
    ['the same twice', withFields('Connection: upgrade', 'Upgrade: a, a'), { upgrade: ['a', 'a'] }],
    [
      'POST',
      `POST / HTTP/1.1\r\n${HOST}Connection: upgrade\r\nUpgrade: a\r\nContent-Length: 0\r\n\r\n`,
      { upgrade: ['a'] },
    ],
    [
      'of a request with a body',
      `POST / HTTP/1.1\r\n${HOST}Connection: upgrade\r\nUpgrade: a\r\nContent-Length: 5\r\n\r\n`,
      { upgrade: ['a'] },
    ],
    ['OPTIONS *', `OPTIONS * HTTP/1.1\r\n${HOST}Connection: upgrade\r\nUpgrade: h2c\r\n\r\n`, { upgrade: ['h2c'] }],
    ['without Connection', withFields('Upgrade: h2c')],
    ['Connection lists another option', withFields('Connection: keep-alive', 'Upgrade: h2c')],
    ['Connection lists the protocol', withFields('Connection: h2c', 'Upgrade: h2c')],
    ['Connection lists a longer word', withFields('Connection: upgraded, xupgrade, upgrade-insecure', 'Upgrade: h2c')],
    ['Connection with upgrade in two words', withFields('Connection: keep-alive upgrade', 'Upgrade: h2c')],
    ['an empty Connection', withFields('Connection:', 'Upgrade: h2c')],
    ['Connection alone', withFields('Connection: upgrade')],
    ['another field with a name as long as Connection', withFields('User-Agent: upgrade', 'Upgrade: h2c')],
    ['another field with a name as long as Upgrade', withFields('Connection: upgrade', 'Referer: h2c')],
    ['Upgrade-Insecure-Requests', withFields('Connection: upgrade', 'Upgrade-Insecure-Requests: 1')],
    ['Proxy-Connection', withFields('Proxy-Connection: upgrade', 'Upgrade: h2c')],
    ['HTTP/1.0', `${GET_1_0}${HOST}Connection: upgrade\r\nUpgrade: h2c\r\n\r\n`],
    ['HTTP/1.0 without Host', `${GET_1_0}Connection: upgrade\r\nUpgrade: h2c\r\n\r\n`, none],
  ]),
  ...accepted('RFC 6455 4.2.1 (WebSocket handshake)', [
    [
      'that of section 1.3',
      sent(
        'GET /chat HTTP/1.1',
        'Host: server.example.com',
        'Upgrade: websocket',
        'Connection: Upgrade',
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
        'Origin: http://example.com',
        'Sec-WebSocket-Protocol: chat, superchat',
        'Sec-WebSocket-Version: 13',
      ),
      { ...yes, authority: { host: 'server.example.com' } },
    ],
    ['the least', webSocket(), yes],
    [
      'everything in lower case',
      webSocket({
        host: 'host: example.com',
        upgrade: 'upgrade: websocket',
        connection: 'connection: upgrade',
        key: 'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==',
        version: 'sec-websocket-version: 13',
      }),
      yes,
    ],
    [
      'names in upper case',
      webSocket({ key: 'SEC-WEBSOCKET-KEY: dGhlIHNhbXBsZSBub25jZQ==', version: 'SEC-WEBSOCKET-VERSION: 13' }),
      yes,
    ],
    ['WebSocket', webSocket({ upgrade: 'Upgrade: WebSocket' }), { upgrade: ['WebSocket'], webSocket: true }],
    ['WEBSOCKET', webSocket({ upgrade: 'Upgrade: WEBSOCKET' }), { upgrade: ['WEBSOCKET'], webSocket: true }],
    [
      'one of two protocols',
      webSocket({ upgrade: 'Upgrade: h2c, websocket' }),
      { upgrade: ['h2c', 'websocket'], webSocket: true },
    ],
    [
      'in the second field',
      webSocket({ upgrade: 'Upgrade: h2c\r\nUpgrade: websocket' }),
      { upgrade: ['h2c', 'websocket'], webSocket: true },
    ],
    ['keep-alive, Upgrade', webSocket({ connection: 'Connection: keep-alive, Upgrade' }), yes],
    [
      'white space around',
      webSocket({ key: 'Sec-WebSocket-Key:\tdGhlIHNhbXBsZSBub25jZQ== ', version: 'Sec-WebSocket-Version:13\t' }),
      yes,
    ],
    ['a key of zeros', webSocket({ key: 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==' }), yes],
    ['a key of ones', webSocket({ key: 'Sec-WebSocket-Key: /////////////////////w==' }), yes],
    ['a key with + and /', webSocket({ key: 'Sec-WebSocket-Key: +/+/+/+/+/+/+/+/+/+/+A==' }), yes],
    ['an absolute-form', webSocket({ requestLine: 'GET ws://example.com/chat HTTP/1.1' }), yes],
    ['an absolute-form of http', webSocket({ requestLine: 'GET http://example.com/chat HTTP/1.1' }), yes],
    ['POST', webSocket({ requestLine: 'POST /chat HTTP/1.1' }), no],
    ['HEAD', webSocket({ requestLine: 'HEAD /chat HTTP/1.1' }), no],
    [
      'CONNECT',
      webSocket({ requestLine: 'CONNECT example.com:80 HTTP/1.1' }),
      { ...no, authority: { host: 'example.com', port: 80 } },
    ],
    ['HTTP/1.0', webSocket({ requestLine: 'GET /chat HTTP/1.0' }), notUpgrading],
    ['no Upgrade', webSocket({ upgrade: undefined }), notUpgrading],
    ['an empty Upgrade', webSocket({ upgrade: 'Upgrade:' }), notUpgrading],
    ['another Upgrade', webSocket({ upgrade: 'Upgrade: h2c' }), { upgrade: ['h2c'] }],
    ['a longer word', webSocket({ upgrade: 'Upgrade: websockets' }), { upgrade: ['websockets'] }],
    ['a version of the protocol', webSocket({ upgrade: 'Upgrade: websocket/13' }), { upgrade: ['websocket/13'] }],
    ['no Connection', webSocket({ connection: undefined }), notUpgrading],
    ['another Connection', webSocket({ connection: 'Connection: keep-alive' }), notUpgrading],
    ['Connection: websocket', webSocket({ connection: 'Connection: websocket' }), notUpgrading],
    ['no version', webSocket({ version: undefined }), no],
    ['an empty version', webSocket({ version: 'Sec-WebSocket-Version:' }), no],
    ['two versions', webSocket({ version: `${webSocketLines.version}\r\nSec-WebSocket-Version: 8` }), no],
    ...['8', '7', '0', '14', '130', '013', '13.0', '+13', '13, 8', '8, 13', 'x', '1 3', '"13"'].map(
      (version) => [`version ${version}`, webSocket({ version: `Sec-WebSocket-Version: ${version}` }), no] as const,
    ),
    ['no key', webSocket({ key: undefined }), no],
    ['an empty key', webSocket({ key: 'Sec-WebSocket-Key:' }), no],
    [
      'two keys',
      webSocket({ key: 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==' }),
      no,
    ],
    [
      'a key twice',
      webSocket({ key: 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==' }),
      no,
    ],
    [
      'a key, and an empty one',
      webSocket({ key: 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Key:' }),
      no,
    ],
    ...[
      ...['dGhlIHNhbXBsZSBub25jZQ', 'dGhlIHNhbXBsZSBub25jZQ=', 'dGhlIHNhbXBsZSBub25jZQ===', 'dGhlIHNhbXBsZSBub25j'],
      ...['dGhlIHNhbXBsZSBub25jZQAA'],
      ...['dGhlIHNhbXBsZSBub25jZQA=', 'dGhlIHNhbXBsZSBub25j====', 'dGhlIHNhbXBsZSBub25jZ==='],
      ...['dGhl IHNhbXBsZSBub25jZQ==', 'dGhlIHNhbXBsZSBub25j-Q=='],
      ...['dGhlIHNhbXBsZSBub25jZ_==', 'dGhlIHNhbXBsZS=ub25jZQ==', '=GhlIHNhbXBsZSBub25jZQ=='],
      ...['dGhlIHNhbXBsZSBub25jZQ==, a', 'a'],
      ...['"dGhlIHNhbXBsZSBub25jZQ=="', 'dGhlIHNhbXBsZSBub25jZ\xe9==', 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=='],
      ...['AAAAAAAAAAAAAAAAAAAA=='],
    ].map((key) => [`the key ${shown(key)}`, webSocket({ key: `Sec-WebSocket-Key: ${key}` }), no] as const),
  ]),
];

const bareLf = { allowBareLf: true };

const lineEnds: HttpAcceptance[] = [
  ...accepted('RFC 9112 2.2 (LF alone, where it is allowed)', [
    ['every line', 'GET / HTTP/1.1\nHost: example.com\nFoo: bar\n\n', {}, bareLf],
    ['the request line', 'GET / HTTP/1.1\nHost: example.com\r\n\r\n', {}, bareLf],
    ['a field', 'GET / HTTP/1.1\r\nHost: example.com\n\r\n', {}, bareLf],
    ['the empty line', 'GET / HTTP/1.1\r\nHost: example.com\r\n\n', {}, bareLf],
    ['no line', 'GET / HTTP/1.1\r\nHost: example.com\r\n\r\n', {}, bareLf],
    ['one empty line in front', '\nGET / HTTP/1.1\nHost: example.com\n\n', {}, bareLf],
    ['two empty lines in front', '\n\nGET / HTTP/1.1\nHost: example.com\n\n', {}, bareLf],
    ['two empty lines in front, mixed', '\n\r\nGET / HTTP/1.1\nHost: example.com\n\n', {}, bareLf],
    ['two empty lines in front, mixed the other way', '\r\n\nGET / HTTP/1.1\nHost: example.com\n\n', {}, bareLf],
    ['white space behind a value', 'GET / HTTP/1.1\nHost: example.com \t\nFoo: \n\n', {}, bareLf],
    ['an empty Host', 'GET / HTTP/1.1\nHost:\n\n', none, bareLf],
    ['HTTP/1.0', 'GET / HTTP/1.0\n\n', none, bareLf],
    [
      'CONNECT',
      'CONNECT example.com:443 HTTP/1.1\nHost: example.com\n\n',
      { authority: { host: 'example.com', port: 443 } },
      bareLf,
    ],
    ['a WebSocket handshake', webSocket().replaceAll('\r\n', '\n'), yes, bareLf],
  ]),
  ...accepted('RFC 9112 2.2 (empty lines before the request line)', [
    ['one', `\r\n${GET}${HOST}\r\n`],
    ['two', `\r\n\r\n${GET}${HOST}\r\n`],
    ['two and HTTP/1.0', `\r\n\r\n${GET_1_0}\r\n`, none],
    ['one and the longest method', `\r\nUPDATEREDIRECTREF / HTTP/1.1\r\n${HOST}\r\n`],
  ]),
  ...(
    [
      ['another request', `${GET}${HOST}\r\n`],
      ['a body', 'Host: b.example\r\n\r\n'],
      ['an empty line', '\r\n'],
      ['NUL', '\0'],
    ] as const
  ).map(([title, rest]) => ({
    title,
    clause: 'RFC 9112 2.1 (the head ends at the empty line, whatever follows)',
    head: `${GET}${HOST}\r\n${rest}`,
    value: {},
    size: GET.length + HOST.length + 2,
  })),
];

const withinLimits: HttpAcceptance[] = [
  ...accepted('RFC 9112 3 (lines of 16384 bytes)', [
    ['a request line of 16384 bytes', `${getOf(16384)}${HOST}\r\n`],
    ['a request line of 16384 bytes behind empty lines', `\r\n\r\n${getOf(16384)}${HOST}\r\n`],
    ['two fields of 16384 bytes', `${GET}${HOST}${fieldOf(16384).repeat(2)}\r\n`],
    ['LF alone as byte 16384', `${getOf(16385).slice(0, -2)}\n${HOST}\r\n`, {}, bareLf],
    [
      'maxLineBytes 17',
      `${getOf(17)}Host: b.example\r\n\r\n`,
      { authority: { host: 'b.example' } },
      { maxLineBytes: 17 },
    ],
    ['maxLineBytes 16', `${GET_1_0}\r\n`, none, { maxLineBytes: 16 }],
    ['maxLineBytes 15 with LF alone', 'GET / HTTP/1.0\n\n', none, { maxLineBytes: 15, allowBareLf: true }],
    ['maxLineBytes 20000', `${GET}${HOST}${fieldOf(20000)}\r\n`, {}, { maxLineBytes: 20000 }],
    ['maxLineBytes Infinity', `${GET}${HOST}${fieldOf(65000)}\r\n`, {}, { maxLineBytes: Infinity }],
    ['maxLineBytes 20.9', `${GET}Host: a\r\n\r\n`, { authority: { host: 'a' } }, { maxLineBytes: 20.9 }],
  ]),
  ...accepted('RFC 9110 5.4 (heads of 65536 bytes)', [
    ['65536 bytes', headOf(65536)],
    ['65535 bytes', headOf(65535)],
    ['many fields', `${GET}${HOST}${'a: b\r\n'.repeat(10000)}\r\n`],
    ['maxBytes 18', `${GET_1_0}\r\n`, none, { maxBytes: 18 }],
    ['maxBytes 37', `${GET}${HOST}\r\n`, {}, { maxBytes: 37 }],
    ['maxBytes 41 and empty lines in front', `\r\n\r\n${GET}${HOST}\r\n`, {}, { maxBytes: 41 }],
    ['maxBytes 100000', headOf(100000), {}, { maxBytes: 100000 }],
    ['maxBytes Infinity', headOf(100000), {}, { maxBytes: Infinity }],
    ['maxBytes 18.9', `${GET_1_0}\r\n`, none, { maxBytes: 18.9 }],
  ]),
  {
    title: 'maxBytes 37, and a body behind',
    clause: 'RFC 9110 5.4 (what is decided within a limit is no error)',
    head: `${GET}${HOST}\r\n${'x'.repeat(100)}`,
    options: { maxBytes: 37 },
    value: {},
    size: 37,
  },
];

const CHROMIUM =
  'User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36';

const local = { authority: { host: '127.0.0.1', port: 8080 } } as const;

/** As these programs send them, in part shortened, with other names and addresses. */
const real: HttpAcceptance[] = accepted('RFC 9112 2.1 (what real programs send)', [
  ['curl', sent('GET / HTTP/1.1', 'Host: 127.0.0.1:8080', 'User-Agent: curl/7.88.1', 'Accept: */*'), local],
  [
    'curl -d',
    sent(
      'POST / HTTP/1.1',
      'Host: 127.0.0.1:8080',
      'User-Agent: curl/7.88.1',
      'Accept: */*',
      'Content-Length: 3',
      'Content-Type: application/x-www-form-urlencoded',
    ),
    local,
  ],
  [
    'curl -x',
    sent(
      'GET http://www.example.com/ HTTP/1.1',
      'Host: www.example.com',
      'User-Agent: curl/7.88.1',
      'Accept: */*',
      'Proxy-Connection: Keep-Alive',
    ),
    { authority: { host: 'www.example.com' } },
  ],
  [
    'curl -x, https',
    sent(
      'CONNECT www.example.com:443 HTTP/1.1',
      'Host: www.example.com:443',
      'User-Agent: curl/7.88.1',
      'Proxy-Connection: Keep-Alive',
    ),
    { authority: { host: 'www.example.com', port: 443 } },
  ],
  [
    'curl --http2',
    sent(
      'GET / HTTP/1.1',
      'Host: 127.0.0.1:8080',
      'User-Agent: curl/7.88.1',
      'Accept: */*',
      'Connection: Upgrade, HTTP2-Settings',
      'Upgrade: h2c',
      'HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA',
    ),
    { authority: { host: '127.0.0.1', port: 8080 }, upgrade: ['h2c'] },
  ],
  [
    'curl --request-target *',
    sent('OPTIONS * HTTP/1.1', 'Host: 127.0.0.1:8080', 'User-Agent: curl/7.88.1', 'Accept: */*'),
    local,
  ],
  [
    'wget',
    sent(
      'GET / HTTP/1.1',
      'Host: [::1]:8080',
      'User-Agent: Wget/1.21.3',
      'Accept: */*',
      'Accept-Encoding: identity',
      'Connection: Keep-Alive',
    ),
    { authority: { host: '::1', port: 8080 } },
  ],
  [
    'Chromium',
    sent(
      'GET /page HTTP/1.1',
      'Host: localhost:8080',
      'Connection: keep-alive',
      'sec-ch-ua: "Not:A-Brand";v="8", "Chromium";v="156"',
      'sec-ch-ua-mobile: ?0',
      'sec-ch-ua-platform: "Linux"',
      'Upgrade-Insecure-Requests: 1',
      CHROMIUM,
      'Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8',
      'Sec-Fetch-Site: none',
      'Sec-Fetch-Mode: navigate',
      'Sec-Fetch-User: ?1',
      'Sec-Fetch-Dest: document',
      'Accept-Encoding: gzip, deflate, br, zstd',
      'Accept-Language: en-US,en;q=0.9',
    ),
    { authority: { host: 'localhost', port: 8080 } },
  ],
  [
    'a WebSocket of Chromium',
    sent(
      'GET /chat HTTP/1.1',
      'Host: localhost:8080',
      'Connection: Upgrade',
      'Pragma: no-cache',
      'Cache-Control: no-cache',
      CHROMIUM,
      'Upgrade: websocket',
      'Origin: http://localhost:8080',
      'Sec-WebSocket-Version: 13',
      'Accept-Encoding: gzip, deflate, br, zstd',
      'Accept-Language: en-US,en;q=0.9',
      'Sec-WebSocket-Key: lNM6ij2qy3n79bliea5bUQ==',
      'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits',
      'Sec-WebSocket-Protocol: chat',
    ),
    { ...yes, authority: { host: 'localhost', port: 8080 } },
  ],
  [
    'a WebSocket of Node',
    sent(
      'GET /chat HTTP/1.1',
      'host: 127.0.0.1:8080',
      'connection: upgrade',
      'upgrade: websocket',
      'sec-websocket-key: 3ZMNmu0lEOhaubXFWqVNYA==',
      'sec-websocket-version: 13',
      'sec-websocket-protocol: chat',
      'sec-websocket-extensions: permessage-deflate; client_max_window_bits',
      'accept: */*',
      'accept-language: *',
      'sec-fetch-mode: websocket',
      'user-agent: node',
      'pragma: no-cache',
      'cache-control: no-cache',
      'accept-encoding: gzip, deflate',
    ),
    { ...yes, ...local },
  ],
  [
    "Node's fetch",
    sent(
      'GET / HTTP/1.1',
      'host: 127.0.0.1:8080',
      'connection: keep-alive',
      'accept: */*',
      'accept-language: *',
      'sec-fetch-mode: cors',
      'user-agent: node',
      'accept-encoding: gzip, deflate',
    ),
    local,
  ],
  [
    "Node's fetch with a stream",
    sent(
      'POST / HTTP/1.1',
      'host: 127.0.0.1:8080',
      'connection: keep-alive',
      'accept: */*',
      'accept-language: *',
      'sec-fetch-mode: cors',
      'user-agent: node',
      'accept-encoding: gzip, deflate',
      'transfer-encoding: chunked',
    ),
    local,
  ],
  [
    "Node's http.request",
    sent('POST / HTTP/1.1', 'Host: 127.0.0.1:8080', 'Connection: keep-alive', 'Content-Length: 3'),
    local,
  ],
  [
    'Go',
    sent('GET / HTTP/1.1', 'Host: www.example.com', 'User-Agent: Go-http-client/1.1', 'Accept-Encoding: gzip'),
    { authority: { host: 'www.example.com' } },
  ],
  [
    'Python requests',
    sent(
      'GET / HTTP/1.1',
      'Host: 127.0.0.1:8080',
      'User-Agent: python-requests/2.34.2',
      'Accept-Encoding: gzip, deflate',
      'Accept: */*',
      'Connection: keep-alive',
    ),
    local,
  ],
  [
    'Python urllib',
    sent(
      'GET / HTTP/1.1',
      'Accept-Encoding: identity',
      'Host: 127.0.0.1:8080',
      'User-Agent: Python-urllib/3.11',
      'Connection: close',
    ),
    local,
  ],
  ["HAProxy's health check", sent('OPTIONS / HTTP/1.0'), none],
  [
    "HAProxy's health check with a Host",
    sent('GET /health HTTP/1.1', 'host: www.example.com', 'connection: close'),
    { authority: { host: 'www.example.com' } },
  ],
  ['ab', sent('GET / HTTP/1.0', 'Host: 127.0.0.1:8080', 'User-Agent: ApacheBench/2.3', 'Accept: */*'), local],
  [
    'nginx to a backend',
    sent('GET / HTTP/1.0', 'Host: my_backend', 'Connection: close', 'User-Agent: curl/7.88.1'),
    { authority: { host: 'my_backend' } },
  ],
  [
    'Icecast 2.4',
    sent(
      'SOURCE /stream.mp3 HTTP/1.0',
      'Authorization: Basic c291cmNlOmhhY2ttZQ==',
      'Content-Type: audio/mpeg',
      'ice-public: 0',
    ),
    none,
  ],
]);

export const httpAcceptances: readonly HttpAcceptance[] = [
  ...methods,
  ...targets,
  ...hostFields,
  ...fieldLines,
  ...upgrades,
  ...lineEnds,
  ...withinLimits,
  ...real,
];
