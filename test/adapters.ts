/** What the tests of the adapters have in common. */
import type { AdapterOptions } from '../src/adapter.ts';
import { NOTHING } from './vectors/openings.ts';

/** How a connection is to be read that has this in front: a PROXY header, or nothing. */
export function optionsFor(front: Uint8Array): AdapterOptions {
  return { proxy: front === NOTHING ? 'forbid' : 'require' };
}

/** What a promise gives, and after how many milliseconds. */
export async function elapsed<T>(promise: Promise<T>): Promise<[T, number]> {
  const started = performance.now();
  const value = await promise;
  return [value, performance.now() - started];
}
