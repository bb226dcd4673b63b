/**
 * What it costs at least: code for well-formed input only, which trusts every length, checks no bound and reads
 * nothing that was not asked for. No library could be this; it shows how much of a time is checks.
 */

/** Texts of each length by one call with as many arguments: shorter than anything else that makes a string. */
const MAX_ARITY = 48;
const cases = Array.from({ length: MAX_ARITY + 1 }, (_, length) => {
  const codes = Array.from({ length }, (_, i) => `b[p + ${i}]`);
  return `case ${length}: return fromCharCode(${codes.join(', ')});`;
});
const text = new Function('b', 'p', 'length', `const { fromCharCode } = String; switch (length) { ${cases.join('\n')} }`);

/** Steps to the extensions of a hello in one record. */
function extensionsAt(b) {
  let p = 44 + b[43];
  p += 2 + ((b[p] << 8) | b[p + 1]);
  return p + 1 + b[p];
}

/** Where the name begins; 0 where there is none. Its length stands in front of it. */
export function walkToName(b) {
  let p = extensionsAt(b);
  const end = p + 2 + ((b[p] << 8) | b[p + 1]);
  p += 2;
  while (p < end) {
    if (b[p] === 0 && b[p + 1] === 0) return p + 9;
    p += 4 + ((b[p + 2] << 8) | b[p + 3]);
  }
  return 0;
}

/** The name as a string. */
export function nameOf(b) {
  const p = walkToName(b);
  return p === 0 ? undefined : text(b, p, (b[p - 2] << 8) | b[p - 1]);
}

/** Name and ALPN as an object. */
export function nameAndAlpnOf(b) {
  let p = extensionsAt(b);
  const end = p + 2 + ((b[p] << 8) | b[p + 1]);
  p += 2;
  let serverName;
  const alpnProtocols = [];
  while (p < end) {
    const type = (b[p] << 8) | b[p + 1];
    const next = p + 4 + ((b[p + 2] << 8) | b[p + 3]);
    if (type === 0) serverName = text(b, p + 9, (b[p + 7] << 8) | b[p + 8]);
    else if (type === 16) {
      for (let at = p + 6; at < next; at += 1 + b[at]) alpnProtocols.push(text(b, at + 1, b[at]));
    }
    p = next;
  }
  return { serverName, alpnProtocols };
}

/** Where the digits of a decimal number end, and the number. */
function digits(b, p) {
  let value = 0;
  for (; b[p] >= 0x30; p++) value = 10 * value + b[p] - 0x30;
  return value;
}

function space(b, p) {
  while (b[p] !== 0x20) p++;
  return p;
}

/** Version 1. */
export function decodeV1(b) {
  const family = b[9] === 0x34 ? 'IPv4' : 'IPv6';
  const source = space(b, 11);
  const destination = space(b, source + 1);
  const sourcePort = space(b, destination + 1);
  return {
    source: { family, address: text(b, 11, source - 11), port: digits(b, destination + 1) },
    destination: { family, address: text(b, source + 1, destination - source - 1), port: digits(b, sourcePort + 1) },
  };
}

const bytesAsText = Array.from({ length: 256 }, (_, byte) => String(byte));
const bytesWithDot = bytesAsText.map((byte) => `${byte}.`);
const u16 = (b, p) => (b[p] << 8) | b[p + 1];
const ipv4 = (b, p) => bytesWithDot[b[p]] + bytesWithDot[b[p + 1]] + bytesWithDot[b[p + 2]] + bytesAsText[b[p + 3]];

const scratch = new Uint8Array(40);
const DIGITS = Uint8Array.from('0123456789abcdef', (digit) => digit.charCodeAt(0));

/** RFC 5952. */
function ipv6(b, p) {
  const startsWithZeros = (b[p] | b[p + 1] | b[p + 2] | b[p + 3] | b[p + 4] | b[p + 5] | b[p + 6] | b[p + 7] | b[p + 8] | b[p + 9]) === 0;
  if (startsWithZeros && u16(b, p + 10) === 0xffff) return `::ffff:${ipv4(b, p + 12)}`;
  let run = 0;
  let longest = 1;
  let zeros = -1;
  for (let group = 0; group < 8; group++) {
    run = u16(b, p + 2 * group) === 0 ? run + 1 : 0;
    if (run > longest) {
      longest = run;
      zeros = group - run + 1;
    }
  }
  let at = 0;
  for (let group = 0; group < 8; group++) {
    if (group === zeros) {
      if (group === 0) scratch[at++] = 0x3a;
      scratch[at++] = 0x3a;
      group += longest - 1;
      continue;
    }
    const value = u16(b, p + 2 * group);
    if (value > 0xfff) scratch[at++] = DIGITS[value >> 12];
    if (value > 0xff) scratch[at++] = DIGITS[(value >> 8) & 15];
    if (value > 0xf) scratch[at++] = DIGITS[(value >> 4) & 15];
    scratch[at++] = DIGITS[value & 15];
    if (group < 7) scratch[at++] = 0x3a;
  }
  return text(scratch, 0, at);
}

