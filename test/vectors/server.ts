/**
 * What servers answer to a ClientHello, and the verdict on it, with the clause that says so. The tests of the decoder
 * check the rows, the laws run over their bytes.
 */
import { readFileSync } from 'node:fs';
import type {
  Alert,
  Extension,
  HelloRetryRequest,
  ServerAlert,
  ServerAnswer,
  ServerHello,
  ServerHelloCode,
} from '../../src/tls/index.ts';
import { alpn, bytes, concat, extension, fromHex, handshake, record, u16, u24, vector16, vector8 } from './build.ts';
import type { Part } from './build.ts';

export interface ServerRefusal {
  readonly clause: string;
  readonly input: string;
  readonly bytes: Uint8Array;
  readonly code: ServerHelloCode;
  readonly offset: number;
  /** How many bytes it takes to know; all of them unless given. */
  readonly decidedAt?: number;
  readonly maxBytes?: number;
}

export interface ServerAcceptance {
  readonly clause: string;
  readonly input: string;
  readonly bytes: Uint8Array;
  readonly value: ServerAnswer;
  /** All bytes unless given. */
  readonly size?: number;
  /** How many bytes it takes to know; `size` unless given. */
  readonly decidedAt?: number;
  readonly maxBytes?: number;
}

/** What the end of the connection makes of bytes that are no answer yet. */
export interface ServerEnd {
  readonly clause: string;
  readonly input: string;
  readonly bytes: Uint8Array;
  readonly end: { readonly code: 'tls.server_hello.truncated'; readonly offset: number } | ServerAlert;
}

export const RETRY_RANDOM: Uint8Array = fromHex('cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c');
const RANDOM = new Uint8Array(32).fill(0x52);

export interface ServerHelloParts {
  readonly version?: number;
  readonly random?: Uint8Array;
  /** With its length. */
  readonly sessionId?: Part;
  readonly cipherSuite?: number;
  readonly compressionMethod?: number;
  /** Without the length of the block; undefined for no block at all. */
  readonly extensions?: Part | undefined;
  /** In place of the block with its length. */
  readonly block?: Part;
}

/**
 * The handshake message. With nothing given, in one record: random at byte 11, session id at 43, cipher suite at 44,
 * compression method at 46, extensions at 47, the first one at 49 and its data at 53.
 */
export function serverMessage(parts: ServerHelloParts = {}): Uint8Array {
  const block = parts.block ?? (parts.extensions === undefined ? [] : vector16(parts.extensions));
  const { version = 0x0303, cipherSuite = 0xc02f, compressionMethod = 0 } = parts;
  return handshake(
    bytes(u16(version), parts.random ?? RANDOM, parts.sessionId ?? 0, u16(cipherSuite), compressionMethod, block),
    2,
  );
}

/** In one record. */
export function serverHello(parts: ServerHelloParts = {}): Uint8Array {
  return handshakes(serverMessage(parts));
}

export function retry(...extensions: readonly Part[]): Uint8Array {
  return serverHello({ random: RETRY_RANDOM, extensions });
}

export function vector24(...parts: readonly Part[]): Uint8Array {
  const data = bytes(...parts);
  return bytes(u24(data.length), data);
}

/** The handshake message with these certificates. */
export function certificateMessage(...certificates: readonly Part[]): Uint8Array {
  return handshake(vector24(...certificates.map((certificate) => vector24(certificate))), 11);
}

/** Handshake messages in one record. */
function handshakes(...messages: readonly Uint8Array[]): Uint8Array {
  return record(concat(messages), 22, 0x0303);
}

export function warning(description: number): Uint8Array {
  return bytes(21, 3, 3, 0, 2, 1, description);
}

export function fatal(description: number): Uint8Array {
  return bytes(21, 3, 3, 0, 2, 2, description);
}

/** Handshake messages as a stream, in records of these sizes and one with the rest. */
function cut(stream: Uint8Array, ...sizes: readonly number[]): Uint8Array {
  const out: Uint8Array[] = [];
  let at = 0;
  for (const size of [...sizes, stream.length]) {
    if (at < stream.length) out.push(record(stream.subarray(at, at + size), 22, 0x0303));
    at += size;
  }
  return concat(out);
}

/** All of it in records of `size` bytes. */
function cutEvery(stream: Uint8Array, size: number): Uint8Array {
  return cut(stream, ...new Array<number>(Math.ceil(stream.length / size)).fill(size));
}

const selected = (version: number): Uint8Array => extension(43, u16(version));
const keyShare = (group: number, ...key: readonly Part[]): Uint8Array => extension(51, u16(group), vector16(...key));
const tls13 = [selected(0x0304), keyShare(29, new Uint8Array(32).fill(0x4b))];

const plain = serverMessage();
const A = bytes(0x30, 1, 0xaa);
const B = bytes(0x30, 2, 0xbb, 0xbb);
const chain = certificateMessage(A, B);
const ccs = bytes(20, 3, 3, 0, 1, 1);
const serverKeyExchange = handshake(bytes(3, 0, 23, 1, 4), 12);
const serverHelloDone = handshake(bytes(), 14);
const newSessionTicket = handshake(bytes(0, 0, 1, 0, 0, 1, 9), 4);

/** Not TLS at all: decided at the first byte that rules TLS out. */
const foreign: ServerRefusal[] = [
  ['HTTP/1', 'HTTP/1.1 400 Bad Request\r\n\r\n'],
  ['HTTP/2', '\0\0\x12\x04\0\0\0\0\0'],
  ['SSH', 'SSH-2.0-OpenSSH_9.2\r\n'],
  ['SMTP', '220 mx.example.com ESMTP\r\n'],
  ['PostgreSQL, which speaks no TLS', 'N'],
  ['an SSLv2 ServerHello', '\x80\x0b\x04\0\0\0\x02\0\0\0\0\0\0'],
].map(([input, text]) => ({
  clause: 'RFC 8446 5.1 ContentType',
  input: input!,
  bytes: bytes(text!),
  code: 'tls.not_tls',
  offset: 0,
  decidedAt: 1,
}));

