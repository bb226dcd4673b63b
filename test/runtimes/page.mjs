// For browsers, where files are fetched.
import * as modules from './bundle.js';
import { smoke } from './smoke.mjs';

async function bytesOf(path) {
  const response = await fetch(path);
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}
const hellos = JSON.parse(new TextDecoder().decode(await bytesOf('hellos/index.json')));
for (const hello of hellos) hello.flight = await bytesOf(`hellos/${hello.client}.bin`);
export const output = await smoke(modules, hellos);
