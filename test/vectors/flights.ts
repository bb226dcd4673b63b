/**
 * What begins a connection: the first bytes of real clients, recorded over loopback by a listener that said nothing
 * (of clients that wait for a greeting, what they send behind it), and what the specifications make of the rest.
 */
import { createHash } from 'node:crypto';
import { bytes, fromHex as hex, hello, message, realHellos, record, records, u16, u24, u32, vector16, vector8 } from './build.ts';
import type { Part } from './build.ts';

/** The first bytes that one side of a connection sends before it hears anything. */
export interface Flight {
  /** The name that a sniffer must give; undefined for flights of protocols that it does not know. */
  readonly protocol: string | undefined;
  /** What sends it, unique in its list: 'ssh of OpenSSH 9.2', 'GSSENCRequest', … */
  readonly title: string;
  /** 'recorded' from the program named in the title, or the specification and its section by which it was made. */
  readonly source: string;
  readonly bytes: Uint8Array;
}

/** Sent by the program that the title names. */
function recorded(protocol: string | undefined, title: string, ...parts: readonly Part[]): Flight {
  return { protocol, title, source: 'recorded', bytes: bytes(...parts) };
}

/** Written by a specification. */
function made(protocol: string, title: string, source: string, ...parts: readonly Part[]): Flight {
  return { protocol, title, source, bytes: bytes(...parts) };
}

/** Written by a specification, of a protocol that has no matcher. */
function foreign(title: string, source: string, ...parts: readonly Part[]): Flight {
  return { protocol: undefined, title, source, bytes: bytes(...parts) };
}

/** The lines of a head and the empty line behind it. */
export function head(...lines: readonly string[]): string {
  return [...lines, '', ''].join('\r\n');
}

export function u32le(value: number): number[] {
  return u32(value).reverse();
}

/** Parts behind their length in four bytes. */
export function vector32(...parts: readonly Part[]): Uint8Array {
  const data = bytes(...parts);
  return bytes(u32(data.length), data);
}

/** Parts behind a length of four bytes that counts itself. */
export function counted32(...parts: readonly Part[]): Uint8Array {
  const data = bytes(...parts);
  return bytes(u32(data.length + 4), data);
}

/** Bytes that look random and are always the same. */
function noise(length: number, seed: number): Uint8Array {
  const out = new Uint8Array(length);
  let state = seed;
  for (let at = 0; at < length; at++) {
    // Numerical Recipes' linear congruential generator, its highest byte.
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    out[at] = state >>> 24;
  }
  return out;
}

/** A BER element. `form` is the number of bytes that hold the length behind 0x80; 0 for the short form. */
export function ber(tag: number, form: 0 | 1 | 2 | 4, ...parts: readonly Part[]): Uint8Array {
  const data = bytes(...parts);
  const length = form === 0 ? [data.length] : [0x80 | form, ...u32(data.length).slice(4 - form)];
  return bytes(tag, length, data);
}

/** A TPKT that holds an X.224 Connection Request with this variable part. */
export function connectionRequest(...parts: readonly Part[]): Uint8Array {
  const data = bytes(...parts);
  return bytes([3, 0], u16(data.length + 11), data.length + 6, 0xe0, [0, 0], [0, 0], 0, data);
}

/** An MQTT CONNECT packet with everything behind its fixed header; its length has up to two bytes. */
export function mqttConnect(...parts: readonly Part[]): Uint8Array {
  const data = bytes(...parts);
  const length = data.length < 128 ? [data.length] : [(data.length & 0x7f) | 0x80, data.length >> 7];
  return bytes(0x10, length, data);
}

/** A FIX message with its body length and checksum. */
export function fix(beginString: string, fields: readonly string[]): string {
  const body = fields.map((field) => `${field}\x01`).join('');
  const text = `8=${beginString}\x019=${body.length}\x01${body}`;
  const sum = [...text].reduce((total, c) => total + c.charCodeAt(0), 0) % 256;
  return `${text}10=${String(sum).padStart(3, '0')}\x01`;
}

/** A Bitcoin message with its checksum, the first four bytes of its double SHA-256. */
export function bitcoin(magic: string, command: string, payload: Uint8Array): Uint8Array {
  const sha256 = (data: Uint8Array): Buffer => createHash('sha256').update(data).digest();
  const checksum = new Uint8Array(sha256(sha256(payload)).subarray(0, 4));
  return bytes(hex(magic), command.padEnd(12, '\0'), u32le(payload.length), checksum, payload);
}

/** A DNS query of one question, without the length that TCP puts in front. */
export function dnsQuery(name: readonly string[], type: number, flags = 0x0100, additional: readonly Part[] = []): Uint8Array {
  const labels = name.map((label) => vector8(label));
  const counts = [u16(1), u16(0), u16(0), u16(additional.length)];
  return bytes([0x1a, 0x2b], u16(flags), counts, labels, 0, u16(type), u16(1), additional);
}

/** An OPT record without options. */
export const opt: Uint8Array = hex('0000290200000000000000');

/** A name of the most bytes that one can have: 255 with its lengths. */
const longName = ['a', 'b', 'c'].map((c) => c.repeat(63)).concat('d'.repeat(61));
/** So many labels of one letter: 127 have as many bytes as a name can have. */
const labels = (count: number): string[] => new Array<string>(count).fill('a');

export function varint(value: number): number[] {
  const out: number[] = [];
  let rest = value >>> 0;
  for (; rest > 0x7f; rest >>>= 7) out.push((rest & 0x7f) | 0x80);
  return [...out, rest];
}

/** A Minecraft packet; its length has as many bytes as it needs. */
export function minecraft(...parts: readonly Part[]): Uint8Array {
  const data = bytes(...parts);
  return bytes(varint(data.length), data);
}

/** @param next the state to go to: 1 status, 2 login, 3 transfer */
function minecraftHandshake(version: number, host: string, next: number): Uint8Array {
  return minecraft(0, varint(version), varint(host.length), host, u16(25565), next);
}

function utf16(text: string): number[] {
  return [...text].flatMap((c) => u16(c.charCodeAt(0)));
}

/** A text of two bytes per character, behind the number of its characters. */
export function chars16(text: string): Uint8Array {
  return bytes(u16(text.length), utf16(text));
}

/** A text behind its length in decimal digits. */
export function octetCounted(text: string): string {
  return `${text.length} ${text}`;
}

/** A Kafka request. `clientId` null is what has no client id at all. */
export function kafka(key: number, version: number, clientId: string | null, ...body: readonly Part[]): Uint8Array {
  const id = clientId === null ? [0xff, 0xff] : vector16(clientId);
  return vector32(u16(key), u16(version), u32(1), id, body);
}

/** A Kafka compact string: its length is one more than its bytes. */
export function compact(text: string): Uint8Array {
  return bytes(text.length + 1, text);
}

/** The options of a Cassandra STARTUP. */
export function startupOptions(options: Readonly<Record<string, string>>): Uint8Array {
  const entries = Object.entries(options);
  return bytes(
    u16(entries.length),
    entries.map(([key, value]) => [vector16(key), vector16(value)]),
  );
}

/** A Cassandra frame of protocol version 3 and up. */
export function cassandra(version: number, flags: number, opcode: number, body: Part = []): Uint8Array {
  return bytes(version, flags, [0, 1], opcode, vector32(body));
}

/** A PROXY header version 2 with everything behind the signature but the length. */
function proxyV2(command: number, family: number, ...data: readonly Part[]): Uint8Array {
  return bytes('\r\n\r\n\0\r\nQUIT\n', command, family, vector16(...data));
}

const tcp4 = bytes([192, 0, 2, 1], [198, 51, 100, 1], u16(56324), u16(443));
const tcp6 = bytes(
  hex('20010db8000000000000000000000001'),
  hex('20010db8000000000000000000000002'),
  u16(56324),
  u16(443),
);

/** A DTLS record that holds a fragment of a ClientHello. */
export function dtlsHello(version: number, body: Uint8Array, fragment: number = body.length): Uint8Array {
  const part = bytes(1, u24(body.length), u16(0), u24(0), u24(fragment), body.subarray(0, fragment));
  return bytes(22, u16(version), u16(0), hex('000000000000'), vector16(part));
}

/** A ClientHello of DTLS 1.2: version, random, no session, no cookie, two cipher suites, no compression. */
export const dtlsBody: Uint8Array = bytes([0xfe, 0xfd], noise(32, 7), 0, 0, vector16(u16(0xc02b), u16(0xc02f)), vector8(0));

/** A QUIC long header packet, filled up with what stands for its protected payload. */
export function quic(first: number, version: string, destination: Uint8Array, size = 1200): Uint8Array {
  // No source connection id, no token, a length of two bytes.
  const begin = bytes(first, hex(version), vector8(destination), 0, 0);
  const rest = size - begin.length - 2;
  return bytes(begin, u16(0x4000 | rest), noise(rest, 9));
}

/** A STUN message with its cookie and a transaction id. */
export function stun(type: number, ...attributes: readonly Part[]): Uint8Array {
  const data = bytes(...attributes);
  return bytes(u16(type), u16(data.length), hex('2112a442'), noise(12, 3), data);
}

/** The `version` message of a Bitcoin node. */
export const bitcoinVersion: Uint8Array = bytes(
  u32le(70016),
  hex('0904000000000000'),
  hex('a1b2c35f00000000'),
  hex('010000000000000000000000000000000000ffff7f000001208d'),
  new Uint8Array(26),
  hex('1122334455667788'),
  vector8('/Satoshi:25.0.0/'),
  u32le(800000),
  1,
);

/** A search for the root of the directory, up to its filter. */
export const ldapSearch: Uint8Array = bytes(ber(4, 0), hex('0a0100'), hex('0a0100'), hex('020100'), hex('020100'), hex('010100'));
/** A filter that all entries pass. */
export const present: Uint8Array = ber(0x87, 0, 'objectClass');

const rfbVersions = ['003.003', '003.007', '003.889', '004.001'];
export const bitcoinNetworks: readonly [string, string][] = [
  ['main network', 'f9beb4d9'],
  ['testnet3', '0b110907'],
  ['testnet4', '1c163f28'],
  ['regtest', 'fabfb5da'],
  ['signet', '0a03cf40'],
];

const longPath = `/${'segment-'.repeat(500)}`;

