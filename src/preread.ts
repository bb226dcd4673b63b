/**
 * Everything at once: what a proxy wants to know before it serves a connection.
 *
 * ```
 *   [PROXY header]  ClientHello | request head | another protocol's first bytes
 *                   ^ payloadOffset
 * ```
 *
 * @module
 */
import { CR, LF } from './ascii.ts';
import { asBytes, atMost, byteAt, u16At, view } from './cursor.ts';
import { complete, incomplete, malformed, maxBytesOf } from './decoded.ts';
import type { Complete, Decoded, DecodeOptions, Malformed } from './decoded.ts';
import { textOf } from './host.ts';
import { HeadReader } from './http/request-head.ts';
import type { RequestHead, RequestHeadCode, RequestHeadOptions } from './http/request-head.ts';
import { StreamingParser } from './parser.ts';
import type { Parser, Reader } from './parser.ts';
import { beginsWithProxy, decodeProxyHeader } from './proxy/decode.ts';
import type { ProxyCode } from './proxy/decode.ts';
import { headerLimit } from './proxy/header.ts';
import type { ProxyDecodeOptions, ProxyHeader } from './proxy/header.ts';
import type { Matcher } from './sniff/matcher.ts';
import { http1, http1Fast, tcp, tls } from './sniff/matchers.ts';
import type { TcpProtocol } from './sniff/matchers.ts';
import { Sniffing } from './sniff/sniff.ts';
import { routableHelloReader } from './tls/client-hello.ts';
import type { ClientHello, ClientHelloCode } from './tls/client-hello.ts';
import { CHANGE_CIPHER_SPEC, CLIENT_HELLO, HANDSHAKE, RECORD_HEADER } from './tls/numbers.ts';

const codes = [
  'preread.proxy.unexpected',
  'preread.proxy.missing',
  'preread.protocol.limit',
  'tls.server_name.invalid',
] as const;
/** What the whole is refused for, beside the codes of its parts. */
export const prereadCodes: typeof codes = /* @__PURE__ */ Object.freeze(codes);

/** The codes of {@link preread} and {@link createPreread}. */
export type PrereadCode = (typeof prereadCodes)[number] | ProxyCode | ClientHelloCode | RequestHeadCode;

/** Protocols that are named and not read further. */
export type OtherProtocol<N extends string = TcpProtocol> = Exclude<N, 'tls' | 'http1' | ProxyProtocol>;
type ProxyProtocol = 'proxy-v1' | 'proxy-v2';

/**
 * What opens a connection: a `switch` on `protocol` tells what else is there.
 *
 * @typeParam N the names of the matchers
 */
export type Preread<N extends string = TcpProtocol> = Preamble & Payload<N>;

type Payload<N extends string> =
  | ('tls' extends N ? TlsPayload : never)
  | ('http1' extends N ? Http1Payload : never)
  | OtherPayload<OtherProtocol<N> | 'unknown' | 'silent'>;

/** What stands in front of the payload. */
export interface Preamble {
  /** Undefined where there is none. Its TLVs hold bytes of their own. */
  readonly proxy: ProxyHeader | undefined;
  /** Where the header ends: to be forwarded is what stands from here on. */
  readonly payloadOffset: number;
}

export interface TlsPayload {
  readonly protocol: 'tls';
  readonly tls: ClientHello;
  /** The name in SNI, or the address; undefined only where the client sent none. */
  readonly host: string | undefined;
}

export interface Http1Payload {
  readonly protocol: 'http1';
  readonly http: RequestHead;
  /** Of the authority of the head; undefined only where the client names none: in HTTP/1.0, or by an empty Host. */
  readonly host: string | undefined;
}

/**
 * `unknown`: nothing that the matchers know, nor anything that a lenient server could take for TLS or HTTP/1 where those
 * are looked for, but for a request whose method is not one of `methods`. `silent`: nothing at all, and nothing more will
 * come.
 */
