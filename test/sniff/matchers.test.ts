/**
 * Every matcher against every flight, split at every byte: one name, no change of mind, no wrong name on the way, and
 * none at all for flights of protocols that are not known here.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeRequestHead } from '../../src/http/index.ts';
import { decodeProxyHeader } from '../../src/proxy/index.ts';
import * as exported from '../../src/sniff/index.ts';
import { createSniffer, dns, dnsDatagram, http1Fast, rtsp, sip, sniff, sniffDatagram, tcp, udp, web } from '../../src/sniff/index.ts';
import type { DatagramMatcher, Matcher, Sniffed } from '../../src/sniff/index.ts';
import { decodeClientHello } from '../../src/tls/index.ts';
import { lengthsOf } from '../lengths.ts';
import { isThorough, numRuns } from '../runs.ts';
import { same } from '../same.ts';
import { realHellos, vector16 } from '../vectors/build.ts';
import { datagrams, dnsQuery, flights, foreignDatagrams, foreignFlights } from '../vectors/flights.ts';
import type { Flight } from '../vectors/flights.ts';
import { headBytes, httpAcceptances } from '../vectors/http.ts';
import { proxyAcceptances } from '../vectors/proxy.ts';
import { acceptances } from '../vectors/verdicts.ts';
import { matcherTable } from './table.ts';

/** By the name of its export. */
const everyExport = Object.entries(exported as Record<string, unknown>).filter(
  (entry): entry is [string, Matcher | DatagramMatcher] => typeof entry[1] === 'object' && 'match' in (entry[1] as object),
);
const streams = everyExport.filter((entry): entry is [string, Matcher] => 'maxBytes' in entry[1]);
const weak = streams.map(([, matcher]) => matcher).filter((matcher) => matcher.weak);
const every: readonly Matcher[] = [...tcp, ...weak];
const all = [...flights, ...foreignFlights];

/** What `http1Fast` cannot tell from HTTP, as it says: these, and text of protocols that are not known here. */
const sharesMethods = new Set(['rtsp', 'sip', 'nats', undefined]);

/** Lengths at which to look at a flight: all, but of a long one, unless there is time, the ends and a sample between. */
function beginningsOf(bytes: Uint8Array): number[] {
  return lengthsOf(bytes.length, 120, 20, isThorough ? 1 : 41);
}

/** Flights of weak protocols that are over before the last strong matcher can say no: named once no more will come. */
const waitsForEnd = new Set(['minecraft-server-util 5.4, the older ping', 'cassandra-driver 3.25 of Python']);

/** Whether a matcher must say no to a flight. */
function isForeign(matcher: Matcher, { protocol }: Flight): boolean {
  return protocol !== matcher.protocol && !(matcher === http1Fast && sharesMethods.has(protocol));
}

test('there is a matcher for every flight, and a flight for every matcher', () => {
  const named = (list: readonly { protocol: string | undefined }[]): string[] =>
    [...new Set(list.map(({ protocol }) => protocol ?? 'none'))].sort();
  expect(named(flights)).toEqual(named(every));
  expect(named(datagrams)).toEqual(named(udp));
  expect(named(foreignFlights)).toEqual(['none']);
  expect(named(foreignDatagrams)).toEqual(['none']);
  for (const list of [flights, foreignFlights, datagrams, foreignDatagrams]) {
    expect(new Set(list.map(({ protocol, title }) => `${protocol} ${title}`)).size).toBe(list.length);
  }
});

test('the presets hold every strong matcher of their kind', () => {
  const strong = streams.map(([, matcher]) => matcher).filter((matcher) => !matcher.weak && matcher !== http1Fast);
  expect(new Set(tcp)).toEqual(new Set(strong));
  const ofDatagrams = everyExport.map(([, matcher]) => matcher).filter((matcher) => !('maxBytes' in matcher));
  expect(new Set(udp)).toEqual(new Set([...ofDatagrams, sip, exported.proxyV2]));
  expect(web.every((matcher) => (tcp as readonly Matcher[]).includes(matcher))).toBe(true);
  expect(tcp.length).toBe(new Set(tcp).size);
});

