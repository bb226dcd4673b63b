/**
 * IP addresses as text and as bytes: strict on input, canonical on output.
 *
 * @module
 */
import { Cursor } from './cursor.ts';
import type { Bytes } from './decoded.ts';

/** The four bytes of an IPv4 address in dotted decimal: four numbers 0 to 255 without leading zeros. */
export function parseIPv4(text: string): Bytes | undefined {
  const octets = new Uint8Array(4);
  let count = 0;
  let octet = NO_DIGIT;
  for (let at = 0; at < text.length; at++) {
    const digit = text.charCodeAt(at) - 0x30;
    if (digit >= 0 && digit <= 9) {
      if (octet === 0) return undefined; // a leading zero
      octet = octet === NO_DIGIT ? digit : 10 * octet + digit;
      if (octet > 255) return undefined;
    } else {
      if (text[at] !== '.' || octet === NO_DIGIT || count === 3) return undefined;
      octets[count++] = octet;
      octet = NO_DIGIT;
    }
  }
  if (octet === NO_DIGIT || count !== 3) return undefined;
  octets[3] = octet;
  return octets;
}

const NO_DIGIT = -1;

/**
 * The sixteen bytes of an IPv6 address in text (RFC 4291 2.2): groups of one to four hexadecimal digits, at most
 * one `::` (for one group or more), the last two groups perhaps as dotted decimal. No zone, no brackets.
 */
export function parseIPv6(text: string): Bytes | undefined {
  if (text.length > 45) return undefined; // the longest: eight groups, the last two as dotted decimal
  const halves = text.split('::', 3);
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map(parseGroups);
  if (head === undefined || (halves.length === 2 && tail === undefined)) return undefined;
  if (halves.length === 1 ? head.length !== 16 : head.length + tail!.length > 14) return undefined;
  // Dotted decimal may only end the address.
  if (halves.length === 2 && halves[0]!.includes('.')) return undefined;
  const bytes = new Uint8Array(16);
  bytes.set(head);
  if (tail !== undefined) bytes.set(tail, 16 - tail.length);
  return bytes;
}

/** The bytes of groups divided by single colons; none in the empty text. */
function parseGroups(text: string): number[] | undefined {
  if (text === '') return [];
  const bytes: number[] = [];
  const groups = text.split(':');
  for (const [i, group] of groups.entries()) {
    const dotted = i === groups.length - 1 && group.includes('.') ? parseIPv4(group) : undefined;
    if (dotted !== undefined) bytes.push(...dotted);
    else if (/^[0-9a-f]{1,4}$/i.test(group)) bytes.push(parseInt(group, 16) >> 8, parseInt(group, 16) & 0xff);
    else return undefined;
  }
  return bytes;
}

/** Dotted decimal. */
export function formatIPv4(bytes: Uint8Array): string {
  return readIPv4(Cursor.declared(bytes, 0, 4, 'address.length'));
}

/** The next four bytes as dotted decimal. */
export function readIPv4(cursor: Cursor<string>): string {
  return `${cursor.u8()}.${cursor.u8()}.${cursor.u8()}.${cursor.u8()}`;
}

/**
 * RFC 5952: lower case, no leading zeros, `::` for the longest run (the first of equals) of two zero groups or
 * more, and dotted decimal at the end of an IPv4-mapped address.
 */
export function formatIPv6(bytes: Uint8Array): string {
  return readIPv6(Cursor.declared(bytes, 0, 16, 'address.length'));
}

/** The next sixteen bytes in the form of {@link formatIPv6}. */
export function readIPv6(cursor: Cursor<string>): string {
  const start = cursor.offset;
  const groups: number[] = [];
  for (let i = 0; i < 8; i++) groups.push(cursor.u16());
  if (groups[5] === 0xffff && groups.slice(0, 5).every((group) => group === 0)) {
    cursor.offset = start + 12;
    return `::ffff:${readIPv4(cursor)}`;
  }
  let runStart = 0;
  let runLength = 1;
  for (let start = 0; start < 8; start++) {
    let end = start;
    while (groups[end] === 0) end++;
    if (end - start > runLength) {
      runStart = start;
      runLength = end - start;
    }
  }
  const text = (from: number, to: number): string =>
    groups
      .slice(from, to)
      .map((group) => group.toString(16))
      .join(':');
  return runLength < 2 ? text(0, 8) : `${text(0, runStart)}::${text(runStart + runLength, 8)}`;
}

/** Four bytes as {@link formatIPv4}, sixteen as {@link formatIPv6}. */
export function formatIP(bytes: Uint8Array): string {
  return bytes.length === 4 ? formatIPv4(bytes) : formatIPv6(bytes);
}

/** The sixteen bytes of the IPv4-mapped IPv6 address of four bytes (RFC 4291 2.5.5.2). */
export function mapIPv4(bytes: Uint8Array): Bytes {
  const mapped = new Uint8Array(16);
  mapped.set([0xff, 0xff], 10);
  mapped.set(bytes, 12);
  return mapped;
}
