/**
 * The ClientHello (RFC 8446 4.1.2): what a client says first, and all that routing needs.
 *
 * @module
 */
import { asBytes, hex, stopBefore, u16At, u16List, u8At, u8List, view } from '../cursor.ts';
import { complete, incomplete, malformed, maxBytesOf } from '../decoded.ts';
import type { Complete, Decoded, DecodeOptions, Incomplete, Malformed } from '../decoded.ts';
import { StreamingParser } from '../parser.ts';
import type { Parser, Reader } from '../parser.ts';
import { protocolNamesIn, serverNameIn } from './extensions.ts';
import type { Extension, ServerName } from './extensions.ts';
import { HandshakeReassembly } from './handshake.ts';
import type { HandshakeCode } from './handshake.ts';
import { Walk, walkClientHello, walkPlainHello } from './hello-walk.ts';
import type { WalkCode } from './hello-walk.ts';
import { CLIENT_HELLO, ECH_INNER, ECH_OUTER, HANDSHAKE_HEADER, HOST_NAME } from './numbers.ts';
import type { RecordCode } from './record.ts';

/** The codes of {@link decodeClientHello}, {@link createClientHelloParser} and `readServerName`. */
export type ClientHelloCode = RecordCode | HandshakeCode | WalkCode;

/**
 * A ClientHello. `serverName` and `alpnProtocols` are values of their own. Everything else is read from the bytes
 * when asked for, so it changes when the caller reuses its buffer; a streaming parser's hello lies over its own copy.
 */
export interface ClientHello {
  /** 0x0303 from any client of today; see `supportedVersions`. */
  readonly legacyVersion: number;
  /** 32 bytes, a view. */
  readonly random: Uint8Array;
  /** 0 to 32 bytes, a view. */
  readonly sessionId: Uint8Array;
  /** In the client's order of preference, GREASE included. */
  readonly cipherSuites: readonly number[];
  readonly compressionMethods: readonly number[];
  /** All of them, unknown and GREASE ones too, raw and in wire order. `decodeExtension` gives them types. */
  readonly extensions: readonly Extension[];
  /** The name in SNI; undefined only where the client sent none. With `ech` it may be a decoy. */
  readonly serverName: ServerName | undefined;
  /** In the client's order of preference, one string per protocol, one character per byte (latin1). */
  readonly alpnProtocols: readonly string[];
  /** In the client's order of preference, GREASE included; `[]` when absent (then `legacyVersion` counts). */
  readonly supportedVersions: readonly number[];
  /**
   * `outer`: the real hello may be encrypted inside, and `serverName` be only the public name of its server. GREASE
   * (the default of browsers) looks the same, and then `serverName` is the real one. `inner`: the decrypted hello.
   * Undefined where the extension is absent, or neither; `decodeExtension` tells what is wrong with it.
   */
  readonly ech: 'outer' | 'inner' | undefined;
  /** Plain data that survives JSON and `structuredClone`: byte strings in hex, null for what is absent. */
  toJSON(): ClientHelloJSON;
}

/** What {@link ClientHello.toJSON} gives. */
export interface ClientHelloJSON {
  legacyVersion: number;
  random: string;
  sessionId: string;
  cipherSuites: number[];
  compressionMethods: number[];
  extensions: { type: number; data: string }[];
  serverName: { kind: 'dns'; host: string } | { kind: 'ip'; address: string } | { kind: 'invalid'; raw: string } | null;
  alpnProtocols: string[];
  supportedVersions: number[];
  ech: 'outer' | 'inner' | null;
}

/**
 * Decodes the ClientHello at the start of a connection, over as many records as it takes.
 *
 * `size` is where the hello ends: its record may go on. Incomplete while more is needed; malformed with a
 * {@link ClientHelloCode} and the position of the offending field in `bytes`. Bytes that are not TLS are malformed at
 * the first one that rules TLS out (`tls.not_tls`), DTLS and SSLv2 hellos with codes of their own. The framing,
 * duplicate extensions, `pre_shared_key` being last, SNI, ALPN and supported_versions are checked; other extensions
 * when `decodeExtension` decodes them. RFC 8446 4.1.2, 5.1.
 *
 * @example
 * const hello = decodeClientHello(bytes);
 * if (hello.status === 'complete') console.log(hello.value.serverName); // { kind: 'dns', host: 'www.example.com' }
 */
