/** The encoder of hellos: what it writes is read back the same, and what it cannot write it refuses by name. */
import { createECDH, createPrivateKey, createPublicKey } from 'node:crypto';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  createClientHelloParser,
  decodeClientHello,
  decodeExtension,
  encodeClientHello,
  readServerName,
} from '../../src/tls/index.ts';
import type { ClientHello, ClientHelloInput, DecodedExtension, Extension } from '../../src/tls/index.ts';
import * as names from '../../src/tls/names.ts';
import { numRuns } from '../runs.ts';
import { bytes, concat, extension, handshake, records, u16, unrecorded, vector16, vector8 } from '../vectors/build.ts';

const hex = (data: Uint8Array): string => Buffer.from(data).toString('hex');

/** A message that begins with the field, and with no other that begins alike. */
const naming = (field: string): RegExp => new RegExp(`^${field.replace(/[.[\]]/g, '\\$&')}(?![\\w.[])`);

const X25519 = 29;
const SECP256R1 = 23;
const SECP384R1 = 24;
const SECP521R1 = 25;
const X25519MLKEM768 = 0x11ec;
const GREASE = 0x2a2a;

const random = Uint8Array.from({ length: 32 }, (_, i) => 0xa0 ^ i);

/** The longest hello that can be written: an extension block of 65535 bytes, and all else as long as may be. */
const maxBytes = 1 << 18;

function helloIn(flight: Uint8Array): ClientHello {
  const outcome = decodeClientHello(flight, { maxBytes });
  if (outcome.status !== 'complete') throw new Error(JSON.stringify(outcome));
  expect(outcome.size).toBe(flight.length);
  return outcome.value;
}

function written(input?: ClientHelloInput): ClientHello {
  return helloIn(encodeClientHello(input));
}

type Found = { readonly [Name in DecodedExtension['name']]?: Extract<DecodedExtension, { name: Name }> };

/** The extensions by name; of those that have none the last one. */
function extensionsOf(hello: ClientHello): Found {
  return Object.fromEntries(
    hello.extensions.map((one) => {
      const decoded = decodeExtension(one);
      if (decoded.status !== 'complete') throw new Error(`${decoded.code} in ${one.type}: ${hex(one.data)}`);
      return [decoded.value.name, decoded.value];
    }),
  );
}

const typesOf = (hello: ClientHello): number[] => hello.extensions.map(({ type }) => type);

/** What the fields of the input say, read from the hello. */
function fieldsOf(hello: ClientHello): object {
  const found = extensionsOf(hello);
  return {
    serverName: hello.serverName,
    alpnProtocols: [...hello.alpnProtocols],
    versions: hello.supportedVersions,
    cipherSuites: hello.cipherSuites,
    groups: found.supported_groups?.namedGroupList,
    signatureAlgorithms: found.signature_algorithms?.supportedSignatureAlgorithms,
    keyShares: found.key_share?.clientShares,
    random: hello.random,
    sessionId: hello.sessionId,
  };
}

describe('without fields', () => {
  const hello = written();

  test('TLS 1.3 and 1.2, neither a name nor protocols, a random as session id', () => {
    expect(hello).toMatchObject({ legacyVersion: 0x0303, serverName: undefined, alpnProtocols: [], ech: undefined });
    expect(hello.supportedVersions).toEqual([0x0304, 0x0303]);
    expect(hello.compressionMethods).toEqual([0]);
    expect(hello.random).toHaveLength(32);
    expect(hello.sessionId).toEqual(hello.random);
  });

  test('the extensions, in order', () => {
    // extended_master_secret, renegotiation_info, supported_groups, ec_point_formats, signature_algorithms,
    // supported_versions, psk_key_exchange_modes, key_share.
    expect(typesOf(hello)).toEqual([23, 0xff01, 10, 11, 13, 43, 45, 51]);
    expect(extensionsOf(hello)).toMatchObject({
      extended_master_secret: {},
      renegotiation_info: { renegotiatedConnection: new Uint8Array(0) },
      supported_groups: { namedGroupList: [X25519MLKEM768, X25519, SECP256R1, SECP384R1, SECP521R1] },
      ec_point_formats: { ecPointFormatList: [0] },
      supported_versions: { versions: [0x0304, 0x0303] },
      psk_key_exchange_modes: { keModes: [1] },
      key_share: { clientShares: [{ group: X25519MLKEM768 }, { group: X25519 }, { group: SECP256R1 }, { group: SECP384R1 }] },
    });
  });

  test('with a name and protocols: server_name first, ALPN among the others', () => {
    const both = written({ serverName: 'www.example.com', alpnProtocols: ['h2'] });
    expect(typesOf(both)).toEqual([0, 23, 0xff01, 10, 11, 16, 13, 43, 45, 51]);
  });

  // As named in the registry, so that a digit that is wrong shows.
  test('the cipher suites', () => {
    const tls12 = (what: string): string => `TLS_${what}`;
    const both = (cipher: string): string[] => [tls12(`ECDHE_ECDSA_WITH_${cipher}`), tls12(`ECDHE_RSA_WITH_${cipher}`)];
    expect(hello.cipherSuites.map((suite) => names.nameOf(names.cipherSuites, suite))).toEqual([
      ...['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'],
      ...[...both('AES_128_GCM_SHA256'), ...both('AES_256_GCM_SHA384'), ...both('CHACHA20_POLY1305_SHA256')],
      ...[...both('AES_128_CBC_SHA'), ...both('AES_256_CBC_SHA')],
      ...['AES_128_GCM_SHA256', 'AES_256_GCM_SHA384', 'AES_128_CBC_SHA', 'AES_256_CBC_SHA'].map((name) => tls12(`RSA_WITH_${name}`)),
    ]);
  });

  test('the groups and signature algorithms', () => {
    const { supported_groups: groups, signature_algorithms: algorithms } = extensionsOf(hello);
    expect(groups!.namedGroupList.map((group) => names.nameOf(names.groups, group))).toEqual([
      ...['X25519MLKEM768', 'x25519', 'secp256r1', 'secp384r1', 'secp521r1'],
    ]);
    const named = algorithms!.supportedSignatureAlgorithms;
    expect(named.map((algorithm) => names.nameOf(names.signatureAlgorithms, algorithm))).toEqual([
      ...['ecdsa_secp256r1_sha256', 'rsa_pss_rsae_sha256', 'rsa_pkcs1_sha256'],
      ...['ecdsa_secp384r1_sha384', 'rsa_pss_rsae_sha384', 'rsa_pkcs1_sha384'],
      ...['ecdsa_secp521r1_sha512', 'rsa_pss_rsae_sha512', 'rsa_pkcs1_sha512'],
      ...['ed25519', 'ed448', 'rsa_pss_pss_sha256', 'rsa_pss_pss_sha384', 'rsa_pss_pss_sha512', 'rsa_pkcs1_sha1'],
    ]);
  });

  test.each<[string, ClientHelloInput | undefined]>([
    ['an empty object', {}],
    ['fields that are undefined', { serverName: undefined, versions: undefined, keyShares: undefined, extensions: undefined }],
    ['neither protocols nor extensions', { alpnProtocols: [], extensions: [] }],
  ])('%s says the same', (_, input) => {
    expect(encodeClientHello({ ...input, random })).toEqual(encodeClientHello({ random }));
  });
});

