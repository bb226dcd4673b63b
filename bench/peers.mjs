/** The packages of others, and the least that those ask for which read from a socket only. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const manifest = new URL('./peers/package.json', import.meta.url);
const require = createRequire(manifest);
// Some of them use what Node.js has long deprecated, and would say so between the figures.
process.noDeprecation = true;

/** @param {string} name of a package, or of a file in it */
export async function load(name) {
  return import(pathToFileURL(require.resolve(name)).href).then((module) => module.default ?? module);
}

/** The installed version of each. */
export function versions() {
  const names = Object.keys(JSON.parse(readFileSync(manifest, 'utf8')).dependencies);
  const versionOf = (name) =>
    JSON.parse(readFileSync(new URL(`./peers/node_modules/${name}/package.json`, import.meta.url), 'utf8')).version;
  return names.map((name) => ({ name, version: versionOf(name) }));
}

/**
 * In place of a socket whose first bytes have come: gives them and takes them back. A real one costs a microsecond or
 * more, which is left out here in favour of the packages that ask for one.
 */
export class Held {
  readable = true;
  readableFlowing = false;
  #bytes;
  #at = 0;

  /** @param {Buffer} bytes */
  constructor(bytes) {
    this.#bytes = bytes;
  }

  read(size = this.#bytes.length - this.#at) {
    if (this.#at + size > this.#bytes.length || size === 0) return null;
    this.#at += size;
    return this.#bytes.subarray(this.#at - size, this.#at);
  }

  unshift(chunk) {
    this.#at -= chunk.length;
  }

  on() {
    return this;
  }

  once() {
    return this;
  }

  removeListener() {
    return this;
  }

  /** For whoever listens by putting a function in its place. */
  emit() {
    return true;
  }

  destroy(error) {
    throw error;
  }
}