export function decodeClientHello(bytes: Uint8Array, options?: DecodeOptions): Decoded<ClientHello, ClientHelloCode> {
  return decodeHello(asBytes(bytes), maxBytesOf(options), new Walk(), readClientHello);
}

/**
 * Makes a streaming parser for the ClientHello at the start of a connection. Time and memory are linear in the bytes
 * however they are cut, and bounded by `maxBytes`. `end()` before the hello is whole: `tls.client_hello.truncated`.
 *
 * @example
 * const parser = createClientHelloParser();
 * console.log(parser.push(bytes.subarray(0, 1000))); // { status: 'incomplete', needed: 1019 }
 * console.log(parser.push(bytes.subarray(1000)).status); // complete
 * console.log(parser.bytes.length); // 2019
 */
export function createClientHelloParser(options?: DecodeOptions): Parser<ClientHello, ClientHelloCode> {
  const maxBytes = maxBytesOf(options);
  return new StreamingParser(new HelloReader(maxBytes, readClientHello), maxBytes);
}

/**
 * Decodes a ClientHello without records around it, as QUIC's CRYPTO frames carry it (RFC 9001 4): the handshake
 * header and the body. Otherwise as {@link decodeClientHello}.
 *
 * @example
 * const hello = decodeClientHelloMessage(bytes.subarray(5)); // what follows the record header
 * if (hello.status === 'complete') console.log(hello.value.alpnProtocols); // [ 'h2', 'http/1.1' ]
 */
export function decodeClientHelloMessage(
  bytes: Uint8Array,
  options?: DecodeOptions,
): Decoded<ClientHello, ClientHelloCode> {
  const input = asBytes(bytes);
  const maxBytes = maxBytesOf(options);
  // struct {
  //     HandshakeType msg_type;
  //     uint24 length;
  //     …
  // } Handshake;
  const limit = 'tls.handshake.limit';
  const type = stopBefore(input, 1, maxBytes, limit, 0);
  if (type !== undefined) return type;
  if (u8At(input, 0) !== CLIENT_HELLO) return malformed('tls.handshake.type', 0);
  const header = stopBefore(input, HANDSHAKE_HEADER, maxBytes, limit, 1);
  if (header !== undefined) return header;
  const end = HANDSHAKE_HEADER + ((u8At(input, 1) << 16) | u16At(input, 2));
  return stopBefore(input, end, maxBytes, limit, 1) ?? walkAndRead(input, HANDSHAKE_HEADER, end, readClientHello);
}

/** What is made of a hello that was walked, and stands in `message`. */
export type ReadHello<T, Code extends string> = (message: Uint8Array, walk: Walk) => Complete<T> | Malformed<Code>;

/** Decodes a hello of which all bytes so far are given, with a walk to fill in. */
export function decodeHello<T, Code extends string>(
  bytes: Uint8Array,
  maxBytes: number,
  walk: Walk,
  read: ReadHello<T, Code>,
  handshake?: HandshakeReassembly,
): Decoded<T, ClientHelloCode | Code> {
  if (walkPlainHello(bytes, maxBytes, walk)) return read(bytes, walk);
  return decodeOverRecords(bytes, maxBytes, read, handshake ?? reassembly(maxBytes));
}

/** Reads the hello of one connection, and remembers how far. */
class HelloReader<Code extends string> implements Reader<ClientHello, ClientHelloCode | Code> {
  readonly #maxBytes: number;
  readonly #read: ReadHello<ClientHello, Code>;
  #handshake: HandshakeReassembly | undefined;

  constructor(maxBytes: number, read: ReadHello<ClientHello, Code>) {
    this.#maxBytes = maxBytes;
    this.#read = read;
  }