test('byte by byte', () => {
  const hello = encodeClientHello({
    ...{ serverName: 'a.example', alpnProtocols: ['h2', 'x'], versions: [0x0304, 0x0303], cipherSuites: [0x1301, 0xc02f] },
    ...{ groups: [X25519, GREASE], signatureAlgorithms: [0x0403], keyShares: [{ group: X25519, keyExchange: bytes(1, 2) }] },
    ...{ random, sessionId: bytes(7, 8, 9), extensions: [{ type: 0xfafa, data: bytes(5) }] },
  });
  const body = bytes(
    [3, 3],
    random,
    vector8(7, 8, 9),
    vector16(u16(0x1301), u16(0xc02f)),
    vector8(0),
    vector16(
      extension(0, vector16(0, vector16('a.example'))),
      extension(23),
      extension(0xff01, 0),
      extension(10, vector16(u16(X25519), u16(GREASE))),
      extension(11, vector8(0)),
      extension(16, vector16(vector8('h2'), vector8('x'))),
      extension(13, vector16(u16(0x0403))),
      extension(43, vector8(u16(0x0304), u16(0x0303))),
      extension(45, vector8(1)),
      extension(51, vector16(u16(X25519), vector16(1, 2))),
      extension(0xfafa, 5),
    ),
  );
  // RFC 8446 5.1: the first record MAY say 0x0301.
  expect(hex(hello)).toBe(hex(records(handshake(body), 0x4000)));
});

