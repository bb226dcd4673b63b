/**
 * What all contenders read, and the right answers: hellos of real clients with what tshark read in them, and headers
 * and heads written here, byte by byte, without any of the code that is measured.
 */
import { readdirSync, readFileSync } from 'node:fs';

/**
 * @typedef {object} Sample
 * @property {string} title
 * @property {any} input bytes, or what an encoder takes
 * @property {any} expected
 */

const folder = new URL('../test/vectors/hellos/', import.meta.url);
const index = JSON.parse(readFileSync(new URL('index.json', folder), 'utf8'));
const files = new Set(readdirSync(folder));

/** Of each hello the client, the bytes, and what tshark read: `serverName`, `alpn`, `ja3`, `ja3Full`, … */
export const hellos = index
  .filter(({ client }) => files.has(`${client}.bin`))
  .map((row) => ({ ...row, flight: new Uint8Array(readFileSync(new URL(`${row.client}.bin`, folder))) }));

export const helloOf = (client) => hellos.find((hello) => hello.client === client);

/** The same hello in records of at most `size` bytes each. */
export function splitIntoRecords(flight, size) {
  const message = [];
  for (let at = 0; at < flight.length; ) {
    const length = (flight[at + 3] << 8) | flight[at + 4];
    message.push(...flight.subarray(at + 5, at + 5 + length));
    at += 5 + length;
  }
  const out = [];
  for (let at = 0; at < message.length; at += size) {
    const fragment = message.slice(at, at + size);
    out.push(22, 3, 1, fragment.length >> 8, fragment.length & 0xff, ...fragment);
  }
  return Uint8Array.from(out);
}

/**
 * Dozens of copies for one pass, as they lie in what a socket read: at odd positions of larger memory, every other one
 * a `Buffer`. What is no bytes is cloned.
 *
 * @param {readonly Sample[]} samples
 * @param {boolean} isBuffer whether all are to be Buffers, for packages that take nothing else
 * @returns {any[]}
 */
export function copies(samples, isBuffer) {
  const count = samples.length * Math.ceil(60 / samples.length);
  const chosen = Array.from({ length: count }, (_, i) => samples[i % samples.length].input);
  if (!chosen.every((input) => input instanceof Uint8Array)) return chosen.map((input) => structuredClone(input));
  const memory = new ArrayBuffer(chosen.reduce((sum, { length }) => sum + length + 64, 0));
  let end = 1;
  // Not by their place alone: with two samples, one of them would always be a Buffer.
  return chosen.map((input, i) => {
    const at = end;
    end = (at + input.length + (i % 23)) | 1;
    new Uint8Array(memory).set(input, at);
    const asBuffer = isBuffer || (i + Math.floor(i / samples.length)) % 2 === 0;
    return asBuffer ? Buffer.from(memory, at, input.length) : new Uint8Array(memory, at, input.length);
  });
}

/** Names that a router knows, those of the hellos and heads among them. */
export const routes = new Map(
  [
    ...hellos.map(({ serverName }) => serverName).filter((name) => typeof name === 'string'),
    ...['www.example.com', 'example.com', '192.0.2.1', '2001:db8::1'],
    ...Array.from({ length: 50 }, (_, i) => `host-${i}.example.net`),
  ].map((name, i) => [name, i + 1]),
);
