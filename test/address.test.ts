import { isIPv4, isIPv6 } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { formatIPv4, formatIPv6, parseIPv4, parseIPv6 } from '../src/address.ts';

const hex = (bytes: Uint8Array | undefined): string | undefined =>
  bytes && Buffer.from(bytes).toString('hex');

/** Eight groups as sixteen bytes. */
function fromGroups(groups: readonly number[]): Uint8Array {
  return Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 0xff]));
}

describe('parseIPv4: four decimal numbers 0 to 255, the strict form of RFC 6943 3.1.1', () => {
  it.each([
    ['0.0.0.0', '00000000'],
    ['127.0.0.1', '7f000001'],
    ['192.0.2.1', 'c0000201'],
    ['255.255.255.255', 'ffffffff'],
    ['9.99.100.199', '096364c7'],
  ])('takes %j', (text, bytes) => {
    expect(hex(parseIPv4(text))).toBe(bytes);
  });

  it.each([
    ['nothing', ''],
    ['three octets', '1.2.3'],
    ['two octets', '127.1'],
    ['one number', '2130706433'],
    ['five octets', '1.2.3.4.5'],
    ['six octets', '1.2.3.4.5.6'],
    ['256 first', '256.0.0.1'],
    ['256 last', '1.2.3.256'],
    ['999', '1.2.3.999'],
    ['four digits', '1.2.3.1000'],
    ['2^32 + 4', '1.2.3.4294967300'],
    ['a leading zero', '01.2.3.4'],
    ['a leading zero, last', '1.2.3.04'],
    ['two zeros', '1.2.3.00'],
    ['octal', '0177.0.0.1'],
    ['hexadecimal', '0x7f.0.0.1'],
    ['hexadecimal digits', '1.2.3.a'],
    ['an empty first octet', '.2.3.4'],
    ['an empty octet', '1..3.4'],
    ['an empty last octet', '1.2.3.'],
    ['a trailing dot', '1.2.3.4.'],
    ['a leading dot', '.1.2.3.4'],
    ['dots alone', '...'],
    ['a plus sign', '+1.2.3.4'],
    ['a minus sign', '-1.2.3.4'],
    ['an exponent', '1e1.2.3.4'],
    ['a space before', ' 1.2.3.4'],
    ['a space after', '1.2.3.4 '],
    ['a space inside', '1. 2.3.4'],
    ['a line feed after', '1.2.3.4\n'],
    ['a NUL after', '1.2.3.4\0'],
    ['a port', '1.2.3.4:80'],
    ['a prefix length', '1.2.3.4/32'],
    ['Arabic-Indic digits', '\u0661.2.3.4'],
    ['fullwidth digits', '\uff11.2.3.4'],
    ['an ideographic full stop', '1\u30022.3.4'],
    ['IPv6', '::1'],
    ['mapped IPv6', '::ffff:1.2.3.4'],
  ])('refuses %s: %j', (_, text) => {
    expect(parseIPv4(text)).toBeUndefined();
  });

  it.each(['1'.repeat(1e6), '1:'.repeat(1e6), '.'.repeat(1e6)])('takes no long text for an address', (text) => {
    expect(parseIPv4(text)).toBeUndefined();
    expect(parseIPv6(text)).toBeUndefined();
  });

  it('takes 0 to 255 and nothing else of 0 to 1999, in each place', () => {
    for (const place of [0, 1, 2, 3]) {
      const taken: number[] = [];
      for (let number = 0; number < 2000; number++) {
        const octets = [1, 1, 1, 1];
        octets[place] = number;
        const bytes = parseIPv4(octets.join('.'));
        if (bytes !== undefined) taken.push(bytes[place]!);
      }
      expect(taken).toEqual(Array.from({ length: 256 }, (_, number) => number));
    }
  });
});

