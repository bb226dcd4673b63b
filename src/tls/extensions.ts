/**
 * The extensions of a ClientHello, each with the struct of its specification above its decoder.
 *
 * Every decoder takes `extension_data` and gives one typed value or malformed, never incomplete: an extension is
 * only looked at once it is there whole. Offsets are positions in the data passed. Byte strings are views into it.
 *
 * @module
 */
import { asBytes, copy, decodeWhole, latin1, u16At, u16List, u8At, view } from '../cursor.ts';
import type { Cursor } from '../cursor.ts';
import { complete, malformed } from '../decoded.ts';
import type { Complete, Malformed } from '../decoded.ts';
import { isPlainDnsName, readHost } from '../host.ts';
import type { Host } from '../host.ts';
import { ECH_INNER, ECH_OUTER, HOST_NAME } from './numbers.ts';

const codes = [
  'tls.server_name.length',
  'tls.server_name.empty',
  'tls.server_name.name_type',
  'tls.server_name.duplicate',
  'tls.max_fragment_length.length',
  'tls.max_fragment_length.value',
  'tls.status_request.length',
  'tls.status_request.empty',
  'tls.supported_groups.length',
  'tls.supported_groups.empty',
  'tls.ec_point_formats.length',
  'tls.ec_point_formats.empty',
  'tls.signature_algorithms.length',
  'tls.signature_algorithms.empty',
  'tls.use_srtp.length',
  'tls.use_srtp.empty',
  'tls.heartbeat.length',
  'tls.heartbeat.value',
  'tls.application_layer_protocol_negotiation.length',
  'tls.application_layer_protocol_negotiation.empty',
  'tls.status_request_v2.length',
  'tls.status_request_v2.empty',
  'tls.signed_certificate_timestamp.length',
  'tls.client_certificate_type.length',
  'tls.client_certificate_type.empty',
  'tls.server_certificate_type.length',
  'tls.server_certificate_type.empty',
  'tls.padding.value',
  'tls.encrypt_then_mac.length',
  'tls.extended_master_secret.length',
  'tls.token_binding.length',
  'tls.token_binding.empty',
  'tls.compress_certificate.length',
  'tls.compress_certificate.empty',
  'tls.record_size_limit.length',
  'tls.record_size_limit.value',
  'tls.delegated_credential.length',
  'tls.delegated_credential.empty',
  'tls.pre_shared_key.length',
  'tls.pre_shared_key.empty',
  'tls.pre_shared_key.binder',
  'tls.pre_shared_key.binders',
  'tls.early_data.length',
  'tls.supported_versions.length',
  'tls.supported_versions.empty',
  'tls.cookie.length',
  'tls.cookie.empty',
  'tls.psk_key_exchange_modes.length',
  'tls.psk_key_exchange_modes.empty',
  'tls.certificate_authorities.length',
  'tls.certificate_authorities.empty',
  'tls.post_handshake_auth.length',
  'tls.signature_algorithms_cert.length',
  'tls.signature_algorithms_cert.empty',
  'tls.key_share.length',
  'tls.key_share.empty',
  'tls.connection_id.length',
  'tls.quic_transport_parameters.length',
  'tls.ticket_request.length',
  'tls.next_protocol_negotiation.length',
  'tls.application_settings_old.length',
  'tls.application_settings_old.empty',
  'tls.application_settings.length',
  'tls.application_settings.empty',
  'tls.channel_id.length',
  'tls.encrypted_client_hello.length',
  'tls.encrypted_client_hello.empty',
  'tls.encrypted_client_hello.type',
  'tls.renegotiation_info.length',
] as const;
/**
 * What extensions are refused for. `length`: lengths that disagree, or bytes left over. `empty`: a list or value
 * that may not be. Anything else: a value that the specification rules out.
 */
export const extensionCodes: typeof codes = /* @__PURE__ */ Object.freeze(codes);
export type ExtensionCode = (typeof extensionCodes)[number];

/** An extension as it stands in the hello. */
export interface Extension {
  readonly type: number;
  /** `extension_data`, as a view into the hello. */
  readonly data: Uint8Array;
}

/** Whether a 16-bit value (cipher suite, extension, group, version, …) is one of the sixteen of GREASE, RFC 8701 2. */
export function isGrease(value: number): boolean {
  return (value & 0x0f0f) === 0x0a0a && value >> 8 === (value & 0xff);
}

/**
 * The name in SNI. `dns`: lower case, without a trailing dot. `ip`: an address in text, which RFC 6066 3 forbids and
 * clients send, in its canonical form (RFC 5952). `invalid`: bytes that are neither, not to be routed by.
 */
export type ServerName = Host | { readonly kind: 'invalid'; readonly raw: Uint8Array };

