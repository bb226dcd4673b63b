/**
 * The PROXY protocol header in either version.
 *
 * @module
 */
import { CR } from '../ascii.ts';
import { asBytes, byteAt, matching } from '../cursor.ts';
import { malformed } from '../decoded.ts';
import type { Decoded, Malformed } from '../decoded.ts';
import { StreamingParser } from '../parser.ts';
import type { Parser, Reader } from '../parser.ts';
import { headerLimit } from './header.ts';
import type { ProxyDecodeOptions, ProxyHeader } from './header.ts';
import { LINE_START, SIGNATURE } from './numbers.ts';
import { decodeProxyV1 } from './v1.ts';
import type { ProxyV1Code } from './v1.ts';
import { decodeProxyV2 } from './v2.ts';
import type { ProxyV2Code } from './v2.ts';

/** The codes of {@link decodeProxyHeader} and {@link createProxyParser}. */
export type ProxyCode = ProxyV1Code | ProxyV2Code;

/**
 * Decodes the PROXY protocol header at the start of a connection, or of a datagram, in either version.
 *
 * `size` is the whole header: the payload begins there. Codes and offsets are those of `decodeProxyV1` and
 * `decodeProxyV2`. A datagram holds all of its header (PROXY protocol 2): where one is incomplete, drop it.
 *
 * Call it only where a header must come, on connections of senders that you trust: whoever may send one can claim any
 * address (PROXY protocol 5).
 *
 * @example
 * const header = decodeProxyHeader(new TextEncoder().encode('PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r\nGET /'));
 * if (header.status === 'complete') {
 *   console.log(header.value.source); // { family: 'IPv4', address: '192.0.2.1', port: 56324 }
 *   console.log(header.size); // 45
 * }
 */
export function decodeProxyHeader(bytes: Uint8Array, options?: ProxyDecodeOptions): Decoded<ProxyHeader, ProxyCode> {
  const input = asBytes(bytes);
  return byteAt(input, 0) === CR ? decodeProxyV2(input, options) : decodeProxyV1(input, options);
}

/**
 * Whether bytes begin as a header of either version and nothing else does: yes, no, or not known before at least so
 * many bytes more have come.
 */
export function beginsWithProxy(bytes: Uint8Array): boolean | number {
  const start = byteAt(bytes, 0) === CR ? SIGNATURE : LINE_START;
  const same = matching(bytes, 0, bytes.length, start);
  return same === start.length || (same === bytes.length && 1);
}

/**
 * Makes a streaming parser for the PROXY protocol header at the start of a connection. Time and memory are linear in
 * the header however it is cut, and bounded by `maxBytes`. `end()` before it is whole: `proxy.header.truncated`.
 *
 * @example
 * const parser = createProxyParser();
 * const line = new TextEncoder().encode('PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r\n');
 * console.log(parser.push(line.subarray(0, 20))); // { status: 'incomplete', needed: 1 }
 * console.log(parser.push(line.subarray(20)).status); // complete
 */
export function createProxyParser(options?: ProxyDecodeOptions): Parser<ProxyHeader, ProxyCode> {
  return new StreamingParser(new HeaderReader(options), headerLimit(options));
}

class HeaderReader implements Reader<ProxyHeader, ProxyCode> {
  readonly #options: ProxyDecodeOptions | undefined;

  constructor(options: ProxyDecodeOptions | undefined) {
    // What they are now, whatever the caller does to them later.
    this.#options = options && { ...options };
  }

  read(bytes: Uint8Array): Decoded<ProxyHeader, ProxyCode> {
    return decodeProxyHeader(bytes, this.#options);
  }

  readAtEnd({ length }: Uint8Array): Malformed<ProxyCode> {
    return malformed('proxy.header.truncated', length);
  }
}
