/**
 * One matcher per protocol: what the side that opens a connection sends first. Import those you need: what is not
 * imported is not in the bundle.
 *
 * @module
 */
import { CR, LF } from '../ascii.ts';
import type { ByteClass, Words } from '../cursor.ts';
import { methods } from '../http/method.ts';
import {
  anyText,
  arrived,
  decimal,
  digits,
  each,
  here,
  left,
  next,
  oneOf,
  printable,
  run,
  skip,
  text,
  u16,
  u32,
  u32LittleEndian,
  u8,
  varint,
  visible,
  word,
} from './flight.ts';
import type { Flight } from './flight.ts';
import { datagramMatcher, matcher, prefix, weakMatcher } from './matcher.ts';
import type { DatagramMatcher, Matcher } from './matcher.ts';

// TLS

/**
 * ```
 *   struct { ContentType type = handshake(22); ProtocolVersion = 3.any; uint16 length; ... } TLSPlaintext;
 *   enum { client_hello(1) } HandshakeType;    the first byte of the first fragment, which may be all of it
 * ```
 * RFC 8446 5.1, 4.
 */
export const tls: Matcher<'tls'> = matcher(
  'tls',
  6,
  (f) => text(f, '\x16\x03') && skip(f, 1) && u16(f, 1, 0x4000) && text(f, '\x01'),
);

/**
 * The hello of SSL 2.0, in which clients once offered newer versions too: two bytes of length with the first bit set,
 * then lengths that must add up to it (RFC 6101 E.1). The form with three bytes of length is never sent before there
 * are keys, and looks like half of all that is written in DER.
 */
export const sslv2: Matcher<'sslv2'> = matcher('sslv2', 11, (f) => {
  if (!u16(f, 0x8000 + SSLV2_HEADER + 3 + 16, 0xffff)) return false;
  const length = f.value - 0x8000;
  if (!text(f, '\x01') || !oneOf(f, sslVersions)) return false;
  // The session id has 0 or 16 bytes, the challenge 16 to 32.
  if (!u16(f, Math.max(3, length - SSLV2_HEADER - 16 - 32), length - SSLV2_HEADER - 16)) return false;
  const cipherSpecs = f.value;
  if (cipherSpecs % 3 !== 0 || !u16(f, 0, 16)) return false;
  const sessionId = f.value;
  const challenge = length - SSLV2_HEADER - cipherSpecs - sessionId;
  return (sessionId === 0 || sessionId === 16) && challenge >= 16 && challenge <= 32 && u16(f, challenge, challenge);
});
/** Type, version and three lengths. */
const SSLV2_HEADER = 9;
const sslVersions: Words = { texts: ['\x00\x02', '\x03\x00', '\x03\x01', '\x03\x02', '\x03\x03', '\x03\x04'] };

// Protocols with a request line: METHOD SP target SP version, perhaps with empty lines in front

/** As much as a request line may have by default in `decodeRequestHead`, and the empty lines before it. */
const REQUEST_LINE = 16384 + 4;

/**
 * @param version with the space in front of it
 * @param schemes what the target begins with; anything unless given
 */
function requestLine(f: Flight, verbs: Words, version: string, schemes?: Words): boolean {
  return (
    method(f, verbs) &&
    (schemes === undefined || oneOf(f, schemes)) &&
    run(f, word, 1, REQUEST_LINE, version.length) &&
    text(f, version)
  );
}

/** A method and its space, behind as many empty lines as `decodeRequestHead` lets pass. */
function method(f: Flight, verbs: Words): boolean {
  for (let emptyLines = 0; emptyLines < 2 && next(f) === CR; emptyLines++) {
    if (!text(f, '\r\n')) return false;
  }
  return oneOf(f, verbs, ' ');
}

const httpMethods: Words = { texts: methods };

/** Method, target and `HTTP/1.`: RTSP and SIP share methods with it, so that the version decides. RFC 9112 3. */
export const http1: Matcher<'http1'> = matcher('http1', REQUEST_LINE, (f) => requestLine(f, httpMethods, ' HTTP/1.'));

/**
 * {@link http1} as soon as the method and the space behind it are there, for whoever cannot wait for the end of a long
 * target. It takes an `OPTIONS` of RTSP or SIP for HTTP, and what else shares a method with it (`GET` and `POST` of
 * AirPlay's RTSP, `SUBSCRIBE` and `NOTIFY` of SIP, `SOURCE` of Icecast, `CONNECT` of NATS): only for ports where they
 * cannot come.
 */