describe('each field is read back as it was given', () => {
  test.each<[given: string, host: string]>([
    ['www.example.com', 'www.example.com'],
    ['WWW.Example.COM', 'www.example.com'],
    ['www.example.com.', 'www.example.com'],
    ['localhost', 'localhost'],
    ['_acme-challenge.xn--bcher-kva.example', '_acme-challenge.xn--bcher-kva.example'],
    ['a', 'a'],
    ['1.2.3.example', '1.2.3.example'],
    [`${'a'.repeat(63)}.example`, `${'a'.repeat(63)}.example`],
    [longestName(), longestName()],
    [`${longestName().toUpperCase()}.`, longestName()],
  ])('serverName: %s', (serverName, host) => {
    const flight = encodeClientHello({ serverName });
    expect(helloIn(flight).serverName).toEqual({ kind: 'dns', host });
    // RFC 6066 3: "without a trailing dot"; and the case is not left to the server.
    expect(extensionsOf(helloIn(flight)).server_name).toMatchObject({ serverName: { host } });
    expect(hex(helloIn(flight).extensions[0]!.data)).toBe(hex(vector16(0, vector16(host))));
    expect(readServerName(flight)).toEqual({ status: 'complete', value: { kind: 'dns', host }, size: flight.length });
  });

  test('a hello of classic groups is small, and the hot path reads its name', () => {
    const hello = encodeClientHello({ serverName: 'www.example.com', alpnProtocols: ['h2'], groups: [X25519] });
    const value = { kind: 'dns', host: 'www.example.com' };
    expect(readServerName(hello)).toEqual({ status: 'complete', value, size: 265 });
  });

  test.each<[string, ClientHelloInput]>([
    ['alpnProtocols', { alpnProtocols: ['h2', 'http/1.1'] }],
    ['alpnProtocols, of bytes that are no text', { alpnProtocols: ['\0', '\xff\x80', '\n', 'ü'] }],
    ['alpnProtocols, twice the same', { alpnProtocols: ['h2', 'h2'] }],
    ['alpnProtocols, 1 and 255 bytes', { alpnProtocols: ['x', '\xfe'.repeat(255)] }],
    ['versions', { versions: [0x0303] }],
    ['versions, in any order and with GREASE', { versions: [GREASE, 0x0302, 0x0304, 0x0303] }],
    ['versions, 127', { versions: Array.from({ length: 127 }, (_, i) => 0x0200 + i) }],
    ['versions, the least and the greatest', { versions: [0, 0xffff] }],
    ['cipherSuites', { cipherSuites: [0xffff, 0, 0x1303, GREASE] }],
    ['cipherSuites, 32767', { cipherSuites: Array.from({ length: 32767 }, (_, i) => i) }],
    ['groups', { groups: [0xffff, SECP521R1, 0] }],
    ['signatureAlgorithms', { signatureAlgorithms: [0xffff, 0x0201, 0] }],
    ['keyShares', { keyShares: [{ group: X25519, keyExchange: new Uint8Array(40).fill(9) }, { group: SECP256R1, keyExchange: bytes(1) }] }],
    ['keyShares, of a group of the caller', { groups: [GREASE, X25519], keyShares: [{ group: GREASE, keyExchange: bytes(0) }] }],
    ['keyShares, none', { keyShares: [] }],
    ['random', { random }],
    ['sessionId, empty', { sessionId: bytes() }],
    ['sessionId, 1 byte', { sessionId: bytes(0) }],
    ['sessionId, 32 bytes', { sessionId: new Uint8Array(32).fill(3) }],
  ])('%s', (_, input) => {
    expect(fieldsOf(written(input))).toMatchObject(input);
  });

  test('extensions, behind the others and in order', () => {
    const extensions: Extension[] = [
      { type: 0xfafa, data: bytes() },
      { type: 5, data: bytes(1, 0, 0, 0, 0) },
      { type: 0xffff, data: bytes(1, 2, 3) },
    ];
    const hello = written({ extensions });
    expect(hello.extensions.slice(8)).toEqual(extensions);
    expect(hello.extensions.slice(0, 8).map(({ type }) => type)).toEqual(typesOf(written()));
  });

  test('extensions in the place of fields that are not given', () => {
    const extensions: Extension[] = [
      { type: 16, data: vector16(vector8('h3')) },
      { type: 0, data: vector16(0, vector16('Raw.Example')) },
    ];
    const hello = written({ extensions });
    expect(hello).toMatchObject({ alpnProtocols: ['h3'], serverName: { kind: 'dns', host: 'raw.example' } });
    expect(hello.extensions.slice(-2)).toEqual(extensions);
  });

  test('pre_shared_key, the last one', () => {
    const data = bytes(vector16(vector16('identity'), [0, 0, 0, 0]), vector16(vector8(new Uint8Array(32))));
    const hello = written({ extensions: [{ type: 21, data: bytes() }, { type: 41, data }] });
    expect(typesOf(hello).slice(-2)).toEqual([21, 41]);
    expect(extensionsOf(hello).pre_shared_key?.identities).toHaveLength(1);
  });

  test('bytes as Buffer, as a view, of another realm', () => {
    const padded = concat([bytes(1, 2, 3), random, bytes(4)]);
    const forms = [Buffer.from(random), padded.subarray(3, 35), runInNewContext(`Uint8Array.of(${random.join()})`) as Uint8Array];
    for (const form of forms) {
      const input = (data: Uint8Array): ClientHelloInput => ({
        ...{ random: data, sessionId: data, extensions: [{ type: 9999, data }] },
        keyShares: [{ group: X25519, keyExchange: data }],
      });
      expect(encodeClientHello(input(form))).toEqual(encodeClientHello(input(random)));
    }
  });
});

/** 253 characters: 63 + 1 + 63 + 1 + 63 + 1 + 61. */
function longestName(): string {
  return [63, 63, 63, 61].map((length) => 'n'.repeat(length)).join('.');
}

describe('legacyVersion', () => {
  test.each<[versions: number[], legacyVersion: number]>([
    [[0x0304, 0x0303], 0x0303],
    [[0x0303, 0x0304], 0x0303],
    [[0x0304], 0x0303],
    [[0x0303], 0x0303],
    [[0x0302], 0x0302],
    [[0x0301, 0x0302], 0x0302],
    [[0x0300], 0x0300],
    [[0x0305, 0x7f1c], 0x0303],
    // RFC 8446 4.1.2: where TLS 1.3 is offered, whatever else is; OpenSSL refuses SSL 3.0 there.
    [[0x0304, 0x0300], 0x0303],
    [[0x0301, 0x0304], 0x0303],
    [[GREASE, 0x0304], 0x0303],
    // GREASE is no version that could stand there, nor is SSL 2.0.
    [[0x0a0a, 0x0301], 0x0301],
    [[0x0002], 0x0303],
  ])('of versions %j', (versions, legacyVersion) => {
    const hello = written({ versions });
    expect(hello.legacyVersion).toBe(legacyVersion);
    expect(hello.supportedVersions).toEqual(versions);
  });

  test('the record says 0x0301 whatever the versions are', () => {
    for (const versions of [[0x0304], [0x0303], [0x0300]]) {
      expect(hex(encodeClientHello({ versions }).subarray(0, 3))).toBe('160301');
    }
  });
});

