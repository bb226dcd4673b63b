/**
 * What a server answers to a ClientHello, as far as it is in the clear: a ServerHello (RFC 8446 4.1.3), up to TLS 1.2
 * with its certificates behind it (RFC 5246 7.4.2); a HelloRetryRequest (RFC 8446 4.1.4), which has the form of a
 * ServerHello; or an alert.
 *
 * ```
 *  TLS 1.2   ServerHello | Certificate | ServerKeyExchange | …
 *            ServerHello | ChangeCipherSpec | …                  a session that is resumed
 *  TLS 1.3   ServerHello | encrypted …
 * ```
 *
 * @module
 */
import { asBytes, Cursor, decodePart, hex, latin1, peek } from '../cursor.ts';
import { complete, malformed, maxBytesOf } from '../decoded.ts';
import type { Complete, Decoded, DecodeOptions, Malformed } from '../decoded.ts';
import { StreamingParser } from '../parser.ts';
import type { Parser, Reader } from '../parser.ts';
import { readAlert } from './alert.ts';
import type { Alert, AlertCode } from './alert.ts';
import { isGrease } from './extensions.ts';
import type { Extension, ExtensionCodeOf } from './extensions.ts';
import { HandshakeReassembly } from './handshake.ts';
import type { HandshakeCode } from './handshake.ts';
import {
  ALERT,
  APPLICATION_LAYER_PROTOCOL_NEGOTIATION,
  CERTIFICATE,
  COOKIE,
  KEY_SHARE,
  SERVER_CERTIFICATE_TYPE,
  SERVER_HELLO,
  SSL3,
  SUPPORTED_VERSIONS,
  TLS12,
  TLS13,
} from './numbers.ts';
import type { RecordCode } from './record.ts';

const codes = [
  'tls.server_hello.truncated',
  'tls.server_hello.length',
  'tls.server_hello.legacy_version',
  'tls.server_hello.session_id',
  'tls.server_hello.trailing',
  'tls.supported_versions.selected',
  'tls.supported_versions.missing',
  'tls.application_layer_protocol_negotiation.several',
  'tls.certificate.length',
  'tls.certificate.empty',
] as const;
/** What the answer is refused for, beside the codes of records, handshake framing, alerts and of shared extensions. */
export const serverHelloCodes: typeof codes = /* @__PURE__ */ Object.freeze(codes);

/** The codes of {@link decodeServerHello} and {@link createServerHelloParser}. */
export type ServerHelloCode =
  | RecordCode
  | HandshakeCode
  | AlertCode
  | (typeof serverHelloCodes)[number]
  | 'tls.extension.length'
  | 'tls.extension.duplicate'
  | ExtensionCodeOf<'key_share' | 'cookie' | 'application_layer_protocol_negotiation'>
  | 'tls.supported_versions.length'
  | 'tls.server_certificate_type.length';

/** What a server answers, told apart by `kind`. */
export type ServerAnswer = ServerHello | HelloRetryRequest | ServerAlert;

interface AnyServerAnswer {
  /**
   * The alerts of level warning that came before, by name: a server that does not know the name of the client may say
   * `unrecognized_name` and go on (RFC 6066 3).
   */
  readonly warnings: readonly Alert['description'][];
}

/**
 * What ServerHello and HelloRetryRequest have in common. Byte strings are views: into the caller's bytes, and change with
 * them, where the message came in one record; else into a copy of it, as of all that a streaming parser gives.
 */
interface AnyServerHello extends AnyServerAnswer {
  /** The version that was chosen: of `supported_versions`, else `legacyVersion`. */
  readonly version: number;
  readonly legacyVersion: number;
  /** 32 bytes. */
  readonly random: Uint8Array;
  /** 0 to 32 bytes. In TLS 1.3 what the client sent. */
  readonly sessionId: Uint8Array;
  readonly cipherSuite: number;
  /** 0, unless the client offered others. */
  readonly compressionMethod: number;
  /** All of them, raw and in wire order. In the server's form, which `decodeExtension` does not read. */
  readonly extensions: readonly Extension[];
}

