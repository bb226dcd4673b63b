/** PROXY headers, read and written, and their checksum. */
import net from 'node:net';
import { decodeProxyHeader, encodeProxyV1, encodeProxyV2 } from '../../dist/proxy/index.js';
import { importSource } from '../bundles.mjs';
import * as floor from '../floor.mjs';
import { ipv6Texts, kilobytes, proxyHeaders, proxyInputs, routes } from '../inputs.mjs';
import { Held, load } from '../peers.mjs';
import { question } from '../timing.mjs';

const { V1BinaryProxyProtocol, V1ProxyProtocol, V2ProxyProtocol, Peer, INETProtocol, ...js } = await load('proxy-protocol-js');
const balena = await load('@balena/proxy-protocol-parser');
const earlier = await load('proxy-protocol-v2');
const proxywrap = await load('findhit-proxywrap');

const v1 = ['v1 TCP4', 'v1 TCP6'];
const v2 = ['v2 TCP4', 'v2 TCP6', 'v2 TCP4, 6 TLVs'];

/**
 * A function of one contender alone, each of a text of its own: in one that several share, the calls would be those of
 * nobody.
 */
let made = 0;
const fresh = (parameters, expression) => new Function('routes', `return (${parameters}) => ${expression}; // ${made++}`)(routes);

/** What a router does: looks up the client, and logs or forwards the rest. */
const useOf = (address = 'address', tlvs = '(header.tlvs?.length ?? 0)') =>
  fresh(
    'header',
    `(routes.get(header.source.${address}) ?? 0) + header.source.port + header.destination.port + ` +
      `header.destination.${address}.length + ${tlvs}`,
  );
const useSocketFields = () =>
  fresh('header', '(routes.get(header.remoteAddress) ?? 0) + header.remotePort + header.localPort + header.localAddress.length');

const answer = ({ source, destination, tlvs = [] }) => ({
  source: [source.address, source.port],
  destination: [destination.address, destination.port],
  tlvs: tlvs.map(({ type, value, length = value.length }) => [type, length]),
});

/** For packages that name the fields as a socket does. */
const socketFields = {
  answer: (header) => ({
    source: [header.remoteAddress, header.remotePort],
    destination: [header.localAddress, header.localPort],
    tlvs: [],
  }),
  side: 'peer',
  buffers: true,
};

/** The bytes of an address as text: for the comparison only, since the package gives none. */
const textOf = (bytes) => (bytes.length === 4 ? bytes.join('.') : ipv6Texts.get(Buffer.from(bytes).toString('hex')));

let relayed;
const wrapped = proxywrap.proxy(net).createServer((socket) => {
  const { remoteAddress, remotePort, proxyAddress: localAddress, proxyPort: localPort } = socket;
  relayed = { remoteAddress, remotePort, localAddress, localPort };
});

export const proxyDecoding = question('proxy', 'PROXY header', proxyHeaders, [
  { name: 'preread', side: 'ours', read: (bytes) => decodeProxyHeader(bytes).value, use: useOf(), answer },
  { name: 'floor: v1', side: 'floor', only: v1, read: floor.decodeV1, use: useOf(), answer },
  { name: 'floor: v2', side: 'floor', only: v2, read: floor.decodeV2, use: useOf(), answer },
  {
    name: 'proxy-protocol-js',
    side: 'peer',
    buffers: true,
    only: v1,
    read: (buffer) => V1ProxyProtocol.parse(buffer.toString('latin1')),
    use: useOf('ipAddress', '0'),
    answer: ({ source, destination }) => ({
      source: [source.ipAddress, source.port],
      destination: [destination.ipAddress, destination.port],
      tlvs: [],
    }),
    note: 'its parser of text, behind toString; checks no address',
  },
  {
    name: 'proxy-protocol-js, binary',
    side: 'peer',
    only: v1,
    read: (bytes) => V1BinaryProxyProtocol.parse(bytes),
    use: useOf('ipAddress', '0'),
    answer: ({ source, destination }) => ({
      source: [source.ipAddress, source.port],
      destination: [destination.ipAddress, destination.port],
      tlvs: [],
    }),
    note: 'checks no address',
  },
  {
    name: 'proxy-protocol-js',
    side: 'peer',
    only: v2,
    read: (bytes) => V2ProxyProtocol.parse(bytes).proxyAddress,
    use: ({ sourceAddress, sourcePort, destinationPort, destinationAddress }) =>
      sourceAddress.address[0] + sourcePort + destinationPort + destinationAddress.address.length,
    answer: ({ sourceAddress, sourcePort, destinationAddress, destinationPort }) => ({
      source: [textOf(sourceAddress.address), sourcePort],
      destination: [textOf(destinationAddress.address), destinationPort],
      tlvs: [],
    }),
    note: 'gives bytes, no text, so that none is looked up; leaves TLVs in the payload',
  },
  {
    ...socketFields,
    use: useSocketFields(),
    name: '@balena/proxy-protocol-parser',
    read: (buffer) => balena.decode(buffer),
    note: 'no TLVs; checks no address; writes IPv6 otherwise than RFC 5952',
  },
  {
    ...socketFields,
    use: useSocketFields(),
    name: 'proxy-protocol-v2',
    read: (buffer) => earlier.decode(buffer),
    note: 'as @balena/proxy-protocol-parser, which came of it',
  },
  {
    ...socketFields,
    use: useSocketFields(),
    name: 'findhit-proxywrap',
    only: v1,
    read(buffer) {
      const socket = new Held(buffer);
      wrapped.emit('connection', socket);
      socket.emit('readable');
      return relayed;
    },
    note: 'a server for sockets: here, for what stands in for one',
  },
]);