/** Version 2 over IPv4 or IPv6, with the types of the TLVs and where they lie. */
export function decodeV2(b) {
  const isIPv4 = b[13] === 0x11;
  const end = 16 + u16(b, 14);
  const tlvs = [];
  for (let p = isIPv4 ? 28 : 52; p < end; p += 3 + u16(b, p + 1)) tlvs.push({ type: b[p], at: p + 3, length: u16(b, p + 1) });
  return isIPv4
    ? {
        source: { family: 'IPv4', address: ipv4(b, 16), port: u16(b, 24) },
        destination: { family: 'IPv4', address: ipv4(b, 20), port: u16(b, 26) },
        tlvs,
      }
    : {
        source: { family: 'IPv6', address: ipv6(b, 16), port: u16(b, 48) },
        destination: { family: 'IPv6', address: ipv6(b, 32), port: u16(b, 50) },
        tlvs,
      };
}

function writeText(out, at, text) {
  for (let i = 0; i < text.length; i++) out[at++] = text.charCodeAt(i);
  return at;
}

const digitsOf = (port) => (port > 9999 ? 5 : port > 999 ? 4 : port > 99 ? 3 : port > 9 ? 2 : 1);

function writePort(out, at, port) {
  const end = at + digitsOf(port);
  for (let p = end; p > at; port = (port / 10) | 0) out[--p] = 0x30 + (port % 10);
  return end;
}

const LINE = Uint8Array.from('PROXY TCP4 ', (c) => c.charCodeAt(0));

/** Version 1, of either family, whose addresses are taken as they are. */
export function encodeV1({ family, source, destination }) {
  const addresses = source.address.length + destination.address.length;
  const length = 16 + addresses + digitsOf(source.port) + digitsOf(destination.port);
  // What is longer lies outside of the heap of V8, where memory of its own takes longer than a part of a pool.
  const out = length > 64 ? Buffer.allocUnsafe(length) : new Uint8Array(length);
  for (let i = 0; i < 11; i++) out[i] = LINE[i];
  if (family !== 'IPv4') out[9] = 0x36;
  let at = writeText(out, 11, source.address);
  out[at++] = 0x20;
  at = writeText(out, at, destination.address);
  out[at++] = 0x20;
  at = writePort(out, at, source.port);
  out[at++] = 0x20;
  at = writePort(out, at, destination.port);
  out[at++] = 0x0d;
  out[at] = 0x0a;
  return out;
}

const START = Uint8Array.from('\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c', (c) => c.charCodeAt(0));

function writeIPv4(out, at, address) {
  let value = 0;
  for (let i = 0; i < address.length; i++) {
    const c = address.charCodeAt(i);
    if (c !== 0x2e) value = 10 * value + c - 0x30;
    else {
      out[at++] = value;
      value = 0;
    }
  }
  out[at] = value;
}

/** Version 2 over IPv4, without TLVs. */
export function encodeV2({ source, destination }) {
  const out = new Uint8Array(28);
  for (let i = 0; i < 16; i++) out[i] = START[i];
  writeIPv4(out, 16, source.address);
  writeIPv4(out, 20, destination.address);
  out[24] = source.port >> 8;
  out[25] = source.port;
  out[26] = destination.port >> 8;
  out[27] = destination.port;
  return out;
}

/** By as few bytes as tell these three apart from each other, and from nothing else. */
export function sniff(b) {
  if (b[0] === 22 && b[1] === 3 && b[5] === 1) return 'tls';
  if (b[0] === 0x47 && b[1] === 0x45 && b[2] === 0x54 && b[3] === 0x20) return 'http1';
  if (b[0] === 0x53 && b[1] === 0x53 && b[2] === 0x48 && b[3] === 0x2d) return 'ssh';
  return 'unknown';
}
