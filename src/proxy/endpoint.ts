/**
 * The endpoints of a header to write: what a caller gives, checked and as bytes.
 *
 * @module
 */
import { mapIPv4, parseIPv4, parseIPv6 } from '../address.ts';
import type { Bytes } from '../decoded.ts';
import { integerField, latin1Field, objectField } from '../field.ts';
import type { EndpointInput, ProxyHeaderInput } from './header.ts';

/** The size of a UNIX path in a header, as in the kernel's `sockaddr_un`. */
export const UNIX_PATH_SIZE = 108;

/** Endpoints that were checked, as bytes to write. */
export type EndpointBytes =
  | {
      readonly family: 'IPv4' | 'IPv6';
      readonly source: Bytes;
      readonly destination: Bytes;
      readonly sourcePort: number;
      readonly destinationPort: number;
    }
  | { readonly family: 'unix'; readonly source: Bytes; readonly destination: Bytes };

/**
 * Checks everything about a header to write but its TLVs, and gives its endpoints; undefined where it has none.
 *
 * @throws TypeError or RangeError naming the field
 */
export function endpointBytes(header: ProxyHeaderInput): EndpointBytes | undefined {
  const { command = 'PROXY', transport = 'stream', source, destination } = objectField(header, 'header');
  if (command !== 'PROXY' && command !== 'LOCAL') throw new TypeError('command must be PROXY or LOCAL');
  if (transport !== 'stream' && transport !== 'datagram' && transport !== 'unspecified') {
    throw new TypeError('transport must be stream, datagram or unspecified');
  }
  if (source === undefined && destination === undefined) return undefined;
  if (source === undefined) throw new TypeError('source must be given where destination is');
  if (destination === undefined) throw new TypeError('destination must be given where source is');
  // A sender should not present any, and a receiver has to ignore them (2.2).
  if (command === 'LOCAL') throw new TypeError('source must not be given with the command LOCAL');
  if (transport === 'unspecified') throw new TypeError('transport must be stream or datagram where source is given');

  const from = oneEndpoint(source, 'source');
  const to = oneEndpoint(destination, 'destination');
  if (from.port === undefined || to.port === undefined) {
    if (from.port !== to.port) throw new TypeError('destination must be a UNIX socket exactly where source is one');
    return { family: 'unix', source: from.bytes, destination: to.bytes };
  }
  const isIPv4 = from.bytes.length === 4 && to.bytes.length === 4;
  return {
    family: isIPv4 ? 'IPv4' : 'IPv6',
    source: isIPv4 ? from.bytes : asIPv6(from.bytes),
    destination: isIPv4 ? to.bytes : asIPv6(to.bytes),
    sourcePort: from.port,
    destinationPort: to.port,
  };
}

function asIPv6(bytes: Bytes): Bytes {
  return bytes.length === 4 ? mapIPv4(bytes) : bytes;
}

/** The bytes of an address or path; with a path, no port. */
function oneEndpoint(endpoint: EndpointInput, field: string): { bytes: Bytes; port: number | undefined } {
  const { family, address, port, path } = objectField(endpoint, field);
  if (path !== undefined) {
    if (address !== undefined) throw new TypeError(`${field} must have an address or a path, not both`);
    if (family !== undefined && family !== 'unix') throw new TypeError(`${field}.family must be unix for a path`);
    return { bytes: pathBytes(path, `${field}.path`), port: undefined };
  }
  const text = typeof address === 'string' ? address : '';
  const ipv4 = parseIPv4(text);
  const bytes = ipv4 ?? parseIPv6(text);
  if (bytes === undefined) throw new TypeError(`${field}.address must be an IPv4 or IPv6 address in text`);
  if (family !== undefined && family !== (ipv4 === undefined ? 'IPv6' : 'IPv4')) {
    throw new TypeError(`${field}.family must be that of the address`);
  }
  return { bytes, port: integerField(port, 0xffff, `${field}.port`) };
}

/** Only paths that come back as they went: one ends at its first NUL, and behind an abstract name NULs are padding. */
function pathBytes(path: string, field: string): Bytes {
  const bytes = latin1Field(path, field);
  if (bytes.length > UNIX_PATH_SIZE) throw new RangeError(`${field} must not be longer than ${UNIX_PATH_SIZE} bytes`);
  const isWhole = path.startsWith('\0') ? !path.endsWith('\0') : !path.includes('\0');
  if (!isWhole) throw new RangeError(`${field} must not hold a NUL but in front of an abstract name and inside it`);
  return bytes;
}
