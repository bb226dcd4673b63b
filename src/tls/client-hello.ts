/**
 * The ClientHello (RFC 8446 4.1.2): what a client says first, and all that routing needs.
 *
 * @module
 */
import { asBytes, Cursor, decodeWith, hex, view } from '../cursor.ts';
import { complete, malformed, maxBytesOf } from '../decoded.ts';
import type { Decoded, DecodeOptions, Incomplete, Malformed } from '../decoded.ts';
import { createParser, truncated } from '../parser.ts';
import type { Parser } from '../parser.ts';
import {
  APPLICATION_LAYER_PROTOCOL_NEGOTIATION,
  ECH_INNER,
  ECH_OUTER,
  ENCRYPTED_CLIENT_HELLO,
  PRE_SHARED_KEY,
  readProtocolNameList,
  readServerNameList,
  readVersions,
  SERVER_NAME,
  SUPPORTED_VERSIONS,
} from './extensions.ts';
import type { Extension, ExtensionCode, ServerName } from './extensions.ts';
import { CLIENT_HELLO, HandshakeReassembly } from './handshake.ts';
import type { HandshakeCode } from './handshake.ts';
import type { RecordCode } from './record.ts';

/** What the hello itself is refused for, beside the codes of records, handshake framing and three extensions. */
export const clientHelloCodes = [
  'tls.sslv2',
  'tls.client_hello.truncated',
  'tls.client_hello.length',
  'tls.client_hello.session_id',
  'tls.client_hello.cipher_suites',
  'tls.client_hello.compression_methods',
  'tls.client_hello.trailing',
  'tls.extension.length',
  'tls.extension.duplicate',
  'tls.pre_shared_key.not_last',
] as const;

/** The codes of {@link decodeClientHello}, {@link createClientHelloParser} and `readServerName`. */
export type ClientHelloCode =
  | RecordCode
  | HandshakeCode
  | (typeof clientHelloCodes)[number]
  | Extract<
      ExtensionCode,
      `tls.${'server_name' | 'application_layer_protocol_negotiation' | 'supported_versions'}.${string}`
    >;

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
  return clientHelloDecoder(maxBytesOf(options), readClientHello)(asBytes(bytes));
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
  return createParser(clientHelloDecoder(maxBytes, readClientHello), truncated('tls.client_hello.truncated'), maxBytes);
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
  return decodeWith<ClientHello, ClientHelloCode>(() => {
    const header = Cursor.open<ClientHelloCode>(input, 0, maxBytes, 'tls.handshake.limit');
    if (header.u8() !== CLIENT_HELLO) header.fail('tls.handshake.type', 0);
    const length = header.u24();
    if (header.offset + length > maxBytes) header.fail('tls.handshake.limit', 1);
    const start = header.skip(length);
    const end = header.offset;
    const body = Cursor.declared<ClientHelloCode>(input, start, end, 'tls.client_hello.length');
    return complete(readClientHello(body), end);
  });
}

/**
 * A decoder for one connection, to be called again with all of its bytes as they come. What `read` makes of the walk
 * over the body is the value: the name alone need not pay for the rest.
 */
export function clientHelloDecoder<T>(
  maxBytes: number,
  read: (body: Cursor<ClientHelloCode>) => T,
): (bytes: Uint8Array) => Decoded<T, ClientHelloCode> {
  const handshake = new HandshakeReassembly(CLIENT_HELLO, maxBytes);
  return (bytes) => {
    const stop = handshake.advance(bytes);
    if (stop === undefined) return handshake.decode<T, ClientHelloCode>(bytes, 'tls.client_hello.length', read);
    const isForeign = stop.status === 'malformed' && stop.code === 'tls.not_tls' && stop.offset === 0;
    return isForeign ? (tellSslv2(bytes, maxBytes) ?? stop) : stop;
  };
}

/** The code for a hello that cannot be routed by its name, which is neither that of a host nor an address. */
export type InvalidServerNameCode = 'tls.server_name.invalid';

/** As the decoder of {@link decodeClientHello}, for routers: a name of the kind `invalid` is malformed. */
export function routableHelloDecoder(
  maxBytes: number,
): (bytes: Uint8Array) => Decoded<ClientHello, ClientHelloCode | InvalidServerNameCode> {
  return clientHelloDecoder(maxBytes, (body) => {
    const walk = walkClientHello(body);
    if (walk.found.serverName?.kind === 'invalid') {
      const routable: Cursor<ClientHelloCode | InvalidServerNameCode> = body;
      routable.fail('tls.server_name.invalid', walk.found.serverNameStart + HOST_NAME);
    }
    return new ShownClientHello(body.bytes, walk);
  });
}

/** Where the only name stands in `server_name`: behind the list's length, its own type and its length. */
const HOST_NAME = 5;