/** What is wrong with the records around messages. Behind `plain`, which is up to byte 47, a Certificate may come. */
const recordLayer: ServerRefusal[] = (
  [
    ['record major 2', bytes(22, 2, 0, 0, 42, plain), 'tls.not_tls', 1, 2],
    ['record major 2 of an alert', bytes(21, 2, 0, 0, 2, 2, 40), 'tls.not_tls', 1, 2],
    [
      'record major 2 between fragments',
      concat([record(plain.subarray(0, 9)), record(plain.subarray(9), 22, 0x0201)]),
      'tls.not_tls',
      15,
      16,
    ],
    ['no record between fragments', bytes(record(plain.subarray(0, 9)), 'HTTP'), 'tls.not_tls', 14, 15],
    ['no record behind a warning', bytes(warning(112), 'HTTP'), 'tls.not_tls', 7, 8],
    ['no record behind a ServerHello of TLS 1.2', bytes(handshakes(plain), 'HTTP'), 'tls.not_tls', 47, 48],
    ['record major 2 behind a ServerHello of TLS 1.2', bytes(handshakes(plain), 22, 2), 'tls.not_tls', 48, 49],
    [
      'no record within a Certificate',
      bytes(cut(concat([plain, chain]), 42, 6).subarray(0, 58), 'HTTP'),
      'tls.not_tls',
      58,
      59,
    ],
    ['DTLS 1.2', bytes(22, 0xfe, 0xfd, new Uint8Array(60)), 'tls.dtls', 1, 2],
    ['a DTLS alert', bytes(21, 0xfe, 0xfd, new Uint8Array(12)), 'tls.dtls', 1, 2],
    ['DTLS behind a ServerHello of TLS 1.2', bytes(handshakes(plain), 22, 0xfe, 0xfd), 'tls.dtls', 48, 49],
    ['change_cipher_spec first', bytes(ccs, handshakes(plain)), 'tls.record.type', 0, 1],
    ['application data first', bytes(23, 3, 3, 0, 1, 1), 'tls.record.type', 0, 1],
    ['a heartbeat first', bytes(24, 3, 3, 0, 1, 1), 'tls.record.type', 0, 1],
    ['change_cipher_spec behind a warning', bytes(warning(112), ccs), 'tls.record.type', 7, 8],
    ...([20, 21, 23, 24] as const).flatMap(
      (type) =>
        [
          [
            `record type ${type} between fragments of the ServerHello`,
            concat([record(plain.subarray(0, 30)), record(bytes(1, 1), type), record(plain.subarray(30))]),
            'tls.record.type',
            35,
            36,
          ],
          [
            `record type ${type} behind the first byte of the Certificate`,
            concat([handshakes(plain), record(chain.subarray(0, 1)), record(bytes(1, 1), type), record(chain.subarray(1))]),
            'tls.record.type',
            53,
            54,
          ],
        ] as const,
    ),
    [
      'an alert between fragments of the Certificate',
      concat([handshakes(plain), record(chain.subarray(0, 9)), fatal(80)]),
      'tls.record.type',
      61,
      62,
    ],
    [
      'an alert within the ServerHello, behind a warning',
      concat([warning(112), record(plain.subarray(0, 1)), warning(112)]),
      'tls.record.type',
      13,
      14,
    ],
    ['an empty handshake record first', concat([record(bytes()), handshakes(plain)]), 'tls.record.empty', 3, 5],
    ['an empty alert', bytes(21, 3, 3, 0, 0), 'tls.record.empty', 3, 5],
    [
      'an empty handshake record between fragments',
      concat([record(plain.subarray(0, 3)), record(bytes()), record(plain.subarray(3))]),
      'tls.record.empty',
      11,
      13,
    ],
    [
      'an empty handshake record behind a ServerHello of TLS 1.2',
      concat([handshakes(plain), record(bytes()), record(chain)]),
      'tls.record.empty',
      50,
      52,
    ],
    [
      'an empty handshake record within a Certificate',
      concat([handshakes(plain), record(chain.subarray(0, 4)), record(bytes())]),
      'tls.record.empty',
      59,
      61,
    ],
    ['record length 2^14 + 1', bytes(22, 3, 3, 0x40, 0x01, plain), 'tls.record.length', 3, 5],
    ['record length 2^14 + 1 of an alert', bytes(21, 3, 3, 0x40, 0x01, 2, 40), 'tls.record.length', 3, 5],
    [
      'record length 2^14 + 1 behind a ServerHello of TLS 1.2',
      bytes(handshakes(plain), 22, 3, 3, 0x40, 0x01, chain),
      'tls.record.length',
      50,
      52,
    ],
  ] as const
).map(([input, flight, code, offset, decidedAt]) => ({
  clause: 'RFC 8446 5.1',
  input,
  bytes: flight,
  code,
  offset,
  decidedAt,
}));

const alertRefusals: ServerRefusal[] = (
  [
    ['of one byte', bytes(21, 3, 3, 0, 1, 2), 'tls.alert.length', 3, 5],
    ['of three bytes', bytes(21, 3, 3, 0, 3, 2, 40, 0), 'tls.alert.length', 3, 5],
    ['two in one record', bytes(21, 3, 3, 0, 4, 1, 112, 2, 40), 'tls.alert.length', 3, 5],
    ['encrypted', bytes(21, 3, 3, 0, 26, new Uint8Array(26)), 'tls.alert.length', 3, 5],
    ['of one byte, behind a warning', bytes(warning(112), 21, 3, 3, 0, 1, 2), 'tls.alert.length', 10, 12],
    ['level 0', bytes(21, 3, 3, 0, 2, 0, 40), 'tls.alert.level', 5, 6],
    ['level 3', bytes(21, 3, 3, 0, 2, 3, 40), 'tls.alert.level', 5, 6],
    ['level 255 of close_notify', bytes(21, 3, 3, 0, 2, 255, 0), 'tls.alert.level', 5, 6],
    ['level 0, behind a warning', bytes(warning(112), 21, 3, 3, 0, 2, 0, 40), 'tls.alert.level', 12, 13],
  ] as const
).map(([input, flight, code, offset, decidedAt]) => ({
  clause: 'RFC 8446 6',
  input: `an alert ${input}`,
  bytes: flight,
  code,
  offset,
  decidedAt,
}));

const messageTypes: ServerRefusal[] = [
  ...[0, 1, 3, 4, 8, 11, 12, 14, 22, 255].map((type): ServerRefusal => ({
    clause: 'RFC 8446 4',
    input: `handshake type ${type} first`,
    bytes: handshakes(handshake(plain.subarray(4), type)),
    code: 'tls.handshake.type',
    offset: 5,
    decidedAt: 6,
  })),
  {
    clause: 'RFC 8446 4',
    input: 'handshake type 11 behind a warning',
    bytes: concat([warning(112), handshakes(chain)]),
    code: 'tls.handshake.type',
    offset: 12,
    decidedAt: 13,
  },
];

