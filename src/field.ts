/**
 * Checks on what a caller asks an encoder to write. A mistake is thrown, as a `TypeError` where the value is of
 * another kind and a `RangeError` where it is out of bounds, and named by its field.
 *
 * @module
 */
import { asBytes, writeLatin1 } from './cursor.ts';
import type { Bytes } from './decoded.ts';

/** An integer from 0 to `max`. */
export function integerField(value: number, max: number, field: string): number {
  if (typeof value !== 'number') throw new TypeError(`${field} must be a number, not ${kindOf(value)}`);
  if (Number.isInteger(value) && value >= 0 && value <= max) return value;
  throw new RangeError(`${field} must be an integer from 0 to ${max}, not ${value}`);
}

/** A `Uint8Array` of any realm, which stays the caller's. */
export function bytesField(value: Uint8Array, field: string): Uint8Array {
  if (ArrayBuffer.isView(value)) return asBytes(value);
  throw new TypeError(`${field} must be a Uint8Array, not ${kindOf(value)}`);
}

/** A bigint from 0 to `max`. */
export function bigintField(value: bigint, max: bigint, field: string): bigint {
  if (typeof value !== 'bigint') throw new TypeError(`${field} must be a bigint, not ${kindOf(value)}`);
  if (value >= 0n && value <= max) return value;
  throw new RangeError(`${field} must be from 0 to ${max}, not ${value}`);
}

/** Text of characters up to U+00FF, as one byte for each. */
export function latin1Field(value: string, field: string): Bytes {
  const at = textField(value, field).search(/[^\0-\xff]/);
  if (at >= 0) throw new RangeError(`${field} must not have a character above U+00FF at ${at}`);
  const bytes = new Uint8Array(value.length);
  writeLatin1(bytes, 0, value);
  return bytes;
}

/** The shape of what every runtime has and `lib` leaves out. */
declare class TextEncoder {
  encode(text: string): Bytes;
}

/** Well-formed text in UTF-8. */
export function utf8Field(value: string, field: string): Bytes {
  const at = textField(value, field).search(/\p{Surrogate}/u);
  if (at >= 0) throw new RangeError(`${field} must not have half a surrogate pair at ${at}`);
  return new TextEncoder().encode(value);
}

/** Text of any kind. */
export function textField(value: string, field: string): string {
  if (typeof value === 'string') return value;
  throw new TypeError(`${field} must be a string, not ${kindOf(value)}`);
}

/** An object of fields, and no array. */
export function objectField<T extends object>(value: T, field: string): T {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new TypeError(`${field} must be an object, not ${kindOf(value)}`);
}

/** An array, each of its elements (a hole is undefined) taken through `read` by its own name. */
export function arrayField<T, R>(value: readonly T[], field: string, read: (element: T, field: string) => R): R[] {
  if (!Array.isArray(value)) throw new TypeError(`${field} must be an array, not ${kindOf(value)}`);
  const elements: R[] = [];
  for (let i = 0; i < value.length; i++) elements.push(read(value[i] as T, `${field}[${i}]`));
  return elements;
}

/** What a value is that is of the wrong kind, without showing what is in it. */
function kindOf(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'an array' : typeof value;
}