describe('the key share of the default', () => {
  const shareOf = (input: ClientHelloInput): readonly { group: number; keyExchange: Uint8Array }[] | undefined =>
    extensionsOf(written(input)).key_share?.clientShares;

  /** The public key of the secret 1, as another implementation computes it. */
  function generatorOf(curve: string, size: number): string {
    const ecdh = createECDH(curve);
    ecdh.setPrivateKey(Buffer.from('1'.padStart(2 * size, '0'), 'hex'));
    return ecdh.getPublicKey('hex', 'uncompressed');
  }
  const basePoint = '09'.padEnd(64, '0');

  test.each<[string, group: number, key: string]>([
    ['x25519: the base point of RFC 7748 4.1', X25519, basePoint],
    ['secp256r1', SECP256R1, generatorOf('prime256v1', 32)],
    ['secp384r1', SECP384R1, generatorOf('secp384r1', 48)],
    // draft-ietf-tls-ecdhe-mlkem 4.1: the encapsulation key of 1184 bytes, then that of x25519.
    ['X25519MLKEM768', X25519MLKEM768, '00'.repeat(1184) + basePoint],
  ])('%s', (_, group, key) => {
    for (const groups of [[group], [SECP521R1, group], [GREASE, 0x6399, group, group]]) {
      const shares = shareOf({ groups });
      expect(shares?.map((share) => share.group)).toEqual([group]);
      expect(hex(shares![0]!.keyExchange)).toBe(key);
    }
  });

  test('one of each group that has a key, in the order of groups', () => {
    for (const groups of [[SECP384R1, X25519], [X25519, GREASE, SECP384R1], [SECP256R1, X25519MLKEM768, SECP384R1, X25519]]) {
      expect(shareOf({ groups })?.map(({ group }) => group)).toEqual(groups.filter((group) => group !== GREASE));
    }
  });

  test('its secret is no secret: that of x25519 is 5 times the order less 1', () => {
    const order = 2n ** 252n + 27742317777372353535851937790883648493n;
    const secret = Buffer.from((5n * order - 1n).toString(16).padStart(64, '0'), 'hex').reverse();
    // PKCS #8 around it (RFC 8410 7).
    const der = Buffer.concat([Buffer.from('302e020100300506032b656e04220420', 'hex'), secret]);
    const publicKey = createPublicKey(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }));
    expect(publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('hex')).toBe(basePoint);
  });

  test('none where there is no key for any group: an empty list, that the server asks for one', () => {
    for (const groups of [[SECP521R1], [30, GREASE], [0x0100]]) expect(shareOf({ groups })).toEqual([]);
  });

  test('keyShares: [] is an empty list too', () => {
    expect(shareOf({ keyShares: [] })).toEqual([]);
  });

  test.each([[[0x0303]], [[0x0303, 0x0302, 0x0301]], [[GREASE, 0x0303]]])('no extension at all without TLS 1.3: %j', (versions) => {
    expect(typesOf(written({ versions }))).toEqual([23, 0xff01, 10, 11, 13, 43]);
  });

  test('a version behind TLS 1.3 is like it', () => {
    expect(typesOf(written({ versions: [0x0305] }))).toEqual(typesOf(written()));
  });

  test('keyShares that are given are written in any version', () => {
    expect(shareOf({ versions: [0x0303], keyShares: [] })).toEqual([]);
  });
});

describe('random', () => {
  test('with it, the same input gives the same hello', () => {
    for (const input of [{ random }, { random, serverName: 'a.example', alpnProtocols: ['h2'], groups: [SECP256R1] }]) {
      expect(encodeClientHello(input)).toEqual(encodeClientHello(input));
    }
  });

  test('without it, each hello has another, and a session id of its own', () => {
    const hellos = Array.from({ length: 20 }, () => written());
    expect(new Set(hellos.map((hello) => hex(hello.random))).size).toBe(20);
    for (const hello of hellos) expect(hello.sessionId).toEqual(hello.random);
  });

  test('sessionId is that of `random` unless given', () => {
    expect(written({ random }).sessionId).toEqual(random);
    const other = written({ sessionId: bytes(1) });
    expect(other.sessionId).toEqual(bytes(1));
    expect(other.random).toHaveLength(32);
  });
});

