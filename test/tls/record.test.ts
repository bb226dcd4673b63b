import { describe, expect, it, test } from 'vitest';
import { decodeRecord } from '../../src/tls/index.ts';
import { bytes, record } from '../vectors/build.ts';

describe('decodeRecord', () => {
  test.each([20, 21, 22, 23, 24])('content type %i (RFC 8446 5.1)', (type) => {
    expect(decodeRecord(bytes(record(bytes(1, 2, 3), type, 0x0303), 9))).toEqual({
      status: 'complete',
      value: { type, version: 0x0303, fragment: bytes(1, 2, 3) },
      size: 8,
    });
  });

  test.each([0x0300, 0x0301, 0x0304, 0x03ff])('any minor version (MUST be ignored): %i', (version) => {
    expect(decodeRecord(record(bytes(1), 22, version))).toMatchObject({ value: { version } });
  });

  test.each([
    ['a type below', bytes(19), 'tls.not_tls', 0],
    ['a type above', bytes(25), 'tls.not_tls', 0],
    ['major 2', bytes(22, 2), 'tls.not_tls', 1],
    ['major 4', bytes(22, 4), 'tls.not_tls', 1],
    ['DTLS', bytes(22, 0xfe), 'tls.dtls', 1],
    ['a DTLS alert', bytes(21, 0xfe, 0xfd), 'tls.dtls', 1],
    ['an empty handshake record', bytes(22, 3, 3, 0, 0), 'tls.record.empty', 3],
    ['an empty alert record', bytes(21, 3, 3, 0, 0), 'tls.record.empty', 3],
    ['2^14 + 1 bytes in the clear', bytes(22, 3, 3, 0x40, 1), 'tls.record.length', 3],
    ['2^14 + 2049 bytes protected', bytes(23, 3, 3, 0x48, 1), 'tls.record.length', 3],
  ] as const)('%s', (_, input, code, offset) => {
    expect(decodeRecord(input)).toEqual({ status: 'malformed', code, offset });
  });

  it('takes empty application data (RFC 5246 6.2.1) and what protection adds to it (6.2.3)', () => {
    expect(decodeRecord(bytes(23, 3, 3, 0, 0))).toMatchObject({ status: 'complete', size: 5 });
    expect(decodeRecord(bytes(23, 3, 3, 0x48, 0))).toEqual({ status: 'incomplete', needed: 0x4800 });
    expect(decodeRecord(bytes(22, 3, 3, 0x40, 0))).toEqual({ status: 'incomplete', needed: 0x4000 });
  });

  test.each([[0, 1], [1, 1], [2, 3], [3, 2], [4, 1], [5, 4], [8, 1]])('after %i bytes needs %i', (length, needed) => {
    expect(decodeRecord(record(bytes(1, 2, 3, 4)).subarray(0, length))).toEqual({ status: 'incomplete', needed });
  });

  it('gives a view of the input, and no Buffer', () => {
    const input = Buffer.from(record(bytes(1, 2)));
    const outcome = decodeRecord(input);
    if (outcome.status !== 'complete') throw new Error(outcome.status);
    expect(Object.getPrototypeOf(outcome.value.fragment)).toBe(Uint8Array.prototype);
    input[5] = 9;
    expect(outcome.value.fragment).toEqual(bytes(9, 2));
  });
});