/** RFC 6066 3. The server name is owned, not a view. */
export interface ServerNameExtension {
  readonly name: 'server_name';
  readonly type: 0;
  readonly serverName: ServerName;
}
/** RFC 6066 4. */
export interface MaxFragmentLengthExtension {
  readonly name: 'max_fragment_length';
  readonly type: 1;
  /** In bytes. */
  readonly maxFragmentLength: 512 | 1024 | 2048 | 4096;
}
/** RFC 6066 8. Only `ocsp` (1) has a structure; the request of another status type is kept raw. */
export type StatusRequestExtension = { readonly name: 'status_request'; readonly type: 5 } & (
  | {
      readonly statusType: 'ocsp';
      readonly responderIdList: readonly Uint8Array[];
      readonly requestExtensions: Uint8Array;
    }
  | { readonly statusType: number; readonly request: Uint8Array }
);
/** RFC 8422 5.1.1, RFC 8446 4.2.7. */
export interface SupportedGroupsExtension {
  readonly name: 'supported_groups';
  readonly type: 10;
  readonly namedGroupList: readonly number[];
}
/** RFC 8422 5.1.2. */
export interface EcPointFormatsExtension {
  readonly name: 'ec_point_formats';
  readonly type: 11;
  readonly ecPointFormatList: readonly number[];
}
/** RFC 8446 4.2.3. */
export interface SignatureAlgorithmsExtension {
  readonly name: 'signature_algorithms';
  readonly type: 13;
  readonly supportedSignatureAlgorithms: readonly number[];
}
/** RFC 5764 4.1.1. */
export interface UseSrtpExtension {
  readonly name: 'use_srtp';
  readonly type: 14;
  readonly srtpProtectionProfiles: readonly number[];
  readonly srtpMki: Uint8Array;
}
/** RFC 6520 2. */
export interface HeartbeatExtension {
  readonly name: 'heartbeat';
  readonly type: 15;
  readonly mode: 'peer_allowed_to_send' | 'peer_not_allowed_to_send';
}
/** RFC 7301 3.1. One string per protocol, one character per byte (latin1): a name need not be text. */
export interface AlpnExtension {
  readonly name: 'application_layer_protocol_negotiation';
  readonly type: 16;
  readonly protocolNameList: readonly string[];
}
/** RFC 6961 2.2. */
export interface StatusRequestV2Extension {
  readonly name: 'status_request_v2';
  readonly type: 17;
  readonly certificateStatusReqList: readonly { readonly statusType: number; readonly request: Uint8Array }[];
}
/** RFC 6962 3.3.1. */
export interface SignedCertificateTimestampExtension {
  readonly name: 'signed_certificate_timestamp';
  readonly type: 18;
}
/** RFC 7250 3. */
export interface ClientCertificateTypeExtension {
  readonly name: 'client_certificate_type';
  readonly type: 19;
  readonly clientCertificateTypes: readonly number[];
}
/** RFC 7250 3. */
export interface ServerCertificateTypeExtension {
  readonly name: 'server_certificate_type';
  readonly type: 20;
  readonly serverCertificateTypes: readonly number[];
}
/** RFC 7685 3. */
export interface PaddingExtension {
  readonly name: 'padding';
  readonly type: 21;
  /** How many zero bytes. */
  readonly length: number;
}
/** RFC 7366 2. */
export interface EncryptThenMacExtension {
  readonly name: 'encrypt_then_mac';
  readonly type: 22;
}
/** RFC 7627 5.1. */
export interface ExtendedMasterSecretExtension {
  readonly name: 'extended_master_secret';
  readonly type: 23;
}
/** RFC 8472 2. */
export interface TokenBindingExtension {
  readonly name: 'token_binding';
  readonly type: 24;
  readonly majorVersion: number;
  readonly minorVersion: number;
  readonly keyParametersList: readonly number[];
}
/** RFC 8879 3. */
export interface CompressCertificateExtension {
  readonly name: 'compress_certificate';
  readonly type: 27;
  readonly algorithms: readonly number[];
}
/** RFC 8449 4. */
export interface RecordSizeLimitExtension {
  readonly name: 'record_size_limit';
  readonly type: 28;
  /** In bytes, 64 or more. */
  readonly recordSizeLimit: number;
}
/** RFC 9345 4.1.1. */
export interface DelegatedCredentialExtension {
  readonly name: 'delegated_credential';
  readonly type: 34;
  readonly supportedSignatureAlgorithms: readonly number[];
}
/** RFC 5077 3.2. */
export interface SessionTicketExtension {
  readonly name: 'session_ticket';
  readonly type: 35;
  /** Empty when the client only announces that it takes tickets. */
  readonly ticket: Uint8Array;
}
/** RFC 8446 4.2.11. */
export interface PreSharedKeyExtension {
  readonly name: 'pre_shared_key';
  readonly type: 41;
  readonly identities: readonly { readonly identity: Uint8Array; readonly obfuscatedTicketAge: number }[];
  readonly binders: readonly Uint8Array[];
}
/** RFC 8446 4.2.10. */
export interface EarlyDataExtension {
  readonly name: 'early_data';
  readonly type: 42;
}
/** RFC 8446 4.2.1. */
export interface SupportedVersionsExtension {
  readonly name: 'supported_versions';
  readonly type: 43;
  /** In the client's order of preference, GREASE included. */
  readonly versions: readonly number[];
}
/** RFC 8446 4.2.2. */
export interface CookieExtension {
  readonly name: 'cookie';
  readonly type: 44;
  readonly cookie: Uint8Array;
}
/** RFC 8446 4.2.9. */
export interface PskKeyExchangeModesExtension {
  readonly name: 'psk_key_exchange_modes';
  readonly type: 45;
  readonly keModes: readonly number[];
}
/** RFC 8446 4.2.4. */
export interface CertificateAuthoritiesExtension {
  readonly name: 'certificate_authorities';
  readonly type: 47;
  /** Distinguished names, DER. */
  readonly authorities: readonly Uint8Array[];
}
/** RFC 8446 4.2.6. */
export interface PostHandshakeAuthExtension {
  readonly name: 'post_handshake_auth';
  readonly type: 49;
}
/** RFC 8446 4.2.3. */
export interface SignatureAlgorithmsCertExtension {
  readonly name: 'signature_algorithms_cert';
  readonly type: 50;
  readonly supportedSignatureAlgorithms: readonly number[];
}
/** RFC 8446 4.2.8. */
export interface KeyShareExtension {
  readonly name: 'key_share';
  readonly type: 51;
  /** May be empty: the client then asks the server to choose the group. */
  readonly clientShares: readonly { readonly group: number; readonly keyExchange: Uint8Array }[];
}
/** RFC 9146 3. */
export interface ConnectionIdExtension {
  readonly name: 'connection_id';
  readonly type: 54;
  readonly cid: Uint8Array;
}
/** RFC 9000 18, RFC 9001 8.2. */
export interface QuicTransportParametersExtension {
  readonly name: 'quic_transport_parameters';
  readonly type: 57;
  /** In wire order. An id has up to 62 bits, hence a bigint, which JSON cannot hold. */
  readonly parameters: readonly { readonly id: bigint; readonly value: Uint8Array }[];
}
/** RFC 9149 3. */
export interface TicketRequestExtension {
  readonly name: 'ticket_request';
  readonly type: 58;
  readonly newSessionCount: number;
  readonly resumptionCount: number;
}
/** draft-agl-tls-nextprotoneg-04 3. */
export interface NextProtocolNegotiationExtension {
  readonly name: 'next_protocol_negotiation';
  readonly type: 13172;
}
/** draft-vvv-tls-alps-01 4, first code point. */
export interface ApplicationSettingsOldExtension {
  readonly name: 'application_settings_old';
  readonly type: 17513;
  readonly supportedProtocols: readonly string[];
}
/** draft-vvv-tls-alps-01 4, the code point that Chromium moved to. */
export interface ApplicationSettingsExtension {
  readonly name: 'application_settings';
  readonly type: 17613;
  readonly supportedProtocols: readonly string[];
}
/** draft-balfanz-tls-channelid-01 5. */
export interface ChannelIdExtension {
  readonly name: 'channel_id';
  readonly type: 30032;
}
/** RFC 9849 5. A GREASE one (6.2 there) is an `outer` that cannot be told from a real one. */
export type EncryptedClientHelloExtension = { readonly name: 'encrypted_client_hello'; readonly type: 0xfe0d } & (
  | {
      readonly clientHelloType: 'outer';
      readonly kdfId: number;
      readonly aeadId: number;
      readonly configId: number;
      /** The encapsulated key; empty in the answer to a HelloRetryRequest. */
      readonly enc: Uint8Array;
      readonly payload: Uint8Array;
    }
  | { readonly clientHelloType: 'inner' }
);
/** RFC 5746 3.2. */
export interface RenegotiationInfoExtension {
  readonly name: 'renegotiation_info';
  readonly type: 0xff01;
  /** Empty in the first handshake of a connection. */
  readonly renegotiatedConnection: Uint8Array;
}
/** Everything else, GREASE included. */
export interface UnknownExtension {
  readonly name: 'unknown';
  readonly type: number;
  readonly data: Uint8Array;
}

