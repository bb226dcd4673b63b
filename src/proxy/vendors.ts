/**
 * What cloud providers' balancers say in TLVs of their own.
 *
 * The types 0xE0 to 0xEF are free for every application (PROXY protocol 2.2.8), so they mean nothing without knowing
 * the sender: call the reader of the provider whose balancer you know to be in front.
 *
 * @module
 */
import { asBytes, byteAt, i32LittleEndianAt, latin1, u32At, writeU32 } from '../cursor.ts';
import { bigintField, integerField, latin1Field } from '../field.ts';
import type { Tlv } from './tlv.ts';

const GCP = 0xe0;
const ALIBABA = 0xe1;
const AWS = 0xea;
const AZURE = 0xee;

/** The first byte of the value, where a provider has several things to say. */
const AWS_VPC_ENDPOINT_ID = 1;
const AZURE_LINK_ID = 1;
const ALIBABA_VPC_ID = 1;
const ALIBABA_ENDPOINT_ID = 2;
const ALIBABA_SERVICE_ID = 3;

/**
 * What `encodeProxyV2` can say in the name of a provider's balancer, in place of what the header says of the same;
 * each field has the name of its reader.
 */
export interface VendorTlvs {
  readonly awsVpcEndpointId?: string | undefined;
  readonly azureLinkId?: number | undefined;
  readonly gcpConnectionId?: bigint | undefined;
  readonly alibabaVpcId?: string | undefined;
  readonly alibabaEndpointId?: string | undefined;
  readonly alibabaServiceId?: string | undefined;
}

/**
 * AWS PrivateLink: the id of the VPC endpoint that the client came through, undefined where the header has none. A
 * Network Load Balancer sends it in PP2_TYPE_AWS (0xEA), subtype PP2_SUBTYPE_AWS_VPCE_ID (1).
 *
 * @example
 * const tlv = { type: 0xea, value: new TextEncoder().encode('\x01vpce-08d2bf15fac5001c9') };
 * console.log(awsVpcEndpointId([tlv])); // vpce-08d2bf15fac5001c9
 */
export function awsVpcEndpointId(tlvs: readonly Tlv[]): string | undefined {
  return idAfter(tlvs, AWS, AWS_VPC_ENDPOINT_ID);
}

/**
 * Azure Private Link: the LINKID of the private endpoint, 0 to 2^32 - 1; undefined where the header has none. It comes
 * in PP2_TYPE_AZURE (0xEE), subtype PP2_SUBTYPE_AZURE_PRIVATEENDPOINT_LINKID (1), in little-endian order.
 *
 * @example
 * console.log(azureLinkId([{ type: 0xee, value: Uint8Array.of(1, 0x78, 0x56, 0x34, 0x12) }])?.toString(16)); // 12345678
 */
export function azureLinkId(tlvs: readonly Tlv[]): number | undefined {
  const value = valueOf(tlvs, AZURE, AZURE_LINK_ID);
  return value?.length === 5 ? i32LittleEndianAt(value, 1) >>> 0 : undefined;
}

/**
 * Google Cloud Private Service Connect: the id of the connection (`pscConnectionId`), 0 to 2^64 - 1; undefined where
 * the header has none. It comes in type 0xE0, as eight bytes in network byte order.
 *
 * @example
 * console.log(gcpConnectionId([{ type: 0xe0, value: Uint8Array.of(0, 0, 0, 1, 0, 0, 0, 0) }])); // 4294967296n
 */
export function gcpConnectionId(tlvs: readonly Tlv[]): bigint | undefined {
  const tlv = tlvs.find(({ type, value }) => type === GCP && value.length === 8);
  if (tlv === undefined) return undefined;
  const value = asBytes(tlv.value);
  return (BigInt(u32At(value, 0)) << 32n) | BigInt(u32At(value, 4));
}

/**
 * Alibaba Cloud PrivateLink: the id of the client's VPC, undefined where the header has none. A Network Load Balancer
 * sends it in type 0xE1, subtype 1.
 *
 * @example
 * console.log(alibabaVpcId([{ type: 0xe1, value: new TextEncoder().encode('\x01vpc-8vb1') }])); // vpc-8vb1
 */