/**
 * Tells an SSLv2-compatible hello from other bytes whose first one rules TLS out; undefined where that byte rules SSLv2
 * out as well. Otherwise which of the two codes it will be is known only once the lengths do or do not add up.
 */
function tellSslv2(bytes: Uint8Array, maxBytes: number): Incomplete | Malformed<ClientHelloCode> | undefined {
  const hello = Cursor.open(bytes, 0, maxBytes, 'tls.not_tls');
  if (hello.u8() < 0x80) return undefined;
  hello.offset = 0;
  const outcome = decodeWith<boolean, 'tls.not_tls'>(() => complete(isSslv2Hello(hello), hello.offset));
  if (outcome.status === 'incomplete') return outcome;
  return malformed(outcome.status === 'complete' && outcome.value ? 'tls.sslv2' : 'tls.not_tls', 0);
}

function isSslv2Hello(hello: Cursor<'tls.not_tls'>): boolean {
  // uint8 V2CipherSpec[3];
  // struct {                                            RFC 5246 E.2
  //     uint16 msg_length;                              with the top bit set, and without these two bytes
  //     uint8 msg_type;                                 client_hello (1)
  //     Version version;
  //     uint16 cipher_spec_length;
  //     uint16 session_id_length;
  //     uint16 challenge_length;
  //     V2CipherSpec cipher_specs[V2ClientHello.cipher_spec_length];
  //     opaque session_id[V2ClientHello.session_id_length];
  //     opaque challenge[V2ClientHello.challenge_length];
  // } V2ClientHello;
  const rest = (hello.u16() & 0x7fff) - 9;
  if (rest < 0 || hello.u8() !== CLIENT_HELLO) return false;
  const major = hello.u8();
  if (major !== 0 && major !== 3) return false;
  const minor = hello.u8();
  if (major === 0 && minor !== 2) return false;
  const cipherSpecs = hello.u16();
  if (cipherSpecs % 3 !== 0 || cipherSpecs > rest) return false;
  const sessionId = hello.u16();
  if (cipherSpecs + sessionId > rest) return false;
  return cipherSpecs + sessionId + hello.u16() === rest;
}

function readClientHello(body: Cursor<ClientHelloCode>): ClientHello {
  return new ShownClientHello(body.bytes, walkClientHello(body));
}

/** What the walk over a hello finds: values where it must look inside, positions where it need not. */
interface Walk {
  readonly start: number;
  readonly sessionIdEnd: number;
  readonly cipherSuitesEnd: number;
  readonly compressionMethodsEnd: number;
  readonly extensionsStart: number;
  readonly end: number;
  readonly found: FoundExtensions;
}

/** Walks the body of a ClientHello to its end, and checks all that {@link decodeClientHello} says it checks. */
export function walkClientHello(hello: Cursor<ClientHelloCode>): Walk {
  // struct {
  //     ProtocolVersion legacy_version = 0x0303;
  //     Random random;                                  opaque Random[32];
  //     opaque legacy_session_id<0..32>;
  //     CipherSuite cipher_suites<2..2^16-2>;
  //     opaque legacy_compression_methods<1..2^8-1>;
  //     Extension extensions<0..2^16-1>;                or nothing at all, before TLS 1.3
  // } ClientHello;
  const start = hello.skip(2);
  hello.skip(32);
  const sessionId = hello.vector8();
  if (sessionId.limit - sessionId.offset > 32) hello.fail('tls.client_hello.session_id', sessionId.origin);
  const cipherSuites = hello
    .vector16()
    .notEmpty('tls.client_hello.cipher_suites')
    .wholeElements(2, 'tls.client_hello.cipher_suites');
  const compressionMethods = hello.vector8().notEmpty('tls.client_hello.compression_methods');

  // A block that is not there is read as an empty one.
  const extensions = hello.done ? hello : hello.vector16<ClientHelloCode>('tls.extension.length');
  const extensionsStart = extensions.offset;
  const found = readExtensions(extensions);
  hello.end('tls.client_hello.trailing');

  return {
    start,
    sessionIdEnd: sessionId.limit,
    cipherSuitesEnd: cipherSuites.limit,
    compressionMethodsEnd: compressionMethods.limit,
    extensionsStart,
    end: hello.limit,
    found,
  };
}

/** What was found among the extensions. */
interface FoundExtensions {
  serverName: ServerName | undefined;
  /** Where the extension's data begins; 0 when absent. */
  serverNameStart: number;
  alpnProtocols: readonly string[];
  /** The versions themselves; both 0 when absent. */
  versionsStart: number;
  versionsEnd: number;
  /** The ECHClientHelloType; 0 when absent. */
  ech: number;
}

