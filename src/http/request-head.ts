/**
 * The head of an HTTP/1 request (RFC 9112 2.1), read as strictly as a router must: one that reads a head otherwise
 * than its backend can be made to send a request where it does not belong.
 *
 * ```
 *   GET /index.html HTTP/1.1\r\n       request line: method SP target SP version
 *   Host: www.example.com\r\n          field line: name ":" OWS value OWS
 *   \r\n
 * ```
 *
 * @module
 */
import { COLON, CR, LF, SLASH, SPACE, TAB } from '../ascii.ts';
import { asBytes, atMost, byteAt, decodeWith, endOfRun, latin1, matching, refuse, stopBefore } from '../cursor.ts';
import type { ByteClass } from '../cursor.ts';
import { complete, limitOf, malformed, maxBytesOf } from '../decoded.ts';
import type { Complete, Decoded, DecodeOptions, Malformed } from '../decoded.ts';
import { StreamingParser } from '../parser.ts';
import type { Parser, Reader } from '../parser.ts';
import { isElsewhere, portOf, readAuthority } from './authority.ts';
import type { Authority } from './authority.ts';
import { readMethod } from './method.ts';

const codes = [
  'http.not_http',
  'http.head.limit',
  'http.head.truncated',
  'http.line.limit',
  'http.line.bare_lf',
  'http.line.bare_cr',
  'http.line.control',
  'http.request_line.syntax',
  'http.version.unsupported',
  'http.target.syntax',
  'http.target.asterisk',
  'http.target.authority',
  'http.field.leading_space',
  'http.field.obs_fold',
  'http.field.colon',
  'http.field.space_before_colon',
  'http.field.name',
  'http.host.missing',
  'http.host.duplicate',
  'http.host.invalid',
  'http.content_length.invalid',
  'http.content_length.different',
  'http.transfer_encoding.version',
  'http.transfer_encoding.content_length',
  'http.transfer_encoding.chunked',
  'http.connect.content',
] as const;
/** What a request head is refused for. */
export const requestHeadCodes: typeof codes = /* @__PURE__ */ Object.freeze(codes);
export type RequestHeadCode = (typeof requestHeadCodes)[number];

/** Bounds for a request head, and what to let pass. */
export interface RequestHeadOptions extends DecodeOptions {
  /**
   * How many bytes a line may have, its line end included (default 16384). A longer one is malformed as soon as so
   * many bytes of it are there.
   */
  readonly maxLineBytes?: number | undefined;
  /**
   * Whether LF alone ends a line too, as RFC 9112 2.2 lets a recipient do (default false). Only for a router whose
   * backends all do the same.
   */
  readonly allowBareLf?: boolean | undefined;
}

/** A field line, as it was sent but for the white space around the value. */
export interface Field {
  /** In the case in which it was sent: compare without it. */
  readonly name: string;
  /** One character per byte. */
  readonly value: string;
}

/** The head of a request. */
export interface RequestHead {
  /** One of {@link methods}. */
  readonly method: string;
  /** The target as it was sent: a path, a URI, `host:port` of a CONNECT, or `*`. */
  readonly target: string;
  /** A later minor version, which nobody speaks, is refused. */
  readonly version: '1.0' | '1.1';
  /** All fields in order, repeated ones repeatedly. */
  readonly headers: readonly Field[];
  /** Where the request is for: from the target where that names it, else from Host; undefined where neither does. */
  readonly authority: Authority | undefined;
  /** Whether the target names the authority and Host another one (RFC 9112 3.2.2: the target wins). */
  readonly hostDiffers: boolean;
  /** The protocols that the client would rather speak on this connection, as it names them (RFC 9110 7.8). */
  readonly upgrade: readonly string[];
  /** Whether this is the opening handshake of a WebSocket (RFC 6455 4.2.1). */
  readonly webSocket: boolean;
}

