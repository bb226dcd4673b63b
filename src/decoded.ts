/**
 * The outcome of every decoder: complete, incomplete or malformed. Waiting for bytes is not a failure,
 * so it is a status of its own and never an error code.
 *
 * @module
 */

/** The bytes held a whole `T`. */
export interface Complete<T> {
  readonly status: 'complete';
  readonly value: T;
  /** Bytes consumed: whatever comes next begins here. */
  readonly size: number;
}

/** The bytes so far are the beginning of something that may yet be well-formed. */
export interface Incomplete {
  readonly status: 'incomplete';
  /** At least this many more bytes (1 or more) must come before there can be a decision. */
  readonly needed: number;
}

/** No continuation of these bytes is well-formed. */
export interface Malformed<Code extends string = MalformedCode> {
  readonly status: 'malformed';
  /** `<layer>.<structure>.<rule>`, in the specification's spelling. */
  readonly code: Code;
  /** The first byte of the field that breaks the rule, in the bytes given (streaming: since the start). */
  readonly offset: number;
}

/** Every code begins with the layer that refuses; each decoder's type names its own codes exactly. */
export type MalformedCode = `${'tls' | 'proxy' | 'http' | 'preread'}.${string}`;

/**
 * What a decoder says of the bytes it was given. `complete` and `malformed` are final: more bytes never
 * change them. Fewer than `needed` more bytes never decide.
 */
export type Decoded<T, Code extends string = MalformedCode> = Complete<T> | Incomplete | Malformed<Code>;

/** A `Uint8Array` over an `ArrayBuffer`, a `BufferSource` under every version of TypeScript. */
export type Bytes = ReturnType<Uint8Array['slice']>;

/** Bounds for a decoder or parser. */
export interface DecodeOptions {
  /**
   * How many bytes of the connection a decision may need, record headers included (default 65536; for a PROXY
   * header 4096). Input that proves to need more is malformed as soon as it does, at the length field that proves it;
   * so a waiting parser never holds more than this. A larger input that is decided within it is no error.
   */
  readonly maxBytes?: number | undefined;
}

/** The bound in force: whole bytes, and none at all where it is no number. */
export function limitOf(given: number | undefined, unlessGiven: number): number {
  const limit = given ?? unlessGiven;
  return limit >= 0 ? Math.floor(limit) : 0;
}

/** How many bytes a decision may need. */
export function maxBytesOf(options: DecodeOptions | undefined, unlessGiven = 65536): number {
  return limitOf(options?.maxBytes, unlessGiven);
}

export function complete<T>(value: T, size: number): Complete<T> {
  return { status: 'complete', value, size };
}

export function incomplete(needed: number): Incomplete {
  return { status: 'incomplete', needed };
}

export function malformed<Code extends string>(code: Code, offset: number): Malformed<Code> {
  return { status: 'malformed', code, offset };
}
