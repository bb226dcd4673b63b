/** Text of bytes: every length, in runtimes with a `Buffer` and without. */
import { afterEach, describe, expect, test, vi } from 'vitest';

afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

/** A module of its own, since it looks only once at what the runtime has. */
async function freshLatin1(globals: Record<string, unknown>): Promise<typeof import('../src/latin1.ts').latin1> {
  vi.resetModules();
  for (const [name, value] of Object.entries(globals)) vi.stubGlobal(name, value);
  return (await import('../src/latin1.ts')).latin1;
}

const odd = { prototype: { latin1Slice: (start: number, end: number): string => `${start}-${end}` } };

describe.each([
  ['with a Buffer', {}],
  ['without one', { Buffer: undefined }],
  ['with one that has no such method', { Buffer: { prototype: {} } }],
  ['with one that is no class', { Buffer: { isBuffer: () => false } }],
  ['with one whose method throws', { Buffer: { prototype: { latin1Slice: () => { throw new Error('not here'); } } } }],
  ['with one that does something else', { Buffer: odd }],
  ['in Bun, where the native way is the quick one', { Bun: {} }],
])('%s', (_, globals) => {
  test('each length from anywhere, each byte a character', async () => {
    const decoder = new TextDecoder('utf-16le');
    const latin1 = await freshLatin1(globals);
    const bytes = Uint8Array.from({ length: 400 }, (_, at) => (at * 7) & 0xff);
    for (const array of [bytes, bytes.subarray(3)]) {
      for (let length = 0; length <= 130; length++) {
        const start = length % 11;
        const wide = Uint8Array.from({ length: 2 * length }, (_, at) => (at % 2 === 0 ? array[start + at / 2]! : 0));
        expect(latin1(array, start, start + length)).toBe(decoder.decode(wide));
      }
    }
  });
});