export interface OtherPayload<P extends string> {
  readonly protocol: P;
}

/** What may stand in front, which protocols there are, and the bounds of the whole and its parts. */
export interface PrereadOptions<N extends string = TcpProtocol> extends DecodeOptions {
  /**
   * Whether a PROXY header comes first (default `forbid`). `require` is for connections from balancers alone, `forbid`
   * for all others: whoever may send a header can claim any address. `optional` guesses, which PROXY protocol 2 forbids
   * a receiver: only for senders that you trust and that do not all send one yet.
   */
  readonly proxy?: 'forbid' | 'require' | 'optional' | undefined;
  /**
   * As for `sniff`: {@link tcp} unless given. What they name `tls` or `http1` is decoded, and must be that; so is what
   * begins as those do and all matchers refuse, where theirs are in the list. PROXY headers are told before a matcher is
   * asked. The names `unknown` and `silent` are taken.
   */
  readonly matchers?: readonly Matcher<N>[] | undefined;
  /**
   * How many bytes a decision may need, header and payload together (default 65536). The bounds of the parts below hold
   * as well. A protocol that is not told within it is malformed as `preread.protocol.limit`.
   */
  readonly maxBytes?: number | undefined;
  /** For the PROXY header (4096 bytes unless given). */
  readonly proxyHeader?: ProxyDecodeOptions | undefined;
  /** For the ClientHello, without what stands in front of it. */
  readonly tls?: DecodeOptions | undefined;
  /** For the request head, without what stands in front of it. */
  readonly http?: RequestHeadOptions | undefined;
}

/**
 * Reads what opens a connection: the PROXY header if one belongs there, then the ClientHello of TLS, the head of an
 * HTTP/1 request or the name of another protocol, and the one host to route by.
 *
 * `size` is `payloadOffset`: what is to be forwarded begins there. Malformed, with an offset in `bytes`, are what the
 * decoders of the parts refuse, with their codes; a PROXY header where none may be (`preread.proxy.unexpected`, where
 * it begins: also behind another one) with the last byte of its signature, or of `PROXY` and the space; anything else
 * where one must be (`preread.proxy.missing`, at 0) with the first byte that shows it; a name in SNI that is neither
 * that of a host nor an address (`tls.server_name.invalid`).
 * `silent` is for {@link createPreread} to say: here, no bytes are `incomplete`.
 *
 * @param bytes all bytes so far, from the start of the connection
 * @throws TypeError where `proxy` is no mode
 *
 * @example
 * const header = 'PROXY TCP4 192.0.2.1 198.51.100.1 56324 80\r\n';
 * const request = 'GET / HTTP/1.1\r\nHost: www.example.com\r\n\r\n';
 * const read = preread(new TextEncoder().encode(header + request), { proxy: 'require' });
 * if (read.status === 'complete' && read.value.protocol === 'http1') {
 *   console.log(read.value.host, read.value.proxy?.source); // www.example.com { family: 'IPv4', address: '192.0.2.1', port: 56324 }
 * }
 */
export function preread<N extends string>(
  bytes: Uint8Array,
  options: PrereadOptions<N> & WithMatchers<N>,
): Decoded<Preread<N>, PrereadCode>;
export function preread<N extends string = never>(
  bytes: Uint8Array,
  options?: PrereadOptions<N>,
): Decoded<Preread<N | TcpProtocol>, PrereadCode>;
export function preread(bytes: Uint8Array, options?: PrereadOptions<string>): Decoded<Preread<string>, PrereadCode> {
  return new ConnectionReader(options).read(asBytes(bytes));
}

/** Without this, {@link tcp} may be asked. */
export interface WithMatchers<N extends string> {
  readonly matchers: readonly Matcher<N>[];
}

