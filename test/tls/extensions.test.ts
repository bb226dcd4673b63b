import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import type { Complete, Malformed } from '../../src/decoded.ts';
import { decodeClientHello } from '../../src/tls/client-hello.ts';
import type { ClientHello } from '../../src/tls/client-hello.ts';
import * as decoders from '../../src/tls/extensions.ts';
import { decodeExtension, extensionCodes, isGrease } from '../../src/tls/extensions.ts';
import type { DecodedExtension, ExtensionCode } from '../../src/tls/extensions.ts';
import * as names from '../../src/tls/names.ts';
import { decodeRecord } from '../../src/tls/record.ts';

/** Bytes in hexadecimal, spaced as the fields are. */
function bytes(...fields: readonly string[]): Uint8Array {
  const digits = fields.join('').replaceAll(' ', '');
  if (!/^(?:[0-9a-f]{2})*$/.test(digits)) throw new TypeError(`not bytes: ${digits}`);
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

/** The hexadecimal of ASCII text. */
function text(ascii: string): string {
  return Buffer.from(ascii, 'latin1').toString('hex');
}

type Fields = Readonly<Record<string, unknown>>;
type WellFormed = readonly [
  what: string,
  data: string,
  fields: Fields,
  legalCuts?: 'any' | readonly number[],
];
type IllFormed = readonly [what: string, data: string, rule: string, offset: number];

interface Cases {
  readonly name: string;
  readonly type: number;
  /** Where the struct is specified. */
  readonly clause: string;
  readonly decode: (data: Uint8Array) => Complete<DecodedExtension> | Malformed<ExtensionCode>;
  /**
   * With the fields beside `name` and `type`. `legalCuts`: the lengths at which the data, cut off, is still
   * well-formed; `any` where bytes may also follow, since nothing in the struct says where it ends.
   */
  readonly wellFormed: readonly WellFormed[];
  /** `rule` is what follows `tls.<name>.` in the code. */
  readonly malformed: readonly IllFormed[];
}

/** `Scheme list<2..2^16-2>`, alone in the extension: the struct of five extensions. */
function list16(field: string): Pick<Cases, 'wellFormed' | 'malformed'> {
  return {
    wellFormed: [
      ['one', '0002 001d', { [field]: [0x001d] }],
      [
        'three, GREASE and unassigned among them',
        '0006 1a1a ffff 0403',
        { [field]: [0x1a1a, 0xffff, 0x0403] },
      ],
    ],
    malformed: [
      ['nothing', '', 'length', 0],
      ['half a length', '00', 'length', 0],
      ['an empty list', '0000', 'empty', 0],
      ['an empty list and bytes behind it', '0000 00', 'empty', 0],
      ['half an element', '0001 00', 'length', 0],
      ['one element and a half', '0003 001d 00', 'length', 0],
      ['a list longer than the extension', '0004 001d', 'length', 0],
      ['a list much longer than the extension', 'ffff 001d', 'length', 0],
      ['a byte behind the list', '0002 001d 00', 'length', 4],
      ['an element behind the list', '0002 001d 0017', 'length', 4],
    ],
  };
}

/** `Type list<1..2^8-1>` of bytes, alone in the extension. */
function list8(field: string): Pick<Cases, 'wellFormed' | 'malformed'> {
  return {
    wellFormed: [
      ['one', '01 00', { [field]: [0] }],
      ['three', '03 00 02 ff', { [field]: [0, 2, 255] }],
    ],
    malformed: [
      ['nothing', '', 'length', 0],
      ['an empty list', '00', 'empty', 0],
      ['a list longer than the extension', '02 00', 'length', 0],
      ['a byte behind the list', '01 00 00', 'length', 2],
    ],
  };
}

/** `ProtocolName list<2..2^16-1>`, `opaque ProtocolName<1..2^8-1>`. */
function protocolNames(field: string): Pick<Cases, 'wellFormed' | 'malformed'> {
  return {
    wellFormed: [
      ['h2', '0003 02 6832', { [field]: ['h2'] }],
      ['h2 and http/1.1', `000c 02 6832 08 ${text('http/1.1')}`, { [field]: ['h2', 'http/1.1'] }],
      ['bytes that are not text', '0007 06 00 2c 0a 80 ff c3', { [field]: ['\0,\n\x80\xff\xc3'] }],
      ['GREASE (RFC 8701 2)', '0003 02 0a0a', { [field]: ['\n\n'] }],
      ['a name of 255 bytes', `0100 ff ${'61'.repeat(255)}`, { [field]: ['a'.repeat(255)] }],
    ],
    malformed: [
      ['nothing', '', 'length', 0],
      ['half a length', '00', 'length', 0],
      ['an empty list', '0000', 'empty', 0],
      ['an empty name', '0001 00', 'empty', 2],
      ['an empty name behind another', '0004 02 6832 00', 'empty', 5],
      ['an empty name before another', '0004 00 02 6832', 'empty', 2],
      ['a name longer than the list', '0003 03 6832', 'length', 2],
      ['a name longer than the list, in bytes that are there', '0003 04 6832 ffff', 'length', 2],
      ['a list longer than the extension', '0004 02 6832', 'length', 0],
      ['a byte behind the list', '0003 02 6832 00', 'length', 5],
      ['a name behind the list', '0003 02 6832 01 61', 'length', 5],
    ],
  };
}

/** An extension that a client sends empty. */
const empty: Pick<Cases, 'wellFormed' | 'malformed'> = {
  wellFormed: [['empty', '', {}]],
  malformed: [
    ['one byte', '00', 'length', 0],
    ['an empty list, as a server might send', '0000', 'length', 0],
  ],
};

const binder32: string = 'b0'.repeat(32);
const key32: string = '4b'.repeat(32);
/** `max_idle_timeout` (1) of 30 seconds: 0x80007530 is 30000 in four bytes. */
const maxIdleTimeout: string = '01 04 80007530';

const table: readonly Cases[] = [
  {
    name: 'server_name',
    type: 0,
    clause: 'RFC 6066 3',
    decode: decoders.decodeServerName,
    wellFormed: [
      [
        'a name',
        `0012 00 000f ${text('www.example.com')}`,
        { serverName: { kind: 'dns', host: 'www.example.com' } },
      ],
      [
        'capitals and a trailing dot',
        `0010 00 000d ${text('Example.Test.')}`,
        { serverName: { kind: 'dns', host: 'example.test' } },
      ],
      [
        'an IPv4 address',
        `000c 00 0009 ${text('192.0.2.1')}`,
        { serverName: { kind: 'ip', address: '192.0.2.1' } },
      ],
      [
        'an IPv6 address',
        `000e 00 000b ${text('2001:DB8::1')}`,
        { serverName: { kind: 'ip', address: '2001:db8::1' } },
      ],
      [
        'no host name: a space',
        `0006 00 0003 ${text('a b')}`,
        { serverName: { kind: 'invalid', raw: bytes('612062') } },
      ],
      ['no host name: NUL', '0006 00 0003 610062', { serverName: { kind: 'invalid', raw: bytes('610062') } }],
      ['no host name: UTF-8', '0005 00 0002 c3bc', { serverName: { kind: 'invalid', raw: bytes('c3bc') } }],
      ['no host name: a dot', '0004 00 0001 2e', { serverName: { kind: 'invalid', raw: bytes('2e') } }],
      [
        'no host name: 127.1',
        `0008 00 0005 ${text('127.1')}`,
        { serverName: { kind: 'invalid', raw: bytes(text('127.1')) } },
      ],
    ],
    malformed: [
      ['nothing, as a server answers', '', 'length', 0],
      ['half a length', '00', 'length', 0],
      ['an empty list', '0000', 'empty', 0],
      ['a list longer than the extension', '0005 00 0001 61', 'length', 0],
      ['a list much longer than the extension', 'ffff 00 0001 61', 'length', 0],
      ['a list shorter than its name', '0003 00 0001 61', 'length', 3],
      ['a byte behind the list', '0004 00 0001 61 00', 'length', 6],
      ['a type alone', '0001 00', 'length', 3],
      ['half the length of the name', '0002 00 00', 'length', 3],
      ['an empty name', '0003 00 0000', 'empty', 3],
      ['a name longer than the list', '0004 00 0002 61', 'length', 3],
      ['a name longer than the list, in bytes that are there', '0004 00 0003 61 6161', 'length', 3],
      ['another type of name', '0004 01 0001 61', 'name_type', 2],
      ['another type of name behind the first', '0008 00 0001 61 ff 0001 61', 'name_type', 6],
      ['two host names', '0008 00 0001 61 00 0001 62', 'duplicate', 6],
      ['the same host name twice', '0008 00 0001 61 00 0001 61', 'duplicate', 6],
      ['a second host name that is empty', '0007 00 0001 61 00 0000', 'empty', 7],
    ],
  },
  {
    name: 'max_fragment_length',
    type: 1,
    clause: 'RFC 6066 4',
    decode: decoders.decodeMaxFragmentLength,
    wellFormed: [
      ['2^9', '01', { maxFragmentLength: 512 }],
      ['2^10', '02', { maxFragmentLength: 1024 }],
      ['2^11', '03', { maxFragmentLength: 2048 }],
      ['2^12', '04', { maxFragmentLength: 4096 }],
    ],
    malformed: [
      ['nothing', '', 'length', 0],
      ['0', '00', 'value', 0],
      ['5', '05', 'value', 0],
      ['255', 'ff', 'value', 0],
      ['two bytes', '01 01', 'length', 1],
    ],
  },
  {
    name: 'status_request',
    type: 5,
    clause: 'RFC 6066 8',
    decode: decoders.decodeStatusRequest,
    wellFormed: [
      [
        'OCSP, as clients send it',
        '01 0000 0000',
        { statusType: 'ocsp', responderIdList: [], requestExtensions: bytes() },
      ],
      [
        'OCSP with responders and extensions',
        '01 0008 0003 aabbcc 0001 dd 0002 3000',
        {
          statusType: 'ocsp',
          responderIdList: [bytes('aabbcc'), bytes('dd')],
          requestExtensions: bytes('3000'),
        },
      ],
      [
        'another type, of unknown structure',
        '02 aabb',
        { statusType: 2, request: bytes('aabb') },
        'any',
      ],
      ['another type alone', '00', { statusType: 0, request: bytes() }, 'any'],
    ],
    malformed: [
      ['nothing, as a server answers', '', 'length', 0],
      ['a type alone', '01', 'length', 1],
      ['half the length of the responders', '01 00', 'length', 1],
      ['responders longer than the extension', '01 0005 0000', 'length', 1],
      ['half the length of a responder', '01 0001 00 0000', 'length', 3],
      ['an empty responder', '01 0002 0000 0000', 'empty', 3],
      ['a responder longer than the list', '01 0003 0002 aa 0000', 'length', 3],
      ['no extensions', '01 0000', 'length', 3],
      ['half the length of the extensions', '01 0000 00', 'length', 3],
      ['extensions longer than the extension', '01 0000 0001', 'length', 3],
      ['a byte behind the extensions', '01 0000 0000 00', 'length', 5],
    ],
  },
  {
    name: 'supported_groups',
    type: 10,
    clause: 'RFC 8446 4.2.7',
    decode: decoders.decodeSupportedGroups,
    ...list16('namedGroupList'),
  },
  {
    name: 'ec_point_formats',
    type: 11,
    clause: 'RFC 8422 5.1.2',
    decode: decoders.decodeEcPointFormats,
    ...list8('ecPointFormatList'),
  },
  {
    name: 'signature_algorithms',
    type: 13,
    clause: 'RFC 8446 4.2.3',
    decode: decoders.decodeSignatureAlgorithms,
    ...list16('supportedSignatureAlgorithms'),
  },
  {
    name: 'use_srtp',
    type: 14,
    clause: 'RFC 5764 4.1.1',
    decode: decoders.decodeUseSrtp,
    wellFormed: [
      ['two profiles', '0004 0001 0002 00', { srtpProtectionProfiles: [1, 2], srtpMki: bytes() }],
      ['an MKI', '0002 0007 03 aabbcc', { srtpProtectionProfiles: [7], srtpMki: bytes('aabbcc') }],
    ],
    malformed: [
      ['nothing', '', 'length', 0],
      ['no profile', '0000 00', 'empty', 0],
      ['half a profile', '0001 00 00', 'length', 0],
      ['a profile and a half', '0003 0001 00 00', 'length', 0],
      ['profiles longer than the extension', '0004 0001 00', 'length', 0],
      ['no MKI', '0002 0001', 'length', 4],
      ['an MKI longer than the extension', '0002 0001 02 aa', 'length', 4],
      ['a byte behind the MKI', '0002 0001 00 00', 'length', 5],
    ],
  },
  {
    name: 'heartbeat',
    type: 15,
    clause: 'RFC 6520 2',
    decode: decoders.decodeHeartbeat,
    wellFormed: [
      ['peer_allowed_to_send', '01', { mode: 'peer_allowed_to_send' }],
      ['peer_not_allowed_to_send', '02', { mode: 'peer_not_allowed_to_send' }],
    ],
    malformed: [
      ['nothing', '', 'length', 0],
      ['0', '00', 'value', 0],
      ['3', '03', 'value', 0],
      ['two bytes', '01 01', 'length', 1],
    ],
  },
  {
    name: 'application_layer_protocol_negotiation',
    type: 16,
    clause: 'RFC 7301 3.1',
    decode: decoders.decodeApplicationLayerProtocolNegotiation,
    ...protocolNames('protocolNameList'),
  },
  {
    name: 'status_request_v2',
    type: 17,
    clause: 'RFC 6961 2.2',
    decode: decoders.decodeStatusRequestV2,
    wellFormed: [
      [
        'ocsp_multi, as Java sends it',
        '0007 02 0004 0000 0000',
        { certificateStatusReqList: [{ statusType: 2, request: bytes('00000000') }] },
      ],
      [
        'ocsp_multi and ocsp, and a request without content',
        '0012 02 0004 0000 0000 01 0005 0000 0001 aa ff 0000',
        {
          certificateStatusReqList: [
            { statusType: 2, request: bytes('00000000') },
            { statusType: 1, request: bytes('00000001aa') },
            { statusType: 255, request: bytes() },
          ],
        },
      ],
    ],
    malformed: [
      ['nothing', '', 'length', 0],
      ['an empty list', '0000', 'empty', 0],
      ['a type alone', '0001 02', 'length', 3],
      ['half the length of a request', '0002 02 00', 'length', 3],
      ['a request longer than the list', '0004 02 0002 aa', 'length', 3],
      ['a list longer than the extension', '0004 02 0000', 'length', 0],
      ['a byte behind the list', '0003 02 0000 00', 'length', 5],
    ],
  },
  {
    name: 'signed_certificate_timestamp',
    type: 18,
    clause: 'RFC 6962 3.3.1',
    decode: decoders.decodeSignedCertificateTimestamp,
    ...empty,
  },
  {
    name: 'client_certificate_type',
    type: 19,
    clause: 'RFC 7250 3',
    decode: decoders.decodeClientCertificateType,
    ...list8('clientCertificateTypes'),
  },
  {
    name: 'server_certificate_type',
    type: 20,
    clause: 'RFC 7250 3',
    decode: decoders.decodeServerCertificateType,
    ...list8('serverCertificateTypes'),
  },
  {
    name: 'padding',
    type: 21,
    clause: 'RFC 7685 3',
    decode: decoders.decodePadding,
    wellFormed: [
      ['none', '', { length: 0 }, 'any'],
      ['one byte', '00', { length: 1 }, 'any'],
      ['300 bytes', '00'.repeat(300), { length: 300 }, 'any'],
    ],
    malformed: [
      ['a byte that is not zero', '01', 'value', 0],
      ['a byte that is not zero, inside', '0000 ff 00', 'value', 2],
      ['two of them', '00 01 00 01', 'value', 1],
      ['a byte that is not zero, last', '00000080', 'value', 3],
    ],
  },
  {
    name: 'encrypt_then_mac',
    type: 22,
    clause: 'RFC 7366 2',
    decode: decoders.decodeEncryptThenMac,
    ...empty,
  },
  {
    name: 'extended_master_secret',
    type: 23,
    clause: 'RFC 7627 5.1',
    decode: decoders.decodeExtendedMasterSecret,
    ...empty,
  },
  {
    name: 'token_binding',
    type: 24,
    clause: 'RFC 8472 2',
    decode: decoders.decodeTokenBinding,
    wellFormed: [
      ['1.0 with ecdsap256', '01 00 01 02', { majorVersion: 1, minorVersion: 0, keyParametersList: [2] }],
      [
        '0.13 with all three',
        '00 0d 03 020001',
        { majorVersion: 0, minorVersion: 13, keyParametersList: [2, 0, 1] },
      ],
    ],
    malformed: [
      ['nothing', '', 'length', 0],
      ['a major version', '01', 'length', 1],
      ['a version', '01 00', 'length', 2],
      ['no key parameters', '01 00 00', 'empty', 2],
      ['key parameters longer than the extension', '01 00 02 02', 'length', 2],
      ['a byte behind them', '01 00 01 02 00', 'length', 4],
    ],
  },
  {
    name: 'compress_certificate',
    type: 27,
    clause: 'RFC 8879 3',
    decode: decoders.decodeCompressCertificate,
    wellFormed: [
      ['brotli', '02 0002', { algorithms: [2] }],
      ['zlib, brotli, zstd', '06 0001 0002 0003', { algorithms: [1, 2, 3] }],
    ],
    malformed: [
      ['nothing', '', 'length', 0],
      ['an empty list', '00', 'empty', 0],
      ['half an algorithm', '01 00', 'length', 0],
      ['an algorithm and a half', '03 0002 00', 'length', 0],
      ['a list longer than the extension', '04 0002', 'length', 0],
      ['a byte behind the list', '02 0002 00', 'length', 3],
    ],
  },
  {
    name: 'record_size_limit',
    type: 28,
    clause: 'RFC 8449 4',
    decode: decoders.decodeRecordSizeLimit,
    wellFormed: [
      ['the least', '0040', { recordSizeLimit: 64 }],
      ['2^14 + 1, as Firefox sends it', '4001', { recordSizeLimit: 16385 }],
      ['the most', 'ffff', { recordSizeLimit: 65535 }],
    ],
    malformed: [
      ['nothing', '', 'length', 0],
      ['half', '40', 'length', 0],
      ['63', '003f', 'value', 0],
      ['0', '0000', 'value', 0],
      ['a byte behind it', '4001 00', 'length', 2],
    ],
  },
  {
    name: 'delegated_credential',
    type: 34,
    clause: 'RFC 9345 4.1.1',
    decode: decoders.decodeDelegatedCredential,
    ...list16('supportedSignatureAlgorithms'),
  },
  {
    name: 'session_ticket',
    type: 35,
    clause: 'RFC 5077 3.2',
    decode: decoders.decodeSessionTicket,
    wellFormed: [
      ['none yet', '', { ticket: bytes() }, 'any'],
      ['a ticket, without a length of its own', 'aabbcc', { ticket: bytes('aabbcc') }, 'any'],
    ],
    malformed: [],
  },
  {
    name: 'pre_shared_key',
    type: 41,
    clause: 'RFC 8446 4.2.11',
    decode: decoders.decodePreSharedKey,
    wellFormed: [
      [
        'one identity',
        `000a 0004 01020304 0000000a 0021 20 ${binder32}`,
        {
          identities: [{ identity: bytes('01020304'), obfuscatedTicketAge: 10 }],
          binders: [bytes(binder32)],
        },
      ],
      [
        'two identities, the greatest age, a binder of SHA-384',
        `000f 0001 61 ffffffff 0002 6162 80000001 0052 20 ${binder32} 30 ${'c0'.repeat(48)}`,
        {
          identities: [
            { identity: bytes('61'), obfuscatedTicketAge: 0xffffffff },
            { identity: bytes('6162'), obfuscatedTicketAge: 0x80000001 },
          ],
          binders: [bytes(binder32), bytes('c0'.repeat(48))],
        },
      ],
      [
        'a binder of 255 bytes',
        `0007 0001 61 00000000 0100 ff ${'dd'.repeat(255)}`,
        {
          identities: [{ identity: bytes('61'), obfuscatedTicketAge: 0 }],
          binders: [bytes('dd'.repeat(255))],
        },
      ],
    ],
    malformed: [
      ['nothing', '', 'length', 0],
      ['half a length', '00', 'length', 0],
      ["the index of the server's form", '0000', 'empty', 0],
      ['no identity', `0000 0021 20 ${binder32}`, 'empty', 0],
      ['identities longer than the extension', '0008 0001 61 00000000', 'length', 0],
      ['half the length of an identity', '0001 00', 'length', 2],
      ['an empty identity', `0006 0000 00000000 0021 20 ${binder32}`, 'empty', 2],
      ['an identity longer than the list', '0007 0006 61 00000000', 'length', 2],
      ['no age', '0003 0001 61', 'length', 5],
      ['one byte of the age', '0004 0001 61 00', 'length', 5],
      ['two bytes of the age', '0005 0001 61 0000', 'length', 5],
      ['three bytes of the age', '0006 0001 61 000000', 'length', 5],
      ['no binders', '0007 0001 61 00000000', 'length', 9],
      ['half the length of the binders', '0007 0001 61 00000000 00', 'length', 9],
      ['an empty list of binders', '0007 0001 61 00000000 0000', 'empty', 9],
      ['binders longer than the extension', `0007 0001 61 00000000 0022 20 ${binder32}`, 'length', 9],
      ['a binder longer than the list', `0007 0001 61 00000000 0021 21 ${binder32}`, 'length', 11],
      ['a binder of 31 bytes', `0007 0001 61 00000000 0020 1f ${'b0'.repeat(31)}`, 'binder', 11],
      ['a binder of 0 bytes', '0007 0001 61 00000000 0001 00', 'binder', 11],
      [
        'a second binder of 31 bytes',
        `0007 0001 61 00000000 0041 20 ${binder32} 1f ${'b0'.repeat(31)}`,
        'binder',
        44,
      ],
      [
        'two binders for one identity',
        `0007 0001 61 00000000 0042 20 ${binder32} 20 ${binder32}`,
        'binders',
        9,
      ],
      [
        'one binder for two identities',
        `000e 0001 61 00000000 0001 62 00000000 0021 20 ${binder32}`,
        'binders',
        16,
      ],
      ['a byte behind the binders', `0007 0001 61 00000000 0021 20 ${binder32} 00`, 'length', 44],
    ],
  },
  { name: 'early_data', type: 42, clause: 'RFC 8446 4.2.10', decode: decoders.decodeEarlyData, ...empty },
  {
    name: 'supported_versions',
    type: 43,
    clause: 'RFC 8446 4.2.1',
    decode: decoders.decodeSupportedVersions,
    wellFormed: [
      ['TLS 1.3 and 1.2', '04 0304 0303', { versions: [0x0304, 0x0303] }],
      ['GREASE alone', '02 2a2a', { versions: [0x2a2a] }],
      [
        'the longest list',
        `fe ${'7f1c'.repeat(127)}`,
        { versions: Array.from({ length: 127 }, () => 0x7f1c) },
      ],
    ],
    malformed: [
      ['nothing', '', 'length', 0],
      ['an empty list', '00', 'empty', 0],
      ["the server's form", '0304', 'length', 0],
      ['half a version', '01 03', 'length', 0],
      ['a version and a half', '03 0304 03', 'length', 0],
      ['255 bytes', `ff ${'03'.repeat(255)}`, 'length', 0],
      ['a list longer than the extension', '04 0304', 'length', 0],
      ['a byte behind the list', '02 0304 00', 'length', 3],
      ['a version behind the list', '02 0304 0303', 'length', 3],
    ],
  },
  {
    name: 'cookie',
    type: 44,
    clause: 'RFC 8446 4.2.2',
    decode: decoders.decodeCookie,
    wellFormed: [
      ['one byte', '0001 ff', { cookie: bytes('ff') }],
      ['three bytes', '0003 aabbcc', { cookie: bytes('aabbcc') }],
    ],
    malformed: [
      ['nothing', '', 'length', 0],
      ['half a length', '00', 'length', 0],
      ['an empty cookie', '0000', 'empty', 0],
      ['a cookie longer than the extension', '0002 aa', 'length', 0],
      ['a byte behind the cookie', '0001 aa 00', 'length', 3],
    ],
  },
  {
    name: 'psk_key_exchange_modes',
    type: 45,
    clause: 'RFC 8446 4.2.9',
    decode: decoders.decodePskKeyExchangeModes,
    ...list8('keModes'),
  },
  {
    name: 'certificate_authorities',
    type: 47,
    clause: 'RFC 8446 4.2.4',
    decode: decoders.decodeCertificateAuthorities,
    wellFormed: [
      ['one name', '0004 0002 3000', { authorities: [bytes('3000')] }],
      ['two names', '0009 0002 3000 0003 300130', { authorities: [bytes('3000'), bytes('300130')] }],
    ],
    malformed: [
      ['nothing', '', 'length', 0],
      ['an empty list', '0000', 'empty', 0],
      ['an empty name', '0002 0000', 'empty', 2],
      ['an empty name behind another', '0006 0002 3000 0000', 'empty', 6],
      ['half the length of a name', '0001 00', 'length', 2],
      ['a name longer than the list', '0003 0002 30', 'length', 2],
      ['a list longer than the extension', '0005 0002 3000', 'length', 0],
      ['a byte behind the list', '0004 0002 3000 00', 'length', 6],
    ],
  },
  {
    name: 'post_handshake_auth',
    type: 49,
    clause: 'RFC 8446 4.2.6',
    decode: decoders.decodePostHandshakeAuth,
    ...empty,
  },
  {
    name: 'signature_algorithms_cert',
    type: 50,
    clause: 'RFC 8446 4.2.3',
    decode: decoders.decodeSignatureAlgorithmsCert,
    ...list16('supportedSignatureAlgorithms'),
  },
  {
    name: 'key_share',
    type: 51,
    clause: 'RFC 8446 4.2.8',
    decode: decoders.decodeKeyShare,
    wellFormed: [
      ['none: the client asks for a HelloRetryRequest', '0000', { clientShares: [] }],
      ['x25519', `0024 001d 0020 ${key32}`, { clientShares: [{ group: 0x001d, keyExchange: bytes(key32) }] }],
      [
        'GREASE of one byte, and x25519',
        `0029 4a4a 0001 00 001d 0020 ${key32}`,
        {
          clientShares: [
            { group: 0x4a4a, keyExchange: bytes('00') },
            { group: 0x001d, keyExchange: bytes(key32) },
          ],
        },
      ],
    ],
    malformed: [
      ['nothing', '', 'length', 0],
      ["the group of a HelloRetryRequest's form", '001d', 'length', 0],
      ['shares longer than the extension', '0006 001d 0001 aa', 'length', 0],
      ['half a group', '0001 00', 'length', 2],
      ['a group alone', '0002 001d', 'length', 4],
      ['half the length of a key', '0003 001d 00', 'length', 4],
      ['an empty key', '0004 001d 0000', 'empty', 4],
      ['a key longer than the list', '0005 001d 0002 aa', 'length', 4],
      ['a key longer than the list, in bytes that are there', '0005 001d 0002 aa bb', 'length', 4],
      ['an empty key in the second share', '0009 001d 0001 aa 0017 0000', 'empty', 9],
      ['a byte behind the shares', '0005 001d 0001 aa 00', 'length', 7],
    ],
  },
  {
    name: 'connection_id',
    type: 54,
    clause: 'RFC 9146 3',
    decode: decoders.decodeConnectionId,
    wellFormed: [
      ['of no bytes', '00', { cid: bytes() }],
      ['of three bytes', '03 aabbcc', { cid: bytes('aabbcc') }],
    ],
    malformed: [
      ['nothing', '', 'length', 0],
      ['an id longer than the extension', '02 aa', 'length', 0],
      ['a byte behind the id', '00 00', 'length', 1],
    ],
  },
  {
    name: 'quic_transport_parameters',
    type: 57,
    clause: 'RFC 9000 16, 18',
    decode: decoders.decodeQuicTransportParameters,
    wellFormed: [
      ['none', '', { parameters: [] }],
      ['max_idle_timeout', maxIdleTimeout, { parameters: [{ id: 1n, value: bytes('80007530') }] }, [0]],
      [
        'max_idle_timeout, disable_active_migration (empty), initial_source_connection_id',
        `${maxIdleTimeout} 0c 00 0f 03 aabbcc`,
        {
          parameters: [
            { id: 1n, value: bytes('80007530') },
            { id: 12n, value: bytes() },
            { id: 15n, value: bytes('aabbcc') },
          ],
        },
        [0, 6, 8],
      ],
      // The examples of RFC 9000 A.1, as ids.
      [
        'an id of 8 bytes',
        'c2197c5eff14e88c 00',
        { parameters: [{ id: 151288809941952652n, value: bytes() }] },
        [0],
      ],
      ['an id of 4 bytes', '9d7f3e7d 00', { parameters: [{ id: 494878333n, value: bytes() }] }, [0]],
      ['an id of 2 bytes', '7bbd 00', { parameters: [{ id: 15293n, value: bytes() }] }, [0]],
      ['an id of 1 byte', '25 00', { parameters: [{ id: 37n, value: bytes() }] }, [0]],
      ['the same id in 2 bytes', '4025 00', { parameters: [{ id: 37n, value: bytes() }] }, [0]],
      [
        'the greatest id',
        'ffffffffffffffff 00',
        { parameters: [{ id: 2n ** 62n - 1n, value: bytes() }] },
        [0],
      ],
      [
        'a length of 8 bytes',
        '01 c000000000000001 aa',
        { parameters: [{ id: 1n, value: bytes('aa') }] },
        [0],
      ],
    ],
    malformed: [
      ['an id alone', '01', 'length', 1],
      ['half an id of 2 bytes', '40', 'length', 0],
      ['seven bytes of an id of 8', 'c0000000000000', 'length', 0],
      ['half a length of 2 bytes', '01 40', 'length', 1],
      ['three bytes of a length of 4', '01 800000', 'length', 1],
      ['a value longer than the extension', '01 02 aa', 'length', 1],
      ['a value longer than a number can tell', '01 ffffffffffffffff aa', 'length', 1],
      ['a second value longer than the extension', `${maxIdleTimeout} 0c 01`, 'length', 7],
      ['an id behind the last value', '0c 00 0c', 'length', 3],
    ],
  },
  {
    name: 'ticket_request',
    type: 58,
    clause: 'RFC 9149 3',
    decode: decoders.decodeTicketRequest,
    wellFormed: [
      ['two new, one to resume', '02 01', { newSessionCount: 2, resumptionCount: 1 }],
      ['none, and the most', '00 ff', { newSessionCount: 0, resumptionCount: 255 }],
    ],
    malformed: [
      ['nothing', '', 'length', 0],
      ['one number', '02', 'length', 1],
      ['three numbers', '02 01 00', 'length', 2],
    ],
  },
  {
    name: 'next_protocol_negotiation',
    type: 13172,
    clause: 'draft-agl-tls-nextprotoneg-04 3',
    decode: decoders.decodeNextProtocolNegotiation,
    ...empty,
  },
  {
    name: 'application_settings_old',
    type: 17513,
    clause: 'draft-vvv-tls-alps-01 4',
    decode: decoders.decodeApplicationSettingsOld,
    ...protocolNames('supportedProtocols'),
  },
  {
    name: 'application_settings',
    type: 17613,
    clause: 'draft-vvv-tls-alps-01 4',
    decode: decoders.decodeApplicationSettings,
    ...protocolNames('supportedProtocols'),
  },
  {
    name: 'channel_id',
    type: 30032,
    clause: 'draft-balfanz-tls-channelid-01 3',
    decode: decoders.decodeChannelId,
    ...empty,
  },
  {
    name: 'encrypted_client_hello',
    type: 0xfe0d,
    clause: 'RFC 9849 5',
    decode: decoders.decodeEncryptedClientHello,
    wellFormed: [
      [
        'outer',
        '00 0001 0003 2a 0002 aabb 0003 ccddee',
        {
          clientHelloType: 'outer',
          kdfId: 1,
          aeadId: 3,
          configId: 42,
          enc: bytes('aabb'),
          payload: bytes('ccddee'),
        },
      ],
      [
        'outer, in answer to a HelloRetryRequest: without enc',
        '00 0001 0001 ff 0000 0001 cc',
        { clientHelloType: 'outer', kdfId: 1, aeadId: 1, configId: 255, enc: bytes(), payload: bytes('cc') },
      ],
      ['inner', '01', { clientHelloType: 'inner' }],
    ],
    malformed: [
      ['nothing', '', 'length', 0],
      ['another type', '02', 'type', 0],
      ['another type, otherwise as outer', 'ff 0001 0001 2a 0000 0001 cc', 'type', 0],
      ['inner with content', '01 00', 'length', 1],
      ['outer alone', '00', 'length', 1],
      ['half the KDF', '00 00', 'length', 1],
      ['no AEAD', '00 0001', 'length', 3],
      ['no config id', '00 0001 0001', 'length', 5],
      ['no enc', '00 0001 0001 2a', 'length', 6],
      ['an enc longer than the extension', '00 0001 0001 2a 0003 aabb', 'length', 6],
      ['no payload', '00 0001 0001 2a 0000', 'length', 8],
      ['no payload behind an enc', '00 0001 0001 2a 0001 aa', 'length', 9],
      ['an empty payload', '00 0001 0001 2a 0000 0000', 'empty', 8],
      ['a payload longer than the extension', '00 0001 0001 2a 0000 0002 cc', 'length', 8],
      ['a byte behind the payload', '00 0001 0001 2a 0000 0001 cc 00', 'length', 11],
    ],
  },
  {
    name: 'renegotiation_info',
    type: 0xff01,
    clause: 'RFC 5746 3.2',
    decode: decoders.decodeRenegotiationInfo,
    wellFormed: [
      ['the first handshake', '00', { renegotiatedConnection: bytes() }],
      [
        'a later one',
        '0c aabbccddeeff001122334455',
        { renegotiatedConnection: bytes('aabbccddeeff001122334455') },
      ],
    ],
    malformed: [
      ['nothing', '', 'length', 0],
      ['verify data longer than the extension', '02 aa', 'length', 0],
      ['a byte behind it', '00 00', 'length', 1],
    ],
  },
];

/** All well-formed vectors, with what each decodes to. */
const vectors = table.flatMap(({ name, type, decode, wellFormed }) =>
  wellFormed.map(([what, data, fields, legalCuts = []]) => ({
    title: `${name}: ${what}`,
    name,
    type,
    decode,
    data: bytes(data),
    value: { name, type, ...fields },
    legalCuts,
  })),
);

for (const { name, type, clause, decode, wellFormed, malformed } of table) {
  describe(`${name} (${clause})`, () => {
    for (const [what, data, fields] of wellFormed) {
      it(what, () => {
        const outcome = { status: 'complete', value: { name, type, ...fields }, size: bytes(data).length };
        expect(decode(bytes(data))).toStrictEqual(outcome);
        expect(decodeExtension({ type, data: bytes(data) })).toStrictEqual(outcome);
      });
    }

    for (const [what, data, rule, offset] of malformed) {
      it(`malformed: ${what}`, () => {
        const outcome = { status: 'malformed', code: `tls.${name}.${rule}`, offset };
        expect(decode(bytes(data))).toStrictEqual(outcome);
        expect(decodeExtension({ type, data: bytes(data) })).toStrictEqual(outcome);
      });
    }
  });
}

describe('the table above is whole', () => {
  test('every code of extensionCodes is in a case, and no other', () => {
    const produced = table.flatMap(({ type, malformed }) =>
      malformed.map(([, data]) => {
        const outcome = decodeExtension({ type, data: bytes(data) });
        return outcome.status === 'malformed' ? outcome.code : outcome.status;
      }),
    );
    expect([...new Set(produced)].sort()).toEqual([...extensionCodes].sort());
  });

  test('no code is listed twice', () => {
    expect(new Set(extensionCodes).size).toBe(extensionCodes.length);
  });

  test('every exported decoder is in it', () => {
    const exported = Object.keys(decoders).filter((key) => /^decode(?!Extension$)/.test(key));
    expect(table.map(({ decode }) => decode.name).sort()).toEqual(exported.sort());
  });

  test('every type of 65536 that has a decoder is in it', () => {
    const typed: number[] = [];
    for (let type = 0; type < 0x10000; type++) {
      const outcome = decodeExtension({ type, data: new Uint8Array(0) });
      if (outcome.status === 'malformed' || outcome.value.name !== 'unknown') typed.push(type);
    }
    expect(typed).toEqual(table.map(({ type }) => type).sort((a, b) => a - b));
  });

  test('the names are those of names.extensions', () => {
    const byType: Readonly<Record<number, string>> = names.extensions;
    for (const { value } of vectors) expect(value.name).toBe(byType[value.type]);
  });
});

describe('well-formed data cut off or prolonged (a length that lies: RFC 8446 6.2 decode_error)', () => {
  for (const { title, name, type, data, legalCuts } of vectors) {
    it(`${title}, cut off at every length`, () => {
      for (let length = 0; length < data.length; length++) {
        const outcome = decodeExtension({ type, data: data.subarray(0, length) });
        if (legalCuts === 'any' ? length > 0 || name !== 'status_request' : legalCuts.includes(length)) {
          expect(outcome).toMatchObject({ status: 'complete', size: length });
        } else {
          expect(outcome).toMatchObject({ status: 'malformed', code: `tls.${name}.length` });
          expect((outcome as Malformed).offset).toBeLessThanOrEqual(length);
        }
      }
      // Every exception is made use of.
      if (legalCuts !== 'any') expect(legalCuts.every((length) => length < data.length)).toBe(true);
    });

    it(`${title}, one byte more`, () => {
      for (const byte of [0, 1, 0x40, 0xff]) {
        const outcome = decodeExtension({ type, data: Uint8Array.of(...data, byte) });
        if (legalCuts === 'any' && (name !== 'padding' || byte === 0)) {
          expect(outcome).toMatchObject({ status: 'complete', size: data.length + 1 });
        } else {
          // A QUIC parameter may begin here: an id of one byte, whose length is what is missing.
          const isId = name === 'quic_transport_parameters' && byte < 0x40;
          const code = `tls.${name}.${name === 'padding' ? 'value' : 'length'}`;
          expect(outcome).toEqual({ status: 'malformed', code, offset: data.length + (isId ? 1 : 0) });
        }
      }
    });
  }
});

const rawOnly: readonly (readonly [what: string, type: number])[] = [
  ['tls_flags', 62],
  ['trust_anchors', 0xca34],
  ['pake', 0x8a3b],
  ['encrypted_server_name', 0xffce],
  ['client_certificate_url', 2],
  ['oid_filters', 48],
  ['the reserved 40', 40],
  ['the reserved 65280', 0xff00],
  ['private use', 0xfe00],
  ['GREASE 0x0a0a', 0x0a0a],
  ['GREASE 0xfafa', 0xfafa],
];

describe('unknown, GREASE (RFC 8701 3.1) and raw-only types come back raw', () => {
  it.each(rawOnly)('%s', (_, type) => {
    for (const data of [bytes(), bytes('00'), bytes('0003 aabbcc')]) {
      const value = { name: 'unknown', type, data };
      expect(decodeExtension({ type, data })).toStrictEqual({ status: 'complete', value, size: data.length });
    }
  });
});

test('isGrease: the sixteen values of RFC 8701 2 and no other of 65536', () => {
  const grease = Array.from({ length: 0x10000 }, (_, value) => value).filter(isGrease);
  expect(grease).toEqual([
    0x0a0a, 0x1a1a, 0x2a2a, 0x3a3a, 0x4a4a, 0x5a5a, 0x6a6a, 0x7a7a, 0x8a8a, 0x9a9a, 0xaaaa, 0xbaba, 0xcaca,
    0xdada, 0xeaea, 0xfafa,
  ]);
});

/** Every byte string in a value, however deep. */
function byteStrings(value: unknown): Uint8Array[] {
  if (value instanceof Uint8Array) return [value];
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(byteStrings);
  return [];
}

describe('the input is a Buffer or a view at any offset', () => {
  const inputs = [
    ...vectors,
    ...rawOnly.map(([title, type]) => {
      const data = bytes('aabb');
      return { title, name: 'unknown', type, data, value: { name: 'unknown', type, data } };
    }),
  ];

  for (const { title, name, type, data, value } of inputs) {
    it(title, () => {
      const room = Buffer.alloc(data.length + 12, 0xff);
      room.set(data, 5);
      const plain = new Uint8Array(room.buffer, room.byteOffset + 5, data.length);
      for (const view of [room.subarray(5, 5 + data.length), plain]) {
        const outcome = decodeExtension({ type, data: view });
        expect(outcome).toStrictEqual({ status: 'complete', value, size: data.length });
        for (const found of byteStrings(outcome)) {
          expect(Object.getPrototypeOf(found)).toBe(Uint8Array.prototype);
          // Views into the input, except for the server name, which is owned.
          expect(found.buffer === view.buffer).toBe(name !== 'server_name');
        }
      }
    });
  }

  test('the walk finds byte strings of every depth', () => {
    const all = inputs.flatMap(({ type, data }) => byteStrings(decodeExtension({ type, data })));
    expect(all.length).toBeGreaterThan(40);
    expect(byteStrings({ a: [{ b: Buffer.of(1) }] })).toHaveLength(1);
  });

  test("another realm's Uint8Array", () => {
    const there = runInNewContext('(data) => Uint8Array.from(data)') as (data: Uint8Array) => Uint8Array;
    for (const { type, data, value } of inputs) {
      const foreign = there(data);
      expect(foreign instanceof Uint8Array).toBe(false);
      expect(decodeExtension({ type, data: foreign })).toStrictEqual({
        status: 'complete',
        value,
        size: data.length,
      });
    }
  });

  test('a server name outlives the bytes', () => {
    const data = bytes(`0006 00 0003 ${text('a b')}`);
    const outcome = decodeExtension({ type: 0, data });
    data.fill(0);
    expect(outcome).toMatchObject({ value: { serverName: { kind: 'invalid', raw: bytes('612062') } } });
  });
});

describe('total: whatever the bytes', () => {
  const known: ReadonlySet<string> = new Set(extensionCodes);
  const types = table.map(({ type }) => type);
  const nameOf = new Map(table.map(({ type, name }) => [type, name]));
  const extension = fc.record({
    type: fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...types) }, fc.nat(0xffff)),
    data: fc.uint8Array({ maxLength: 80 }),
  });
  /** A vector with a few bytes changed, cut off or prolonged: most of them still look like the extension. */
  const mutated = fc
    .record({
      vector: fc.constantFrom(...vectors),
      changes: fc.array(fc.tuple(fc.nat(500), fc.constantFrom(0, 1, 2, 0x20, 0x40, 0x80, 0xff)), {
        maxLength: 3,
      }),
      cut: fc.nat(3),
      more: fc.uint8Array({ maxLength: 3 }),
    })
    .map(({ vector: { type, data }, changes, cut, more }) => {
      const changed = Uint8Array.of(...data.subarray(0, Math.max(0, data.length - cut)), ...more);
      if (changed.length > 0) for (const [at, byte] of changes) changed[at % changed.length] = byte;
      return { type, data: changed };
    });

  test('complete, or malformed with a code of its own and an offset inside; nothing else', () => {
    const seen = { complete: 0, malformed: 0 };
    fc.assert(
      fc.property(fc.oneof(extension, mutated), ({ type, data }) => {
        const outcome = decodeExtension({ type, data });
        seen[outcome.status]++;
        if (outcome.status === 'complete') {
          expect(outcome.size).toBe(data.length);
          expect(outcome.value.type).toBe(type);
          expect(outcome.value.name).toBe(nameOf.get(type) ?? 'unknown');
        } else {
          expect(outcome.status).toBe('malformed');
          expect(known.has(outcome.code)).toBe(true);
          expect(outcome.code.startsWith(`tls.${nameOf.get(type)}.`)).toBe(true);
          expect(
            Number.isInteger(outcome.offset) && outcome.offset >= 0 && outcome.offset <= data.length,
          ).toBe(true);
        }
      }),
      { numRuns: 2000 },
    );
    expect(Math.min(seen.complete, seen.malformed)).toBeGreaterThan(100);
  });
});

