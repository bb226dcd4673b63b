/**
 * Everything that could make a router fail open, or be got past: each row is one attack, said in its title, with the
 * answer of everybody who may be asked, whole and byte by byte. Every rule in all its forms stands in the tables of the
 * parts (vectors/); what adapters do with trusted and other senders is in node.test.ts, and the router of the README at
 * work in e2e/.
 */
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { Decoded } from '../src/decoded.ts';
import { annotate, explain } from '../src/explain/index.ts';
import { createRequestHeadParser, decodeRequestHead } from '../src/http/index.ts';
import type { RequestHeadCode } from '../src/http/index.ts';
import type { Parser } from '../src/parser.ts';
import { createPreread, preread } from '../src/preread.ts';
import type { Preread, PrereadCode, PrereadOptions } from '../src/preread.ts';
import { createProxyParser, decodeProxyHeader, decodeTlv, encodeTlv, readSsl } from '../src/proxy/index.ts';
import type { ProxyHeader } from '../src/proxy/index.ts';
import { createSniffer, http1Fast, sniff, tls } from '../src/sniff/index.ts';
import {
  createClientHelloParser,
  decodeClientHello,
  decodeRecord,
  decodeServerHello,
  encodeAlert,
  encodeClientHello,
  readServerName,
} from '../src/tls/index.ts';
import type { ClientHello, ClientHelloCode, ServerName } from '../src/tls/index.ts';
import { createRouter } from './e2e/router.ts';
import type { Backend } from './e2e/router.ts';
import { dial, listening, untilClose } from './loopback.ts';
import { plain } from './plain.ts';
import { same } from './same.ts';
import { alpn, bytes, concat, extension, handshake, hello, message, record, records, serverName, u16, u24, vector16, vector8 } from './vectors/build.ts';
import type { Part } from './vectors/build.ts';
import { LOCAL } from './vectors/preread.ts';
import { ipv4Addresses, proxyV1, proxyV2, ssl, tlv, unixAddresses } from './vectors/proxy.ts';
import { retry } from './vectors/server.ts';

type Refusal<Code extends string> = readonly [code: Code, offset: number];
type Outcome = Decoded<unknown, string>;

function isRefusal(answer: unknown): answer is Refusal<string> {
  return Array.isArray(answer);
}

function malformed([code, offset]: Refusal<string>, from = 0): Outcome {
  return { status: 'malformed', code, offset: from + offset };
}

/** For `test.each`, which does not know of elements that may be left out. */
function byTitle<Row extends readonly [title: string, ...rest: unknown[]]>(rows: readonly Row[]): (readonly [string, Row])[] {
  return rows.map((row) => [row[0], row]);
}

/** What a parser says of the whole, pushed byte by byte: once it has an answer it keeps to that, whatever comes behind. */
function byByte<T>(parser: Parser<T, string>, input: Uint8Array): Outcome {
  let outcome = parser.push(bytes());
  // One attack is long, and not for what its bytes are.
  const step = input.length > 10_000 ? 100 : 1;
  for (let at = 0; at < input.length; at += step) {
    const next = parser.push(input.subarray(at, at + step));
    if (outcome.status !== 'incomplete' && next !== outcome) expect.fail(`${JSON.stringify(outcome)}, and at ${at} ${JSON.stringify(next)}`);
    outcome = next;
  }
  if (outcome.status !== 'incomplete') expect(parser.end()).toBe(outcome);
  return plain(outcome);
}

/** What the composite is to say of a payload. */
type Connection = { readonly protocol: Preread['protocol']; readonly host?: string | undefined } | Refusal<PrereadCode>;

/** As the router of the README asks. */
const ofRouter = { matchers: [tls, http1Fast] } as const;

/** The composite over a payload, alone, byte by byte too, and behind a PROXY header; no host but the one that is expected. */
function prereads(payload: Uint8Array, expected: Connection, options: PrereadOptions<string> = {}): void {
  for (const header of [bytes(), LOCAL]) {
    const input = concat([header, payload]);
    const mode = { ...options, proxy: header.length > 0 ? ('require' as const) : ('forbid' as const) };
    const outcome = preread(input, mode);
    if (isRefusal(expected)) same(outcome, malformed(expected, header.length));
    else {
      if (outcome.status !== 'complete') expect.fail(JSON.stringify(outcome));
      const { value } = outcome;
      const found = 'host' in value ? { protocol: value.protocol, host: value.host } : { protocol: value.protocol };
      same(found, expected);
      same([value.payloadOffset, outcome.size], [header.length, header.length]);
    }
    if (header.length === 0) same(byByte(createPreread(mode), input), plain(outcome));
  }
}

/** Every sniffer; `unknown` where no matcher takes it. */
function sniffs(input: Uint8Array, protocol: string): void {
  const expected = protocol === 'unknown' ? { status: 'unknown' } : { status: 'complete', protocol };
  same(sniff(input, undefined, { final: true }), expected);
  const sniffer = createSniffer();
  for (let at = 0; at < input.length; at++) sniffer.push(input.subarray(at, at + 1));
  same(sniffer.end(), expected);
}

// Names in TLS

/** No name, a name, or what is there in its place and where. */
type Name = 'none' | { readonly dns: string } | { readonly ip: string } | { readonly invalidAt: number } | Refusal<ClientHelloCode>;

interface HelloOptions {
  /** What the composite says, where it is not what follows from the name. */
  readonly connection?: Connection;
  /** And with the matchers of the README's router, where that is something else again. */
  readonly routed?: Connection;
  /** `tls` unless given. */
  readonly sniffed?: string;
  /** Where the hello ends; all bytes unless given. */
  readonly size?: number;
}

type HelloAttack = readonly [attack: string, flight: Uint8Array, name: Name, options?: HelloOptions];

function nameIn(found: ServerName | undefined): Name {
  switch (found?.kind) {
    case undefined:
      return 'none';
    case 'dns':
      return { dns: found.host };
    case 'ip':
      return { ip: found.address };
    case 'invalid':
      return { invalidAt: NAME };
  }
}

function connectionOf(name: Name): Connection {
  if (isRefusal(name)) return name as Refusal<ClientHelloCode>;
  if (name === 'none') return { protocol: 'tls', host: undefined };
  if ('invalidAt' in name) return ['tls.server_name.invalid', name.invalidAt];
  return { protocol: 'tls', host: 'dns' in name ? name.dns : name.ip };
}

/** Where the name stands in a hello whose first extension is `server_name`. */
const NAME = 61;
const GOOD = { dns: 'good.example' } as const;
const INVALID = { invalidAt: NAME } as const;

const named = (name: Part): Uint8Array => hello({ extensions: serverName(name) });
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const good = serverName('good.example');
const evil = serverName('evil.example');
const whole = message({ extensions: good });
/** A hello in one record with something in front. */
const behind = (...parts: readonly Uint8Array[]): Uint8Array => concat([...parts, record(whole)]);

