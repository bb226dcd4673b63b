/**
 * The laws of the composite over pairs: every PROXY header that is accepted, every flight behind it, in all three
 * modes. What it says must be what its parts say of the same bytes, one after the other. `PREREAD_RUNS` above 1000
 * tries all pairs and splits, and a sample of them else.
 */
import { describe, expect, test } from 'vitest';
import type { Decoded } from '../src/decoded.ts';
import { decodeRequestHead, methods } from '../src/http/index.ts';
import { createPreread, preread } from '../src/preread.ts';
import type { Preread } from '../src/preread.ts';
import { decodeProxyHeader } from '../src/proxy/index.ts';
import type { ProxyHeader } from '../src/proxy/index.ts';
import { sniff } from '../src/sniff/index.ts';
import { decodeClientHello } from '../src/tls/index.ts';
import { lengthsOf } from './lengths.ts';
import { plain } from './plain.ts';
import { isThorough, sample } from './runs.ts';
import { same } from './same.ts';
import { concat, realHellos } from './vectors/build.ts';
import * as opened from './vectors/flights.ts';
import { headBytes, httpAcceptances, httpRefusals } from './vectors/http.ts';
import { proxyAcceptances, proxyOptions } from './vectors/proxy.ts';
import { acceptances, refusals } from './vectors/verdicts.ts';

type Mode = 'forbid' | 'require' | 'optional';
type Outcome = Decoded<unknown, string>;

const headers: readonly Uint8Array[] = proxyAcceptances
  .filter((row) => proxyOptions(row) === undefined && row.bytes.length < 1000)
  .map(({ bytes, size = bytes.length }) => bytes.subarray(0, size));

/** One of each kind that is read in its own way. */
const kinds: readonly Uint8Array[] = [
  ...new Map(
    headers.map((header) => {
      const { version, command, transport, source, tlvs } = headerOf(header);
      return [`${version} ${command} ${transport} ${source?.family} ${tlvs.length > 0}`, header];
    }),
  ).values(),
];

const flights: readonly Uint8Array[] = [
  ...[...opened.flights, ...opened.foreignFlights].map(({ bytes }) => bytes),
  ...realHellos.map(({ flight }) => flight),
  ...[...refusals, ...acceptances].filter(({ maxBytes }) => maxBytes === undefined).map((row) => row.bytes),
  ...[...httpRefusals, ...httpAcceptances].filter(({ options }) => options === undefined).filter((_, i) => i % 20 === 0).map(headBytes),
].filter(({ length }) => length < 5000);

function headerOf(bytes: Uint8Array): ProxyHeader {
  const header = decodeProxyHeader(bytes);
  if (header.status !== 'complete' || header.size !== bytes.length) throw new Error(JSON.stringify(header));
  return header.value;
}

/** What the parts say of a payload, each for itself. */
function payloadByParts(payload: Uint8Array, proxy: ProxyHeader | undefined, at: number): Outcome {
  const value = (rest: object): Outcome => ({ status: 'complete', value: { proxy, payloadOffset: at, ...rest }, size: at });
  const moved = (outcome: Outcome): Outcome =>
    outcome.status === 'malformed' ? { ...outcome, offset: at + outcome.offset } : outcome;
  const header = decodeProxyHeader(payload);
  if (header.status !== 'malformed' || header.code !== 'proxy.not_proxy') {
    const isNamed = payload.length >= (payload[0] === 0x0d ? 12 : 6);
    return isNamed ? { status: 'malformed', code: 'preread.proxy.unexpected', offset: at } : { status: 'incomplete', needed: 1 };
  }
  const sniffed = sniff(payload);
  if (sniffed.status === 'incomplete') return { status: 'incomplete', needed: sniffed.needed };
  const protocol = sniffed.status === 'complete' ? sniffed.protocol : beginningOf(payload);
  if (typeof protocol === 'number') return { status: 'incomplete', needed: protocol };
  if (protocol === 'unknown') return value({ protocol });
  if (protocol === 'tls') {
    const hello = decodeClientHello(payload);
    if (hello.status !== 'complete') return moved(hello);
    const { serverName } = hello.value;
    if (serverName?.kind === 'invalid') {
      // Where it stands is pinned by the rows of the composite.
      return { status: 'malformed', code: 'tls.server_name.invalid', offset: NaN };
    }
    const host = serverName?.kind === 'dns' ? serverName.host : serverName?.address;
    return value({ protocol, tls: hello.value.toJSON(), host });
  }
  if (protocol === 'http1') {
    const head = decodeRequestHead(payload);
    return head.status === 'complete' ? value({ protocol, http: head.value, host: head.value.authority?.host }) : moved(head);
  }
  return value({ protocol });
}

