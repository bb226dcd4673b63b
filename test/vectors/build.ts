/** Builds hellos for tests, field by field, so that each field can be got wrong on purpose. */
import { readFileSync } from 'node:fs';

export type Part = number | string | Uint8Array | readonly Part[];

/** Numbers are bytes, strings one byte per character. */
export function bytes(...parts: readonly Part[]): Uint8Array {
  const out = new Uint8Array(lengthOf(parts));
  fill(out, 0, parts);
  return out;
}

function lengthOf(part: Part): number {
  if (typeof part === 'number') return 1;
  if (typeof part === 'string' || part instanceof Uint8Array) return part.length;
  let length = 0;
  for (const one of part) length += lengthOf(one);
  return length;
}

/** Writes a part at `at`, and gives where it ends. */
function fill(out: Uint8Array, at: number, part: Part): number {
  if (typeof part === 'number') out[at++] = part;
  else if (typeof part === 'string') for (let i = 0; i < part.length; i++) out[at++] = part.charCodeAt(i);
  else if (part instanceof Uint8Array) {
    out.set(part, at);
    at += part.length;
  } else for (const one of part) at = fill(out, at, one);
  return at;
}

export function u16(value: number): number[] {
  return [value >> 8, value & 0xff];
}

export function u24(value: number): number[] {
  return [value >> 16, (value >> 8) & 0xff, value & 0xff];
}

export function u32(value: number): number[] {
  return [...u16(value >>> 16), ...u16(value & 0xffff)];
}

/** Bytes in hexadecimal, with colons at will. */
export function fromHex(digits: string): Uint8Array {
  return Uint8Array.from(digits.replaceAll(':', '').match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

/** Parts behind their length in one, two or three bytes. */
export function vector8(...parts: readonly Part[]): Uint8Array {
  const data = bytes(...parts);
  return bytes(data.length, data);
}

export function vector16(...parts: readonly Part[]): Uint8Array {
  const data = bytes(...parts);
  return bytes(u16(data.length), data);
}

export function extension(type: number, ...data: readonly Part[]): Uint8Array {
  return bytes(u16(type), vector16(...data));
}

/** `server_name` with these host names. */
export function serverName(...names: readonly Part[]): Uint8Array {
  return extension(0, vector16(...names.map((name) => bytes(0, vector16(name)))));
}

export function alpn(...names: readonly Part[]): Uint8Array {
  return extension(16, vector16(...names.map((name) => vector8(name))));
}

export function supportedVersions(...versions: readonly number[]): Uint8Array {
  return extension(43, vector8(...versions.map(u16)));
}

export interface HelloParts {
  readonly version?: number;
  readonly random?: Uint8Array;
  /** With its length. */
  readonly sessionId?: Part;
  readonly cipherSuites?: Part;
  readonly compressionMethods?: Part;
  /** Without the length of the block; undefined for no block at all. */
  readonly extensions?: Part | undefined;
  /** In place of the block with its length. */
  readonly block?: Part;
}

/**
 * The handshake message. With nothing given, in one record: session id at byte 43, cipher suites at 44, compression
 * methods at 48, extensions at 50, the first one at 52 and its data at 56.
 */
export function message(parts: HelloParts = {}): Uint8Array {
  const block = parts.block ?? (parts.extensions === undefined ? [] : vector16(parts.extensions));
  const body = bytes(
    u16(parts.version ?? 0x0303),
    parts.random ?? new Uint8Array(32).fill(0x52),
    parts.sessionId ?? 0,
    parts.cipherSuites ?? vector16([0x13, 0x01]),
    parts.compressionMethods ?? vector8(0),
    block,
  );
  return handshake(body);
}

export function handshake(body: Uint8Array, type = 1): Uint8Array {
  return bytes(type, u24(body.length), body);
}

export function record(fragment: Uint8Array, type = 22, version = 0x0301): Uint8Array {
  return bytes(type, u16(version), vector16(fragment));
}

/** The message in records of `size` bytes, the last one shorter. */
export function records(fragment: Uint8Array, size: number): Uint8Array {
  const out: Uint8Array[] = [];
  for (let at = 0; at < fragment.length; at += size) out.push(record(fragment.subarray(at, at + size)));
  return concat(out);
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** A hello in one record. */
export function hello(parts: HelloParts = {}): Uint8Array {
  return record(message(parts));
}

/** The handshake bytes of a flight of whole handshake records. */
export function unrecorded(flight: Uint8Array): Uint8Array {
  const fragments: Uint8Array[] = [];
  for (let at = 0; at < flight.length; ) {
    const end = at + 5 + ((flight[at + 3]! << 8) | flight[at + 4]!);
    fragments.push(flight.subarray(at + 5, end));
    at = end;
  }
  return concat(fragments);
}

/** What `index.json` says of a real hello: what the client was asked to send, and what tshark read. */
export interface RealHello {
  readonly client: string;
  readonly bytes: number;
  readonly serverName: string | null;
  readonly alpn: readonly string[];
}

const folder = new URL('hellos/', import.meta.url);

export const realHellos: readonly (RealHello & { readonly flight: Uint8Array })[] = (
  JSON.parse(readFileSync(new URL('index.json', folder), 'utf8')) as RealHello[]
).map((entry) => ({ ...entry, flight: new Uint8Array(readFileSync(new URL(`${entry.client}.bin`, folder))) }));