const namesInTls: readonly HelloAttack[] = [
  // One name, written in two ways, is one string to route by.
  ['capitals, so that a table misses the name and a backend does not', named('GOOD.Example'), GOOD],
  ['a trailing dot, the same', named('good.example.'), GOOD],
  ['two trailing dots, of which a lenient server strips both', named('good.example..'), INVALID],
  ['a leading dot, which a suffix rule for all subdomains takes', named('.good.example'), INVALID],
  ['an empty label, which some resolvers skip', named('good..example'), INVALID],
  ['a dot alone: the root, or nothing', named('.'), INVALID],

  // What ends a name for one reader and not for the other.
  ['a NUL behind the name, where C ends and JavaScript does not', named('good.example\0'), INVALID],
  ['a NUL and another name behind it', named('good.example\0.evil.example'), INVALID],
  ['a comma: two names to whoever reads a list', named('good.example,evil.example'), INVALID],
  ['a line end and a header field, for a router that writes the name into a request', named('good.example\r\nHost: evil.example'), INVALID],
  ['a line end alone, for a log', named('good.example\n'), INVALID],
  ['a space behind', named('good.example '), INVALID],
  ['a tab in front', named('\tgood.example'), INVALID],
  ['a path', named('good.example/evil'), INVALID],
  ['a backslash, a slash to browsers', named('good.example\\evil'), INVALID],
  ['a port, for a router that connects to what the client names', named('good.example:22'), INVALID],
  ['userinfo: who is the host of good@evil?', named('good.example@evil.example'), INVALID],
  ['a query', named('good.example?'), INVALID],
  ['percent-encoding: a dot to whoever decodes it', named('good%2eexample'), INVALID],
  ['a wildcard, which a table may hold as a pattern', named('*.example'), INVALID],
  ['the path of a UNIX socket', named('/run/good.sock'), INVALID],
  ['a terminal escape', named('\x1b[2Jgood.example'), INVALID],
  ['a terminal escape of one byte (C1)', named('\x9b2Jgood.example'), INVALID],
  ['a label of 64 characters', named(`${'a'.repeat(64)}.example`), INVALID],
  ['a name of 254 characters', named(`${'a.'.repeat(126)}aa`), INVALID],

  // What looks like a name to people, or becomes one by a conversion.
  ['a Cyrillic o in the place of a Latin one', named(utf8('g\u043eod.example')), INVALID],
  ['full-width letters, which IDNA turns into good', named(utf8('\uff47\uff4f\uff4f\uff44.example')), INVALID],
  ['an ideographic full stop, which IDNA turns into a dot', named(utf8('good\u3002example')), INVALID],
  ['the sign for kelvin, whose lower case is k', named(utf8('\u212aelvin.example')), INVALID],
  ['a soft hyphen, which IDNA drops', named(utf8('go\u00adod.example')), INVALID],
  ['a zero-width joiner', named(utf8('go\u200dod.example')), INVALID],
  ['text from right to left', named(utf8('good.example\u202e')), INVALID],
  ['a byte order mark', named(utf8('\ufeffgood.example')), INVALID],
  ['a U-label in UTF-8', named(utf8('b\u00fccher.example')), INVALID],
  ['a U-label in latin1', named('b\xfccher.example'), INVALID],
  ['Punycode of nothing: a label like others, which is never decoded', named('xn--.example'), { dns: 'xn--.example' }],
  ['Punycode of what is ASCII: not the name that it decodes to', named('XN--GOOD-.example'), { dns: 'xn--good-.example' }],

  // What a resolver takes for an address.
  ['127.0.0.1 in two parts', named('127.1'), INVALID],
  ['in octal', named('0177.0.0.1'), INVALID],
  ['in hexadecimal', named('0x7f.1'), INVALID],
  ['as one number', named('2130706433'), INVALID],
  ['as one number in hexadecimal', named('0x7f000001'), INVALID],
  ['with a leading zero', named('127.0.0.01'), INVALID],
  ['a name that ends in a number', named('good.1'), INVALID],
  ['an address, which RFC 6066 forbids: as such, so that a table of names does not have it', named('127.0.0.1'), { ip: '127.0.0.1' }],
  ['an IPv6 address in other words', named('0:0::0:1'), { ip: '::1' }],
  ['an IPv4-mapped address in hexadecimal: not the IPv4 address', named('::ffff:7f00:1'), { ip: '::ffff:127.0.0.1' }],
  ['an IPv6 address with a zone, which names an interface of the router', named('fe80::1%eth0'), INVALID],
  ['an IPv6 address in brackets', named('[::1]'), INVALID],

  // Valid here, and for a stricter backend no name: it must refuse them itself.
  ['an underscore, which no host name may hold and clients send', named('go_od.example'), { dns: 'go_od.example' }],
  ['a hyphen at the beginning of a label', named('-good.example'), { dns: '-good.example' }],
  ['a label of 63 characters', named(`${'a'.repeat(63)}.example`), { dns: `${'a'.repeat(63)}.example` }],

  // Names of every object, for a table that is one: see the router below.
  ['__proto__', named('__proto__'), { dns: '__proto__' }],
  ['constructor', named('constructor'), { dns: 'constructor' }],
];

const hellos: readonly HelloAttack[] = [
  // Two names, and which of them counts.
  ['two server_name extensions', hello({ extensions: [good, evil] }), ['tls.extension.duplicate', 73]],
  ['the same one twice', hello({ extensions: [good, good] }), ['tls.extension.duplicate', 73]],
  ['two names in one list', hello({ extensions: serverName('good.example', 'evil.example') }), ['tls.server_name.duplicate', 73]],
  ['the same name twice in one list', hello({ extensions: serverName('good.example', 'good.example') }), ['tls.server_name.duplicate', 73]],
  [
    'a name of another type in front, which a reader of the first entry takes for the name',
    hello({ extensions: extension(0, vector16(1, vector16('evil.example'), 0, vector16('good.example'))) }),
    ['tls.server_name.name_type', 58],
  ],
  [
    'a name of another type behind',
    hello({ extensions: extension(0, vector16(0, vector16('good.example'), 1, vector16('evil.example'))) }),
    ['tls.server_name.name_type', 73],
  ],
  ['server_name without data, as a server sends it: not a hello without a name', hello({ extensions: extension(0) }), ['tls.server_name.length', 56]],
  ['server_name with an empty list', hello({ extensions: extension(0, 0, 0) }), ['tls.server_name.empty', 56]],
  ['server_name with an empty name', hello({ extensions: serverName('') }), ['tls.server_name.empty', 59]],
  ['a second block of extensions, with the name in it', hello({ block: [vector16(alpn('h2')), vector16(good)] }), ['tls.client_hello.trailing', 61]],
  ['a block of extensions that ends before the name', hello({ block: [u16(9), alpn('h2'), good] }), ['tls.client_hello.trailing', 61]],
  [
    'an extension whose length reaches into the name',
    hello({ extensions: [extension(0x1234), u16(0), u16(good.length), good.subarray(4)] }),
    ['tls.extension.length', 58],
  ],
  ['pre_shared_key in front of the name, whose binders do not cover it', hello({ extensions: [extension(41, 0), good] }), ['tls.pre_shared_key.not_last', 52]],
  [
    'a message that ends before its extensions: a hello without a name, to every server too',
    record(bytes(1, u24(whole.length - 4 - 2 - good.length), whole.subarray(4))),
    'none',
    { size: 50 },
  ],

  // A name in another place, for whoever searches the bytes for one.
  ['a name in the session id', hello({ sessionId: vector8(evil), extensions: good }), GOOD],
  ['a name in an unknown extension in front', hello({ extensions: [extension(0x1234, evil), good] }), GOOD],
  ['a name in padding, and none in the hello', hello({ extensions: extension(21, evil) }), 'none'],
  ['a name in ALPN', hello({ extensions: [alpn(evil), good] }), GOOD],
  [
    'a name in the encrypted part of ECH: the one outside counts, and `ech` says that there may be another',
    hello({ extensions: [good, extension(0xfe0d, 0, 0, 1, 0, 1, 9, vector16('key'), vector16(evil))] }),
    GOOD,
  ],
  ['a second hello in the same record', record(concat([whole, message({ extensions: evil })])), GOOD, { size: 5 + whole.length }],
  ['a second hello in the next record', concat([record(whole), hello({ extensions: evil })]), GOOD, { size: 5 + whole.length }],
  ['a hello without a name, and one with a name behind it', concat([hello(), record(whole)]), 'none', { size: 50 }],

  // The name in pieces.
  ['a name split over records, with a record header inside it', concat([record(whole.subarray(0, 60)), record(whole.subarray(60))]), GOOD],
  ['a hello in records of one byte', records(whole, 1), GOOD],
  [
    'a header of a record between that reads as part of a name',
    concat([record(whole.subarray(0, 60)), record(whole.subarray(60, 61), 22, 0x0365), record(whole.subarray(61))]),
    GOOD,
  ],
  ['an alert between two pieces', concat([record(whole.subarray(0, 60)), encodeAlert(90, 'warning'), record(whole.subarray(60))]), ['tls.record.type', 65]],
  ['an empty record between two pieces', concat([record(whole.subarray(0, 60)), record(bytes()), record(whole.subarray(60))]), ['tls.record.empty', 68]],

  // What opens a connection that lenient servers take for TLS.
  ['an empty record in front, which OpenSSL drops', behind(record(bytes())), ['tls.record.empty', 3], { sniffed: 'unknown' }],
  ['an empty change_cipher_spec in front, which OpenSSL drops', behind(record(bytes(), 20)), ['tls.record.type', 0], { sniffed: 'unknown' }],
  ['a warning in front, which Go drops', behind(encodeAlert(90, 'warning')), ['tls.record.type', 0], { sniffed: 'unknown' }],
  ['a record of version 4.1, which Go does not look at', record(whole, 22, 0x0401), ['tls.not_tls', 1], { sniffed: 'unknown' }],
  [
    'a hello in the form of SSL 2.0, which cannot carry a name: no TLS whose client sent none',
    bytes([0x80, 0x2e, 1, 3, 3, 0, 0x15, 0, 0, 0, 0x10], new Uint8Array(37).fill(7)),
    ['tls.sslv2', 0],
    { sniffed: 'sslv2', connection: { protocol: 'sslv2' }, routed: ['tls.sslv2', 0] },
  ],
  [
    'a hello of DTLS',
    bytes(22, 0xfe, 0xfd, new Uint8Array(8), vector16(whole)),
    ['tls.dtls', 1],
    { sniffed: 'unknown', connection: { protocol: 'unknown' } },
  ],
  ['the answer of a server in the place of a hello', record(handshake(whole.subarray(4), 2)), ['tls.handshake.type', 5], { sniffed: 'unknown' }],
  ['a hello that claims 2^24 - 1 bytes, to be waited for', record(bytes(1, 0xff, 0xff, 0xff, whole.subarray(4))), ['tls.handshake.limit', 6]],
];