/** What {@link decodeExtension} gives, told apart by `name`. */
export type DecodedExtension =
  | ServerNameExtension
  | MaxFragmentLengthExtension
  | StatusRequestExtension
  | SupportedGroupsExtension
  | EcPointFormatsExtension
  | SignatureAlgorithmsExtension
  | UseSrtpExtension
  | HeartbeatExtension
  | AlpnExtension
  | StatusRequestV2Extension
  | SignedCertificateTimestampExtension
  | ClientCertificateTypeExtension
  | ServerCertificateTypeExtension
  | PaddingExtension
  | EncryptThenMacExtension
  | ExtendedMasterSecretExtension
  | TokenBindingExtension
  | CompressCertificateExtension
  | RecordSizeLimitExtension
  | DelegatedCredentialExtension
  | SessionTicketExtension
  | PreSharedKeyExtension
  | EarlyDataExtension
  | SupportedVersionsExtension
  | CookieExtension
  | PskKeyExchangeModesExtension
  | CertificateAuthoritiesExtension
  | PostHandshakeAuthExtension
  | SignatureAlgorithmsCertExtension
  | KeyShareExtension
  | ConnectionIdExtension
  | QuicTransportParametersExtension
  | TicketRequestExtension
  | NextProtocolNegotiationExtension
  | ApplicationSettingsOldExtension
  | ApplicationSettingsExtension
  | ChannelIdExtension
  | EncryptedClientHelloExtension
  | RenegotiationInfoExtension
  | UnknownExtension;

/** The codes of one extension. */
export type ExtensionCodeOf<Name extends string> = Extract<ExtensionCode, `tls.${Name}.${string}`>;
/** What the decoder of one extension gives: never incomplete. `size` is all of the data. */
export type ExtensionOutcome<T extends { readonly name: string }> = Complete<T> | Malformed<ExtensionCodeOf<T['name']>>;

/** All of `data` as one extension: fields that do not fit, and bytes left over, fail as `length`. */
function whole<T extends { readonly name: string }>(
  data: Uint8Array,
  length: ExtensionCodeOf<T['name']>,
  read: (cursor: Cursor<ExtensionCodeOf<T['name']>>) => T,
): ExtensionOutcome<T> {
  return decodeWhole(data, length, read);
}

/** `extension_data` that must be empty: the extension says all by being there. */
function flag<T extends { readonly name: string }>(
  data: Uint8Array,
  length: ExtensionCodeOf<T['name']>,
  value: T,
): ExtensionOutcome<T> {
  return decodeWhole(data, length, () => value);
}

/** A vector of u8 or u16 values with at least one of them. */
function values8<Code extends string>(list: Cursor<Code>, empty: Code): number[] {
  return list.notEmpty(empty).all((cursor) => cursor.u8());
}
function values16<Code extends string>(list: Cursor<Code>, empty: Code): number[] {
  return list
    .notEmpty(empty)
    .wholeElements(2, list.overrun)
    .all((cursor) => cursor.u16());
}

// The decoders, by extension type.

/** Decodes `server_name` (0). RFC 6066 3. */
export function decodeServerName(data: Uint8Array): ExtensionOutcome<ServerNameExtension> {
  const bytes = asBytes(data);
  const end = bytes.length;
  return (
    checkServerNameList(bytes, 0, end) ??
    complete({ name: 'server_name', type: 0, serverName: serverNameIn(bytes, 0, end) }, end)
  );
}

/** What is wrong with the `server_name` that is `bytes` from `start` to `end`, if anything. */
export function checkServerNameList(
  bytes: Uint8Array,
  start: number,
  end: number,
): Malformed<ExtensionCodeOf<'server_name'>> | undefined {
  // struct {
  //     NameType name_type;                       only host_name (0) was ever defined
  //     select (name_type) {
  //         case host_name: HostName;             opaque HostName<1..2^16-1>;
  //     } name;
  // } ServerName;
  //
  // struct {
  //     ServerName server_name_list<1..2^16-1>    at most one of each name_type
  // } ServerNameList;
  const list = start + 2;
  const listEnd = list > end ? Infinity : list + u16At(bytes, start);
  if (listEnd > end) return malformed('tls.server_name.length', start);
  if (listEnd === list) return malformed('tls.server_name.empty', start);
  for (let at = list; at < listEnd; ) {
    if (u8At(bytes, at) !== 0) return malformed('tls.server_name.name_type', at);
    const name = at + 3;
    const nameEnd = name > listEnd ? Infinity : name + u16At(bytes, at + 1);
    if (nameEnd > listEnd) return malformed('tls.server_name.length', at + 1);
    if (nameEnd === name) return malformed('tls.server_name.empty', at + 1);
    if (at > list) return malformed('tls.server_name.duplicate', at);
    at = nameEnd;
  }
  return listEnd < end ? malformed('tls.server_name.length', listEnd) : undefined;
}