describe('parseIPv6 (RFC 4291 2.2)', () => {
  it.each([
    // 2.2 (1): x:x:x:x:x:x:x:x
    ['ABCD:EF01:2345:6789:ABCD:EF01:2345:6789', 'abcdef0123456789abcdef0123456789'],
    ['2001:DB8:0:0:8:800:200C:417A', '20010db80000000000080800200c417a'],
    ['FF01:0:0:0:0:0:0:101', 'ff010000000000000000000000000101'],
    ['0:0:0:0:0:0:0:1', '00000000000000000000000000000001'],
    ['0:0:0:0:0:0:0:0', '00000000000000000000000000000000'],
    // 2.2 (2): ::
    ['2001:DB8::8:800:200C:417A', '20010db80000000000080800200c417a'],
    ['FF01::101', 'ff010000000000000000000000000101'],
    ['::1', '00000000000000000000000000000001'],
    ['::', '00000000000000000000000000000000'],
    ['fe80::', 'fe800000000000000000000000000000'],
    // 2.2 (3): x:x:x:x:x:x:d.d.d.d
    ['0:0:0:0:0:0:13.1.68.3', '0000000000000000000000000d014403'],
    ['0:0:0:0:0:FFFF:129.144.52.38', '00000000000000000000ffff81903426'],
    ['::13.1.68.3', '0000000000000000000000000d014403'],
    ['::FFFF:129.144.52.38', '00000000000000000000ffff81903426'],
    ['1::2:13.1.68.3', '000100000000000000000002' + '0d014403'],
    ['1:2:3:4:5::13.1.68.3', '00010002000300040005' + '0000' + '0d014403'],
    // "one or more groups": a :: for exactly one, at the beginning, in the middle, at the end
    ['::2:3:4:5:6:7:8', '00000002000300040005000600070008'],
    ['1:2:3::5:6:7:8', '00010002000300000005000600070008'],
    ['1:2:3:4:5:6:7::', '00010002000300040005000600070000'],
    // "not necessary to write the leading zeros", nor forbidden
    ['2001:0db8:0000:0000:0000:0000:0000:0001', '20010db8000000000000000000000001'],
    ['02:002:2::', '00020002000200000000000000000000'],
    // the longest there is, 45 characters
    ['0000:0000:0000:0000:0000:ffff:255.255.255.255', '00000000000000000000ffffffffffff'],
  ])('takes %j', (text, bytes) => {
    expect(hex(parseIPv6(text))).toBe(bytes);
  });

  it.each([
    ['nothing', ''],
    ['a colon', ':'],
    ['three colons', ':::'],
    ['four colons', '::::'],
    ['three colons inside', '1:::2'],
    ['three colons at the end', '1:::'],
    ['two ::', '1::2::3'],
    ['two ::, at both ends', '::1::'],
    ['seven groups', '1:2:3:4:5:6:7'],
    ['nine groups', '1:2:3:4:5:6:7:8:9'],
    ['one group', '1'],
    ['a colon before', ':1:2:3:4:5:6:7:8'],
    ['a colon in place of the first group', ':2:3:4:5:6:7:8'],
    ['a colon after', '1:2:3:4:5:6:7:8:'],
    ['a colon in place of the last group', '1:2:3:4:5:6:7:'],
    [':: for no group, at the beginning', '::1:2:3:4:5:6:7:8'],
    [':: for no group, inside', '1:2:3:4::5:6:7:8'],
    [':: for no group, at the end', '1:2:3:4:5:6:7:8::'],
    [':: for no group before dotted decimal', '1:2:3:4:5:6::1.2.3.4'],
    ['a group of five digits', '12345::'],
    ['a group of five digits, leading zero', '00001::'],
    ['a group of five digits, last', '::00001'],
    ['a digit that is none', '::g'],
    ['hexadecimal with 0x', '::0x1'],
    ['a minus sign', '::-1'],
    ['dotted decimal first', '1.2.3.4::'],
    ['dotted decimal first, and groups after', '1.2.3.4::1'],
    ['dotted decimal before ::', '1:2:3:4:5:1.2.3.4::'],
    ['dotted decimal inside', '::1.2.3.4:5'],
    ['dotted decimal inside, eight groups', '1:2:3:4:5:1.2.3.4:6'],
    ['dotted decimal twice', '::1.2.3.4:1.2.3.4'],
    ['dotted decimal behind seven groups', '1:2:3:4:5:6:7:1.2.3.4'],
    ['dotted decimal behind five groups', '1:2:3:4:5:1.2.3.4'],
    ['dotted decimal alone', '1.2.3.4'],
    ['dotted decimal with three octets', '::1.2.3'],
    ['dotted decimal with five octets', '::1.2.3.4.5'],
    ['dotted decimal with a leading zero', '::ffff:01.2.3.4'],
    ['dotted decimal with 256', '::ffff:1.2.3.256'],
    ['dotted decimal with a trailing dot', '::ffff:1.2.3.4.'],
    ['a zone (RFC 4007 11), which is no part of the address', 'fe80::1%eth0'],
    ['an empty zone', 'fe80::1%'],
    ['brackets (RFC 3986 3.2.2), which belong to the URI', '[::1]'],
    ['an opening bracket', '[::1'],
    ['a prefix length', '::/0'],
    ['a space before', ' ::1'],
    ['a space after', '::1 '],
    ['a line feed after', '::1\n'],
    ['a NUL after', '::1\0'],
    ['a NUL between the colons', ':\0:1'],
    ['fullwidth digits', '::\uff11'],
    ['fullwidth letters', '::\uff41'],
    ['fullwidth colons', '\uff1a\uff1a1'],
    ['46 characters', '00000:0000:0000:0000:0000:ffff:255.255.255.255'],
    ['a long run of zeros', '::' + '0'.repeat(1000) + '1'],
    ['thousands of groups', '1:'.repeat(5000) + '1'],
    ['thousands of colons', ':'.repeat(10000)],
  ])('refuses %s', (_, text) => {
    expect(parseIPv6(text)).toBeUndefined();
  });
});

