// For runtimes with a file system: Node.js, Bun, Deno.
import { readFileSync } from 'node:fs';
import * as preread from './dist/index.js';
import { smoke } from './smoke.mjs';

const hellos = JSON.parse(readFileSync('hellos/index.json', 'utf8')).map((hello) => ({
  ...hello,
  flight: new Uint8Array(readFileSync(`hellos/${hello.client}.bin`)),
}));
console.log(smoke(preread, hellos));
