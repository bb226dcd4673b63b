/** That the generators reach what they are for: every protocol, TLV and verdict, and most of it well-formed. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Decoded } from '../../src/decoded.ts';
import { decodeRequestHead, requestHeadCodes } from '../../src/http/index.ts';
import { preread } from '../../src/preread.ts';
import {
  decodeProxyHeader,
  decodeTlv,
  proxyHeaderCodes,
  proxyV1Codes,
  proxyV2Codes,
  tlvCodes,
} from '../../src/proxy/index.ts';
import * as exported from '../../src/sniff/index.ts';
import { sniff, sniffDatagram, tcp } from '../../src/sniff/index.ts';
import type { Matcher } from '../../src/sniff/index.ts';
import { isThorough, numRuns } from '../runs.ts';
import { same } from '../same.ts';
import { requestHeads } from './http.ts';
import { connections, datagrams, streams } from './openings.ts';
import { proxyHeaders, tlvs } from './proxy.ts';

const proxyCodes = [...proxyHeaderCodes, ...proxyV1Codes, ...proxyV2Codes, ...tlvCodes];
const weak = Object.values(exported as Record<string, unknown>).filter(
  (each): each is Matcher => typeof each === 'object' && each !== null && 'weak' in each,
);
const every: readonly Matcher[] = [...tcp, ...weak];

describe('what is generated for a protocol is of it', () => {
  const runs = { numRuns: Math.ceil(numRuns / 3) };

  test('there is a generator for every matcher', () => {
    expect(Object.keys(streams).sort()).toEqual(every.map(({ protocol }) => protocol).sort());
  });

  test.each(Object.entries(streams))('%s', (protocol, openings) => {
    fc.assert(
      fc.property(openings, (opening) =>
        same(sniff(opening, every, { final: true }), { status: 'complete', protocol }),
      ),
      runs,
    );
  });

  test.each(Object.entries(datagrams))('%s in a datagram', (protocol, all) => {
    fc.assert(
      fc.property(all, (datagram) => same(sniffDatagram(datagram), { status: 'complete', protocol })),
      runs,
    );
  });
});

test('TLVs are of every kind, and none is malformed', () => {
  const decoded = fc.sample(tlvs, { numRuns: 200, seed: 1 }).map(decodeTlv);
  const names = decoded.map((outcome) => (outcome.status === 'complete' ? outcome.value.name : outcome.code));
  // A checksum is right in its header only.
  expect(new Set(names)).toEqual(new Set(['alpn', 'authority', 'noop', 'unique_id', 'ssl', 'netns', 'unknown']));
});

describe('two thirds are complete, and in many the others are refused for every reason there is', () => {
  const outcomes = (all: fc.Arbitrary<Uint8Array>, decode: (input: Uint8Array) => Decoded<unknown, string>): string[] =>
    fc.sample(all, { numRuns: isThorough ? 4000 : 200, seed: 1 }).map((input) => {
      const outcome = decode(input);
      return outcome.status === 'malformed' ? outcome.code : outcome.status;
    });
  const shareOf = (list: readonly string[], status: string): number =>
    list.filter((each) => each === status).length / list.length;
  /** Only the end of a connection or a limit below the default brings them. */
  const notHere = ['proxy.header.truncated', 'http.head.truncated', 'http.head.limit', 'http.line.limit'];

  test.each([
    ['PROXY headers', proxyHeaders, decodeProxyHeader, proxyCodes],
    ['request heads', requestHeads, decodeRequestHead, requestHeadCodes],
  ] as const)('%s', (_, all, decode, codes) => {
    const list = outcomes(all, decode);
    expect(shareOf(list, 'complete')).toBeGreaterThan(0.75);
    if (!isThorough) return;
    const expected = codes.filter((code: string) => !notHere.includes(code));
    expect(expected.filter((code: string) => !list.includes(code))).toEqual([]);
  });

  test('connections', () => {
    const list = outcomes(connections, (input) => preread(input, { proxy: 'optional' }));
    expect(shareOf(list, 'complete')).toBeGreaterThan(0.66);
  });
});