describe.each([
  ['a name in TLS', namesInTls],
  ['a hello', hellos],
])('%s', (_, attacks) => {
  test.each(byTitle(attacks))('%s', (_attack, [, flight, name, options = {}]) => {
    const { connection = connectionOf(name), routed = connection, sniffed = 'tls', size } = options;
    const found = readServerName(flight);
    const decoded = decodeClientHello(flight);
    if (isRefusal(name)) for (const outcome of [found, decoded]) same(outcome, malformed(name));
    else {
      if (found.status !== 'complete' || decoded.status !== 'complete') expect.fail(`${JSON.stringify(found)}, ${JSON.stringify(decoded)}`);
      same(nameIn(found.value), name);
      same(decoded.value.serverName, found.value);
      same([found.size, decoded.size], [size ?? flight.length, size ?? flight.length]);
    }
    same(byByte(createClientHelloParser(), flight), plain(decoded));
    prereads(flight, connection);
    prereads(flight, routed, ofRouter);
    sniffs(flight, sniffed);
  });
});

test('a hello of which a part is missing never has no name: it is waited for, and truncated where no more comes', () => {
  const flight = record(whole);
  for (let length = 6; length < flight.length; length++) {
    const part = flight.subarray(0, length);
    expect([readServerName(part).status, decodeClientHello(part).status, preread(part).status]).toEqual(['incomplete', 'incomplete', 'incomplete']);
    const parser = createPreread();
    parser.push(part);
    expect(parser.end()).toEqual({ status: 'malformed', code: 'tls.client_hello.truncated', offset: length });
  }
});

test('ECH says that the name may be a decoy, whichever of its types comes over the wire', () => {
  for (const [type, ech] of [[0, 'outer'], [1, 'inner'], [2, undefined]] as const) {
    const decoded = decodeClientHello(hello({ extensions: [good, extension(0xfe0d, type)] }));
    expect(decoded).toMatchObject({ status: 'complete', value: { ech, serverName: { kind: 'dns', host: 'good.example' } } });
  }
});

describe('a second hello behind a HelloRetryRequest, with another name', () => {
  const groups = [29, 23];
  const common = { groups, versions: [0x0304], random: new Uint8Array(32).fill(5), alpnProtocols: ['h2'] };
  const keyShares = [{ group: 29, keyExchange: new Uint8Array(32).fill(9) }];
  const first = encodeClientHello({ ...common, serverName: 'good.example', keyShares: [] });
  const asked = retry(extension(43, 3, 4), extension(51, 0, 29));
  const changeCipherSpec = record(bytes(1), 20, 0x0303);
  const secondWith = (name: string): Uint8Array => concat([changeCipherSpec, encodeClientHello({ ...common, serverName: name, keyShares })]);

  /**
   * What a router does that looks at both directions until the handshake is encrypted; one that splices sees neither
   * the request nor the second hello, and must rely on its backend: RFC 8446 4.1.2 lets the client change none of this.
   */
  function isSameRequest(fromClient: Uint8Array, fromServer: Uint8Array): boolean {
    const answer = decodeServerHello(fromServer);
    const one = decodeClientHello(fromClient);
    if (answer.status !== 'complete' || one.status !== 'complete') return false;
    if (answer.value.kind !== 'hello_retry_request') return true;
    // RFC 8446 D.4: a client may send one change_cipher_spec before its second hello.
    const rest = fromClient.subarray(one.size);
    const between = decodeRecord(rest);
    const isBetween = between.status === 'complete' && between.value.type === 20;
    const two = decodeClientHello(isBetween ? rest.subarray(between.size) : rest);
    const requestOf = ({ serverName, alpnProtocols, random }: ClientHello): unknown => [serverName, alpnProtocols, random];
    return two.status === 'complete' && inspect(requestOf(one.value)) === inspect(requestOf(two.value));
  }

  test('changes no answer: the router goes by the first', () => {
    const second = secondWith('evil.example');
    const hosts = (outcome: Outcome): unknown => outcome.status === 'complete' && (outcome.value as { serverName?: ServerName }).serverName;
    const parser = createClientHelloParser();
    const answer = parser.push(first);
    expect(hosts(answer)).toEqual({ kind: 'dns', host: 'good.example' });
    expect(parser.push(second)).toBe(answer);
    expect(parser.end()).toBe(answer);
    // Nor are its bytes kept: the caller forwards them itself.
    expect(parser.bytes).toEqual(first);
    const both = concat([first, second]);
    expect(readServerName(both)).toEqual({ status: 'complete', value: { kind: 'dns', host: 'good.example' }, size: first.length });
    prereads(both, { protocol: 'tls', host: 'good.example' });
  });

  test('reaches the backend as it is, which has to compare: here is what it sees', () => {
    const second = secondWith('evil.example');
    expect(readServerName(second.subarray(changeCipherSpec.length))).toMatchObject({ value: { host: 'evil.example' } });
    expect(decodeServerHello(asked)).toMatchObject({ value: { kind: 'hello_retry_request', group: 29 } });
    expect(isSameRequest(concat([first, second]), asked)).toBe(false);
    expect(isSameRequest(concat([first, second.subarray(changeCipherSpec.length)]), asked)).toBe(false);
    expect(isSameRequest(concat([first, secondWith('good.example')]), asked)).toBe(true);
    expect(isSameRequest(concat([first, secondWith('good.example').subarray(changeCipherSpec.length)]), asked)).toBe(true);
    expect(isSameRequest(first, asked)).toBe(false);
  });
});

