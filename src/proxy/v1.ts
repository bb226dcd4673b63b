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
import { charAt, digitOf, formatIPv6, scanIPv4, scanIPv6, writeIPv4, writeIPv6 } from '../address.ts';
import { CR, LF, SPACE } from '../ascii.ts';
import { asBytes, byteAt, latin1, matching, u16At, u32At, u8At, writeLatin1, writeU16 } from '../cursor.ts';
import { complete, incomplete, malformed } from '../decoded.ts';
import type { Bytes, Complete, Decoded, Malformed } from '../decoded.ts';
import { arrayField } from '../field.ts';
import { endpointBlock } from './endpoint.ts';
import type { EndpointBlock } from './endpoint.ts';
import { headerLimit } from './header.ts';
import type { IPEndpoint, ProxyDecodeOptions, ProxyHeader, ProxyHeaderCode, ProxyHeaderInput } from './header.ts';
import { FAMILY, FIELDS, FOUR, MAX_LINE, PROTOCOL, SIX, TCP4, TCP6, U, UNKNOWN } from './numbers.ts';
import { tlvField } from './tlv.ts';

const codes = [
  'proxy.v1.protocol',
  'proxy.v1.crlf',
  'proxy.v1.length',
  'proxy.v1.source_address',
  'proxy.v1.destination_address',
  'proxy.v1.source_port',
  'proxy.v1.destination_port',
] as const;
/** What version 1 is refused for. */
export const proxyV1Codes: typeof codes = /* @__PURE__ */ Object.freeze(codes);
export type ProxyV1Code = ProxyHeaderCode | (typeof proxyV1Codes)[number];

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
  const reach = Math.min(maxBytes, MAX_LINE);
  const end = Math.min(input.length, reach);

  const isUnknown = byteAt(input, PROTOCOL) === U;
  const start = isUnknown ? UNKNOWN : byteAt(input, FAMILY) === SIX ? TCP6 : TCP4;
  let at = start.length;
  if (end < FIELDS || isUnknown || !startsAsTcp(input)) {
    const same = matching(input, 0, end, start);
    if (same < at && same < end) return malformed(same < PROTOCOL ? 'proxy.not_proxy' : 'proxy.v1.protocol', same);
  }
  if (at < end) {
    // A CR or LF that may not be here is told from the end of the line where that is looked for.
    if (isUnknown && u8At(input, at) !== SPACE && !isLineBreak(input, at)) return malformed('proxy.v1.protocol', at);
    // Only a line that is as it should be is read in one go. What is wrong with fields counts once the line is whole.
    const header = isUnknown ? undefined : readFields(input, end, options?.allowIPv4InTcp6 === true);
    if (header?.status === 'complete') return header;
    while (at < end && !isLineBreak(input, at)) at++;
    if (at < end && u8At(input, at) === LF) return malformed('proxy.v1.crlf', at);
    if (at + 1 < end) {
      if (u8At(input, at + 1) !== LF) return malformed('proxy.v1.crlf', at);
      return header ?? complete(v1Header(undefined, undefined), at + 2);
    }
  }
  if (end < reach) return incomplete(1);
  return malformed(maxBytes < MAX_LINE ? 'proxy.header.limit' : 'proxy.v1.length', end);
}

/** With TCP4 or TCP6, in few comparisons, as for the signature of version 2. */
function startsAsTcp(input: Uint8Array): boolean {
  return (
    u32At(input, 0) === 0x50524f58 &&
    u32At(input, 4) === 0x59205443 &&
    (u32At(input, 7) === 0x43503420 || u32At(input, 7) === 0x43503620)
  );
}

function isLineBreak(bytes: Uint8Array, at: number): boolean {
  const byte = u8At(bytes, at);
  return byte === CR || byte === LF;
}

/** Addresses and ports on their way from text, as in version 2. */
const block = /* @__PURE__ */ new Uint8Array(36);