describe('the result', () => {
  test('is a plain array of its own', () => {
    for (const hello of [encodeClientHello(), encodeClientHello({ random: Buffer.from(random) })]) {
      expect(Object.getPrototypeOf(hello)).toBe(Uint8Array.prototype);
      expect(hello.buffer.byteLength).toBe(hello.length);
    }
  });

  test('shares nothing with the input, which stays as it is', () => {
    const input = {
      ...{ serverName: 'WWW.Example.', alpnProtocols: ['h2'], versions: [0x0304], cipherSuites: [0x1301], groups: [X25519] },
      ...{ signatureAlgorithms: [0x0403], keyShares: [{ group: X25519, keyExchange: bytes(1, 2, 3) }] },
      ...{ random: random.slice(), sessionId: bytes(4, 5), extensions: [{ type: 21, data: bytes(0, 0) }] },
    };
    const before = structuredClone(input);
    const hello = encodeClientHello(input);
    expect(input).toEqual(before);
    const copy = hello.slice();
    for (const data of [input.random, input.sessionId, input.keyShares[0]!.keyExchange, input.extensions[0]!.data]) data.fill(0xee);
    expect(hello).toEqual(copy);
    hello.fill(0);
    expect(input.random).toEqual(new Uint8Array(32).fill(0xee));
  });

  test('is the same for an input that is frozen, or whose fields are inherited', () => {
    const input = { random, serverName: 'a.example', groups: Object.freeze([SECP256R1]) };
    expect(encodeClientHello(Object.freeze(input))).toEqual(encodeClientHello(input));
    expect(encodeClientHello(Object.create(input) as ClientHelloInput)).toEqual(encodeClientHello(input));
  });

  /** The hello whose handshake message, header included, has so many bytes. */
  function ofLength(length: number): Uint8Array {
    const input = (size: number): ClientHelloInput => ({ random, extensions: [{ type: 21, data: new Uint8Array(size) }] });
    const rest = unrecorded(encodeClientHello(input(0))).length;
    return encodeClientHello(input(length - rest));
  }

  // RFC 8446 5.1: "The length MUST NOT exceed 2^14 bytes", and "Zero-length fragments ... MUST NOT" be sent.
  test.each([
    [2 ** 14, [2 ** 14]],
    [2 ** 14 + 1, [2 ** 14, 1]],
    [2 ** 15, [2 ** 14, 2 ** 14]],
    [40_000, [2 ** 14, 2 ** 14, 40_000 - 2 ** 15]],
  ])('of a message of %i bytes is in records of %j', (length, expected) => {
    const flight = ofLength(length);
    const lengths: number[] = [];
    for (let at = 0; at < flight.length; at += 5 + lengths.at(-1)!) {
      expect(hex(flight.subarray(at, at + 3))).toBe('160301');
      lengths.push((flight[at + 3]! << 8) | flight[at + 4]!);
    }
    expect(lengths).toEqual(expected);
    expect(helloIn(flight).extensions.at(-1)!.data.every((byte) => byte === 0)).toBe(true);
    expect(unrecorded(flight)).toHaveLength(length);
  });

  test('everything as long as may be, read whole and as it comes', () => {
    const rest: ClientHelloInput = {
      ...{ serverName: longestName(), alpnProtocols: Array.from({ length: 100 }, () => 'p'.repeat(255)) },
      ...{ versions: Array.from({ length: 127 }, (_, i) => 0x0300 + i), cipherSuites: Array.from({ length: 32767 }, (_, i) => i) },
      ...{ random, sessionId: random },
    };
    const block = (hello: ClientHello): number => hello.extensions.reduce((sum, { data }) => sum + 4 + data.length, 0);
    const left = 65535 - block(written(rest)) - 4;
    const input = { ...rest, extensions: [{ type: 21, data: new Uint8Array(left) }] };
    const flight = encodeClientHello(input);
    const { serverName, ...others } = rest;
    expect(fieldsOf(helloIn(flight))).toMatchObject({ ...others, serverName: { host: serverName } });
    expect(block(helloIn(flight))).toBe(65535);

    const parser = createClientHelloParser({ maxBytes });
    for (let at = 0; at < flight.length; at += 4096) {
      const outcome = parser.push(flight.subarray(at, at + 4096));
      expect(outcome.status).toBe(at + 4096 < flight.length ? 'incomplete' : 'complete');
    }
    const tooLong = { ...rest, extensions: [{ type: 21, data: new Uint8Array(left + 1) }] };
    expect(() => encodeClientHello(tooLong)).toThrow(naming('extensions'));
  });
});

