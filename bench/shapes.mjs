/** What the hostile send: each shape in any size, and who has to read it. */
import { decodeRequestHead, createRequestHeadParser } from '../dist/http/index.js';
import { createPreread } from '../dist/index.js';
import { createProxyParser, decodeProxyHeader } from '../dist/proxy/index.js';
import { createSniffer } from '../dist/sniff/index.js';
import { createClientHelloParser, decodeClientHello, readServerName } from '../dist/tls/index.js';

/**
 * @typedef {object} Shape
 * @property {string} id
 * @property {(size: number) => Uint8Array} make the bytes on the wire, for so many bytes of what is repeated
 * @property {(bytes: Uint8Array) => any} read gives what whoever waits would hold
 * @property {string} [status] that must come of it, unless it is `complete`
 * @property {number} [largest] where the library's own bounds end it, or one record
 * @property {(size: number) => number} [count] how many of what is repeated there are
 */

const latin1 = (text) => Buffer.from(text, 'latin1');
const u16 = (value) => [value >> 8, value & 0xff];
const maxBytes = 2 ** 20;
const raised = { maxBytes, maxLineBytes: maxBytes };

/** A hello of about `size` bytes with these extensions, in records of at most `fragment` bytes. */
function hello(extensions, fragment = 2 ** 14) {
  const body = Buffer.concat([
    Buffer.from([3, 3]),
    Buffer.alloc(32, 7),
    Buffer.from([0, 0, 2, 0x13, 0x01, 1, 0, ...u16(extensions.length)]),
    extensions,
  ]);
  const message = Buffer.concat([Buffer.from([1, 0, ...u16(body.length)]), body]);
  // A body past 65535 bytes does not occur: the extensions end it.
  const out = new Uint8Array(message.length + 5 * Math.ceil(message.length / fragment));
  let end = 0;
  for (let at = 0; at < message.length; at += fragment) {
    const length = Math.min(fragment, message.length - at);
    out.set([22, 3, 1, ...u16(length)], end);
    out.set(message.subarray(at, at + length), end + 5);
    end += 5 + length;
  }
  return out;
}

/** What a hello has beside its extensions, so that the largest fits. */
const REST = 64;
const padded = (size, fragment) => hello(Buffer.from([0, 21, ...u16(size - REST), ...new Uint8Array(size - REST)]), fragment);
const extensionsIn = (size) => (size - REST) >> 2;
const extensions = (size, typeOf) =>
  hello(Buffer.from(Array.from({ length: extensionsIn(size) }, (_, i) => [...u16(typeOf(i)), 0, 0]).flat()));
/** Above those that have a meaning, and all different. */
const unknownTypes = (size) => extensions(size, (i) => 0x0100 + i);
const sameTypes = (size) => extensions(size, () => 0x0100);

const header = (block) =>
  Buffer.concat([latin1('\r\n\r\n\0\r\nQUIT\n'), Buffer.from([0x21, 0x11, ...u16(12 + block.length)]), Buffer.alloc(12, 9), block]);
const oneTlv = (size) => header(Buffer.from([0xe0, ...u16(size - REST), ...new Uint8Array(size - REST)]));
const noops = (size) => header(Buffer.from(Array.from({ length: Math.floor((size - REST) / 3) }, () => [4, 0, 0]).flat()));

const request = (rest) => latin1(`GET / HTTP/1.1\r\nHost: www.example.com\r\n${rest}\r\n`);
const fieldLines = (size) => request('a: b\r\n'.repeat(size / 6));
const longField = (size) => request(`a: ${'b'.repeat(size)}\r\n`);
const longTarget = (size) => latin1(`GET /${'a'.repeat(size - REST)}`);

/** One byte per push, to the end; the chunk is the same each time, since a parser has to copy it. */
function byByte(parser, bytes) {
  const chunk = new Uint8Array(1);
  let outcome;
  for (let i = 0; i < bytes.length; i++) {
    chunk[0] = bytes[i];
    outcome = parser.push(chunk);
  }
  return { parser, outcome };
}
const streamed = (id, make, create, more = {}) => ({ id, make, read: (bytes) => byByte(create(), bytes), ...more });
const whole = (id, make, decode, more = {}) => ({ id, make, read: (bytes) => ({ outcome: decode(bytes) }), ...more });

const helloParser = () => createClientHelloParser({ maxBytes });
const proxyParser = () => createProxyParser({ maxBytes });
const headParser = () => createRequestHeadParser(raised);
const preread = (more) => createPreread({ maxBytes, tls: raised, http: raised, proxyHeader: raised, ...more });
const name = (bytes) => readServerName(bytes, { maxBytes });
const decoded = (bytes) => decodeClientHello(bytes, { maxBytes });

/** @type {readonly Shape[]} */
export const shapes = [
  streamed('hello, one byte per push', padded, helloParser),
  streamed('hello in one-byte records, one byte per push', (size) => padded(size, 1), helloParser),
  whole('hello in one-byte records, at once', (size) => padded(size, 1), decoded),
  whole('name of a hello in one-byte records, at once', (size) => padded(size, 1), name),
  whole('empty extensions of unknown types, readServerName', unknownTypes, name, { count: extensionsIn }),
  whole('empty extensions of unknown types, decodeClientHello', unknownTypes, decoded, { count: extensionsIn }),
  streamed('empty extensions of unknown types, one byte per push', unknownTypes, helloParser),
  // Over at the second one, but for what puts records together: so in one record.
  whole('empty extensions of one type', sameTypes, decoded, { status: 'malformed', largest: 2 ** 14 }),
  streamed('PROXY header with one TLV, one byte per push', oneTlv, proxyParser),
  streamed('PROXY header with NOOP TLVs, one byte per push', noops, proxyParser),
  whole('PROXY header with NOOP TLVs, at once', noops, (bytes) => decodeProxyHeader(bytes, { maxBytes })),
  streamed('request head of many fields, one byte per push', fieldLines, headParser),
  whole('request head of many fields, at once', fieldLines, (bytes) => decodeRequestHead(bytes, raised)),
  streamed('request head with one long field, one byte per push', longField, headParser),
  streamed('preread of a hello, one byte per push', padded, () => preread()),
  streamed('preread of a hello in one-byte records, one byte per push', (size) => padded(size, 1), () => preread()),
  streamed('preread of a PROXY header with NOOP TLVs, one byte per push', noops, () => preread({ proxy: 'require' }), { status: 'incomplete' }),
  streamed('preread of a request head of many fields, one byte per push', fieldLines, () => preread()),
  streamed('sniffer of a long request target, one byte per push', longTarget, () => createSniffer(undefined, { maxBytes }), {
    status: 'incomplete',
    largest: 2 ** 14,
  }),
];
