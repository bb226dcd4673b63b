/**
 * The rows of TLS: records, and in them a ClientHello, the answer of a server, or alerts.
 *
 * @module
 */
import { Cursor, hexDigits } from '../cursor.ts';
import { readHost } from '../host.ts';
import { decodeExtension } from '../tls/extensions.ts';
import {
  alerts,
  certificateCompressionAlgorithms,
  certificateTypes,
  cipherSuites,
  ecPointFormats,
  extensions,
  groups,
  nameOf,
  pskKeyExchangeModes,
  signatureAlgorithms,
  versions,
} from '../tls/names.ts';
import { ALERT, CERTIFICATE, CLIENT_HELLO, HANDSHAKE, RECORD_HEADER, SERVER_HELLO } from '../tls/numbers.ts';
import { recordHeaderAt, stopAtRecordHeader } from '../tls/record.ts';
import { isRetry } from '../tls/server-hello.ts';
import { Fields, named, quoted, Stopped } from './dump.ts';
import type { Dump, Names, Stretch, Verdict } from './dump.ts';

/**
 * Shows records up to the end of the input, and the messages in them that were decoded.
 *
 * @param end where those end; Infinity where they are not whole
 */
export function showRecords(dump: Dump, verdict: Verdict | undefined, end: number): void {
  new Records(dump, verdict, end).show();
}

class Records {
  readonly #dump: Dump;
  readonly #verdict: Verdict | undefined;
  readonly #end: number;

  constructor(dump: Dump, verdict: Verdict | undefined, end: number) {
    this.#dump = dump;
    this.#verdict = verdict;
    this.#end = end;
  }

