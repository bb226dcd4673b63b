/** The annotated dump: what it says, and the law that it covers every byte once and never disagrees with a decoder. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Decoded } from '../../src/decoded.ts';
import { annotate, explain } from '../../src/explain/index.ts';
import { preread } from '../../src/preread.ts';
import { beginsWithProxy } from '../../src/proxy/decode.ts';
import { decodeProxyHeader, encodeProxyV2, encodeTlv } from '../../src/proxy/index.ts';
import { decodeClientHello, decodeExtension, decodeRecord, decodeServerHello, encodeAlert } from '../../src/tls/index.ts';
import type { ClientHello } from '../../src/tls/index.ts';
import { numRuns, sample } from '../runs.ts';
import { bytes, concat, extension, hello, message, realHellos, record, records, serverName, u16, u32, unrecorded, vector16, vector8 } from '../vectors/build.ts';
import { flights, foreignFlights } from '../vectors/flights.ts';
import { headBytes, httpAcceptances, httpRefusals } from '../vectors/http.ts';
import { prereadAcceptances, prereadRefusals } from '../vectors/preread.ts';
import { proxyAcceptances, proxyRefusals } from '../vectors/proxy.ts';
import { recordedAnswers, serverAcceptances, serverHello, serverRefusals } from '../vectors/server.ts';
import { acceptances, refusals } from '../vectors/verdicts.ts';

interface Row {
  readonly offset: number;
  readonly bytes: readonly number[];
  readonly text: string;
}

function rowsOf(dump: string): Row[] {
  expect(dump === '' || dump.endsWith('\n')).toBe(true);
  return dump
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const [, offset, digits, text] = /^ *(\d+)  ([0-9a-f ]{0,47})(?:  (.*))?$/.exec(line) ?? expect.fail(line);
      return {
        offset: Number(offset),
        bytes: (digits!.match(/[0-9a-f]{2}/g) ?? []).map((pair) => parseInt(pair, 16)),
        text: text ?? '',
      };
    });
}

interface Said {
  readonly code: string;
  readonly offset: number;
}

/** What the dump says is malformed, each where its row stands. */
function saidIn(rows: readonly Row[]): Said[] {
  return rows.flatMap(({ offset, text }) => {
    const [, code, at] = /^ *malformed, ([a-z0-9_.]+): .*\(at byte (\d+)\)/.exec(text) ?? [];
    if (code === undefined) return [];
    expect(Number(at)).toBe(offset);
    return [{ code, offset }];
  });
}

interface Expected {
  /** Of the whole. */
  readonly outcome: Decoded<unknown, string>;
  /** What is said besides, before that. */
  readonly others?: readonly Said[];
}

/** What the decoders say of what is at `start`. */
function expectedOf(input: Uint8Array, start: number): Expected {
  const payload = input.subarray(start);
  const [type] = payload;
  const record = decodeRecord(payload);
  const isTls = record.status !== 'malformed' || record.offset > 1;
  const isDtls = record.status === 'malformed' && record.code === 'tls.dtls';
  if (isDtls) return { outcome: record };
  if (!isTls) return { outcome: preread(payload) };
  if (type === 21 || (type === 22 && payload[5] === 2)) return { outcome: decodeServerHello(payload) };
  const hello = decodeClientHello(payload);
  if (type === 22) return { outcome: hello, others: hello.status === 'complete' ? extensionsOf(hello.value, payload, start) : [] };
  if (hello.status !== 'malformed') return { outcome: record };
  return { outcome: record, others: [{ code: hello.code, offset: start + hello.offset }] };
}

/** What is malformed among the extensions; where, only with the hello in one record. */
function extensionsOf(hello: ClientHello, payload: Uint8Array, start: number): Said[] {
  return hello.extensions.flatMap((each) => {
    const decoded = decodeExtension(each);
    const at = each.data.byteOffset - payload.byteOffset;
    const offset = each.data.buffer === payload.buffer ? start + at + (decoded.status === 'malformed' ? decoded.offset : 0) : NaN;
    return decoded.status === 'malformed' ? [{ code: decoded.code, offset }] : [];
  });
}