/** What an independent dissector read in a real hello: test/vectors/hellos/index.json. */
interface Dissected {
  readonly client: string;
  readonly bytes: number;
  readonly records: number;
  readonly serverName: string | null;
  readonly alpn: readonly string[];
  readonly ja3: string;
  readonly ja3Full: string;
  readonly extensions: readonly number[];
  readonly cipherSuites: readonly number[];
  readonly supportedGroups: readonly number[];
  readonly signatureAlgorithms: readonly number[];
  readonly supportedVersions: readonly number[];
  readonly keyShareGroups: readonly number[];
  readonly ecPointFormats: readonly number[];
  readonly legacyVersion: string;
  readonly recordVersion: string;
  readonly sessionIdLength: string;
  readonly sha256: string;
}

const hellos: URL = new URL('../vectors/hellos/', import.meta.url);
const dissected = JSON.parse(readFileSync(new URL('index.json', hellos), 'utf8')) as readonly Dissected[];

function digest(algorithm: 'md5' | 'sha256', data: string | Uint8Array): string {
  return createHash(algorithm).update(data).digest('hex');
}

const hex4 = (value: number): string => `0x${value.toString(16).padStart(4, '0')}`;

/** The decoded extensions by name, each of them complete. */
function decodeAll(hello: ClientHello): Map<string, DecodedExtension> {
  return new Map(
    hello.extensions.map((extension) => {
      const outcome = decodeExtension(extension);
      if (outcome.status !== 'complete') throw new Error(`${extension.type}: ${outcome.code}`);
      return [
        outcome.value.name === 'unknown' ? `unknown ${extension.type}` : outcome.value.name,
        outcome.value,
      ];
    }),
  );
}

