/**
 * Version 1 of the PROXY protocol, for people to read (PROXY protocol 2.1):
 *
 * ```
 *   PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r\n
 *   PROXY TCP6 2001:db8::1 2001:db8::2 56324 443\r\n
 *   PROXY UNKNOWN\r\n
 * ```
 *
 * @module
 */
import { formatIP, formatIPv6, mapIPv4, parseIPv4, parseIPv6 } from '../address.ts';
import { asBytes, Cursor, expectText, latin1, peek, writeLatin1 } from '../cursor.ts';
import { complete, malformed } from '../decoded.ts';
import type { Bytes, Decoded, Incomplete, Malformed } from '../decoded.ts';
import { arrayField } from '../field.ts';
import { endpointBytes } from './endpoint.ts';
import { headerLimit } from './header.ts';
import type { IPEndpoint, ProxyDecodeOptions, ProxyHeader, ProxyHeaderCode, ProxyHeaderInput } from './header.ts';
import { tlvField } from './tlv.ts';

/** What version 1 is refused for. */
export const proxyV1Codes = [
  'proxy.v1.protocol',
  'proxy.v1.crlf',
  'proxy.v1.length',
  'proxy.v1.source_address',
  'proxy.v1.destination_address',
  'proxy.v1.source_port',
  'proxy.v1.destination_port',
] as const;
export type ProxyV1Code = ProxyHeaderCode | (typeof proxyV1Codes)[number];

/** The longest line, its CRLF included: `PROXY UNKNOWN` with two IPv6 addresses and ports in full. */
export const MAX_LINE = 107;
/** What tells version 1 from every other protocol. */
export const LINE_START = 'PROXY ';
/** Where the first address begins. */
const FIELDS = 'PROXY TCP4 '.length;

const SP = 0x20;
const CR = 0x0d;
const LF = 0x0a;
const FOUR = 0x34;
const SIX = 0x36;
const U = 0x55;

/**
 * Decodes the version 1 header at the start of a connection.
 *
 * `size` is the line with its CRLF: the payload begins there. Bytes that are no such header are malformed at the first
 * one that rules it out: `proxy.not_proxy` up to the space behind `PROXY`, `proxy.v1.protocol` in the word behind it,
 * then `proxy.v1.crlf` (a CR or LF alone), `proxy.v1.length` (no CRLF in 107 bytes) and `proxy.header.limit` (nor in
 * `maxBytes`). The fields are judged once the CRLF is there, and malformed at their first byte. PROXY protocol 2.1.
 *
 * @example
 * const header = decodeProxyV1(new TextEncoder().encode('PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r\n'));
 * if (header.status === 'complete') console.log(header.value.command, header.size); // PROXY 45
 */
export function decodeProxyV1(bytes: Uint8Array, options?: ProxyDecodeOptions): Decoded<ProxyHeader, ProxyV1Code> {
  const maxBytes = headerLimit(options);
  const input = asBytes(bytes);
  const cursor =
    maxBytes < MAX_LINE
      ? Cursor.open<ProxyV1Code>(input, 0, maxBytes, 'proxy.header.limit')
      : Cursor.open<ProxyV1Code>(input, 0, MAX_LINE, 'proxy.v1.length');

  const stop = expectText(cursor, LINE_START, 'proxy.not_proxy') ?? cursor.stop(1);
  if (stop !== undefined) return stop;
  const isUnknown = peek(cursor) === U;
  return (
    (isUnknown ? expectUnknown(cursor) : expectTcp(cursor)) ??
    expectCrlf(cursor) ??
    (isUnknown
      ? complete(v1Header(undefined, undefined), cursor.offset)
      : readFields(latin1(input, 0, cursor.offset - 2), options?.allowIPv4InTcp6 === true))
  );
}

/** `TCP4` or `TCP6`, and the space behind it. */
function expectTcp(cursor: Cursor<ProxyV1Code>): Incomplete | Malformed<ProxyV1Code> | undefined {
  const stop = expectText(cursor, 'TCP', 'proxy.v1.protocol') ?? cursor.stop(1);
  if (stop !== undefined) return stop;
  const digit = cursor.u8();
  if (digit !== FOUR && digit !== SIX) return malformed('proxy.v1.protocol', cursor.offset - 1);
  return expectText(cursor, ' ', 'proxy.v1.protocol');
}

/** `UNKNOWN`, with a space or the end of the line behind it. */
function expectUnknown(cursor: Cursor<ProxyV1Code>): Incomplete | Malformed<ProxyV1Code> | undefined {
  const stop = expectText(cursor, 'UNKNOWN', 'proxy.v1.protocol') ?? cursor.stop(1);
  if (stop !== undefined) return stop;
  const next = peek(cursor);
  // A CR or LF that may not be here is told from the end of the line where that is looked for.
  return next === SP || next === CR || next === LF ? undefined : malformed('proxy.v1.protocol', cursor.offset);
}