export function alibabaVpcId(tlvs: readonly Tlv[]): string | undefined {
  return idAfter(tlvs, ALIBABA, ALIBABA_VPC_ID);
}

/** Alibaba Cloud PrivateLink: the id of the endpoint that the client came through (type 0xE1, subtype 2). */
export function alibabaEndpointId(tlvs: readonly Tlv[]): string | undefined {
  return idAfter(tlvs, ALIBABA, ALIBABA_ENDPOINT_ID);
}

/** Alibaba Cloud PrivateLink: the id of the endpoint service that the client asked for (type 0xE1, subtype 3). */
export function alibabaServiceId(tlvs: readonly Tlv[]): string | undefined {
  return idAfter(tlvs, ALIBABA, ALIBABA_SERVICE_ID);
}

/** An id in visible ASCII; anything else is none, since ids are compared and logged. */
function idAfter(tlvs: readonly Tlv[], type: number, subtype: number): string | undefined {
  const value = valueOf(tlvs, type, subtype);
  const id = value && latin1(value, 1, value.length);
  return id !== undefined && isId(id) ? id : undefined;
}

function isId(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text);
}

/** The value of the first TLV of this type and subtype, the byte in front. */
function valueOf(tlvs: readonly Tlv[], type: number, subtype: number): Uint8Array | undefined {
  for (const tlv of tlvs) {
    if (tlv.type !== type) continue;
    const value = asBytes(tlv.value);
    if (byteAt(value, 0) === subtype) return value;
  }
  return undefined;
}

/**
 * The TLVs of what is given, in the order of {@link VendorTlvs}.
 *
 * @throws TypeError or RangeError naming the field: an id must be visible ASCII, a number in its range
 */
export function vendorTlvs(vendors: VendorTlvs): Tlv[] {
  const { azureLinkId, gcpConnectionId } = vendors;
  return [
    ...idTlv(AWS, AWS_VPC_ENDPOINT_ID, vendors.awsVpcEndpointId, 'awsVpcEndpointId'),
    ...(azureLinkId === undefined ? [] : [{ type: AZURE, value: azureValue(azureLinkId) }]),
    ...(gcpConnectionId === undefined ? [] : [{ type: GCP, value: gcpValue(gcpConnectionId) }]),
    ...idTlv(ALIBABA, ALIBABA_VPC_ID, vendors.alibabaVpcId, 'alibabaVpcId'),
    ...idTlv(ALIBABA, ALIBABA_ENDPOINT_ID, vendors.alibabaEndpointId, 'alibabaEndpointId'),
    ...idTlv(ALIBABA, ALIBABA_SERVICE_ID, vendors.alibabaServiceId, 'alibabaServiceId'),
  ];
}

function idTlv(type: number, subtype: number, id: string | undefined, field: string): Tlv[] {
  if (id === undefined) return [];
  const bytes = latin1Field(id, field);
  if (!isId(id)) throw new RangeError(`${field} must be visible ASCII characters, one or more`);
  const value = new Uint8Array(1 + bytes.length);
  if (value.length > 0xffff) throw new RangeError(`${field} must not be longer than 65534 characters`);
  value[0] = subtype;
  value.set(bytes, 1);
  return [{ type, value }];
}

function azureValue(linkId: number): Uint8Array {
  const id = integerField(linkId, 0xffffffff, 'azureLinkId');
  return Uint8Array.of(AZURE_LINK_ID, id, id >>> 8, id >>> 16, id >>> 24);
}

function gcpValue(connectionId: bigint): Uint8Array {
  const id = bigintField(connectionId, 0xffffffffffffffffn, 'gcpConnectionId');
  const value = new Uint8Array(8);
  writeU32(value, 0, Number(id >> 32n));
  writeU32(value, 4, Number(id & 0xffffffffn));
  return value;
}

/** Whether both say the same kind of thing, so that a reader would take the first of them for it. */
export function isSameVendorField(one: Tlv, other: Tlv): boolean {
  if (one.type !== other.type) return false;
  return one.type === GCP
    ? one.value.length === other.value.length
    : byteAt(asBytes(one.value), 0) === byteAt(asBytes(other.value), 0);
}