const limits: ServerRefusal[] = (
  [
    ['a ServerHello of 2^24 - 1 bytes', handshakes(bytes(2, 0xff, 0xff, 0xff, new Uint8Array(40))), undefined, 6, 9],
    [
      'a ServerHello that fits but for its record headers',
      handshakes(bytes(2, u24(65536 - 4 - 20), new Uint8Array(40))),
      undefined,
      6,
      9,
    ],
    [
      'a ServerHello of 2^24 - 1 bytes in records of one byte',
      cutEvery(bytes(2, 0xff, 0xff, 0xff, 3, 3), 1),
      undefined,
      11,
      24,
    ],
    [
      'a Certificate of 2^24 - 1 bytes',
      bytes(handshakes(plain), handshakes(bytes(11, 0xff, 0xff, 0xff, new Uint8Array(40)))),
      undefined,
      53,
      56,
    ],
    [
      'a Certificate of 2^24 - 1 bytes in the record of the ServerHello',
      handshakes(plain, bytes(11, 0xff, 0xff, 0xff, new Uint8Array(40))),
      undefined,
      48,
      51,
    ],
    [
      'a Certificate of 2^24 - 1 bytes whose length is in another record',
      cut(bytes(plain, 11, 0xff, 0xff, 0xff, 0), 43),
      undefined,
      53,
      56,
    ],
    [
      'a Certificate of 2^24 - 1 bytes in records of one byte',
      bytes(handshakes(plain), cutEvery(bytes(11, 0xff, 0xff, 0xff, 0), 1)),
      undefined,
      58,
      71,
    ],
    [
      'a Certificate that fits but for its record headers',
      bytes(handshakes(plain), handshakes(bytes(11, u24(65536 - 47 - 4 - 20), new Uint8Array(40)))),
      undefined,
      53,
      56,
    ],
    ['one byte less than a ServerHello', handshakes(plain), 46, 6, 9],
    ['one byte less than a ServerHello of TLS 1.3', serverHello({ extensions: tls13 }), 48 + 46, 6, 9],
    ['a ServerHello of TLS 1.2, and no byte to see what is behind it', handshakes(plain), 47, 47, 47],
    [
      'a ServerHello of TLS 1.2, and no byte to see what is behind it in its record',
      handshakes(plain, chain),
      47,
      47,
      47,
    ],
    [
      'a ServerHello of TLS 1.2, and half a record header behind it',
      concat([handshakes(plain), handshakes(chain)]),
      50,
      49,
      49,
    ],
    [
      'a ServerHello of TLS 1.2, and half a handshake header behind it in its record',
      handshakes(plain, chain),
      50,
      48,
      48,
    ],
    ['one byte less than the Certificate', concat([handshakes(plain), handshakes(chain)]), 51 + chain.length, 53, 56],
    [
      'one byte less than the Certificate in the record of the ServerHello',
      handshakes(plain, chain),
      46 + chain.length,
      48,
      51,
    ],
    ['less than a record header', handshakes(plain), 3, 2, 2],
    ['less than the record header of an alert', fatal(40), 3, 2, 2],
    ['two warnings and nothing more', concat([warning(112), warning(90), handshakes(plain)]), 14, 14, 14],
    ['the record header of an alert', fatal(40), 5, 3, 5],
    ['one byte less than an alert', fatal(40), 6, 3, 5],
    ['two warnings and half a record header', concat([warning(112), warning(90), fatal(40)]), 16, 16, 16],
    ['none', handshakes(plain), 0, 0, 0],
    ['a fraction', handshakes(plain), 0.5, 0, 0],
    ['no number', handshakes(plain), Number.NaN, 0, 0],
  ] as const
).map(([input, flight, maxBytes, offset, decidedAt]) => ({
  clause: 'maxBytes',
  input,
  bytes: flight,
  code: 'tls.handshake.limit',
  offset,
  decidedAt,
  ...(maxBytes === undefined ? {} : { maxBytes }),
}));

/** The fields of a body that ends too early, by where each begins in the body. */
const fields = [0, 2, 34, 35, 37] as const;
const shortBodies = Array.from({ length: 38 }, (_, length): ServerRefusal => {
  const field = fields.findLast((start) => start <= length)!;
  return {
    clause: 'RFC 8446 4.1.3',
    input: `a body of ${length} bytes`,
    bytes: handshakes(handshake(plain.subarray(4, 4 + length), 2)),
    code: 'tls.server_hello.length',
    offset: 9 + field,
  };
});

const named = alpn('h2'); // 9 bytes
const body: ServerRefusal[] = (
  [
    ...[0, 0x0002, 0x02ff, 0x0304, 0x0505, 0x7f12, 0xfefd].map(
      (version) =>
        [
          `legacy_version ${version.toString(16)}`,
          serverHello({ version, extensions: tls13 }),
          'tls.server_hello.legacy_version',
          9,
        ] as const,
    ),
    [
      'session id of 33 bytes',
      serverHello({ sessionId: vector8(new Uint8Array(33)), extensions: tls13 }),
      'tls.server_hello.session_id',
      43,
    ],
    [
      'session id of 255 bytes',
      serverHello({ sessionId: vector8(new Uint8Array(255)) }),
      'tls.server_hello.session_id',
      43,
    ],
    [
      'session id beyond the message',
      handshakes(handshake(bytes(plain.subarray(4, 38), 32, 1, 2, 3), 2)),
      'tls.server_hello.length',
      43,
    ],
    ['half a length of the extensions', serverHello({ block: 0 }), 'tls.server_hello.length', 47],
    ['bytes after the extensions', serverHello({ block: [vector16(named), 0] }), 'tls.server_hello.trailing', 58],
    ['bytes after no extensions', serverHello({ block: [0, 0, 0] }), 'tls.server_hello.trailing', 49],
    [
      'a Certificate counted as part of the ServerHello',
      serverHello({ block: [vector16(named), chain] }),
      'tls.server_hello.trailing',
      58,
    ],
    [
      'extensions length one too large',
      serverHello({ block: [u16(named.length + 1), named] }),
      'tls.server_hello.length',
      47,
    ],
    [
      'extensions length one too small',
      serverHello({ block: [u16(named.length - 1), named] }),
      'tls.extension.length',
      51,
    ],
    [
      'an extension that overruns the block',
      serverHello({ extensions: [named, u16(23), u16(1)] }),
      'tls.extension.length',
      60,
    ],
    // One byte is no type; two and three are a type, and it is the length after it that does not fit.
    ['one stray byte in the block', serverHello({ extensions: [named, 0] }), 'tls.extension.length', 58],
    ['two stray bytes in the block', serverHello({ extensions: [named, 0, 0] }), 'tls.extension.length', 60],
    ['three stray bytes in the block', serverHello({ extensions: [named, 0, 0, 0] }), 'tls.extension.length', 60],
    [
      'an unknown extension twice',
      serverHello({ extensions: [extension(999), named, extension(999, 1)] }),
      'tls.extension.duplicate',
      62,
    ],
    [
      'a GREASE extension twice',
      serverHello({ extensions: [extension(0x2a2a), extension(0x3a3a), extension(0x2a2a)] }),
      'tls.extension.duplicate',
      57,
    ],
    [
      'supported_versions twice',
      serverHello({ extensions: [selected(0x0304), selected(0x0304)] }),
      'tls.extension.duplicate',
      55,
    ],
    [
      'the last of a hundred unknown extensions twice',
      serverHello({ extensions: [Array.from({ length: 100 }, (_, i) => extension(1000 + i)), extension(1099)] }),
      'tls.extension.duplicate',
      449,
    ],
    [
      'an extension twice in a HelloRetryRequest',
      retry(selected(0x0304), extension(999), extension(999)),
      'tls.extension.duplicate',
      59,
    ],
  ] as const
).map(([input, flight, code, offset]) => ({ clause: 'RFC 8446 4.1.3, 4.2', input, bytes: flight, code, offset }));

/** A ServerHello, a HelloRetryRequest, with this extension_data at byte 53. */
const inHello = (type: number, ...data: readonly Part[]): Uint8Array =>
  serverHello({ extensions: extension(type, ...data) });
const inRetry = (type: number, ...data: readonly Part[]): Uint8Array =>
  retry(extension(type, ...data), selected(0x0304));
/** The same behind supported_versions, as OpenSSL orders them: data at byte 59. */
const behindVersion = (type: number, ...data: readonly Part[]): Uint8Array =>
  serverHello({ extensions: [selected(0x0304), extension(type, ...data)] });