  read(bytes: Uint8Array): Decoded<ClientHello, ClientHelloCode | Code> {
    this.#handshake ??= reassembly(this.#maxBytes);
    return decodeHello(bytes, this.#maxBytes, new Walk(), this.#read, this.#handshake);
  }

  readAtEnd({ length }: Uint8Array): Malformed<ClientHelloCode> {
    return malformed('tls.client_hello.truncated', length);
  }
}

function reassembly(maxBytes: number): HandshakeReassembly {
  return new HandshakeReassembly(CLIENT_HELLO, maxBytes);
}

function decodeOverRecords<T, Code extends string>(
  bytes: Uint8Array,
  maxBytes: number,
  read: ReadHello<T, Code>,
  handshake: HandshakeReassembly,
): Decoded<T, ClientHelloCode | Code> {
  const stop = handshake.advance(bytes);
  if (stop === undefined) return handshake.decode(bytes, (message, start, end) => walkAndRead(message, start, end, read));
  const isForeign = stop.status === 'malformed' && stop.code === 'tls.not_tls';
  return isForeign ? (tellSslv2(bytes, maxBytes) ?? stop) : stop;
}

function walkAndRead<T, Code extends string>(
  message: Uint8Array,
  start: number,
  end: number,
  read: ReadHello<T, Code>,
): Complete<T> | Malformed<WalkCode | Code> {
  const walk = new Walk();
  return walkClientHello(message, start, end, walk) ?? read(message, walk);
}

/** The code for a hello that cannot be routed by its name, which is neither that of a host nor an address. */
export type InvalidServerNameCode = 'tls.server_name.invalid';

/** As a {@link HelloReader}, for routers: a name of the kind `invalid` is malformed. */
export function routableHelloReader(maxBytes: number): Reader<ClientHello, ClientHelloCode | InvalidServerNameCode> {
  return new HelloReader<ClientHelloCode | InvalidServerNameCode>(maxBytes, readRoutableHello);
}

function readRoutableHello(message: Uint8Array, walk: Walk): Complete<ClientHello> | Malformed<InvalidServerNameCode> {
  const hello = readClientHello(message, walk);
  if (hello.value.serverName?.kind !== 'invalid') return hello;
  return malformed('tls.server_name.invalid', walk.serverName + HOST_NAME);
}

/**
 * Tells an SSLv2-compatible hello from other bytes whose first one rules TLS out; undefined where that byte rules SSLv2
 * out as well. Otherwise which of the two codes it will be is known only once the lengths do or do not add up.
 */
function tellSslv2(bytes: Uint8Array, maxBytes: number): Incomplete | Malformed<ClientHelloCode> | undefined {
  // uint8 V2CipherSpec[3];
  // struct {                                            RFC 5246 E.2
  //     uint16 msg_length;                              with the top bit set, and without these two bytes
  //     uint8 msg_type;                                 client_hello (1)
  //     Version version;                                major, minor
  //     uint16 cipher_spec_length;
  //     uint16 session_id_length;
  //     uint16 challenge_length;
  //     V2CipherSpec cipher_specs[V2ClientHello.cipher_spec_length];
  //     opaque session_id[V2ClientHello.session_id_length];
  //     opaque challenge[V2ClientHello.challenge_length];
  // } V2ClientHello;
  if (u8At(bytes, 0) < 0x80) return undefined;
  let missing = 0;
  const has = (end: number): boolean => end <= maxBytes && (missing = Math.max(0, end - bytes.length)) === 0;
  const lengthAt = (at: number): number => u16At(bytes, at);
  const rest = (): number => (lengthAt(0) & 0x7fff) - 9 - lengthAt(5);
  const isSslv2 =
    has(2) &&
    (lengthAt(0) & 0x7fff) >= 9 &&
    has(3) &&
    u8At(bytes, 2) === CLIENT_HELLO &&
    has(4) &&
    (u8At(bytes, 3) === 0 || u8At(bytes, 3) === 3) &&
    has(5) &&
    (u8At(bytes, 3) === 3 || u8At(bytes, 4) === 2) &&
    has(7) &&
    lengthAt(5) % 3 === 0 &&
    rest() >= 0 &&
    has(9) &&
    rest() >= lengthAt(7) &&
    has(11) &&
    rest() === lengthAt(7) + lengthAt(9);
  return missing > 0 ? incomplete(missing) : malformed(isSslv2 ? 'tls.sslv2' : 'tls.not_tls', 0);
}

function readClientHello(message: Uint8Array, walk: Walk): Complete<ClientHello> {
  return complete(new ShownClientHello(message, walk), walk.end);
}

/** The name in a hello that was walked. */
export function serverNameOf(message: Uint8Array, { serverName, serverNameEnd }: Walk): ServerName | undefined {
  return serverName === 0 ? undefined : serverNameIn(message, serverName, serverNameEnd);
}

/**
 * A hello whose fields are read when asked for, at the positions that the walk found: lengths that change with the
 * caller's buffer cannot lead a read astray.
 */
class ClientHelloOverBytes implements ClientHello {
  readonly serverName: ServerName | undefined;
  readonly alpnProtocols: readonly string[];
  readonly #bytes: Uint8Array;
  readonly #walk: Walk;