/** Every byte once and in order; what decoders refuse, and nothing else, is said, at its place. */
function law(input: Uint8Array): void {
  const dump = annotate(input);
  const rows = rowsOf(dump);
  let covered = 0;
  for (const row of rows) {
    // What is said of a field stands below it.
    const isInOrder = row.bytes.length === 0 ? row.offset <= covered : row.offset === covered;
    if (!isInOrder) expect.fail(`row at ${row.offset}, ${covered} bytes covered before it\n${dump}`);
    covered += row.bytes.length;
  }
  expect(rows.flatMap((row) => row.bytes)).toEqual([...input]);
  expect(dump).toMatch(/^[ -~\n]*$/);

  const said = saidIn(rows);
  const waits = rows.filter(({ text }) => /^ *At least \d+ more byte/.test(text));
  let start = 0;
  const begins = beginsWithProxy(input);
  if (typeof begins === 'number') {
    isSaid({ outcome: preread(input) }, 0, said, waits, rows);
    return;
  }
  if (begins) {
    const header = decodeProxyHeader(input);
    if (header.status !== 'complete' || header.size === input.length) {
      isSaid({ outcome: header }, 0, said, waits, rows);
      return;
    }
    start = header.size;
  }
  const expected = expectedOf(input, start);
  isSaid(expected, start, said, waits, rows);

  // What was decoded was read to its end, unless an extension is malformed.
  const { outcome, others = [] } = expected;
  const isRead = [21, 22].includes(input[start]!) || / (?:method|empty line)/.test(dump);
  const end = outcome.status === 'complete' && isRead ? start + outcome.size : 0;
  const unread = rows.filter(({ offset, text }) => offset < end && /not read|left over|\d+ of \d+ bytes$/.test(text));
  if (others.length === 0) expect(unread, dump).toEqual([]);
}

function isSaid({ outcome, others = [] }: Expected, start: number, said: readonly Said[], waits: readonly Row[], rows: readonly Row[]): void {
  const last = outcome.status === 'malformed' ? [{ code: outcome.code, offset: start + outcome.offset }] : [];
  const expected = [...others, ...last];
  // Of a hello that is malformed, extensions in front of that place may be so too.
  const isHello = input22(rows, start) && outcome.status === 'malformed';
  const compared = isHello ? said.slice(-1) : said;
  expect(compared.map(({ code }) => code)).toEqual(expected.map(({ code }) => code));
  for (const [i, { offset }] of expected.entries()) if (!Number.isNaN(offset)) expect(compared[i]!.offset).toBe(offset);
  expect(new Set(said.map((one) => JSON.stringify(one))).size).toBe(said.length);
  if (outcome.status === 'incomplete') {
    expect(waits.map(({ text }) => text.trim())).toEqual([explain(outcome).message]);
    expect(rows.at(-1)).toBe(waits[0]);
  } else {
    expect(waits).toEqual([]);
  }
}

function input22(rows: readonly Row[], start: number): boolean {
  return rows.some((row) => row.offset === start && row.bytes[0] === 22);
}

const vectors = [
  ...realHellos.map(({ flight }) => flight),
  ...realHellos.flatMap(({ flight }) => [1, 7, 100].map((size) => records(unrecorded(flight), size))),
  ...[...refusals, ...acceptances].filter(({ maxBytes }) => maxBytes === undefined).map((row) => row.bytes),
  ...[...serverRefusals, ...serverAcceptances].filter(({ maxBytes }) => maxBytes === undefined).map((row) => row.bytes),
  ...recordedAnswers.map((answer) => answer.flight),
  ...[...proxyRefusals, ...proxyAcceptances].map((row) => row.bytes),
  ...[...httpRefusals, ...httpAcceptances].map(headBytes),
  ...[...flights, ...foreignFlights].map((flight) => flight.bytes),
  ...[...prereadRefusals, ...prereadAcceptances].map((row) => row.bytes),
  ...[0, 40, 112].map((code) => encodeAlert(code)),
  bytes(),
];
const quick = sample(vectors.filter(({ length }) => length < 3000), 11);

/** Milliseconds for what takes long where there is time for all of it. */
const SLOW = 300_000;