describe.each(streams)('%s', (_, matcher) => {
  /** The answers at every prefix, checked to be the answers of a matcher. */
  function answers(bytes: Uint8Array): (boolean | number)[] {
    const list: (boolean | number)[] = [];
    let awaited = 0;
    let seen = 0;
    for (const length of beginningsOf(bytes)) {
      const so = bytes.subarray(0, length);
      const answer = matcher.match(so);
      const before = list.at(-1);
      if (typeof before === 'boolean') same(answer, before);
      if (typeof answer === 'number') {
        if (!Number.isInteger(answer) || answer < 1) expect.fail(`needs ${answer}`);
        if (length >= matcher.maxBytes) expect.fail(`undecided with ${length} bytes`);
      } else if (typeof before === 'number' && length < awaited) expect.fail(`decided at ${length}, before ${awaited}`);
      // Nor does it change its mind where it is told how much of it it has seen before.
      if (typeof before === 'number') same(matcher.match(so, seen), answer);
      seen = length;
      if (typeof answer === 'number') awaited = Math.max(awaited, length + answer);
      list.push(answer);
    }
    return list;
  }

  test('is yes for its own flights, by their last byte', () => {
    const own = flights.filter(({ protocol }) => protocol === matcher.protocol);
    expect(own.length).toBeGreaterThan(0);
    for (const { title, bytes } of own) expect(answers(bytes).at(-1), title).toBe(true);
  });

  test('is never yes for another, and changes its mind for none', () => {
    for (const { title, bytes } of all.filter((flight) => isForeign(matcher, flight))) {
      expect(answers(bytes), title).not.toContain(true);
    }
  });

  test('says no as soon as nothing that follows could make it a yes', () => {
    // Wherever it is undecided, some byte must keep it so or make it a yes.
    for (const { title, bytes } of all) {
      for (const length of beginningsOf(bytes).slice(0, -1)) {
        if (typeof matcher.match(bytes.subarray(0, length)) !== 'number') break;
        const next = Uint8Array.from(bytes.subarray(0, length + 1));
        let isOpen = false;
        for (let byte = 0; byte < 256 && !isOpen; byte++) {
          next[length] = byte;
          isOpen = matcher.match(next, length) !== false;
        }
        if (!isOpen) expect.fail(`${title}: no byte could follow the first ${length}`);
      }
    }
  });

  test('decides for changed flights and for random bytes as for others: once, and with maxBytes', () => {
    const own = flights.filter(({ protocol }) => protocol === matcher.protocol).map(({ bytes }) => bytes.subarray(0, 600));
    const changed = fc.tuple(fc.constantFrom(...own), fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 }));
    const input = fc.oneof(
      changed.map(([bytes, changes]) => {
        const out = Uint8Array.from(bytes);
        for (const [at, byte] of changes) out[at % out.length] = byte;
        return out;
      }),
      fc.uint8Array({ maxLength: 60 }),
    );
    fc.assert(fc.property(input, (bytes) => void answers(bytes)), { numRuns });
    const long = new Uint8Array(20_000).fill(0x61);
    for (const [begin, fill] of own.map((bytes, i) => [bytes, i % 256] as const)) {
      for (const length of [1, 5, 13, Math.floor(begin.length / 2), begin.length - 1]) {
        long.set(begin.subarray(0, length));
        long.fill(fill, length);
        expect(typeof matcher.match(long.subarray(0, matcher.maxBytes))).toBe('boolean');
        same(matcher.match(long), matcher.match(long.subarray(0, matcher.maxBytes)));
      }
    }
  });

  test('reads the same bytes anywhere, as Buffer or Uint8Array', () => {
    for (const { bytes } of flights) {
      const memory = new Uint8Array(bytes.length + 20).fill(0x16);
      memory.set(bytes, 7);
      same(matcher.match(memory.subarray(7, 7 + bytes.length)), matcher.match(bytes));
      same(matcher.match(Buffer.from(memory.buffer, 7, bytes.length)), matcher.match(bytes));
    }
  });
});

describe.each([['tcp', tcp], ['tcp and the weak ones', every]] as const)('sniff with %s', (_, matchers) => {
  /** At every prefix, in one call and byte by byte. */
  function sniffed(bytes: Uint8Array): Sniffed[] {
    const sniffer = createSniffer(matchers);
    const list: Sniffed[] = [];
    let from = 0;
    for (const length of beginningsOf(bytes)) {
      const next = sniff(bytes.subarray(0, length), matchers);
      same(sniffer.push(bytes.subarray(from, length)), next);
      list.push(next);
      from = length;
      if (next.status !== 'incomplete') {
        same(sniff(bytes, matchers), next);
        break;
      }
    }
    return list;
  }

  const known = flights.filter(({ protocol }) => matchers.some((matcher) => matcher.protocol === protocol));

  test.each(known)('$protocol: $title', ({ protocol, title, bytes }) => {
    const list = sniffed(bytes);
    for (const each of list) if (each.status === 'incomplete') expect(each.candidates).toContain(protocol);
    if (waitsForEnd.has(title)) expect(list.at(-1)!.status).toBe('incomplete');
    else expect(list.at(-1)).toEqual({ status: 'complete', protocol });
    expect(sniff(bytes, matchers, { final: true })).toEqual({ status: 'complete', protocol });
  });

  test.each(foreignFlights)('none: $title', ({ bytes }) => {
    for (const each of sniffed(bytes)) expect(each.status).not.toBe('complete');
    expect(sniff(bytes, matchers, { final: true })).toEqual({ status: 'unknown' });
  });

  test('what it has no matcher for is unknown', () => {
    for (const { bytes } of flights.filter((flight) => !known.includes(flight))) {
      expect(sniff(bytes, matchers, { final: true })).toEqual({ status: 'unknown' });
    }
  });
});