const VERSIONS = 'tls.supported_versions';
const ALPN = 'tls.application_layer_protocol_negotiation';
const extensionRefusals: ServerRefusal[] = (
  [
    ['RFC 8446 4.2.1', 'supported_versions empty', inHello(43), `${VERSIONS}.length`, 53],
    ['RFC 8446 4.2.1', 'supported_versions of one byte', inHello(43, 3), `${VERSIONS}.length`, 53],
    ['RFC 8446 4.2.1', 'supported_versions of three bytes', inHello(43, 3, 4, 0), `${VERSIONS}.length`, 55],
    [
      'RFC 8446 4.2.1',
      "supported_versions in the client's form, one version",
      inHello(43, vector8(3, 4)),
      `${VERSIONS}.selected`,
      53,
    ],
    [
      'RFC 8446 4.2.1',
      "supported_versions in the client's form, two versions",
      inHello(43, vector8(3, 4, 3, 3)),
      `${VERSIONS}.length`,
      55,
    ],
    ['RFC 8701 3.1', 'supported_versions selects GREASE', inHello(43, u16(0x1a1a)), `${VERSIONS}.selected`, 53],
    ...[0x0303, 0x0302, 0x0301, 0x0300, 0x0002, 0].map(
      (version) => [
        'RFC 8446 4.2.1 (prior to TLS 1.3 MUST NOT)',
        `supported_versions selects ${version.toString(16)}`,
        inHello(43, u16(version)),
        `${VERSIONS}.selected`,
        53,
      ] as const,
    ),
    [
      'RFC 8446 4.2.1',
      'supported_versions of a HelloRetryRequest selects 0303',
      retry(extension(43, 3, 3)),
      `${VERSIONS}.selected`,
      53,
    ],
    [
      'RFC 8446 4.2.1',
      'supported_versions of a HelloRetryRequest of one byte',
      retry(extension(43, 3)),
      `${VERSIONS}.length`,
      53,
    ],
    [
      'RFC 8446 4.1.4 (MUST contain supported_versions)',
      'a HelloRetryRequest without extensions',
      serverHello({ random: RETRY_RANDOM }),
      `${VERSIONS}.missing`,
      47,
    ],
    [
      'RFC 8446 4.1.4 (MUST contain supported_versions)',
      'a HelloRetryRequest with an empty block',
      retry(),
      `${VERSIONS}.missing`,
      47,
    ],
    [
      'RFC 8446 4.1.4 (MUST contain supported_versions)',
      'a HelloRetryRequest with key_share alone',
      retry(extension(51, 0, 23)),
      `${VERSIONS}.missing`,
      47,
    ],
    [
      'RFC 8446 4.1.4 (MUST contain supported_versions)',
      'a HelloRetryRequest with a session id, and cookie alone',
      serverHello({ random: RETRY_RANDOM, sessionId: vector8(7, 7), extensions: extension(44, vector16(1)) }),
      `${VERSIONS}.missing`,
      49,
    ],
    ['RFC 8446 4.2.8 (KeyShareServerHello)', 'key_share empty', inHello(51), 'tls.key_share.length', 53],
    ['RFC 8446 4.2.8 (KeyShareServerHello)', 'key_share of one byte', inHello(51, 0), 'tls.key_share.length', 53],
    [
      'RFC 8446 4.2.8 (KeyShareServerHello)',
      "key_share in the retry's form",
      behindVersion(51, 0, 29),
      'tls.key_share.length',
      61,
    ],
    [
      'RFC 8446 4.2.8 (KeyShareServerHello)',
      'key_share with half a length of the key',
      inHello(51, 0, 29, 0),
      'tls.key_share.length',
      55,
    ],
    [
      'RFC 8446 4.2.8 (KeyShareServerHello)',
      'key_share with an empty key',
      inHello(51, 0, 29, 0, 0),
      'tls.key_share.empty',
      55,
    ],
    [
      'RFC 8446 4.2.8 (KeyShareServerHello)',
      'key_share whose key overruns',
      inHello(51, 0, 29, 0, 3, 1, 2),
      'tls.key_share.length',
      55,
    ],
    [
      'RFC 8446 4.2.8 (KeyShareServerHello)',
      'key_share with bytes behind the key',
      behindVersion(51, 0, 29, vector16(1, 2), 0),
      'tls.key_share.length',
      65,
    ],
    [
      'RFC 8446 4.2.8 (KeyShareServerHello)',
      "key_share in the client's form",
      inHello(51, vector16(0, 29, vector16(1, 2))),
      'tls.key_share.length',
      55,
    ],
    [
      'RFC 8446 4.2.8 (KeyShareHelloRetryRequest)',
      'key_share of a HelloRetryRequest empty',
      inRetry(51),
      'tls.key_share.length',
      53,
    ],
    [
      'RFC 8446 4.2.8 (KeyShareHelloRetryRequest)',
      'key_share of a HelloRetryRequest of one byte',
      inRetry(51, 0),
      'tls.key_share.length',
      53,
    ],
    [
      'RFC 8446 4.2.8 (KeyShareHelloRetryRequest)',
      'key_share of a HelloRetryRequest of three bytes',
      inRetry(51, 0, 23, 0),
      'tls.key_share.length',
      55,
    ],
    [
      'RFC 8446 4.2.8 (KeyShareHelloRetryRequest)',
      "key_share of a HelloRetryRequest in the ServerHello's form",
      inRetry(51, 0, 23, vector16(4, 1)),
      'tls.key_share.length',
      55,
    ],
    ['RFC 8446 4.2.2', 'cookie without a length', inRetry(44), 'tls.cookie.length', 53],
    ['RFC 8446 4.2.2', 'cookie with half a length', inRetry(44, 0), 'tls.cookie.length', 53],
    ['RFC 8446 4.2.2', 'cookie empty', inRetry(44, 0, 0), 'tls.cookie.empty', 53],
    ['RFC 8446 4.2.2', 'cookie that overruns', inRetry(44, 0, 3, 1, 2), 'tls.cookie.length', 53],
    ['RFC 8446 4.2.2', 'bytes behind the cookie', inRetry(44, vector16(1, 2), 0), 'tls.cookie.length', 57],
    ['RFC 7301 3.1', 'ALPN empty', inHello(16), `${ALPN}.length`, 53],
    ['RFC 7301 3.1', 'ALPN of one byte', inHello(16, 0), `${ALPN}.length`, 53],
    ['RFC 7301 3.1', 'ALPN with an empty list', inHello(16, 0, 0), `${ALPN}.empty`, 53],
    ['RFC 7301 3.1', 'ALPN with an empty name', inHello(16, vector16(vector8())), `${ALPN}.empty`, 55],
    [
      'RFC 7301 3.1',
      'ALPN whose list overruns the extension',
      inHello(16, u16(4), vector8('h2')),
      `${ALPN}.length`,
      53,
    ],
    ['RFC 7301 3.1', 'ALPN whose name overruns the list', inHello(16, vector16(3, 'h2')), `${ALPN}.length`, 55],
    ['RFC 7301 3.1', 'ALPN with bytes behind the list', inHello(16, vector16(vector8('h2')), 0), `${ALPN}.length`, 58],
    [
      'RFC 7301 3.1 (MUST contain exactly one)',
      'ALPN with two names',
      inHello(16, vector16(vector8('h2'), vector8('h3'))),
      `${ALPN}.several`,
      58,
    ],
    [
      'RFC 7301 3.1 (MUST contain exactly one)',
      'ALPN with the same name twice',
      inHello(16, vector16(vector8('h2'), vector8('h2'))),
      `${ALPN}.several`,
      58,
    ],
    [
      'RFC 7301 3.1 (MUST contain exactly one)',
      'ALPN with an empty name behind the first',
      inHello(16, vector16(vector8('h2'), vector8())),
      `${ALPN}.several`,
      58,
    ],
    ['RFC 7301 3.1', 'ALPN of a HelloRetryRequest with an empty list', inRetry(16, 0, 0), `${ALPN}.empty`, 53],
    ['RFC 7250 3', 'server_certificate_type empty', inHello(20), 'tls.server_certificate_type.length', 53],
    [
      'RFC 7250 3',
      "server_certificate_type in the client's form",
      inHello(20, vector8(2)),
      'tls.server_certificate_type.length',
      54,
    ],
    [
      'RFC 7250 3',
      'server_certificate_type of three bytes',
      inHello(20, 2, 0, 0),
      'tls.server_certificate_type.length',
      54,
    ],
  ] as const
).map(([clause, input, flight, code, offset]) => ({ clause, input, bytes: flight, code, offset }));