const hex = (bytes) => Buffer.from(bytes).toString('hex');
const writes = () => ({ use: fresh('bytes', 'bytes.length + bytes[15]'), answer: hex });
const details = ({ family, source, destination }) => ({
  protocol: 'tcp',
  remoteFamily: family,
  remoteAddress: source.address,
  remotePort: source.port,
  localAddress: destination.address,
  localPort: destination.port,
});
const ipv4 = (address) => js.IPv4Address.createFrom(address.split('.').map(Number));

export const proxyEncoding = question('proxy-encode', 'PROXY header written', proxyInputs, [
  { name: 'preread', side: 'ours', only: v1, read: (header) => encodeProxyV1(header), ...writes() },
  { name: 'preread', side: 'ours', only: v2, read: (header) => encodeProxyV2(header), ...writes() },
  { name: 'floor: v1', side: 'floor', only: v1, read: floor.encodeV1, ...writes() },
  { name: 'floor: v2', side: 'floor', only: ['v2 TCP4'], read: floor.encodeV2, ...writes() },
  {
    name: 'proxy-protocol-js',
    side: 'peer',
    only: v1,
    read: ({ family, source, destination }) =>
      new V1BinaryProxyProtocol(
        family === 'IPv4' ? INETProtocol.TCP4 : INETProtocol.TCP6,
        new Peer(source.address, source.port),
        new Peer(destination.address, destination.port),
      ).build(),
    ...writes(),
    note: 'checks nothing',
  },
  {
    name: 'proxy-protocol-js',
    side: 'peer',
    only: ['v2 TCP4'],
    read: ({ source, destination }) =>
      new V2ProxyProtocol(
        js.Command.PROXY,
        js.TransportProtocol.STREAM,
        new js.IPv4ProxyAddress(ipv4(source.address), source.port, ipv4(destination.address), destination.port),
      ).build(),
    ...writes(),
    note: 'takes bytes, no text: split and Number in front; no TLVs; checks nothing; IPv6, whose text would have to be read for it, not asked',
  },
  ...[
    ['@balena/proxy-protocol-parser', balena],
    ['proxy-protocol-v2', earlier],
  ].flatMap(([name, { v1_encode, v2_encode }]) => [
    { name, side: 'peer', only: v1, prepare: details, read: (socket) => v1_encode(socket), ...writes(), note: 'checks nothing' },
    {
      ...{ name, side: 'peer', only: ['v2 TCP4', 'v2 TCP6'], prepare: details, ...writes() },
      read: (socket) => v2_encode(socket),
      note: 'no TLVs; writes the length into the wrong byte',
    },
  ]),
]);

const { crc32c } = await importSource('proxy/crc32c.ts');
const js32 = await load('fast-crc32c/impls/js_crc32c.js');
const native32 = await load('@node-rs/crc32');
const checksum = () => ({ use: fresh('sum', 'sum') });

/** Bit by bit, as the specification defines it. */
function definition(bytes) {
  let remainder = -1;
  for (const byte of bytes) {
    remainder ^= byte;
    for (let bit = 0; bit < 8; bit++) remainder = (remainder >>> 1) ^ (remainder & 1 ? 0x82f63b78 : 0);
  }
  return ~remainder >>> 0;
}

export const checksums = question(
  'crc32c',
  'CRC32C',
  { '1 KB': kilobytes.map((input, i) => ({ title: String(i), input, expected: definition(input) })) },
  [
    { name: 'preread', side: 'ours', read: (bytes) => crc32c(bytes, bytes.length), ...checksum(), note: 'from its source, since it is not exported' },
    { name: 'fast-crc32c, JavaScript', side: 'peer', buffers: true, read: (buffer) => js32.calculate(buffer), ...checksum() },
    { name: '@node-rs/crc32, native', side: 'peer', read: (bytes) => native32.crc32c(bytes), ...checksum() },
  ],
);