/** The server goes on with the handshake. */
export interface ServerHello extends AnyServerHello {
  readonly kind: 'server_hello';
  /** The group of the server's key share; undefined where it sends none: up to TLS 1.2, or with a pre-shared key alone. */
  readonly group: number | undefined;
  /** The protocol that was chosen, one character per byte (latin1); undefined where none is in the clear, as from TLS 1.3 on. */
  readonly alpnProtocol: string | undefined;
  /**
   * The server's own certificate and those that sign it, in DER. `[]` from TLS 1.3 on, where they are encrypted,
   * and where the server sends none: for a session that is resumed, a raw public key, a cipher suite without.
   */
  readonly certificates: readonly Uint8Array[];
}

/** The server asks for another ClientHello: with a key share of `group`, or with `cookie`. */
export interface HelloRetryRequest extends AnyServerHello {
  readonly kind: 'hello_retry_request';
  readonly group: number | undefined;
  readonly cookie: Uint8Array | undefined;
}

/** The server refuses the hello, or closes. */
export interface ServerAlert extends AnyServerAnswer, Alert {
  readonly kind: 'alert';
}

/** The random of a HelloRetryRequest: the SHA-256 of "HelloRetryRequest" (RFC 8446 4.1.3). */
const RETRY = 'cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c';

/** Whether a ServerHello with this random is a HelloRetryRequest. */
export function isRetry(random: Uint8Array): boolean {
  return hex(random) === RETRY;
}

/**
 * Decodes what a server answers to a ClientHello, over as many records as it takes: a ServerHello, a HelloRetryRequest, or
 * an alert. Warnings in front of it (all alerts of that level but `close_notify`) are kept in `warnings`.
 *
 * `size` is where it ends. Up to TLS 1.2 the certificates belong to it, so that a ServerHello alone is incomplete until
 * the type of the next message, or of the next record, shows that there are none; a fatal alert there is the answer.
 * Malformed with a {@link ServerHelloCode}
 * and the position of the offending field; bytes that are not TLS at the first one that shows it. Of the extensions,
 * supported_versions, key_share, cookie, ALPN and server_certificate_type are checked. What the client had offered is not
 * known here. RFC 8446 4.1.3, 4.1.4, RFC 5246 7.4.1.3, 7.4.2.
 *
 * @example
 * const answer = decodeServerHello(Uint8Array.of(21, 3, 3, 0, 2, 2, 112));
 * if (answer.status === 'complete' && answer.value.kind === 'alert') console.log(answer.value.description); // unrecognized_name
 */
export function decodeServerHello(bytes: Uint8Array, options?: DecodeOptions): Decoded<ServerAnswer, ServerHelloCode> {
  return new AnswerReader(maxBytesOf(options)).read(asBytes(bytes));
}

/** A streaming parser that shows warnings before the answer is known. */
export type ServerHelloParser = Parser<ServerAnswer, ServerHelloCode> & {
  /** The alerts of level warning so far, by name: often the reason where no answer follows. */
  readonly warnings: readonly Alert['description'][];
};

/**
 * Makes a streaming parser for what a server answers. Time and memory are linear in the bytes however they are cut, and
 * bounded by `maxBytes`. `end()` before the answer is whole: `tls.server_hello.truncated`; where nothing but warnings
 * came, the last of them is the answer.
 *
 * @example
 * const parser = createServerHelloParser();
 * console.log(parser.push(Uint8Array.of(21, 3, 3, 0, 2, 1, 112))); // { status: 'incomplete', needed: 1 }
 * const end = parser.end();
 * if (end.status === 'complete') console.log(end.value.kind); // alert
 */