/** What bytes are that no matcher takes: they may still begin as TLS or HTTP do. Or how many more it takes to tell. */
function beginningOf(payload: Uint8Array): 'tls' | 'http1' | 'unknown' | number {
  const [type = 0, major = 16, , high, low, first] = payload;
  if (type >= 0x14 && type <= 0x16 && major === 3) return 'tls';
  // What Go looks at, too, before it minds the version.
  const awaited = type === 0x15 ? 5 : type === 0x16 ? 6 : 0;
  if (major < 16 && payload.length < awaited) return awaited - payload.length;
  if (major < 16 && ((type === 0x15 && high === 0 && low === 2) || (type === 0x16 && first === 1))) return 'tls';
  // The decoder alone knows a hello in the form of SSL 2.0, and what may become one.
  const hello = decodeClientHello(payload);
  if (hello.status === 'incomplete' || (hello.status === 'malformed' && hello.code === 'tls.sslv2')) return 'tls';
  const text = String.fromCharCode(...payload.subarray(0, 32));
  return /^[\r\n]/.test(text) || methods.includes(/^([^ ]*) /.exec(text)?.[1] ?? '') ? 'http1' : 'unknown';
}

/** What the parts say of a connection, one after the other. */
function byParts(input: Uint8Array, mode: Mode): Outcome {
  if (mode === 'forbid') return payloadByParts(input, undefined, 0);
  const header = decodeProxyHeader(input);
  if (header.status === 'complete') return payloadByParts(input.subarray(header.size), header.value, header.size);
  if (header.status === 'incomplete' || header.code !== 'proxy.not_proxy') return header;
  if (mode === 'require') return { status: 'malformed', code: 'preread.proxy.missing', offset: 0 };
  return payloadByParts(input, undefined, 0);
}

function agree(outcome: Outcome, input: Uint8Array, mode: Mode): void {
  const expected = byParts(input, mode);
  if (expected.status === 'malformed' && Number.isNaN(expected.offset)) {
    same(outcome, { ...expected, offset: outcome.status === 'malformed' ? outcome.offset : NaN });
  } else {
    same(outcome, expected);
  }
}

/** The outcome with of a hello only what was read in the walk: all of it as plain data takes ten times as long. */
function brief(outcome: Decoded<Preread, string>): unknown {
  if (outcome.status !== 'complete' || outcome.value.protocol !== 'tls') return outcome;
  const { tls, ...rest } = outcome.value;
  return { ...outcome, value: { ...rest, random: tls.random, serverName: tls.serverName, alpn: tls.alpnProtocols } };
}

const modes = ['forbid', 'require', 'optional'] as const;

test('there are headers of every kind, and flights', () => {
  expect(headers.length).toBeGreaterThan(200);
  expect(kinds.length).toBeGreaterThanOrEqual(10);
  expect(flights.length).toBeGreaterThan(700);
});

describe.each(modes)('%s', (proxy) => {
  test('every flight alone: at every length the answer of the parts', () => {
    for (const flight of sample(flights, 8)) {
      for (const length of lengthsOf(flight.length, 200, 20, 41)) {
        const input = flight.subarray(0, length);
        agree(plain(preread(input, { proxy })), input, proxy);
      }
    }
  });

  test('every header, every flight behind it: the answer of the parts', () => {
    let pairs = 0;
    for (const [i, header] of headers.entries()) {
      // Each header meets every flight over all headers of its kind, even in a sample.
      for (const flight of isThorough ? flights : flights.filter((_, j) => (i + j) % 40 === 0)) {
        const input = concat([header, flight]);
        const outcome = plain(preread(input, { proxy }));
        agree(outcome, input, proxy);
        if (proxy === 'forbid') same(outcome, { status: 'malformed', code: 'preread.proxy.unexpected', offset: 0 });
        pairs++;
      }
    }
    expect(pairs).toBeGreaterThan(headers.length * 10);
  }, 300_000);

  test('a header of every kind, every flight behind it, in chunks of one byte, and in two wherever they may be cut', () => {
    for (const [i, header] of kinds.entries()) {
      const shown = proxy === 'forbid' ? undefined : headerOf(header);
      for (const [j, flight] of flights.entries()) {
        if (!isThorough && (i + j) % 200 !== 0) continue;
        const input = concat([header, flight]);
        const whole = preread(input, { proxy });
        const byByte = createPreread({ proxy });
        let decidedAt = 0;
        for (; decidedAt < input.length; decidedAt++) {
          same(byByte.proxy, decidedAt < header.length ? undefined : shown);
          const outcome = byByte.push(input.subarray(decidedAt, decidedAt + 1));
          if (outcome.status !== 'incomplete') break;
        }
        same(plain(byByte.push(new Uint8Array(0))), plain(whole));
        same(byByte.proxy, shown);

        // Every flight is cut behind a third of the kinds of header.
        if (isThorough && (i + j) % 3 !== 0) continue;
        // Behind that the answer stays as it is, which is a law of its own.
        for (let at = 0; at <= Math.min(decidedAt + 2, input.length); at++) {
          // Far from all that decides one in seven, each time others.
          const isNear = at < 20 || Math.abs(at - header.length) < 20 || at > decidedAt - 3;
          if (!isNear && (at + i + j) % 7 !== 0) continue;
          const split = createPreread({ proxy });
          const first = split.push(input.subarray(0, at));
          if (at <= decidedAt) agree(plain(first), input.subarray(0, at), proxy);
          same(brief(split.push(input.subarray(at))), brief(whole), `split at ${at}`);
          same(split.proxy, shown);
        }
      }
    }
  }, 120_000);
});
