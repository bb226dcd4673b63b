/** TLS from the first byte: records, the ClientHello, its extensions, what a server answers, and alerts. */
export type { Bytes, Complete, Decoded, DecodeOptions, Incomplete, Malformed, MalformedCode } from '../decoded.ts';
export type { Parser } from '../parser.ts';
export type { Host } from '../host.ts';
export { readServerName } from './server-name.ts';
export {
  createClientHelloParser,
  decodeClientHello,
  decodeClientHelloMessage,
} from './client-hello.ts';
export type { ClientHello, ClientHelloCode, ClientHelloJSON, InvalidServerNameCode } from './client-hello.ts';
export { clientHelloCodes } from './hello-walk.ts';
export { encodeClientHello } from './encode-client-hello.ts';
export type { ClientHelloInput } from './encode-client-hello.ts';
export { createServerHelloParser, decodeServerHello, serverHelloCodes } from './server-hello.ts';
export type {
  HelloRetryRequest,
  ServerAlert,
  ServerAnswer,
  ServerHello,
  ServerHelloCode,
  ServerHelloParser,
} from './server-hello.ts';
export {
  decodeApplicationLayerProtocolNegotiation,
  decodeApplicationSettings,
  decodeApplicationSettingsOld,
  decodeCertificateAuthorities,
  decodeChannelId,
  decodeClientCertificateType,
  decodeCompressCertificate,
  decodeConnectionId,
  decodeCookie,
  decodeDelegatedCredential,
  decodeEarlyData,
  decodeEcPointFormats,
  decodeEncryptThenMac,
  decodeEncryptedClientHello,
  decodeExtendedMasterSecret,
  decodeExtension,
  decodeHeartbeat,
  decodeKeyShare,
  decodeMaxFragmentLength,
  decodeNextProtocolNegotiation,
  decodePadding,
  decodePostHandshakeAuth,
  decodePreSharedKey,
  decodePskKeyExchangeModes,
  decodeQuicTransportParameters,
  decodeRecordSizeLimit,
  decodeRenegotiationInfo,
  decodeServerCertificateType,
  decodeServerName,
  decodeSessionTicket,
  decodeSignatureAlgorithms,
  decodeSignatureAlgorithmsCert,
  decodeSignedCertificateTimestamp,
  decodeStatusRequest,
  decodeStatusRequestV2,
  decodeSupportedGroups,
  decodeSupportedVersions,
  decodeTicketRequest,
  decodeTokenBinding,
  decodeUseSrtp,
  extensionCodes,
  isGrease,
} from './extensions.ts';
export type {
  AlpnExtension,
  ApplicationSettingsExtension,
  ApplicationSettingsOldExtension,
  CertificateAuthoritiesExtension,
  ChannelIdExtension,
  ClientCertificateTypeExtension,
  CompressCertificateExtension,
  ConnectionIdExtension,
  CookieExtension,
  DecodedExtension,
  DelegatedCredentialExtension,
  EarlyDataExtension,
  EcPointFormatsExtension,
  EncryptThenMacExtension,
  EncryptedClientHelloExtension,
  ExtendedMasterSecretExtension,
  Extension,
  ExtensionCode,
  ExtensionCodeOf,
  ExtensionOutcome,
  HeartbeatExtension,
  KeyShareExtension,
  MaxFragmentLengthExtension,
  NextProtocolNegotiationExtension,
  PaddingExtension,
  PostHandshakeAuthExtension,
  PreSharedKeyExtension,
  PskKeyExchangeModesExtension,
  QuicTransportParametersExtension,
  RecordSizeLimitExtension,
  RenegotiationInfoExtension,
  ServerCertificateTypeExtension,
  ServerName,
  ServerNameExtension,
  SessionTicketExtension,
  SignatureAlgorithmsCertExtension,
  SignatureAlgorithmsExtension,
  SignedCertificateTimestampExtension,
  StatusRequestExtension,
  StatusRequestV2Extension,
  SupportedGroupsExtension,
  SupportedVersionsExtension,
  TicketRequestExtension,
  TokenBindingExtension,
  UnknownExtension,
  UseSrtpExtension,
} from './extensions.ts';
export { decodeRecord, recordCodes } from './record.ts';
export type { ContentType, RecordCode, TlsRecord } from './record.ts';
export { handshakeCodes } from './handshake.ts';
export type { HandshakeCode } from './handshake.ts';
export {
  alertCodes,
  alertDescriptions,
  alertFor,
  alertForMissingName,
  decodeAlert,
  encodeAlert,
} from './alert.ts';
export type { Alert, AlertCode, AlertDescription } from './alert.ts';
