/** What the decoder and the parser say of the rows of `vectors/http.ts`, at every length and with more behind. */
import { isDeepStrictEqual } from 'node:util';
import { expect } from 'vitest';
import { createRequestHeadParser, decodeRequestHead } from '../../src/http/index.ts';
import type { Decoded, RequestHead, RequestHeadCode, RequestHeadOptions } from '../../src/http/index.ts';
import { isThorough } from '../runs.ts';
import { same } from '../same.ts';
import { bytes, concat } from '../vectors/build.ts';
import type { HttpRow } from '../vectors/http.ts';

export type Outcome = Decoded<RequestHead, RequestHeadCode>;

/** Rows behind their titles. `test.each` would cut the clause short. */
export function titled<R extends HttpRow>(rows: readonly R[]): (readonly [title: string, row: R])[] {
  return rows.map((row) => [`${row.clause}: ${row.title}`, row]);
}

/** What may follow a head, made to look like more of one, or like nothing of the kind. */
const tails: readonly Uint8Array[] = [
  bytes('\r\nGET /other HTTP/1.1\r\nHost: other.example\r\n\r\n'),
  bytes('Host: other.example\r\nTransfer-Encoding: gzip\r\n\r\n'),
  bytes('\n\n'),
  bytes('{"a":1}'),
  new Uint8Array(40),
  new Uint8Array(300).fill(0xff),
];

const waiting: Outcome = { status: 'incomplete', needed: 1 };

/** `expect(actual).toStrictEqual(expected)`, and where it is that they differ. */
function sameAt(length: number, actual: Outcome, expected: Outcome): void {
  if (!isDeepStrictEqual(actual, expected)) expect({ length, ...actual }).toStrictEqual({ length, ...expected });
}

/** Lengths to look at: those around the decision, and all before it; of a long input every 251st of these. */
function lengthsOf(length: number, decidedAt: number): number[] {
  const matters = (at: number): boolean => Math.abs(at - decidedAt) < 4 || at === length;
  const isLong = length > 1000;
  const all = Array.from({ length: length + 1 }, (_, at) => at);
  return all.filter((at) => matters(at) || (at < decidedAt && (!isLong || at % 251 === 0)));
}

/**
 * Checks that the decoder waits for one byte more until there are `decidedAt`, and gives the outcome from then on:
 * in one call, and in the parser at once, byte by byte, and at its end.
 */
export function checkVerdict(
  head: Uint8Array,
  options: RequestHeadOptions | undefined,
  decidedAt: number,
  outcome: Outcome,
): void {
  for (const tail of tails) {
    const input = concat([head, tail]);
    sameAt(input.length, decodeRequestHead(input, options), outcome);
    sameAt(input.length, createRequestHeadParser(options).push(input), outcome);
  }

  const input = concat([head, tails[0]!]);
  const parser = createRequestHeadParser(options);
  let pushed = 0;
  for (const length of lengthsOf(input.length, decidedAt)) {
    const beginning = input.subarray(0, length);
    const expected = length < decidedAt ? waiting : outcome;
    sameAt(length, parser.push(input.subarray(pushed, length)), expected);
    pushed = length;
    // The rest reads all from the start each time: of a long input, or where there is no time, that is done now and then.
    const matters = Math.abs(length - decidedAt) < 3;
    if (!matters && input.length > 1000 && length % (16 * 251) !== 0) continue;
    if (!matters && !isThorough && length % 5 !== 0) continue;
    sameAt(length, decodeRequestHead(beginning, options), expected);
    if (!matters && length % 7 !== 0) continue;
    const ended = createRequestHeadParser(options);
    sameAt(length, ended.push(beginning), expected);
    const end: Outcome =
      length < decidedAt ? { status: 'malformed', code: 'http.head.truncated', offset: length } : outcome;
    sameAt(length, ended.end(), end);
    sameAt(length, ended.push(tails[0]!), end);
  }
  same(parser.bytes, input.slice(0, decidedAt));
}