export function createServerHelloParser(options?: DecodeOptions): ServerHelloParser {
  const maxBytes = maxBytesOf(options);
  return new AnswerParser(new AnswerReader(maxBytes), maxBytes);
}

class AnswerParser extends StreamingParser<ServerAnswer, ServerHelloCode> implements ServerHelloParser {
  readonly #reader: AnswerReader;

  constructor(reader: AnswerReader, maxBytes: number) {
    super(reader, maxBytes);
    this.#reader = reader;
  }

  get warnings(): Alert['description'][] {
    return [...this.#reader.warnings];
  }
}

/** Reads one connection, and remembers how far, so that no part that is whole is decoded again. */
class AnswerReader implements Reader<ServerAnswer, ServerHelloCode> {
  readonly warnings: Alert['description'][] = [];
  readonly #maxBytes: number;
  /** Where an alert may begin: behind the last one, or behind the ServerHello. */
  #offset = 0;
  #message: HandshakeReassembly | undefined;
  /** A ServerHello that is whole, and its certificates are not. */
  #hello: ServerHello | undefined;
  #certificate: HandshakeReassembly | undefined;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** @param bytes all bytes so far, at least those of the call before */
  read(bytes: Uint8Array): Decoded<ServerAnswer, ServerHelloCode> {
    return this.#hello === undefined ? this.#readHello(bytes) : this.#readBehind(bytes, this.#hello);
  }

  readAtEnd({ length }: Uint8Array): Complete<ServerAnswer> | Malformed<ServerHelloCode> {
    const description = this.warnings.at(-1);
    const areAll = this.#hello === undefined && this.#offset === length;
    if (description === undefined || !areAll) return malformed('tls.server_hello.truncated', length);
    return complete({ kind: 'alert', level: 'warning', description, warnings: this.warnings.slice(0, -1) }, length);
  }

  /** The alert that is the answer, or what keeps one from being read; undefined once something else comes. */
  #readAlerts(bytes: Uint8Array): Decoded<ServerAnswer, ServerHelloCode> | undefined {
    for (;;) {
      const cursor = Cursor.open<ServerHelloCode>(bytes, this.#offset, this.#maxBytes, 'tls.handshake.limit');
      const stop = cursor.stop(1);
      if (stop !== undefined) return stop;
      if (peek(cursor) !== ALERT) return undefined;
      const alert = readAlert<ServerHelloCode>(cursor);
      if (alert.status !== 'complete') return alert;
      const { level, description } = alert.value;
      if (level === 'fatal' || description === 'close_notify') {
        return complete({ kind: 'alert', level, description, warnings: [...this.warnings] }, alert.size);
      }
      this.warnings.push(description);
      this.#offset = alert.size;
    }
  }

