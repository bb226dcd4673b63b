import { describe, expect, it, test } from 'vitest';
import { crc32c } from '../../src/proxy/crc32c.ts';
import { bytes, concat } from '../vectors/build.ts';
import { awsHeader, crc32cBitwise } from '../vectors/proxy.ts';

/** Bytes without a pattern, and each time the same ones (a linear congruential generator). */
const noise = (() => {
  const out = new Uint8Array(400);
  let state = 1;
  for (let i = 0; i < out.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    out[i] = state >>> 24;
  }
  return out;
})();

const ascending = Uint8Array.from({ length: 32 }, (_, i) => i);

// The check value of the algorithm, and the examples of RFC 3720 B.4 (iSCSI), which writes them little-endian.
const known: readonly (readonly [what: string, input: Uint8Array, checksum: number])[] = [
  ['nothing', bytes(), 0x00000000],
  ['123456789', bytes('123456789'), 0xe3069283],
  ['32 bytes of zeros', new Uint8Array(32), 0x8a9136aa],
  ['32 bytes of ones', new Uint8Array(32).fill(0xff), 0x62a8ab43],
  ['32 bytes ascending', ascending, 0x46dd794e],
  ['32 bytes descending', ascending.toReversed(), 0x113fdb5c],
];

describe('PROXY protocol 2.2.3: values known from elsewhere', () => {
  test.each(known)('%s', (_, input, checksum) => {
    expect(crc32c(input, input.length)).toBe(checksum);
    expect(crc32cBitwise(input)).toBe(checksum);
  });

  test('the example of AWS, its field taken as zeros', () => {
    expect(crc32c(awsHeader, awsHeader.length, 31)).toBe(0xe8d6892d);
    expect(crc32c(awsHeader, awsHeader.length)).not.toBe(0xe8d6892d);
  });
});

describe('agrees with the checksum bit by bit', () => {
  test.each([0, 1, 2, 3, 5, 8, 13])('on every length from 0 to 300, from byte %i of its memory on', (start) => {
    const input = noise.subarray(start);
    for (let length = 0; length <= 300; length++) {
      expect([length, crc32c(input, length)]).toEqual([length, crc32cBitwise(input.subarray(0, length))]);
    }
  });

  test('on a field of zeros at every position, for every length from 4 to 48 and for 300', () => {
    for (const length of [...Array.from({ length: 45 }, (_, i) => 4 + i), 300]) {
      for (let field = 0; field + 4 <= length; field++) {
        const zeroed = concat([noise.subarray(0, field), new Uint8Array(4), noise.subarray(field + 4, length)]);
        expect([length, field, crc32c(noise, length, field)]).toEqual([length, field, crc32cBitwise(zeroed)]);
      }
    }
  });

  test('on every single byte', () => {
    for (let byte = 0; byte < 256; byte++) {
      expect([byte, crc32c(bytes(byte), 1)]).toEqual([byte, crc32cBitwise(bytes(byte))]);
    }
  });
});

it('reads nothing behind the end, and changes nothing', () => {
  const one = bytes('123456789', 0, 0, 0);
  const other = bytes('123456789', 0xff, 0xff, 0xff);
  expect(crc32c(one, 9)).toBe(0xe3069283);
  expect(crc32c(other, 9)).toBe(0xe3069283);
  expect(crc32c(one, 9, 2)).toBe(crc32cBitwise(bytes('12', 0, 0, 0, 0, '789')));
  expect(one).toEqual(bytes('123456789', 0, 0, 0));
});
