/**
 * What bundlers make of the imports that people write, minified and compressed, beside the packages of others. Fails
 * where one is above its budget; the last line is `N passed, N failed`.
 */
import { gzipSync } from 'node:zlib';
import { bundle } from './bundles.mjs';
import { isMain } from './main.mjs';

/**
 * @typedef {object} Size
 * @property {string} what
 * @property {number} minified
 * @property {number} gzipped
 * @property {number} [budget] what it may have, so that it does not grow unseen
 * @property {number} [goal] what it is to come down to
 * @property {string} [note]
 */

const KB = 1024;
/**
 * Budgets are what they are now and a little, so that nothing grows unseen.
 *
 * @type {[contents: string, budget: number, goal?: number][]}
 */
const ours = [
  ["export { readServerName } from 'preread/tls'", 4.5 * KB, 3 * KB],
  ["export { decodeProxyHeader } from 'preread/proxy'", 3.6 * KB, 2.5 * KB],
  ["export { sniff, createSniffer, web, tcp, udp } from 'preread/sniff'", 5.35 * KB, 4 * KB],
  ["export { decodeRequestHead } from 'preread/http'", 5 * KB],
  ["export { decodeServerHello } from 'preread/tls'", 4.4 * KB],
  ["export { encodeClientHello } from 'preread/tls'", 4 * KB],
  ["export { ja4 } from 'preread/fingerprint'", 2 * KB],
  ["export { explain } from 'preread/explain'", 14.5 * KB],
  ["export { preread, createPreread } from 'preread'", 14.75 * KB],
  ["export { prereadStream } from 'preread/web'", 15.25 * KB],
  ["export { prereadSocket, acceptProxy, endpoints } from 'preread/node'", 16.75 * KB],
  ["export * from 'preread'", 28.75 * KB, 12 * KB],
];
const peers = [
  "export { default } from 'sni'",
  "export { default } from 'sni-reader'",
  "export { parseClientHello } from '@reclaimprotocol/tls'",
  "export { readTlsClientHello } from 'read-tls-client-hello'",
  "export { V1ProxyProtocol, V2ProxyProtocol } from 'proxy-protocol-js'",
  "export { decode } from '@balena/proxy-protocol-parser'",
  "export { decode } from 'proxy-protocol-v2'",
  "export { proxy } from 'findhit-proxywrap'",
  "export { createServer } from 'httpolyglot'",
  "export { default } from 'is-tls-client-hello'",
  "export { HTTPParser } from 'http-parser-js'",
  "export { default } from 'http-headers'",
  "export { parseRequest } from 'http-string-parser'",
  "export { default } from 'fast-crc32c/impls/js_crc32c.js'",
];

async function sizeOf(contents, from) {
  const { code, platform } = await bundle(contents, from);
  const note = platform === 'node' ? 'for Node.js: browsers lack modules that it imports' : undefined;
  return { what: contents, minified: code.length, gzipped: gzipSync(code, { level: 9 }).length, note };
}

/** @returns {Promise<{ ours: Size[], peers: Size[] }>} */
export async function sizes() {
  return {
    ours: await Promise.all(ours.map(async ([contents, budget, goal]) => ({ ...(await sizeOf(contents, 'root')), budget: Math.floor(budget), goal }))),
    peers: await Promise.all(peers.map((contents) => sizeOf(contents, 'peers'))),
  };
}

if (isMain(import.meta.url)) {
  const found = await sizes();
  const failed = found.ours.filter(({ gzipped, budget }) => gzipped > budget);
  for (const { what, minified, gzipped, budget, goal } of found.ours) {
    const verdict = gzipped > budget ? 'FAIL' : '  ok';
    const remark = goal === undefined ? '' : `, goal ${goal}${gzipped > goal ? ' (missed)' : ''}`;
    console.log(`${verdict}  ${what}: ${minified} bytes minified, ${gzipped} gzipped, budget ${budget}${remark}`);
  }
  for (const { what, minified, gzipped, note } of found.peers) {
    console.log(`      ${what}: ${minified} bytes minified, ${gzipped} gzipped${note === undefined ? '' : ` (${note})`}`);
  }
  console.log(`${found.ours.length - failed.length} passed, ${failed.length} failed`);
  process.exitCode = failed.length > 0 ? 1 : 0;
}