/** A Certificate with this body, behind the ServerHello: in a record of its own, where the body begins at byte 56. */
const certified = (...list: readonly Part[]): Uint8Array =>
  concat([handshakes(plain), handshakes(handshake(bytes(...list), 11))]);
const certificateRows: readonly (readonly [input: string, body: Uint8Array, code: ServerHelloCode, at: number])[] = [
  ['an empty body', bytes(), 'tls.certificate.length', 0],
  ['half a length of the list', bytes(0, 0), 'tls.certificate.length', 0],
  ['an empty list', vector24(), 'tls.certificate.empty', 0],
  ['an empty certificate', vector24(vector24()), 'tls.certificate.empty', 3],
  ['an empty certificate behind another', vector24(vector24(A), vector24()), 'tls.certificate.empty', 9],
  ['a list that overruns the message', bytes(u24(7), vector24(A)), 'tls.certificate.length', 0],
  ['a list that ends before the message', bytes(u24(6), vector24(A), 0), 'tls.certificate.length', 9],
  ['bytes behind an empty list', bytes(u24(0), 0), 'tls.certificate.empty', 0],
  ['a certificate that overruns the list', vector24(u24(4), A), 'tls.certificate.length', 3],
  ['a certificate longer than any message', vector24(u24(0xffffff), A), 'tls.certificate.length', 3],
  ['a certificate shorter than the list', vector24(u24(2), A), 'tls.certificate.length', 8],
  ['two stray bytes in the list', vector24(vector24(A), 0, 0), 'tls.certificate.length', 9],
  ['a second certificate that overruns the list', vector24(vector24(A), u24(1)), 'tls.certificate.length', 9],
  ['the form of TLS 1.3', bytes(0, vector24(vector24(A), 0, 0)), 'tls.certificate.empty', 0],
];
const certificateRefusals: ServerRefusal[] = certificateRows.flatMap(([input, list, code, at]): ServerRefusal[] => [
  { clause: 'RFC 5246 7.4.2', input: `Certificate: ${input}`, bytes: certified(list), code, offset: 56 + at },
  {
    clause: 'RFC 5246 7.4.2',
    input: `Certificate in the record of the ServerHello: ${input}`,
    bytes: handshakes(plain, handshake(list, 11)),
    code,
    offset: 51 + at,
  },
]);

/** A fault is where its byte is, however the records cut: byte `at` of the stream in records of `size` bytes. */
const cutRefusals: ServerRefusal[] = [1, 3, 7, 20, 40, 43, 46].flatMap((size) => {
  const position = (at: number): number => Math.floor(at / size) * (size + 5) + 5 + (at % size);
  const ofHello = serverMessage({ extensions: [extension(999, 1, 2, 3), extension(51, 0, 29, 0, 0)] });
  const ofCertificate = concat([plain, certificateMessage(A, '')]);
  return [
    ['a key share with an empty key', ofHello, 'tls.key_share.empty', ofHello.length - 2],
    [
      'a HelloRetryRequest without a version',
      serverMessage({ random: RETRY_RANDOM, extensions: extension(44, vector16(1)) }),
      'tls.supported_versions.missing',
      42,
    ],
    ['an empty certificate behind another', ofCertificate, 'tls.certificate.empty', ofCertificate.length - 3],
  ].map(([input, stream, code, at]) => ({
    clause: 'RFC 8446 5.1 (fragmentation)',
    input: `${input as string}, in records of ${size}`,
    bytes: cutEvery(stream as Uint8Array, size),
    code: code as ServerHelloCode,
    offset: position(at as number),
  }));
});

export const serverRefusals: readonly ServerRefusal[] = [
  ...foreign,
  ...recordLayer,
  ...alertRefusals,
  ...messageTypes,
  ...limits,
  ...shortBodies,
  ...body,
  ...extensionRefusals,
  ...certificateRefusals,
  ...cutRefusals,
  {
    clause: 'RFC 8446 5.1 (fragmentation)',
    input: 'a body that ends with its last record: the end of the message',
    bytes: cut(bytes(2, 0, 0, 2, 3, 3), 3),
    code: 'tls.server_hello.length',
    offset: 16,
  },
  {
    clause: 'RFC 8446 5.1 (fragmentation)',
    input: 'a body that ends within its last record: the end of the message',
    bytes: cut(bytes(2, 0, 0, 2, 3, 3, chain), 3),
    code: 'tls.server_hello.length',
    offset: 16,
    decidedAt: 16,
  },
];

const base = {
  legacyVersion: 0x0303,
  random: RANDOM,
  sessionId: bytes(),
  cipherSuite: 0xc02f,
  compressionMethod: 0,
  extensions: [],
  group: undefined,
  warnings: [],
};

/** What is read of `serverHello()` in a TLS 1.2 session that is resumed, but for what is given. */
function helloValue(fields: Partial<ServerHello> = {}): ServerHello {
  const version = fields.legacyVersion ?? 0x0303;
  return { kind: 'server_hello', version, ...base, alpnProtocol: undefined, certificates: [], ...fields };
}

function retryValue(extensions: readonly Extension[], fields: Partial<HelloRetryRequest> = {}): HelloRetryRequest {
  const common = { ...base, random: RETRY_RANDOM, cookie: undefined, extensions };
  return { kind: 'hello_retry_request', version: 0x0304, ...common, ...fields };
}

function alertValue(
  level: Alert['level'],
  description: Alert['description'],
  ...warnings: Alert['description'][]
): ServerAlert {
  return { kind: 'alert', level, description, warnings };
}

const raw = (type: number, ...data: readonly Part[]): Extension => ({ type, data: bytes(...data) });
const rawTls13 = [raw(43, 3, 4), raw(51, 0, 29, 0, 32, new Uint8Array(32).fill(0x4b))];
const tls13Value = helloValue({ version: 0x0304, group: 29, extensions: rawTls13 });
const chained = helloValue({ certificates: [A, B] });
const message13 = serverMessage({ extensions: tls13 });