describe('datagrams', () => {
  test.each(datagrams)('$protocol: $title', ({ protocol, bytes }) => {
    for (const matcher of udp) expect(matcher.match(bytes) === true, matcher.protocol).toBe(matcher.protocol === protocol);
    expect(sniffDatagram(bytes)).toEqual({ status: 'complete', protocol });
    for (let length = 0; length < bytes.length; length++) {
      const cut = sniffDatagram(bytes.subarray(0, length));
      if (cut.status === 'complete') expect(cut.protocol).toBe(protocol);
    }
  });

  test.each(foreignDatagrams)('none: $title', ({ bytes }) => {
    expect(sniffDatagram(bytes)).toEqual({ status: 'unknown' });
  });

  test('a datagram of one protocol is never read as the stream of another, nor the other way round', () => {
    const otherwise = (name: string, protocol: string | undefined): boolean => name !== (protocol ?? '');
    for (const { protocol, bytes } of datagrams) {
      const as = sniff(bytes, tcp, { final: true });
      if (as.status === 'complete') expect(otherwise(as.protocol, protocol)).toBe(false);
    }
    for (const { protocol, bytes } of flights) {
      const as = sniffDatagram(bytes);
      if (as.status === 'complete') expect(otherwise(as.protocol, protocol)).toBe(false);
    }
  });

  test('no bytes make a matcher throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1300 }), fc.constantFrom(...datagrams), (bytes, { bytes: datagram }) => {
        sniffDatagram(bytes);
        const out = Uint8Array.from(datagram);
        for (let at = 0; at + 1 < Math.min(bytes.length, 8); at += 2) out[bytes[at]! % out.length] = bytes[at + 1]!;
        sniffDatagram(out);
      }),
      { numRuns: numRuns * 10 },
    );
  });
});

describe('what a decoder accepts is named after it', () => {
  const nameOf = (bytes: Uint8Array): string | undefined => {
    const outcome = sniff(bytes, tcp);
    return outcome.status === 'complete' ? outcome.protocol : outcome.status;
  };

  test('a ClientHello', () => {
    for (const bytes of [...realHellos.map(({ flight }) => flight), ...acceptances.map((row) => row.bytes)]) {
      if (decodeClientHello(bytes).status === 'complete') expect(nameOf(bytes)).toBe('tls');
    }
  });

  test('a PROXY header', () => {
    for (const { bytes } of proxyAcceptances) {
      const outcome = decodeProxyHeader(bytes);
      if (outcome.status === 'complete') expect(nameOf(bytes)).toBe(`proxy-v${outcome.value.version}`);
    }
  });

  test('a request head', () => {
    for (const bytes of httpAcceptances.map(headBytes)) {
      if (decodeRequestHead(bytes).status === 'complete') expect(nameOf(bytes)).toBe('http1');
    }
  });
});

test('http1Fast takes for HTTP what shares a method with it, as it says', () => {
  const taken = flights.filter(({ protocol, bytes }) => protocol !== 'http1' && http1Fast.match(bytes) === true);
  expect(new Set(taken.map(({ protocol }) => protocol))).toEqual(new Set(['rtsp', 'sip', 'nats']));
  expect(rtsp.weak).toBeUndefined();
});

test.each([
  ['labels of one letter', new Array<string>(128).fill('a')],
  ['labels of all lengths', ['a', 'b', 'c', 'd'].map((c) => c.repeat(62)).concat('e'.repeat(3))],
])('a name of more than 255 bytes is no name of DNS (RFC 1035 2.3.4): %s', (_, name) => {
  const query = dnsQuery(name, 1);
  expect(dnsDatagram.match(query)).toBe(false);
  const flight = vector16(query);
  // Known at the length of the label that leaves no room for the root.
  const decided = 2 + 12 + name.slice(0, -1).reduce((sum, label) => sum + 1 + label.length, 0) + 1;
  expect(dns.match(flight.subarray(0, decided - 1))).toBe(1);
  expect(dns.match(flight.subarray(0, decided))).toBe(false);
  expect(dns.match(flight)).toBe(false);
});

test('the table in the README', () => {
  const order = [...tcp, http1Fast, ...weak];
  const rows = [...streams].sort(([, one], [, other]) => order.indexOf(one) - order.indexOf(other));
  matcherTable(rows, all, isForeign);
});