// Hosts in HTTP

/** No host, a host, or why there is none. */
type Host = 'none' | { readonly host: string; readonly port?: number; readonly differs?: true } | Refusal<RequestHeadCode>;

interface HeadOptions {
  /** What the composite says, where it is not what follows from the host. */
  readonly connection?: Connection;
  /** And with the matchers of the README's router, where that is something else again. */
  readonly routed?: Connection;
  /** `http1` unless given. */
  readonly sniffed?: string;
}

type HeadAttack = readonly [attack: string, text: string | Uint8Array, host: Host, options?: HeadOptions];

const GET = 'GET / HTTP/1.1\r\n';
const POST = 'POST / HTTP/1.1\r\nHost: good.example\r\n';
const HOST = 'Host: good.example\r\n';
const GOOD_HOST = { host: 'good.example' } as const;
const EVIL_TARGET = { host: 'evil.example', differs: true } as const;
/** The value begins at byte 22. */
const forHost = (value: string | Uint8Array): Uint8Array => bytes(`${GET}Host: `, value, '\r\n\r\n');
const BAD_HOST = ['http.host.invalid', 22] as const;
/** The authority begins at byte 11. */
const forTarget = (authority: string): string => `GET http://${authority}/ HTTP/1.1\r\n${HOST}\r\n`;
const BAD_TARGET = ['http.target.authority', 11] as const;
const UNKNOWN = { connection: { protocol: 'unknown' }, sniffed: 'unknown' } as const;

