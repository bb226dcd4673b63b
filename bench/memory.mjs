/**
 * What a connection that waits costs: so many parsers that have a part of what they wait for. Runs as a process of its
 * own for each kind (`--expose-gc`), and prints JSON.
 */
import { createRequestHeadParser } from '../dist/http/index.js';
import { createPreread } from '../dist/index.js';
import { createProxyParser } from '../dist/proxy/index.js';
import { createSniffer } from '../dist/sniff/index.js';
import { createClientHelloParser } from '../dist/tls/index.js';
import { helloOf, proxyHeaders, requestHeads } from './inputs.mjs';
import { isMain } from './main.mjs';

/**
 * @typedef {object} Waiting connections of one kind
 * @property {string} id
 * @property {number} count
 * @property {number} sent bytes of each
 * @property {number} room what that is with the room that grows by doubling
 * @property {number} used bytes of the heap and outside of it, of each
 * @property {number} resident bytes by which the process grew, of each
 */

const { flight } = helloOf('chromium');
const header = proxyHeaders['v2 TCP4'][0].input;
const head = requestHeads['a browser, 15 fields'][0].input;

/** @type {Record<string, { create: () => { push(chunk: Uint8Array): { status: string } }, chunks: Uint8Array[], room?: number }>} */
export const kinds = {
  'hello, nothing yet': { create: createClientHelloParser, chunks: [] },
  'hello, 1 byte': { create: createClientHelloParser, chunks: [flight.subarray(0, 1)] },
  'hello, 300 bytes': { create: createClientHelloParser, chunks: [flight.subarray(0, 300)] },
  'hello, 1500 bytes': { create: createClientHelloParser, chunks: [flight.subarray(0, 1500)] },
  'hello, 1500 bytes in 3 chunks': {
    create: createClientHelloParser,
    chunks: [flight.subarray(0, 500), flight.subarray(500, 1000), flight.subarray(1000, 1500)],
    room: 2000,
  },
  'PROXY header, 20 of 28 bytes': { create: createProxyParser, chunks: [header.subarray(0, 20)] },
  'request head, 300 bytes': { create: createRequestHeadParser, chunks: [head.subarray(0, 300)] },
  'sniffer, 3 bytes': { create: () => createSniffer(), chunks: [head.subarray(0, 3)] },
  'preread, nothing yet': { create: () => createPreread(), chunks: [] },
  'preread, 300 bytes of a hello': { create: () => createPreread(), chunks: [flight.subarray(0, 300)] },
  'preread, 1500 bytes of a hello': { create: () => createPreread(), chunks: [flight.subarray(0, 1500)] },
};

function used() {
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heap: heapUsed + external, rss };
}

/** In several turns, since memory outside of the heap is given back behind a collection. */
async function collect() {
  for (let turn = 0; turn < 3; turn++) {
    globalThis.gc();
    await new Promise(setImmediate);
  }
}

/** @returns {Promise<Waiting>} */
async function measure(id, count) {
  const { create, chunks, room } = kinds[id];
  const open = () => {
    const parser = create();
    for (const chunk of chunks) if (parser.push(chunk).status !== 'incomplete') throw new Error(`${id} is decided`);
    return parser;
  };
  // What is compiled and cached belongs to no connection.
  for (let i = 0; i < 10_000; i++) open();
  const parsers = new Array(count).fill(undefined);
  await collect();
  const before = used();
  for (let i = 0; i < count; i++) parsers[i] = open();
  await collect();
  const after = used();
  const sent = chunks.reduce((sum, { length }) => sum + length, 0);
  const each = (total) => total / parsers.length;
  return { id, count, sent, room: room ?? sent, used: each(after.heap - before.heap), resident: each(after.rss - before.rss) };
}

if (isMain(import.meta.url)) {
  const [id, count] = process.argv.slice(2);
  console.log(JSON.stringify(await measure(id, Number(count))));
}