export const flights: readonly Flight[] = [
  ...realHellos.map(({ client, flight }) => recorded('tls', `ClientHello of ${client}`, flight)),
  recorded(
    'tls', 'openssl s_client of OpenSSL 3.0',
    hex('160301013c010001380303ab62f39c1ebe2af52817e6502a7eb81b'), '}A~V',
    hex('d88a1407c45135124f2dedab20bc09b3465cd3b048405dab27912f77b42d42a61700c350c1104dc148f1984349003e130213'),
    hex('031301c02cc030009fcca9cca8ccaac02bc02f009ec024c028006bc023c0270067c00ac0140039c009c0130033009d009c00'),
    hex('3d003c0035002f00ff010000b100000014001200000f'), 'www.example.com',
    hex('000b000403000102000a00160014001d0017001e0019001801000101010201030104002300000016000000170000000d002a'),
    hex('0028040305030603080708080809080a080b080408050806040105010601030303010302040205020602002b000908030403'),
    hex('0303020301002d00020101003300260024001d0020dda82ba406622b690cfd55300c2015dae1776fed71ca46d283949f7d20'),
    hex('89cf02'),
  ),
  made('tls', 'first record of one byte', 'RFC 8446 5.1', records(message(), 1)),
  made('tls', 'records of seven bytes', 'RFC 8446 5.1', records(message(), 7)),
  made('tls', 'one record', 'RFC 8446 5.1', hello()),
  made(
    'tls', 'no extensions, as in SSL 3.0', 'RFC 6101 5.6.1.2',
    record(message({ extensions: undefined }), 22, 0x0300),
  ),
  made('tls', 'record version TLS 1.2', 'RFC 5246 6.2.1', record(message(), 22, 0x0303)),
  made('tls', 'record version TLS 1.3', 'RFC 8446 5.1', record(message(), 22, 0x0304)),
  made('tls', 'only the beginning of a hello in its first record', 'RFC 8446 5.1', record(message().subarray(0, 20))),

  recorded(
    'sslv2', 'sslscan 2.0',
    hex('8034010002001b000000100500800300800100800700c0080080060040040080020080000000000102030405060708090a0b'),
    hex('0c0d0e0f'),
  ),
  made(
    'sslv2', 'TLS 1.0 offered in a hello of SSL 2.0', 'RFC 5246 E.2',
    hex('802e0103010015000000100000040000050000'), hex('0a000009000064000062000003'), noise(16, 1),
  ),
  made(
    'sslv2', 'TLS 1.2 offered in a hello of SSL 2.0', 'RFC 5246 E.2',
    hex('8025010303000c0000001000002f0000350000050000ff'), noise(16, 2),
  ),
  made(
    'sslv2', 'SSL 2.0 with a session id and a long challenge', 'SSL 0.2 CLIENT-HELLO',
    hex('803f0100020006001000200700c0050080'), noise(48, 3),
  ),

  recorded(
    'http1', 'curl 7.88',
    'GET /index.html HTTP/1.1\r\nHost: 127.0.0.1:39969\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\n\r\n',
  ),
  recorded(
    'http1', 'curl 7.88, a path with escapes',
    'GET /gr%c3%b6%c3%9fe HTTP/1.1\r\nHost: 127.0.0.1:38415\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\n', '\r\n',
  ),
  recorded(
    'http1', 'curl 7.88 to a proxy',
    'GET http://example.com/a HTTP/1.1\r\nHost: example.com\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\n',
    'Proxy-Connection: Keep-Alive\r\n\r\n',
  ),
  recorded(
    'http1', 'curl 7.88, CONNECT',
    'CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\nUser-Agent: curl/7.88.1\r\n',
    'Proxy-Connection: Keep-Alive\r\n\r\n',
  ),
  recorded(
    'http1', 'curl 7.88, OPTIONS *',
    'OPTIONS * HTTP/1.1\r\nHost: 127.0.0.1:39631\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\n\r\n',
  ),
  recorded(
    'http1', 'curl 7.88, HTTP/1.0',
    'GET / HTTP/1.0\r\nHost: 127.0.0.1:45617\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\n\r\n',
  ),
  recorded(
    'http1', 'curl 7.88, asking to upgrade to HTTP/2',
    'GET / HTTP/1.1\r\nHost: 127.0.0.1:42369\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\n',
    'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n', '\r\n',
  ),
  recorded('http1', 'nc 1.219 of OpenBSD, CONNECT', 'CONNECT 192.0.2.1:80 HTTP/1.0\r\n\r\n'),
  recorded(
    'http1', 'wget 1.21',
    'GET / HTTP/1.1\r\nHost: 127.0.0.1:44439\r\nUser-Agent: Wget/1.21.3\r\nAccept: */*\r\n',
    'Accept-Encoding: identity\r\nConnection: Keep-Alive\r\n\r\n',
  ),
  recorded(
    'http1', 'node:http of Node.js 20',
    'GET / HTTP/1.1\r\nHost: 127.0.0.1:43685\r\nConnection: keep-alive\r\n\r\n',
  ),
  recorded(
    'http1', 'fetch of Node.js 20',
    'GET / HTTP/1.1\r\nhost: 127.0.0.1:44393\r\nconnection: keep-alive\r\naccept: */*\r\n',
    'accept-language: *\r\nsec-fetch-mode: cors\r\nuser-agent: node\r\naccept-encoding: gzip, deflate\r\n', '\r\n',
  ),
  recorded('http1', 'undici 7.30', 'GET / HTTP/1.1\r\nhost: 127.0.0.1:35913\r\nconnection: keep-alive\r\n\r\n'),
  recorded(
    'http1', 'axios 1.21, POST',
    'POST /x HTTP/1.1\r\nAccept: application/json, text/plain, */*\r\nContent-Type: application/json\r\n',
    'User-Agent: axios/1.21.1\r\nContent-Length: 7\r\nAccept-Encoding: gzip, compress, deflate, br\r\n',
    'Host: 127.0.0.1:41819\r\nConnection: keep-alive\r\n\r\n{"a":1}',
  ),
  recorded(
    'http1', 'ws 8.23, a WebSocket',
    'GET /chat HTTP/1.1\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: N1GZ2xPb8mnvdG4nC2zGBQ==\r\n',
    'Connection: Upgrade\r\nUpgrade: websocket\r\n',
    'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\nHost: 127.0.0.1:34537\r\n\r\n',
  ),
  recorded(
    'http1', 'chromium 156',
    'GET / HTTP/1.1\r\nHost: 127.0.0.1:39259\r\nConnection: keep-alive\r\n',
    'sec-ch-ua: "Not:A-Brand";v="8", "Chromium";v="156"\r\nsec-ch-ua-mobile: ?0\r\n',
    'sec-ch-ua-platform: "Linux"\r\nUpgrade-Insecure-Requests: 1\r\n',
    'User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) ',
    'HeadlessChrome/156.0.0.0 Safari/537.36\r\n',
    'Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/jxl,image/avif,image/webp,imag',
    'e/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7\r\nSec-Fetch-Site: none\r\n',
    'Sec-Fetch-Mode: navigate\r\nSec-Fetch-User: ?1\r\nSec-Fetch-Dest: document\r\n',
    'Accept-Encoding: gzip, deflate, br, zstd\r\nAccept-Language: en-US,en;q=0.9\r\n\r\n',
  ),
  recorded(
    'http1', 'requests 2.28 of Python',
    'GET / HTTP/1.1\r\nHost: 127.0.0.1:41987\r\nUser-Agent: python-requests/2.28.1\r\n',
    'Accept-Encoding: gzip, deflate\r\nAccept: */*\r\nConnection: keep-alive\r\n\r\n',
  ),
  recorded(
    'http1', 'urllib of Python 3.11',
    'GET / HTTP/1.1\r\nAccept-Encoding: identity\r\nHost: 127.0.0.1:40711\r\n',
    'User-Agent: Python-urllib/3.11\r\nConnection: close\r\n\r\n',
  ),
  recorded(
    'http1', 'net/http of Go 1.19',
    'GET / HTTP/1.1\r\nHost: 127.0.0.1:44781\r\nUser-Agent: Go-http-client/1.1\r\nAccept-Encoding: gzip\r\n', '\r\n',
  ),
  recorded(
    'http1', 'java.net.http of OpenJDK 17',
    'GET / HTTP/1.1\r\nConnection: Upgrade, HTTP2-Settings\r\nContent-Length: 0\r\n',
    'Host: 127.0.0.1:37303\r\nHTTP2-Settings: AAEAAEAAAAIAAAAAAAMAAAAAAAQBAAAAAAUAAEAAAAYABgAA\r\n',
    'Upgrade: h2c\r\nUser-Agent: Java-http-client/17.0.15\r\n\r\n',
  ),
  recorded(
    'http1', 'java.net.URL of OpenJDK 17',
    'GET / HTTP/1.1\r\nUser-Agent: Java/17.0.15\r\nHost: 127.0.0.1:44435\r\n',
    'Accept: text/html, image/gif, image/jpeg, */*; q=0.2\r\nConnection: keep-alive\r\n\r\n',
  ),
  recorded(
    'http1', 'Net::HTTP of Ruby 3.1',
    'GET / HTTP/1.1\r\nAccept-Encoding: gzip;q=1.0,deflate;q=0.6,identity;q=0.3\r\nAccept: */*\r\n',
    'User-Agent: Ruby\r\nHost: 127.0.0.1:42525\r\n\r\n',
  ),
  recorded('http1', 'PHP 8.2', 'GET / HTTP/1.1\r\nHost: 127.0.0.1:37661\r\nConnection: close\r\n\r\n'),
  recorded(
    'http1', 'LWP 6.68 of Perl',
    'GET / HTTP/1.1\r\nTE: deflate,gzip;q=0.3\r\nConnection: TE, close\r\nHost: 127.0.0.1:43833\r\n',
    'User-Agent: libwww-perl/6.68\r\n\r\n',
  ),
  recorded(
    'http1', 'lynx 2.9',
    'GET / HTTP/1.0\r\nHost: 127.0.0.1:41533\r\n',
    'Accept: text/html, text/plain, text/sgml, text/css, */*;q=0.01\r\nAccept-Language: en\r\n',
    'User-Agent: Lynx/2.9.0dev.12 libwww-FM/2.14 SSL-MM/1.4.1 GNUTLS/3.7.8\r\n\r\n',
  ),
  recorded(
    'http1', 'w3m 0.5',
    'GET / HTTP/1.0\r\nUser-Agent: w3m/0.5.3+git20230121\r\n',
    'Accept: text/html, text/*;q=0.5, image/*, application/*\r\n',
    'Accept-Encoding: gzip, compress, bzip, bzip2, deflate\r\nAccept-Language: en;q=1.0\r\n',
    'Host: 127.0.0.1:42521\r\n\r\n',
  ),
  recorded(
    'http1', 'ab of Apache 2.4',
    'GET / HTTP/1.0\r\nHost: 127.0.0.1:46849\r\nUser-Agent: ApacheBench/2.3\r\nAccept: */*\r\n\r\n',
  ),
  recorded(
    'http1', 'aria2c 1.36',
    'GET /f HTTP/1.1\r\nUser-Agent: aria2/1.36.0\r\n',
    'Accept: */*,application/metalink4+xml,application/metalink+xml\r\nHost: 127.0.0.1:38477\r\n',
    'Want-Digest: SHA-512;q=1, SHA-256;q=1, SHA;q=0.1\r\n\r\n',
  ),
  recorded(
    'http1', 'ffmpeg 5.1',
    'GET /cam HTTP/1.1\r\nUser-Agent: Lavf/59.27.100\r\nAccept: */*\r\nRange: bytes=0-\r\n',
    'Connection: close\r\nHost: 127.0.0.1:34927\r\nIcy-MetaData: 1\r\n\r\n',
  ),
  recorded(
    'http1', 'git 2.39',
    'GET /r/info/refs?service=git-upload-pack HTTP/1.1\r\nHost: 127.0.0.1:37905\r\n',
    'User-Agent: git/2.39.5\r\nAccept: */*\r\nAccept-Encoding: deflate, gzip, br, zstd\r\n',
    'Accept-Language: C, *;q=0.9\r\nPragma: no-cache\r\nGit-Protocol: version=2\r\n\r\n',
  ),
  recorded(
    'http1', 'siege 4.0',
    'GET / HTTP/1.1\r\nHost: 127.0.0.1:39821\r\nAccept: */*\r\nAccept-Encoding: gzip, deflate\r\n',
    'User-Agent: Mozilla/5.0 (pc-x86_64-linux-gnu) Siege/4.0.7\r\nConnection: close\r\n\r\n',
  ),
  recorded(
    'http1', 'HTTPie 3.2',
    'GET / HTTP/1.1\r\nHost: 127.0.0.1:39651\r\nAccept-Encoding: gzip, deflate\r\nAccept: */*\r\n',
    'Connection: keep-alive\r\nUser-Agent: HTTPie/3.2.1\r\n\r\n',
  ),
  recorded(
    'http1', 'svn 1.14, OPTIONS with a body',
    'OPTIONS /r HTTP/1.1\r\nHost: 127.0.0.1:35189\r\n',
    'User-Agent: SVN/1.14.2 (x86_64-pc-linux-gnu) serf/1.3.9\r\nContent-Type: text/xml\r\n',
    'Connection: keep-alive\r\nAccept-Encoding: gzip\r\n', 'DAV: http://subversion.tigris.org/xmlns/dav/svn/depth\r\n',
    'DAV: http://subversion.tigris.org/xmlns/dav/svn/mergeinfo\r\n',
    'DAV: http://subversion.tigris.org/xmlns/dav/svn/log-revprops\r\nContent-Length: 131\r\n\r\n',
    '<?xml version="1.0" encoding="utf-8"?><D:options ',
    'xmlns:D="DAV:"><D:activity-collection-set></D:activity-collection-set></D:options>',
  ),
  made('http1', 'a short request', 'RFC 9112 3', head('GET / HTTP/1.1', 'Host: a')),
  made('http1', 'HTTP/1.0 without a field', 'RFC 1945 5', head('GET / HTTP/1.0')),
  made('http1', 'a long URL', 'RFC 9112 3', head(`GET ${longPath} HTTP/1.1`, 'Host: example.com')),
  made('http1', 'an empty line first', 'RFC 9112 2.2', '\r\n', head('GET / HTTP/1.1', 'Host: example.com')),
  made(
    'http1', 'two empty lines first', 'RFC 9112 2.2',
    '\r\n\r\n', head('POST / HTTP/1.1', 'Host: example.com', 'Content-Length: 0'),
  ),
  made(
    'http1', 'CONNECT with an IPv6 address', 'RFC 9112 3.2.3',
    head('CONNECT [2001:db8::1]:443 HTTP/1.1', 'Host: [2001:db8::1]:443'),
  ),
  made(
    'http1', 'M-SEARCH, over TCP', 'UPnP Device Architecture 2.0 1.3.2',
    head('M-SEARCH * HTTP/1.1', 'HOST: 239.255.255.250:1900', 'MAN: "ssdp:discover"', 'ST: ssdp:all'),
  ),
  made(
    'http1', 'NOTIFY of UPnP', 'UPnP Device Architecture 2.0 4.3.2',
    head('NOTIFY /event HTTP/1.1', 'HOST: 192.0.2.1:5000', 'NT: upnp:event', 'SEQ: 0'),
  ),
  made(
    'http1', 'SUBSCRIBE of UPnP', 'UPnP Device Architecture 2.0 4.1.2',
    head('SUBSCRIBE /event HTTP/1.1', 'HOST: 192.0.2.1:5000', 'NT: upnp:event'),
  ),
  made(
    'http1', 'SOURCE of an Icecast client', 'IANA HTTP methods, SOURCE',
    head('SOURCE /live HTTP/1.1', 'Host: example.com'),
  ),
  ...[
    'DELETE', 'PUT', 'PATCH', 'HEAD', 'TRACE', 'PROPFIND', 'PROPPATCH', 'MKCOL', 'COPY', 'LOCK', 'REPORT',
    'VERSION-CONTROL', 'SEARCH', 'QUERY', 'PURGE',
  ].map((method) =>
    made('http1', method, 'RFC 9110 9, RFC 4918 9, RFC 9112 3', head(`${method} /file HTTP/1.1`, 'Host: example.com')),
  ),

  recorded(
    'http2', 'curl 7.88 with prior knowledge',
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    hex('00001204000000000000030000006400040200000000020000000000000408000000000001ff000100001f01050000000182'),
    hex('8486418b089d5c0b8170dc6800783f7a8825b650c3abbcf2e153032a2f2a'),
  ),
  recorded(
    'http2', 'node:http2 of Node.js 20',
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', hex('0000000400000000000000100105000000018482418b089d5c0b8170dc684eb2ef86'),
  ),
  recorded(
    'http2', 'nghttp 1.52',
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    hex('00000c04000000000000030000006400040000ffff00000502000000000300000000c8000005020000000005000000006400'),
    hex('00050200000000070000000000000005020000000009000000070000000502000000000b000000030000002701250000000d'),
    hex('0000000b0f828486418b089d5c0b8170dc65b640cf53032a2f2a907a8aaa69d29ac4c0576c4b83'),
  ),
  recorded('http2', 'etcdctl 3.4, gRPC of Go', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', hex('000000040000000000')),
  made('http2', 'the preface alone', 'RFC 9113 3.4', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),

  recorded(
    'proxy-v1', 'curl 7.88 with --haproxy-protocol',
    'PROXY TCP4 127.0.0.1 127.0.0.1 39598 41491\r\nGET / HTTP/1.1\r\nHost: 127.0.0.1:41491\r\n',
    'User-Agent: curl/7.88.1\r\nAccept: */*\r\n\r\n',
  ),
  recorded('proxy-v1', 'HAProxy 2.6, TCP4', 'PROXY TCP4 127.0.0.1 127.0.0.1 50412 28900\r\nhello\r\n'),
  recorded('proxy-v1', 'HAProxy 2.6, TCP6', 'PROXY TCP6 ::1 ::1 41108 28900\r\nhello\r\n'),
  made('proxy-v1', 'UNKNOWN', 'PROXY protocol 2.1', 'PROXY UNKNOWN\r\n'),
  made(
    'proxy-v1', 'UNKNOWN with addresses, as long as a header can be', 'PROXY protocol 2.1',
    `PROXY UNKNOWN ${'ffff:'.repeat(7)}ffff ${'ffff:'.repeat(7)}ffff 65535 65535\r\n`,
  ),
  made('proxy-v1', 'in front of TLS', 'PROXY protocol 2.1', 'PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r\n', hello()),

  recorded(
    'proxy-v2', 'HAProxy 2.6, TCP over IPv4',
    hex('0d0a0d0a00'), '\r\nQUIT\n!', hex('11000c7f0000017f000001c4f270e4'), 'hello\r\n',
  ),
  recorded(
    'proxy-v2', 'HAProxy 2.6, TCP over IPv6',
    hex('0d0a0d0a00'), '\r\nQUIT\n!!',
    hex('002400000000000000000000000000000001000000000000000000000000000000019db670e4'), 'hello\r\n',
  ),
  recorded(
    'proxy-v2', 'HAProxy 2.6 with TLVs',
    hex('0d0a0d0a00'), '\r\nQUIT\n!', hex('1100167f0000017f000001d9c070e4030004bd102cbb050000'), 'hello\r\n',
  ),
  recorded('proxy-v2', 'HAProxy 2.6, a health check', hex('0d0a0d0a00'), '\r\nQUIT\n ', hex('000000')),
  made(
    'proxy-v2', 'LOCAL with data to skip', 'PROXY protocol 2.2',
    proxyV2(0x20, 0x00, 4, 0, 2, 0, 0), head('GET / HTTP/1.0'),
  ),
  made('proxy-v2', 'PROXY, unspecified', 'PROXY protocol 2.2', proxyV2(0x21, 0x00), 'hello'),
  made(
    'proxy-v2', 'over a UNIX socket', 'PROXY protocol 2.2',
    proxyV2(0x21, 0x31, '/run/a'.padEnd(108, '\0'), '/run/b'.padEnd(108, '\0')),
  ),
  made('proxy-v2', 'in front of a ClientHello', 'PROXY protocol 2.2', proxyV2(0x21, 0x21, tcp6), hello()),

  recorded('ssh', 'ssh of OpenSSH 9.2', 'SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u10\r\n'),
  recorded('ssh', 'plink of PuTTY 0.78', 'SSH-2.0-PuTTY_Release_0.78\r\n'),
  // Without what follows its name: the key exchange in its first packet.
  recorded(
    'ssh', 'dbclient of Dropbear 2022.83',
    'SSH-2.0-dropbear_2022.83\r\n', hex('000002940814dbbddfc42934facae6ff018d51cb4f1a000000e3'), 'curve255',
  ),
  recorded('ssh', 'Paramiko 2.12', 'SSH-2.0-paramiko_2.12.0\r\n'),
  made('ssh', 'both versions of the protocol', 'RFC 4253 5.1', 'SSH-1.99-OpenSSH_3.9p1\n'),
  made('ssh', 'a comment', 'RFC 4253 4.2', 'SSH-2.0-billsSSH_3.6.3q3 some comment\r\n'),

  recorded('socks4', 'curl 7.88, SOCKS4', hex('04010050c000020100')),
  recorded('socks4', 'curl 7.88, SOCKS4 with a user', hex('04010050c0000201'), 'alice', hex('00')),
  recorded('socks4', 'curl 7.88, SOCKS4 with a user in UTF-8', hex('04010050c00002016ac3bc'), 'rgen', hex('00')),
  recorded('socks4', 'curl 7.88, SOCKS4a', hex('040100500000000100'), 'example.com', hex('00')),
  recorded('socks4', 'nc 1.219 of OpenBSD, SOCKS4', hex('04010050c000020100')),
  made('socks4', 'BIND', 'SOCKS4 BIND', [4, 2], u16(21), [192, 0, 2, 1], 'alice\0'),
  made('socks4', 'BIND of SOCKS4a', 'SOCKS4A', [4, 2], u16(21), [0, 0, 0, 255], 'alice\0', 'ftp.example.com\0'),

  recorded('socks5', 'curl 7.88, SOCKS5', hex('05020001')),
  recorded('socks5', 'curl 7.88, SOCKS5 with a user', hex('0503000102')),
  recorded('socks5', 'curl 7.88, SOCKS5 with a user, no GSSAPI', hex('05020002')),
  recorded('socks5', 'nc 1.219 of OpenBSD, SOCKS5', hex('050100')),
  recorded('socks5', 'java.net.Socket of OpenJDK 17', hex('05020002')),
  made('socks5', 'GSSAPI alone', 'RFC 1928 3', [5, 1, 1]),
  made('socks5', 'a private method', 'RFC 1928 3', [5, 2, 0, 0x80]),
  made(
    'socks5', 'every method that is assigned or private', 'RFC 1928 3',
    [5, 137],
    Array.from({ length: 255 }, (_, method) => method).filter((method) => method < 10 || method >= 128),
  ),
  made(
    'socks5', 'a client that does not wait', 'RFC 1928 3, 4',
    [5, 1, 0], [5, 1, 0, 3], vector8('example.com'), u16(80),
  ),

  recorded(
    'rdp', 'xfreerdp 2.11',
    hex('0300002b26e00000000000'), 'Cookie: mstshash=alice\r\n', hex('0100080003000000'),
  ),
  recorded(
    'rdp', 'xfreerdp 2.11 with the oldest security',
    hex('030000231ee00000000000'), 'Cookie: mstshash=alice\r\n',
  ),
  recorded(
    'rdp', 'xfreerdp 2.11 with load balance information',
    hex('030000413ce00000000000'), 'tsv://MS Terminal Services Plugin.1.Sessions\r\n', hex('0100080003000000'),
  ),
  recorded(
    'rdp', 'xfreerdp 2.11 for restricted administration',
    hex('0300002a25e00000000000'), 'Cookie: mstshash=jane\r\n', hex('0101080003000000'),
  ),
  recorded(
    'rdp', 'xfreerdp 2.11 with a user in UTF-8',
    hex('0300002d28e00000000000'), 'Cookie: mstshash=j', hex('c3bc'), 'rgen\r\n', hex('0100080003000000'),
  ),
  recorded('rdp', 'rdesktop 1.9', hex('0300002b26e00000000000'), 'Cookie: mstshash=alice\r\n', hex('0100080003000000')),
  recorded('rdp', 'rdesktop 1.9 of RDP 4', hex('030000231ee00000000000'), 'Cookie: mstshash=alice\r\n'),
  made(
    'rdp', 'a cookie and nothing asked for', 'MS-RDPBCGR 4.1.1',
    connectionRequest('Cookie: mstshash=eltons\r\n', hex('0100080000000000')),
  ),
  made(
    'rdp', 'a routing token', 'MS-RDPBCGR 2.2.1.1',
    connectionRequest('Cookie: msts=3640205228.15629.0000\r\n', hex('0100080003000000')),
  ),
  made('rdp', 'only a negotiation request', 'MS-RDPBCGR 2.2.1.1.1', connectionRequest(hex('010008000b000000'))),
  made(
    'rdp', 'correlation information', 'MS-RDPBCGR 2.2.1.1.2',
    connectionRequest(
      'Cookie: mstshash=a\r\n', hex('0108080003000000'), hex('06002400'), noise(16, 4), new Uint8Array(16),
    ),
  ),
  made('rdp', 'nothing but the header', 'MS-RDPBCGR 2.2.1.1', connectionRequest()),
  made('rdp', 'a source reference', 'ITU-T X.224 13.3', hex('030000130ee000001234000100080001000000')),

  recorded('postgres', 'psql 15, SSLRequest', hex('0000000804d2162f')),
  recorded(
    'postgres', 'psql 15, startup',
    hex('0000003800030000'), 'user', hex('00'), 'alice', hex('00'), 'database', hex('00'), 'shop', hex('00'),
    'application_name', hex('00'), 'psql', hex('0000'),
  ),
  recorded(
    'postgres', 'psql 15, startup with a user in UTF-8',
    hex('0000003d00030000'), 'user', hex('006ac3bc'), 'rgen', hex('00'), 'database', hex('006ac3bc'), 'rgen', hex('00'),
    'application_name', hex('00'), 'psql', hex('0000'),
  ),
  recorded(
    'postgres', 'pg 8.23, startup',
    hex('0000003700030000'), 'user', hex('00'), 'alice', hex('00'), 'database', hex('00'), 'shop', hex('00'),
    'client_encoding', hex('00'), 'UTF8', hex('0000'),
  ),
  recorded('postgres', 'pg 8.23, SSLRequest', hex('0000000804d2162f')),
  recorded('postgres', 'psql 15 with a Kerberos ticket, GSSENCRequest', hex('0000000804d21630')),
  // On a second connection, when a query on the first is interrupted.
  recorded('postgres', 'psql 15, CancelRequest', hex('0000001004d2162e000012675d1a9c02')),
  made(
    'postgres', 'CancelRequest of protocol 3.2', 'PostgreSQL 18 54.7',
    counted32(u16(1234), u16(5678), u32(4711), noise(32, 5)),
  ),
  made(
    'postgres', 'CancelRequest with the longest key', 'PostgreSQL 18 54.7',
    counted32(u16(1234), u16(5678), u32(4711), noise(256, 6)),
  ),
  made(
    'postgres', 'startup of protocol 3.2', 'PostgreSQL 18 54.7',
    counted32(u16(3), u16(2), 'user\0alice\0database\0shop\0\0'),
  ),
  made(
    'postgres', 'startup of replication', 'PostgreSQL 18 54.4',
    counted32(u16(3), u16(0), 'user\0repl\0replication\0true\0application_name\0standby1\0\0'),
  ),
  made(
    'postgres', 'startup with options of the protocol', 'PostgreSQL 18 54.7',
    counted32(u16(3), u16(0), '_pq_.x\0on\0user\0a\0\0'),
  ),

  recorded('redis', 'redis-cli 7.0', '*1\r\n$4\r\nping\r\n'),
  recorded('redis', 'redis-cli 7.0 of RESP3', '*2\r\n$5\r\nHELLO\r\n$1\r\n3\r\n'),
  recorded('redis', 'redis-cli 7.0 with a user', '*3\r\n$4\r\nAUTH\r\n$3\r\nbob\r\n$1\r\nx\r\n'),
  recorded(
    'redis', 'ioredis 6.0',
    '*2\r\n$5\r\nhello\r\n$1\r\n3\r\n*4\r\n$6\r\nclient\r\n$7\r\nSETINFO\r\n$7\r\nLIB-VER\r\n$5\r\n',
    '6.0.0\r\n*4\r\n$6\r\nclient\r\n$7\r\nSETINFO\r\n$8\r\nLIB-NAME\r\n$7\r\nioredis\r\n',
  ),
  recorded(
    'redis', 'ioredis 6.0 with a password',
    '*5\r\n$5\r\nhello\r\n$1\r\n3\r\n$4\r\nAUTH\r\n$7\r\ndefault\r\n$6\r\nsecret\r\n*4\r\n$6\r\nclient\r\n',
    '$7\r\nSETINFO\r\n$7\r\nLIB-VER\r\n$5\r\n6.0.0\r\n*4\r\n$6\r\nclient\r\n$7\r\nSETINFO\r\n$8\r\n',
    'LIB-NAME\r\n$7\r\nioredis\r\n',
  ),
  recorded('redis', 'redis-py 4.3', '*2\r\n$6\r\nSELECT\r\n$1\r\n2\r\n'),
  recorded('redis', 'redis-py 4.3 with a password', '*2\r\n$4\r\nAUTH\r\n$6\r\nsecret\r\n'),
  made('redis', 'a command of twelve words', 'RESP 2, Arrays', '*12\r\n$4\r\nMGET\r\n', '$1\r\na\r\n'.repeat(11)),

  // Of MongoDB's drivers, only the beginning of the document that tells what they are.
  recorded(
    'mongodb', 'mongodb 7.8, OP_QUERY',
    hex('610100000100000000000000d407000000000000'), 'admin.$cmd', hex('0000000000ffffffff3a01000010'), 'ismaster',
    hex('000100000002'), 'backpressure', hex('00020000003200'),
  ),
  recorded(
    'mongodb', 'mongodb 7.8 to a load balancer, OP_MSG',
    hex('6a0100000100000000000000dd07000000000000005501000010'), 'hello', hex('000100000002'), 'backpressure',
    hex('0002000000320008'), 'helloOk', hex('0001'),
  ),
  recorded(
    'mongodb', 'PyMongo 3.11, OP_QUERY',
    hex('fe0000008d5599b400000000d407000000000000'), 'admin.$cmd', hex('0000000000ffffffffd700000010'), 'ismaster',
    hex('0001000000'),
  ),
  made(
    'mongodb', 'OP_MSG', 'MongoDB wire protocol, OP_MSG',
    u32le(51), u32le(1), u32le(0), u32le(2013), u32le(0), 0, u32le(30), '\x10ping\0', u32le(1), '\x02$db\0', u32le(6),
    'admin\0', 0,
  ),
  made(
    'mongodb', 'OP_COMPRESSED', 'MongoDB wire protocol, OP_COMPRESSED',
    u32le(16 + 9 + 20), u32le(1), u32le(0), u32le(2012), u32le(2013), u32le(24), 2, noise(20, 8),
  ),

  recorded('mqtt', 'mosquitto_pub 2.0, MQTT 3.1.1', hex('100c0004'), 'MQTT', hex('0402003c0000')),
  recorded('mqtt', 'mosquitto_pub 2.0, MQTT 5', hex('10100004'), 'MQTT', hex('0502003c032100140000')),
  recorded(
    'mqtt', 'mosquitto_pub 2.0, MQTT 3.1',
    hex('10250006'), 'MQIsdp', hex('0302003c0017'), 'mosq-6IZyYs7vhqbWatUxDb',
  ),
  recorded('mqtt', 'curl 7.88, MQTT', hex('10180004'), 'MQTT', hex('0402003c000c'), 'curl125d3988'),
  recorded('mqtt', 'mqtt 5.16, MQTT 3.1', hex('101d0006'), 'MQIsdp', hex('0302003c000f'), 'mqttjs_aa74feb1'),
  recorded('mqtt', 'mqtt 5.16, MQTT 3.1.1', hex('101b0004'), 'MQTT', hex('0402003c000f'), 'mqttjs_96ea8240'),
  recorded('mqtt', 'mqtt 5.16, MQTT 5', hex('101c0004'), 'MQTT', hex('0502003c00000f'), 'mqttjs_fe2323df'),
  // The highest bit of the version is what says that it is a bridge.
  recorded(
    'mqtt', 'a bridge of mosquitto 2.0, MQTT 3.1.1',
    hex('10360004'), 'MQTT', hex('842c003c0004'), 'vm.b', hex('00'), '!$SYS/broker/connection/vm.b/state',
    hex('000130'),
  ),
  recorded(
    'mqtt', 'a bridge of mosquitto 2.0, MQTT 3.1',
    hex('10380006'), 'MQIsdp', hex('832c003c0004'), 'vm.b', hex('00'), '!$SYS/broker/connection/vm.b/state',
    hex('000130'),
  ),
  recorded(
    'mqtt', 'a bridge of mosquitto 2.0, MQTT 5',
    hex('103b0004'), 'MQTT', hex('052c003c032100140004'), 'vm.b', hex('0000'), '!$SYS/broker/connection/vm.b/state',
    hex('000130'),
  ),
  made(
    'mqtt', 'a will, a user and a length of two bytes', 'MQTT 3.1.1 3.1',
    mqttConnect(
      vector16('MQTT'), 4, 0xc6, u16(60), vector16('sensor'), vector16('last/words'), vector16('gone '.repeat(40)),
      vector16('alice'), vector16('secret'),
    ),
  ),

  recorded('amqp', 'amqp-publish of rabbitmq-c 0.11', 'AMQP', hex('00000901')),
  recorded('amqp', 'amqplib 2.3', 'AMQP', hex('00000901')),
  recorded(
    'amqp', 'rhea 3.0, AMQP 1.0',
    'AMQP', hex('000100000000003a02000000005310d00000002a00000001a1'), '$4db0facf-adfd-a447-8f93-209916c3894a',
  ),
  recorded('amqp', 'rhea 3.0 with a password, SASL', 'AMQP', hex('03010000')),
  made('amqp', 'AMQP 0-9', 'AMQP 0-9 4.2.2', 'AMQP', [1, 1, 0, 9]),
  made('amqp', 'AMQP 0-10', 'AMQP 0-10 2.4.1', 'AMQP', [1, 1, 0, 10]),
  made('amqp', 'TLS', 'AMQP 1.0 5.2', 'AMQP', [2, 1, 0, 0]),

  recorded(
    'xmpp', 'openssl s_client of OpenSSL 3.0, -starttls xmpp',
    "<stream:stream xmlns:stream='http://etherx.jabber.org/streams' xmlns='jabber:client' ",
    "to='example.com' version='1.0'>",
  ),
  recorded(
    'xmpp', 'openssl s_client of OpenSSL 3.0, -starttls xmpp-server',
    "<stream:stream xmlns:stream='http://etherx.jabber.org/streams' xmlns='jabber:server' ",
    "to='example.com' version='1.0'>",
  ),
  recorded(
    'xmpp', 'Slixmpp 1.8',
    "<stream:stream to='example.com' xmlns:stream='http://etherx.jabber.org/streams' ",
    "xmlns='jabber:client' xml:lang='en' version='1.0'>",
  ),
  recorded(
    'xmpp', '@xmpp/client 0.14',
    '<?xml version=\'1.0\'?><stream:stream version="1.0" xmlns="jabber:client" ',
    'xmlns:stream="http://etherx.jabber.org/streams" to="example.com">',
  ),
  made(
    'xmpp', 'a declaration with an encoding, on its own line', 'RFC 6120 4.2',
    '<?xml version="1.0" encoding="UTF-8"?>\n', '<stream:stream to="example.com" version="1.0" xmlns="jabber:client" ',
    'xmlns:stream="http://etherx.jabber.org/streams">',
  ),
  made(
    'xmpp', 'a component', 'XEP-0114 3',
    "<stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' ",
    "to='plays.shakespeare.lit'>",
  ),

  recorded('rtsp', 'curl 7.88, RTSP', 'OPTIONS * RTSP/1.0\r\nCSeq: 1\r\nUser-Agent: curl/7.88.1\r\n\r\n'),
  recorded(
    'rtsp', 'ffmpeg 5.1, RTSP',
    'OPTIONS rtsp://127.0.0.1:43591/cam RTSP/1.0\r\nCSeq: 1\r\nUser-Agent: Lavf59.27.100\r\n\r\n',
  ),
  made(
    'rtsp', 'DESCRIBE to a camera', 'RFC 2326 10.2',
    head('DESCRIBE rtsp://192.0.2.1:554/h264 RTSP/1.0', 'CSeq: 2', 'Accept: application/sdp'),
  ),
  made(
    'rtsp', 'ANNOUNCE', 'RFC 2326 10.3',
    head('ANNOUNCE rtsp://192.0.2.1/1234567890 RTSP/1.0', 'CSeq: 1', 'Content-Length: 0'),
  ),
  made('rtsp', 'RTSP 2.0', 'RFC 7826 13.3', head('SETUP rtsps://example.com/foo/bar/baz.rm RTSP/2.0', 'CSeq: 302')),
  made('rtsp', 'GET of AirPlay', 'RFC 2326 6.1', head('GET /info RTSP/1.0', 'X-Apple-ProtocolVersion: 1', 'CSeq: 0')),
  made(
    'rtsp', 'POST of AirPlay', 'RFC 2326 6.1',
    head('POST /fp-setup RTSP/1.0', 'X-Apple-ET: 32', 'CSeq: 1', 'Content-Length: 0'),
  ),

  recorded(
    'sip', 'sipp 3.6, INVITE',
    'INVITE sip:service@127.0.0.1:41305 SIP/2.0\r\n', 'Via: SIP/2.0/TCP 127.0.0.1:5060;branch=z9hG4bK-23355-1-0\r\n',
    'From: sipp <sip:sipp@127.0.0.1:5060>;tag=23355SIPpTag001\r\n',
    'To: service <sip:service@127.0.0.1:41305>\r\nCall-ID: 1-23355@127.0.0.1\r\nCSeq: 1 INVITE\r\n',
    'Contact: sip:sipp@127.0.0.1:5060\r\nMax-Forwards: 70\r\nSubject: Performance Test\r\n',
    'Content-Type: application/sdp\r\nContent-Length:   129\r\n\r\nv=0\r\n',
    'o=user1 53655765 2353687637 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n',
    'm=audio 6000 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n',
  ),
  recorded(
    'sip', 'sipsak 0.9, OPTIONS',
    'OPTIONS sip:bob@127.0.0.1:3966 SIP/2.0\r\n',
    'Via: SIP/2.0/TCP 127.0.0.1:54047;branch=z9hG4bK.2bb5e5e7;rport;alias\r\n',
    'From: sip:sipsak@127.0.0.1:54047;tag=5e6ecac2\r\nTo: sip:bob@127.0.0.1:3966\r\n',
    'Call-ID: 1584319170@127.0.0.1\r\nCSeq: 1 OPTIONS\r\nContact: sip:sipsak@127.0.0.1:54047\r\n',
    'Content-Length: 0\r\nMax-Forwards: 70\r\nUser-Agent: sipsak 0.9.8.1\r\nAccept: text/plain\r\n\r\n',
  ),
  made(
    'sip', 'INVITE to a sips address', 'RFC 3261 7.1',
    head('INVITE sips:bob@biloxi.example.com SIP/2.0', 'Max-Forwards: 70'),
  ),
  made(
    'sip', 'REGISTER', 'RFC 3261 10',
    head('REGISTER sip:registrar.biloxi.com SIP/2.0', 'Via: SIP/2.0/TCP bobspc.biloxi.com:5060'),
  ),
  made(
    'sip', 'a telephone number', 'RFC 3261 19.1.6, RFC 3966',
    head('INVITE tel:+358-555-1234567 SIP/2.0', 'Max-Forwards: 70'),
  ),
  made('sip', 'SUBSCRIBE', 'RFC 6665 3.1', head('SUBSCRIBE sip:alice@atlanta.com SIP/2.0', 'Event: presence')),
  made(
    'sip', 'a keepalive first', 'RFC 5626 4.4.1',
    '\r\n\r\n', head('OPTIONS sip:carol@chicago.com SIP/2.0', 'Via: SIP/2.0/TCP pc33.atlanta.com'),
  ),

  recorded(
    'bittorrent', 'bittorrent-protocol 5.0',
    hex('13'), 'BitTorrent protocol', hex('00000000001000000707070707070707070707070707070707070707'),
    '-WW0009-abcdefghijkl',
  ),
  recorded(
    'bittorrent', 'libtorrent 2.0',
    hex('13'), 'BitTorrent protocol', hex('000000000010000515461f5a7fc78d6322a86cffc5027769e246f7fe'),
    '-LT2080-1TZ)!3C(q0dV',
  ),
  made(
    'bittorrent', 'no extension', 'BEP 3',
    19, 'BitTorrent protocol', new Uint8Array(8), noise(20, 10), '-AB1234-abcdefghijkl',
  ),

  recorded(
    'nats', 'nats 2.29',
    'CONNECT {"protocol":1,"version":"2.29.3","lang":"nats.js","verbose":false,"pedantic":false}\r\n', 'PING\r\n',
  ),
  made('nats', 'no option', 'NATS client protocol, CONNECT', 'CONNECT {}\r\nPING\r\n'),

  recorded('ldap', 'ldapsearch of OpenLDAP 2.5, anonymous bind', hex('300c020101600702010304008000')),
  recorded(
    'ldap', 'ldapsearch of OpenLDAP 2.5, simple bind',
    hex('302c0201016027020103041a'), 'cn=admin,dc=example,dc=com', hex('8006'), 'secret',
  ),
  recorded(
    'ldap', 'ldapsearch of OpenLDAP 2.5, a name in UTF-8',
    hex('302702010160220201030415'), 'cn=j', hex('c3bc'), 'rgen,dc=example', hex('8006'), 'secret',
  ),
  recorded('ldap', 'ldapsearch of OpenLDAP 2.5, LDAP 2', hex('300c020101600702010204008000')),
  recorded('ldap', 'ldapsearch of OpenLDAP 2.5, StartTLS', hex('301d02010177188016'), '1.3.6.1.4.1.1466.20037'),
  recorded('ldap', 'ldapsearch of OpenLDAP 2.5, unbind after nothing', hex('30050201014200')),
  recorded('ldap', 'curl 7.88, LDAP with a password', hex('3011020101600c0201030404'), 'cn=a', hex('800162')),
  made(
    'ldap', 'search without a bind', 'RFC 4511 4.5.1',
    ber(0x30, 0, hex('020101'), ber(0x63, 0, ldapSearch, present, ber(0x30, 0))),
  ),
  made(
    'ldap', 'lengths of four bytes, as Windows writes them', 'RFC 4511 4.2, X.690 8.1.3.5',
    ber(0x30, 4, hex('020101'), ber(0x60, 4, hex('020103'), ber(4, 4), ber(0x80, 4))),
  ),
  made(
    'ldap', 'a search with lengths of four bytes', 'RFC 4511 4.5.1, X.690 8.1.3.5',
    ber(0x30, 4, hex('020101'), ber(0x63, 4, ldapSearch, present, ber(0x30, 4))),
  ),
  made(
    'ldap', 'a long name, lengths of one byte', 'RFC 4511 4.2, X.690 8.1.3.5',
    ber(0x30, 1, hex('020101'), ber(0x60, 1, hex('020103'), ber(4, 1, `cn=${'a'.repeat(130)}`), ber(0x80, 0, 'x'))),
  ),
  made(
    'ldap', 'a large ticket, lengths of two bytes', 'RFC 4511 4.2, X.690 8.1.3.5',
    ber(
      0x30, 2, hex('020101'),
      ber(0x60, 2, hex('020103'), ber(4, 0), ber(0xa3, 2, ber(4, 0, 'GSS-SPNEGO'), ber(4, 2, noise(1500, 11)))),
    ),
  ),
  made(
    'ldap', 'a large message id', 'RFC 4511 4.1.1.1',
    ber(0x30, 0, hex('02047fffffff'), ber(0x60, 0, hex('020103'), ber(4, 0), ber(0x80, 0))),
  ),
  made(
    'ldap', 'compare', 'RFC 4511 4.10',
    ber(0x30, 0, hex('020102'), ber(0x6e, 0, ber(4, 0, 'cn=a'), ber(0x30, 0, ber(4, 0, 'sn'), ber(4, 0, 'b')))),
  ),

  recorded(
    'smb', 'smbclient 4.17',
    hex('000000e2fe'), 'SMB@',
    hex('0000000000000000001f00000000000000000000000000000000000000000000000000000000000000000000000000000000'),
    hex('00000000000000000024000500010000007f00000025caa562e0250b4c84b0b143d4b53ee570000000040000000202100200'),
    hex('030203110300000100260000000000010020000100b4049941668df020b9a39d7a067a128c162ad0c080a008d2b226d80d31'),
    hex('6e8a7e000002000a000000000004000200010004000300000000000000080008000000000003000200010000000500120000'),
    hex('0000003100320037002e0030002e0030002e003100'),
  ),
  recorded(
    'smb', 'smbclient 4.17 of SMB 3',
    hex('000000dafe'), 'SMB@',
    hex('0000000000000000001f00000000000000000000000000000000000000000000000000000000000000000000000000000000'),
    hex('00000000000000000024000100010000007f000000e36cc8abb17e0841b997fbb7cea0ccf368000000040000001103000001'),
    hex('002600000000000100200001002ddf639bb223655e06e26f112975e1ae0af03c16329dd3dcdb3a48cb9a8c8db1000002000a'),
    hex('0000000000040002000100040003000000000000000800080000000000030002000100000005001200000000003100320037'),
    hex('002e0030002e0030002e003100'),
  ),
  recorded(
    'smb', 'smbclient 4.17 of SMB 1',
    hex('0000003eff'), 'SMBr', hex('000000001843c80000000000000000000000000000feff00000000001b0002'), 'NT LANMAN 1.0',
    hex('0002'), 'NT LM 0.12', hex('00'),
  ),
  recorded(
    'smb', 'smbclient 4.17, NetBIOS session request',
    hex('810000'), 'D DBDCDHCODACODACODBCACACACACACACA', hex('00'), ' FGENCACACACACACACACACACACACACAAA', hex('00'),
  ),
  recorded(
    'smb', 'curl 7.88, SMB 1',
    hex('0000002fff'), 'SMBr', hex('000000001841000000000000000000000000000000083800000000000c0002'), 'NT LM 0.12',
    hex('00'),
  ),
  made(
    'smb', 'encrypted', 'MS-SMB2 2.2.41',
    vector32(0xfd, 'SMB', noise(32, 12), u32le(64), u16(0), [1, 0], noise(8, 13), noise(64, 14)),
  ),
  made(
    'smb', 'compressed', 'MS-SMB2 2.2.42.1',
    vector32(0xfc, 'SMB', u32le(4096), [2, 0], [0, 0], u32le(0), noise(40, 15)),
  ),

  recorded('telnet', 'telnet of inetutils 2.4', hex('fffd26fffb26fffd03fffb18fffb1ffffb20fffb21fffb22fffb27fffd05')),
  recorded('telnet', 'plink of PuTTY 0.78, telnet', hex('fffb1ffffb20fffb18fffb27fffd01fffb03fffd03')),
  made('telnet', 'two options', 'RFC 854, RFC 1091, RFC 1073', [255, 251, 24, 255, 251, 31]),
  made('telnet', 'a refusal first', 'RFC 854, RFC 857', [255, 254, 1, 255, 253, 3]),

  recorded('vnc', 'x11vnc 0.9, connecting to its viewer', 'RFB 003.008\n'),
  made('vnc', 'what a repeater says', 'UltraVNC repeater', 'RFB 000.000\n'),
  ...rfbVersions.map((version) => made('vnc', `RFB ${version}`, 'RFC 6143 7.1.1', `RFB ${version}\n`)),

  recorded(
    'adb', 'adb 1.0.41 of Debian',
    'CNXN', hex('010000010000100077000000402e0000bcb1a7b1'),
    'host::features=remount_shell,abb_exec,abb,apex,fixed_push_mkdir,ls_v2,stat_v2,fixed_push_symlink_t',
    'imestamp,cmd,shell_v2',
  ),
  made(
    'adb', 'an older host', 'adb protocol.txt, A_CNXN',
    'CNXN', u32le(0x01000000), u32le(4096), u32le(7), u32le(0x23c), hex('bcb1a7b1'), 'host::\0',
  ),

  ...['FIX.4.2', 'FIX.4.4', 'FIXT.1.1'].map((version) =>
    made(
      'fix', version, 'FIX 4.2 and FIXT 1.1, Logon',
      fix(version, ['35=A', '49=BUYER', '56=SELLER', '34=1', '52=20240101-00:00:00', '98=0', '108=30']),
    ),
  ),

  ...bitcoinNetworks.map(([network, magic]) =>
    made(
      'bitcoin', `version on the ${network}`, 'Bitcoin developer reference, version',
      bitcoin(magic, 'version', bitcoinVersion),
    ),
  ),

  made('smtp', 'EHLO of a client that does not wait', 'RFC 5321 4.1.1.1', 'EHLO mail.example.com\r\n'),
  made('smtp', 'EHLO with an address', 'RFC 5321 4.1.3', 'EHLO [192.0.2.1]\r\n'),
  made('smtp', 'HELO', 'RFC 5321 4.1.1.1', 'HELO mail.example.com\r\nMAIL FROM:<a@example.com>\r\n'),
  made('lmtp', 'LHLO', 'RFC 2033 4.1', 'LHLO mail.example.com\r\n'),

  recorded(
    'dns', 'dig 9.18 over TCP',
    hex('0034b0400120000100000000000107'), 'example',
    hex('03636f6d000001000100002904d000000000000c000a0008ddc8044a2aa029cf'),
  ),
  recorded(
    'dns', 'dig 9.18 over TCP, AAAA without EDNS',
    hex('001d47fb0120000100000000000007'), 'example', hex('03636f6d00001c0001'),
  ),
  recorded(
    'dns', 'dig 9.18 over TCP, the root',
    hex('0028b40301200001000000000001000002000100002904d000000000000c000a00080f624a8a9386bf4c'),
  ),
  recorded(
    'dns', 'dig 9.18, AXFR',
    hex('0034f6530020000100000000000107'), 'example',
    hex('03636f6d0000fc000100002904d000000000000c000a0008b6bbde54b90a45b8'),
  ),
  recorded(
    'dns', 'dig 9.18 over TCP, PTR',
    hex('003f6df6012000010000000000010131013201300331393207'), 'in-addr', hex('04'), 'arpa',
    hex('00000c000100002904d000000000000c000a0008ab075916764bc126'),
  ),
  recorded(
    'dns', 'dig 9.18, ANY',
    hex('0034b73a0120000100000000000107'), 'example',
    hex('03636f6d0000ff000100002904d000000000000c000a00082773125127d10258'),
  ),
  recorded(
    'dns', 'dig 9.18 over TCP, SRV with DNSSEC',
    hex('003f67680120000100000000000105'), '_ldap', hex('04'), '_tcp', hex('07'), 'example',
    hex('03636f6d000021000100002904d000008000000c000a00086d62011c873214ce'),
  ),
  // The version that the asker has stands in the authority section (RFC 1995 3).
  recorded(
    'dns', 'dig 9.18, IXFR',
    hex('00561e380000000100000001000107'), 'example',
    hex('03636f6d0000fb0001c00c00060001000000000016000078a3f1740000000000000000000000000000000000002904d00000'),
    hex('0000000c000a000885ce9fc8903ede72'),
  ),
  recorded('dns', 'kdig 3.2', hex('001d466f0120000100000000000007'), 'example', hex('03636f6d0000010001')),
  recorded(
    'dns', 'kdig 3.2 with padding and a cookie',
    hex('00801c4d0120000100000000000107'), 'example',
    hex('03636f6d00000f00010000291000000000000058000a0008a6088614472dd9f7000c00480000000000000000000000000000'),
    hex('0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000'),
    hex('0000000000000000'),
  ),
  made('dns', 'the shortest query, over TCP', 'RFC 1035 4.2.2', vector16(dnsQuery([], 2))),
  made('dns', 'the longest name, over TCP', 'RFC 1035 2.3.4', vector16(dnsQuery(longName, 1))),
  made('dns', 'the most labels, over TCP', 'RFC 1035 2.3.4', vector16(dnsQuery(labels(127), 1))),
  made(
    'dns', 'two queries at once', 'RFC 7766 6.2.1.1',
    vector16(dnsQuery(['a', 'example'], 1)), vector16(dnsQuery(['a', 'example'], 28)),
  ),

  // Of the handshake, 1528 bytes that the client filled as it liked; here others.
  recorded('rtmp', 'rtmpdump 2.4', hex('0300e4331600000000'), noise(1528, 16)),
  // The four bytes behind the time, zero by the specification, hold the version of the player that it pretends to be.
  recorded('rtmp', 'ffmpeg 5.1, RTMP', hex('030000000009007c02'), noise(1528, 17)),
  made('rtmp', 'a time of zero', 'RTMP 1.0 5.2.3', 3, u32(0), u32(0), noise(1528, 18)),

  recorded(
    'kafka', 'kcat 1.7',
    hex('0000002400120003000000010007'), 'rdkafka', hex('000b'), 'librdkafka', hex('06'), '2.0.2', hex('00'),
  ),
  recorded(
    'kafka', 'kcat 1.7, Metadata without asking for versions',
    hex('0000001500030000000000010007'), 'rdkafka', hex('000000000000001500030000000000020007'), 'rdkafka',
    hex('00000000'),
  ),
  recorded(
    'kafka', 'kcat 1.7, a client id of one letter',
    hex('0000000f0003000000000001000178000000000000000f000300000000000200017800000000'),
  ),
  recorded(
    'kafka', 'kafka-python 2.0',
    hex('0000001c00120000000000010012'), 'kafka-python-2.0.2', hex('0000002000030000000000020012'),
    'kafka-python-2.0.2', hex('00000000'),
  ),
  recorded('kafka', 'KafkaJS 2.2', hex('0000000e00120002000000000004'), 'shop'),
  ...[0, 1, 2].map((version) =>
    made('kafka', `ApiVersions v${version}`, 'Kafka protocol, ApiVersions', kafka(18, version, 'producer-1')),
  ),
  ...[3, 4].map((version) =>
    made(
      'kafka', `ApiVersions v${version} of Java`, 'KIP-511',
      kafka(18, version, 'producer-1', 0, compact('apache-kafka-java'), compact('3.6.0'), 0),
    ),
  ),
  made('kafka', 'ApiVersions v0 without a client id', 'Kafka protocol, ApiVersions', kafka(18, 0, null)),
  made('kafka', 'ApiVersions v3 without a client id', 'KIP-511', kafka(18, 3, null, 0, compact('a'), compact('1'), 0)),
  made('kafka', 'Metadata v0', 'Kafka protocol, Metadata', kafka(3, 0, 'consumer-1', u32(1), vector16('topic'))),
  made('kafka', 'Metadata v0 without a client id', 'Kafka protocol, Metadata', kafka(3, 0, null, u32(0))),

  recorded(
    'cassandra', 'cassandra-driver 4.10 of Node.js',
    hex('42000000010000008d0004000b'), 'CQL_VERSION', hex('0005'), '3.0.0', hex('000b'), 'DRIVER_NAME', hex('001f'),
    'Apache Cassandra Node.js Driver', hex('000e'), 'DRIVER_VERSION', hex('0006'), '4.10.0', hex('00'), '\tCLIENT_ID',
    hex('00'), '$51281431-5737-41f3-8195-215752034046',
  ),
  recorded(
    'cassandra', 'cassandra-driver 4.10 of Node.js, version 3',
    hex('03000000010000008d0004000b'), 'CQL_VERSION', hex('0005'), '3.0.0', hex('000b'), 'DRIVER_NAME', hex('001f'),
    'Apache Cassandra Node.js Driver', hex('000e'), 'DRIVER_VERSION', hex('0006'), '4.10.0', hex('00'), '\tCLIENT_ID',
    hex('00'), '$29879732-d3e7-41cf-aa2d-2a21b273267a',
  ),
  recorded(
    'cassandra', 'cassandra-driver 4.10 of Node.js, version 4',
    hex('04000000010000008d0004000b'), 'CQL_VERSION', hex('0005'), '3.0.0', hex('000b'), 'DRIVER_NAME', hex('001f'),
    'Apache Cassandra Node.js Driver', hex('000e'), 'DRIVER_VERSION', hex('0006'), '4.10.0', hex('00'), '\tCLIENT_ID',
    hex('00'), '$524fcde4-24c5-4c9f-9131-190914ad0558',
  ),
  recorded('cassandra', 'cassandra-driver 3.25 of Python', hex('420000000500000000')),
  recorded('cassandra', 'cassandra-driver 3.25 of Python, version 4', hex('040000000500000000')),
  recorded('cassandra', 'cassandra-driver 3.25 of Python, version 5', hex('050000000500000000')),
  // As short as the beginning of RTMP: only the end of the connection, or of patience, tells them apart.
  recorded('cassandra', 'cassandra-driver 3.25 of Python, version 3', hex('030000000500000000')),
  ...[3, 4, 5].map((version) =>
    made(
      'cassandra', `STARTUP of version ${version}`, `native_protocol_v${version}.spec 4.1.1`,
      cassandra(version, 0, 1, startupOptions({ CQL_VERSION: '3.0.0' })),
    ),
  ),
  made(
    'cassandra', 'STARTUP with compression to come', 'native_protocol_v4.spec 4.1.1',
    cassandra(4, 0, 1, startupOptions({ CQL_VERSION: '3.0.0', COMPRESSION: 'lz4' })),
  ),
  made('cassandra', 'OPTIONS of version 5 in beta', 'native_protocol_v5.spec 2.2', cassandra(5, 0x10, 5)),
  made('cassandra', 'OPTIONS of DataStax Enterprise', 'native_protocol_v4.spec 4.1.3', cassandra(0x41, 0, 5)),

  recorded('memcached', 'memcping of libmemcached 1.1, version', 'version\r\n'),
  recorded('memcached', 'memccat of libmemcached 1.1, get', 'get key1\r\n'),
  recorded('memcached', 'memccat of libmemcached 1.1, a key in UTF-8', 'get schl', hex('c3bc'), 'ssel\r\n'),
  recorded('memcached', 'memcexist of libmemcached 1.1, add', 'add key1 0 2678400 0\r\n\r\n'),
  recorded('memcached', 'memcrm of libmemcached 1.1, delete', 'delete key1\r\n'),
  recorded('memcached', 'memctouch of libmemcached 1.1, touch', 'touch key1 0\r\n'),
  recorded('memcached', 'memcflush of libmemcached 1.1, flush_all', 'flush_all \r\n'),
  recorded(
    'memcached', 'memccat of libmemcached 1.1, binary getk',
    hex('800c00040000000000000004000100000000000000000000'), 'key1',
  ),
  recorded(
    'memcached', 'memcstat of libmemcached 1.1, binary version',
    hex('800b00000000000000000000000100000000000000000000'),
  ),
  recorded('memcached', 'memjs 1.3, binary get', hex('8000000300000000000000030000000100000000000000006b6579')),
  recorded(
    'memcached', 'memjs 1.3, binary set',
    hex('8001000308000000000000100000000100000000000000000000000000000000'), 'keyvalue',
  ),
  recorded('memcached', 'memjs 1.3, binary SASL', hex('802000000000000000000000000000000000000000000000')),
  ...[
    'get a b c', 'gets key', 'gat 60 key', 'gats 60 key', 'set key 0 900 5', 'replace key 0 900 5 noreply',
    'append key 0 0 5', 'prepend key 0 0 5', 'cas key 0 900 5 42', 'incr key 1', 'decr key 1', 'stats', 'stats items',
    'verbosity 1', 'flush_all 10', 'flush_all', 'mg key v', 'ms key 5', 'md key', 'ma key', 'mn', 'me key',
  ].map((line) =>
    made('memcached', line, 'memcached protocol.txt', `${line}\r\n`, / 5( |$)/.test(line) ? 'hello\r\n' : ''),
  ),

  recorded('syslog', 'logger of util-linux 2.38, RFC 3164', '<13>Nov 21 05:55:59 vm app: hello\n'),
  recorded(
    'syslog', 'logger of util-linux 2.38, RFC 5424',
    '<13>1 2026-11-21T05:55:59.786371+00:00 vm app - - [timeQuality tzKnown="1" isSynced="0"] hello\n',
  ),
  recorded(
    'syslog', 'logger of util-linux 2.38, octet counting',
    '94 <13>1 2026-11-21T05:56:00.365625+00:00 vm app - - [timeQuality tzKnown="1" isSynced="0"] hello',
  ),
  recorded('syslog', 'syslog-client 1.1, RFC 3164', '<134>Nov 21 05:48:01 host hello from the test\n'),
  recorded(
    'syslog', 'syslog-client 1.1, RFC 5424',
    '<134>1 2026-11-21T05:48:02.802Z host app 25773 - - hello from the test\n',
  ),
  made('syslog', 'the lowest priority value', 'RFC 3164 4.1.1', '<0>Oct 11 22:14:15 host kernel: panic\n'),
  made('syslog', 'the highest priority value', 'RFC 5424 6.2.1', '<191>1 2003-10-11T22:14:15.003Z - - - - - debug\n'),
  made(
    'syslog', 'octet counting of RFC 5424', 'RFC 6587 3.4.1',
    octetCounted("<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - 'su root' failed"),
  ),
  made('syslog', 'octet counting of a short message', 'RFC 6587 3.4.1', octetCounted('<7>a')),

  recorded('minecraft', 'minecraft-server-util 5.4, status', hex('0f00'), '/\t127.0.0.1', hex('b481010100')),
  recorded('minecraft', 'minecraft-server-util 5.4, the older ping', hex('fe01')),
  made(
    'minecraft', 'status with its request', 'Java Edition protocol, Handshake',
    minecraftHandshake(767, 'mc.example.com', 1), minecraft(0),
  ),
  made(
    'minecraft', 'login', 'Java Edition protocol, Handshake',
    minecraftHandshake(47, 'mc.example.com', 2), minecraft(0, vector8('Player1')),
  ),
  made('minecraft', 'transfer', 'Java Edition protocol, Handshake', minecraftHandshake(767, 'mc.example.com', 3)),
  made(
    'minecraft', 'a version of -1, asking which', 'Java Edition protocol, Server List Ping',
    minecraftHandshake(-1, 'localhost', 1), minecraft(0),
  ),
  ...['\0FML\0', '\0FML2\0', '\0FML3\0', '\0FORGE'].map((marker) =>
    made(
      'minecraft', `login with the marker ${marker.replaceAll('\0', '')} of Forge`, 'Minecraft Forge handshake',
      minecraftHandshake(340, `mc.example.com${marker}`, 2), minecraft(0, vector8('Player1')),
    ),
  ),
  made(
    'minecraft', 'login from BungeeCord', 'BungeeCord IP forwarding',
    minecraftHandshake(47, 'mc.example.com\x00192.0.2.7\x00069a79f444e94726a5befca90e38aaf5', 2),
  ),
  made(
    'minecraft', 'status of 1.6', 'Java Edition protocol, Server List Ping 1.6',
    [0xfe, 1, 0xfa], chars16('MC|PingHost'), u16(7 + 18), 74, chars16('localhost'), u32(25565),
  ),

  recorded('openvpn', 'openvpn 2.6, plain', hex('000e38859fa12d1af0cbbc0000000000')),
  recorded(
    'openvpn', 'openvpn 2.6, tls-auth with SHA1',
    hex('002a38be7e9692cdda576fb6a590ebcab6574b86d2d8123adf27550668b227000000016b012ebd0000000000'),
  ),
  recorded(
    'openvpn', 'openvpn 2.6, tls-auth with SHA256',
    hex('0036384d35bf2527fc353fa6751921f8a912bc6a88cb9f62e69b8f50466b6c1d58b25ae06c7fc310a5e2ad000000016b012e'),
    hex('be0000000000'),
  ),
  recorded(
    'openvpn', 'openvpn 2.6, tls-auth with SHA512',
    hex('0056385058b5711a915d4d654290e9ebdbec08c4ae61cce018c4c00787dbb1d6a647067656a5f7da95a641387ee0402e2d9c'),
    hex('9317ba1d94c1afb2936a1cccdada67c3fdcaf21f67f6eef496000000016b012ebe0000000000'),
  ),
  recorded(
    'openvpn', 'openvpn 2.6, tls-crypt',
    hex('003638b92a7356a079d868000000016b012ebf2281285b8e3242ecc1161451656c09205dfe6cf389f114bc890b84d0618a55'),
    hex('b3a8404c6460'),
  ),
  recorded(
    'openvpn', 'openvpn 2.6, tls-crypt-v2',
    hex('0161505b12dd8f09a532a70f0000016b012ec0bef51e7f8ab6a2dd62ef1f9f9a63b22b34acfbc752419cc7fc4a7ad60053ea'),
    hex('18a3c03ad391d17f0aff639c734be8075077f059c992f733a5b6ead8f4386ca6ec87befb20385eb49c5ba544a573c3f7a7e1'),
    hex('f14c6ce69ae4503a5d97c7ceb13597bd61fa23f25d6332829d28bf0581497d9d6c26ed6afe9c1ae04406bbba57f9658c34be'),
    hex('4e71745739b966ba754ee4d544e632b32c407b69607fce1bc8d70f22b9aa1b087dd8110e6fc99517e8d8ab954424d65ec0ed'),
    hex('6060c4a09e00fc72ca5eee2c024d9a812f1b47a1d03ba1322429b3b0fcedb176be4eafdec5050876b7b91aea2b1ec3637b8b'),
    hex('485d0c81fb134054436756c6958ebc8fbd97dec8794042e47bde568b0826aac6efaaff387554331ecf6fd7139667c6f924e8'),
    hex('ede34728dae11969c4b7a8dda0511cfa6f8dd96a9e19488b8d2821033f4a246c54c3aea1490e6d00bbb18d7dcdd9decc54d2'),
    hex('65c197012b'),
  ),
];

export const foreignFlights: readonly Flight[] = [
  // What was taken for another protocol before, or waited for longer than it took to know.
  foreign('UTF-16 with full-width brackets', 'RFC 2781 3.2', hex('fffe08ff71674e4e09ff')),
  foreign('MP3 of 32 kbit/s', 'ISO/IEC 11172-3 2.4.1.3', hex('fffb10c40000')),
  foreign('MP3 of 32 kbit/s with a checksum', 'ISO/IEC 11172-3 2.4.1.3', hex('fffa10c40000')),
  foreign('MP2', 'ISO/IEC 11172-3 2.4.1.3', hex('fffd14c40000')),
  foreign('a telnet command alone', 'RFC 854', [255, 251, 24]),
  foreign('a method of SOCKS5 that nobody assigned', 'RFC 1928 3', [5, 1, 0x41]),
  foreign('statsd to Graphite', 'Graphite plaintext protocol', 'stats.timers.a.count 1 1434055562\n'),
  foreign('text that begins with quit', 'none', 'quite so\n'),
  foreign('text that begins with mn', 'none', 'mnemonic\n'),
  foreign('SSL 2.0 with too few cipher specs for its length', 'SSL 0.2 CLIENT-HELLO', hex('9c010100021c')),
  foreign('SSL 2.0 with too many cipher specs for its length', 'SSL 0.2 CLIENT-HELLO', hex('801c010300000600')),
  foreign('X.224 with one byte of data', 'ITU-T X.224 13.3', hex('0300000c07e0000056f3')),
  foreign('DNS whose label is longer than the query', 'RFC 1035 4.1', hex('00111234010000010000000000003f')),
  foreign('DNS longer than a query may be', 'RFC 1035 4.1', hex('ffff1234')),
  foreign('a packet of Minecraft with a host shorter than its length says', 'Java Edition protocol, Handshake', hex('4a004513')),
  foreign('OpenVPN with a large packet id', 'OpenVPN wire protocol', hex('0470500102030405060708000c158d')),
  foreign('two letters', 'none', 'GE'),
  foreign('S7comm', 'RFC 1006, ITU-T X.224 13.3', hex('0300001611e00000000100c0010ac1020100c2020102')),
  foreign('MMS', 'RFC 1006, ITU-T X.224 13.3', hex('0300001611e00000000100c1020001c2020001c0010d')),
  foreign(
    'a call of H.323', 'RFC 1006, ITU-T Q.931 3.1.14',
    hex('0300001b08020001050403889385'), hex('2806'), 'Alice\0', hex('7e00020520'),
  ),
  recorded(
    undefined, 'snmpget of Net-SNMP 5.9, SNMP 2c over TCP',
    hex('30290201010406'), 'public', hex('a01c02041db51111020100020100300e300c06082b060102010101000500'),
  ),
  recorded(
    undefined, 'snmpget of Net-SNMP 5.9, SNMP 3 over TCP',
    hex('303f020103301202047d3f4bcd02047fffffff0401040201030410300e0400020100020100040004000400301404000400a0'),
    hex('0e02040228d8d90201000201003000'),
  ),
  foreign(
    'SNMP 1 over TCP', 'RFC 1157 4',
    hex('302602010004067075626c6963a019020101020100020100300e300c06082b060102010101000500'),
  ),
  foreign('JRMP', 'Java RMI 10.2', 'JRMI', u16(2), 0x4b),
  foreign(
    'the filter of a container reaper', 'testcontainers moby-ryuk',
    'label=org.testcontainers=true&label=org.testcontainers.sessionId=7b2e\n',
  ),
  ...[
    'hello\n', 'help\r\n', 'HELP\r\n', 'QUIT\r\n', 'a\r\n', '\r\n', '\n\n\n\n', '\r\n\r\n\r\n\r\n',
    'head / http/1.1\r\nhost: a\r\n\r\n', 'PING\r\n', '?', 'exit\n', 'Hello, world', 'ssh-2.0-client\r\n',
    'SSH 2.0\r\n', 'root\r\nroot\r\n',
  ].map((text) => foreign(`the text ${JSON.stringify(text)}`, 'plain text', text)),
  foreign('UTF-8 with a byte order mark', 'RFC 3629 6', hex('efbbbf'), 'hello\n'),
  foreign('UTF-16, little endian', 'RFC 2781 3.2', hex('fffe'), 'h\0e\0l\0l\0o\0\n\0'),
  foreign('UTF-16, big endian', 'RFC 2781 3.2', hex('feff'), '\0h\0e\0l\0l\0o\0\n'),
  foreign('JSON', 'RFC 8259 2', '{"jsonrpc":"2.0","method":"ping","id":1}\n'),
  foreign('Stratum', 'Stratum mining protocol', '{"id": 1, "method": "mining.subscribe", "params": ["miner/1.0"]}\n'),
  foreign(
    'XML', 'XML 1.0 2.8',
    '<?xml version="1.0"?>\n<soap:Envelope xmlns:soap="http://www.w3.org/2003/05/soap-envelope"/>',
  ),
  foreign('XML that begins like a stream', 'XML 1.0 3', '<stream><item/></stream>'),
  foreign('a request for a policy', 'Flash cross-domain policy', '<policy-file-request/>\0'),
  foreign('HTML', 'HTML 13.1', '<!DOCTYPE html>\n<html lang="en"><title>a</title>'),
  foreign('GET of HTTP/0.9', 'HTTP/0.9', 'GET /\r\n'),
  foreign('GET of HTTP/0.9 with a line feed', 'HTTP/0.9', 'GET /index.html\n'),
  foreign('GET and nothing', 'HTTP/0.9', 'GET\n'),
  foreign('a method and a target that never ends its line', 'RFC 9112 3', 'GET /a b c d e f g h\r\n\r\n'),
  foreign('a request of HTTP/2.0 as text', 'RFC 9113 3', head('GET / HTTP/2.0', 'Host: example.com')),
  foreign('a response of HTTP', 'RFC 9112 4', head('HTTP/1.1 200 OK', 'Content-Length: 0')),
  foreign('a preface with another version', 'RFC 9113 3.4', 'PRI * HTTP/1.1\r\n\r\nSM\r\n\r\n'),
  foreign('a preface that ends otherwise', 'RFC 9113 3.4', 'PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n'),
  foreign('ICAP', 'RFC 3507 4.8.2', head('REQMOD icap://icap.example.net/modify ICAP/1.0', 'Host: icap.example.net')),
  foreign('ICE, the older SOURCE', 'Icecast 2, SOURCE', head('SOURCE /mount ICE/1.0', 'content-type: audio/mpeg')),
  foreign('RTSP of version 3', 'RFC 7826 7.1', head('OPTIONS * RTSQ/1.0', 'CSeq: 1')),
  foreign('SIP of version 3', 'RFC 3261 7.1', head('OPTIONS sip:a@example.com SIP/3.0', 'Max-Forwards: 70')),
  foreign('STOMP', 'STOMP 1.2, CONNECT', 'CONNECT\naccept-version:1.2\nhost:example.com\n\n\0'),
  recorded(undefined, 'curl 7.88, Gopher', hex('2f780d0a')),
  recorded(undefined, 'curl 7.88, DICT', 'CLIENT libcurl 7.88.1\r\nDEFINE ! word\r\nQUIT\r\n'),
  foreign('Finger', 'RFC 1288 2.3', '/W alice\r\n'),
  recorded(undefined, 'irssi 1.4, IRC', 'CAP LS 302\r\nJOIN :\r\n'),
  foreign('IRC', 'RFC 2812 3.1', 'NICK alice\r\nUSER alice 0 * :Alice\r\n'),
  foreign('POP3', 'RFC 1939 7', 'USER alice\r\n'),
  foreign('IMAP', 'RFC 9051 6.1.1', 'a001 CAPABILITY\r\n'),
  foreign('FTP', 'RFC 959 5.3.1', 'USER anonymous\r\n'),
  foreign('NNTP', 'RFC 3977 5.3', 'MODE READER\r\n'),
  foreign('SMTP without a greeting', 'RFC 5321 4.1.1.2', 'MAIL FROM:<a@example.com>\r\n'),
  recorded(
    undefined, 'git 2.39, its own protocol',
    '0041git-upload-pack /project.git', hex('00'), 'host=127.0.0.1:42619', hex('0000'), 'version=2', hex('00'),
  ),
  foreign(
    'svn', 'Subversion ra_svn protocol',
    '( 2 ( edit-pipeline svndiff1 accepts-svndiff2 absent-entries ) 23:svn://example.com/trunk ) ',
  ),
  recorded(undefined, 'rsync 3.5', '@RSYNCD: 32.0 sha512 sha256 sha1 md5 md4\n'),
  recorded(
    undefined, 'tsql of FreeTDS 1.3',
    hex('1201003a0000000000001a00060100200001020021000c03002d00040400310001ff09000000000000'), 'MSSQLServer',
    hex('00e668000000'),
  ),
  // Nothing in it can be told from chance: that is what it is for.
  recorded(
    undefined, 'aria2c 1.36, BitTorrent in disguise',
    hex('90cfb7f05efaf25d5da941c8b48e41e3b8d8f03cb7e615227aa47991b8220967d7fb4053da81b9818579386900ec8ea221b4'),
    hex('1973afcfc06a259fc97da40ab790d33297cdc27a7805dcf8f48af41ce794c68e4bdc1ec5c9218c3e5da0ee9d9ec8'),
  ),
  recorded(
    undefined, 'turnutils_uclient of coturn 4.6, TURN over TCP',
    hex('000300202112a442b9541c57c7f768fd06ee83f50019000411000000000d000400000309001800018000000080280004a7e0'),
    hex('0247'),
  ),
  foreign(
    'Oracle Net', 'Oracle Net, TNS connect',
    hex('003a0000010000000136012c0c412000ffff7f080000010000000032000000000000'), '(CONNECT_DATA=(SID=X))    ',
  ),
  foreign('X11, little endian', 'X11 protocol 8', hex('6c000b000000000000000000')),
  foreign(
    'X11, big endian', 'X11 protocol 8',
    hex('4200000b0000001200100000'), 'MIT-MAGIC-COOKIE-1\0\0', noise(16, 20),
  ),
  foreign('LPD', 'RFC 1179 5.2', 2, 'lp\n'),
  foreign('PJL', 'PJL Technical Reference 2', '\x1b%-12345X@PJL INFO ID\r\n'),
  foreign('Modbus', 'Modbus/TCP 3.1', hex('00010000000601030000000a')),
  foreign('DNP3', 'IEEE 1815 9.2', hex('056405c001000004e921')),
  foreign('IEC 60870-5-104', 'IEC 60870-5-104 5', hex('680407000000')),
  foreign('EtherNet/IP', 'EtherNet/IP 2-4.4', hex('65000400'), new Uint8Array(20), hex('01000000')),
  foreign(
    'OPC UA', 'OPC UA 6 7.1.2',
    'HELF', u32le(56), u32le(0), u32le(65536), u32le(65536), u32le(0), u32le(0), u32le(24), 'opc.tcp://192.0.2.1:4840',
  ),
  foreign('BGP', 'RFC 4271 4.2', new Uint8Array(16).fill(255), hex('001d0104fde800b4c000020100')),
  foreign(
    'Diameter', 'RFC 6733 3, 4.1',
    hex('0100002880000101000000000000000100000002'), hex('0000010840000013'), 'a.example.c\0',
  ),
  foreign(
    'ZooKeeper', 'ZooKeeper ConnectRequest',
    vector32(u32(0), u32(0), u32(0), u32(30000), u32(0), u32(0), u32(16), new Uint8Array(16), 0),
  ),
  foreign('Zabbix', 'Zabbix 6.0 protocols', 'ZBXD', 1, u32le(20), u32le(0), '{"request":"version"'),
  foreign('Ceph', 'Ceph msgr2 protocol', 'ceph v2\n', hex('1000'), u32le(1), u32le(0), u32le(0), u32le(0)),
  foreign('Thrift, framed', 'Thrift binary protocol', vector32(hex('80010001'), vector32('ping'), u32(1), 0)),
  foreign('Thrift', 'Thrift binary protocol', hex('80010001'), vector32('getStatus'), u32(1), 0),
  foreign(
    'ONC RPC', 'RFC 5531 9, 11',
    u32(0x80000028), hex('72fe1d13'), u32(0), u32(2), u32(100003), u32(3), new Uint8Array(20),
  ),
  foreign(
    'Kerberos', 'RFC 4120 7.2.2, 5.4.1',
    vector32(ber(0x6a, 1, ber(0x30, 1, hex('a103020105'), hex('a20302010a'), ber(0xa4, 1, noise(180, 21))))),
  ),
  foreign('SMPP', 'SMPP 3.4 4.1.1', counted32(u32(2), u32(0), u32(1), 'smppclient1\0secret\0\0', [0x34, 0, 0, 0])),
  foreign('Gearman', 'Gearman protocol', '\0REQ', u32(1), vector32('reverse')),
  foreign(
    'Erlang distribution', 'Erlang distribution protocol 13.2',
    vector16('n', u16(5), hex('00074f9c'), 'a@localhost.local'),
  ),
  foreign('Bolt of Neo4j', 'Bolt handshake', hex('6060b017'), hex('00000404000003040000000400000003')),
  foreign('ActiveMQ OpenWire', 'OpenWire 1', vector32(1, 'ActiveMQ', u32(12), noise(40, 22))),
  foreign('AJP', 'AJP13', hex('1234000602'), 'hello'),
  foreign('FastCGI', 'FastCGI 1.0 3.3, 5.1', hex('01010001000800000001000000000000')),
  foreign('the agent of SSH', 'SSH agent protocol 3', vector32(11)),
  foreign('MQTT, PUBLISH without CONNECT', 'MQTT 3.1.1 3.3', hex('300a0003612f6268656c6c6f')),
  foreign('MQTT of another name', 'MQTT 3.1.1 3.1.2.1', mqttConnect(vector16('MQTX'), 4, 2, u16(60), vector16(''))),
  foreign(
    'MQTT of a version that is none', 'MQTT 3.1.1 3.1.2.2',
    mqttConnect(vector16('MQTT'), 3, 2, u16(60), vector16('')),
  ),
  foreign('SPICE', 'SPICE link message', 'REDQ', u32le(2), u32le(2), u32le(26), noise(26, 23)),
  foreign('a private key', 'RFC 5958 2', hex('308204be020100300d06092a864886f70d0101010500048204a8'), noise(32, 24)),
  foreign('a certificate', 'RFC 5280 4.1', hex('3082030a308201f2a003020102021445'), noise(32, 25)),
  foreign('a PEM file', 'RFC 7468 2', '-----BEGIN CERTIFICATE-----\nMIIDCjCCAfKgAwIBAgIU\n'),
  foreign('PNG', 'PNG 5.2', hex('89504e470d0a1a0a0000000d49484452')),
  foreign('gzip', 'RFC 1952 2.3', hex('1f8b0800000000000003cb48cdc9c9070086a6103605000000')),
  foreign('ELF', 'ELF 1, e_ident', hex('7f454c4602010100000000000000000003003e0001000000')),
  foreign('ZIP', 'APPNOTE 4.3.7', hex('504b030414000000080000002100'), noise(20, 26)),
  foreign('PDF', 'ISO 32000 7.5.2', '%PDF-1.7\n'),
  foreign('zeros', 'no specification', new Uint8Array(64)),
  foreign('ones', 'no specification', new Uint8Array(64).fill(255)),
  foreign('one zero', 'no specification', 0),
  foreign('nothing', 'no specification'),
  foreign('DTLS over a stream', 'RFC 9147 4', dtlsHello(0xfefd, dtlsBody)),
  foreign('a TLS record without content', 'RFC 8446 5.1', hex('1603010000'), message()),
  foreign('a TLS record that is too long', 'RFC 8446 5.1', hex('16030140010100'), noise(40, 27)),
  foreign(
    'a ServerHello', 'RFC 8446 4.1.3',
    hex('16030300310200002d0303'), noise(32, 28), hex('0013010000050000000000'),
  ),
  foreign('a TLS alert', 'RFC 8446 6', hex('15030100020228')),
  foreign('a TLS record of version 2', 'RFC 8446 5.1', hex('160200002e0100002a'), noise(40, 29)),
  foreign(
    'a hello of SSL 2.0 whose lengths do not add up', 'RFC 5246 E.2',
    hex('802e0103010016000000100000040000050000'), noise(29, 30),
  ),
  foreign(
    'a hello of SSL 2.0 with ciphers that are not in threes', 'RFC 5246 E.2',
    hex('801e010301000500000010'), noise(21, 31),
  ),
  foreign(
    'a hello of SSL 2.0 behind a header of three bytes', 'SSL 0.2 RECORD HEADER',
    hex('002e000103010015000000100000040000050000'), noise(29, 32),
  ),
  foreign('a ServerHello of SSL 2.0', 'SSL 0.2 SERVER-HELLO', hex('802004000100020000000300100700c0'), noise(18, 33)),
  ...[
    'PROXY TCP5 192.0.2.1 198.51.100.1 1 2\r\n', 'PROXY UDP4 192.0.2.1 198.51.100.1 1 2\r\n',
    'PROXY tcp4 192.0.2.1 198.51.100.1 1 2\r\n', 'PROXY\tTCP4 192.0.2.1 198.51.100.1 1 2\r\n',
    'PROXYTCP4 192.0.2.1 198.51.100.1 1 2\r\n', 'proxy TCP4 192.0.2.1 198.51.100.1 1 2\r\n', 'PROXY UNKNOWM\r\n',
  ].map((line) => foreign(`the header ${JSON.stringify(line)}`, 'PROXY protocol 2.1', line)),
  foreign('a PROXY header of version 3', 'PROXY protocol 2.2', hex('0d0a0d0a000d0a515549540a3111000c'), tcp4),
  foreign(
    'a signature of PROXY with one bit wrong', 'PROXY protocol 2.2',
    hex('0d0a0d0a000d0a515549550a2111000c'), tcp4,
  ),
  foreign('SSH with an underscore', 'RFC 4253 4.2', 'SSH_2.0-client\r\n'),
  foreign('a SOCKS of version 6', 'RFC 1928 3', hex('060100')),
  foreign('SOCKS4 with a command that is none', 'SOCKS4', hex('04030050c000020100')),
  foreign('SOCKS5 without a method', 'RFC 1928 3', hex('0500')),
  foreign('SOCKS5 that accepts no method', 'RFC 1928 3', hex('0501ff')),
  foreign('RDP whose lengths differ', 'RFC 1006 6, ITU-T X.224 13.2', hex('030000130de00000000000010008000b000000')),
  foreign(
    'a startup of PostgreSQL 2', 'PostgreSQL 6.3 protocol',
    counted32(u16(2), u16(0), 'database'.padEnd(64, '\0'), 'user'.padEnd(32, '\0'), new Uint8Array(192)),
  ),
  foreign('a startup of PostgreSQL without a parameter', 'PostgreSQL 18 54.7', counted32(u16(3), u16(0), 0)),
  foreign('a reply of Redis', 'RESP 2, Simple strings', '*1\r\n+OK\r\n'),
  foreign('a Redis array without a number', 'RESP 2, Arrays', '*x\r\n$4\r\nPING\r\n'),
  foreign(
    'a reply of MongoDB', 'MongoDB wire protocol, OP_REPLY',
    u32le(36), u32le(1), u32le(9), u32le(1), new Uint8Array(20),
  ),
  foreign('AMQP of version 3', 'AMQP 1.0 2.2', 'AMQP', [0, 3, 0, 0]),
  foreign('AMQQ', 'AMQP 1.0 2.2', 'AMQQ', [0, 1, 0, 0]),
  foreign(
    'an XML stream of another namespace prefix', 'RFC 6120 4.8.5',
    "<?xml version='1.0'?><strean:stream xmlns='a'>",
  ),
  foreign('a length of BitTorrent that is another', 'BEP 3', 20, 'BitTorrent protocol', new Uint8Array(48)),
  foreign('BitTorrent with a capital', 'BEP 3', 19, 'BitTorrent Protocol', new Uint8Array(48)),
  foreign('NATS in one word', 'NATS client protocol, CONNECT', 'CONNECT{}\r\n'),
  foreign('LDAP with a tag that is none', 'RFC 4511 4.2', hex('300c020101400702010304008000')),
  foreign('SMB with one letter changed', 'MS-SMB2 2.1', hex('00000040fe534d43'), new Uint8Array(60)),
  foreign('telnet, no command', 'RFC 854', hex('ff0118')),
  foreign('RFC 003.008', 'RFC 6143 7.1.1', 'RFC 003.008\n'),
  foreign(
    'CNXM', 'adb protocol.txt, A_CNXN',
    'CNXM', u32le(0x01000000), u32le(4096), u32le(7), u32le(0x23c), hex('bcb1a7b1'), 'host::\0',
  ),
  foreign(
    'CNXN with another magic', 'adb protocol.txt, A_CNXN',
    'CNXN', u32le(0x01000000), u32le(4096), u32le(7), u32le(0x23c), hex('bcb1a7b2'), 'host::\0',
  ),
  foreign('FIX in another field', 'FIX 4.4, Header', '9=FIX.4.4\x0135=A\x01'),
  foreign(
    'a magic of Bitcoin and another command', 'Bitcoin developer reference',
    bitcoin('f9beb4d9', 'verack', new Uint8Array(0)),
  ),
  foreign('another chain than Bitcoin', 'Litecoin chain parameters', bitcoin('fbc0b6db', 'version', bitcoinVersion)),
  foreign('DHLO', 'RFC 5321 4.1.1.1', 'DHLO mail.example.com\r\n'),
  foreign('a query of DNS with more labels than a name can have, over TCP', 'RFC 1035 2.3.4', vector16(dnsQuery(labels(128), 1))),
  foreign('an answer of DNS over TCP', 'RFC 1035 4.1.1, 4.2.2', vector16(dnsQuery(['a', 'example'], 1, 0x8180))),
  foreign('a priority value that is too high', 'RFC 5424 6.2.1', '<192>1 2003-10-11T22:14:15.003Z - - - - - a\n'),
  foreign('a priority value without digits', 'RFC 3164 4.1.1', '<>a\n'),
  foreign('octet counting of something else', 'RFC 6587 3.4.1', '12 monkeys came\n'),
  foreign(
    'a Minecraft handshake to a state that is none', 'Java Edition protocol, Handshake',
    minecraftHandshake(47, 'mc.example.com', 9),
  ),
  ...Array.from({ length: 20 }, (_, at) =>
    foreign(`noise ${at + 1}`, 'no specification', noise(64, Math.imul(at + 1, 0x9e3779b1))),
  ),
];

export const datagrams: readonly Flight[] = [
  // Behind their headers as much noise as they had protected bytes.
  recorded('quic', 'chromium 156, QUIC 1', hex('c00000000108afcb636493b79a9c000044d0'), noise(1232, 40)),
  made('quic', 'QUIC 1, as short as it may be', 'RFC 9000 14.1, 17.2.2', quic(0xc3, '00000001', noise(8, 41))),
  made('quic', 'QUIC 1, the longest id', 'RFC 9000 17.2.2', quic(0xc0, '00000001', noise(20, 42), 1350)),
  made('quic', 'QUIC 2', 'RFC 9369 3.1, 3.2', quic(0xd3, '6b3343cf', noise(8, 43))),
  made('quic', 'draft 29 of QUIC', 'draft-ietf-quic-transport-29 17.2.2', quic(0xc1, 'ff00001d', noise(8, 44))),
  made('quic', 'a version that asks for others', 'RFC 9000 15', quic(0xc0, '1a2a3a4a', noise(8, 45))),
  made('quic', 'another version that asks for others', 'RFC 9000 15', quic(0xff, 'fafafafa', noise(18, 46), 1252)),

  recorded(
    'dtls', 'openssl s_client of OpenSSL 3.0, DTLS 1.2',
    hex('16feff000000000000000000c0010000b400000000000000b4fefdb5224d6ae1e757bead69c55403efafbddb12c17e21d0e8'),
    hex('f2fe1fd0654cb8b28800000038c02cc030009fcca9cca8ccaac02bc02f009ec024c028006bc023c0270067c00ac0140039c0'),
    hex('09c0130033009d009c003d003c0035002f00ff01000052000b000403000102000a000c000a001d0017001e00190018002300'),
    hex('000016000000170000000d002a0028040305030603080708080809080a080b08040805080604010501060103030301030204'),
    hex('0205020602'),
  ),
  recorded(
    'dtls', 'openssl s_client of OpenSSL 3.0, DTLS 1.0',
    hex('16feff0000000000000000006c010000600000000000000060feffa7cadfd3ceb0b7ccfc248d899b08f4d8406b324e39ec99'),
    hex('de24701c7590649e3600000012c00ac0140039c009c01300330035002f00ff01000024000b000403000102000a000c000a00'),
    hex('1d0017001e00190018002300000016000000170000'),
  ),
  recorded(
    'dtls', 'turnutils_uclient of coturn 4.6, DTLS',
    hex('16feff000000000000000000a80100009c000000000000009cfeffd6d384f40d4fb9420bddc68976fd48d9feaaa2c797f1b8'),
    hex('b710d2d1871429536c00000022c00ac0140039003800880087c009c013003300320045004400350084002f004100ff010000'),
    hex('50000b000403000102000a000c000a001d0017001e001900180023000000100028002608'), 'http/1.1\tstun.turn', hex('12'),
    'stun.nat-discovery', hex('0016000000170000'),
  ),
  made('dtls', 'a record of DTLS 1.2', 'RFC 6347 4.1, 4.3.2', dtlsHello(0xfefd, dtlsBody)),
  made('dtls', 'the first fragment of a hello', 'RFC 6347 4.2.3', dtlsHello(0xfeff, dtlsBody, 20)),

  recorded('stun', 'turnutils_stunclient of coturn 4.6, binding', hex('000100002112a4421516ee0cfef5b750e68bc65f')),
  recorded(
    'stun', 'turnutils_uclient of coturn 4.6, allocate',
    hex('000300202112a4424eafdf2c4b634bd0268c50230019000411000000000d0004000003090018000180000000802800042e90'),
    hex('a469'),
  ),
  made(
    'stun', 'the request of a WebRTC peer', 'RFC 5769 2.1',
    hex('000100582112a442b7e7a701bc34d686fa87dfae'), hex('80220010'), 'STUN test client',
    hex('002400046e0001ff80290008932ff9b151263b36'), hex('00060009'), 'evtj:h6vY   ',
    hex('000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a280280004e57a3bcf'),
  ),
  made('stun', 'binding indication', 'RFC 8489 5', stun(0x11)),

  recorded(
    'dns', 'dig 9.18',
    hex('cbe40120000100000000000107'), 'example',
    hex('03636f6d000001000100002904d000000000000c000a00085090eef6abb347aa'),
  ),
  recorded(
    'dns', 'dig 9.18, AAAA without EDNS',
    hex('bcaf0120000100000000000007'), 'example', hex('03636f6d00001c0001'),
  ),
  recorded(
    'dns', 'dig 9.18, the root',
    hex('c0e901200001000000000001000002000100002904d000000000000c000a0008'), '/*7^', hex('837078d7'),
  ),
  recorded(
    'dns', 'dig 9.18, ANY over UDP',
    hex('d4280120000100000000000107'), 'example',
    hex('03636f6d0000ff000100002904d000000000000c000a00081ba6b46da59147e3'),
  ),
  recorded(
    'dns', 'dig 9.18, SRV with DNSSEC',
    hex('0e72012000010000000000010c'), '_xmpp-client', hex('04'), '_tcp', hex('07'), 'example',
    hex('03636f6d000021000100002904d000008000000c000a0008cdb201cb5cbdb45f'),
  ),
  made('dns', 'the shortest query', 'RFC 1035 4.1', dnsQuery([], 2)),
  made('dns', 'the longest name', 'RFC 1035 2.3.4', dnsQuery(longName, 1)),
  made('dns', 'the most labels', 'RFC 1035 2.3.4', dnsQuery(labels(127), 1)),
  made('dns', 'a query with EDNS', 'RFC 6891 6.1.2', dnsQuery(['www', 'example', 'com'], 65, 0x0120, [opt])),
  made(
    'dns', 'a query of multicast DNS', 'RFC 6762 5',
    hex('000000000001000000000000'), vector8('_http'), vector8('_tcp'), vector8('local'), 0, u16(12), u16(0x8001),
  ),

  recorded(
    'wireguard', 'wireguard-go 0.0.20220316',
    hex('010000008f9049e41221374b573e68f16343b455ee3be7c26ca8586d927d3752ef1bb528690f3c2c85b8cc3db1bc966afe81'),
    hex('d67b9514f7bc4b906f893f7686476e2766e65d02752131673329b594cafe4977149009c9c0ffc68e9ebcb4f43384e8fcfc24'),
    hex('b8dde175149e09e3567ec24a1d23b8c40fe46c311ae146597b561bf0537e2c8d00000000000000000000000000000000'),
  ),

  recorded('openvpn', 'openvpn 2.6 over UDP, plain', hex('38044a4572f89a2f440000000000')),
  recorded(
    'openvpn', 'openvpn 2.6 over UDP, tls-auth with SHA1',
    hex('3829e11d7ff8bb61560670802ce7a59be6e4680cc6904e080d612e891a000000016b012eb80000000000'),
  ),
  recorded(
    'openvpn', 'openvpn 2.6 over UDP, tls-auth with SHA256',
    hex('385e627abe69479592db2cd35c76f6b81e272946273340890b2bbe0a6684acb84ea032035116b964cf000000016b012eb900'),
    hex('00000000'),
  ),
  recorded(
    'openvpn', 'openvpn 2.6 over UDP, tls-auth with SHA512',
    hex('386c85057365e2cc6dcdfd53e751f8dd74263f860c8001b167182c72fc6717cf7c59818c85d3be4ad6f0d3d23e02035dc3f4'),
    hex('cefc694df375190bb3e74ea4380a0b39c0925ea0194cf2000000016b012eba0000000000'),
  ),
  recorded(
    'openvpn', 'openvpn 2.6 over UDP, tls-crypt',
    hex('38d8f674cfee7a287d000000016b012ebbe814df9ac2c41221886206b5675ec94d31b44ae26e9fd4490245f8e860bea8f46b'),
    hex('23291668'),
  ),
  recorded(
    'openvpn', 'openvpn 2.6 over UDP, tls-crypt-v2',
    hex('501203f313754822680f0000016b012ebb4c7a0671f82ce2bb4915b9e7e8e2de1a22dacefbc272a31a5c7dfe79fe53202b02'),
    hex('ba3eedf8d17f0aff639c734be8075077f059c992f733a5b6ead8f4386ca6ec87befb20385eb49c5ba544a573c3f7a7e1f14c'),
    hex('6ce69ae4503a5d97c7ceb13597bd61fa23f25d6332829d28bf0581497d9d6c26ed6afe9c1ae04406bbba57f9658c34be4e71'),
    hex('745739b966ba754ee4d544e632b32c407b69607fce1bc8d70f22b9aa1b087dd8110e6fc99517e8d8ab954424d65ec0ed6060'),
    hex('c4a09e00fc72ca5eee2c024d9a812f1b47a1d03ba1322429b3b0fcedb176be4eafdec5050876b7b91aea2b1ec3637b8b485d'),
    hex('0c81fb134054436756c6958ebc8fbd97dec8794042e47bde568b0826aac6efaaff387554331ecf6fd7139667c6f924e8ede3'),
    hex('4728dae11969c4b7a8dda0511cfa6f8dd96a9e19488b8d2821033f4a246c54c3aea1490e6d00bbb18d7dcdd9decc54d265c1'),
    hex('97012b'),
  ),

  recorded(
    'bittorrent', 'aria2c 1.36, ping of the DHT',
    'd1:ad2:id20:', hex('b17a1d80b8bbe4cadc95afa162187ab44e8653ab'), 'e1:q4:ping1:t4:l', hex('ab96'), 'o1:v4:A2',
    hex('0003'), '1:y1:qe',
  ),
  recorded(
    'bittorrent', 'bittorrent-dht 11.0, find_node',
    'd1:ad2:id20:0oR', hex('e5b58b67977ff9ab9f428b6279f9cc37a9'), '6:target20:0oR',
    hex('e5b58b67977ff9ab9f428b6279f9cc37a9'), 'e1:q9:find_node1:t2:', hex('0001'), '1:y1:qe',
  ),
  // While it joins, its arguments have a key before `id`.
  recorded(
    'bittorrent', 'libtorrent 2.0, get_peers to begin with',
    'd1:ad2:bsi1e2:id20:', hex('d0c519682e82fe7690fd149fa7aafc2cfd1ab4'), 'o9:info_hash20:',
    hex('d0c519682e82fe7690fd149f3ed3582ab5'), '\tbme1:q9:get_peers1:t2:$', hex('02'), '1:v4:LT', hex('0208'),
    '1:y1:qe',
  ),
  recorded(
    'bittorrent', 'libtorrent 2.0, get_peers',
    'd1:ad2:id20:', hex('d0c519682e82fe7690fd149fa7aafc2cfd1ab4'), 'o9:info_hash20:',
    hex('ec3882f6d4500db00524904babc761c0eaf7f5'), 'ce1:q9:get_peers1:t2:', hex('bb86'), '1:v4:LT', hex('0208'),
    '1:y1:qe',
  ),
  recorded('bittorrent', 'aria2c 1.36, connecting to a tracker', hex('00000417271019800000000037e1a1ed')),
  made(
    'bittorrent', 'get_peers', 'BEP 5',
    'd1:ad2:id20:abcdefghij01234567899:info_hash20:mnopqrstuvwxyz123456e1:q9:get_peers1:t2:aa1:y1:qe',
  ),

  recorded(
    'sip', 'sipp 3.6 over UDP, INVITE',
    'INVITE sip:service@127.0.0.1:40500 SIP/2.0\r\n', 'Via: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bK-23398-1-0\r\n',
    'From: sipp <sip:sipp@127.0.0.1:5060>;tag=23398SIPpTag001\r\n',
    'To: service <sip:service@127.0.0.1:40500>\r\nCall-ID: 1-23398@127.0.0.1\r\nCSeq: 1 INVITE\r\n',
    'Contact: sip:sipp@127.0.0.1:5060\r\nMax-Forwards: 70\r\nSubject: Performance Test\r\n',
    'Content-Type: application/sdp\r\nContent-Length:   129\r\n\r\nv=0\r\n',
    'o=user1 53655765 2353687637 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n',
    'm=audio 6000 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n',
  ),
  recorded(
    'sip', 'sipsak 0.9 over UDP, OPTIONS',
    'OPTIONS sip:bob@127.0.0.1:3446 SIP/2.0\r\n',
    'Via: SIP/2.0/UDP 127.0.0.1:51894;branch=z9hG4bK.5616da17;rport;alias\r\n',
    'From: sip:sipsak@127.0.0.1:51894;tag=2f5c74d2\r\nTo: sip:bob@127.0.0.1:3446\r\n',
    'Call-ID: 794588370@127.0.0.1\r\nCSeq: 1 OPTIONS\r\nContact: sip:sipsak@127.0.0.1:51894\r\n',
    'Content-Length: 0\r\nMax-Forwards: 70\r\nUser-Agent: sipsak 0.9.8.1\r\nAccept: text/plain\r\n\r\n',
  ),
  recorded(
    'sip', 'sipsak 0.9 over UDP, REGISTER',
    'REGISTER sip:127.0.0.1:6098 SIP/2.0\r\n',
    'Via: SIP/2.0/UDP 127.0.0.1:54097;branch=z9hG4bK.5852d5d2;rport;alias\r\n',
    'From: sip:bob@127.0.0.1:6098;tag=750708c2\r\nTo: sip:bob@127.0.0.1:6098\r\n',
    'Call-ID: 1963395266@127.0.0.1\r\nCSeq: 1 REGISTER\r\nContent-Length: 0\r\nMax-Forwards: 70\r\n',
    'User-Agent: sipsak 0.9.8.1\r\nExpires: 15\r\nContact: sip:me@127.0.0.1\r\n\r\n',
  ),

  made('proxy-v2', 'UDP over IPv4', 'PROXY protocol 2.2', proxyV2(0x21, 0x12, tcp4), dnsQuery(['a', 'example'], 1)),
  made('proxy-v2', 'UDP over IPv6', 'PROXY protocol 2.2', proxyV2(0x21, 0x22, tcp6), 'payload'),
  made('proxy-v2', 'LOCAL', 'PROXY protocol 2.2', proxyV2(0x20, 0x00)),
];

export const foreignDatagrams: readonly Flight[] = [
  // What was taken for DNS before.
  foreign(
    'NetBIOS node status', 'RFC 1002 4.2.17',
    hex('80f000100001000000000000'), vector8(`CK${'A'.repeat(30)}`), 0, u16(0x21), u16(1),
  ),
  foreign(
    'NetBIOS name query', 'RFC 1002 4.2.12',
    hex('80f001100001000000000000'), vector8('FHEPFCELEHFCEPFFFACACACACACACABM'), 0, u16(0x20), u16(1),
  ),
  foreign('DNS with a pointer for a question', 'RFC 1035 4.1.4', hex('123401000001000000000000ffff00010001')),
  foreign('NTP', 'RFC 5905 7.3', hex('23000000'), new Uint8Array(36), noise(8, 50)),
  foreign('NTP of an older client', 'RFC 1305 A', hex('1b'), new Uint8Array(47)),
  recorded(
    undefined, 'snmpget of Net-SNMP 5.9',
    hex('30290201010406'), 'public', hex('a01c02041f2c3ef6020100020100300e300c06082b060102010101000500'),
  ),
  foreign('RTP', 'RFC 3550 5.1', hex('8000303900000a0012345678'), noise(160, 51)),
  foreign('RTCP', 'RFC 3550 6.4.1', hex('80c8000612345678'), noise(20, 52)),
  foreign('CoAP', 'RFC 7252 3', hex('40017d34bb'), '.well-known', 4, 'core'),
  foreign('IKEv2', 'RFC 7296 3.1', noise(8, 53), new Uint8Array(8), hex('2120220800000000000000f0'), noise(212, 54)),
  foreign('TFTP', 'RFC 1350 5', u16(1), 'pxelinux.0\0octet\0'),
  foreign(
    'SSDP', 'UPnP Device Architecture 2.0 1.3.2',
    head('M-SEARCH * HTTP/1.1', 'HOST: 239.255.255.250:1900', 'MAN: "ssdp:discover"', 'MX: 1', 'ST: ssdp:all'),
  ),
  foreign(
    'RADIUS', 'RFC 2865 3',
    hex('012a0039'), noise(16, 55), 1, 7, 'alice', 2, 18, noise(16, 56), hex('0406c0000201'), hex('050600000003'),
  ),
  foreign('L2TP', 'RFC 2661 3.1', hex('c802001400000000000000008008000000000001')),
  foreign('DHCP', 'RFC 2131 2', hex('01010600'), noise(4, 57), new Uint8Array(228), hex('63825363350101ff')),
  foreign('syslog, over UDP', 'RFC 5426 3.1', '<34>1 2003-10-11T22:14:15.003Z - - - - - a'),
  foreign('a short header of QUIC', 'RFC 9000 17.3.1', 0x45, noise(40, 58)),
  foreign('a long header of QUIC in few bytes', 'RFC 9000 14.1', quic(0xc3, '00000001', noise(8, 59), 100)),
  foreign(
    'a version negotiation of QUIC', 'RFC 9000 17.2.1',
    hex('c000000000'), vector8(noise(8, 60)), vector8(noise(8, 61)), hex('000000016b3343cf'),
  ),
  foreign(
    'a version negotiation of QUIC as long as an Initial', 'RFC 9000 17.2.1',
    hex('c000000000'), vector8(noise(8, 60)), vector8(noise(8, 61)), noise(1200, 70),
  ),
  foreign('application data of DTLS', 'RFC 6347 4.1', hex('17fefd0001000000000001'), vector16(noise(40, 62))),
  foreign(
    'a HelloVerifyRequest of DTLS', 'RFC 6347 4.2.1',
    hex('16feff00000000000000000023'), hex('030000170000000000000017feff14'), noise(20, 63),
  ),
  recorded(
    undefined, 'stun 0.97 of RFC 3489, without a cookie',
    hex('00010008017ccf4c2cab861cda220b42421e33610003000400000000'),
  ),
  foreign('STUN with a length that is not its own', 'RFC 8489 5', hex('000100082112a442'), noise(12, 64)),
  foreign('a message of WireGuard, one byte short', 'WireGuard 5.4.2', hex('01000000'), noise(143, 65)),
  foreign('a message of WireGuard, one byte long', 'WireGuard 5.4.2', hex('01000000'), noise(145, 66)),
  foreign('a response of WireGuard', 'WireGuard 5.4.3', hex('02000000'), noise(88, 67)),
  foreign('a query of DNS with more labels than a name can have', 'RFC 1035 2.3.4', dnsQuery(labels(128), 1)),
  foreign('an answer of DNS', 'RFC 1035 4.1.1', dnsQuery(['a', 'example'], 1, 0x8180)),
  foreign('a query of DNS with something behind it', 'RFC 1035 4.1', dnsQuery(['a', 'example'], 1), 'more'),
  foreign('a query of DNS that is cut', 'RFC 1035 4.1', dnsQuery(['a', 'example'], 1).subarray(0, 20)),
  foreign('an answer of the DHT', 'BEP 5', 'd1:rd2:id20:abcdefghij0123456789e1:t2:aa1:y1:re'),
  foreign('an announce to a tracker', 'BEP 15', noise(8, 68), u32(1), noise(86, 69)),
  foreign('an empty datagram', 'RFC 768'),
  foreign('one byte', 'no specification', 0),
  foreign('text', 'plain text', 'hello\n'),
  foreign('a keepalive of SIP', 'RFC 5626 4.4.1', '\r\n\r\n'),
  foreign('zeros in a datagram', 'no specification', new Uint8Array(1200)),
  foreign('ones in a datagram', 'no specification', new Uint8Array(1200).fill(255)),
  ...Array.from({ length: 20 }, (_, at) =>
    foreign(`noise in a datagram ${at + 1}`, 'no specification', noise(200, Math.imul(at + 1, 0x85ebca6b))),
  ),
];
