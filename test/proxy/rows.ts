/** What decoders say of the rows of `vectors/proxy.ts`, at every length of their bytes and with more behind them. */
import { isDeepStrictEqual } from 'node:util';
import { describe, test } from 'vitest';
import type { Complete, Decoded, Malformed, ProxyDecodeOptions, ProxyHeader } from '../../src/proxy/index.ts';
import { lengthsOf } from '../lengths.ts';
import { same } from '../same.ts';
import { concat, fromHex } from '../vectors/build.ts';
import { proxyAcceptances, proxyOptions, proxyRefusals } from '../vectors/proxy.ts';
import type { ProxyAcceptance, ProxyRefusal, ProxyRow } from '../vectors/proxy.ts';

/** Rows behind their titles. `test.each` would cut the clause short. */
export function titled<R extends ProxyRow>(rows: readonly R[]): (readonly [title: string, row: R])[] {
  return rows.map((row) => [`${row.clause}: ${row.input}`, row]);
}

/** From so many bytes on this outcome; or, from so many on, no decision before there are `until` bytes. */
export type Answer =
  | { readonly from: number; readonly outcome: Complete<unknown> | Malformed<string> }
  | { readonly from: number; readonly until: number };

/**
 * What a decoder says of the beginnings of the input, one entry for as long as it says the same. `until` is the
 * farthest that any `needed` reached.
 */
export function answers(decode: (input: Uint8Array) => Decoded<unknown, string>, input: Uint8Array): Answer[] {
  const all: Answer[] = [];
  for (const length of lengthsOf(input.length, 200, 200, 997)) {
    const outcome = decode(input.subarray(0, length));
    const last = all.at(-1);
    if (outcome.status === 'incomplete') {
      const { needed } = outcome;
      if (!Number.isInteger(needed) || needed < 1) throw new RangeError(`needed ${needed} after ${length} bytes`);
      if (last !== undefined && 'until' in last) {
        all[all.length - 1] = { from: last.from, until: Math.max(last.until, length + needed) };
      } else all.push({ from: length, until: length + needed });
    } else if (last === undefined || !('outcome' in last) || !isDeepStrictEqual(last.outcome, outcome)) {
      all.push({ from: length, outcome });
    }
  }
  return all;
}

/** What {@link answers} has to give for a refusal, whatever follows it. */
export function refusedAnswers(row: ProxyRefusal): Answer[] {
  const { code, offset, decidedAt = row.bytes.length } = row;
  const refused: Answer = { from: decidedAt, outcome: { status: 'malformed', code, offset } };
  return decidedAt === 0 ? [refused] : [{ from: 0, until: decidedAt }, refused];
}

/** The outcome that a row stands for. */
export function acceptedOutcome(row: ProxyAcceptance): Complete<ProxyHeader> {
  const { version, command, transport, source, destination, tlvs = [], size = row.bytes.length } = row;
  const raw = tlvs.map(([type, hex]) => ({ type, value: fromHex(hex) }));
  return { status: 'complete', value: { version, command, transport, source, destination, tlvs: raw }, size };
}

/** What {@link answers} has to give for an acceptance, whatever follows it. */
export function acceptedAnswers(row: ProxyAcceptance): Answer[] {
  const outcome = acceptedOutcome(row);
  return [{ from: 0, until: outcome.size }, { from: outcome.size, outcome }];
}

/** The tests of all rows of a version, with `payload` behind each. */
export function describeRows(
  version: 1 | 2,
  decode: (input: Uint8Array, options?: ProxyDecodeOptions) => Decoded<unknown, string>,
  payload: Uint8Array,
): void {
  const answersOf = (row: ProxyRow): Answer[] =>
    answers((input) => decode(input, proxyOptions(row)), concat([row.bytes, payload]));

  describe('refusals: incomplete up to where it is decided, malformed from there on', () => {
    test.each(titled(proxyRefusals.filter((row) => row.version === version)))('%s', (_, row) => {
      same(answersOf(row), refusedAnswers(row));
    });
  });

  describe('acceptances: incomplete up to the size, complete from there on', () => {
    test.each(titled(proxyAcceptances.filter((row) => row.version === version)))('%s', (_, row) => {
      same(answersOf(row), acceptedAnswers(row));
    });
  });
}
