/** All of a ClientHello, and the fingerprints JA3 and JA4. */
import { createHash } from 'node:crypto';
import { decodeClientHello } from '../../dist/tls/index.js';
import { ja3, ja3Text, ja4, ja4Text } from '../../dist/tls/fingerprint.js';
import { hellos } from '../inputs.mjs';
import { Held, load } from '../peers.mjs';
import { question } from '../timing.mjs';
import { helloSets } from './names.mjs';

const { calculateJa3, calculateJa4, getExtensionData, readTlsClientHello } = await load('read-tls-client-hello');

const dataOf = (hello, name, list) => getExtensionData(hello, name)?.[list] ?? [];

export const decoding = question(
  'decode',
  'All of a ClientHello, every list and view read',
  helloSets((hello) => [
    Number(hello.legacyVersion),
    Number(hello.sessionIdLength),
    hello.cipherSuites,
    hello.extensions,
    hello.serverName ?? undefined,
    hello.alpn ?? [],
    hello.supportedVersions,
  ]),
  [
    {
      name: 'preread',
      side: 'ours',
      read: (bytes) => decodeClientHello(bytes).value,
      use: (hello) =>
        hello.legacyVersion +
        hello.random.length +
        hello.sessionId.length +
        hello.cipherSuites.length +
        hello.compressionMethods.length +
        hello.extensions.length +
        (hello.serverName?.host?.length ?? 0) +
        hello.alpnProtocols.length +
        hello.supportedVersions.length +
        (hello.ech === undefined ? 0 : 1),
      answer: (hello) => [
        hello.legacyVersion,
        hello.sessionId.length,
        hello.cipherSuites,
        hello.extensions.map(({ type }) => type),
        hello.serverName?.host,
        hello.alpnProtocols,
        hello.supportedVersions,
      ],
    },
    {
      name: 'read-tls-client-hello',
      side: 'peer',
      buffers: true,
      isAsync: true,
      read: (buffer) => readTlsClientHello(new Held(buffer)),
      use: (hello) => hello.cipherSuites.length + hello.extensions.length,
      answer: (hello) => [
        hello.version,
        hello.sessionId.length,
        hello.cipherSuites,
        hello.extensions.map(({ id }) => id),
        getExtensionData(hello, 'sni')?.serverName,
        dataOf(hello, 'alpn', 'protocols'),
        dataOf(hello, 'supported_versions', 'versions'),
      ],
      note: 'reads from a socket: here, from what stands in for one; gives no bytes of extensions',
    },
  ],
);

const md5 = (text) => createHash('md5').update(text).digest('hex');
const sha256 = (text) => createHash('sha256').update(text).digest('hex');
const length = (text) => text.length;
/** Put together by hand from what tshark read, as in the tests of fingerprints. */
const ja4Of = {
  chromium: 't13d1517h2_8daaf6152771_cb7bf5808d99',
  'curl-default': 't13d3112h2_e8f1e7e78f70_b26ce05bbdd6',
  'deno-fetch': 't13d1011h2_61a7ad8aa9b6_f9531d972513',
  go119: 't13d1910h2_9dc949149365_97f8aa674fd9',
  java17: 't13d3713h2_db35923f8641_7c76daad20ec',
  'node20-tls-h2': 't13d5911h2_a33745022dd6_1f22a2ca17c4',
  'openssl-default': 't13d311000_e8f1e7e78f70_1f22a2ca17c4',
  'openssl-nosni': 't13i310900_e8f1e7e78f70_1f22a2ca17c4',
  'openssl-tls12-ticket': 't12d2808h2_d943125447b4_e7e480e5a997',
};
const known = hellos.filter(({ client }) => client in ja4Of);
const mixed = (expect) => ({
  mixed: known.map((hello) => ({ title: hello.client, input: hello.flight, expected: expect(hello) })),
});
const decoded = { prepare: (bytes) => decodeClientHello(bytes).value, use: length };
const ofPeer = { name: 'read-tls-client-hello', side: 'peer', use: length };
const decodedByPeer = { ...ofPeer, prepare: (buffer) => readTlsClientHello(new Held(buffer)), buffers: true };
/** JA4 of its text: the cipher suites hashed, and all behind them. */
function hashed(text) {
  const [a, cipherSuites, ...rest] = text.split('_');
  const twelve = (part) => (part === '' ? '0'.repeat(12) : sha256(part).slice(0, 12));
  return `${a}_${twelve(cipherSuites)}_${twelve(rest.join('_'))}`;
}

export const fingerprints = [
  ...question('ja3-text', 'JA3 of a decoded hello, its text', mixed(({ ja3Full }) => ja3Full), [
    { name: 'preread', side: 'ours', ...decoded, read: (hello) => ja3Text(hello) },
  ]),
  ...question('ja3', 'JA3 of a decoded hello, hashed', mixed((hello) => hello.ja3), [
    { name: 'preread', side: 'ours', ...decoded, read: (hello) => ja3(hello, md5) },
    { ...decodedByPeer, read: (hello) => calculateJa3(hello) },
  ]),
  ...question('ja3-bytes', 'JA3 of bytes, hashed', mixed((hello) => hello.ja3), [
    { name: 'preread', side: 'ours', read: (bytes) => ja3(decodeClientHello(bytes).value, md5), use: length },
    { ...ofPeer, buffers: true, isAsync: true, read: async (buffer) => calculateJa3(await readTlsClientHello(new Held(buffer))) },
  ]),
  ...question('ja4-text', 'JA4 of a decoded hello, its text', mixed(({ client }) => ja4Of[client]), [
    { name: 'preread', side: 'ours', ...decoded, read: (hello) => ja4Text(hello), answer: hashed },
  ]),
  ...question('ja4', 'JA4 of a decoded hello, hashed', mixed(({ client }) => ja4Of[client]), [
    { name: 'preread', side: 'ours', ...decoded, read: (hello) => ja4(hello, sha256) },
    { ...decodedByPeer, read: (hello) => calculateJa4(hello) },
  ]),
  ...question('ja4-bytes', 'JA4 of bytes, hashed', mixed(({ client }) => ja4Of[client]), [
    { name: 'preread', side: 'ours', read: (bytes) => ja4(decodeClientHello(bytes).value, sha256), use: length },
    { ...ofPeer, buffers: true, isAsync: true, read: async (buffer) => calculateJa4(await readTlsClientHello(new Held(buffer))) },
  ]),
];
