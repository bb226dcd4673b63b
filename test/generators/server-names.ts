/** Names as clients send them in SNI, and as they should not. One character is one byte. */
import fc from 'fast-check';
import { mostly, opaque } from './values.ts';

const letters = [...'abcdefghijklmnopqrstuvwxyz0123456789'];
const text = (unit: readonly string[], least: number, most: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...unit), minLength: least, maxLength: most, size: 'max' });

const label: fc.Arbitrary<string> = mostly(
  [8, text(letters, 1, 12)],
  [1, text([...letters, '-', '_'], 1, 20)],
  [1, text(letters, 62, 63)],
  [1, text(letters, 1, 8).map((rest) => `xn--${rest}`)],
);
/** The last label is no number, so that the whole is no address. */
const plainName: fc.Arbitrary<string> = fc
  .tuple(fc.array(label, { maxLength: 2 }), fc.constantFrom('example', 'test', 'com', 'x', 'xn--p1ai', 'a1', '_', '-'))
  .map(([labels, last]) => [...labels, last].join('.'));

/** So many characters in labels as long as they may be. */
const ofLength = (length: number): string => `${'n'.repeat(63)}.`.repeat(4).slice(0, length - 1).padEnd(length, 'z');

const ip: fc.Arbitrary<string> = fc.oneof(
  fc.ipV4(),
  fc.ipV6(),
  fc.constantFrom('192.0.2.1', '::1', '::ffff:192.0.2.1', '2001:DB8::1'),
);

/** Names of hosts in whatever spelling, and addresses. */
export const validNames: fc.Arbitrary<string> = mostly(
  [12, plainName],
  [2, plainName.map((name) => name.toUpperCase())],
  [1, plainName.map((name) => `${name[0]!.toUpperCase()}${name.slice(1)}`)],
  [2, plainName.map((name) => `${name}.`)],
  [2, ip],
  [1, fc.constantFrom(252, 253).map(ofLength)],
  [1, fc.constant(`${ofLength(253)}.`)],
);

const notInNames = ['\0', ' ', '/', ',', '\r\n', ':443', '[', ']', '*', '@', '\x7f', '\x80', '\xe9', '\xff'];

/** Neither a name nor an address, and not empty either. */
export const invalidNames: fc.Arbitrary<string> = mostly(
  [4, fc.tuple(plainName, fc.constantFrom(...notInNames), fc.constantFrom('', 'a', '.test')).map((parts) => parts.join(''))],
  [1, fc.constantFrom(...notInNames)],
  [1, fc.tuple(plainName, fc.nat(0xffffffff)).map(([name, number]) => `${name}.${number}`)],
  [1, fc.constantFrom('127.1', '2130706433', '0x7f000001', '1.2.3', '1.2.3.4.5', '256.1.1.1', '01.2.3.4', 'a.0x')],
  [1, fc.constantFrom('1::2::3', '[::1]', '::1%eth0', '::1/64', ':', 'a:443')],
  [1, fc.constantFrom('.', '..', '.a', 'a..b', 'a..', '*.example', ' example.com', 'example.com ', 'a.com,b.com')],
  [1, fc.constantFrom(64, 100).map((length) => `${'l'.repeat(length)}.example`)],
  [1, fc.constantFrom(254, 255, 300).map(ofLength)],
  [1, opaque(1, 8).map((tail) => String.fromCharCode(0, ...tail))],
);

export const anyNames: fc.Arbitrary<string> = mostly([6, validNames], [2, invalidNames]);
