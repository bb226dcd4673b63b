/**
 * The laws of the design over one decoder and one input: each throws where it is broken. Which beginnings of the input
 * are looked at, and where it is cut, is for the caller to say: all of them are quadratic.
 */
import assert from 'node:assert/strict';
import { malformed } from '../../src/decoded.ts';
import { StreamingParser } from '../../src/parser.ts';
import { decodeProxyHeader, encodeProxyV1, encodeProxyV2 } from '../../src/proxy/index.ts';
import type { ProxyHeader } from '../../src/proxy/index.ts';
import { decodeClientHello, readServerName } from '../../src/tls/index.ts';
import type { Parser } from '../../src/tls/index.ts';
import { plain } from '../plain.ts';
import { same } from '../same.ts';
import { bytes, concat } from '../vectors/build.ts';
import { lenient } from './decoders.ts';
import type { Decoder, Outcome } from './decoders.ts';

/** 1 Final: once complete or malformed, more bytes never change the answer. */
export function final({ decode }: Decoder, input: Uint8Array, lengths: readonly number[]): void {
  let decided: Outcome | undefined;
  for (const length of lengths) {
    const outcome = decode(input.subarray(0, length));
    if (decided !== undefined) same(outcome, decided);
    else if (outcome.status !== 'incomplete') {
      decided = outcome;
      for (const tail of [bytes(0), bytes(22, 3, 1), new Uint8Array(100).fill(0xff)]) {
        same(decode(concat([input.subarray(0, length), tail])), decided);
      }
    }
  }
}

/** 2 Needed: fewer than `needed` more bytes never decide, whatever they are. */
export function needed({ decode }: Decoder, input: Uint8Array, lengths: readonly number[]): void {
  for (const length of lengths) {
    const outcome = decode(input.subarray(0, length));
    if (outcome.status !== 'incomplete') break;
    assert(Number.isInteger(outcome.needed) && outcome.needed >= 1, `needed ${outcome.needed}`);
    if (outcome.needed === 1) continue;
    const more = Math.min(outcome.needed - 1, 20_000);
    const tails = [input.subarray(length, length + more), ...[0, 0x16, 0xff].map((fill) => new Uint8Array(more).fill(fill))];
    for (const tail of tails) same(decode(concat([input.subarray(0, length), tail])).status, 'incomplete');
  }
}

/** 3 Chunking: any split gives the one-shot answer, offsets included. */
export function chunking(decoder: Decoder, input: Uint8Array, cuts: readonly number[]): void {
  const newParser = decoder.createParser ?? (() => generalParser(decoder));
  const parser = newParser();
  const ends = input.length === 0 ? [] : [...new Set(cuts.map((cut) => cut % input.length))].sort((a, b) => a - b);
  let from = 0;
  let decided: Outcome | undefined;
  for (const to of [...ends, input.length]) {
    const outcome = plain(parser.push(input.subarray(from, to)));
    same(outcome, decided ?? decoder.decode(input.subarray(0, to)));
    if (decided === undefined) same(parser.bytes, input.slice(0, to));
    if (outcome.status !== 'incomplete') decided ??= outcome;
    from = to;
  }
  const end = plain(parser.end());
  const answerAtEnd = decoder.answerAtEnd?.(input);
  if (decided !== undefined) same(end, decided);
  else if (answerAtEnd !== undefined) same(end, answerAtEnd);
  else if (decoder.isComposite) {
    const whole = newParser();
    whole.push(input);
    same(plain(whole.end()), end);
  } else {
    assert(end.status === 'malformed' && end.code.endsWith('.truncated'), JSON.stringify(end));
    same(end.offset, input.length);
  }
}

/** Of a decoder that has none of its own. */
function generalParser({ decode }: Decoder): Parser<unknown, string> {
  const readAtEnd = ({ length }: Uint8Array): Outcome & { status: 'malformed' } => malformed('law.truncated', length);
  return new StreamingParser({ read: decode, readAtEnd }, 65536);
}

/** 4 Position: the same bytes anywhere, as Buffer or Uint8Array, give the same answer. */
export function position({ decode }: Decoder, input: Uint8Array): void {
  const expected = decode(input);
  for (const [before, fill] of [[1, 0xff], [7, 0x16], [64, 0]] as const) {
    const memory = new Uint8Array(before + input.length + 70).fill(fill);
    memory.set(input, before);
    same(decode(memory.subarray(before, before + input.length)), expected);
    same(decode(Buffer.from(memory.buffer, before, input.length)), expected);
  }
}

/** 5 Total: no throw, offset and size within the input, the input unchanged. */
export function total({ decode, isComposite }: Decoder, input: Uint8Array): void {
  const before = input.slice();
  const outcome = decode(input);
  same(input, before);
  if (outcome.status === 'incomplete') return;
  const [what, least] = outcome.status === 'complete' ? [outcome.size, isComposite ? 0 : 1] : [outcome.offset, 0];
  assert(what >= least && what <= input.length, `${JSON.stringify(outcome)} of ${input.length} bytes`);
}

/** 6 Round trip: every header that an option lets pass can be encoded again, and says the same then. */
export function encodedAgain(input: Uint8Array): void {
  const outcome = decodeProxyHeader(input, lenient);
  if (outcome.status !== 'complete') return;
  const { value } = outcome;
  const encode = value.version === 1 ? encodeProxyV1 : encodeProxyV2;
  const written = encode(value);
  const again = decodeProxyHeader(written, { maxBytes: 65551 });
  assert(again.status === 'complete' && again.size === written.length, JSON.stringify(again));
  // The checksum alone is another one, where it was wrong or over what is not kept.
  const comparable = (header: ProxyHeader): unknown => ({ ...header, tlvs: header.tlvs.map((tlv) => (tlv.type === 3 ? 3 : tlv)) });
  same(comparable(again.value), comparable(value));
  same(encode(again.value), written);
  const strict = decodeProxyHeader(input);
  // Without endpoints a block that breaks the rules is ignored, and a wrong checksum is one here.
  if (strict.status === 'complete') same(strict.value, value.source === undefined ? { ...value, tlvs: strict.value.tlvs } : value);
}

/** 8 Agreement: the hot path and the full decoder say the same, within each limit. */
export function agreement(input: Uint8Array, limits: readonly (number | undefined)[]): void {
  for (const maxBytes of limits) {
    const options = maxBytes === undefined ? undefined : { maxBytes };
    const full = decodeClientHello(input, options);
    const expected = full.status === 'complete' ? { ...full, value: full.value.serverName } : full;
    same(readServerName(input, options), expected);
  }
}
