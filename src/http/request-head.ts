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
import { asBytes, atMost, Cursor, decodeWith, latin1 } from '../cursor.ts';
import { complete, limitOf, malformed, maxBytesOf } from '../decoded.ts';
import type { Complete, Decoded, DecodeOptions, Malformed } from '../decoded.ts';
import { StreamingParser } from '../parser.ts';
import type { Parser, Reader } from '../parser.ts';
import { isElsewhere, portOf, readAuthority } from './authority.ts';
import type { Authority } from './authority.ts';
import { methods } from './method.ts';

/** What a request head is refused for. */
export const requestHeadCodes = [
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

type HeadCursor = Cursor<RequestHeadCode>;

/** A line without its end. */
interface Line {
  readonly text: string;
  readonly offset: number;
}

interface RequestLine {
  readonly method: string;
  readonly target: string;
  readonly version: '1.0' | '1.1';
  /** Of the target, where that has one. */
  readonly authority: Authority | undefined;
  /** Which port stands for none. */
  readonly defaultPort: number | undefined;
}

/** RFC 9112 2.2 asks for one; some clients send two. */
const MAX_EMPTY_LINES = 2;
const LF = 0x0a;

/** Reads line by line, and remembers how far, so that a head that comes byte by byte is still read once. */
export class HeadReader implements Reader<RequestHead, RequestHeadCode> {
  readonly #maxBytes: number;
  readonly #maxLineBytes: number;
  readonly #allowBareLf: boolean;
  /** Where the line begins that is not there yet. */
  #offset = 0;
  /** Before this, that line does not end. */
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
    const cursor: HeadCursor = Cursor.open(within, this.#offset, this.#maxBytes, 'http.head.limit');
    return decodeWith<RequestHead, RequestHeadCode>(() => {
      this.#request ??= this.#readRequestLine(cursor);
      for (;;) {
        const line = this.#line(cursor);
        if (line.text === '') return this.#complete(cursor, this.#request, line.offset);
        this.#fields.add(cursor, line, this.#request);
      }
    });
  }

  readAtEnd({ length }: Uint8Array): Malformed<RequestHeadCode> {
    return malformed('http.head.truncated', length);
  }

  #readRequestLine(cursor: HeadCursor): RequestLine {
    for (;;) {
      this.#refuseWhatIsNotHttp(cursor);
      const line = this.#line(cursor);
      if (line.text !== '') return readRequestLine(cursor, line);
      this.#emptyLines++;
    }
  }

  /** So early that whoever speaks another protocol is not made to wait for the end of a line. */
  #refuseWhatIsNotHttp(cursor: HeadCursor): void {
    const end = Math.min(cursor.limit, cursor.offset + Math.min(this.#maxLineBytes, LONGEST_METHOD + 1));
    const text = latin1(cursor.bytes, cursor.offset, end);
    if (this.#emptyLines < MAX_EMPTY_LINES) {
      if ('\r\n'.startsWith(text.slice(0, 2))) return;
      if (this.#allowBareLf && text.startsWith('\n')) return;
      if (text.startsWith('\r')) cursor.fail('http.not_http', cursor.offset + 1);
    }
    const wrong = notAMethod(text);
    if (wrong !== undefined) cursor.fail('http.not_http', cursor.offset + wrong);
  }

  /** The next line, once it is whole and holds nothing but characters that a line may hold. */
  #line(cursor: HeadCursor): Line {
    const { bytes, offset, limit } = cursor;
    const lf = bytes.indexOf(LF, this.#searched);
    const end = lf === -1 ? limit : lf;
    if (end - offset >= this.#maxLineBytes) cursor.fail('http.line.limit', offset);
    if (end === limit) {
      this.#searched = limit;
      cursor.skip(limit - offset + 1);
    }
    const text = latin1(bytes, offset, end);
    const hasCr = text.endsWith('\r');
    const line = { text: hasCr ? text.slice(0, -1) : text, offset };
    const control = line.text.search(this.#request === undefined ? controls : controlsButTab);
    if (control !== -1) {
      cursor.fail(line.text[control] === '\r' ? 'http.line.bare_cr' : 'http.line.control', offset + control);
    }
    if (!hasCr && !this.#allowBareLf) cursor.fail('http.line.bare_lf', end);
    cursor.offset = this.#offset = this.#searched = end + 1;
    return line;
  }

  #complete(cursor: HeadCursor, request: RequestLine, offset: number): Complete<RequestHead> {
    const fields = this.#fields;
    const { method, target, version } = request;
    if (!fields.hasHost && version === '1.1') cursor.fail('http.host.missing', offset);
    fields.checkTransferEncoding(cursor);
    const upgrade = version === '1.1' && fields.lists('connection', 'upgrade') ? fields.elements('upgrade') : [];
    const value: RequestHead = {
      method,
      target,
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

const controls = /[\0-\x1f\x7f]/;
const controlsButTab = /[\0-\x08\x0a-\x1f\x7f]/;

const LONGEST_METHOD = 'UPDATEREDIRECTREF'.length;

/** Where `text` ceases to be the beginning of a method and the space behind it; undefined where it does not. */
function notAMethod(text: string): number | undefined {
  let longest = 0;
  for (const method of methods) {
    let at = 0;
    while (at < text.length && at < method.length && text[at] === method[at]) at++;
    if (at === text.length || (at === method.length && text[at] === ' ')) return undefined;
    longest = Math.max(longest, at);
  }
  return longest;
}

/** RFC 9112 3. The method is known to be one. */
function readRequestLine(cursor: HeadCursor, { text, offset }: Line): RequestLine {
  const targetStart = text.indexOf(' ') + 1;
  const space = text.indexOf(' ', targetStart);
  const targetEnd = space === -1 ? text.length : space;
  if (targetEnd === targetStart) cursor.fail('http.request_line.syntax', offset + targetStart);
  const method = text.slice(0, targetStart - 1);
  const target = text.slice(targetStart, targetEnd);
  const place = readTarget(cursor, method, target, offset + targetStart);
  if (space === -1) cursor.fail('http.request_line.syntax', offset + text.length);
  const version = text.slice(space + 1);
  if (version !== 'HTTP/1.0' && version !== 'HTTP/1.1') cursor.fail('http.version.unsupported', offset + space + 1);
  return { method, target, version: version === 'HTTP/1.0' ? '1.0' : '1.1', ...place };
}

/** Visible ASCII: browsers leave more as it is than a URI may hold, but no space, and never a fragment. */
const targetCharacters = /^[!"$-~]+$/;
const absoluteForm = /^([a-z][a-z0-9+.-]*):\/\/([^/?]*)/i;

/** The authority that a target names, in one of the four forms of RFC 9112 3.2. */
function readTarget(
  cursor: HeadCursor,
  method: string,
  target: string,
  offset: number,
): Pick<RequestLine, 'authority' | 'defaultPort'> {
  const none = { authority: undefined, defaultPort: undefined };
  if (!targetCharacters.test(target)) cursor.fail('http.target.syntax', offset);
  if (method === 'CONNECT') {
    const authority = readAuthority(target);
    if (authority?.port === undefined || authority.port === 0) cursor.fail('http.target.authority', offset);
    return { authority, defaultPort: authority.port };
  }
  if (target === '*') {
    if (method !== 'OPTIONS') cursor.fail('http.target.asterisk', offset);
    return none;
  }
  if (target.startsWith('/')) return none;
  const [, scheme, place] = absoluteForm.exec(target) ?? cursor.fail('http.target.syntax', offset);
  const authority = readAuthority(place!) ?? cursor.fail('http.target.authority', offset + scheme!.length + 3);
  return { authority, defaultPort: portOf(scheme!) };
}

const token = /^[!#$%&'*+.^`|~\w-]+/;
/** With parameters, none of which may hide a comma in its quotes (RFC 9112 7). */
const transferCoding = /^[!#$%&'*+.^`|~\w-]+(?:[ \t]*;[ \t]*[!#$%&'*+.^`|~\w-]+=(?:[!#$%&'*+.^`|~\w-]+|"[^"\\]*"))*$/;

/** The fields so far, and what those say that are read here. */
class Fields {
  readonly all: Field[] = [];
  /** Of the Host field; undefined also where that is empty. */
  host: Authority | undefined;
  hasHost = false;
  #contentLength: number | undefined;
  /** Where the last Transfer-Encoding field begins. */
  #transferEncoding: number | undefined;

  /** RFC 9112 5. */
  add(cursor: HeadCursor, { text, offset }: Line, { method, version }: RequestLine): void {
    if (/^[ \t]/.test(text)) {
      cursor.fail(this.all.length === 0 ? 'http.field.leading_space' : 'http.field.obs_fold', offset);
    }
    const colon = text.indexOf(':');
    if (colon === -1) cursor.fail('http.field.colon', offset);
    const name = token.exec(text)?.[0] ?? '';
    if (name === '' || name.length < colon) {
      if (name !== '' && /^[ \t]+:/.test(text.slice(name.length))) {
        cursor.fail('http.field.space_before_colon', offset + name.length);
      }
      cursor.fail('http.field.name', offset);
    }
    const untrimmed = trimStart(text.slice(colon + 1));
    const valueOffset = offset + text.length - untrimmed.length;
    const value = trimEnd(untrimmed);
    this.all.push({ name, value });
    switch (name.toLowerCase()) {
      case 'host':
        return this.#addHost(cursor, value, offset, valueOffset);
      case 'content-length':
        this.#addContentLength(cursor, value, offset, valueOffset);
        if (this.#contentLength !== 0) refuseContent(cursor, method, offset);
        return;
      case 'transfer-encoding':
        // RFC 9112 6.1: whoever sends HTTP/1.0 does not know it, and passed on what it did not read.
        if (version === '1.0') cursor.fail('http.transfer_encoding.version', offset);
        this.#transferEncoding = offset;
        this.#refuseTwoLengths(cursor, offset);
        refuseContent(cursor, method, offset);
    }
  }

  /** RFC 9112 3.2. */
  #addHost(cursor: HeadCursor, value: string, offset: number, valueOffset: number): void {
    if (this.hasHost) cursor.fail('http.host.duplicate', offset);
    this.hasHost = true;
    if (value !== '') this.host = readAuthority(value) ?? cursor.fail('http.host.invalid', valueOffset);
  }

  /** RFC 9112 6.3. */
  #addContentLength(cursor: HeadCursor, value: string, offset: number, valueOffset: number): void {
    const length = /^[0-9]+$/.test(value) ? Number(value) : NaN;
    const before = this.#contentLength;
    this.#contentLength = length;
    this.#refuseTwoLengths(cursor, offset);
    if (!Number.isSafeInteger(length)) cursor.fail('http.content_length.invalid', valueOffset);
    if (before !== undefined && before !== length) cursor.fail('http.content_length.different', offset);
  }

  #refuseTwoLengths(cursor: HeadCursor, offset: number): void {
    if (this.#contentLength === undefined || this.#transferEncoding === undefined) return;
    cursor.fail('http.transfer_encoding.content_length', offset);
  }

  /** A body ends where `chunked` says so, which must be the last coding and stand once (RFC 9112 6.3, 7.1). */
  checkTransferEncoding(cursor: HeadCursor): void {
    if (this.#transferEncoding === undefined) return;
    const codings = this.elements('transfer-encoding').map((coding) => coding.toLowerCase());
    const chunked = codings.indexOf('chunked');
    const isLast = chunked !== -1 && chunked === codings.length - 1;
    if (!isLast || !codings.every((coding) => transferCoding.test(coding))) {
      cursor.fail('http.transfer_encoding.chunked', this.#transferEncoding);
    }
  }

  /** The values of all fields of this name, which is in lower case. */
  values(name: string): string[] {
    return this.all.filter((field) => field.name.toLowerCase() === name).map((field) => field.value);
  }

  /** The elements of a list, over all fields of its name; empty ones are none (RFC 9110 5.6.1). */
  elements(name: string): string[] {
    return this.values(name)
      .flatMap((value) => value.split(','))
      .map((element) => trimEnd(trimStart(element)))
      .filter((element) => element !== '');
  }

  /** Whether a list has an element, in any case. */
  lists(name: string, element: string): boolean {
    return this.elements(name).some((each) => each.toLowerCase() === element);
  }
}

/** What follows a CONNECT is for the other end of the tunnel (RFC 9110 9.3.6), whatever a body's length says. */
function refuseContent(cursor: HeadCursor, method: string, offset: number): void {
  if (method === 'CONNECT') cursor.fail('http.connect.content', offset);
}

function trimStart(text: string): string {
  return text.replace(/^[ \t]+/, '');
}

/** Not by a pattern: one for white space at the end is tried from each of it anew. */
function trimEnd(text: string): string {
  let end = text.length;
  while (end > 0 && (text[end - 1] === ' ' || text[end - 1] === '\t')) end--;
  return text.slice(0, end);
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
