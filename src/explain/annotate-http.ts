/**
 * The rows of an HTTP/1 request head.
 *
 * @module
 */
import { latin1 } from '../cursor.ts';
import { Fields, quoted } from './dump.ts';
import type { Dump, Verdict } from './dump.ts';

/**
 * Shows the head line by line, the request line by its parts.
 *
 * @param end where the head ends; Infinity where it is not whole
 */
export function showRequestHead(dump: Dump, verdict: Verdict | undefined, end: number): void {
  const { offset, bytes } = dump;
  const limit = Math.min(end, bytes.length);
  const fields = new Fields(dump, [{ start: offset, end: limit }], verdict);
  let isBeforeRequest = true;
  // Each with its line end; the last may have none.
  for (const [line] of latin1(bytes, offset, limit).matchAll(/[^\n]*\n|[^\n]+$/g)) {
    if (/^\r?\n$/.test(line)) {
      fields.bytes(isBeforeRequest ? 'empty line' : 'end of the head', line.length);
    } else if (isBeforeRequest) {
      isBeforeRequest = false;
      showRequestLine(fields, line);
    } else {
      show(fields, 'field', line, LINE_END);
    }
  }
  if (end < Infinity) dump.row(bytes.length, 'what follows');
}

/** The method and the target with the space behind each. */
function showRequestLine(fields: Fields, line: string): void {
  const [, method, target, rest] = /^([^ ]* ?)([^ ]* ?)(.*)$/s.exec(line)!;
  show(fields, 'method', method!, SPACE);
  fields.dump.indented(() => {
    show(fields, 'target', target!, SPACE);
    show(fields, 'version', rest!, LINE_END);
  });
}

const SPACE = / ?(?:\r?\n)?$/;
const LINE_END = /(?:\r?\n)?$/;

/** @param separator what stands behind the text and is no part of it */
function show(fields: Fields, name: string, text: string, separator: RegExp): void {
  if (text !== '') fields.text(name, text.length, (shown) => quoted(shown.replace(separator, '')));
}