export const http1Fast: Matcher<'http1'> = matcher('http1', 32, (f) => method(f, httpMethods));

/** The preface of HTTP/2 with prior knowledge, cleartext or inside of TLS. RFC 9113 3.4. */
export const http2: Matcher<'http2'> = prefix('http2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

/** RFC 2326 6.1, RFC 7826 7.1, and the methods that AirPlay adds. */
export const rtsp: Matcher<'rtsp'> = matcher('rtsp', REQUEST_LINE, (f) => requestLine(f, rtspMethods, ' RTSP/'));
const rtspMethods: Words = { texts: [
  'OPTIONS',
  'DESCRIBE',
  'ANNOUNCE',
  'SETUP',
  'PLAY',
  'PAUSE',
  'TEARDOWN',
  'GET_PARAMETER',
  'SET_PARAMETER',
  'REDIRECT',
  'RECORD',
  'PLAY_NOTIFY',
  'GET',
  'POST',
  'PUT',
  'FLUSH',
] };

/** RFC 3261 7.1, over TCP and in a datagram; a keep-alive of empty lines may come first (RFC 5626 3.5.1). */
export const sip: Matcher<'sip'> = matcher('sip', REQUEST_LINE, (f) =>
  requestLine(f, sipMethods, ' SIP/2.0', sipSchemes),
);
const sipSchemes: Words = { texts: ['sip:', 'sips:', 'tel:', 'urn:', 'im:', 'pres:'] };
const sipMethods: Words = { texts: [
  'INVITE',
  'ACK',
  'OPTIONS',
  'BYE',
  'CANCEL',
  'REGISTER',
  'PRACK',
  'SUBSCRIBE',
  'NOTIFY',
  'PUBLISH',
  'INFO',
  'REFER',
  'MESSAGE',
  'UPDATE',
] };

// What stands in front of another protocol

/** PROXY protocol 2.1. */
export const proxyV1: Matcher<'proxy-v1'> = prefix('proxy-v1', 'PROXY TCP4 ', 'PROXY TCP6 ', 'PROXY UNKNOWN');

/** The signature and the version. PROXY protocol 2.2. */
export const proxyV2: Matcher<'proxy-v2'> = matcher(
  'proxy-v2',
  13,
  (f) => text(f, '\r\n\r\n\0\r\nQUIT\n') && u8(f, 0x20, 0x2f),
);

/**
 * SOCKS 4 with an address, 4a with a name behind it.
 *
 * ```
 *   VN = 4, CD = CONNECT(1) | BIND(2), DSTPORT uint16, DSTIP 4 bytes, USERID ..., NUL [, host ..., NUL]
 * ```
 */
export const socks4: Matcher<'socks4'> = matcher('socks4', 8 + 256 + 256, (f) => {
  if (!text(f, '\x04') || !u8(f, 1, 2) || !u16(f, 1, 0xffff) || !u32(f, 1, 0xffffffff)) return false;
  // 0.0.0.x is no place: a name follows.
  const hasHost = f.value <= 0xff;
  return run(f, anyText, 0, 255) && text(f, '\0') && (!hasHost || (run(f, anyText, 1, 255) && text(f, '\0')));
});

/**
 * The offer of authentication methods, assigned (0 to 9) or private (80 to FE), each once. Nothing follows before it is
 * answered. RFC 1928 3.
 *
 * ```
 *   VER = 5, NMETHODS 1.., METHODS 1 byte each
 * ```
 */
export const socks5: Matcher<'socks5'> = matcher('socks5', 139, (f) => {
  if (!text(f, '\x05') || !u8(f, 1, SOCKS5_METHODS)) return false;
  const offered = new Set<number>();
  for (const count = f.value; offered.size < count; offered.add(f.value)) {
    if (!u8(f, 0, 0xfe) || (f.value > 0x09 && f.value < 0x80) || offered.has(f.value)) return false;
  }
  return true;
});
/** And two bytes in front are the 139 above, as a number: a sum with a name in it would stay in every bundle. */
const SOCKS5_METHODS = 10 + 127;

// Shells, desktops, files

/** The identification string of either version. RFC 4253 4.2. */
export const ssh: Matcher<'ssh'> = prefix('ssh', 'SSH-');

/**
 * The connection request of X.224 in a TPKT, class 0, with what RDP puts into it: nothing, a cookie or routing token
 * of text, or a negotiation request. S7 and H.323 open alike, but go on in binary. [MS-RDPBCGR] 2.2.1.1.
 */
export const rdp: Matcher<'rdp'> = matcher('rdp', 259, (f) => {
  if (!text(f, '\x03\x00') || !u16(f, 11, 259)) return false;
  const length = f.value;
  // Text has one byte and its line end at least.
  if (length === 12 || length === 13) return false;
  if (!u8(f, length - 5, length - 5) || !text(f, '\xe0\x00\x00') || !skip(f, 2) || !text(f, '\x00')) return false;
  if (length === 11) return true;
  if (next(f) === 1) return length >= 19 && skip(f, 2) && text(f, '\x08\x00');
  return run(f, anyText, 1, length - 13) && text(f, '\r\n');
});

/** The version of a repeater's or listening viewer's other side; a server otherwise speaks first. RFC 6143 7.1.1. */
export const vnc: Matcher<'vnc'> = prefix('vnc', 'RFB 00');

/**
 * A command with its option, and the beginning of the next: whoever negotiates first asks for more than one thing. Three
 * bytes alone may be a frame of MPEG audio, and with `DONT` the mark of UTF-16 and a character. RFC 854.
 */
export const telnet: Matcher<'telnet'> = matcher('telnet', 5, (f) => {
  const isCommand = (): boolean => text(f, '\xff') && u8(f, WILL, DONT);
  return isCommand() && u8(f, 0, 49) && isCommand();
});
const WILL = 0xfb;
const DONT = 0xfe;

/** A negotiation of SMB 1 to 3 in a NetBIOS frame ([MS-SMB2] 2.1), or the session request of NetBIOS (RFC 1002 4.3.2). */
export const smb: Matcher<'smb'> = matcher('smb', 39, (f) =>
  next(f) === 0x81
    ? text(f, '\x81\x00\x00\x44\x20') && each(f, halfBytes, 32) && text(f, '\0')
    : u16(f, 0, 1) && skip(f, 2) && u8(f, 0xfc, 0xff) && text(f, 'SMB'),
);
/** A name of NetBIOS is written in letters from A to P, of four bits each. */
const halfBytes: ByteClass = { ranges: 'AP' };

/** `CNXN`, the version, and the command again with all bits turned over. AOSP `adb/protocol.txt`. */
export const adb: Matcher<'adb'> = matcher(
  'adb',
  24,
  (f) =>
    text(f, 'CNXN') && u8(f, 0, 1) && text(f, '\0\0\x01') && skip(f, 12) && text(f, '\xbc\xb1\xa7\xb1'),
);

// Databases

/**
 * ```
 *   Int32 length, Int32 code        SSLRequest, GSSENCRequest, CancelRequest with a key
 *   Int32 length, Int32 version, String name, String value, ..., NUL       StartupMessage
 * ```
 * PostgreSQL 18, "Message Formats". Kafka's first eight bytes may be the same, but no name follows them.
 */
export const postgres: Matcher<'postgres'> = matcher('postgres', 8 + 64 + 1, (f) => {
  if (!u32(f, 8, 10_000)) return false;
  const length = f.value;
  if (length === 8) return u32(f, 80877103, 80877104);
  if (length < 16) return false;
  if (next(f) === 4) return length <= 268 && text(f, '\x04\xd2\x16\x2e');
  return u32(f, 0x30000, 0x30002) && f.value !== 0x30001 && run(f, visible, 1, 64) && text(f, '\0');
});

/** An array of bulk strings, as all clients send it; a person may type a line instead, which nothing tells from text. */
export const redis: Matcher<'redis'> = matcher(
  'redis',
  11,
  (f) => text(f, '*') && decimal(f, 1, 1024 * 1024) && text(f, '\r\n$'),
);

/**
 * The header of a message that answers none: OP_MSG, OP_QUERY or OP_COMPRESSED, all little-endian. A first message is
 * small: a length in three bytes already leaves room for far more.
 */
export const mongodb: Matcher<'mongodb'> = matcher(
  'mongodb',
  16,
  (f) =>
    u32LittleEndian(f, 16, 0xffffff) &&
    skip(f, 4) &&
    text(f, '\0\0\0\0') &&
    oneOf(f, mongodbOperations),
);
const mongodbOperations: Words = { texts: ['\xdd\x07\x00\x00', '\xd4\x07\x00\x00', '\xdc\x07\x00\x00'] };

// Messages

/** CONNECT with the name and level of MQTT 3.1, 3.1.1 or 5, of a bridge perhaps. MQTT 5.0 3.1. */
export const mqtt: Matcher<'mqtt'> = matcher(
  'mqtt',
  14,
  (f) => text(f, '\x10') && varint(f, 12, 0xfffffff) && oneOf(f, mqttVersions),
);
const mqttVersions: Words = { texts: [
  '\x00\x04MQTT\x04',
  '\x00\x04MQTT\x05',
  '\x00\x04MQTT\x84',
  '\x00\x06MQIsdp\x03',
  '\x00\x06MQIsdp\x83',
] };

/**
 * The protocol header of 0-8 (in two forms) to 0-10, and of 1.0 plain, for TLS and for SASL. AMQP 0-9-1 4.2.2, AMQP 1.0
 * 2.2, 5.2, 5.3.
 */
export const amqp: Matcher<'amqp'> = prefix(
  'amqp',
  'AMQP\x00\x00\x09\x01',
  'AMQP\x01\x01\x08\x00',
  'AMQP\x01\x01\x09\x01',
  'AMQP\x01\x01\x00\x09',
  'AMQP\x01\x01\x00\x0a',
  'AMQP\x00\x01\x00\x00',
  'AMQP\x02\x01\x00\x00',
  'AMQP\x03\x01\x00\x00',
);

/** A stream, perhaps behind the XML declaration. RFC 6120 4.2. */
export const xmpp: Matcher<'xmpp'> = matcher('xmpp', 256, (f) => {
  if (!oneOf(f, xmppOpenings)) return false;
  if (f.value === 0) return true;
  return run(f, attributes, 1, 200) && text(f, '?>') && run(f, blanks, 0, 20) && text(f, '<stream:stream');
});
const xmppOpenings: Words = { texts: ['<stream:stream', '<?xml '] };
/** Printable but for `<` and `?`. */
const attributes: ByteClass = { ranges: ' ;=>@~' };
const blanks: ByteClass = { ranges: '\t\r  ' };

/** `CONNECT` of a client that does not wait for the server's `INFO`. */
export const nats: Matcher<'nats'> = prefix('nats', 'CONNECT {');

/** Any version of FIX. FIXT 1.1, "BeginString". */
export const fix: Matcher<'fix'> = prefix('fix', '8=FIX.', '8=FIXT.');

/** A client that does not wait for the server's greeting. RFC 5321 4.1.1.1. */
export const smtp: Matcher<'smtp'> = prefix('smtp', 'EHLO ', 'HELO ', 'ehlo ', 'helo ', 'Ehlo ', 'Helo ');

/** {@link smtp} in local delivery. RFC 2033 4.1. */
export const lmtp: Matcher<'lmtp'> = prefix('lmtp', 'LHLO ', 'lhlo ', 'Lhlo ');

// Directories and peers

/**
 * ```
 *   LDAPMessage ::= SEQUENCE { messageID INTEGER (1 .. maxInt), protocolOp CHOICE { [APPLICATION n] ... } ... }
 * ```
 * RFC 4511 4.1.1. SNMP opens alike, with a string in the place of the operation.
 */
export const ldap: Matcher<'ldap'> = matcher('ldap', 13, (f) => {
  if (!text(f, '\x30') || !u8(f, 5, 0x84) || f.value === 0x80) return false;
  if (f.value > 0x80) skip(f, f.value - 0x80);
  if (!text(f, '\x02') || !u8(f, 1, 4)) return false;
  return (f.value === 1 ? u8(f, 1, 0x7f) : skip(f, f.value)) && oneOf(f, ldapOperations);
});
/** Bind, unbind, search, modify, add, delete, modify DN, compare, abandon, extended. */
const ldapOperations: Words = { texts: ['\x60', '\x42', '\x63', '\x66', '\x68', '\x4a', '\x6c', '\x6e', '\x50', '\x77'] };

/** The handshake of the peer protocol. BEP 3. */
export const bittorrent: Matcher<'bittorrent'> = prefix('bittorrent', '\x13BitTorrent protocol');

/** `version` on the main, test (3 and 4), regression test and signet network. */
export const bitcoin: Matcher<'bitcoin'> = matcher('bitcoin', 16, (f) => oneOf(f, bitcoinNetworks, 'version\0\0\0\0\0'));
const bitcoinNetworks: Words = { texts: [
  '\xf9\xbe\xb4\xd9',
  '\x0b\x11\x09\x07',
  '\x1c\x16\x3f\x28',
  '\xfa\xbf\xb5\xda',
  '\x0a\x03\xcf\x40',
] };

// Weak matchers: structures that other bytes may have too

/** A query with its length in front. RFC 1035 4.1, 4.2.2. */
export const dns: Matcher<'dns'> = weakMatcher('dns', 1024, (f) => u16(f, 17, 1022) && dnsQuery(f, 2 + f.value));

/**
 * One question, no answer, perhaps the authority that IXFR asks with, and up to two additional records (EDNS, TSIG). Its
 * fields must fill it to the end.
 */
function dnsQuery(f: Flight, end: number): boolean {
  // A query with an opcode up to 5, neither authoritative nor truncated; and nothing that only an answer says.
  if (!skip(f, 2) || !u8(f, 0, 0x2f) || (f.value & 0x06) !== 0 || !u8(f, 0, 0x30) || f.value % 0x10 !== 0) return false;
  if (!text(f, '\x00\x01\x00\x00') || !u16(f, 0, 1)) return false;
  let records = f.value;
  if (!u16(f, 0, 2)) return false;
  records += f.value;

  const question = end - records * DNS_RECORD;
  if (!dnsName(f, question - 4, false) || !u16(f, 1, 0xffff) || !oneOf(f, dnsClasses)) return false;
  if (records === 0) return f.offset === end;
  for (; records > 0; records--) {
    const others = (records - 1) * DNS_RECORD;
    if (!dnsName(f, end - others - DNS_RECORD + 1, true) || !skip(f, 2 + 2 + 4)) return false;
    const room = end - others - f.offset - 2;
    if (!u16(f, others === 0 ? room : 0, room)) return false;
    skip(f, f.value);
  }
  return true;
}
/** The root as its name, type, class, time to live and an empty value. */
const DNS_RECORD = 1 + 2 + 2 + 4 + 2;
/** Internet, Chaos, Hesiod, none, any, and the Internet of multicast with an answer to the asker alone. */
const dnsClasses: Words = { texts: ['\x00\x01', '\x00\x03', '\x00\x04', '\x00\xfe', '\x00\xff', '\x80\x01'] };

/**
 * Labels up to the root, or, where names stand before it, up to a pointer to one. NetBIOS asks in the same form for names
 * of 32 letters from A to P (RFC 1002 4.1), and is no DNS.
 */
function dnsName(f: Flight, end: number, mayPoint: boolean): boolean {
  // 255 bytes at most, the root among them (RFC 1035 2.3.4).
  const longest = Math.min(end, f.offset + 255);
  for (;;) {
    if (!u8(f, 0, mayPoint ? 0xff : 63) || (f.value > 63 && f.value < 0xc0)) return false;
    if (f.value === 0) return f.offset <= end;
    if (f.value >= 0xc0) return skip(f, 1);
    const labelEnd = f.offset + f.value;
    if (labelEnd + 1 > longest) return false;
    for (let letters = 0; f.offset < labelEnd; ) {
      if (!u8(f, 0x20, 0xff) || f.value === 0x7f) return false;
      if (f.value >= 0x41 && f.value <= 0x50 && ++letters === 32) return false;
    }
  }
}

/** C0 and C1 of the handshake, all of it, with zeros or the version of a player behind the time. RTMP 1.0 5.2. */
export const rtmp: Matcher<'rtmp'> = weakMatcher('rtmp', 1537, (f) => {
  if (!text(f, '\x03') || !skip(f, 4)) return false;
  const isVersion = next(f) === 0 ? text(f, '\0\0\0\0') : u8(f, 0, 0x80) && skip(f, 3);
  return isVersion && skip(f, 1528) && arrived(f);
});

/**
 * ```
 *   INT32 size, INT16 api key, INT16 api version, INT32 correlation id, NULLABLE_STRING client id
 * ```
 * With a request that a client begins with: Metadata, SaslHandshake or ApiVersions. Kafka protocol, "Request Header v1".
 */
export const kafka: Matcher<'kafka'> = weakMatcher('kafka', 14 + 255, (f) => {
  if (!u32(f, 10, 0xfffff)) return false;
  const size = f.value;
  if (!u16(f, 3, 18) || (f.value > 3 && f.value < 17) || !u16(f, 0, 20) || !skip(f, 4)) return false;
  if (next(f) === 0xff) return text(f, '\xff\xff');
  return u16(f, 0, 255) && size >= 10 + f.value && each(f, printable, f.value);
});

/**
 * ```
 *   version (3, 4, 5, of DSE 41, 42), flags, stream int16, opcode, length int32
 * ```
 * OPTIONS, or STARTUP with its map of options. CQL binary protocol v4, 2 and 4.1.
 */
export const cassandra: Matcher<'cassandra'> = weakMatcher('cassandra', 9 + 2 + 2 + 64, (f) => {
  if (!u8(f, 3, 0x42) || (f.value > 5 && f.value < 0x41)) return false;
  if (!u8(f, 0, 0x10) || f.value % 0x10 !== 0 || !skip(f, 2)) return false;
  if (!u8(f, 1, 5) || f.value % 4 !== 1) return false;
  if (f.value === 5) return text(f, '\0\0\0\0');
  return u32(f, 22, 1023) && u16(f, 1, 16) && u16(f, 1, 64) && each(f, keyBytes, f.value);
});
/** Capitals and the underscore. */
const keyBytes: ByteClass = { ranges: 'AZ__' };

/** A line of the text protocol (memcached `protocol.txt`), or a request of the binary one. */
export const memcached: Matcher<'memcached'> = weakMatcher('memcached', 2048, (f) => {
  if (next(f) === 0x80) {
    if (!text(f, '\x80') || !u8(f, 0, 0x49) || !u16(f, 0, 250)) return false;
    const key = f.value;
    if (!u8(f, 0, 20)) return false;
    const extras = f.value;
    return text(f, '\0') && skip(f, 2) && u32(f, key + extras, 0x4000_0000);
  }
  if (!oneOf(f, memcachedCommands)) return false;
  if (f.value >= WITHOUT_MORE) return true;
  if (f.value >= STORAGE_COMMANDS) return run(f, anyText, 0, 2000) && (next(f) === LF || text(f, '\r')) && text(f, '\n');
  return (
    run(f, word, 1, 250) &&
    text(f, ' ') &&
    run(f, digits, 1, 10) &&
    text(f, ' ') &&
    run(f, digitsAndMinus, 1, 11) &&
    text(f, ' ') &&
    run(f, digits, 1, 10)
  );
});
const digitsAndMinus: ByteClass = { ranges: '09--' };
/** Those in front take a key, flags, a time and a length; those at the end are whole lines. */
const STORAGE_COMMANDS = 6;
const WITHOUT_MORE = 22;
const memcachedCommands: Words = { texts: [
  'set ', 'add ', 'replace ', 'append ', 'prepend ', 'cas ',
  'get ', 'gets ', 'gat ', 'gats ', 'delete ', 'incr ', 'decr ', 'touch ', 'mg ', 'ms ', 'md ', 'ma ', 'me ',
  'verbosity ', 'stats ', 'flush_all ',
  'stats\r\n', 'flush_all\r\n', 'version\r\n', 'quit\r\n', 'mn\r\n',
  'stats\n', 'flush_all\n', 'version\n', 'quit\n', 'mn\n',
] };

/** A priority, perhaps behind a count of bytes (RFC 6587 3.4.1), and any text. RFC 5424 6.2.1, RFC 3164 4.1.1. */
export const syslog: Matcher<'syslog'> = weakMatcher(
  'syslog',
  12,
  (f) =>
    (next(f) === LESS_THAN || (decimal(f, 1, 99_999) && text(f, ' '))) &&
    text(f, '<') &&
    decimal(f, 0, 191) &&
    text(f, '>') &&
    u8(f, 0x21, 0x7e),
);
const LESS_THAN = 0x3c;

/** The handshake, whose length must be that of its fields, or the ping of versions before 1.7. */
export const minecraft: Matcher<'minecraft'> = weakMatcher('minecraft', 3 + 1 + 5 + 2 + 1020 + 3, (f) => {
  if (next(f) === 0xfe) return text(f, '\xfe\x01');
  if (!varint(f, 7, 1029)) return false;
  const end = f.offset + f.value;
  return (
    text(f, '\0') &&
    varint(f, 0, 0xffffffff) &&
    varint(f, 1, 1020) &&
    f.offset + f.value + 2 + 1 === end &&
    each(f, hostBytes, f.value) &&
    skip(f, 2) &&
    u8(f, 1, 3)
  );
});
/** Text, and the NUL in front of what mods add. */
const hostBytes: ByteClass = { ranges: '\0\0 \xff' };

/** A hard reset with its length in front. */
export const openvpn: Matcher<'openvpn'> = weakMatcher(
  'openvpn',
  2 + 1200,
  (f) => u16(f, 14, 1200) && openvpnReset(f, f.value),
);

/**
 * ```
 *   opcode and key id, session id 8            P_CONTROL_HARD_RESET_CLIENT_V1(1), _V2(7) or _V3(10), key 0
 *   [--tls-auth:  HMAC, packet id 4, time 4]
 *   [--tls-crypt: packet id 4, time 4, HMAC 32, and what follows is encrypted]
 *   acknowledgements 0, message id 0
 *   [--tls-crypt-v2: the wrapped client key, which ends in its length]
 * ```
 * The OpenVPN wire protocol, "Control channel". What may follow is fixed by the length, and most of it is zero.
 */
function openvpnReset(f: Flight, length: number): boolean {
  const isWrapped = length >= 54 + 290;
  if (!isWrapped && length !== 14 && !hmacSizes.includes(length - 22)) return false;
  if (!(isWrapped ? text(f, '\x50') : u8(f, 0x08, 0x38) && f.value % 0x30 === 8)) return false;
  const isV1 = f.value === 0x08;
  skip(f, 8);
  if (length === 14) return text(f, '\0\0\0\0\0');
  // A packet id begins with a zero, and an HMAC of the same total length does not.
  if (length === 54 && !here(f)) return false;
  const isEncrypted = isWrapped || (length === 54 && !isV1 && next(f) === 0);
  if (!isEncrypted) return skip(f, length - 22) && u32(f, 1, 255) && skip(f, 4) && text(f, '\0\0\0\0\0');
  if (!u8(f, 0, 0x0f) || f.value % 0x0f !== 0 || !text(f, '\0\0') || !u8(f, 1, 0xff)) return false;
  if (!isWrapped) return skip(f, 4 + 32 + 5) && arrived(f);
  const key = length - 54;
  return skip(f, 4 + 32 + 5 + key - 2) && u16(f, key, key);
}
/** Of MD5, SHA-1, SHA-224, SHA-256, SHA-384 and SHA-512, in bytes. */
const hmacSizes = [16, 20, 28, 32, 48, 64];

// Datagrams

/**
 * The Initial packet of a client, in a datagram of at least 1200 bytes, of QUIC version 1, 2, a draft or one reserved
 * to be refused. The fixed bit may be 0 on resumption (RFC 9287). RFC 9000 17.2.2 and 14.1, RFC 9369 3.2.
 */
export const quic: DatagramMatcher<'quic'> = datagramMatcher('quic', (f) => {
  if (left(f) < 1200 || !u8(f, 0x80, 0xff)) return false;
  const type = (f.value >> 4) & 0x03;
  if (!u32(f, 1, 0xffffffff)) return false;
  const version = f.value;
  const isReserved = ((version & 0x0f0f0f0f) ^ 0x0a0a0a0a) === 0;
  const isDraft = version >= 0xff00001d && version <= 0xff000022;
  if (!isReserved && type !== (version === QUIC_V2 ? 1 : 0)) return false;
  if (!isReserved && !isDraft && version !== 1 && version !== QUIC_V2) return false;
  return u8(f, 8, 20) && skip(f, f.value) && u8(f, 0, 20);
});
const QUIC_V2 = 0x6b3343cf;

/** A ClientHello in a record of DTLS 1.0 to 1.3, epoch 0. RFC 9147 4, 5.2. */
export const dtls: DatagramMatcher<'dtls'> = datagramMatcher(
  'dtls',
  (f) =>
    text(f, '\x16\xfe') &&
    u8(f, 0xfd, 0xff) &&
    f.value !== 0xfe &&
    text(f, '\0\0\0\0') &&
    skip(f, 4) &&
    u16(f, 12, 0x4000) &&
    f.value <= left(f) &&
    text(f, '\x01'),
);

/** A message with the magic cookie, of TURN too. RFC 8489 5. */
export const stun: DatagramMatcher<'stun'> = datagramMatcher(
  'stun',
  (f) =>
    u8(f, 0, 0x3f) &&
    skip(f, 1) &&
    u16(f, 0, 0xffff) &&
    f.value % 4 === 0 &&
    left(f) === 4 + 12 + f.value &&
    text(f, '\x21\x12\xa4\x42'),
);

/** A query of one question that fills its datagram, of multicast DNS and LLMNR too. RFC 1035 4.1, 4.2.1. */
export const dnsDatagram: DatagramMatcher<'dns'> = datagramMatcher('dns', (f) => dnsQuery(f, left(f)));

/** The first message of a handshake. WireGuard protocol 5.4.2. */
export const wireguard: DatagramMatcher<'wireguard'> = datagramMatcher(
  'wireguard',
  (f) => left(f) === 148 && text(f, '\x01\0\0\0'),
);

/** A hard reset, as {@link openvpn} over TCP, but certain, since it fills its datagram. */
export const openvpnDatagram: DatagramMatcher<'openvpn'> = datagramMatcher('openvpn', (f) => openvpnReset(f, left(f)));

/** A query of the DHT (BEP 5, with `bs` in front where it joins), or the connect request to a tracker (BEP 15). */
export const bittorrentDatagram: DatagramMatcher<'bittorrent'> = datagramMatcher(
  'bittorrent',
  (f) =>
    left(f) === 16
      ? text(f, '\0\0\x04\x17\x27\x10\x19\x80\0\0\0\0')
      : oneOf(f, dhtQueries),
);
const dhtQueries: Words = { texts: ['d1:ad2:id20:', 'd1:ad2:bsi1e2:id20:'] };

// Presets: frozen, so that what is remembered of them stays true

/** The protocols of {@link web}. */
export type WebProtocol = 'tls' | 'http1' | 'http2';

/** What a web server is spoken to in, frozen. */
export const web: readonly Matcher<WebProtocol>[] = /* @__PURE__ */ Object.freeze([tls, http1, http2]);

/** The protocols of {@link tcp}. */
export type TcpProtocol =
  | WebProtocol
  | 'sslv2'
  | 'proxy-v1'
  | 'proxy-v2'
  | 'ssh'
  | 'socks4'
  | 'socks5'
  | 'rdp'
  | 'postgres'
  | 'redis'
  | 'mongodb'
  | 'mqtt'
  | 'amqp'
  | 'xmpp'
  | 'rtsp'
  | 'sip'
  | 'bittorrent'
  | 'nats'
  | 'ldap'
  | 'smb'
  | 'telnet'
  | 'vnc'
  | 'adb'
  | 'fix'
  | 'bitcoin'
  | 'smtp'
  | 'lmtp';

/** Every matcher for streams that is not weak, frozen. */
export const tcp: readonly Matcher<TcpProtocol>[] = /* @__PURE__ */ Object.freeze([
  tls,
  http1,
  http2,
  proxyV1,
  proxyV2,
  sslv2,
  ssh,
  socks4,
  socks5,
  rdp,
  postgres,
  redis,
  mongodb,
  mqtt,
  amqp,
  xmpp,
  rtsp,
  sip,
  bittorrent,
  nats,
  ldap,
  smb,
  telnet,
  vnc,
  adb,
  fix,
  bitcoin,
  smtp,
  lmtp,
]);

/** The protocols of {@link udp}. */
export type UdpProtocol = 'quic' | 'dtls' | 'stun' | 'dns' | 'wireguard' | 'openvpn' | 'bittorrent' | 'sip' | 'proxy-v2';

/** Every matcher for datagrams, frozen. */
export const udp: readonly DatagramMatcher<UdpProtocol>[] = /* @__PURE__ */ Object.freeze([
  quic,
  dtls,
  stun,
  dnsDatagram,
  wireguard,
  openvpnDatagram,
  bittorrentDatagram,
  sip,
  proxyV2,
]);