describe('what cannot be written is refused by the name of its field', () => {
  const bad = (input: unknown): ClientHelloInput => input as ClientHelloInput;
  const one = bytes(1);

  type Row = [field: string, error: ErrorConstructor, input: ClientHelloInput];
  const lists = ['versions', 'cipherSuites', 'groups', 'signatureAlgorithms'] as const;

  test.each<Row>([
    ['hello', TypeError, bad(null)],
    ['hello', TypeError, bad('www.example.com')],
    ['hello', TypeError, bad(7)],
    ['hello', TypeError, bad([])],

    ...[1, {}, null, ['a.example'], true].map((serverName): Row => ['serverName', TypeError, bad({ serverName })]),
    // RFC 6066 3: "Literal IPv4 and IPv6 addresses are not permitted", nor what a resolver might take for one.
    ...['192.0.2.1', '192.0.2.1.', '127.1', '2130706433', '0x7f.1', '::1', '[::1]', '2001:db8::1', '::ffff:192.0.2.1'].map(
      (serverName): Row => ['serverName', RangeError, { serverName }],
    ),
    ...['', '.', '..', '.example', 'a..example', 'a.example..', ' ', 'a b', 'a.example ', 'a.example\0', 'a.example\n', '*.example'].map(
      (serverName): Row => ['serverName', RangeError, { serverName }],
    ),
    // U+212A is a letter that becomes an ASCII one in lower case.
    ...['bücher.example', 'b\xfccher', '\u212aelvin.example', '例え.jp', 'a\u3002example', 'https://a.example', 'a.example:443', 'a/b'].map(
      (serverName): Row => ['serverName', RangeError, { serverName }],
    ),
    ['serverName', RangeError, { serverName: `${'a'.repeat(64)}.example` }],
    ['serverName', RangeError, { serverName: `${longestName()}n` }],
    ['serverName', RangeError, { serverName: `a.${longestName()}` }],

    ...['h2', 1, {}, null, new Set(['h2']), Buffer.from('h2')].map((alpnProtocols): Row => ['alpnProtocols', TypeError, bad({ alpnProtocols })]),
    ['alpnProtocols[0]', RangeError, { alpnProtocols: [''] }],
    ['alpnProtocols[1]', RangeError, { alpnProtocols: ['h2', ''] }],
    ['alpnProtocols[0]', RangeError, { alpnProtocols: ['x'.repeat(256)] }],
    ['alpnProtocols[2]', RangeError, { alpnProtocols: ['h2', 'h3', 'h\u0100'] }],
    ['alpnProtocols[0]', RangeError, { alpnProtocols: ['\ud83d\ude00'] }],
    ...[2, null, undefined, Buffer.from('h2'), ['h2']].map(
      (protocol): Row => ['alpnProtocols[1]', TypeError, bad({ alpnProtocols: ['h2', protocol] })],
    ),
    ['alpnProtocols[0]', TypeError, { alpnProtocols: new Array<string>(1) }],
    ['alpnProtocols', RangeError, { alpnProtocols: Array.from({ length: 256 }, () => 'x'.repeat(255)) }],

    ...lists.flatMap((list): Row[] => [
      [list, RangeError, { [list]: [] }],
      ...['771', 771, {}, new Set([771]), Uint16Array.of(771)].map((value): Row => [list, TypeError, bad({ [list]: value })]),
      ...[65536, -1, 1.5, NaN, Infinity, 2 ** 32 + 0x0303].map((value): Row => [`${list}[0]`, RangeError, { [list]: [value] }]),
      ...['771', null, undefined, 771n, [771], {}].map((value): Row => [`${list}[1]`, TypeError, bad({ [list]: [0x0303, value] })]),
      [`${list}[2]`, TypeError, { [list]: Object.assign([0x0303, 0x0304], { length: 3 }) }],
      [`${list}[0]`, TypeError, { [list]: new Array<number>(2) }],
    ]),
    ...['cipherSuites', 'versions', 'groups', 'signatureAlgorithms'].map((list): Row => [list, TypeError, bad({ [list]: null })]),
    // What fits into a list of its own, and not into its extension with its length in front.
    ...(['groups', 'signatureAlgorithms'] as const).map(
      (list): Row => [list, RangeError, { [list]: Array.from({ length: 32767 }, (_, i) => i) }],
    ),
    ['versions', RangeError, { versions: Array.from({ length: 128 }, () => 0x0303) }],
    ...(['cipherSuites', 'groups', 'signatureAlgorithms'] as const).map(
      (list): Row => [list, RangeError, { [list]: Array.from({ length: 32768 }, (_, i) => i) }],
    ),

    ...[0, 31, 33, 64].map((length): Row => ['random', RangeError, { random: new Uint8Array(length) }]),
    ...[null, 'a'.repeat(32), 32, Array.from(random), new ArrayBuffer(32)].map((value): Row => ['random', TypeError, bad({ random: value })]),
    ['sessionId', RangeError, { sessionId: new Uint8Array(33) }],
    ...[null, '', 0, [], new ArrayBuffer(32)].map((sessionId): Row => ['sessionId', TypeError, bad({ sessionId })]),

    ...[null, 'x', 29, { group: X25519, keyExchange: one }, one].map((keyShares): Row => ['keyShares', TypeError, bad({ keyShares })]),
    ...[null, undefined, 29, 'x', []].map((share): Row => ['keyShares[0]', TypeError, bad({ keyShares: [share] })]),
    ['keyShares[0]', TypeError, { keyShares: new Array(1) }],
    ['keyShares[0].group', RangeError, { keyShares: [{ group: 30, keyExchange: one }] }],
    ['keyShares[1].group', RangeError, { keyShares: [{ group: X25519, keyExchange: one }, { group: 30, keyExchange: one }] }],
    // RFC 8446 4.2.8: in the order of supported_groups.
    ['keyShares[1].group', RangeError, { keyShares: [{ group: X25519, keyExchange: one }, { group: X25519MLKEM768, keyExchange: one }] }],
    ['keyShares[1].group', RangeError, { keyShares: [{ group: X25519, keyExchange: one }, { group: X25519, keyExchange: one }] }],
    ['keyShares[0].group', RangeError, { groups: [SECP256R1], keyShares: [{ group: X25519, keyExchange: one }] }],
    ['keyShares[2].group', RangeError, { keyShares: [X25519, SECP256R1, X25519].map((group) => ({ group, keyExchange: one })) }],
    ...['29', null, undefined, 29n, Symbol('29'), [29]].map(
      (group): Row => ['keyShares[0].group', TypeError, bad({ keyShares: [{ group, keyExchange: one }] })],
    ),
    ...[-1, 65536, NaN].map((group): Row => ['keyShares[0].group', RangeError, { keyShares: [{ group, keyExchange: one }] }]),
    ['keyShares[0].keyExchange', RangeError, { keyShares: [{ group: X25519, keyExchange: bytes() }] }],
    ['keyShares[0].keyExchange', RangeError, { keyShares: [{ group: X25519, keyExchange: new Uint8Array(65536) }] }],
    ['keyShares', RangeError, { keyShares: [X25519, SECP256R1].map((group) => ({ group, keyExchange: new Uint8Array(40_000) })) }],
    ...[null, undefined, 'key', [1, 2], new ArrayBuffer(32)].map(
      (keyExchange): Row => ['keyShares[1].keyExchange', TypeError, bad({ keyShares: [{ group: X25519, keyExchange: one }, { group: SECP256R1, keyExchange }] })],
    ),

    ...[null, 'x', 5, {}, one].map((extensions): Row => ['extensions', TypeError, bad({ extensions })]),
    ...[null, undefined, 5, 'x', []].map((value): Row => ['extensions[0]', TypeError, bad({ extensions: [value] })]),
    ['extensions[1]', TypeError, bad({ extensions: Object.assign([{ type: 21, data: one }], { length: 2 }) })],
    ...[65536, -1, 1.5, NaN].map((type): Row => ['extensions[0].type', RangeError, { extensions: [{ type, data: one }] }]),
    ...['21', null, undefined, 21n].map((type): Row => ['extensions[0].type', TypeError, bad({ extensions: [{ type, data: one }] })]),
    ...[null, undefined, '', [1], new ArrayBuffer(1)].map((data): Row => ['extensions[0].data', TypeError, bad({ extensions: [{ type: 21, data }] })]),
    // Those that are written already.
    ...[23, 0xff01, 10, 11, 13, 43, 45, 51].map((type): Row => ['extensions[0].type', RangeError, { extensions: [{ type, data: one }] }]),
    ['extensions[0].type', RangeError, { serverName: 'a.example', extensions: [{ type: 0, data: one }] }],
    ['extensions[0].type', RangeError, { alpnProtocols: ['h2'], extensions: [{ type: 16, data: one }] }],
    ['extensions[0].type', RangeError, { versions: [0x0303], keyShares: [], extensions: [{ type: 51, data: one }] }],
    ['extensions[2].type', RangeError, { extensions: [5, 21, 5].map((type) => ({ type, data: one })) }],
    // RFC 8446 4.2.11: it MUST be the last.
    ['extensions[1]', RangeError, { extensions: [41, 21].map((type) => ({ type, data: one })) }],
    ['extensions[2]', RangeError, { extensions: [5, 41, 21].map((type) => ({ type, data: one })) }],
    ['extensions[0].data', RangeError, { extensions: [{ type: 21, data: new Uint8Array(65536) }] }],
    // Refused before they are copied: as numbers they would not fit into memory.
    ['extensions[0].data', RangeError, { extensions: [{ type: 21, data: new Uint8Array(2 ** 28) }] }],
    ['keyShares[0].keyExchange', RangeError, { keyShares: [{ group: X25519, keyExchange: new Uint8Array(2 ** 28) }] }],
    ['alpnProtocols[0]', RangeError, { alpnProtocols: ['x'.repeat(2 ** 28)] }],
    ...['alpnProtocols', 'cipherSuites', 'extensions', 'groups', 'keyShares', 'signatureAlgorithms', 'versions'].map(
      (list): Row => [list, RangeError, bad({ [list]: new Array(2 ** 28) })],
    ),
    ['extensions', RangeError, { extensions: [{ type: 21, data: new Uint8Array(65535) }] }],
    ['extensions', RangeError, { extensions: [5, 21].map((type) => ({ type, data: new Uint8Array(33_000) })) }],
  ])('%# %s', (field, error, input) => {
    expect(() => encodeClientHello(input)).toThrow(error);
    expect(() => encodeClientHello(input)).toThrow(naming(field));
  });

  test.each<[ClientHelloInput, string]>([
    [{ serverName: '192.0.2.1' }, 'serverName must be a DNS name in ASCII, not an address'],
    [{ serverName: 'a b' }, 'serverName must be a DNS name in ASCII'],
    [{ versions: [] }, 'versions must not be empty'],
    [{ versions: [65536] }, 'versions[0] must be an integer from 0 to 65535, not 65536'],
    [{ random: new Uint8Array(31) }, 'random must have 32 bytes, not 31'],
    [{ sessionId: new Uint8Array(33) }, 'sessionId must have 0 to 32 bytes, not 33'],
    [{ alpnProtocols: ['h2', ''] }, 'alpnProtocols[1] must not be empty'],
    [{ alpnProtocols: ['x'.repeat(256)] }, 'alpnProtocols[0] must not take more than 255 bytes, not 256'],
    [{ extensions: [{ type: 43, data: bytes() }] }, 'extensions[0].type must not be 43, which is there already'],
    [{ keyShares: [{ group: 30, keyExchange: bytes(1) }] }, 'keyShares[0].group must be one of groups, not 30'],
  ])('%# in words', (input, message) => {
    expect(() => encodeClientHello(input)).toThrow(new RangeError(message));
  });

  test('each mistake is a TypeError or a RangeError that names a field, whatever the input', () => {
    const anything = fc.anything({ withBigInt: true, withTypedArray: true, maxDepth: 3 });
    const field = fc.oneof(anything, fc.array(anything));
    const fields = ['serverName', 'alpnProtocols', ...lists, 'keyShares', 'random', 'sessionId', 'extensions'] as const;
    const input = fc.record(Object.fromEntries(fields.map((name) => [name, field])), { requiredKeys: [] });
    const named = new RegExp(`^(?:${fields.join('|')})\\b`);
    fc.assert(
      fc.property(input, (hello) => {
        try {
          const flight = encodeClientHello(hello as ClientHelloInput);
          expect(flight).toBeInstanceOf(Uint8Array);
        } catch (error) {
          expect(error).toSatisfy((thrown) => thrown instanceof TypeError || thrown instanceof RangeError);
          expect((error as Error).message).toMatch(named);
        }
      }),
      { numRuns: numRuns * 5 },
    );
  });
});

