/**
 * Turns a code into words: what is wrong, which section of which specification says so, and the likeliest cause.
 * Prose lives here alone, so that nobody who only decodes carries it.
 *
 * @module
 */
import type { Complete, Incomplete, Malformed } from '../decoded.ts';
import type { Preread, PrereadCode } from '../preread.ts';
import type { TcpProtocol } from '../sniff/matchers.ts';
import type { Recognized, Unrecognized } from '../sniff/sniff.ts';
import type { AlertCode } from '../tls/alert.ts';
import { extensionCodes } from '../tls/extensions.ts';
import type { ExtensionCode, ServerName } from '../tls/extensions.ts';
import type { ServerHelloCode } from '../tls/server-hello.ts';

/** Every code that {@link explain} has words for. */
export type ExplainedCode = PrereadCode | ExtensionCode | AlertCode | ServerHelloCode;

/** What {@link explain} has words for: what decoders, sniffers and `preread` give. */
export type Explainable =
  | Malformed<ExplainedCode>
  | Incomplete
  | Unrecognized
  | Recognized
  | Complete<Preread<string>>;

export interface ExplainOptions {
  /**
   * What the port is for, as `preread/sniff` names it: `tls`, `http1`, … Where something else came, that is explained
   * first.
   */
  readonly expected?: TcpProtocol | (string & {}) | undefined;
}

/** An outcome in words, in English. */
export interface Explanation {
  /** What is wrong, and where; or what is there. */
  readonly message: string;
  /** The section of the specification to read, for example `RFC 8446 4.1.2` or `PROXY protocol 2.2`. */
  readonly reference: string;
  /** What most likely brought it about. */
  readonly cause: string;
}

/**
 * Explains an outcome: what is wrong or missing, which section of which specification says so, and what most likely
 * brought it about. Of `preread` and the sniffers that may be a complete one: the wrong protocol for the port, no name
 * to route by, silence.
 *
 * @throws TypeError for a code that no decoder of this version gives
 *
 * @example
 * const read = preread(new TextEncoder().encode('GET / HTTP/1.1\r\nHost: www.example.com\r\n\r\n'));
 * if (read.status === 'complete') console.log(explain(read, { expected: 'tls' }).message); // This is HTTP/1, where TLS is expected.
 */
export function explain(outcome: Explainable, options?: ExplainOptions): Explanation {
  const [message, reference, cause] = wordsFor(outcome, options?.expected);
  return { message, reference, cause };
}

type Words = readonly [message: string, reference: string, cause: string];

function wordsFor(outcome: Explainable, expected: string | undefined): Words {
  switch (outcome.status) {
    case 'incomplete':
      return aboutWaiting(outcome);
    case 'malformed':
      return aboutRefusal(outcome, expected);
    case 'unknown':
      // A sniffer has no other word for silence.
      return expected === undefined
        ? ['These bytes open none of the protocols that were asked about, or there were none.', UNKNOWN[1], `${UNKNOWN[2]} ${NO_BYTES}`]
        : aboutMismatch('unknown', expected);
    case 'complete':
      if (!('value' in outcome)) return aboutProtocol(outcome.protocol, expected);
      return aboutConnection(outcome.value, expected);
  }
}

function aboutWaiting({ needed }: Incomplete): Words {
  return [
    `At least ${needed} more byte${needed === 1 ? '' : 's'} must come before there can be a decision.`,
    'RFC 9293 2.2',
    'The rest is still on its way: TCP carries a stream of bytes, and what is sent at once may arrive in pieces. If nothing follows, the client waits for the server to speak, or the bytes were cut off when they were captured or sent as a datagram.',
  ];
}

function aboutRefusal({ code, offset }: Malformed<ExplainedCode>, expected: string | undefined): Words {
  const [sentence, reference, cause] =
    code === 'preread.proxy.unexpected' ? aboutUnexpectedHeader(offset, expected) : aboutCode(code);
  const spoken = spokenIn(code, offset);
  if (expected !== undefined && spoken !== undefined && spoken !== expected) return aboutMismatch(spoken, expected);
  return [`${sentence} (at byte ${offset})`, reference, cause];
}

function aboutUnexpectedHeader(offset: number, expected: string | undefined): Words {
  const [sentence, reference, cause] = sentences['preread.proxy.unexpected'];
  if (offset > 0) return [sentence, reference, SECOND_PROXY_HEADER];
  if (expected === undefined) return [sentence, reference, cause];
  return [`A PROXY protocol header begins here, where ${titleOf(expected)} is expected.`, reference, cause];
}

/** The protocol that is spoken where a code is given, if that is known. */
function spokenIn(code: ExplainedCode, offset: number): 'tls' | 'http1' | undefined {
  if (code === 'tls.not_tls' || code === 'tls.dtls' || code === 'tls.sslv2' || code === 'http.not_http') return undefined;
  // Before the first byte, the code says which decoder was asked and no more.
  if (offset === 0 && /\.(?:truncated|limit)$/.test(code)) return undefined;
  return code.startsWith('tls.') ? 'tls' : code.startsWith('http.') ? 'http1' : undefined;
}

