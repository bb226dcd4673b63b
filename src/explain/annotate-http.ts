/**
 * The rows of an HTTP/1 request head.
 *
 * @module
 */
import { latin1 } from '../cursor.ts';
import { Fields, quoted, Stopped } from './dump.ts';
import type { Dump, Verdict } from './dump.ts';

/**
 * Shows the head line by line, the request line by its parts.
 *
 * @param end where the head ends; Infinity where it is not whole
 */
export function showRequestHead(dump: Dump, verdict: Verdict | undefined, end: number = Infinity): void {
  const { offset, bytes } = dump;
  const limit = Math.min(end, bytes.length);
  const fields = new Fields(dump, [{ start: offset, end: limit }], verdict);
  const text = latin1(bytes, offset, limit);
  let isBeforeRequest = true;
  // Each with its line end; the last may have none.
  for (const [line] of text.matchAll(/[^\n]*\n|[^\n]+$/g)) {
    const isEmpty = /^\r?\n$/.test(line);
    if (isEmpty) {
      fields.bytes(isBeforeRequest ? 'empty line' : 'end of the head', line.length);
    } else if (isBeforeRequest) {
      isBeforeRequest = false;
      showRequestLine(fields, line);
    } else {
      dump.indented(() => showLine(fields, 'field', line));
    }
  }
  if (end === Infinity) throw new Stopped(undefined);
  dump.row(bytes.length, 'what follows');
}

/** The method and the target with the space behind each. */
function showRequestLine(fields: Fields, line: string): void {
  const [, method, target, rest] = /^([^ ]* ?)([^ ]* ?)(.*)$/s.exec(line)!;
  showLine(fields, 'method', method!);
  fields.dump.indented(() => {
    showLine(fields, 'target', target!);
    showLine(fields, 'version', rest!);
  });
}

function showLine(fields: Fields, name: string, text: string): void {
  if (text !== '') fields.text(name, text.length, (shown) => quoted(shown.replace(/ $|\r?\n$/, '')));
}
