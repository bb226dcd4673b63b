/**
 * The endpoints of a header to write: what a caller gives, checked and as bytes.
 *
 * @module
 */
import { scanIPv4, scanIPv6 } from '../address.ts';
import { writeLatin1, writeU16 } from '../cursor.ts';
import type { Bytes } from '../decoded.ts';
import { integerField, latin1Field, objectField } from '../field.ts';
import type { EndpointInput, ProxyHeaderInput } from './header.ts';
import { UNIX_PATH_SIZE } from './numbers.ts';

/** Endpoints that were checked: their addresses and ports, or paths, as version 2 has them. */
export interface EndpointBlock {
  readonly family: 'IPv4' | 'IPv6' | 'unix';
  readonly block: Bytes;
  /** How many bytes of the block they are. */
  readonly size: number;
}

/**
 * Checks everything about a header to write but its TLVs, and gives its endpoints; undefined where it has none.
 *
 * @throws TypeError or RangeError naming the field
 */
export function endpointBlock(header: ProxyHeaderInput): EndpointBlock | undefined {
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

  const block = new Uint8Array(2 * 16 + 4);
  const from = endpointField(source, 'source', block, 0);
  const to = endpointField(destination, 'destination', block, from.size);
  if (from.port === undefined || to.port === undefined) {
    if (from.port !== to.port) throw new TypeError('destination must be a UNIX socket exactly where source is one');
    const paths = new Uint8Array(2 * UNIX_PATH_SIZE);
    writeLatin1(paths, 0, from.text);
    writeLatin1(paths, UNIX_PATH_SIZE, to.text);
    return { family: 'unix', block: paths, size: paths.length };
  }
  const width = from.size === to.size ? from.size : 16;
  if (from.size !== to.size) {
    scanIPv6(from.text, 0, from.text.length, block, 0, true);
    scanIPv6(to.text, 0, to.text.length, block, width, true);
  }
  writeU16(block, 2 * width, from.port);
  writeU16(block, 2 * width + 2, to.port);
  return { family: width === 4 ? 'IPv4' : 'IPv6', block, size: 2 * width + 4 };
}

interface CheckedEndpoint {
  /** The address or path. */
  readonly text: string;
  /** Undefined with a path. */
  readonly port: number | undefined;
  /** How many bytes the address has. */
  readonly size: number;
}

/** Checks an endpoint, and writes its address. */
function endpointField(endpoint: EndpointInput, field: string, out: Uint8Array, at: number): CheckedEndpoint {
  const { family, address, port, path } = objectField(endpoint, field);
  if (path !== undefined) {
    if (address !== undefined) throw new TypeError(`${field} must have an address or a path, not both`);
    if (family !== undefined && family !== 'unix') throw new TypeError(`${field}.family must be unix for a path`);
    return { text: pathField(path, `${field}.path`), port: undefined, size: 0 };
  }
  const size = typeof address === 'string' ? writeAddress(address, out, at) : 0;
  if (size === 0) throw new TypeError(`${field}.address must be an IPv4 or IPv6 address in text`);
  if (family !== undefined && family !== (size === 4 ? 'IPv4' : 'IPv6')) {
    throw new TypeError(`${field}.family must be that of the address`);
  }
  // The name of the field is put together only where it is called for (measured: 1.1 times).
  if (!(Number.isInteger(port) && port >= 0 && port <= 0xffff)) integerField(port, 0xffff, `${field}.port`);
  return { text: address, port, size };
}

/** Writes the bytes of an address in text, and gives how many they are: 0 where it is none. */
function writeAddress(text: string, out: Uint8Array, at: number): number {
  const { length } = text;
  if (scanIPv4(text, 0, length, out, at) === length) return 4;
  return scanIPv6(text, 0, length, out, at, false) === length ? 16 : 0;
}

/** Only paths that come back as they went: one ends at its first NUL, and behind an abstract name NULs are padding. */
function pathField(path: string, field: string): string {
  if (latin1Field(path, field).length > UNIX_PATH_SIZE) {
    throw new RangeError(`${field} must not be longer than ${UNIX_PATH_SIZE} bytes`);
  }
  const isWhole = path.startsWith('\0') ? !path.endsWith('\0') : !path.includes('\0');
  if (!isWhole) throw new RangeError(`${field} must not hold a NUL but in front of an abstract name and inside it`);
  return path;
}