function aboutConnection(value: Preread<string>, expected: string | undefined): Words {
  if (expected === undefined || value.protocol === expected) {
    if ('tls' in value) return aboutServerName(value.tls.serverName);
    if ('http' in value) return value.host === undefined ? NO_HOST : [`This is HTTP/1, for ${value.host}.`, 'RFC 9112 3', FINE];
  }
  if (value.protocol === 'silent' && value.proxy?.command === 'LOCAL') return BALANCER_CHECK;
  return aboutProtocol(value.protocol, expected);
}

function aboutServerName(serverName: ServerName | undefined): Words {
  switch (serverName?.kind) {
    case undefined:
      return NO_SERVER_NAME;
    case 'ip':
      return ADDRESS_AS_SERVER_NAME;
    case 'dns':
      return [`This is TLS, for ${serverName.host}.`, 'RFC 8446 4.1.2', FINE];
    case 'invalid':
      return sentences['tls.server_name.invalid'];
  }
}

function aboutProtocol(protocol: string, expected: string | undefined): Words {
  if (expected !== undefined && protocol !== expected) return aboutMismatch(protocol, expected);
  if (protocol === 'unknown') return UNKNOWN;
  if (protocol === 'silent') return SILENT;
  if (protocol === 'sslv2') return sentences['tls.sslv2'];
  const isProxy = protocol === 'proxy-v1' || protocol === 'proxy-v2';
  const [reference, cause] = isProxy && expected === undefined ? PROXY_HEADER : (['RFC 7605 5', FINE] as const);
  return [`This is ${titleOf(protocol)}.`, reference, cause];
}

function aboutMismatch(protocol: string, expected: string): Words {
  const wanted = titleOf(expected);
  if (protocol === 'unknown') {
    return [`These bytes are not known to be ${wanted}, nor any other protocol that was asked about.`, UNKNOWN[1], UNKNOWN[2]];
  }
  if (protocol === 'silent') {
    const cause = isClientFirst(expected) ? SILENT_WHERE_CLIENT_SPEAKS : SILENT[2];
    return [`Nothing came, where ${wanted} is expected.`, SILENT[1], cause];
  }
  if (protocol === 'sslv2' && expected === 'tls') return sentences['tls.sslv2'];
  const [reference, cause] = own(mismatches, `${protocol} for ${expected}`) ?? own(mismatches, protocol) ?? OTHER_MISMATCH;
  return [`This is ${titleOf(protocol)}, where ${wanted} is expected.`, reference, cause];
}

/** Whether a server of the protocol says nothing before its client has. */
function isClientFirst(protocol: string): boolean {
  return Object.hasOwn(titles, protocol) && !['smtp', 'lmtp', 'ssh', 'telnet', 'vnc'].includes(protocol);
}

/** The name of a protocol as people write it; of one that is not among the presets, its matcher's. */
function titleOf(protocol: string): string {
  return own(titles, protocol) ?? protocol;
}

const titles: Readonly<Record<TcpProtocol, string>> = {
  tls: 'TLS',
  http1: 'HTTP/1',
  http2: 'HTTP/2 in the clear',
  'proxy-v1': 'a PROXY protocol header, version 1',
  'proxy-v2': 'a PROXY protocol header, version 2',
  sslv2: 'an SSL 2.0 compatible hello',
  ssh: 'SSH',
  socks4: 'SOCKS 4',
  socks5: 'SOCKS 5',
  rdp: 'RDP',
  postgres: 'PostgreSQL',
  redis: 'Redis',
  mongodb: 'MongoDB',
  mqtt: 'MQTT',
  amqp: 'AMQP',
  xmpp: 'XMPP',
  rtsp: 'RTSP',
  sip: 'SIP',
  bittorrent: 'BitTorrent',
  nats: 'NATS',
  ldap: 'LDAP',
  smb: 'SMB',
  telnet: 'Telnet',
  vnc: 'VNC',
  adb: 'ADB',
  fix: 'FIX',
  bitcoin: 'Bitcoin',
  smtp: 'SMTP',
  lmtp: 'LMTP',
};

function aboutCode(code: ExplainedCode): Words {
  return own<Words>(sentences, code) ?? aboutExtension(code);
}

/** What a table has under a key of its own: names of protocols come from anywhere. */
function own<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}

/** The two rules that most extensions share, told from the extension's structure. */
type CommonRule = Extract<ExtensionCode, `${string}.length` | `${string}.empty`>;

function aboutExtension(code: ExplainedCode): Words {
  if (!(extensionCodes as readonly string[]).includes(code)) throw new TypeError(`no such code: ${code}`);
  const [, name, rule] = code.split('.') as [string, ExtensionName, 'length' | 'empty'];
  const [reference, holds] = structures[name];
  return rule === 'length'
    ? [
        `The lengths in the extension ${name} disagree: it holds ${holds}, and a field does not fit or bytes are left over.`,
        reference,
        'Whoever sends it builds this extension by hand or by an older draft, or bytes were changed on the way.',
      ]
    : [
        `The extension ${name} holds ${holds}, and a list or value in it is empty that may not be.`,
        reference,
        'A setting of the sender for this extension is an empty list: it should then not send the extension at all.',
      ];
}