/** The name in a `server_name` that was checked. */
export function serverNameIn(bytes: Uint8Array, start: number, end: number): ServerName {
  const name = start + HOST_NAME;
  const text = latin1(bytes, name, end);
  if (isPlainDnsName(bytes, name, end)) return { kind: 'dns', host: text };
  return readHost(text) ?? { kind: 'invalid', raw: copy(bytes, name, end) };
}

/** Decodes `max_fragment_length` (1). RFC 6066 4. */
export function decodeMaxFragmentLength(data: Uint8Array): ExtensionOutcome<MaxFragmentLengthExtension> {
  // enum { 2^9(1), 2^10(2), 2^11(3), 2^12(4), (255) } MaxFragmentLength;
  return whole<MaxFragmentLengthExtension>(data, 'tls.max_fragment_length.length', (cursor) => {
    const code = cursor.u8();
    if (code < 1 || code > 4) cursor.fail('tls.max_fragment_length.value', 0);
    return { name: 'max_fragment_length', type: 1, maxFragmentLength: (256 << code) as 512 | 1024 | 2048 | 4096 };
  });
}

/** Decodes `status_request` (5). RFC 6066 8. */
export function decodeStatusRequest(data: Uint8Array): ExtensionOutcome<StatusRequestExtension> {
  // struct {
  //     CertificateStatusType status_type;        ocsp(1)
  //     select (status_type) {
  //         case ocsp: OCSPStatusRequest;
  //     } request;
  // } CertificateStatusRequest;
  //
  // struct {
  //     ResponderID responder_id_list<0..2^16-1>; opaque ResponderID<1..2^16-1>;
  //     Extensions  request_extensions;           opaque Extensions<0..2^16-1>;
  // } OCSPStatusRequest;
  return whole<StatusRequestExtension>(data, 'tls.status_request.length', (cursor) => {
    const statusType = cursor.u8();
    if (statusType !== 1) {
      return { name: 'status_request', type: 5, statusType, request: cursor.rest() };
    }
    const responderIdList = cursor
      .vector16()
      .all((list) => list.vector16().notEmpty('tls.status_request.empty').rest());
    const requestExtensions = cursor.vector16().rest();
    return { name: 'status_request', type: 5, statusType: 'ocsp', responderIdList, requestExtensions };
  });
}

/** Decodes `supported_groups` (10). RFC 8446 4.2.7. */
export function decodeSupportedGroups(data: Uint8Array): ExtensionOutcome<SupportedGroupsExtension> {
  // struct { NamedGroup named_group_list<2..2^16-1>; } NamedGroupList;
  return whole<SupportedGroupsExtension>(data, 'tls.supported_groups.length', (cursor) => ({
    name: 'supported_groups',
    type: 10,
    namedGroupList: values16(cursor.vector16(), 'tls.supported_groups.empty'),
  }));
}

/** Decodes `ec_point_formats` (11). RFC 8422 5.1.2. */
export function decodeEcPointFormats(data: Uint8Array): ExtensionOutcome<EcPointFormatsExtension> {
  // struct { ECPointFormat ec_point_format_list<1..2^8-1> } ECPointFormatList;
  return whole<EcPointFormatsExtension>(data, 'tls.ec_point_formats.length', (cursor) => ({
    name: 'ec_point_formats',
    type: 11,
    ecPointFormatList: values8(cursor.vector8(), 'tls.ec_point_formats.empty'),
  }));
}

/** Decodes `signature_algorithms` (13). RFC 8446 4.2.3. */
export function decodeSignatureAlgorithms(data: Uint8Array): ExtensionOutcome<SignatureAlgorithmsExtension> {
  // struct { SignatureScheme supported_signature_algorithms<2..2^16-2>; } SignatureSchemeList;
  return whole<SignatureAlgorithmsExtension>(data, 'tls.signature_algorithms.length', (cursor) => ({
    name: 'signature_algorithms',
    type: 13,
    supportedSignatureAlgorithms: values16(cursor.vector16(), 'tls.signature_algorithms.empty'),
  }));
}

/** Decodes `use_srtp` (14). RFC 5764 4.1.1. */
export function decodeUseSrtp(data: Uint8Array): ExtensionOutcome<UseSrtpExtension> {
  // struct {
  //     SRTPProtectionProfiles SRTPProtectionProfiles;   uint8[2] <2..2^16-1>
  //     opaque srtp_mki<0..255>;
  // } UseSRTPData;
  return whole<UseSrtpExtension>(data, 'tls.use_srtp.length', (cursor) => ({
    name: 'use_srtp',
    type: 14,
    srtpProtectionProfiles: values16(cursor.vector16(), 'tls.use_srtp.empty'),
    srtpMki: cursor.vector8().rest(),
  }));
}

/** Decodes `heartbeat` (15). RFC 6520 2. */
export function decodeHeartbeat(data: Uint8Array): ExtensionOutcome<HeartbeatExtension> {
  // enum { peer_allowed_to_send(1), peer_not_allowed_to_send(2), (255) } HeartbeatMode;
  return whole<HeartbeatExtension>(data, 'tls.heartbeat.length', (cursor) => {
    const mode = cursor.u8();
    if (mode !== 1 && mode !== 2) cursor.fail('tls.heartbeat.value', 0);
    return { name: 'heartbeat', type: 15, mode: mode === 1 ? 'peer_allowed_to_send' : 'peer_not_allowed_to_send' };
  });
}