const tls13Rows: ServerAcceptance[] = [
  { clause: 'RFC 8446 4.1.3', input: 'TLS 1.3', bytes: serverHello({ extensions: tls13 }), value: tls13Value },
  {
    clause: 'RFC 8446 4.1.3',
    input: 'TLS 1.3, and what is encrypted behind it',
    bytes: bytes(serverHello({ extensions: tls13 }), ccs, record(new Uint8Array(40), 23, 0x0303)),
    value: tls13Value,
    size: 95,
  },
  {
    clause: 'RFC 8446 4.1.3',
    input: 'TLS 1.3, and anything behind it, since nothing of it is looked at',
    bytes: bytes(serverHello({ extensions: tls13 }), 'HTTP'),
    value: tls13Value,
    size: 95,
  },
  {
    clause: 'RFC 8446 5.1',
    input: 'TLS 1.3, and a Certificate in its record, which is not of this answer',
    bytes: handshakes(message13, chain),
    value: tls13Value,
    size: 95,
  },
  {
    clause: 'RFC 8446 4.2.11',
    input: 'TLS 1.3 with pre_shared_key and no key_share',
    bytes: serverHello({ extensions: [selected(0x0304), extension(41, 0, 0)] }),
    value: helloValue({ version: 0x0304, extensions: [raw(43, 3, 4), raw(41, 0, 0)] }),
  },
  {
    clause: 'RFC 8446 4.2.1',
    input: 'a version to come',
    bytes: serverHello({ extensions: selected(0x0305) }),
    value: helloValue({ version: 0x0305, extensions: [raw(43, 3, 5)] }),
  },
  {
    clause: 'RFC 8446 4.2.1 (a draft)',
    input: 'version 7f1c',
    bytes: serverHello({ extensions: selected(0x7f1c) }),
    value: helloValue({ version: 0x7f1c, extensions: [raw(43, 0x7f, 0x1c)] }),
  },
  {
    clause: 'RFC 8446 4.2',
    input: 'unknown extensions, empty or not, are kept raw and in order',
    bytes: serverHello({ extensions: [extension(999, 1, 2), ...tls13, extension(0x2a2a), extension(44, 9)] }),
    value: { ...tls13Value, extensions: [raw(999, 1, 2), ...rawTls13, raw(0x2a2a), raw(44, 9)] },
  },
  {
    clause: 'RFC 8446 4.1.3 (legacy_session_id_echo)',
    input: 'session id of 32 bytes',
    bytes: serverHello({ sessionId: vector8(new Uint8Array(32).fill(7)), extensions: tls13 }),
    value: { ...tls13Value, sessionId: new Uint8Array(32).fill(7) },
  },
  {
    clause: 'maxBytes',
    input: 'TLS 1.3 in exactly maxBytes',
    bytes: bytes(serverHello({ extensions: tls13 }), new Uint8Array(100)),
    value: tls13Value,
    size: 95,
    maxBytes: 95,
  },
  ...Array.from({ length: message13.length - 1 }, (_, i): ServerAcceptance => ({
    clause: 'RFC 8446 5.1 (fragmentation)',
    input: `TLS 1.3 split over two records at ${i + 1}`,
    bytes: cut(message13, i + 1),
    value: tls13Value,
  })),
  ...[1, 2, 3, 7].map((size): ServerAcceptance => ({
    clause: 'RFC 8446 5.1 (fragmentation)',
    input: `TLS 1.3 in records of ${size} byte(s)`,
    bytes: cutEvery(message13, size),
    value: tls13Value,
  })),
  {
    clause: 'RFC 8446 5.1 legacy_record_version (MUST be ignored)',
    input: 'a record version that changes between fragments',
    bytes: concat([
      record(message13.subarray(0, 9), 22, 0x0300),
      record(message13.subarray(9, 40), 22, 0x0304),
      record(message13.subarray(40), 22, 0x03ff),
    ]),
    value: tls13Value,
  },
];

const retryMessage = serverMessage({
  random: RETRY_RANDOM,
  extensions: [extension(51, 0, 23), selected(0x0304), extension(44, vector16('biscuit'))],
});
const retryBoth = retryValue([raw(51, 0, 23), raw(43, 3, 4), raw(44, 0, 7, 'biscuit')], {
  group: 23,
  cookie: bytes('biscuit'),
});
const retryRows: ServerAcceptance[] = [
  {
    clause: 'RFC 8446 4.1.4',
    input: 'a HelloRetryRequest for another group',
    bytes: retry(selected(0x0304), extension(51, 0x11, 0xec)),
    value: retryValue([raw(43, 3, 4), raw(51, 0x11, 0xec)], { group: 0x11ec }),
  },
  {
    clause: 'RFC 8446 4.2.2',
    input: 'a HelloRetryRequest with a cookie',
    bytes: retry(selected(0x0304), extension(44, vector16(1))),
    value: retryValue([raw(43, 3, 4), raw(44, 0, 1, 1)], { cookie: bytes(1) }),
  },
  { clause: 'RFC 8446 4.1.4', input: 'a HelloRetryRequest with both', bytes: handshakes(retryMessage), value: retryBoth },
  {
    clause: 'RFC 8446 4.1.4',
    input: 'a HelloRetryRequest with neither, and change_cipher_spec behind it',
    bytes: bytes(retry(selected(0x0304)), ccs),
    value: retryValue([raw(43, 3, 4)]),
    size: 55,
  },
  {
    clause: 'RFC 8446 4.1.4',
    input: 'a HelloRetryRequest that echoes a session id, behind a warning',
    bytes: concat([
      warning(112),
      serverHello({ random: RETRY_RANDOM, sessionId: vector8(7, 8), cipherSuite: 0x1301, extensions: selected(0x0304) }),
    ]),
    value: retryValue([raw(43, 3, 4)], { sessionId: bytes(7, 8), cipherSuite: 0x1301, warnings: ['unrecognized_name'] }),
  },
  {
    clause: 'RFC 8446 4.1.4',
    input: 'a HelloRetryRequest, and a Certificate in its record, which is not of this answer',
    bytes: handshakes(retryMessage, chain),
    value: retryBoth,
    size: 5 + retryMessage.length,
  },
  ...[1, 2, 5, 38, 50].map((size): ServerAcceptance => ({
    clause: 'RFC 8446 5.1 (fragmentation)',
    input: `a HelloRetryRequest in records of ${size} byte(s)`,
    bytes: cutEvery(retryMessage, size),
    value: retryBoth,
  })),
  {
    clause: 'RFC 8446 4.1.3 (the random tells them apart)',
    input: 'a random that differs in its last byte: a ServerHello',
    bytes: serverHello({ random: bytes(RETRY_RANDOM.subarray(0, 31), 0x9d), extensions: tls13 }),
    value: { ...tls13Value, random: bytes(RETRY_RANDOM.subarray(0, 31), 0x9d) },
  },
];

/** Up to TLS 1.2 something must show that no certificates come: what is behind the ServerHello, and how many bytes of it. */
const withoutCertificates: ServerAcceptance[] = (
  [
    ['change_cipher_spec behind (a session that is resumed)', ccs, 1],
    ['a heartbeat behind', bytes(24, 3, 3, 0, 1, 1), 1],
    ['application data behind', bytes(23, 3, 3, 0, 1, 1), 1],
    ['NewSessionTicket behind (a session that is resumed)', handshakes(newSessionTicket), 6],
    ['ServerKeyExchange behind (anonymous)', handshakes(serverKeyExchange), 6],
    ['ServerHelloDone behind (a pre-shared key)', handshakes(serverHelloDone), 6],
    ['another ServerHello behind', handshakes(plain), 6],
    [
      'the type of another message behind, in a record of one byte',
      record(newSessionTicket.subarray(0, 1), 22, 0x0300),
      6,
    ],
  ] as const
).map(([input, behind, shows]) => ({
  clause: 'RFC 5246 7.3',
  input,
  bytes: bytes(handshakes(plain), behind),
  value: helloValue(),
  size: 47,
  decidedAt: 47 + shows,
}));