const FINE = 'Nothing is wrong with it as far as it was read.';
const NO_BYTES = 'If no bytes came at all, the client waits for the server to speak first, as with SMTP, FTP, IMAP and MySQL.';
const UNKNOWN: Words = [
  'These bytes open none of the protocols that were asked about.',
  'RFC 7605 5',
  'Another protocol is spoken on this port: one whose matcher was not in the list, one that weak matchers could name (they are imported one by one), or one that is encrypted from its first byte. Or the connection ended before there was enough to tell.',
];
const SILENT: Words = [
  'The client sent nothing.',
  'RFC 5321 3.1',
  'It waits for the server to speak first, as with SMTP, FTP, IMAP, POP3 and MySQL, so that its protocol cannot be told from its bytes but by the port alone. Or nothing was to come: a health check or port scan that only connects, or a client that connects ahead of need.',
];
const BALANCER_CHECK: Words = [
  'Nothing came but a PROXY header in which the load balancer speaks for itself.',
  'PROXY protocol 2.2',
  'A health check of the load balancer.',
];
const SILENT_WHERE_CLIENT_SPEAKS =
  'Nothing was to come: a health check or port scan that only connects, or a client that connects ahead of need, such as a browser or a pool. Or a client of another protocol, which waits for the server to speak first: one of SMTP that is set to STARTTLS on the port for implicit TLS.';
const SENDERS =
  'send-proxy or send-proxy-v2 in HAProxy, proxy_protocol on in nginx, the proxy protocol v2 attribute of an AWS target group';
const PROXY_WHERE_NONE_IS_EXPECTED =
  `The hop in front sends the header (${SENDERS}), and this port does not accept it: a TLS server takes it for a broken hello and hangs up. Turn it off there, or accept it here, from that hop alone. If no hop is in front, a client tries to pass for another.`;
const SECOND_PROXY_HEADER =
  'Two hops in front each send a header, where the first to come must not be followed by another. Or a client sends one of its own, to pass for another, through a hop that puts its header in front of it.';
const TLS_TO_HTTP =
  'A client was given https:// in the place of http://, or the hop in front passes TLS through, or begins it anew, to a port that speaks plain HTTP.';

type Mismatch = readonly [reference: string, cause: string];

const PROXY_HEADER: Mismatch = ['PROXY protocol 2', PROXY_WHERE_NONE_IS_EXPECTED];

/** `<what came> for <what is expected>`, or what came, whatever is expected. */
const mismatches: Readonly<Record<string, Mismatch>> = {
  'proxy-v1': PROXY_HEADER,
  'proxy-v2': PROXY_HEADER,
  'http1 for tls': [
    'RFC 9110 4.2.2',
    'A client was given http:// in the place of https://, or the hop in front ends TLS and speaks plain HTTP to this port: proxy_pass http:// in nginx, a server line without ssl in HAProxy.',
  ],
  'http1 for http2': [
    'RFC 9113 3.3',
    'A browser or health check, where clients must know beforehand that HTTP/2 is spoken; or a hop in front that speaks HTTP/1 to its backends.',
  ],
  'http2 for tls': [
    'RFC 9113 3.3',
    'A gRPC client that is set to plaintext (insecure), or a hop in front that speaks HTTP/2 to its backends without TLS.',
  ],
  'http2 for http1': [
    'RFC 9113 3.3',
    'A gRPC client, or a hop in front that is set to speak HTTP/2 to its backends without asking what they speak.',
  ],
  'tls for http1': ['RFC 9110 4.2.1', TLS_TO_HTTP],
  'tls for http2': ['RFC 9110 4.2.1', TLS_TO_HTTP],
  tls: [
    'RFC 8446 4.1.2',
    'A client that begins with TLS at once, on a port where the protocol comes first or asks for TLS in its own words; or the hop in front passes TLS through.',
  ],
};
const OTHER_MISMATCH: Mismatch = [
  'RFC 7605 5',
  'A client of another protocol was pointed at this port, or the hop in front forwards the wrong one to it.',
];
const NO_SERVER_NAME: Words = [
  'The ClientHello carries no server name.',
  'RFC 6066 3',
  'A client that connects by address; one that upgrades a connection which it opened elsewhere, such as a tunnel through CONNECT, without passing the name on (servername in node:tls, server_name_indication in Erlang, -servername in openssl); or a health check: HAProxy needs check-sni.',
];
const ADDRESS_AS_SERVER_NAME: Words = [
  'The server name is an IP address, which it must not be.',
  'RFC 6066 3',
  'A client that was given an address in the place of a name and copies it: no certificate is chosen by it, and many servers refuse the hello.',
];
const NO_HOST: Words = [
  'The request names no host.',
  'RFC 9112 3.2',
  'A client of HTTP/1.0, such as a health check or a script, or one that sends an empty Host.',
];