describe('every byte is covered once, and the decoders alone say what is valid', () => {
  test('in all vectors', () => {
    for (const vector of quick) law(vector);
  });

  test('in their beginnings', () => {
    for (const vector of sample(quick, 7)) {
      for (let length = 0; length < vector.length; length += 1 + (length >> 4)) law(vector.subarray(0, length));
    }
  }, SLOW);

  test('where the last extension is refused for being empty, and something stands behind the hello', () => {
    for (const behind of [bytes(), bytes(0), record(message()), bytes(21, 3, 3, 0, 2, 2, 40)]) {
      for (const size of [2, 10, 16384]) {
        law(concat([records(message({ extensions: extension(43) }), size), behind]));
      }
    }
  });

  test('in what hostile hands make of them', () => {
    const change = fc.record({ at: fc.nat(), byte: fc.nat(255), count: fc.nat(3) });
    const mutated = fc.tuple(fc.constantFrom(...quick), fc.array(change, { minLength: 1, maxLength: 4 })).map(([vector, changes]) =>
      changes.reduce((input, { at, byte, count }) => {
        const offset = at % (input.length + 1);
        return concat([input.subarray(0, offset), bytes(byte), input.subarray(offset + count)]);
      }, vector),
    );
    fc.assert(fc.property(mutated, (input) => law(input)), { numRuns: numRuns * 4 });
  }, SLOW);
});

/** One well-formed value of every extension that has a type, and something that its rows must say. */
const extensionSamples: Readonly<Record<number, readonly [data: Uint8Array, ...says: string[]]>> = {
  0: [serverName('a.example').subarray(4), 'name_type: host_name (0)', 'HostName: "a.example"'],
  1: [bytes(3), 'MaxFragmentLength: 2048 (3)'],
  5: [bytes(1, vector16(vector16('id')), vector16('ex')), 'status_type: ocsp (1)', 'ResponderID', 'request_extensions'],
  10: [vector16(u16(29), u16(0x0a0a)), 'NamedGroup: x25519 (0x001d)', 'NamedGroup: GREASE (0x0a0a)'],
  11: [vector8(0, 7), 'ECPointFormat: uncompressed (0)', 'ECPointFormat: 7'],
  13: [vector16(u16(0x0403)), 'SignatureScheme: ecdsa_secp256r1_sha256 (0x0403)'],
  14: [bytes(vector16(u16(1)), vector8('m')), 'SRTPProtectionProfile: SRTP_AES128_CM_HMAC_SHA1_80 (0x0001)', 'srtp_mki'],
  15: [bytes(2), 'HeartbeatMode: peer_not_allowed_to_send (2)'],
  16: [vector16(vector8('h2'), vector8('\xff\n')), 'ProtocolName: "h2"', 'ProtocolName: "\\u00ff\\n"'],
  17: [vector16(2, vector16('r')), 'status_type: ocsp_multi (2)', 'request'],
  18: [bytes(), 'extension_type: signed_certificate_timestamp (18)'],
  19: [vector8(0), 'CertificateType: X509 (0)'],
  20: [vector8(2), 'CertificateType: Raw Public Key (2)'],
  21: [new Uint8Array(20), 'padding: 20 bytes'],
  22: [bytes(), 'extension_type: encrypt_then_mac (22)'],
  23: [bytes(), 'extension_type: extended_master_secret (23)'],
  24: [bytes(1, 0, vector8(2)), 'major: 1', 'minor: 0', 'TokenBindingKeyParameters: ecdsap256 (2)'],
  27: [vector8(u16(2)), 'CertificateCompressionAlgorithm: brotli (0x0002)'],
  28: [bytes(u16(16385)), 'RecordSizeLimit: 16385'],
  34: [vector16(u16(0x0804)), 'SignatureScheme: rsa_pss_rsae_sha256 (0x0804)'],
  35: [bytes('ticket'), 'ticket'],
  41: [
    bytes(vector16(vector16('id'), [0, 0, 1, 0]), vector16(vector8(new Uint8Array(32)))),
    'identity',
    'obfuscated_ticket_age: 256',
    'PskBinderEntry',
  ],
  42: [bytes(), 'extension_type: early_data (42)'],
  43: [vector8(u16(0x0304)), 'ProtocolVersion: TLS 1.3 (0x0304)'],
  44: [vector16('c'), 'cookie'],
  45: [vector8(1, 0x0b), 'PskKeyExchangeMode: psk_dhe_ke (1)', 'PskKeyExchangeMode: GREASE (11)'],
  47: [vector16(vector16('dn')), 'DistinguishedName'],
  49: [bytes(), 'extension_type: post_handshake_auth (49)'],
  50: [vector16(u16(0x0807)), 'SignatureScheme: ed25519 (0x0807)'],
  51: [vector16(u16(23), vector16('k')), 'NamedGroup: secp256r1 (0x0017)', 'key_exchange'],
  54: [vector8('c'), 'cid'],
  57: [bytes(1, 2, 'ab', [0x40, 0x20], 0), 'Transport Parameter ID: max_idle_timeout (1)', 'Transport Parameter Value', 'Transport Parameter ID: max_datagram_frame_size (32)'],
  58: [bytes(2, 1), 'new_session_count: 2', 'resumption_count: 1'],
  13172: [bytes(), 'extension_type: next_protocol_negotiation (13172)'],
  17513: [vector16(vector8('h2')), 'supported_protocols length: 3', 'ProtocolName: "h2"'],
  17613: [vector16(vector8('h2')), 'supported_protocols length: 3', 'ProtocolName: "h2"'],
  30032: [bytes(), 'extension_type: channel_id (30032)'],
  0xfe0d: [bytes(0, u16(1), u16(2), 3, vector16('e'), vector16('p')), 'ECHClientHelloType: outer (0)', 'kdf_id: HKDF-SHA256 (1)', 'aead_id: AES-256-GCM (2)', 'config_id: 3', 'payload'],
  0xff01: [vector8(), 'renegotiated_connection length: 0'],
};