/** Decodes `application_layer_protocol_negotiation` (16). RFC 7301 3.1. */
export function decodeApplicationLayerProtocolNegotiation(data: Uint8Array): ExtensionOutcome<AlpnExtension> {
  const bytes = asBytes(data);
  const end = bytes.length;
  return (
    checkProtocolNameList(bytes, 0, end) ??
    complete(
      { name: 'application_layer_protocol_negotiation', type: 16, protocolNameList: protocolNamesIn(bytes, 0, end) },
      end,
    )
  );
}

/** What is wrong with the ALPN that is `bytes` from `start` to `end`, if anything. */
export function checkProtocolNameList(
  bytes: Uint8Array,
  start: number,
  end: number,
): Malformed<ExtensionCodeOf<'application_layer_protocol_negotiation'>> | undefined {
  // opaque ProtocolName<1..2^8-1>;
  // struct { ProtocolName protocol_name_list<2..2^16-1> } ProtocolNameList;
  const list = start + 2;
  const listEnd = list > end ? Infinity : list + u16At(bytes, start);
  if (listEnd > end) return malformed('tls.application_layer_protocol_negotiation.length', start);
  if (listEnd === list) return malformed('tls.application_layer_protocol_negotiation.empty', start);
  for (let at = list; at < listEnd; ) {
    const nameEnd = at + 1 + u8At(bytes, at);
    if (nameEnd > listEnd) return malformed('tls.application_layer_protocol_negotiation.length', at);
    if (nameEnd === at + 1) return malformed('tls.application_layer_protocol_negotiation.empty', at);
    at = nameEnd;
  }
  return listEnd < end ? malformed('tls.application_layer_protocol_negotiation.length', listEnd) : undefined;
}

/** The names in an ALPN that was checked. */
export function protocolNamesIn(bytes: Uint8Array, start: number, end: number): string[] {
  const names: string[] = [];
  for (let at = start + 2; at < end; ) {
    const name = at + 1;
    at = name + u8At(bytes, at);
    names.push(latin1(bytes, name, at));
  }
  return names;
}

function protocolNames<Code extends string>(cursor: Cursor<Code>, empty: Code): string[] {
  return cursor
    .vector16()
    .notEmpty(empty)
    .all((list) => {
      const { bytes, offset, limit } = list.vector8().notEmpty(empty);
      return latin1(bytes, offset, limit);
    });
}

/** Decodes `status_request_v2` (17). RFC 6961 2.2. */
export function decodeStatusRequestV2(data: Uint8Array): ExtensionOutcome<StatusRequestV2Extension> {
  // struct {
  //     CertificateStatusType status_type;
  //     uint16 request_length;
  //     select (status_type) { … } request;
  // } CertificateStatusRequestItemV2;
  //
  // struct {
  //     CertificateStatusRequestItemV2 certificate_status_req_list<1..2^16-1>;
  // } CertificateStatusRequestListV2;
  return whole<StatusRequestV2Extension>(data, 'tls.status_request_v2.length', (cursor) => ({
    name: 'status_request_v2',
    type: 17,
    certificateStatusReqList: cursor
      .vector16()
      .notEmpty('tls.status_request_v2.empty')
      .all((list) => ({ statusType: list.u8(), request: list.vector16().rest() })),
  }));
}

/** Decodes `signed_certificate_timestamp` (18), empty in a ClientHello. RFC 6962 3.3.1. */
export function decodeSignedCertificateTimestamp(data: Uint8Array): ExtensionOutcome<SignedCertificateTimestampExtension> {
  return flag<SignedCertificateTimestampExtension>(data, 'tls.signed_certificate_timestamp.length', {
    name: 'signed_certificate_timestamp',
    type: 18,
  });
}

/** Decodes `client_certificate_type` (19). RFC 7250 3. */
export function decodeClientCertificateType(data: Uint8Array): ExtensionOutcome<ClientCertificateTypeExtension> {
  // CertificateType client_certificate_types<1..2^8-1>;
  return whole<ClientCertificateTypeExtension>(data, 'tls.client_certificate_type.length', (cursor) => ({
    name: 'client_certificate_type',
    type: 19,
    clientCertificateTypes: values8(cursor.vector8(), 'tls.client_certificate_type.empty'),
  }));
}

/** Decodes `server_certificate_type` (20). RFC 7250 3. */
export function decodeServerCertificateType(data: Uint8Array): ExtensionOutcome<ServerCertificateTypeExtension> {
  // CertificateType server_certificate_types<1..2^8-1>;
  return whole<ServerCertificateTypeExtension>(data, 'tls.server_certificate_type.length', (cursor) => ({
    name: 'server_certificate_type',
    type: 20,
    serverCertificateTypes: values8(cursor.vector8(), 'tls.server_certificate_type.empty'),
  }));
}

/** Decodes `padding` (21): zero bytes, any number of them. RFC 7685 3. */
export function decodePadding(data: Uint8Array): ExtensionOutcome<PaddingExtension> {
  return whole<PaddingExtension>(data, 'tls.padding.value', (cursor) => {
    while (!cursor.done) if (cursor.u8() !== 0) cursor.fail('tls.padding.value', cursor.offset - 1);
    return { name: 'padding', type: 21, length: cursor.limit };
  });
}

/** Decodes `encrypt_then_mac` (22), always empty. RFC 7366 2. */
export function decodeEncryptThenMac(data: Uint8Array): ExtensionOutcome<EncryptThenMacExtension> {
  return flag<EncryptThenMacExtension>(data, 'tls.encrypt_then_mac.length', { name: 'encrypt_then_mac', type: 22 });
}

/** Decodes `extended_master_secret` (23), always empty. RFC 7627 5.1. */
export function decodeExtendedMasterSecret(data: Uint8Array): ExtensionOutcome<ExtendedMasterSecretExtension> {
  return flag<ExtendedMasterSecretExtension>(data, 'tls.extended_master_secret.length', {
    name: 'extended_master_secret',
    type: 23,
  });
}