describe('the hellos of real clients, as an independent dissector read them', () => {
  test('all of them are in the index', () => {
    const files = readdirSync(hellos).filter((file) => file.endsWith('.bin'));
    expect(dissected.map(({ client }) => `${client}.bin`).sort()).toEqual(files.sort());
    expect(files).toHaveLength(10);
  });

  it.each(dissected.map((hello) => [hello.client, hello] as const))('%s', (_, expected) => {
    const file = readFileSync(new URL(`${expected.client}.bin`, hellos));
    const outcome = decodeClientHello(file);
    if (outcome.status !== 'complete') throw new Error(`${expected.client}: ${outcome.status}`);
    expect(outcome.size).toBe(file.length);
    const hello = outcome.value;

    const recordVersions: string[] = [];
    for (let offset = 0; offset < file.length;) {
      const record = decodeRecord(file.subarray(offset));
      if (record.status !== 'complete') throw new Error(`record at ${offset}: ${record.status}`);
      recordVersions.push(hex4(record.value.version));
      offset += record.size;
    }

    const extensions = decodeAll(hello);
    expect(extensions.size).toBe(hello.extensions.length);
    const get = <Name extends DecodedExtension['name']>(
      name: Name,
    ): Extract<DecodedExtension, { readonly name: Name }> | undefined =>
      extensions.get(name) as Extract<DecodedExtension, { readonly name: Name }> | undefined;
    const types = hello.extensions.map(({ type }) => type);
    const groups = get('supported_groups')?.namedGroupList ?? [];
    const formats = get('ec_point_formats')?.ecPointFormatList ?? [];
    // The dissector has one field for the schemes of signature_algorithms and of signature_algorithms_cert.
    const schemes = (['signature_algorithms', 'signature_algorithms_cert'] as const).flatMap(
      (name) => get(name)?.supportedSignatureAlgorithms ?? [],
    );
    const ja3Full = [
      [hello.legacyVersion],
      ...[hello.cipherSuites, types, groups].map((values) => values.filter((value) => !isGrease(value))),
      formats,
    ]
      .map((values) => values.join('-'))
      .join();

    expect<Dissected>({
      client: expected.client,
      bytes: file.length,
      records: recordVersions.length,
      serverName: hello.serverName?.kind === 'dns' ? hello.serverName.host : null,
      alpn: hello.alpnProtocols,
      ja3: digest('md5', ja3Full),
      ja3Full,
      extensions: types,
      cipherSuites: hello.cipherSuites,
      supportedGroups: groups,
      signatureAlgorithms: schemes,
      supportedVersions: hello.supportedVersions,
      keyShareGroups: get('key_share')?.clientShares.map(({ group }) => group) ?? [],
      ecPointFormats: formats,
      legacyVersion: hex4(hello.legacyVersion),
      recordVersion: recordVersions.join(),
      sessionIdLength: String(hello.sessionId.length),
      sha256: digest('sha256', file),
    }).toStrictEqual(expected);

    // What the walk of the hello read itself is what the decoders of the extensions read.
    expect(hello.serverName).toStrictEqual(get('server_name')?.serverName);
    expect(hello.alpnProtocols).toEqual(
      get('application_layer_protocol_negotiation')?.protocolNameList ?? [],
    );
    expect(hello.supportedVersions).toEqual(get('supported_versions')?.versions ?? []);
    expect(hello.ech).toBe(get('encrypted_client_hello')?.clientHelloType);
  });
});
