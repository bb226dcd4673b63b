/**
 * The rows of a PROXY protocol header.
 *
 * @module
 */
import { formatIPv4, formatIPv6 } from '../address.ts';
import { hexDigits, latin1, utf8 } from '../cursor.ts';
import type { Decoded } from '../decoded.ts';
import type { ProxyHeader } from '../proxy/header.ts';
import { ALPN, AUTHORITY, CRC32C, MAX_LINE, NETNS, SSL } from '../proxy/numbers.ts';
import { pathOf, sizeOfAddresses } from '../proxy/v2.ts';
import { Fields, named, quoted } from './dump.ts';
import type { Dump, Names, Verdict } from './dump.ts';

/**
 * Shows the header at the start of the input.
 *
 * @param header what was decoded
 */
export function showProxyHeader(dump: Dump, verdict: Verdict | undefined, header: Decoded<ProxyHeader, string>): void {
  const fields = new Fields(dump, [{ start: 0, end: dump.bytes.length }], verdict);
  if (fields.peek(1).at(0) === CR) showV2(fields, header.status === 'complete' && header.value.tlvs.length > 0);
  else showV1(fields);
}

const CR = 0x0d;

function showV1(fields: Fields): void {
  const start = fields.peek(MAX_LINE);
  const [line] = /^[^\r\n]*/.exec(latin1(start, 0, start.length))!;
  const names = /^PROXY U/.test(line)
    ? ['protocol', 'ignored']
    : ['protocol', 'source address', 'destination address', 'source port', 'destination port'];
  // Each with the space behind it; the last one takes what is left.
  const words = new RegExp(`^${'([^ ]* ?)'.repeat(names.length)}(.*)$`, 's').exec(line)!;
  const show = (name: string, word: string): void => {
    if (word !== '') fields.text(name, word.length, (text) => quoted(text.replace(/ $/, '')));
  };
  show('PROXY protocol header, version 1', words[1]!);
  fields.dump.indented(() => {
    for (const [i, name] of names.entries()) show(name, words[i + 2]!);
    fields.bytes('line end', 2, (end) => (latin1(end, 0, 2) === '\r\n' ? 'CRLF' : 'no CRLF'));
  });
}

const versionsAndCommands = { 0x20: 'version 2, LOCAL', 0x21: 'version 2, PROXY' } as const;
const families = { 0: 'UNSPEC', 1: 'INET', 2: 'INET6', 3: 'UNIX' } as const;
const transports = { 0: 'UNSPEC', 1: 'STREAM', 2: 'DGRAM' } as const;

/** @param hasTlvs whether TLVs were read */
function showV2(fields: Fields, hasTlvs: boolean): void {
  fields.bytes('signature of a PROXY protocol header, version 2', 12);
  fields.dump.indented(() => {
    const isLocal = fields.number('ver_cmd', 1, named(versionsAndCommands, hex8)) === 0x20;
    const fam = fields.number('fam', 1, (value) => `${named(families)(value >> 4)}, ${named(transports)(value & 0x0f)}`);
    const length = fields.number('len', 2);
    fields.within(length, () => showBlock(fields, hasTlvs, isLocal, fam));
  });
}

function showBlock(fields: Fields, hasTlvs: boolean, isLocal: boolean, fam: number): void {
  const family = fam >> 4;
  const size = sizeOfAddresses(family);
  const hasPorts = family === 1 || family === 2;
  const hasEndpoints = !isLocal && size > 0 && (fam & 0x0f) !== 0;
  if (hasEndpoints) {
    const width = (size - (hasPorts ? 4 : 0)) / 2;
    const address = (name: string): unknown => fields.bytes(name, width, (value) => `${name}: ${addressOf(value)}`);
    address('src_addr');
    address('dst_addr');
    if (hasPorts) fields.number('src_port', 2);
    if (hasPorts) fields.number('dst_port', 2);
  } else if (isLocal && size > 0) {
    fields.within(Math.min(fields.left, size), () => fields.rest('addresses, ignored'));
  }
  // Of a header that names no endpoints, there are only those that could be read.
  if (hasEndpoints || hasTlvs) fields.all(() => showTlv(fields));
  else fields.rest('ignored');
}

function addressOf(bytes: Uint8Array): string {
  if (bytes.length === 4) return formatIPv4(bytes);
  return bytes.length === 16 ? formatIPv6(bytes) : quoted(pathOf(latin1(bytes, 0, bytes.length)));
}

function showTlv(fields: Fields): void {
  const type = fields.number('type', 1, named(types, hex8));
  fields.vector(2, 'value', () => {
    if (type === SSL) showSsl(fields);
    else if (type === ALPN) fields.text('value', fields.left);
    else if (type === AUTHORITY || type === NETNS) showUtf8(fields);
    else if (type === CRC32C) fields.number('value', 4, (checksum) => `0x${hexDigits(checksum, 8)}`);
    else fields.rest('value');
  });
}

function showSsl(fields: Fields): void {
  fields.number('client', 1, (bits) => {
    const set = clientBits.filter(([bit]) => (bits & bit) !== 0).map(([, name]) => name);
    return set.length === 0 ? String(bits) : `${set.join(', ')} (${bits})`;
  });
  fields.number('verify', 4);
  fields.all(() => {
    const type = fields.number('type', 1, named(sslTypes, hex8));
    const isText = Object.hasOwn(sslTypes, type) && type !== CLIENT_CERT;
    fields.vector(2, 'value', () => (isText ? showUtf8(fields) : fields.rest('value')));
  });
}

function showUtf8(fields: Fields): void {
  fields.rest('value', (value) => `value: ${quoted(utf8(value))}`);
}

function hex8(value: number): string {
  return `0x${hexDigits(value, 2)}`;
}

const CLIENT_CERT = 0x28;
const clientBits = [
  [1, 'PP2_CLIENT_SSL'],
  [2, 'PP2_CLIENT_CERT_CONN'],
  [4, 'PP2_CLIENT_CERT_SESS'],
] as const;
const types: Names = {
  0x01: 'PP2_TYPE_ALPN',
  0x02: 'PP2_TYPE_AUTHORITY',
  0x03: 'PP2_TYPE_CRC32C',
  0x04: 'PP2_TYPE_NOOP',
  0x05: 'PP2_TYPE_UNIQUE_ID',
  0x20: 'PP2_TYPE_SSL',
  0x30: 'PP2_TYPE_NETNS',
};
/** Inside of SSL. */
const sslTypes: Names = {
  0x21: 'PP2_SUBTYPE_SSL_VERSION',
  0x22: 'PP2_SUBTYPE_SSL_CN',
  0x23: 'PP2_SUBTYPE_SSL_CIPHER',
  0x24: 'PP2_SUBTYPE_SSL_SIG_ALG',
  0x25: 'PP2_SUBTYPE_SSL_KEY_ALG',
  0x26: 'PP2_SUBTYPE_SSL_GROUP',
  0x27: 'PP2_SUBTYPE_SSL_SIG_SCHEME',
  0x28: 'PP2_SUBTYPE_SSL_CLIENT_CERT',
};