const stream12 = concat([plain, chain]);
const certificateEnd = 47 + 5 + chain.length;
const tls12Rows: ServerAcceptance[] = [
  ...withoutCertificates,
  ...[4, 12, 14, 0, 2].map((type): ServerAcceptance => ({
    clause: 'RFC 5246 7.3',
    input: `handshake type ${type} in the same record`,
    bytes: handshakes(plain, handshake(bytes(1), type)),
    value: helloValue(),
    size: 47,
    decidedAt: 48,
  })),
  {
    clause: 'RFC 5246 7.4.2',
    input: 'a chain of two in a record of its own',
    bytes: concat([handshakes(plain), handshakes(chain)]),
    value: chained,
  },
  {
    clause: 'RFC 5246 7.4.2',
    input: 'one certificate',
    bytes: concat([handshakes(plain), handshakes(certificateMessage(A))]),
    value: helloValue({ certificates: [A] }),
  },
  {
    clause: 'RFC 5246 7.4.2 (opaque)',
    input: 'certificates of one byte and of 300, and the same twice',
    bytes: concat([handshakes(plain), handshakes(certificateMessage(0, new Uint8Array(300).fill(9), 0))]),
    value: helloValue({ certificates: [bytes(0), new Uint8Array(300).fill(9), bytes(0)] }),
  },
  {
    clause: 'RFC 5246 7.4.2',
    input: 'all of the flight, a record each',
    bytes: concat([plain, chain, serverKeyExchange, serverHelloDone].map((part) => handshakes(part))),
    value: chained,
    size: certificateEnd,
  },
  {
    clause: 'RFC 8446 5.1 (coalescing)',
    input: 'all of the flight in one record',
    bytes: handshakes(plain, chain, serverKeyExchange, serverHelloDone),
    value: chained,
    size: 5 + stream12.length,
  },
  {
    clause: 'RFC 8446 5.1 (coalescing)',
    input: 'a record that has not come to its end behind the Certificate',
    bytes: handshakes(plain, chain, new Uint8Array(500)).subarray(0, 90),
    value: chained,
    size: 5 + stream12.length,
  },
  ...Array.from({ length: stream12.length - 1 }, (_, i): ServerAcceptance => ({
    clause: 'RFC 8446 5.1 (fragmentation)',
    input: `ServerHello and Certificate split over two records at ${i + 1}`,
    bytes: cut(stream12, i + 1),
    value: chained,
  })),
  ...[1, 2, 3, 7, 30].map((size): ServerAcceptance => ({
    clause: 'RFC 8446 5.1 (fragmentation)',
    input: `ServerHello and Certificate in records of ${size} byte(s)`,
    bytes: cutEvery(stream12, size),
    value: chained,
  })),
  {
    clause: 'RFC 8446 5.1 (fragmentation)',
    input: 'a Certificate that begins within the second record and ends within the fourth',
    bytes: cut(concat([stream12, serverKeyExchange]), 20, 30, 5),
    value: chained,
    size: 15 + 5 + stream12.length,
  },
  {
    clause: 'RFC 8446 5.1 (fragmentation)',
    input: 'the type of the Certificate alone in the record of the ServerHello',
    bytes: cut(concat([stream12, serverHelloDone]), 43),
    value: chained,
    size: 10 + stream12.length,
  },
  {
    clause: 'RFC 8446 5.1 legacy_record_version (MUST be ignored)',
    input: 'a record version that changes',
    bytes: concat([
      record(plain, 22, 0x0301),
      record(chain.subarray(0, 2), 22, 0x03ff),
      record(chain.subarray(2), 22, 0x0300),
    ]),
    value: chained,
  },
  {
    clause: 'RFC 5246 7.4.2 (several records)',
    input: 'a certificate of 40000 bytes',
    bytes: concat([handshakes(plain), cutEvery(certificateMessage(new Uint8Array(40000).fill(0xce)), 0x4000)]),
    value: helloValue({ certificates: [new Uint8Array(40000).fill(0xce)] }),
  },
  {
    clause: 'maxBytes',
    input: 'a Certificate in exactly maxBytes',
    bytes: bytes(handshakes(plain), handshakes(chain), new Uint8Array(100)),
    value: chained,
    size: certificateEnd,
    maxBytes: certificateEnd,
  },
  {
    clause: 'maxBytes',
    input: 'a ServerHello, and one byte more to see that there is no Certificate',
    bytes: bytes(handshakes(plain), ccs),
    value: helloValue(),
    size: 47,
    decidedAt: 48,
    maxBytes: 48,
  },
  ...[0x0300, 0x0301, 0x0302].map((version): ServerAcceptance => ({
    clause: 'RFC 5246 E.1',
    input: `version ${version.toString(16)}`,
    bytes: bytes(record(serverMessage({ version }), 22, version), record(chain, 22, version)),
    value: helloValue({ legacyVersion: version, certificates: [A, B] }),
  })),
  {
    clause: 'RFC 5246 7.4.1.3',
    input: 'an empty block of extensions',
    bytes: bytes(serverHello({ extensions: [] }), handshakes(chain)),
    value: chained,
  },
  {
    clause: 'RFC 5246 7.4.1.3',
    input: 'extensions of TLS 1.2',
    bytes: concat([
      serverHello({ extensions: [extension(0), extension(0xff01, 0), extension(23), alpn('http/1.1')] }),
      handshakes(chain),
    ]),
    value: {
      ...chained,
      extensions: [raw(0), raw(0xff01, 0), raw(23), raw(16, 0, 9, 8, 'http/1.1')],
      alpnProtocol: 'http/1.1',
    },
  },
  {
    clause: 'RFC 7301 3.1 (any octets)',
    input: 'ALPN with non-ASCII bytes, NUL and comma',
    bytes: bytes(serverHello({ extensions: alpn('\xff\0,') }), ccs),
    value: helloValue({ extensions: [raw(16, 0, 4, 3, '\xff\0,')], alpnProtocol: '\xff\0,' }),
    size: 59,
    decidedAt: 60,
  },
  {
    clause: 'RFC 5246 7.4.1.3',
    input: 'session id of 32 bytes, another cipher suite and compression method 1',
    bytes: bytes(
      serverHello({ sessionId: vector8(new Uint8Array(32).fill(0xd1)), cipherSuite: 0x002f, compressionMethod: 1 }),
      ccs,
    ),
    value: helloValue({ sessionId: new Uint8Array(32).fill(0xd1), cipherSuite: 0x002f, compressionMethod: 1 }),
    size: 79,
    decidedAt: 80,
  },
  {
    clause: 'RFC 7250 4.2',
    input: 'a raw public key, in a Certificate that is no list',
    bytes: concat([serverHello({ extensions: extension(20, 2) }), handshakes(handshake(vector24(0x30, 0x59), 11))]),
    value: helloValue({ extensions: [raw(20, 2)] }),
    size: 54,
  },
  {
    clause: 'RFC 7250 3',
    input: 'server_certificate_type X.509, and then a list',
    bytes: concat([serverHello({ extensions: extension(20, 0) }), handshakes(chain)]),
    value: { ...chained, extensions: [raw(20, 0)] },
  },
];