describe('every extension that has a type is shown by its fields', () => {
  test('there is a sample of each', () => {
    const typed = Array.from({ length: 0x10000 }, (_, type) => type).filter((type) => {
      const outcome = decodeExtension({ type, data: bytes() });
      return outcome.status === 'malformed' || outcome.value.name !== 'unknown';
    });
    expect(Object.keys(extensionSamples).map(Number)).toEqual(typed);
  });

  test.each(Object.entries(extensionSamples))('%i', (type, [data, ...says]) => {
    expect(decodeExtension({ type: Number(type), data }).status).toBe('complete');
    const input = hello({ extensions: extension(Number(type), data) });
    law(input);
    const dump = annotate(input);
    const texts = rowsOf(dump).map(({ text }) => text.trim());
    for (const said of says) expect(texts).toContain(said);
    expect(texts).not.toContain('extension_data');
    // Also in records of one byte, and cut off anywhere.
    for (const size of [1, 3]) law(records(unrecorded(input), size));
    for (let length = 52; length < input.length; length++) law(input.subarray(0, length));
    // And with each byte of it changed.
    for (let at = 56; at < input.length; at++) {
      for (const byte of [0, 1, 0xff]) law(concat([input.subarray(0, at), bytes(byte), input.subarray(at + 1)]));
    }
  });
});

/** A header between two sockets of the same path. */
function unixHeader(path: string): Uint8Array {
  const field = concat([bytes(path), new Uint8Array(108 - path.length)]);
  return bytes('\r\n\r\n\0\r\nQUIT\n', 0x21, 0x31, u16(216), field, field);
}

const lines = (...rows: string[]): string => rows.map((row) => `${row}\n`).join('');