describe('formatIPv6 (RFC 5952)', () => {
  it.each([
    ['4.1 leading zeros MUST be suppressed', '2001:0db8::0001', '2001:db8::1'],
    ['4.1 a single 0000 MUST be represented as 0', '2001:db8:0000:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['4.2.1 shorten as much as possible', '2001:db8:0:0:0:0:2:1', '2001:db8::2:1'],
    ['4.2.1 shorten as much as possible', '2001:db8::0:1', '2001:db8::1'],
    ['4.2.2 no :: for just one group', '2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['4.2.2 no :: for just one group', '2001:db8::1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['4.2.2 not at the beginning either', '::1:1:1:1:1:1:1', '0:1:1:1:1:1:1:1'],
    ['4.2.2 not at the end either', '1:1:1:1:1:1:1::', '1:1:1:1:1:1:1:0'],
    ['4.2.3 the longest run', '2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['4.2.3 the first of equals', '2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['4.2.3 the first of three', '0:0:1:0:0:1:0:0', '::1:0:0:1:0:0'],
    ['4.2.3 the longest at the end', '0:0:1:0:0:0:0:0', '0:0:1::'],
    ['4.3 lower case', '2001:DB8::ABCD:EF', '2001:db8::abcd:ef'],
    ['4 all zeros', '0:0:0:0:0:0:0:0', '::'],
    ['4 no zeros', '1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7:8'],
    ['5 an IPv4-mapped address in mixed notation', '0:0:0:0:0:ffff:c000:201', '::ffff:192.0.2.1'],
    ['5 an IPv4-mapped address in mixed notation', '::FFFF:192.0.2.1', '::ffff:192.0.2.1'],
    ['5 zeros inside the mapped address', '::ffff:0:0', '::ffff:0.0.0.0'],
    ['5 only where the prefix tells: IPv4-compatible', '::192.0.2.1', '::c000:201'],
    ['5 only where the prefix tells: translated', '::ffff:0:192.0.2.1', '::ffff:0:c000:201'],
    ['5 only where the prefix tells: ffff elsewhere', '0:0:0:0:1:ffff:192.0.2.1', '::1:ffff:c000:201'],
  ])('%s: %j becomes %j', (_, text, canonical) => {
    expect(formatIPv6(parseIPv6(text)!)).toBe(canonical);
  });

  it('reads a view where the view begins', () => {
    const room = new Uint8Array(40).fill(0xff);
    room.set(parseIPv6('2001:db8::1')!, 7);
    expect(formatIPv6(room.subarray(7, 23))).toBe('2001:db8::1');
    expect(formatIPv6(Buffer.from(room.buffer, 7, 16))).toBe('2001:db8::1');
  });
});

test('text comes back as it was, of every length that it can have', () => {
  const digits = (width: number): string => '123456789abcdef'.slice(0, width);
  const lengths = new Set<number>();
  const check = (text: string, again: string): void => {
    expect(again).toBe(text);
    lengths.add(text.length);
  };
  for (let extra = 0; extra <= 8; extra++) {
    const octets = [0, 1, 2, 3].map((i) => digits(1 + Math.max(0, Math.min(2, extra - 2 * i)))).join('.');
    check(octets, formatIPv4(parseIPv4(octets)!));
  }
  expect([...lengths]).toEqual([7, 8, 9, 10, 11, 12, 13, 14, 15]);
  lengths.clear();
  for (let count = 0; count <= 8; count++) {
    for (let extra = 0; extra <= 3 * count; extra++) {
      const groups = Array.from({ length: count }, (_, i) => digits(1 + Math.max(0, Math.min(3, extra - 3 * i)))).join(':');
      for (const text of count === 8 ? [groups] : count === 7 ? [] : [`::${groups}`, `${groups}::`]) {
        check(text, formatIPv6(parseIPv6(text)!));
      }
    }
  }
  expect([...lengths].sort((a, b) => a - b)).toEqual(Array.from({ length: 38 }, (_, i) => 2 + i));
});

test('the bytes are a plain Uint8Array of their own', () => {
  for (const bytes of [parseIPv4('192.0.2.1')!, parseIPv6('::1')!]) {
    expect(Object.getPrototypeOf(bytes)).toBe(Uint8Array.prototype);
    expect(bytes.buffer.byteLength).toBe(bytes.length);
  }
});

const group: fc.Arbitrary<number> = fc.oneof(
  fc.constant(0),
  fc.constant(0),
  fc.constant(0xffff),
  fc.nat(0xf),
  fc.nat(0xffff),
);
/** Sixteen bytes, with runs of zeros and the mapped prefix more often than chance would have them. */
const ipv6Bytes: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc.array(group, { minLength: 8, maxLength: 8 }).map(fromGroups),
  fc.array(group, { minLength: 2, maxLength: 2 }).map((tail) => fromGroups([0, 0, 0, 0, 0, 0xffff, ...tail])),
  fc.uint8Array({ minLength: 16, maxLength: 16 }),
);
const ipv4Bytes: fc.Arbitrary<Uint8Array> = fc.uint8Array({ minLength: 4, maxLength: 4 });

/** An address in any spelling: capitals, leading zeros, `::` over any run of zeros, dotted decimal. */
const ipv6Spelling: fc.Arbitrary<readonly [bytes: Uint8Array, text: string]> = fc
  .record({
    bytes: ipv6Bytes,
    widths: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 8, maxLength: 8 }),
    upper: fc.boolean(),
    dotted: fc.boolean(),
    runStart: fc.nat(7),
    runLength: fc.nat(8),
  })
  .map(({ bytes, widths, upper, dotted, runStart, runLength }) => {
    const groups = widths.map((width, i) => {
      const digits = ((bytes[2 * i]! << 8) | bytes[2 * i + 1]!).toString(16).padStart(width, '0');
      return upper ? digits.toUpperCase() : digits;
    });
    const parts = dotted ? [...groups.slice(0, 6), bytes.slice(12).join('.')] : groups;
    const run = groups.slice(runStart, runStart + runLength);
    const end = runStart + run.length;
    const compress = run.length > 0 && run.every((digits) => /^0+$/.test(digits)) && !(dotted && end > 6);
    const text = compress
      ? `${parts.slice(0, runStart).join(':')}::${parts.slice(end).join(':')}`
      : parts.join(':');
    return [bytes, text];
  });

