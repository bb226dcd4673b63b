/**
 * The two walks over a ClientHello: whatever the hot path takes is what the general walk finds, and it takes all that one
 * record holds whole and that is well-formed, which nearly everybody sends.
 */
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from 'vitest';
import { HandshakeReassembly } from '../../src/tls/handshake.ts';
import { Walk, walkClientHello, walkPlainHello } from '../../src/tls/hello-walk.ts';
import { BODY, CLIENT_HELLO, SPREAD } from '../../src/tls/numbers.ts';
import { alpn, bytes, extension, hello, realHellos, serverName, supportedVersions, vector16, vector8 } from '../vectors/build.ts';
import { acceptances, refusals } from '../vectors/verdicts.ts';

/** What the general walk finds, where one record holds the hello whole. */
function generalWalk(input: Uint8Array, maxBytes: number): Walk | undefined {
  const handshake = new HandshakeReassembly(CLIENT_HELLO, maxBytes);
  if (handshake.advance(input) !== undefined) return undefined;
  const walk = new Walk();
  const { offset } = handshake.position;
  if (offset > 5 + ((input[3]! << 8) | input[4]!)) return undefined;
  return walkClientHello(input, BODY, offset, walk) === undefined ? walk : undefined;
}

/** Whether there is a block of extensions, and no two of them share a bit: where they do, the general walk tells. */
function isPlain(input: Uint8Array, { compressionMethodsEnd, extensionsStart, end }: Walk): boolean {
  if (compressionMethodsEnd === extensionsStart) return false;
  const slots: number[] = [];
  for (let at = extensionsStart; at < end; at += 4 + ((input[at + 2]! << 8) | input[at + 3]!)) {
    slots.push(Math.imul((input[at]! << 8) | input[at + 1]!, SPREAD) >>> 26);
  }
  return new Set(slots).size === slots.length;
}

function agree(input: Uint8Array, maxBytes = Infinity): void {
  const found = generalWalk(input, maxBytes);
  const walk = new Walk();
  const isTaken = walkPlainHello(input, maxBytes, walk);
  const what = (): string => Buffer.from(input.subarray(0, 500)).toString('hex');
  if (isTaken !== (found !== undefined && isPlain(input, found))) expect(isTaken, what()).toBe(!isTaken);
  if (isTaken && !isDeepStrictEqual(walk, found)) expect(walk, what()).toEqual(found);
}

const full = hello({
  sessionId: [2, 0xaa, 0xbb],
  cipherSuites: vector16([0x13, 0x01, 0x13, 0x02]),
  compressionMethods: vector8(0, 1),
  extensions: [
    alpn('h2', 'a'),
    serverName('a.example'),
    supportedVersions(0x0304, 0x0303),
    extension(0xfe0d, 1),
    extension(0xff01, 0),
    extension(41, 1, 2),
  ],
});
/** No shorter one can be plain: 52 bytes, and all of them headers or lengths. */
const shortest = hello({ extensions: [] });

describe('both walks agree (a hello that is decided is decided alike on either)', () => {
  test.each(realHellos.map(({ client, flight }) => [client, flight] as const))('on the hello of %s', (_, flight) => {
    agree(flight);
  });

  test('on every odd input, on each of its beginnings, and with more behind it', () => {
    for (const { bytes: input, maxBytes } of [...acceptances, ...refusals]) {
      agree(input, maxBytes);
      agree(bytes(input, 22, 3, 3), maxBytes);
      if (input.length < 1000) for (let length = 0; length < input.length; length++) agree(input.subarray(0, length));
    }
  });

  test.each([['full', full], ['shortest', shortest]] as const)('on a %s hello within any maxBytes', (_, flight) => {
    for (let maxBytes = 0; maxBytes <= flight.length + 5; maxBytes++) agree(flight, maxBytes);
  });

  test.each([['full', full], ['shortest', shortest]] as const)('on a %s hello with any of its bytes changed', (_, flight) => {
    const withMore = bytes(flight, new Uint8Array(70_000));
    for (let at = 0; at < flight.length; at++) {
      const byte = flight[at]!;
      for (const other of [0, 1, 2, 3, 16, 41, 43, 0xff, byte + 1, byte - 1, byte ^ 0x80]) {
        withMore[at] = other;
        agree(withMore);
        agree(withMore.subarray(0, flight.length));
      }
      withMore[at] = byte;
    }
  });

  test('on one or two lengths that are too long or too short', () => {
    const lengthsAt = [3, 6, 7, BODY + 34, BODY + 37, BODY + 43];
    for (const one of lengthsAt) {
      for (const other of lengthsAt) {
        for (const [more, less] of [[1, 1], [1, -1], [2, -2], [2, 2], [-1, -1]] as const) {
          const changed = full.slice();
          changed[one + 1]! += more;
          changed[other + 1]! += less;
          agree(changed);
          agree(bytes(changed, 0, 0, 0, 0));
        }
      }
    }
  });

  test.each([32, 33])('on a session id of %i bytes', (length) => {
    agree(hello({ sessionId: vector8(new Uint8Array(length)), extensions: [] }));
  });

  test('on extensions of any type, alone and behind another', () => {
    for (let type = 0; type < 0x10000; type += type < 100 || type > 0xfe00 ? 1 : 97) {
      agree(hello({ extensions: extension(type) }));
      agree(hello({ extensions: [extension(type), extension(type)] }));
      agree(hello({ extensions: [extension(41), extension(type)] }));
    }
  });

  test('on a record as long as may be, and one that says more', () => {
    const padded = (padding: number): Uint8Array => hello({ extensions: extension(21, new Uint8Array(padding)) });
    const overhead = padded(0).length - 5;
    for (const fragment of [0x4000, 0x4001]) agree(padded(fragment - overhead));
  });
});
