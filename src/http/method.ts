import { SPACE } from '../ascii.ts';
import { byteAt, matching } from '../cursor.ts';

/**
 * The methods by which an HTTP/1 request is told from anything else: the IANA registry (without `PRI`, which only
 * begins HTTP/2, and `*`), those of UPnP, and two that caches and streaming servers use.
 *
 * Source: https://www.iana.org/assignments/http-methods
 */
export const methods: readonly string[] = /* @__PURE__ */ Object.freeze([
  'GET',
  'POST',
  'HEAD',
  'PUT',
  'DELETE',
  'OPTIONS',
  'CONNECT',
  'PATCH',
  'TRACE',
  'ACL',
  'BASELINE-CONTROL',
  'BIND',
  'CHECKIN',
  'CHECKOUT',
  'COPY',
  'LABEL',
  'LINK',
  'LOCK',
  'MERGE',
  'MKACTIVITY',
  'MKCALENDAR',
  'MKCOL',
  'MKREDIRECTREF',
  'MKWORKSPACE',
  'MOVE',
  'ORDERPATCH',
  'PROPFIND',
  'PROPPATCH',
  'QUERY',
  'REBIND',
  'REPORT',
  'SEARCH',
  'UNBIND',
  'UNCHECKOUT',
  'UNLINK',
  'UNLOCK',
  'UPDATE',
  'UPDATEREDIRECTREF',
  'VERSION-CONTROL',
  'M-SEARCH',
  'NOTIFY',
  'SUBSCRIBE',
  'UNSUBSCRIBE',
  'PURGE',
  'SOURCE',
]);

/**
 * The method at `start`, once it and the space behind it are there; or else where the bytes cease to be the beginning of
 * one, which is `end` where they do not.
 */
export function readMethod(bytes: Uint8Array, start: number, end: number): string | number {
  let ceases = start;
  for (const method of methods) {
    const there = start + matching(bytes, start, end, method);
    if (there === start + method.length && byteAt(bytes, there) === SPACE && there < end) return method;
    ceases = Math.max(ceases, there);
  }
  return ceases;
}