const hostsInHttp: readonly HeadAttack[] = [
  // One host, written in two ways.
  ['capitals, a trailing dot and the port of the scheme', forHost('GOOD.example.:80'), { host: 'good.example', port: 80 }],
  ['two trailing dots', forHost('good.example..'), BAD_HOST],
  ['a port that wraps around to 80', forHost('good.example:65616'), BAD_HOST],
  ['a port in hexadecimal', forHost('good.example:0x50'), BAD_HOST],
  ['a port with a sign', forHost('good.example:+80'), BAD_HOST],
  ['two ports', forHost('good.example:80:443'), BAD_HOST],
  ['a port of full-width digits', forHost(utf8('good.example:\uff18\uff10')), BAD_HOST],
  ['no port behind its colon', forHost('good.example:'), GOOD_HOST],

  // Two hosts in one field.
  ['a comma', forHost('good.example,evil.example'), BAD_HOST],
  ['a comma and a blank', forHost('good.example, evil.example'), BAD_HOST],
  ['a blank', forHost('good.example evil.example'), BAD_HOST],
  ['a semicolon', forHost('good.example;evil.example'), BAD_HOST],
  ['userinfo', forHost('good.example@evil.example'), BAD_HOST],
  ['userinfo with what looks like a port', forHost('good.example:80@evil.example'), BAD_HOST],
  ['a path', forHost('good.example/evil'), BAD_HOST],
  ['a URL', forHost('http://good.example'), BAD_HOST],
  ['a backslash', forHost('good.example\\.evil.example'), BAD_HOST],
  ['a fragment', forHost('good.example#.evil.example'), BAD_HOST],
  ['quotes', forHost('"good.example"'), BAD_HOST],
  ['a wildcard', forHost('*.example'), BAD_HOST],
  ['percent-encoding', forHost('%67ood.example'), BAD_HOST],
  ['a percent-encoded dot', forHost('good%2eexample'), BAD_HOST],
  ['a NUL and another host', forHost('good.example\0.evil.example'), ['http.line.control', 34]],

  // What looks like a host to people, or becomes one by a conversion: as in SNI.
  ['a Cyrillic o', forHost(utf8('g\u043eod.example')), BAD_HOST],
  ['full-width letters', forHost(utf8('\uff47\uff4f\uff4f\uff44.example')), BAD_HOST],
  ['an ideographic full stop', forHost(utf8('good\u3002example')), BAD_HOST],
  ['a U-label in UTF-8', forHost(utf8('b\u00fccher.example')), BAD_HOST],
  ['a U-label in latin1', forHost('b\xfccher.example'), BAD_HOST],
  ['a no-break space, which trim() takes away', forHost('good.example\xa0'), BAD_HOST],
  ['Punycode of nothing', forHost('xn--.example'), { host: 'xn--.example' }],
  ['127.0.0.1 in two parts', forHost('127.1'), BAD_HOST],
  ['in octal', forHost('0177.0.0.1'), BAD_HOST],
  ['in hexadecimal', forHost('0x7f.1'), BAD_HOST],
  ['as one number, with a port', forHost('2130706433:80'), BAD_HOST],
  ['an address', forHost('127.0.0.1'), { host: '127.0.0.1' }],
  ['an IPv6 address without brackets, which ends in a port', forHost('::1:80'), BAD_HOST],
  ['an IPv6 address in other words', forHost('[0:0::0:1]:80'), { host: '::1', port: 80 }],
  ['an IPv4-mapped address', forHost('[::FFFF:7f00:1]'), { host: '::ffff:127.0.0.1' }],
  ['an IPv6 address with a zone', forHost('[fe80::1%25eth0]'), BAD_HOST],
  ['a name in brackets', forHost('[good.example]'), BAD_HOST],
  ['a name behind brackets', forHost('[::1]evil.example'), BAD_HOST],
  ['__proto__', forHost('__proto__'), { host: '__proto__' }],
  ['constructor', forHost('constructor'), { host: 'constructor' }],

  // Two fields, and fields that only one of two readers sees.
  ['Host twice', `${GET}${HOST}Host: evil.example\r\n\r\n`, ['http.host.duplicate', 36]],
  ['the same Host twice', `${GET}${HOST}${HOST}\r\n`, ['http.host.duplicate', 36]],
  ['Host twice, in other letters', `${GET}${HOST}hOsT: evil.example\r\n\r\n`, ['http.host.duplicate', 36]],
  ['a blank before the colon', `${GET}Host : evil.example\r\n${HOST}\r\n`, ['http.field.space_before_colon', 20]],
  ['a tab before the colon', `${GET}${HOST}Host\t: evil.example\r\n\r\n`, ['http.field.space_before_colon', 40]],
  ['a blank in front of the first field', `${GET} Host: evil.example\r\n${HOST}\r\n`, ['http.field.leading_space', 16]],
  ['a folded line that reads as Host', `${GET}X: a\r\n Host: evil.example\r\n${HOST}\r\n`, ['http.field.obs_fold', 22]],
  ['a Host that goes on in a folded line', `${GET}Host: good.example\r\n .evil.example\r\n\r\n`, ['http.field.obs_fold', 36]],
  ['a bare CR that ends a line for some', `${GET}X: a\rHost: evil.example\r\n${HOST}\r\n`, ['http.line.bare_cr', 20]],
  ['a bare LF that ends a line for most', `${GET}X: a\nHost: evil.example\r\n${HOST}\r\n`, ['http.line.bare_lf', 20]],
  ['a NUL in the name of a field', `${GET}Host\0: evil.example\r\n${HOST}\r\n`, ['http.line.control', 20]],
  ['no name of a field', `${GET}: evil.example\r\n${HOST}\r\n`, ['http.field.name', 16]],
  ['an underscore, which CGI makes of a hyphen', `${GET}X_Host: evil.example\r\n${HOST}\r\n`, GOOD_HOST],
  ['hosts of proxies that nobody trusts', `${GET}X-Forwarded-Host: evil.example\r\nForwarded: host=evil.example\r\n${HOST}\r\n`, GOOD_HOST],
  ['Host as a field of this hop alone, which a proxy would take away', `${GET}${HOST}Connection: close, Host\r\n\r\n`, GOOD_HOST],
  ['no Host', `${GET}X: a\r\n\r\n`, ['http.host.missing', 22]],
  ['Host behind the empty line, in the body', `${GET}\r\n${HOST}\r\n`, ['http.host.missing', 16]],
  ['an empty Host: no host, which is not any host', `${GET}Host:\r\n\r\n`, 'none'],
  ['HTTP/1.0 without Host, and one behind the empty line', `GET / HTTP/1.0\r\n\r\n${HOST}\r\n`, 'none'],
  ['a Host beyond the longest line', `${GET}X: ${'a'.repeat(16_384)}\r\n${HOST}\r\n`, ['http.line.limit', 16]],

  // A target that contradicts Host.
  ['absolute-form: the target wins, and it is said that Host differs', `GET http://evil.example/ HTTP/1.1\r\n${HOST}\r\n`, EVIL_TARGET],
  ['absolute-form and an empty Host', 'GET http://evil.example/ HTTP/1.1\r\nHost:\r\n\r\n', EVIL_TARGET],
  ['absolute-form with another port', `GET http://good.example:8080/ HTTP/1.1\r\n${HOST}\r\n`, { host: 'good.example', port: 8080, differs: true }],
  ['absolute-form for https, and Host for http', 'GET https://good.example/ HTTP/1.1\r\nHost: good.example:80\r\n\r\n', { host: 'good.example', differs: true }],
  ['absolute-form without Host', 'GET http://evil.example/ HTTP/1.1\r\n\r\n', ['http.host.missing', 35]],
  ['CONNECT to another host', `CONNECT evil.example:443 HTTP/1.1\r\n${HOST}\r\n`, { host: 'evil.example', port: 443, differs: true }],
  ['CONNECT without a port', `CONNECT evil.example HTTP/1.1\r\n${HOST}\r\n`, ['http.target.authority', 8]],
  ['userinfo in the target', forTarget('good.example@evil.example'), BAD_TARGET],
  ['userinfo in the target with what looks like a port', forTarget('good.example:80@evil.example'), BAD_TARGET],
  ['a backslash in the target', forTarget('good.example\\@evil.example'), BAD_TARGET],
  ['a percent-encoded @ in the target', forTarget('good.example%40evil.example'), BAD_TARGET],
  ['a fragment in the target', forTarget('good.example#@evil.example'), ['http.target.syntax', 4]],
  ['an @ in the query of the target', forTarget('good.example?@evil.example'), GOOD_HOST],
  ['an @ in the path of the target', forTarget('good.example/@evil.example'), GOOD_HOST],
  ['three slashes', `GET http:///evil.example/ HTTP/1.1\r\n${HOST}\r\n`, BAD_TARGET],
  ['one slash', `GET http:/evil.example/ HTTP/1.1\r\n${HOST}\r\n`, ['http.target.syntax', 4]],
  ['two slashes: a path, and no host', `GET //evil.example/ HTTP/1.1\r\n${HOST}\r\n`, GOOD_HOST],
  ['no slash', `GET evil.example/ HTTP/1.1\r\n${HOST}\r\n`, ['http.target.syntax', 4]],
  ['two targets', `GET / http://evil.example/ HTTP/1.1\r\n${HOST}\r\n`, ['http.version.unsupported', 6], { sniffed: 'unknown' }],
  ['an encoded line end in the target, which stays encoded', `GET /%0d%0aHost:%20evil.example HTTP/1.1\r\n${HOST}\r\n`, GOOD_HOST],

  // Where the next request begins.
  ['a second request in the body of the first', `${POST}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n`, ['http.transfer_encoding.content_length', 56]],
  ['two lengths', `${POST}Content-Length: 4\r\nContent-Length: 5\r\n\r\n`, ['http.content_length.different', 56]],
  ['a length with a sign', `${POST}Content-Length: +4\r\n\r\n`, ['http.content_length.invalid', 53]],
  ['a list of lengths', `${POST}Content-Length: 4, 4\r\n\r\n`, ['http.content_length.invalid', 53]],
  ['chunked in disguise: a vertical tab', `${POST}Transfer-Encoding: \x0bchunked\r\n\r\n`, ['http.line.control', 56]],
  ['chunked in disguise: quotes', `${POST}Transfer-Encoding: "chunked"\r\n\r\n`, ['http.transfer_encoding.chunked', 37]],
  ['chunked in disguise: a blank before the colon', `${POST}Transfer-Encoding : chunked\r\n\r\n`, ['http.field.space_before_colon', 54]],
  ['chunked, and not the last', `${POST}Transfer-Encoding: chunked, identity\r\n\r\n`, ['http.transfer_encoding.chunked', 37]],
  ['chunked in HTTP/1.0', `POST / HTTP/1.0\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n`, ['http.transfer_encoding.version', 37]],
  ['a second request at once, for another host: the first counts', `${GET}${HOST}\r\n${GET}Host: evil.example\r\n\r\n`, GOOD_HOST],
  [
    'HTTP/2 behind an Upgrade, whose hosts nobody reads',
    `${GET}${HOST}Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\nPRI * HTTP/2.0\r\n\r\nSM\r\n\r\n`,
    GOOD_HOST,
  ],

  // What lenient servers take for HTTP/1.
  ['HTTP/2 at once: its hosts are not read', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', ['http.not_http', 2], { sniffed: 'http2', connection: { protocol: 'http2' }, routed: { protocol: 'unknown' } }],
  ['HTTP/0.9', 'GET /\r\n', ['http.request_line.syntax', 5], { sniffed: 'unknown' }],
  ['lines that end in LF alone', 'GET / HTTP/1.1\nHost: evil.example\n\n', ['http.line.bare_lf', 14]],
  ['an empty line too many in front', `\r\n\r\n\r\n${GET}${HOST}\r\n`, ['http.not_http', 4], { sniffed: 'unknown' }],
  ['LF in front', `\n${GET}${HOST}\r\n`, ['http.not_http', 0], { sniffed: 'unknown' }],
  ['a version to come', `GET / HTTP/1.2\r\n${HOST}\r\n`, ['http.version.unsupported', 6]],
  ['a blank behind the version', `GET / HTTP/1.1 \r\n${HOST}\r\n`, ['http.version.unsupported', 6]],
  // For these, servers there are: `unknown` must not be passed on to one.
  ['a method that nobody has registered', `FOO / HTTP/1.1\r\n${HOST}\r\n`, ['http.not_http', 0], UNKNOWN],
  ['a method in lower case', `get / HTTP/1.1\r\n${HOST}\r\n`, ['http.not_http', 0], UNKNOWN],
  ['a tab behind the method', `GET\t/\tHTTP/1.1\r\n${HOST}\r\n`, ['http.not_http', 3], UNKNOWN],
  ['a blank in front of the method', ` ${GET}${HOST}\r\n`, ['http.not_http', 0], UNKNOWN],
];

describe('a host in HTTP', () => {
  const connectionFor = (host: Host): Connection => {
    if (isRefusal(host)) return host as Refusal<RequestHeadCode>;
    return { protocol: 'http1', host: host === 'none' ? undefined : host.host };
  };

  test.each(byTitle(hostsInHttp))('%s', (_attack, [, text, host, options = {}]) => {
    const { connection = connectionFor(host), routed = connection, sniffed = 'http1' } = options;
    const input = bytes(text);
    const head = decodeRequestHead(input);
    if (isRefusal(host)) same(head, malformed(host));
    else {
      if (head.status !== 'complete') expect.fail(JSON.stringify(head));
      const { differs = false, ...authority } = host === 'none' ? {} : host;
      same([head.value.authority, head.value.hostDiffers], [host === 'none' ? undefined : authority, differs]);
    }
    same(byByte(createRequestHeadParser(), input), head);
    prereads(input, connection);
    prereads(input, routed, ofRouter);
    sniffs(input, sniffed);
  });

  test('a name in SNI and the same in Host are one string, and what is none in the one is none in the other', () => {
    const law = ([, flight, name]: HelloAttack): void => {
      // In the attacks above, the name is the first extension.
      const text = flight.subarray(NAME);
      if (text.some((byte) => byte < 0x20 || byte === 0x7f || byte === 0x3a) || text[0] === 0x20 || text.at(-1) === 0x20) return;
      const head = decodeRequestHead(forHost(text));
      if (isRefusal(name) || name === 'none') expect.fail('no name');
      if ('invalidAt' in name) same(head, malformed(BAD_HOST));
      else same(head.status === 'complete' && head.value.authority, { host: 'dns' in name ? name.dns : name.ip });
    };
    namesInTls.forEach(law);
  });
});

// Addresses in a PROXY header

/** What a header says, or why it is refused. */
type Header = { readonly client: string | undefined; readonly size: number } | Refusal<PrereadCode>;

interface HeaderOptions {
  /** What is said where no header may come; that one begins at 0 unless given. */
  readonly forbidden?: Connection;
  /** What is said where one may or may not come; as where one must unless given. */
  readonly guessed?: Connection;
}

/** The hello stands behind it, unless a whole connection is given. */
type HeaderAttack = readonly [attack: string, header: Uint8Array, verdict: Header, options?: HeaderOptions];

const LINE = 'TCP4 192.0.2.1 198.51.100.1 56324 443';
const CLIENT = '192.0.2.1';
const V1 = proxyV1(LINE);
const V2 = proxyV2();
const FORGED = proxyV1('TCP4 127.0.0.1 127.0.0.1 1 2');
const FORGED_ADDRESSES = ipv4Addresses('127.0.0.1', '127.0.0.1', 1, 2);
const SERVED = { protocol: 'tls', host: 'good.example' } as const;
const UNEXPECTED = ['preread.proxy.unexpected', 0] as const;
const MISSING = ['preread.proxy.missing', 0] as const;
const request = bytes(`${GET}${HOST}\r\n`);

const addresses: readonly HeaderAttack[] = [
  // Who may say so.
  ['a header of version 1 from whoever is not trusted', V1, { client: CLIENT, size: 45 }],
  ['a header of version 2 from whoever is not trusted', V2, { client: CLIENT, size: 28 }],
  ['no header from whoever must send one: served under the address of the balancer', bytes(), MISSING, { forbidden: SERVED, guessed: SERVED }],
  ['a header that claims to be this machine: where it is believed, it is believed', FORGED, { client: '127.0.0.1', size: 36 }],
  ['a header of version 1 behind another, put there by the client', concat([V1, FORGED]), ['preread.proxy.unexpected', 45]],
  ['version 2 behind version 1', concat([V1, V2]), ['preread.proxy.unexpected', 45]],
  ['version 1 behind version 2', concat([V2, FORGED]), ['preread.proxy.unexpected', 28]],
  ['version 1 behind a health check of the balancer', concat([LOCAL, FORGED]), ['preread.proxy.unexpected', 16]],
  ['a header inside a TLV', proxyV2({ tlvs: tlv(4, proxyV2({ addresses: FORGED_ADDRESSES })) }), { client: CLIENT, size: 59 }],
  ['a header behind the hello, where it is part of what is said', concat([record(whole), V2]), MISSING, { forbidden: SERVED, guessed: SERVED }],
  [
    'a header in the body of a request',
    concat([request, V1]),
    MISSING,
    { forbidden: { protocol: 'http1', host: 'good.example' }, guessed: { protocol: 'http1', host: 'good.example' } },
  ],
  [
    'a header in the place of a field',
    bytes(GET, V1, HOST, '\r\n'),
    MISSING,
    { forbidden: ['http.field.colon', 16], guessed: ['http.field.colon', 16] },
  ],
  ['a header inside a record of TLS', record(V1), MISSING, { forbidden: ['tls.handshake.type', 5], guessed: ['tls.handshake.type', 5] }],
  ['a blank in front of it', bytes(' ', V1), MISSING, { forbidden: { protocol: 'unknown' }, guessed: { protocol: 'unknown' } }],
  ['a line end in front of it', bytes('\r\n', V1), MISSING, { forbidden: ['http.not_http', 5], guessed: ['http.not_http', 5] }],
  ['in lower case', bytes('proxy ', LINE, '\r\n'), MISSING, { forbidden: { protocol: 'unknown' }, guessed: { protocol: 'unknown' } }],

  // Version 1, as lenient readers take it.
  ['two spaces before the protocol', bytes('PROXY  ', LINE, '\r\n'), ['proxy.v1.protocol', 6]],
  ['two spaces before an address, for a reader that splits by one', proxyV1('TCP4  192.0.2.1 198.51.100.1 1 2'), ['proxy.v1.source_address', 11]],
  ['two spaces between addresses', proxyV1('TCP4 192.0.2.1  198.51.100.1 1 2'), ['proxy.v1.destination_address', 21]],
  ['a tab', proxyV1('TCP4\t192.0.2.1 198.51.100.1 1 2'), ['proxy.v1.protocol', 10]],
  ['a space at the end', proxyV1(`${LINE} `), ['proxy.v1.destination_port', 40]],
  ['a fifth field', proxyV1(`${LINE} 127.0.0.1`), ['proxy.v1.destination_port', 40]],
  ['a leading zero in an address, octal to inet_aton', proxyV1('TCP4 192.0.2.010 198.51.100.1 1 2'), ['proxy.v1.source_address', 11]],
  ['an address in two parts', proxyV1('TCP4 127.1 198.51.100.1 1 2'), ['proxy.v1.source_address', 11]],
  ['a leading zero in a port', proxyV1('TCP4 192.0.2.1 198.51.100.1 01 2'), ['proxy.v1.source_port', 34]],
  ['a port that wraps around to 1', proxyV1('TCP4 192.0.2.1 198.51.100.1 65537 2'), ['proxy.v1.source_port', 34]],
  ['a NUL behind an address', proxyV1('TCP4 192.0.2.1\0 198.51.100.1 1 2'), ['proxy.v1.source_address', 11]],
  ['IPv6 where IPv4 is named', proxyV1('TCP4 ::1 ::2 1 2'), ['proxy.v1.source_address', 11]],
  ['IPv4 where IPv6 is named', proxyV1('TCP6 192.0.2.1 198.51.100.1 1 2'), ['proxy.v1.source_address', 11]],
  ['an IPv4-mapped address, past a list of IPv4 addresses: it is given as it is', proxyV1('TCP6 ::ffff:7f00:1 ::2 1 2'), { client: '::ffff:127.0.0.1', size: 34 }],
  ['a zone', proxyV1('TCP6 fe80::1%eth0 ::2 1 2'), ['proxy.v1.source_address', 11]],
  ['LF alone, behind which the next line begins for some', bytes('PROXY ', LINE, '\n'), ['proxy.v1.crlf', 43]],
  ['CR in the line', bytes('PROXY TCP4 192.0.2.1\r198.51.100.1 1 2\r\n'), ['proxy.v1.crlf', 20]],
  ['UNKNOWN with addresses, which count for nothing', proxyV1('UNKNOWN 127.0.0.1 127.0.0.1 1 2'), { client: undefined, size: 39 }],
  ['UNKNOWN with a header in it', proxyV1(`UNKNOWN PROXY ${LINE}`), { client: undefined, size: 59 }],
  ['a line of 107 bytes', proxyV1(`UNKNOWN ${'x'.repeat(91)}`), { client: undefined, size: 107 }],
  ['a line of 108 bytes', proxyV1(`UNKNOWN ${'x'.repeat(92)}`), ['proxy.v1.length', 107]],
  ['a line without end', bytes('PROXY UNKNOWN ', 'x'.repeat(400)), ['proxy.v1.length', 107]],

  // Version 2, where lengths and kinds contradict.
  ['LOCAL with addresses, which count for nothing', proxyV2({ verCmd: 0x20, addresses: FORGED_ADDRESSES }), { client: undefined, size: 28 }],
  ['LOCAL of no family, with a line of version 1 for addresses', proxyV2({ verCmd: 0x20, fam: 0xff, addresses: FORGED }), { client: undefined, size: 52 }],
  ['UNSPEC with addresses', proxyV2({ fam: 0x00, addresses: FORGED_ADDRESSES }), { client: undefined, size: 28 }],
  ['a length that leaves half of the addresses to the payload', proxyV2({ length: 6 }), ['proxy.v2.length', 14]],
  ['a length that takes the beginning of the payload for TLVs', proxyV2({ length: 12 + 20 }), ['proxy.tlv.length', 29]],
  ['a length to be waited for', proxyV2({ length: 0xffff }), ['proxy.header.limit', 14]],
  ['version 1 in the form of version 2', proxyV2({ verCmd: 0x11 }), ['proxy.v2.version', 12]],
  ['a command that is neither', proxyV2({ verCmd: 0x2f }), ['proxy.v2.command', 12]],
  ['the number of IPv6 in Linux for a family', proxyV2({ fam: 0xa1 }), ['proxy.v2.family', 13]],
  ['a transport that is none', proxyV2({ fam: 0x13 }), ['proxy.v2.transport', 13]],
  ['a TLV that takes the beginning of the payload', proxyV2({ tlvs: [2, 0, 20, 'x'] }), ['proxy.tlv.length', 29]],
  ['a checksum that is wrong', proxyV2({ tlvs: tlv(3, 0, 0, 0, 0) }), ['proxy.v2.crc32c', 31]],
  ['two checksums, one for each of two readers', proxyV2({ tlvs: concat([tlv(3, 0, 0, 0, 0), tlv(3, 0, 0, 0, 0)]) }), ['proxy.crc32c.duplicate', 35]],
  ['a checksum too short to be one', proxyV2({ tlvs: tlv(3, 0) }), ['proxy.crc32c.length', 29]],
  ['a path with a NUL, and another behind it', proxyV2({ fam: 0x31, addresses: unixAddresses('/run/good\0/evil', '') }), { client: '/run/good', size: 232 }],
  ['a name in the abstract namespace, which is no path', proxyV2({ fam: 0x31, addresses: unixAddresses('\0/run/good', '') }), { client: '\0/run/good', size: 232 }],
];

describe('an address in a PROXY header', () => {
  const clientOf = (proxy: ProxyHeader | undefined): string | undefined =>
    proxy?.source?.family === 'unix' ? proxy.source.path : proxy?.source?.address;

  test.each(byTitle(addresses))('%s', (_attack, [, header, verdict, options = {}]) => {
    const { forbidden = UNEXPECTED, guessed } = options;
    const input = concat([header, record(whole)]);
    const decoded = decodeProxyHeader(input);
    same(byByte(createProxyParser(), input), decoded);
    if (!isRefusal(verdict)) {
      if (decoded.status !== 'complete') expect.fail(JSON.stringify(decoded));
      same([clientOf(decoded.value), decoded.size], [verdict.client, verdict.size]);
      sniffs(input, `proxy-v${decoded.value.version}`);
    } else if (verdict[0].startsWith('proxy.')) same(decoded, malformed(verdict));
    else if (verdict === MISSING) same(decoded.status === 'malformed' && decoded.code, 'proxy.not_proxy');
    else same(decoded.status === 'complete' && decoded.size, verdict[1]);

    const required = isRefusal(verdict) ? verdict : SERVED;
    for (const [proxy, expected] of [['require', required], ['forbid', forbidden], ['optional', guessed ?? required]] as const) {
      const outcome = preread(input, { proxy });
      const parser = createPreread({ proxy });
      same(byByte(parser, input), plain(outcome));
      if (isRefusal(expected)) same(outcome, malformed(expected));
      else expect(outcome).toMatchObject({ status: 'complete', value: expected });
      // Nobody is believed who was not asked, and of two headers the second never is.
      const isBelieved = proxy !== 'forbid' && decoded.status === 'complete';
      same(parser.proxy, isBelieved ? decoded.value : undefined);
    }
  });

  test('a name in a TLV is the word of the sender, and no host: that of SNI and of Host counts', () => {
    for (const payload of [record(whole), request]) {
      const outcome = preread(concat([proxyV2({ tlvs: tlv(2, 'evil.example') }), payload]), { proxy: 'require' });
      if (outcome.status !== 'complete' || !('host' in outcome.value)) expect.fail(outcome.status);
      expect(outcome.value.host).toBe('good.example');
      expect(decodeTlv(outcome.value.proxy!.tlvs[0]!)).toMatchObject({ value: { name: 'authority', authority: 'evil.example' } });
    }
  });

  test('behind the end of TLS the name in a TLV is all there is, and not checked to be one', () => {
    for (const authority of ['GOOD.example.', 'good.example\0', 'good.example,evil.example', '__proto__', '']) {
      const outcome = decodeProxyHeader(proxyV2({ tlvs: tlv(2, authority) }));
      if (outcome.status !== 'complete') expect.fail(outcome.status);
      expect(decodeTlv(outcome.value.tlvs[0]!)).toMatchObject({ value: { authority } });
    }
  });

  test('an ALPN in a TLV that contradicts the hello: both are shown, each as what it is', () => {
    const flight = hello({ extensions: [good, alpn('h2')] });
    const outcome = preread(concat([proxyV2({ tlvs: tlv(1, 'http/1.1') }), flight]), { proxy: 'require' });
    if (outcome.status !== 'complete' || outcome.value.protocol !== 'tls') expect.fail(outcome.status);
    expect(outcome.value.tls.alpnProtocols).toEqual(['h2']);
    expect(decodeTlv(outcome.value.proxy!.tlvs[0]!)).toMatchObject({ value: { name: 'alpn', protocol: 'http/1.1' } });
  });

  test('of two TLVs of a type the first counts, whatever the second claims, and both are there', () => {
    const header = (...tlvs: Uint8Array[]): ProxyHeader => {
      const outcome = decodeProxyHeader(proxyV2({ tlvs: concat(tlvs) }));
      return outcome.status === 'complete' ? outcome.value : expect.fail(outcome.status);
    };
    const admin = ssl(7, 0, tlv(0x22, 'admin'));
    const nobody = ssl(1, 1);
    expect(readSsl(header(admin, nobody).tlvs)).toMatchObject({ verified: true, cn: 'admin' });
    expect(readSsl(header(nobody, admin).tlvs)).toMatchObject({ verified: false, cn: undefined });
    expect(readSsl(header(ssl(7, 0, tlv(0x22, 'guest'), tlv(0x22, 'admin'))).tlvs)).toMatchObject({ cn: 'guest' });
    expect(header(nobody, admin).tlvs).toHaveLength(2);
  });

  test('a certificate that nobody verified: verify is 0 where there was none', () => {
    const outcome = decodeProxyHeader(proxyV2({ tlvs: ssl(1, 0, tlv(0x22, 'admin')) }));
    expect(outcome.status === 'complete' && readSsl(outcome.value.tlvs)).toMatchObject({ verify: 0, verified: false, cn: 'admin' });
  });
});

// Logs

describe('what is logged of an attack is printable ASCII, in one line', () => {
  const ESCAPES = '\x1b[2J\x1b]0;evil\x07\r\nFeb 30 sshd: accepted\0\x7f\x9b31m\x85\xa0\xff';
  const inputs: readonly Uint8Array[] = [
    ...namesInTls.map(([, flight]) => flight),
    ...hellos.map(([, flight]) => flight),
    ...hostsInHttp.map(([, text]) => bytes(text)),
    ...addresses.map(([, header]) => concat([header, record(whole)])),
    named(ESCAPES),
    hello({ extensions: [good, alpn(ESCAPES), extension(0x1234, ESCAPES)] }),
    ...[`GET /${ESCAPES} HTTP/1.1\r\n`, `GET / HTTP/1.1\r\nX: ${ESCAPES}`, `${GET}Host: ${ESCAPES}\r\n\r\n`, `${GET}${HOST}${ESCAPES}: a\r\n`].map((text) => bytes(text)),
    bytes(`${GET}${HOST}X: \x9b31m\x85\xff\r\n\r\n`),
    proxyV1(`UNKNOWN ${ESCAPES.replaceAll(/[\r\n]/g, '')}`),
    proxyV2({ tlvs: [tlv(1, ESCAPES), tlv(2, utf8(`\u2028\u202e${ESCAPES}`)), ssl(7, 0, tlv(0x22, ESCAPES)), tlv(0x30, ESCAPES), tlv(0xea, 1, ESCAPES)] }),
    proxyV2({ fam: 0x31, addresses: unixAddresses(ESCAPES, `\0${ESCAPES}`) }),
    bytes(ESCAPES),
  ].filter(({ length }) => length < 1000);
  const PRINTABLE = /^[ -~]+$/;

  test('by explain: message, reference and cause', () => {
    let explained = 0;
    for (const input of inputs) {
      for (const outcome of [
        ...[readServerName(input), decodeClientHello(input), decodeRequestHead(input), decodeProxyHeader(input)].filter(({ status }) => status !== 'complete'),
        ...(['forbid', 'require', 'optional'] as const).map((proxy) => preread(input, { proxy })),
        sniff(input),
      ]) {
        for (const expected of [undefined, 'tls', 'http1'] as const) {
          // What is complete and no connection was left out above.
          const { message, reference, cause } = explain(outcome as Decoded<Preread<string>, PrereadCode>, { expected });
          for (const text of [message, reference, cause]) if (!PRINTABLE.test(text)) expect.fail(JSON.stringify(text));
          explained++;
        }
      }
    }
    expect(explained).toBeGreaterThan(inputs.length * 12);
  });

  test('by annotate: each of its lines', () => {
    for (const input of inputs) {
      for (const line of annotate(input).split('\n').slice(0, -1)) if (!PRINTABLE.test(line)) expect.fail(JSON.stringify(line));
    }
  });

  test('by the codes, the hosts and the addresses of IP, as they are', () => {
    const log = (text: string | undefined): void => {
      if (text !== undefined && !PRINTABLE.test(text)) expect.fail(JSON.stringify(text));
    };
    for (const input of inputs) {
      for (const proxy of ['forbid', 'require'] as const) {
        const parser = createPreread({ proxy });
        parser.push(input);
        const end = parser.end();
        if (end.status === 'malformed') log(end.code);
        else log('host' in end.value ? end.value.host : end.value.protocol);
        for (const place of [parser.proxy?.source, parser.proxy?.destination]) if (place?.family !== 'unix') log(place?.address);
      }
    }
  });

  test('by a hello as Node.js shows it, and as JSON but for what JSON does not escape', () => {
    const decoded = decodeClientHello(hello({ extensions: [serverName(ESCAPES), alpn(ESCAPES)] }));
    if (decoded.status !== 'complete') expect.fail(decoded.status);
    // The bytes of ALPN are data, and stay what they are.
    expect(decoded.value.alpnProtocols).toEqual([ESCAPES]);
    expect(inspect(decoded.value, { depth: 9 })).not.toMatch(/[\0-\x09\x0b-\x1f\x7f-\x9f]/);
    expect(JSON.stringify(decoded.value)).not.toMatch(/[\0-\x1f]/);
    expect(JSON.stringify(decoded.value)).toMatch(/\x9b31m/);
  });

  test('but not by what a sender wrote, which is to be quoted first', () => {
    const head = decodeRequestHead(bytes(`${GET}${HOST}X: \x9b31m\r\n\r\n`));
    expect(head.status === 'complete' && head.value.headers[1]!.value).toBe('\x9b31m');
    expect(decodeTlv(encodeTlv({ name: 'authority', authority: 'a\n\x1b' }))).toMatchObject({ value: { authority: 'a\n\x1b' } });
    const header = decodeProxyHeader(proxyV2({ fam: 0x31, addresses: unixAddresses('a\n\x1b', '') }));
    expect(header).toMatchObject({ value: { source: { path: 'a\n\x1b' } } });
  });
});

// The router of the README

describe('the names that every object has', () => {
  const hosts = ['__proto__', 'constructor'];

  test('are names like others, and the only ones of that kind in lower case', () => {
    const inherited = Object.getOwnPropertyNames(Object.prototype).filter((name) => name === name.toLowerCase());
    expect(inherited.sort()).toEqual([...hosts].sort());
    // So a table that is an object has something for them, and a Map has not.
    for (const host of hosts) {
      expect(({} as Record<string, unknown>)[host]).toBeDefined();
      expect(new Map().get(host)).toBeUndefined();
    }
  });

  test('lead nowhere in the router of the README', async () => {
    const backends: Backend[] = [{ host: '127.0.0.1', port: 1 }];
    const table = (): Map<string, Backend[]> => new Map([['good.example', backends]]);
    const reported: unknown[] = [];
    const router = createRouter({ tls: table(), http1: table() }, (answer, backend) => reported.push([answer.status, backend]));
    await listening(router, async (place) => {
      const replyTo = async (flight: Uint8Array): Promise<string> => {
        const client = await dial(place);
        client.end(flight);
        return untilClose(client);
      };
      for (const host of hosts) {
        expect(await replyTo(named(host))).toBe(String.fromCharCode(...encodeAlert('unrecognized_name')));
        expect(await replyTo(forHost(host))).toMatch(/^HTTP\/1\.1 421 /);
      }
    });
    expect(reported).toEqual(Array.from({ length: 4 }, () => ['complete', undefined]));
  });
});

test('every attack is another one', () => {
  const all = [namesInTls, hellos, hostsInHttp, addresses].map((attacks) => attacks.map(([, input]) => String(bytes(input as Part))));
  for (const inputs of all) expect(new Set(inputs).size).toBe(inputs.length);
  expect(all.flat().length).toBeGreaterThan(200);
});