describe('format and parse', () => {
  test('every spelling of RFC 4291 2.2 gives the bytes', () => {
    fc.assert(
      fc.property(ipv6Spelling, ([bytes, text]) => {
        expect(hex(parseIPv6(text))).toBe(hex(bytes));
      }),
      { numRuns: 1000 },
    );
  });

  test('IPv4 bytes come back, in text that net.isIPv4 takes', () => {
    fc.assert(
      fc.property(ipv4Bytes, (bytes) => {
        const text = formatIPv4(bytes);
        expect(isIPv4(text)).toBe(true);
        expect(hex(parseIPv4(text))).toBe(hex(bytes));
      }),
      { numRuns: 1000 },
    );
  });

  test('IPv6 bytes come back, in text that net.isIPv6 takes', () => {
    fc.assert(
      fc.property(ipv6Bytes, (bytes) => {
        const text = formatIPv6(bytes);
        expect(isIPv6(text)).toBe(true);
        expect(hex(parseIPv6(text))).toBe(hex(bytes));
      }),
      { numRuns: 1000 },
    );
  });

  test('the text is the one of the WHATWG URL serializer, which knows no mixed notation', () => {
    const serialized = (text: string): string => new URL(`http://[${text}]`).hostname.slice(1, -1);
    let mapped = 0;
    fc.assert(
      fc.property(ipv6Bytes, (bytes) => {
        const text = formatIPv6(bytes);
        if (!text.includes('.')) {
          expect(text).toBe(serialized(text));
        } else {
          mapped++;
          expect(hex(parseIPv6(serialized(text)))).toBe(hex(bytes));
          expect(hex(bytes)).toMatch(/^0{20}ffff/);
        }
      }),
      { numRuns: 1000 },
    );
    expect(mapped).toBeGreaterThan(0);
    expect(serialized('::ffff:192.0.2.1')).toBe('::ffff:c000:201');
  });
});