  constructor(bytes: Uint8Array, walk: Walk) {
    this.serverName = serverNameOf(bytes, walk);
    this.alpnProtocols = walk.alpn === 0 ? [] : protocolNamesIn(bytes, walk.alpn, walk.alpnEnd);
    this.#bytes = bytes;
    this.#walk = walk;
  }

  get legacyVersion(): number {
    return u16At(this.#bytes, this.#walk.start);
  }

  get random(): Uint8Array {
    return view(this.#bytes, this.#walk.start + 2, this.#walk.start + 34);
  }

  get sessionId(): Uint8Array {
    return view(this.#bytes, this.#walk.start + 35, this.#walk.sessionIdEnd);
  }

  get cipherSuites(): number[] {
    return u16List(this.#bytes, this.#walk.sessionIdEnd + 2, this.#walk.cipherSuitesEnd);
  }

  get compressionMethods(): number[] {
    return u8List(this.#bytes, this.#walk.cipherSuitesEnd + 1, this.#walk.compressionMethodsEnd);
  }

  get extensions(): Extension[] {
    const bytes = this.#bytes;
    const { extensionsStart, end } = this.#walk;
    const extensions: Extension[] = [];
    for (let at = extensionsStart; at + 4 <= end; ) {
      const data = at + 4;
      const next = data + u16At(bytes, at + 2);
      // The lengths were checked once, but the caller may have reused its buffer since.
      if (next > end) break;
      extensions.push({ type: u16At(bytes, at), data: view(bytes, data, next) });
      at = next;
    }
    return extensions;
  }

  get supportedVersions(): number[] {
    return u16List(this.#bytes, this.#walk.versions + 1, this.#walk.versionsEnd);
  }

  get ech(): 'outer' | 'inner' | undefined {
    const { ech } = this.#walk;
    const type = ech === 0 ? undefined : u8At(this.#bytes, ech);
    return type === ECH_OUTER ? 'outer' : type === ECH_INNER ? 'inner' : undefined;
  }

  toJSON(): ClientHelloJSON {
    const { random, sessionId, extensions, serverName, alpnProtocols, ech, ...numbers } = fieldsOf(this);
    return {
      ...numbers,
      random: hex(random),
      sessionId: hex(sessionId),
      extensions: extensions.map(({ type, data }) => ({ type, data: hex(data) })),
      serverName:
        serverName?.kind === 'invalid' ? { kind: 'invalid', raw: hex(serverName.raw) } : (serverName ?? null),
      alpnProtocols: [...alpnProtocols],
      ech: ech ?? null,
    };
  }
}

function fieldsOf(hello: ClientHelloOverBytes): Omit<ClientHelloOverBytes, 'toJSON'> {
  const { legacyVersion, random, sessionId, cipherSuites, compressionMethods, extensions } = hello;
  const { serverName, alpnProtocols, supportedVersions, ech } = hello;
  return {
    legacyVersion,
    random,
    sessionId,
    cipherSuites,
    compressionMethods,
    extensions,
    serverName,
    alpnProtocols,
    supportedVersions,
    ech,
  };
}

/**
 * The class with what `console.log` shows in Node.js, where getters would stay hidden. A computed key inside the class
 * would keep it in every bundle (measured: 1.8 KB minified of the one that only reads the name).
 */
const ShownClientHello: typeof ClientHelloOverBytes = /* @__PURE__ */ shown(ClientHelloOverBytes);

function shown(hello: typeof ClientHelloOverBytes): typeof ClientHelloOverBytes {
  Object.defineProperty(hello.prototype, Symbol.for('nodejs.util.inspect.custom'), {
    value(this: ClientHelloOverBytes): object {
      return fieldsOf(this);
    },
  });
  return hello;
}
