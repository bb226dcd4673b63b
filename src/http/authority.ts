/**
 * The authority of a request: which host and port it is for. From the target where that names one, else from Host.
 *
 * @module
 */
import { formatIPv6, parseIPv6 } from '../address.ts';
import { readHost, textOf } from '../host.ts';

/** The host and port that a request names (RFC 9110 7.2), in the same normal form as a server name in TLS. */
export interface Authority {
  /** A DNS name in lower case without a trailing dot, or an IP address in canonical text, IPv6 without brackets. */
  readonly host: string;
  /** 0 to 65535; not there where the request leaves it to the scheme. */
  readonly port?: number;
}

/**
 * Reads `host[:port]`, without userinfo (RFC 9110 4.2.4), IPv6 in brackets, the port perhaps empty (RFC 3986 3.2.2,
 * 3.2.3); undefined where it is none, or where the host is empty.
 */
export function readAuthority(text: string): Authority | undefined {
  const literalEnd = text.startsWith('[') ? text.indexOf(']') : -1;
  const colon = text.indexOf(':', literalEnd + 1);
  const hostEnd = colon === -1 ? text.length : colon;
  if (literalEnd !== -1 && literalEnd + 1 !== hostEnd) return undefined;
  const host = literalEnd === -1 ? hostOf(text.slice(0, hostEnd)) : ipv6Of(text.slice(1, literalEnd));
  const digits = text.slice(hostEnd + 1);
  if (host === undefined || /[^0-9]/.test(digits)) return undefined;
  if (digits === '') return { host };
  const port = Number(digits);
  return port <= 0xffff ? { host, port } : undefined;
}

function hostOf(name: string): string | undefined {
  const host = readHost(name);
  return host && textOf(host);
}

function ipv6Of(literal: string): string | undefined {
  const address = parseIPv6(literal);
  return address && formatIPv6(address);
}

/** Whether two authorities are two places, where one without a port stands for `defaultPort`. */
export function isElsewhere(one: Authority, other: Authority, defaultPort: number | undefined): boolean {
  return one.host !== other.host || (one.port ?? defaultPort) !== (other.port ?? defaultPort);
}

/** The port of a scheme (RFC 9110 4.2, RFC 6455 3), in any case; undefined for one that is not known here. */
export function portOf(scheme: string): number | undefined {
  switch (scheme.toLowerCase()) {
    case 'http':
    case 'ws':
      return 80;
    case 'https':
    case 'wss':
      return 443;
    default:
      return undefined;
  }
}