/** Decodes `token_binding` (24). RFC 8472 2. */
export function decodeTokenBinding(data: Uint8Array): ExtensionOutcome<TokenBindingExtension> {
  // struct {
  //     TB_ProtocolVersion token_binding_version;        uint8 major, uint8 minor
  //     TokenBindingKeyParameters key_parameters_list<1..2^8-1>
  // } TokenBindingParameters;
  return whole<TokenBindingExtension>(data, 'tls.token_binding.length', (cursor) => ({
    name: 'token_binding',
    type: 24,
    majorVersion: cursor.u8(),
    minorVersion: cursor.u8(),
    keyParametersList: values8(cursor.vector8(), 'tls.token_binding.empty'),
  }));
}

/** Decodes `compress_certificate` (27). RFC 8879 3. */
export function decodeCompressCertificate(data: Uint8Array): ExtensionOutcome<CompressCertificateExtension> {
  // struct { CertificateCompressionAlgorithm algorithms<2..2^8-2>; } CertificateCompressionAlgorithms;
  return whole<CompressCertificateExtension>(data, 'tls.compress_certificate.length', (cursor) => ({
    name: 'compress_certificate',
    type: 27,
    algorithms: values16(cursor.vector8(), 'tls.compress_certificate.empty'),
  }));
}

/** Decodes `record_size_limit` (28). RFC 8449 4. */
export function decodeRecordSizeLimit(data: Uint8Array): ExtensionOutcome<RecordSizeLimitExtension> {
  // uint16 RecordSizeLimit;                              64 or more
  return whole<RecordSizeLimitExtension>(data, 'tls.record_size_limit.length', (cursor) => {
    const recordSizeLimit = cursor.u16();
    if (recordSizeLimit < 64) cursor.fail('tls.record_size_limit.value', 0);
    return { name: 'record_size_limit', type: 28, recordSizeLimit };
  });
}

/** Decodes `delegated_credential` (34). RFC 9345 4.1.1. */
export function decodeDelegatedCredential(data: Uint8Array): ExtensionOutcome<DelegatedCredentialExtension> {
  // struct { SignatureScheme supported_signature_algorithms<2..2^16-2>; } SignatureSchemeList;
  return whole<DelegatedCredentialExtension>(data, 'tls.delegated_credential.length', (cursor) => ({
    name: 'delegated_credential',
    type: 34,
    supportedSignatureAlgorithms: values16(cursor.vector16(), 'tls.delegated_credential.empty'),
  }));
}

/** Decodes `session_ticket` (35): the ticket itself, without a length of its own. Any bytes will do. RFC 5077 3.2. */
export function decodeSessionTicket(data: Uint8Array): Complete<SessionTicketExtension> {
  const ticket = asPlain(data);
  return complete({ name: 'session_ticket', type: 35, ticket }, ticket.length);
}

/** Decodes `pre_shared_key` (41). RFC 8446 4.2.11. */
export function decodePreSharedKey(data: Uint8Array): ExtensionOutcome<PreSharedKeyExtension> {
  // struct {
  //     opaque identity<1..2^16-1>;
  //     uint32 obfuscated_ticket_age;
  // } PskIdentity;
  // opaque PskBinderEntry<32..255>;
  // struct {
  //     PskIdentity identities<7..2^16-1>;
  //     PskBinderEntry binders<33..2^16-1>;              one for each identity
  // } OfferedPsks;
  return whole<PreSharedKeyExtension>(data, 'tls.pre_shared_key.length', (cursor) => {
    const identities = cursor
      .vector16()
      .notEmpty('tls.pre_shared_key.empty')
      .all((list) => ({
        identity: list.vector16().notEmpty('tls.pre_shared_key.empty').rest(),
        obfuscatedTicketAge: list.u32(),
      }));
    const bindersOffset = cursor.offset;
    const binders = cursor
      .vector16()
      .notEmpty('tls.pre_shared_key.empty')
      .all((list) => {
        const start = list.offset;
        const binder = list.vector8().rest();
        if (binder.length < 32) list.fail('tls.pre_shared_key.binder', start);
        return binder;
      });
    if (binders.length !== identities.length) cursor.fail('tls.pre_shared_key.binders', bindersOffset);
    return { name: 'pre_shared_key', type: 41, identities, binders };
  });
}

/** Decodes `early_data` (42), empty in a ClientHello. RFC 8446 4.2.10. */
export function decodeEarlyData(data: Uint8Array): ExtensionOutcome<EarlyDataExtension> {
  return flag<EarlyDataExtension>(data, 'tls.early_data.length', { name: 'early_data', type: 42 });
}

/** Decodes `supported_versions` (43) in the client's form. RFC 8446 4.2.1. */
export function decodeSupportedVersions(data: Uint8Array): ExtensionOutcome<SupportedVersionsExtension> {
  const bytes = asBytes(data);
  const end = bytes.length;
  return (
    checkVersions(bytes, 0, end) ??
    complete({ name: 'supported_versions', type: 43, versions: u16List(bytes, 1, end) }, end)
  );
}

/** What is wrong with the `supported_versions` that is `bytes` from `start` to `end`, if anything. */
export function checkVersions(
  bytes: Uint8Array,
  start: number,
  end: number,
): Malformed<ExtensionCodeOf<'supported_versions'>> | undefined {
  // ProtocolVersion versions<2..254>;
  const list = start + 1;
  const listEnd = list > end ? Infinity : list + u8At(bytes, start);
  if (listEnd > end) return malformed('tls.supported_versions.length', start);
  if (listEnd === list) return malformed('tls.supported_versions.empty', start);
  if (((listEnd - list) & 1) !== 0) return malformed('tls.supported_versions.length', start);
  return listEnd < end ? malformed('tls.supported_versions.length', listEnd) : undefined;
}

/** Decodes `cookie` (44). RFC 8446 4.2.2. */
export function decodeCookie(data: Uint8Array): ExtensionOutcome<CookieExtension> {
  // struct { opaque cookie<1..2^16-1>; } Cookie;
  return whole<CookieExtension>(data, 'tls.cookie.length', (cursor) => ({
    name: 'cookie',
    type: 44,
    cookie: cursor.vector16().notEmpty('tls.cookie.empty').rest(),
  }));
}

