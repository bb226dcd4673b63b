/**
 * What the fuzzers feed, and to what they hold the answers. A target is a kind of input: all decoders that read it,
 * under all laws. From the bytes alone follows all that is done with them, so that a finding is its bytes.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { annotate, explain } from '../../src/explain/index.ts';
import { preread } from '../../src/preread.ts';
import {
  alibabaEndpointId,
  alibabaServiceId,
  alibabaVpcId,
  awsVpcEndpointId,
  azureLinkId,
  decodeProxyHeader,
  decodeTlv,
  encodeProxyV2,
  encodeTlv,
  gcpConnectionId,
  readSsl,
} from '../../src/proxy/index.ts';
import type { Tlv } from '../../src/proxy/index.ts';
import { sniff, sniffDatagram } from '../../src/sniff/index.ts';
import { ja3Text, ja4Text } from '../../src/tls/fingerprint.ts';
import { alertFor, alertForMissingName, decodeClientHello, decodeExtension } from '../../src/tls/index.ts';
import type { ClientHello, Extension } from '../../src/tls/index.ts';
import { requestHeads } from '../generators/http.ts';
import { mutated } from '../generators/mutate.ts';
import { connections, datagrams, openings } from '../generators/openings.ts';
import { proxyHeaders, tlvs } from '../generators/proxy.ts';
import { clientFlights, extensions, helloMessages, serverFlights } from '../generators/tls.ts';
import { decoders, lenient } from '../laws/decoders.ts';
import type { Decoder, Kind, Outcome } from '../laws/decoders.ts';
import { agreement, chunking, encodedAgain, final, needed, position, total } from '../laws/laws.ts';
import { same } from '../same.ts';
import { bytes, u16 } from '../vectors/build.ts';

export interface Target {
  /** Also the folder of its corpus. */
  readonly name: string;
  readonly inputs: fc.Arbitrary<Uint8Array>;
  /** One input to everything. */
  readonly check: (input: Uint8Array, tally: Tally) => void;
}

/** How often each law was held to each decoder: `decoder` and `law` to a number. */
export type Tally = Map<string, Map<string, number>>;

/** A law that an input breaks. */
export class Broken extends Error {
  /** Who breaks what, and how: by an answer, or by a throw of its own. */
  readonly title: string;
  readonly isThrow: boolean;