/** A streaming parser that shows the PROXY header before the rest is known. */
export type PrereadParser<N extends string = TcpProtocol> = Parser<Preread<N>, PrereadCode> & {
  /**
   * The PROXY header as soon as it is decoded, whatever follows: so that a connection which is refused, or says nothing,
   * can be logged with its client's address.
   */
  readonly proxy: ProxyHeader | undefined;
  /** Where the payload begins, whatever it is: 0 until a header is decoded. */
  readonly payloadOffset: number;
};

/**
 * Makes a {@link preread} for a stream. Time and memory are linear in the bytes however they are cut, and bounded by
 * `maxBytes`.
 *
 * `end()` before there is an answer: `silent` where nothing came, or nothing behind the PROXY header; malformed as
 * `preread.proxy.missing` where nothing came and a header must; the `truncated` code of the part that is not whole; and
 * where no part has begun, the name of a matcher that waited for others, or `unknown`.
 *
 * @example
 * const parser = createPreread({ proxy: 'require' });
 * console.log(parser.push(new TextEncoder().encode('PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r\n')).status); // incomplete
 * console.log(parser.proxy?.source); // { family: 'IPv4', address: '192.0.2.1', port: 56324 }
 * const end = parser.end();
 * if (end.status === 'complete') console.log(end.value.protocol); // silent
 */
export function createPreread<N extends string>(options: PrereadOptions<N> & WithMatchers<N>): PrereadParser<N>;
export function createPreread<N extends string = never>(options?: PrereadOptions<N>): PrereadParser<N | TcpProtocol>;
export function createPreread(options?: PrereadOptions<string>): PrereadParser<string> {
  return new ConnectionParser(new ConnectionReader(options));
}

class ConnectionParser extends StreamingParser<Preread<string>, PrereadCode> implements PrereadParser<string> {
  readonly #reader: ConnectionReader;

  constructor(reader: ConnectionReader) {
    super(reader, reader.maxBytes);
    this.#reader = reader;
  }

  get proxy(): ProxyHeader | undefined {
    return this.#reader.proxy;
  }

  get payloadOffset(): number {
    return this.#reader.payloadOffset;
  }
}

const modes = ['forbid', 'require', 'optional'] as const;

/** Of every version of TLS. */
const MAJOR_VERSION = 3;
/** The first major version that no server takes for one of TLS. */
const FOREIGN_VERSION = 16;
/** Of an alert: its level and description. */
const ALERT_LENGTH = 2;

/** Who decodes the payload, once its protocol is known: an HTTP/1 head, or else a ClientHello. */
type PayloadReader = HeadReader | Reader<ClientHello, PrereadCode>;

/** Reads one connection, and remembers how far, so that no part that is whole is decoded again. */
class ConnectionReader implements Reader<Preread<string>, PrereadCode> {
  readonly maxBytes: number;
  proxy: ProxyHeader | undefined;
  /** Undefined while it is open whether there is a header. */
  #payloadOffset: number | undefined;
  #payload: PayloadReader | undefined;
  readonly #requiresProxy: boolean;
  /** Undefined where there must not be a header. */
  readonly #proxyHeader: ProxyDecodeOptions | undefined;
  readonly #matchers: readonly Matcher[];
  /** Until the protocol of the payload is told. */
  #sniffing: Sniffing | undefined;
  readonly #tlsMaxBytes: number;
  readonly #http: RequestHeadOptions | undefined;

  constructor(options: PrereadOptions<string> = {}) {
    const { proxy = 'forbid', proxyHeader, matchers, http } = options;
    if (!modes.includes(proxy)) throw new TypeError("proxy must be 'forbid', 'require' or 'optional'");
    this.maxBytes = maxBytesOf(options);
    this.#requiresProxy = proxy === 'require';
    // What they are now, whatever the caller does to them later.
    if (proxy === 'forbid') this.#payloadOffset = 0;
    else this.#proxyHeader = { ...proxyHeader, maxBytes: Math.min(headerLimit(proxyHeader), this.maxBytes) };
    this.#matchers = matchers === undefined ? tcp : [...matchers];
    this.#tlsMaxBytes = maxBytesOf(options.tls);
    if (http !== undefined) this.#http = { ...http };
  }