  #readHello(bytes: Uint8Array): Decoded<ServerAnswer, ServerHelloCode> {
    const alert = this.#readAlerts(bytes);
    if (alert !== undefined) return alert;
    const start = { offset: this.#offset, fragmentEnd: this.#offset };
    const message = (this.#message ??= new HandshakeReassembly(SERVER_HELLO, this.#maxBytes, start));
    const stop = message.advance(bytes);
    if (stop !== undefined) return stop;
    const decoded = message.decode(bytes, (hello, start, end) =>
      decodePart(hello, start, end, 'tls.server_hello.length', (body) => readServerHello(body, [...this.warnings])),
    );
    if (decoded.status === 'malformed') return decoded;
    const { value, size } = decoded;
    if (value.kind === 'hello_retry_request' || !showsCertificates(value)) return decoded;
    this.#hello = value;
    this.#offset = size;
    return this.#readBehind(bytes, value);
  }

  /** What stands behind a ServerHello up to TLS 1.2: alerts, the certificates, or something else. */
  #readBehind(bytes: Uint8Array, hello: ServerHello): Decoded<ServerAnswer, ServerHelloCode> {
    const { offset, fragmentEnd } = this.#message!.position;
    const isRecordDue = offset === fragmentEnd;
    if (this.#certificate === undefined && isRecordDue) {
      const alert = this.#readAlerts(bytes);
      if (alert !== undefined) return alert;
    }
    const start = isRecordDue ? { offset: this.#offset, fragmentEnd: this.#offset } : { offset, fragmentEnd };
    const certificate = (this.#certificate ??= new HandshakeReassembly(CERTIFICATE, this.#maxBytes, start, true));
    const answerWith = (certificates: readonly Uint8Array[]): ServerHello => ({
      ...hello,
      warnings: [...this.warnings],
      certificates,
    });
    const stop = certificate.advance(bytes);
    if (stop?.status === 'malformed' && !certificate.hasBegun) {
      const isAnother = stop.code === 'tls.record.type' || stop.code === 'tls.handshake.type';
      return isAnother ? complete(answerWith([]), this.#offset) : stop;
    }
    if (stop !== undefined) return stop;
    return certificate.decode(bytes, (message, start, end) =>
      decodePart(message, start, end, 'tls.certificate.length', (body) => answerWith(readCertificateList(body))),
    );
  }
}

/** Whether the certificates of the server are in the clear, and a list (RFC 7250 4.2: one key otherwise). */
function showsCertificates({ version, extensions }: ServerHello): boolean {
  const isOther = ({ type, data }: Extension): boolean => type === SERVER_CERTIFICATE_TYPE && !data.includes(X509);
  return version <= TLS12 && !extensions.some(isOther);
}

const X509 = 0;

function readServerHello(
  hello: Cursor<ServerHelloCode>,
  warnings: readonly Alert['description'][],
): ServerHello | HelloRetryRequest {
  // struct {
  //     ProtocolVersion legacy_version = 0x0303;
  //     Random random;                                  opaque Random[32];
  //     opaque legacy_session_id_echo<0..32>;
  //     CipherSuite cipher_suite;
  //     uint8 legacy_compression_method = 0;
  //     Extension extensions<6..2^16-1>;                or nothing at all, before TLS 1.3
  // } ServerHello;
  const start = hello.offset;
  const legacyVersion = hello.u16();
  // Later versions are selected in supported_versions alone.
  if (legacyVersion < SSL3 || legacyVersion > TLS12) hello.fail('tls.server_hello.legacy_version', start);
  const random = hello.view(32);
  const sessionId = hello.vector8();
  if (sessionId.limit - sessionId.offset > 32) hello.fail('tls.server_hello.session_id', sessionId.origin);
  const cipherSuite = hello.u16();
  const compressionMethod = hello.u8();
  const blockAt = hello.offset;
  const kind = isRetry(random) ? 'hello_retry_request' : 'server_hello';
  // A block that is not there is read as an empty one.
  const block = hello.done ? hello : hello.vector16<ServerHelloCode>('tls.extension.length');
  const { extensions, version, group, alpnProtocol, cookie } = readExtensions(block, kind);
  hello.end('tls.server_hello.trailing');

  const common = {
    version: version ?? legacyVersion,
    legacyVersion,
    random,
    sessionId: sessionId.rest(),
    cipherSuite,
    compressionMethod,
    extensions,
    group,
    warnings,
  };
  if (kind === 'server_hello') return { kind, ...common, alpnProtocol, certificates: [] };
  // RFC 8446 4.1.4: it MUST have the version, which before TLS 1.3 there is no retry of.
  if (version === undefined) hello.fail('tls.supported_versions.missing', blockAt);
  return { kind, ...common, cookie };
}

/** What is read of the extensions, in the form in which a server sends them. */
interface FoundExtensions {
  readonly extensions: Extension[];
  version: number | undefined;
  group: number | undefined;
  alpnProtocol: string | undefined;
  cookie: Uint8Array | undefined;
}

function readExtensions(block: Cursor<ServerHelloCode>, kind: 'server_hello' | 'hello_retry_request'): FoundExtensions {
  const found: FoundExtensions = {
    extensions: [],
    version: undefined,
    group: undefined,
    alpnProtocol: undefined,
    cookie: undefined,
  };
  const seen = new Set<number>();
  while (!block.done) {
    const start = block.offset;
    const type = block.u16();
    const { bytes, offset, limit } = block.vector16();
    if (seen.has(type)) block.fail('tls.extension.duplicate', start);
    seen.add(type);
    const dataWith = (overrun: ServerHelloCode): Cursor<ServerHelloCode> => Cursor.declared(bytes, offset, limit, overrun);
    found.extensions.push({ type, data: dataWith('tls.extension.length').rest() });
    switch (type) {
      case SUPPORTED_VERSIONS:
        found.version = readSelectedVersion(dataWith('tls.supported_versions.length'));
        break;
      case KEY_SHARE:
        found.group = readGroup(dataWith('tls.key_share.length'), kind);
        break;
      case APPLICATION_LAYER_PROTOCOL_NEGOTIATION:
        found.alpnProtocol = readProtocol(dataWith('tls.application_layer_protocol_negotiation.length'));
        break;
      case COOKIE:
        if (kind === 'hello_retry_request') found.cookie = readCookie(dataWith('tls.cookie.length'));
        break;
      case SERVER_CERTIFICATE_TYPE: {
        // CertificateType server_certificate_type;       RFC 7250 3
        const data = dataWith('tls.server_certificate_type.length');
        data.u8();
        data.end();
        break;
      }
    }
  }
  return found;
}

function readSelectedVersion(data: Cursor<ServerHelloCode>): number {
  // struct { ProtocolVersion selected_version; } SupportedVersions;       RFC 8446 4.2.1
  const start = data.offset;
  const version = data.u16();
  // It MUST NOT be "prior to TLS 1.3", which stands in legacy_version alone; nor be taken from GREASE (RFC 8701 3.1).
  if (version < TLS13 || isGrease(version)) data.fail('tls.supported_versions.selected', start);
  data.end();
  return version;
}

function readGroup(data: Cursor<ServerHelloCode>, kind: 'server_hello' | 'hello_retry_request'): number {
  // struct { KeyShareEntry server_share; } KeyShareServerHello;            RFC 8446 4.2.8
  // struct { NamedGroup selected_group; } KeyShareHelloRetryRequest;
  const group = data.u16();
  if (kind === 'server_hello') data.vector16().notEmpty('tls.key_share.empty').rest();
  data.end();
  return group;
}

function readProtocol(data: Cursor<ServerHelloCode>): string {
  // opaque ProtocolName<1..2^8-1>;
  // struct { ProtocolName protocol_name_list<2..2^16-1> } ProtocolNameList;
  const list = data.vector16().notEmpty('tls.application_layer_protocol_negotiation.empty');
  const { bytes, offset, limit } = list.vector8().notEmpty('tls.application_layer_protocol_negotiation.empty');
  // RFC 7301 3.1: from a server, exactly one.
  list.end('tls.application_layer_protocol_negotiation.several');
  data.end();
  return latin1(bytes, offset, limit);
}

function readCookie(data: Cursor<ServerHelloCode>): Uint8Array {
  // struct { opaque cookie<1..2^16-1>; } Cookie;                           RFC 8446 4.2.2
  const cookie = data.vector16().notEmpty('tls.cookie.empty').rest();
  data.end();
  return cookie;
}

function readCertificateList(message: Cursor<ServerHelloCode>): Uint8Array[] {
  // opaque ASN.1Cert<1..2^24-1>;
  // struct { ASN.1Cert certificate_list<0..2^24-1>; } Certificate;         of a server, one or more
  const certificates = message
    .vector24()
    .notEmpty('tls.certificate.empty')
    .all((list) => list.vector24().notEmpty('tls.certificate.empty').rest());
  message.end();
  return certificates;
}