/** Decodes `psk_key_exchange_modes` (45). RFC 8446 4.2.9. */
export function decodePskKeyExchangeModes(data: Uint8Array): ExtensionOutcome<PskKeyExchangeModesExtension> {
  // struct { PskKeyExchangeMode ke_modes<1..255>; } PskKeyExchangeModes;
  return whole<PskKeyExchangeModesExtension>(data, 'tls.psk_key_exchange_modes.length', (cursor) => ({
    name: 'psk_key_exchange_modes',
    type: 45,
    keModes: values8(cursor.vector8(), 'tls.psk_key_exchange_modes.empty'),
  }));
}

/** Decodes `certificate_authorities` (47). RFC 8446 4.2.4. */
export function decodeCertificateAuthorities(data: Uint8Array): ExtensionOutcome<CertificateAuthoritiesExtension> {
  // opaque DistinguishedName<1..2^16-1>;
  // struct { DistinguishedName authorities<3..2^16-1>; } CertificateAuthoritiesExtension;
  return whole<CertificateAuthoritiesExtension>(data, 'tls.certificate_authorities.length', (cursor) => ({
    name: 'certificate_authorities',
    type: 47,
    authorities: cursor
      .vector16()
      .notEmpty('tls.certificate_authorities.empty')
      .all((list) => list.vector16().notEmpty('tls.certificate_authorities.empty').rest()),
  }));
}

/** Decodes `post_handshake_auth` (49), always empty. RFC 8446 4.2.6. */
export function decodePostHandshakeAuth(data: Uint8Array): ExtensionOutcome<PostHandshakeAuthExtension> {
  return flag<PostHandshakeAuthExtension>(data, 'tls.post_handshake_auth.length', {
    name: 'post_handshake_auth',
    type: 49,
  });
}

/** Decodes `signature_algorithms_cert` (50). RFC 8446 4.2.3. */
export function decodeSignatureAlgorithmsCert(data: Uint8Array): ExtensionOutcome<SignatureAlgorithmsCertExtension> {
  // struct { SignatureScheme supported_signature_algorithms<2..2^16-2>; } SignatureSchemeList;
  return whole<SignatureAlgorithmsCertExtension>(data, 'tls.signature_algorithms_cert.length', (cursor) => ({
    name: 'signature_algorithms_cert',
    type: 50,
    supportedSignatureAlgorithms: values16(cursor.vector16(), 'tls.signature_algorithms_cert.empty'),
  }));
}

/** Decodes `key_share` (51) in the client's form. RFC 8446 4.2.8. */
export function decodeKeyShare(data: Uint8Array): ExtensionOutcome<KeyShareExtension> {
  // struct {
  //     NamedGroup group;
  //     opaque key_exchange<1..2^16-1>;
  // } KeyShareEntry;
  // struct { KeyShareEntry client_shares<0..2^16-1>; } KeyShareClientHello;
  return whole<KeyShareExtension>(data, 'tls.key_share.length', (cursor) => ({
    name: 'key_share',
    type: 51,
    clientShares: cursor.vector16().all((list) => ({
      group: list.u16(),
      keyExchange: list.vector16().notEmpty('tls.key_share.empty').rest(),
    })),
  }));
}

/** Decodes `connection_id` (54). RFC 9146 3. */
export function decodeConnectionId(data: Uint8Array): ExtensionOutcome<ConnectionIdExtension> {
  // struct { opaque cid<0..2^8-1>; } ConnectionId;
  return whole<ConnectionIdExtension>(data, 'tls.connection_id.length', (cursor) => ({
    name: 'connection_id',
    type: 54,
    cid: cursor.vector8().rest(),
  }));
}

/** Decodes `quic_transport_parameters` (57). RFC 9000 18. */
export function decodeQuicTransportParameters(data: Uint8Array): ExtensionOutcome<QuicTransportParametersExtension> {
  // Transport Parameter {
  //     Transport Parameter ID (i),
  //     Transport Parameter Length (i),
  //     Transport Parameter Value (..),
  // } ...
  return whole<QuicTransportParametersExtension>(data, 'tls.quic_transport_parameters.length', (cursor) => ({
    name: 'quic_transport_parameters',
    type: 57,
    parameters: cursor.all(() => {
      const id = cursor.varint();
      const lengthOffset = cursor.offset;
      const length = cursor.varint();
      const left = cursor.limit - cursor.offset;
      if (length > left) cursor.fail('tls.quic_transport_parameters.length', lengthOffset);
      return { id, value: cursor.view(Number(length)) };
    }),
  }));
}

/** Decodes `ticket_request` (58) in the client's form. RFC 9149 3. */
export function decodeTicketRequest(data: Uint8Array): ExtensionOutcome<TicketRequestExtension> {
  // struct {
  //     uint8 new_session_count;
  //     uint8 resumption_count;
  // } ClientTicketRequest;
  return whole<TicketRequestExtension>(data, 'tls.ticket_request.length', (cursor) => ({
    name: 'ticket_request',
    type: 58,
    newSessionCount: cursor.u8(),
    resumptionCount: cursor.u8(),
  }));
}

/** Decodes `next_protocol_negotiation` (13172), empty in a ClientHello. draft-agl-tls-nextprotoneg-04 3. */
export function decodeNextProtocolNegotiation(data: Uint8Array): ExtensionOutcome<NextProtocolNegotiationExtension> {
  return flag<NextProtocolNegotiationExtension>(data, 'tls.next_protocol_negotiation.length', {
    name: 'next_protocol_negotiation',
    type: 13172,
  });
}

/** Decodes `application_settings_old` (17513). draft-vvv-tls-alps-01 4. */
export function decodeApplicationSettingsOld(data: Uint8Array): ExtensionOutcome<ApplicationSettingsOldExtension> {
  // struct { ProtocolName supported_protocols<2..2^16-1>; } ApplicationSettingsSupport;
  return whole<ApplicationSettingsOldExtension>(data, 'tls.application_settings_old.length', (cursor) => ({
    name: 'application_settings_old',
    type: 17513,
    supportedProtocols: protocolNames(cursor, 'tls.application_settings_old.empty'),
  }));
}