/** Steps over everything up to the CRLF, and over it. */
function expectCrlf(cursor: Cursor<ProxyV1Code>): Incomplete | Malformed<ProxyV1Code> | undefined {
  for (let isBehindCr = false; ; ) {
    const stop = cursor.stop(1);
    if (stop !== undefined) return stop;
    const byte = cursor.u8();
    if (isBehindCr) return byte === LF ? undefined : malformed('proxy.v1.crlf', cursor.offset - 2);
    if (byte === LF) return malformed('proxy.v1.crlf', cursor.offset - 1);
    isBehindCr = byte === CR;
  }
}

/** @param line without its CRLF, so that positions in it are positions in the input */
function readFields(line: string, allowIPv4InTcp6: boolean): Decoded<ProxyHeader, ProxyV1Code> {
  const family = line[FIELDS - 2] === '4' ? 'IPv4' : 'IPv6';

  // Exactly one space between two fields: a space too many leaves a field empty, and the last one takes what is left.
  const sourceEnd = fieldEnd(line, FIELDS);
  const source = readAddress(line.slice(FIELDS, sourceEnd), family, allowIPv4InTcp6);
  if (source === undefined) return malformed('proxy.v1.source_address', FIELDS);

  const destinationAt = Math.min(sourceEnd + 1, line.length);
  const destinationEnd = fieldEnd(line, destinationAt);
  const destination = readAddress(line.slice(destinationAt, destinationEnd), family, allowIPv4InTcp6);
  if (destination === undefined) return malformed('proxy.v1.destination_address', destinationAt);

  const sourcePortAt = Math.min(destinationEnd + 1, line.length);
  const sourcePortEnd = fieldEnd(line, sourcePortAt);
  const sourcePort = readPort(line.slice(sourcePortAt, sourcePortEnd));
  if (sourcePort === undefined) return malformed('proxy.v1.source_port', sourcePortAt);

  const destinationPortAt = Math.min(sourcePortEnd + 1, line.length);
  const destinationPort = readPort(line.slice(destinationPortAt));
  if (destinationPort === undefined) return malformed('proxy.v1.destination_port', destinationPortAt);

  return complete(
    v1Header({ family, address: source, port: sourcePort }, { family, address: destination, port: destinationPort }),
    line.length + 2,
  );
}

function fieldEnd(line: string, start: number): number {
  const space = line.indexOf(' ', start);
  return space < 0 ? line.length : space;
}

/** An address of the family in canonical text. */
function readAddress(text: string, family: 'IPv4' | 'IPv6', allowIPv4InTcp6: boolean): string | undefined {
  // What is strict dotted decimal is canonical already.
  if (family === 'IPv4') return parseIPv4(text) && text;
  const ipv4 = allowIPv4InTcp6 ? parseIPv4(text) : undefined;
  const bytes = ipv4 === undefined ? parseIPv6(text) : mapIPv4(ipv4);
  return bytes && formatIPv6(bytes);
}

/** A decimal number from 0 to 65535 without leading zeros. */
function readPort(text: string): number | undefined {
  if (text.length === 0 || (text.length > 1 && text[0] === '0')) return undefined;
  let port = 0;
  for (let at = 0; at < text.length; at++) {
    const digit = text.charCodeAt(at) - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    port = 10 * port + digit;
  }
  return port <= 0xffff ? port : undefined;
}

function v1Header(source: IPEndpoint | undefined, destination: IPEndpoint | undefined): ProxyHeader {
  const transport = source === undefined ? 'unspecified' : 'stream';
  return { version: 1, command: 'PROXY', transport, source, destination, tlvs: [] };
}

/**
 * Encodes a version 1 header: `PROXY TCP4` or `PROXY TCP6`, and without endpoints `PROXY UNKNOWN`.
 *
 * @throws TypeError or RangeError naming the field that cannot be written: a bad address or port, or what this version
 * has no words for (the command LOCAL, datagrams, UNIX sockets, TLVs). PROXY protocol 2.1.
 *
 * @example
 * const header = encodeProxyV1({
 *   source: { address: '2001:db8::1', port: 56324 },
 *   destination: { address: '192.0.2.1', port: 443 },
 * });
 * console.log(new TextDecoder().decode(header).trim()); // PROXY TCP6 2001:db8::1 ::ffff:192.0.2.1 56324 443
 */
export function encodeProxyV1(header: ProxyHeaderInput): Bytes {
  const endpoints = endpointBytes(header);
  const { command, transport, tlvs = [] } = header;
  if (command === 'LOCAL') throw new TypeError('command must be PROXY in version 1');
  if (arrayField(tlvs, 'tlvs', tlvField).length > 0) throw new TypeError('tlvs must be empty in version 1');
  let line = 'PROXY UNKNOWN\r\n';
  if (endpoints !== undefined) {
    if (endpoints.family === 'unix') throw new TypeError('source.path cannot be written in version 1');
    if (transport === 'datagram') throw new TypeError('transport must be stream in version 1');
    const { family, source, destination, sourcePort, destinationPort } = endpoints;
    const protocol = family === 'IPv4' ? 'TCP4' : 'TCP6';
    line = `PROXY ${protocol} ${formatIP(source)} ${formatIP(destination)} ${sourcePort} ${destinationPort}\r\n`;
  }
  const out = new Uint8Array(line.length);
  writeLatin1(out, 0, line);
  return out;
}