const BROKEN_V1_SENDER = 'A sender that writes the line by hand, or bytes that were changed or lost on the way.';
const BROKEN_V2_SENDER = 'A sender that miscounts, or bytes that were changed or lost on the way.';
const BROKEN_ENCODER =
  'A client that builds its hello by hand and miscounts, or bytes that were changed or lost on the way.';

const BROKEN_SERVER = 'A server, or a middlebox that answers in its place, that miscounts; or bytes that were changed or lost on the way.';

const sentences: Readonly<Record<Exclude<ExplainedCode, CommonRule>, Words>> = {
  'preread.proxy.unexpected': [
    'A PROXY protocol header begins here, where none may be.',
    'PROXY protocol 2',
    PROXY_WHERE_NONE_IS_EXPECTED,
  ],
  'preread.proxy.missing': [
    'No PROXY protocol header opens the connection, and one must.',
    'PROXY protocol 2',
    `A client connected directly, past the load balancer; or the balancer is not set to send the header: ${SENDERS}. Its health checks may come without one even so.`,
  ],
  'preread.protocol.limit': [
    'The bytes that maxBytes allows do not tell which protocol this is.',
    'RFC 7605 5',
    'A maxBytes too small for the matchers, or someone who keeps the receiver waiting, for example with a URL that does not end.',
  ],
  'tls.server_name.invalid': [
    'The server name is neither the name of a host nor an address.',
    'RFC 6066 3',
    'A client configured with a URL, a wildcard or a placeholder in the place of a name, or an attempt to have the router see another name than its backend.',
  ],
  'tls.not_tls': [
    'These bytes are not TLS.',
    'RFC 8446 5.1',
    'Another protocol is spoken on this port: plain HTTP to an HTTPS port, a PROXY protocol header that a load balancer sends and this port does not expect, SSH, or a database that asks for TLS in its own words first.',
  ],
  'tls.dtls': [
    'This is DTLS, the datagram form of TLS, where TLS over a stream is expected.',
    'RFC 9147 4',
    'A datagram was passed to a decoder for streams, or a DTLS client was pointed at a TCP port.',
  ],
  'tls.sslv2': [
    'This is an SSL 2.0 compatible hello, which has no room for a server name.',
    'RFC 6176 3',
    'A client from before 2011, or one configured for every version back to SSL 2.0. It must be told to start at TLS 1.2.',
  ],
  'tls.record.type': [
    'This is a TLS record of another type than the one that must come here.',
    'RFC 8446 5.1',
    'The connection is not at its beginning: bytes before these were lost or already read. Or the peer refused with an alert: decodeAlert reads it.',
  ],
  'tls.record.empty': [
    'A record is empty that must carry something.',
    'RFC 8446 5.1',
    'A client that tries to make the server work for nothing, or a test tool. No known TLS library sends it.',
  ],
  'tls.record.length': [
    'A record claims more bytes than a record may carry.',
    'RFC 8446 5.1',
    'These bytes are not TLS although they begin like it, or bytes before these were lost.',
  ],
  'tls.handshake.type': [
    'The first handshake message is not the one that must come: a ClientHello from a client, a ServerHello from a server.',
    'RFC 8446 4.1.2',
    'The bytes come from the other side of the connection, or the connection is not at its beginning.',
  ],
  'tls.handshake.limit': [
    'The message needs more bytes than maxBytes allows.',
    'RFC 8446 4.1.2',
    'Very many or very small records, to keep whoever reads them busy; or a maxBytes too small for the large key shares of post-quantum hellos (about 2 KB), or for a long chain of certificates.',
  ],
  'tls.client_hello.truncated': [
    'The connection ended before the ClientHello did.',
    'RFC 8446 4.1.2',
    'The client gave up (a time-out, a port scan, a health check that only connects), or a middlebox dropped the second segment of a large hello.',
  ],
  'tls.client_hello.length': [
    'A field of the ClientHello reaches past the end of the message.',
    'RFC 8446 4.1.2',
    BROKEN_ENCODER,
  ],
  'tls.client_hello.session_id': [
    'The session id is longer than 32 bytes.',
    'RFC 8446 4.1.2',
    BROKEN_ENCODER,
  ],
  'tls.client_hello.cipher_suites': [
    'The list of cipher suites is empty, or does not hold whole suites of two bytes.',
    'RFC 8446 4.1.2',
    'A client without any cipher suite left to offer, or one that miscounts.',
  ],
  'tls.client_hello.compression_methods': [
    'The list of compression methods is empty; it must hold at least the null method.',
    'RFC 8446 4.1.2',
    BROKEN_ENCODER,
  ],
  'tls.client_hello.trailing': [
    'Bytes follow the extensions inside the ClientHello.',
    'RFC 8446 4.2',
    BROKEN_ENCODER,
  ],
  'tls.server_hello.truncated': [
    'The connection ended before the answer of the server did.',
    'RFC 8446 4.1.3',
    'The server hung up without an alert: it has no certificate for the name, refuses the address, or is no server of TLS. Or, up to TLS 1.2, its ServerHello came and its certificates did not.',
  ],
  'tls.server_hello.length': [
    'A field of the ServerHello reaches past the end of the message.',
    'RFC 8446 4.1.3',
    BROKEN_SERVER,
  ],
  'tls.server_hello.legacy_version': [
    'The version in the ServerHello is above TLS 1.2, where later ones stand in the extension supported_versions alone.',
    'RFC 8446 4.1.3',
    'A server that follows an early draft of TLS 1.3, or bytes that were changed or lost on the way.',
  ],
  'tls.server_hello.session_id': [
    'The session id of the ServerHello is longer than 32 bytes.',
    'RFC 8446 4.1.3',
    BROKEN_SERVER,
  ],
  'tls.server_hello.trailing': [
    'Bytes follow the extensions inside the ServerHello.',
    'RFC 8446 4.1.3',
    BROKEN_SERVER,
  ],
  'tls.supported_versions.selected': [
    'The server selects a version in the extension supported_versions that must not stand there: one before TLS 1.3, or GREASE.',
    'RFC 8446 4.2.1',
    BROKEN_SERVER,
  ],
  'tls.supported_versions.missing': [
    'The HelloRetryRequest does not say for which version, in the extension supported_versions.',
    'RFC 8446 4.1.4',
    BROKEN_SERVER,
  ],
  'tls.application_layer_protocol_negotiation.several': [
    'The server selects more than one protocol by ALPN.',
    'RFC 7301 3.1',
    'A server that answers with its own list in the place of the protocol that it chose.',
  ],
  'tls.certificate.length': [
    'A certificate reaches past the end of the list, or the list past the end of the Certificate message.',
    'RFC 5246 7.4.2',
    BROKEN_SERVER,
  ],
  'tls.certificate.empty': [
    'The server sends an empty list of certificates, or an empty certificate.',
    'RFC 5246 7.4.2',
    'A server that is configured without a certificate.',
  ],
  'tls.extension.length': [
    'An extension reaches past the end of the extensions, or bytes are left over there that are no extension.',
    'RFC 8446 4.2',
    'Whoever sends it builds its messages by hand and miscounts, or bytes were changed or lost on the way.',
  ],
  'tls.extension.duplicate': [
    'An extension is there twice.',
    'RFC 8446 4.2',
    'A program or plug-in that adds an extension which its TLS library sends already; or an attempt to show one name to a router and another to the server.',
  ],
  'tls.pre_shared_key.not_last': [
    'Something follows the extension pre_shared_key, which must be the last one.',
    'RFC 8446 4.2.11',
    'A client that shuffles its extensions without leaving this one in place.',
  ],
  'tls.pre_shared_key.binder': [
    'A binder is shorter than 32 bytes.',
    'RFC 8446 4.2.11',
    BROKEN_ENCODER,
  ],
  'tls.pre_shared_key.binders': [
    'There are not as many binders as identities.',
    'RFC 8446 4.2.11',
    BROKEN_ENCODER,
  ],
  'tls.server_name.name_type': [
    'The server name is of a type other than host_name (0), the only one there is.',
    'RFC 6066 3',
    'A client that builds SNI by hand, or a test tool.',
  ],
  'tls.server_name.duplicate': [
    'There are two host names in the server name.',
    'RFC 6066 3',
    'An attempt to show one name to a router and another to the server, or a test tool.',
  ],
  'tls.max_fragment_length.value': [
    'The maximum fragment length is none of 1 (512 bytes) to 4 (4096 bytes).',
    'RFC 6066 4',
    'A client that sends the length itself in place of its code.',
  ],
  'tls.heartbeat.value': [
    'The heartbeat mode is neither 1 (peer_allowed_to_send) nor 2 (peer_not_allowed_to_send).',
    'RFC 6520 2',
    BROKEN_ENCODER,
  ],
  'tls.padding.value': [
    'The padding holds a byte that is not zero.',
    'RFC 7685 3',
    'A client that hides something in the padding, or sends memory that it did not clear.',
  ],
  'tls.record_size_limit.value': [
    'The record size limit is below 64 bytes.',
    'RFC 8449 4',
    'A constrained client with a buffer too small for TLS, or a test tool.',
  ],
  'tls.encrypted_client_hello.type': [
    'The encrypted ClientHello is neither outer (0) nor inner (1).',
    'RFC 9849 5',
    'A client that follows an early draft of the extension.',
  ],
  'tls.alert.length': [
    'The alert is not the two bytes of an alert in the clear.',
    'RFC 8446 6',
    'The alert is encrypted, so it came after the handshake had begun; only its sender and receiver can read it.',
  ],
  'tls.alert.level': [
    'The alert is neither a warning (1) nor fatal (2).',
    'RFC 8446 6',
    'The alert is encrypted, or these bytes are not TLS.',
  ],
  'proxy.not_proxy': [
    'These bytes are not a PROXY protocol header.',
    'PROXY protocol 2',
    `A client connected directly, or the load balancer in front is not set to send the header: ${SENDERS}. Or it sends the other version than the one whose decoder was called: decodeProxyHeader reads both.`,
  ],
  'proxy.header.limit': [
    'The PROXY header needs more bytes than maxBytes allows.',
    'PROXY protocol 2',
    'A sender of version 2 that passes on a large client certificate, for which maxBytes must be raised (65551 accepts any header); a maxBytes below the 107 bytes of the longest line in version 1; or someone who keeps the receiver waiting.',
  ],
  'proxy.header.truncated': [
    'The connection ended before the PROXY header did.',
    'PROXY protocol 2',
    'The sender gave up, or a health check or port scan that only connects.',
  ],
  'proxy.v1.protocol': [
    'The word behind PROXY is none of TCP4, TCP6 and UNKNOWN with one space behind it.',
    'PROXY protocol 2.1',
    'A sender that names UDP or a UNIX socket, which version 1 has no words for; lower case; or a request of another protocol that begins with PROXY.',
  ],
  'proxy.v1.crlf': [
    'A CR or LF stands alone; the line must end with both.',
    'PROXY protocol 2.1',
    'A sender that ends the line with LF only, such as a script that uses echo, or that ends the line twice.',
  ],
  'proxy.v1.length': [
    'There is no CRLF in the first 107 bytes, the longest line there is.',
    'PROXY protocol 2.1',
    'Text of another protocol that begins like a PROXY line, or someone who keeps the receiver waiting.',
  ],
  'proxy.v1.source_address': [
    'The source address is not one of the family that the line names, in its canonical form.',
    'PROXY protocol 2.1',
    'A sender that writes an IPv4 address behind TCP6 (see allowIPv4InTcp6) or the other way round, leading zeros, a zone, brackets, a host name, or two spaces.',
  ],
  'proxy.v1.destination_address': [
    'The destination address is missing, or not one of the family that the line names, in its canonical form.',
    'PROXY protocol 2.1',
    'A sender whose client and server sides are of different families: both addresses must be of the one that the line names.',
  ],
  'proxy.v1.source_port': [
    'The source port is missing, or not a number from 0 to 65535 without leading zeros.',
    'PROXY protocol 2.1',
    BROKEN_V1_SENDER,
  ],
  'proxy.v1.destination_port': [
    'The destination port is missing, or not a number from 0 to 65535 without leading zeros, or something stands behind it.',
    'PROXY protocol 2.1',
    BROKEN_V1_SENDER,
  ],
  'proxy.v2.version': [
    'The version of the PROXY header is not 2, the only one with this signature.',
    'PROXY protocol 2.2',
    'A sender that leaves out the version, or one of a protocol to come.',
  ],
  'proxy.v2.command': [
    'The command of the PROXY header is neither LOCAL (0) nor PROXY (1).',
    'PROXY protocol 2.2',
    'A sender of a protocol to come, or one with a command of its own.',
  ],
  'proxy.v2.family': [
    'The address family of the PROXY header is none of UNSPEC (0), INET (1), INET6 (2) and UNIX (3).',
    'PROXY protocol 2.2',
    "A sender that writes its operating system's number for the family: AF_INET6 is 10 in Linux, and 2 here.",
  ],
  'proxy.v2.transport': [
    'The transport protocol of the PROXY header is none of UNSPEC (0), STREAM (1) and DGRAM (2).',
    'PROXY protocol 2.2',
    'A sender that writes the number of the protocol in IP, where TCP is 6: here it is 1, and UDP is 2.',
  ],
  'proxy.v2.length': [
    'The length of the PROXY header is less than its addresses take: 12 bytes for INET, 36 for INET6, 216 for UNIX.',
    'PROXY protocol 2.2',
    BROKEN_V2_SENDER,
  ],
  'proxy.v2.crc32c': [
    'The checksum is not that of the PROXY header.',
    'PROXY protocol 2.2.3',
    'Bytes that were changed on the way, a hop that adds or removes TLVs without computing the checksum anew, or a sender that writes it in little-endian order.',
  ],
  'proxy.tlv.length': [
    'A TLV of the PROXY header reaches past the end of the header, or bytes are left over there that are no TLV.',
    'PROXY protocol 2.2',
    BROKEN_V2_SENDER,
  ],
  'proxy.crc32c.length': [
    'The checksum of the PROXY header does not have 4 bytes.',
    'PROXY protocol 2.2.3',
    BROKEN_V2_SENDER,
  ],
  'proxy.crc32c.duplicate': [
    'There are two checksums in the PROXY header, and each would change what the other is the checksum of.',
    'PROXY protocol 2.2.3',
    'A hop that adds a checksum to a header which has one already.',
  ],
  'proxy.unique_id.length': [
    'The unique id is longer than 128 bytes.',
    'PROXY protocol 2.2.5',
    'A sender whose format for the id is too long, for example a unique-id-format with a request header in it.',
  ],
  'proxy.ssl.length': [
    'The TLV with the TLS details is shorter than its 5 fixed bytes, or a TLV inside it does not fit.',
    'PROXY protocol 2.2.6',
    BROKEN_V2_SENDER,
  ],
  'http.not_http': [
    'No HTTP/1 request begins so.',
    'RFC 9112 3',
    'Another protocol is spoken on this port (TLS to a plain port, HTTP/2 with prior knowledge, a PROXY header that is not expected here), or the method is none of the registered ones.',
  ],
  'http.head.limit': [
    'The request head needs more bytes than maxBytes allows.',
    'RFC 9110 5.4',
    'Cookies that add up, or someone who sends header lines without end.',
  ],
  'http.head.truncated': [
    'The connection ended before the request head did.',
    'RFC 9112 8',
    'The client gave up, or waits for an answer to a head whose empty line it never sent.',
  ],
  'http.line.limit': [
    'A line of the request head is longer than maxLineBytes allows.',
    'RFC 9112 3',
    'A very long URL or cookie, or text of another protocol that has no lines.',
  ],
  'http.line.bare_lf': [
    'A line ends in LF alone; it must end in CRLF.',
    'RFC 9112 2.2',
    'A request typed or written by a script. Some servers take it, so that a router that does and one that does not read two different requests (see allowBareLf).',
  ],
  'http.line.bare_cr': [
    'A CR stands in a line without the LF that must follow it.',
    'RFC 9112 2.2',
    'An attempt to smuggle a header line past a proxy, or a header value that was copied with its line end.',
  ],
  'http.line.control': [
    'A control character stands in a line.',
    'RFC 9110 5.5',
    'An attempt to smuggle a header line past a proxy, or a header value that is binary and was not encoded.',
  ],
  'http.request_line.syntax': [
    'The request line does not hold a method, a target and a version, one space between them.',
    'RFC 9112 3',
    'A request of HTTP/0.9, or one written by hand.',
  ],
  'http.version.unsupported': [
    'The version is neither HTTP/1.0 nor HTTP/1.1.',
    'RFC 9112 2.3',
    'A URL with a space in it that was not encoded, or a protocol that shares its methods with HTTP: RTSP, SIP, ICAP.',
  ],
  'http.target.syntax': [
    'The target is neither a path, nor an absolute URI, or has a character that must be encoded, or a fragment.',
    'RFC 9112 3.2',
    'A client that does not encode its URLs, or one that leaves out the slash.',
  ],
  'http.target.asterisk': [
    'The target * goes with OPTIONS only.',
    'RFC 9112 3.2.4',
    'A search of UPnP, which belongs into a datagram, or a client that writes its requests by hand.',
  ],
  'http.target.authority': [
    'The target does not name a host as it must: host and perhaps port in a URI, both for CONNECT, never a user name.',
    'RFC 9112 3.2',
    'A client that takes this server for a proxy and leaves out the port, or a URL with a password in it.',
  ],
  'http.field.leading_space': [
    'White space stands before the first header field.',
    'RFC 9112 2.2',
    'An attempt to have a header read by one hop and overlooked by the next.',
  ],
  'http.field.obs_fold': [
    'A header field goes on in a second line, which is obsolete.',
    'RFC 9112 5.2',
    'A very old client, a header value that was copied with its line end, or an attempt to hide a header from one of two hops.',
  ],
  'http.field.colon': [
    'A header line has no colon.',
    'RFC 9112 5',
    'A header value that was copied with its line end, or a body that began too early.',
  ],
  'http.field.space_before_colon': [
    'White space stands between the name of a header field and its colon.',
    'RFC 9112 5.1',
    'A request written by hand, or an attempt to have a header read by one hop and overlooked by the next.',
  ],
  'http.field.name': [
    'The name of a header field is empty or holds a character that no name may hold.',
    'RFC 9110 5.1',
    'A client that passes text on as a header name, or an attempt to hide a header from one of two hops.',
  ],
  'http.host.missing': [
    'The request has no Host, which HTTP/1.1 requires.',
    'RFC 9112 3.2',
    'A health check or a script that writes HTTP/1.1 without knowing its rules.',
  ],
  'http.host.duplicate': [
    'There are two Host fields, and two servers could choose differently.',
    'RFC 9112 3.2',
    'A proxy that adds Host without removing the one that is there, or an attempt to reach another host than the router sees.',
  ],
  'http.host.invalid': [
    'Host is no name or address with perhaps a port.',
    'RFC 9110 7.2',
    'A client configured with a URL in the place of a host, an IPv6 address without brackets, a placeholder that was never filled in, or an attempt to reach another host than the router sees.',
  ],
  'http.content_length.invalid': [
    'Content-Length is not one number in decimal digits.',
    'RFC 9110 8.6',
    'A proxy that joined two fields into a list, or an attempt to have two hops see the body end in two places.',
  ],
  'http.content_length.different': [
    'Two Content-Length fields have two values.',
    'RFC 9112 6.3',
    'An attempt to have two hops see the body end in two places.',
  ],
  'http.transfer_encoding.version': [
    'Transfer-Encoding stands in a request of HTTP/1.0, which does not have it.',
    'RFC 9112 6.1',
    'A proxy of HTTP/1.0 that passed the field on without reading it, so that the end of the body is in doubt.',
  ],
  'http.transfer_encoding.content_length': [
    'Transfer-Encoding and Content-Length are both there, and each says where the body ends.',
    'RFC 9112 6.3',
    'A broken client, or an attempt to have two hops see the body end in two places.',
  ],
  'http.transfer_encoding.chunked': [
    'The last transfer coding is not chunked, or chunked stands there twice: nothing says where the body ends.',
    'RFC 9112 6.3',
    'A broken client, or an attempt to hide chunked from one of two hops.',
  ],
  'http.connect.content': [
    'A CONNECT says that a body follows, where the tunnel begins.',
    'RFC 9110 9.3.6',
    'A broken client, or an attempt to have one hop see a body where the next sees a tunnel.',
  ],
};