/** Decodes `application_settings` (17613). draft-vvv-tls-alps-01 4. */
export function decodeApplicationSettings(data: Uint8Array): ExtensionOutcome<ApplicationSettingsExtension> {
  return whole<ApplicationSettingsExtension>(data, 'tls.application_settings.length', (cursor) => ({
    name: 'application_settings',
    type: 17613,
    supportedProtocols: protocolNames(cursor, 'tls.application_settings.empty'),
  }));
}

/** Decodes `channel_id` (30032), empty in a ClientHello. draft-balfanz-tls-channelid-01 5. */
export function decodeChannelId(data: Uint8Array): ExtensionOutcome<ChannelIdExtension> {
  return flag<ChannelIdExtension>(data, 'tls.channel_id.length', { name: 'channel_id', type: 30032 });
}

/** Decodes `encrypted_client_hello` (0xfe0d). RFC 9849 5. */
export function decodeEncryptedClientHello(data: Uint8Array): ExtensionOutcome<EncryptedClientHelloExtension> {
  // enum { outer(0), inner(1) } ECHClientHelloType;
  // struct {
  //     ECHClientHelloType type;
  //     select (ECHClientHello.type) {
  //         case outer:
  //             HpkeSymmetricCipherSuite cipher_suite;   uint16 kdf_id, uint16 aead_id
  //             uint8 config_id;
  //             opaque enc<0..2^16-1>;
  //             opaque payload<1..2^16-1>;
  //         case inner:
  //             Empty;
  //     };
  // } ECHClientHello;
  return whole<EncryptedClientHelloExtension>(data, 'tls.encrypted_client_hello.length', (cursor) => {
    const clientHelloType = cursor.u8();
    if (clientHelloType === ECH_INNER) {
      return { name: 'encrypted_client_hello', type: 0xfe0d, clientHelloType: 'inner' };
    }
    if (clientHelloType !== ECH_OUTER) cursor.fail('tls.encrypted_client_hello.type', 0);
    return {
      name: 'encrypted_client_hello',
      type: 0xfe0d,
      clientHelloType: 'outer',
      kdfId: cursor.u16(),
      aeadId: cursor.u16(),
      configId: cursor.u8(),
      enc: cursor.vector16().rest(),
      payload: cursor.vector16().notEmpty('tls.encrypted_client_hello.empty').rest(),
    };
  });
}

/** Decodes `renegotiation_info` (0xff01). RFC 5746 3.2. */
export function decodeRenegotiationInfo(data: Uint8Array): ExtensionOutcome<RenegotiationInfoExtension> {
  // struct { opaque renegotiated_connection<0..255>; } RenegotiationInfo;
  return whole<RenegotiationInfoExtension>(data, 'tls.renegotiation_info.length', (cursor) => ({
    name: 'renegotiation_info',
    type: 0xff01,
    renegotiatedConnection: cursor.vector8().rest(),
  }));
}

const decoders: ReadonlyMap<number, (data: Uint8Array) => Complete<DecodedExtension> | Malformed<ExtensionCode>> =
  /* @__PURE__ */ new Map<number, (data: Uint8Array) => Complete<DecodedExtension> | Malformed<ExtensionCode>>([
    [0, decodeServerName],
    [1, decodeMaxFragmentLength],
    [5, decodeStatusRequest],
    [10, decodeSupportedGroups],
    [11, decodeEcPointFormats],
    [13, decodeSignatureAlgorithms],
    [14, decodeUseSrtp],
    [15, decodeHeartbeat],
    [16, decodeApplicationLayerProtocolNegotiation],
    [17, decodeStatusRequestV2],
    [18, decodeSignedCertificateTimestamp],
    [19, decodeClientCertificateType],
    [20, decodeServerCertificateType],
    [21, decodePadding],
    [22, decodeEncryptThenMac],
    [23, decodeExtendedMasterSecret],
    [24, decodeTokenBinding],
    [27, decodeCompressCertificate],
    [28, decodeRecordSizeLimit],
    [34, decodeDelegatedCredential],
    [35, decodeSessionTicket],
    [41, decodePreSharedKey],
    [42, decodeEarlyData],
    [43, decodeSupportedVersions],
    [44, decodeCookie],
    [45, decodePskKeyExchangeModes],
    [47, decodeCertificateAuthorities],
    [49, decodePostHandshakeAuth],
    [50, decodeSignatureAlgorithmsCert],
    [51, decodeKeyShare],
    [54, decodeConnectionId],
    [57, decodeQuicTransportParameters],
    [58, decodeTicketRequest],
    [13172, decodeNextProtocolNegotiation],
    [17513, decodeApplicationSettingsOld],
    [17613, decodeApplicationSettings],
    [30032, decodeChannelId],
    [0xfe0d, decodeEncryptedClientHello],
    [0xff01, decodeRenegotiationInfo],
  ]);

/**
 * Decodes an extension of a ClientHello by its type.
 *
 * The value is told apart by `name`; types without a decoder here, GREASE among them, come back as
 * `{ name: 'unknown', type, data }`. Malformed with the codes of that extension (`tls.key_share.length`, …), the
 * offset being a position in `extension.data`; never incomplete.
 *
 * @example
 * const decoded = decodeExtension({ type: 43, data: Uint8Array.of(4, 3, 4, 3, 3) });
 * if (decoded.status === 'complete' && decoded.value.name === 'supported_versions') {
 *   console.log(decoded.value.versions); // [ 772, 771 ]
 * }
 */
export function decodeExtension(extension: Extension): Complete<DecodedExtension> | Malformed<ExtensionCode> {
  const decode = decoders.get(extension.type);
  if (decode !== undefined) return decode(extension.data);
  const data = asPlain(extension.data);
  return complete({ name: 'unknown', type: extension.type, data }, data.length);
}

/** The same bytes as a plain `Uint8Array`. */
function asPlain(data: Uint8Array): Uint8Array {
  const bytes = asBytes(data);
  return view(bytes, 0, bytes.length);
}