/**
 * Decodes the head of the HTTP/1.0 or HTTP/1.1 request at the start of a connection (RFC 9112).
 *
 * `size` is the head with the empty line that ends it: the body begins there. Bytes that are no request are malformed
 * at the first one that rules it out (`http.not_http`); every line once it is whole; a line longer than `maxLineBytes`
 * (`http.line.limit`) and a head longer than `maxBytes` (`http.head.limit`) once so many bytes are there. What RFC
 * 9112 lets a recipient repair (a folded line, white space before a colon, a second Host) is refused: two recipients
 * repair it in two ways.
 *
 * @example
 * const head = decodeRequestHead(new TextEncoder().encode('GET /a HTTP/1.1\r\nHost: WWW.Example.com:8080\r\n\r\n'));
 * if (head.status === 'complete') console.log(head.value.authority); // { host: 'www.example.com', port: 8080 }
 */
export function decodeRequestHead(
  bytes: Uint8Array,
  options?: RequestHeadOptions,
): Decoded<RequestHead, RequestHeadCode> {
  return new HeadReader(options).read(asBytes(bytes));
}

/**
 * Makes a streaming parser for the head of a request. Time and memory are linear in the head however it is cut, and
 * bounded by `maxBytes`. `end()` before it is whole: `http.head.truncated`.
 *
 * @example
 * const parser = createRequestHeadParser();
 * const head = new TextEncoder().encode('GET / HTTP/1.1\r\nHost: www.example.com\r\n\r\n');
 * console.log(parser.push(head.subarray(0, 20))); // { status: 'incomplete', needed: 1 }
 * console.log(parser.push(head.subarray(20)).status); // complete
 */
export function createRequestHeadParser(options?: RequestHeadOptions): Parser<RequestHead, RequestHeadCode> {
  return new StreamingParser(new HeadReader(options), maxBytesOf(options));
}

/** Where reading is. No `Cursor`: numbers are not read here, and that would be a tenth of the bundle. */
interface HeadCursor {
  readonly bytes: Uint8Array;
  offset: number;
  readonly limit: number;
}

function fail(code: RequestHeadCode, offset: number): never {
  refuse(code, offset);
}

interface RequestLine {
  readonly method: string;
  /** Where the target stands. */
  readonly targetStart: number;
  readonly targetEnd: number;
  readonly version: '1.0' | '1.1';
  /** Of the target, where that has one. */
  readonly authority: Authority | undefined;
  /** Which port stands for none. */
  readonly defaultPort: number | undefined;
}

/** RFC 9112 2.2 asks for one; some clients send two. */
const MAX_EMPTY_LINES = 2;

/** What a request line may hold, and in a field line the tab too. */
const lineCharacters: ByteClass = { ranges: ' ~\x80\xff' };
const fieldCharacters: ByteClass = { ranges: '\t\t ~\x80\xff' };
/** Visible ASCII: browsers leave more as it is than a URI may hold, but no space, and never a fragment. */
const targetCharacters: ByteClass = { ranges: '!"$~' };
/** RFC 9110 5.6.2. */
const tokenCharacters: ByteClass = { ranges: "!!#'*+-.09AZ^z||~~" };
const whiteSpace: ByteClass = { ranges: '\t\t  ' };

/** Reads line by line, and remembers how far, so that a head that comes byte by byte is still read once. */
export class HeadReader implements Reader<RequestHead, RequestHeadCode> {
  readonly #maxBytes: number;
  readonly #maxLineBytes: number;
  readonly #allowBareLf: boolean;
  /** Where the line begins that is not there yet. */
  #offset = 0;
  /** Before this, that line is a token: the name of a field. */
  #nameEnd = 0;
  /** Before this, it holds only what a line may hold. */
  #scanned = 0;
  /** Before this, it does not end. */
  #searched = 0;
  #emptyLines = 0;
  #request: RequestLine | undefined;
  readonly #fields = new Fields();