/** Reads a line up to its CRLF; malformed also where that is still to come. */
function readFields(
  input: Uint8Array,
  end: number,
  allowIPv4InTcp6: boolean,
): Complete<ProxyHeader> | Malformed<ProxyV1Code> {
  const isIPv4 = u8At(input, FAMILY) === FOUR;
  const width = isIPv4 ? 4 : 16;

  // Exactly one space between two fields: a space too many leaves a field empty, and the last one takes what is left.
  const destinationAt = fieldBehind(
    input,
    isIPv4 ? scanIPv4(input, FIELDS, end, block, 0) : scanIPv6(input, FIELDS, end, block, 0, allowIPv4InTcp6),
  );
  if (destinationAt < 0) return malformed('proxy.v1.source_address', FIELDS);
  const sourcePortAt = fieldBehind(
    input,
    isIPv4
      ? scanIPv4(input, destinationAt, end, block, width)
      : scanIPv6(input, destinationAt, end, block, width, allowIPv4InTcp6),
  );
  if (sourcePortAt < 0) return malformed('proxy.v1.destination_address', destinationAt);
  const destinationPortAt = fieldBehind(input, scanPort(input, sourcePortAt, end, block, 2 * width));
  if (destinationPortAt < 0) return malformed('proxy.v1.source_port', sourcePortAt);
  const lineEnd = scanPort(input, destinationPortAt, end, block, 2 * width + 2);
  if (lineEnd < 0 || lineEnd + 2 > end || u16At(input, lineEnd) !== 0x0d0a) {
    return malformed('proxy.v1.destination_port', destinationPortAt);
  }
  // Strict dotted decimal is canonical already.
  const source = isIPv4 ? latin1(input, FIELDS, destinationAt - 1) : formatIPv6(block, 0);
  const destination = isIPv4 ? latin1(input, destinationAt, sourcePortAt - 1) : formatIPv6(block, width);
  const family = isIPv4 ? 'IPv4' : 'IPv6';
  return complete(
    v1Header(
      { family, address: source, port: u16At(block, 2 * width) },
      { family, address: destination, port: u16At(block, 2 * width + 2) },
    ),
    lineEnd + 2,
  );
}

/** Where the field behind a field begins that ends at `stop`: at the end of the line, if it is the last one; or -1. */
function fieldBehind(input: Uint8Array, stop: number): number {
  const char = stop < 0 ? -1 : byteAt(input, stop);
  return char === SPACE ? stop + 1 : char === CR ? stop : -1;
}

/** Reads a decimal number from 0 to 65535 without leading zeros as far as it goes. Gives where it ends, or -1. */
function scanPort(input: Uint8Array, start: number, end: number, out: Uint8Array, to: number): number {
  let p = start;
  let port = digitOf(charAt(input, p++, end));
  if (port > 9) return -1;
  for (let digit; port > 0 && (digit = digitOf(charAt(input, p, end))) <= 9; p++) port = 10 * port + digit;
  if (port > 0xffff) return -1;
  writeU16(out, to, port);
  return p;
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
  const endpoints = endpointBlock(header);
  const { command, transport, tlvs = [] } = header;
  if (command === 'LOCAL') throw new TypeError('command must be PROXY in version 1');
  if (arrayField(tlvs, 'tlvs', tlvField).length > 0) throw new TypeError('tlvs must be empty in version 1');
  if (endpoints?.family === 'unix') throw new TypeError('source.path cannot be written in version 1');
  if (endpoints !== undefined && transport === 'datagram') throw new TypeError('transport must be stream in version 1');
  const end = endpoints === undefined ? writeText(UNKNOWN, 0) : writeFields(endpoints);
  return line.slice(0, writeText('\r\n', end));
}

/** A line on its way. */
const line = /* @__PURE__ */ new Uint8Array(MAX_LINE);

function writeFields({ family, block }: EndpointBlock): number {
  const isIPv4 = family === 'IPv4';
  const width = isIPv4 ? 4 : 16;
  let at = writeText(isIPv4 ? TCP4 : TCP6, 0);
  for (let from = 0; from < 2 * width; from += width) {
    at = isIPv4 ? writeIPv4(line, at, block, from) : writeIPv6(line, at, block, from);
    line[at++] = SPACE;
  }
  at = writePort(at, u16At(block, 2 * width));
  line[at++] = SPACE;
  return writePort(at, u16At(block, 2 * width + 2));
}

function writeText(text: string, at: number): number {
  writeLatin1(line, at, text);
  return at + text.length;
}

/** The last digit first. */
function writePort(at: number, port: number): number {
  const end = at + (port > 9999 ? 5 : port > 999 ? 4 : port > 99 ? 3 : port > 9 ? 2 : 1);
  for (let p = end, rest = port; p > at; rest = (rest / 10) | 0) line[--p] = 0x30 + (rest % 10);
  return end;
}