  show(): void {
    const records = recordsFrom(this.#dump.bytes, this.#dump.offset);
    try {
      for (let i = 0; i < records.length && this.#dump.offset < this.#end; ) {
        const { type } = records[i]!;
        if (type !== ALERT && type !== HANDSHAKE) break;
        // A message may go on in the next record, an alert must not.
        const first = i++;
        while (type === HANDSHAKE && records[i]?.type === HANDSHAKE) i++;
        const run = records.slice(first, i);
        this.#showHeader();
        const fields = new Fields(this.#dump, run.map(({ fragment }) => fragment), this.#verdict, () =>
          this.#dump.outermost(() => this.#showHeader()),
        );
        this.#dump.indented(() => (type === ALERT ? alert(fields) : this.#showMessages(fields)));
      }
    } catch (stopped) {
      // Where there are no more bytes of the message, a record may still have begun.
      if (!(stopped instanceof Stopped) || stopped.verdict !== undefined) throw stopped;
    }
    for (const record of records) this.#showRest(record);
    if (this.#end < Infinity) this.#dump.row(this.#dump.bytes.length, 'what follows');
    else this.#showHeader();
  }

  #showMessages(fields: Fields): void {
    // Of a message that is not whole, nothing is said of its extensions.
    const isDecided = this.#end < Infinity || this.#verdict !== undefined;
    while (this.#dump.offset < this.#end && fields.peek(1).length > 0) handshakeMessage(fields, isDecided);
  }

  #showHeader(): void {
    const { offset, bytes } = this.#dump;
    const fields = new Fields(this.#dump, [{ start: offset, end: bytes.length }], this.#verdict);
    fields.number('record', 1, named(contentTypes));
    fields.number('legacy_record_version', 2, named16(versions));
    fields.number('record length', 2);
  }

  /** Shows what is not shown of a record that is none of the messages, or behind them. */
  #showRest({ fragment }: TlsRecord): void {
    if (this.#dump.offset >= fragment.end) return;
    if (this.#dump.offset < fragment.start) this.#showHeader();
    this.#dump.indented(() => this.#dump.row(fragment.end, 'fragment, not read'));
  }
}

interface TlsRecord {
  readonly type: number;
  readonly fragment: Stretch;
}

/** The records of which there is a header. */
function recordsFrom(bytes: Uint8Array, offset: number): TlsRecord[] {
  const records: TlsRecord[] = [];
  let at = offset;
  while (stopAtRecordHeader(bytes, at, Infinity, 'tls.record.length') === undefined) {
    const { type, length } = recordHeaderAt(bytes, at);
    const start = at + RECORD_HEADER;
    at = Math.min(bytes.length, start + length);
    records.push({ type, fragment: { start, end: at } });
  }
  return records;
}

const contentTypes = {
  20: 'change_cipher_spec',
  21: 'alert',
  22: 'handshake',
  23: 'application_data',
  24: 'heartbeat',
} as const;
const alertLevels = { 1: 'warning', 2: 'fatal' } as const;
const handshakeTypes = {
  [CLIENT_HELLO]: 'client_hello',
  [SERVER_HELLO]: 'server_hello',
  [CERTIFICATE]: 'certificate',
} as const;
const nameTypes = { 0: 'host_name' } as const;
const statusTypes = { 1: 'ocsp', 2: 'ocsp_multi' } as const;
const heartbeatModes = { 1: 'peer_allowed_to_send', 2: 'peer_not_allowed_to_send' } as const;
const maxFragmentLengths = { 1: '512', 2: '1024', 3: '2048', 4: '4096' } as const;
const compressionMethods = { 0: 'null', 1: 'DEFLATE' } as const;
const echTypes = { 0: 'outer', 1: 'inner' } as const;

/** A number of two bytes by its name, GREASE among them, and as it is. */
function named16(table: Names): (value: number) => string {
  return (value) => {
    const name = nameOf(table, value);
    const digits = `0x${hexDigits(value, 4)}`;
    return name === digits ? digits : `${name} (${digits})`;
  };
}

/** HPKE Key Derivation Functions and AEAD Algorithms, RFC 9180 7.2 and 7.3. */
const kdfs = { 1: 'HKDF-SHA256', 2: 'HKDF-SHA384', 3: 'HKDF-SHA512' } as const;
const aeads = { 1: 'AES-128-GCM', 2: 'AES-256-GCM', 3: 'ChaCha20Poly1305', 0xffff: 'Export-only' } as const;
/** RFC 5764 4.1.2, RFC 7714 14.2. */
const srtpProfiles = {
  0x0001: 'SRTP_AES128_CM_HMAC_SHA1_80',
  0x0002: 'SRTP_AES128_CM_HMAC_SHA1_32',
  0x0005: 'SRTP_NULL_HMAC_SHA1_80',
  0x0006: 'SRTP_NULL_HMAC_SHA1_32',
  0x0007: 'SRTP_AEAD_AES_128_GCM',
  0x0008: 'SRTP_AEAD_AES_256_GCM',
} as const;
/** RFC 8471 3.1. */
const tokenBindingKeys = { 0: 'rsa2048_pkcs1.5', 1: 'rsa2048_pss', 2: 'ecdsap256' } as const;
/** RFC 9000 18.2, RFC 9221 3, RFC 9287 3, RFC 9368 3. */
const transportParameters = {
  0x00: 'original_destination_connection_id',
  0x01: 'max_idle_timeout',
  0x02: 'stateless_reset_token',
  0x03: 'max_udp_payload_size',
  0x04: 'initial_max_data',
  0x05: 'initial_max_stream_data_bidi_local',
  0x06: 'initial_max_stream_data_bidi_remote',
  0x07: 'initial_max_stream_data_uni',
  0x08: 'initial_max_streams_bidi',
  0x09: 'initial_max_streams_uni',
  0x0a: 'ack_delay_exponent',
  0x0b: 'max_ack_delay',
  0x0c: 'disable_active_migration',
  0x0d: 'preferred_address',
  0x0e: 'active_connection_id_limit',
  0x0f: 'initial_source_connection_id',
  0x10: 'retry_source_connection_id',
  0x11: 'version_information',
  0x20: 'max_datagram_frame_size',
  0x2ab2: 'grease_quic_bit',
} as const;
/** Those of GREASE have their own values here (RFC 8701 2). */
const keModes = {
  ...pskKeyExchangeModes,
  ...Object.fromEntries([0x0b, 0x2a, 0x49, 0x68, 0x87, 0xa6, 0xc5, 0xe4].map((mode) => [mode, 'GREASE'])),
};

function alert(fields: Fields): void {
  fields.number('level', 1, named(alertLevels));
  fields.number('description', 1, named(alerts));
}

function handshakeMessage(fields: Fields, isDecided: boolean): void {
  const type = fields.number('msg_type', 1, named(handshakeTypes));
  const length = fields.number('message length', 3);
  fields.within(length, () => {
    if (type === CLIENT_HELLO) clientHello(fields, isDecided);
    else if (type === SERVER_HELLO) serverHello(fields);
    else fields.list(3, 'certificate_list', () => fields.opaque(3, 'ASN.1Cert'));
  });
}

function clientHello(fields: Fields, isDecided: boolean): void {
  fields.number('legacy_version', 2, named16(versions));
  fields.bytes('random', 32);
  fields.opaque(1, 'legacy_session_id');
  fields.list(2, 'cipher_suites', () => fields.number('CipherSuite', 2, named16(cipherSuites)));
  fields.list(1, 'legacy_compression_methods', () => fields.number('CompressionMethod', 1, named(compressionMethods)));
  if (fields.done) return;
  fields.list(2, 'extensions', () => {
    const [type, length] = extensionHeader(fields);
    const data = fields.peek(length);
    const show = (): unknown => (clientExtensions[type] ?? unread)(fields);
    const outcome = isDecided && data.length === length ? decodeExtension({ type, data }) : undefined;
    if (outcome?.status === 'malformed') fields.judged(length, outcome, show);
    else fields.within(length, show);
  });
}

function serverHello(fields: Fields): void {
  fields.number('legacy_version', 2, named16(versions));
  const random = fields.bytes('random', 32, (value) => (isRetry(value) ? 'random: HelloRetryRequest' : 'random'));
  fields.opaque(1, 'legacy_session_id_echo');
  fields.number('cipher_suite', 2, named16(cipherSuites));
  fields.number('legacy_compression_method', 1, named(compressionMethods));
  if (fields.done) return;
  const known = isRetry(random) ? retryExtensions : serverExtensions;
  fields.list(2, 'extensions', () => {
    const [type, length] = extensionHeader(fields);
    fields.within(length, () => (known[type] ?? unread)(fields));
  });
}

function extensionHeader(fields: Fields): [type: number, length: number] {
  const type = fields.number('extension_type', 2, (value) => {
    const name = nameOf(extensions, value);
    return Object.hasOwn(extensions, value) ? `${name} (${value})` : named16({})(value);
  });
  return [type, fields.number('extension_data length', 2)];
}

function unread(fields: Fields): void {
  fields.rest('extension_data');
}

const version = (fields: Fields): unknown => fields.number('ProtocolVersion', 2, named16(versions));
const group = (fields: Fields): unknown => fields.number('NamedGroup', 2, named16(groups));
const scheme = (fields: Fields): unknown => fields.number('SignatureScheme', 2, named16(signatureAlgorithms));
const certificateType = (fields: Fields): unknown => fields.number('CertificateType', 1, named(certificateTypes));
const keyShareEntry = (fields: Fields): void => {
  group(fields);
  fields.opaque(2, 'key_exchange');
};
const protocolNames =
  (list: string) =>
  (fields: Fields): void =>
    fields.list(2, list, () => fields.vector(1, 'ProtocolName', () => fields.text('ProtocolName', fields.left)));
const schemes = (fields: Fields): void => fields.list(2, 'supported_signature_algorithms', () => scheme(fields));
const pointFormats = (fields: Fields): void =>
  fields.list(1, 'ec_point_format_list', () => fields.number('ECPointFormat', 1, named(ecPointFormats)));
const renegotiatedConnection = (fields: Fields): void => fields.opaque(1, 'renegotiated_connection');
const empty = (): void => {};

/** A name, and what it is where it is none of DNS. */
function hostName(text: string): string {
  const host = readHost(text);
  if (host === undefined) return `${quoted(text)}, neither a DNS name nor an address`;
  return host.kind === 'ip' ? `${quoted(text)}, an address` : quoted(text);
}

/** A QUIC variable-length integer (RFC 9000 16): the first two bits give the length. */
function varint(fields: Fields, name: string, meaning: (value: number) => string = String): number {
  const width = 1 << ((fields.peek(1).at(0) ?? 0) >> 6);
  const valueOf = (bytes: Uint8Array): number => Number(Cursor.declared(bytes, 0, bytes.length, name).varint());
  return valueOf(fields.bytes(name, width, (bytes) => `${name}: ${meaning(valueOf(bytes))}`));
}

/** What stands in each extension of a ClientHello. */
const clientExtensions: Readonly<Record<number, (fields: Fields) => unknown>> = {
  0: (fields) =>
    fields.list(2, 'server_name_list', () => {
      fields.number('name_type', 1, named(nameTypes));
      fields.vector(2, 'HostName', () => fields.text('HostName', fields.left, hostName));
    }),
  1: (fields) => fields.number('MaxFragmentLength', 1, named(maxFragmentLengths)),
  5: (fields) => {
    const type = fields.number('status_type', 1, named(statusTypes));
    if (type !== 1) return fields.rest('request');
    fields.list(2, 'responder_id_list', () => fields.opaque(2, 'ResponderID'));
    fields.opaque(2, 'request_extensions');
  },
  10: (fields) => fields.list(2, 'named_group_list', () => group(fields)),
  11: pointFormats,
  13: schemes,
  14: (fields) => {
    fields.list(2, 'SRTPProtectionProfiles', () => fields.number('SRTPProtectionProfile', 2, named16(srtpProfiles)));
    fields.opaque(1, 'srtp_mki');
  },
  15: (fields) => fields.number('HeartbeatMode', 1, named(heartbeatModes)),
  16: protocolNames('protocol_name_list'),
  17: (fields) =>
    fields.list(2, 'certificate_status_req_list', () => {
      fields.number('status_type', 1, named(statusTypes));
      fields.opaque(2, 'request');
    }),
  18: empty,
  19: (fields) => fields.list(1, 'client_certificate_types', () => certificateType(fields)),
  20: (fields) => fields.list(1, 'server_certificate_types', () => certificateType(fields)),
  21: (fields) => fields.rest('padding', ({ length }) => `padding: ${length} bytes`),
  22: empty,
  23: empty,
  24: (fields) => {
    fields.number('major', 1);
    fields.number('minor', 1);
    fields.list(1, 'key_parameters_list', () => fields.number('TokenBindingKeyParameters', 1, named(tokenBindingKeys)));
  },
  27: (fields) =>
    fields.list(1, 'algorithms', () => {
      fields.number('CertificateCompressionAlgorithm', 2, named16(certificateCompressionAlgorithms));
    }),
  28: (fields) => fields.number('RecordSizeLimit', 2),
  34: schemes,
  35: (fields) => fields.rest('ticket'),
  41: (fields) => {
    fields.list(2, 'identities', () => {
      fields.opaque(2, 'identity');
      fields.number('obfuscated_ticket_age', 4);
    });
    fields.list(2, 'binders', () => fields.opaque(1, 'PskBinderEntry'));
  },
  42: empty,
  43: (fields) => fields.list(1, 'versions', () => version(fields)),
  44: (fields) => fields.opaque(2, 'cookie'),
  45: (fields) => fields.list(1, 'ke_modes', () => fields.number('PskKeyExchangeMode', 1, named(keModes))),
  47: (fields) => fields.list(2, 'authorities', () => fields.opaque(2, 'DistinguishedName')),
  49: empty,
  50: schemes,
  51: (fields) => fields.list(2, 'client_shares', () => keyShareEntry(fields)),
  54: (fields) => fields.opaque(1, 'cid'),
  57: (fields) =>
    fields.all(() => {
      varint(fields, 'Transport Parameter ID', named(transportParameters));
      const length = varint(fields, 'Transport Parameter Length');
      fields.within(length, () => fields.rest('Transport Parameter Value'));
    }),
  58: (fields) => {
    fields.number('new_session_count', 1);
    fields.number('resumption_count', 1);
  },
  13172: empty,
  17513: protocolNames('supported_protocols'),
  17613: protocolNames('supported_protocols'),
  30032: empty,
  0xfe0d: (fields) => {
    const type = fields.number('ECHClientHelloType', 1, named(echTypes));
    if (type !== 0) return;
    fields.number('kdf_id', 2, named(kdfs));
    fields.number('aead_id', 2, named(aeads));
    fields.number('config_id', 1);
    fields.opaque(2, 'enc');
    fields.opaque(2, 'payload');
  },
  0xff01: renegotiatedConnection,
};

/** What stands in those extensions of a ServerHello that are decoded, or have the form of the client's. */
const serverExtensions: Readonly<Record<number, (fields: Fields) => unknown>> = {
  11: pointFormats,
  16: protocolNames('protocol_name_list'),
  20: certificateType,
  43: version,
  51: keyShareEntry,
  0xff01: renegotiatedConnection,
};

/** The same of a HelloRetryRequest. */
const retryExtensions: Readonly<Record<number, (fields: Fields) => unknown>> = {
  ...serverExtensions,
  44: (fields) => fields.opaque(2, 'cookie'),
  51: (fields) => fields.number('selected_group', 2, named16(groups)),
};