describe('the strictness is that of inet_pton(3), as node:net has it', () => {
  const character = fc.constantFrom(...'0123456789abcdefABCDEFgx:::...[]%/ -+\n');
  const near = fc.string({ unit: character, maxLength: 48 });
  const legal: fc.Arbitrary<string> = fc.oneof(
    ipv6Spelling.map(([, text]) => text),
    ipv4Bytes.map(formatIPv4),
  );
  const edits = fc.array(
    fc.record({ at: fc.nat(48), remove: fc.nat(2), insert: fc.string({ unit: character, maxLength: 2 }) }),
    { maxLength: 3 },
  );
  const mutated = fc.tuple(legal, edits).map(([text, all]) =>
    all.reduce((old, { at, remove, insert }) => {
      const from = at % (old.length + 1);
      return old.slice(0, from) + insert + old.slice(from + remove);
    }, text),
  );
  const text = fc.oneof(mutated, mutated, near, fc.string({ unit: 'binary' }), legal);

  test('any text: no throw, and the verdict of net.isIPv4 and net.isIPv6', () => {
    let taken = 0;
    let refused = 0;
    fc.assert(
      fc.property(text, (candidate) => {
        expect(parseIPv4(candidate) !== undefined).toBe(isIPv4(candidate));
        // net.isIPv6 takes a zone id: it names an interface of one host and has no place in the bytes.
        const expected = isIPv6(candidate) && !candidate.includes('%');
        expect(parseIPv6(candidate) !== undefined).toBe(expected);
        if (expected) taken++;
        else refused++;
      }),
      { numRuns: 2000 },
    );
    expect(taken).toBeGreaterThan(200);
    expect(refused).toBeGreaterThan(200);
  });
});