  constructor(decoder: string, law: string, cause: unknown) {
    const isThrow = !(cause instanceof assert.AssertionError);
    const title = `${decoder} ${isThrow ? 'throws under' : 'breaks'} ${law}`;
    super(`${title}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.title = title;
    this.isThrow = isThrow;
  }
}

type Laws = Readonly<Record<string, () => void>>;

function hold(decoder: string, laws: Laws, tally: Tally): void {
  let counts = tally.get(decoder);
  if (counts === undefined) tally.set(decoder, (counts = new Map()));
  for (const [law, check] of Object.entries(laws)) {
    try {
      check();
    } catch (cause) {
      throw new Broken(decoder, law, cause);
    }
    counts.set(law, (counts.get(law) ?? 0) + 1);
  }
}

/** Numbers that look like chance and follow from the input (FNV-1a, then xorshift). */
function picks(input: Uint8Array, count: number, limit: number): number[] {
  let state = 0x811c9dc5;
  for (const byte of input) state = Math.imul(state ^ byte, 0x01000193);
  return Array.from({ length: count }, () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  });
}

/** Where beginnings of the input are worth a look: its ends, where it was decided, and anywhere. */
function lengthsWorthALook(input: Uint8Array, outcome: Outcome): number[] {
  const decisive = outcome.status === 'complete' ? outcome.size : outcome.status === 'malformed' ? outcome.offset : input.length;
  const lengths = [0, 1, decisive - 1, decisive, decisive + 1, input.length - 1, input.length, ...picks(input, 4, input.length + 1)];
  return [...new Set(lengths)].filter((length) => length >= 0 && length <= input.length).sort((a, b) => a - b);
}

/** Laws 1 to 5, and that the answer is plain data which can be explained. */
function lawsOf(decoder: Decoder, input: Uint8Array): Laws {
  const outcome = decoder.decode(input);
  const lengths = lengthsWorthALook(input, outcome);
  return {
    '1 Final': () => final(decoder, input, lengths),
    '2 Needed': () => needed(decoder, input, lengths),
    '3 Chunking': () => {
      chunking(decoder, input, lengths);
      // Byte by byte is as quick as that only where it is short.
      if (input.length <= 64) chunking(decoder, input, [...input.keys()]);
    },
    '4 Position': () => position(decoder, input),
    '5 Total': () => total(decoder, input),
    'plain data': () => same(structuredClone(outcome), outcome),
    ...(outcome.status === 'malformed' && !outcome.code.startsWith('law.') && {
      'can be explained': () => assert(explain(outcome as Parameters<typeof explain>[0]).message.length > 0),
    }),
  };
}

function readersOf(kind: Kind): (input: Uint8Array, tally: Tally) => void {
  const readers = decoders.filter(({ reads }) => reads === kind);
  assert(readers.length > 0, kind);
  return (input, tally) => {
    for (const decoder of readers) hold(decoder.name, lawsOf(decoder, input), tally);
  };
}

/** An annotated dump is never more than so many characters a byte, and a few lines of verdict. It is for people, and slow. */
function annotated(input: Uint8Array, tally: Tally): void {
  if (picks(input, 1, 8)[0] !== 0) return;
  hold('annotate', { '7 Linear': () => assert(annotate(input).length <= 2000 + 200 * input.length) }, tally);
}

function checkHello(hello: ClientHello, tally: Tally): void {
  hold('ja3Text, ja4Text', { '5 Total': () => assert(ja3Text(hello).length > 0 && ja4Text(hello).length > 0) }, tally);
  hold('alertForMissingName', { '5 Total': () => assert(alertForMissingName(hello).length > 0) }, tally);
  for (const extension of hello.extensions) checkExtension(extension, tally);
}

function checkExtension(extension: Extension, tally: Tally): void {
  const { data } = extension;
  const before = data.slice();
  const outcome = decodeExtension(extension);
  hold(
    'decodeExtension',
    {
      '4 Position': () => {
        const memory = new Uint8Array(data.length + 9).fill(0xff);
        memory.set(data, 7);
        same(decodeExtension({ ...extension, data: memory.subarray(7, 7 + data.length) }), outcome);
      },
      '5 Total': () => {
        same(data, before);
        // Never incomplete: its data has a length of its own.
        const at = outcome.status === 'complete' ? outcome.size : outcome.offset;
        assert(at >= 0 && at <= data.length);
        if (outcome.status === 'malformed') assert(alertFor(outcome.code) !== undefined);
      },
      'plain data': () => same(structuredClone(outcome), outcome),
    },
    tally,
  );
}

function checkTlvs(list: readonly Tlv[], tally: Tally): void {
  for (const tlv of list) {
    const outcome = decodeTlv(tlv);
    hold(
      'decodeTlv',
      {
        '5 Total': () => {
          const at = outcome.status === 'complete' ? outcome.size : outcome.offset;
          assert(at >= 0 && at <= tlv.value.length);
        },
        '6 Round trip': () => {
          if (outcome.status !== 'complete') return assert.throws(() => encodeProxyV2({ tlvs: [tlv] }), RangeError);
          const again = encodeTlv(outcome.value);
          // What was not UTF-8 has become U+FFFD.
          const isText = outcome.value.name === 'authority' || outcome.value.name === 'netns';
          if (!isText || !JSON.stringify(outcome.value).includes('\ufffd')) same(again, tlv);
        },
        'plain data': () => same(structuredClone(outcome), outcome),
      },
      tally,
    );
  }
  hold(
    'readSsl, and what vendors add',
    {
      '5 Total': () => {
        for (const read of [readSsl, awsVpcEndpointId, azureLinkId, gcpConnectionId, alibabaVpcId, alibabaEndpointId, alibabaServiceId]) {
          read(list);
        }
      },
    },
    tally,
  );
}

const readClientFlight = readersOf('client flight');
const readMessage = readersOf('hello message');
const readServerFlight = readersOf('server flight');
const readProxyHeader = readersOf('PROXY header');
const readHead = readersOf('request head');
const readOpening = readersOf('opening');
const readConnection = readersOf('connection');

/** Half of it as a generator makes it, which already gets things wrong one at a time, and half in hostile hands. */
function hostile(base: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> {
  return fc.oneof(base, mutated(base));
}

export const targets: readonly Target[] = [
  {
    name: 'client-flight',
    inputs: hostile(clientFlights),
    check(input, tally) {
      readClientFlight(input, tally);
      hold('readServerName', { '8 Agreement': () => agreement(input, [undefined, 100, input.length]) }, tally);
      const hello = decodeClientHello(input);
      if (hello.status === 'complete') checkHello(hello.value, tally);
      else if (hello.status === 'malformed') hold('alertFor', { '5 Total': () => void alertFor(hello.code) }, tally);
      annotated(input, tally);
    },
  },
  { name: 'hello-message', inputs: hostile(helloMessages), check: readMessage },
  {
    name: 'extension',
    inputs: hostile(extensions.map(({ type, data }) => bytes(u16(type), data))),
    check(input, tally) {
      const [high = 0, low = 0] = input;
      checkExtension({ type: (high << 8) | low, data: input.subarray(2) }, tally);
    },
  },
  {
    name: 'server-flight',
    inputs: hostile(serverFlights),
    check(input, tally) {
      readServerFlight(input, tally);
      annotated(input, tally);
    },
  },
  {
    name: 'proxy-header',
    inputs: hostile(proxyHeaders),
    check(input, tally) {
      readProxyHeader(input, tally);
      hold('decodeProxyHeader', { '6 Round trip': () => encodedAgain(input) }, tally);
      const header = decodeProxyHeader(input, lenient);
      if (header.status === 'complete') checkTlvs(header.value.tlvs, tally);
      annotated(input, tally);
    },
  },
  {
    name: 'tlv',
    inputs: hostile(tlvs.map(({ type, value }) => bytes(type, value))),
    check: (input, tally) => checkTlvs([{ type: input[0] ?? 0, value: input.slice(1) }], tally),
  },
  {
    name: 'request-head',
    inputs: hostile(requestHeads),
    check(input, tally) {
      readHead(input, tally);
      annotated(input, tally);
    },
  },
  {
    name: 'opening',
    inputs: hostile(openings),
    check(input, tally) {
      readOpening(input, tally);
      hold('sniff', { 'at the end it is never incomplete': () => assert(sniff(input, undefined, { final: true }).status !== ('incomplete' as string)) }, tally);
    },
  },
  {
    name: 'datagram',
    inputs: hostile(fc.oneof(...Object.values(datagrams))),
    check(input, tally) {
      const before = input.slice();
      const outcome = sniffDatagram(input);
      const law = (): void => {
        same(input, before);
        assert(outcome.status === 'complete' || outcome.status === 'unknown');
        same(sniffDatagram(Buffer.concat([Buffer.from('x'), input]).subarray(1)), outcome);
      };
      hold('sniffDatagram', { '4 Position and 5 Total': law }, tally);
    },
  },
  {
    name: 'connection',
    inputs: hostile(connections),
    check(input, tally) {
      readConnection(input, tally);
      const outcome = preread(input, { proxy: 'optional' });
      hold('preread', { 'can be explained': () => assert(explain(outcome, { expected: 'tls' }).message.length > 0) }, tally);
      annotated(input, tally);
    },
  },
];

export function targetNamed(name: string): Target {
  const target = targets.find((one) => one.name === name);
  if (target === undefined) throw new Error(`no target ${name}: one of ${targets.map((one) => one.name).join(', ')}`);
  return target;
}
