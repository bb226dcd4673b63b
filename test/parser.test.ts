import { expect, test } from 'vitest';
import { Accumulator } from '../src/accumulator.ts';
import { complete, incomplete, malformed } from '../src/decoded.ts';
import { StreamingParser } from '../src/parser.ts';
import type { Reader } from '../src/parser.ts';
import { bytes } from './vectors/build.ts';

test('the decoder is asked only when as many bytes have come as it needed', () => {
  const asked: number[] = [];
  const reader: Reader<string, 'tls.truncated'> = {
    read(input) {
      asked.push(input.length);
      return input.length < 10 ? incomplete(10 - input.length) : complete('ten', 10);
    },
    readAtEnd: ({ length }) => malformed('tls.truncated', length),
  };
  const parser = new StreamingParser(reader, 100);
  for (let sent = 1; sent < 10; sent++) expect(parser.push(bytes(sent))).toEqual({ status: 'incomplete', needed: 10 - sent });
  expect(parser.push(bytes(10, 11))).toEqual({ status: 'complete', value: 'ten', size: 10 });
  expect(asked).toEqual([1, 11]);
});

test('an accumulator copies each byte a bounded number of times, and has no more room than maxBytes or its bytes', () => {
  const received = new Accumulator(1000);
  const rooms = new Set<ArrayBufferLike>();
  for (let i = 0; i < 1000; i++) {
    received.append(bytes(i & 0xff));
    rooms.add(received.bytes.buffer);
    expect(received.bytes.buffer.byteLength).toBeLessThanOrEqual(Math.min(1000, 2 * received.bytes.length));
  }
  expect(rooms.size).toBeLessThanOrEqual(11);
  expect(received.bytes).toEqual(Uint8Array.from({ length: 1000 }, (_, i) => i & 0xff));
  received.append(new Uint8Array(500));
  expect(received.bytes.buffer.byteLength).toBe(1500);
});