type NameIn<Code> = Code extends `tls.${infer Name}.${string}` ? Name : never;
type ExtensionName = NameIn<CommonRule>;

/** For each extension with a common rule: where it is specified, and what it holds. */
const structures: Readonly<Record<ExtensionName, readonly [reference: string, holds: string]>> = {
  server_name: ['RFC 6066 3', 'a list with one host name of one byte or more'],
  max_fragment_length: ['RFC 6066 4', 'one byte'],
  status_request: ['RFC 6066 8', 'a status type, a list of responders and a block of extensions'],
  supported_groups: ['RFC 8446 4.2.7', 'a list of one or more groups of two bytes'],
  ec_point_formats: ['RFC 8422 5.1.2', 'a list of one or more formats of one byte'],
  signature_algorithms: ['RFC 8446 4.2.3', 'a list of one or more schemes of two bytes'],
  use_srtp: ['RFC 5764 4.1.1', 'a list of one or more profiles of two bytes, and an MKI'],
  heartbeat: ['RFC 6520 2', 'one byte'],
  application_layer_protocol_negotiation: ['RFC 7301 3.1', 'a list of one or more protocol names of 1 to 255 bytes'],
  status_request_v2: ['RFC 6961 2.2', 'a list of one or more requests, each a type and a length'],
  signed_certificate_timestamp: ['RFC 6962 3.3.1', 'nothing when a client sends it'],
  client_certificate_type: ['RFC 7250 3', 'a list of one or more types of one byte'],
  server_certificate_type: ['RFC 7250 3', 'a list of one or more types of one byte, or from a server one type'],
  encrypt_then_mac: ['RFC 7366 2', 'nothing'],
  extended_master_secret: ['RFC 7627 5.1', 'nothing'],
  token_binding: ['RFC 8472 2', 'a version of two bytes and a list of one or more key parameters'],
  compress_certificate: ['RFC 8879 3', 'a list of one or more algorithms of two bytes'],
  record_size_limit: ['RFC 8449 4', 'a number of two bytes'],
  delegated_credential: ['RFC 9345 4.1.1', 'a list of one or more schemes of two bytes'],
  pre_shared_key: ['RFC 8446 4.2.11', 'a list of one or more identities and a list of as many binders'],
  early_data: ['RFC 8446 4.2.10', 'nothing when a client sends it'],
  supported_versions: ['RFC 8446 4.2.1', 'a list of one or more versions of two bytes, or from a server one version'],
  cookie: ['RFC 8446 4.2.2', 'a cookie of one byte or more'],
  psk_key_exchange_modes: ['RFC 8446 4.2.9', 'a list of one or more modes of one byte'],
  certificate_authorities: ['RFC 8446 4.2.4', 'a list of one or more distinguished names'],
  post_handshake_auth: ['RFC 8446 4.2.6', 'nothing'],
  signature_algorithms_cert: ['RFC 8446 4.2.3', 'a list of one or more schemes of two bytes'],
  key_share: ['RFC 8446 4.2.8', 'a list of shares, each a group and a key of one byte or more, or from a server one share or group'],
  connection_id: ['RFC 9146 3', 'an id of 0 to 255 bytes'],
  quic_transport_parameters: ['RFC 9000 18', 'parameters, each an id, a length and a value'],
  ticket_request: ['RFC 9149 3', 'two numbers of one byte'],
  next_protocol_negotiation: ['draft-agl-tls-nextprotoneg-04 3', 'nothing when a client sends it'],
  application_settings_old: ['draft-vvv-tls-alps-01 4', 'a list of one or more protocol names of 1 to 255 bytes'],
  application_settings: ['draft-vvv-tls-alps-01 4', 'a list of one or more protocol names of 1 to 255 bytes'],
  channel_id: ['draft-balfanz-tls-channelid-01 5', 'nothing when a client sends it'],
  encrypted_client_hello: ['RFC 9849 5', 'a type, and when outer a cipher suite, a config id, a key and a payload'],
  renegotiation_info: ['RFC 5746 3.2', 'the verify data of the handshake before, or none'],
};