  get payloadOffset(): number {
    return this.#payloadOffset ?? 0;
  }

  /** @param bytes all bytes so far, at least those of the call before */
  read(bytes: Uint8Array): Decoded<Preread<string>, PrereadCode> {
    if (this.#payloadOffset === undefined) {
      const header = decodeProxyHeader(bytes, this.#proxyHeader);
      if (header.status === 'complete') {
        this.proxy = withOwnTlvs(header.value);
        this.#payloadOffset = header.size;
      } else {
        if (header.status === 'incomplete' || header.code !== 'proxy.not_proxy') return header;
        if (this.#requiresProxy) return malformed('preread.proxy.missing', 0);
        this.#payloadOffset = 0;
      }
    }
    return this.#readPayload(bytes, this.#payloadOffset, false);
  }

  /** What the bytes are where no more will come. */
  readAtEnd(bytes: Uint8Array): Complete<Preread<string>> | Malformed<PrereadCode> {
    const sofar = this.read(bytes);
    if (sofar.status !== 'incomplete') return sofar;
    if (this.#payloadOffset === undefined) {
      if (bytes.length === 0 && this.#requiresProxy) return malformed('preread.proxy.missing', 0);
      if (this.#requiresProxy || beginsWithProxy(bytes) === true) return malformed('proxy.header.truncated', bytes.length);
    }
    const { payloadOffset } = this;
    if (bytes.length === payloadOffset) return this.#complete(payloadOffset, { protocol: 'silent' });
    const outcome = this.#readPayload(bytes, payloadOffset, true);
    if (outcome.status !== 'incomplete') return outcome;
    const end = this.#payload!.readAtEnd(view(bytes, payloadOffset, bytes.length)) as Malformed<PrereadCode>;
    return malformed(end.code, payloadOffset + end.offset);
  }

  #readPayload(bytes: Uint8Array, payloadOffset: number, isFinal: boolean): Decoded<Preread<string>, PrereadCode> {
    const payload = payloadOffset === 0 ? bytes : view(bytes, payloadOffset, bytes.length);
    const maxBytes = this.maxBytes - payloadOffset;
    if (this.#payload === undefined) {
      const protocol = this.#tell(atMost(payload, maxBytes), isFinal);
      if (typeof protocol === 'number') {
        const isWithin = Math.min(payload.length, maxBytes) + protocol <= maxBytes;
        return isWithin ? incomplete(protocol) : malformed('preread.protocol.limit', payloadOffset);
      }
      switch (protocol) {
        case 'proxy-v1':
        case 'proxy-v2':
          return malformed('preread.proxy.unexpected', payloadOffset);
        case 'tls':
          this.#payload = routableHelloReader(Math.min(this.#tlsMaxBytes, maxBytes));
          break;
        case 'http1':
          this.#payload = new HeadReader({ ...this.#http, maxBytes: Math.min(maxBytesOf(this.#http), maxBytes) });
          break;
        default:
          return this.#complete(payloadOffset, { protocol });
      }
    }
    this.#sniffing = undefined;
    const decoded = readPayload(this.#payload, payload);
    if (decoded.status === 'complete') return this.#complete(payloadOffset, decoded.value);
    if (decoded.status === 'incomplete') return decoded;
    return malformed(decoded.code, payloadOffset + decoded.offset);
  }

  /** The protocol of the payload, or how many bytes more it takes to tell. */
  #tell(payload: Uint8Array, isFinal: boolean): string | number {
    const isProxy = beginsWithProxy(payload);
    if (isProxy === true) return 'proxy-v1'; // or 2: either is refused
    if (typeof isProxy === 'number' && !isFinal) return isProxy;
    this.#sniffing ??= new Sniffing(this.#matchers, Infinity);
    const sniffed = this.#sniffing.ask(payload, isFinal);
    if (sniffed.status === 'incomplete') return sniffed.needed;
    if (sniffed.status === 'complete') return sniffed.protocol;
    const resembled = this.#resembles(payload);
    return typeof resembled === 'number' && isFinal ? 'unknown' : resembled;
  }

  /**
   * What all matchers refuse may be served all the same: OpenSSL takes a hello behind empty records, and Node.js a
   * request behind empty lines. To call it unknown would be to let it pass by its name; the decoder says what is wrong.
   */
  #resembles(payload: Uint8Array): 'tls' | 'http1' | 'unknown' | number {
    const matchers = this.#matchers;
    const isTls = matchers.includes(tls) && resemblesTls(payload);
    if (isTls !== false) return isTls === true ? 'tls' : isTls;
    const first = byteAt(payload, 0);
    const looksForHttp1 = matchers.includes(http1) || matchers.includes(http1Fast);
    const isRequest = first === CR || first === LF || http1Fast.match(payload) === true;
    return looksForHttp1 && isRequest ? 'http1' : 'unknown';
  }

  #complete(payloadOffset: number, payload: Payload<string>): Complete<Preread<string>> {
    return complete({ proxy: this.proxy, payloadOffset, ...payload }, payloadOffset);
  }
}

/**
 * Whether a server may take for TLS what begins so, or how many bytes more it takes to tell: OpenSSL takes a hello behind an
 * empty change_cipher_spec and one in the form of SSL 2.0, and Go behind a warning, and with any version below 16. Of
 * a version that is none, as much has to fit as they look at: lengths of other protocols look like types of records.
 */
function resemblesTls(bytes: Uint8Array): boolean | number {
  const type = byteAt(bytes, 0);
  if (type >= CHANGE_CIPHER_SPEC && type <= HANDSHAKE) {
    const major = byteAt(bytes, 1);
    if (major === -1) return 1;
    if (major === MAJOR_VERSION) return true;
    if (major >= FOREIGN_VERSION || type === CHANGE_CIPHER_SPEC) return false;
    const missing = RECORD_HEADER + (type === HANDSHAKE ? 1 : 0) - bytes.length;
    if (missing > 0) return missing;
    return type === HANDSHAKE ? byteAt(bytes, RECORD_HEADER) === CLIENT_HELLO : u16At(bytes, 3) === ALERT_LENGTH;
  }
  // The first bit is set in the form of SSL 2.0.
  if (type < 0x80) return false;
  // Whatever the limit of a hello: what is too long for that is no less TLS.
  const hello = routableHelloReader(Infinity).read(bytes);
  return hello.status === 'incomplete' ? hello.needed : hello.status === 'malformed' && hello.code === 'tls.sslv2';
}

/** The header with TLVs that keep nothing of the connection's bytes alive, and can be changed without changing those. */
function withOwnTlvs(header: ProxyHeader): ProxyHeader {
  return { ...header, tlvs: header.tlvs.map(({ type, value }) => ({ type, value: value.slice() })) };
}

/** What a router needs of what is decoded. */
function readPayload(reader: PayloadReader, bytes: Uint8Array): Decoded<TlsPayload | Http1Payload, PrereadCode> {
  if (reader instanceof HeadReader) {
    const decoded = reader.read(bytes);
    if (decoded.status !== 'complete') return decoded;
    return complete({ protocol: 'http1', http: decoded.value, host: decoded.value.authority?.host }, decoded.size);
  }
  const decoded = reader.read(bytes);
  if (decoded.status !== 'complete') return decoded;
  const { serverName } = decoded.value;
  const host = serverName === undefined || serverName.kind === 'invalid' ? undefined : textOf(serverName);
  return complete({ protocol: 'tls', tls: decoded.value, host }, decoded.size);
}