function readExtensions(block: Cursor<ClientHelloCode>): FoundExtensions {
  // struct {
  //     ExtensionType extension_type;                   uint16
  //     opaque extension_data<0..2^16-1>;
  // } Extension;
  const found: FoundExtensions = {
    serverName: undefined,
    serverNameStart: 0,
    alpnProtocols: [],
    versionsStart: 0,
    versionsEnd: 0,
    ech: 0,
  };
  const { bytes } = block;
  const seen = new SeenTypes();
  let preSharedKey: number | undefined;
  while (!block.done) {
    const start = block.offset;
    const type = block.u16();
    block.skipVector16();
    const data = start + 4;
    const end = block.offset;
    if (seen.add(type)) block.fail('tls.extension.duplicate', start);
    // RFC 8446 4.2.11: it MUST be the last, since its binders are over all that stands before them.
    if (preSharedKey !== undefined) block.fail('tls.pre_shared_key.not_last', preSharedKey);
    if (type === SERVER_NAME) {
      found.serverName = readServerNameList(Cursor.declared(bytes, data, end, 'tls.server_name.length'));
      found.serverNameStart = data;
    } else if (type === APPLICATION_LAYER_PROTOCOL_NEGOTIATION) {
      const list = Cursor.declared(bytes, data, end, 'tls.application_layer_protocol_negotiation.length');
      found.alpnProtocols = readProtocolNameList(list);
    } else if (type === SUPPORTED_VERSIONS) {
      const versions = readVersions(Cursor.declared(bytes, data, end, 'tls.supported_versions.length'));
      found.versionsStart = versions.offset;
      found.versionsEnd = versions.limit;
    } else if (type === ENCRYPTED_CLIENT_HELLO && data < end) {
      found.ech = data;
    }
    if (type === PRE_SHARED_KEY) preSharedKey = start;
  }
  return found;
}

/** Which extension types were there already, in constant time for each however many there are. */
class SeenTypes {
  /** A bit for each type below 64: most of what is ever sent. */
  #below32 = 0;
  #below64 = 0;
  /** The first few of the others; a table once there are more, since looking through many is quadratic. */
  readonly #few: number[] = [];
  #table: Uint8Array | undefined;

  /** Adds a type, and tells whether it was there already. */
  add(type: number): boolean {
    if (type < 64) {
      const bit = 1 << (type & 31);
      const mask = type < 32 ? this.#below32 : this.#below64;
      if (type < 32) this.#below32 |= bit;
      else this.#below64 |= bit;
      return (mask & bit) !== 0;
    }
    if (this.#table !== undefined) {
      const seen = this.#table[type] === 1;
      this.#table[type] = 1;
      return seen;
    }
    if (this.#few.includes(type)) return true;
    this.#few.push(type);
    if (this.#few.length > 32) {
      this.#table = new Uint8Array(0x10000);
      for (const earlier of this.#few) this.#table[earlier] = 1;
    }
    return false;
  }
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
    this.#bytes = bytes;
    this.#walk = walk;
    this.serverName = walk.found.serverName;
    this.alpnProtocols = walk.found.alpnProtocols;
  }

  get legacyVersion(): number {
    return this.#within(this.#walk.start, this.#walk.end).u16();
  }

  get random(): Uint8Array {
    return view(this.#bytes, this.#walk.start + 2, this.#walk.start + 34);
  }

  get sessionId(): Uint8Array {
    return view(this.#bytes, this.#walk.start + 35, this.#walk.sessionIdEnd);
  }

  get cipherSuites(): number[] {
    return this.#within(this.#walk.sessionIdEnd + 2, this.#walk.cipherSuitesEnd).all((list) => list.u16());
  }

  get compressionMethods(): number[] {
    return this.#within(this.#walk.cipherSuitesEnd + 1, this.#walk.compressionMethodsEnd).all((list) => list.u8());
  }

  get extensions(): Extension[] {
    const extensions: Extension[] = [];
    const block = this.#within(this.#walk.extensionsStart, this.#walk.end);
    // The lengths were checked once, but the caller may have reused its buffer since.
    while (block.stop(4) === undefined) {
      const type = block.u16();
      const length = block.u16();
      if (block.stop(length) !== undefined) break;
      extensions.push({ type, data: block.view(length) });
    }
    return extensions;
  }

  get supportedVersions(): number[] {
    return this.#within(this.#walk.found.versionsStart, this.#walk.found.versionsEnd).all((list) => list.u16());
  }

  get ech(): 'outer' | 'inner' | undefined {
    const at = this.#walk.found.ech;
    if (at === 0) return undefined;
    const type = this.#within(at, this.#walk.end).u8();
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

  #within(start: number, end: number): Cursor<'tls.client_hello.length'> {
    return Cursor.declared(this.#bytes, start, end, 'tls.client_hello.length');
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
