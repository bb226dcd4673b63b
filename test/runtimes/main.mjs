// For runtimes with a file system: Node.js, Bun, Deno.
import { readFileSync } from 'node:fs';
import * as preread from 'preread';
import * as explain from 'preread/explain';
import * as fingerprint from 'preread/fingerprint';
import * as web from 'preread/web';
import { smoke } from './smoke.mjs';

const hellos = JSON.parse(readFileSync('hellos/index.json', 'utf8')).map((hello) => ({
  ...hello,
  flight: new Uint8Array(readFileSync(`hellos/${hello.client}.bin`)),
}));
const more = async (check, equal, sameBytes) => {
  // Bun and Deno have the modules of Node.js too, but only Node.js is promised.
  const isNode = !('Bun' in globalThis) && !('Deno' in globalThis);
  if (isNode) {
    const node = await import('preread/node');
    const { adapter } = await import('./node-adapter.mjs');
    return adapter({ preread, web, node }, hellos, check, equal);
  }
  const { sockets } = await import('Bun' in globalThis ? './bun-sockets.mjs' : './deno-sockets.mjs');
  return sockets({ preread, web }, hellos, check, equal, sameBytes);
};
const output = await smoke({ preread, explain, fingerprint, web }, hellos, more);
console.log(output);
// What a check that failed has left open would be waited for.
if (!output.endsWith(' 0 failed')) process.exit(1);
