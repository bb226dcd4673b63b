/** PROXY protocol headers, versions 1 and 2, read and written. */
export type { Bytes, Complete, Decoded, DecodeOptions, Incomplete, Malformed, MalformedCode } from '../decoded.ts';
export type { Parser } from '../parser.ts';
export { createProxyParser, decodeProxyHeader } from './decode.ts';
export type { ProxyCode } from './decode.ts';
export { proxyHeaderCodes } from './header.ts';
export type {
  Endpoint,
  EndpointInput,
  IPEndpoint,
  IPEndpointInput,
  ProxyDecodeOptions,
  ProxyHeader,
  ProxyHeaderCode,
  ProxyHeaderInput,
  UnixEndpoint,
  UnixEndpointInput,
} from './header.ts';
export { decodeProxyV1, encodeProxyV1, proxyV1Codes } from './v1.ts';
export type { ProxyV1Code } from './v1.ts';
export { decodeProxyV2, encodeProxyV2, proxyV2Codes, withTlvs } from './v2.ts';
export type { ProxyV2Code, ProxyV2EncodeOptions, TlvChanges } from './v2.ts';
export { decodeTlv, encodeTlv, readSsl, tlvCodes } from './tlv.ts';
export type {
  AlpnTlv,
  AuthorityTlv,
  Crc32cTlv,
  DecodedTlv,
  NetnsTlv,
  NoopTlv,
  Ssl,
  SslTlv,
  SslTlvInput,
  Tlv,
  TlvCode,
  TlvInput,
  TlvValueCode,
  UniqueIdTlv,
  UnknownTlv,
} from './tlv.ts';
export {
  alibabaEndpointId,
  alibabaServiceId,
  alibabaVpcId,
  awsVpcEndpointId,
  azureLinkId,
  gcpConnectionId,
} from './vendors.ts';
export type { VendorTlvs } from './vendors.ts';
