/**
 * What a PROXY protocol header says, whichever version it is written in.
 *
 * @module
 */
import { formatIPv4, formatIPv6 } from '../address.ts';
import { u16At } from '../cursor.ts';
import { maxBytesOf } from '../decoded.ts';
import type { DecodeOptions } from '../decoded.ts';
import type { Tlv } from './tlv.ts';

const codes = ['proxy.not_proxy', 'proxy.header.limit', 'proxy.header.truncated'] as const;
/** What headers of both versions are refused for. */
export const proxyHeaderCodes: typeof codes = /* @__PURE__ */ Object.freeze(codes);
export type ProxyHeaderCode = (typeof proxyHeaderCodes)[number];

/** One end of a connection over IP: the fields of `socket.address()` in Node.js. */
export interface IPEndpoint {
  readonly family: 'IPv4' | 'IPv6';
  /** In canonical text: dotted decimal, or RFC 5952 with mapped addresses as `::ffff:1.2.3.4`. */
  readonly address: string;
  /** 0 to 65535. */
  readonly port: number;
}

/** One end of a connection over a UNIX socket. */
export interface UnixEndpoint {
  readonly family: 'unix';
  /**
   * One character per byte (latin1), at most 108. Empty: the socket has no name. With a NUL in front: a name in the
   * abstract namespace.
   */
  readonly path: string;
}

export type Endpoint = IPEndpoint | UnixEndpoint;

/** A PROXY protocol header, as plain data. */
export interface ProxyHeader {
  readonly version: 1 | 2;
  /**
   * `PROXY`: relayed for someone else. `LOCAL`: the sender's own, such as a health check (from HAProxy also a client on
   * a UNIX socket).
   */
  readonly command: 'PROXY' | 'LOCAL';
  /** What the client's connection is made of; `unspecified` where there are no endpoints. */
  readonly transport: 'stream' | 'datagram' | 'unspecified';
  /** The client; undefined, like `destination`, where the endpoints of the connection itself are to be used. */
  readonly source: Endpoint | undefined;
  /** What the client connected to. */
  readonly destination: Endpoint | undefined;
  /**
   * All of them, unknown ones too, raw and in wire order; `decodeTlv` gives them types. The values are views into the
   * input (a parser's into its own copy), which therefore lives as long as they do. Without endpoints, bytes that are
   * no well-formed TLVs are skipped.
   */
  readonly tlvs: readonly Tlv[];
}

/** An endpoint to write. The family is told from the address, and must be that where it is given. */
export type EndpointInput = IPEndpointInput | UnixEndpointInput;

export interface IPEndpointInput {
  readonly family?: string | undefined;
  readonly address: string;
  readonly port: number;
  readonly path?: undefined;
}

export interface UnixEndpointInput {
  readonly family?: string | undefined;
  readonly path: string;
  readonly address?: undefined;
  readonly port?: undefined;
}

/** What the encoders take: a decoded header, or as much of one as there is to say. */
export interface ProxyHeaderInput {
  /** `PROXY` unless given. */
  readonly command?: 'PROXY' | 'LOCAL' | undefined;
  /** `stream` unless given; without endpoints it counts for nothing. */
  readonly transport?: 'stream' | 'datagram' | 'unspecified' | undefined;
  /** Both endpoints or none. An IPv4 and an IPv6 one together become IPv6 both, the first one IPv4-mapped. */
  readonly source?: EndpointInput | undefined;
  readonly destination?: EndpointInput | undefined;
  readonly tlvs?: readonly Tlv[] | undefined;
}

/** Bounds for decoders of PROXY headers, and what they let pass. */
export interface ProxyDecodeOptions extends DecodeOptions {
  /**
   * The longest header to accept, in bytes (default 4096; 65551 accepts any). A longer one is malformed as soon as its
   * length is read, and in version 1, which has none, once so many bytes are there; so a waiting parser never holds
   * more than this. Bytes behind the header do not count.
   */
  readonly maxBytes?: number | undefined;
  /** Whether to verify a checksum where there is one (default true). */
  readonly verifyCrc32c?: boolean | undefined;
  /**
   * Whether version 1 may write an IPv4 address in dotted decimal behind `TCP6`, as some senders do (default false).
   * It is given as IPv4-mapped.
   */
  readonly allowIPv4InTcp6?: boolean | undefined;
}

/** The longest header to accept unless more is asked for. */
const DEFAULT_MAX_BYTES = 4096;

export function headerLimit(options: ProxyDecodeOptions | undefined): number {
  return maxBytesOf(options, DEFAULT_MAX_BYTES) + 0; // of -0, too, no offset may come
}

/** The endpoint whose address and port stand in `bytes`. */
export function ipEndpoint(bytes: Uint8Array, addressAt: number, portAt: number, isIPv4: boolean): IPEndpoint {
  return {
    family: isIPv4 ? 'IPv4' : 'IPv6',
    address: isIPv4 ? formatIPv4(bytes, addressAt) : formatIPv6(bytes, addressAt),
    port: u16At(bytes, portAt),
  };
}