  constructor(options: RequestHeadOptions | undefined) {
    this.#maxBytes = maxBytesOf(options);
    this.#maxLineBytes = limitOf(options?.maxLineBytes, 16384);
    this.#allowBareLf = options?.allowBareLf ?? false;
  }

  /** @param bytes all bytes so far, at least those of the call before */
  read(bytes: Uint8Array): Decoded<RequestHead, RequestHeadCode> {
    // No search goes past the limit either.
    const within = atMost(bytes, this.#maxBytes);
    const cursor: HeadCursor = { bytes: within, offset: this.#offset, limit: within.length };
    const outcome = decodeWith<RequestHead, RequestHeadCode>(() => this.#readLines(cursor));
    // Whoever waits holds the bytes, and not what is made of them too.
    if (outcome.status === 'incomplete') this.#fields.forget();
    return outcome;
  }

  readAtEnd({ length }: Uint8Array): Malformed<RequestHeadCode> {
    return malformed('http.head.truncated', length);
  }

  #readLines(cursor: HeadCursor): Decoded<RequestHead, RequestHeadCode> {
    for (;;) {
      const start = cursor.offset;
      const method = this.#request === undefined ? this.#readMethod(cursor) : '';
      const end = this.#endOfLine(cursor);
      if (end === -1) return stopBefore(cursor.bytes, cursor.limit + 1, this.#maxBytes, 'http.head.limit', start)!;
      if (this.#request !== undefined) {
        if (end === start) return this.#complete(cursor, this.#request, start);
        this.#fields.add(cursor, start, this.#nameEnd, end, this.#request);
      } else if (end > start) {
        this.#request = readRequestLine(cursor, method, start, end);
        this.#fields.start = cursor.offset;
      } else this.#emptyLines++;
    }
  }

  /** The method that the line begins with, or '' where that is not there yet, or an empty line. */
  #readMethod(cursor: HeadCursor): string {
    const { bytes, offset } = cursor;
    // So early that whoever speaks another protocol is not made to wait for the end of a line.
    const end = Math.min(cursor.limit, offset + this.#maxLineBytes);
    if (this.#emptyLines < MAX_EMPTY_LINES) {
      const there = matching(bytes, offset, end, '\r\n');
      const isBare = this.#allowBareLf && byteAt(bytes, offset) === LF;
      if (there === 2 || offset + there === end || isBare) return '';
      if (there === 1) fail('http.not_http', offset + 1);
    }
    const method = readMethod(bytes, offset, end);
    if (typeof method === 'string') return method;
    if (method < end) fail('http.not_http', method);
    return '';
  }

  /** Where the next line ends, once it is whole and holds only what a line may hold; -1 before. */
  #endOfLine(cursor: HeadCursor): number {
    const { bytes, offset, limit } = cursor;
    const characters = this.#request === undefined ? lineCharacters : fieldCharacters;
    // What is scanned as a name need not be scanned as a line, nor what came before again.
    if (this.#scanned === offset) this.#nameEnd = offset;
    if (this.#nameEnd === this.#scanned) this.#nameEnd = this.#scanned = endOfRun(bytes, this.#scanned, limit, tokenCharacters);
    const clean = (this.#scanned = endOfRun(bytes, this.#scanned, limit, characters));
    // Nearly every line ends as it should.
    const isCrLf = byteAt(bytes, clean) === CR && byteAt(bytes, clean + 1) === LF;
    const lf = isCrLf ? clean + 1 : bytes.indexOf(LF, Math.max(clean, this.#searched));
    if ((lf === -1 ? limit : lf) - offset >= this.#maxLineBytes) fail('http.line.limit', offset);
    if (lf === -1) {
      this.#searched = limit;
      return -1;
    }
    const hasCr = lf > offset && byteAt(bytes, lf - 1) === CR;
    const end = hasCr ? lf - 1 : lf;
    if (clean < end) {
      fail(byteAt(bytes, clean) === CR ? 'http.line.bare_cr' : 'http.line.control', clean);
    }
    if (!hasCr && !this.#allowBareLf) fail('http.line.bare_lf', lf);
    cursor.offset = this.#offset = this.#scanned = this.#searched = lf + 1;
    return end;
  }

  #complete(cursor: HeadCursor, request: RequestLine, offset: number): Complete<RequestHead> {
    const fields = this.#fields;
    const { method, targetStart, targetEnd, version } = request;
    fields.recall(cursor.bytes, offset);
    if (!fields.hasHost && version === '1.1') fail('http.host.missing', offset);
    fields.checkTransferEncoding();
    const protocols = version === '1.1' ? fields.elements('upgrade') : [];
    const upgrade = protocols.length > 0 && fields.lists('connection', 'upgrade') ? protocols : [];
    const value: RequestHead = {
      method,
      target: latin1(cursor.bytes, targetStart, targetEnd),
      version,
      headers: fields.all,
      authority: request.authority ?? fields.host,
      hostDiffers: hostDiffers(request, fields),
      upgrade,
      webSocket: method === 'GET' && isWebSocket(upgrade, fields),
    };
    return complete(value, cursor.offset);
  }
}

/** RFC 9112 3. */
function readRequestLine(cursor: HeadCursor, method: string, start: number, end: number): RequestLine {
  const { bytes } = cursor;
  const targetStart = start + method.length + 1;
  const targetEnd = endOfRun(bytes, targetStart, end, targetCharacters);
  const hasVersion = byteAt(bytes, targetEnd) === SPACE;
  if (targetEnd < end && !hasVersion) fail('http.target.syntax', targetStart);
  if (targetEnd === targetStart) fail('http.request_line.syntax', targetStart);
  const { authority, defaultPort } = readTarget(bytes, method, targetStart, targetEnd);
  if (!hasVersion) fail('http.request_line.syntax', end);
  const minor = matching(bytes, targetEnd + 1, end, 'HTTP/1.') === 7 && targetEnd + 9 === end ? byteAt(bytes, end - 1) : 0;
  if (minor !== 0x30 && minor !== 0x31) fail('http.version.unsupported', targetEnd + 1);
  return { method, targetStart, targetEnd, version: minor === 0x30 ? '1.0' : '1.1', authority, defaultPort };
}

const absoluteForm = /^([a-z][a-z0-9+.-]*):\/\/([^/?]*)/i;
const none = { authority: undefined, defaultPort: undefined };

/** The authority that a target names, in one of the four forms of RFC 9112 3.2. */
function readTarget(
  bytes: Uint8Array,
  method: string,
  offset: number,
  end: number,
): Pick<RequestLine, 'authority' | 'defaultPort'> {
  const isConnect = method === 'CONNECT';
  if (!isConnect && byteAt(bytes, offset) === SLASH) return none;
  const target = latin1(bytes, offset, end);
  if (isConnect) {
    const authority = readAuthority(target);
    if (authority?.port === undefined || authority.port === 0) fail('http.target.authority', offset);
    return { authority, defaultPort: authority.port };
  }
  if (target === '*') {
    if (method !== 'OPTIONS') fail('http.target.asterisk', offset);
    return none;
  }
  const [, scheme, place] = absoluteForm.exec(target) ?? fail('http.target.syntax', offset);
  const authority = readAuthority(place!) ?? fail('http.target.authority', offset + scheme!.length + 3);
  return { authority, defaultPort: portOf(scheme!) };
}

/** With parameters, none of which may hide a comma in its quotes (RFC 9112 7). */
const transferCoding = /^[!#$%&'*+.^`|~\w-]+(?:[ \t]*;[ \t]*[!#$%&'*+.^`|~\w-]+=(?:[!#$%&'*+.^`|~\w-]+|"[^"\\]*"))*$/;

/** The fields so far, and what those say that are read here. */
class Fields {
  all: readonly Field[] = [];
  /** Where the first of them begins. */
  start = 0;
  /** Of the Host field; undefined also where that is empty. */
  host: Authority | undefined;
  hasHost = false;
  #contentLength: number | undefined;
  /** Where the last Transfer-Encoding field begins. */
  #transferEncoding: number | undefined;

  /** Until {@link recall}, {@link all} are none, nor is {@link host} there. */
  forget(): void {
    if (this.start === 0) return;
    this.all = forgotten;
    this.host = undefined;
  }

  /** Makes what was forgotten of the lines, which were all checked, up to the empty one at `end`. */
  recall(bytes: Uint8Array, end: number): void {
    if (this.all !== forgotten) return;
    const all: Field[] = [];
    for (let at = this.start; at < end; ) {
      const lf = bytes.indexOf(LF, at);
      const field = fieldIn(bytes, at, bytes.indexOf(COLON, at), byteAt(bytes, lf - 1) === CR ? lf - 1 : lf);
      if (known(field.name) === 'host') this.host = readAuthority(field.value);
      all.push(field);
      at = lf + 1;
    }
    this.all = all;
  }

  /** RFC 9112 5. */
  add(cursor: HeadCursor, start: number, nameEnd: number, end: number, { method, version }: RequestLine): void {
    const { bytes } = cursor;
    if (nameEnd === start || byteAt(bytes, nameEnd) !== COLON) this.#refuse(cursor, start, nameEnd, end);
    const field = fieldIn(bytes, start, nameEnd, end);
    if (this.all !== forgotten) (this.all as Field[]).push(field);
    const { name, value } = field;
    switch (known(name)) {
      case 'host':
        return this.#addHost(cursor, value, start, nameEnd);
      case 'content-length':
        this.#addContentLength(cursor, value, start, nameEnd);
        if (this.#contentLength !== 0) refuseContent(method, start);
        return;
      case 'transfer-encoding':
        // RFC 9112 6.1: whoever sends HTTP/1.0 does not know it, and passed on what it did not read.
        if (version === '1.0') fail('http.transfer_encoding.version', start);
        this.#transferEncoding = start;
        this.#refuseTwoLengths(start);
        refuseContent(method, start);
    }
  }

  /** Says what is wrong with a line that does not begin with a name and its colon. */
  #refuse(cursor: HeadCursor, start: number, nameEnd: number, end: number): never {
    const { bytes } = cursor;
    if (isWhiteSpace(byteAt(bytes, start))) {
      fail(start === this.start ? 'http.field.leading_space' : 'http.field.obs_fold', start);
    }
    const colon = bytes.indexOf(COLON, nameEnd);
    if (colon === -1 || colon >= end) fail('http.field.colon', start);
    const isSpaced = nameEnd > start && endOfRun(bytes, nameEnd, end, whiteSpace) === colon;
    fail(isSpaced ? 'http.field.space_before_colon' : 'http.field.name', isSpaced ? nameEnd : start);
  }

  /** RFC 9112 3.2. */
  #addHost(cursor: HeadCursor, value: string, offset: number, nameEnd: number): void {
    if (this.hasHost) fail('http.host.duplicate', offset);
    this.hasHost = true;
    if (value !== '') this.host = readAuthority(value) ?? fail('http.host.invalid', valueStart(cursor.bytes, nameEnd, cursor.limit));
  }

  /** RFC 9112 6.3. */
  #addContentLength(cursor: HeadCursor, value: string, offset: number, nameEnd: number): void {
    const length = /^[0-9]+$/.test(value) ? Number(value) : NaN;
    const before = this.#contentLength;
    this.#contentLength = length;
    this.#refuseTwoLengths(offset);
    if (!Number.isSafeInteger(length)) fail('http.content_length.invalid', valueStart(cursor.bytes, nameEnd, cursor.limit));
    if (before !== undefined && before !== length) fail('http.content_length.different', offset);
  }

  #refuseTwoLengths(offset: number): void {
    if (this.#contentLength === undefined || this.#transferEncoding === undefined) return;
    fail('http.transfer_encoding.content_length', offset);
  }

  /** A body ends where `chunked` says so, which must be the last coding and stand once (RFC 9112 6.3, 7.1). */
  checkTransferEncoding(): void {
    if (this.#transferEncoding === undefined) return;
    const codings = this.elements('transfer-encoding').map((coding) => coding.toLowerCase());
    const chunked = codings.indexOf('chunked');
    const isLast = chunked !== -1 && chunked === codings.length - 1;
    if (!isLast || !codings.every((coding) => transferCoding.test(coding))) {
      fail('http.transfer_encoding.chunked', this.#transferEncoding);
    }
  }

  /** The values of all fields of this name, which is in lower case. */
  values(name: string): string[] {
    const values: string[] = [];
    for (const field of this.all) {
      if (field.name.length === name.length && field.name.toLowerCase() === name) values.push(field.value);
    }
    return values;
  }

  /** The elements of a list, over all fields of its name; empty ones are none (RFC 9110 5.6.1). */
  elements(name: string): string[] {
    const elements: string[] = [];
    for (const value of this.values(name)) {
      for (const element of value.split(',').map(trim)) if (element !== '') elements.push(element);
    }
    return elements;
  }

  /** Whether a list has an element, in any case. */
  lists(name: string, element: string): boolean {
    return this.elements(name).some((each) => each.toLowerCase() === element);
  }
}

/** What stands for the fields of a head that is waited for. */
const forgotten: readonly Field[] = /* @__PURE__ */ Object.freeze([]);

/** Where the value begins behind a name and its colon, in a line up to `end`. */
function valueStart(bytes: Uint8Array, nameEnd: number, end: number): number {
  return endOfRun(bytes, nameEnd + 1, end, whiteSpace);
}

/** The field in a line whose name ends at `nameEnd`. */
function fieldIn(bytes: Uint8Array, start: number, nameEnd: number, end: number): Field {
  const from = valueStart(bytes, nameEnd, end);
  let to = end;
  while (to > from && isWhiteSpace(byteAt(bytes, to - 1))) to--;
  return { name: latin1(bytes, start, nameEnd), value: latin1(bytes, from, to) };
}

/** The name in lower case if it may be one that is read here: to make all names so takes a tenth of a decision (measured). */
function known(name: string): string {
  const { length } = name;
  return length === 4 || length === 14 || length === 17 ? name.toLowerCase() : '';
}

/** What follows a CONNECT is for the other end of the tunnel (RFC 9110 9.3.6), whatever a body's length says. */
function refuseContent(method: string, offset: number): void {
  if (method === 'CONNECT') fail('http.connect.content', offset);
}

function isWhiteSpace(byte: number): boolean {
  return byte === SPACE || byte === TAB;
}

/** Not by a pattern: one for white space at the end is tried from each of it anew. */
function trim(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isWhiteSpace(text.charCodeAt(start))) start++;
  while (end > start && isWhiteSpace(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function hostDiffers({ authority, defaultPort }: RequestLine, fields: Fields): boolean {
  if (authority === undefined || !fields.hasHost) return false;
  return fields.host === undefined || isElsewhere(authority, fields.host, defaultPort);
}

/** RFC 6455 4.2.1, for a GET of HTTP/1.1. */
function isWebSocket(upgrade: readonly string[], fields: Fields): boolean {
  if (!upgrade.some((protocol) => protocol.toLowerCase() === 'websocket')) return false;
  const keys = fields.values('sec-websocket-key');
  const versions = fields.values('sec-websocket-version');
  return (
    versions.length === 1 &&
    versions[0] === '13' &&
    keys.length === 1 &&
    /^[A-Za-z0-9+/]{22}==$/.test(keys[0]!)
  );
}