describe('as people see it', () => {
  test('an alert', () => {
    expect(annotate(encodeAlert('unrecognized_name'))).toBe(
      lines(
        '   0  15                                               record: alert (21)',
        '   1  03 03                                            legacy_record_version: TLS 1.2 (0x0303)',
        '   3  00 02                                            record length: 2',
        '   5  02                                                 level: fatal (2)',
        '   6  70                                                 description: unrecognized_name (112)',
      ),
    );
  });

  test('a name that is split over records, with the header of the second one inside it', () => {
    const dump = annotate(records(message({ extensions: serverName('www.example.com') }), 60));
    expect(dump.slice(dump.indexOf('  59  '))).toBe(
      lines(
        '  59  00 0f                                                      HostName length: 15',
        '  61  77 77 77 2e                                                  HostName: "www.example.com"',
        '  65  16                                               record: handshake (22)',
        '  66  03 01                                            legacy_record_version: TLS 1.0 (0x0301)',
        '  68  00 0b                                            record length: 11',
        '  70  65 78 61 6d 70 6c 65 2e 63 6f 6d                             HostName, continued',
      ),
    );
  });

  test('an extension that is malformed, and the next one behind it', () => {
    const dump = annotate(hello({ extensions: [extension(51, 0, 9, 1), extension(23)] }));
    expect(dump.slice(dump.indexOf('  52  '))).toBe(
      lines(
        '  52  00 33                                                  extension_type: key_share (51)',
        '  54  00 03                                                  extension_data length: 3',
        '  56  00 09                                                    client_shares length: 9',
        '  56                                                           malformed, tls.key_share.length: The lengths in the extension key_share disagree: it holds a list of shares, each a group and a key of one byte or more, or from a server one share or group, and a field does not fit or bytes are left over. (at byte 56) RFC 8446 4.2.8',
        '  58  01                                                       not read',
        '  59  00 17                                                  extension_type: extended_master_secret (23)',
        '  61  00 00                                                  extension_data length: 0',
      ),
    );
  });

  test('a PROXY header in front of a request that is malformed', () => {
    const header = encodeProxyV2({
      source: { address: '192.0.2.1', port: 56324 },
      destination: { address: '198.51.100.1', port: 443 },
      tlvs: [encodeTlv({ name: 'ssl', client: 5, verify: 0, cn: 'a\n' })],
    });
    expect(annotate(concat([header, bytes('GET / HTTP/1.1\r\nHost: a\r\nX:\n')]))).toBe(
      lines(
        '   0  0d 0a 0d 0a 00 0d 0a 51 55 49 54 0a              signature of a PROXY protocol header, version 2',
        '  12  21                                                 ver_cmd: version 2, PROXY (0x21)',
        '  13  11                                                 fam: INET (1), STREAM (1)',
        '  14  00 19                                              len: 25',
        '  16  c0 00 02 01                                          src_addr: 192.0.2.1',
        '  20  c6 33 64 01                                          dst_addr: 198.51.100.1',
        '  24  dc 04                                                src_port: 56324',
        '  26  01 bb                                                dst_port: 443',
        '  28  20                                                   type: PP2_TYPE_SSL (0x20)',
        '  29  00 0a                                                value length: 10',
        '  31  05                                                     client: PP2_CLIENT_SSL, PP2_CLIENT_CERT_SESS (5)',
        '  32  00 00 00 00                                            verify: 0',
        '  36  22                                                     type: PP2_SUBTYPE_SSL_CN (0x22)',
        '  37  00 02                                                  value length: 2',
        '  39  61 0a                                                    value: "a\\n"',
        '  41  47 45 54 20                                      method: "GET"',
        '  45  2f 20                                              target: "/"',
        '  47  48 54 54 50 2f 31 2e 31 0d 0a                      version: "HTTP/1.1"',
        '  57  48 6f 73 74 3a 20 61 0d 0a                       field: "Host: a"',
        '  66  58 3a 0a                                         field: "X:"',
        '  68                                                   malformed, http.line.bare_lf: A line ends in LF alone; it must end in CRLF. (at byte 68) RFC 9112 2.2',
      ),
    );
  });

  test.each([
    ['a line of version 1', 'PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r\n', ['source address: "192.0.2.1"', 'destination port: "443"', 'CRLF']],
    ['a line of version 1 for nobody', 'PROXY UNKNOWN\r\n', ['protocol: "UNKNOWN"', 'CRLF']],
    ['what is ignored in one', 'PROXY UNKNOWN a\t\xa0 \r\n', ['ignored: "a\\t\\u00a0"', 'CRLF']],
    ['a line of version 1 that ends in LF alone', 'PROXY TCP4 192.0.2.1 198.51.100.1 1 2\nGET', ['no CRLF']],
    ['what may become a PROXY header', '\r\n\r\n', ['perhaps a PROXY protocol header']],
    ['what may become one, or POST', 'P', ['perhaps a PROXY protocol header']],
    ['a UNIX path with more behind its NUL', unixHeader('/a\0junk'), ['src_addr: "/a"']],
    ['an abstract UNIX name', unixHeader('\0name\0\0'), ['src_addr: "\\u0000name"']],
    [
      'SSL with sub-TLVs that are none of its own',
      encodeProxyV2({ tlvs: [{ type: 0x20, value: bytes(1, u32(0), 0x01, vector16(0xff, 0xfe), 0x22, vector16('cn'), 0x28, vector16(0x30)) }] }),
      ['type: 0x01', 'type: PP2_SUBTYPE_SSL_CN (0x22)', 'value: "cn"', 'type: PP2_SUBTYPE_SSL_CLIENT_CERT (0x28)', 'value'],
    ],
    ['a TLV with the number of a sub-TLV', encodeProxyV2({ tlvs: [{ type: 0x22, value: bytes('cn') }] }), ['type: 0x22', 'value']],
    [
      'a checksum that is wrong',
      [...encodeProxyV2({ command: 'LOCAL' }, { crc32c: true }).slice(0, 22), 0].map((byte, i) => (i === 12 ? 0x20 : byte)),
      ['ignored'],
    ],
    ['change_cipher_spec first', concat([bytes(20, 3, 3, 0, 1, 1), hello()]), [expect.stringMatching(/^malformed, tls\.record\.type: /), 'fragment, not read']],
    [
      'a ServerHello, and an alert behind it',
      concat([serverHello(), encodeAlert('internal_error')]),
      ['msg_type: server_hello (2)', 'description: internal_error (80)'],
    ],
    ['another protocol', 'SSH-2.0-x\r\n', ['This is SSH.', 'not read']],
    ['a protocol that nobody knows', 'hello', ['These bytes open none of the protocols that were asked about.']],
    ['SSL 2.0', [0x80, 0x2e, 1, 3, 1, 0, 0x15, 0, 0, 0, 0x10, new Uint8Array(37).fill(7)], ['This is an SSL 2.0 compatible hello, which has no room for a server name.']],
    ['a response', 'HTTP/1.1 400 Bad Request\r\n', ['These bytes open none of the protocols that were asked about.']],
    ['nothing', '', ['At least 1 more byte must come before there can be a decision.']],
    ['a name that is none', hello({ extensions: serverName('a,b') }), ['HostName: "a,b", neither a DNS name nor an address']],
    ['a name that is an address', hello({ extensions: serverName('192.0.2.1') }), ['HostName: "192.0.2.1", an address']],
    ['what is encrypted', [23, 3, 3, 0, 2, 1, 2], ['record: application_data (23)', 'fragment, not read']],
    ['a length that claims more than there is', hello({ extensions: extension(0, 0, 30, 0, 0, 30, 'abcdefghij') }).subarray(0, -2), ['HostName, 8 of 30 bytes']],
  ] as const)('%s', (_, input, says) => {
    const all = bytes(input);
    law(all);
    const texts = rowsOf(annotate(all)).map(({ text }) => text.trim());
    for (const said of says) expect(texts).toContainEqual(said);
  });

  test('bounds are those that the decoders are given', () => {
    const { flight } = realHellos[0]!;
    expect(annotate(flight, { maxBytes: 100 })).toContain('malformed, tls.handshake.limit: ');
    expect(annotate(flight)).not.toContain('malformed');
  });

  test('what is no Uint8Array is refused', () => {
    expect(() => annotate('GET' as unknown as Uint8Array)).toThrow(TypeError);
  });
});

test('time grows with the input, not with its square', () => {
  const shapes = [
    (size: number) => records(message({ extensions: extension(9999, new Uint8Array(size)) }), 1),
    (size: number) => hello({ extensions: Array.from({ length: size / 4 }, (_, i) => extension(100 + i)) }),
    (size: number) => bytes(`GET / HTTP/1.1\r\n${'a:\r\n'.repeat(size / 4)}`),
    (size: number) => encodeProxyV2({ tlvs: Array.from({ length: size / 3 }, () => ({ type: 4, value: bytes() })) }),
  ];
  const time = (input: Uint8Array): number => {
    const start = performance.now();
    annotate(input, { maxBytes: 1 << 20 });
    return performance.now() - start;
  };
  for (const shapeOf of shapes) {
    const ratios = Array.from({ length: 3 }, () => time(shapeOf(2400)) / time(shapeOf(600)));
    expect(Math.min(...ratios)).toBeLessThan(10); // 4 where it is linear, 16 where it is not
  }
});