const alertRows: ServerAcceptance[] = [
  { clause: 'RFC 8446 6.2', input: 'a fatal alert', bytes: fatal(40), value: alertValue('fatal', 'handshake_failure') },
  { clause: 'RFC 8446 6.1', input: 'close_notify alone', bytes: warning(0), value: alertValue('warning', 'close_notify') },
  { clause: 'RFC 8446 6.1', input: 'close_notify, fatal', bytes: fatal(0), value: alertValue('fatal', 'close_notify') },
  { clause: 'RFC 8446 6', input: 'an alert without a name', bytes: fatal(200), value: alertValue('fatal', 200) },
  {
    clause: 'RFC 8446 6',
    input: 'bytes behind a fatal alert',
    bytes: bytes(fatal(70), 'HTTP'),
    value: alertValue('fatal', 'protocol_version'),
    size: 7,
  },
  {
    clause: 'RFC 8446 5.1 legacy_record_version (MUST be ignored)',
    input: 'alerts of other record versions',
    bytes: bytes(21, 3, 0, 0, 2, 1, 112, 21, 3, 0xff, 0, 2, 2, 112),
    value: alertValue('fatal', 'unrecognized_name', 'unrecognized_name'),
  },
  {
    clause: 'RFC 6066 3',
    input: 'a warning, then a fatal alert',
    bytes: concat([warning(112), fatal(40)]),
    value: alertValue('fatal', 'handshake_failure', 'unrecognized_name'),
  },
  {
    clause: 'RFC 8446 6.1',
    input: 'warnings with and without a name, then close_notify',
    bytes: concat([warning(90), warning(200), warning(90), warning(0)]),
    value: alertValue('warning', 'close_notify', 'user_canceled', 200, 'user_canceled'),
  },
  {
    clause: 'RFC 6066 3',
    input: 'a warning, then a ServerHello of TLS 1.3',
    bytes: concat([warning(112), serverHello({ extensions: tls13 })]),
    value: { ...tls13Value, warnings: ['unrecognized_name'] },
  },
  {
    clause: 'RFC 6066 3',
    input: 'a warning, then a ServerHello and a Certificate',
    bytes: concat([warning(112), handshakes(plain), handshakes(chain)]),
    value: { ...chained, warnings: ['unrecognized_name'] },
  },
  {
    clause: 'RFC 6066 3',
    input: 'two warnings, then ServerHello, Certificate and more in records of 30 bytes',
    bytes: concat([warning(112), warning(100), cutEvery(concat([stream12, serverHelloDone]), 30)]),
    value: { ...chained, warnings: ['unrecognized_name', 'no_renegotiation'] },
    size: 14 + stream12.length + 5 * Math.ceil(stream12.length / 30),
  },
  {
    clause: 'RFC 8446 6.2',
    input: 'a ServerHello of TLS 1.2, then a fatal alert',
    bytes: concat([warning(112), handshakes(plain), fatal(80)]),
    value: alertValue('fatal', 'internal_error', 'unrecognized_name'),
  },
  {
    clause: 'RFC 8446 6.1',
    input: 'a ServerHello of TLS 1.2, then a warning and close_notify',
    bytes: concat([handshakes(plain), warning(90), warning(0)]),
    value: alertValue('warning', 'close_notify', 'user_canceled'),
  },
  {
    clause: 'RFC 6066 3',
    input: 'a ServerHello of TLS 1.2, then a warning and a Certificate',
    bytes: concat([handshakes(plain), warning(112), handshakes(chain)]),
    value: { ...chained, warnings: ['unrecognized_name'] },
  },
  {
    clause: 'RFC 6066 3',
    input: 'a ServerHello of TLS 1.2, then a warning, and a session that is resumed',
    bytes: concat([handshakes(plain), warning(112), ccs]),
    value: helloValue({ warnings: ['unrecognized_name'] }),
    size: 54,
    decidedAt: 55,
  },
  {
    clause: 'RFC 8446 5.1',
    input: 'a ServerHello of TLS 1.3, then a fatal alert, which is for who goes on',
    bytes: concat([serverHello({ extensions: tls13 }), fatal(80)]),
    value: tls13Value,
    size: serverHello({ extensions: tls13 }).length,
  },
  {
    clause: 'maxBytes',
    input: 'a ServerHello, and the type of another message in a record of its own',
    bytes: concat([handshakes(plain), handshakes(serverHelloDone)]),
    value: helloValue(),
    size: 47,
    decidedAt: 53,
    maxBytes: 53,
  },
  {
    clause: 'RFC 6066 3',
    input: 'a warning, then a session that is resumed',
    bytes: concat([warning(112), handshakes(plain), ccs]),
    value: helloValue({ warnings: ['unrecognized_name'] }),
    size: 54,
    decidedAt: 55,
  },
  {
    clause: 'maxBytes',
    input: 'a warning and an alert in exactly maxBytes',
    bytes: bytes(warning(112), fatal(40), 0),
    value: alertValue('fatal', 'handshake_failure', 'unrecognized_name'),
    size: 14,
    maxBytes: 14,
  },
];

export const serverAcceptances: readonly ServerAcceptance[] = [...tls13Rows, ...retryRows, ...tls12Rows, ...alertRows];

const truncatedAt = (offset: number): ServerEnd['end'] => ({ code: 'tls.server_hello.truncated', offset });

export const serverEnds: readonly ServerEnd[] = [
  { clause: 'RFC 8446 6.1', input: 'nothing', bytes: bytes(), end: truncatedAt(0) },
  { clause: 'RFC 6066 3', input: 'a warning', bytes: warning(112), end: alertValue('warning', 'unrecognized_name') },
  {
    clause: 'RFC 6066 3',
    input: 'warnings, of which the last is the answer',
    bytes: concat([warning(112), warning(200), warning(90)]),
    end: alertValue('warning', 'user_canceled', 'unrecognized_name', 200),
  },
  {
    clause: 'RFC 8446 6',
    input: 'a warning and the beginning of a record',
    bytes: bytes(warning(112), 22),
    end: truncatedAt(8),
  },
  {
    clause: 'RFC 8446 6',
    input: 'a warning and half an alert',
    bytes: bytes(warning(112), 21, 3, 3, 0, 2, 1),
    end: truncatedAt(13),
  },
  { clause: 'RFC 8446 6', input: 'half an alert', bytes: bytes(21, 3, 3, 0, 2, 1), end: truncatedAt(6) },
  {
    clause: 'RFC 8446 4.1.3',
    input: 'a warning and half a ServerHello',
    bytes: concat([warning(112), handshakes(plain).subarray(0, 30)]),
    end: truncatedAt(37),
  },
  {
    clause: 'RFC 5246 7.4.2',
    input: 'a ServerHello of TLS 1.2 and nothing to say whether certificates come',
    bytes: handshakes(plain),
    end: truncatedAt(47),
  },
  {
    clause: 'RFC 5246 7.4.2',
    input: 'half a Certificate',
    bytes: concat([handshakes(plain), handshakes(chain).subarray(0, 12)]),
    end: truncatedAt(59),
  },
];

/** What `index.json` says of a recorded answer: what the server was asked, and what tshark and openssl read of it. */
export interface RecordedAnswer {
  readonly name: string;
  readonly server: string;
  readonly asked: string;
  readonly bytes: number;
  /** Where the answer ends, with the Certificate that is part of it. */
  readonly size: number;
  readonly kind: ServerAnswer['kind'];
  readonly version: number | null;
  readonly cipherSuite: number | null;
  /** In hexadecimal, as the session id. */
  readonly cookie: string | null;
  readonly group: number | null;
  readonly alpnProtocol: string | null;
  readonly sessionId: string | null;
  /** The types, in wire order. */
  readonly extensions: readonly number[] | null;
  readonly alerts: readonly { readonly level: Alert['level']; readonly description: number }[];
  /** The SHA-256 of each, of the server's own files. */
  readonly certificates: readonly string[];
}

const folder = new URL('answers/', import.meta.url);

export const recordedAnswers: readonly (RecordedAnswer & { readonly flight: Uint8Array })[] = (
  JSON.parse(readFileSync(new URL('index.json', folder), 'utf8')) as RecordedAnswer[]
).map((entry) => ({ ...entry, flight: new Uint8Array(readFileSync(new URL(`${entry.name}.bin`, folder))) }));