describe('law: whatever is written is read back the same', () => {
  const value16 = fc.integer({ min: 0, max: 0xffff });
  const list16 = (maxLength: number): fc.Arbitrary<number[]> => fc.array(value16, { minLength: 1, maxLength });
  const label = fc
    .array(fc.constantFrom(...'abcxyzABCXYZ0189-_'), { minLength: 1, maxLength: 60 })
    .map((characters) => characters.join(''));
  // The last label with a letter that no number has.
  const serverName = fc
    .tuple(fc.array(label, { maxLength: 3 }), label, fc.constantFrom('', '.'))
    .map(([labels, last, dot]) => [...labels, `${last}z`].join('.') + dot);
  const protocol = fc.uint8Array({ minLength: 1, maxLength: 255 }).map((data) => Buffer.from(data).toString('latin1'));
  const share = fc.record({ group: value16, keyExchange: fc.uint8Array({ minLength: 1, maxLength: 300 }) });
  // Of types that have no structure here.
  const raw = fc
    .uniqueArray(fc.record({ type: fc.integer({ min: 0x8000, max: 0xf000 }), data: fc.uint8Array({ maxLength: 300 }) }), {
      ...{ selector: ({ type }) => type, maxLength: 6 },
    });
  const input = fc
    .record(
      {
        ...{ serverName, alpnProtocols: fc.array(protocol, { maxLength: 5 }), versions: list16(127), cipherSuites: list16(300) },
        ...{ groups: list16(40), signatureAlgorithms: list16(40) },
        keyShares: fc.uniqueArray(share, { selector: ({ group }) => group, maxLength: 4 }),
        ...{ random: fc.uint8Array({ minLength: 32, maxLength: 32 }), sessionId: fc.uint8Array({ maxLength: 32 }), extensions: raw },
      },
      { requiredKeys: [] },
    )
    // RFC 8446 4.2.8: shares are of groups that are there, in their order.
    .map((hello) => {
      if (hello.keyShares === undefined) return hello;
      const groups = [...(hello.groups ?? [X25519]), ...hello.keyShares.map(({ group }) => group)];
      const keyShares = hello.keyShares.toSorted((one, other) => groups.indexOf(one.group) - groups.indexOf(other.group));
      return { ...hello, groups, keyShares };
    });

  test('all fields', () => {
    const defaults = fieldsOf(written()) as Record<string, unknown>;
    fc.assert(
      fc.property(input, (given) => {
        const flight = encodeClientHello(given);
        const hello = helloIn(flight);
        const { serverName: name, extensions = [], ...fields } = given;
        const host = name?.replace(/\.$/, '').toLowerCase();
        expect(hello.serverName).toEqual(host && { kind: 'dns', host });
        const found = fieldsOf(hello) as Record<string, unknown>;
        expect(found).toMatchObject(fields);
        for (const field of ['alpnProtocols', 'versions', 'cipherSuites', 'signatureAlgorithms'] as const) {
          if (given[field] === undefined) expect(found[field]).toEqual(defaults[field]);
        }
        if (given.groups === undefined) expect(found['groups']).toEqual(defaults['groups']);
        if (given.sessionId === undefined) expect(hello.sessionId).toEqual(hello.random);
        expect(hello.extensions.slice(hello.extensions.length - extensions.length)).toEqual(extensions);
        // Whoever reads on finds no type twice, and the hot path says the same of the name.
        expect(new Set(typesOf(hello)).size).toBe(hello.extensions.length);
        expect(readServerName(flight, { maxBytes })).toEqual({ status: 'complete', value: hello.serverName, size: flight.length });
      }),
      { numRuns },
    );
  });
});
